"""The onion: a request goes in through the middleware, a response comes out.

Steps 3 to 10 of the trip, all of it in this file. Each middleware is a callable around the
next one, `settings.MIDDLEWARE` names them from the outermost to the innermost, and in the
middle stands `_get_response`, which finds the view and calls it:

    middleware 1 in                                                  step 3
        middleware 2 in
            resolve the path                                         step 4
            process_view, middleware 1 then 2                        step 5
                the view
            process_exception, 2 then 1, if it raised                step 9
            process_template_response, 2 then 1, then render         step 8, 7
        middleware 2 out                                             step 10
    middleware 1 out

Django: https://docs.djangoproject.com/en/5.2/topics/http/middleware/
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from inspect import iscoroutinefunction
from typing import Any

from miniframework.conf import settings
from miniframework.error_responses import (
    GetResponse,
    convert_exception_to_response,
    log_response,
)
from miniframework.events import announce, observers
from miniframework.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from miniframework.http import HttpRequest, HttpResponseBase
from miniframework.urls import ResolverMatch, get_resolver, set_urlconf
from miniframework.utils.module_loading import import_string
from miniorm import transaction

logger = logging.getLogger("miniframework.request")

# A middleware's method, with the middleware's dotted name for who looks on.
Hook = tuple[str, Callable[..., HttpResponseBase | None]]


class BaseHandler:
    """Whatever calls the onion: the WSGI handler, the test client's."""

    _middleware_chain: GetResponse | None = None

    def load_middleware(self) -> None:
        """Build the onion, from the view outwards; once, before the first request."""
        self._view_hooks: list[Hook] = []
        self._template_response_hooks: list[Hook] = []
        self._exception_hooks: list[Hook] = []
        chain = convert_exception_to_response(self._get_response)
        for dotted in reversed(settings.MIDDLEWARE):
            middleware = make_middleware(dotted, chain)
            if middleware is None:
                continue
            self._collect_hooks(dotted, middleware)
            chain = convert_exception_to_response(layer(dotted, middleware))
        self._middleware_chain = chain

    def _collect_hooks(self, dotted: str, middleware: Any) -> None:
        # We come from the inside: process_view runs on the way in, outermost first, and
        # the other two on the way out.
        if hasattr(middleware, "process_view"):
            self._view_hooks.insert(0, (dotted, middleware.process_view))
        if hasattr(middleware, "process_template_response"):
            self._template_response_hooks.append((dotted, middleware.process_template_response))
        if hasattr(middleware, "process_exception"):
            self._exception_hooks.append((dotted, middleware.process_exception))

    # --- Around everything --------------------------------------------------------------

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The response to a request, whatever happens on the way."""
        if self._middleware_chain is None:
            self.load_middleware()
        assert self._middleware_chain is not None
        set_urlconf(settings.ROOT_URLCONF)
        if observers:
            announce("request.start", request=request)
        response: HttpResponseBase | None = None
        try:
            response = self._middleware_chain(request)
            response._resource_closers.append(request.close)
            log_response(request, response)
            return response
        finally:
            if observers:
                announce("request.end", request=request, response=response)

    # --- In the middle ------------------------------------------------------------------

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Find the view, call it, render what it returns."""
        match = resolve_request(request)
        response = self._process_view(request, match)
        if response is None:
            response = self._call_view(request, match)
        response = checked(response, view_name(match.func), "the view")
        if is_renderable(response):
            response = self._process_template_response(request, response)
            response = self._render(request, response)
        return response

    def _process_view(self, request: HttpRequest, match: ResolverMatch) -> HttpResponseBase | None:
        """Each middleware may look at the view and its arguments, and answer in its place."""
        for hook in self._view_hooks:
            response = call_hook(
                "process_view", hook, request, match.func, match.args, match.kwargs
            )
            if response is not None:
                return response
        return None

    def _call_view(self, request: HttpRequest, match: ResolverMatch) -> Any:
        """What the view returns, or what a process_exception makes of what it raised."""
        name = view_name(match.func)
        details = {"request": request, "view": name, "callback": match.func}
        if observers:
            announce("view.start", args=match.args, kwargs=match.kwargs, **details)
        response: Any = None
        failure: Exception | None = None
        try:
            with ExitStack() as transactions:
                for alias in atomic_aliases(match.func):
                    transactions.enter_context(transaction.atomic(using=alias))
                response = match.func(request, *match.args, **match.kwargs)
        except Exception as error:
            failure = error
        if observers:
            arguments = {"args": match.args, "kwargs": match.kwargs}
            announce("view.end", response=response, error=failure, **arguments, **details)
        if failure is not None:
            return self._process_exception(request, failure)
        return response

    def _process_template_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Each middleware may change template and context, or put another response there."""
        for hook in self._template_response_hooks:
            answer = call_hook("process_template_response", hook, request, response)
            response = checked(answer, hook[0], "process_template_response of the middleware")
        return response

    def _render(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if observers:
            announce("response.render.start", request=request, response=response)
        failure: Exception | None = None
        try:
            response = response.render()
        except Exception as error:
            failure = error
        if observers:
            announce("response.render.end", request=request, response=response, error=failure)
        if failure is not None:
            return self._process_exception(request, failure)
        rendered: HttpResponseBase = response
        return rendered

    def _process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase:
        """The first middleware that answers, from the inside; if none does, the error goes on."""
        for hook in self._exception_hooks:
            response = call_hook("process_exception", hook, request, error)
            if response is not None:
                response = checked(response, hook[0], "process_exception of the middleware")
                if observers:
                    announce(
                        "exception.caught",
                        request=request,
                        exception=error,
                        handler=hook[0],
                        response=response,
                    )
                return response
        raise error


def make_middleware(dotted: str, get_response: GetResponse) -> Any:
    """The middleware of that name around `get_response`; None where it wants to be left out."""
    try:
        factory = import_string(dotted)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"MIDDLEWARE names {dotted!r}, which cannot be imported: {error}"
        ) from error
    if iscoroutinefunction(factory):
        raise ImproperlyConfigured(f"MIDDLEWARE names {dotted!r}, which is asynchronous.")
    try:
        middleware = factory(get_response)
    except MiddlewareNotUsed as reason:
        logger.debug("MiddlewareNotUsed: %s: %s", dotted, reason)
        return None
    if not callable(middleware):
        raise ImproperlyConfigured(
            f"The middleware {dotted!r} made {middleware!r}, where something callable with "
            "a request was expected."
        )
    return middleware


def layer(dotted: str, middleware: GetResponse) -> GetResponse:
    """The middleware, watched, and held to returning a response."""

    def watched(request: HttpRequest) -> HttpResponseBase:
        if not observers:
            return checked(middleware(request), dotted, "the middleware")
        announce("middleware.start", middleware=dotted, request=request)
        response: HttpResponseBase | None = None
        failure: BaseException | None = None
        try:
            response = checked(middleware(request), dotted, "the middleware")
            return response
        except BaseException as error:
            failure = error
            raise
        finally:
            announce(
                "middleware.end",
                middleware=dotted,
                request=request,
                response=response,
                error=failure,
            )

    return watched


def call_hook(name: str, hook: Hook, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
    dotted, method = hook
    details: dict[str, Any] = {"hook": name, "middleware": dotted, "request": request}
    if observers:
        announce("hook.start", **details)
    response = None
    failure: BaseException | None = None
    try:
        response = method(request, *args)
        return response
    except BaseException as error:
        failure = error
        raise
    finally:
        if observers:
            announce("hook.end", response=response, error=failure, **details)


def resolve_request(request: HttpRequest) -> ResolverMatch:
    """The view for this request's path; a middleware may have set `request.urlconf`."""
    urlconf = request.urlconf or settings.ROOT_URLCONF
    if not urlconf:
        raise ImproperlyConfigured(
            "ROOT_URLCONF is empty: it names the module that holds `urlpatterns`, such as "
            "'mysite.urls'."
        )
    set_urlconf(urlconf)
    path = request.path_info
    if observers:
        announce("resolve.start", request=request, path=path)
    match: ResolverMatch | None = None
    failure: Exception | None = None
    try:
        match = get_resolver(urlconf).resolve(path)
    except Exception as error:
        failure = error
        raise
    finally:
        if observers:
            announce("resolve.end", request=request, path=path, match=match, error=failure)
    request.resolver_match = match
    return match


