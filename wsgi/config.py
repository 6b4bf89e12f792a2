"""The settings of a gateway: each one a line, from which all else follows.

Before the trip. `Annotated[type, reader, explanation, command line] = default`: whoever adds
a setting writes such a line, and it can be given on the command line and in a file, is read and
checked the same way in both, explained by --help and written by --print-config (`options`).

Where Gunicorn has the setting, its name and its meaning are Gunicorn's, and so are the short
forms of its option; where ours is called otherwise, Gunicorn's spelling stands beside it.

In Gunicorn: config.py.
"""

import grp
import pwd
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from httpserver.children import MOST_WORKERS
from httpserver.limits import Limits
from httpserver.settings import Place, one_or_more
from httpserver.units import expected
from httpserver.values import (
    count,
    flag,
    folder,
    listen_address,
    matching,
    one_of,
    readable_file,
    seconds,
    size,
    some_bytes,
    text,
    writable_file,
)
from wsgi.access_format import compile_format
from wsgi.forwarded import LOCAL, Trust

DEFAULT_BIND = "127.0.0.1:8000"
MOST_THREADS = 1000

# --- How a value is read, where httpserver.values has no such value --------------------------


def static_location(value: Any, place: Place) -> tuple[str, Path]:
    """("/static/", Path("/srv/assets")) of "/static/=assets"."""
    url, equals, name = text(value, place).partition("=")
    if not (equals and name and url.startswith("/")):
        raise expected("URL=DIR, such as /static/=assets", value)
    return (url if url.endswith("/") else url + "/"), folder(name, place)


def mount_path(value: Any, place: Place) -> str:
    if text(value, place) and not value.startswith("/"):
        raise expected("a path that begins with a slash, such as /blog", value)
    return str(value).rstrip("/")


def bind_address(value: Any, place: Place) -> str:
    """As Gunicorn reads it: a colon and a port are all addresses, which containers rely on."""
    everywhere = text(value, place).startswith(":")
    return listen_address(f"0.0.0.0{value}" if everywhere else value, place)  # noqa: S104


def level(value: Any, place: Place) -> str:
    words = ("debug", "info", "warning", "error", "critical")
    return str(one_of(*words)(text(value, place).lower(), place))


def kind_of_worker(value: Any, place: Place) -> str:
    if value not in ("sync", "gthread"):
        raise expected(
            "sync (the application is called in the event loop) or gthread (on --threads N)",
            value,
            ". Others there are not: what waits for many clients at once takes threads here",
        )
    return str(value)


def octal(value: Any, place: Place) -> int:
    """The number 22 would be a quite different one in octal, so it is a text."""
    if not isinstance(value, str) or not re.fullmatch("(0o?)?[0-7]{1,3}", value):
        raise expected('octal digits as a string, such as "022"', value)
    return int(value.removeprefix("0o"), 8)


def user_name(value: Any, place: Place) -> str:
    return _known(value, place, pwd.getpwnam, "a user of this machine, or a number")


def group_name(value: Any, place: Place) -> str:
    return _known(value, place, grp.getgrnam, "a group of this machine, or a number")


def _known(value: Any, place: Place, find: Callable[[str], object], what: str) -> str:
    # It may be nobody's yet, as in a container; the last number says "nothing is to change".
    if str(value).isdecimal() and int(value) < 2**32 - 1:
        return str(value)
    try:
        find(text(value, place))
    except KeyError:
        raise expected(what, value) from None
    return str(value)


def log(value: Any, place: Place) -> str:
    """ "-" for the standard stream, or a path."""
    return "-" if text(value, place) == "-" else str(writable_file(value, place))


def log_format(value: Any, place: Place) -> str:
    compile_format(text(value, place))
    return str(value)


def proxies(value: Any, place: Place) -> str:
    Trust(text(value, place))
    return str(value)


variable = matching(r"(?s)[A-Za-z_]\w*=[^\0]*", "KEY=VALUE")
hook = matching(r"[\w.]+:[\w.]+", "MODULE:FUNCTION")

# --- The settings -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Config:
    """What was asked for. Times are in seconds, sizes in bytes, paths are whole."""

    application: Annotated[
        str, text, "what to serve; MODULE:FACTORY() calls FACTORY for it", "MODULE:APP"
    ] = ""
    chdir: Annotated[Path | None, folder, "where the application is looked for", "DIR"] = None
    pythonpath: Annotated[
        tuple[Path, ...], one_or_more(folder), "more folders to import from; repeatable", "DIR"
    ] = ()
    env: Annotated[
        tuple[str, ...], one_or_more(variable), "environment variables; repeatable", "-e KEY=VALUE"
    ] = ()
    static: Annotated[
        tuple[tuple[str, Path], ...],
        one_or_more(static_location),
        "answer URL from the files in DIR, without the application; repeatable: folders of the"
        " same URL are tried in order, and what none has goes to the application",
        "URL=DIR",
    ] = ()
    script_name: Annotated[
        str,
        mount_path,
        "where the application is mounted, such as /blog; for other paths there is a 404",
        "PATH",
    ] = ""

    bind: Annotated[
        tuple[str, ...],
        one_or_more(bind_address),
        "HOST:PORT, [IPV6]:PORT, :PORT (all IPv4 addresses), PORT (this machine alone) or"
        f" unix:PATH; repeatable (default: the sockets that systemd gives us, else {DEFAULT_BIND})",
        "-b ADDRESS",
    ] = ()
    backlog: Annotated[int, count(1), "clients that may wait to be accepted", "N"] = 1024
    certfile: Annotated[
        Path | None, readable_file, "speak TLS with this certificate and its chain (PEM)", "FILE"
    ] = None
    keyfile: Annotated[
        Path | None, readable_file, "its private key, where --certfile has it not", "FILE"
    ] = None
    forwarded_allow_ips: Annotated[
        str, proxies, "proxies whose X-Forwarded-For and -Proto are believed; * for all", "NETWORKS"
    ] = LOCAL
    strict: Annotated[
        bool, flag, "an application that sets a field of the connection fails, and is not corrected"
    ] = False

    workers: Annotated[
        int, count(1, MOST_WORKERS), "processes that answer (also: WEB_CONCURRENCY)", "-w N"
    ] = 1
    threads: Annotated[
        int,
        count(0, MOST_THREADS),
        "threads of each worker that call the application. 0 calls it in the event loop: fastest,"
        " but one slow call holds up every client of that worker; give threads to an application"
        " that waits (for a database, for another server)",
        "N",
    ] = 0
    worker_class: Annotated[
        str, kind_of_worker, "Gunicorn's words for it: sync, or gthread (threads)", "-k NAME"
    ] = "sync"
    timeout: Annotated[
        float,
        seconds,
        "a call that takes longer is stuck: without threads its worker is killed and replaced,"
        " with threads it is logged and its place refilled; 0: never",
        "-t SECONDS",
    ] = 30.0
    graceful_timeout: Annotated[
        float, seconds, "for open requests, when a worker must end", "SECONDS"
    ] = 30.0
    keep_alive: Annotated[
        float, seconds, "that an idle connection is kept; 0: not at all", "SECONDS"
    ] = 15.0
    max_requests: Annotated[int, count(0), "after which a worker is replaced; 0: never", "N"] = 0
    max_requests_jitter: Annotated[
        int, count(0), "up to so many more, so that not all are replaced at once", "N"
    ] = 0
    preload: Annotated[
        bool,
        flag,
        "load the application once, before the workers are forked. They share its memory, and HUP"
        " starts workers with the same code (USR2 a master with the new). It is imported with the"
        " master's rights, root's also under --user",
    ] = False
    reload: Annotated[bool, flag, "for development: start anew when a source file changes"] = False

    worker_connections: Annotated[
        int, count(1), "clients of a worker at a time; others wait", "N"
    ] = Limits().connections
    limit_request_line: Annotated[
        int, some_bytes, "the longest request line; else 414", "BYTES"
    ] = Limits().request_line
    limit_request_fields: Annotated[int, count(1), "fields of a request; else 431", "N"] = (
        Limits().fields
    )
    limit_request_field_size: Annotated[
        int,
        size,
        "the longest field; else 431. 0: what all may have together, 64 KiB",
        "--limit-request-field_size BYTES",
    ] = 0
    limit_body: Annotated[int, size, "the largest request body; else 413", "BYTES"] = Limits().body

    user: Annotated[str | None, user_name, "whom the workers become; only root may", "-u NAME"] = (
        None
    )
    group: Annotated[str | None, group_name, "their group (default: that user's)", "-g NAME"] = None
    umask: Annotated[int | None, octal, "the bits that new files do not get", "-m OCTAL"] = None
    pid: Annotated[
        Path | None, writable_file, "write the master's process number there", "-p FILE"
    ] = None
    access_log: Annotated[
        str | None, log, "a line for each request; - is standard output", "--access-logfile FILE"
    ] = None
    access_log_format: Annotated[
        str,
        log_format,
        "combined, json, or Gunicorn's letters, such as '%(h)s %(r)s %(s)s %(L)s'",
        "--access-logformat TEXT",
    ] = "combined"
    error_log: Annotated[str, log, "- is standard error", "--error-logfile --log-file FILE"] = "-"
    log_level: Annotated[str, level, "debug, info, warning, error or critical, and up", "LEVEL"] = (
        "info"
    )

    when_ready: Annotated[
        str | None,
        hook,
        "called in the master when it serves: f(master). There its module is imported with the"
        " master's rights, also under --user; workers that use it import it anew",
        "MODULE:FUNCTION",
    ] = None
    post_fork: Annotated[
        str | None, hook, "called in each new worker: f(master, worker)", "MODULE:FUNCTION"
    ] = None
    worker_exit: Annotated[
        str | None, hook, "called in each worker that ends: f(master, worker)", "MODULE:FUNCTION"
    ] = None


