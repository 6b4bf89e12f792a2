"""`make run`: the full stack, serving the site; and the same on a learner's own functions."""

import argparse
import subprocess
import sys
from functools import partial

from httpserver.server import ListenError, listen
from lessons.database import database
from lessons.exercises.catalogue import Task
from lessons.exercises.commands import Desk
from lessons.exercises.serving import Served, layers_for_run
from lessons.exercises.trial import trouble_with
from lessons.site import prepare_database, set_up, static_locations
from wsgi.config import Config
from wsgi.service import run as run_gateway

THREADS = 8
PATIENCE = 2.0  # seconds for open requests at the end; a page that listens to progress never ends


def serve(host: str, port: str, which: str) -> int:
    """Make the database ready, then serve until Ctrl-C. The exit status."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        # First of all, so that a port in use is said before anything is made.
        listeners = [listen(address)]
    except ListenError as error:
        print(error, f"\nAnother port: make run PORT={other(port)}", sep="", file=sys.stderr)
        return 1
    with database(which) as url:
        if which == "postgres":
            print(f"Its URL, for other programs while this runs: '{url}'")
        set_up()
        say_what_was_made(*prepare_database())
        config = Config(
            application="lessons.wsgi:application",
            bind=(address,),
            threads=THREADS,
            timeout=0.0,  # a request may be held for as long as a learner looks at it
            graceful_timeout=PATIENCE,
            static=tuple(static_locations()),
        )
        return run_gateway(config, listeners)


def say_what_was_made(applied: list[str], added: int) -> None:
    if applied:
        print(f"Made the tables, by {' and '.join(applied)}.")
    if added:
        print(f"Asked {added} questions to vote on.")


def other(port: str) -> int:
    return int(port) + 1 if port.isdigit() and int(port) < 65535 else 9000


def _layers(as_is: bool, desk: Desk) -> Served:
    """The learner's layers, without what keeps the site from answering a request."""
    workspace = desk.workspace
    record = partial(desk.record, workspace)
    left_out: list[Task] = []
    with desk.out.patience("Still waiting: your functions are tried on the site ..."):
        served = layers_for_run(workspace, as_is, record=record)
        while served.theirs and not as_is:
            trouble = trouble_with(served)
            if trouble is None:
                break
            # One more round without those in the traceback; where it names none, or was
            # wrong, without all.
            known = trouble.guilty if trouble.guilty and not left_out else served.theirs
            left_out += known
            names = ", ".join(task.slug for task in known)
            where = " (in its traceback)" if known == trouble.guilty else ""
            desk.out.complain(
                f"The tests are green, and yet the site did not answer GET / with your functions:"
                f" {trouble.why}. So the real ones are served for {names}{where}."
            )
            served = layers_for_run(workspace, record=record, without=left_out)
    return served


def serve_workspace(options: argparse.Namespace, desk: Desk) -> int:
    """`lessons run`: the site in a process in which the learner's layers are the layers."""
    served = _layers(options.as_is, desk)
    if served.problem:
        desk.out.complain(served.problem)
    yours = ", ".join(task.slug for task in served.theirs) or "none yet"
    desk.out.say(f"Your functions: {yours}.")
    if served.real:
        ours = ", ".join(task.slug for task in served.real)
        desk.out.say(f"The real ones, until yours do it: {ours}.")
    arguments = ("--host", options.host, "--port", options.port, "--database", options.database)
    command, env = served.command("serve", *arguments)
    process = subprocess.Popen(command, env=env)
    try:
        return process.wait()
    except KeyboardInterrupt:  # Ctrl-C reached the server as well: let it end in order
        return process.wait()
