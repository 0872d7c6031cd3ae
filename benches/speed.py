#!/usr/bin/env python3
"""Measures gomod beside the go command, and writes README's table and docs/speed.svg.

    python3 benches/speed.py [options] [WORK...]

Run from the project root: builds what is measured, fills a mirror with three published graphs
(network, once) and serves it from the loopback interface, where each request waits for its answer
as long as from a proxy some distance away. go and gomod run in turn, in fresh folders on tmpfs.
Prints medians and their ratios, and a PASS or FAIL line for each that has a limit.

  download   what go.mod requires, into an empty cache: at 0, 30 and 80 ms a request, over plain
             HTTP/1.1; over TLS with HTTP/2 too; on one core; by a go told to use 64 threads
  get        helm's command into an empty module, without a go.sum, with the checksum database
  graph      the go.mod files alone, into an empty cache
  warm       download where the cache has everything
  tidy       in published modules, with warm caches
  vendor     there, too

What the network is asked for once is kept in the work folder. An idle machine is needed, and two
cores: the proxy shares them with what it serves. GOMAXPROCS is go's own, but where it is named.
"""

import argparse
import dataclasses
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import plot
from checks import Proxy, Scratch, Unusable, differences, table, tree
from graphs import GRAPHS
from main_modules import MAIN_MODULES, MainModules

HELM, COSMOS, TELEGRAF = GRAPHS
MIB = 1 << 20

# Runs that take milliseconds are repeated so many times more often.
MORE_WARM_RUNS = 6


@dataclasses.dataclass(frozen=True)
class Case:
    """One piece of work under one condition."""

    work: str
    graph: str
    latency: int = 0
    tls: bool = False
    cores: int = 2
    tuned: bool = False  # go with GOMAXPROCS=64

    def __str__(self):
        words = [self.work, self.graph]
        if self.latency or self.work in ("download", "get", "graph"):
            words.append(f"{self.latency} ms")
        if self.tls:
            words.append("HTTP/2")
        if self.cores == 1:
            words.append("one core")
        if self.tuned:
            words.append("GOMAXPROCS=64")
        return ", ".join(words)


DOWNLOADS = [
    *(Case("download", graph.name, latency) for latency in (0, 30) for graph in GRAPHS),
    Case("download", "helm", 80),
    Case("download", "helm", 0, tls=True),
    Case("download", "helm", 30, tls=True),
    *(Case("download", "helm", latency, cores=1) for latency in (0, 30, 80)),
    Case("download", "cosmos-sdk", 0, cores=1),
    Case("download", "helm", 30, tuned=True),
]
CASES = {
    "download": DOWNLOADS,
    "get": [Case("get", "helm", 30)],
    "graph": [Case("graph", graph.name, latency) for graph in GRAPHS for latency in (0, 30)],
    "warm": [Case("warm", graph.name) for graph in GRAPHS],
    "tidy": [Case("tidy", name) for name in ("helm", "cosmos-sdk")],
    "vendor": [Case("vendor", name) for name in ("helm", "cosmos-sdk")],
}

# How many times go's figure must be gomod's at least.
LEAST_RATIOS = {
    Case("download", "helm", 0): {"wall": 3, "cpu": 3},
    Case("download", "cosmos-sdk", 0): {"wall": 3, "cpu": 3},
    Case("download", "helm", 0, cores=1): {"cpu": 3},
    Case("download", "cosmos-sdk", 0, cores=1): {"cpu": 3},
    Case("download", "helm", 30): {"wall": 10},
    Case("download", "cosmos-sdk", 30): {"wall": 10},
    Case("download", "telegraf", 30): {"wall": 15},
    Case("download", "helm", 30, tuned=True): {"wall": 5},
    Case("get", "helm", 30): {"wall": 6},
    Case("warm", "helm"): {"wall": 6},
    Case("warm", "telegraf"): {"wall": 6},
}

# Bytes that gomod may have resident.
MOST_MEMORY = {case: 96 * MIB for case in DOWNLOADS} | {case: 64 * MIB for case in CASES["warm"]}

