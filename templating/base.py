"""The parts of the language under the module name that Django gives them: `template.base`.

Step 7. For tags written for Django: `from templating.base import Node, token_kwargs`.
"""

import re

from templating.errors import TemplateSyntaxError, VariableDoesNotExist
from templating.expressions import FilterExpression, Variable
from templating.lexer import Token, TokenType, tokenise
from templating.nodes import Node, NodeList, TextNode, VariableNode
from templating.parser import Parser
from templating.runtime import render_value_in_context
from templating.source import TAG, UNKNOWN, Origin
from templating.template import PartialTemplate, Template
from templating.words import token_kwargs

FILTER_SEPARATOR = "|"
FILTER_ARGUMENT_SEPARATOR = ":"
VARIABLE_ATTRIBUTE_SEPARATOR = "."
BLOCK_TAG_START = "{%"
BLOCK_TAG_END = "%}"
VARIABLE_TAG_START = "{{"
VARIABLE_TAG_END = "}}"
COMMENT_TAG_START = "{#"
COMMENT_TAG_END = "#}"
UNKNOWN_SOURCE = UNKNOWN
tag_re = TAG
kwarg_re = re.compile(r"(?:(\w+)=)?(.+)")


class Lexer:
    """`tokenise`, as a class: for tags that cut text into tokens by themselves."""

    def __init__(self, template_string: str) -> None:
        self.template_string = template_string

    def tokenize(self) -> list[Token]:
        return list(tokenise(self.template_string))


__all__ = [
    "BLOCK_TAG_END",
    "BLOCK_TAG_START",
    "COMMENT_TAG_END",
    "COMMENT_TAG_START",
    "FILTER_ARGUMENT_SEPARATOR",
    "FILTER_SEPARATOR",
    "UNKNOWN_SOURCE",
    "VARIABLE_ATTRIBUTE_SEPARATOR",
    "VARIABLE_TAG_END",
    "VARIABLE_TAG_START",
    "FilterExpression",
    "Lexer",
    "Node",
    "NodeList",
    "Origin",
    "Parser",
    "PartialTemplate",
    "Template",
    "TemplateSyntaxError",
    "TextNode",
    "Token",
    "TokenType",
    "Variable",
    "VariableDoesNotExist",
    "VariableNode",
    "kwarg_re",
    "render_value_in_context",
    "tag_re",
    "token_kwargs",
]  # fmt: skip
