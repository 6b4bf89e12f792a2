"""Escaping, under Django's address; it is the template engine's.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.html
"""

from collections.abc import Iterable
from typing import Any

from templating.safe import SafeString, conditional_escape, escape, format_html, mark_safe

__all__ = ["conditional_escape", "escape", "format_html", "format_html_join"]


def format_html_join(
    sep: str, format_string: str, args_generator: Iterable[Iterable[Any]]
) -> SafeString:
    """`format_html` for each group of arguments, joined: rows of a table, items of a list."""
    rows = [format_html(format_string, *args) for args in args_generator]
    joined: SafeString = mark_safe(conditional_escape(sep).join(rows))
    return joined
