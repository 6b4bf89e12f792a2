"""The same request in pieces of every size gives the same `Request`."""

from httpserver.connection import Connection
from httpserver.limits import Limits
from httpserver.messages import Request

DATA = b"GET /polls/?page=2 HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nACCEPT: */*\r\n\r\n"

seen = set()
for size in range(1, len(DATA) + 1):
    connection = Connection(Limits())
    for start in range(0, len(DATA), size):
        step = connection.receive(DATA[start : start + size])
    assert isinstance(step, Request)
    seen.add((step.method, step.path, step.query, step.headers["accept"]))
print(f"Pieces of 1 to {len(DATA)} bytes, {len(seen)} result: {seen}")
