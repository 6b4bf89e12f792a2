"""templating: Django's template language, compiled to Python.

Step 7 of the trip. Read in this order: `lexer` (text to tokens), `parser` (tokens to
`nodes`), `compiler` (nodes to a Python function), `runtime` (what that function calls),
`context` (what it is rendered with), `engine` (what holds it together), then `tags/` and
`filters/`. Alone:

    from templating import Engine
    Engine(dirs=["templates"]).render_to_string("page.html", {"name": "world"})
"""

from templating.configuration import configure
from templating.context import Context, RequestContext
from templating.engine import Engine
from templating.errors import (
    ContextPopException,
    TemplateDoesNotExist,
    TemplateRecursionError,
    TemplateSyntaxError,
    VariableDoesNotExist,
)
from templating.expressions import FilterExpression, Variable
from templating.library import InvalidTemplateLibrary, Library
from templating.nodes import Node, NodeList, TextNode, VariableNode
from templating.source import Origin
from templating.template import Template
from templating.words import token_kwargs

__all__ = [
    "Context",
    "ContextPopException",
    "Engine",
    "FilterExpression",
    "InvalidTemplateLibrary",
    "Library",
    "Node",
    "NodeList",
    "Origin",
    "RequestContext",
    "Template",
    "TemplateDoesNotExist",
    "TemplateRecursionError",
    "TemplateSyntaxError",
    "TextNode",
    "Variable",
    "VariableDoesNotExist",
    "VariableNode",
    "configure",
    "token_kwargs",
]
