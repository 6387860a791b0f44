# Asks a server of HTTP as nobody should, and prints what came of each: the first line of the answer,
# "closed", or "silent".  usage: rude.py PORT
import os
import socket
import sys
import time

port = int(sys.argv[1])


def connect():
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(8)
    return s


def hear(s):
    answer = b""
    try:
        while True:
            more = s.recv(65536)
            if not more:
                break
            answer += more
    except socket.timeout:
        return "silent"
    except OSError:
        pass
    return answer.split(b"\r\n")[0].decode("latin-1") if answer else "closed"


def ask(name, *parts, pause=0.0):
    s = connect()
    try:
        for part in parts:
            s.sendall(part)
            time.sleep(pause)
    except OSError:
        pass
    print(name, hear(s), sep=": ", flush=True)
    s.close()


GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
ask("plain", GET)
ask("drop by drop", *[bytes([b]) for b in GET], pause=0.001)
ask("two at once", GET + GET)
ask("with a body", b"GET /x HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000)
ask("head", b"HEAD /x HTTP/1.0\r\n\r\n")
ask("post", b"POST /x HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
ask("no version", b"GET /x\r\n\r\n")
ask("old version", b"GET /x HTTP/0.9\r\n\r\n")
ask("another target", b"GET http://example.org/ HTTP/1.1\r\n\r\n")
ask("a blank in it", b"GET /a b HTTP/1.1\r\n\r\n")
ask("a zero in it", b"GET /a\0b HTTP/1.1\r\n\r\n")
ask("bytes in it", b"GET /\xff\xfe HTTP/1.1\r\n\r\n")
ask("noise", os.urandom(3000) + b"\r\n\r\n")
ask("nothing", b"\r\n\r\n")
ask("a long target", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n")
ask("many lines", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n")
ask("no end", b"GET / HTTP/1.1\r\n" + b"A" * 100000)

gone = connect()                                # one that asks, and does not wait
gone.sendall(GET)
gone.close()


def hold():
    """How many of a hundred, who say nothing, are let in."""
    held = 0
    many = [connect() for _ in range(100)]
    time.sleep(0.1)
    for s in many:
        s.settimeout(0.01)
        try:
            held += 1 if s.recv(1) else 0
        except socket.timeout:
            held += 1
        except OSError:
            pass
    return held, many


for _ in range(20):                             # places of those before are free again in a while
    begun = time.time()
    held, many = hold()
    if held >= 32:
        break
    for s in many:
        s.close()
    time.sleep(0.2)
print("held:", held, flush=True)
many[0].settimeout(8)
hear(many[0])
lasted = time.time() - begun
print("held for seconds:", 4 < lasted < 9 or lasted, flush=True)
time.sleep(0.2)
ask("afterwards", GET)
