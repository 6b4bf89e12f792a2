"""What may stand in a configuration file: names, addresses, networks, paths, fields.

Before the trip. Each function makes what the program wants of one value, or raises ValueError with
what was expected and what was found. What ends up on the wire (fields, redirects) is held to the
grammar here already: a line feed in a field's value is a mistake to be told to who wrote it, and
not a 500 for who visits.

In Nginx: ngx_conf_set_flag_slot, _num_slot, _str_slot and the like; ngx_parse_url; ngx_ptocidr.
"""

import ipaddress
import os
import re
import socket
from pathlib import Path
from typing import Any

from httpserver import units
from httpserver.addresses import ListenError, parse_address
from httpserver.balancing import parse_upstream
from httpserver.parser import TOKEN
from httpserver.settings import Place, Reader, one_or_more
from httpserver.suggest import did_you_mean
from httpserver.units import expected, shown

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# --- Words and numbers ---------------------------------------------------------------------


def text(value: Any, place: Place) -> str:
    if not isinstance(value, str):
        raise expected("a string", value)
    return value


def flag(value: Any, place: Place) -> bool:
    if not isinstance(value, bool):
        raise expected("true or false", value)
    return value


def https_port(value: Any, place: Place) -> int:
    """Whether to send clients to https://, and to which port: true stands for its own, 443."""
    if isinstance(value, bool):
        return 443 if value else 0
    if not isinstance(value, int) or not 0 < value < 65536:
        raise expected("true, false, or a port such as 8443", value)
    return value


def count(least: int, most: int = 2**31 - 1) -> Reader:
    def whole_number(value: Any, place: Place) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            until = "" if most == 2**31 - 1 else f" and at most {most}"
            raise expected(f"a whole number of at least {least}{until}", value)
        return value

    return whole_number


def one_of(*words: str) -> Reader:
    def word(value: Any, place: Place) -> str:
        if value not in words:
            suggestion = did_you_mean(str(value), words)
            raise expected(" or ".join(map(shown, words)), value, suggestion and f".{suggestion}")
        return str(value)

    return word


def matching(form: str, what: str) -> Reader:
    pattern = re.compile(form)

    def matched(value: Any, place: Place) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise expected(what, value)
        return value

    return matched


def size(value: Any, place: Place) -> int:
    return units.size(value)


def some_bytes(value: Any, place: Place) -> int:
    if not (found := units.size(value)):
        raise expected("a size of at least 1 byte", value)
    return found


def seconds(value: Any, place: Place) -> float:
    return units.seconds(value)


def timeout(value: Any, place: Place) -> float:
    if not (found := units.seconds(value)):
        raise expected("a time of more than 0 seconds", value)
    return found


def rate(value: Any, place: Place) -> float:
    return units.rate(value)


# What [zones.NAME] and [upstreams.NAME] may be called.
name = matching(r"[A-Za-z0-9_.-]+", "a name of letters, digits, '-', '_' and '.'")

# --- Files ---------------------------------------------------------------------------------


def path(value: Any, place: Place) -> Path:
    """Relative ones begin at the folder of the configuration file."""
    given = text(value, place)
    if not given or "\0" in given:
        raise expected("a path", value)
    if given.startswith("~"):
        raise expected("a whole path ('~' is known to a shell alone)", value)
    return Path(place.document.path).resolve().parent / given


def folder(value: Any, place: Place) -> Path:
    found = path(value, place)
    if not os.path.isdir(found):  # which is False, too, where it may not be looked at
        raise ValueError(f"expected a folder; {str(found)!r} is none, or not there")
    return found


def readable_file(value: Any, place: Place) -> Path:
    found = path(value, place)
    try:
        with found.open("rb"):
            return found
    except OSError as error:
        raise ValueError(f"{str(found)!r} cannot be read: {error.strerror}") from None


def writable_file(value: Any, place: Place) -> Path:
    """A file that will be made where it is not there; its folder is not."""
    found = path(value, place)
    if found.is_dir() or not found.parent.is_dir():
        raise ValueError(f"expected a file in a folder that is there; found {str(found)!r}")
    return found


def log(stream: str, *, optional: bool = False) -> Reader:
    """ "stdout" or "stderr", as `stream` says, or a path as text; or false, for None."""

    def target(value: Any, place: Place) -> str | None:
        if optional and value is False:
            return None
        if not isinstance(value, str):
            raise expected(f'"{stream}" or a path{", or false" if optional else ""}', value)
        return stream if value == stream else str(writable_file(value, place))

    return target


def permissions(value: Any, place: Place) -> int:
    """As chmod has them. The number 660 would be a quite different one in octal."""
    if not isinstance(value, str) or not re.fullmatch("0?[0-7]{3}", value):
        raise expected('permissions as a string of octal digits, such as "0660"', value)
    return int(value, 8)


# --- Names and addresses -------------------------------------------------------------------


def listen_address(value: Any, place: Place) -> str:
    """As `addresses.parse_address` reads it, written in the one way that can be compared."""
    wanted = "HOST:PORT, [IPV6]:PORT, a port alone (up to 65535), or unix:PATH"
    try:
        where = parse_address(text(value, place))
        if where.path:
            return f"unix:{path(where.path, place)}"
        if where.family == socket.AF_INET6:
            where = where._replace(host=str(ipaddress.IPv6Address(where.host)))
        elif re.fullmatch(r"[0-9.]+", where.host):  # as a name it would be looked for in vain
            ipaddress.IPv4Address(where.host)
        elif not re.fullmatch(r"[A-Za-z0-9_.-]+", where.host):
            raise ValueError
    except (ListenError, ValueError):
        raise expected(wanted, value) from None
    return str(where)


