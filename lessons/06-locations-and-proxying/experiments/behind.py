"""The application behind the proxy: it tells what it was told, and remembers what it was asked.

python experiments/behind.py PORT
"""

import sys
import time

from httpserver import Request, Response, Server, listen

TEXT = [("Content-Type", "text/plain")]
seen: list[str] = []


def application(request: Request) -> Response:
    if request.path == "/seen":
        return Response(200, TEXT, "".join(f"{each}\n" for each in seen).encode())
    seen.append(f"{request.method} {request.target}")
    if request.path == "/late":
        time.sleep(0.5)  # a table is locked, say
    if request.path == "/parts":
        cookies = [("Set-Cookie", "user=1"), ("Set-Cookie", "theme=dark")]
        return Response(200, TEXT + cookies, iter([b"one ", b"two\n"]))
    if request.path == "/fields":
        lines = [f"{name}: {value}\n" for name, value in request.headers.items()]
        return Response(200, TEXT, "".join(lines).encode("latin-1"))
    client = (request.headers.get("X-Forwarded-For") or "nobody").partition(",")[0]
    return Response(200, TEXT, f"{request.method} {request.target} for {client}\n".encode())


if __name__ == "__main__":
    server = Server(application, [listen(sys.argv[1])], threads=8)
    print(f"The application is at {server.addresses[0]}/", flush=True)
    server.run()
