"""Clients that mean harm, in a process of their own: `python abusers.py NAME PORT JSON`.

Each says "ready" on a line when its abuse stands; a line on its input tells those that hold
something to let go; a line of JSON tells at the end what became of it.
"""

import json
import resource
import select
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

MIB = 1024 * 1024
PATIENCE = 60.0  # seconds, for what should take a few

GET = "GET %s HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(port: int, receive_buffer: int = 0) -> socket.socket:
    sock = socket.socket()
    if receive_buffer:  # before the connection, so that the window is small from the beginning
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", port))
    return sock


def reset(sock: socket.socket) -> None:
    """Close without a goodbye: the other side finds its connection gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def say(word: object) -> None:
    print(word if isinstance(word, str) else json.dumps(word), flush=True)


def ready_and_hold() -> None:
    say("ready")
    sys.stdin.readline()


def receive(sock: socket.socket, size: int = 65536) -> bytes | None:
    """What is there; None where nothing is; b"" at the end, also at a violent one."""
    sock.setblocking(False)
    try:
        return sock.recv(size)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def drain(sock: socket.socket) -> int:
    """Take all that comes until the end, be it a violent one: how much it was."""
    # With the small window of a slow reader, the system would send it in very many steps.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB)
    sock.settimeout(PATIENCE)
    taken = 0
    try:
        while piece := sock.recv(65536):
            taken += len(piece)
    except ConnectionError:
        pass
    return taken


def trickle(socks: Iterable[socket.socket]) -> Counter[str]:
    """A byte from each, round after round, until the server has closed them all: the statuses."""
    received = dict.fromkeys(socks, b"")
    statuses: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE
    while received and time.monotonic() < deadline:
        for sock in list(received):
            sock.setblocking(False)
            try:
                sock.send(b"x")
            except (BlockingIOError, ConnectionError):
                pass  # its end is found below
            data = receive(sock)
            if data:
                received[sock] += data
            elif data == b"":
                statuses[received.pop(sock)[9:12].decode() or "closed"] += 1
                sock.close()
        select.select([], [], [], 0.05)  # the pace of a round
    statuses["left open"] += len(received)
    return +statuses


# --- The abuses ---


def slow_heads(port: int, count: int) -> Counter[str]:
    socks = []
    for _ in range(count):
        sock = connect(port)
        sock.sendall(b"GET / HTTP/1.1\r\nX: ")
        socks.append(sock)
    say("ready")
    return trickle(socks)


def slow_bodies(port: int, count: int, begun: int) -> Counter[str]:
    socks = []
    for _ in range(count):
        sock = connect(port)
        sock.sendall(b"POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        sock.sendall(bytes(begun))
        socks.append(sock)
    say("ready")
    return trickle(socks)


def slow_readers(port: int, paths: list[str]) -> Counter[str]:
    """Take 1 KiB of each answer now and then; at the end all that the server has let out."""
    asked: dict[socket.socket, str] = {}
    for path in paths:
        sock = connect(port, receive_buffer=4096)
        sock.sendall((GET % path).encode())
        asked[sock] = path
    taken: Counter[str] = Counter()
    begun: set[socket.socket] = set()
    told = False
    while not select.select([sys.stdin], [], [], 0.2)[0]:  # the pace of a round
        for sock, path in asked.items():
            data = receive(sock, 1024)
            if data:
                taken[path] += len(data)
                begun.add(sock)
        if not told and len(begun) == len(asked):
            told = True
            say("ready")
    for sock, path in asked.items():
        taken[path] += drain(sock)
    return taken


def idle(port: int, count: int) -> dict[str, int]:
    """Ask once, and then hold the connection. As many as the system lets us."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(count, most - 100)
    socks: list[socket.socket] = []
    while len(socks) < count:
        more = [connect(port) for _ in range(min(count - len(socks), 500))]
        for sock in more:
            sock.sendall((GET % "/").encode())
        for sock in more:
            assert sock.recv(1000).endswith(b"hello")
        socks += more
    ready_and_hold()
    still = sum(receive(sock) is None for sock in socks)
    return {"opened": count, "still open": still}


def half_closed(port: int, each: int, deaf_to: list[str]) -> dict[str, int]:
    """No more will be said: after half a head; after a question; and who never takes the answer."""
    halves, askers, deaf = [], [], []
    for _ in range(each):
        for group, words in (
            (halves, "GET / HT"),
            (askers, GET % "/" + GET % "/kilos"),
        ):
            sock = connect(port)
            sock.sendall(words.encode())
            sock.shutdown(socket.SHUT_WR)
            group.append(sock)
    for path in deaf_to:
        sock = connect(port, receive_buffer=4096)
        sock.sendall((GET % path).encode())
        sock.shutdown(socket.SHUT_WR)
        deaf.append(sock)
    closed = sum(sock.recv(1000) == b"" for sock in halves)
    answered = 0
    for sock in askers:
        data = b""
        while piece := sock.recv(65536):
            data += piece
        answered += data.count(b"HTTP/1.1 200 OK") == 2 and data.endswith(b"k" * 65536)
    ready_and_hold()
    cut = sum(drain(sock) < 50 * MIB for sock in deaf)
    return {"closed": closed, "answered": answered, "cut": cut}


