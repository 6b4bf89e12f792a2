"""What every chapter must have and keep to; the tests ask for each of these.

Each check takes a chapter and returns a list of problems, each a sentence that begins with
the file and the line.
"""

import ast
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from lessons.book.chapters import Chapter, Exercise
from lessons.book.commands import is_run
from lessons.book.errors import BookError, shown
from lessons.book.files import text_of
from lessons.book.listings import definitions, is_listing, listings
from lessons.book.markdown import DETAILS, RAW_ID, Document, Heading
from lessons.book.text import line_named, reader_url, render_chapter
from lessons.places import LAYERS, ROOT
from miniframework.suggest import did_you_mean

SVG = "{http://www.w3.org/2000/svg}"
# A page of the reader has 100 KiB; what stands around the text comes to less than 12 of them.
LONGEST_PAGE = 88 * 1024
LONGEST_FIRST = 700  # lines of all the first versions of a chapter
QUESTIONS = 5
HINTS = 3
SECTIONS = ("Run it", "Break it", "Build it", "In real life", "Words")
FAMILY = re.compile(r"questions|check yourself", re.I)


def problems(chapter: Chapter) -> list[str]:
    """Everything that is wrong with a chapter, but for its listings and its commands."""
    return [problem for check in CHECKS for problem in check(chapter)]


def links(chapter: Chapter) -> list[str]:
    """Links that lead nowhere: a file, an anchor or a definition that is not there."""
    document, found = Document.of(chapter), []
    for link in document.links:
        if problem := _link_problem(chapter, document, link.target, link.text, link.code):
            found.append(f"{shown(chapter.readme)}:{link.line}: {problem}")
    return found


def _link_problem(
    chapter: Chapter, document: Document, target: str, text: str, is_code: bool
) -> str:
    if re.match(r"https?://", target) or target.startswith(("/", "mailto:")):
        return ""
    name, _, anchor = target.partition("#")
    if not name:
        ids = [*document.ids, *_ids_of_pictures(chapter)]
        return "" if anchor in ids else f"there is no #{anchor} here.{did_you_mean(anchor, ids)}"
    path = (chapter.folder / name).resolve()
    if not path.exists():
        return f"[{text}] leads to {name}, which is not there."
    if not reader_url(target, text, chapter).startswith("/"):
        return f"[{text}] leads to {name}, which the reader does not show."
    if path.name == "README.md" and anchor:
        ids = Document(text_of(path)).ids
        return "" if anchor in ids else f"{name} has no #{anchor}.{did_you_mean(anchor, ids)}"
    is_name = path.suffix == ".py" and is_code and not path.as_posix().endswith(text)
    if is_name and line_named(path, text) is None:
        return f"{name} defines no {text!r}.{did_you_mean(text, definitions(path))}"
    return ""


def ids(chapter: Chapter) -> list[str]:
    """Ids that stand twice on the page: text and pictures share one space of names."""
    counted = Counter([*Document.of(chapter).ids, *_ids_of_pictures(chapter)])
    return [
        f"{shown(chapter.readme)}: the id {name!r} stands {count} times on the page."
        for name, count in counted.items()
        if count > 1
    ]


def _ids_of_pictures(chapter: Chapter) -> list[str]:
    return [name for path in drawings(chapter) for name in RAW_ID.findall(text_of(path))]


def drawings(chapter: Chapter) -> list[Path]:
    """The pictures that the text shows and that are there."""
    paths = [chapter.folder / picture.source for picture in Document.of(chapter).pictures]
    return [path for path in dict.fromkeys(paths) if path.suffix == ".svg" and path.is_file()]


def pictures(chapter: Chapter) -> list[str]:
    """Pictures that are missing, or that somebody could not see."""
    found = []
    for picture in Document.of(chapter).pictures:
        where = f"{shown(chapter.readme)}:{picture.line}"
        path = chapter.folder / picture.source
        if path.suffix != ".svg":
            found.append(f"{where}: {picture.source} is no SVG, which the reader could show.")
        elif not path.is_file():
            found.append(f"{where}: there is no picture {picture.source}.")
        if not picture.alternative.strip():
            found.append(f"{where}: {picture.source} has no text alternative: ![here](...).")
    for path in drawings(chapter):
        found += [f"{shown(path)}: {problem}" for problem in _drawing_problems(chapter, path)]
    shows = {path.name for path in drawings(chapter)}
    found += [
        f"{shown(path)}: the text does not show this picture."
        for path in sorted(chapter.folder.glob("*.svg"))
        if path.name not in shows
    ]
    return found


