#!/usr/bin/env python3
"""Shows, beside a live go command, that gomod does what it promises.

    cargo build --release --bin gomod --example mirror-proxy
    python3 benches/acceptance.py [options] CHECK...

Run from the project root; `all` stands for every check. Each check prints its figures, then a PASS
or FAIL line for each thing it holds; the exit code is 1 if anything failed.

  mirror     fill a GOMODCACHE with the three graphs that the other checks serve (network, once)
  same-tree  cold and warm downloads of the three graphs: same files, modes and bytes as go's; go
             verifies and builds from gomod's cache; a cache that go filled needs no request
  latest     `download -json` of real modules @latest with the checksum database on (network)
  get        `get` of the same modules into an empty module (network)
  no-ca      file:// and plain http proxies on a machine without a single CA certificate
  shared     gomod and go at the same time on one cold cache, as root and as an ordinary user
  edit       `edit` of every go.mod in the mirror, and of as many that are damaged from a seed: -json,
             -print and sequences of edits from a seed answer and write what go's do
  gets       sequences of `get` from a seed, in main modules that import real modules: go.mod,
             go.sum, what is said and exit class are go's (network for what is not recorded yet)
  thirty     `get` of thirty real modules and packages, one at a time and all at once, with the
             checksum database and cold caches: go.mod and go.sum are go's (network)
  bomb       zips that inflate to 1 GiB and declare little, 400 MiB or too much: refused for less than
             100 MiB of memory and a second of CPU time, and nothing of them is kept
  latency    `get` of helm's command into an empty module at 30 ms a request, cold: wall time, and
             the longest chain of requests (network for what is not recorded yet)
  packages   `download --for` helm's command into an empty cache: what it fetches beside `download`, what
             a build with go alone leaves there, and a build without a proxy (network, minutes of compiling)
  sumdb      `download` of 180 modules that helm requires, without a go.sum, cold and with latency:
             the longest chain of requests to the checksum database (network, as for latency)
  direct     `download` and `get` of thirty modules straight from git repositories of our own on the
             loopback interface, cold: the same files as go's, in no more time than go's
  tidy       `tidy` in published modules unpacked as main modules, as they are, with requirements
             dropped and added, without go.sum, with flags: go.mod, go.sum, what is said and exit
             class are go's (this and the next three: network for what is not recorded yet)
  vendor     `vendor` there: the same vendor folder, from which go builds
  why        `why` there, of all packages and modules: the same answers

Every run gets an environment built from nothing and fresh folders. gomod runs with a PATH that
holds version control tools and no go command. The network is reached as the machine's own
`go env` says (GOPROXY, GOSUMDB); nothing else leaves the loopback interface.
"""

import argparse
import concurrent.futures
import dataclasses
import difflib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

from checks import (Graph, Proxy, Scratch, Unusable, differences, json_sequence, mebibytes,
                    remove, report, seconds, serving, table, text_of, tree)
from git_server import GitServer, Modules
from graphs import COMMAND, GRAPHS
from main_modules import MAIN_MODULES, MainModules

NOBODY = 65534

# Modules whose newest versions the go command can use without switching to a newer toolchain.
LATEST_MODULES = """
    github.com/BurntSushi/toml github.com/Masterminds/semver/v3 github.com/docker/docker
    github.com/fsnotify/fsnotify github.com/gin-gonic/gin github.com/go-chi/chi/v5
    github.com/google/go-cmp github.com/google/uuid github.com/gorilla/mux
    github.com/hashicorp/golang-lru/v2 github.com/jackc/pgx/v5 github.com/labstack/echo/v4
    github.com/mattn/go-sqlite3 github.com/pkg/errors github.com/prometheus/client_golang
    github.com/rs/zerolog github.com/sirupsen/logrus github.com/spf13/cobra github.com/spf13/viper
    github.com/stretchr/testify go.uber.org/zap golang.org/x/crypto golang.org/x/mod
    golang.org/x/net golang.org/x/sync golang.org/x/text google.golang.org/grpc
    google.golang.org/protobuf gopkg.in/yaml.v3 k8s.io/apimachinery
""".split()

# What `thirty` gets: modules, packages within modules, commands, majors, versions without a go.mod,
# branches and pseudo-versions. Those without a version may move on between two days, not in a run.
THIRTY = """
    github.com/spf13/cobra@v1.8.0 github.com/spf13/viper@v1.18.2 github.com/stretchr/testify@v1.9.0
    github.com/gin-gonic/gin@v1.9.1 github.com/go-chi/chi/v5@v5.0.12 github.com/google/uuid@latest
    github.com/gorilla/mux@v1.8.1 github.com/labstack/echo/v4@v4.12.0 go.uber.org/zap@v1.27.0
    github.com/sirupsen/logrus@v1.9.3 gopkg.in/yaml.v3@v3.0.1 gopkg.in/yaml.v2
    golang.org/x/text/language@v0.15.0 golang.org/x/net/http2@v0.25.0 golang.org/x/sync/errgroup
    github.com/google/go-cmp/cmp@v0.6.0 github.com/hashicorp/golang-lru/v2/simplelru@v2.0.7
    github.com/prometheus/client_golang/prometheus/promhttp@v1.19.1
    google.golang.org/grpc@v1.64.0 google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.4.0
    google.golang.org/protobuf/cmd/protoc-gen-go@v1.34.1 golang.org/x/tools/cmd/stringer@v0.21.0
    github.com/docker/docker/client@v24.0.7+incompatible github.com/pkg/errors@v0.9.1
    github.com/Masterminds/semver/v3@v3.2.1 github.com/Masterminds/sprig@v2.22.0+incompatible
    github.com/golang/protobuf/proto@v1.5.4 k8s.io/apimachinery/pkg/labels@v0.30.1
    github.com/BurntSushi/toml/cmd/tomlv@v1.3.2 github.com/mitchellh/mapstructure@v1.5.0
""".split()

# How many modules `sumdb` downloads.
MODULES_LOOKED_UP = 180

# What the main modules of `gets` import and ask for: modules, and packages in them.
REAL_PACKAGES = {line.split()[0]: line.split()[1:] for line in """
github.com/BurntSushi/toml . cmd/tomlv
github.com/Masterminds/semver/v3 .
github.com/Masterminds/sprig/v3 .
github.com/cespare/xxhash/v2 .
github.com/fsnotify/fsnotify .
github.com/gin-gonic/gin . binding
github.com/go-chi/chi .
github.com/go-chi/chi/v5 . middleware
github.com/golang/protobuf proto ptypes
github.com/google/go-cmp cmp cmp/cmpopts
github.com/google/uuid .
github.com/gorilla/mux .
github.com/gorilla/websocket .
github.com/hashicorp/golang-lru . simplelru
github.com/hashicorp/golang-lru/v2 . simplelru
github.com/mattn/go-isatty .
github.com/mitchellh/mapstructure .
github.com/pkg/errors .
github.com/prometheus/client_golang prometheus prometheus/promhttp
github.com/sirupsen/logrus . hooks/syslog
github.com/spf13/cobra . doc
github.com/spf13/pflag .
github.com/spf13/viper .
github.com/stretchr/testify assert require mock
go.uber.org/atomic .
go.uber.org/multierr .
go.uber.org/zap . zapcore
golang.org/x/mod semver modfile
golang.org/x/net html http2 context
golang.org/x/sync errgroup semaphore
golang.org/x/text language cases
golang.org/x/tools cmd/stringer go/packages
google.golang.org/grpc . credentials
google.golang.org/grpc/cmd/protoc-gen-go-grpc .
google.golang.org/protobuf proto cmd/protoc-gen-go
gopkg.in/yaml.v2 .
gopkg.in/yaml.v3 .
""".strip().splitlines()}

# What go says where a module needs a newer go than runs, and it must not fetch one.
TOO_NEW = "GOTOOLCHAIN=local)"

# What a get may come to, as go says it, and the least share of the runs of `gets` with one.
COMES_TO = {
    "succeeds": (r"\Aexit 0$", 60),
    "fails": (r"\Aexit 1$", 15),
    "adds": (r"^go: added (?!go |toolchain )", 25),
    "upgrades": (r"^go: upgraded (?!go |toolchain )", 25),
    "downgrades": (r"^go: downgraded ", 10),
    "removes": (r"^go: removed ", 10),
    "reports a conflict": (r" conflicts with | requires .*, not |version constraints conflict", 10),
    "raises the go line": (r"^go: upgraded go ", 0),
    "crosses 1.17": (r"note: expanded dependencies", 0),
    "warns of a deprecation": (r" is deprecated: ", 0),
    "warns of a retraction": (r"retracted by module author", 0),
}

