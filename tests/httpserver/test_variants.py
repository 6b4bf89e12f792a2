"""Accept-Encoding, and the files beside a file."""

import gzip
import os
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.static import StaticFiles
from httpserver.variants import accepted_codings, parse_accept_encoding
from tests.httpserver.folders import ask, content, field


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("gzip", {"gzip": 1}, id="one"),
        pytest.param("gzip, br;q=0.5", {"gzip": 1, "br": 0.5}, id="a weight"),
        pytest.param("gzip \t;\t q=0.125\t,br", {"gzip": 0.125, "br": 1}, id="spaces"),
        pytest.param("GZip;Q=0", {"gzip": 0}, id="letters of either size"),
        pytest.param("*;q=1.000", {"*": 1}, id="anything"),
        pytest.param("x-gzip;q=0.3", {"x-gzip": 0.3, "gzip": 0.3}, id="gzip's old name"),
        pytest.param("x-gzip;q=0.3,gzip", {"x-gzip": 0.3, "gzip": 1}, id="both names"),
        pytest.param("gzip;q=0.1234, br", {"br": 1}, id="four decimals"),
        pytest.param("gzip;q=1.001, br", {"br": 1}, id="more than one"),
        pytest.param("gzip;q=-1, br", {"br": 1}, id="less than nothing"),
        pytest.param("gzip;q=nan, br", {"br": 1}, id="no number"),
        pytest.param("gzip;q=, br", {"br": 1}, id="no weight"),
        pytest.param("gzip;level=1, br", {"br": 1}, id="another parameter"),
        pytest.param("gzip;q=\u0661, br", {"br": 1}, id="a digit of another script"),
    ],
)
def test_weights_are_read(told: str, expected: Mapping[str, float]) -> None:
    assert parse_accept_encoding(told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("", ["identity"], id="nothing"),
        pytest.param("gzip, deflate, br, zstd", ["br", "gzip", "identity"], id="a browser"),
        pytest.param("gzip", ["gzip", "identity"], id="gzip"),
        pytest.param("gzip;q=0.001", ["gzip", "identity"], id="rather gzip than unsaid identity"),
        pytest.param("br;q=0.4, gzip;q=0.5", ["gzip", "br", "identity"], id="by weight"),
        pytest.param("br;q=0, gzip", ["gzip", "identity"], id="br refused"),
        pytest.param("identity, gzip;q=0.5", ["identity", "gzip"], id="rather as it is"),
        pytest.param("identity, gzip", ["gzip", "identity"], id="equal: the smaller"),
        pytest.param("*", ["br", "gzip", "identity"], id="anything"),
        pytest.param("*;q=0.5, gzip", ["gzip", "br", "identity"], id="rather gzip than others"),
        pytest.param("*, br;q=0", ["gzip", "identity"], id="anything but br"),
        pytest.param("gzip, *;q=0", ["gzip"], id="gzip and nothing else"),
        pytest.param("gzip, identity;q=0", ["gzip"], id="not as it is"),
        pytest.param("*;q=0, identity", ["identity"], id="only as it is"),
        pytest.param("*;q=0", [], id="nothing at all"),
        pytest.param("identity;q=0", [], id="no way"),
        pytest.param("identity;q=0, *", ["br", "gzip"], id="anything but as it is"),
        pytest.param("zstd, deflate", ["identity"], id="what we have not"),
        pytest.param("gzip;q=what", ["identity"], id="malformed"),
        pytest.param(",, ,;,gzip", ["gzip", "identity"], id="empty members"),
    ],
)
def test_the_best_coding_comes_first(told: str, expected: list[str]) -> None:
    assert accepted_codings(told) == expected


PIECES = st.sampled_from(["gzip", "br", "identity", "*", "q", "=", ";", ",", " ", "0", "1", "."])


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_no_text_makes_reading_it_raise(told: str) -> None:
    accepted = accepted_codings(told)
    assert len(set(accepted)) == len(accepted)
    assert set(accepted) <= {"br", "gzip", "identity"}
    assert all(0 <= weight <= 1 for weight in parse_accept_encoding(told).values())


