"""What every check of a bench needs: go and gomod run apart from the machine, and compared."""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shutil
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from pathlib import Path

from recorder import Recorder

# Nothing listens there: a client that is told to use it as its HTTP proxy reaches no network.
DEAD_END = "http://127.0.0.1:9"

# Starts one program and writes what it cost. A process's peak memory begins at that of the process
# it was started from, so this one stays small; its own few MiB are the least that is ever reported.
LAUNCHER = """
import os, sys, time
start = time.monotonic()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - start
with open(sys.argv[1], "w") as report:
    print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime,
          usage.ru_maxrss * 1024, file=report)
"""


@contextlib.contextmanager
def serving(server):
    """A server that answers on a thread of its own until this is left."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Unusable(Exception):
    """The machine lacks something that a check needs."""


@dataclasses.dataclass(frozen=True)
class Graph:
    """A published module whose go.mod and go.sum, alone in a folder, are what is downloaded."""

    name: str
    module: str
    version: str


@dataclasses.dataclass(frozen=True)
class Tool:
    """go or gomod: how each verb is asked for, and the PATH it runs with."""

    name: str
    program: str
    path: str
    cores: int = 0  # that it may run on; 0: all of them

    def argv(self, verb, *arguments):
        prefix = ["mod"] if self.name == "go" and verb != "get" else []
        return [*self.pinned(), self.program, *prefix, verb, *arguments]

    def pinned(self):
        """What runs it on one core, where it may use no more. The other is the proxy's."""
        return ["/usr/bin/taskset", "-c", "0"] if self.cores == 1 else []


@dataclasses.dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: int  # bytes resident

    def complaint(self):
        """The beginning of what it complained of; with -json errors are part of the output."""
        words = re.findall(r'(?m)^\s*"Error": (.*)$', self.out)
        words += [line for line in self.err.splitlines()
                  if line.strip() and not line.startswith("go: downloading ")]
        return " | ".join(words[:5])[:600]


class Running:
    """A program that was started, with its output going to files."""

    def __init__(self, argv, folder, environment, scratch):
        self.files = Path(tempfile.mkdtemp(dir=scratch, prefix="run-"))
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(self.files / "cost")]
        with open(self.files / "out", "wb") as out, open(self.files / "err", "wb") as err:
            self.process = subprocess.Popen(
                launcher + argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True)

    def finish(self, timeout=1800):
        try:
            self.process.wait(timeout)
        except BaseException:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise
        out, err = ((self.files / name).read_text(errors="replace") for name in ("out", "err"))
        if self.process.returncode != 0:
            raise Unusable(f"a program could not be started: {err}")
        code, wall, cpu, peak = (self.files / "cost").read_text().split()
        shutil.rmtree(self.files)
        return Outcome(int(code), out, err, float(wall), float(cpu), int(peak))


class Proxy:
    """A loopback proxy that serves a mirror, for the length of a with block."""

    def __init__(self, program, root, latency=0, log=None, tls=None):
        self.argv = [program, "--root", root, "--latency", str(latency)]
        self.log, self.tls = log, tls
        if log:
            self.argv += ["--log", log]
        if tls:
            self.argv += ["--tls", tls]

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise Unusable("the loopback proxy did not start")
        trust = ssl.create_default_context(cafile=self.tls) if self.tls else None
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def ask(self, name):
        with self.opener.open(f"{self.url}/-/{name}") as answer:
            return json.load(answer)

    def spans(self):
        """Path, status and times of each request since the last reset: when it had come and was
        answered, in seconds."""
        self.ask("stats")  # which writes the log out
        lines = [line.split(" ", 4) for line in Path(self.log).read_text().splitlines()]
        return [(path, int(status), (int(begin) / 1e6, int(end) / 1e6))
                for status, _, begin, end, path in lines]


class Scratch:
    """Fresh folders that one block of a check uses, removed at its end."""

    def __init__(self, parent):
        self.parent = parent

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(dir=self.parent, prefix="acceptance-"))
        self.folder.chmod(0o755)
        return self.folder

    def __exit__(self, *_):
        remove(self.folder)


def remove(folder):
    """Removes a folder whose folders may be read-only."""
    if os.geteuid() != 0:
        for path, _, _ in os.walk(folder):
            os.chmod(path, 0o700)
    shutil.rmtree(folder)


