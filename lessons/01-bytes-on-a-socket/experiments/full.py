"""What happens when you write more than fits: a client that does not read."""

import socket

listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server_side, address = listener.accept()
server_side.setblocking(False)

left = bytearray(50_000_000)  # an answer of 50 megabytes
while left:
    try:
        sent = server_side.send(left)
    except BlockingIOError as error:
        print("The next send says:", error.strerror)
        break
    del left[:sent]
print("Taken, though nobody has read a byte:", 50_000_000 - len(left))

client.recv(10_000_000)
print("The client reads a little. Taken of the rest:", server_side.send(left))
