"""How a file is opened, and how its tables become dataclasses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest

from httpserver.settings import (
    ConfigError,
    Place,
    by_name,
    list_of,
    one_or_more,
    open_document,
    settings_of,
    table,
)
from httpserver.values import count, text


@dataclass(frozen=True)
class Fruit:
    name: Annotated[str, text, "what it is called", "fruit"]
    weight: Annotated[int, count(1), "in grams"] = 100
    colours: Annotated[tuple[str, ...], one_or_more(text), "of it", "", "colour"] = ()


@dataclass(frozen=True)
class Basket:
    fruits: Annotated[tuple[Fruit, ...], list_of(table(Fruit), 1), "in it", "", "fruit"] = ()
    prices: Annotated[dict[str, int], by_name(text, count(0)), "by name"] = field(
        default_factory=dict
    )


HOMES = {"price": "`prices` at the top"}


def read(folder: Path, content: str) -> tuple[Basket, list[str]]:
    path = folder / "basket.toml"
    path.write_text(content)
    document = open_document(path, HOMES)
    basket: Any = table(Basket)(document.content, Place(document))
    return basket, [f"{problem.line}: {problem.message}" for problem in document.problems]


def test_a_table_becomes_its_dataclass(tmp_path: Path) -> None:
    basket, problems = read(
        tmp_path,
        """
        prices = { apple = 3 }
        [[fruit]]
        name = "apple"
        colour = "red"
        [[fruit]]
        name = "pear"
        weight = 150
        colour = ["green", "yellow"]
        """,
    )
    assert not problems
    assert basket == Basket(
        (Fruit("apple", 100, ("red",)), Fruit("pear", 150, ("green", "yellow"))), {"apple": 3}
    )


def test_every_mistake_is_reported_at_its_line(tmp_path: Path) -> None:
    basket, problems = read(
        tmp_path,
        """
        price = 1
        prices = { apple = -1, pear = 3 }
        [[fruit]]
        weight = 0
        nmae = "apple"
        colour = [
            "red",
            7,
        ]
        """,
    )
    assert problems == [
        "2: price: unknown setting. Here that is `prices` at the top, or 'prices' is meant.",
        "3: apple: expected a whole number of at least 0; found -1",
        "4: fruit: 'name' is missing: what it is called",
        "5: weight: expected a whole number of at least 1; found 0",
        "6: nmae: unknown setting. Did you mean 'name'?",
        "9: colour: expected a string; found 7",
    ]
    assert basket.prices == {"pear": 3}
    assert len(basket.fruits) == 1, "each table of the file is there, whatever is wrong with it"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("fruit = 1", "1: fruit: expected a list; found 1"),
        ("fruit = [1]", "1: fruit: expected a table; found 1"),
        ("fruit = []", "1: fruit: expected at least 1; found an empty list"),
        ("prices = 3", "1: prices: expected a table; found 3"),
        (
            "\n[fruit]\nname = 'apple'",
            "2: fruit: expected a list; found a table. Did you mean [[fruit]], with two brackets?",
        ),
        ("xyz = 1", "1: xyz: unknown setting. Known are fruit, prices."),
    ],
)
def test_the_wrong_kind_of_value_is_told(tmp_path: Path, content: str, problem: str) -> None:
    assert read(tmp_path, content)[1] == [problem]


def test_a_setting_is_what_its_annotation_says() -> None:
    settings = settings_of(Fruit)
    assert list(settings) == ["name", "weight", "colour"]
    assert settings["name"].elsewhere == "fruit"
    assert settings["weight"].about == "in grams"
    assert settings["weight"].default == 100
    assert settings["colour"].name == "colours"


# --- Files that cannot be read -------------------------------------------------------------


def refusal(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        open_document(path, {})
    return str(refused.value).replace(str(path), "FILE")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x.toml") == (
        "FILE:1: the configuration file cannot be read: No such file or directory"
    )
    assert "Is a directory" in refusal(tmp_path)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x.toml", b"a = 1\nb = '\xe9'") == (
        "FILE:2: expected UTF-8; found the byte 0xE9"
    )


@pytest.mark.parametrize(
    ("content", "line", "shown"),
    [
        (b"a = 1\nb = = 2\n", 2, "    b = = 2\n        ^"),
        (b"a = 1\n\tb = ?\n", 2, "    \tb = ?\n    \t    ^"),
        (b"a = 1\r\nb = ?\r\n", 2, "    b = ?\n        ^"),
        (b"a = [1,", 1, "    a = [1,\n           ^"),
        (b"a = 1\na = 2", 2, "    a = 2\n         ^"),
        (b"[a]\n[a]\n", 2, "    [a]\n      ^"),
    ],
)
def test_a_syntax_error_shows_its_line_with_a_caret(
    tmp_path: Path, content: bytes, line: int, shown: str
) -> None:
    said = refusal(tmp_path / "x.toml", content)
    assert said.startswith(f"FILE:{line}: ")
    assert said.endswith(f"\n{shown}")
    assert "(at " not in said


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    assert "brackets" in refusal(tmp_path / "x.toml", b"a = " + b"[" * 100_000)
