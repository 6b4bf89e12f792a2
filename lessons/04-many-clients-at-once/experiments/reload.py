"""New code under load. A version takes a third of a second to load; the third cannot be loaded.

python experiments/reload.py off    the old workers go, then new ones come
python experiments/reload.py on     the real thing: the old ones go when the new ones serve
"""

import http.client
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from httpserver import Request, Response, Server, listen
from httpserver.master import SIGNALS, Master, serve
from httpserver.worker import BootError

code = Path(tempfile.mkdtemp()) / "version"  # what a deployment would change


def make_server(listeners: Sequence[socket.socket]) -> Server:
    version = code.read_bytes()
    if version == b"3":
        raise BootError("version 3 has a syntax error")
    time.sleep(0.3)  # it imports a framework, and connects to a database

    def site(request: Request) -> Response:
        return Response(200, [], version)

    return Server(site, listeners)


def hasty(master: Master) -> None:
    """HUP without the guard: nobody is left when the new ones begin to load."""
    for child in master._children:
        master._children.tell(child, signal.SIGTERM, 30)
    master.reload()


def ask(patience: float = 10) -> bytes:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        client.request("GET", "/")
        return client.getresponse().read()
    finally:
        client.close()


def keep_asking(waits: list[float], lost: list[Exception]) -> None:
    """One client after the other, until one is answered by version 2."""
    version = b"1"
    while version != b"2":
        asked = time.monotonic()
        try:
            version = ask()
        except Exception as error:
            lost.append(error)
        waits.append(time.monotonic() - asked)


def watch(master: int) -> None:
    ask()  # until version 1 serves
    waits: list[float] = []
    lost: list[Exception] = []
    clients = [threading.Thread(target=keep_asking, args=(waits, lost)) for _ in range(4)]
    for client in clients:
        client.start()
    code.write_bytes(b"2")
    os.kill(master, signal.SIGHUP)
    for client in clients:
        client.join()
    longest = "a moment" if max(waits) < 0.2 else f"{max(waits):.2f} s"
    print(f"HUP with version 2: {len(lost)} requests lost; the longest wait: {longest}")

    time.sleep(0.5)  # the second new worker comes, and the old ones go

    code.write_bytes(b"3")
    os.kill(master, signal.SIGHUP)
    time.sleep(0.2)
    try:
        print(f"HUP with version 3: version {ask(0.3).decode()} answers")
    except TimeoutError:
        print("HUP with version 3: nobody answers")


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/reload.py off|on")
code.write_bytes(b"1")
listener = listen("127.0.0.1:0")
port = listener.getsockname()[1]
pid = os.fork()
if pid == 0:
    logging.disable()
    reload = Master.reload if sys.argv[1] == "on" else hasty
    signals = {**SIGNALS, signal.SIGHUP: reload}
    os._exit(Master(serve(make_server), [listener], workers=2, signals=signals).run())
listener.close()
try:
    watch(pid)
finally:
    os.kill(pid, signal.SIGQUIT)
    os.waitpid(pid, 0)
    code.unlink()
    code.parent.rmdir()
