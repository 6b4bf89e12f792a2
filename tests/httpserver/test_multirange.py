"""Several parts of one file in one answer."""

import email
import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httpserver.conditions import MAX_RANGES, ByteRange
from httpserver.multirange import PIECE, MultipartRanges, coalesce

SIZE = 3 * PIECE + 17


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ranges") / "random.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


def ranges(*pairs: tuple[int, int]) -> list[ByteRange]:
    return [ByteRange(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param([(0, 1), (4, 5)], [(0, 1), (4, 5)], id="apart"),
        pytest.param([(4, 5), (0, 1)], [(4, 5), (0, 1)], id="apart, in the order asked"),
        pytest.param([(0, 1), (2, 5)], [(0, 5)], id="touching"),
        pytest.param([(2, 5), (0, 1)], [(0, 5)], id="touching, backwards"),
        pytest.param([(0, 4), (2, 9)], [(0, 9)], id="overlapping"),
        pytest.param([(0, 9), (2, 3)], [(0, 9)], id="one within the other"),
        pytest.param([(0, 9)] * 5, [(0, 9)], id="five times the same"),
        pytest.param([(8, 9), (0, 1), (4, 5), (2, 3)], [(8, 9), (0, 5)], id="two joined by one"),
        pytest.param([(0, 1), (8, 9), (2, 7)], [(0, 9)], id="all joined by the last"),
        pytest.param([], [], id="none"),
    ],
)
def test_ranges_that_touch_are_made_one(
    asked: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert coalesce(ranges(*asked)) == ranges(*expected)


some_ranges = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: ByteRange(*sorted(pair))),
    max_size=MAX_RANGES,
)


def bytes_of(some: list[ByteRange]) -> set[int]:
    return {byte for part in some for byte in range(part.first, part.last + 1)}


@given(some_ranges)
def test_joined_ranges_have_each_byte_asked_for_once(asked: list[ByteRange]) -> None:
    joined = coalesce(asked)
    assert bytes_of(joined) == bytes_of(asked)
    assert sum(part.length for part in joined) == len(bytes_of(asked))
    assert coalesce(joined) == joined
    if asked:
        assert asked[0].first in bytes_of(joined[:1])  # what was asked for first comes first


large_ranges = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).map(
        lambda pair: ByteRange(*sorted(pair))
    ),
    min_size=1,
    max_size=MAX_RANGES,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(large_ranges)
def test_the_body_is_read_back_as_the_parts_of_the_file(path: Path, asked: list[ByteRange]) -> None:
    whole = path.read_bytes()
    wanted = coalesce(asked)
    fields = [("Content-Type", "application/octet-stream")]
    body = MultipartRanges(path.open("rb", buffering=0), wanted, SIZE, fields)
    pieces = list(body)
    body.close()
    assert max(map(len, pieces)) <= PIECE
    assert len(b"".join(pieces)) == body.length
    # The standard library reads lines that end in a bare CR as ended, so binary content is
    # split by hand, and its heads are given to the parser.
    parts = b"".join(pieces).split(f"\r\n--{body.boundary}".encode())
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"
    for part, sliced in zip(wanted, parts[1:-1], strict=True):
        head, _, data = sliced.partition(b"\r\n\r\n")
        message = email.message_from_bytes(head.lstrip())
        assert message["Content-Type"] == "application/octet-stream"
        assert message["Content-Range"] == f"bytes {part.first}-{part.last}/{SIZE}"
        assert data == whole[part.first : part.last + 1]


@given(st.text(alphabet="abc -\n", min_size=1, max_size=80), some_ranges.filter(bool))
def test_any_mail_reader_finds_the_parts_of_a_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, asked: list[ByteRange]
) -> None:
    path = tmp_path_factory.getbasetemp() / "text"
    path.write_text(text)
    size = len(text)
    wanted = coalesce([
        ByteRange(part.first, min(part.last, size - 1)) for part in asked if part.first < size
    ])  # fmt: skip
    if not wanted:
        return
    with path.open("rb", buffering=0) as file:
        body = MultipartRanges(file, wanted, size, [("Content-Type", "text/plain")])
        head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
        message = email.message_from_bytes(head + b"".join(body))
    assert message.is_multipart()
    assert not message.defects
    slices = [text[part.first : part.last + 1] for part in wanted]
    assert [part.get_payload() for part in message.get_payload()] == slices  # type: ignore[union-attr]


def test_the_boundary_is_another_one_each_time(path: Path) -> None:
    with path.open("rb") as file:
        boundaries = {MultipartRanges(file, ranges((0, 1)), SIZE, []).boundary for _ in range(20)}
    assert len(boundaries) == 20
    assert all(re.fullmatch("[0-9a-f]{24}", boundary) for boundary in boundaries)


def test_a_file_that_became_shorter_ends_the_body_with_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(b"x" * SIZE)
    body = MultipartRanges(path.open("rb", buffering=0), ranges((0, 1), (9, SIZE - 1)), SIZE, [])
    pieces: Iterator[bytes] = iter(body)
    sent = [next(pieces) for _ in range(4)]  # two heads, one part, a piece of the other
    os.truncate(path, 10)
    with pytest.raises(EOFError, match=f"ends at byte {9 + PIECE}"):
        sent.extend(pieces)
    assert len(b"".join(sent)) < body.length
    body.close()


def test_closing_the_body_closes_the_file() -> None:
    file = BytesIO(b"content")
    MultipartRanges(file, ranges((0, 1)), 7, []).close()
    assert file.closed
