"""One value's lives: typed by a person, in Python, for the driver, from the driver."""

from polls import Question, fill

from miniorm import connection
from miniorm.errors import ValidationError

fill()
for name, typed in [("published", "2026-05-04 9:30+02:00"), ("closed", "True")]:
    field = Question._meta.get_field(name)
    value = field.to_python(typed)
    print(f"{typed!r} -> {value!r}")
    print("  for the driver:", repr(field.get_db_prep_value(value, connection)))
    stored = connection.execute("SELECT %s", [field.get_db_prep_value(value, connection)])
    (given,) = stored.fetchone()
    convert = field.converter(connection)
    print("  from the driver:", repr(given), "->", repr(convert(given)))
print("text needs a converter:", Question._meta.get_field("text").converter(connection))
for step in (field.to_python, field.get_prep_value):
    try:
        step("perhaps")
    except (ValidationError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
