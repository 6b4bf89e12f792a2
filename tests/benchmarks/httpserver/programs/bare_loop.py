"""The limit of the language: an epoll loop that reads, parses nothing, and writes one answer.

No server in pure Python that asks the kernel the same way can be faster; how near ours comes
says what parsing, checking, the environ and the application cost together.

    python bare_loop.py PORT
"""

import select
import socket
import sys

ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 13\r\n"
    b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    b"Server: bare\r\n"
    b"\r\n"
    b"Hello, World!"
)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    epoll = select.epoll()
    epoll.register(listener.fileno(), select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    while True:
        for descriptor, _ in epoll.poll():
            client = clients.get(descriptor)
            if client is None:
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                epoll.register(client.fileno(), select.EPOLLIN)
                continue
            try:
                if client.recv(65536):
                    client.send(ANSWER)
                    continue
            except OSError:
                pass  # it was reset
            epoll.unregister(descriptor)
            clients.pop(descriptor).close()


if __name__ == "__main__":
    main()
