"""An instance's life: new, saved, changed, loaded anew, in part; and what each asks."""

from collections.abc import Callable

from polls import Question, fill, telling

fill(0)
question = Question(text="Tea or coffee?")
print("new:", vars(question).keys() - {"_state"} == {"id", "text", "published", "closed"})
print("adding:", question._state.adding, "key:", question.pk)
steps: list[tuple[str, Callable[[], None]]] = [
    ("save", question.save),
    ("save again", question.save),
    ("one field", lambda: question.save(update_fields=["text"])),
    ("a key of one's own", Question(id=7, text="Tabs or spaces?").save),
    ("as it is now", question.refresh_from_db),
]
for title, step in steps:
    print(title)
    with telling():
        step()
part = Question.objects.defer("published").get(pk=7)
print("left out:", part.get_deferred_fields())
with telling():
    part.save()
    print(part.published.tzinfo)
