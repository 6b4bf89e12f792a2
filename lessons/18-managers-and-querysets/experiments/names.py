"""Names, and the columns that they lead to: python names.py"""

from polls import Choice, Question

from miniorm.query import Scope

for model, name in [
    (Choice, "votes"),
    (Choice, "votes__gt"),
    (Choice, "question"),
    (Choice, "question_id"),
    (Choice, "question__pk"),
    (Choice, "question__text__startswith"),
    (Choice, "question__author__name"),
    (Question, "choice__votes"),
    (Question, "choice"),
]:
    column, rest = Scope(model.objects.all().query, number=1).find(name)
    way = " > ".join(f"{join.relation.name} {join.number}" for join in column.path) or "-"
    place = f"{column.field.model.__name__}.{column.field.column}"
    print(f"{model.__name__:9}{name:28}{way:22}{place:21}{'__'.join(rest)}".rstrip())