# A program over two modules of helm's graph, and what it prints.
PROGRAM = """package main

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := yaml.Marshal(map[string]string{"version": semver.MustParse("v1.2").String()})
	if err != nil {
		panic(err)
	}
	fmt.Print(string(text))
}
"""
PROGRAM_PRINTS = "version: 1.2.0\n"

# Where TLS libraries on Linux look for roots: folders to cover, and what must not exist then.
ROOT_FOLDERS = """/etc/ssl /etc/pki /etc/ca-certificates /usr/share/ca-certificates
    /usr/local/share/ca-certificates /usr/share/pki /usr/lib/ssl /usr/local/ssl
    /var/lib/ca-certificates""".split()
ROOT_FILES = """/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt
    /etc/ssl/ca-bundle.pem /etc/pki/tls/cacert.pem /etc/ssl/cert.pem /usr/lib/ssl/cert.pem
    /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem""".split()
ROOTS_LEFT = 99
WITHOUT_ROOTS = f"""
for folder in {" ".join(ROOT_FOLDERS)}; do
    if [ -d "$folder" ]; then mount -t tmpfs none "$folder" || exit {ROOTS_LEFT}; fi
done
for file in {" ".join(ROOT_FILES)} /etc/ssl/certs/*; do
    if [ -e "$file" ]; then exit {ROOTS_LEFT}; fi
done
exec "$@"
"""

# What damages a go.mod file, or is merely unusual in one.
INSERTIONS = [text.encode() for text in (
    '"', "'", "`", "(", ")", "[", "]", ",", "{", " ", "\t", "\r", "\n", "\n\n", "\\", "=>", "=", "/",
    "//", "// ", " // indirect", " // indirect; why", "// Deprecated: gone", "/* no */", "/*", "\0",
    "\x07", "\u00a0", "\u2028", "\ufeff", "\ufffd", "\u00e9", "<&>", "v1", "v2.0.0", "master", "./x",
    "..", "@", '"a b"', '"\\x41"')]
LINES = [text.encode() for text in (
    "// a comment", "", "module example.com/again", "go 1.21", "go 1", "toolchain go1.22.0",
    "toolchain default", "godebug default=go1.21", "godebug (\n\ta=b\n\tc=d=e\n)",
    "require example.com/a v1.2.3", "require example.com/a v1", "require (\n)", "require (",
    ")", "require (\n\t// inside\n\texample.com/b/v2 v2.0.0 // indirect\n\n\n)",
    "exclude (\n\texample.com/a v1.10.0\n\texample.com/a v1.9.0\n\texample.com/a v1.10.0\n)",
    "exclude example.com/a v2.0.0", "replace example.com/a => ../a",
    "replace (\n\texample.com/a v1.0.0 => example.com/c v1.1.0\n\texample.com/a => ./b\n)",
    "// why\nretract v1.0.0", "retract [v1.0.0, v1.1.0] // because", "retract [ v1.0.0 ]",
    "// all\nretract (\n\tv1.2.0\n\t[v1.3.0,v1.4.0] // <&>\n)", "tool example.com/a/cmd",
    "tool (\n\texample.com/z\n\texample.com/y\n\texample.com/z\n)", "ignore ./x",
    "ignore (\n\tb\n\ta\n)", "unknown x", "unknown (\n\ty\n)",
    "// Deprecated: use another\n//\n// more")]

# Values for edits beside those that a file itself gives.
EDIT_PATHS = """example.com/a example.com/a/v2 example.com/b/v2 gopkg.in/yaml.v2 gopkg.in/yaml local
    example.com/a/ example.com//a -a go toolchain example.com/A example.com/a~1 example.com/con
    example.com/a+b ./a ../b/c /abs C:\\x . .. example.com/.a""".split() + ["", "a b", "\u00e9.com"]
EDIT_VERSIONS = """v1.0.0 v1.9.0 v1.10.0 v2.0.0 v2.0.0+incompatible v1.0.0-rc.1
    v0.0.0-20200101000000-abcdefabcdef
    v1 v2 master latest none bad v1.0.0+meta -v1.0.0 /v1.0.0 v1.0.0@v2""".split() + [
        "", "v 1", " v1.0.0 ", "(", "a(b"]
REPEATED_FLAGS = """godebug dropgodebug require droprequire exclude dropexclude replace
    dropreplace retract
    dropretract tool droptool ignore dropignore""".split()


