"""`python -m httpserver DIR`: serve a folder.

Step 1 of the trip on its own, with nothing above it. In Python: `python -m http.server`.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import logging
from collections.abc import Sequence
from socket import socket

from httpserver.addresses import ListenError, listen, url_of
from httpserver.logs import AccessLog, set_up_error_log
from httpserver.master import Master, serve
from httpserver.server import Server
from httpserver.static import StaticFiles

DEFAULT_ADDRESS = "127.0.0.1:8080"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, 1 for what went wrong, 2 for usage."""
    options = _parser().parse_args(argv)
    set_up_error_log(logging.WARNING)
    try:
        files = StaticFiles(options.dir, listing=options.listing)
        listeners = [listen(address) for address in options.listen or [DEFAULT_ADDRESS]]
    except (ListenError, NotADirectoryError) as error:
        print(error, file=sys.stderr)
        return 1
    return _run(files, listeners, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m httpserver",
        description="Serve the files of a folder over HTTP/1.1: ranges, validators, sendfile.",
        epilog="Ctrl-C stops at once; SIGTERM finishes what is in flight; SIGHUP renews workers.",
    )
    parser.add_argument(
        "dir", nargs="?", default=".", metavar="DIR", help="the folder (default: this one)"
    )
    parser.add_argument(
        "--listen",
        action="append",
        metavar="ADDRESS",
        help=f"HOST:PORT, [IPV6]:PORT, PORT or unix:PATH; repeatable (default: {DEFAULT_ADDRESS})",
    )
    parser.add_argument(
        "--workers",
        type=_Count(1),
        default=1,
        metavar="N",
        help="processes that serve (default: 1)",
    )
    parser.add_argument(
        "--threads",
        type=_Count(0),
        default=0,
        metavar="N",
        help="threads in each, for slow disks; 0 answers in the event loop (default: 0)",
    )
    parser.add_argument(
        "--no-listing",
        dest="listing",
        action="store_false",
        help="do not show what is in a folder that has no index.html",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no line for each request, no word at start and end"
    )
    return parser


class _Count:
    """An argument that is a whole number, `least` or more."""

    def __init__(self, least: int) -> None:
        self._least = least

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or int(text) < self._least:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number of at least {self._least}"
            )
        return int(text)


def _run(files: StaticFiles, listeners: Sequence[socket], options: argparse.Namespace) -> int:
    def make_server(listeners: Sequence[socket]) -> Server:
        access_log = None if options.quiet else AccessLog()
        return Server(files, listeners, threads=options.threads, access_log=access_log)

    def say(*lines: str) -> None:
        if not options.quiet:
            print(*lines, sep="\n", flush=True)

    def greet() -> None:
        urls = [url_of(listener) for listener in listeners]
        lines = [f"  {url}/" if url.startswith("http") else f"  {url}" for url in urls]
        say(f"Serving {files.root} at", *lines, "Ctrl-C stops.")

    master = Master(serve(make_server), listeners, options.workers, on_ready=greet)
    status = master.run()
    say("\nStopped.")
    return status


if __name__ == "__main__":
    sys.exit(main())
