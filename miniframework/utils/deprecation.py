"""`MiddlewareMixin`: a middleware class written as two methods, under Django's address.

Step 3 and 10 of the trip. `process_request` sees the request on the way in and may answer
early, `process_response` sees the response on the way out.

Django: https://docs.djangoproject.com/en/5.2/topics/http/middleware/
"""

from collections.abc import Callable
from typing import Any

from miniframework.http.request import HttpRequest
from miniframework.http.response import HttpResponseBase


class MiddlewareMixin:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if get_response is None:
            raise ValueError("A middleware needs get_response: what it calls to go further in.")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        process_request: Any = getattr(self, "process_request", None)
        process_response: Any = getattr(self, "process_response", None)
        response = process_request(request) if process_request else None
        response = response or self.get_response(request)
        if process_response:
            response = process_response(request, response)
        return response
