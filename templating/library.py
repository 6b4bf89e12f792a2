"""Tags and filters by name: how a template's language is extended.

Step 7. A module with `register = Library()` is a library; `{% load %}` or the engine's
settings bring it in. Django's documentation, "How to create custom template tags and
filters"; in Django: django.template.library.
"""

import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.nodes import Node, NodeList
from templating.safe import conditional_escape
from templating.suggest import did_you_mean
from templating.words import token_kwargs

if TYPE_CHECKING:
    from templating.context import Context
    from templating.expressions import FilterExpression
    from templating.lexer import Token
    from templating.parser import Parser
    from templating.template import Template

Function = Callable[..., Any]
FLAGS = ("expects_localtime", "is_safe", "needs_autoescape")


class InvalidTemplateLibrary(Exception):
    """The module named as a library cannot be imported or has no `register`."""


class Library:
    """The tags and filters that one module adds; each method also works as a decorator."""

    def __init__(self) -> None:
        self.tags: dict[str, Function] = {}
        self.filters: dict[str, Function] = {}

    def tag(self, name: Any = None, compile_function: Function | None = None) -> Function:
        """Register `compile_function(parser, token) -> Node`."""
        if callable(name):  # @register.tag
            return self.tag(name.__name__, name)
        if compile_function is None:  # @register.tag() and @register.tag("name")
            return lambda function: self.tag(name or function.__name__, function)
        self.tags[name] = compile_function
        return compile_function

    def filter(
        self, name: Any = None, filter_func: Function | None = None, **flags: Any
    ) -> Function:
        """Register `filter_func(value[, argument])`; the flags say how it treats safe text."""
        if callable(name):
            return self.filter(name.__name__, name, **flags)
        if filter_func is None:
            return lambda function: self.filter(name or function.__name__, function, **flags)
        for flag in FLAGS:
            if flag in flags:
                # On the function inside too: `stringfilter` asks it.
                setattr(filter_func, flag, flags[flag])
                setattr(inspect.unwrap(filter_func), flag, flags[flag])
        filter_func._filter_name = name  # type: ignore[attr-defined]
        self.filters[name] = filter_func
        return filter_func

    def tag_function(self, func: Function) -> Function:
        return self.tag(func.__name__, func)

    def filter_function(self, func: Function, **flags: Any) -> Function:
        return self.filter(func.__name__, func, **flags)

    def simple_tag(
        self, func: Function | None = None, takes_context: bool | None = None, name: Any = None
    ) -> Function:
        """A tag that is a plain function of its arguments; `{% tag ... as name %}` keeps it."""

        def register(function: Function) -> Function:
            tag_name = name or function.__name__
            signature = TagSignature(tag_name, function, bool(takes_context))

            def compile_simple_tag(parser: "Parser", token: "Token") -> Node:
                words, target = _as_target(token.split_contents()[1:])
                return SimpleNode(signature, *signature.parse(parser, words), target)

            self.tag(tag_name, compile_simple_tag)
            return function

        return register if func is None else register(func)

    def simple_block_tag(
        self,
        func: Function | None = None,
        takes_context: bool | None = None,
        name: Any = None,
        end_name: str | None = None,
    ) -> Function:
        """A simple tag with a body, whose text the function gets as its argument `content`."""

        def register(function: Function) -> Function:
            tag_name = name or function.__name__
            ending = end_name or f"end{tag_name}"
            signature = TagSignature(tag_name, function, bool(takes_context), ("content",))

            def compile_block_tag(parser: "Parser", token: "Token") -> Node:
                words, target = _as_target(token.split_contents()[1:])
                arguments = signature.parse(parser, words)
                nodelist = parser.parse((ending,))
                parser.delete_first_token()
                return SimpleBlockNode(nodelist, signature, *arguments, target)

            self.tag(tag_name, compile_block_tag)
            return function

        return register if func is None else register(func)

    def inclusion_tag(
        self,
        filename: "str | Sequence[str] | Template",
        func: Function | None = None,
        takes_context: bool | None = None,
        name: Any = None,
    ) -> Function:
        """A tag whose function returns the context that another template is rendered with."""

        def register(function: Function) -> Function:
            tag_name = name or function.__name__
            signature = TagSignature(tag_name, function, bool(takes_context))

            def compile_inclusion_tag(parser: "Parser", token: "Token") -> Node:
                words = token.split_contents()[1:]
                return InclusionNode(signature, *signature.parse(parser, words), filename)

            self.tag(tag_name, compile_inclusion_tag)
            return function

        return register if func is None else register(func)


def _as_target(words: list[str]) -> tuple[list[str], str | None]:
    """The words before `as name`, and the name."""
    if len(words) >= 2 and words[-2] == "as":
        return words[:-2], words[-1]
    return words, None


class TagSignature:
    """A tag's function, and the check of a tag's arguments against it at compile time.

    `given` are the arguments, first of all, that do not come from the template.
    """

    def __init__(
        self, name: str, function: Function, takes_context: bool, given: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.function = function
        self.takes_context = takes_context
        self.given = ("context", *given) if takes_context else given
        self.signature = inspect.signature(inspect.unwrap(function))
        found = tuple(self.signature.parameters)[: len(self.given)]
        if found != self.given:
            raise TemplateSyntaxError(
                f"The first arguments of the tag {name!r} must be {', '.join(self.given)}"
                f" (takes_context={takes_context}); they are {', '.join(found) or 'none'}."
            )

    def parse(
        self, parser: "Parser", words: Sequence[str]
    ) -> "tuple[list[FilterExpression], dict[str, FilterExpression]]":
        args: list[FilterExpression] = []
        kwargs: dict[str, FilterExpression] = {}
        for word in words:
            named = token_kwargs([word], parser)
            if not named:
                if kwargs:
                    raise TemplateSyntaxError(
                        f"{self.name!r} received a positional argument after a keyword argument."
                    )
                args.append(parser.compile_filter(word))
                continue
            ((key, value),) = named.items()
            if key in kwargs:
                raise TemplateSyntaxError(
                    f"{self.name!r} received multiple values for keyword argument {key!r}."
                )
            kwargs[key] = value
        self.check(args, kwargs)
        return args, kwargs

    def check(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        try:
            self.signature.bind(*self.given, *args, **kwargs)
        except TypeError as error:
            parameters = self.signature.parameters
            hint = "".join(did_you_mean(key, parameters) for key in kwargs if key not in parameters)
            raise TemplateSyntaxError(
                f"{self.name!r} cannot be called so: {error}.{hint}"
            ) from None


class FunctionNode(Node):
    """A tag that calls its function with its resolved arguments."""

    def __init__(
        self,
        signature: TagSignature,
        args: "list[FilterExpression]",
        kwargs: "dict[str, FilterExpression]",
    ) -> None:
        self.signature = signature
        self.args = args
        self.kwargs = kwargs

    def call(self, context: "Context", *given: Any) -> Any:
        args = [argument.resolve(context) for argument in self.args]
        kwargs = {name: argument.resolve(context) for name, argument in self.kwargs.items()}
        if self.signature.takes_context:
            given = (context, *given)
        return self.signature.function(*given, *args, **kwargs)


class SimpleNode(FunctionNode):
    child_nodelists: tuple[str, ...] = ()

    def __init__(self, signature: TagSignature, args: Any, kwargs: Any, target: str | None) -> None:
        super().__init__(signature, args, kwargs)
        self.target = target
        if target is None and not signature.takes_context:
            self.touches = Touch.READS

    def render(self, context: "Context") -> str:
        return self.show(self.call(context), context)

    def show(self, output: Any, context: "Context") -> str:
        if self.target is not None:
            context[self.target] = output
            return ""
        return str(conditional_escape(output) if context.autoescape else output)


class SimpleBlockNode(SimpleNode):
    child_nodelists = ("nodelist",)

    def __init__(
        self,
        nodelist: NodeList,
        signature: TagSignature,
        args: Any,
        kwargs: Any,
        target: str | None,
    ) -> None:
        super().__init__(signature, args, kwargs, target)
        self.nodelist = nodelist

    def render(self, context: "Context") -> str:
        return self.show(self.call(context, self.nodelist.render(context)), context)


class InclusionNode(FunctionNode):
    child_nodelists = ()

    def __init__(self, signature: TagSignature, args: Any, kwargs: Any, filename: Any) -> None:
        super().__init__(signature, args, kwargs)
        self.filename = filename

    def render(self, context: "Context") -> str:
        values = self.call(context)
        inner = context.new(values)
        # Forms in the included template need it, and the function cannot know.
        csrf_token = context.get("csrf_token")
        if csrf_token is not None:
            inner["csrf_token"] = csrf_token
        return self._template(context).render(inner)

    def _template(self, context: "Context") -> "Template":
        if hasattr(self.filename, "render"):
            return self.filename  # type: ignore[no-any-return]
        assert context.template is not None
        engine = context.template.engine
        if isinstance(self.filename, str):
            return engine.get_template(self.filename)
        return engine.select_template(self.filename)


def import_library(name: str) -> Library:
    """The library of a module, by its dotted name."""
    try:
        module = import_module(name)
    except ImportError as error:
        raise InvalidTemplateLibrary(
            f"Invalid template library specified. ImportError raised when trying to load"
            f" {name!r}: {error}"
        ) from error
    library = getattr(module, "register", None)
    if not isinstance(library, Library):
        raise InvalidTemplateLibrary(f"Module {name} does not have a variable named 'register'.")
    return library


__all__ = ["InvalidTemplateLibrary", "Library", "NodeList", "import_library", "token_kwargs"]
