"""The configuration file as a whole: what is read, handed down and explained."""

import ipaddress
import os
import re
from pathlib import Path

import pytest
import trustme

from httpserver.config import (
    Config,
    ConfigError,
    GroupSettings,
    GzipSettings,
    LocationSettings,
    UpstreamSettings,
    ZoneSettings,
    load,
    reference,
)
from httpserver.config_tables import ABOUT_LIMITS, LIMITS, TABLES
from httpserver.limits import Limits

EXAMPLE = """
workers = 2
threads = 4
error_log = "error.log"
log_level = "info"
access_log = "access.log"
access_log_format = "json"
pid_file = "glasstack.pid"
server_field = ""

[limits]
request_line = "16 KiB"
head = "32 KiB"
fields = 50
body = "20 MiB"
body_in_memory = "2 MiB"
chunk_line = 512
trailers = "4 KiB"
head_timeout = 5
body_timeout = "1m"
body_rate = 2048
keep_alive = 0
write_timeout = "90s"
write_rate = "2 KiB"
lifetime = "2h"
silent_timeout = "250ms"
graceful_timeout = 10
connections = 500
connections_per_client = 50
requests_per_connection = 100
pipelined = "32 KiB"
out_buffer = "128 KiB"
linger_bytes = "1 MiB"
linger_timeout = 2.5

[zones.perip]
rate = "10/s"
burst = 20
delay = false
connections = 10
status = 429
clients = 4096

[zones.slow]
rate = "30/min"

[upstreams.app]
balance = "least connections"
servers = ["unix:app.sock", "127.0.0.1:8001"]
keep_alive = 8
connect_timeout = 1
send_timeout = 30
read_timeout = "2m"
tries = 2

[[upstreams.other.servers]]
address = "[::1]:8001"
weight = 2
max_fails = 3
fail_timeout = 20

[[server]]
listen = ["127.0.0.1:8443", "[::1]:8443"]
names = ["example.com", "*.Example.com"]
default = true
certificate = "cert.pem"
key = "key.pem"
limits = { body = "50 MiB", write_timeout = 5 }
allow = ["10.0.0.0/8", "::1"]
deny = "192.0.2.7"
error_pages = { 404 = "/errors/404.html", 502 = "/errors/50x.html" }
fields = { X-Frame-Options = "DENY" }
gzip = true
zone = "perip"

[[server.location]]
path = "/"
root = "public"
index = "home.html"
listing = true
cache_control = "public, max-age=3600"
dot_files = true
precompressed = false
try_files = ["{path}", "{path}.html", "@/app/"]

[[server.location]]
path = "/assets/"
alias = "assets"
try_files = ["{path}", "=404"]
gzip = { level = 9, least = "1 KiB", types = "text/plain" }

[[server.location]]
path = "/app/"
proxy = "app"
host = "backend.example"
stream_body = true
upgrade = true
limits = { body_timeout = 120, body = 0 }
zone = ["perip", "slow"]
allow = "all"
deny = []
error_pages = {}
fields = { X-Other = "1" }

[[server.location]]
path = "= /old"
redirect = "https://example.com/new{path}{query}"
status = 308
gzip = false

[[server.location]]
path = "/older"
redirect = "/new"

[[server.location]]
path = "= /ping"
respond = "pong"
content_type = "text/plain"

[[server.location]]
path = "/errors/"
root = "public"
internal = true

[[server]]
listen = "unix:web.sock"
socket_mode = "0600"

[[server.location]]
path = "/"
proxy = "http://127.0.0.1:9000"

[[server]]
redirect_to_https = true
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with what the example speaks of."""
    (tmp_path / "public").mkdir()
    (tmp_path / "assets").mkdir()
    issued = trustme.CA().issue_cert("example.com")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    return tmp_path


def read(folder: Path, content: str) -> Config:
    path = folder / "site.toml"
    path.write_text(content)
    return load(path)


def location(config: Config, path: str) -> LocationSettings:
    (found,) = (each for each in config.servers[0].locations if each.path == path)
    return found


def test_the_example_uses_every_setting() -> None:
    for header, settings in TABLES.items():
        for key in settings:
            if settings[key].about:
                assert re.search(rf"(^|[{{ ]){key} = ", EXAMPLE, re.MULTILINE) or (
                    f".{key}]]" in EXAMPLE
                ), f"{key} of {header}"


