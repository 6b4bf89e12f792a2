"""The settings there are: each table of the configuration file, each setting a line of it.

Before the trip. `Annotated[type, reader, explanation, Nginx's words] = default`: whoever adds a
setting writes such a line, and it is read, checked, explained and suggested (`settings`).

In Nginx: the ngx_command_t tables at the beginning of each module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from httpserver import values
from httpserver.children import MOST_WORKERS
from httpserver.limits import Limits
from httpserver.settings import (
    Place,
    Reader,
    Setting,
    by_name,
    default_of,
    list_of,
    one_or_more,
    settings_of,
    table,
)
from httpserver.values import Network, count, flag, seconds, size, some_bytes, text, timeout

# --- [limits] ------------------------------------------------------------------------------

ABOUT_LIMITS: dict[str, tuple[Reader, str, str]] = {
    "request_line": (some_bytes, "of a request; else 414", "large_client_header_buffers"),
    "head": (some_bytes, "of a request; else 431", "large_client_header_buffers"),
    "fields": (count(1), "of a head; else 431", ""),
    "body": (size, "of a request; else 413", "client_max_body_size"),
    "body_in_memory": (size, "what is longer goes to a file", "client_body_buffer_size"),
    "chunk_line": (some_bytes, "a chunk's size with its extensions; else 400", ""),
    "trailers": (some_bytes, "the fields after a body; else 431", ""),
    "head_timeout": (timeout, "for a head to come; else 408", "client_header_timeout"),
    "body_timeout": (timeout, "for a body to come; else 408", "client_body_timeout"),
    "body_rate": (some_bytes, "and a second more for each so many bytes that came", ""),
    "keep_alive": (seconds, "idle between requests; 0 closes", "keepalive_timeout"),
    "write_timeout": (timeout, "for the client to take its answer", "send_timeout"),
    "write_rate": (some_bytes, "and a second more for each so many bytes it took", ""),
    "lifetime": (timeout, "of a connection", "keepalive_time"),
    "silent_timeout": (seconds, "for silent clients when the server stops", ""),
    "graceful_timeout": (seconds, "for requests when the server stops", "worker_shutdown_timeout"),
    "connections": (count(1), "of a worker, at a time", "worker_connections"),
    "connections_per_client": (count(0), "of an address; 0: as many as it likes", "limit_conn"),
    "requests_per_connection": (count(1), "then it is closed", "keepalive_requests"),
    "pipelined": (some_bytes, "read ahead of the request being answered", ""),
    "out_buffer": (some_bytes, "of an answer held for a slow client", "output_buffers"),
    "linger_bytes": (size, "dropped after an error", "lingering_close"),
    "linger_timeout": (seconds, "for what is dropped after an error", "lingering_time"),
}
LIMITS = {
    limit.name: Setting(*ABOUT_LIMITS[limit.name], limit.name, default_of(limit))
    for limit in fields(Limits)
}
# The limits that a server or a location may set: when the others hold, it is not yet known which
# one a request is for.
OF_A_REQUEST = (
    *("body", "body_in_memory", "chunk_line", "trailers", "body_timeout", "body_rate"),
    *("write_timeout", "write_rate"),
)

# --- [zones.NAME] --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ZoneSettings:
    """Shared memory in which requests are counted by client address, across workers."""

    rate: Annotated[float | None, values.rate, 'of a client, such as "10/s"', "limit_req_zone"] = (
        None
    )
    burst: Annotated[int, count(0), "how many may be ahead of the rate", "limit_req"] = 0
    delay: Annotated[bool, flag, "those wait for their turn; false: they pass", "limit_req"] = True
    connections: Annotated[int | None, count(1), "of a client in progress", "limit_conn"] = None
    status: Annotated[int, count(400, 599), "of a refusal", "limit_req_status"] = 503
    clients: Annotated[int, count(1, 10_000_000), "addresses remembered", "limit_conn_zone"] = 16384


# --- [upstreams.NAME] ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """A server that requests are passed on to."""

    address: Annotated[str, values.upstream_address, "HOST:PORT or unix:PATH", "server"]
    weight: Annotated[int, count(1), "its share of the requests", "weight"] = 1
    max_fails: Annotated[int, count(0), "failures that rest it; 0: it never rests", "max_fails"] = 1
    fail_timeout: Annotated[float, timeout, "in which they count", "fail_timeout"] = 10.0


def _upstream(value: Any, place: Place) -> Any:
    return table(UpstreamSettings)({"address": value} if isinstance(value, str) else value, place)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """The servers that can stand in for each other, and how patient we are with them."""

    servers: Annotated[
        tuple[UpstreamSettings, ...], list_of(_upstream, 1), "addresses, or tables", "server"
    ]
    balance: Annotated[
        str, values.one_of("round robin", "least connections"), "whose turn it is", "least_conn"
    ] = "round robin"
    keep_alive: Annotated[int, count(0), "idle connections of a worker", "keepalive"] = 64
    connect_timeout: Annotated[float, timeout, "to connect", "proxy_connect_timeout"] = 5.0
    send_timeout: Annotated[float, timeout, "to take what we send", "proxy_send_timeout"] = 60.0
    read_timeout: Annotated[float, timeout, "to send some more", "proxy_read_timeout"] = 60.0
    tries: Annotated[int, count(1), "servers asked in all", "proxy_next_upstream_tries"] = 3


# --- What a server and its locations share -------------------------------------------------


@dataclass(frozen=True, slots=True)
class GzipSettings:
    """How answers are compressed."""

    level: Annotated[int, count(1, 9), "1 is fast, 9 is small", "gzip_comp_level"] = 5
    least: Annotated[int, size, "the smallest body worth it", "gzip_min_length"] = 256
    types: Annotated[tuple[str, ...], one_or_more(values.media_type), "what is", "gzip_types"] = (
        *("text/html", "text/css", "text/plain", "text/javascript", "text/xml"),
        *("application/json", "application/xml", "image/svg+xml"),
    )


def _gzip(value: Any, place: Place) -> Any:
    if isinstance(value, bool):
        return GzipSettings() if value else None
    return table(GzipSettings)(value, place)


_error_pages = by_name(values.error_status, values.url_path)
_fields = by_name(values.field_name, values.field_value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Settings of a server that are its locations' where these have none of their own."""

    limits: Annotated[Limits, table(Limits, LIMITS), "of a request, as in [limits]"] = field(
        default_factory=Limits
    )
    allow: Annotated[tuple[Network, ...], values.some_networks, "nobody else may", "allow"] = ()
    deny: Annotated[tuple[Network, ...], values.networks, "they may not", "deny"] = ()
    error_pages: Annotated[
        Mapping[int, str], _error_pages, "{ 404 = PATH }, asked for within", "error_page"
    ] = field(default_factory=dict)
    fields: Annotated[Mapping[str, str], _fields, "added to each answer", "add_header"] = field(
        default_factory=dict
    )
    gzip: Annotated[GzipSettings | None, _gzip, "true, or a table", "gzip"] = None
    zones: Annotated[
        tuple[str, ...], one_or_more(text), "that count it", "limit_req limit_conn", "zone"
    ] = ()


