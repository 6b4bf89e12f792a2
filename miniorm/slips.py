"""A mistake in somebody's own file, told by its place: the line, and what is wrong with it.

Beside the trip, for the command line: of the thirty lines of a traceback those that lead through
Python's import and through miniorm help nobody who wrote `IntegerFeld`.
"""

import sysconfig
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException, extract_tb

from miniorm.suggest import did_you_mean

STDIN = "<stdin>"  # the name of a program from a pipe
NOT_OWN = (str(Path(__file__).parent), sysconfig.get_path("stdlib"), "<frozen")


def told(error: BaseException) -> str | None:
    """The sentence and where it comes from; None where none of one's own files is part of it."""
    frame = _place(error)
    if frame is None:
        return None
    path = Path(frame.filename)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}, line {frame.lineno}:\n    {frame.line}\n{sentence(error)}"


def sentence(error: BaseException) -> str:
    """The last line of a traceback, with what was likely meant."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    known: list[str] = []
    if isinstance(error, AttributeError) and error.obj is not None:
        known = dir(error.obj)
    if isinstance(error, NameError) and error.__traceback__:
        known = [*_last_names(error)]
    hint = did_you_mean(getattr(error, "name", None) or "", known) if known else ""
    return f"{type(error).__name__}: {text}{'.' if hint and text[-1:] not in '.?' else ''}{hint}"


def traceback_of(error: BaseException) -> str:
    """The traceback with the lines of one's own files and of the pipe only."""
    whole = TracebackException.from_exception(error)
    has_own = _keep_own(whole)
    return "".join(whole.format() if has_own else whole.format_exception_only())


def _keep_own(part: TracebackException) -> bool:
    """Leave out what is not one's own, here and in the errors before; whether something is."""
    own = [each for each in part.stack if each.filename == STDIN or _is_own(each.filename)]
    part.stack = StackSummary.from_list(own)
    if part.__cause__ is not None and not _keep_own(part.__cause__):
        part.__cause__ = None  # the driver's own error, of which this one has the words
        part.__suppress_context__ = True
    if part.__context__ is not None and not _keep_own(part.__context__):
        part.__context__ = None
    return bool(own)


def _place(error: BaseException) -> FrameSummary | None:
    if isinstance(error, SyntaxError) and error.filename:
        line = (error.text or "").strip()
        return FrameSummary(error.filename, error.lineno, "", line=line)
    own = [each for each in extract_tb(error.__traceback__) if _is_own(each.filename)]
    return own[-1] if own else None


def _is_own(file: str) -> bool:
    return not file.startswith(NOT_OWN) and "site-packages" not in file and Path(file).is_file()


def _last_names(error: BaseException) -> set[str]:
    """The names that the place of the error knows."""
    trail = error.__traceback__
    while trail is not None and trail.tb_next is not None:
        trail = trail.tb_next
    return {*trail.tb_frame.f_locals, *trail.tb_frame.f_globals} if trail else set()
