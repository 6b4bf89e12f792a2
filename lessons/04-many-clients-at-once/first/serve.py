"""A web server with a thread for each client, in two processes that are replaced when they end."""

import os
import socket
import sys
import threading
import time

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n"
WORKERS = 2


class Stream:
    """What a client sends, taken off in pieces whose end we know."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.buffer = b""

    def take(self, length: int) -> bytes:
        while len(self.buffer) < length:
            self.receive()
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def take_until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            self.receive()
        taken, _, self.buffer = self.buffer.partition(end)
        return taken

    def receive(self) -> None:
        data = self.client.recv(65536)
        if not data:
            raise ConnectionError("the client left")
        self.buffer += data


def parse(head: str) -> tuple[str, str, dict[str, str]]:
    request_line, *lines = head.splitlines()
    method, target, _version = request_line.split()
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return method, target, fields


def read_body(stream: Stream, fields: dict[str, str]) -> bytes:
    if fields.get("transfer-encoding") != "chunked":
        return stream.take(int(fields.get("content-length", "0")))
    body = b""
    while size := int(stream.take_until(b"\r\n"), 16):
        body += stream.take(size)
        stream.take_until(b"\r\n")  # each chunk ends in one
    stream.take_until(b"\r\n")  # and so does the whole
    return body


def page(method: str, target: str, body: bytes) -> str:
    if target == "/report":
        time.sleep(0.5)  # it asks a database, or another server
    text = body.decode("latin-1")
    return f"<h1>{target}</h1> by {method}, body: {text!r}, from process {os.getpid()}\n"


def answer(stream: Stream) -> bool:
    """Read one request and answer it; whether another may follow."""
    method, target, fields = parse(stream.take_until(b"\r\n\r\n").decode("latin-1"))
    text = page(method, target, read_body(stream, fields))
    stream.client.sendall((HEAD.format(length=len(text)) + text).encode("latin-1"))
    return fields.get("connection") != "close"


def converse(client: socket.socket) -> None:
    """A thread: one client, from the first request to the last."""
    with client:
        try:
            stream = Stream(client)
            while answer(stream):
                pass
        except ConnectionError:
            pass  # it left, which is the usual end
        except (LookupError, ValueError) as error:
            print("gave up on a client:", error, flush=True)


def work(listener: socket.socket) -> None:
    """A process: whoever comes gets a thread."""
    while True:
        client, _address = listener.accept()
        threading.Thread(target=converse, args=[client], daemon=True).start()


def start_worker(listener: socket.socket) -> None:
    if os.fork() == 0:  # from here on there are two of us, and this one is the child
        try:
            work(listener)
        finally:
            os._exit(1)


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    listener = socket.create_server(("127.0.0.1", port))
    print(f"Serving at http://127.0.0.1:{port}/", flush=True)
    try:
        for _ in range(WORKERS):
            start_worker(listener)
        while True:
            os.wait()  # until a worker ends
            start_worker(listener)
    except KeyboardInterrupt:
        print("\nStopped.")


if __name__ == "__main__":
    main()
