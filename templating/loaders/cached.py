"""Templates compiled once and kept; with `debug`, until their file changes.

Step 7. In Django: django.template.loaders.cached.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from templating.errors import TemplateDoesNotExist
from templating.loaders.base import Loader as BaseLoader
from templating.source import Origin

if TYPE_CHECKING:
    from templating.engine import Engine
    from templating.template import Template

Key = tuple[str, tuple[Origin | None, ...]]

# Names come from code, but some code takes them from a request: the cache has an end.
MAX_TEMPLATES = 5000


class Loader(BaseLoader):
    def __init__(self, engine: "Engine", loaders: Sequence[Any]) -> None:
        super().__init__(engine)
        self.loaders = engine.get_template_loaders(loaders)
        self._templates: dict[Key, tuple[Template, float]] = {}
        self.cached = False

    def get_template(
        self, template_name: str, skip: "Iterable[Origin | None] | None" = None
    ) -> "Template":
        key = (template_name, tuple(skip or ()))
        kept = self._templates.get(key)
        if kept is not None and not self._changed(*kept):
            self.cached = True
            return kept[0]
        self.cached = False
        template = super().get_template(template_name, skip)
        if len(self._templates) >= MAX_TEMPLATES:
            self._templates.clear()
        self._templates[key] = (template, template.origin.modified)
        return template

    def _changed(self, template: "Template", modified: float) -> bool:
        return self.engine.debug and _modified(template.origin) != modified

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        for loader in self.loaders:
            yield from loader.get_template_sources(template_name)

    def get_contents(self, origin: Origin) -> str:
        if origin.loader is None:
            raise TemplateDoesNotExist(str(origin))
        origin.modified = _modified(origin)  # before reading: what is saved meanwhile is newer
        return str(origin.loader.get_contents(origin))

    def names(self) -> Iterable[str]:
        for loader in self.loaders:
            yield from loader.names()

    def reset(self) -> None:
        self._templates.clear()


def _modified(origin: Origin) -> float:
    try:
        return os.stat(origin.name).st_mtime_ns
    except (OSError, ValueError):  # not a file
        return 0