def tree(root, leave_out=()):
    """Every path below root but lock files: its kind, mode and the hash of its bytes."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            if name.endswith(".lock") or relative == "cache/lock":
                continue
            if any(relative == left or relative.startswith(left + "/") for left in leave_out):
                continue
            status = os.lstat(path)
            content = ""
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb", buffering=0) as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            found[relative] = (stat.filemode(status.st_mode), content)
    return found


def differences(ours, theirs):
    """The first few differences of two trees, in words; empty where they are equal."""
    words = []
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path) == theirs.get(path):
            continue
        if path not in ours:
            words.append(f"{path}: missing")
        elif path not in theirs:
            words.append(f"{path}: not in go's")
        elif ours[path][0] != theirs[path][0]:
            words.append(f"{path}: {ours[path][0]}, go's {theirs[path][0]}")
        else:
            words.append(f"{path}: other bytes")
    return words[:8] + ([f"{len(words) - 8} more"] if len(words) > 8 else [])


def json_sequence(text):
    """The JSON values that follow one another in text."""
    decoder, values, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].lstrip()
    return values


def table(head, rows):
    cells = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        first, *rest = (cell.ljust(width) if not index else cell.rjust(width)
                        for index, (cell, width) in enumerate(zip(row, widths)))
        print("  " + "  ".join([first, *rest]))


def seconds(value):
    return f"{value:.2f} s"


def mebibytes(value):
    return f"{value / 2**20:.0f} MiB"


def report(stderr, home):
    """What is said of a get, in go's name: without what tells of progress, which comes in the order
    of arrival, and with the modules that were found in front, sorted."""
    text = re.sub(r"\bgomod\b", "go", stderr.replace(str(home), "HOME"))
    lines = [line for line in text.splitlines()
             if not line.startswith(("go: downloading ", "go: finding "))]
    found = sorted(line for line in lines if line.startswith("go: found "))
    return "\n".join(found + [line for line in lines if not line.startswith("go: found ")])


def text_of(file):
    return file.read_text() if file.is_file() else ""


class Checks:
    """The folders, programs and verdicts of a bench's checks."""

    def __init__(self, options):
        self.options = options
        self.failures = 0
        go = shutil.which("go")
        if not go:
            raise Unusable("no go command to compare with")
        gomod = os.path.abspath(options.gomod)
        if not os.access(gomod, os.X_OK):
            raise Unusable(f"no gomod at {options.gomod}: cargo build --release")
        self.proxy_program = os.path.abspath(options.proxy)
        if not os.access(self.proxy_program, os.X_OK):
            raise Unusable(f"no loopback proxy at {options.proxy}: "
                           "cargo build --release --example mirror-proxy")
        self.work = Path(options.work).absolute()
        self.work.mkdir(parents=True, exist_ok=True)
        self.mirror_folder = Path(options.mirror or self.work / "mirror").absolute()
        self.graphs_folder = Path(options.graphs or self.work / "graphs").absolute()
        self.served = self.mirror_folder / "cache" / "download"
        self.scratch = Path(options.scratch or self.work).absolute()
        self.launches = self.work / "runs"
        self.launches.mkdir(exist_ok=True)
        self.go = Tool("go", go, os.environ.get("PATH", os.defpath))
        self.gomod = Tool("gomod", gomod, self.path_without_go())
        asked = subprocess.run([go, "env", "-json", "GOPROXY", "GOSUMDB", "GOVERSION"],
                               check=True, capture_output=True, text=True)
        self.machine = json.loads(asked.stdout)
        print(f"{self.machine['GOVERSION']}, {os.cpu_count()} cores, gomod at {gomod}")

    def path_without_go(self):
        """A folder with the version control tools and nothing else, for gomod's PATH."""
        folder = self.work / "bin"
        folder.mkdir(exist_ok=True)
        for name in ("git", "hg", "svn", "fossil", "bzr", "ssh"):
            program, link = shutil.which(name), folder / name
            if program and not link.is_symlink():
                link.symlink_to(program)
        return str(folder)

    def recorder(self):
        upstream = next((entry for entry in self.machine["GOPROXY"].replace("|", ",").split(",")
                         if "://" in entry), None)
        if not upstream:
            raise Unusable("GOPROXY names no proxy to record")
        return serving(Recorder(self.work / "recorded", upstream))

    @staticmethod
    def serve(recorder, served, path):
        """Leaves what a recorder answers to one request for a proxy; says whether there is any."""
        status, body = recorder.answer(path)
        if status == 200:
            # The proxy undoes the percent signs of what it is asked for.
            kept = served / urllib.parse.unquote(path)[1:]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(body)
        return status == 200

    # Runs.

    def environment(self, tool, home, cache, proxy, *, network=False, **more):
        """What a run sees of the machine: nothing that is not named here."""
        environment = {
            "HOME": home / "home",
            "PATH": tool.path,
            "GOPATH": home / "gopath",
            "GOMODCACHE": cache,
            "GOCACHE": self.work / "go-build",
            "GOPROXY": proxy,
            "GOSUMDB": self.machine["GOSUMDB"] if network else "off",
            "GOFLAGS": "",
            "GOTOOLCHAIN": "local",
        }
        if network:
            for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
                for spelling in (name, name.lower()):
                    if spelling in os.environ:
                        environment[spelling] = os.environ[spelling]
        else:
            # What a mistake sends to the network fails, instead of making a check pass or hang.
            environment |= {"HTTPS_PROXY": DEAD_END}
        return {name: str(value) for name, value in (environment | more).items()}

    def start(self, argv, folder, environment):
        return Running([str(word) for word in argv], folder, environment, self.launches)

    def run(self, argv, folder, environment):
        return self.start(argv, folder, environment).finish()

    def module(self, graph, folder):
        """A folder with a graph's go.mod and go.sum, as the graph's author published them."""
        folder.mkdir(parents=True)
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(self.graphs_folder / graph.name / name, folder / name)
        return folder

    def cold(self, tool, graph, home, proxy, verb="download", more=()):
        """A download of a graph into an empty cache, or another verb that fetches; home/module and
        home/cache are left to see."""
        module = self.module(graph, home / "module")
        environment = self.environment(tool, home, home / "cache", proxy, **dict(more))
        return self.run(tool.argv(verb), module, environment)

    # Verdicts.

    def holds(self, fine, what, why=""):
        print(f"{'PASS' if fine else 'FAIL'}  {what}" + (f": {why}" if why and not fine else ""))
        self.failures += not fine
        return fine

    def succeeds(self, outcome, what):
        return self.holds(outcome.code == 0, what, f"exit {outcome.code}: {outcome.complaint()}")

    def equal_trees(self, ours, theirs, what):
        found = differences(ours, theirs)
        return self.holds(not found, f"{what} ({len(theirs)} paths)", "; ".join(found))