def contradiction(config: Config) -> str:
    """What was asked for and would not be done is said, not passed over; "" where all is well."""
    if not config.application:
        return "which application? Name it as MODULE:APP, such as mysite.wsgi:application"
    if len(set(config.bind)) < len(config.bind):
        return "--bind names an address twice"
    if config.keyfile and not config.certfile:
        return "--keyfile is the key of a certificate: it takes --certfile, too"
    if config.reload and config.preload:
        return "--reload loads the application anew, --preload once for all: take one of them"
    if config.reload and config.user:
        return "--reload has workers call the master, which those of another --user may not"
    return ""


# Options of Gunicorn's that are not here (the beginnings of them), and why they are not missed.
NOT_HERE = {
    "--daemon": "A service manager (systemd, a container) keeps it running in the background.",
    "-D": "A service manager (systemd, a container) keeps it running in the background.",
    "--worker-tmp-dir": "Leave it out: workers show in shared memory that they live.",
    "--name": "Leave it out: processes keep the name that the system gives them.",
    "-n": "Leave it out: processes keep the name that the system gives them.",
    "--reload-engine": "Leave it out: `watchfiles` is used where it is installed.",
    "--reload-extra-file": "Leave it out: the files of imported modules are watched.",
    "--spew": "Python's own `python -m trace --trace` prints the lines that run.",
    "--log-config": "Configure logging in the application: what is set up there stays.",
    "--logger-class": "Configure logging in the application: what is set up there stays.",
    "--log-syslog": "A service manager takes standard error to the system's log.",
    "--disable-redirect-access-to-syslog": "Leave it out: nothing goes to syslog from here.",
    "--statsd": "Nothing is counted here: --access-log-format json is what programs read.",
    "--dogstatsd": "Nothing is counted here: --access-log-format json is what programs read.",
    "--enable-backlog-metric": "Nothing is counted here; `ss -lt` shows who waits.",
    "--capture-output": "Leave it out: what is printed goes to the standard streams, as it is.",
    "--enable-stdio-inheritance": "Leave it out: workers have the standard streams.",
    "-R": "Leave it out: workers have the standard streams.",
    "--initgroups": "Leave it out: whom the workers become, they have the groups of.",
    "--no-sendfile": "Leave it out: where a file cannot be sent by the kernel, it is read.",
    "--reuse-port": "Leave it out: all workers accept from the same sockets.",
    "--ca-certs": "Clients are not asked for certificates here; a proxy in front can do so.",
    "--cert-reqs": "Clients are not asked for certificates here; a proxy in front can do so.",
    "--ssl-version": "Leave it out: TLS is 1.2 or newer.",
    "--ciphers": "Leave it out: TLS is 1.2 or newer, with the ciphers that Python takes.",
    "--suppress-ragged-eofs": "Leave it out: such an end is a client that has left.",
    "--do-handshake-on-connect": "Leave it out: a handshake holds up nobody else.",
    "--http2": "HTTP/1.1 is spoken here; a proxy in front can speak HTTP/2 to clients.",
    "--http-protocols": "HTTP/1.1 is spoken here; a proxy in front can speak others to clients.",
    "--http-parser": "Leave it out: there is one, and it is all Python.",
    "--proxy-protocol": "Have the proxy speak HTTP, with X-Forwarded-For.",
    "--proxy-allow-from": "Have the proxy speak HTTP, with X-Forwarded-For.",
    "--protocol": "Have the proxy speak HTTP, with X-Forwarded-For.",
    "--uwsgi-allow-from": "Have the proxy speak HTTP, with X-Forwarded-For.",
    "--forwarder-headers": "--script-name says where the application is mounted.",
    "--root-path": "--script-name says where the application is mounted.",
    "--header-map": "Leave it out: fields with an underscore in their names are dropped.",
    "--strip-header-spaces": "Leave it out: a space before the colon is refused.",
    "--permit-": "Leave it out: what HTTP/1.1 does not allow is refused.",
    "--casefold-http-method": "Leave it out: GET and get are two methods.",
    "--paste": "Name a callable of Python: MODULE:APP or MODULE:FACTORY().",
    "--asgi-": "WSGI applications are served here; those of ASGI need another server.",
    "--websocket-": "WSGI applications are served here, and have no WebSockets.",
    "--dirty-": "A queue of jobs, beside this server, does what takes long.",
    "--control-socket": "Signals say it to the master: see the end of --help.",
    "--no-control-socket": "Leave it out: there is none.",
}

# The settings that Gunicorn's configuration file calls otherwise.
GUNICORNS_NAMES = {
    "wsgi_app": "`application`",
    "accesslog": "`access_log`",
    "errorlog": "`error_log`",
    "loglevel": "`log_level`",
    "keepalive": "`keep_alive`",
    "pidfile": "`pid`",
    "preload_app": "`preload`",
    "raw_env": "`env`",
}
