"""From the settings to a server with an application: what is made in the master, what in a worker.

Before step 2 of the trip. The master makes a `Plan`, and so finds out what cannot work (a key
that does not fit, a user that is not there) before anything serves, and at a reload while the old
workers go on. The workers are forked and make their servers of it; the application is loaded
there, so that a reload starts from nothing.

In Gunicorn: app/base.py, workers/base.py.
"""

import logging
import os
import random
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from httpserver.limits import KIB, Limits
from httpserver.logs import AccessLog
from httpserver.messages import (
    Handler,
    HeaderFieldsTooLarge,
    Request,
    Response,
    Upstream,
    error_response,
)
from httpserver.server import Listener, Server
from httpserver.tls import Certificate, tls_context
from httpserver.worker import BootError, Worker, serve, within_files
from wsgi import reloader
from wsgi.access_format import Remembering, compile_format, names_answer
from wsgi.broken import Trouble, broken_application, with_trouble
from wsgi.config import Config
from wsgi.error_stream import error_stream
from wsgi.errors import LoadError
from wsgi.forwarded import Trust
from wsgi.gateway import Application, Gateway
from wsgi.loader import find, forget, import_module, load
from wsgi.rights import give_log, identity
from wsgi.static import with_static

logger = logging.getLogger("wsgi")


class Plan:
    """What a configuration says, ready to be served. `before` is the plan whose place it takes.

    Raises CertificateError for files that are none, RightsError for a user that we may not
    become, OSError for a log that cannot be written, and BootError under --preload.
    """

    def __init__(self, config: Config, before: "Plan | None" = None) -> None:
        self.config = config
        self.context = None
        if config.certfile:
            key = config.keyfile or config.certfile
            self.context = tls_context(Certificate(str(config.certfile), str(key)))
        self.identity = identity(config.user, config.group)
        self.access_log = access_log(config)
        self.errors: TextIO | None = None
        if before is not None:
            self.errors = before.errors  # where the error log goes on, which is the master's
        elif config.error_log != "-":
            self.errors = error_stream(config.error_log)
        self.trouble: Trouble | None = None
        self.preloaded: Application | None = None
        self._worker_exit: Callable[..., object] = no_hook
        if config.reload:
            self.trouble = (before and before.trouble) or Trouble()
        if config.preload:
            self.preloaded = before.preloaded if before is not None else self._preload()

    def give_files(self, listeners: Iterable[socket.socket] = ()) -> None:
        """What the master makes is theirs, whom the workers become: a web server of theirs
        connects to Unix sockets, and USR1 has each worker open the logs anew, which may lie in
        a folder of root's."""
        if self.identity is None:
            return
        for log in (self.config.access_log, self.config.error_log):
            if log and log != "-":
                give_log(log, self.identity)
        for listener in listeners:
            path = listener.getsockname() if listener.family == socket.AF_UNIX else ""
            # There is none of an abstract name (systemd's @NAME), nor where somebody removed it.
            if os.path.lexists(path) and stat.S_ISSOCK(os.lstat(path).st_mode):
                os.chown(path, self.identity.uid, self.identity.gid, follow_symlinks=False)

    # --- In the worker ---

    def run_worker(self, worker: Worker, master: object) -> None:
        """What `Master` runs in each worker process. The hook post_fork has the rights of the
        master still; all that follows has not."""
        enter(self.config)
        # Both now: a slip of the pen is not to be found when the first worker ends.
        post_fork = load_hook("post_fork", self.config)
        self._worker_exit = load_hook("worker_exit", self.config)
        post_fork(master, worker)
        if self.identity:
            self.identity.become()
        serve(self.make_server)(worker)

    def leave(self, master: object, worker: Worker) -> None:
        """The last that a worker does."""
        self._worker_exit(master, worker)

    def make_server(self, sockets: Sequence[socket.socket]) -> Server:
        config = self.config
        handler = make_handler(config, self.load_application(), self.errors)
        jitter = random.randint(0, config.max_requests_jitter)  # noqa: S311
        return Server(
            handler,
            [Listener(each, handler, self.context) for each in sockets],
            limits=limits_of(config),
            threads=config.threads,
            access_log=self.access_log,
            max_requests=config.max_requests and config.max_requests + jitter,
            timeout=config.timeout,
        )

    def load_application(self) -> Application:
        """The application, or under --reload a stand-in that shows why it cannot be imported.

        Raises BootError, which ends the worker, for an application that is not there.
        """
        if self.preloaded is not None:
            return self.preloaded
        if self.trouble is None:
            return self._load()
        began = time.time()
        application = self._load_or_tell(self.trouble)
        reloader.watch(self.trouble.files, since=began)
        return application

    def _preload(self) -> Application:
        with visit(self.config):
            return self._load()

    def _load(self) -> Application:
        try:
            return load(self.config.application)
        except LoadError as error:
            raise BootError(str(error)) from None
        except Exception:
            logger.exception("%s cannot be imported", self.config.application)
            raise BootError("no application, no worker") from None

    def _load_or_tell(self, trouble: Trouble) -> Application:
        """Where an old worker goes on with what it has, a new one that failed ends, and the old
        one shows the error."""
        try:
            application = load(self.config.application)
        except Exception as error:
            trouble.report(error)
            if isinstance(error, LoadError):
                raise BootError(str(error)) from None
            logger.exception("%s cannot be imported", self.config.application)
            if trouble.somebody_serves():
                raise BootError(
                    "pages show it, all else is answered by the code of before"
                ) from None
            return broken_application(error)
        trouble.clear()
        return with_trouble(application, trouble)


