//! What a vendor folder is to hold, and the modules.txt that says so.
//!
//! A module has a line `# path version`, with what replaces it behind ` => `; below it a line
//! of what is known of it, `## explicit; go 1.21`, and its packages, a line each. Which of these
//! there are depends on the main module's go line:
//!
//! - From 1.14 on, modules that go.mod requires are listed even without packages, and marked
//!   `explicit`; replacements that no listed version uses stand at the end. The go command
//!   compares both with go.mod before it uses the folder. A go.mod without a go line has
//!   neither.
//! - From 1.17 on, each module's own go line is told.
//!
//! Source: ref/mod#vendoring, RunVendor in cmd/go/internal/modcmd/vendor.go.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use crate::spec::{ModulePath, ModuleVersion, goversion, pattern, unicode};

use super::Stated;

/// From this go line on, go.mod is compared with modules.txt.
const CONSISTENCY: &str = "1.14";
/// From this go line on, modules.txt has go lines, and go.mod files are not vendored.
const GO_VERSIONS: &str = "1.17";
/// From this go line on, what tests embed is not vendored.
const NO_TEST_EMBEDS: &str = "1.22";

/// What depends on the main module's go line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Whether modules.txt tells which modules go.mod requires, and every replacement.
    pub tells_explicit: bool,
    /// Whether it tells the modules' go lines.
    pub tells_go: bool,
    /// Whether go.mod and go.sum files of packages are vendored like others.
    pub keeps_go_mod: bool,
    /// Whether files that only tests embed are vendored.
    pub embeds_of_tests: bool,
}

impl Rules {
    /// The rules of a main module, or of a workspace.
    pub fn of(stated: &Stated) -> Self {
        let without = match stated.is_workspace {
            true => goversion::DEFAULT_GO_WORK,
            false => goversion::DEFAULT_GO_MOD,
        };
        let go = stated.go.as_deref().unwrap_or(without);
        let since = |version| goversion::compare(go, version) != Ordering::Less;
        Self {
            tells_explicit: since(CONSISTENCY) && (stated.is_workspace || stated.go.is_some()),
            tells_go: since(GO_VERSIONS),
            keeps_go_mod: !since(GO_VERSIONS),
            embeds_of_tests: !since(NO_TEST_EMBEDS),
        }
    }
}

/// A module that modules.txt lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The version that is required or selected.
    pub module: ModuleVersion,
    /// What stands in for it; without a version, a folder.
    pub replacement: Option<ModuleVersion>,
    /// Whether go.mod requires this version.
    pub is_explicit: bool,
    /// Its go line; empty where that is not known or not told.
    pub go: String,
    /// The import paths of its packages, sorted.
    pub packages: Vec<String>,
}

/// The modules of a vendor folder, in the order of modules.txt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    is_workspace: bool,
    /// The modules.
    pub modules: Vec<Listed>,
    /// Replacements that no module of these uses as they stand in go.mod: the left side, and
    /// the right one.
    replacements: Vec<(ModuleVersion, ModuleVersion)>,
}

/// Why modules cannot be vendored.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ListingError {
    /// Two modules would have one folder where file names have no case.
    #[error("go.mod: case-insensitive import collision: {path:?} and {other:?}")]
    Collision {
        /// The one.
        path: String,
        /// The other.
        other: String,
    },
    /// What stands in for a module lies in the folder that vendoring replaces.
    #[error("replacement path {0} inside vendor directory")]
    Replacement(String),
}

