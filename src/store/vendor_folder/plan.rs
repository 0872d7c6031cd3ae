//! Which files a vendor folder is to hold, and where each is copied from.
//!
//! - Of a package's folder, every regular file but tests, Go files that nothing builds, and,
//!   from go 1.17 on, go.mod and go.sum, which would make the place look like a module's root.
//! - What the package embeds, wherever below its folder that lies.
//! - Licences and the like of each folder above the package, up to its module's root.
//! - Where that is asked for, folders below the package's that are no packages themselves, such
//!   as those of C headers; see [`Choice::includes_non_go`].
//!
//! Nothing is copied that is no regular file. Other than module zips, where modules lie in each
//! other, files of several modules may have one place: the one of the longest path counts.
//!
//! Source: vendorPkg in cmd/go/internal/modcmd/vendor.go, `Context.Import` in go/build.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Overlaid, Overlay};
use crate::spec::source::{Header, NulByte, Reading, Tags, embed_patterns};
use crate::spec::vendor::Rules;
use crate::store::package_folder::Buffers;
use crate::store::spread::spread;
use crate::store::{Context as _, DiskError};

use super::Vendored;
use super::embed::{self, EmbedError};

/// What decides which files are vendored.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What depends on the main module's go line.
    pub rules: Rules,
    /// Whether what files that use cgo embed is vendored.
    pub cgo: bool,
    /// Whether folders without Go files below those of packages are vendored, and those below
    /// them. Left out are other modules, `vendor`, `testdata`, and names that begin with `.` or
    /// `_`.
    pub includes_non_go: bool,
    /// Files that stand in for others where the go command looks at sources; they are never
    /// copied themselves.
    pub overlay: Overlay,
}

/// What a vendor folder is to hold, apart from modules.txt.
#[derive(Debug, Default)]
pub struct Plan {
    /// The file that is copied to each place. Places are relative to the vendor folder.
    pub files: BTreeMap<PathBuf, PathBuf>,
    /// Folders that are there although no file may be.
    pub folders: BTreeSet<PathBuf>,
    /// The packages of which not all is known that they embed: what they embed is left out.
    pub failures: Vec<EmbedFailure>,
}

/// A package with patterns that cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("resolving embeds in {package}: {error}")]
pub struct EmbedFailure {
    /// The import path.
    pub package: String,
    /// Why.
    pub error: EmbedError,
}

