"""Files before the gateway: what `--static URL=DIR` puts there.

Step 1 of the trip: a request for a file is answered by the server alone, and the
application is not woken. What none of the folders has goes to the application, so
that its own 404 page is shown.
"""

from collections.abc import Iterable
from pathlib import Path

from httpserver.locations import Locations, TryFiles
from httpserver.messages import Handler
from httpserver.static import StaticFiles


def with_static(gateway: Handler, locations: Iterable[tuple[str, Path]]) -> Handler:
    """A handler that looks for (URL, folder) first; folders of one URL are tried in order."""
    folders: dict[str, list[StaticFiles]] = {}
    for url, folder in locations:
        folders.setdefault(url, []).append(StaticFiles(folder))
    if not folders:
        return gateway
    tries = [(url, TryFiles(found, gateway)) for url, found in folders.items()]
    return Locations(tries, default=gateway)
