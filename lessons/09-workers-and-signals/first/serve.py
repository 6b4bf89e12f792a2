"""A master and its workers, which call an application of PEP 3333; HUP renews them."""

import importlib
import io
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any
from urllib.parse import unquote

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
NAME = sys.argv[2]  # MODULE:ATTRIBUTE
ROOT = os.path.realpath(sys.argv[3] if len(sys.argv) > 3 else ".")
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
RANGE = re.compile(r"bytes=(\d+)-(\d*)")

PATIENCE = 0.5  # seconds that a client may be silent
MOST = 4  # connections of one address at a time

Answer = tuple[str, dict[str, str], bytes]  # status, fields, body
Environ = dict[str, Any]

WORKERS = 2

applications: list[Callable[..., Any]] = []  # the one that this worker has loaded
workers: set[int] = set()  # the master's children, by process id
connected: list[str] = []  # the address of each connection that is open


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


def locate(target: str) -> str | None:
    """The file that is meant, or None where that is none below ROOT."""
    path = os.path.normpath(ROOT + unquote(target.partition("?")[0]))
    if os.path.isdir(path):
        path += "/index.html"
    return path if path.startswith(ROOT + "/") and os.path.isfile(path) else None


def files(client: str, method: str, target: str, fields: dict[str, str], body: bytes) -> Answer:
    path = locate(target)
    if path is None:
        return "404 Not Found", {"Content-Type": "text/html"}, b"<h1>Not found</h1>\n"
    with open(path, "rb") as file:
        content = file.read()
        etag = f'"{os.fstat(file.fileno()).st_mtime_ns:x}"'
    content_type = TYPES.get(os.path.splitext(path)[1], "application/octet-stream")
    told = {"Content-Type": content_type, "ETag": etag}
    if fields.get("if-none-match") == etag:
        return "304 Not Modified", told, content
    if asked := RANGE.fullmatch(fields.get("range", "")):
        part = content[int(asked[1]) : int(asked[2] or len(content)) + 1]
        if part:
            last = int(asked[1]) + len(part) - 1
            told["Content-Range"] = f"bytes {asked[1]}-{last}/{len(content)}"
            return "206 Partial Content", told, part
    return "200 OK", told, content


def build_environ(
    client: str, method: str, target: str, fields: dict[str, str], body: bytes
) -> Environ:
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(PORT),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in fields.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
    return environ


def gateway(client: str, method: str, target: str, fields: dict[str, str], body: bytes) -> Answer:
    """Call the application, and put together what it says."""
    status, told = "", dict[str, str]()
    written: list[bytes] = []

    def start_response(
        the_status: str, the_fields: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        nonlocal status, told
        status, told = the_status, dict(the_fields)
        return written.append

    environ = build_environ(client, method, target, fields, body)
    parts: Iterable[bytes] = applications[0](environ, start_response)
    page = b"".join(parts)
    return status, told, b"".join(written) + page


LOCATIONS = {"/": gateway, "/static/": files}


def respond(client: str, method: str, target: str, fields: dict[str, str], body: bytes) -> Answer:
    """The longest of the prefixes that fit says who answers."""
    prefix = max((each for each in LOCATIONS if target.startswith(each)), key=len)
    return LOCATIONS[prefix](client, method, target, fields, body)


def answer(stream: Stream, client: str) -> bool:
    """Read one request and answer it; whether another may follow."""
    method, target, fields = parse(stream.take_until(b"\r\n\r\n").decode("latin-1"))
    status, told, body = respond(client, method, target, fields, read_body(stream, fields))
    told["Content-Length"] = str(len(body))
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {told[name]}\r\n" for name in told)
    if method == "HEAD" or status.startswith("304"):
        body = b""  # the fields are those of the whole, and nothing follows them
    stream.client.sendall(head.encode("latin-1") + b"\r\n" + body)
    print(f'{client} "{method} {unquote(target)}" {status[:3]} {len(body)}', flush=True)
    return fields.get("connection") != "close"


def converse(client: socket.socket, host: str) -> None:
    """One client, from the first request to the last."""
    with client:
        try:
            client.settimeout(PATIENCE)
            stream = Stream(client)
            while connected.count(host) <= MOST and answer(stream, host):
                pass
        except OSError:
            pass  # it left, or was silent for too long
        except (LookupError, ValueError) as error:
            print("gave up on a client:", error, flush=True)
        finally:
            connected.remove(host)


def load(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def work(listener: socket.socket) -> None:
    """A worker: load the application, and call it for whoever comes."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    applications.append(load(NAME))
    while True:
        client, (host, _port) = listener.accept()
        connected.append(host)
        threading.Thread(target=converse, args=[client, host], daemon=True).start()


def start_worker(listener: socket.socket) -> None:
    pid = os.fork()
    if pid:
        workers.add(pid)
        return
    try:
        work(listener)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(1)


def tell(pids: set[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)


def main() -> None:
    sys.path.insert(0, ROOT)
    listener = socket.create_server(("127.0.0.1", PORT))

    def renew(number: int, frame: FrameType | None) -> None:
        old = workers.copy()
        workers.clear()
        for _ in range(WORKERS):
            start_worker(listener)
        tell(old)

    def stop(number: int, frame: FrameType | None) -> None:
        tell(workers)
        sys.exit()

    for _ in range(WORKERS):
        start_worker(listener)
    signal.signal(signal.SIGHUP, renew)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Serving {NAME} at http://127.0.0.1:{PORT}/", flush=True)
    while True:
        pid, _status = os.wait()
        if pid in workers:  # it was not told to go
            workers.remove(pid)
            time.sleep(0.2)  # a mistake in the application would be tried without end
            start_worker(listener)


if __name__ == "__main__":
    main()
