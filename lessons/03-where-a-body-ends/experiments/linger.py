"""Clients that send far more than is wanted, and whether they hear why it was refused.

python experiments/linger.py off    the server closes as soon as its answer is out
python experiments/linger.py on     the real thing: it drops what still comes for a while
"""

import http.client
import subprocess
import sys
import threading

from httpserver import Limits, Request, Response, Server, listen
from httpserver.connection import CLOSED, DRAINING, Connection

CURL = "curl -s -o /dev/null -w %{http_code} -H Expect: --data-binary @- "
BODY = bytes(5_000_000)
TIMES = 20

patient = Connection.answered


def hasty(connection: Connection) -> None:
    patient(connection)
    if connection.state is DRAINING:
        connection._go(CLOSED)


def unused(request: Request) -> Response:
    return Response(200)


def with_python(port: int) -> str:
    """http.client sends the whole body, and looks for the answer then."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("POST", "/", BODY)
        return str(client.getresponse().status)
    except ConnectionError:
        return "a broken connection"
    finally:
        client.close()


def with_curl(port: int) -> str:
    """curl looks for an answer while it sends."""
    command = [*CURL.split(), f"http://127.0.0.1:{port}/"]
    return subprocess.run(command, input=BODY, capture_output=True).stdout.decode()


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/linger.py off|on")
if sys.argv[1] == "off":
    Connection.answered = hasty  # type: ignore[assignment]

listener = listen("127.0.0.1:0")
server = Server(unused, [listener], limits=Limits(body=1000, graceful_timeout=0))
running = threading.Thread(target=server.run)
running.start()
port = listener.getsockname()[1]
for name, client in (("http.client", with_python), ("curl", with_curl)):
    heard = [client(port) for _ in range(TIMES)].count("413")
    print(f"{name} heard its 413 in {heard} of {TIMES} uploads")
server.stop()
running.join()
