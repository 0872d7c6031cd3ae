#!/usr/bin/env python3
"""How much of what could be wrong do the tests notice?

    tests/mutants/run.py                    the seeded sample, all shards, and the summary
    tests/mutants/run.py --shard 2          one shard of it, counted from 0
    tests/mutants/run.py --again            only what results.txt calls missed or timeout, by more tests
    tests/mutants/run.py --again --all      by all tests
    tests/mutants/run.py --summary          judge results.txt, run nothing

A mutant is the source with one change that cargo-mutants makes: a function that returns a
constant, an operator that is another. The sample is drawn by --seed from all mutants of
spec, verify, store, fetch and resolve at HEAD, each by its own lot, so that it stays much the same
while the source changes. A mutant is caught when a test fails or does not end. For time, the
unit and the script tests judge first, and --again puts what they miss before the rest; the
comparisons of whole commands with go take part only with --all, the conformance run never.
What the tests let through needs a reason in results.txt, on the line below it: that it changes
nothing that can be observed, or what the missing test would need. Reasons are kept from run to
run.

Needs cargo-mutants, go and git. Works in a clone below target/mutants, so the working tree is
left alone; what is not committed takes no part.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests/mutants/results.txt"
ROOMS = ["spec", "verify", "store", "fetch", "resolve"]
OUTCOMES = {"CaughtMutant": "caught", "MissedMutant": "missed", "Timeout": "timeout", "Unviable": "unviable"}
SECONDS = 120


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def sample(clone, seed, count):
    """{key: name as cargo-mutants has it} of the sample, and how many there are in all.

    A key has no line and column: `FILE: CHANGE`, and which of several such it is.
    """
    rooms = [word for room in ROOMS for word in ("-f", f"src/{room}/**")]
    names, seen = {}, {}
    for name in output("cargo", "mutants", "--list", *rooms, cwd=clone).splitlines():
        file, _, _, change = name.split(":", 3)
        key = f"{file}:{change}"
        seen[key] = seen.get(key, 0) + 1
        names[key if seen[key] == 1 else f"{key} ({seen[key]})"] = name
    if len(names) < count:
        sys.exit(f"only {len(names)} mutants to draw {count} from")
    lots = sorted(names, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())
    return {key: names[key] for key in lots[:count]}, len(names)


def run_shard(clone, work, names, shard, tests):
    """Runs one shard (`K/N`, or None for all) of {key: name}; returns {key: outcome}."""
    config = work / "config.toml"
    patterns = ["^" + re.escape(name) + "$" for name in names.values()]
    config.write_text("examine_re = " + json.dumps(patterns) + "\n")
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(work / "target"), "CI": "true", "CARGO_INCREMENTAL": "1",
                   "CARGO_PROFILE_DEV_DEBUG": "0"}
    if os.access("/dev/shm", os.W_OK):
        environment["TMPDIR"] = "/dev/shm"
    # Deletions of a field pass by the patterns; naming the files keeps most of them out.
    files = [word for file in sorted({name.split(":")[0] for name in names.values()}) for word in ("-f", file)]
    sharding = ["--shard", shard, "--sharding", "round-robin"] if shard else []
    ended = subprocess.run(
        ["cargo", "mutants", "--in-place", "--config", str(config), "--output", str(out), *files, *sharding,
         "--timeout", str(SECONDS), "--no-shuffle", "--colors", "never", *tests],
        cwd=clone, env=environment,
        # What turns in circles ends, also when the test that started it is gone: each
        # process has three minutes of CPU time, which none needs otherwise.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (180, 180)))
    # 2: some were missed, 3: some took too long. Anything else judged nothing.
    if ended.returncode not in (0, 2, 3):
        sys.exit(f"cargo mutants ended with {ended.returncode}")
    outcomes = json.loads((out / "mutants.out/outcomes.json").read_text())["outcomes"]
    found = {}
    for outcome in outcomes:
        if outcome["scenario"] != "Baseline":
            found[outcome["scenario"]["Mutant"]["name"]] = OUTCOMES[outcome["summary"]]
    return {key: found[name] for key, name in names.items() if name in found}


def read_results():
    """{key: [outcome, reason]} of the results file."""
    results, name = {}, None
    if RESULTS.exists():
        for line in RESULTS.read_text().splitlines():
            if line.startswith("    "):
                results[name][1] = (results[name][1] + " " + line.strip()).strip()
            elif line and not line.startswith("#"):
                outcome, name = line.split(" ", 1)
                results[name] = [outcome, ""]
    return results


def write_results(results, seed, total, commit):
    lines = [f"# {len(results)} of {total} mutants, seed {seed}, last run at {commit}; written by run.py,",
             "# which keeps the reasons below missed ones."]
    for name in sorted(results, key=lambda name: (results[name][0] == "caught", natural(name))):
        outcome, reason = results[name]
        lines.append(f"{outcome} {name}")
        if outcome != "caught" and reason:
            lines += ["    " + part for part in wrap(reason)]
    RESULTS.write_text("\n".join(lines) + "\n")


def natural(name):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def wrap(text, width=110):
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = (lines[-1] + " " + word).strip()
    return lines


def summary(results, count):
    """Prints the score; true when all are judged, 90 % are caught and each survivor has its reason."""
    counts = {outcome: sum(r[0] == outcome for r in results.values()) for outcome in OUTCOMES.values()}
    judged = len(results) - counts["unviable"]
    noticed = counts["caught"] + counts["timeout"]
    silent = [name for name, (outcome, reason) in results.items() if outcome == "missed" and not reason]
    print(f"{len(results)} mutants: {counts['caught']} caught, {counts['timeout']} timed out, "
          f"{counts['missed']} missed, {counts['unviable']} do not compile: "
          f"{100 * noticed / max(judged, 1):.1f} % noticed")
    for name in silent:
        print("no reason given: " + name)
    if len(results) < count:
        print(f"{count - len(results)} of the sample have no outcome")
    return len(results) == count and noticed >= 0.9 * judged and not silent


def main():
    parser = argparse.ArgumentParser(description="Run a seeded sample of mutants.")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--shards", type=int, default=3)
    parser.add_argument("--shard", type=int)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()

    results = read_results()
    if options.summary:
        sys.exit(0 if summary(results, options.count) else 1)
    work = ROOT.joinpath("target/mutants").resolve()
    clone = work / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    output("git", "clone", "-q", str(ROOT), str(clone))
    commit = output("git", "rev-parse", "--short", "HEAD", cwd=clone).strip()
    names, total = sample(clone, options.seed, options.count)
    results = {name: result for name, result in results.items() if name in names}
    shards = [f"{number}/{options.shards}" for number in range(options.shards)]
    wanted = names
    if options.again:
        shards = [None]
        wanted = {key: name for key, name in names.items()
                  if results.get(key, ["missed"])[0] in ("missed", "timeout")}
    elif options.shard is not None:
        shards = [shards[options.shard]]
    tests = ["--", "--lib", "--test", "script"]
    if options.again:
        tests = ["--", "--", "--skip", "differential::fixtures", "--skip", "differential::graphs"]
    if options.all:
        tests = []
    for shard in shards if wanted else []:
        for name, outcome in run_shard(clone, work, wanted, shard, tests).items():
            results[name] = [outcome, results.get(name, ["", ""])[1]]
        write_results(results, options.seed, total, commit)
    sys.exit(0 if summary(results, options.count) else 1)


if __name__ == "__main__":
    main()
