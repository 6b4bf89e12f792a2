"""A view as a class: one method for each method of HTTP.

Step 5 of the trip. The framework only ever calls functions, so `as_view` makes one; each
call of it makes a new instance, and what a view keeps on `self` belongs to one request.

Django: https://docs.djangoproject.com/en/5.2/ref/class-based-views/base/#view
"""

import logging
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar

from miniframework.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from miniframework.suggest import did_you_mean

logger = logging.getLogger("miniframework.request")


class View:
    http_method_names: ClassVar[list[str]] = [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "trace",
    ]

    request: HttpRequest
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponse]:
        """The view function for a URLconf; `initkwargs` replace attributes of the class."""
        cls._check_initkwargs(initkwargs)

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self = cls(**initkwargs)
            self.setup(request, *args, **kwargs)
            if not hasattr(self, "request"):
                raise AttributeError(
                    f"{cls.__name__} has no attribute 'request'. Its setup() does not call "
                    "super().setup(request, *args, **kwargs)."
                )
            return self.dispatch(request, *args, **kwargs)

        # The function goes by the class's name in tracebacks, and leads back to the class.
        view.__doc__ = cls.__doc__
        view.__module__ = cls.__module__
        view.__annotations__ = cls.dispatch.__annotations__
        # What a decorator put on dispatch (csrf_exempt, say) must show on the function.
        update_wrapper(view, cls.dispatch, assigned=())
        view.__dict__.pop("__wrapped__", None)
        view.view_class = cls  # type: ignore[attr-defined]
        view.view_initkwargs = initkwargs  # type: ignore[attr-defined]
        return view

    @classmethod
    def _check_initkwargs(cls, initkwargs: dict[str, Any]) -> None:
        for name in initkwargs:
            if name in cls.http_method_names:
                raise TypeError(
                    f"{cls.__name__}.as_view() got {name}=...: a method of HTTP is defined in "
                    "the class, not handed to as_view()."
                )
            if not hasattr(cls, name):
                raise TypeError(
                    f"{cls.__name__}.as_view() got {name}=..., and the class has no such "
                    f"attribute.{did_you_mean(name, dir(cls))}"
                )

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """What all methods need is put on `self` before one of them is called."""
        # A resource that can be read can be asked about (RFC 9110, 9.3.2).
        if hasattr(self, "get") and not hasattr(self, "head"):
            self.head = self.get
        self.request = request
        self.args = args
        self.kwargs = kwargs

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Call the method for this request's method."""
        method = (request.method or "").lower()
        handler = self.http_method_not_allowed
        if method in self.http_method_names:
            handler = getattr(self, method, self.http_method_not_allowed)
        return handler(request, *args, **kwargs)

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        logger.warning("Method Not Allowed (%s): %s", request.method, request.path)
        return HttpResponseNotAllowed(self._allowed_methods())

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What may be asked here: RFC 9110, 9.3.7."""
        response = HttpResponse()
        response.headers["Allow"] = ", ".join(self._allowed_methods())
        response.headers["Content-Length"] = "0"
        return response

    def _allowed_methods(self) -> list[str]:
        return [name.upper() for name in self.http_method_names if hasattr(self, name)]
