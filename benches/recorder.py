"""A GOPROXY on the loopback interface that keeps what another answers."""

import contextlib
import http.server
import json
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request


class Recorder(http.server.ThreadingHTTPServer):
    """A GOPROXY that keeps what its upstream answers, and answers from what it kept."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, folder, upstream):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.upstream = folder, upstream.rstrip("/")
        self.records = True
        self.requests, self.unknown, self.made, self.refused = 0, [], set(), set()
        self.paths = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *client):
        # A program that has its answer leaves its other connections open until it ends.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*client)

    def answer(self, path):
        """The status and body for a path; the record is a file with the status in its first line."""
        kept = self.folder / urllib.parse.quote(path, safe="/!@+")[1:]
        kept = kept.with_name(kept.name + ".answer")
        if not kept.exists():
            if not self.records:
                self.unknown.append(path)
                return 404, b"not recorded"
            status, body = self.fetch(path)
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(f"{kept.name}.{threading.get_ident()}")
            partial.write_bytes(b"%d\n" % status + body)
            partial.rename(kept)
        status, _, body = kept.read_bytes().partition(b"\n")
        return self.stand_in(path, body) if status == b"403" else (int(status), body)

    def fetch(self, path):
        try:
            with urllib.request.urlopen(self.upstream + path, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def stand_in(self, path, body):
        if path.endswith(".info"):
            self.made.add(path)
            version = urllib.parse.unquote(path.rpartition("/")[2].removesuffix(".info"))
            return 200, json.dumps({"Version": version}).encode()
        self.refused.add(path)
        return 404, body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests += 1
        self.server.paths.add(self.path)
        try:
            status, body = self.server.answer(self.path)
        except OSError as error:
            status, body = 502, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass
