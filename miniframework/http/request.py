"""The request, as views see it.

Steps 3 to 8 of the trip. `META` is the environ; everything else is worked out from it when
it is first asked for, so that a view which never looks at the form never pays for it. The
Host field is what a client claims, and links in mails are built from it: it counts only if
settings.ALLOWED_HOSTS knows it.

Django: https://docs.djangoproject.com/en/5.2/ref/request-response/#httprequest-objects
"""

import re
from collections.abc import Iterator
from email.message import Message
from functools import cached_property
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from miniframework.conf import settings
from miniframework.exceptions import (
    BadRequest,
    DisallowedHost,
    ImproperlyConfigured,
    RequestDataTooBig,
)
from miniframework.http.headers import RequestHeaders
from miniframework.http.multipart import MultiPartParser
from miniframework.http.querydict import QueryDict
from miniframework.utils.datastructures import MultiValueDict
from miniframework.utils.encoding import escape_uri_path, iri_to_uri, is_text_encoding
from miniframework.utils.http import is_same_domain

# A name, an IPv4 address or an IPv6 one in brackets; a port may follow (RFC 9110, 7.2).
HOST = re.compile(r"([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::([0-9]+))?\Z", re.IGNORECASE)
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]


class UnreadablePostError(OSError):
    """The client went away, or was too slow, before all of the body had come."""


class RawPostDataException(Exception):
    """The body was read as a stream already, and is not kept."""