WEIGHTS = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@given(st.dictionaries(st.sampled_from(["br", "gzip", "identity", "zstd", "*"]), WEIGHTS))
def test_what_is_refused_never_comes_and_the_rest_comes_by_weight(
    weights: dict[str, float],
) -> None:
    told = ", ".join(f"{coding};q={weight:.3f}" for coding, weight in weights.items())
    accepted = accepted_codings(told)
    named = [weights.get(coding, weights.get("*", 0)) for coding in accepted]
    assert named == sorted(named, reverse=True)
    for coding in ("br", "gzip"):
        assert (coding in accepted) is (weights.get(coding, weights.get("*", 0)) > 0)
    assert ("identity" in accepted) is (weights.get("identity", weights.get("*", 1)) > 0)


# Beside a file

TEXT = b"the same again and again. " * 100
BR = b"brotli, or so it is called"
GZ = gzip.compress(TEXT, mtime=0)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    root.mkdir()
    for name, data in [("app.js", TEXT), ("app.js.br", BR), ("app.js.gz", GZ), ("a.css", TEXT)]:
        (root / name).write_bytes(data)
    (root / "a.css.gz").write_bytes(GZ)
    (root / "plain.txt").write_bytes(TEXT)
    for path in root.iterdir():
        os.utime(path, (1e9, 1e9))  # as gzip and brotli do: the time of what they compress
    return root


@pytest.mark.parametrize(
    ("path", "accept", "coding", "expected"),
    [
        ("/app.js", "gzip, br", "br", BR),
        ("/app.js", "gzip", "gzip", GZ),
        ("/app.js", "br;q=0.1, gzip;q=0.2", "gzip", GZ),
        ("/app.js", "identity", None, TEXT),
        ("/app.js", None, None, TEXT),
        ("/app.js", "", None, TEXT),
        ("/a.css", "br, gzip", "gzip", GZ),
        ("/a.css", "br", None, TEXT),
        ("/plain.txt", "br, gzip", None, TEXT),
    ],
)
def test_the_variant_is_the_best_that_is_there(
    site: Path, path: str, accept: str | None, coding: str | None, expected: bytes
) -> None:
    fields = {} if accept is None else {"Accept-Encoding": accept}
    response = ask(StaticFiles(site), path, fields=fields)
    assert (response.status, content(response)) == (200, expected)
    assert field(response, "Content-Encoding") == coding
    assert field(response, "Content-Length") == str(len(expected))
    assert field(response, "Vary") == "Accept-Encoding"
    assert (field(response, "Content-Type") or "").startswith("text/")


def test_each_variant_has_an_entity_tag_of_its_own_and_a_304_by_it(site: Path) -> None:
    (site / "app.js.gz").write_bytes(TEXT)  # of the same size and time as the original
    os.utime(site / "app.js.gz", (1e9, 1e9))
    files = StaticFiles(site, cache_control="max-age=60")
    tags = {}
    for accept in ("br", "gzip", "identity"):
        response = ask(files, "/app.js", Accept_Encoding=accept)
        content(response)
        tags[accept] = field(response, "ETag") or ""
    assert len(set(tags.values())) == 3
    for accept in tags:
        for other, tag in tags.items():
            response = ask(files, "/app.js", Accept_Encoding=accept, If_None_Match=tag)
            content(response)
            assert response.status == (304 if accept == other else 200)
            assert field(response, "Vary") == "Accept-Encoding"
            assert field(response, "ETag") == tags[accept]
            assert field(response, "Cache-Control") == "max-age=60"


def test_a_variant_older_than_its_file_is_not_used(site: Path) -> None:
    os.utime(site / "app.js", (1e9 + 1, 1e9 + 1))
    os.utime(site / "app.js.gz", (1e9 + 2, 1e9 + 2))
    response = ask(StaticFiles(site), "/app.js", Accept_Encoding="br, gzip")
    content(response)
    assert field(response, "Content-Encoding") == "gzip"
    modified = field(response, "Last-Modified")
    assert modified is not None
    assert parsedate_to_datetime(modified).timestamp() == 1e9 + 2


def test_a_variant_is_a_regular_file_inside_the_root(site: Path) -> None:
    (site / "app.js.br").unlink()
    (site / "app.js.gz").unlink()
    (site.parent / "outside").write_bytes(b"SECRET")
    (site / "app.js.br").symlink_to(site.parent / "outside")
    os.mkfifo(site / "app.js.gz")
    (site / "plain.txt.gz").mkdir()
    (site / "a.css.br").symlink_to("app.js.br.real")
    (site / "app.js.br.real").write_bytes(BR)
    for path, coding in [("/app.js", None), ("/plain.txt", None), ("/a.css", "br")]:
        response = ask(StaticFiles(site), path, Accept_Encoding="br, gzip")
        assert content(response) == (BR if coding else TEXT)
        assert field(response, "Content-Encoding") == coding


def test_there_is_no_variant_of_a_file_that_is_gone(site: Path) -> None:
    (site / "app.js").unlink()
    assert ask(StaticFiles(site), "/app.js", Accept_Encoding="br, gzip").status == 404


def test_a_coding_that_is_not_there_is_406_where_the_file_as_it_is_is_refused(site: Path) -> None:
    files = StaticFiles(site)
    for accept in ("identity;q=0", "br, identity;q=0", "*;q=0"):
        response = ask(files, "/plain.txt", Accept_Encoding=accept)
        assert response.status == 406
        assert field(response, "Vary") == "Accept-Encoding"
    response = ask(files, "/app.js", Accept_Encoding="gzip, *;q=0")
    assert content(response) == GZ


def test_an_index_has_variants_too(site: Path) -> None:
    (site / "index.html").write_bytes(TEXT)
    (site / "index.html.gz").write_bytes(GZ)
    response = ask(StaticFiles(site), "/", Accept_Encoding="gzip")
    assert content(response) == GZ
    assert field(response, "Content-Type") == "text/html; charset=utf-8"


def test_ranges_are_of_the_variant_s_bytes(site: Path) -> None:
    files = StaticFiles(site)
    one = ask(files, "/app.js", Accept_Encoding="br", Range="bytes=-4")
    assert (one.status, content(one)) == (206, BR[-4:])
    assert field(one, "Content-Encoding") == "br"
    assert field(one, "Content-Range") == f"bytes {len(BR) - 4}-{len(BR) - 1}/{len(BR)}"
    plain = ask(files, "/app.js")
    assert content(plain) == TEXT
    tag = field(plain, "ETag") or ""
    mixed = ask(files, "/app.js", Accept_Encoding="br", Range="bytes=-4", If_Range=tag)
    assert (mixed.status, content(mixed)) == (200, BR)  # the rest of another variant is no rest


def test_the_parts_of_a_variant_say_its_coding_and_the_whole_does_not(site: Path) -> None:
    response = ask(StaticFiles(site), "/app.js", Accept_Encoding="br", Range="bytes=0-1,9-10")
    body = content(response)
    assert field(response, "Content-Encoding") is None
    assert body.count(b"Content-Encoding: br\r\n") == 2
    assert body.count(b"Content-Type: text/javascript; charset=utf-8\r\n") == 2
    assert field(response, "Vary") == "Accept-Encoding"


def test_switched_off_nothing_is_looked_for_and_nothing_varies(site: Path) -> None:
    files = StaticFiles(site, precompressed=False)
    for accept in ("br", "identity;q=0"):
        response = ask(files, "/app.js", Accept_Encoding=accept)
        assert content(response) == TEXT
        assert field(response, "Vary") is None


def test_no_file_stays_open_but_the_one_that_is_sent(site: Path) -> None:
    os.utime(site / "app.js", (2e9, 2e9))
    files = StaticFiles(site)
    before = os.listdir("/dev/fd")
    for path, accept in [("/app.js", "br, gzip"), ("/a.css", "gzip"), ("/a.css", "*;q=0")]:
        content(ask(files, path, Accept_Encoding=accept))
    assert os.listdir("/dev/fd") == before