def resetters(port: int, paths: list[str], rounds: int) -> dict[str, int]:
    """Ask, take the beginning of the answer (or nothing of it), and be gone."""
    say("ready")
    for number in range(rounds):
        socks = []
        for path in paths:
            sock = connect(port)
            sock.sendall((GET % path).encode())
            socks.append(sock)
        for sock in socks:
            if number % 2:
                assert sock.recv(1024)
            reset(sock)
    return {"reset": rounds * len(paths)}


def disk_fillers(port: int, sizes: list[int]) -> list[int]:
    """Bodies all at once, a piece of each in turn: the statuses of their answers."""
    socks = []
    for size in sizes:
        sock = connect(port)
        head = f"POST /digest HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}"
        sock.sendall(head.encode() + b"\r\n\r\n")
        socks.append(sock)
    say("ready")
    left = dict(zip(socks, sizes, strict=True))
    while left:
        for sock in list(left):
            try:
                sock.sendall(bytes(min(left[sock], 50_000)))
            except ConnectionError:
                left[sock] = 0
            left[sock] -= min(left[sock], 50_000)
            if not left[sock]:
                del left[sock]
    return [int(sock.recv(1000)[9:12] or 0) for sock in socks]


def hoarders(port: int, count: int) -> dict[str, int]:
    """Hold every descriptor that the server has, and more connections than that in its queue."""
    socks = [connect(port) for _ in range(count)]
    ready_and_hold()
    for sock in socks:
        reset(sock)
    return {"held": count}


def passers_by(port: int, count: int) -> dict[str, int]:
    """All want to come in at once; each asks one thing and goes."""
    socks = []
    for _ in range(count):
        sock = connect(port)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        socks.append(sock)
    say("ready")
    answered = 0
    for sock in socks:
        data = b""
        while piece := sock.recv(1000):
            data += piece
        answered += data.endswith(b"hello")
        sock.close()
    return {"answered": answered}


def pipeliners(port: int, paths: list[str], most: int) -> dict[str, int]:
    """Ask and ask, read nothing: what the server took of it before it left us."""
    flood = {}
    for path in paths:
        sock = connect(port, receive_buffer=4096)
        sock.setblocking(False)
        flood[sock] = (GET % path).encode() * 1000
    sent = dict.fromkeys(flood, 0)
    say("ready")
    deadline = time.monotonic() + PATIENCE
    closed = 0
    while flood and time.monotonic() < deadline:
        _, writable, _ = select.select([], list(flood), [], 0.1)
        for sock in writable:
            try:
                count = sock.send(flood[sock])
            except ConnectionError:
                closed += 1
                del flood[sock]
                continue
            # The rest of a request that was cut comes first.
            flood[sock] = flood[sock][count:] + flood[sock][:count]
            sent[sock] += count
            if sent[sock] > most:
                del flood[sock]
    return {"most sent": max(sent.values()), "closed": closed}


def unstoppable(port: int, count: int, most: int) -> dict[str, Any]:
    """A body that is refused by its head, and sent nevertheless, for ever; half of them slowly."""
    fast, slow = [], []
    statuses: Counter[str] = Counter()
    for number in range(count):
        sock = connect(port)
        framing = ("Content-Length: 99999999999", "Transfer-Encoding: chunked")[number % 2]
        sock.sendall(f"POST /digest HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode())
        if number % 2:
            sock.sendall(b"FFFFFFF\r\n" + bytes(100_000))
        (slow if number % 4 > 1 else fast).append(sock)
    for sock in fast + slow:
        statuses[sock.recv(1000)[9:12].decode()] += 1
        sock.setblocking(False)
    say("ready")
    sent = dict.fromkeys(fast + slow, 0)
    closed = 0
    deadline = time.monotonic() + PATIENCE
    while fast or slow:
        if time.monotonic() > deadline:
            break
        _, writable, _ = select.select([], fast, [], 0.02)
        for sock in writable + slow:
            group = slow if sock in slow else fast
            try:
                sent[sock] += sock.send(b"x" if sock in slow else bytes(65536))
            except BlockingIOError:
                continue
            except ConnectionError:
                closed += 1
                group.remove(sock)
                continue
            if sent[sock] > most:
                group.remove(sock)
    return {"statuses": statuses, "closed": closed, "most sent": max(sent.values())}


def client_hello() -> bytes:
    """The first words of a handshake, from a client that is none."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def handshakes(port: int, each: int) -> dict[str, int]:
    """Handshakes that stop: before the first byte, after it, in the middle, half-way, in nonsense,
    and those of clients that are gone before the server has looked."""
    hello = client_hello()
    held = []
    for _ in range(each):
        for begun in (b"", hello[:1], hello[:100], hello, hello[:3] + b"\xff" * 200):
            sock = connect(port)
            sock.sendall(begun)
            held.append(sock)
        gone = [connect(port) for _ in range(4)]
        for sock in gone:
            sock.sendall(hello)
            reset(sock)
    say("ready")
    for sock in held:
        drain(sock)  # or it would not end
    return {"ended": len(held)}


ABUSES: dict[str, Callable[..., Any]] = {
    abuse.__name__: abuse
    for abuse in (
        slow_heads,
        slow_bodies,
        slow_readers,
        idle,
        half_closed,
        resetters,
        disk_fillers,
        hoarders,
        passers_by,
        pipeliners,
        unstoppable,
        handshakes,
    )
}

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    say(ABUSES[sys.argv[1]](int(sys.argv[2]), **json.loads(sys.argv[3])))
