"""`python -m httpserver`: serve a folder, stand before another server, or do what a file says.

Step 1 of the trip on its own, with nothing above it. In Python: `python -m http.server`; in
Nginx: `nginx -c FILE`, `nginx -t`.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from socket import AF_UNIX, socket

from httpserver.addresses import ListenError, inherited_listeners, listen_at, url_of
from httpserver.arguments import ArgumentParser
from httpserver.balancing import Backend, Group
from httpserver.building import Plan
from httpserver.children import MOST_WORKERS
from httpserver.config import ConfigError, load, reference
from httpserver.limits import Limits
from httpserver.logs import AccessLog, open_missing_streams, reopen_logs, set_up_error_log
from httpserver.master import Generation, Master, serve
from httpserver.messages import Handler
from httpserver.proxy import Proxy
from httpserver.server import Listener, Server
from httpserver.sites import to_https
from httpserver.static import StaticFiles
from httpserver.tls import Certificate, CertificateError, tls_context
from httpserver.worker import within_files

DEFAULT_ADDRESS = "127.0.0.1:8080"

EPILOG = """\
examples:
  python -m httpserver public --listen 0.0.0.0:8080
  python -m httpserver --proxy http://127.0.0.1:8000 --listen 8080
  python -m httpserver public --certificate cert.pem --key key.pem --listen 8443
  python -m httpserver --config site.toml --check

signals, to the process that was started (the master):
  TERM finishes what is in flight, then ends    INT (Ctrl-C), QUIT stop at once
  HUP  reads the file again, starts new workers, then drains the old ones
  USR1 opens the log files anew, after they were renamed
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, 1 for what went wrong, 2 for usage."""
    open_missing_streams()
    parser = _parser()
    options = parser.parse_args(argv)
    if options.help_config:
        print(reference())
        return 0
    _refuse_contradictions(parser, options)
    set_up_error_log(logging.WARNING)
    try:
        if options.config:
            return _serve_file(options.config, options.check, options.quiet)
        return _serve(options)
    except (ListenError, ConfigError, CertificateError) as error:
        print(error, file=sys.stderr)
    except NotADirectoryError as error:
        print(f"{error}{_hint(options.dir)}", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'httpserver'}: {error.strerror or error}", file=sys.stderr)
    return 1


def _refuse_contradictions(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """What was asked for and would not be done is said, not passed over."""
    if (options.certificate is None) != (options.key is None):
        parser.error("--certificate and --key go together")
    if options.redirect_from and not options.certificate:
        parser.error("--redirect-from leads to https://, which takes --certificate and --key")
    if options.check and not options.config:
        parser.error("--check looks at a file: --config FILE --check")
    if options.proxy and options.dir is not None:
        parser.error("DIR or --proxy, not both: a file with locations has both (--config)")
    if options.config:
        beside = [
            name
            for name, value in vars(options).items()
            if value != parser.get_default(name) and name not in ("config", "check", "quiet")
        ]
        if beside:
            parser.error(f"--config FILE stands alone: {beside[0]!r} belongs into the file")


def _hint(folder: str | None) -> str:
    """What else may have been meant by the name of a folder that is none."""
    if folder and folder.isdecimal():
        return f". To listen at port {folder}: --listen {folder}"
    if folder and os.path.isfile(folder):
        return f", but a file. It is served with its folder, {os.path.dirname(folder) or '.'!r}"
    return ""


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m httpserver",
        description="An HTTP/1.1 server: files with ranges and validators, a reverse proxy, sites"
        " by name with TLS.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("dir", nargs="?", metavar="DIR", help="the folder (default: this one)")
    add(
        "--listen",
        action="append",
        metavar="ADDRESS",
        help=f"HOST:PORT, [IPV6]:PORT, PORT or unix:PATH; repeatable (default: {DEFAULT_ADDRESS})",
    )
    add(
        "--proxy",
        metavar="ADDRESS",
        help="pass requests on to http://HOST:PORT or unix:PATH instead of serving a folder",
    )
    add(
        "--proxy-timeout",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long that server may take to go on with its answer (default: 60)",
    )
    add("--config", type=Path, metavar="FILE", help="do what this TOML file says, and only that")
    add("--check", action="store_true", help="say what is wrong with the file, and serve nothing")
    add("--help-config", action="store_true", help="all that may stand in such a file")
    add("--certificate", metavar="FILE", help="speak TLS with this certificate and chain (PEM)")
    add("--key", metavar="FILE", help="and its private key (PEM)")
    add(
        "--redirect-from",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="where plain HTTP is sent to https://",
    )
    add(
        "--workers",
        type=_Count(1, MOST_WORKERS),
        default=1,
        metavar="N",
        help="processes that serve (default: 1)",
    )
    add(
        "--threads",
        type=_Count(0, 1000),
        default=0,
        metavar="N",
        help="threads in each that look for files; 0 does so in the event loop (default: 0)",
    )
    add(
        "--connections",
        type=_Count(1, 1_000_000),
        default=Limits().connections,
        metavar="N",
        help=f"clients of a worker at a time (default: {Limits().connections})",
    )
    add(
        "--no-listing",
        dest="listing",
        action="store_false",
        help="do not show what is in a folder that has no index.html",
    )
    add("--quiet", action="store_true", help="no line for each request, no word at start and end")
    return parser


class _Count:
    """An argument that is a whole number from `least` to `most`."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or not self._least <= int(text) <= self._most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {self._least} to {self._most}"
            )
        return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds, such as 30 or 0.5")
    return value


