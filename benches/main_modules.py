"""Checks of tidy, vendor and why in published modules that are unpacked as main modules."""

import difflib
import io
import random
import re
import shutil
import urllib.parse
import zipfile
from pathlib import Path

from checks import (Graph, Scratch, Unusable, differences, remove, report, seconds, table,
                    text_of, tree)
from graphs import Mirrored

# Published modules of many shapes, the large ones first.
MAIN_MODULES = [
    Graph("helm", "helm.sh/helm/v4", "v4.3.1"),
    Graph("cosmos-sdk", "github.com/cosmos/cosmos-sdk", "v0.55.0"),  # replaces, embeds, tools by tag
    Graph("containerd", "github.com/containerd/containerd/v2", "v2.4.2"),  # excludes, cgo
    Graph("common", "github.com/prometheus/common", "v0.6.0"),  # no go line
    Graph("serf", "github.com/hashicorp/serf", "v0.10.1"),  # go 1.12: nothing is pruned
    Graph("cobra", "github.com/spf13/cobra", "v1.10.2"),  # go 1.15, a require that tests alone need
    Graph("viper", "github.com/spf13/viper", "v1.18.2"),  # go 1.18
    Graph("zap", "go.uber.org/zap", "v1.27.0"),  # all of it for tests
    Graph("cosmos-db", "github.com/cosmos/cosmos-db", "v1.1.3"),  # a replacement, C, build tags
    Graph("depinject", "cosmossdk.io/depinject", "v1.2.1"),  # a replacement
    Graph("client_golang", "github.com/prometheus/client_golang", "v1.23.2"),  # an exclusion
    Graph("quic-go", "github.com/quic-go/quic-go", "v0.60.0"),  # a tool
    Graph("badger", "github.com/dgraph-io/badger/v4", "v4.6.0"),  # a toolchain line
    Graph("sql-migrate", "github.com/rubenv/sql-migrate", "v1.8.1"),  # C and embeds below it
    Graph("bbolt", "go.etcd.io/bbolt", "v1.4.3"),  # a toolchain line, golang.org/x alone
]

LARGE = [module.name for module in MAIN_MODULES[:3]]

# Modules that no main module above needs, or at no such version.
EXTRA = {
    "github.com/gorilla/mux": "v1.8.0",
    "github.com/pkg/errors": "v0.8.1",
    "golang.org/x/text": "v0.3.0",
    "github.com/hashicorp/golang-lru/v2": "v2.0.7",
    "github.com/labstack/echo/v4": "v4.9.0",
}

# What go says where it would need a newer toolchain than it is: gomod needs none.
TOO_NEW = "GOTOOLCHAIN=local)"

# How go says that it has lost its way, which is nothing to be equal to.
PANIC = "\ngoroutine 1 [running]:\n"

REQUIREMENT = re.compile(r"(?m)^(?:require )?\t?(?P<path>[^\s/]+\.\S+) (?P<version>v\d\S*)(?P<rest>.*)\n")


def requirements(go_mod):
    """The lines of a go.mod that require a module. Those of exclude blocks look alike: they are
    taken out first."""
    found, block = [], ""
    for line in go_mod.splitlines(keepends=True):
        opens = re.match(r"(\w+) \($", line.rstrip())
        block = opens[1] if opens else "" if line.startswith(")") else block
        if REQUIREMENT.match(line) and (block == "require" or line.startswith("require ")):
            found.append(line)
    return found


def without_standard_library(text, sources):
    """What why prints, without the stanzas of the standard library, which gomod does not read."""
    stanzas = text.split("\n\n")
    return "\n\n".join(
        stanza for stanza in stanzas
        if not (sources / stanza.partition("\n")[0].removeprefix("# ")).is_dir()).rstrip()


def dropping(share):
    def edit(checks, chance, recorder, folder):
        text = text_of(folder / "go.mod")
        lines = requirements(text)
        for line in chance.sample(lines, round(len(lines) * share)):
            text = text.replace(line, "", 1)
        (folder / "go.mod").write_text(text)
    return edit


def extra(checks, chance, recorder, folder):
    """Requirements that nothing needs, and newer versions of three that something may need."""
    text = text_of(folder / "go.mod")
    for line in chance.sample(requirements(text), min(3, len(requirements(text)))):
        path, version = REQUIREMENT.match(line).group("path", "version")
        newest = checks.newest(recorder, path)
        if newest:
            text = text.replace(line, line.replace(version, newest), 1)
    text += "".join(f"\nrequire {path} {version}\n" for path, version in EXTRA.items()
                    if f"{path} v" not in text)
    (folder / "go.mod").write_text(text)


