"""What is in polls.db: the choices, and which migrations it has had: python look.py"""

from miniorm import connect

database = connect("sqlite:///polls.db")
cursor = database.execute("SELECT * FROM polls_choice")
print(*(column[0] for column in cursor.description))
for row in cursor:
    print(*row)
cursor = database.execute("SELECT name FROM miniorm_migrations ORDER BY id")
print("has had:", *(name for (name,) in cursor))
