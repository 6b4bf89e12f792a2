"""A table made anew by hand, while another one points to it: python experiments/aside.py WAY

on: foreign keys stay switched on. first: the old table is renamed out of the way before.
right: as SQLite's manual has it.
"""

import sqlite3
import sys

way = sys.argv[1]
database = sqlite3.connect(":memory:", isolation_level=None)
database.executescript("""
    PRAGMA foreign_keys = ON;
    CREATE TABLE question (id integer PRIMARY KEY, text varchar);
    CREATE TABLE choice (id integer PRIMARY KEY, question_id integer
        REFERENCES question (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO question VALUES (1, 'Tea or coffee?');
    INSERT INTO choice VALUES (1, 1), (2, 1);
""")
if way != "on":
    database.execute("PRAGMA foreign_keys = OFF")
database.execute("BEGIN")
new, old = ("question", "old") if way == "first" else ("new", "question")
if way == "first":
    database.execute("ALTER TABLE question RENAME TO old")
database.execute(f"CREATE TABLE {new} (id integer PRIMARY KEY, text varchar NOT NULL)")
database.execute(f"INSERT INTO {new} SELECT id, text FROM {old}")  # noqa: S608
database.execute(f"DROP TABLE {old}")
if way != "first":
    database.execute("ALTER TABLE new RENAME TO question")
try:
    database.execute("COMMIT")
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("INSERT INTO choice VALUES (3, 1)")
    print("kept:", *database.execute("SELECT * FROM question JOIN choice ON question_id = 1"))
except sqlite3.Error as error:
    print(error)