def test_what_the_example_says_is_read(site: Path) -> None:
    config = read(site, EXAMPLE)
    assert (config.workers, config.threads, config.server_field) == (2, 4, "")
    assert config.error_log == str(site / "error.log")
    assert config.access_log == str(site / "access.log")
    assert config.pid_file == site / "glasstack.pid"
    assert config.limits.request_line == 16384
    assert config.limits.lifetime == 7200.0
    assert all(
        getattr(config.limits, name) != setting.default for name, setting in LIMITS.items()
    ), "each of them was read"
    assert config.zones == {
        "perip": ZoneSettings(10.0, 20, False, 10, 429, 4096),
        "slow": ZoneSettings(0.5),
    }
    assert config.upstreams == {
        "app": GroupSettings(
            (UpstreamSettings(f"unix:{site}/app.sock"), UpstreamSettings("127.0.0.1:8001")),
            "least connections",
            *(8, 1.0, 30.0, 120.0, 2),
        ),
        "other": GroupSettings((UpstreamSettings("[::1]:8001", 2, 3, 20.0),)),
    }
    tls, unix, to_https = config.servers
    assert tls.listen == ("127.0.0.1:8443", "[::1]:8443")
    assert tls.names == ("example.com", "*.example.com")
    assert tls.default
    assert (tls.certificate, tls.key) == (site / "cert.pem", site / "key.pem")
    assert (unix.listen, unix.socket_mode) == ((f"unix:{site}/web.sock",), 0o600)
    assert unix.locations[0].proxy == "127.0.0.1:9000"
    assert to_https.redirect_to_https
    assert to_https.listen == ("127.0.0.1:8080",)


def test_what_the_locations_of_the_example_do_is_read(site: Path) -> None:
    config = read(site, EXAMPLE)
    files = location(config, "/")
    assert (files.root, files.index, files.listing) == (site / "public", "home.html", True)
    assert (files.cache_control, files.dot_files) == ("public, max-age=3600", True)
    assert not files.precompressed
    assert files.try_files == ("{path}", "{path}.html", "@/app/")
    assert location(config, "/assets/").alias == site / "assets"
    app = location(config, "/app/")
    assert (app.proxy, app.host, app.stream_body, app.upgrade) == (
        *("app", "backend.example"),
        *(True, True),
    )
    old = location(config, "= /old")
    assert (old.redirect, old.status) == ("https://example.com/new{path}{query}", 308)
    ping = location(config, "= /ping")
    assert (ping.respond, ping.status, ping.content_type) == ("pong", 200, "text/plain")
    assert location(config, "/errors/").internal


def test_a_redirect_is_301_unless_it_is_told(site: Path) -> None:
    assert location(read(site, EXAMPLE), "/older").status == 301


def test_a_location_has_from_its_server_what_it_has_not_of_its_own(site: Path) -> None:
    config = read(site, EXAMPLE)
    files = location(config, "/")
    assert files.allow == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))
    assert files.deny == (ipaddress.ip_network("192.0.2.7/32"),)
    assert files.error_pages == {404: "/errors/404.html", 502: "/errors/50x.html"}
    assert files.fields == {"X-Frame-Options": "DENY"}
    assert files.gzip == GzipSettings()
    assert files.zones == ("perip",)


