//! Extraction: what a zip may write and where, whatever it says.
//!
//! Zips are made byte by byte. The oracle knows the rules for module zips by the entries'
//! names alone, in the few letters that the generator uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gomod::spec::ModuleVersion;
use gomod::spec::zip::{ZipError, read_directory};
use gomod::store::unzip::{Extracted, Options, UnzipError, extract, hash_only};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::{census, config, that_hold};
use crate::support::raw_zip;

const PREFIX: &str = "zip.test/m@v1.0.0/";
static NEVER: AtomicBool = AtomicBool::new(false);
const OPTIONS: Options<'static> =
    Options { threads: 2, cancelled: &NEVER, writable_dirs: false, used: &|_| {} };

/// In what an entry lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lie {
    Nothing,
    /// The local header has a name that leads out.
    LocalName,
    /// The attributes are those of a symbolic link.
    SymbolicLink,
    /// The attributes set every mode bit, those that change the user among them.
    Modes,
    /// The recorded checksum is another file's.
    Checksum,
    /// No checksum is recorded, which is not wrong.
    NoChecksum,
    TooShort,
    TooLong,
    Method,
    /// The offset leads outside of the zip.
    Offset,
}

impl Lie {
    fn is_harmless(self) -> bool {
        use Lie::{LocalName, Modes, NoChecksum, Nothing, SymbolicLink};
        matches!(self, Nothing | LocalName | SymbolicLink | Modes | NoChecksum)
    }
}

#[derive(Clone)]
struct Entry {
    /// The whole name, of which a good one begins with [`PREFIX`].
    name: String,
    content: Vec<u8>,
    deflated: bool,
    lie: Lie,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, content, deflated, lie } = self;
        write!(f, "{name:?} {} bytes", content.len())?;
        write!(f, "{}", if *deflated { " deflated" } else { "" })?;
        if *lie == Lie::Nothing { Ok(()) } else { write!(f, " {lie:?}") }
    }
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    fn raw(&self) -> raw_zip::Entry {
        let make = if self.deflated { raw_zip::Entry::deflated } else { raw_zip::Entry::stored };
        make(&self.name, &self.content).with(|raw| match self.lie {
            Lie::Nothing => {}
            Lie::LocalName => raw.local_name = Some(b"../../escaped".to_vec()),
            Lie::SymbolicLink => raw.attributes = 0o120_777 << 16,
            Lie::Modes => raw.attributes = 0o107_777 << 16,
            Lie::Checksum => raw.crc32 = raw.crc32.wrapping_add(1).max(1),
            Lie::NoChecksum => raw.crc32 = 0,
            Lie::TooShort => raw.size += 1,
            Lie::TooLong => raw.size = raw.size.wrapping_sub(1),
            Lie::Method => raw.method = 12,
            Lie::Offset => raw.offset = Some(0x7fff_0000),
        })
    }
}

/// A file's name within the module, if it has the prefix.
fn relative(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)
}

/// Letters that are equal but for the case fold to the same; not all of them are ASCII.
fn folded(name: &str) -> String {
    name.to_lowercase().replace('\u{17f}', "s").replace('\u{212a}', "k")
}

/// The folders that a name lies in, and the name.
fn with_folders(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at]).chain([name])
}

fn is_good_element(element: &str) -> bool {
    let stem = element.split('.').next().unwrap_or_default().to_lowercase();
    let bad = |c: char| c.is_control() || "\\:*?|<>\"'`;\u{301}".contains(c);
    !element.chars().all(|c| c == '.')
        && !element.ends_with('.')
        && !element.contains(bad)
        && !["con", "aux", "com1"].contains(&&*stem)
}

/// Whether the names keep the rules of ref/mod#zip-path-size-constraints.
fn is_good(entries: &[Entry]) -> bool {
    let mut kinds: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut files = BTreeSet::new();
    for entry in entries {
        let Some(name) = relative(&entry.name) else { return false };
        let name = name.strip_suffix('/').unwrap_or(name);
        if name.is_empty() && entry.name == PREFIX {
            continue;
        }
        if !name.split('/').all(is_good_element) {
            return false;
        }
        let base = name.rsplit('/').next().unwrap_or_default();
        // The root's go.mod is a file; one that is only named as a folder makes none.
        if !entry.is_folder() && name.starts_with("go.mod/") {
            return false;
        }
        if !entry.is_folder() && base.to_lowercase() == "go.mod" && name != "go.mod" {
            return false;
        }
        for part in with_folders(name) {
            let is_folder = part != name || entry.is_folder();
            let met = kinds.entry(folded(part)).or_insert((part.to_owned(), is_folder));
            if *met != (part.to_owned(), is_folder) {
                return false;
            }
        }
        if !entry.is_folder() && !files.insert(name) {
            return false;
        }
    }
    true
}

fn element() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        16 => prop::sample::select(vec!["a", "b", "go.mod", "x.go", "k", "s", "e\u{e9}", "a b"]),
        3 => prop::sample::select(vec!["A", "K", "\u{212a}", "S", "\u{17f}", "E\u{c9}", "GO.MOD", ".a"]),
        1 => prop::sample::select(vec![
            "..", ".", "", "con", "Aux.txt", "com1", "a.", "...", "a\\b", "..\\b", "c:", "\0", "a\nb",
            "a*", "x\u{301}",
        ]),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let prefix = prop_oneof![
        60 => Just(PREFIX),
        1 => prop::sample::select(vec![
            "", "/", "../", "zip.test/m@v1.0.0", "zip.test/m@v1.0.1/", "ZIP.test/m@v1.0.0/",
            "/zip.test/m@v1.0.0/", "zip.test/m/",
        ]),
    ];
    let way_out =
        prop_oneof![30 => Just(""), 1 => Just("../../../"), 1 => Just("/"), 1 => Just("a/../../")];
    let name =
        (prop::collection::vec(element(), 1..4), prop_oneof![12 => Just(""), 1 => Just("/")])
            .prop_map(|(elements, end)| elements.join("/") + end);
    let name = prop_oneof![40 => name, 1 => Just(String::new())];
    let content = prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 1..5usize).prop_map(|(byte, count)| vec![byte; count << 14]),
    ];
    let lie = prop_oneof![
        20 => Just(Lie::Nothing),
        4 => prop::sample::select(vec![Lie::LocalName, Lie::SymbolicLink, Lie::Modes, Lie::NoChecksum]),
        1 => prop::sample::select(vec![Lie::Checksum, Lie::TooShort, Lie::TooLong, Lie::Method, Lie::Offset]),
    ];
    (prefix, way_out, name, content, any::<bool>(), lie).prop_map(
        |(prefix, way_out, name, content, deflated, lie)| {
            let name = format!("{prefix}{way_out}{name}");
            // A folder with contents is another matter, below.
            let content = if name.ends_with('/') { vec![] } else { content };
            // What these lies say is no lie of an empty file, or of a folder.
            let no_room = content.is_empty() && matches!(lie, Lie::TooLong | Lie::Checksum);
            let of_folder = name.ends_with('/') && !matches!(lie, Lie::LocalName | Lie::Modes);
            let lie = if no_room || of_folder { Lie::Nothing } else { lie };
            Entry { name, content, deflated, lie }
        },
    )
}

/// Zips of a few entries, and at times of many good ones besides.
fn zip() -> impl Strategy<Value = Vec<Entry>> {
    let many = prop_oneof![8 => Just(0), 1 => 20..60usize];
    let echo = (any::<prop::sample::Index>(), 0..6usize);
    let echoes = prop_oneof![6 => Just(None), 1 => echo.prop_map(Some)];
    (prop::collection::vec(entry(), 0..5), echoes, many).prop_map(|(mut entries, echo, many)| {
        // An entry that has to do with another.
        if let Some((at, kind)) = echo.filter(|_| !entries.is_empty()) {
            let mut entry = entries[at.index(entries.len())].clone();
            let name = relative(&entry.name).unwrap_or_default();
            let name = match kind {
                0 => name.to_owned(),
                1 => name.to_uppercase(),
                2 => name.replace('k', "\u{212a}").replace('s', "\u{17f}"),
                3 => format!("{name}/a"),
                4 => name.rsplit_once('/').map_or("a", |(folder, _)| folder).to_owned(),
                _ => format!("{name}/go.mod"),
            };
            entry.name = format!("{PREFIX}{name}");
            if entry.is_folder() || entry.lie != Lie::Nothing {
                entry = Entry { content: vec![], lie: Lie::Nothing, ..entry };
            }
            entries.push(entry);
        }
        entries.extend((0..many).map(|n| Entry {
            name: format!("{PREFIX}many/{}/{n}", n % 7),
            content: vec![n as u8; 4000],
            deflated: n % 2 == 0,
            lie: Lie::Nothing,
        }));
        entries
    })
}

/// A folder to extract into, with things around it that no zip may touch.
struct Scratch {
    around: TempDir,
    before: BTreeMap<PathBuf, Found>,
}

/// What lies under a name: the mode, and the contents of a regular file.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Found {
    mode: u32,
    content: Option<Vec<u8>>,
}