class Acceptance(MainModules):
    def chosen(self, usual):
        """The graphs that the user named, else the usual ones."""
        return [graph for graph in GRAPHS if graph.name in self.options.graph] or usual

    # Checks.

    def same_tree(self):
        self.need_mirror()
        rows = []
        for graph in self.chosen(GRAPHS):
            with Scratch(self.scratch) as scratch, Proxy(self.proxy_program, self.served) as proxy:
                trees, homes = {}, {}
                for tool in (self.go, self.gomod):
                    proxy.ask("reset")
                    home = homes[tool] = scratch / tool.name
                    outcome = self.cold(tool, graph, home, proxy.url)
                    served = proxy.ask("stats")
                    rows.append([graph.name, tool.name, served["requests"], served["not_found"],
                                 mebibytes(served["bytes"]), served["peak_in_flight"],
                                 seconds(outcome.wall), seconds(outcome.cpu),
                                 mebibytes(outcome.peak)])
                    self.succeeds(outcome, f"{graph.name}: cold {tool.name} download")
                    trees[tool] = tree(home / "cache")
                ours, theirs = homes[self.gomod], homes[self.go]
                self.holds(len(trees[self.go]) > 1000, f"{graph.name}: go's cache is not empty")
                self.equal_trees(trees[self.gomod], trees[self.go], f"{graph.name}: same GOMODCACHE")
                self.equal_trees(tree(ours / "module"), tree(theirs / "module"),
                                 f"{graph.name}: same go.mod and go.sum")

                offline = self.environment(self.go, ours, ours / "cache", "off")
                verified = self.run(self.go.argv("verify"), ours / "module", offline)
                self.succeeds(verified, f"{graph.name}: go verifies gomod's cache")
                again = self.run(self.go.argv("download"), ours / "module", offline)
                self.succeeds(again, f"{graph.name}: go finds everything in gomod's cache")

                proxy.ask("reset")
                warm = self.environment(self.gomod, theirs, theirs / "cache", proxy.url)
                outcome = self.run(self.gomod.argv("download"), theirs / "module", warm)
                requests = proxy.ask("stats")["requests"]
                self.succeeds(outcome, f"{graph.name}: gomod download on go's cache")
                self.holds(requests == 0, f"{graph.name}: no request on go's cache",
                           f"{requests} requests")
                self.equal_trees(tree(theirs / "cache"), trees[self.go],
                                 f"{graph.name}: go's cache stays as it was")
                if graph.name == "helm":
                    self.program(ours)
        table(["graph", "tool", "requests", "not found", "bytes", "in flight", "wall", "CPU",
               "peak"], rows)

    def program(self, home):
        """Builds and runs a program offline from gomod's cache of helm's graph."""
        folder = self.module(GRAPHS[0], home / "program")
        go_mod = folder / "go.mod"
        go_mod.write_text(re.sub(r"(?m)^module .*$", "module example.com/program",
                                 go_mod.read_text()))
        (folder / "main.go").write_text(PROGRAM)
        offline = self.environment(self.go, home, home / "cache", "off", GOFLAGS="-mod=mod",
                                   CGO_ENABLED="0")
        built = self.run([self.go.program, "build", "-o", "program", "."], folder, offline)
        if self.succeeds(built, "helm: a program builds offline from gomod's cache"):
            printed = self.run([folder / "program"], folder, offline).out
            self.holds(printed == PROGRAM_PRINTS, "helm: the program runs", repr(printed))

    def latest(self):
        wanted = [f"{module}@latest" for module in LATEST_MODULES]
        with Scratch(self.scratch) as scratch:
            outcomes, answers, trees = {}, {}, {}
            for tool in (self.go, self.gomod):
                home = scratch / tool.name
                empty = home / "empty"
                empty.mkdir(parents=True)
                environment = self.environment(tool, home, home / "cache",
                                               self.machine["GOPROXY"], network=True)
                argv = tool.argv("download", "-json", *wanted)
                outcome = outcomes[tool] = self.run(argv, empty, environment)
                self.succeeds(outcome, f"{tool.name} download -json of {len(wanted)} modules @latest")
                text = outcome.out.replace(str(home / "cache"), "$GOMODCACHE")
                try:
                    answers[tool] = json_sequence(text)
                except json.JSONDecodeError as error:
                    self.holds(False, f"{tool.name} prints JSON", str(error))
                    return
                trees[tool] = tree(home / "cache", leave_out=["cache/download/sumdb"])
            ours = {answer.get("Path"): answer for answer in answers[self.gomod]}
            theirs = {answer["Path"]: answer for answer in answers[self.go]}
            self.remember_latest(answers[self.go])
            self.holds(theirs.keys() == set(LATEST_MODULES), "go answers for every module")
            for field in ("Version", "Sum", "GoModSum"):
                wrong = [f"{path} {ours.get(path, {}).get(field)}, go's {answer.get(field)}"
                         for path, answer in theirs.items()
                         if not answer.get(field) or answer[field] != ours.get(path, {}).get(field)]
                self.holds(not wrong, f"same {field} for {len(theirs)} modules", "; ".join(wrong))
            self.holds(outcomes[self.gomod].out.replace(str(scratch / "gomod"), "")
                       == outcomes[self.go].out.replace(str(scratch / "go"), ""),
                       "the same output, byte for byte")
            self.equal_trees(trees[self.gomod], trees[self.go],
                             "same GOMODCACHE but the checksum database's files")

            # In a module go asks the checksum database for what go.sum lacks: here, everything.
            home = scratch / "gomod"
            module = self.empty_module(home / "module")
            offline = self.environment(self.go, home, home / "cache", "off",
                                       GOSUMDB=self.machine["GOSUMDB"])
            known = [f"{path}@{answer['Version']}" for path, answer in theirs.items()]
            outcome = self.run(self.go.argv("download", "-json", *known), module, offline)
            self.succeeds(outcome, "go, offline, accepts gomod's cache and checksum database files")
            if outcome.code == 0:
                sums = {answer["Path"]: answer.get("Sum") for answer in json_sequence(outcome.out)}
                self.holds(sums == {path: answer["Sum"] for path, answer in theirs.items()},
                           "go, offline, finds the same sums")
        table(["tool", "wall", "CPU", "peak"],
              [[tool.name, seconds(outcome.wall), seconds(outcome.cpu), mebibytes(outcome.peak)]
               for tool, outcome in outcomes.items()])

    def remember_latest(self, answers):
        found = {answer["Path"]: answer["Version"] for answer in answers if answer.get("Sum")}
        (self.work / "latest.json").write_text(json.dumps(found, indent=1) + "\n")
        return found

    def latest_versions(self):
        """The versions that `latest` found, looked up here where it has not run."""
        kept = self.work / "latest.json"
        if kept.is_file():
            return json.loads(kept.read_text())
        with Scratch(self.scratch) as scratch:
            environment = self.environment(self.go, scratch, scratch / "cache",
                                           self.machine["GOPROXY"], network=True)
            wanted = [f"{module}@latest" for module in LATEST_MODULES]
            outcome = self.run(self.go.argv("download", "-json", *wanted), scratch, environment)
            if outcome.code != 0:
                raise Unusable(f"go cannot look up the newest versions: {outcome.complaint()}")
            return self.remember_latest(json_sequence(outcome.out))

    def get(self):
        rows, same = [], {"go.mod": 0, "go.sum": 0}
        failed = {what: [] for what in (
            "go get", "gomod get", "the same requirement as go's",
            "go mod download accepts gomod's result", "go mod verify accepts gomod's result")}
        versions = self.latest_versions()
        with Scratch(self.scratch) as scratch:
            for number, (path, version) in enumerate(versions.items()):
                module, environment, line = {}, {}, {}
                row = [f"{path}@{version}"]
                for tool in (self.go, self.gomod):
                    home = scratch / tool.name
                    module[tool] = self.empty_module(home / str(number))
                    environment[tool] = self.environment(
                        tool, home, home / "cache", self.machine["GOPROXY"], network=True)
                    outcome = self.run(tool.argv("get", row[0]), module[tool], environment[tool])
                    row.append(seconds(outcome.wall))
                    line[tool] = requirement(module[tool] / "go.mod", path)
                    if outcome.code != 0:
                        failed[f"{tool.name} get"].append(f"{path}: {outcome.complaint()}")
                rows.append(row)
                ours, theirs = module[self.gomod], module[self.go]
                if not line[self.go] or line[self.go] != line[self.gomod]:
                    failed["the same requirement as go's"].append(
                        f"{line[self.gomod]!r}, go's {line[self.go]!r}")
                for name in same:
                    a, b = ours / name, theirs / name
                    same[name] += a.is_file() and b.is_file() and a.read_bytes() == b.read_bytes()
                judge = environment[self.gomod] | {"PATH": self.go.path}
                for verb in ("download", "verify"):
                    outcome = self.run(self.go.argv(verb), ours, judge)
                    if outcome.code != 0:
                        failed[f"go mod {verb} accepts gomod's result"].append(
                            f"{path}: {outcome.complaint()}")
        table(["module", "go get", "gomod get"], rows)
        for name, count in same.items():
            print(f"  {name} identical to go's: {count} of {len(versions)}")
        self.holds(len(versions) == len(LATEST_MODULES), f"{len(versions)} modules have a version")
        for what, words in failed.items():
            self.holds(not words, f"{what}: {len(versions) - len(words)} of {len(versions)}",
                       "; ".join(words))

    def no_ca(self):
        self.need_mirror()
        graph, rows = GRAPHS[0], []
        unshare = shutil.which("unshare")
        if not unshare or not os.path.exists("/bin/sh"):
            raise Unusable("no-ca needs unshare and a POSIX shell")
        apart = [unshare, "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]),
                 "/bin/sh", "-c", WITHOUT_ROOTS, "sh"]
        shell = {"PATH": os.environ.get("PATH", os.defpath)}
        alone = self.run([*apart, "/bin/true"], self.work, shell)
        if not self.holds(alone.code == 0, "the CA certificates of this machine can be hidden",
                          f"exit {alone.code}: {alone.complaint()}"):
            return
        absent = {"SSL_CERT_FILE": "/nonexistent/roots.pem", "SSL_CERT_DIR": "/nonexistent"}
        with Scratch(self.scratch) as scratch, Proxy(self.proxy_program, self.served) as proxy:
            self.succeeds(self.cold(self.go, graph, scratch / "go", proxy.url), "go, with roots")
            expected = tree(scratch / "go" / "cache")
            proxies = {"file": f"file://{self.served}", "http": proxy.url}
            for scheme, url in proxies.items():
                for roots, variables in (("unset", {}), ("nowhere", absent)):
                    home = scratch / f"{scheme}-{roots}"
                    module = self.module(graph, home / "module")
                    environment = self.environment(self.gomod, home, home / "cache", url,
                                                   **variables)
                    # mount is found by the shell's own PATH, gomod keeps its own.
                    inner = ["/usr/bin/env", f"PATH={self.gomod.path}",
                             *self.gomod.argv("download")]
                    outcome = self.run([*apart, *inner], module, environment | shell)
                    what = f"{scheme}, no roots, SSL_CERT_* {roots}"
                    rows.append([what, seconds(outcome.wall)])
                    if self.succeeds(outcome, what):
                        self.equal_trees(tree(home / "cache"), expected, f"{what}: same GOMODCACHE")
                    remove(home)
        table(["proxy", "wall"], rows)

    def shared(self):
        self.need_mirror()
        graph, rows = GRAPHS[0], []
        identities = {"the current user": []}
        if self.holds(os.geteuid() == 0, "rounds as root and as an ordinary user",
                      "only root can run both; these rounds are the current user's alone"):
            setpriv = shutil.which("setpriv")
            if not setpriv:
                raise Unusable("shared needs setpriv")
            identities = {"root": [], "an ordinary user": [
                setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]}
        with Scratch(self.scratch) as scratch, Proxy(self.proxy_program, self.served) as proxy:
            # The build's folder may be closed to others.
            program = scratch / "gomod"
            shutil.copy(self.gomod.program, program)
            gomod = dataclasses.replace(self.gomod, program=str(program))
            for identity, prefix in identities.items():
                def prepare(home):
                    for part in ("home", "gopath", "cache", "build"):
                        (home / part).mkdir(parents=True)
                    for tool in (self.go, gomod):
                        self.module(graph, home / tool.name)
                    if prefix:
                        for path, _, files in os.walk(home):
                            for name in ("", *files):
                                os.chown(os.path.join(path, name), NOBODY, NOBODY)

                def begin(tool, home):
                    environment = self.environment(tool, home, home / "cache", proxy.url,
                                                   GOCACHE=home / "build")
                    return self.start([*prefix, *tool.argv("download")], home / tool.name,
                                      environment)

                prepare(scratch / "alone")
                alone = begin(self.go, scratch / "alone").finish()
                self.succeeds(alone, f"as {identity}: go alone")
                expected = tree(scratch / "alone" / "cache")
                expected_module = tree(scratch / "alone" / "go")
                remove(scratch / "alone")
                walls, good = {"go": [], "gomod": []}, 0
                for number in range(self.options.rounds):
                    home = scratch / "round"
                    prepare(home)
                    # Who comes first changes, and by how much: up to a quarter of go's time alone.
                    order = [self.go, gomod] if number % 2 else [gomod, self.go]
                    running = {order[0].name: begin(order[0], home)}
                    time.sleep(number // 2 / self.options.rounds * alone.wall / 2)
                    running[order[1].name] = begin(order[1], home)
                    outcomes = {name: process.finish() for name, process in running.items()}
                    wrong = [f"{name} exit {outcome.code}: {outcome.complaint()}"
                             for name, outcome in outcomes.items() if outcome.code != 0]
                    wrong += differences(tree(home / "cache"), expected)
                    for name, outcome in outcomes.items():
                        walls[name].append(outcome.wall)
                        wrong += differences(tree(home / name), expected_module)
                    remove(home)
                    if wrong:
                        self.holds(False, f"as {identity}: round {number + 1}", "; ".join(wrong))
                    good += not wrong
                self.holds(good == self.options.rounds > 0,
                           f"as {identity}: {good} of {self.options.rounds} rounds "
                           "end well, with go's tree")
                rows.append([identity, seconds(alone.wall),
                             *(seconds(statistics.median(walls[name])) for name in walls)])
        table(["as", "go alone", "go, shared", "gomod, shared"], rows)

    def edit(self):
        names = [*self.mirror_folder.rglob("*.mod")]
        if not names:
            raise Unusable(f"no go.mod files below {self.mirror_folder}: run the check mirror")
        found = {}
        for name in names:
            if name.is_file():
                text = name.read_bytes()
                found.setdefault(hashlib.sha256(text).hexdigest(), text)
        chance = random.Random(self.options.seed)
        texts = [found[key] for key in sorted(found)]
        if self.options.edit_files:
            texts = chance.sample(texts, min(self.options.edit_files, len(texts)))
        tasks = []
        for text in texts:
            for damages in (False, True):
                text = damaged(text, chance) if damages else text
                edits = Edits(text, chance)
                sequences = [edits.flags() for _ in range(self.options.edit_sequences)]
                runs = [["-json"], ["-print"], *sequences]
                # A file that is named is shown as it is named, one that is found by its full path.
                tasks.append((damages, text, [run + chance.choice([[], ["go.mod"]]) for run in runs]))
        rows, wrong, examples, panics, ghosts = {}, [], [], 0, 0
        with Scratch(self.scratch) as scratch:
            local = scratch.resolve()

            def one(numbered):
                number, (damages, text, runs) = numbered
                return damages, text, [(words, self.edits_of_both(local / str(number), text, words))
                                       for words in runs]

            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for damages, text, results in pool.map(one, enumerate(tasks)):
                    for index, (words, (theirs, ours)) in enumerate(results):
                        kind = ("damaged" if damages else "real", ("-json", "-print")[index]
                                if index < 2 else "sequence")
                        if theirs[3].startswith("panic:"):
                            panics += 1
                            continue
                        if any(flag in word for word in words for flag in ("droptool", "dropignore")):
                            shown = self.without_ghosts(theirs[1])
                            ghosts += shown != theirs[1]
                            theirs = (theirs[0], shown, *theirs[2:])
                        row = rows.setdefault(kind, [0, 0, 0, 0])
                        row[0] += 1
                        row[1] += theirs[0] == 0
                        row[2] += theirs[:3] != ours[:3]
                        row[3] += theirs[3] != ours[3]
                        if theirs[:3] != ours[:3]:
                            wrong.append((text, words, theirs, ours))
                        elif theirs[3] != ours[3]:
                            examples.append((words, theirs[3], ours[3]))
        table(["files", "runs", "count", "go: exit 0", "differ", "other stderr"],
              [[*kind, count, f"{good / count:.1%}", differ, other]
               for kind, (count, good, differ, other) in sorted(rows.items())])
        for words, theirs, ours in chance.sample(examples, min(5, len(examples))):
            print(f"      other words for {words}: {theirs!r}, gomod: {ours!r}")
        for number, (text, words, theirs, ours) in enumerate(wrong[:20]):
            kept = self.work / f"edit-{number}.mod"
            kept.write_bytes(text)
            print(f"      {kept}: {words}\n        go    {theirs}\n        gomod {ours}")
        print(f"      {len(texts)} go.mod files of {len(found)} in the mirror, "
              f"{len(tasks) - len(texts)} "
              f"damaged, {sum(row[0] for row in rows.values())} runs each, seed {self.options.seed}; "
              f"not compared: {panics} panics of go's and {ghosts} times "
              "what it shows of dropped lines")
        self.holds(not wrong, "every edit answers and writes what go's does", f"{len(wrong)} differ")

    @staticmethod
    def without_ghosts(text):
        """go's JSON without the nameless tools and ignored folders that it shows for dropped ones."""
        text = re.sub(rb',?\n\t\t\{\n\t\t\t"Path": ""\n\t\t\}', b"", text)
        return text.replace(b": [,", b": [").replace(b": [\n\t]", b": null")

    def edits_of_both(self, folder, text, words):
        """What each tool made of a file: whether it failed, stdout, the file, stderr in go's name."""
        seen = []
        for tool in (self.go, self.gomod):
            folder.mkdir()
            (folder / "go.mod").write_bytes(text)
            environment = {"HOME": str(self.scratch), "PATH": tool.path, "PWD": str(folder),
                           "GOMODCACHE": str(folder / "cache"), "GOFLAGS": "", "GOENV": "off",
                           "GOWORK": "off", "GOTOOLCHAIN": "local"}
            done = subprocess.run([*tool.argv("edit"), *words], cwd=folder, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True)
            stderr = done.stderr.decode(errors="replace")
            if tool is self.gomod:
                stderr = re.sub(r"\bgomod\b", "go", stderr)
            seen.append((min(done.returncode, 1), done.stdout, (folder / "go.mod").read_bytes(),
                         stderr.replace("go mod: ", "go: ")))
            shutil.rmtree(folder)
        return seen

    def gets(self):
        rows, wrong, too_new = [], [], []
        shares, operations = dict.fromkeys(COMES_TO, 0), dict.fromkeys(COMES_TO, 0)
        begin, count = time.monotonic(), 0
        with Scratch(self.scratch) as scratch, self.recorder() as recorder:
            local = scratch.resolve()
            versions = {path: listed(recorder, path) for path in REAL_PACKAGES}

            def one(number):
                return self.sequence(local, number, versions, recorder.url)

            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                numbers = range(self.options.sequences)
                for number, steps in zip(numbers, pool.map(one, numbers)):
                    reached = set()
                    for words, theirs, ours in steps:
                        count += 1
                        said = f"exit {theirs[0]}\n{theirs[1]}"
                        come = {what for what, (pattern, _) in COMES_TO.items()
                                if re.search(pattern, said, re.MULTILINE)}
                        reached |= come
                        for what in come:
                            operations[what] += 1
                        if theirs != ours and TOO_NEW in theirs[1]:
                            # go would fetch another toolchain, which gomod does not need.
                            too_new.append(number)
                            break
                        if theirs != ours:
                            wrong.append((number, words, theirs, ours))
                            break
                    for what in reached:
                        shares[what] += 1
            requests = recorder.requests
        for number, words, theirs, ours in wrong[:10]:
            print(f"      sequence {number}: {' '.join(words)}, left in {self.work}/gets-{number}")
            for name, their, our in zip(("exit", "stderr", "go.mod", "go.sum"), theirs, ours):
                if their != our:
                    lines = difflib.unified_diff(str(their).splitlines(), str(our).splitlines(),
                                                 f"go's {name}", f"gomod's {name}", "", "", 1, "")
                    print("\n".join(f"        {line}" for line in list(lines)[:30]))
        total = max(self.options.sequences, 1)
        for what, number in shares.items():
            rows.append([what, f"{number / total:.0%}", f"{operations[what] / max(count, 1):.0%}"])
        table(["go", "of sequences", "of gets"], rows)
        print(f"      {count} gets, {requests} requests, seed {self.options.seed}, "
              f"{seconds(time.monotonic() - begin)}; stood in for: {len(recorder.made)} .info, "
              f"{len(recorder.refused)} others")
        for what, (_, least) in COMES_TO.items():
            self.holds(shares[what] * 100 >= least * total, f"go {what} in {least} % or more")
        print(f"      in {len(too_new)} go itself was too old for a module: {too_new}")
        self.holds(len(too_new) * 20 <= total, "go is too old in 5 % at most")
        self.holds(not wrong, f"{total - len(too_new)} sequences end as go's do",
                   f"{len(wrong)} differ: {', '.join(str(number) for number, *_ in wrong)}")

    def sequence(self, local, number, versions, proxy):
        """The steps of one sequence: the arguments, and what each tool made of them."""
        world = Requests(random.Random(f"{self.options.seed} {number}"), versions)
        begin = local / f"{number}-begin"
        world.write(begin, ("1.16", "1.17", "1.21", "1.25")[number % 4])

        def ask(tool, folder, argv):
            # The cache of each tool serves all sequences; they differ in all else.
            home = local / tool.name
            return self.run(argv, folder, self.environment(tool, home, home / "cache", proxy))

        for argv in world.preparation():
            ask(self.go, begin, [self.go.program, *argv])
        steps, folders = [], {}
        for tool in (self.go, self.gomod):
            folders[tool] = local / tool.name / str(number) / "main"
            shutil.copytree(begin, folders[tool])
        required = world.required(begin / "go.mod")
        for _ in range(world.chance.choice([1, 2, 2, 3, 3])):
            words, seen = world.get(required), []
            for tool in (self.go, self.gomod):
                outcome = ask(tool, folders[tool], [tool.program, "get", *words])
                seen.append((min(outcome.code, 1), report(outcome.err, local / tool.name),
                             text_of(folders[tool] / "go.mod"), text_of(folders[tool] / "go.sum")))
            steps.append((["get", *words], *seen))
            if seen[0] != seen[1]:
                kept = self.work / f"gets-{number}"
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(begin, kept / "begin")
                for tool in (self.go, self.gomod):
                    shutil.copytree(folders[tool], kept / tool.name)
                (kept / "steps").write_text("".join(f"{' '.join(step[0])}\n" for step in steps))
                break
        for folder in (begin, *(folder.parent for folder in folders.values())):
            shutil.rmtree(folder)
        return steps

    def thirty(self):
        rows = []
        same = {"exit class": 0, "go.mod": 0, "go.sum": 0, "what is said": 0}
        runs = [[word] for word in THIRTY] + [THIRTY]
        for words in runs:
            name = words[0] if len(words) == 1 else "all at once"
            with Scratch(self.scratch) as scratch:
                local, seen, row = scratch.resolve(), [], [name]
                for tool in (self.go, self.gomod):
                    home = local / tool.name
                    module = self.empty_module(home / "module")
                    environment = self.environment(tool, home, home / "cache",
                                                   self.machine["GOPROXY"], network=True)
                    outcome = self.run(tool.argv("get", *words), module, environment)
                    row.append(seconds(outcome.wall))
                    seen.append((outcome.code == 0, text_of(module / "go.mod"),
                                 text_of(module / "go.sum"), report(outcome.err, home)))
                    if outcome.code != 0:
                        print(f"      {tool.name} get {name}: {outcome.complaint()}")
            theirs, ours = seen
            row += [len(theirs[2].splitlines())]
            equal = [theirs[0], *(their == our for their, our in zip(theirs[1:], ours[1:]))]
            equal[0] = theirs[0] and ours[0]
            for what, fine in zip(same, equal):
                same[what] += fine
            rows.append(row + ["" if fine else f"other {what}" for what, fine in zip(same, equal)])
        table(["get", "go", "gomod", "go.sum lines", "", "", "", ""], rows)
        self.holds(len(THIRTY) == 30, f"{len(THIRTY)} modules and packages")
        for what, count in same.items():
            said = "both succeed" if what == "exit class" else f"the same {what}"
            self.holds(count == len(runs), f"{said}: {count} of {len(runs)} runs")

    def latency(self):
        served = self.work / "latency"
        with self.recorder() as recorder:
            self.record(recorder, served, f"gets {COMMAND}",
                        lambda tool, home: self.command(tool, home, recorder.url)[0])
        log = self.launches / "requests"
        rows, walls, chains, files = [], {}, {}, {}
        with Proxy(self.proxy_program, served, 30, log) as proxy:
            for number in range(self.options.runs):
                for tool in (self.go, self.gomod)[:: 1 if number % 2 else -1]:
                    proxy.ask("reset")
                    with Scratch(self.scratch) as scratch:
                        outcome, module = self.command(tool, scratch, proxy.url)
                        files.setdefault(tool, set()).add(
                            (text_of(module / "go.mod"), text_of(module / "go.sum")))
                    if outcome.code != 0:
                        self.succeeds(outcome, f"{tool.name} gets {COMMAND}")
                    figures = proxy.ask("stats")
                    spans = [span for _, _, span in proxy.spans()]
                    walls.setdefault(tool, []).append(outcome.wall)
                    chains.setdefault(tool, []).append(longest_chain(spans))
                    rows.append([tool.name, seconds(outcome.wall), seconds(outcome.cpu),
                                 figures["requests"], figures["not_found"],
                                 figures["peak_in_flight"], chains[tool][-1]])
        table(["tool", "wall", "CPU", "requests", "not found", "in flight", "chain"], sorted(rows))
        print("      chain: the most requests of which each had come after the one before it was "
              "answered,\n      by the proxy's clock: no chain of requests that wait for each other "
              "is longer")
        medians = {tool: statistics.median(times) for tool, times in walls.items()}
        for tool, found in chains.items():
            print(f"      {tool.name}: {seconds(medians[tool])}, longest chain "
                  f"{min(found)} to {max(found)} requests")
        self.holds(files[self.go] == files[self.gomod] and len(files[self.go]) == 1,
                   "the same go.mod and go.sum in every run")
        ratio = medians[self.go] / medians[self.gomod]
        self.holds(ratio >= self.options.get_ratio,
                   f"go's wall time is {ratio:.2f} times gomod's, {self.options.get_ratio} asked for")

    def direct(self):
        rows, walls, found, asked = [], {}, {}, {}
        with Scratch(self.scratch) as scratch:
            served = scratch / "served"
            served.mkdir()
            modules = Modules(served)
            starts = {"download": modules.main_module(),
                      "get " + "@".join(modules.last): "module example.com/main\n\ngo 1.21\n"}
            with serving(GitServer(served, scratch)) as server:
                for number in range(self.options.runs):
                    for line, go_mod in starts.items():
                        for tool in (self.go, self.gomod)[:: 1 if number % 2 else -1]:
                            home = scratch / tool.name
                            module = home / "module"
                            module.mkdir(parents=True)
                            (module / "go.mod").write_text(go_mod)
                            environment = self.environment(
                                tool, home, home / "cache", "direct", GOSUMDB="off",
                                **server.environment)
                            server.pages = server.fetches = 0
                            outcome = self.run(tool.argv(*line.split()), module, environment)
                            if outcome.code != 0:
                                self.succeeds(outcome, f"{tool.name} {line}")
                            walls.setdefault((line, tool), []).append(outcome)
                            asked[line, tool] = server.pages, server.fetches
                            # What git keeps is git's own affair, except that it is there.
                            # How zips are compressed too: their hashes lie beside them.
                            left = {path: (kept[0], "") if path.endswith(".zip") else kept
                                    for path, kept in tree(home / "cache").items()
                                    if not path.startswith("cache/vcs/") or path.count("/") == 2}
                            found.setdefault(line, {})[tool] = (
                                left, text_of(module / "go.mod"), text_of(module / "go.sum"))
                            remove(home)
        for line in starts:
            medians = {}
            for tool in (self.go, self.gomod):
                outcomes = walls[line, tool]
                medians[tool] = statistics.median(outcome.wall for outcome in outcomes)
                spread = [outcome.wall for outcome in outcomes]
                rows.append([line.split("@")[0], tool.name, seconds(medians[tool]),
                             f"{min(spread):.2f} to {max(spread):.2f}",
                             seconds(statistics.median(outcome.cpu for outcome in outcomes)),
                             *asked[line, tool]])
            ours, theirs = found[line][self.gomod], found[line][self.go]
            self.equal_trees(ours[0], theirs[0], f"{line}: the cache")
            self.holds(ours[1:] == theirs[1:], f"{line}: go.mod and go.sum")
            ratio = medians[self.go] / medians[self.gomod]
            self.holds(ratio >= 1,
                       f"{line}: go's wall time is {ratio:.2f} times gomod's, 1 asked for")
        table(["command", "tool", "wall, median", "from, to", "CPU", "pages", "git fetches"], rows)

    def packages(self):
        self.need_mirror()
        path, version = COMMAND.split("/cmd/")[0], COMMAND.split("@")[1]
        with Scratch(self.scratch) as scratch, Proxy(self.proxy_program, self.served) as proxy:
            fetched = self.run(
                self.go.argv("download", "-json", f"{path}@{version}"), scratch,
                self.environment(self.go, scratch, scratch / "source", self.machine["GOPROXY"],
                                 network=True))
            if not self.succeeds(fetched, f"go downloads {path}@{version}"):
                return
            module = scratch / "module"
            shutil.copytree(json.loads(fetched.out)["Dir"], module)
            module.chmod(0o755)
            files = {name: text_of(module / name) for name in ("go.mod", "go.sum")}

            def run(tool, cache, proxy, *argv):
                environment = self.environment(tool, scratch, scratch / cache, proxy)
                outcome = self.run(argv, module, environment)
                self.succeeds(outcome, f"{tool.name} {' '.join(argv[1:])}, GOPROXY={proxy}")
                return outcome

            rows = []
            for tool, cache, more in (
                    (self.go, "all", ()), (self.gomod, "all-by-gomod", ()),
                    (self.gomod, "needed", ("--for", "./cmd/helm"))):
                outcome = run(tool, cache, proxy.url, *tool.argv("download", *more))
                rows.append([" ".join([tool.name, "download", *more]), seconds(outcome.wall),
                             *sizes(scratch / cache)])
            table(["command", "wall", "modules", "bytes of zips", "bytes unpacked"], rows)
            self.holds(all(few < many for few, many in zip(rows[2][2:], rows[0][2:])),
                       "fewer modules and bytes")
            run(self.go, "by-go", proxy.url, self.go.program, "list", "-deps", "./cmd/helm")
            needed = tree(scratch / "needed")
            self.equal_trees(needed, tree(scratch / "by-go"),
                             "the cache that go leaves which loads the same packages")
            run(self.go, "needed", "off", self.go.program, "build", "-mod=readonly", "-buildvcs=false",
                "-trimpath", "-o", str(scratch / "helm"), "./cmd/helm")
            self.equal_trees(tree(scratch / "needed"), needed, "the build adds nothing to the cache")
            self.holds(files == {name: text_of(module / name) for name in files},
                       "go.mod and go.sum as they were")

    def bomb(self):
        mebibyte = 1 << 20
        bombs = {
            # What is declared of each entry, and how many of them share the content.
            "declares 100 bytes": (100, 1),
            "declares nothing": (0, 1),
            "declares 400 MiB": (400 * mebibyte, 1),
            "declares 1 GiB": (1024 * mebibyte, 1),
            "declares 1 GiB in each of 1000 entries": (1024 * mebibyte, 1000),
        }
        rows = []
        with Scratch(self.scratch) as scratch:
            served = scratch / "served"
            for number, (size, entries) in enumerate(bombs.values()):
                path, version = f"bomb.example/m{number}", "v1.0.0"
                folder = served / path / "@v"
                folder.mkdir(parents=True)
                (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
                (folder / f"{version}.mod").write_text(f"module {path}\n")
                (folder / f"{version}.zip").write_bytes(
                    bomb_zip(f"{path}@{version}/bomb", 1024, size, entries))
            with Proxy(self.proxy_program, served) as proxy:
                for number, what in enumerate(bombs):
                    home = scratch / f"home{number}"
                    (home / "work").mkdir(parents=True)
                    environment = self.environment(self.gomod, home, home / "cache", proxy.url)
                    outcome = self.run(
                        self.gomod.argv("download", f"bomb.example/m{number}@v1.0.0"),
                        home / "work", environment)
                    rows.append([what, seconds(outcome.wall), seconds(outcome.cpu),
                                 mebibytes(outcome.peak)])
                    self.holds(outcome.code == 1 and "m" + str(number) in outcome.err,
                               f"{what}: refused", f"exit {outcome.code}: {outcome.complaint()}")
                    self.holds(outcome.peak < 100 * mebibyte,
                               f"{what}: {mebibytes(outcome.peak)} of memory, below 100 MiB")
                    self.holds(outcome.cpu < 1, f"{what}: {seconds(outcome.cpu)} of CPU, below 1 s")
                    kept = [name for name, (mode, _) in tree(home / "cache").items()
                            if not name.endswith((".info", ".mod", "/list"))
                            and not mode.startswith("d")]
                    self.holds(not kept, f"{what}: nothing is kept", "; ".join(kept))
        table(["zip of 1 GiB", "wall", "CPU", "peak"], rows)

    def sumdb(self):
        graph, served, log = GRAPHS[0], self.work / "sumdb", self.launches / "requests"
        with self.recorder() as recorder:
            status, go_mod = recorder.answer(f"/{graph.module}/@v/{graph.version}.mod")
            if status != 200:
                raise Unusable(f"no go.mod of {graph.module}@{graph.version}: {status}")
            required = re.findall(r"(?m)^\t(\S+) (v\S+)", go_mod.decode())
            wanted = [f"{path}@{version}" for path, version in required][:MODULES_LOOKED_UP]

            def download(tool, home, proxy):
                """A cold download of the modules into an empty module, with the checksum database."""
                module = self.empty_module(home / "module")
                environment = self.environment(tool, home, home / "cache", proxy,
                                               GOSUMDB=self.machine["GOSUMDB"])
                return self.run(tool.argv("download", *wanted), module, environment)

            self.record(recorder, served, f"downloads {graph.name}'s modules",
                        lambda tool, home: download(tool, home, recorder.url))
        rows, chains, lookups, files = [], {}, {}, {}
        # The longer a request takes, the less of what the requests of one round are apart in time
        # is taken for a chain. go asks one after the other, and is not kept waiting as long.
        for tool, latency, runs in ((self.go, 30, 1), (self.gomod, 400, self.options.runs)):
            with Proxy(self.proxy_program, served, latency, log) as proxy:
                while runs > 0:
                    proxy.ask("reset")
                    with Scratch(self.scratch) as scratch:
                        outcome = download(tool, scratch, proxy.url)
                        go_sum = text_of(scratch / "module" / "go.sum")
                    asked = [entry for entry in proxy.spans() if entry[0].startswith("/sumdb/")]
                    # Which tiles compare the trees that were signed at different times depends on
                    # the order in which the look-ups are answered.
                    missing = [path for path, status, _ in asked if status == 404 and ".p/" in path]
                    if any([self.serve(recorder, served, path) for path in missing]):
                        continue
                    runs -= 1
                    if outcome.code != 0:
                        self.succeeds(outcome, f"{tool.name} downloads {graph.name}'s modules")
                    files.setdefault(tool, set()).add(go_sum)
                    kinds = [sum(kind in path for path, *_ in asked) for kind in ("/lookup/", "/tile/")]
                    lookups.setdefault(tool, set()).add(kinds[0])
                    chains.setdefault(tool, []).append(longest_chain([span for *_, span in asked]))
                    rows.append([tool.name, f"{latency} ms", seconds(outcome.wall), *kinds,
                                 chains[tool][-1]])
        table(["tool", "latency", "wall", "look-ups", "tiles", "chain"], rows)
        print("      chain: as of latency, of requests to the checksum database alone")
        self.holds(files[self.go] == files[self.gomod] and len(files[self.go]) == 1,
                   "the same go.sum in every run")
        least, longest = min(lookups[self.gomod]), max(chains[self.gomod])
        self.holds(least == MODULES_LOOKED_UP, f"as many look-ups as modules: {least}")
        self.holds(longest <= 8, f"no chain of more than 8 requests: {longest}, "
                   f"go's {max(chains[self.go])}")





def damaged(text, chance):
    """A go.mod file with a few things changed; it may still be a good one."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        lines = text.split(b"\n")
        line = chance.randrange(len(lines))
        at = chance.randrange(len(text) + 1)
        kind = chance.choice(["flip", "swap", "delete", "repeat", "move", "insert", "insert", "line",
                              "line", "crlf", "cut", "join", "token"])
        if kind == "flip" and at < len(text):
            text = text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) + text[at + 1:]
        elif kind in ("swap", "token"):
            spans = [found.span() for found in re.finditer(rb"[^ \t\r\n]+", text)]
            if len(spans) > 1:
                (a, b), (c, d) = sorted(chance.sample(spans, 2))
                if kind == "swap":
                    text = text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
                else:
                    text = text[:a] + chance.choice(INSERTIONS) + text[b:]
        elif kind == "delete":
            text = b"\n".join(lines[:line] + lines[line + 1:])
        elif kind in ("repeat", "move"):
            other = chance.randrange(len(lines) + 1)
            moved = lines[line] if kind == "repeat" else lines.pop(line)
            text = b"\n".join(lines[:other] + [moved] + lines[other:])
        elif kind == "insert":
            text = text[:at] + chance.choice(INSERTIONS) + text[at:]
        elif kind == "line":
            text = b"\n".join(lines[:line] + [chance.choice(LINES)] + lines[line:])
        elif kind == "crlf":
            text = text.replace(b"\n", b"\r\n")
        elif kind == "cut":
            text = text[:at]
        elif kind == "join":
            text = b" ".join([b"\n".join(lines[:line]), b"\n".join(lines[line:])])
    return text


class Edits:
    """Flags of `edit` for one go.mod file, whose own paths and versions are among the values."""

    def __init__(self, text, chance):
        self.chance = chance
        lossy = text.decode("utf-8", "replace")
        words = [word.strip('"') for word in re.split(r"[\s,\[\]()]+", lossy)]
        words = [word for word in words if "\0" not in word]
        self.versions = [word for word in words if re.match(r"v\d", word)]
        self.paths = [word for word in words if "/" in word and not word.startswith("//")]
        self.settings = [word for word in words if "=" in word and word != "=>"]
        plain = text.decode("utf-8", "ignore").replace("\0", "")
        self.pairs = re.findall(r"(\S*[./]\S*) (v\d[^\s,\]]*)", plain)

    def of(self, own, others):
        return self.chance.choice(own if own and self.chance.random() < 0.85 else others)

    def path(self):
        return self.of(self.paths, EDIT_PATHS)

    def version(self):
        return self.of(self.versions, EDIT_VERSIONS)

    def module(self):
        if self.pairs and self.chance.random() < 0.5:
            return "@".join(self.chance.choice(self.pairs))
        return f"{self.path()}{self.chance.choice(['@', '@', '@', '@', ' @ ', ''])}{self.version()}"

    def value(self, flag):
        base = flag.removeprefix("drop")
        if base == "godebug":
            others = ["a=b", "a=", "=b", "a", "a=b,c=d", "a=b=c", 'a="b"', ""]
            setting = self.of(self.settings, others)
            return setting.split("=")[0] if flag != base and self.chance.random() < 0.7 else setting
        if flag in ("require", "exclude", "dropexclude"):
            return self.module() if self.chance.random() < 0.9 else self.path()
        if base == "replace":
            old = self.module() if self.chance.random() < 0.5 else self.path()
            folders = ["../d", "./e f", "/abs"]
            new = self.module() if self.chance.random() < 0.5 else self.of(folders, EDIT_PATHS)
            arrow = self.chance.choice(["=", "=", "=", "=", "=", " = ", "=>", ""])
            return old if flag != base else f"{old}{arrow}{new}"
        if base == "retract":
            low, high = self.version(), self.version()
            interval = [f"[{low},{high}]", f"[{low}, {high}]", f"[{low}]", f"[{low},"]
            return self.chance.choice([low, low, *interval])
        if base == "ignore":
            return self.of(self.paths, EDIT_PATHS + ["node_modules", "./x", "a"])
        return self.path() if self.chance.random() < 0.9 else self.module()

    def flags(self):
        """One edit or more; each is likely, not certain, to mean something."""
        flags = []
        for _ in range(self.chance.choice([1, 1, 2, 3, 5])):
            flag = self.chance.choice(REPEATED_FLAGS)
            flags.append((flag, self.value(flag)))
        if self.chance.random() < 0.2:
            flags.append(("module", self.path()))
        if self.chance.random() < 0.2:
            versions = ["1.20", "1.21", "1.26.8", "1.21rc1", "none", "1", "v1.21", ""]
            flags.append(("go", self.chance.choice(versions)))
        if self.chance.random() < 0.2:
            names = ["go1.22.0", "default", "none", "local", "1.22", "go1", ""]
            flags.append(("toolchain", self.chance.choice(names)))
        switches = ("fmt", "print", "json", "n", "x")
        flags += [(flag, None) for flag in switches if self.chance.random() < 0.05]
        self.chance.shuffle(flags)
        words = []
        for flag, value in flags:
            dashes = self.chance.choice(["-", "-", "-", "--"])
            if value is None:
                words.append(f"{dashes}{flag}")
            elif self.chance.random() < 0.8:
                words.append(f"{dashes}{flag}={value}")
            else:
                words += [f"{dashes}{flag}", value]
        return words


class Requests:
    """A main module that imports real packages, and what is asked for in it, from a seed."""

    def __init__(self, chance, versions):
        self.chance, self.versions = chance, versions
        self.paths = sorted(REAL_PACKAGES)
        self.imports = []

    def package(self, path=None):
        path = path or self.chance.choice(self.paths)
        folder = self.chance.choice(REAL_PACKAGES[path])
        return path if folder == "." else f"{path}/{folder}"

    def version(self, path, below=None):
        known = self.versions[path]
        if below in known:
            known = known[:known.index(below)] or known
        return self.chance.choice(known[-12:])

    def write(self, folder, go):
        """The files of the main module."""
        folder.mkdir(parents=True)
        for place in self.chance.choice([["."], [".", "p"], ["p", "cmd/app"]]):
            used = sorted({self.package() for _ in range(self.chance.choice([0, 1, 1, 2, 3]))})
            self.imports += used
            for name, imports in (("p.go", used), ("p_test.go", [self.package()])):
                if name == "p.go" or self.chance.random() < 0.3:
                    lines = "".join(f'\t_ "{path}"\n' for path in imports)
                    package = "main" if place.startswith("cmd") else "p"
                    (folder / place).mkdir(parents=True, exist_ok=True)
                    (folder / place / name).write_text(f"package {package}\n\nimport (\n{lines})\n")
        roots = {path: self.version(path) for path in self.chance.sample(self.paths, 3)
                 if self.chance.random() < 0.4}
        roots |= {path: self.version(path) for path in self.paths if self.chance.random() < 0.7
                  and any(used == path or used.startswith(path + "/") for used in self.imports)}
        lines = "".join(f"\t{path} {version}\n" for path, version in sorted(roots.items()))
        tool = f"\ntool {self.tool()}\n" if go == "1.25" and self.chance.random() < 0.3 else ""
        (folder / "go.mod").write_text(
            f"module example.com/main\n\ngo {go}\n\nrequire (\n{lines})\n{tool}")

    def tool(self):
        return self.chance.choice([
            "github.com/BurntSushi/toml/cmd/tomlv", "golang.org/x/tools/cmd/stringer",
            "google.golang.org/protobuf/cmd/protoc-gen-go",
            "google.golang.org/grpc/cmd/protoc-gen-go-grpc"])

    def preparation(self):
        """What go alone runs first."""
        return self.chance.choice([[], [["mod", "tidy", "-e"]], [["mod", "tidy", "-e"]],
                                   [["get", "./..."]], [["get", "-u", "./..."]]])

    @staticmethod
    def required(go_mod):
        pattern = r"(?m)^(?:require )?\t?(\S+\.\S+) (v\d\S*)"
        return re.findall(pattern, go_mod.read_text())

    def argument(self, required):
        names = [path for path, _ in required if path in REAL_PACKAGES]
        path = self.chance.choice(names if names and self.chance.random() < 0.4 else self.paths)
        wanted = self.package(path) if self.chance.random() < 0.4 else path
        version = self.version(path)
        major, minor, _ = version.split(".", 2)
        query = self.chance.choice([
            "", "", "@latest", "@upgrade", "@patch", f"@{major}", f"@{major}.{minor}",
            f"@<{version}", f"@<={version}", f"@>={version}", f"@>{version}", *[f"@{version}"] * 6])
        return wanted + query

    def get(self, required):
        """The arguments of one get."""
        chance, kind = self.chance, self.chance.randrange(100)
        known = [(path, version) for path, version in required if path in REAL_PACKAGES]
        if kind < 24:
            return [self.argument(required)]
        if kind < 34:
            return [self.argument(required) for _ in range(chance.choice([2, 2, 3]))]
        if kind < 48 and known:
            path, version = chance.choice(known)
            return [f"{path}@{self.version(path, version)}"]
        if kind < 58 and known:
            return [f"{chance.choice(required)[0]}@none"]
        if kind < 74:
            flags = [chance.choice(["-u", "-u", "-u=patch"]), *["-t"] * (chance.random() < 0.25)]
            pattern = chance.choice(["./...", "./...", "all", self.argument(required)])
            return flags + [pattern]
        if kind < 85:
            # At odds more often than not: a newer version needs more than an old one gives.
            upper, lower = chance.choice([
                ("github.com/spf13/cobra", "github.com/spf13/pflag"),
                ("github.com/spf13/viper", "github.com/spf13/pflag"),
                ("github.com/gin-gonic/gin", "google.golang.org/protobuf"),
                ("github.com/prometheus/client_golang", "google.golang.org/protobuf"),
                ("google.golang.org/grpc", "golang.org/x/net"),
                ("go.uber.org/zap", "go.uber.org/multierr"),
                ("golang.org/x/net", "golang.org/x/text")])
            old = chance.choice(["none", *self.versions[lower][:12]])
            return [f"{upper}@{self.versions[upper][-1 - chance.randrange(4)]}", f"{lower}@{old}"]
        if kind < 87:
            path = chance.choice(self.paths)
            return [f"{path}@{self.version(path)}", f"{path}@{self.version(path)}"]
        if kind < 91:
            return ["-tool", self.tool() + chance.choice(["", "", "@latest", "@none"])]
        if kind < 95:
            return [chance.choice([".", "./...", "all", "golang.org/x/...", "go.uber.org/...@patch",
                                   "github.com/spf13/...@upgrade", "tool"])]
        if kind < 98:
            return [chance.choice(["go@1.22.0", "go@1.25.0", "toolchain@none", "go@1.20", "go@none"])]
        return []


def bomb_zip(name, mebibytes_inside, declared, entries):
    """A zip whose content inflates to so many MiB of zeros and is declared to be of another size.

    All entries but the first have its content: they lead to the same local header.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(1 << 20)
    content = b"".join(deflate.compress(zeros) for _ in range(mebibytes_inside)) + deflate.flush()
    crc = 0
    for _ in range(mebibytes_inside):
        crc = zlib.crc32(zeros, crc)
    fields = struct.pack("<HHHHIIIH", 0, 8, 0, 0, crc, len(content), declared, len(name))
    local = b"PK\3\4\x14\0" + fields + b"\0\0" + name.encode() + content
    directory = b""
    for number in range(entries):
        own = name if number == 0 else f"{name}{number}"
        fields = struct.pack("<HHHHIIIH", 0, 8, 0, 0, crc, len(content), declared, len(own))
        directory += b"PK\1\2\x14\3\x14\0" + fields + bytes(16) + own.encode()
    end = struct.pack("<HHIIH", entries, entries, len(directory), len(local), 0)
    return local + directory + b"PK\5\6\0\0\0\0" + end


def listed(recorder, path):
    """The releases of a module that there are, oldest first."""
    escaped = re.sub("[A-Z]", lambda letter: f"%21{letter[0].lower()}", path)
    status, body = recorder.answer(f"/{escaped}/@v/list")
    if status != 200:
        raise Unusable(f"no versions of {path}: {status}")
    found = re.findall(r"(?m)^v(\d+)\.(\d+)\.(\d+)$", body.decode())
    if not found:
        raise Unusable(f"{path} has no releases")
    return ["v" + ".".join(map(str, version)) for version in sorted(tuple(map(int, v)) for v in found)]


def sizes(cache):
    """How many zips a GOMODCACHE has, their bytes, and those of what was unpacked of them."""
    zips = [path.stat().st_size for path in (cache / "cache" / "download").rglob("*.zip")]
    unpacked = [os.lstat(os.path.join(folder, name)).st_size
                for entry in cache.iterdir() if entry.name != "cache"
                for folder, _, files in os.walk(entry) for name in files]
    return len(zips), sum(zips), sum(unpacked)


def longest_chain(spans):
    """The most spans of which each begins after the one before it has ended."""
    count, free = 0, 0
    for begin, end in sorted(spans, key=lambda span: span[1]):
        if begin >= free:
            count, free = count + 1, end
    return count


def requirement(go_mod, path):
    """The line of a go.mod that requires path, whether in a block or alone."""
    lines = (line.strip().removeprefix("require ").strip()
             for line in go_mod.read_text().splitlines())
    return next((line for line in lines if line.split(" ")[0] == path), None)


CHECKS = {
    "mirror": Acceptance.mirror,
    "same-tree": Acceptance.same_tree,
    "latest": Acceptance.latest,
    "get": Acceptance.get,
    "no-ca": Acceptance.no_ca,
    "shared": Acceptance.shared,
    "edit": Acceptance.edit,
    "gets": Acceptance.gets,
    "thirty": Acceptance.thirty,
    "bomb": Acceptance.bomb,
    "latency": Acceptance.latency,
    "packages": Acceptance.packages,
    "sumdb": Acceptance.sumdb,
    "direct": Acceptance.direct,
    "tidy": Acceptance.tidy,
    "vendor": Acceptance.vendor,
    "why": Acceptance.why,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "release"
    parser.add_argument("checks", nargs="+", choices=[*CHECKS, "all"], metavar="CHECK")
    parser.add_argument("--gomod", default=built / "gomod", help="default: %(default)s")
    parser.add_argument("--proxy", default=built / "examples" / "mirror-proxy",
                        help="the loopback proxy; default: %(default)s")
    parser.add_argument("--work", default="target/acceptance", metavar="DIR",
                        help="what is kept between runs; default: %(default)s")
    parser.add_argument("--scratch", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        metavar="DIR", help="fresh folders, up to 8 GB; default: %(default)s")
    parser.add_argument("--mirror", metavar="DIR", help="a GOMODCACHE that `mirror` filled")
    parser.add_argument("--graphs", metavar="DIR", help="the go.mod and go.sum files beside it")
    parser.add_argument("--rounds", type=int, default=20, help="of shared, for each user")
    parser.add_argument("--runs", type=int, default=5, help="of latency, for each tool, and of sumdb")
    parser.add_argument("--graph", action="append", choices=[graph.name for graph in GRAPHS],
                        default=[], help="what same-tree downloads (default: all); may be repeated")
    parser.add_argument("--edit-files", type=int, default=0, metavar="N",
                        help="go.mod files for edit, taken by the seed; default: all")
    parser.add_argument("--edit-sequences", type=int, default=3, metavar="N",
                        help="of edits of each file; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1,
                        help="of edit and gets; default: %(default)s")
    parser.add_argument("--sequences", type=int, default=100, metavar="N",
                        help="of gets; default: %(default)s")
    parser.add_argument("--tree", action="append", default=[],
                        choices=[module.name for module in MAIN_MODULES],
                        help="a main module of tidy, vendor and why; may be repeated; "
                        "default: all")
    parser.add_argument("--get-ratio", type=float, default=5, metavar="N",
                        help="fail latency unless go takes this many times longer; "
                        "default: %(default)s")
    options = parser.parse_args()
    os.umask(0o022)
    # Asked to end, it ends what it started and removes its folders first, as for an interrupt.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        acceptance = Acceptance(options)
        checks = CHECKS if "all" in options.checks else dict.fromkeys(options.checks)
        for name in checks:
            print(f"\n{name}", flush=True)
            try:
                CHECKS[name](acceptance)
            except Unusable as reason:
                acceptance.holds(False, name, str(reason))
    except Unusable as reason:
        sys.exit(f"acceptance: {reason}")
    if acceptance.failures:
        sys.exit(f"\n{acceptance.failures} failed")
    print("\nall held")


if __name__ == "__main__":
    main()
