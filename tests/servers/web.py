"""A server for tests of the HTTP client: python3 web.py [CERTIFICATE KEY]; prints its port."""

import gzip
import http.server
import ssl
import sys
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path
        if path == "/ok":
            self.answer(200, b"well", X_Many="one", Connection="keep-alive")
        elif path == "/hang":
            time.sleep(30)
        elif path == "/lie":
            self.answer(200, b"short", Content_Length="1000")
            self.close_connection = True
        elif path == "/round":
            self.answer(302, Location="/round")
        elif path == "/there":
            self.answer(302, Location="/ok")
        elif path == "/elsewhere":
            self.answer(302, Location="file:///etc/passwd")
        elif path == "/bomb":
            self.answer(200, gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
        elif path == "/peer":
            self.answer(200, str(self.client_address[1]).encode())
        elif path == "/heads":
            self.send_response(200)
            for i in range(9000):
                self.send_header("X-%d" % i, "v" * 60)
            self.end_headers()
        else:
            self.answer(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(201, self.headers.get("X-Asked", "").encode() + b":" + body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()                        # until whoever started it is gone
