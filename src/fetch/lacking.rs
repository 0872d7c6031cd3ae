//! What a run that may ask nobody has looked for in the cache in vain: all of it, so that the user
//! can fetch it at once rather than one thing after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::spec::{ModulePath, ModuleVersion, Version};

/// Something that the cache may have of a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// Which versions there are: the file `list`.
    Versions,
    /// The version that a branch, tag or commit stands for.
    Revision,
    /// The `.info` file of a version.
    Info,
    /// The go.mod file of a version.
    GoMod,
    /// The zip of a version.
    Zip,
    /// What the checksum database has recorded of a version, or the proof that it has.
    Record,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Versions => "list of versions",
            Self::Revision => "version it stands for",
            Self::Info => ".info file",
            Self::GoMod => "go.mod file",
            Self::Zip => "zip",
            Self::Record => "checksum database record",
        })
    }
}

/// A thing that is lacking of some module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lack {
    /// The version or revision; empty where it is none's.
    pub version: Version,
    /// What of it.
    pub part: Part,
}

/// Everything that was lacking in a run so far.
#[derive(Debug, Default)]
pub struct Lacking(Mutex<BTreeMap<ModulePath, Vec<Lack>>>);

impl Lacking {
    /// Keeps that something is lacking.
    pub fn note(&self, module: &ModulePath, lack: Lack) {
        // Each change is one insertion, so what another thread left behind is whole.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_module = known.entry(module.clone()).or_default();
        if !of_module.contains(&lack) {
            of_module.push(lack);
        }
    }

    /// Whether this is lacking of any module.
    pub fn has(&self, part: Part) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().flatten().any(|lack| lack.part == part)
    }

    /// Adds what was lacking elsewhere.
    pub fn add(&self, other: &Self) {
        let others = other.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (module, lacks) in others {
            lacks.into_iter().for_each(|lack| self.note(&module, lack));
        }
    }

    /// A line for each module version of which something is lacking, by their order.
    pub fn lines(&self) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for (path, lacks) in &*known {
            let mut versions: Vec<(ModuleVersion, BTreeSet<Part>)> = Vec::new();
            for Lack { version, part } in lacks {
                match versions.iter_mut().find(|(module, _)| module.version == *version) {
                    Some((_, parts)) => drop(parts.insert(*part)),
                    None => {
                        let module = ModuleVersion { path: path.clone(), version: version.clone() };
                        versions.push((module, BTreeSet::from([*part])));
                    }
                }
            }
            versions.sort_by(|(a, _), (b, _)| ModuleVersion::compare(a, b));
            lines.extend(versions.into_iter().map(|(module, parts)| {
                let parts: Vec<String> = parts.iter().map(Part::to_string).collect();
                let name = match module.version.is_empty() {
                    true => module.path.to_string(),
                    false => module.to_string(),
                };
                format!("{name}: {}", parts.join(", "))
            }));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_once_with_all_that_it_lacks() {
        let lacking = Lacking::default();
        for (path, version, part) in [
            ("b.c/m", "v1.10.0", Part::Zip),
            ("b.c/m", "v1.9.0", Part::Zip),
            ("b.c/m", "v1.10.0", Part::Info),
            ("b.c/m", "v1.10.0", Part::Zip),
            ("a.b/m", "", Part::Versions),
            ("a.b/m", "main", Part::Revision),
        ] {
            lacking.note(&ModulePath::new(path), Lack { version: Version::new(version), part });
        }
        assert_eq!(
            lacking.lines(),
            [
                "a.b/m: list of versions",
                "a.b/m@main: version it stands for",
                "b.c/m@v1.9.0: zip",
                "b.c/m@v1.10.0: .info file, zip",
            ]
        );
    }
}
