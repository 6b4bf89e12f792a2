"""Sites by name, and what holds at each of their locations.

Step 1 of the trip. One address serves many sites: the Host field says which is meant, the
path says which location of it. A location is a handler with rules around it: who may come,
how much, how often; and, on the way back, which page stands in for an error, which fields
are added, what is compressed.

In Nginx: the blocks `server` and `location`; allow, deny, error_page, add_header, internal.
"""

import copy
import ipaddress
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from httpserver.compression import Gzip
from httpserver.limits import Limits
from httpserver.locations import Locations, nothing_here
from httpserver.messages import (
    Address,
    Admission,
    Field,
    Handler,
    Headers,
    HTTPError,
    Request,
    Response,
    Upstream,
    client_name,
    error_response,
)
from httpserver.zones import Refusal, Zone

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What an upstream said of the answer that is now sent from elsewhere (X-Accel-Redirect).
_KEPT = frozenset({
    "content-type", "content-disposition", "content-language", "cache-control", "expires",
    "set-cookie",
})  # fmt: skip

# A page that explains an error is sent whole and fresh, whatever part or version was asked for.
_CONDITIONAL = frozenset({
    "range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
})  # fmt: skip


log = logging.getLogger(__name__)


class Rules(NamedTuple):
    """What holds at a location."""

    limits: Limits | None = None
    allow: tuple[Network, ...] = ()  # where there are any, all others may not come
    deny: tuple[Network, ...] = ()
    zones: tuple[Zone, ...] = ()
    error_pages: Mapping[int, str] = {}
    fields: tuple[Field, ...] = ()
    gzip: Gzip | None = None
    internal: bool = False  # only for error pages, and where an upstream sends a request


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Location:
    """A handler, and the rules around it."""

    handler: Handler
    rules: Rules = NO_RULES

    def __call__(self, request: Request) -> Response | Upstream:
        return self.handler(request)


class Site:
    """The locations of one site; `names` are its hosts, "*.example.com" for all below one."""

    def __init__(
        self, locations: Sequence[tuple[str, Location]], names: Sequence[str] = ()
    ) -> None:
        self.names = tuple(names)
        self._locations = Locations(locations, default=NOWHERE)

    def find(self, request: Request, internal: bool = False) -> Location:
        if request.path == "*":  # OPTIONS * asks about the server as a whole
            return AS_A_WHOLE
        location = self._locations.find(request.path)
        assert isinstance(location, Location)
        return location if internal or not location.rules.internal else NOWHERE

    # --- Before the body comes ---

    def admit(self, request: Request, location: Location) -> Response | Admission | None:
        """The refusal that the rules ask for, finished; or what is granted."""
        refusal = self._refusal(request, location)
        if refusal is not None:
            finished = self.finish(request, location, refusal)
            return finished if isinstance(finished, Response) else refusal
        rules = location.rules
        granted = getattr(location.handler, "admit", _grant_nothing)(request)
        if isinstance(granted, Response):
            return granted
        if not rules.zones:
            return replace(granted or Admission(), limits=rules.limits)
        return self._through_zones(request, location, granted or Admission())

    def _refusal(self, request: Request, location: Location) -> Response | None:
        rules = location.rules
        if (rules.allow or rules.deny) and not may_come(request.client, rules.allow, rules.deny):
            return error_response(403, "This client may not come here.")
        return None

    def _through_zones(
        self, request: Request, location: Location, granted: Admission
    ) -> Response | Admission:
        """Count the request in every zone; a refusal of one takes it out of the others again."""
        client, delay = request.client, granted.delay
        entered: list[Zone] = []

        def leave() -> None:
            for zone in entered:
                zone.leave(client)

        for zone in location.rules.zones:
            answer = zone.enter(client)
            if isinstance(answer, Refusal):
                leave()
                log.warning("%s asks too often for %s", client_name(client), request.target)
                response = error_response(answer.status, "Too many requests from this address.")
                response.headers.append(("Retry-After", str(answer.retry_after)))
                finished = self.finish(request, location, response)
                return finished if isinstance(finished, Response) else response
            entered.append(zone)
            delay = max(delay, answer)
        return replace(granted, limits=location.rules.limits, delay=delay, leave=leave)

    # --- The answer ---

    def answer(self, request: Request, location: Location) -> Response | Upstream:
        try:
            answer = location(request)
        except HTTPError as error:
            answer = error_response(error.status, error.detail)
        except Exception:  # caught here and not by the server, so that 500 has its page too
            log.exception("the handler failed: %s %s", request.method, request.target)
            answer = error_response(500)
        return self._finished(request, location, answer)

    def _finished(
        self, request: Request, location: Location, answer: Response | Upstream
    ) -> Response | Upstream:
        if isinstance(answer, Response):
            return self.finish(request, location, answer)
        answer.finish = lambda response, headers: self.finish(request, location, response, headers)
        return answer

    def finish(
        self,
        request: Request,
        location: Location,
        response: Response,
        upstream: Headers | None = None,
    ) -> Response | Upstream:
        """Apply the rules to an answer; `upstream` are its fields where another server made it."""
        if upstream is not None:
            elsewhere = upstream.get("x-accel-redirect")
            if elsewhere:
                return self._internally(request, response, elsewhere)
        rules = location.rules
        page = rules.error_pages.get(response.status) if upstream is None else None
        if page is not None and request.path != page:
            response = self._error_page(request, page, response)
        if rules.gzip is not None:
            rules.gzip.apply(request, response)
        if rules.fields:
            response.headers = [*response.headers, *rules.fields]
        return response

    def _internally(self, request: Request, response: Response, target: str) -> Response | Upstream:
        """The upstream has decided (who you are, that you may): the answer itself is here."""
        inner = _aimed_at(request, target)
        if inner is None:
            return error_response(502, "The server behind this one points to nowhere.")
        location = self.find(inner, internal=True)
        answer = location(inner)
        if isinstance(answer, Response):
            kept = [field for field in response.headers if field[0].lower() in _KEPT]
            names = {name.lower() for name, _ in kept}
            if answer.status < 300:
                others = [field for field in answer.headers if field[0].lower() not in names]
                answer.headers = others + kept
        return self._finished(inner, location, answer)

    def _error_page(self, request: Request, page: str, response: Response) -> Response:
        """The page that stands in for an error, with the error's status."""
        inner = _aimed_at(request, page)
        assert inner is not None
        fields = [
            field for field in request.headers.items() if field[0].lower() not in _CONDITIONAL
        ]
        inner.headers = Headers(fields)
        answer = self.find(inner, internal=True)(inner)
        if not isinstance(answer, Response) or answer.status != 200:
            return response
        dropped = {"etag", "last-modified", "accept-ranges", "cache-control"}
        body = [field for field in answer.headers if field[0].lower() not in dropped]
        ours = {"content-type", "content-length"}
        said = [field for field in response.headers if field[0].lower() not in ours]
        return Response(response.status, said + body, answer.body, response.reason)


