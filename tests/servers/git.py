# Serves the repositories of a folder over http, with git http-backend or as plain files ("dumb").
# usage: git.py FOLDER LOG [TOKEN] [dumb | moved]; prints its port, ends with its standard input.  Each
# request is a line of LOG: its path, and the password that came with it.  What has moved is at
# /new/ for those who have the token.
import base64
import http.server
import os
import subprocess
import sys
import threading

folder, log = sys.argv[1], sys.argv[2]
token = sys.argv[3] if len(sys.argv) > 3 else ""
is_dumb, has_moved = "dumb" in sys.argv[4:], "moved" in sys.argv[4:]
backend = subprocess.check_output(["git", "--exec-path"], text=True).strip() + "/git-http-backend"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def refuse(self, code, *headers):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def password(self):
        kind, _, text = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(text).decode() if kind == "Basic" else ""

    def do_GET(self):
        said = self.password()
        with open(log, "a") as out:
            out.write(f"{self.path} {said}\n")
        if token and said.partition(":")[2] != token:
            return self.refuse(401, ("WWW-Authenticate", 'Basic realm="git"'))
        if has_moved and not self.path.startswith("/new/"):
            return self.refuse(302, ("Location", "/new" + self.path))
        if is_dumb:
            return self.plain()
        path, _, query = self.path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        done = subprocess.run([backend], input=self.rfile.read(size), stdout=subprocess.PIPE, env={
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": folder, "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.removeprefix("/new"), "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(size),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        })
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = [int(v.split()[0]) for n, _, v in lines if n == "Status"]
        self.send_response(status[0] if status else 200)
        for name, _, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def plain(self):
        try:
            with open(folder + self.path.partition("?")[0], "rb") as file:
                body = file.read()
        except OSError:
            return self.refuse(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