def without_sums(checks, chance, recorder, folder):
    (folder / "go.sum").unlink(missing_ok=True)


def as_published(checks, chance, recorder, folder):
    pass


# What is done to a main module before tidy, and tidy's flags.
TIDIES = {
    "as published": (as_published, []),
    "as published, -v -compat=1.17": (as_published, ["-v", "-compat=1.17"]),
    "as published, -go=1.25": (as_published, ["-go=1.25"]),
    "as published, -go=1.16 -compat=1.16": (as_published, ["-go=1.16", "-compat=1.16"]),
    "without go.sum": (without_sums, []),
    "a third dropped": (dropping(1 / 3), ["-v"]),
    "a third dropped, -diff": (dropping(1 / 3), ["-diff"]),
    "all dropped, -e": (dropping(1), ["-e"]),
    "extra ones": (extra, ["-v"]),
    "extra ones, -diff": (extra, ["-diff"]),
    "extra ones, -e -go=1.21": (extra, ["-e", "-go=1.21"]),
}

# What is done to a main module before vendor, and vendor's flags.
VENDORS = {
    "as published": (as_published, []),
    "as published, -v -o": (as_published, ["-v", "-o=elsewhere/vendored"]),
    "without go.sum": (without_sums, []),
    "a third dropped, -e": (dropping(1 / 3), ["-e"]),
    "extra ones": (extra, []),
}

# The main modules whose vendored trees go builds.
BUILT = LARGE

# How many packages `why` is asked for by name, in each main module.
ASKED = 150


def go_mod_has_tools(side):
    """Whether a side's go.mod declares tools."""
    return re.search(r"^tool\b", side["go.mod"], re.M)


def messages(text):
    """What was said, each message with the lines that belong to it."""
    return re.split(r"^(?=go: )", text, flags=re.M)


