from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from miniframework.http.multipart import MultiPartParser, MultiPartParserError, disposition_of
from miniframework.http.uploads import SimpleUploadedFile, clean_file_name
from miniframework.test import override_settings
from miniframework.test.requests import encode_multipart

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(
    lambda name: "%" not in name and "\\" not in name
)


class Dribble(BytesIO):
    """A stream that gives few bytes at a time, however many are asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self.step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.step)


def parse(body: bytes, step: int = 65536, boundary: str = "XYZ") -> Any:
    environ = {"CONTENT_TYPE": f"multipart/form-data; boundary={boundary}"}
    return MultiPartParser(environ, Dribble(body, step)).parse()


def part(head: str, content: str = "x") -> bytes:
    return f"--XYZ\r\n{head}\r\n\r\n{content}\r\n--XYZ--\r\n".encode()


@given(
    st.dictionaries(NAMES, st.lists(st.text(st.characters(codec="utf-8")), min_size=1), max_size=4),
    st.dictionaries(NAMES, st.binary(max_size=300), max_size=3),
    st.integers(1, 50),
)
def test_a_form_arrives_as_it_was_sent_in_whatever_pieces(
    fields: dict[str, list[str]], files: dict[str, bytes], step: int
) -> None:
    sent: dict[str, Any] = {
        f"file-{name}": SimpleUploadedFile("a.bin", content) for name, content in files.items()
    }
    body = encode_multipart("long-enough-not-to-occur", {**fields, **sent})
    post, uploads = parse(body, step, "long-enough-not-to-occur")
    assert dict(post.lists()) == fields
    assert {name: file.read() for name, file in uploads.items()} == {
        f"file-{name}": content for name, content in files.items()
    }


@given(st.binary(max_size=300), st.integers(1, 20))
def test_any_bytes_are_a_form_or_a_bad_request(body: bytes, step: int) -> None:
    try:
        parse(b"--XYZ" + body, step)
    except (BadRequest, SuspiciousOperation):
        pass


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + 71 * "a",
        "multipart/form-data; boundary=é",
        "text/plain; boundary=XYZ",
    ],
)
def test_a_bad_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(MultiPartParserError):
        MultiPartParser({"CONTENT_TYPE": content_type}, BytesIO())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no delimiter",
        b"--XYZ",
        b"--XYZ\r\n",
        b'--XYZ\r\nContent-Disposition: form-data; name="a"\r\n\r\nunfinished',
        b'--XYZ nonsense\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--XYZ--',
        part("Content-Disposition: form-data"),
        part('Content-Disposition: attachment; name="a"'),
        part('Content-Disposition: form-data; name="a"; name="b"'),
        part("No-Disposition: here"),
        part("no colon"),
        part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64'),
        part(f'Content-Disposition: form-data; name="{"a" * 9000}"'),
    ],
)
def test_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(MultiPartParserError):
        parse(body)


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        ({"DATA_UPLOAD_MAX_NUMBER_FIELDS": 1}, TooManyFieldsSent),
        ({"DATA_UPLOAD_MAX_NUMBER_FILES": 1}, TooManyFilesSent),
        ({"DATA_UPLOAD_MAX_MEMORY_SIZE": 10}, RequestDataTooBig),
    ],
)
def test_each_limit_is_kept(limit: dict[str, int], error: type[Exception]) -> None:
    files = [SimpleUploadedFile("a.txt", b"1"), SimpleUploadedFile("b.txt", b"2")]
    body = encode_multipart("XYZ", {"a": ["1", "2"], "text": "x" * 20, "file": files})
    parse(body)
    with override_settings(**limit), pytest.raises(error):
        parse(body)


def test_a_large_file_goes_to_disk_and_a_small_one_does_not() -> None:
    body = encode_multipart(
        "XYZ",
        {"s": SimpleUploadedFile("s.txt", b"1"), "l": SimpleUploadedFile("l.txt", b"1" * 100)},
    )
    with override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=50):
        _, files = parse(body)
    assert not hasattr(files["s"], "temporary_file_path")
    assert files["l"].temporary_file_path()
    assert (files["l"].size, b"".join(files["l"].chunks(7))) == (100, b"1" * 100)
    files["l"].close()


def test_an_empty_file_field_is_no_file() -> None:
    post, files = parse(part('Content-Disposition: form-data; name="a"; filename=""', ""))
    assert (len(post), len(files)) == (0, 0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\boot.ini", "boot.ini"),
        ("a\x00b.txt", "ab.txt"),
        ("..", ""),
        ("folder/", ""),
        ("a" * 300 + ".txt", "a" * 251 + ".txt"),
    ],
)
def test_a_file_name_is_only_a_name(sent: str, kept: str) -> None:
    assert clean_file_name(sent) == kept


@pytest.mark.parametrize(
    ("value", "params"),
    [
        ('form-data; name="a"', {"name": "a"}),
        ("form-data; name=a", {"name": "a"}),
        ('form-data; name="a;b"; filename="c"', {"name": "a;b", "filename": "c"}),
        ('form-data; name="%22"', {"name": '"'}),
        ('form-data; name="\\""', {"name": '"'}),
        ('form-data; filename="C:\\x"', {"filename": "C:\\x"}),
    ],
)
def test_the_disposition_is_taken_apart(value: str, params: dict[str, str]) -> None:
    assert disposition_of(value) == ("form-data", params)
