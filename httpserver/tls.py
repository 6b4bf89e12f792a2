"""TLS: the same bytes, but nobody on the way can read or change them.

Step 1 of the trip, below everything else, and step 10 again. The handshake happens inside
the first reads and writes of a socket, so nothing else in this layer knows of it: a
`TLSSocket` is a socket whose bytes are not yet, or no longer, secret.

Which certificate is shown is decided by the name that the client says it wants (SNI, RFC
6066, section 3), before a byte of HTTP was sent.

RFC 8446 (TLS 1.3); RFC 9325 (how to use it).  In Nginx: ngx_event_openssl.c; ssl_certificate.
"""

import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple

from httpserver.messages import Request, Response, error_response

HANDSHAKE = 0x16  # the first byte of everything that a TLS client may begin with (RFC 8446, 5.1)


PIECE = 64 * 1024  # bytes that are encrypted at once


class Certificate(NamedTuple):
    """The files of a certificate with its chain, and of its private key, both PEM."""

    chain: str
    key: str


class CertificateError(Exception):
    """Files that cannot be used; the message names them, and says why."""


class TLSSocket(ssl.SSLSocket):
    """A socket that does its handshake by the way, and says "not now" as other sockets do."""

    def recv(self, size: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None
        except ssl.SSLError as error:
            raise ConnectionAbortedError(f"TLS: {error.reason}") from None

    def send(self, data: bytes | bytearray, flags: int = 0) -> int:  # type: ignore[override]
        try:
            # In pieces: OpenSSL tells of the bytes that went only when all of them did, and a
            # client that takes its time over a large answer would be thought to take none.
            return super().send(bytes(data[:PIECE]), flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None
        except ssl.SSLError as error:
            raise ConnectionAbortedError(f"TLS: {error.reason}") from None

    def shutdown(self, how: int) -> None:
        """Say that nothing follows, which only a TLS alert can say beyond doubt."""
        self.say_goodbye()
        super().shutdown(how)

    def say_goodbye(self) -> None:
        """Send the alert close_notify: without it, what was cut off looks like what is whole."""
        try:
            self.unwrap()
        except (OSError, ValueError):
            pass  # sent, but the client's own has not come; or there is nobody to send it to


def tls_context(
    default: Certificate, by_name: Mapping[str, Certificate] | None = None
) -> ssl.SSLContext:
    """What a listening address needs to speak TLS 1.2 and 1.3 (RFC 9325, 3.1.1).

    `by_name` maps host names, also "*.example.com", to their certificates; who asks for none
    of them gets the default. Raises `CertificateError` for files that cannot be used.
    """
    context = _context(default)
    others = {name.lower(): _context(files) for name, files in (by_name or {}).items()}

    def choose(sock: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        wanted = (name or "").lower().rstrip(".")
        found = others.get(wanted) or others.get("*." + wanted.partition(".")[2])
        if found is not None:
            sock.context = found

    if others:
        context.sni_callback = choose
    return context


def _context(files: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client could ask for one expensive handshake after the other on the same connection.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TLSSocket
    try:
        # Asked for a passphrase, it would wait at the terminal, or for ever without one.
        context.load_cert_chain(files.chain, files.key, lambda: "")
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        reason = error.strerror if isinstance(error, FileNotFoundError) else None
        reason = reason or str(getattr(error, "reason", None) or error)
        raise CertificateError(
            "expected PEM files that belong together, the key without a passphrase; found "
            f"{files.chain!r} and {files.key!r}: {reason.lower().replace('_', ' ')}"
        ) from None
    return context


def is_tls(sock: socket.socket) -> bool:
    """Whether the client's first byte begins a handshake. Raises BlockingIOError before it came."""
    return sock.recv(1, socket.MSG_PEEK)[:1] in (bytes([HANDSHAKE]), b"")


def speak_tls(sock: socket.socket, context: ssl.SSLContext) -> TLSSocket:
    """The socket with TLS around it. The descriptor is the same, the handshake is yet to come."""
    wrapped = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
    assert isinstance(wrapped, TLSSocket)
    return wrapped


def speak_https(request: Request) -> Response:
    """The answer to plain HTTP on a port for TLS. Not a redirect: what was sent here, passwords
    too, went in plain text, and whoever made that mistake should see it (Nginx: 497)."""
    host = request.headers.get("host") or "this host"
    where = f"https://{host}{request.path}" if request.path.startswith("/") else f"https://{host}/"
    response = error_response(
        400, f"This port speaks HTTPS, and plain HTTP came in. Ask for {where}"
    )
    response.headers.append(("Connection", "close"))
    return response
