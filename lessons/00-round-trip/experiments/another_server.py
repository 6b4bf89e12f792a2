"""The same application under the server of Python's standard library: step 2 is a border."""

import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server

from lessons.site import prepare_database, set_up

set_up()
prepare_database()

from lessons.wsgi import application


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/polls/") as answer:
    print(answer.status, answer.headers["Server"].split()[0])
    print([line.strip() for line in answer.read().decode().splitlines() if "<h1>" in line])
server.shutdown()