# Seconds that 30 ms a request may add to gomod's own time without.
MOST_LATENCY = {"helm": 0.6, "telegraf": 2}

# What README shows.
SHOWN = [
    *(Case("download", graph.name, latency) for graph in GRAPHS for latency in (30, 0)),
    Case("download", "helm", 30, tls=True),
    *CASES["get"],
    Case("graph", "telegraf", 30),
    *CASES["warm"],
    *CASES["tidy"],
    *CASES["vendor"],
]
PLOTTED = [Case("download", "helm", latency, cores=cores) for cores in (1, 2)
           for latency in (0, 30, 80)]
BEGIN, END = "<!-- speed: written by benches/speed.py -->", "<!-- speed ends -->"


@dataclasses.dataclass
class Figures:
    """What the runs of one tool cost in one case."""

    wall: float = 0
    cpu: float = 0
    peak: int = 0  # of all runs, the most
    walls: tuple = ()
    requests: int = 0
    bytes: int = 0


class Speed(MainModules):
    def __init__(self, options):
        super().__init__(options)
        self.results = {}
        self.results_file = self.work / "speed.json"

    def measure(self, cases):
        self.need_mirror()
        for case in cases:
            self.results[case] = self.one(case)
            self.show(case)
        self.judge()

    def show(self, case):
        theirs, ours = self.results[case].values()
        print(f"{str(case):34} " + "  ".join(
            f"{name} {time_of(figures.wall)} ({time_of(min(figures.walls))} to "
            f"{time_of(max(figures.walls))}), CPU {time_of(figures.cpu)}, "
            f"{figures.peak / MIB:.0f} MiB" for name, figures in self.results[case].items())
            + f"  wall {theirs.wall / ours.wall:.2f} x, CPU {theirs.cpu / ours.cpu:.2f} x",
            flush=True)

    # Runs.

    def one(self, case):
        """Figures of each tool, from runs in turn."""
        served = {"get": self.work / "speed-get", "tidy": self.work / "main-modules",
                  "vendor": self.work / "main-modules"}.get(case.work, self.served)
        certificate = self.launches / "authority.pem"
        with Scratch(self.scratch) as scratch:
            prepared = self.prepare(case, served, scratch.resolve())
            with Proxy(self.proxy_program, served, case.latency,
                       tls=certificate if case.tls else None) as proxy:
                return self.in_turn(case, proxy, prepared, certificate)

    def prepare(self, case, served, scratch):
        """What is done once: what the network is asked for, and the caches of warm runs. Answers
        a function that runs a tool, with what it is told by its environment."""
        if case.work == "get":
            if not served.is_dir():
                with self.recorder() as recorder:
                    self.record(recorder, served, "gets helm's command",
                                lambda tool, home: self.command(tool, home, recorder.url)[0])
            return lambda tool, proxy, more: self.fresh(
                lambda home: self.command(tool, home, proxy, more)[0])
        graph = next((graph for graph in GRAPHS if graph.name == case.graph), None)
        if case.work in ("download", "graph"):
            return lambda tool, proxy, more: self.fresh(
                lambda home: self.cold(tool, graph, home, proxy, case.work, more))
        tools = (self.go, self.gomod)
        home = scratch / "home"
        if case.work == "warm":
            folders = {tool.name: self.module(graph, home / tool.name) for tool in tools}
            words = ["download"]
        else:
            module = next(module for module in MAIN_MODULES if module.name == case.graph)
            words = [case.work]
            with self.recorder() as recorder:
                published = self.unpacked(recorder, module, scratch / "published")
                self.record_tree(recorder, served, scratch, module, published, "tidy", "vendor")
            folders = {tool.name: shutil.copytree(published, home / tool.name)
                       for tool in tools}
            # Of a folder that has changed within two seconds go keeps nothing.
            time.sleep(2.5)
        with Proxy(self.proxy_program, served) as proxy:
            for tool in tools * 2:
                outcome = self.ask(tool, home, folders[tool.name], proxy.url, words)
                if outcome.code != 0:
                    raise Unusable(f"{tool.name} {case}: {outcome.complaint()}")
        return lambda tool, proxy, more: self.ask(tool, home, folders[tool.name], "off", words,
                                                  more)

    def fresh(self, run):
        with Scratch(self.scratch) as home:
            return run(home)

    def in_turn(self, case, proxy, run, certificate):
        warm = case.work in ("warm", "tidy", "vendor")
        figures = {}
        found = {self.go: [], self.gomod: []}
        for number in range(self.options.runs * (MORE_WARM_RUNS if warm else 1)):
            for tool in list(found)[:: 1 if number % 2 else -1]:
                more = {"SSL_CERT_FILE": certificate} if case.tls else {}
                if tool == self.go and case.tuned:
                    more["GOMAXPROCS"] = 64
                proxy.ask("reset")
                outcome = run(dataclasses.replace(tool, cores=case.cores), proxy.url, more)
                if outcome.code != 0:
                    self.succeeds(outcome, f"{tool.name} {case}")
                found[tool].append(outcome)
                figures[tool] = proxy.ask("stats")
        if case.work == "download" and (case.latency, case.cores) == (0, 2):
            trees = []
            for tool in found:
                with Scratch(self.scratch) as home:
                    more = {"SSL_CERT_FILE": certificate} if case.tls else {}
                    graph = next(graph for graph in GRAPHS if graph.name == case.graph)
                    self.cold(tool, graph, home, proxy.url, "download", more)
                    trees.append(tree(home / "cache"))
            self.holds(not differences(*trees), f"{case}: the same {len(trees[0])} paths")
        return {tool.name: Figures(
            statistics.median(outcome.wall for outcome in outcomes),
            statistics.median(outcome.cpu for outcome in outcomes),
            max(outcome.peak for outcome in outcomes),
            tuple(outcome.wall for outcome in outcomes),
            figures[tool]["requests"], figures[tool]["bytes"])
            for tool, outcomes in found.items()}

    # Verdicts.

    def judge(self):
        for case, least in LEAST_RATIOS.items():
            if case not in self.results:
                continue
            theirs, ours = self.results[case].values()
            for figure, limit in least.items():
                ratio = getattr(theirs, figure) / getattr(ours, figure)
                self.holds(ratio >= limit, f"{case}: go's {figure} is {ratio:.2f} times gomod's, "
                           f"{limit} asked for")
        for case, most in MOST_MEMORY.items():
            if case in self.results:
                peak = self.results[case]["gomod"].peak
                self.holds(peak < most, f"{case}: {peak / MIB:.0f} MiB, "
                           f"less than {most / MIB:.0f} asked for")
        for graph, most in MOST_LATENCY.items():
            near, far = (Case("download", graph, latency) for latency in (0, 30))
            if near in self.results and far in self.results:
                near, far = (self.results[case]["gomod"].wall for case in (near, far))
                self.holds(far - near <= most, f"download {graph}: 30 ms a request add "
                           f"{far - near:.2f} s, {most} allowed")

    # What is kept.

    def keep(self):
        kept = {json.dumps(dataclasses.asdict(case)): {
            name: dataclasses.asdict(figures) for name, figures in results.items()}
            for case, results in self.results.items()}
        self.results_file.write_text(json.dumps(kept, indent=1) + "\n")

    def recall(self):
        if self.results_file.is_file():
            for case, results in json.loads(self.results_file.read_text()).items():
                self.results[Case(**json.loads(case))] = {
                    name: Figures(**figures) for name, figures in results.items()}

    def write(self):
        """README's table and the plot, of all that is known."""
        shown = [case for case in SHOWN if case in self.results]
        if not shown:
            raise Unusable("nothing that README shows has been measured")
        lines = ["| work | go: wall, CPU, peak | gomod: wall, CPU, peak | go's wall, CPU / gomod's |",
                 "|---|---|---|---|"]
        for case in shown:
            theirs, ours = self.results[case].values()
            cells = [", ".join([time_of(one.wall), time_of(one.cpu), f"{one.peak / MIB:.0f} MiB"])
                     for one in (theirs, ours)]
            lines.append(f"| {case} | {cells[0]} | {cells[1]} | {theirs.wall / ours.wall:.1f}, "
                         f"{theirs.cpu / ours.cpu:.1f} |")
        readme = Path("README.md")
        before, _, rest = readme.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not end:
            raise Unusable(f"README.md has no {BEGIN}")
        runs = self.options.runs
        said = f"Medians of {runs} runs ({runs * MORE_WARM_RUNS} of warm ones), " \
               f"{self.machine['GOVERSION']}, {os.cpu_count()} cores, tmpfs."
        readme.write_text("\n".join([f"{before}{BEGIN}", said, "", *lines, f"{END}{after}"]))
        print("README.md is written, but for what was not measured yet: "
              + ("; ".join(str(case) for case in SHOWN if case not in shown) or "nothing"))
        missing = [str(case) for case in PLOTTED if case not in self.results]
        if missing:
            print(f"docs/speed.svg is not: not measured yet: {'; '.join(missing)}")
        else:
            Path("docs/speed.svg").write_text(self.plot())
            print("docs/speed.svg is written")

    def plot(self):
        by_latency, by_cores = {}, {}
        for tool in ("go", "gomod"):
            for cores in (1, 2):
                by_latency[f"{tool}, {cores} core{'s' * (cores > 1)}"] = [
                    (latency, self.results[Case("download", "helm", latency, cores=cores)][tool].wall)
                    for latency in (0, 30, 80)]
            by_cores[tool] = [
                (cores, self.results[Case("download", "helm", 0, cores=cores)][tool].wall)
                for cores in (1, 2)]
        return plot.side_by_side(
            "Cold download of helm v4.3.1",
            plot.Panel("wall time by latency", "ms a request", by_latency),
            plot.Panel("wall time by cores, 0 ms", "cores", by_cores))


