"""A decorator for filters about text: their value is a str before they see it.

Step 7. Django's documentation, "Template filters that expect strings".
"""

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any

from templating.safe import SafeData, as_text, mark_safe


def stringfilter(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def on_text(value: Any, *args: Any, **kwargs: Any) -> Any:
        text = as_text(value)
        result = function(text, *args, **kwargs)
        if isinstance(text, SafeData) and getattr(unwrap(function), "is_safe", False):
            return mark_safe(result)
        return result

    return on_text
