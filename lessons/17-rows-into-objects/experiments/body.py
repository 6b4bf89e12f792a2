"""What a class body has become: attributes of the class, and its _meta."""

from polls import Question

meta = Question._meta
print("text on the class:", hasattr(Question, "text"))
print("added:", *(name for name in vars(Question) if "get_" in name or name in ("objects", "id")))
print("table:", meta.db_table, "known as", meta.label)
for field in meta.fields:
    print(f"  {type(field).__name__:14} {field.name:10} column {field.column}")
print("Question.DoesNotExist is a", Question.DoesNotExist.__mro__[1].__name__)
