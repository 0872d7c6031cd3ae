"""A graph of modules in git repositories of our own, and a host that serves them over TLS."""

import base64
import contextlib
import http.server
import os
import random
import shutil
import ssl
import subprocess
import sys
import urllib.parse
from pathlib import Path

from checks import Unusable

HOST = "modules.example.com"

# What git sees of the machine, as server and as maker of repositories.
SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "TZ": "UTC",
    "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
}

# A module stands in a repository of its own, or in one of these many folders of a shared one.
ALONE, SHARED, FOLDERS = 21, 3, 3
COMMITS = 12
FILES = 20


def git(folder, *arguments, **settings):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **SETTINGS, **settings})
    if done.returncode:
        raise Unusable(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


class Modules:
    """Thirty modules: each requires a few of those before it, at tags and at commits without one."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.versions = {}  # by module path, in the order in which they were made
        chance = random.Random(1)
        for number in range(ALONE + SHARED):
            folders = [""] if number < ALONE else [f"part{part}" for part in range(FOLDERS)]
            self.make(f"repository{number}", folders, chance)

    def make(self, name, folders, chance):
        tree, repository = self.folder / "work" / name, self.folder / name
        tree.mkdir(parents=True)
        git(tree, "init", "-q", "-b", "main")
        modules = {part: f"{HOST}/{name}/{part}".rstrip("/") for part in folders}
        known = list(self.versions.items())
        required = {part: sorted(chance.sample(known, min(len(known), 3))) for part in folders}
        untagged = number_of(name) % 5 == 4
        for commit in range(COMMITS):
            for part, path in modules.items():
                self.write(tree / part, path, required[part], commit, chance)
            date = f"2024-01-{commit + 1:02}T00:00:00Z"
            git(tree, "add", "-A")
            git(tree, "commit", "-q", "-m", f"number {commit}",
                GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
            if commit % 3 == 1:
                for part in folders:
                    git(tree, "tag", f"{part}/v1.{commit // 3}.0".lstrip("/"))
        newest = f"v1.{(COMMITS - 2) // 3}.0"
        if untagged:
            revision = git(tree, "rev-parse", "HEAD")
            newest = f"v1.{(COMMITS - 2) // 3}.1-0.202401{COMMITS:02}000000-{revision[:12]}"
        for path in modules.values():
            self.versions[path] = newest
        git(self.folder, "clone", "-q", "--bare", str(tree), str(repository))

    @staticmethod
    def write(folder, path, required, commit, chance):
        folder.mkdir(exist_ok=True)
        lines = "".join(f"\t{other} {version}\n" for other, version in required)
        (folder / "go.mod").write_text(
            f"module {path}\n\ngo 1.21\n" + (f"\nrequire (\n{lines})\n" if required else ""))
        imports = "".join(f'import _ "{other}"\n' for other, _ in required)
        (folder / "m.go").write_text(f"package m\n\n{imports}")
        for number in range(FILES):
            if commit == 0 or chance.random() < 0.3:
                (folder / f"text{number}.txt").write_bytes(
                    base64.b64encode(chance.randbytes(3000)))

    def main_module(self):
        """A go.mod that requires all of them."""
        lines = "".join(f"\t{path} {version}\n" for path, version in self.versions.items())
        return f"module example.com/main\n\ngo 1.21\n\nrequire (\n{lines})\n"

    @property
    def last(self):
        return list(self.versions.items())[-1]


def number_of(name):
    return int("".join(filter(str.isdigit, name)))


def authority(folder):
    """A certificate authority, and the server's side of TLS with a certificate of it."""
    if not shutil.which("openssl"):
        raise Unusable("no openssl to make certificates with")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    (folder / "extensions").write_text(f"subjectAltName = DNS:{HOST}\n")
    try:
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                "-subj", "/CN=Authority of the bench")
        openssl("req", *key, "-keyout", "host.key", "-out", "host.request", "-subj", f"/CN={HOST}")
        openssl("x509", "-req", "-in", "host.request", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "30", "-extfile", "extensions", "-out", "host.pem")
    except subprocess.CalledProcessError as error:
        raise Unusable(f"openssl: {error.stderr.decode(errors='replace').strip()}") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem", folder / "host.key")
    return folder / "ca.pem", context


class GitServer(http.server.ThreadingHTTPServer):
    """An HTTP proxy on the loopback interface that stands for HOST: its pages have go-import
    lines, and git answers for its repositories."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, repositories, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = repositories
        self.authority, self.tls = authority(folder)
        self.pages = self.fetches = 0

    @property
    def environment(self):
        url = f"http://127.0.0.1:{self.server_port}"
        return {"HTTP_PROXY": url, "HTTPS_PROXY": url, "http_proxy": url, "https_proxy": url,
                "SSL_CERT_FILE": str(self.authority), "GIT_SSL_CAINFO": str(self.authority),
                "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def handle_error(self, *client):
        # A program that has its answer leaves its other connections open until it ends.
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(*client)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_CONNECT(self):
        if self.path != f"{HOST}:443":
            return self.answer(502, "text/plain", b"no such host\n")
        self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "go-get=1" in query.split("&"):
            self.server.pages += 1
            name = path.split("/")[1]
            page = (f'<html><head><meta name="go-import" content="{HOST}/{name} git '
                    f'https://{HOST}/{name}"></head></html>\n')
            return self.answer(200, "text/html; charset=utf-8", page.encode())
        self.git(path, query, b"")

    def do_POST(self):
        self.server.fetches += 1
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            body = bytearray()
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.git(*self.path.partition("?")[::2], bytes(body))

    def git(self, path, query, body):
        done = subprocess.run(
            ["git", "http-backend"], input=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": os.devnull, **SETTINGS,
                 "GIT_PROJECT_ROOT": str(self.server.repositories), "GIT_HTTP_EXPORT_ALL": "1",
                 "REQUEST_METHOD": self.command, "PATH_INFO": urllib.parse.unquote(path),
                 "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1",
                 "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                 "CONTENT_LENGTH": str(len(body)),
                 "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                 "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")})
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = int(fields.get("Status", "200" if head else "500").split()[0])
        self.answer(status, fields.get("Content-Type", "text/plain"), content)

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass
