"""From the words on the command line to the application: "module:attribute".

Before step 2 of the trip. A server that cannot find its application says so before it
takes a single request, and the sentence it says is what a newcomer meets first: so it
names the module, the attribute, and what there is instead.

In Gunicorn: util.import_app.
"""

import importlib
import importlib.util
import re
import sys
from types import ModuleType
from typing import Any

from wsgi.errors import LoadError
from wsgi.gateway import Application
from wsgi.suggest import did_you_mean

SPELLING = re.compile(r"(?P<module>[\w.]+)(:(?P<attribute>[\w.]+)(?P<call>\(\))?)?", re.ASCII)


def load(spelling: str) -> Application:
    """The application that "module:attribute" or "module:factory()" names.

    Without an attribute it is "application" (and where there is none, "app"). Raises
    LoadError for what is not there. What the module itself raises while it is imported
    passes through: its traceback is the message.
    """
    matched = SPELLING.fullmatch(spelling)
    if matched is not None and matched["module"].endswith(".py"):
        name = spelling.replace(".py", "", 1)
        raise LoadError(f"{spelling!r} is a file's name: a module has no '.py'. Try {name!r}.")
    if matched is None:
        raise LoadError(
            f"{spelling!r} does not name an application: expected MODULE:ATTRIBUTE,"
            " such as mysite.wsgi:application, or MODULE:FACTORY()"
        )
    module = import_module(matched["module"])
    found = find(module, matched["attribute"])
    if matched["call"]:
        found = found()
    if not callable(found):
        raise LoadError(f"{spelling!r} is {found!r}, which is not callable: no WSGI application")
    application: Application = found
    return application


def import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(missing + "."):
            raise  # the module is there; something that it imports is not
        raise LoadError(
            f"there is no module {missing!r} (looked for {name!r} in {looked_in()})."
            " Is the server started in the folder that holds it?"
        ) from None


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


def looked_in() -> str:
    return ", ".join(repr(entry or ".") for entry in sys.path[:3]) + ", ..."