fn look(root: &Path, without: &Path) -> BTreeMap<PathBuf, Found> {
    WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .filter_entry(|entry| entry.path() != without)
        .map(|entry| {
            let entry = entry.expect("a folder that can be read");
            let metadata = fs::symlink_metadata(entry.path()).expect("an entry");
            let content = metadata.is_file().then(|| fs::read(entry.path()).expect("a file"));
            let name = entry.path().strip_prefix(root).expect("below the root").to_owned();
            (name, Found { mode: metadata.permissions().mode(), content })
        })
        .collect()
}

impl Scratch {
    fn new() -> Self {
        let around = tempfile::tempdir().expect("a temporary folder");
        for folder in ["in/a", "in/b"] {
            fs::create_dir_all(around.path().join(folder)).expect("a folder");
        }
        for file in ["escaped", "b", "in/escaped", "in/b/a", "in/x.go"] {
            fs::write(around.path().join(file), file).expect("a file");
        }
        let mut scratch = Self { around, before: BTreeMap::new() };
        scratch.before = scratch.outside();
        scratch
    }

    fn target(&self) -> PathBuf {
        self.around.path().join("in/a")
    }

    fn outside(&self) -> BTreeMap<PathBuf, Found> {
        look(self.around.path(), &self.target())
    }

    fn inside(&self) -> BTreeMap<PathBuf, Found> {
        look(&self.target(), Path::new(""))
    }
}

impl Drop for Scratch {
    /// Makes the folders writable, so that they can be removed.
    fn drop(&mut self) {
        for entry in WalkDir::new(self.around.path()).into_iter().flatten() {
            if entry.file_type().is_dir() {
                // If this fails the folder stays behind; a test must not panic while it falls.
                let _ = fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755));
            }
        }
    }
}

#[derive(Debug)]
enum Refused {
    Rules(ZipError),
    Contents(UnzipError),
}

fn unpack(zip: &[u8], into: &Path) -> Result<Extracted, Refused> {
    let module = ModuleVersion::new("zip.test/m", "v1.0.0");
    let directory = read_directory(zip, &module).map_err(Refused::Rules)?;
    let judged = directory.judge().map_err(Refused::Rules)?;
    extract(judged, into, OPTIONS).map_err(Refused::Contents)
}

fn written(entries: &[Entry]) -> Vec<u8> {
    raw_zip::write(&entries.iter().map(Entry::raw).collect::<Vec<_>>())
}

/// The h1 of the entries: a line for each with its SHA-256 and name, sorted by name.
fn h1(entries: &[Entry]) -> String {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let line = |entry: &&Entry| {
        let digest = Sha256::digest(&entry.content);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}  {}\n", entry.name)
    };
    let lines: String = sorted.iter().map(line).collect();
    format!("h1:{}", STANDARD.encode(Sha256::digest(lines)))
}

/// What lies in the folder after all entries were extracted: only regular files, and the
/// folders that they lie in, all without any bit that lets write or run them as another.
fn wanted(entries: &[Entry]) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut wanted = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.is_folder()) {
        let name = relative(&entry.name).expect("a good name");
        for part in with_folders(name) {
            let content = (part == name).then(|| entry.content.clone());
            wanted.insert(PathBuf::from(part), content);
        }
    }
    wanted
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn extraction_stays_inside_and_is_exact(entries in zip()) {
        let scratch = Scratch::new();
        let outcome = unpack(&written(&entries), &scratch.target());
        prop_assert_eq!(scratch.outside(), scratch.before.clone());
        let inside = scratch.inside();
        let all = is_good(&entries).then(|| wanted(&entries));
        match outcome {
            Ok(extracted) => {
                let Some(all) = all else {
                    return Err(TestCaseError::fail("it breaks the rules"));
                };
                prop_assert!(entries.iter().all(|entry| entry.lie.is_harmless()));
                let files = entries.iter().filter(|entry| !entry.is_folder());
                prop_assert_eq!(extracted.files, files.clone().count());
                prop_assert_eq!(extracted.bytes, files.map(|entry| entry.content.len() as u64).sum::<u64>());
                prop_assert_eq!(extracted.h1.to_string(), h1(&entries));
                for found in inside.values() {
                    let kind = if found.content.is_some() { 0o100_000 } else { 0o040_000 };
                    prop_assert_eq!(found.mode & !0o555, kind, "{:o}", found.mode);
                }
                let contents = inside.into_iter().map(|(name, found)| (name, found.content));
                prop_assert_eq!(contents.collect::<BTreeMap<_, _>>(), all);
            }
            Err(Refused::Rules(error)) => {
                prop_assert!(all.is_none(), "{}", error);
                prop_assert!(inside.is_empty());
            }
            Err(Refused::Contents(error)) => {
                let Some(all) = all else {
                    return Err(TestCaseError::fail("it breaks the rules"));
                };
                prop_assert!(entries.iter().any(|entry| !entry.lie.is_harmless()), "{}", error);
                // A part of the archive, whose folders can be removed.
                for (name, found) in inside {
                    let of_archive = all.get(&name);
                    prop_assert!(of_archive.is_some(), "{} was made", name.display());
                    let is_file = of_archive.is_some_and(Option::is_some);
                    prop_assert_eq!(found.content.is_some(), is_file);
                    prop_assert!(is_file || found.mode & 0o200 != 0);
                }
            }
        }
    }

    /// What is hashed alone has the sum of what is extracted, and fails as that does. Names
    /// need not be good for it: the sum comes before the rules.
    #[test]
    fn the_sum_is_that_of_the_contents(entries in zip()) {
        let zip = written(&entries);
        let module = ModuleVersion::new("zip.test/m", "v1.0.0");
        let in_prefix = entries.iter().all(|entry| entry.name.starts_with(PREFIX));
        let directory = match read_directory(&zip, &module) {
            Ok(directory) => directory,
            Err(error) => {
                prop_assert!(!in_prefix, "{}", error);
                return Ok(());
            }
        };
        prop_assert!(in_prefix);
        let names: BTreeSet<&str> = entries.iter().map(|entry| &*entry.name).collect();
        let sound = entries.iter().all(|entry| entry.lie.is_harmless() && !entry.name.contains('\n'));
        match hash_only(&directory, OPTIONS) {
            Ok(sum) if names.len() == entries.len() => {
                prop_assert!(sound);
                prop_assert_eq!(sum.to_string(), h1(&entries));
            }
            // Of entries of one name the last one's contents count.
            Ok(_) => {}
            Err(error) => prop_assert!(!sound, "{}", error),
        }
    }
}

