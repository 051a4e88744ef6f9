"""Speaks TLS on a free port of the loopback, in front of a server that does not.

    tls_front.py CERTIFICATE-AND-KEY PORT-OF-THE-SERVER

Its first line tells the port. It ends with standard input, which the test holds.
"""

import os
import socket
import ssl
import sys
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
target = ("127.0.0.1", int(sys.argv[2]))


def pass_on(source, sink):
    try:
        while block := source.recv(65536):
            sink.sendall(block)
    except OSError:
        pass  # a client that goes away
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    try:
        inside = context.wrap_socket(client, server_side=True)
    except OSError:
        return  # a client that does not trust us
    server = socket.create_connection(target)
    threading.Thread(target=pass_on, args=(server, inside), daemon=True).start()
    pass_on(inside, server)


def accept(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
os._exit(0)
