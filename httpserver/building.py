"""From the settings of a configuration file to servers that run.

Before the trip. The master builds a `Plan` from the file, and so finds out what cannot work
(a host that does not exist, a key that does not fit) while the old servers go on; its workers
are forked and make their servers of it.

In Nginx: ngx_init_cycle, which does the same at each reload.
"""

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence

from httpserver.addresses import url_of
from httpserver.balancing import Backend, Group
from httpserver.compression import Gzip
from httpserver.config import (
    Config,
    GroupSettings,
    LocationSettings,
    ServerSettings,
    UpstreamSettings,
    ZoneSettings,
)
from httpserver.limits import Limits
from httpserver.logs import AccessLog
from httpserver.messages import Handler
from httpserver.proxy import Proxy
from httpserver.server import Listener, Server
from httpserver.sites import Location, Rules, Site, Sites, fixed, redirect, to_https
from httpserver.static import StaticFiles
from httpserver.tls import Certificate, tls_context
from httpserver.try_paths import TryPaths
from httpserver.worker import Worker, serve, within_files
from httpserver.zones import Zone


class Plan:
    """What a configuration says, ready to be served.

    `before` is the plan that this one takes the place of: a zone that is the same goes on
    counting. Raises `ListenError` for an upstream that has no address.
    """

    def __init__(self, config: Config, before: "Plan | None" = None) -> None:
        self.config = config
        self.addresses = list(
            dict.fromkeys(address for server in config.servers for address in server.listen)
        )
        self.modes = {
            address: server.socket_mode for server in config.servers for address in server.listen
        }
        kept = before.zones if before is not None else {}
        self.zones: dict[str, tuple[ZoneSettings, Zone]] = {
            name: kept[name]
            if name in kept and kept[name][0] == settings
            else (settings, _zone(settings))
            for name, settings in config.zones.items()
        }
        self.per_client = _per_client(config.limits, before)
        self._groups = {name: _group(settings) for name, settings in config.upstreams.items()}
        by_address = {
            address: [server for server in config.servers if address in server.listen]
            for address in self.addresses
        }
        self._handlers = {
            address: Sites([self._site(server) for server in _default_first(servers)])
            for address, servers in by_address.items()
        }
        self._contexts = {
            address: _context(_default_first(servers)) for address, servers in by_address.items()
        }

    # --- In the worker ---

    def run_worker(self, worker: Worker) -> None:
        """What `Master` runs in each worker process."""
        for zone in self.all_zones():
            zone.claim(worker.slot)
        serve(self.make_server)(worker)

    def make_server(self, sockets: Sequence[socket.socket]) -> Server:
        """The server of one worker, on the sockets of `addresses`, in their order."""
        config = self.config
        listeners = [
            Listener(sock, self._handlers[address], self._contexts[address])
            for sock, address in zip(sockets, self.addresses, strict=True)
        ]
        return Server(
            listeners[0].handler,
            listeners,
            limits=within_files(config.limits),
            threads=config.threads,
            access_log=_access_log(config),
            server_name=config.server_field,
            per_client=self.per_client,
        )

    # --- In the master ---

    def urls(self, sockets: Sequence[socket.socket]) -> list[str]:
        """The addresses as a browser wants them."""
        return [
            url_of(sock, "https" if self._contexts[address] else "http")
            for sock, address in zip(sockets, self.addresses, strict=True)
        ]

    def all_zones(self) -> list[Zone]:
        zones = [zone for _, zone in self.zones.values()]
        return [*zones, self.per_client] if self.per_client is not None else zones

    def clear(self, slot: int) -> None:
        """A worker has ended: what it counted is no more."""
        for zone in self.all_zones():
            zone.clear(slot)

    # --- Building ---

    def _site(self, server: ServerSettings) -> Site:
        if server.redirect_to_https:
            return Site([("/", Location(to_https(server.redirect_to_https)))], server.names)
        rules = {settings.path: self._rules(settings) for settings in server.locations}
        handlers: dict[str, Handler] = {}
        for settings in server.locations:
            handlers[settings.path] = self._handler(settings, handlers)
        locations = [(path, Location(handlers[path], rules[path])) for path in rules]
        return Site(locations, server.names)

    def _handler(self, settings: LocationSettings, others: Mapping[str, Handler]) -> Handler:
        if settings.proxy is not None:
            group = self._groups.get(settings.proxy)
            if group is None:
                # An address is a group of one, which all locations that name it share.
                group = _group(GroupSettings(servers=(UpstreamSettings(settings.proxy),)))
                self._groups[settings.proxy] = group
            return Proxy(
                group,
                host=settings.host,
                stream_body=settings.stream_body,
                upgrade=settings.upgrade,
            )
        if settings.redirect is not None:
            return redirect(settings.redirect, settings.status)
        if settings.respond is not None:
            return fixed(settings.status, settings.respond, settings.content_type)
        return _files(settings, others)

    def _rules(self, settings: LocationSettings) -> Rules:
        gzip = settings.gzip
        return Rules(
            limits=None if settings.limits == self.config.limits else settings.limits,
            allow=settings.allow,
            deny=settings.deny,
            zones=tuple(self.zones[name][1] for name in settings.zones),
            error_pages=settings.error_pages,
            fields=tuple(settings.fields.items()),
            gzip=Gzip(gzip.level, gzip.least, gzip.types) if gzip else None,
            internal=settings.internal,
        )


def _files(settings: LocationSettings, others: Mapping[str, Handler]) -> Handler:
    folder = settings.root or settings.alias
    assert folder is not None
    files = StaticFiles(
        folder,
        index=settings.index,
        listing=settings.listing,
        cache_control=settings.cache_control,
        dot_files=settings.dot_files,
        precompressed=settings.precompressed,
    )
    if settings.alias is not None:
        files = files.under(settings.path.removeprefix("=").strip())
    if not settings.try_files:
        return files
    *patterns, last = settings.try_files
    if last.startswith("@"):
        # Looked up when it is needed: that location may be built after this one.
        return TryPaths(files, patterns, lambda request: others[last[1:]](request))
    if last.startswith("="):
        return TryPaths(files, patterns, status=int(last[1:]))
    return TryPaths(files, settings.try_files)


def _default_first(servers: Sequence[ServerSettings]) -> list[ServerSettings]:
    return sorted(servers, key=lambda server: not server.default)


def _context(servers: Sequence[ServerSettings]) -> ssl.SSLContext | None:
    """What an address speaks TLS with: the default server's certificate, others by name."""
    files = [
        (server, Certificate(str(server.certificate), str(server.key)))
        for server in servers
        if server.certificate is not None
    ]
    if not files:
        return None
    by_name = {name: certificate for server, certificate in files for name in server.names}
    return tls_context(files[0][1], by_name)


def _zone(settings: ZoneSettings) -> Zone:
    return Zone(
        rate=settings.rate,
        burst=settings.burst,
        delay=settings.delay,
        connections=settings.connections,
        clients=settings.clients,
        status=settings.status,
    )


def _per_client(limits: Limits, before: Plan | None) -> Zone | None:
    """Where the connections of each client are counted, if they are bounded."""
    most = limits.connections_per_client
    if not most:
        return None
    if before is not None and before.config.limits.connections_per_client == most:
        return before.per_client
    return Zone(connections=most)


def _group(settings: GroupSettings) -> Group:
    return Group(
        [
            Backend(each.address, each.weight, each.max_fails, each.fail_timeout)
            for each in settings.servers
        ],
        balance=settings.balance,
        keep_alive=settings.keep_alive,
        connect_timeout=settings.connect_timeout,
        send_timeout=settings.send_timeout,
        read_timeout=settings.read_timeout,
        tries=settings.tries,
    )


def _access_log(config: Config) -> Callable[..., None] | None:
    if not config.access_log:
        return None
    if config.access_log == "stdout":
        return AccessLog(form=config.access_log_format)
    return AccessLog(path=config.access_log, form=config.access_log_format)
