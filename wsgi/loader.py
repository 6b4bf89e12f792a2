"""From the words on the command line to the application: "module:attribute".

Before step 2 of the trip. A server that cannot find its application says so before it
takes a single request, and the sentence it says is what a newcomer meets first: so it
names the module, the attribute, and what there is instead.

In Gunicorn: util.import_app.
"""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from wsgi.errors import LoadError
from wsgi.gateway import Application
from wsgi.reloader import is_installed
from wsgi.suggest import did_you_mean

SPELLING = re.compile(r"(?P<module>[\w.]+)(:(?P<attribute>[\w.]+)(?P<call>\(.*\))?)?", re.ASCII)
EXPECTED = "expected MODULE:ATTRIBUTE, such as mysite.wsgi:application, or MODULE:FACTORY()"

OURS = Path(__file__).resolve().parent.parent  # the folder that holds our own packages


def load(spelling: str) -> Application:
    """The application that "module:attribute" or "module:factory()" names.

    Without an attribute it is "application" (and where there is none, "app"); a factory may be
    given values ("module:factory('test', debug=True)"). Raises LoadError for what is not there.
    What the module itself raises while it is imported passes through: its traceback is the
    message.
    """
    matched = SPELLING.fullmatch(spelling)
    if matched is None or matched["module"].endswith(".py"):
        raise LoadError(f"{spelling!r} does not name an application: {EXPECTED}.{_meant(spelling)}")
    module = import_module(matched["module"])
    found = find(module, matched["attribute"])
    if matched["call"]:
        values, named = arguments(matched["call"], spelling)
        found = found(*values, **named)
    if not callable(found):
        raise LoadError(f"{spelling!r} is {found!r}, which is not callable: no WSGI application")
    check_call(found, spelling)
    application: Application = found
    return application


def check_call(found: Callable[..., Any], spelling: str) -> None:
    """Raises LoadError for what does not take two arguments: each request would be a 500."""
    try:
        # Not of what a decorator stands before, but its own: that is what is called.
        inspect.signature(found, follow_wrapped=False).bind("environ", "start_response")
    except TypeError as error:
        raise LoadError(
            f"{spelling!r} cannot be called with environ and start_response ({error}). A factory"
            " is named with brackets, MODULE:FACTORY(); an ASGI application needs another server."
        ) from None
    except ValueError:
        pass  # a callable of C, which does not tell what it takes


def _meant(spelling: str) -> str:
    """ " Did you mean 'mysite.wsgi:app'?" of "mysite/wsgi.py:app"."""
    file, colon, attribute = spelling.partition(":")
    name = file.removesuffix(".py").strip("./").replace("/", ".")
    meant = f"{name}{colon}{attribute}"
    is_path = meant != spelling and SPELLING.fullmatch(meant)
    return f" A module is not named by its file: did you mean {meant!r}?" if is_path else ""


def arguments(call: str, spelling: str) -> tuple[list[Any], dict[str, Any]]:
    """([1], {"debug": True}) of "(1, debug=True)": plain values, no code."""
    try:
        node = ast.parse(f"f{call}", mode="eval").body
        if not isinstance(node, ast.Call) or any(each.arg is None for each in node.keywords):
            raise ValueError
        values = [ast.literal_eval(each) for each in node.args]
        return values, {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
    except (ValueError, SyntaxError):
        raise LoadError(
            f"{spelling!r}: a factory is called with plain values, such as ('test', debug=True)"
        ) from None


def import_module(name: str) -> ModuleType:
    make_room(name.partition(".")[0])
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(missing + "."):
            raise  # the module is there; something that it imports is not
        hint = did_you_mean(missing, modules_beside(missing))
        raise LoadError(
            f"there is no module {missing!r} (looked for {name!r} in {looked_in()}).{hint}"
            " Is the server started in the folder that holds it, or told by --chdir?"
        ) from None
    except SystemExit as end:
        raise LoadError(
            f"importing {name!r} ended the program (sys.exit({end.code!r})). What is to run only"
            ' as a script belongs below `if __name__ == "__main__":`'
        ) from None


def make_room(name: str) -> None:
    """Let go of our own package of that name, where the application has one.

    An application is often called `wsgi`, and by the time that it is loaded, a package `wsgi`
    is there: this one. What runs needs no names any more, so ours is taken from the list of
    modules, and `import wsgi` finds what the application's folder has, there and everywhere
    in the application.
    """
    loaded = sys.modules.get(name)
    if loaded is None or not is_ours(getattr(loaded, "__file__", None)):
        return
    spec = PathFinder.find_spec(name)
    if spec is None or spec.origin is None or is_ours(spec.origin):
        raise LoadError(
            f"there is no module {name!r} of yours in {looked_in()}, and glasstack's own is no"
            " application. Is the server started in the folder that holds it, or told by --chdir?"
        )
    for each in [each for each in sys.modules if each == name or each.startswith(name + ".")]:
        del sys.modules[each]


def forget(names: Iterable[str]) -> None:
    """Have these modules imported anew where they are wanted next, but for those of installed
    packages and those in C, of which some cannot be had twice in a process."""
    for name in names:
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        # A package without a file has folders.
        places = [file] if file else list(getattr(module, "__path__", ()))
        stays = any(is_installed(each) or each.endswith(".so") for each in places)
        if places and not stays and not is_ours(file):
            del sys.modules[name]


def is_ours(path: str | None) -> bool:
    """Whether a file is one of the layers that run this server."""
    if path is None:
        return False
    try:
        package = Path(path).resolve().relative_to(OURS).parts[0]
    except ValueError:
        return False
    return package in ("wsgi", "httpserver")


def find(module: ModuleType, attribute: str | None) -> Any:
    """The attribute, dots and all; the names that look like applications where it is missing."""
    if attribute is None:
        attribute = "app" if not hasattr(module, "application") else "application"
    found: Any = module
    for name in attribute.split("."):
        if not hasattr(found, name):
            there = [
                each
                for each, value in vars(module).items()
                if callable(value) and not each.startswith("_")
            ]
            hint = did_you_mean(name, there) or (
                f" It has: {', '.join(sorted(there)[:8])}." if there else ""
            )
            raise LoadError(f"module {module.__name__!r} has no attribute {name!r}.{hint}")
        found = getattr(found, name)
    return found


def modules_beside(name: str) -> Iterable[str]:
    """The modules that there are in the place where `name` was looked for."""
    package, dot, _ = name.rpartition(".")
    parent = sys.modules.get(package) if dot else None
    folders = list(getattr(parent, "__path__", ())) if dot else [sys.path[0] or os.getcwd()]
    return [f"{package}{dot}{found.name}" for found in pkgutil.iter_modules(folders)]


def looked_in() -> str:
    return ", ".join(repr(entry or ".") for entry in sys.path[:3]) + ", ..."
