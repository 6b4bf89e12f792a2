"""Escaping, under Django's address; it is the template engine's.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.html
"""

from templating.filters.html import striptags as strip_tags
from templating.safe import (
    SafeString,
    conditional_escape,
    escape,
    format_html,
    format_html_join,
    html_safe,
)
from templating.scripts import escapejs, json_script

__all__ = [
    "SafeString",
    "conditional_escape",
    "escape",
    "escapejs",
    "format_html",
    "format_html_join",
    "html_safe",
    "json_script",
    "strip_tags",
]
