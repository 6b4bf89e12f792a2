"""A file becomes shorter while it is sent. What does another client notice?

python experiments/shrinks.py off    what the kernel says of the end is not looked at
python experiments/shrinks.py on     the real thing
"""

import logging
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

from httpserver import Server, listen
from httpserver.answer import SLICE, Answer, Took
from httpserver.messages import File
from httpserver.static import StaticFiles

SIZE = 64 * 1024 * 1024  # more than the buffers on the way hold


def heedless(answer: Answer, body: File, sock: socket.socket, took: Took) -> bool:
    """`Answer._send` without the guard: 0 bytes are taken for bytes like others."""
    done = body.length - answer._missing
    count = min(answer._missing, SLICE)
    try:
        sent = os.sendfile(sock.fileno(), body.file.fileno(), body.offset + done, count)
    except (BlockingIOError, InterruptedError):
        return False
    answer.sent += sent
    answer._missing -= sent
    took(sent, sent == count)
    answer.complete = not answer._missing
    return True


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/shrinks.py off|on")
if sys.argv[1] == "off":
    Answer._send = heedless  # type: ignore[assignment,method-assign]
logging.basicConfig(format="the log: %(message)s", stream=sys.stdout)

with tempfile.TemporaryDirectory() as folder:
    log = Path(folder, "app.log")
    log.touch()
    os.truncate(log, SIZE)
    os.chdir(folder)
    listener = listen("127.0.0.1:0")
    server = Server(StaticFiles("."), [listener])
    threading.Thread(target=server.run, daemon=True).start()
    first = socket.create_connection(listener.getsockname(), timeout=1)
    first.sendall(b"GET /app.log HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = len(first.recv(4096))  # it has begun, and waits for us
    os.truncate(log, 100)  # somebody begins the log anew

    try:
        while data := first.recv(1 << 20):
            received += len(data)
        print("the client: the connection was cut, so it knows that bytes are missing")
    except TimeoutError:
        print("the client: waits for bytes that will never come")
    second = socket.create_connection(listener.getsockname(), timeout=1)
    second.sendall(b"HEAD /app.log HTTP/1.1\r\nHost: localhost\r\n\r\n")
    try:
        print("another one:", second.recv(4096).partition(b"\r\n")[0].decode())
    except TimeoutError:
        print("another one: no answer; the loop turns in place, and nobody is served")
    sys.stdout.flush()
os._exit(0)  # the loop may be beyond listening
