"""Static files by path, and the folders that a web server has to know.

Django: https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/#finders-module
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from miniframework.apps import apps
from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.templatetags.static import static_url


class StaticFolder(NamedTuple):
    folder: Path
    prefix: str = ""  # what the paths of its files have in front: "" or "downloads"


def static_folders() -> Iterator[StaticFolder]:
    """Every folder, in the order in which they are searched."""
    for entry in getattr(settings, "STATICFILES_DIRS", ()):
        if isinstance(entry, list | tuple):
            prefix, folder = entry
            yield StaticFolder(Path(folder), prefix.strip("/"))
        else:
            yield StaticFolder(Path(entry))
    if not apps.apps_ready:
        return
    for config in apps.get_app_configs():
        folder = Path(config.path) / "static"
        if folder.is_dir():
            yield StaticFolder(folder)


def find(path: str) -> str | None:
    """The first file of this path, "polls/style.css", or None.

    A path that leads out of its folder finds nothing.
    """
    for folder, prefix in static_folders():
        inside = path
        if prefix:
            if not path.startswith(f"{prefix}/"):
                continue
            inside = path.removeprefix(f"{prefix}/")
        root = folder.resolve()
        try:
            file = (root / inside).resolve()
            if file.is_relative_to(root) and file.is_file():
                return str(file)
        except (OSError, ValueError):  # a name too long, or with a NUL, is no file's
            continue
    return None


def static_locations() -> list[tuple[str, Path]]:
    """(URL path, folder) for every folder that exists: what `wsgi --static` takes."""
    url = static_url()
    if not url.startswith("/"):
        return []  # another host serves them
    if url == "/":
        raise ImproperlyConfigured(
            "The setting STATIC_URL is '/', so that static files would hide every view; "
            "set it to a path of its own, say '/static/'."
        )
    url = url if url.endswith("/") else f"{url}/"
    return [
        (f"{url}{prefix}/" if prefix else url, folder.resolve())
        for folder, prefix in static_folders()
        if folder.is_dir()
    ]
