"""How much of everything: the bounds that keep one client from harming the others.

Steps 1 and 10 of the trip. Whatever a stranger can make longer, bigger or slower has a
number here, and each number has an answer: 414, 431, 413, 408, or a closed connection.

In Nginx: large_client_header_buffers, client_max_body_size, client_header_timeout,
client_body_timeout, keepalive_timeout, send_timeout, lingering_close, worker_connections.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of a server, in bytes, seconds and counts."""

    # The head (RFC 9112, 2.3 asks for at least 8000 bytes of request line).
    request_line: int = 8 * KIB  # else 414
    head: int = 64 * KIB  # else 431
    fields: int = 100  # else 431

    # The body.
    body: int = 10 * MIB  # else 413
    body_in_memory: int = 1 * MIB  # what is longer is kept in a temporary file
    chunk_line: int = 1 * KIB  # a chunk's size with its extensions; else 400
    trailers: int = 8 * KIB  # the fields after a chunked body; else 431

    # Time. Waiting for a head and for a body ends in 408, the others in a closed connection.
    head_timeout: float = 10.0  # from a request's first byte to the end of its head
    body_timeout: float = 30.0  # from there to the end of its body,
    body_rate: int = 1 * KIB  # and a second more for each so many bytes that have come
    keep_alive: float = 15.0  # idle between two requests; 0 closes after each answer
    write_timeout: float = 60.0  # for the client to take what it is sent, at this rate or faster:
    write_rate: int = 1 * KIB  # bytes a second; one byte a minute would hold a thread for ever
    lifetime: float = 3600.0  # of a connection; then its next answer is the last
    silent_timeout: float = 0.5  # for a client that has sent nothing when the server stops
    graceful_timeout: float = 30.0  # for what is in flight when the server stops

    # Connections.
    connections: int = 1000  # open at a time; more wait in the kernel's queue
    connections_per_client: int = 0  # of one address, in all workers together; 0: no such limit
    requests_per_connection: int = 1000  # then the connection is closed
    pipelined: int = 64 * KIB  # read ahead of the request that is being answered
    out_buffer: int = 64 * KIB  # of an answer held for a slow client before it is pulled on

    # After an error with input unread, what still comes is dropped (RFC 9112, 9.6).
    linger_bytes: int = 64 * MIB
    linger_timeout: float = 5.0
