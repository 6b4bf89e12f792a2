"""What a chapter says of a PostgreSQL, which the run of all commands does without.

A fence that is `console norun postgres` is run here, with a server for its URL.
"""

import re
from dataclasses import replace

import pytest

from lessons.book.chapters import Chapter, all_chapters, choose
from lessons.book.commands import run_fence
from lessons.book.markdown import Document, Fence
from tests.miniorm.test_differences import DIFFERENCES
from tests.postgres import emptied_postgres

SHOWN_URL = "postgresql:///polls"
ALL = [
    (chapter, fence)
    for chapter in all_chapters()
    for fence in Document.of(chapter).fences
    if fence.language == "console" and "postgres" in fence.options
]


@pytest.mark.postgres
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("chapter", "fence"),
    [pytest.param(c, fence, id=f"{c.slug}-line-{fence.line}") for c, fence in ALL],
)
def test_what_is_shown_of_a_postgresql_is_so(chapter: Chapter, fence: Fence) -> None:
    told = replace(fence, body=fence.body.replace(SHOWN_URL, f"'{emptied_postgres()}'"))
    if problem := run_fence(chapter, told):
        pytest.fail(problem, pytrace=False)


def test_the_chapter_shows_the_table_of_differences_as_it_is_tested() -> None:
    text = choose("from-sqlite-to-postgresql").text
    shown = re.findall(r"^\| `(.*)` \| `(.*)` \| `(.*)` \| (`\w+`|none) \|$", text, re.M)
    names = [
        (
            each.asked,
            named(each.sqlite),
            named(each.postgresql),
            f"`{each.feature}`" if each.feature else "none",
        )
        for each in DIFFERENCES
    ]
    assert shown == names


def named(answer: object) -> str:
    return answer.__name__ if isinstance(answer, type) else repr(answer)
