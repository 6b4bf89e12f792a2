"""The names a template can see: a stack of dictionaries, the last one asked first.

Step 7. The view gives one dictionary, context processors add to it, and tags such as
`for` and `with` push one of their own for as long as their body lasts.
Django's documentation, "The Django template language: for Python programmers"; in Django:
django.template.context.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

from templating import formats
from templating.errors import ContextPopException, TemplateRecursionError

if TYPE_CHECKING:
    from templating.template import Template

Processor = Callable[[Any], Mapping[str, Any]]

BUILTINS = {"True": True, "False": False, "None": None}


class ContextDict(dict[str, Any]):
    """One layer of the stack; as a context manager it is popped at the end."""

    def __init__(self, stack: "Stack", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stack = stack
        stack.dicts.append(self)

    def __enter__(self) -> "ContextDict":
        return self

    def __exit__(self, *exc: object) -> None:
        self.stack.pop()


class Stack:
    """Dictionaries on top of each other, behaving like one."""

    def __init__(self, values: Any = None) -> None:
        self.dicts: list[dict[Any, Any]] = []
        self._reset(values)

    def _reset(self, values: Any = None) -> None:
        self.dicts = [BUILTINS.copy()]
        if isinstance(values, Stack):
            self.dicts += values.dicts[1:]
        elif values is not None:
            self.dicts.append(values)

    def __copy__(self) -> "Stack":
        duplicate: Stack = object.__new__(type(self))
        duplicate.__dict__.update(self.__dict__)
        duplicate.dicts = self.dicts[:]
        return duplicate

    def __iter__(self) -> Iterator[dict[Any, Any]]:
        yield from reversed(self.dicts)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self.dicts)

    def __getitem__(self, name: str) -> Any:
        for layer in reversed(self.dicts):
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.dicts[-1][name] = value

    def __delitem__(self, name: str) -> None:
        del self.dicts[-1][name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stack) and self.flatten() == other.flatten()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.dicts)

    def get(self, name: str, otherwise: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return otherwise

    def setdefault(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            self[name] = default
            return default

    def set_upward(self, name: str, value: Any) -> None:
        """Set a name where it is already known, highest layer first, else on top."""
        for layer in reversed(self.dicts):
            if name in layer:
                layer[name] = value
                return
        self[name] = value

    def push(self, *args: Any, **kwargs: Any) -> ContextDict:
        """A new layer on top: `context.push()` ... `context.pop()`, or `with context.push():`."""
        dicts: list[Any] = []
        for given in args:
            dicts += given.dicts[1:] if isinstance(given, Stack) else [given]
        merged: dict[str, Any] = {}
        for given in dicts:
            merged.update(given)
        return ContextDict(self, merged, **kwargs)

    def pop(self) -> dict[str, Any]:
        if len(self.dicts) == 1:
            raise ContextPopException("pop() has been called more times than push().")
        return self.dicts.pop()

    def new(self, values: Any = None) -> "Stack":
        """The same settings with other values only."""
        duplicate = self.__copy__()
        duplicate._reset(values)
        return duplicate

    def flatten(self) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for layer in self.dicts:
            flat.update(layer)
        return flat


class RenderContext(Stack):
    """What tags remember during one render, apart from the variables that a template sees.

    Every template in the render (the page, each include) has its own layer, and only that
    layer is read: the same `cycle` in two includes keeps two counts. Keys are nodes.
    """

    def __init__(self, values: Any = None) -> None:
        super().__init__(values)
        self.chain: list[Template] = []  # the templates under way, outermost first
        self.functions: dict[object, Callable[..., None]] = {}  # of includes, by their place

    @property
    def template(self) -> "Template | None":
        """The template that is rendering: the page, or what it extends or includes."""
        return self.chain[-1] if self.chain else None

    def _reset(self, values: Any = None) -> None:
        self.dicts = [{}]

    def __contains__(self, name: object) -> bool:
        return name in self.dicts[-1]

    def __getitem__(self, name: Any) -> Any:
        return self.dicts[-1][name]

    def get(self, name: Any, otherwise: Any = None) -> Any:
        return self.dicts[-1].get(name, otherwise)

    def deeper(self, template: "Template") -> None:
        """One more template is under way."""
        limit = template.engine.max_depth
        if len(self.chain) >= limit:
            names = [outer.name for outer in (*self.chain, template)]
            raise TemplateRecursionError(limit, names)
        self.chain.append(template)

    def push_state(self, template: "Template", isolated_context: bool = True) -> "UnderWay":
        """While `template` renders: with a layer of its own, or in that of its caller."""
        return UnderWay(self, template, isolated_context)


class UnderWay:
    """`with state.push_state(template):`. A plain class: @contextmanager would cost three times
    as much, at each step of inheritance."""

    def __init__(self, state: RenderContext, template: "Template", isolated: bool) -> None:
        self.state, self.template, self.isolated = state, template, isolated

    def __enter__(self) -> None:
        self.state.deeper(self.template)
        if self.isolated:
            self.state.push()

    def __exit__(self, *error: object) -> None:
        self.state.chain.pop()
        if self.isolated:
            self.state.pop()


class Context(Stack):
    """The variables for one render, and the settings that go with it."""

    def __init__(
        self,
        dict_: Any = None,
        autoescape: bool = True,
        use_l10n: bool | None = None,
        use_tz: bool | None = None,
    ) -> None:
        self.autoescape = autoescape
        self.use_l10n = use_l10n
        self.use_tz = use_tz
        self.template_name = "unknown"
        self.render_context = RenderContext()
        self.template: Template | None = None
        super().__init__(dict_)

    @contextmanager
    def bind_template(self, template: "Template") -> Iterator[None]:
        """While `template`, the outermost one, renders: its engine is the one to ask."""
        if self.template is not None:
            raise RuntimeError("This context is already rendering a template.")
        self.template = template
        try:
            if self.use_tz is None and self.use_l10n is None:
                yield
            else:
                with formats.shown(self.use_tz, self.use_l10n):
                    yield
        finally:
            self.template = None

    def __copy__(self) -> "Context":
        duplicate = super().__copy__()
        assert isinstance(duplicate, Context)
        duplicate.render_context = copy(self.render_context)
        return duplicate

    def new(self, values: Any = None) -> "Context":
        duplicate = super().new(values)
        assert isinstance(duplicate, Context)
        return duplicate

    def update(self, other: Any) -> ContextDict:
        """Push a layer holding `other`; pop it when done."""
        if not hasattr(other, "__getitem__"):
            raise TypeError("other_dict must be a mapping (dictionary-like) object.")
        if isinstance(other, Stack):
            other = {key: value for layer in other.dicts[1:] for key, value in layer.items()}
        return ContextDict(self, other)


class RequestContext(Context):
    """A context that the engine's context processors fill from the request when rendering."""

    def __init__(
        self,
        request: Any,
        dict_: Any = None,
        processors: Iterable[Processor] | None = None,
        use_l10n: bool | None = None,
        use_tz: bool | None = None,
        autoescape: bool = True,
    ) -> None:
        super().__init__(dict_, autoescape, use_l10n, use_tz)
        self.request = request
        self._processors = tuple(processors or ())
        # Below the view's own values, which win: a layer for what the processors say.
        self._from_processors: dict[str, Any] = {}
        self.dicts.insert(1, self._from_processors)

    @contextmanager
    def bind_template(self, template: "Template") -> Iterator[None]:
        with super().bind_template(template):
            for processor in (*template.engine.template_context_processors, *self._processors):
                values = processor(self.request)
                if values is None:
                    raise TypeError(f"The context processor {processor!r} must return a mapping.")
                self._from_processors.update(values)
            try:
                yield
            finally:
                self._from_processors.clear()

    def new(self, values: Any = None) -> "RequestContext":
        duplicate = super().new(values)
        assert isinstance(duplicate, RequestContext)
        duplicate._from_processors = {}
        return duplicate


def make_context(
    values: Mapping[str, Any] | None, request: Any = None, autoescape: bool = True
) -> Context:
    """A Context for a view's dictionary, with the request where there is one."""
    copied = {} if values is None else dict(values)
    if request is None:
        return Context(copied, autoescape=autoescape)
    return RequestContext(request, copied, autoescape=autoescape)
