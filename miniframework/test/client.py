"""A browser without a screen: requests through the whole onion, cookies kept.

Steps 3 to 10 of the trip, in process. What no browser sees is on the response too: the
templates that were rendered, their contexts, the match, the request.

Django: https://docs.djangoproject.com/en/5.2/topics/testing/tools/#the-test-client
"""

import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import templating.events
from miniframework import signals
from miniframework.handler import BaseHandler
from miniframework.test.requests import RequestFactory
from miniframework.urls import set_script_prefix
from miniframework.wsgi import WSGIRequest, get_script_name

MAX_REDIRECTS = 20
REDIRECTS = (301, 302, 303, 307, 308)


class ClientHandler(BaseHandler):
    """The onion, called as the WSGI handler calls it, but returning the response itself."""

    def __init__(self, enforce_csrf_checks: bool) -> None:
        self.enforce_csrf_checks = enforce_csrf_checks

    def __call__(self, environ: dict[str, Any]) -> Any:
        # New each time: override_settings may have changed MIDDLEWARE in between.
        self.load_middleware()
        set_script_prefix(get_script_name(environ))
        with signals.database_left_alone():
            signals.request_started.send(sender=type(self), environ=environ)
            request = WSGIRequest(environ)
            request.META["miniframework.csrf_unchecked"] = not self.enforce_csrf_checks
            response: Any = self.get_response(request)
            response._handler_class = type(self)
            response.wsgi_request = request
            if response.streaming:
                response.streaming_content = [b"".join(response.streaming_content)]
            response.close()
        return response


class ContextList(list[Any]):
    """The contexts of all rendered templates; a name is looked up in the first that has it."""

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for context in self:
            if key in context:
                return context[key]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key in context for context in self)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


class Client(RequestFactory):
    """`Client().get("/polls/")` is the response."""

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        *,
        headers: Mapping[str, str] | None = None,
        **defaults: Any,
    ) -> None:
        super().__init__(headers=headers, **defaults)
        self.handler = ClientHandler(enforce_csrf_checks)
        self.raise_request_exception = raise_request_exception
        self.exc_info: BaseException | None = None

    def request(self, environ: dict[str, Any]) -> Any:
        """The response to a request; what the view raised is raised here, too."""
        rendered: list[tuple[Any, Any]] = []
        stop = templating.events.observe(
            lambda name, details: (
                rendered.append((details["template"], details["context"]))
                if name == "template.start"
                else None
            )
        )
        self.exc_info = None
        signals.got_request_exception.connect(self._remember)
        try:
            response = self.handler(environ)
        finally:
            signals.got_request_exception.disconnect(self._remember)
            stop()
        error, self.exc_info = self.exc_info, None
        if error is not None and self.raise_request_exception:
            raise error
        response.exc_info = error
        return self._described(response, environ, rendered)

    def _remember(self, **kwargs: Any) -> None:
        self.exc_info = sys.exc_info()[1]

    def _described(
        self, response: Any, environ: dict[str, Any], rendered: list[tuple[Any, Any]]
    ) -> Any:
        """What tests want to look at, put on the response."""
        response.client = self
        response.request = environ
        response.templates = [template for template, _ in rendered]
        response.context = ContextList(context for _, context in rendered) or None
        response.resolver_match = response.wsgi_request.resolver_match
        response.json = lambda **kwargs: json.loads(response.content, **kwargs)
        self.cookies.update(response.cookies)
        return response

    def generic(
        self, method: str, path: str, *args: Any, follow: bool = False, **extra: Any
    ) -> Any:
        response = super().generic(method, path, *args, **extra)
        return self._follow(response, extra) if follow else response

    def _follow(self, response: Any, extra: dict[str, Any]) -> Any:
        """Go where the redirects lead; `redirect_chain` tells the way."""
        chain: list[tuple[str, int]] = []
        while response.status_code in REDIRECTS:
            if len(chain) == MAX_REDIRECTS:
                raise RuntimeError(f"More than {MAX_REDIRECTS} redirects: {chain}")
            location = response.headers["Location"]
            chain.append((location, response.status_code))
            here = response.wsgi_request
            url = urljoin(here.get_full_path(), location)
            # 307 and 308 keep the method (RFC 9110, 15.4.8); the others become a GET.
            keeps = response.status_code in (307, 308) or here.method == "HEAD"
            method = here.method if keeps else "GET"
            kept = {"data": here.body, "content_type": here.META.get("CONTENT_TYPE", "")}
            secure = urlsplit(url).scheme == "https" or here.is_secure()
            extra = {**extra, "secure": secure}
            extra.pop("QUERY_STRING", None)
            again = kept if keeps and here.method != "HEAD" else {}
            response = self.generic(method, url, **again, **extra)
        response.redirect_chain = chain
        return response
