"""The reader's own layer of the onion: what a page of it may load.

Steps 3 and 10 of the trip. The site needs no network and runs no inline script, so it
says so to the browser, which then refuses whatever a mistake in a template would let in.

MDN and W3C: Content Security Policy, Level 3.
"""

from collections.abc import Callable

from miniframework.http import HttpRequest, HttpResponseBase

# Drawings carry a style sheet of their own, so styles may stand in the page; scripts may not.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every response that has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
