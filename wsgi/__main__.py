"""`python -m wsgi MODULE:APP`: a server process family around an application.

It puts three pieces together and adds none: the sockets and the processes are
httpserver's, the gateway turns its requests into calls, the loader finds what to call.

In Gunicorn: app/wsgiapp.py.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import os
from collections.abc import Sequence
from pathlib import Path

from httpserver.addresses import ListenError, inherited_listeners
from httpserver.logs import open_missing_streams, set_up_error_log
from httpserver.settings import ConfigError
from httpserver.tls import CertificateError
from httpserver.worker import BOOT_FAILED, BootError
from wsgi.config import Config
from wsgi.options import as_toml, parse_arguments, read_options
from wsgi.pidfile import PidFileError
from wsgi.rights import RightsError
from wsgi.service import listen_as, run
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
        if config.umask is not None:
            os.umask(config.umask)
        error_log = None if config.error_log == "-" else config.error_log
        set_up_error_log(config.log_level.upper(), path=error_log)
        # `python -m wsgi` finds the application in this folder; so must every other way to start.
        import_first_from(str(folder))
        if check:
            return check_all(config)
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
    if plan.identity:
        plan.identity.become()  # what is found is to be what a worker would find
    plan.load_application()
    print(f"{config.application}: all is well")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the master heard it
        sys.exit(130)
