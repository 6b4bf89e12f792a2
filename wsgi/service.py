"""The master of an application's workers: what each signal means for the plan that is served.

Beside the trip. The processes are httpserver's; here is what is said to them of an application:
the plan at the start, another one at a reload, whose the log files are, who has the pid file.

In Gunicorn: arbiter.py, where it speaks of its `app` and its pid file.
"""

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from socket import socket

from httpserver.addresses import listen_at, stop_listening, url_of
from httpserver.logs import reopen_logs
from httpserver.master import Generation, Master
from httpserver.worker import Worker
from wsgi.config import DEFAULT_BIND, Config
from wsgi.pidfile import PidFile
from wsgi.serving import Plan, load_hook, visit

logger = logging.getLogger("wsgi")


def run(
    config: Config, listeners: Sequence[socket], reread: Callable[[], Config] | None = None
) -> int:
    """Serve on these sockets until a signal says stop; the exit status.

    `reread` gives the settings as they are now, at a reload; without it they stay. Those of the
    master itself (its logs, its pid file, the timeouts) stay in any case. Raises what `Plan` does,
    and PidFileError.
    """
    try:
        service = Service(config, listeners, reread)
    except BaseException:
        for listener in listeners:
            stop_listening(listener)
        raise
    return service.run()


class Service:
    """One family of processes around one application."""

    def __init__(
        self,
        config: Config,
        listeners: Sequence[socket],
        reread: Callable[[], Config] | None,
    ) -> None:
        self._config = config  # of the start, which holds for the master
        self._listeners = listeners
        self._reread = reread
        self._plans = [Plan(config)]  # the one that is served; the next while it is tried
        self._served: Plan | None = None  # in a worker: the one that it was made of
        self._pid = os.getpid()
        with visit(config):
            self._when_ready = load_hook("when_ready", config)
        self._pid_file = PidFile(config.pid) if config.pid else None
        if self._pid_file:
            self._pid_file.write()
        self._master = Master(
            self._generation(self._plans[0], listeners).run_worker,
            listeners,
            config.workers,
            graceful_timeout=config.graceful_timeout,
            timeout=config.timeout,
            on_ready=self._greet,
            on_reload=self._reload,
            on_reopen=self._reopen,
            on_upgrade=self._pid_file.step_aside if self._pid_file else None,
            on_upgrade_failed=self._pid_file.come_back if self._pid_file else None,
            worker_exit=self._leave,
        )

    def run(self) -> int:
        try:
            return self._master.run()
        finally:
            if self._pid_file:
                self._pid_file.remove()

    def _generation(self, plan: Plan, listeners: Sequence[socket]) -> Generation:
        plan.give_files(listeners)
        return Generation(partial(self._run_worker, plan), listeners, plan.config.workers)

    # --- In a worker ---

    def _run_worker(self, plan: Plan, worker: Worker) -> None:
        self._served = plan
        plan.run_worker(worker, self._master)

    def _leave(self, worker: Worker) -> None:
        if self._served is not None:  # else it was told to go before it had come
            self._served.leave(self._master, worker)

    # --- In the master ---

    def _greet(self) -> None:
        with suppress(OSError):  # nobody reads it any more, and who waits for the hook waits still
            print(f"Serving {self._config.application} with {describe(self._config)} at")
            print(*(f"  {url}" for url in urls_of(self._plans[0], self._listeners)), sep="\n")
            print("Ctrl-C stops.", flush=True)
        with visit(self._config):
            self._when_ready(self._master)

    def _reload(self) -> Generation:
        before = self._plans[-1]
        plan = Plan(self._reread(), before=before) if self._reread else before
        listeners = listen_as(plan.config, self._master.listeners)
        new = [listener for listener in listeners if listener not in self._master.listeners]
        for url in urls_of(plan, new):
            logger.info("listening at %s", url)
        generation = self._generation(plan, listeners)
        self._plans = [before, plan]
        return generation

    def _reopen(self) -> None:
        """Called in each worker, too, whose log files are there by then."""
        if os.getpid() == self._pid:
            for plan in self._plans:
                plan.give_files()
        reopen_logs()


def listen_as(config: Config, kept: Sequence[socket]) -> list[socket]:
    """The sockets that are asked for; without --bind those that are there, if any."""
    if kept and not config.bind:
        return list(kept)
    modes = {} if config.umask is None else dict.fromkeys(config.bind, 0o666 & ~config.umask)
    return listen_at(config.bind or [DEFAULT_BIND], kept, backlog=config.backlog, modes=modes)


def urls_of(plan: Plan, listeners: Sequence[socket]) -> list[str]:
    urls = [url_of(listener, "https" if plan.context else "http") for listener in listeners]
    return [url if url.startswith("unix:") else f"{url}/" for url in urls]


def describe(config: Config) -> str:
    workers = f"{config.workers} worker{'s' if config.workers > 1 else ''}"
    threads = f"{config.threads} thread{'s' if config.threads > 1 else ''}"
    return f"{workers} of {threads}" if config.threads else workers
