"""The log goes into a pipe whose reader has stopped reading. What do the clients notice?

python experiments/stuck_log.py off    each line is written where it is made
python experiments/stuck_log.py on     the real thing: by a thread, from a bounded buffer
"""

import fcntl
import http.client
import os
import sys
import threading
import time

from httpserver import Request, Response, Server, listen
from httpserver.logs import AccessLog, combined_line

REQUESTS = 1000


def hello(request: Request) -> Response:
    return Response(200, [], b"hello\n")


def log_at_once(request: Request, status: int, body_bytes: int, seconds: float) -> None:
    print(combined_line(request, status, body_bytes, seconds, time.time()), file=log, flush=True)


def ask_many() -> int:
    """How many requests are answered, one after the other, before a second passes without."""
    client = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=1)
    for number in range(REQUESTS):
        try:
            client.request("GET", "/")
            client.getresponse().read()
        except TimeoutError:
            return number
    return REQUESTS


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/stuck_log.py off|on")
readable, writable = os.pipe()
fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, 4096)  # the least that Linux has
log = os.fdopen(writable, "w")
listener = listen("127.0.0.1:0")
real = AccessLog(log, most_waiting=16_000)
server = Server(hello, [listener], access_log=log_at_once if sys.argv[1] == "off" else real)
threading.Thread(target=server.run, daemon=True).start()

answered = ask_many()
print(f"{answered} of {REQUESTS} requests are answered.", flush=True)
if answered < REQUESTS:
    os._exit(0)  # the loop stands in a write, and nobody will read
log.close()
threading.Thread(target=real.close).start()
with os.fdopen(readable) as reader:  # which goes on, to the end
    lines = reader.read().splitlines()
gaps = [line for line in lines if line.startswith("#")]
lost = sum(int(line.split()[3]) for line in gaps)
print(f"The log has {len(lines) - len(gaps)} of their lines, and tells of {lost} that are lost.")
print("All are accounted for." if len(lines) - len(gaps) + lost == answered else "Some are gone.")
