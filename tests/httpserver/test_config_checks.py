"""What must hold among settings."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from httpserver.config import ConfigError, load

OK = """
[[server.location]]
path = "/"
respond = "ok"
"""
SERVER = "[[server]]"  # on the first line
FILES = f"""{SERVER}
[[server.location]]
path = "/"
root = "public"
"""

# name: (file, what is said of it, each from its line on)
MISTAKES: dict[str, tuple[str, list[str]]] = {
    "nothing": ("", ["1: expected at least one [[server]]; found none"]),
    "no worker": ("workers = 0\n" + SERVER + OK, ["1: workers: expected a whole number of at"]),
    "a zone that counts nothing": (
        f"[zones.a]\nclients = 5\n{SERVER}{OK}",
        ['1: a: expected a rate (such as rate = "10/s"), connections, or both; found neither'],
    ),
    "burst and delay without a rate": (
        f"[zones.a]\nconnections = 1\nburst = 5\ndelay = true\n{SERVER}{OK}",
        [
            "3: burst: belongs to a rate, and there is none here",
            "4: delay: belongs to a rate, and there is none here",
        ],
    ),
    "an upstream without servers": (
        f"[upstreams.a]\nservers = []\n{SERVER}{OK}",
        ["2: servers: expected at least 1; found an empty list"],
    ),
    "a server without locations": (
        SERVER,
        ["1: server: expected at least one [[server.location]]; found none"],
    ),
    "no action": (
        f"{SERVER}\n[[server.location]]\npath = '/'",
        ["2: location: expected one of root, alias, proxy, redirect, respond; found none"],
    ),
    "two actions": (
        f"{FILES}respond = 'x'",
        [
            "2: location: expected one of root, alias, proxy, redirect, respond; "
            "found root and respond"
        ],
    ),
    "what belongs to files": (
        f"{SERVER}{OK}try_files = ['{{path}}']\nlisting = true",
        [
            "5: try_files: belongs to root and alias; here is respond",
            "6: listing: belongs to root and alias; here is respond",
        ],
    ),
    "what belongs to a proxy, to a redirect and to a text": (
        f"{FILES}upgrade = true\nstatus = 200\ncontent_type = 'text/plain'",
        [
            "5: upgrade: belongs to proxy; here is root",
            "6: status: belongs to redirect and respond; here is root",
            "7: content_type: belongs to respond; here is root",
        ],
    ),
    "a redirect that is none": (
        f"{SERVER}\n[[server.location]]\npath = '/'\nredirect = '/x'\nstatus = 200",
        ["5: status: expected one of 301, 302, 303, 307, 308; found 200"],
    ),
    "a status out of range": (
        f"{SERVER}{OK}status = 600",
        ["5: status: expected a whole number of at least 200 and at most 599; found 600"],
    ),
    "an unknown upstream": (
        f"{SERVER}\n[[server.location]]\npath = '/'\nproxy = 'ap'\n"
        "[upstreams.app]\nservers = ['127.0.0.1:1']",
        ["4: proxy: expected one of [upstreams]: app; found 'ap'. Did you mean 'app'?"],
    ),
    "an unknown zone": (
        f"{SERVER}\nzone = 'perpi'{OK}zone = ['perip', 'other']\n[zones.perip]\nconnections = 1",
        [
            "2: zone: expected one of [zones]: perip; found 'perpi'. Did you mean 'perip'?",
            "6: zone: expected one of [zones]: perip; found 'other'.",
        ],
    ),
    "a missing folder": (
        f"{SERVER}\n[[server.location]]\npath = '/'\nroot = 'publc'",
        ["4: root: expected a folder; "],
    ),
    "a certificate without a key": (
        f"{SERVER}\ncertificate = 'cert.pem'{OK}",
        ["2: certificate: expected a key beside it; found none"],
    ),
    "a key without a certificate": (
        f"{SERVER}\nkey = 'key.pem'{OK}",
        ["2: key: expected a certificate beside it; found none"],
    ),
    "the key of another certificate": (
        f"{SERVER}\ncertificate = 'cert.pem'\nkey = 'other.pem'{OK}",
        [
            "2: certificate: expected PEM files that belong together, the key without a "
            "passphrase; found 'FOLDER/cert.pem' and 'FOLDER/other.pem': key values mismatch"
        ],
    ),
    "a key with a passphrase": (
        f"{SERVER}\ncertificate = 'cert.pem'\nkey = 'locked.pem'{OK}",
        ["2: certificate: expected PEM files that belong together, the key without a passphrase"],
    ),
    "a certificate that is none": (
        f"{SERVER}\ncertificate = 'none.pem'\nkey = 'key.pem'{OK}",
        ["2: certificate: expected PEM files that belong together"],
    ),
    "TLS and plain at one address": (
        f"{SERVER}\nlisten = [\n  '127.0.0.1:80',\n  '127.0.0.1:443',\n]\n"
        f"certificate = 'cert.pem'\nkey = 'key.pem'{OK}"
        f"[[server]]\nnames = 'b'\nlisten = ':443'{OK}",
        [
            "13: listen: expected all servers at 127.0.0.1:443 to be with a certificate, "
            "as that of line 4 is"
        ],
    ),
    "two defaults": (
        f"{SERVER}\nnames = 'a'\ndefault = true{OK}[[server]]\nnames = 'b'\ndefault = true{OK}",
        ["9: default: 127.0.0.1:8080 has its default at line 3 already"],
    ),
    "a name twice at one address": (
        f"{SERVER}\nnames = ['a', 'b']{OK}[[server]]\nnames = 'B'{OK}",
        ["7: names: 'b' is served at 127.0.0.1:8080 by line 2 already"],
    ),
    "a name twice in one server": (
        f"{SERVER}\nnames = [\n  'a',\n  'a',\n]{OK}",
        ["4: names: 'a' is served at 127.0.0.1:8080 by line 3 already"],
    ),
    "two servers for any name": (
        f"{SERVER}{OK}[[server]]{OK}",
        ["5: server: 127.0.0.1:8080 has a server for any name at line 1 already"],
    ),
    "an address twice": (
        f"{SERVER}\nlisten = ['[::1]:80', '[0::1]:80']{OK}",
        ["2: listen: [::1]:80 is given twice"],
    ),
    "a path twice": (
        f"{SERVER}{OK}{OK}",
        ["7: path: '/' is given twice in this server"],
    ),
    "redirect_to_https with what it leaves no use for": (
        f"{SERVER}\nredirect_to_https = true\ncertificate = 'cert.pem'\nkey = 'key.pem'{OK}",
        [
            "3: certificate: of no use beside redirect_to_https",
            "5: location: of no use beside redirect_to_https",
        ],
    ),
    "limits that hold before a location is known": (
        f"{SERVER}\nlimits = {{ head_timeout = 1 }}{OK}limits = {{ body = 1, connections = 5 }}",
        [
            "2: head_timeout: expected in [limits], since it holds before",
            "6: connections: expected in [limits], since it holds before",
        ],
    ),
    "an error page in no location": (
        f"{SERVER}\nerror_pages = {{ 404 = '/404.html' }}\n"
        "[[server.location]]\npath = '/a/'\nrespond = 'ok'",
        ["2: 404: expected a path in a location of this server; '/404.html' is in none"],
    ),
    "an error page in a proxy": (
        f"{FILES}error_pages = {{ 502 = '/a/502.html' }}\n"
        "[[server.location]]\npath = '/a/'\nproxy = '127.0.0.1:1'",
        [
            "5: 502: expected a path that this server answers itself; '/a/502.html' is in '/a/', "
            "a proxy"
        ],
    ),
    "try_files to a location that is not there": (
        f"{FILES}try_files = ['{{path}}', '@/ap/']\n"
        "[[server.location]]\npath = '/app/'\nrespond = 'ok'",
        [
            "5: try_files: expected another location of this server; found '@/ap/'. "
            "Did you mean '/app/'?"
        ],
    ),
    "try_files to where it stands": (
        f"{FILES}try_files = ['@/']",
        ["5: try_files: expected another location of this server; found '@/'."],
    ),
    "what try_files can only end in": (
        f"{FILES}try_files = [\n  '=404',\n  '{{path}}',\n]",
        ["6: try_files: '=404' may only stand last"],
    ),
    "a field that cannot be sent": (
        f'{SERVER}\n[server.fields]\n"X Y" = \'a\'\nX-Z = "\\u000a"{OK}',
        ["3: X Y: expected a field's name", "4: X-Z: expected a field's value"],
    ),
    "a bad network": (
        f"{SERVER}\nallow = '10.1.2.3/8'{OK}",
        ["2: allow: expected an address or a network"],
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates, good and bad."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "public").mkdir()
    authority = trustme.CA()
    issued = authority.issue_cert("example.com")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    authority.issue_cert("other.example").private_key_pem.write_to_path(folder / "other.pem")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    (folder / "locked.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase"))
    )
    (folder / "none.pem").write_text("no certificate")
    return folder


def problems(folder: Path, content: str) -> list[str]:
    path = folder / "site.toml"
    path.write_text(content)
    try:
        load(path)
    except ConfigError as error:
        return [f"{problem.line}: {problem.message}" for problem in error.problems]
    return []


@pytest.mark.parametrize(("content", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_contradiction_is_told_at_its_line_and_nothing_else(
    site: Path, content: str, expected: list[str]
) -> None:
    found = problems(site, content)
    assert len(found) == len(expected), found
    for problem, beginning in zip(found, expected, strict=True):
        assert problem.replace(str(site), "FOLDER").startswith(beginning)


GOOD = {
    "one name at two addresses": (
        f"{SERVER}\nnames = 'a'{OK}[[server]]\nlisten = '8081'\nnames = 'a'{OK}"
    ),
    "a default for each address": (
        f"{SERVER}\ndefault = true{OK}[[server]]\nlisten = '8081'\ndefault = true{OK}"
    ),
    "an exact path beside a prefix": f"{FILES}[[server.location]]\npath = '= /'\nrespond = 'x'",
    "one path in two servers": f"{SERVER}{OK}[[server]]\nnames = 'a'{OK}",
    "an error page of the longest prefix": (
        f"{SERVER}\nerror_pages = {{ 404 = '/e/404' }}\n"
        "[[server.location]]\npath = '/'\nproxy = '127.0.0.1:1'\n"
        "[[server.location]]\npath = '/e/'\nroot = 'public'"
    ),
    "an error page of an exact path": (
        f"{SERVER}\nerror_pages = {{ 404 = '/e' }}\n"
        "[[server.location]]\npath = '/e'\nproxy = '127.0.0.1:1'\n"
        "[[server.location]]\npath = '= /e'\nrespond = 'not here'\nstatus = 404"
    ),
    "two TLS servers at one address": (
        f"{SERVER}\ncertificate = 'cert.pem'\nkey = 'key.pem'\nnames = 'a'{OK}"
        f"[[server]]\ncertificate = 'cert.pem'\nkey = 'key.pem'\nnames = 'b'{OK}"
    ),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_what_only_looks_like_a_contradiction_is_good(site: Path, content: str) -> None:
    assert problems(site, content) == []


def test_what_could_not_be_read_is_not_taken_for_missing_as_well(site: Path) -> None:
    """One mistake is one message."""
    content = f"""{SERVER}
        listen = ["x", "127.0.0.1:8080"]
        certificate = "nope.pem"
        key = "key.pem"
        names = ["_"]
        [[server.location]]
        path = "x"
        root = "nope"
        index = "a/b"
        [[server.location]]
        path = "/"
        proxy = "https://x"
        [[server]]
        names = "a"
        {OK}"""
    assert [problem.split(":")[1].strip() for problem in problems(site, content)] == [
        *("listen", "certificate", "names", "path", "root", "index", "proxy"),
    ]
