"""Templates from folders, in their order.

Step 7. A name never leads out of its folder: "../settings.py" is nowhere.
In Django: django.template.loaders.filesystem.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from templating.errors import TemplateDoesNotExist
from templating.loaders.base import Loader as BaseLoader
from templating.source import Origin

if TYPE_CHECKING:
    from templating.engine import Engine

# How many files a suggestion for a misspelt name may look at.
MAX_NAMES = 1000


class Loader(BaseLoader):
    def __init__(
        self, engine: "Engine", dirs: "Sequence[str | os.PathLike[str]] | None" = None
    ) -> None:
        super().__init__(engine)
        self.dirs = dirs

    def get_dirs(self) -> "Sequence[str | os.PathLike[str]]":
        return self.engine.dirs if self.dirs is None else self.dirs

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        if "\0" in template_name:
            return
        for folder in self.get_dirs():
            root = os.path.abspath(folder)
            path = os.path.abspath(os.path.join(root, template_name))
            if os.path.commonpath([root, path]) == root and path != root:
                yield Origin(path, template_name, self)

    def get_contents(self, origin: Origin) -> str:
        try:
            with open(origin.name, encoding=self.engine.file_charset) as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise TemplateDoesNotExist(str(origin)) from None

    def names(self) -> Iterable[str]:
        for folder in self.get_dirs():
            root = Path(folder)
            files = (path for path in root.rglob("*") if path.is_file())
            yield from (path.relative_to(root).as_posix() for path in islice(files, MAX_NAMES))
