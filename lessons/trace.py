"""`python -m lessons trace /polls/`: send one real request through the real stack, and show it.

The server, the gateway and the application run in this process, on a real socket of its
own; the request comes from the standard library's client. Nothing is simulated.
"""

import http.client
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from httpserver.server import Server, listen
from lessons.site import make_handler
from lessons.xray.record import Record
from lessons.xray.recorder import Recorder
from lessons.xray.report import report

PATIENCE = 30.0  # seconds for the whole trip


@dataclass(frozen=True)
class Question:
    """The request to send."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def form(target: str, fields: Sequence[str]) -> Question:
    """A POST of `name=value` fields, with the token that a browser would have from the page.

    The CSRF check compares the token in the form with the one in the cookie, and a
    browser has both once it has shown the form: any secret will do, as long as both
    carry the same.
    """
    secret = secrets.token_hex(16)
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in fields)]
    pairs.append(("csrfmiddlewaretoken", secret))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={secret}",
    }
    return Question("POST", target, headers, urlencode(pairs).encode())


def trace(question: Question) -> tuple[Record, int]:
    """Send it, and wait until the last byte is out. The record, and the status."""
    done = threading.Event()
    records: list[Record] = []

    def keep(record: Record) -> None:
        records.append(record)
        done.set()

    server = Server(make_handler(), [listen("127.0.0.1:0")], threads=1)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    try:
        address = server.addresses[0].removeprefix("http://")
        # The very first request imports the URLs and the views. That happens once in the
        # life of a worker and would stand in the record of every trip.
        ask(address, Question("GET", "/"))
        with Recorder(on_done=keep):
            status = ask(address, question)
            if not done.wait(PATIENCE):
                raise TimeoutError(f"the answer to {question.target} did not end")
    finally:
        server.stop()
        thread.join()
    return records[0], status


def ask(address: str, question: Question) -> int:
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    try:
        headers = {"Connection": "close", "User-Agent": "glasstack-trace", **question.headers}
        # As a browser does: what may not stand in a request line is percent-encoded.
        target = quote(question.target, safe="/?&=+%:;,@!$'()*~[]")
        connection.request(question.method, target, question.body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def show(question: Question, colour: bool) -> int:
    record, status = trace(question)
    print(f"{question.method} {question.target} -> {status}")
    print(report(record, colour=colour))
    return 0 if status < 500 else 1


def wants_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