# --- [[server.location]] -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSettings(Shared):
    """What is done with the requests for some paths. One of ACTIONS is not None."""

    path: Annotated[str, values.location_path, "/prefix, or = /exact", "location"]

    root: Annotated[Path | None, values.folder, "files: the path below it", "root"] = None
    alias: Annotated[Path | None, values.folder, "the same without the prefix", "alias"] = None
    proxy: Annotated[
        str | None, values.upstream, "an upstream's name, or an address", "proxy_pass"
    ] = None
    redirect: Annotated[
        str | None, values.redirect_target, "URL with {path} and {query}", "return rewrite"
    ] = None
    respond: Annotated[str | None, text, "a fixed text", "return"] = None

    # of root and alias
    index: Annotated[str, values.file_name, "the file that is its folder's", "index"] = "index.html"
    listing: Annotated[bool, flag, "show folders without one", "autoindex"] = False
    cache_control: Annotated[str | None, values.field_value, "the field", "expires"] = None
    dot_files: Annotated[bool, flag, "serve those too"] = False
    precompressed: Annotated[bool, flag, "take .br and .gz beside a file", "gzip_static"] = True
    try_files: Annotated[
        tuple[str, ...], list_of(values.file_to_try, 1), "the first that is there", "try_files"
    ] = ()
    # of proxy
    host: Annotated[str | None, values.host, "sent as Host", "proxy_set_header"] = None
    stream_body: Annotated[
        bool, flag, "send the body on as it comes", "proxy_request_buffering"
    ] = False
    upgrade: Annotated[bool, flag, "tunnel WebSocket and others", "proxy_http_version"] = False
    # of redirect and respond
    status: Annotated[int, count(200, 599), "301 for redirect", "return"] = 200
    content_type: Annotated[str, values.content_type, "of respond", "default_type"] = (
        "text/plain; charset=utf-8"
    )
    # of all
    internal: Annotated[
        bool, flag, "only for error pages, try_files and X-Accel-Redirect", "internal"
    ] = False


