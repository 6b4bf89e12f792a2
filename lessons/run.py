"""`make run`: the full stack, serving the site."""

import sys

from httpserver.server import ListenError, listen
from lessons.database import database
from lessons.site import prepare_database, set_up, static_locations
from wsgi.__main__ import run as run_gateway
from wsgi.config import Config

THREADS = 8


def run(host: str, port: str, which: str) -> int:
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
