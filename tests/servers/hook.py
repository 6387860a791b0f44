"""A server for tests that takes what is POSTed: python3 hook.py FILE; prints its port, and writes a
line of JSON for each request.  /busy/N refuses N times for now, /never always, /bad for good;
/slow/N takes N seconds."""

import http.server
import json
import sys
import threading
import time

COUNTS = {}
LOCK = threading.Lock()


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def status(self, times):
        kind, _, rest = self.path[1:].partition("/")
        if kind == "bad":
            return 400
        if kind == "never":
            return 503
        return 503 if kind == "busy" and times <= int(rest) else 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        with LOCK:
            COUNTS[self.path] = COUNTS.get(self.path, 0) + 1
            status = self.status(COUNTS[self.path])
            headers = {name.lower(): value for name, value in self.headers.items()}
            line = {"path": self.path, "status": status, "headers": headers, "body": body}
            with open(sys.argv[1], "a") as out:
                out.write(json.dumps(line) + "\n")
        if self.path.startswith("/slow/"):
            time.sleep(float(self.path[6:]))
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()                        # until whoever started it is gone
