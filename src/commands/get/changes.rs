//! What `get` has changed, as it tells it.
//!
//! Source: reportChanges in cmd/go/internal/modget/get.go.

use std::collections::BTreeMap;

use crate::resolve::main_module::MainModule;
use crate::resolve::roots::{LoadedGraph, NONE};
use crate::spec::graph::Pruning;
use crate::spec::{ModuleVersion, goversion};

/// A requirement that is not what it was; `go` and `toolchain` are requirements too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The module path.
    pub path: String,
    /// The version before; empty where there was none.
    pub old: String,
    /// The version now; empty where there is none.
    pub new: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, old, new } = self;
        if old.is_empty() {
            return write!(f, "added {path} {new}");
        }
        if new.is_empty() || new == NONE {
            return write!(f, "removed {path} {old}");
        }
        let rises = ModuleVersion::compare_versions(path, new, old).is_gt();
        write!(f, "{} {path} {old} => {new}", if rises { "upgraded" } else { "downgraded" })?;
        let is_pruned = |version: &str| Pruning::of_go_version(version) == Pruning::Pruned;
        if rises && path == "go" && !is_pruned(old) && is_pruned(new) {
            write!(
                f,
                "\n\tnote: expanded dependencies to upgrade to go {} or higher; run 'go mod tidy' to clean up",
                goversion::EXPLICIT_INDIRECT
            )?;
        }
        Ok(())
    }
}

/// The requirements that a go.mod states, with its go and toolchain lines.
pub struct Stated(BTreeMap<String, String>);

impl Stated {
    /// What this go.mod states.
    pub fn of(main: &MainModule) -> Self {
        let lines = main
            .file
            .require()
            .iter()
            .map(|line| (line.module.path.to_string(), line.module.version.to_string()));
        let go = main.file.go().map(|version| ("go".to_owned(), version.to_owned()));
        let toolchain = main.file.toolchain().map(|name| ("toolchain".to_owned(), name.to_owned()));
        Self(lines.chain(go).chain(toolchain).collect())
    }

    fn modules(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().filter(|(path, _)| !is_toolchain(path))
    }

    fn line(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_default()
    }
}

fn is_toolchain(path: &str) -> bool {
    matches!(path, "go" | "toolchain")
}

/// What changed of the stated requirements and of the modules that the user named: `go`
/// first, `toolchain` second, then by path. Of what go.mod stated before counts what is
/// selected now; of what it states now, what was selected before.
pub fn changes(
    before: &Stated,
    after: &Stated,
    resolved: impl Iterator<Item = ModuleVersion>,
    initial: &LoadedGraph,
    last: &LoadedGraph,
) -> Vec<Change> {
    let selected = |graph: &LoadedGraph, path: &str| {
        graph.selection.version(path).map(ToString::to_string).unwrap_or_default()
    };
    let of_named = resolved.filter(|module| !is_toolchain(&module.path)).map(|module| {
        (module.path.to_string(), selected(initial, &module.path), module.version.to_string())
    });
    let of_before =
        before.modules().map(|(path, old)| (path.clone(), old.clone(), selected(last, path)));
    let of_after =
        after.modules().map(|(path, new)| (path.clone(), selected(initial, path), new.clone()));
    let of_lines = ["go", "toolchain"]
        .into_iter()
        .map(|path| (path.to_owned(), before.line(path), after.line(path)));
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for (path, old, new) in of_named.chain(of_before).chain(of_after).chain(of_lines) {
        let is_nothing = old == new || (old.is_empty() && new == NONE);
        if !is_nothing {
            changes.insert(path.clone(), Change { path, old, new });
        }
    }
    let mut changes: Vec<Change> = changes.into_values().collect();
    changes.sort_by_key(|change| match change.path.as_str() {
        "go" => 0,
        "toolchain" => 1,
        _ => 2,
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports() {
        let change = |path: &str, old: &str, new: &str| {
            Change { path: path.into(), old: old.into(), new: new.into() }.to_string()
        };
        assert_eq!(change("a.b/c", "", "v1.0.0"), "added a.b/c v1.0.0");
        assert_eq!(change("a.b/c", "v1.0.0", "v1.10.0"), "upgraded a.b/c v1.0.0 => v1.10.0");
        assert_eq!(change("a.b/c", "v1.10.0", "v1.9.0"), "downgraded a.b/c v1.10.0 => v1.9.0");
        assert_eq!(change("a.b/c", "v1.10.0", ""), "removed a.b/c v1.10.0");
        assert_eq!(change("a.b/c", "v1.10.0", "none"), "removed a.b/c v1.10.0");
        assert!(change("go", "1.16", "1.21").contains("note: expanded dependencies"));
        assert!(!change("go", "1.17", "1.21").contains('\n'));
    }
}
