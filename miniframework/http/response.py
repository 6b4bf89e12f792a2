"""The response, as views make it.

Steps 5 to 10 of the trip. A status, header fields, cookies and a content; the WSGI
callable turns it into `start_response` and an iterable, and calls `close()` when the last
byte has gone, which is the end of the request.

Django: https://docs.djangoproject.com/en/5.2/ref/request-response/#httpresponse-objects
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.client import responses as REASONS  # noqa: N812 - a table
from typing import Any
from urllib.parse import urlsplit

from miniframework.conf import settings
from miniframework.exceptions import DisallowedRedirect
from miniframework.http.cookies import SimpleCookie, cookie_header, set_cookie
from miniframework.http.headers import FORBIDDEN, BadHeaderError, ResponseHeaders
from miniframework.signals import request_finished
from miniframework.utils.encoding import iri_to_uri
from templating.scripts import JSONEncoder


class Http404(Exception):
    """What was asked for is not here: 404."""


class HttpResponseBase:
    """All of a response but its content."""

    status_code = 200
    streaming = False

    def __init__(
        self,
        content_type: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        charset: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> None:
        self.headers = ResponseHeaders(headers)
        self._charset = charset
        if "Content-Type" not in self.headers:
            self.headers["Content-Type"] = content_type or f"text/html; charset={self.charset}"
        elif content_type:
            raise ValueError("Say the content type once: content_type or headers, not both.")
        self.cookies: SimpleCookie = SimpleCookie()
        if status is not None:
            self.status_code = checked_status(status)
        self._reason_phrase: str | None = None
        if reason is not None:
            self.reason_phrase = reason
        self.closed = False
        self.resolver_match: Any = None  # set by the test client
        self._handler_class: type | None = None
        self._resource_closers: list[Callable[[], object]] = []
        self._logged = False

    # --- The head -----------------------------------------------------------------------

    @property
    def reason_phrase(self) -> str:
        if self._reason_phrase is not None:
            return self._reason_phrase
        return REASONS.get(self.status_code, "Unknown Status Code")

    @reason_phrase.setter
    def reason_phrase(self, value: str) -> None:
        if FORBIDDEN.search(value):
            raise BadHeaderError(f"A reason phrase cannot hold {value!r}.")
        self._reason_phrase = value

    @property
    def charset(self) -> str:
        """The one named, or that of the content type, or settings.DEFAULT_CHARSET."""
        if self._charset is not None:
            return self._charset
        _, found, charset = self.headers.get("Content-Type", "").lower().partition("charset=")
        if found:
            return charset.split(";")[0].strip(" \"'")
        return str(settings.DEFAULT_CHARSET)

    @charset.setter
    def charset(self, value: str) -> None:
        self._charset = value

    def __setitem__(self, header: str, value: Any) -> None:
        self.headers[header] = value

    def __getitem__(self, header: str) -> str:
        return self.headers[header]

    def __delitem__(self, header: str) -> None:
        del self.headers[header]

    def has_header(self, header: str) -> bool:
        return header in self.headers

    __contains__ = has_header

    def get(self, header: str, alternate: Any = None) -> Any:
        return self.headers.get(header, alternate)

    def setdefault(self, header: str, value: Any) -> None:
        self.headers.setdefault(header, value)

    def items(self) -> Iterable[tuple[str, str]]:
        return self.headers.items()

    def header_fields(self) -> list[tuple[str, str]]:
        """All fields as `start_response` takes them, one Set-Cookie for each cookie."""
        fields = list(self.headers.items())
        if self.status_code in (204, 304):  # nothing follows, so it has no type either
            fields = [(name, value) for name, value in fields if name.lower() != "content-type"]
        cookies = [("Set-Cookie", cookie_header(morsel)) for morsel in self.cookies.values()]
        return fields + cookies

    # --- Cookies ------------------------------------------------------------------------

    def set_cookie(self, key: str, value: str = "", **attributes: Any) -> None:
        """max_age (seconds), expires, path, domain, secure, httponly, samesite."""
        set_cookie(self.cookies, key, value, **attributes)

    def set_signed_cookie(self, key: str, value: str, salt: str = "", **attributes: Any) -> None:
        """A cookie that the client can read but not change; see `get_signed_cookie`."""
        from miniframework import signing

        signed = signing.get_cookie_signer(salt=key + salt).sign(value)
        self.set_cookie(key, signed, **attributes)

    def delete_cookie(
        self, key: str, path: str = "/", domain: str | None = None, samesite: str | None = None
    ) -> None:
        """Have the browser forget it: a cookie that expired in 1970."""
        # Browsers take a cookie of such a name, or a SameSite=None one, only if it is secure.
        secure = key.startswith(("__Secure-", "__Host-")) or (samesite or "").lower() == "none"
        self.set_cookie(
            key,
            max_age=0,
            path=path,
            domain=domain,
            secure=secure,
            samesite=samesite,
            expires="Thu, 01 Jan 1970 00:00:00 GMT",
        )

    # --- The content --------------------------------------------------------------------

    def make_bytes(self, value: Any) -> bytes:
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        return str(value).encode(self.charset)

    def __iter__(self) -> Iterator[bytes]:
        raise NotImplementedError

    def close(self) -> None:
        """Free what the content holds, and say that the request is over. The server calls it."""
        for closer in self._resource_closers:
            try:
                closer()
            except Exception:  # noqa: S110 - the response is gone; the others still close
                pass
        self._resource_closers.clear()
        if not self.closed:
            self.closed = True
            request_finished.send(sender=self._handler_class)

    def flush(self) -> None: ...

    def writable(self) -> bool:
        return False


class HttpResponse(HttpResponseBase):
    """A response whose content is all there."""

    def __init__(self, content: Any = b"", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content = content

    def __repr__(self) -> str:
        kind = self.headers.get("Content-Type", "no content type")
        return f"<{type(self).__name__} status_code={self.status_code}, {kind!r}>"

    @property
    def content(self) -> bytes:
        return b"".join(self._container)

    @content.setter
    def content(self, value: Any) -> None:
        """Bytes, text, or an iterable of either, which is read to its end right here."""
        if isinstance(value, Iterable) and not isinstance(
            value, bytes | bytearray | memoryview | str
        ):
            self._container = [self.make_bytes(piece) for piece in value]
            if hasattr(value, "close"):
                value.close()
        else:
            self._container = [self.make_bytes(value)]

    @property
    def text(self) -> str:
        return self.content.decode(self.charset)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._container)

    def write(self, content: Any) -> None:
        self._container.append(self.make_bytes(content))

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def tell(self) -> int:
        return len(self.content)

    def getvalue(self) -> bytes:
        return self.content

    def writable(self) -> bool:
        return True


class HttpResponseRedirectBase(HttpResponse):
    allowed_schemes = ("http", "https", "ftp")

    def __init__(self, redirect_to: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        location = iri_to_uri(str(redirect_to))
        try:
            # Of the URL as it came: once "java\nscript:" is encoded, it hides its scheme.
            scheme = urlsplit(str(redirect_to)).scheme
        except ValueError:
            raise DisallowedRedirect(f"A redirect needs a URL; found {location!r}.") from None
        if scheme and scheme not in self.allowed_schemes:
            raise DisallowedRedirect(f"A redirect to a {scheme!r} URL is not safe.")
        self.headers["Location"] = location

    @property
    def url(self) -> str:
        return self.headers["Location"]


class HttpResponseRedirect(HttpResponseRedirectBase):
    status_code = 302


class HttpResponsePermanentRedirect(HttpResponseRedirectBase):
    status_code = 301


class HttpResponseNotModified(HttpResponse):
    """What the client has is still good; there is no content (RFC 9110, 15.4.5)."""

    status_code = 304

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.headers["Content-Type"]

    @property
    def content(self) -> bytes:
        return b""

    @content.setter
    def content(self, value: Any) -> None:
        if value:
            raise AttributeError("A 304 response has no content.")
        self._container = []


class HttpResponseBadRequest(HttpResponse):
    status_code = 400


class HttpResponseForbidden(HttpResponse):
    status_code = 403


class HttpResponseNotFound(HttpResponse):
    status_code = 404


class HttpResponseNotAllowed(HttpResponse):
    """The method is none of those that the view takes: `permitted_methods` says which."""

    status_code = 405

    def __init__(self, permitted_methods: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers["Allow"] = ", ".join(permitted_methods)


class HttpResponseGone(HttpResponse):
    status_code = 410


class HttpResponseServerError(HttpResponse):
    status_code = 500


class JsonResponse(HttpResponse):
    """A value as JSON; anything but a dict needs `safe=False`.

    (In old browsers a page could read the JSON arrays of another site.)
    """

    def __init__(
        self,
        data: Any,
        encoder: type[json.JSONEncoder] | None = None,
        safe: bool = True,
        json_dumps_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if safe and not isinstance(data, dict):
            raise TypeError(
                f"JsonResponse expects a dict and found {type(data).__name__}; "
                "safe=False allows any value."
            )
        kwargs.setdefault("content_type", "application/json")
        text = json.dumps(data, cls=encoder or JSONEncoder, **(json_dumps_params or {}))
        super().__init__(text, **kwargs)


def checked_status(status: Any) -> int:
    try:
        number = int(status)
    except (TypeError, ValueError):
        raise TypeError(f"A status is a number; found {status!r}.") from None
    if not 100 <= number <= 599:
        raise ValueError(f"A status lies between 100 and 599; found {number}.")
    return number