/// Why it is not known what is to be vendored.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A Go file cannot be read as one.
    #[error("failed to find embedded files of {package}: {}: {reason}", file.display())]
    Source {
        /// The import path of the package.
        package: String,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Choice {
    /// Finds out what these modules' packages need, on so many threads.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub fn plan(&self, modules: &[Vendored], threads: usize) -> Result<Plan, PlanError> {
        /// How many folders a thread looks at before it asks for more.
        const BATCH: usize = 8;
        // The longest path last: its files count.
        let mut order: Vec<&Vendored> = modules.iter().collect();
        order.sort_by(|a, b| a.path.cmp(&b.path));
        let paths: BTreeSet<&str> = modules.iter().map(|module| module.path.as_str()).collect();
        let mut folders: Vec<Folder<'_>> = Vec::new();
        for module in order {
            folders.extend(folders_of(module, &paths));
        }
        let parts = spread(&folders, BATCH, threads, || {
            let mut buffers = Buffers::default();
            move |folder| self.part(folder, &mut buffers)
        })?;
        let mut plan = Plan::default();
        for part in parts {
            plan.folders.insert(part.place);
            plan.files.extend(part.files);
            plan.failures.extend(part.failure);
        }
        Ok(plan)
    }

    fn part(&self, folder: &Folder<'_>, buffers: &mut Buffers) -> Result<Part, PlanError> {
        let mut part = Part { place: PathBuf::from(&folder.place), ..Part::default() };
        match folder.package {
            true => self.package(folder, buffers, &mut part)?,
            false => {
                for entry in regular_files(&folder.source)? {
                    if is_metadata(&entry) {
                        part.add(&folder.source, Path::new(&entry));
                    }
                }
            }
        }
        Ok(part)
    }

    fn package(
        &self,
        folder: &Folder<'_>,
        buffers: &mut Buffers,
        part: &mut Part,
    ) -> Result<(), PlanError> {
        let source = folder.source.as_path();
        let mut embeds = Embeds::default();
        let mut subfolders = Vec::new();
        let mut entries = Vec::new();
        for entry in fs::read_dir(source).context("reading", source)? {
            let entry = entry.context("reading", source)?;
            entries.push((entry.file_name(), entry.file_type().context("reading", &entry.path())?));
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in entries {
            if kind.is_dir() {
                subfolders.push(name);
                continue;
            }
            let is_go = has_suffix(&name, ".go");
            if is_go && (kind.is_file() || kind.is_symlink()) {
                let path = source.join(&name);
                let is_test = has_suffix(&name, "_test.go");
                if is_test && !self.rules.embeds_of_tests {
                    continue;
                }
                let file = self.go_file(&path, is_test, buffers)?;
                if kind.is_file() && !is_test && file.is_built {
                    part.add(source, Path::new(&name));
                }
                let is_folder = || kind.is_symlink() && path.is_dir();
                if !has_prefix(&name, b"_.") && !is_folder() {
                    embeds.add(&path, is_test, file.of_package, self.cgo).map_err(|reason| {
                        PlanError::Source { package: folder.place.clone(), file: path, reason }
                    })?;
                }
            } else if kind.is_file() && self.is_copied(&name) {
                part.add(source, Path::new(&name));
            }
        }
        match embed::resolve(&self.overlay, source, &embeds.in_order()) {
            Ok(names) => names.iter().for_each(|name| part.add(source, Path::new(name))),
            Err(error) => {
                part.failure = Some(EmbedFailure { package: folder.place.clone(), error });
            }
        }
        if self.includes_non_go {
            for name in subfolders {
                self.non_go(folder, Path::new(&name), part)?;
            }
        }
        Ok(())
    }

    /// Whether a file that is no Go file is copied from where it lies.
    fn is_copied(&self, name: &OsStr) -> bool {
        self.rules.keeps_go_mod || (name != "go.mod" && name != "go.sum")
    }

    /// Reads the head of a Go file. One that cannot be read to its end may be built.
    /// Source: matchPotentialSourceFile.
    fn go_file(
        &self,
        path: &Path,
        is_test: bool,
        buffers: &mut Buffers,
    ) -> Result<GoFile, PlanError> {
        let is_built = |header: &Header<'_>| match header.imports(Reading::Afresh, &Tags::any()) {
            Ok(imports) => imports.is_some(),
            Err(NulByte) => true,
        };
        let header = buffers.read(path).context("reading", path)?;
        let mut file =
            GoFile { is_built: is_built(&header), of_package: file_of_package(&header, is_test) };
        if let Overlaid::By(stand_in) = self.overlay.look_up(path) {
            file.is_built = is_built(&buffers.read(stand_in).context("reading", stand_in)?);
        }
        Ok(file)
    }

    /// Adds what a folder below a package holds, where it is part of no package.
    fn non_go(&self, package: &Folder<'_>, name: &Path, part: &mut Part) -> Result<(), PlanError> {
        let element = name.file_name().unwrap_or_default();
        let is_left_out = has_prefix(element, b"._")
            || element == "testdata"
            || element == "vendor"
            || package.others.contains(Path::new(&package.place).join(name).to_str().unwrap_or(""));
        if is_left_out {
            return Ok(());
        }
        let folder = package.source.join(name);
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&folder).context("reading", &folder)? {
            let entry = entry.context("reading", &folder)?;
            let below = entry.file_name();
            let kind = entry.file_type().context("reading", &entry.path())?;
            if kind.is_dir() {
                folders.push(below);
            } else if has_suffix(&below, ".go") || below == "go.mod" {
                return Ok(());
            } else if kind.is_file() && self.is_copied(&below) {
                files.push(below);
            }
        }
        files.iter().for_each(|file| part.add(&package.source, &name.join(file)));
        folders.iter().try_for_each(|below| self.non_go(package, &name.join(below), part))
    }
}

