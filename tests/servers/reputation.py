"""A reputation service in the manner of VirusTotal's, version 3, for tests.

python3 reputation.py KEY; prints its port.  Of the address a.b.c.d, d engines of 90 think ill, and of
a name as many as it has bytes; it knows nothing of what has a 99 in it.  GET /asked shows what was
asked; /mode/NAME (busy, broken, silent, well) makes it behave otherwise.
"""

import http.server
import json
import sys
import threading
import time

ASKED = []
MODE = ["well"]


def opinion(kind, name):
    last = name.rpartition(".")[2]
    malicious = int(last) % 91 if last.isdigit() else len(name) % 91
    stats = {"malicious": malicious, "suspicious": 1, "harmless": 89 - malicious, "undetected": 0}
    attributes = {"last_analysis_stats": stats, "reputation": -malicious}
    return {"data": {"id": name, "type": kind[:-1], "attributes": attributes}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, value, **headers):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def trouble(self, code, status):
        self.answer(status, {"error": {"code": code}})

    def ask(self, kind, name):
        ASKED.append(kind + "/" + name)
        if MODE[0] == "busy":
            self.answer(429, {"error": {"code": "QuotaExceededError"}}, Retry_After="30")
        elif MODE[0] == "broken":
            self.answer(200, b'{"data": {"attributes": [1, {"reputation": "')
        elif MODE[0] == "silent":
            time.sleep(20)
        elif self.headers.get("x-apikey") != sys.argv[1]:
            self.trouble("WrongCredentialsError", 401)
        elif "99" in name:
            self.trouble("NotFoundError", 404)
        else:
            self.answer(200, opinion(kind, name))

    def do_GET(self):
        words = self.path[1:].split("/")
        if words[0] == "asked":
            self.answer(200, sorted(ASKED))
        elif words[0] == "mode":
            MODE[0] = words[1]
            ASKED.clear()
            self.answer(200, {})
        elif len(words) == 2 and words[0] in ("ip_addresses", "domains", "files"):
            self.ask(*words)
        else:
            self.trouble("NotFoundError", 404)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()                        # until whoever started it is gone
