"""Templates from the default engine: what shortcuts such as `render` use.

Step 7. The framework hands its engine down with `templating.configure`.
In Django: django.template.loader.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from templating.engine import Engine
from templating.safe import SafeString
from templating.template import Template


def get_template(template_name: str, using: str | None = None) -> Template:
    """The template; its `render(context, request)` takes a dictionary."""
    return Engine.get_default().get_template(template_name)


def select_template(template_name_list: Sequence[str], using: str | None = None) -> Template:
    if isinstance(template_name_list, str):  # else each of its letters would be looked for
        raise TypeError(
            f"select_template() takes a list of names, found the string {template_name_list!r}:"
            " use get_template() for one name."
        )
    return Engine.get_default().select_template(template_name_list)


def render_to_string(
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    request: Any = None,
    using: str | None = None,
) -> SafeString:
    return Engine.get_default().render_to_string(template_name, context, request)
