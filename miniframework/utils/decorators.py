"""Decorators made of other things: of a middleware, or for a method.

Step 5 of the trip.  Django: https://docs.djangoproject.com/en/5.2/ref/utils/#module-django.utils.decorators
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from miniframework.http import HttpRequest, HttpResponseBase

View = Callable[..., Any]
Decorator = Callable[[Any], Any]


def method_decorator(
    decorator: Decorator | Iterable[Decorator], name: str = ""
) -> Callable[[Any], Any]:
    """Use a function's decorator on a method, or on the method `name` of a class."""
    decorators = [decorator] if callable(decorator) else list(decorator)

    def decorate(target: Any) -> Any:
        if not isinstance(target, type):
            return decorated_method(decorators, target)
        if not name or not hasattr(target, name):
            raise ValueError(
                f"method_decorator on the class {target.__name__} needs the name of one of "
                f"its methods; found {name!r}."
            )
        setattr(target, name, decorated_method(decorators, getattr(target, name)))
        return target

    return decorate


def decorated_method(decorators: list[Decorator], method: View) -> View:
    def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        # The decorator must not see `self`: what it wraps is the method of this instance.
        @wraps(method)
        def bound(*args: Any, **kwargs: Any) -> Any:
            return method(self, *args, **kwargs)

        function: View = bound
        for decorator in reversed(decorators):
            function = decorator(function)
        return function(*args, **kwargs)

    def marker(*args: Any, **kwargs: Any) -> None: ...

    # What a decorator notes on the function (csrf_exempt = True) must be seen on the method.
    for decorator in decorators:
        inner.__dict__.update(vars(decorator(marker)))
    return wraps(method)(inner)


def decorator_from_middleware(middleware_class: Any) -> Callable[[View], View]:
    """A decorator that puts this one view inside the middleware."""

    def decorate(view: View) -> View:
        middleware = middleware_class(view)

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            answer = call(middleware, "process_request", request)
            if answer is None:
                answer = call(middleware, "process_view", request, view, args, kwargs)
            if answer is not None:
                return answer
            try:
                response = view(request, *args, **kwargs)
            except Exception as error:
                response = call(middleware, "process_exception", request, error)
                if response is None:
                    raise
            return finished(middleware, request, response)

        return inner

    return decorate


def finished(middleware: Any, request: HttpRequest, response: Any) -> HttpResponseBase:
    """process_response: now, or as soon as a TemplateResponse has been rendered."""

    def process_response(response: HttpResponseBase) -> Any:
        return call(middleware, "process_response", request, response) or response

    if callable(getattr(response, "render", None)):
        response = call(middleware, "process_template_response", request, response) or response
        response.add_post_render_callback(process_response)
        unrendered: HttpResponseBase = response
        return unrendered
    final: HttpResponseBase = process_response(response)
    return final


def call(middleware: Any, hook: str, *args: Any) -> Any:
    method = getattr(middleware, hook, None)
    return method(*args) if method else None