class MainModules(Mirrored):
    def trees(self, usual=MAIN_MODULES):
        """The main modules that the user named, else the usual ones."""
        return [module for module in MAIN_MODULES if module.name in self.options.tree] or usual

    def unpacked(self, recorder, module, folder):
        """A folder with a published module's files, which may be changed."""
        escaped = re.sub("[A-Z]", lambda letter: f"!{letter[0].lower()}", module.module)
        path = urllib.parse.quote(f"/{escaped}/@v/{module.version}.zip", safe="/@+")
        status, body = recorder.answer(path)
        if status != 200:
            raise Unusable(f"no zip of {module.module}@{module.version}: {status}")
        prefix = f"{module.module}@{module.version}/"
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for entry in archive.infolist():
                file = folder / entry.filename.removeprefix(prefix)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(entry))
        return folder

    def newest(self, recorder, path):
        """The newest release of a module, if it has one."""
        escaped = re.sub("[A-Z]", lambda letter: f"%21{letter[0].lower()}", path)
        status, body = recorder.answer(f"/{escaped}/@v/list")
        found = re.findall(r"(?m)^v(\d+)\.(\d+)\.(\d+)$", body.decode()) if status == 200 else []
        return "v" + ".".join(map(str, max(tuple(map(int, v)) for v in found))) if found else None

    def ask(self, tool, home, folder, proxy, words, more=()):
        """A `go mod` or `gomod mod` command; the caches of a home serve all that is asked there."""
        # A C compiler, which decides where nothing is said, is on go's PATH only.
        environment = self.environment(tool, home, home / "cache", proxy, CGO_ENABLED="1",
                                       **dict(more))
        return self.run([*tool.pinned(), tool.program, "mod", *words], folder, environment)

    def both(self, local, published, prepare, proxy, words):
        """What each tool makes of one main module: exit class, stdout, what it says, files."""
        begin = local / "begin"
        shutil.copytree(published, begin)
        prepare(begin)
        seen = {}
        for tool in (self.go, self.gomod):
            home = local / tool.name
            folder = home / "main"
            shutil.copytree(begin, folder)
            outcome = self.ask(tool, home, folder, proxy, words)
            files = tree(folder)
            seen[tool] = {
                "exit class": min(outcome.code, 1),
                "stdout": outcome.out.replace(str(home), "HOME"),
                "stderr": report(outcome.err, home),
                "go.mod": text_of(folder / "go.mod"),
                "go.sum": text_of(folder / "go.sum"),
                "modules.txt": "".join(text_of(file) for file in (
                    folder / "vendor/modules.txt", folder / "elsewhere/vendored/modules.txt")),
                "files": files,
                "wall": outcome.wall,
            }
        return seen[self.go], seen[self.gomod]

    def clear(self, local):
        for folder in (local / "begin", *(local / tool.name / "main" for tool in (self.go, self.gomod))):
            if folder.exists():
                remove(folder)

    def compare(self, name, local, theirs, ours):
        """Prints what differs, and leaves both folders where something does; says what differs."""
        wrong = []
        for what in ("exit class", "stdout", "stderr", "go.mod", "go.sum", "modules.txt"):
            if what == "stderr" and go_mod_has_tools(theirs) and (
                    sorted(messages(theirs[what])) == sorted(messages(ours[what]))):
                continue  # go looks at tools in no order.
            if theirs[what] != ours[what]:
                wrong.append(what)
                lines = difflib.unified_diff(
                    str(theirs[what]).splitlines(), str(ours[what]).splitlines(),
                    f"go's {what}", f"gomod's {what}", "", "", 1, "")
                print("\n".join(f"        {line}" for line in list(lines)[:30]))
        files = differences(ours["files"], theirs["files"])
        if files and "go.mod" not in wrong and "go.sum" not in wrong:
            wrong.append("files")
            print("        " + "; ".join(files))
        if wrong:
            kept = self.work / re.sub(r"[^\w.=]+", "-", name)
            shutil.rmtree(kept, ignore_errors=True)
            for folder in ("begin", "go/main", "gomod/main"):
                shutil.copytree(local / folder, kept / folder, symlinks=True)
            print(f"      {name}: other {', '.join(wrong)}; left in {kept}")
        return wrong

    def cases(self, verb, cases):
        """Runs a verb in each main module, once for each case; yields what each side made of it
        while its folders are there."""
        rows, failed, too_new, panics, outcomes = [], [], [], [], {}
        with self.recorder() as recorder:
            for module in self.trees():
                with Scratch(self.scratch) as scratch:
                    local = scratch.resolve()
                    published = self.unpacked(recorder, module, local / "published")
                    for case, (edit, flags) in cases.items():
                        chance = random.Random(f"{self.options.seed} {module.name} {edit.__name__}")
                        theirs, ours = self.both(
                            local, published, lambda folder: edit(self, chance, recorder, folder),
                            recorder.url, [verb, *flags])
                        name = f"{verb} {module.name} {case}"
                        if TOO_NEW in theirs["stderr"]:
                            too_new.append(name)
                            differ = []
                        elif PANIC in theirs["stderr"]:
                            panics.append(name)
                            differ = []
                        else:
                            differ = self.compare(name, local, theirs, ours)
                        if differ:
                            failed.append(name)
                        count = outcomes.setdefault(case, [0, 0])
                        count[theirs["exit class"]] += 1
                        rows.append([module.name, case, "fails" if theirs["exit class"] else "",
                                     len(theirs["go.sum"].splitlines()), len(theirs["files"]),
                                     seconds(theirs["wall"]), seconds(ours["wall"]),
                                     ", ".join(differ)])
                        yield module, case, theirs, local
                        self.clear(local)
            requests, refused = recorder.requests, len(recorder.refused) + len(recorder.made)
        table(["main module", "case", "go", "go.sum lines", "paths", "go", "gomod", "other"], rows)
        print(f"      {requests} requests, {refused} stood in for; go, by case, succeeds and fails: "
              + "; ".join(f"{case} {good}, {bad}" for case, (good, bad) in outcomes.items()))
        compared = len(rows) - len(too_new) - len(panics)
        print(f"      not compared: go itself is too old for {'; '.join(too_new) or 'none'}, "
              f"and panics in {'; '.join(panics) or 'none'}")
        self.holds(compared * 10 >= len(rows) * 9, "go knows its way in 90 % or more")
        self.holds(not failed, f"{verb}: {compared - len(failed)} of {compared} end as go's do",
                   "; ".join(failed))

    def tidy(self):
        for _ in self.cases("tidy", TIDIES):
            pass

    def vendor(self):
        for module, case, theirs, local in self.cases("vendor", VENDORS):
            if case == "as published" and module.name in BUILT:
                # Without paths in what is built, the next run builds only what has changed.
                environment = self.environment(self.go, local, local / "none", "off",
                                               GOFLAGS="-trimpath -buildvcs=false", CGO_ENABLED="0")
                built = self.run([self.go.program, "build", "-mod=vendor", "./..."],
                                 local / "gomod" / "main", environment)
                self.succeeds(built, f"{module.name}: go builds from gomod's vendor folder")

    def why(self):
        rows, failed = [], []
        root = self.run([self.go.program, "env", "GOROOT"], self.work,
                        self.environment(self.go, self.work, self.work / "none", "off"))
        sources = Path(root.out.strip()) / "src"
        with self.recorder() as recorder:
            for module in self.trees():
                with Scratch(self.scratch) as scratch:
                    local = scratch.resolve()
                    published = self.unpacked(recorder, module, local / "published")
                    questions = self.questions(local, published, recorder.url, module)
                    for what, words in questions.items():
                        theirs, ours = self.both(local, published, lambda folder: None,
                                                 recorder.url, ["why", *words])
                        for seen in (theirs, ours):
                            seen["stdout"] = without_standard_library(seen["stdout"], sources)
                        name = f"why {module.name} {what}"
                        differ = self.compare(name, local, theirs, ours)
                        if differ:
                            failed.append(name)
                        stanzas = theirs["stdout"].count("\n# ") + theirs["stdout"].startswith("# ")
                        unneeded = theirs["stdout"].count("\n(main module does not need")
                        rows.append([module.name, what, "fails" if theirs["exit class"] else "",
                                     stanzas, unneeded, seconds(theirs["wall"]),
                                     seconds(ours["wall"]), ", ".join(differ)])
                        self.clear(local)
        table(["main module", "why", "go", "stanzas", "not needed", "go", "gomod", "other"], rows)
        asked = sum(row[3] for row in rows)
        self.holds(asked > 100 * len(self.trees()) and sum(row[4] for row in rows) > 0,
                   f"{asked} packages and modules are asked for, and some are not needed")
        self.holds(not failed, f"why: {len(rows) - len(failed)} of {len(rows)} answers are go's",
                   "; ".join(failed))

    def questions(self, local, published, proxy, module):
        """What `why` is asked in a main module. Packages that it may not need are those of the
        modules in its build list."""
        home, folder = local / "go", local / "questions"
        shutil.copytree(published, folder)
        environment = self.environment(self.go, home, home / "cache", proxy)

        def listed(*words):
            outcome = self.run([self.go.program, "list", *words], folder, environment)
            if outcome.code != 0:
                raise Unusable(f"go list {' '.join(words)} fails: {outcome.complaint()}")
            return outcome.out.split()

        chance = random.Random(f"{self.options.seed} {module.name}")
        packages = listed("-e", "all")
        folders = [line for line in listed("-m", "-e", "-f", "{{.Path}}|{{.Dir}}", "all")
                   if not line.endswith("|")]
        others = set()
        for line in chance.sample(folders, min(len(folders), 40)):
            path, _, root = line.partition("|")
            if root == str(folder):
                continue
            for file in sorted((home / "cache").joinpath(root).rglob("*.go"))[:40]:
                within = file.parent.relative_to(root)
                if "testdata" not in within.parts and "@" not in str(within):
                    others.add(f"{path}/{within}".removesuffix("/."))
        sample = chance.sample(packages, min(len(packages), ASKED))
        sample += chance.sample(sorted(others), min(len(others), ASKED // 3))
        remove(folder)
        return {
            "all": ["all"],
            "-vendor all": ["-vendor", "all"],
            "-m all": ["-m", "all"],
            "-m -vendor all": ["-m", "-vendor", "all"],
            "packages": sample,
            "-vendor packages": ["-vendor", *sample],
            "patterns": ["./...", "fmt", "example.com/none/p", "golang.org/x/..."],
        }

    def record_tree(self, recorder, served, local, module, published, *verbs):
        """Leaves for a proxy what go asks of a recorder for these verbs in a main module."""
        mark = served / f".{module.name}"
        done = set(text_of(mark).split())
        if done >= set(verbs):
            return
        home, folder = local / "recorded", local / "recorded" / "main"
        shutil.copytree(published, folder)
        for verb in verbs:
            recorder.paths.clear()
            outcome = self.ask(self.go, home, folder, recorder.url, [verb])
            if outcome.code != 0:
                raise Unusable(f"go mod {verb} of {module.name}: {outcome.complaint()}")
            for path in sorted(recorder.paths):
                self.serve(recorder, served, path)
        remove(home)
        served.mkdir(parents=True, exist_ok=True)
        mark.write_text(" ".join(sorted(done | set(verbs))) + "\n")
