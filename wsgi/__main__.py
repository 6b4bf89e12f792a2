"""`python -m wsgi MODULE:APP`: a server process family around an application.

It puts three pieces together and adds none: the sockets and the processes are
httpserver's, the gateway turns its requests into calls, the loader finds what to call.

In Gunicorn: app/wsgiapp.py.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket

from httpserver.addresses import (
    ListenError,
    inherited_listeners,
    listen_at,
    stop_listening,
    url_of,
)
from httpserver.logs import open_missing_streams, reopen_logs, set_up_error_log
from httpserver.master import BOOT_FAILED, BootError, Generation, Master
from httpserver.settings import ConfigError
from httpserver.tls import CertificateError
from httpserver.worker import Worker
from wsgi.config import DEFAULT_BIND, Config
from wsgi.options import as_toml, parse_arguments, read_options
from wsgi.pidfile import PidFile, PidFileError
from wsgi.rights import RightsError
from wsgi.serving import Plan, enter, import_first_from, load_hook

HOOKS = ("when_ready", "post_fork", "worker_exit")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. The exit status: 0 after a stop by signal, 1 for what cannot be had (an
    address, a file), 2 for usage, 3 when the application cannot be loaded."""
    open_missing_streams()
    folder, environ = Path.cwd(), dict(os.environ)  # as they are now, for a reload
    try:
        config, check, show = parse_arguments(argv, environ, folder)
        if show:
            print(as_toml(config), end="")
            return 0
        error_log = None if config.error_log == "-" else config.error_log
        set_up_error_log(config.log_level.upper(), path=error_log)
        # `python -m wsgi` finds the application in this folder; so must every other way to start.
        import_first_from(str(folder))
        if check:
            return check_all(config)
        if config.umask is not None:
            os.umask(config.umask)
        listeners = listen_as(config, inherited_listeners())
        return run(config, listeners, lambda: read_options(argv, environ, folder).config)
    except BootError as error:
        print(error, file=sys.stderr)
        return BOOT_FAILED
    except (ConfigError, ListenError, CertificateError, PidFileError, RightsError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'wsgi'}: {error.strerror or error}", file=sys.stderr)
    return 1


def check_all(config: Config) -> int:
    """--check-config: all that a start would do, but serving. Raises what a start would raise."""
    plan = Plan(config)
    enter(config)
    for name in HOOKS:
        load_hook(name, config)
    plan.load_application()
    print(f"{config.application}: all is well")
    return 0


def listen_as(config: Config, kept: Sequence[socket]) -> list[socket]:
    """The sockets that are asked for; without --bind those that are there, if any."""
    if kept and not config.bind:
        return list(kept)
    modes = {} if config.umask is None else dict.fromkeys(config.bind, 0o666 & ~config.umask)
    return listen_at(config.bind or [DEFAULT_BIND], kept, backlog=config.backlog, modes=modes)


def run(
    config: Config, listeners: Sequence[socket], reread: Callable[[], Config] | None = None
) -> int:
    """Serve on these sockets until a signal says stop; the exit status.

    `reread` gives the settings as they are now, at a reload; without it they stay. Those of the
    master itself (its logs, its pid file, the timeouts) stay in any case. Raises what `Plan` does,
    and PidFileError.
    """
    served: Plan  # in a worker: the one that it was made of
    own_pid, folder = os.getpid(), os.getcwd()
    pid_file = PidFile(config.pid) if config.pid else None

    def generation(plan: Plan, sockets: Sequence[socket]) -> Generation:
        def run_worker(worker: Worker) -> None:
            nonlocal served
            served = plan
            plan.run_worker(worker, master)

        plan.give_files(sockets)
        return Generation(run_worker, sockets, plan.config.workers)

    def reload() -> Generation:
        if reread is None:
            return first
        new = Plan(reread(), before=plan)
        return generation(new, listen_as(new.config, master.listeners))

    def greet() -> None:
        scheme = "https" if plan.context else "http"
        urls = [url_of(listener, scheme) for listener in listeners]
        print(f"Serving {config.application} with {describe(config)} at")
        print(*(f"  {url}/" if "://" in url else f"  {url}" for url in urls), sep="\n")
        print("Ctrl-C stops.", flush=True)
        when_ready(master)

    def reopen() -> None:
        if os.getpid() == own_pid:
            plan.give_files()  # before the workers are told
        reopen_logs()

    def upgrade() -> None:
        os.chdir(folder)  # the command line is to mean what it meant
        if pid_file:
            pid_file.step_aside()

    try:
        plan = Plan(config)
        if config.when_ready:
            enter(config)
        when_ready = load_hook("when_ready", config)
        if pid_file:
            pid_file.write()
    except BaseException:
        for listener in listeners:
            stop_listening(listener)
        raise
    first = generation(plan, listeners)
    master = Master(
        first.run_worker,
        listeners,
        config.workers,
        graceful_timeout=config.graceful_timeout,
        timeout=config.timeout,
        on_ready=greet,
        on_reload=reload,
        on_reopen=reopen,
        on_upgrade=upgrade,
        on_upgrade_failed=pid_file.come_back if pid_file else None,
        worker_exit=lambda worker: served.leave(master, worker),
    )
    try:
        return master.run()
    finally:
        if pid_file:
            pid_file.remove()


def describe(config: Config) -> str:
    workers = f"{config.workers} worker{'s' if config.workers > 1 else ''}"
    return f"{workers} of {config.threads} threads" if config.threads else workers


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the master heard it
        sys.exit(130)
