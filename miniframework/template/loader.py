"""A template by its name, from whichever engine has it.

Step 7 of the trip.

Django: https://docs.djangoproject.com/en/5.2/topics/templates/#usage
"""

from collections.abc import Mapping, Sequence
from typing import Any

from miniframework.template.registry import Backend, BackendTemplate, engines
from templating import TemplateDoesNotExist


def get_template(template_name: str, using: str | None = None) -> BackendTemplate:
    """Raises TemplateDoesNotExist with all places where was looked, TemplateSyntaxError."""
    return select_template([template_name], using)


def select_template(template_name_list: Sequence[str], using: str | None = None) -> BackendTemplate:
    """The first of these names that some engine has."""
    if isinstance(template_name_list, str):
        raise TypeError(
            f"select_template() takes a list of names; for one, {template_name_list!r}, there "
            "is get_template()."
        )
    if not template_name_list:
        raise TemplateDoesNotExist("select_template() was given no names")
    tried: list[Any] = []
    for name in template_name_list:
        for engine in _engines(using):
            try:
                return engine.get_template(name)
            except TemplateDoesNotExist as error:
                tried.extend(getattr(error, "tried", None) or [])
    missing = TemplateDoesNotExist(", ".join(template_name_list))
    missing.tried = tried
    raise missing


def render_to_string(
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    request: Any = None,
    using: str | None = None,
) -> str:
    if isinstance(template_name, str):
        return get_template(template_name, using).render(context, request)
    return select_template(template_name, using).render(context, request)


def _engines(using: str | None) -> list[Backend]:
    return engines.all() if using is None else [engines[using]]