def _drawing_problems(chapter: Chapter, path: Path) -> Iterator[str]:
    text = text_of(path)
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 (a file of our own)
    except ElementTree.ParseError as error:
        yield f"not XML: {error}."
        return
    names = {node.get("id"): node for node in root.iter() if node.get("id")}
    labels = (root.get("aria-labelledby") or "").split()
    for tag in ("title", "desc"):
        child = root.find(SVG + tag)
        if child is None or not (child.text or "").strip():
            yield f"it has no <{tag}>, which is what those hear who cannot see it."
        elif child.get("id") not in labels:
            yield f"aria-labelledby does not name the <{tag}>."
    # A picture is one thing to those who hear it; one with links is a group of them.
    role = "group" if root.find(f".//{SVG}a") is not None else "img"
    if root.get("role") != role:
        yield f'the <svg> needs role="{role}".'
    if not root.get("viewBox"):
        yield "it has no viewBox: it could not grow and shrink with the page."
    if "prefers-color-scheme: dark" not in text:
        yield "it has no colours for the dark (@media (prefers-color-scheme: dark))."
    known = {*names, *Document.of(chapter).ids}
    for node in root.iter():
        for key, value in node.attrib.items():
            if key.rpartition("}")[2] in ("href", "src"):
                if not value.startswith("#"):
                    if not (node.tag == SVG + "a" and value.startswith("/")):
                        yield f"it refers to {value}, outside of itself."
                elif value[1:] not in known:
                    yield f"there is no {value} in the picture or its chapter."
    if re.search(r"@import|url\(\s*['\"]?(?!#)", text) or root.find(f".//{SVG}script") is not None:
        yield "it loads something from outside, or has a script."
    classes = {f".{name}" for name in (root.get("class") or "").split()}
    for style in root.iter(SVG + "style"):
        for selector in _selectors(style.text or ""):
            if selector.split(" ")[0].split(":")[0] not in classes:
                yield (
                    f"the style of {selector!r} would hold for the whole page:"
                    " begin with a class of the <svg>."
                )


def _selectors(style: str) -> Iterator[str]:
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    for group in re.findall(r"([^{};]+)\{", style):
        for selector in group.split(","):
            if not group.strip().startswith("@"):
                yield selector.strip()


def headings(chapter: Chapter) -> list[str]:
    """Headings out of order: one of the first level, at the beginning, and none skipped."""
    found = []
    rows = Document.of(chapter).headings
    if not rows or rows[0].level != 1 or rows[0].text != chapter.title:
        found.append(f"{shown(chapter.readme)}:1: it must begin with `# {chapter.title}`.")
    for before, heading in pairwise(rows):
        where = f"{shown(chapter.readme)}:{heading.line}: {heading.text!r}"
        if heading.level == 1:
            found.append(f"{where} is a second title.")
        elif heading.level > before.level + 1:
            found.append(f"{where} is of level {heading.level}, below one of {before.level}.")
    return found


def sections(chapter: Chapter) -> list[str]:
    """What a chapter must have. Chapter 0 is the tour: a picture, and something to run."""
    document = Document.of(chapter)
    missing = []
    if not document.pictures:
        missing.append("a picture")
    if not any(is_run(fence) for fence in document.fences):
        missing.append("a command that is run (```console)")
    if chapter.number > 0:
        missing += [
            f"the section {name!r}" for name in SECTIONS if not _find_section(document, name)
        ]
        missing += list(_what_a_chapter_lacks(chapter, document))
    return [f"{shown(chapter.readme)} lacks {each}." for each in missing]


def _what_a_chapter_lacks(chapter: Chapter, document: Document) -> Iterator[str]:
    if not chapter.part:
        yield "its part (chapter.toml)"
    if not any(is_listing(fence) and "file=first/" in fence.info for fence in document.fences):
        yield "a first version (```python file=first/...)"
    if not any(is_run(fence) and "first/" in fence.body for fence in document.fences):
        yield "a run of its first version (```console)"
    if not any(is_run(fence) and "experiments/" in fence.body for fence in document.fences):
        yield "a run of an experiment (```console)"
    if not chapter.exercises:
        yield "an exercise (chapter.toml)"
    answers = max(
        (_count_folded(document, each) for each in document.headings if FAMILY.search(each.text)),
        default=0,
    )
    if answers < QUESTIONS:
        yield (
            f"{QUESTIONS} questions with folded answers (a section named '... questions'"
            f" with {QUESTIONS} <details>; it has {answers})"
        )


def _find_section(document: Document, name: str) -> Heading | None:
    return next(
        (each for each in document.headings if each.text.lower().startswith(name.lower())), None
    )


def _count_folded(document: Document, heading: Heading) -> int:
    blocks = (t.content for t in document.section(heading) if t.type == "html_block")
    return sum(1 for block in blocks for closing in DETAILS.findall(block) if not closing)


def folds(chapter: Chapter) -> list[str]:
    """A <details> that is not closed takes the rest of the chapter with it."""
    depth, found = 0, []
    for token in Document.of(chapter).tokens:
        if token.type == "html_block" and token.map:
            where = f"{shown(chapter.readme)}:{token.map[0] + 1}"
            for closing in DETAILS.findall(token.content):
                depth += -1 if closing else 1
                if depth not in (0, 1):
                    found.append(f"{where}: a <details> in another, or one closed twice.")
                    depth = max(0, min(depth, 1))
            # Markdown's rule: a block of HTML ends at an empty line, and not before.
            if re.search(r"</summary>\s*\S", token.content) and "</details" not in token.content:
                found.append(f"{where}: leave a line empty below <summary>: Markdown begins there.")
    if depth:
        found.append(f"{shown(chapter.readme)}: a <details> is never closed.")
    return found