/// A folder from which files are vendored.
#[derive(Debug)]
struct Folder<'a> {
    /// Where it goes: its import path.
    place: String,
    /// Where it lies.
    source: PathBuf,
    /// Whether it is a package that is vendored, rather than a folder above one.
    package: bool,
    /// The paths of all modules that are vendored.
    others: &'a BTreeSet<&'a str>,
}

/// The folders of a module's packages, and all above them up to its root.
fn folders_of<'a>(module: &'a Vendored, others: &'a BTreeSet<&'a str>) -> Vec<Folder<'a>> {
    let root = module.path.as_str();
    let mut places: BTreeMap<&str, bool> = BTreeMap::new();
    for package in &module.packages {
        places.insert(package, true);
        let mut place = package.as_str();
        while place != root
            && let Some(end) = place.rfind('/')
        {
            place = &place[..end];
            match places.entry(place) {
                Entry::Vacant(entry) => entry.insert(false),
                // From there the way up is gone as well.
                Entry::Occupied(_) => break,
            };
        }
    }
    let folder = |(place, package): (&str, bool)| {
        let below = place.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
        let source =
            if below.is_empty() { module.folder.clone() } else { module.folder.join(below) };
        Folder { place: place.to_owned(), source, package, others }
    };
    places.into_iter().map(folder).collect()
}

/// What is vendored from one folder.
#[derive(Debug, Default)]
struct Part {
    place: PathBuf,
    files: Vec<(PathBuf, PathBuf)>,
    failure: Option<EmbedFailure>,
}

impl Part {
    fn add(&mut self, source: &Path, name: &Path) {
        self.files.push((self.place.join(name), source.join(name)));
    }
}

/// The patterns of a package, and what was seen of its files.
#[derive(Debug, Default)]
struct Embeds {
    package: Option<String>,
    names_differ: bool,
    sources: BTreeSet<String>,
    tests: BTreeSet<String>,
    external_tests: BTreeSet<String>,
}

impl Embeds {
    /// Adds the patterns of a Go file.
    fn add(
        &mut self,
        path: &Path,
        is_test: bool,
        file: Result<Option<FileOfPackage>, String>,
        cgo: bool,
    ) -> Result<(), String> {
        let found = match file {
            Ok(found) => found,
            // go tells of the first problem with a package alone, and passes over this one.
            Err(_) if self.names_differ => return Ok(()),
            Err(reason) => return Err(reason),
        };
        let Some(FileOfPackage { name, embeds, uses_cgo }) = found else { return Ok(()) };
        let is_external = is_test && name.ends_with("_test");
        if !is_external {
            self.names_differ |= self.package.as_ref().is_some_and(|package| *package != name);
            self.package.get_or_insert(name);
        }
        if embeds && (cgo || !uses_cgo) {
            let whole = fs::read(path).map_err(|error| error.to_string())?;
            let patterns = match (is_test, is_external) {
                (false, _) => &mut self.sources,
                (true, false) => &mut self.tests,
                (true, true) => &mut self.external_tests,
            };
            patterns.extend(embed_patterns(&whole));
        }
        Ok(())
    }

    fn in_order(self) -> Vec<String> {
        self.sources.into_iter().chain(self.tests).chain(self.external_tests).collect()
    }
}

/// What the head of a Go file says.
struct GoFile {
    is_built: bool,
    /// `None` where it is in no build, or why that is not known.
    of_package: Result<Option<FileOfPackage>, String>,
}

/// What a Go file says that matters to what its package embeds.
struct FileOfPackage {
    /// The package's name.
    name: String,
    /// Whether it imports `embed`: then its `//go:embed` lines count.
    embeds: bool,
    uses_cgo: bool,
}