ACTIONS = ("root", "alias", "proxy", "redirect", "respond")
BELONG_TO = {
    ("root", "alias"): (
        *("index", "listing", "cache_control", "dot_files", "precompressed", "try_files"),
    ),
    ("proxy",): ("host", "stream_body", "upgrade"),
    ("redirect", "respond"): ("status",),
    ("respond",): ("content_type",),
}

# --- [[server]] ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings(Shared):
    """What is served at some addresses, under some names."""

    listen: Annotated[
        tuple[str, ...], one_or_more(values.listen_address, 1), "one or more addresses", "listen"
    ] = ("127.0.0.1:8080",)
    socket_mode: Annotated[int, values.permissions, "of Unix sockets"] = 0o660
    names: Annotated[
        tuple[str, ...], one_or_more(values.host_name), "of hosts; none: any", "server_name"
    ] = ()
    default: Annotated[
        bool, flag, "for other names; else the first of an address is", "default_server"
    ] = False
    certificate: Annotated[
        Path | None, values.readable_file, "with its chain, PEM: TLS", "ssl_certificate ssl"
    ] = None
    key: Annotated[Path | None, values.readable_file, "its key", "ssl_certificate_key"] = None
    redirect_to_https: Annotated[
        int, values.https_port, "answer all by a redirect (308): true, or the port", "return"
    ] = False
    locations: Annotated[
        tuple[LocationSettings, ...], list_of(table(LocationSettings)), "", "", "location"
    ] = ()


# --- The whole file ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration file that was read and found good."""

    workers: Annotated[int, count(1, MOST_WORKERS), "processes", "worker_processes"] = 1
    threads: Annotated[
        int, count(0, 1000), "of a worker, for handlers that wait", "thread_pool"
    ] = 0
    error_log: Annotated[str, values.log("stderr"), "or a path", "error_log"] = "stderr"
    log_level: Annotated[
        str, values.one_of("debug", "info", "warning", "error", "critical"), "and up", "error_log"
    ] = "info"
    access_log: Annotated[
        str | None, values.log("stdout", optional=True), "or a path, or false", "access_log"
    ] = "stdout"
    access_log_format: Annotated[
        str, values.one_of("combined", "json"), "of its lines", "log_format"
    ] = "combined"
    pid_file: Annotated[Path | None, values.writable_file, "of the master", "pid"] = None
    server_field: Annotated[str, values.field_value, '"" for none', "server_tokens"] = "glasstack"
    limits: Annotated[Limits, table(Limits, LIMITS), ""] = field(default_factory=Limits)
    zones: Annotated[Mapping[str, ZoneSettings], by_name(values.name, table(ZoneSettings)), ""] = (
        field(default_factory=dict)
    )
    upstreams: Annotated[
        Mapping[str, GroupSettings], by_name(values.name, table(GroupSettings)), ""
    ] = field(default_factory=dict)
    servers: Annotated[
        tuple[ServerSettings, ...], list_of(table(ServerSettings)), "", "", "server"
    ] = ()


SHARED = settings_of(Shared)


def _own(table_class: type) -> dict[str, Setting]:
    return {key: each for key, each in settings_of(table_class).items() if key not in SHARED}


# What the reference shows, and where a word is said to belong.
TABLES: dict[str, dict[str, Setting]] = {
    "": settings_of(Config),
    "[limits]": LIMITS,
    "[zones.NAME]": settings_of(ZoneSettings),
    "[upstreams.NAME]": settings_of(GroupSettings),
    "[[upstreams.NAME.servers]]": settings_of(UpstreamSettings),
    "[[server]]": _own(ServerSettings),
    "[[server]] or [[server.location]]": SHARED,
    "[[server.location]]": _own(LocationSettings),
    "gzip = {}": settings_of(GzipSettings),
}
