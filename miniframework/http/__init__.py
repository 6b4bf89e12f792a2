"""The two objects that every view knows: the request that came, the response that goes.

Steps 3 to 10 of the trip. Read in this order: headers, querydict, cookies, request,
multipart and uploads (what a form brings), response, streaming.

Django: https://docs.djangoproject.com/en/5.2/ref/request-response/
"""

from miniframework.http.cookies import SimpleCookie, parse_cookie
from miniframework.http.headers import BadHeaderError
from miniframework.http.querydict import QueryDict
from miniframework.http.request import HttpRequest, RawPostDataException, UnreadablePostError
from miniframework.http.response import (
    Http404,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponseGone,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseNotModified,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    HttpResponseServerError,
    JsonResponse,
)
from miniframework.http.streaming import FileResponse, StreamingHttpResponse

__all__ = [
    "BadHeaderError",
    "FileResponse",
    "Http404",
    "HttpRequest",
    "HttpResponse",
    "HttpResponseBadRequest",
    "HttpResponseBase",
    "HttpResponseForbidden",
    "HttpResponseGone",
    "HttpResponseNotAllowed",
    "HttpResponseNotFound",
    "HttpResponseNotModified",
    "HttpResponsePermanentRedirect",
    "HttpResponseRedirect",
    "HttpResponseServerError",
    "JsonResponse",
    "QueryDict",
    "RawPostDataException",
    "SimpleCookie",
    "StreamingHttpResponse",
    "UnreadablePostError",
    "parse_cookie",
]
