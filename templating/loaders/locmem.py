"""Templates from a dictionary: for tests, and for the command line.

Step 7. In Django: django.template.loaders.locmem.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from templating.errors import TemplateDoesNotExist
from templating.loaders.base import Loader as BaseLoader
from templating.source import Origin

if TYPE_CHECKING:
    from templating.engine import Engine


class Loader(BaseLoader):
    def __init__(self, engine: "Engine", templates_dict: Mapping[str, str]) -> None:
        super().__init__(engine)
        self.templates_dict = templates_dict

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        yield Origin(template_name, template_name, self)

    def get_contents(self, origin: Origin) -> str:
        try:
            return self.templates_dict[origin.name]
        except KeyError:
            raise TemplateDoesNotExist(str(origin)) from None

    def names(self) -> Iterable[str]:
        return self.templates_dict
