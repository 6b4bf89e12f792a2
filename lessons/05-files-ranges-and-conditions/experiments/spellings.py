"""Ways to write "the file beside the folder", and whom each of them deceives.

Three ways to find a file are asked for the same paths: judging the path before it is decoded,
first/serve.py, and the real httpserver.

python experiments/spellings.py
"""

import os
import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from httpserver import Request, Response
from httpserver.messages import File
from httpserver.static import StaticFiles

SPELLINGS = (
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%252fsecret.txt",
    "/link-out",
    "/folder-out/secret.txt",
    "/.env",
    "/link-in",
)

folder = Path(tempfile.mkdtemp())
root = folder / "site"
root.mkdir()
(folder / "secret.txt").write_text("SECRET")
(root / ".env").write_text("SECRET")
(root / "hello.txt").write_text("hello")
(root / "link-out").symlink_to("../secret.txt")
(root / "folder-out").symlink_to("..")
(root / "link-in").symlink_to("hello.txt")

sys.argv = ["serve.py", "0", str(root)]
locate: Callable[[str], str | None] = runpy.run_path("first/serve.py")["locate"]
files = StaticFiles(root)


def before_decoding(target: str) -> str | None:
    if ".." in target.split("/"):
        return None
    path = str(root) + unquote(target)
    return path if os.path.isfile(path) else None


def contents(path: str | None) -> str:
    return "-" if path is None else Path(path).read_text()


def really(target: str) -> str:
    response = files(Request("GET", target, target))
    assert isinstance(response, Response)
    if not isinstance(response.body, File):
        return "-"
    with response.body.file as file:
        return file.read().decode()


print(f"{'':24}{'judged too early':18}{'first/serve.py':16}the real one")
for spelling in SPELLINGS:
    early, first = contents(before_decoding(spelling)), contents(locate(spelling))
    print(f"{spelling:24}{early:18}{first:16}{really(spelling)}")