def atomic_aliases(view: Callable[..., Any]) -> list[str]:
    """The databases in which this view is one transaction: those with ATOMIC_REQUESTS."""
    databases: Mapping[str, Any] = settings.DATABASES
    exempt: set[str] = getattr(view, "_non_atomic_requests", set())
    return [
        alias
        for alias, database in databases.items()
        if isinstance(database, Mapping) and database.get("ATOMIC_REQUESTS") and alias not in exempt
    ]


def is_renderable(response: HttpResponseBase) -> bool:
    """Whether it is a TemplateResponse, rendered only when everyone has had a look."""
    return callable(getattr(response, "render", None))


def checked(response: Any, name: str, what: str) -> HttpResponseBase:
    """The response, if it is one; else an error that says who returned what."""
    if isinstance(response, HttpResponseBase):
        return response
    found = "None (is a `return` missing?)" if response is None else repr(response)[:200]
    raise ValueError(f"{what[0].upper()}{what[1:]} {name} returned {found}, not an HttpResponse.")


def view_name(view: Any) -> str:
    """The dotted name of a view; a class-based one's function knows its class."""
    view = getattr(view, "view_class", view)
    while hasattr(view, "func"):  # functools.partial
        view = view.func
    name = getattr(view, "__qualname__", type(view).__qualname__)
    return f"{getattr(view, '__module__', '?')}.{name}"
