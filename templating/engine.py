"""The engine: its settings, its loaders, and the templates it makes.

Step 7: `engine.get_template("polls/detail.html").render(context)` is all that a view
needs. Django's documentation, "The Django template language: for Python programmers"; in
Django: django.template.engine and django.template.base.Template.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import islice
from typing import Any

from templating import configuration
from templating.context import Context, Processor, make_context
from templating.errors import (
    TemplateDoesNotExist,
    TemplateRecursionError,
    TemplateSyntaxError,
    attach_position,
)
from templating.events import announce, observers
from templating.filters import MODULES as FILTER_MODULES
from templating.lexer import tokenise
from templating.library import Library, import_library
from templating.loaders.base import Loader
from templating.nodes import NodeList
from templating.parser import Parser
from templating.safe import SafeString
from templating.source import Origin, Source
from templating.suggest import did_you_mean
from templating.tags import MODULES as TAG_MODULES


class Engine:
    """Settings that templates share. `loaders` are dotted names, or (name, argument, ...)."""

    default_builtins = [*TAG_MODULES, *FILTER_MODULES]
    default_libraries = {name: f"templating.templatetags.{name}" for name in ("tz", "l10n", "i18n")}
    # How many templates may be under way inside each other: an include that includes
    # itself meets this, and a message, before it meets the end of Python's stack.
    max_depth = 60

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

    def find_template(self, name: str, skip: Iterable[Origin | None] | None = None) -> "Template":
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

    def from_string(self, template_code: str) -> "Template":
        return Template(template_code, engine=self)

    def get_template(self, template_name: str) -> "Template":
        return self.find_template(template_name)

    def select_template(self, template_name_list: Sequence[str]) -> "Template":
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


class Template:
    """A template, compiled; `render` may be called at the same time from many threads."""

    def __init__(
        self,
        template_string: str,
        origin: Origin | None = None,
        name: str | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.engine = engine or Engine.get_default()
        self.name = name
        self.origin = origin or Origin("<unknown source>")
        self.source = str(template_string)
        self.nodelist = self.compile_nodelist()

    def compile_nodelist(self) -> NodeList:
        source = Source(self.source, self.name, self.origin if self.name else None, self.engine)
        parser = Parser(
            tokenise(self.source),
            source,
            self.engine.template_libraries,
            self.engine.template_builtins,
        )
        parser.origin = self.origin
        try:
            nodelist = parser.parse()
            nodelist.compiled(self.engine.autoescape)
        except TemplateSyntaxError as error:
            error.locate(source, 1, None)
            raise
        except RecursionError:
            raise TemplateSyntaxError("Too deeply nested to compile.") from None
        return nodelist

    def listing(self) -> str:
        """The Python that this template became, and that of each of its blocks."""
        from templating.tags.inheritance import BlockNode

        escaping = self.engine.autoescape
        listings = [self.nodelist.compiled(escaping).listing]
        for block in self.nodelist.get_nodes_by_type(BlockNode):
            name = f"block_{block.name}" if block.name.isidentifier() else "block"
            listings.append(block.nodelist.compiled(escaping, name).listing)
        return "\n\n".join(listings)

    def render(
        self, context: Context | Mapping[str, Any] | None = None, request: Any = None
    ) -> SafeString:
        """The text, from a Context or simply from a dictionary (and a request)."""
        if not isinstance(context, Context):
            context = make_context(context, request, self.engine.autoescape)
        self._check_depth(context)
        with context.render_context.push_state(self):
            if context.template is not None:
                return self._render(context)
            return self._render_outermost(context)

    def _render_outermost(self, context: Context) -> SafeString:
        error: BaseException | None = None
        length = 0
        if observers:
            announce("template.start", name=self.name, template=self, context=context)
        try:
            with context.bind_template(self):
                context.template_name = self.name or "unknown"
                text = self._render(context)
                length = len(text)
                return text
        except Exception as raised:
            error = raised
            attach_position(raised)
            raise
        finally:
            if observers:
                announce(
                    "template.end",
                    name=self.name,
                    template=self,
                    context=context,
                    length=length,
                    error=error,
                )

    def _render(self, context: Context) -> SafeString:
        return self.nodelist.render(context)

    def _check_depth(self, context: Context) -> None:
        chain = context.render_context.chain
        if len(chain) < self.engine.max_depth:
            return
        ends = [*chain[:3], "...", *chain[-2:], self.name or "<string>"]
        raise TemplateRecursionError(
            f"More than {self.engine.max_depth} templates include each other: {' -> '.join(ends)}"
        )

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickled by where it came from, or by its text; unpickled in the default engine."""
        if self.name is not None:
            return _by_name, (self.name,)
        return Template, (self.source,)


def _by_name(name: str) -> Template:
    return Engine.get_default().get_template(name)


def _import(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
