"""What must hold among settings, each of which is good alone.

Before the trip: a server that starts with half a certificate, or with two locations of one path,
would fail a visitor instead of who wrote the file. What could not be read is None or at its
default here, and has been reported before.

In Nginx: what `nginx -t` says after the syntax is ok.
"""

from httpserver.config_tables import (
    ACTIONS,
    BELONG_TO,
    LIMITS,
    OF_A_REQUEST,
    Config,
    LocationSettings,
    ServerSettings,
    Shared,
)
from httpserver.settings import Place
from httpserver.suggest import did_you_mean
from httpserver.tls import Certificate, CertificateError, tls_context

REDIRECTS = (301, 302, 303, 307, 308)


def check(config: Config, file: Place) -> None:
    """Report at `file` whatever contradicts something else, or is of no use beside it."""
    for name in config.zones:
        _check_zone(file.at("zones", name))
    if not file.has("server"):
        file.report("expected at least one [[server]]; found none")
    for index, server in enumerate(config.servers):
        place = file.at("server", index)
        _check_addresses(index, server, place)
        _check_server(server, place)
        _check_shared(config, server, server, place)
        for number, location in enumerate(server.locations):
            at = place.at("location", number)
            if location.path and at.first(("location", index, location.path), number)[0] != number:
                at.at("path").report(f"{location.path!r} is given twice in this server")
            _check_action(config, location, at)
            _check_try_files(server, location, at.at("try_files"))
            _check_shared(config, server, location, at)


def _check_zone(place: Place) -> None:
    if not place.has("rate") and not place.has("connections"):
        place.report('expected a rate (such as rate = "10/s"), connections, or both; found neither')
    for key in ("burst", "delay"):
        if place.has(key) and not place.has("rate"):
            place.at(key).report("belongs to a rate, and there is none here")


def _check_addresses(index: int, server: ServerSettings, place: Place) -> None:
    """What the servers at one address must agree on, or must not."""
    tls = place.has("certificate")
    for number, address in enumerate(server.listen):
        at = place.at("listen", number)
        if at.first(("listen", index, address), number)[0] != number:
            at.report(f"{address} is given twice")
            continue
        other, line = at.first(("tls", address), tls)
        if other != tls:
            found = "with a certificate" if other else "without a certificate"
            at.report(f"expected all servers at {address} to be {found}, as that of line {line} is")
        if server.default:
            first, line = place.at("default").first(("default", address), index)
            if first != index:
                place.at("default").report(f"{address} has its default at line {line} already")
        if not server.names and not place.has("names"):
            first, line = place.first(("name", address), index)
            if first != index:
                place.report(f"{address} has a server for any name at line {line} already")
        for position, name in enumerate(server.names):
            at = place.at("names", position)
            first_use, line = at.first(("name", address, name), (index, position))
            if first_use != (index, position):
                at.report(f"{name!r} is served at {address} by line {line} already")


def _check_server(server: ServerSettings, place: Place) -> None:
    for there, missing in (("certificate", "key"), ("key", "certificate")):
        if place.has(there) and not place.has(missing):
            place.at(there).report(f"expected a {missing} beside it; found none")
    if server.certificate and server.key:
        try:
            tls_context(Certificate(str(server.certificate), str(server.key)))
        except CertificateError as error:
            place.at("certificate").report(str(error))
    if server.redirect_to_https:
        for key in ("certificate", "location"):
            if place.has(key):
                place.at(key).report("of no use beside redirect_to_https, which answers everything")
    elif not place.has("location"):
        place.report("expected at least one [[server.location]]; found none")


def _check_shared(config: Config, server: ServerSettings, shared: Shared, place: Place) -> None:
    for limit in LIMITS:
        if limit not in OF_A_REQUEST and place.at("limits").has(limit):
            place.at("limits", limit).report(
                "expected in [limits], since it holds before the server and location are known; "
                f"here may stand {', '.join(OF_A_REQUEST)}"
            )
    for index, zone in enumerate(shared.zones):
        if zone not in config.zones:
            place.at("zone", index).report(_no_such("zones", zone, list(config.zones)))
    for status, path in shared.error_pages.items():
        at = place.at("error_pages", str(status))
        found = _location_of(path, server)
        if found is None:
            at.report(f"expected a path in a location of this server; {path!r} is in none")
        elif found.proxy is not None:
            at.report(
                f"expected a path that this server answers itself; {path!r} is in "
                f"{found.path!r}, a proxy"
            )


def _location_of(path: str, server: ServerSettings) -> LocationSettings | None:
    """The one that `locations.Locations` would choose: the exact one, else the longest prefix."""
    by_path = {location.path: location for location in server.locations if location.path}
    prefixes = [prefix for prefix in by_path if path.startswith(prefix)]
    return by_path.get(f"= {path}") or by_path.get(max(prefixes, key=len, default=""))


def _check_action(config: Config, location: LocationSettings, place: Place) -> None:
    actions = [action for action in ACTIONS if place.has(action)]
    if len(actions) != 1:
        found = " and ".join(actions) or "none"
        place.report(f"expected one of {', '.join(ACTIONS)}; found {found}")
        return
    action = actions[0]
    for owners, keys in BELONG_TO.items():
        for key in keys:
            if place.has(key) and action not in owners:
                place.at(key).report(f"belongs to {' and '.join(owners)}; here is {action}")
    group = location.proxy
    if group is not None and ":" not in group and group not in config.upstreams:
        place.at("proxy").report(_no_such("upstreams", group, list(config.upstreams)))
    if action == "redirect" and place.has("status") and location.status not in REDIRECTS:
        known = ", ".join(map(str, REDIRECTS))
        place.at("status").report(f"expected one of {known}; found {location.status}")


def _check_try_files(server: ServerSettings, location: LocationSettings, place: Place) -> None:
    paths = [other.path for other in server.locations if other.path and other is not location]
    for index, target in enumerate(location.try_files):
        at = place.at(index)
        if target[0] in "=@" and index != len(location.try_files) - 1:
            at.report(f"{target!r} may only stand last")
        elif target[0] == "@" and target[1:] not in paths:
            suggestion = did_you_mean(target[1:], paths)
            at.report(f"expected another location of this server; found {target!r}.{suggestion}")


def _no_such(tables: str, name: str, there: list[str]) -> str:
    known = ", ".join(there) or "none at all"
    return f"expected one of [{tables}]: {known}; found {name!r}.{did_you_mean(name, there)}"
