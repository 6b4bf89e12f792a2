"""The SQL that changes rows, as text."""

import pytest

from miniorm.configuration import connect
from miniorm.connections import connections
from miniorm.writing import WritingCompiler
from tests.miniorm.library import Book


@pytest.fixture(autouse=True)
def _database():
    connect("sqlite:///:memory:")


def test_an_update_over_a_relation_is_a_subquery():
    rows = Book.objects.filter(author__name="x").query
    compiler = WritingCompiler(rows, connections["default"])
    sql, params = compiler.update_sql([(Book._meta.get_field("pages"), 1)])
    assert sql.startswith('UPDATE "library_book" SET "pages" = %s WHERE "library_book"."id" IN (')
    assert params == [1, "x"]
