"""`make run`: the full stack, serving the site; and the same on a learner's own functions."""

import argparse
import subprocess
import sys

from httpserver.server import ListenError, listen
from lessons.database import database
from lessons.exercises.commands import Desk
from lessons.exercises.serving import layers_for_run
from lessons.site import prepare_database, set_up, static_locations
from wsgi.__main__ import run as run_gateway
from wsgi.config import Config

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
    with database(which):
        set_up()
        made, added = prepare_database()
        say_what_was_made(which, made, added)
        config = Config(
            application="lessons.wsgi:application",
            bind=(address,),
            threads=THREADS,
            graceful_timeout=PATIENCE,
            static=tuple(static_locations()),
        )
        return run_gateway(config, listeners)


def say_what_was_made(which: str, made: list[str], added: int) -> None:
    if made:
        print(f"Made {len(made)} tables: {', '.join(made)}.")
    if added:
        print(f"Asked {added} questions to vote on.")


def other(port: str) -> int:
    return int(port) + 1 if port.isdigit() and int(port) < 65535 else 9000


def serve_workspace(options: argparse.Namespace, desk: Desk) -> int:
    """`lessons run`: the site in a process in which the learner's layers are the layers."""
    served = layers_for_run(desk.workspace, options.as_is)
    if served.problem:
        desk.out.complain(served.problem)
    yours = ", ".join(task.slug for task in served.theirs) or "none yet"
    desk.out.say(f"Your functions: {yours}.")
    if served.real:
        ours = ", ".join(task.slug for task in served.real)
        desk.out.say(f"The real ones, until yours are green: {ours}.")
    arguments = ("--host", options.host, "--port", options.port, "--database", options.database)
    command, env = served.command("serve", *arguments)
    process = subprocess.Popen(command, env=env)
    try:
        return process.wait()
    except KeyboardInterrupt:  # Ctrl-C reached the server as well: let it end in order
        return process.wait()