def exercises(chapter: Chapter) -> list[str]:
    """Exercises whose functions, tests or place in the text are not there."""
    document = Document.of(chapter)
    where = shown(chapter.folder / "chapter.toml")
    return [
        f"{where}: exercise {exercise.slug!r}: {problem}"
        for exercise in chapter.exercises
        for problem in _exercise_problems(exercise, document)
    ]


def _exercise_problems(exercise: Exercise, document: Document) -> Iterator[str]:
    for blank in exercise.blanks:
        file, _, name = blank.partition(":")
        path = ROOT / file
        if file.partition("/")[0] not in LAYERS and not file.startswith("lessons/xray/"):
            yield f"{file} is not a file of a layer."
        elif not path.is_file():
            yield f"there is no file {file}."
        elif name not in definitions(path):
            yield f"{file} defines no {name!r}.{did_you_mean(name, definitions(path))}"
    for test in exercise.tests:
        path = ROOT / test.partition("::")[0]
        if not path.exists():
            yield f"there is no test {test}."
    anchors = [each.id for each in document.headings]
    if exercise.anchor not in anchors:
        hint = did_you_mean(exercise.anchor, anchors)
        yield f"there is no heading #{exercise.anchor} in the text.{hint}"
    if len(exercise.hints) != HINTS:
        yield f"it has {len(exercise.hints)} hints; {HINTS} are asked for."


def unfolded_solutions(chapter: Chapter) -> list[str]:
    """Listings that give away what an exercise asks for."""
    blanks = [blank for exercise in chapter.exercises for blank in exercise.blanks]
    wanted = []
    for blank in blanks:
        file, _, name = blank.partition(":")
        path = (ROOT / file).resolve()
        if path.is_file() and name in definitions(path):
            wanted.append((path, name, definitions(path)[name]))
    found = []
    try:
        for listing in listings(chapter):
            for path, name, span in wanted:
                # Its signature may be shown; what follows is the learner's.
                is_shown = listing.span.first <= span.last and span.name_line < listing.span.last
                if listing.path == path and not listing.fence.folded and is_shown:
                    found.append(
                        f"{shown(chapter.readme)}:{listing.fence.line}: {name} is an exercise:"
                        " fold its listing into <details>."
                    )
    except BookError:
        return found  # said by the check of the listings
    return found


def programs(chapter: Chapter) -> list[str]:
    """First versions and experiments that do not compile, say nothing of themselves, or that
    the text never mentions. What they do is shown by the commands."""
    found, lines = [], 0
    for folder in ("first", "experiments"):
        for path in sorted((chapter.folder / folder).glob("*.py")):
            text = text_of(path)
            lines += len(text.splitlines()) if folder == "first" else 0
            try:
                if not ast.get_docstring(ast.parse(text)):
                    found.append(f"{shown(path)}: it begins with no docstring: what does it show?")
                compile(text, str(path), "exec")
            except (SyntaxError, ValueError) as error:
                found.append(f"{shown(path)}: not Python: {error}.")
            if f"{folder}/{path.name}" not in chapter.text:
                found.append(f"{shown(path)}: the text does not mention {folder}/{path.name}.")
    if lines > LONGEST_FIRST:
        found.append(f"{shown(chapter.folder)}: first/ has {lines} lines; at most {LONGEST_FIRST}.")
    return found


def size(chapter: Chapter) -> list[str]:
    """A page that would be longer than 100 KiB with what stands around it."""
    length = len(render_chapter(chapter).encode())
    if length <= LONGEST_PAGE:
        return []
    return [f"{shown(chapter.readme)}: its page has {length} bytes; at most {LONGEST_PAGE}."]


CHECKS: tuple[Callable[[Chapter], list[str]], ...] = (
    links, ids, pictures, headings, sections, folds, exercises, unfolded_solutions, programs, size,
)  # fmt: skip


def unfinished(folders: Sequence[Path]) -> list[str]:
    """Folders of chapters that lack their text or their metadata: the book leaves them out."""
    return [
        f"{shown(folder)} has no {name}."
        for folder in folders
        for name in ("README.md", "chapter.toml")
        if not (folder / name).is_file()
    ]


def repeated(chapters: Sequence[Chapter]) -> list[str]:
    """Numbers and names that two chapters or two exercises share."""
    names = [("chapter number", str(chapter.number)) for chapter in chapters]
    names += [("chapter", chapter.slug) for chapter in chapters]
    names += [("exercise", each.slug) for chapter in chapters for each in chapter.exercises]
    return [
        f"the {kind} {name} is there twice." for (kind, name), n in Counter(names).items() if n > 1
    ]
