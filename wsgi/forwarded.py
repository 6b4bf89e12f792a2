"""Whom to believe who the client is: the words of a proxy in front of us.

Step 2 of the trip. Behind a proxy every connection comes from the proxy, and the client's
address and scheme stand in fields that the proxy has added: X-Forwarded-For and
X-Forwarded-Proto. Anybody can write such fields, so they count only where the connection comes
from a proxy that is trusted, and change nothing where it does not.

Each proxy adds, at the right, the address that it was called from. So the list is read from
the right: what a trusted proxy has written is true, up to and including the first address that
is not one of our proxies. What stands left of that, its owner may have made up.

The field Forwarded (RFC 7239) is not read: most proxies do not know it, and pass on what the
client has written there.

In Gunicorn: --forwarded-allow-ips.  In Nginx: ngx_http_realip_module.c.
"""

import ipaddress
from functools import lru_cache

from httpserver.messages import BadRequest, Request

LOCAL = "127.0.0.1,::1"


class Trust:
    """The proxies to believe: addresses and networks ("127.0.0.1,10.0.0.0/8"), or "*".

    Peers on a Unix socket are always trusted: they had the right to open its file. "*" is for
    one proxy whose address is not known: whoever connects is taken for it, and the rightmost
    address in its list for the client's. Raises `ValueError` for what is no network.
    """

    def __init__(self, networks: str = LOCAL) -> None:
        names = [name.strip() for name in networks.split(",") if name.strip()]
        self._anybody = "*" in names
        self._networks = [parse_network(name) for name in names if name != "*"]
        self._trusts = lru_cache(1024)(self._is_inside)  # the same few proxies again and again

    def correct(self, request: Request) -> None:
        """Put the client's address and scheme into the request, as a trusted proxy tells them.

        The client's port is 0 then: no proxy tells it. Raises `BadRequest` for a scheme that is
        in doubt, since "https" decides what is safe to send.
        """
        peer = request.client
        if isinstance(peer, tuple) and not (self._anybody or self._trusts(peer[0])):
            return
        fields = request.headers.by_name
        if address := self._client(fields.get("x-forwarded-for", "")):
            request.client = (address, 0)
        if scheme := forwarded_scheme(fields.get("x-forwarded-proto", "")):
            request.scheme = scheme

    def _client(self, field: str) -> str:
        """The rightmost address that is not a trusted proxy's; else the leftmost one.

        "" where there is none. What cannot be read ("unknown", "unix:") ends the list: nobody
        knows who has written what stands left of it.
        """
        found = ""
        for member in reversed(field.split(",")):
            address = parse_address(member)
            if not address:
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _is_inside(self, host: str) -> bool:
        address = ipaddress.ip_address(parse_address(host.partition("%")[0]))
        return any(address in network for network in self._networks)


def parse_network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(name)
    except ValueError:
        pass
    try:  # 10.1.2.3/8: is it the network that is meant, or the address alone?
        hint = f" Did you mean {str(ipaddress.ip_network(name, strict=False))!r}?"
    except ValueError:
        hint = ""
    raise ValueError(
        f"{name!r} is not an address or a network, such as 192.0.2.7, 10.0.0.0/8 or ::1, nor *."
        f"{hint}"
    )


def parse_address(member: str) -> str:
    """The address of "192.0.2.7", "192.0.2.7:51000", "2001:db8::1" or "[2001:db8::1]:51000", in
    its shortest form; "" where there is none."""
    text = member.strip(" \t")
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return ""  # any text may stand there, and it means nothing to another machine
        found = found.ipv4_mapped or found
    return str(found)


def forwarded_scheme(field: str) -> str:
    """ "http" or "https", or "" where the field is empty. A WebSocket begins as a request."""
    said = {member.strip(" \t").lower() for member in field.split(",")} - {""}
    schemes = {{"ws": "http", "wss": "https"}.get(scheme, scheme) for scheme in said}
    if len(schemes) > 1 or not schemes <= {"http", "https"}:
        raise BadRequest(f"X-Forwarded-Proto is {field[:40]!r}: expected http or https, and one.")
    return "".join(schemes)