/// Reads the head of a file; `None` where it is in no build.
fn file_of_package(header: &Header<'_>, is_test: bool) -> Result<Option<FileOfPackage>, String> {
    if header.imports(Reading::Afresh, &Tags::any()) == Err(NulByte) {
        return Err(NulByte.to_string());
    }
    header.constraint().map_err(|error| error.to_string())?;
    let parsed = header.parsed().map_err(|error| error.to_string())?;
    if parsed.package == "documentation" {
        return Ok(None);
    }
    let imports = |wanted: &str| parsed.imports.iter().any(|path| path == wanted);
    let uses_cgo = imports("C");
    if is_test && uses_cgo {
        return Err("use of cgo in test not supported".to_owned());
    }
    Ok(Some(FileOfPackage { name: parsed.package.to_owned(), embeds: imports("embed"), uses_cgo }))
}

/// The names of a folder's regular files.
fn regular_files(folder: &Path) -> Result<Vec<OsString>, DiskError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context("reading", folder)? {
        let entry = entry.context("reading", folder)?;
        if entry.file_type().context("reading", &entry.path())?.is_file() {
            files.push(entry.file_name());
        }
    }
    Ok(files)
}

/// Whether a file is vendored from above a package too. Source: metaPrefixes.
fn is_metadata(name: &OsStr) -> bool {
    const BEGINNINGS: [&str; 9] = [
        "AUTHORS",
        "CONTRIBUTORS",
        "COPYLEFT",
        "COPYING",
        "COPYRIGHT",
        "LEGAL",
        "LICENSE",
        "NOTICE",
        "PATENTS",
    ];
    let name = name.as_encoded_bytes();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning.as_bytes()))
}

fn has_suffix(name: &OsStr, suffix: &str) -> bool {
    name.as_encoded_bytes().ends_with(suffix.as_bytes())
}

