"""A folder to serve, and how to ask a handler for what is in it."""

import os
from collections.abc import Mapping
from pathlib import Path

from httpserver.messages import File, Handler, Headers, Request, Response

HELLO = b"Hello, World!\n"


def make_site(folder: Path) -> Path:
    """A root with files of every kind, and secrets beside it."""
    root = folder / "site"
    (root / "docs").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / ".git").mkdir()
    (root / ".well-known").mkdir()
    (root / "hello.txt").write_bytes(HELLO)
    (root / "docs" / "index.html").write_text("<p>docs</p>")
    (root / "docs" / "a b é.txt").write_text("spaced")
    (root / "%2e.txt").write_text("percent")
    (root / ".env").write_text("SECRET")
    (root / ".git" / "config").write_text("SECRET")
    (root / ".well-known" / "security.txt").write_text("Contact: us")
    (root / ".well-known" / ".secret").write_text("SECRET")
    (folder / "secret.txt").write_text("SECRET")
    (folder / "site-secret").mkdir()
    (folder / "site-secret" / "x.txt").write_text("SECRET")
    (root / "link-out").symlink_to(folder / "secret.txt")
    (root / "folder-out").symlink_to(folder / "site-secret")
    (root / "link-in").symlink_to("hello.txt")
    (root / "folder-in").symlink_to("docs")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return root


def ask(
    handler: Handler,
    path: str,
    method: str = "GET",
    query: str = "",
    fields: Mapping[str, str] | None = None,
    **more: str,
) -> Response:
    """The handler's response; `more` are fields, written with underscores (`If_Match`)."""
    told = {**(fields or {}), **{name.replace("_", "-"): value for name, value in more.items()}}
    response = handler(Request(method, path, path, query, headers=Headers(told.items())))
    assert isinstance(response, Response)
    return response


def field(response: Response, name: str) -> str | None:
    return Headers(response.headers).get(name)


def content(response: Response) -> bytes:
    """The body as it would be sent; what it holds open is closed as the server does it."""
    body = response.body
    if isinstance(body, bytes):
        return body
    if isinstance(body, File):
        with body.file as file:
            file.seek(body.offset)
            return file.read(body.length)
    try:
        return b"".join(body)  # type: ignore[arg-type]
    finally:
        body.close()  # type: ignore[union-attr]
