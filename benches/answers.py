#!/usr/bin/env python3
"""Shows, beside a live go command, that gomod answers questions about modules as go does.

    cargo build --release --bin gomod --example mirror-proxy
    python3 benches/answers.py [options] CHECK...

Run from the project root; `all` stands for every check.

  answers  `mod graph` and `list -m` in their forms, in published main modules: same output, same
           exit class; how many updates, deprecations and retractions it holds
  warm     wall time of `mod graph` and `list -m all` where the cache has everything, in turn

A loopback proxy records what go asks of the GOPROXY that `go env` names, lists and @latest
included, and serves gomod the same; what go did not ask for (go.mod files that go.sum lists and gomod fetches
ahead), gomod does not get. Where that GOPROXY
refuses a version (403), the proxy stands in for it: a .info file without a time, or 404. How often it
had to is printed.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
from pathlib import Path

from acceptance import Acceptance, Graph, Scratch, Unusable, json_sequence, seconds, table

MODULES = [
    Graph("helm", "helm.sh/helm/v4", "v4.3.1"),
    Graph("cosmos-sdk", "github.com/cosmos/cosmos-sdk", "v0.55.0"),
    Graph("telegraf", "github.com/influxdata/telegraf", "v1.37.2"),
    Graph("containerd", "github.com/containerd/containerd/v2", "v2.4.2"),
    Graph("helm-3", "helm.sh/helm/v3", "v3.12.3"),
]

QUESTIONS = [words.split() for words in """
    mod graph
    mod graph -go=1.16
    list -m all
    list -m -json all
    list -m -u all
    list -m -u -json all
    list -m -e -versions all
    list -m -e -retracted -versions -json all