def enter(config: Config) -> None:
    """Go where the application is, with its environment: its imports find what lies there."""
    for variable in config.env:
        key, _, value = variable.partition("=")
        os.environ[key] = value
    folders = [str(folder) for folder in config.pythonpath]
    if config.chdir is not None:
        os.chdir(config.chdir)
        folders.insert(0, str(config.chdir))
    for folder in reversed(folders):
        import_first_from(folder)


def import_first_from(folder: str) -> None:
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)


@contextmanager
def visit(config: Config) -> Iterator[None]:
    """`enter`, for the master, which comes back: what stayed with it, all later workers would
    inherit, and a reload could not renew. So the application's modules are forgotten that were
    imported meanwhile, but under --preload, whose purpose they are.
    """
    folder, search, environ = os.getcwd(), sys.path.copy(), os.environ.copy()
    modules = sys.modules.copy()
    try:
        enter(config)
        yield
    finally:
        os.chdir(folder)
        sys.path[:] = search
        for name in [variable.partition("=")[0] for variable in config.env]:
            os.environ.pop(name, None)
            os.environ.update({name: environ[name]} if name in environ else {})
        if not config.preload:
            # Among them one in the place of ours: an application may be called `wsgi`.
            forget([name for name, each in sys.modules.items() if each is not modules.get(name)])


def no_hook(*about: object) -> None:
    """What is called where nothing is set."""


def load_hook(name: str, config: Config) -> Callable[..., object]:
    """The function of a hook. Raises BootError where it is not there."""
    spelling = getattr(config, name)
    if spelling is None:
        return no_hook
    module, _, attribute = spelling.partition(":")
    option = f"--{name.replace('_', '-')}"
    try:
        found = find(import_module(module), attribute)
    except LoadError as error:
        raise BootError(f"{option}: {error}") from None
    if not callable(found):
        raise BootError(f"{option}: {spelling} is {found!r}, which cannot be called")
    hook: Callable[..., object] = found
    return hook


def make_handler(config: Config, application: Application, errors: TextIO | None = None) -> Handler:
    """The gateway, with the folders of --static before it.

    Under Gunicorn an environment variable says where the application is mounted.
    """
    trust = Trust(config.forwarded_allow_ips)
    handler: Handler = Gateway(
        application,
        script_name=config.script_name or os.environ.get("SCRIPT_NAME", "").rstrip("/"),
        multithread=config.threads > 1,
        multiprocess=config.workers > 1,
        errors=errors,
        trust=trust,
        strict=config.strict,
    )
    handler = with_static(handler, config.static)
    if config.access_log and names_answer(config.access_log_format):
        handler = Remembering(handler)
    return Gatekeeper(handler, trust, config.limit_request_field_size)


class Gatekeeper:
    """A handler that looks at each request when its head is there, before the body comes.

    Who the client is it asks a proxy that is trusted, so that every log knows the client by one
    name, whoever answers: the gateway, a file, a refusal. Refused are fields that are longer
    than `most` bytes (0: no matter).
    """

    def __init__(self, handler: Handler, trust: Trust, most: int) -> None:
        self._handler, self._trust, self._most = handler, trust, most

    def admit(self, request: Request) -> Response | None:
        fields = request.headers.by_name
        if "x-forwarded-for" in fields or "x-forwarded-proto" in fields:
            self._trust.correct(request)
        if self._most:
            for name, value in request.headers.items():
                if len(name) + len(value) > self._most:
                    return error_response(
                        HeaderFieldsTooLarge.status, f"A field is longer than {self._most} bytes."
                    )
        return None

    def __call__(self, request: Request) -> Response | Upstream:
        return self._handler(request)


def limits_of(config: Config) -> Limits:
    limits = Limits(
        request_line=config.limit_request_line,
        fields=config.limit_request_fields,
        head=max(64 * KIB, config.limit_request_field_size + config.limit_request_line),
        body=config.limit_body,
        keep_alive=config.keep_alive,
        graceful_timeout=config.graceful_timeout,
        connections=config.worker_connections,
    )
    return within_files(limits)


def access_log(config: Config) -> AccessLog | None:
    if config.access_log is None:
        return None
    path = None if config.access_log == "-" else config.access_log
    return AccessLog(path=path, form=compile_format(config.access_log_format))
