"""A download is cut off in the middle. Before it goes on, the file is replaced.

python experiments/resumed.py first     first/serve.py, which does not know If-Range
python experiments/resumed.py real      the real httpserver
"""

import http.client
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def get(**fields: str) -> tuple[http.client.HTTPResponse, str]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    told = {name.replace("_", "-"): value for name, value in fields.items()}
    client.request("GET", "/manual.txt", headers=told)
    response = client.getresponse()
    text = response.read().decode()
    client.close()
    return response, text


if sys.argv[1:] not in (["first"], ["real"]):
    sys.exit("usage: python experiments/resumed.py first|real")
port = free_port()
with tempfile.TemporaryDirectory() as folder:
    manual = Path(folder, "manual.txt")
    manual.write_text("Cut the red wire, then take a rest.")
    if sys.argv[1] == "first":
        command = ["first/serve.py", str(port), folder]
    else:
        command = ["-m", "httpserver", folder, "--listen", str(port)]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()

    response, whole = get()
    etag = response.getheader("ETag")
    assert etag is not None
    begun = whole[:17]  # and here the train went into a tunnel
    manual.with_suffix(".new").write_text("Switch off first, then the blue wire.")
    manual.with_suffix(".new").rename(manual)

    response, rest = get(Range=f"bytes={len(begun)}-", If_Range=etag)
    print("the server says: ", response.status, response.reason)
    print("the client reads:", begun + rest if response.status == 206 else rest)
    server.terminate()
    server.wait()
