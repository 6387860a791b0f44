"""A server for tests of weir.http that does what it should not: python3 faulty.py; prints its port."""

import socket
import sys
import threading
import time

COUNTS = {}
LOCK = threading.Lock()


def head(status, body=b"", *lines):
    lines = ["HTTP/1.1 " + status, *lines, "Content-Length: %d" % len(body)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def slowly(to, data, pause):
    for byte in data:
        to.sendall(bytes([byte]))
        time.sleep(pause)


def for_ever(to, data):
    while True:
        to.sendall(data)


def count(name):
    with LOCK:
        COUNTS[name] = COUNTS.get(name, 0) + 1
        return COUNTS[name]


def answer(to, method, path, headers, body):
    kind, _, rest = path[1:].partition("/")
    times = count(path)
    if kind == "silent":
        time.sleep(20)
    elif kind == "garbage":
        to.sendall(bytes(range(256)) * 20)
    elif kind == "middle":
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")
    elif kind == "nothing":
        pass
    elif kind == "drip":
        slowly(to, head("200 OK", b"x" * 1000), 0.05)
    elif kind == "endless":
        to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for_ever(to, b"8000\r\n" + b"y" * 0x8000 + b"\r\n")
    elif kind == "chunk":
        to.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nxx")
    elif kind == "negative":
        to.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello")
    elif kind == "headers":
        to.sendall(b"HTTP/1.1 200 OK\r\n")
        for_ever(to, b"X-More: " + b"v" * 1000 + b"\r\n")
    elif kind == "busy":                # /busy/N/SECONDS/...: N times, then all is well
        n, seconds = rest.split("/")[:2]
        after = ["Retry-After: " + seconds] if seconds != "-" else []
        busy = times <= int(n)
        to.sendall(head("429 Too Many" if busy else "200 OK", b"%d" % times, *after))
    elif kind == "drop":                # /drop/N/...: closes N times, then all is well
        if times > int(rest.split("/")[0]):
            to.sendall(head("200 OK", b"%d" % times))
    elif kind == "to":                  # /to/STATUS/URL
        status, _, where = rest.partition("/")
        to.sendall(head(status + " Found", b"", "Location: " + where))
        return True
    elif kind == "next":                # for ever
        to.sendall(head("302 Found", b"", "Location: /next/%d" % (int(rest or 0) + 1)))
        return True
    elif kind == "wait":
        time.sleep(float(rest.split("/")[0]))
        to.sendall(head("200 OK", b"waited"))
        return True
    elif kind == "count":
        to.sendall(head("200 OK", b"%d" % COUNTS.get("/" + rest, 0)))
        return True
    elif kind == "peer":
        to.sendall(head("200 OK", b"%d" % to.getpeername()[1]))
        return True
    else:                               # says what it got
        seen = "%s %s key=%s body=%s" % (method, path, headers.get("x-apikey"), body.decode())
        to.sendall(head("200 OK", seen.encode()))
        return True
    return False


def serve(to):
    stream = to.makefile("rb")
    try:
        while True:
            line = stream.readline().split()
            if len(line) < 3:
                break
            headers = {}
            while True:
                text = stream.readline().decode().strip()
                if not text:
                    break
                name, _, value = text.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            if not answer(to, line[0].decode(), line[1].decode(), headers, body):
                break
    except OSError:
        pass
    to.close()


def accept(listener):
    while True:
        to, _ = listener.accept()
        threading.Thread(target=serve, args=(to,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
sys.stdin.read()                        # until whoever started it is gone