fn has_prefix(name: &OsStr, bytes: &[u8]) -> bool {
    name.as_encoded_bytes().first().is_some_and(|first| bytes.contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ModulePath;

    const RULES: Rules =
        Rules { tells_explicit: true, tells_go: true, keeps_go_mod: false, embeds_of_tests: false };

    fn choice() -> Choice {
        let (cgo, includes_non_go, overlay) = (true, false, Overlay::default());
        Choice { rules: RULES, cgo, includes_non_go, overlay }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(&path, text).expect("written");
        }
        folder
    }

    /// A module whose files lie in a folder of the given one.
    fn module(path: &str, at: &Path, packages: &[&str]) -> Vendored {
        let packages = packages.iter().map(|package| (*package).to_owned()).collect();
        Vendored { path: ModulePath::new(path), packages, folder: at.to_owned() }
    }

    /// The places, and where what goes there lies in the folder.
    fn planned(choice: &Choice, root: &Path, modules: &[Vendored]) -> Vec<String> {
        let plan = choice.plan(modules, 2).expect("planned");
        assert!(plan.failures.is_empty(), "{:?}", plan.failures);
        let below = |path: &Path| path.strip_prefix(root).expect("below").display().to_string();
        let files = plan.files.iter();
        files.map(|(place, source)| format!("{} {}", place.display(), below(source))).collect()
    }

    #[test]
    fn of_several_modules_the_one_with_the_longest_path_counts() {
        let embed = "package a\nimport _ \"embed\"\n//go:embed b\nvar s string\n";
        let folder = folder(&[
            ("a/a.go", embed),
            ("a/b/b.go", "package b\n"),
            ("a/b/text", ""),
            ("b/b.go", "package b\n"),
            ("b/LICENSE", ""),
        ]);
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let (a, b) = (module("m.x/a", &a, &["m.x/a"]), module("m.x/a/b", &b, &["m.x/a/b"]));
        let want = [
            "m.x/a/a.go a/a.go",
            "m.x/a/b/LICENSE b/LICENSE",
            "m.x/a/b/b.go b/b.go",
            "m.x/a/b/text a/b/text",
        ];
        for modules in [[a.clone(), b.clone()], [b, a]] {
            assert_eq!(planned(&choice(), folder.path(), &modules), want);
        }
    }

    #[test]
    fn embeds_are_those_of_files_that_count() {
        let file = |head: &str, name: &str| {
            format!("{head}\nimport _ \"embed\"\n//go:embed e/{name}\nvar s string\n")
        };
        let files: Vec<(String, String)> = [
            ("a.go", "package p", "plain"),
            ("a_plan9.go", "package p", "platform"),
            ("b.go", "package other", "other"),
            ("c.go", "package p\nimport \"C\"", "cgo"),
            ("d.go", "//go:build ignore\n\npackage p", "ignored"),
            ("e.go", "package documentation", "documentation"),
            ("_f.go", "package p", "hidden"),
            ("g_test.go", "package p", "test"),
            ("h_test.go", "package p_test", "external"),
        ]
        .into_iter()
        .flat_map(|(path, head, name)| {
            [(path.to_owned(), file(head, name)), (format!("e/{name}"), String::new())]
        })
        .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let folder = folder(&files);
        let embedded = |choice: &Choice| {
            let planned = planned(choice, folder.path(), &[module("m.x", folder.path(), &["m.x"])]);
            let names = planned.iter().filter_map(|line| line.split_once(" e/"));
            names.map(|(_, name)| name.to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(embedded(&choice()), "cgo ignored other plain platform");
        assert_eq!(embedded(&Choice { cgo: false, ..choice() }), "ignored other plain platform");
        let rules = Rules { embeds_of_tests: true, ..RULES };
        let all = "cgo external ignored other plain platform test";
        assert_eq!(embedded(&Choice { rules, ..choice() }), all);
    }

    #[test]
    fn go_files_that_cannot_be_read_stop_it_only_where_they_come_first() {
        let p = "package p\n";
        for (files, want) in [
            (&[("a.go", p), ("b.go", "package p\nimport 7\n")][..], Some("b.go: syntax error")),
            (&[("a.go", "package p\n\0")], Some("a.go: unexpected NUL")),
            (&[("a.go", "//go:build (\n\npackage p\n")], Some("a.go: parsing //go:build line")),
            (&[("a.go", p), ("b.go", "package q\n"), ("c.go", "package p\nimport 7\n")], None),
            (&[("a.go", p), ("b_test.go", "package p\nimport 7\n")], None),
            (&[("a.go", p), ("_b.go", "package p\nimport 7\n")], None),
        ] {
            let folder = folder(files);
            let plan = choice().plan(&[module("m.x", folder.path(), &["m.x"])], 1);
            let text = plan.err().map(|error| error.to_string()).unwrap_or_default();
            let path = folder.path().display();
            match want {
                None => assert_eq!(text, "", "{files:?}"),
                Some(want) => {
                    let want = format!("failed to find embedded files of m.x: {path}/{want}");
                    assert!(text.starts_with(&want), "{text}");
                }
            }
        }
    }

    #[test]
    fn an_overlay_decides_whether_a_file_is_built_and_is_not_copied() {
        let folder = folder(&[
            ("a.go", "package p\n"),
            ("b.go", "//go:build ignore\n\npackage p\n"),
            ("ignored", "//go:build ignore\n\npackage p\n"),
            ("built", "package p\n"),
        ]);
        let text = r#"{"Replace": {"a.go": "ignored", "b.go": "built", "c.go": "built"}}"#;
        fs::write(folder.path().join("overlay.json"), text).expect("written");
        let overlay = Overlay::read(Path::new("overlay.json"), folder.path()).expect("read");
        let choice = Choice { overlay, ..choice() };
        let planned = planned(&choice, folder.path(), &[module("m.x", folder.path(), &["m.x"])]);
        let want = [
            "m.x/b.go b.go",
            "m.x/built built",
            "m.x/ignored ignored",
            "m.x/overlay.json overlay.json",
        ];
        assert_eq!(planned, want);
    }
}
