"""What every loader does: go through the places it knows until one has the template.

Step 7. In Django: django.template.loaders.base.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from templating.errors import TemplateDoesNotExist
from templating.source import Origin

if TYPE_CHECKING:
    from templating.engine import Engine
    from templating.template import Template


class Loader:
    """Subclasses say where to look (`get_template_sources`) and how to read (`get_contents`)."""

    cached = False

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine

    def get_template(
        self, template_name: str, skip: "Iterable[Origin | None] | None" = None
    ) -> "Template":
        from templating.template import Template

        tried: list[tuple[Origin, str]] = []
        skipped = set(skip or ())
        for origin in self.get_template_sources(template_name):
            if origin in skipped:
                tried.append((origin, "Skipped to avoid recursion"))
                continue
            try:
                contents = self.get_contents(origin)
            except TemplateDoesNotExist:
                tried.append((origin, "Source does not exist"))
                continue
            return Template(contents, origin, origin.template_name, self.engine)
        raise TemplateDoesNotExist(template_name, tried=tried)

    def get_template_sources(self, template_name: str) -> Iterable[Origin]:
        raise NotImplementedError

    def get_contents(self, origin: Origin) -> str:
        """The text; raises TemplateDoesNotExist(origin) where there is none."""
        raise NotImplementedError

    def names(self) -> Iterable[str]:
        """The templates there are, as far as the loader can tell: for suggestions."""
        return ()

    def reset(self) -> None:
        """Forget what may have changed."""