#[test]
fn a_folder_with_contents_is_refused() {
    let raw = raw_zip::Entry::stored(format!("{PREFIX}a/"), b"x");
    let scratch = Scratch::new();
    let error = unpack(&raw_zip::write(&[raw]), &scratch.target()).expect_err("refused");
    assert!(matches!(error, Refused::Contents(UnzipError::Entry { .. })), "{error:?}");
    assert_eq!(scratch.inside(), BTreeMap::new());
}

#[test]
fn the_generator_reaches_every_kind_of_zip() {
    let expected = [
        ("good", 300),
        ("good and not empty", 200),
        ("good but for a lie", 10),
        ("other prefix", 20),
        ("climbs", 50),
        ("rooted", 20),
        ("backslash", 10),
        ("case collision", 15),
        ("collision beyond ASCII", 2),
        ("file and folder", 10),
        ("twice the same name", 10),
        ("symbolic link", 50),
        ("go.mod elsewhere", 10),
        ("folder entry", 50),
        ("work for two threads", 30),
        ("newline in a name", 5),
    ];
    census(zip(), 1000, &expected, |entries| {
        let good = is_good(entries);
        let honest = entries.iter().all(|entry| entry.lie.is_harmless());
        let any = |holds: &dyn Fn(&Entry) -> bool| entries.iter().any(holds);
        let pairs = |hold: &dyn Fn(&str, &str) -> bool| {
            entries
                .iter()
                .enumerate()
                .any(|(at, a)| entries[..at].iter().any(|b| hold(&a.name, &b.name)))
        };
        that_hold(&[
            ("good", good && honest),
            ("good and not empty", good && honest && !entries.is_empty()),
            ("good but for a lie", good && !honest),
            ("other prefix", any(&|entry| relative(&entry.name).is_none())),
            ("climbs", any(&|entry| entry.name.split('/').any(|element| element == ".."))),
            (
                "rooted",
                any(&|entry| relative(&entry.name).is_some_and(|name| name.starts_with('/'))),
            ),
            ("backslash", any(&|entry| entry.name.contains('\\'))),
            ("case collision", pairs(&|a, b| a != b && folded(a) == folded(b))),
            (
                "collision beyond ASCII",
                pairs(&|a, b| folded(a) == folded(b) && !a.eq_ignore_ascii_case(b)),
            ),
            (
                "file and folder",
                pairs(&|a, b| a.starts_with(&format!("{b}/")) || b.starts_with(&format!("{a}/"))),
            ),
            ("twice the same name", pairs(&|a, b| a == b)),
            ("symbolic link", any(&|entry| entry.lie == Lie::SymbolicLink)),
            (
                "go.mod elsewhere",
                any(&|entry| {
                    entry.name.strip_prefix(PREFIX).is_some_and(|name| name.ends_with("/go.mod"))
                }),
            ),
            ("folder entry", good && any(&Entry::is_folder)),
            ("work for two threads", good && honest && entries.len() > 20),
            ("newline in a name", any(&|entry| entry.name.contains('\n'))),
        ])
    });
}