impl Listing {
    /// Lists what is vendored: packages with the modules that provide them, the main module
    /// left out. Go lines are empty; they are for the caller to add.
    ///
    /// # Errors
    /// Two of the modules have paths that differ by case alone, or a replacement lies in a
    /// folder `vendor`.
    pub fn new<'a>(
        stated: &Stated,
        packages: impl IntoIterator<Item = (&'a str, &'a ModuleVersion)>,
        replacement: impl Fn(&ModuleVersion) -> Option<ModuleVersion>,
    ) -> Result<Self, ListingError> {
        let mut provided: HashMap<&ModuleVersion, Vec<String>> = HashMap::new();
        for (package, module) in packages {
            provided.entry(module).or_default().push(package.to_owned());
        }
        check_collisions(provided.keys().map(|module| &module.path))?;
        let rules = Rules::of(stated);
        let explicit: HashSet<&ModuleVersion> = match rules.tells_explicit {
            true => stated.required.iter().collect(),
            false => HashSet::new(),
        };
        let unprovided = explicit.iter().filter(|module| !provided.contains_key(*module));
        let unprovided: Vec<&ModuleVersion> = unprovided.copied().collect();
        provided.extend(unprovided.into_iter().map(|module| (module, Vec::new())));
        let mut modules = Vec::with_capacity(provided.len());
        for (module, mut packages) in provided {
            packages.sort();
            modules.push(Listed {
                module: module.clone(),
                replacement: replacement(module),
                is_explicit: explicit.contains(module),
                go: String::new(),
                packages,
            });
        }
        modules.sort_by(|a, b| a.module.compare(&b.module));
        let mut replacements: Vec<(ModuleVersion, ModuleVersion)> = Vec::new();
        let (of_work, of_modules): (Vec<_>, Vec<_>) =
            stated.replaced.iter().partition(|line| line.in_go_work);
        for line in of_work.into_iter().chain(of_modules).filter(|_| rules.tells_explicit) {
            let is_told = modules.iter().any(|listed| listed.module == line.old)
                || replacements.iter().any(|(old, _)| *old == line.old);
            if let (false, Some(new)) = (is_told, &line.new) {
                replacements.push((line.old.clone(), new.clone()));
            }
        }
        let used = modules.iter().filter_map(|listed| listed.replacement.as_ref());
        let inside = used
            .chain(replacements.iter().map(|(_, new)| new))
            .find(|new| is_in_vendor(new.path.as_str()));
        match inside {
            Some(new) => Err(ListingError::Replacement(new.path.to_string())),
            None => Ok(Self { is_workspace: stated.is_workspace, modules, replacements }),
        }
    }

    /// The text of modules.txt; empty where nothing is vendored, but for a workspace.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.is_workspace {
            text.push_str("## workspace\n");
        }
        for listed in &self.modules {
            write_module(&mut text, &listed.module, listed.replacement.as_ref());
            match (listed.is_explicit, listed.go.as_str()) {
                (false, "") => {}
                (true, "") => text.push_str("## explicit\n"),
                (false, go) => line(&mut text, format_args!("## go {go}")),
                (true, go) => line(&mut text, format_args!("## explicit; go {go}")),
            }
            for package in &listed.packages {
                line(&mut text, format_args!("{package}"));
            }
        }
        for (old, new) in &self.replacements {
            write_module(&mut text, old, Some(new));
        }
        text
    }
}

fn write_module(text: &mut String, module: &ModuleVersion, replacement: Option<&ModuleVersion>) {
    let words = |module: &ModuleVersion| match module.version.is_empty() {
        true => module.path.to_string(),
        false => format!("{} {}", module.path, module.version),
    };
    let replaced = replacement.map(|new| format!(" => {}", words(new))).unwrap_or_default();
    line(text, format_args!("# {}{replaced}", words(module)));
}

fn line(text: &mut String, written: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{written}");
}

/// Whether a replacement is, or lies in, the folder `vendor` beside go.mod.
fn is_in_vendor(path: &str) -> bool {
    let cleaned = pattern::clean_path(path);
    cleaned == "vendor" || cleaned.starts_with("vendor/")
}

