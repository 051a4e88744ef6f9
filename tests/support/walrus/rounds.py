"""A client's round through the operations of operations.txt.

    with round.operation("PutObject"): …    prints `ok PutObject`, or `failed PutObject: why`
    round.end()                             prints `n/a NAME` for every other operation

The server is told by the environment: S3_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
"""

import contextlib
import os
import socket
import traceback
import urllib.error
import urllib.request
import zlib
from pathlib import Path

URL = os.environ["S3_URL"]
ACCESS_KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]
REGION = os.environ.get("AWS_REGION", "us-east-1")

MIB = 1 << 20
OPERATIONS = [line for line in Path(__file__).with_name("operations.txt").read_text().splitlines()
              if line and not line.startswith("#")]

# Keys that clients and servers have encoded wrongly: each must come back as it is.
ODD_KEYS = ["a b", "a+b", "a%20b", "ключ/ü", "q?x=1&y#z", "~tilde(1)'s!*", "a//b", "dir/", "a;b,c=d@e:f$"]


class Round:
    def __init__(self):
        self.reported = set()

    @contextlib.contextmanager
    def operation(self, name):
        """Reports what becomes of one operation; a failure does not end the round."""
        assert name in OPERATIONS, name
        assert name not in self.reported, name
        self.reported.add(name)
        try:
            yield
        except Exception as error:  # whatever a client throws is what it thinks of the server
            place = traceback.extract_tb(error.__traceback__)[1:]
            lines = ",".join(str(frame.lineno) for frame in place if "/walrus/" in frame.filename)
            why = " ".join(f"{type(error).__name__} (line {lines}): {error}".split())
            print(f"failed {name}: {why[:600]}", flush=True)
        else:
            print(f"ok {name}", flush=True)

    def end(self):
        for name in OPERATIONS:
            if name not in self.reported:
                print(f"n/a {name}", flush=True)


def same(got, want):
    """Asserts that two values are equal, and shows both if not."""
    assert got == want, f"got {short(got)}, want {short(want)}"


def short(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:140]} … {text[-140:]} ({len(value)} long)"


def noise(length, seed=1):
    """Bytes that do not repeat and are the same every time."""
    state, blocks = seed, []
    for number in range(length // 4096 + 1):
        state = zlib.crc32(number.to_bytes(4, "big"), state)
        blocks.append(state.to_bytes(4, "big") * 1024)
    return b"".join(blocks)[:length]


def refused(action, *words):
    """Asserts that a call raises an error that has one of the words; returns its text."""
    try:
        action()
    except Exception as error:
        text = f"{error} {getattr(error, 'error_code', '')} {getattr(error, 'code', '')}"
        assert any(word in text for word in words), f"refused by {text!r}, want {words}"
        return text
    raise AssertionError(f"not refused, want {words}")


def fetch(url, data=None, method=None, headers=()):
    """A plain request, unsigned: status, headers and body."""
    headers = {"Content-Type": "application/octet-stream"} | dict(headers) if data else dict(headers)
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def post_form(url, fields, content):
    """A browser's form with a file, as multipart/form-data: status and body."""
    line = "----amikit-form"
    body = b"".join(f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in fields.items())
    body += (f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="disk.img"\r\n'
             "Content-Type: application/octet-stream\r\n\r\n").encode()
    body += content + f"\r\n--{line}--\r\n".encode()
    status, _, answer = fetch(url, body, "POST", {"Content-Type": f"multipart/form-data; boundary={line}"})
    return status, answer


def loopback_domains():
    """Makes every name below `localhost` the loopback, which not every resolver knows."""
    resolve = socket.getaddrinfo

    def of_loopback(host, *arguments, **options):
        if isinstance(host, bytes):
            host = host.decode()
        if isinstance(host, str) and host.rstrip(".").endswith(".localhost"):
            host = "127.0.0.1"
        return resolve(host, *arguments, **options)

    socket.getaddrinfo = of_loopback