def upstream_address(value: Any, place: Place) -> str:
    """As `balancing.parse_upstream` reads it, written in the one way that can be compared."""
    try:
        where = parse_upstream(text(value, place))
    except ListenError as error:
        raise ValueError(str(error)) from None
    return listen_address(str(where), place)


def upstream(value: Any, place: Place) -> str:
    """The name of a group, or the address of a server, which alone has a colon in it."""
    return upstream_address(value, place) if ":" in text(value, place) else str(value)


def host_name(value: Any, place: Place) -> str:
    """A name that a server answers to; its first part may be "*"."""
    found = text(value, place).lower()
    if not re.fullmatch(r"(\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]", found):
        hint = "; leave `names` out to answer to any name" if found in ("", "_", "*") else ""
        if not found.isascii():
            hint = "; write other letters as Punycode ('xn--...')"
        raise expected('a host name, such as "example.com" or "*.example.com"', value, hint)
    return found


host = matching(
    r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", 'a host, such as "example.com:8000"'
)


def networks(value: Any, place: Place) -> tuple[Network, ...]:
    return sum(one_or_more(_network)(value, place), start=())


def some_networks(value: Any, place: Place) -> tuple[Network, ...]:
    if value == []:  # "nobody", or "no such rule"?
        raise expected(
            'networks, or "all"', value, ', which is empty. `deny = "all"` lets nobody in'
        )
    return networks(value, place)


def _network(value: Any, place: Place) -> tuple[Network, ...]:
    if value == "all":
        return (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    wanted = 'an address or a network, such as "192.0.2.7", "10.0.0.0/8", "::1" or "all"'
    try:
        found = ipaddress.ip_network(text(value, place), strict=False)
    except ValueError:
        raise expected(wanted, value) from None
    if ipaddress.ip_address(value.partition("/")[0]) != found.network_address:
        # 10.1.2.3/8: is it the network that is meant, or the address alone?
        raise expected(wanted, value, f'. Did you mean "{found}"?')
    return (found,)


# --- Paths of URLs, fields -----------------------------------------------------------------


def url_path(value: Any, place: Place) -> str:
    if not text(value, place).startswith("/") or not value.isprintable():
        raise expected('a path that begins with a slash, such as "/errors/404.html"', value)
    return str(value)


def location_path(value: Any, place: Place) -> str:
    """ "/prefix" or "= /exact" (`locations.Locations`)."""
    found = text(value, place).removeprefix("=").lstrip()
    if not found.startswith("/") or not found.isprintable():
        regex = "; there are no regular expressions here" if value.startswith(("~", "^")) else ""
        raise expected('a prefix, such as "/static/", or "= /exact"', value, regex)
    return f"= {found}" if value.startswith("=") else found


def redirect_target(value: Any, place: Place) -> str:
    target = _with_variables(text(value, place), "path", "query")
    if "/{path}" in target:
        raise expected("no slash before {path}, which begins with one", value)
    if not re.fullmatch(r"(https?://[^/{]|/)[!-~]*", target) or target.startswith("//"):
        wanted = 'a URL or a path of printable ASCII, such as "https://example.com{path}{query}"'
        raise expected(wanted, value)
    return target


def file_to_try(value: Any, place: Place) -> str:
    found = _with_variables(text(value, place), "path")
    if not re.fullmatch(r"/.*|\{path\}.*|=[45][0-9][0-9]|@/.*", found):
        wanted = 'a path ("/index.html", "{path}.html"), a status ("=404") or a location ("@/app/")'
        raise expected(wanted, value)
    return found


def _with_variables(target: str, *known: str) -> str:
    """The text, if what it leaves room for is known."""
    words = " or ".join(f"{{{word}}}" for word in known)
    for variable in re.findall(r"\$[a-z_]{3,}", target):
        raise ValueError(f"{variable} is Nginx's; expected {words}")
    for word in re.findall(r"\{([^}]*)\}?", target):
        if word not in known:
            raise ValueError(f"expected {words}; found {{{word}}}.{did_you_mean(word, known)}")
    return target


def error_status(value: Any, place: Place) -> int:
    """A key of a table, and so text."""
    if not re.fullmatch("[45][0-9][0-9]", value):
        raise expected("the status of an error, 400 to 599", value)
    return int(value)


def field_name(value: Any, place: Place) -> str:
    if not re.fullmatch(TOKEN, text(value, place)):
        raise expected("a field's name: letters, digits and '-', no space or colon", value)
    if value.lower() in ("connection", "content-length", "date", "keep-alive", "transfer-encoding"):
        raise ValueError("the server alone sets this field")
    if value.lower() == "server":
        raise ValueError("expected at the top of the file, as `server_field`")
    return str(value)


field_value = matching(
    r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?",
    "a field's value: no control characters, no space at its ends, nothing beyond Latin-1",
)
media_type = matching(f"{TOKEN}/{TOKEN}", 'a media type, such as "text/html"')
content_type = matching(
    rf"{TOKEN}/{TOKEN}( *; *[ -~]+)?", 'a media type, such as "text/html; charset=utf-8"'
)
file_name = matching(r"[^/\0]+", "the name of a file, without a slash")
