"""`python -m wsgi MODULE:APP`: a server process family around an application.

It puts three pieces together and adds none: the sockets and the processes are
httpserver's, the gateway turns its requests into calls, the loader finds what to call.
The application is loaded in each worker, never in the master, so that a reload starts
from nothing.

In Gunicorn: app/wsgiapp.py.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import logging
import os
import time
from collections.abc import Sequence
from socket import socket

from httpserver.addresses import ListenError, listen, url_of
from httpserver.limits import Limits
from httpserver.logs import AccessLog, open_missing_streams, reopen_logs, set_up_error_log
from httpserver.master import Master, serve
from httpserver.messages import Handler
from httpserver.server import Server
from httpserver.worker import BootError
from wsgi import reloader
from wsgi.broken import broken_application
from wsgi.config import Config, parse_arguments
from wsgi.errors import LoadError
from wsgi.gateway import Application, Gateway
from wsgi.loader import load
from wsgi.static import with_static

logger = logging.getLogger("wsgi")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. The exit status: 0 after a stop by signal, 1 for an address that
    cannot be had, 2 for usage, 3 when the application cannot be loaded."""
    open_missing_streams()
    config = parse_arguments(argv)
    set_up_error_log(logging.WARNING)
    if config.chdir is not None:
        os.chdir(config.chdir)
    # `python -m wsgi` finds the application in this folder; so must every other way to start.
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        listeners = [listen(address, config.backlog) for address in config.bind]
    except ListenError as error:
        print(error, file=sys.stderr)
        return 1
    return run(config, listeners)


def run(config: Config, listeners: Sequence[socket]) -> int:
    """Serve on these sockets until a signal says stop; the exit status."""

    def make_server(listeners: Sequence[socket]) -> Server:
        return Server(
            make_handler(config, load_application(config)),
            listeners,
            limits=Limits(
                body=config.limit_body,
                keep_alive=config.keep_alive,
                graceful_timeout=config.graceful_timeout,
            ),
            threads=config.threads,
            access_log=AccessLog() if config.access_log else None,
        )

    def greet() -> None:
        print(f"Serving {config.application} with {describe(config)} at")
        print(*(f"  {url}/" for url in addresses), "Ctrl-C stops.", sep="\n", flush=True)

    addresses = [url_of(listener) for listener in listeners]
    master = Master(
        serve(make_server),
        listeners,
        config.workers,
        graceful_timeout=config.graceful_timeout,
        on_ready=greet,
        on_reopen=reopen_logs,
    )
    return master.run()


def load_application(config: Config) -> Application:
    """The application, or under --reload a stand-in that shows why it cannot be imported.

    Raises BootError, which ends the worker, for an application that is not there.
    """
    to_watch: set[str] = set()
    began = time.time()
    try:
        application = load(config.application)
    except LoadError as error:
        raise BootError(str(error)) from None
    except Exception as error:
        if not config.reload:
            raise
        logger.exception("%s cannot be imported", config.application)
        application = broken_application(error)
        to_watch = reloader.files_in_traceback(error)
    if config.reload:
        reloader.watch(to_watch, since=began)
    return application


def make_handler(config: Config, application: Application) -> Handler:
    """The gateway, with the folders of --static before it."""
    gateway = Gateway(
        application,
        script_name=config.script_name,
        multithread=config.threads > 1,
        multiprocess=config.workers > 1,
    )
    return with_static(gateway, config.static)


def describe(config: Config) -> str:
    workers = f"{config.workers} worker{'s' if config.workers > 1 else ''}"
    return f"{workers} of {config.threads} threads" if config.threads else workers


if __name__ == "__main__":
    sys.exit(main())
