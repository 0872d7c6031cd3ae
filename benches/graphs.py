"""The module graphs that benches download, and a mirror of them on this machine."""

import json
import re
import shutil
from pathlib import Path

from checks import Checks, Graph, Scratch, table

GRAPHS = [
    Graph("helm", "helm.sh/helm/v4", "v4.3.1"),
    Graph("cosmos-sdk", "github.com/cosmos/cosmos-sdk", "v0.55.0"),
    Graph("telegraf", "github.com/influxdata/telegraf", "v1.37.2"),
]

# What is got into an empty module where `get` is measured.
COMMAND = "helm.sh/helm/v4/cmd/helm@v4.3.1"


class Mirrored(Checks):
    def need_mirror(self):
        missing = [graph for graph in GRAPHS if not (self.graphs_folder / graph.name).is_dir()]
        if missing or not self.served.is_dir():
            self.mirror()

    def mirror(self):
        rows = []
        for graph in GRAPHS:
            kept = self.graphs_folder / graph.name
            with Scratch(self.scratch) as scratch:
                environment = self.environment(self.go, scratch, self.mirror_folder,
                                               self.machine["GOPROXY"], network=True)
                if not (kept / "go.sum").is_file():
                    wanted = f"{graph.module}@{graph.version}"
                    got = self.run(self.go.argv("download", "-json", wanted), scratch, environment)
                    if not self.succeeds(got, f"{wanted} is published"):
                        continue
                    kept.mkdir(parents=True, exist_ok=True)
                    for name in ("go.mod", "go.sum"):
                        shutil.copyfile(Path(json.loads(got.out)["Dir"]) / name, kept / name)
                module = self.module(graph, scratch / "module")
                argv, offline = self.go.argv("download"), environment | {"GOPROXY": "off"}
                if self.run(argv, module, offline).code != 0:
                    self.succeeds(self.run(argv, module, environment), f"{graph.name} is fetched")
                self.succeeds(self.run(argv, module, offline), f"{graph.name} is in the mirror")
            rows.append([graph.name, len((kept / "go.sum").read_text().splitlines())])
        table(["graph", "go.sum lines"], rows)

    def empty_module(self, folder):
        folder.mkdir(parents=True)
        release = re.match(r"go(\d+\.\d+)", self.machine["GOVERSION"])[1]
        (folder / "go.mod").write_text(f"module example.com/empty\n\ngo {release}\n")
        return folder

    def command(self, tool, home, proxy, more=()):
        """A cold get of COMMAND into an empty module, with the checksum database."""
        module = self.empty_module(home / "module")
        environment = self.environment(tool, home, home / "cache", proxy,
                                       GOSUMDB=self.machine["GOSUMDB"], **dict(more))
        return self.run(tool.argv("get", COMMAND), module, environment), module

    def record(self, recorder, served, what, work):
        """Has each tool do its work through a recorder; leaves what was answered for a proxy."""
        with Scratch(self.scratch) as scratch:
            for tool in (self.go, self.gomod):
                outcome = work(tool, scratch / tool.name)
                self.succeeds(outcome, f"{tool.name} {what} while it is recorded")
        if served.exists():
            shutil.rmtree(served)
        for path in sorted(recorder.paths):
            self.serve(recorder, served, path)
