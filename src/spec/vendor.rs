//! `vendor/modules.txt`: which modules the packages in the vendor folder are from.
//!
//! Source: ref/mod#vendoring, readVendorList in cmd/go/internal/modload/vendor.go.

mod listing;

pub use listing::{Listed, Listing, ListingError, Rules};

use super::path;
use super::version::{self, ModuleVersion};

/// What modules.txt says of the modules that provide packages, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorList {
    /// Whether the folder is that of a workspace.
    pub is_workspace: bool,
    modules: Vec<Vendored>,
}

/// A module with packages in the vendor folder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Vendored {
    module: ModuleVersion,
    /// Its go line; empty where it is not told.
    go: String,
    /// The import paths of its packages in the folder.
    packages: Vec<String>,
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
                let mut words = header.split_whitespace();
                let module = match (words.next(), words.next()) {
                    (Some(path), Some(text)) if version::is_valid(text) => {
                        Some(ModuleVersion::new(path, text))
                    }
                    _ => None,
                };
                is_in_module = module.is_some();
                modules.extend(module.map(|module| Vendored {
                    module,
                    go: String::new(),
                    packages: Vec::new(),
                }));
                continue;
            }
            let Some(current) = modules.last_mut().filter(|_| is_in_module) else { continue };
            if let Some(notes) = line.strip_prefix("## ") {
                let go = notes.split(';').find_map(|note| note.trim().strip_prefix("go "));
                current.go = go.unwrap_or_default().to_owned();
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
}

fn has_note(notes: &str, wanted: &str) -> bool {
    notes.split(';').any(|note| note.trim() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