class Sites:
    """The sites of one listening address: a handler for `Server`.

    The first site is the default, for hosts that are nobody's. An exact name wins over a
    wildcard, and a longer wildcard over a shorter one.
    """

    def __init__(self, sites: Sequence[Site]) -> None:
        self._default = sites[0]
        self._by_name: dict[str, Site] = {}
        for site in sites:
            for name in site.names:
                self._by_name.setdefault(name.lower(), site)

    def site_of(self, request: Request) -> Site:
        if not self._by_name:
            return self._default
        host = host_name(request)
        found = self._by_name.get(host)
        while found is None and "." in host:
            host = host.partition(".")[2]
            found = self._by_name.get("*." + host)
        return found or self._default

    def admit(self, request: Request) -> Response | Admission | None:
        site = self.site_of(request)
        location = site.find(request)
        request.location = (site, location)
        return site.admit(request, location)

    def __call__(self, request: Request) -> Response | Upstream:
        site: Site
        site, location = request.location or (self._default, NOWHERE)
        return site.answer(request, location)


def host_name(request: Request) -> str:
    """The host that is meant, in lower case, without port and without a final dot."""
    host = request.headers.get("host") or ""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower().rstrip(".")


def may_come(client: Address, allow: Sequence[Network], deny: Sequence[Network]) -> bool:
    """Whether the rules let this client in. Who comes by a Unix socket has no address: only a
    rule for all is one for it."""
    if not isinstance(client, tuple):
        return all(network.prefixlen for network in deny)
    address = _ip(client[0])
    if any(address in network for network in deny):
        return False
    return not allow or any(address in network for network in allow)


@lru_cache(1024)
def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text.partition("%")[0])  # fe80::1%eth0: by way of which card


def _aimed_at(request: Request, target: str) -> Request | None:
    """The request, as if it had asked for something else of this site."""
    if not target.startswith("/"):
        return None
    path, _, query = target.partition("?")
    inner = copy.copy(request)
    if request.method != "HEAD":
        inner.method = "GET"
    inner.path, inner.query, inner.target = path, query, target
    return inner


def _grant_nothing(request: Request) -> None:
    return None


# --- Handlers that need no file and no other server ---


def fixed(status: int, text: str, content_type: str) -> Handler:
    """A handler that always says the same."""
    body = text.encode()

    def handler(request: Request) -> Response:
        return Response(status, [("Content-Type", content_type)], body)

    return handler


def redirect(target: str, status: int = 301) -> Handler:
    """A handler that sends clients elsewhere. In `target`, {path} and {query} (with its question
    mark) stand for what was asked for, {host} for the host that was meant."""

    def handler(request: Request) -> Response:
        known = {
            "{query}": f"?{request.query}" if request.query else "",
            "{path}": request.path if request.path.startswith("/") else "/",
            "{host}": host_name(request),
        }
        if "{host}" in target and not known["{host}"]:
            return error_response(400, "There is no Host field, so nowhere to redirect to.")
        # At once: what a client has written may have such a word in it, too.
        where = re.sub(r"\{(query|path|host)\}", lambda found: known[found[0]], target)
        response = error_response(status, f"It is at {where}")
        response.headers.append(("Location", where))
        return response

    return handler


def to_https(port: int = 443) -> Handler:
    """A handler for a plain port beside one with TLS (RFC 9110, 15.4.9: 308 keeps the method)."""
    where = "{host}" if port == 443 else f"{{host}}:{port}"
    return redirect(f"https://{where}{{path}}{{query}}", 308)


NOWHERE = Location(nothing_here)
AS_A_WHOLE = Location(lambda request: Response(204, [("Allow", "GET, HEAD, OPTIONS")]))
