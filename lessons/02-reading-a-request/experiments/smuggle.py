"""Two servers in a row that disagree about the end of a head, and a request in the gap.

A gate lets nobody come to /admin. Behind it stands a server that trusts the gate.
"""

import re
import sys

from httpserver.connection import Connection
from httpserver.limits import Limits
from httpserver.messages import Request, Response

ATTACK = b"GET /public HTTP/1.1\r\nHost: a\r\nNote: hello\n\nGET /admin HTTP/1.1\nHost: a\r\n\r\n"


def gate(data: bytes) -> bytes:
    """To the gate, a head ends where the RFC says: at CR LF CR LF. It passes bytes on as they
    are, if no request line in them speaks of /admin."""
    heads = data.split(b"\r\n\r\n")[:-1]
    for head in heads:
        line = head.partition(b"\r\n")[0].decode("latin-1")
        print("the gate sees  ", line)
        if line.split()[1].startswith("/admin"):
            sys.exit("the gate refuses")
    return data


def tolerant_server(data: bytes) -> None:
    """To this server, any two line ends in a row end a head. It means well."""
    for head in re.split(rb"\r?\n\r?\n", data)[:-1]:
        line = re.split(rb"\r?\n", head)[0].decode("latin-1")
        print("the server does", line)


def real_server(data: bytes) -> None:
    """The states of our own server, fed with the same bytes."""
    connection = Connection(Limits())
    step = connection.receive(data)
    while step is not None:
        if isinstance(step, Request):
            print("the server does", step.method, step.target)
            step = Response(200)
        else:
            print("the server says", step.status, step.reason)
        connection.respond(step)
        connection.answered()
        step = connection.proceed()
    print("its connection is", connection.state.name)


if "--guard" in sys.argv:
    real_server(gate(ATTACK))
else:
    tolerant_server(gate(ATTACK))
