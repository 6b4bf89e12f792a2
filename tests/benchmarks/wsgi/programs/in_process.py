"""The gateway in a server of one's own: no master, no command line.

python in_process.py PORT
"""

import sys

from hello import app

from httpserver.addresses import listen
from httpserver.server import Server
from wsgi.gateway import Gateway

Server(Gateway(app), [listen(f"127.0.0.1:{sys.argv[1]}")]).run()
