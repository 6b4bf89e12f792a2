"""A head that never ends: how much of it does each of the two take?"""

import runpy
from pathlib import Path

from httpserver.connection import Connection
from httpserver.limits import Limits
from httpserver.messages import Response

FIRST = Path(__file__).parent.parent / "first" / "serve.py"
read_head = runpy.run_path(str(FIRST))["read_head"]
ENOUGH = 8 * 1024 * 1024


class EndlessClient:
    """As much of a socket as the first version needs."""

    taken = 0

    def recv(self, size: int) -> bytes:
        if self.taken >= ENOUGH:
            raise KeyboardInterrupt
        self.taken += size
        return b"x" * size


client = EndlessClient()
try:
    read_head(client)
except KeyboardInterrupt:
    print(f"first version: holds {client.taken} bytes and asks for more; we stop here")

for beginning in (b"x", b"GET / HTTP/1.1\r\nHost: a\r\nCookie: "):
    connection = Connection(Limits())
    step = connection.receive(beginning)
    taken = len(beginning)
    while step is None and taken < ENOUGH:
        step = connection.receive(b"x" * 1024)
        taken += 1024
    assert isinstance(step, Response)
    print(f"real server: {step.status} {step.reason} after {taken} bytes")
