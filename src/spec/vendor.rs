//! `vendor/modules.txt`: which modules the packages in the vendor folder are from.
//!
//! Source: ref/mod#vendoring, readVendorList in cmd/go/internal/modload/vendor.go.

mod listing;

pub use listing::{Listed, Listing, ListingError, Rules};

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;

use super::modfile::ModFile;
use super::version::{self, ModuleVersion};
use super::{goversion, path};

/// What modules.txt says of modules, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorList {
    /// Whether the folder is that of a workspace.
    pub is_workspace: bool,
    modules: Vec<Vendored>,
}

/// What stands below one line for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Vendored {
    /// Without a version it stands for a replacement of every version.
    module: ModuleVersion,
    replacement: Option<ModuleVersion>,
    /// Whether go.mod required it.
    is_explicit: bool,
    /// Its go line; empty where it is not told.
    go: String,
    /// The import paths of its packages in the folder.
    packages: Vec<String>,
}

impl Vendored {
    /// Reads a line for a module behind its `# `; `None` where it is for something else.
    fn of_header(header: &str) -> Option<Self> {
        let words: Vec<&str> = header.split_whitespace().collect();
        let (module, rest) = match words.as_slice() {
            [path, text, rest @ ..] if version::is_valid(text) => {
                (ModuleVersion::new(path, text), rest)
            }
            [path, "=>", ..] => (ModuleVersion::new(path, ""), &words[1..]),
            _ => return None,
        };
        let replacement = match rest {
            ["=>", folder] => Some(ModuleVersion::new(folder, "")),
            ["=>", path, text] if version::is_valid(text) => Some(ModuleVersion::new(path, text)),
            _ => None,
        };
        let (is_explicit, go, packages) = (false, String::new(), Vec::new());
        Some(Self { module, replacement, is_explicit, go, packages })
    }
}

impl VendorList {
    /// Reads the file; lines that say nothing known are passed over.
    pub fn parse(text: &str) -> Self {
        let is_workspace = text.lines().next().is_some_and(|line| {
            line.strip_prefix("## ").is_some_and(|notes| has_note(notes, "workspace"))
        });
        let mut modules: Vec<Vendored> = Vec::new();
        let mut is_in_module = false;
        for line in text.lines() {
            if let Some(header) = line.strip_prefix("# ") {
                let module = Vendored::of_header(header);
                is_in_module = module.is_some();
                modules.extend(module);
                continue;
            }
            let Some(current) = modules.last_mut().filter(|_| is_in_module) else { continue };
            if let Some(notes) = line.strip_prefix("## ") {
                let go = notes.split(';').find_map(|note| note.trim().strip_prefix("go "));
                current.go = go.unwrap_or_default().to_owned();
                current.is_explicit |= has_note(notes, "explicit");
            } else if path::check_import(line.trim()).is_ok() {
                current.packages.push(line.trim().to_owned());
            }
        }
        Self { is_workspace, modules }
    }

    /// The modules that provide packages, each with the import paths of these.
    pub fn providers(&self) -> impl Iterator<Item = (&ModuleVersion, &[String])> {
        let all = self.modules.iter().map(|m| (&m.module, m.packages.as_slice()));
        all.filter(|(_, packages)| !packages.is_empty())
    }

    /// The version of a module that provides packages.
    pub fn version(&self, path: &str) -> Option<&str> {
        let mut modules = self.modules.iter().filter(|m| !m.packages.is_empty());
        let found = modules.find(|m| m.module.path.as_str() == path);
        found.map(|vendored| vendored.module.version.as_str())
    }

    /// The go line of a module version; empty where it is not known.
    pub fn go_version(&self, module: &ModuleVersion) -> &str {
        let found = self.modules.iter().find(|vendored| vendored.module == *module);
        found.map_or("", |vendored| &vendored.go)
    }

    /// Where the list and what go.mod states contradict each other. Before go 1.14 the list did
    /// not say which modules go.mod requires, nor every replacement.
    /// Source: checkVendorConsistency.
    pub fn differences(&self, stated: &Stated) -> Vec<Difference> {
        const SINCE: &str = "1.14";
        let is_recent = |go: &String| goversion::compare(go, SINCE) != Ordering::Less;
        let says_everything = stated.is_workspace || stated.go.as_ref().is_some_and(is_recent);
        let mut found = Vec::new();
        let mut differs = |module: &ModuleVersion, detail: String| {
            found.push(Difference { module: module.clone(), detail });
        };
        for required in &stated.required {
            let detail = match self.version(&required.path) {
                _ if self.is_explicit(required) => continue,
                _ if says_everything => {
                    "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
                        .to_owned()
                }
                Some(version) if version != required.version.as_str() => format!(
                    "is explicitly required in go.mod, but vendor/modules.txt indicates {}@{version}",
                    required.path
                ),
                _ => continue,
            };
            differs(required, detail);
        }
        let mut seen = HashSet::new();
        for Replaced { old, new, written, file, .. } in &stated.replaced {
            let Some(new) = new.as_ref().filter(|_| seen.insert(old)) else { continue };
            match self.replacement(old) {
                Some(marked) if marked == new => {}
                Some(marked) => differs(
                    old,
                    format!(
                        "is replaced by {written} in {file}, but marked as replaced by {marked} in vendor/modules.txt"
                    ),
                ),
                None => {
                    let is_provider = !old.version.is_empty()
                        && self.version(&old.path) == Some(old.version.as_str());
                    if says_everything || is_provider {
                        differs(
                            old,
                            format!(
                                "is replaced in {file}, but not marked as replaced in vendor/modules.txt"
                            ),
                        );
                    }
                }
            }
        }
        let (a_go_mod, source) = match stated.is_workspace {
            true => ("a go.mod", "the workspace"),
            false => ("go.mod", "go.mod"),
        };
        let mut seen = HashSet::new();
        for (module, _) in self.providers().filter(|(module, _)| seen.insert(*module)) {
            if self.is_explicit(module) && !stated.required.contains(module) {
                differs(
                    module,
                    format!(
                        "is marked as explicit in vendor/modules.txt, but not explicitly required in {a_go_mod}"
                    ),
                );
            }
        }
        let is_replaced = |module: &ModuleVersion| {
            let covers = |old: &ModuleVersion| {
                old.path == module.path && (old.version.is_empty() || old.version == module.version)
            };
            // A main module is replaced at a version alone.
            let replaces = |line: &Replaced| line.new.is_some() || !module.version.is_empty();
            stated.replaced.iter().any(|line| replaces(line) && covers(&line.old))
        };
        let marked = self.modules.iter().filter(|vendored| vendored.replacement.is_some());
        for Vendored { module, .. } in marked.filter(|marked| !is_replaced(&marked.module)) {
            differs(
                module,
                format!(
                    "is marked as replaced in vendor/modules.txt, but not replaced in {source}"
                ),
            );
        }
        found
    }

    fn is_explicit(&self, module: &ModuleVersion) -> bool {
        self.modules.iter().any(|vendored| vendored.is_explicit && vendored.module == *module)
    }

    /// What takes the place of exactly this version, or of exactly every version of the path.
    fn replacement(&self, module: &ModuleVersion) -> Option<&ModuleVersion> {
        let lines = self.modules.iter().rev().filter(|vendored| vendored.module == *module);
        lines.filter_map(|vendored| vendored.replacement.as_ref()).next()
    }
}

/// What go.mod says that a vendor folder depends on; or go.work, and the go.mod files of its
/// modules.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// Whether this is a workspace.
    pub is_workspace: bool,
    /// The go line of go.mod, or of go.work.
    pub go: Option<String>,
    /// What go.mod requires, in its order.
    pub required: Vec<ModuleVersion>,
    /// What is replaced, in the order of the files, that of go.work last.
    pub replaced: Vec<Replaced>,
}

/// A `replace` line.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The left side.
    pub old: ModuleVersion,
    /// What stands in for it in the end; folders of a workspace are relative to that of go.work.
    /// `None` where nothing does: it is a main module.
    pub new: Option<ModuleVersion>,
    /// The right side as it is written.
    pub written: ModuleVersion,
    /// The file, as it is shown.
    pub file: String,
    /// Whether that is go.work.
    pub in_go_work: bool,
}

impl Stated {
    /// What the go.mod of a main module states, which is shown by this name.
    pub fn of_module(go_mod: &ModFile, name: &str) -> Self {
        let is_main = |module: &ModuleVersion| {
            module.version.is_empty()
                && go_mod.module().is_some_and(|main| main.path == module.path)
        };
        let replaced = go_mod.replace().iter().map(|line| Replaced {
            old: line.old.clone(),
            new: (!is_main(&line.old)).then(|| line.new.clone()),
            written: line.new.clone(),
            file: name.to_owned(),
            in_go_work: false,
        });
        Self {
            is_workspace: false,
            go: go_mod.go().map(str::to_owned),
            required: go_mod.require().iter().map(|line| line.module.clone()).collect(),
            replaced: replaced.collect(),
        }
    }
}

/// Something that modules.txt and go.mod do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The module version; without a version every one of the path.
    pub module: ModuleVersion,
    /// What is said of it here, and not there.
    pub detail: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.module, self.detail)
    }
}

/// A vendor folder that is not that of go.mod.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "inconsistent vendoring in {folder}:{}\n\n\t\
     To ignore the vendor directory, use -mod=readonly or -mod=mod.\n\t\
     To sync the vendor directory, run:\n\t\tgomod {} vendor",
    .differences.iter().map(|difference| format!("\n\t{difference}")).collect::<String>(),
    if *.is_workspace { "work" } else { "mod" }
)]
pub struct InconsistentVendoring {
    /// Whether it is the folder of a workspace.
    pub is_workspace: bool,
    /// The main module's folder.
    pub folder: String,
    /// What does not agree, of which there is something.
    pub differences: Vec<Difference>,
}

fn has_note(notes: &str, wanted: &str) -> bool {
    notes.split(';').any(|note| note.trim() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::modfile::Mode;

    #[test]
    fn modules_with_packages_are_known() {
        let list = VendorList::parse(
            "# example.com/a v1.0.0\n## explicit; go 1.21\nexample.com/a\nexample.com/a/b\n\
             # example.com/c v1.1.0 => ./c\n## go 1.16\nexample.com/c\n\
             # example.com/unused v1.2.0\n## explicit\n# example.com/wild => ../w\n",
        );
        assert!(!list.is_workspace);
        assert_eq!(list.version("example.com/a"), Some("v1.0.0"));
        let providers: Vec<_> = list.providers().map(|(_, packages)| packages.len()).collect();
        assert_eq!(providers, [2, 1]);
        assert_eq!(list.go_version(&ModuleVersion::new("example.com/a", "v1.0.0")), "1.21");
        assert_eq!(list.version("example.com/c"), Some("v1.1.0"));
        assert_eq!(list.version("example.com/unused"), None);
        assert_eq!(list.version("example.com/wild"), None);
        assert!(VendorList::parse("## workspace\n# a.b/c v1.0.0\n").is_workspace);
    }

    fn differences(go_mod: &str, modules_txt: &str) -> Vec<String> {
        let file = ModFile::parse("go.mod", go_mod.as_bytes(), Mode::Strict, None);
        let found = VendorList::parse(modules_txt)
            .differences(&Stated::of_module(&file.expect("a go.mod file"), "go.mod"));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_list_that_says_what_go_mod_says_is_consistent() {
        let go_mod = "module example.com/m\ngo 1.21\nrequire example.com/a v1.0.0\n\
                      require example.com/b v1.1.0\nrequire example.com/c v1.2.0\n\
                      replace example.com/b => ./b\nreplace example.com/c v1.2.0 => example.com/d v1.0.0\n\
                      replace example.com/m => ./elsewhere\n";
        let list = "# example.com/a v1.0.0\n## explicit\nexample.com/a\n\
                    # example.com/b v1.1.0 => ./b\n## explicit; go 1.20\nexample.com/b\n\
                    # example.com/c v1.2.0 => example.com/d v1.0.0\n## explicit\n\
                    # example.com/implied v1.0.0\nexample.com/implied\n\
                    # example.com/b => ./b\n";
        assert_eq!(differences(go_mod, list), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_told() {
        let go_mod = "module example.com/m\ngo 1.21\nrequire example.com/a v1.0.0\n\
                      require example.com/b v1.1.0\n\
                      replace example.com/b => ./b\nreplace example.com/c v1.2.0 => ./c\n";
        let list = "# example.com/a v1.0.1\n## explicit\nexample.com/a\n\
                    # example.com/b v1.1.0 => ./other\n## explicit\n\
                    # example.com/b => ./other\n\
                    # example.com/d v1.0.0 => ./d\n";
        assert_eq!(
            differences(go_mod, list),
            [
                "example.com/a@v1.0.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
                "example.com/b: is replaced by ./b in go.mod, but marked as replaced by ./other in vendor/modules.txt",
                "example.com/c@v1.2.0: is replaced in go.mod, but not marked as replaced in vendor/modules.txt",
                "example.com/a@v1.0.1: is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod",
                "example.com/d@v1.0.0: is marked as replaced in vendor/modules.txt, but not replaced in go.mod",
            ]
        );
    }

    #[test]
    fn an_old_list_may_leave_things_out() {
        let go_mod = "module example.com/m\ngo 1.13\nrequire example.com/a v1.0.0\n\
                      require example.com/b v1.1.0\nrequire example.com/c v1.2.0\n\
                      replace example.com/b => ./b\nreplace example.com/c v1.2.0 => ./c\n";
        let list = "# example.com/a v1.0.1\nexample.com/a\n\
                    # example.com/c v1.2.0\nexample.com/c\n";
        assert_eq!(
            differences(go_mod, list),
            [
                "example.com/a@v1.0.0: is explicitly required in go.mod, but vendor/modules.txt indicates example.com/a@v1.0.1",
                "example.com/c@v1.2.0: is replaced in go.mod, but not marked as replaced in vendor/modules.txt",
            ]
        );
    }
}