def time_of(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    parser.add_argument("works", nargs="*", metavar="WORK", help="default: all of them")
    parser.add_argument("--gomod", help="the program; default: it is built")
    parser.add_argument("--proxy", help="the loopback proxy; default: it is built")
    parser.add_argument("--work", default=target / "speed", metavar="DIR",
                        help="what is kept between runs; default: %(default)s")
    parser.add_argument("--scratch", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        metavar="DIR", help="fresh folders, up to 4 GB; default: %(default)s")
    parser.add_argument("--mirror", metavar="DIR", help="a GOMODCACHE that has the graphs")
    parser.add_argument("--graphs", metavar="DIR", help="the go.mod and go.sum files beside it")
    parser.add_argument("--graph", action="append", choices=[graph.name for graph in GRAPHS],
                        help="measure with this graph only; may be repeated")
    parser.add_argument("--latency", action="append", type=int, help="only this; may be repeated")
    parser.add_argument("--cores", action="append", type=int, choices=[1, 2],
                        help="only so many; may be repeated")
    parser.add_argument("--runs", type=int, default=5, help="of each tool; default: %(default)s")
    parser.add_argument("--write", action="store_true",
                        help="write README's table and the plot, of these and earlier runs")
    options = parser.parse_args()
    unknown = set(options.works) - set(CASES)
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if not (options.gomod and options.proxy):
            subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "gomod",
                            "--example", "mirror-proxy"], check=True)
        options.gomod = options.gomod or target / "release" / "gomod"
        options.proxy = options.proxy or target / "release" / "examples" / "mirror-proxy"
        speed = Speed(options)
        speed.recall()
        known, speed.results = speed.results, {}
        cases = [case for work in options.works or CASES for case in CASES[work]
                 if not options.graph or case.graph in options.graph]
        cases = [case for case in cases
                 if options.latency is None or case.latency in options.latency]
        cases = [case for case in cases if options.cores is None or case.cores in options.cores]
        speed.measure(cases)
        speed.results = known | speed.results
        speed.keep()
        if options.write:
            speed.write()
    except (Unusable, subprocess.CalledProcessError) as reason:
        sys.exit(f"speed: {reason}")
    if speed.failures:
        sys.exit(f"\n{speed.failures} failed")
    print("\nall held")


if __name__ == "__main__":
    main()
