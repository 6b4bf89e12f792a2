"""Inheritance and inclusion under the module name that Django gives them.

Step 7. `from templating.loader_tags import BlockNode, ExtendsNode` as in Django.
"""

from templating.library import Library
from templating.tags import include, inheritance
from templating.tags.include import IncludeNode, do_include
from templating.tags.inheritance import (
    BlockContext,
    BlockNode,
    ExtendsNode,
    do_block,
    do_extends,
)

BLOCK_CONTEXT_KEY = inheritance.BLOCKS
construct_relative_path = inheritance.relative_path

register = Library()
for library in (include.register, inheritance.register):
    register.tags.update(library.tags)

__all__ = [
    "BLOCK_CONTEXT_KEY", "BlockContext", "BlockNode", "ExtendsNode", "IncludeNode",
    "construct_relative_path", "do_block", "do_extends", "do_include", "register",
]  # fmt: skip
