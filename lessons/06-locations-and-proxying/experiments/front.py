"""A site on the real server: locations, rules, and a proxy in front of a group of servers.

python experiments/front.py PORT SERVER [SERVER...]
"""

import sys

from httpserver import Server, listen
from httpserver.balancing import Backend, Group
from httpserver.compression import Gzip
from httpserver.proxy import Proxy
from httpserver.sites import Location, Rules, Site, Sites, fixed

group = Group([Backend(each) for each in sys.argv[2:]], read_timeout=0.3)
rules = Rules(
    error_pages={404: "/sorry", 502: "/sorry", 504: "/sorry"},
    fields=(("X-Site", "polls"),),
    gzip=Gzip(least=20),
)
site = Site(
    [
        ("/", Location(Proxy(group), rules)),
        ("/docs/", Location(fixed(200, "A page about polls. " * 9 + "\n", "text/plain"), rules)),
        ("= /sorry", Location(fixed(200, "Sorry.\n", "text/plain"), Rules(internal=True))),
    ],
    names=["polls.example"],
)
other = Site([("/", Location(fixed(404, "No such site.\n", "text/plain")))])

server = Server(Sites([other, site]), [listen(sys.argv[1])])
print(f"Serving at {server.addresses[0]}/", flush=True)
server.run()
