"""How large an answer can a request of a few kilobytes ask for? (CVE-2011-3192)

python experiments/killer.py off    ranges are not counted and not joined
python experiments/killer.py on     the real thing
"""

import sys
import tempfile
from pathlib import Path

from httpserver import Headers, Request, Response, conditions, static
from httpserver.messages import File
from httpserver.multirange import MultipartRanges

if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/killer.py off|on")
if sys.argv[1] == "off":
    conditions.MAX_RANGES = 10_000
    static.coalesce = list  # type: ignore[attr-defined,assignment]

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "page.html").write_bytes(bytes(100_000))
    files = static.StaticFiles(folder)
    for count in 2, 16, 1300:
        field = "bytes=" + ",".join(["0-"] * count)
        fields = Headers([("Range", field)])
        response = files(Request("GET", "/page.html", "/page.html", headers=fields))
        assert isinstance(response, Response)
        body = response.body
        assert isinstance(body, (File, MultipartRanges))
        print(f"{count:5} times the whole: {response.status}, {body.length:11,} bytes")
