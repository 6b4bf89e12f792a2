"""A learner's work, carried from one version of a file into another.

What the learner wrote is recognised by comparison: a body that is neither the layer's own
nor a blank one. Bodies go to the definitions of the same name; functions, classes,
constants and imports that the learner added go along. What has no place any more is named,
and the caller keeps the old file.
"""

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lessons.exercises.blanking import (
    BlankingError,
    Function,
    Pointer,
    blank,
    body_texts,
    definition_text,
    definitions,
    find_definition,
    transplant,
)


@dataclass(frozen=True)
class Carried:
    text: str
    kept: tuple[str, ...]
    """The definitions whose bodies, or which themselves, are the learner's."""
    lost: tuple[str, ...]
    """The learner's definitions that found no place."""


def with_blanks(source: str, blanks: Iterable[tuple[str, Pointer]]) -> str:
    for name, pointer in blanks:
        source = blank(source, name, pointer)
    return source


def carry(
    mine: str,
    old: str,
    new: str,
    blanks: Collection[tuple[str, Pointer]],
    without: Collection[str] = (),
) -> Carried:
    """`new`, with its blanks, and in it what the learner wrote in `mine`, which came from `old`.

    `without` names definitions whose bodies stay blank whatever the learner wrote there.
    """
    text = with_blanks(new, blanks)
    there = set(definitions(new))
    before = set(definitions(old))
    kept: list[str] = []
    lost: list[str] = []
    for name in definitions(mine):
        if _inside(name, [*kept, *lost, *without]):
            continue
        if not _is_function(mine, name):
            if name not in there and name not in before:
                text = _added(text, mine, name, lost)
                kept.append(name)
            continue
        texts = body_texts(mine, name)
        if _untouched(texts, name, old, blanks):
            continue
        if name in there:
            try:
                text = transplant(text, name, mine)
                kept.append(name)
            except BlankingError:
                lost.append(name)
        elif name in before:
            lost.append(name)
        else:
            text = _added(text, mine, name, lost)
            if name not in lost:
                kept.append(name)
    return Carried(_with_statements(text, mine, old), tuple(kept), tuple(lost))


def _inside(name: str, outer: Iterable[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in outer)


def _is_function(source: str, name: str) -> bool:
    return all(isinstance(node, Function) for node in find_definition(source, name))


def _untouched(
    texts: list[str], name: str, old: str, blanks: Collection[tuple[str, Pointer]]
) -> bool:
    """Is that what the layer itself says there, or a blank one?"""
    if name not in definitions(old):
        return False
    if all("your turn: " in text for text in texts):
        return True
    # Of a function with blank ones inside, the outer text is the layer's with a hole.
    return texts in (body_texts(old, name), body_texts(_holed(old, blanks), name))


def _holed(old: str, blanks: Collection[tuple[str, Pointer]]) -> str:
    known = definitions(old)
    return with_blanks(old, [(name, at) for name, at in blanks if name in known])


def _added(text: str, mine: str, name: str, lost: list[str]) -> str:
    """The text with a definition of the learner's own, at the end of its class or of the file."""
    owner = name.rpartition(".")[0]
    piece = definition_text(mine, name).rstrip("\r\n") + "\n"
    if not owner:
        return text.rstrip("\r\n") + "\n\n\n" + piece
    try:
        node = find_definition(text, owner)[-1]
    except BlankingError:
        lost.append(name)
        return text
    lines = text.splitlines(keepends=True)
    lines.insert(node.end_lineno or len(lines), "\n" + piece)
    grown = "".join(lines)
    try:
        ast.parse(grown)
    except SyntaxError:
        lost.append(name)
        return text
    return grown


def _with_statements(text: str, mine: str, old: str) -> str:
    """The text with the imports and constants that the learner added at the top level."""
    known = {ast.unparse(node) for each in (text, old) for node in ast.parse(each).body}
    imports, constants = [], []
    for node in ast.parse(mine).body:
        if ast.unparse(node) in known:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(ast.get_source_segment(mine, node) or ast.unparse(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and _is_new_name(node, old):
            constants.append(ast.get_source_segment(mine, node) or ast.unparse(node))
    if not imports and not constants:
        return text
    lines = text.splitlines(keepends=True)
    row = 0
    for node in ast.parse(text).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not isinstance(node, ast.Import | ast.ImportFrom) and not is_text:
            break
        row = node.end_lineno or row
    lines[row:row] = [f"{each}\n" for each in (*imports, *constants)]
    return "".join(lines)


def _is_new_name(node: ast.Assign | ast.AnnAssign, old: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {each.id for each in targets if isinstance(each, ast.Name)}
    taken = {each.id for each in ast.walk(ast.parse(old)) if isinstance(each, ast.Name)}
    return bool(names) and not names & taken
