"""A web server that reads what it is asked, one client at a time."""

import socket
import sys

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n"


def read_head(client: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:  # the empty line
        data += client.recv(65536)
    return data.partition(b"\r\n\r\n")[0].decode("latin-1")


def parse(head: str) -> tuple[str, str, dict[str, str]]:
    request_line, *lines = head.splitlines()
    method, target, _version = request_line.split()
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return method, target, fields


def answer(client: socket.socket) -> None:
    method, target, fields = parse(read_head(client))
    page = f"<h1>{target}</h1> by {method}, at {fields['host']}\n"
    client.sendall((HEAD.format(length=len(page)) + page).encode("latin-1"))


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    listener = socket.create_server(("127.0.0.1", port))
    print(f"Serving at http://127.0.0.1:{port}/", flush=True)
    try:
        while True:
            client, _address = listener.accept()
            with client:
                answer(client)
    except KeyboardInterrupt:
        print("\nStopped.")


if __name__ == "__main__":
    main()