# --- What the command line says -------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    handler, what = _handler(options)
    context = None
    if options.certificate:
        context = tls_context(Certificate(options.certificate, options.key))
    inherited = inherited_listeners()
    plain = listen_at(options.redirect_from, inherited)
    listeners = [sock for sock in inherited if sock not in plain]
    if options.listen or not listeners:
        listeners = listen_at(options.listen or [DEFAULT_ADDRESS], listeners)
    port = next((sock.getsockname()[1] for sock in listeners if sock.family != AF_UNIX), 443)

    def make_server(sockets: Sequence[socket]) -> Server:
        own = [Listener(sock, handler, context) for sock in sockets[: len(listeners)]]
        own += [Listener(sock, to_https(port)) for sock in sockets[len(listeners) :]]
        return Server(
            handler,
            own,
            limits=within_files(replace(Limits(), connections=options.connections)),
            threads=options.threads,
            access_log=None if options.quiet else AccessLog(),
        )

    urls = [url_of(listener, "https" if context else "http") for listener in listeners]
    master = Master(
        serve(make_server),
        [*listeners, *plain],
        options.workers,
        on_ready=_greeting(what, [*urls, *map(url_of, plain)], options.quiet),
        on_reopen=reopen_logs,
    )
    return _run(master, options.quiet)


def _handler(options: argparse.Namespace) -> tuple[Handler, str]:
    """What answers, and what to call it."""
    if options.proxy:
        group = Group([Backend(options.proxy)], read_timeout=options.proxy_timeout)
        return Proxy(group, upgrade=True), f"what {options.proxy} answers"
    files = StaticFiles(options.dir or ".", listing=options.listing)
    return files, files.root


# --- What a file says -----------------------------------------------------------------------


def _serve_file(path: Path, check: bool, quiet: bool) -> int:
    plan = Plan(load(path))
    if check:
        print(f"{path}: all is well")
        return 0
    config = plan.config
    set_up_file_logs(plan)
    plans = [plan]  # the one that is served; the next while it is tried

    def reload() -> Generation:
        new = Plan(load(path), before=plans[-1])
        sockets = listen_at(new.addresses, master.listeners, modes=new.modes)
        plans[:] = [plans[-1], new]
        set_up_file_logs(new)
        return Generation(new.run_worker, sockets, new.config.workers)

    def clear(slot: int) -> None:
        for each in plans:
            each.clear(slot)

    def write_pid() -> None:
        if config.pid_file is not None:
            config.pid_file.write_text(own_pid)

    own_pid = f"{os.getpid()}\n"
    listeners = listen_at(plan.addresses, inherited_listeners(), modes=plan.modes)
    master = Master(
        plan.run_worker,
        listeners,
        config.workers,
        graceful_timeout=config.limits.graceful_timeout,
        on_ready=_greeting(str(path), plan.urls(listeners), quiet),
        on_reload=reload,
        on_reopen=reopen_logs,
        on_exit=clear,
        on_upgrade_failed=write_pid,
    )
    write_pid()
    try:
        return _run(master, quiet)
    finally:
        # After an upgrade it is the new master's.
        with suppress(OSError):
            if config.pid_file is not None and config.pid_file.read_text() == own_pid:
                config.pid_file.unlink()


def set_up_file_logs(plan: Plan) -> None:
    config = plan.config
    path = None if config.error_log == "stderr" else config.error_log
    logging.getLogger().handlers.clear()
    set_up_error_log(config.log_level.upper(), path=path)


# --- Both ------------------------------------------------------------------------------------


def _greeting(what: str, urls: Sequence[str], quiet: bool) -> Callable[[], None]:
    def greet() -> None:
        if not quiet:
            lines = [f"  {url}/" if url.startswith("http") else f"  {url}" for url in urls]
            print(f"Serving {what} at", *lines, "Ctrl-C stops.", sep="\n", flush=True)

    return greet


def _run(master: Master, quiet: bool) -> int:
    status = master.run()
    if not quiet:
        print("\nStopped.", flush=True)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the master heard it
        sys.exit(130)