fn check_collisions<'a>(paths: impl Iterator<Item = &'a ModulePath>) -> Result<(), ListingError> {
    let mut paths: Vec<&ModulePath> = paths.collect();
    paths.sort();
    let mut folded: BTreeMap<String, &ModulePath> = BTreeMap::new();
    for path in paths {
        let fold = path.as_str().chars().map(unicode::fold).collect();
        match folded.insert(fold, path) {
            Some(other) if other != path => {
                let (path, other) = (path.to_string(), other.to_string());
                return Err(ListingError::Collision { path, other });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::modfile::{ModFile, Mode};

    fn file(text: &str) -> ModFile {
        ModFile::parse("go.mod", text.as_bytes(), Mode::Strict, None).expect("a go.mod")
    }

    fn module(text: &str) -> ModuleVersion {
        let (path, version) = text.split_once('@').unwrap_or((text, ""));
        ModuleVersion::new(path, version)
    }

    /// Lists packages, given as `package module@version`, by a go.mod's replacements.
    fn list(go_mod: &str, packages: &[&str]) -> Result<Listing, ListingError> {
        let file = file(go_mod);
        let packages: Vec<(&str, ModuleVersion)> = packages
            .iter()
            .map(|line| {
                line.split_once(' ').map(|(package, of)| (package, module(of))).expect(line)
            })
            .collect();
        let replacement = |module: &ModuleVersion| {
            let lines = || file.replace().iter();
            let whole = ModuleVersion::new(&module.path, "");
            let found = lines().find(|line| line.old == *module);
            found.or_else(|| lines().find(|line| line.old == whole)).map(|line| line.new.clone())
        };
        Listing::new(
            &Stated::of_module(&file, "go.mod"),
            packages.iter().map(|(path, module)| (*path, module)),
            replacement,
        )
    }

    const PACKAGES: [&str; 4] = [
        "b.c/d/e b.c/d@v1.2.0",
        "a.b/m/z a.b/m@v1.0.0",
        "a.b/m a.b/m@v1.0.0",
        "w.x/y w.x/y@v1.0.0",
    ];

    fn text(go: &str) -> String {
        let go_mod = format!(
            "module m\n{go}\nrequire (\n\ta.b/m v1.0.0\n\tun.used/x v1.5.0\n)\nreplace (\n\
             \tw.x/y => ./y\n\ta.b/m v1.0.0 => f.g/m v1.1.0\n\tno.one/z v1.0.0 => ../z\n)\n"
        );
        let mut listing = list(&go_mod, &PACKAGES).expect("listed");
        let tells_go = Rules::of(&Stated::of_module(&file(&go_mod), "go.mod")).tells_go;
        for listed in listing.modules.iter_mut().filter(|_| tells_go) {
            listed.go = match listed.module.path.as_str() {
                "a.b/m" => "1.20".to_owned(),
                "b.c/d" => "1.9".to_owned(),
                _ => String::new(),
            };
        }
        listing.text()
    }

    #[test]
    fn modules_come_in_order_with_what_the_go_line_tells() {
        assert_eq!(
            text("go 1.21"),
            "# a.b/m v1.0.0 => f.g/m v1.1.0\n## explicit; go 1.20\na.b/m\na.b/m/z\n\
             # b.c/d v1.2.0\n## go 1.9\nb.c/d/e\n# un.used/x v1.5.0\n## explicit\n\
             # w.x/y v1.0.0 => ./y\nw.x/y\n# w.x/y => ./y\n# no.one/z v1.0.0 => ../z\n"
        );
        assert_eq!(
            text("go 1.16"),
            "# a.b/m v1.0.0 => f.g/m v1.1.0\n## explicit\na.b/m\na.b/m/z\n\
             # b.c/d v1.2.0\nb.c/d/e\n# un.used/x v1.5.0\n## explicit\n\
             # w.x/y v1.0.0 => ./y\nw.x/y\n# w.x/y => ./y\n# no.one/z v1.0.0 => ../z\n"
        );
        let short = "# a.b/m v1.0.0 => f.g/m v1.1.0\na.b/m\na.b/m/z\n# b.c/d v1.2.0\nb.c/d/e\n\
             # w.x/y v1.0.0 => ./y\nw.x/y\n";
        assert_eq!(text("go 1.13"), short);
        assert_eq!(text(""), short);
    }

    #[test]
    fn without_modules_there_is_no_text() {
        assert_eq!(list("module m\ngo 1.21\n", &[]).expect("listed").text(), "");
        // A requirement is enough, and so is a replacement.
        let required = list("module m\ngo 1.21\nrequire a.b/m v1.0.0\n", &[]).expect("listed");
        assert_eq!(required.text(), "# a.b/m v1.0.0\n## explicit\n");
        let replaced = list("module m\ngo 1.21\nreplace a.b/m => ./m\n", &[]).expect("listed");
        assert_eq!(replaced.text(), "# a.b/m => ./m\n");
    }

    #[test]
    fn paths_that_differ_by_case_alone_are_refused() {
        let go_mod = "module m\ngo 1.21\n";
        let error = list(go_mod, &["a.b/Foo a.b/Foo@v1.0.0", "a.b/foo/x a.b/foo@v1.0.0"]);
        let text = "go.mod: case-insensitive import collision: \"a.b/foo\" and \"a.b/Foo\"";
        assert_eq!(error.expect_err("refused").to_string(), text);
        // Packages may: they lie in one module.
        list(go_mod, &["a.b/m/X a.b/m@v1.0.0", "a.b/m/x a.b/m@v1.0.0"]).expect("listed");
    }

    #[test]
    fn a_replacement_inside_the_folder_is_refused() {
        for (path, is_refused) in [
            ("./vendor/a", true),
            ("./x/../vendor", true),
            ("./vendored", false),
            ("../vendor", false),
        ] {
            let go_mod = format!("module m\ngo 1.21\nreplace a.b/m => {path}\n");
            let listed = list(&go_mod, &[]);
            let refused = ListingError::Replacement(path.to_owned());
            assert_eq!(listed.err(), is_refused.then_some(refused), "{path}");
            // Before go 1.14 only those count that are used.
            let old = go_mod.replace("go 1.21", "go 1.13");
            assert!(list(&old, &[]).is_ok(), "{path}");
            assert_eq!(list(&old, &["a.b/m a.b/m@v1.0.0"]).is_err(), is_refused, "{path}");
        }
    }

    #[test]
    fn rules_of_go_lines() {
        let rules = |go: &str| {
            let Rules { tells_explicit, tells_go, keeps_go_mod, embeds_of_tests } =
                Rules::of(&Stated::of_module(&file(&format!("module m\n{go}\n")), "go.mod"));
            [tells_explicit, tells_go, keeps_go_mod, embeds_of_tests]
        };
        assert_eq!(rules(""), [false, false, true, true]);
        assert_eq!(rules("go 1.13"), [false, false, true, true]);
        assert_eq!(rules("go 1.14"), [true, false, true, true]);
        assert_eq!(rules("go 1.17"), [true, true, false, true]);
        assert_eq!(rules("go 1.22"), [true, true, false, false]);
    }
}
