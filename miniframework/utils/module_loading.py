"""From a dotted name in the settings to the thing itself.

Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.module_loading
"""

from importlib import import_module
from typing import Any

from miniframework.suggest import did_you_mean


def import_string(dotted_path: str) -> Any:
    """The object that "package.module.name" names; ImportError says what is missing."""
    module_path, _, name = dotted_path.rpartition(".")
    if not module_path:
        raise ImportError(f"{dotted_path!r} is not a dotted name such as 'package.module.name'.")
    module = import_module(module_path)
    try:
        return getattr(module, name)
    except AttributeError as error:
        raise ImportError(
            f"The module {module_path!r} has no {name!r}.{did_you_mean(name, dir(module))}"
        ) from error
