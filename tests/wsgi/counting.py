"""Clients that count: each request is either answered or listed as lost."""

import http.client
import socket
import threading
from dataclasses import dataclass
from types import TracebackType

from tests.processes import DEADLINE, wait_until

CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without an answer. `worker` is who answered the one before on its connection."""

    error: str
    worker: int | None  # None: the first of its connection


class Load:
    """Clients of an application that answers with its process id, until the `with` block ends.

    Every second one keeps its connection, the others make a new one for each request. None of
    them tries a request again.
    """

    def __init__(self, port: int, clients: int = CLIENTS) -> None:
        self.port = port
        self.answered = 0
        self.seen: set[int] = set()  # the workers that have answered
        self.lost: list[Lost] = []
        self._enough = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._keep_asking, args=(number % 2 == 0,))
            for number in range(clients)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        self.wait_more(CLIENTS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive(), "a client still waits for its answer"

    def wait_more(self, answers: int) -> None:
        wanted = self.answered + answers
        wait_until(lambda: self.answered >= wanted, f"{answers} more answers")

    def wait_new_workers(self, number: int) -> None:
        """Until so many have answered that had not answered before."""
        wanted = len(self.seen) + number
        wait_until(lambda: len(self.seen) >= wanted, f"{number} new workers")

    def _keep_asking(self, keep_alive: bool) -> None:
        fields = {} if keep_alive else {"Connection": "close"}
        connection, worker = self._connection(), None
        while not self._enough.is_set():
            try:
                connection.request("GET", "/", headers=fields)
                response = connection.getresponse()
                text = response.read()
                if response.status != 200:
                    raise OSError(f"{response.status}: {text!r}")
                worker = int(text)
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self._lock:
                    self.lost.append(Lost(repr(error), worker))
                connection.close()
                connection, worker = self._connection(), None
                self._enough.wait(0.01)
                continue
            with self._lock:
                self.answered += 1
                self.seen.add(worker)
            if response.will_close:
                worker = None  # http.client connects anew
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)


PIPELINED = 20
MIXED = (
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\n\r\n"
    b"POST /?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
) * PIPELINED
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def ask_many(port: int, requests: int) -> None:
    """Gets and posts, sixty and one on a connection, all of them answered."""
    each = 3 * PIPELINED + 1
    for _ in range(requests // each):
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
            client.sendall(MIXED + LAST)
            answers = b"".join(iter(lambda client=client: client.recv(65536), b""))
            assert answers.count(b"HTTP/1.1 200 OK") == each
