"""A server on a thread of its own, and scripted servers to stand behind a proxy."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from httpserver import Server, listen


def read_all(sock: socket.socket) -> bytes:
    received = bytearray()
    while data := sock.recv(65536):
        received += data
    return bytes(received)


class Running:
    """A server on a thread of its own, with a log of (target, status, bytes of the body)."""

    def __init__(self, handler: Any, **options: Any) -> None:
        listener = listen("127.0.0.1:0")
        self.address = listener.getsockname()
        self.log: list[tuple[str, int, int]] = []
        self.server = Server(
            handler,
            [listener],
            access_log=lambda request, status, body_bytes, seconds: self.log.append(
                (request.target, status, body_bytes)
            ),
            **options,
        )
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}"

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.address, timeout=10)

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **fields: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request on a connection of its own: the response, and its body."""
        client = self.client()
        try:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            client.request(method, path, body, headers)
            response = client.getresponse()
            return response, response.read()
        finally:
            client.close()

    def raw(self, data: bytes) -> bytes:
        """Send these bytes; everything that comes until the server closes."""
        with self.connect() as sock:
            sock.sendall(data)
            return read_all(sock)

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def running(handler: Any, **options: Any) -> Iterator[Running]:
    server = Running(handler, **options)
    try:
        yield server
    finally:
        server.stop()


class Scripted:
    """A server that does with each connection what it is told to, one after the other."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = self.closed = 0
        self._script = script
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self._ends:
                return
            self.connections += 1
            with sock:
                sock.settimeout(10)
                try:
                    self._script(sock)
                except OSError:
                    pass
            self.closed += 1

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *details: object) -> None:
        self._ends = True
        try:
            socket.create_connection(self.listener.getsockname(), timeout=1).close()
        except OSError:
            pass
        self._thread.join(11)
        self.listener.close()


def read_head(sock: socket.socket) -> bytes:
    """A request up to its empty line, and what came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionResetError("the proxy closed")
        data += piece
    return data
