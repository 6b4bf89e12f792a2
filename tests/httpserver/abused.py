"""A server to be abused, in a process of its own: `python abused.py PORT JSON`.

The JSON gives `limits`, `threads`, `file` (what /file sends), `tls` (two file names), and what the
system shall refuse: `descriptors` (RLIMIT_NOFILE) and `file_size` (RLIMIT_FSIZE).
"""

import hashlib
import json
import logging
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from httpserver import File, Limits, Request, Response, Server, listen
from httpserver.server import Listener
from httpserver.tls import Certificate, tls_context

MIB = 1024 * 1024
LARGE = 50 * MIB


class Site:
    """Small and large answers of every kind, and a page that tells what is still held."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.large = bytes(LARGE)
        self.bodies = 0  # iterables that were begun and not closed
        self.server: Server | None = None

    def __call__(self, request: Request) -> Response:
        match request.path:
            case "/":
                return Response(200, [], b"hello")
            case "/kilos":
                return Response(200, [], b"k" * 64 * 1024)
            case "/digest":
                return Response(200, [], hashlib.sha256(request.body.read()).hexdigest().encode())
            case "/bytes":
                return Response(200, [], self.large)
            case "/iterable":
                return Response(200, [], Parts(self))
            case "/file":
                return Response(
                    200, [], File(open(self.file, "rb"), 0, Path(self.file).stat().st_size)
                )
            case "/held":
                assert self.server is not None
                held = {"clients": len(self.server._channels), "bodies": self.bodies}
                return Response(200, [], json.dumps(held).encode())
        return Response(404)


class Parts:
    """50 MiB in parts of 50 KiB."""

    def __init__(self, site: Site) -> None:
        self.site = site
        site.bodies += 1

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1024):
            yield bytes(LARGE // 1024)

    def close(self) -> None:
        self.site.bodies -= 1


def main(port: int, wishes: dict[str, Any]) -> None:
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wishes.get("descriptors", most), most))
    if "file_size" in wishes:
        # Python ignores SIGXFSZ, so a write beyond it is an OSError, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (wishes["file_size"], wishes["file_size"]))
    site = Site(wishes.get("file", ""))
    sock = listen(f"127.0.0.1:{port}")
    # Whom it accepts inherits this: what the system holds of an answer is no memory of ours.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
    tls = tls_context(Certificate(*wishes["tls"])) if "tls" in wishes else None
    server = site.server = Server(
        site,
        [Listener(sock, site, tls)],
        limits=Limits(**wishes.get("limits", {})),
        threads=wishes.get("threads", 0),
    )
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
