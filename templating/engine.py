"""The engine: its settings, its loaders, and the templates it makes.

Step 7: `engine.get_template("polls/detail.html").render(context)` is all that a view
needs. Django's documentation, "The Django template language: for Python programmers"; in
Django: django.template.engine and django.template.base.Template.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import islice
from typing import Any

from templating import configuration
from templating.context import Context, Processor
from templating.errors import TemplateDoesNotExist
from templating.events import announce, observers
from templating.filters import MODULES as FILTER_MODULES
from templating.library import Library, import_library
from templating.loaders.base import Loader
from templating.safe import SafeString
from templating.source import Origin
from templating.suggest import did_you_mean
from templating.tags import MODULES as TAG_MODULES
from templating.template import Template

# How many templates may be under way inside each other: an include that includes itself
# meets this, and a message, before it meets the end of Python's stack.
MAX_DEPTH = 60


class Engine:
    """Settings that templates share. `loaders` are dotted names, or (name, argument, ...)."""

    default_builtins = [*TAG_MODULES, *FILTER_MODULES]
    default_libraries = {name: f"templating.templatetags.{name}" for name in ("tz", "l10n", "i18n")}

    def __init__(
        self,
        dirs: "Sequence[str | os.PathLike[str]]" = (),
        app_dirs: bool = False,
        context_processors: Sequence[str | Processor] = (),
        debug: bool = False,
        loaders: Sequence[Any] | None = None,
        string_if_invalid: str = "",
        file_charset: str = "utf-8",
        libraries: Mapping[str, str] | None = None,
        builtins: Sequence[str] | None = None,
        autoescape: bool = True,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        if loaders is None:
            kinds = ["templating.loaders.filesystem.Loader"]
            if app_dirs:
                kinds.append("templating.loaders.app_directories.Loader")
            loaders = [("templating.loaders.cached.Loader", kinds)]
        elif app_dirs:
            raise ValueError("app_dirs must not be set when loaders is defined.")
        self.dirs = list(dirs)
        self.app_dirs = app_dirs
        self.context_processors = tuple(context_processors)
        self.debug = debug
        self.loaders = loaders
        self.string_if_invalid = string_if_invalid
        self.file_charset = file_charset
        self.libraries = {**self.default_libraries, **(libraries or {})}
        self.builtins = [*self.default_builtins, *(builtins or ())]
        self.autoescape = autoescape
        self.max_depth = max_depth
        self.template_libraries = {
            name: import_library(path) for name, path in self.libraries.items()
        }
        self.template_builtins: list[Library] = [import_library(path) for path in self.builtins]

    @staticmethod
    def get_default() -> "Engine":
        """The engine that the framework handed down, or one that knows no folders."""
        if configuration.default_engine is None:
            configuration.default_engine = Engine(app_dirs=True)
        return configuration.default_engine

    @cached_property
    def template_context_processors(self) -> tuple[Processor, ...]:
        return tuple(
            _import(processor) if isinstance(processor, str) else processor
            for processor in self.context_processors
        )

    @cached_property
    def template_loaders(self) -> list[Loader]:
        return self.get_template_loaders(self.loaders)

    def get_template_loaders(self, loaders: Iterable[Any]) -> list[Loader]:
        return [self.find_template_loader(loader) for loader in loaders]

    def find_template_loader(self, loader: Any) -> Loader:
        name, *arguments = (loader,) if isinstance(loader, str) else loader
        made: Loader = _import(name)(self, *arguments)
        return made

    def find_template(self, name: str, skip: Iterable[Origin | None] | None = None) -> Template:
        """The first template of this name, `skip`ping some origins."""
        tried: list[tuple[Origin, str]] = []
        for loader in self.template_loaders:
            try:
                template = loader.get_template(name, skip=skip)
            except TemplateDoesNotExist as error:
                tried.extend(error.tried)
                continue
            if observers:
                announce("template.load", name=name, origin=template.origin, cached=loader.cached)
            return template
        names = (name for loader in self.template_loaders for name in loader.names())
        hint = did_you_mean(name, {known for known in islice(names, 2000) if known != name})
        raise TemplateDoesNotExist(name, tried=tried, hint=hint)

    def from_string(self, template_code: str) -> Template:
        return Template(template_code, engine=self)

    def get_template(self, template_name: str) -> Template:
        """The template of this name; "page.html#row" is the partial `row` of page.html."""
        name, _, partial_name = template_name.partition("#")
        template = self.find_template(name)
        if not partial_name:
            return template
        partial = template.partial(partial_name)
        if partial is None:
            hint = did_you_mean(partial_name, template.extra_data.get("partials", ()))
            raise TemplateDoesNotExist(
                template_name, tried=[(template.origin, f"No partial {partial_name!r}")], hint=hint
            )
        return partial

    def select_template(self, template_name_list: Sequence[str]) -> Template:
        """The first of these names that exists."""
        if not template_name_list:
            raise TemplateDoesNotExist("No template names provided")
        missing: list[TemplateDoesNotExist] = []
        for name in template_name_list:
            try:
                return self.get_template(name)
            except TemplateDoesNotExist as error:
                if error.name != name:  # it exists, and extends one that does not
                    raise
                missing.append(error)
        if len(missing) == 1:
            raise missing[0]
        tried = [attempt for error in missing for attempt in error.tried]
        raise TemplateDoesNotExist(", ".join(template_name_list), tried=tried, chain=missing)

    def render_to_string(
        self,
        template_name: str | Sequence[str],
        context: Context | Mapping[str, Any] | None = None,
        request: Any = None,
    ) -> SafeString:
        if isinstance(template_name, str):
            template = self.get_template(template_name)
        else:
            template = self.select_template(template_name)
        return template.render(context, request)


def _import(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