class HttpRequest:
    def __init__(self) -> None:
        self.method: str | None = None
        self.path = ""
        self.path_info = ""
        self.script_name = ""
        self.META: dict[str, Any] = {}
        self.GET = QueryDict()
        self.COOKIES: dict[str, str] = {}
        self.content_type = ""
        self.content_params: dict[str, str] = {}
        self.resolver_match: Any = None
        self.urlconf: Any = None  # a middleware may set another one than ROOT_URLCONF
        self._encoding: str | None = None
        self._stream: IO[bytes] = BytesIO()
        self._read_started = False
        self._body: bytes | None = None
        self._post: QueryDict | None = None
        self._files: MultiValueDict = MultiValueDict()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.method} {self.get_full_path()!r}>"

    if TYPE_CHECKING:  # middleware and views put attributes of their own on a request

        def __getattr__(self, name: str) -> Any: ...

    # --- Where to -----------------------------------------------------------------------

    @cached_property
    def headers(self) -> RequestHeaders:
        return RequestHeaders(self.META)

    @property
    def scheme(self) -> str:
        """ "http" or "https", as a trusted proxy says, or else the server."""
        if settings.SECURE_PROXY_SSL_HEADER:
            try:
                name, secure_value = settings.SECURE_PROXY_SSL_HEADER
            except ValueError:
                raise ImproperlyConfigured(
                    "SECURE_PROXY_SSL_HEADER must be a pair such as "
                    "('HTTP_X_FORWARDED_PROTO', 'https')."
                ) from None
            sent = self.META.get(name)
            if sent is not None:
                # A chain of proxies makes a list; the first is the one nearest the client.
                first, *_ = sent.split(",", 1)
                return "https" if first.strip() == secure_value else "http"
        scheme: str = self.META.get("wsgi.url_scheme", "http")
        return scheme

    def is_secure(self) -> bool:
        return self.scheme == "https"

    def get_port(self) -> str:
        if settings.USE_X_FORWARDED_PORT and "HTTP_X_FORWARDED_PORT" in self.META:
            return str(self.META["HTTP_X_FORWARDED_PORT"])
        return str(self.META.get("SERVER_PORT", "80"))

    def _get_raw_host(self) -> str:
        """The host that the request names, as it came and unchecked."""
        if settings.USE_X_FORWARDED_HOST and "HTTP_X_FORWARDED_HOST" in self.META:
            return str(self.META["HTTP_X_FORWARDED_HOST"])
        if "HTTP_HOST" in self.META:
            return str(self.META["HTTP_HOST"])
        # HTTP/1.0 knew no Host field: PEP 3333, "URL Reconstruction".
        host = str(self.META.get("SERVER_NAME", ""))
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        port = self.get_port()
        return host if port == ("443" if self.is_secure() else "80") else f"{host}:{port}"

    def get_host(self) -> str:
        """The host that the request was sent to, with its port if one was named.

        Raises DisallowedHost where it is none of settings.ALLOWED_HOSTS.
        """
        host = self._get_raw_host()
        allowed = settings.ALLOWED_HOSTS
        if settings.DEBUG and not allowed:
            allowed = LOCAL_HOSTS
        domain, _ = split_domain_port(host)
        if domain and validate_host(domain, allowed):
            return host
        if not domain:
            raise DisallowedHost(f"The Host field is not a host: {host!r}.")
        raise DisallowedHost(
            f"The Host field names {host!r}. If that is right, add {domain!r} to ALLOWED_HOSTS."
        )

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """The path and the query string, encoded for use in a URL."""
        return self._full_path(self.path, force_append_slash)

    def get_full_path_info(self, force_append_slash: bool = False) -> str:
        return self._full_path(self.path_info, force_append_slash)

    def _full_path(self, path: str, append_slash: bool) -> str:
        slash = "/" if append_slash and not path.endswith("/") else ""
        query = self.META.get("QUERY_STRING", "")
        return escape_uri_path(path) + slash + (f"?{iri_to_uri(query)}" if query else "")

    def build_absolute_uri(self, location: str | None = None) -> str:
        """The URL with scheme and host: of `location`, or of this request."""
        origin = f"{self.scheme}://{self.get_host()}"
        if location is None:
            # Not urljoin: a path that begins with two slashes is not the beginning of a host.
            return origin + self.get_full_path()
        if urlsplit(location).scheme:
            return iri_to_uri(location)
        return iri_to_uri(urljoin(origin + escape_uri_path(self.path), str(location)))

    # --- What it brings -----------------------------------------------------------------

    def get_signed_cookie(
        self, key: str, default: Any = ..., salt: str = "", max_age: float | None = None
    ) -> Any:
        """The value of a cookie that `set_signed_cookie` wrote, its signature checked.

        A missing cookie raises KeyError, a forged one BadSignature, one older than
        `max_age` seconds SignatureExpired; with a `default`, each of them gives that.
        """
        from miniframework import signing

        try:
            return signing.get_cookie_signer(salt=key + salt).unsign(
                self.COOKIES[key], max_age=max_age
            )
        except (KeyError, signing.BadSignature):
            if default is not ...:
                return default
            raise

    @property
    def encoding(self) -> str | None:
        """The encoding of the form; None is settings.DEFAULT_CHARSET."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str) -> None:
        """Read the form again, in another encoding."""
        self._encoding = value
        self.GET = QueryDict(wsgi_bytes(self.META.get("QUERY_STRING", "")), encoding=value)
        self._post = None

    def _read_content_type(self) -> None:
        """Split "text/html; charset=utf-8" into the type and its parameters."""
        message = Message()
        message["Content-Type"] = self.META.get("CONTENT_TYPE", "") or "text/plain"
        if self.META.get("CONTENT_TYPE"):
            self.content_type = message.get_content_type()
        params = message.get_params([], header="content-type")
        # A value in the form of RFC 2231, charset*=utf-8''x, comes as (charset, language, text).
        self.content_params = {
            name: value if isinstance(value, str) else value[2] for name, value in params[1:]
        }
        charset = self.content_params.get("charset")
        if charset and is_text_encoding(charset):
            self._encoding = charset

    @property
    def body(self) -> bytes:
        """All of the body, at most settings.DATA_UPLOAD_MAX_MEMORY_SIZE bytes of it."""
        if self._body is None:
            if self._read_started:
                raise RawPostDataException(
                    "The body was read as a stream already: use request.body before "
                    "request.read(), or not at all."
                )
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            if limit is not None and self.content_length > limit:
                raise RequestDataTooBig(
                    f"The body has {self.content_length} bytes, and {limit} are allowed "
                    "(DATA_UPLOAD_MAX_MEMORY_SIZE)."
                )
            self._body = self.read()
            self._stream = BytesIO(self._body)
        return self._body

    @property
    def content_length(self) -> int:
        """Bytes in the body as declared; 0 where the declaration is missing or nonsense."""
        text = str(self.META.get("CONTENT_LENGTH") or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0

    def read(self, size: int | None = None) -> bytes:
        self._read_started = True
        try:
            return self._stream.read(-1 if size is None else size)
        except OSError as error:
            raise UnreadablePostError(*error.args) from error

    def readline(self, size: int | None = None) -> bytes:
        self._read_started = True
        try:
            return self._stream.readline(-1 if size is None else size)
        except OSError as error:
            raise UnreadablePostError(*error.args) from error

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    @property
    def POST(self) -> QueryDict:  # noqa: N802 - Django's name
        """The fields of a submitted form, empty for any other method and content."""
        if self._post is None:
            self._read_form()
        assert self._post is not None
        return self._post

    @POST.setter
    def POST(self, value: QueryDict) -> None:  # noqa: N802
        self._post = value

    @property
    def FILES(self) -> MultiValueDict:  # noqa: N802
        """The files of a submitted form."""
        if self._post is None:
            self._read_form()
        return self._files

    def _read_form(self) -> None:
        # Whatever the parser raises, the next look at POST finds an empty form: an error
        # page that shows the form must not fail on it again.
        self._post, self._files = QueryDict(encoding=self._encoding), MultiValueDict()
        if self.method != "POST":
            return
        if self.content_type == "multipart/form-data":
            if self._body is None and self._read_started:
                return
            stream = BytesIO(self._body) if self._body is not None else self
            parser = MultiPartParser(self.META, stream, encoding=self._encoding)
            self._post, self._files = parser.parse()
        elif self.content_type == "application/x-www-form-urlencoded":
            if self._encoding and self._encoding.lower() not in ("utf-8", "utf8"):
                # The URL Standard knows no other; one that leaves "&" unread would let a
                # form mean one thing here and another to the proxy in front.
                raise BadRequest("A form must be encoded in UTF-8.")
            self._post = QueryDict(self.body, encoding=self._encoding)

    def close(self) -> None:
        """Close the uploaded files; the temporary ones are gone with it."""
        for _, files in self._files.lists():
            for file in files:
                file.close()


def split_domain_port(host: str) -> tuple[str, str]:
    """("example.com", "8000"); both empty where the host is malformed."""
    found = HOST.match(host)
    if not found:
        return "", ""
    return found[1].lower().removesuffix("."), found[2] or ""


def validate_host(host: str, allowed_hosts: list[str]) -> bool:
    """Whether a pattern of ALLOWED_HOSTS takes it: "*", a name, ".name" for all below it."""
    return any(pattern == "*" or is_same_domain(host, pattern) for pattern in allowed_hosts)


def wsgi_bytes(text: str) -> bytes:
    """What the client sent, from a "native string" of PEP 3333 (one character, one byte)."""
    return text.encode("latin-1", "replace")