def test_what_a_location_has_of_its_own_is_all_that_it_has(site: Path) -> None:
    config = read(site, EXAMPLE)
    app = location(config, "/app/")
    assert app.allow == (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    assert app.deny == ()
    assert app.error_pages == {}
    assert app.fields == {"X-Other": "1"}
    assert app.zones == ("perip", "slow")
    assert location(config, "= /old").gzip is None
    assert location(config, "/assets/").gzip == GzipSettings(9, 1024, ("text/plain",))


def test_limits_are_handed_down_one_by_one(site: Path) -> None:
    config = read(site, EXAMPLE)
    server, app = config.servers[0].limits, location(config, "/app/").limits
    assert (server.body, server.write_timeout, server.body_timeout) == (50 * 2**20, 5.0, 60.0)
    assert (app.body, app.write_timeout, app.body_timeout) == (0, 5.0, 120.0)
    assert (app.head, server.head, config.limits.head) == (32768,) * 3
    assert config.servers[1].locations[0].limits == config.limits


def test_little_is_enough(tmp_path: Path) -> None:
    config = read(tmp_path, "[[server]]\n[[server.location]]\npath = '/'\nroot = '.'")
    assert (config.workers, config.access_log, config.error_log) == (1, "stdout", "stderr")
    assert config.limits == Limits()
    (server,) = config.servers
    assert server.listen == ("127.0.0.1:8080",)
    assert server.locations[0].root == tmp_path
    assert server.locations[0].index == "index.html"


def test_no_access_log_is_none(tmp_path: Path) -> None:
    config = read(tmp_path, "access_log = false\n[[server]]\nredirect_to_https = true")
    assert config.access_log is None


def test_paths_are_relative_to_the_file_and_not_to_the_shell(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "site.toml").write_text(EXAMPLE)
    monkeypatch.chdir(site.parent)
    config = load(os.path.join(site.name, "site.toml"))
    assert config.servers[0].certificate == site / "cert.pem"
    assert config.upstreams["app"].servers[0].address == f"unix:{site}/app.sock"


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(
            tmp_path,
            """\
wokers = 2
[[server]]
listen = "80:80:80"
server_name = "example.com"
[[server.location]]
path = "/"
proxy = "app"
index = "index.html"
[limits]
body = "10m"
""",
        )
    file = tmp_path / "site.toml"
    assert str(refused.value).splitlines() == [
        f"{file}:1: wokers: unknown setting. Did you mean 'workers'?",
        f"{file}:3: listen: expected HOST:PORT, [IPV6]:PORT, a port alone (up to 65535), "
        'or unix:PATH; found "80:80:80"',
        f"{file}:4: server_name: unknown setting. Here that is `names` in [[server]].",
        f"{file}:7: proxy: expected one of [upstreams]: none at all; found 'app'.",
        f"{file}:8: index: belongs to root and alias; here is proxy",
        f'{file}:10: body: expected a size in bytes, such as 1048576 or "1 MiB"; found "10m". '
        'Did you mean "10 MiB"?',
    ]
    assert [problem.line for problem in refused.value.problems] == [1, 3, 4, 7, 8, 10]


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("server_name", "`names` in [[server]]"),
        ("proxy_pass", "`proxy` in [[server.location]]"),
        ("client_max_body_size", "`body` in [limits]"),
        ("worker_processes", "`workers` at the top of the file"),
        ("add_header", "`fields` in [[server]] or [[server.location]]"),
        ("ssl_certificate", "`certificate` in [[server]]"),
        ("root", "`root` in [[server.location]]"),  # ours, but of another table
        ("rate", "`rate` in [zones.NAME]"),
    ],
)
def test_a_word_of_nginx_or_of_another_table_is_shown_its_place(
    tmp_path: Path, word: str, ours: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"[[server]]\nredirect_to_https = true\n{word} = 1")
    assert f":3: {word}: unknown setting. Here that is {ours}." in str(refused.value)


def test_every_limit_is_explained_and_nothing_else_is() -> None:
    assert list(ABOUT_LIMITS) == list(Limits.__dataclass_fields__)


def test_the_reference_has_all_settings_with_default_explanation_and_nginx_word() -> None:
    lines = reference().splitlines()
    for header, settings in TABLES.items():
        assert not header or header in lines
        for key, setting in settings.items():
            found = [line for line in lines if line.startswith(f"{key} = ")]
            assert any(setting.about in line for line in found) or not setting.about
    spaced = [re.sub(" +#", " #", line) for line in lines]
    assert "workers = 1 # processes (Nginx: worker_processes)" in spaced
    assert 'body = "10 MiB" # of a request; else 413 (Nginx: client_max_body_size)' in spaced
    assert 'socket_mode = "0660" # of Unix sockets' in spaced
    assert "address = (must be given) # HOST:PORT or unix:PATH (Nginx: server)" in spaced


def test_the_defaults_of_the_reference_can_be_written_as_they_are_shown(site: Path) -> None:
    sections = re.split(r"\n(\[.*|gzip = .*)\n", reference())
    wanted = {"[limits]", "[zones.NAME]", "[upstreams.NAME]", "[[server]]"}
    text = sections[0]
    for header, body in zip(sections[1::2], sections[2::2], strict=True):
        if header in wanted:
            text += f"\n{header}\n{body}"
    text = re.sub(r"(?m)^servers = \(must be given\)", 'servers = ["127.0.0.1:8001"]', text)
    text = re.sub(r"(?m)^\w+ = \(none\).*", "", text)
    text = re.sub(r"(?m)^(\[zones.NAME\])", r"\1" '\nrate = "1/s"', text)
    text += "\n[[server.location]]\npath = '/'\nrespond = 'ok'\n"
    config = read(site, text)
    assert config.limits == Limits()
    assert config.zones == {"NAME": ZoneSettings(1.0)}


def test_the_file_in_the_readme_loads(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert found
    (tmp_path / "public").mkdir()
    certificate = trustme.CA().issue_cert("example.com")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    config = read(tmp_path, found[1])
    assert [len(server.locations) for server in config.servers] == [2, 0]
    assert config.servers[1].redirect_to_https == 8443
