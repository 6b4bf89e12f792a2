"""Who does the application believe that the client is?

python experiments/word.py off    what the client says of itself is passed on
python experiments/word.py on     only we say it
"""

import http.client
import sys
import threading

from behind import application

from httpserver import Server, forwarding, listen
from httpserver.balancing import Backend, Group
from httpserver.proxy import Proxy

if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/word.py off|on")
if sys.argv[1] == "off":
    forwarding._OUR_WORD = frozenset()

LIES = [
    {"X-Forwarded-For": "10.0.0.1"},
    {"X_Forwarded_For": "10.0.0.1"},
    {"Connection": "X-Forwarded-For"},
]

behind, front = listen("127.0.0.1:0"), listen("127.0.0.1:0")
host, port = behind.getsockname()
servers = [
    Server(application, [behind]),
    Server(Proxy(Group([Backend(f"{host}:{port}")])), [front]),
]
running = [threading.Thread(target=server.run) for server in servers]
for thread in running:
    thread.start()
for lie in LIES:
    client = http.client.HTTPConnection(*front.getsockname())
    client.request("GET", "/fields", headers=lie)
    answer = client.getresponse().read().decode().splitlines()
    client.close()
    told = [line for line in answer if "forwarded-for" in line.lower().replace("_", "-")]
    print(*lie.items(), "->", told)
for server in servers:
    server.stop()
for thread in running:
    thread.join()