""".strip().splitlines()]


class Answers(Acceptance):
    def chosen(self):
        wanted = self.options.graph
        return [module for module in MODULES if not wanted or module.name in wanted]

    def published(self, module):
        """go.mod and go.sum of a published module, kept between runs."""
        kept = self.graphs_folder / module.name
        if not (kept / "go.sum").is_file():
            with Scratch(self.scratch) as scratch:
                environment = self.environment(self.go, scratch, scratch / "cache",
                                               self.machine["GOPROXY"], network=True)
                wanted = f"{module.module}@{module.version}"
                got = self.run([self.go.program, "mod", "download", "-json", wanted],
                               scratch, environment)
                if not self.succeeds(got, f"{wanted} is published"):
                    raise Unusable(f"no {wanted}")
                kept.mkdir(parents=True, exist_ok=True)
                for name in ("go.mod", "go.sum"):
                    shutil.copyfile(Path(json.loads(got.out)["Dir"]) / name, kept / name)

    def ask(self, tool, words, module, home, proxy):
        folder = home / "module"
        if not folder.exists():
            home.mkdir(parents=True, exist_ok=True)
            self.module(module, folder)
        environment = self.environment(tool, home, home / "cache", proxy)
        return self.run([tool.program, *words], folder, environment)

    def answers(self):
        rows = []
        totals = dict.fromkeys(("updates", "deprecated", "retracted", "versions"), 0)
        for module in self.chosen():
            self.published(module)
            with Scratch(self.scratch) as scratch, self.recorder() as recorder:
                for words in QUESTIONS:
                    asked, told, requests = "go " + " ".join(words), {}, {}
                    for tool in (self.go, self.gomod):
                        recorder.records = tool is self.go
                        recorder.requests = 0
                        outcome = self.ask(tool, words, module, scratch / tool.name, recorder.url)
                        requests[tool] = recorder.requests
                        text = outcome.out.replace(str(scratch / tool.name), "HOME")
                        told[tool] = (text, outcome.code == 0, outcome)
                    theirs, ours = told[self.go], told[self.gomod]
                    same = self.holds(theirs[:2] == ours[:2], f"{module.name}: {asked}",
                                      difference(theirs, ours))
                    beyond = len(recorder.unknown)
                    recorder.unknown.clear()
                    found = counts(theirs[0]) if "-json" in words and theirs[1] else {}
                    for name, number in found.items():
                        totals[name] += number
                    rows.append([module.name, asked, "same" if same else "DIFFERS",
                                 "0" if theirs[1] else "1", len(theirs[0].splitlines()),
                                 requests[self.go], requests[self.gomod], beyond,
                                 *(found.get(name, "") for name in totals)])
                print(f"  {module.name}: {len(recorder.made)} .info made, "
                      f"{len(recorder.refused)} refused answers given as 404")
        table(["module", "asked", "answer", "exit", "lines", "go's requests", "gomod's",
               "not go's", *totals],
              rows)
        for name, number in totals.items():
            self.holds(number > 0, f"{name} occur ({number})")

    def warm(self):
        for module in self.chosen():
            self.published(module)
            with Scratch(self.scratch) as scratch, self.recorder() as recorder:
                for tool in (self.go, self.gomod):
                    self.ask(tool, ["list", "-m", "all"], module, scratch / tool.name, recorder.url)
                # What nobody can get would be asked for each time.
                refused = sorted(path for path in recorder.refused if path.endswith(".mod"))
                excluded = [re.sub("!(.)", lambda c: c[1].upper(), path)[1:-len(".mod")]
                            .replace("/@v/", " ") for path in refused]
                for tool in (self.go, self.gomod):
                    with open(scratch / tool.name / "module" / "go.mod", "a") as go_mod:
                        go_mod.writelines(f"exclude {version}\n" for version in excluded)
                if excluded:
                    print(f"  {module.name}: excluded, as refused: {', '.join(excluded)}")
                for words in (["mod", "graph"], ["list", "-m", "all"]):
                    walls = {self.go: [], self.gomod: []}
                    for round_ in range(self.options.runs + 1):
                        for tool, times in walls.items():
                            home = scratch / tool.name
                            outcome = self.ask(tool, words, module, home, recorder.url)
                            if round_:  # the first one fills the cache
                                times.append(outcome.wall)
                            if outcome.code != 0:
                                self.succeeds(outcome, f"{module.name}: {' '.join(words)}")
                    medians = {tool: statistics.median(times) for tool, times in walls.items()}
                    ratio = medians[self.go] / medians[self.gomod]
                    figures = (f"{module.name}: {' '.join(words)}: go {seconds(medians[self.go])}, "
                               f"gomod {medians[self.gomod]:.3f} s, {ratio:.1f} x")
                    self.holds(ratio >= self.options.ratio, figures)


def counts(text):
    modules = json_sequence(text)
    modules += [module["Replace"] for module in modules if "Replace" in module]
    return {
        "updates": sum("Update" in module for module in modules),
        "deprecated": sum("Deprecated" in module for module in modules),
        "retracted": sum("Retracted" in module for module in modules),
        "versions": sum("Versions" in module for module in modules),
    }


def difference(theirs, ours):
    """Where two answers part, in words."""
    if theirs[1] != ours[1]:
        return f"go exits {theirs[2].code}, gomod {ours[2].code}: {ours[2].complaint()}"
    lines = zip(theirs[0].splitlines() + ["(end)"], ours[0].splitlines() + ["(end)"])
    for number, (their, our) in enumerate(lines, 1):
        if their != our:
            return f"line {number}: go {their!r}, gomod {our!r}"
    return ""


CHECKS = {"answers": Answers.answers, "warm": Answers.warm}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "release"
    parser.add_argument("checks", nargs="+", choices=[*CHECKS, "all"], metavar="CHECK")
    parser.add_argument("--gomod", default=built / "gomod", help="default: %(default)s")
    parser.add_argument("--proxy", default=built / "examples" / "mirror-proxy",
                        help=argparse.SUPPRESS)
    parser.add_argument("--work", default="target/answers", metavar="DIR",
                        help="what is kept between runs, the record too; default: %(default)s")
    parser.add_argument("--scratch", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        metavar="DIR", help="fresh folders; default: %(default)s")
    parser.add_argument("--graphs", metavar="DIR", help="go.mod and go.sum files by module")
    parser.add_argument("--graph", action="append", choices=[module.name for module in MODULES],
                        default=[], help="what is asked about (default: all); may be repeated")
    parser.add_argument("--runs", type=int, default=5, help="of warm, for each tool")
    parser.add_argument("--ratio", type=float, default=3,
                        help="fail warm unless go takes this many times longer; default: %(default)s")
    options = parser.parse_args()
    options.mirror = None
    os.umask(0o022)
    try:
        answers = Answers(options)
        for name in CHECKS if "all" in options.checks else dict.fromkeys(options.checks):
            print(f"\n{name}", flush=True)
            CHECKS[name](answers)
    except Unusable as reason:
        sys.exit(f"answers: {reason}")
    if answers.failures:
        sys.exit(f"\n{answers.failures} failed")
    print("\nall held")


if __name__ == "__main__":
    main()
