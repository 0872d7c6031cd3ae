//! Go sources, build constraints and package patterns, read by us and by packages of the go
//! command, which are taken from its installation.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gomod::config::Overlay;
use gomod::spec::pattern::{self, Ignored};
use gomod::spec::source::{
    Constraint, Expression, Header, InvalidConstraint, Platform, Reading, Tags, embed_patterns,
};
use gomod::spec::standard_library;
use gomod::store::package_folder::{
    FolderSearch, Folders, ModuleFolder, ScanError, Search, Tree, scan,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::go_is_there;

const PROGRAM: &str = include_str!("source.go.txt");

/// What the go command's packages ask of the rest of it.
const CFG: &str = "package cfg

import \"go/build\"

var BuildContext build.Context
";

const FSYS: &str = "package fsys

import \"io/fs\"

var FS fs.FS

func ReadDir(path string) ([]fs.DirEntry, error) { return fs.ReadDir(FS, path) }
func Stat(path string) (fs.FileInfo, error) { return fs.Stat(FS, path) }
func Open(path string) (fs.File, error) { return FS.Open(path) }
";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlatformOfGo {
    system: &'static str,
    architecture: &'static str,
    cgo: bool,
    others: Vec<String>,
}

fn platforms() -> Vec<PlatformOfGo> {
    let platform = |system, architecture, cgo, others: &[&str]| PlatformOfGo {
        system,
        architecture,
        cgo,
        others: others.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    vec![
        platform("linux", "amd64", true, &["amd64.v1", "goexperiment.x", "own"]),
        platform("windows", "386", false, &["own", "ignore"]),
        platform("android", "arm64", true, &[]),
        platform("illumos", "sparc64", false, &["js"]),
    ]
}

/// Any tags, and those of each platform.
fn all_tags() -> Vec<Tags> {
    let of = |platform: PlatformOfGo| {
        Tags::of(Platform {
            system: platform.system,
            architecture: platform.architecture,
            cgo: platform.cgo,
            release: 26,
            others: &platform.others,
        })
    };
    std::iter::once(Tags::any()).chain(platforms().into_iter().map(of)).collect()
}

#[derive(Clone, Serialize, Default, Debug)]
#[serde(rename_all = "PascalCase")]
struct Question {
    kind: &'static str,
    text: String,
    name: String,
    source: String,
}

impl Question {
    fn file(name: &str, source: &[u8]) -> Self {
        let source = BASE64_STANDARD.encode(source);
        Self { kind: "file", name: name.to_owned(), source, ..Self::default() }
    }
}

#[derive(Deserialize, PartialEq, Eq, Debug, Clone)]
#[serde(rename_all = "PascalCase")]
struct Scan {
    imports: Option<Vec<String>>,
    test_imports: Option<Vec<String>>,
    error: String,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    scans: Option<Vec<Scan>>,
    parses: bool,
    package: String,
    imports: Option<Vec<String>>,
    embeds: Option<Vec<String>>,
    built: Option<Vec<bool>>,
    build_error: String,
    may_be_package: Option<Vec<bool>>,
    shape: String,
    error: String,
    offset: usize,
    matches: bool,
    can_match_below: bool,
}

fn go() -> Command {
    let mut go = Command::new("go");
    for (name, value) in [
        ("GOFLAGS", "-mod=mod"),
        ("GOPROXY", "off"),
        ("GOENV", "off"),
        ("GOWORK", "off"),
        ("GOTOOLCHAIN", "local"),
    ] {
        go.env(name, value);
    }
    go
}

/// The folder of go's own sources.
fn go_sources() -> PathBuf {
    let output = go().args(["env", "GOROOT"]).output().expect("go runs");
    let root = String::from_utf8(output.stdout).expect("UTF-8");
    Path::new(root.trim()).join("src")
}

/// The program in Go, built once.
fn program() -> &'static Path {
    static PROGRAM_FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("written");
        };
        write("go.mod", "module answers\n\ngo 1.26\n");
        write("main.go", PROGRAM);
        write("cfg/cfg.go", CFG);
        write("fsys/fsys.go", FSYS);
        let sources = go_sources();
        for (from, to) in [
            ("cmd/go/internal/imports/build.go", "imports/build.go"),
            ("cmd/go/internal/imports/read.go", "imports/read.go"),
            ("cmd/go/internal/imports/scan.go", "imports/scan.go"),
            ("cmd/go/internal/imports/tags.go", "imports/tags.go"),
            ("cmd/internal/pkgpattern/pkgpattern.go", "pkgpattern/pkgpattern.go"),
            ("internal/syslist/syslist.go", "syslist/syslist.go"),
        ] {
            let text = fs::read_to_string(sources.join(from)).expect("go's own source");
            let text = text.replace("\"cmd/go/internal/", "\"answers/");
            write(to, &text.replace("\"internal/syslist\"", "\"answers/syslist\""));
        }
        let built = go().args(["build", "-o", "answers", "."]).current_dir(folder.path()).status();
        assert!(built.expect("go runs").success(), "the program in Go is built");
        folder
    });
    static PROGRAM_FILE: LazyLock<PathBuf> =
        LazyLock::new(|| PROGRAM_FOLDER.path().join("answers"));
    &PROGRAM_FILE
}

fn answers_of_go(questions: &[Question]) -> Vec<Answer> {
    let lines: Vec<String> = questions
        .iter()
        .map(|question| serde_json::to_string(question).expect("a question as JSON"))
        .collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("questions");
    fs::write(&file, lines.join("\n")).expect("written");
    let mut asked = Command::new(program());
    asked.arg(serde_json::to_string(&platforms()).expect("platforms as JSON"));
    let questions_file = File::open(file).expect("the questions");
    let output = asked.stdin(questions_file).stderr(Stdio::inherit()).output().expect("it runs");
    assert!(output.status.success(), "the program in Go ends well");
    let answers: Vec<Answer> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("answers as JSON");
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Go's encoder writes U+FFFD for each malformed byte, we for all of a character.
fn text(of: &str) -> String {
    let mut text = of.to_owned();
    while text.contains("\u{fffd}\u{fffd}") {
        text = text.replace("\u{fffd}\u{fffd}", "\u{fffd}");
    }
    text
}

fn texts<'a>(of: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    of.into_iter().map(text).collect::<BTreeSet<_>>().into_iter().collect()
}

fn texts_of_go(of: Option<&Vec<String>>) -> Vec<String> {
    texts(of.into_iter().flatten().map(String::as_str))
}

/// What go finds where we read afresh, as go tells it.
fn our_scan(name: &str, source: &[u8], tags: &Tags) -> Scan {
    let failed = |error: &str| Scan { imports: None, test_imports: None, error: error.to_owned() };
    if !tags.match_file_name(name) {
        return failed("no Go source files");
    }
    match Header::of_file(source).imports(Reading::Afresh, tags) {
        Err(error) => failed(&format!("reading {name}: {error}")),
        Ok(None) => failed("no Go source files"),
        Ok(Some(paths)) => {
            let paths = Some(texts(paths.iter().map(AsRef::as_ref)));
            let (imports, test_imports) = if name.ends_with("_test.go") {
                (Some(vec![]), paths)
            } else {
                (paths, Some(vec![]))
            };
            Scan { imports, test_imports, error: String::new() }
        }
    }
}

/// Says where go's answer for a file is not ours.
fn compare_file(name: &str, source: &[u8], answer: &Answer) -> Result<(), String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("  {what}\n    ours   {ours}\n    theirs {theirs}"));
        }
    };
    let header = Header::of_file(source);
    for (tags, theirs) in all_tags().iter().zip(answer.scans.iter().flatten()) {
        let mut theirs = theirs.clone();
        for list in [&mut theirs.imports, &mut theirs.test_imports] {
            *list = list.as_ref().map(|list| texts_of_go(Some(list)));
        }
        compare("afresh", format!("{:?}", our_scan(name, source, tags)), format!("{theirs:?}"));
    }
    let parsed = header.parsed();
    let is_nul = answer.build_error.ends_with("unexpected NUL in input");
    // What go/build refuses before or behind parsing.
    let is_refused = answer.build_error.contains("//go:build");
    let is_documentation = parsed.as_ref().is_ok_and(|parsed| parsed.package == "documentation");
    let uses_cgo =
        parsed.as_ref().is_ok_and(|parsed| parsed.imports.iter().any(|path| path == "C"));
    if !(is_refused || is_documentation || uses_cgo && name.ends_with("_test.go")) {
        compare("parses", parsed.is_ok().to_string(), answer.parses.to_string());
    }
    if let Ok(parsed) = &parsed
        && answer.parses
        && !is_documentation
    {
        let imports = texts(parsed.imports.iter().map(AsRef::as_ref));
        if !name.ends_with("_test.go") {
            compare("package", parsed.package.to_owned(), answer.package.clone());
            let theirs = texts_of_go(answer.imports.as_ref());
            compare("imports", format!("{imports:?}"), format!("{theirs:?}"));
            let embeds = if imports.iter().any(|path| path == "embed") {
                embed_patterns(source)
            } else {
                Vec::new()
            };
            let embeds = texts(embeds.iter().map(String::as_str));
            let theirs = texts_of_go(answer.embeds.as_ref());
            compare("embeds", format!("{embeds:?}"), format!("{theirs:?}"));
        }
    }
    match header.constraint() {
        _ if is_nul => {}
        Ok(constraint) => {
            compare("constraint", String::new(), answer.build_error.clone());
            let named = |tags: &Tags| constraint.holds(tags) && tags.match_file_name(name);
            let built: Vec<bool> = all_tags()[1..].iter().map(named).collect();
            compare(
                "built",
                format!("{built:?}"),
                format!("{:?}", answer.built.clone().unwrap_or_default()),
            );
        }
        // Go does not read where the name says no already.
        Err(_) if all_tags()[1..].iter().any(|tags| !tags.match_file_name(name)) => {}
        Err(error) => compare("constraint", format!("{name}: {error}"), answer.build_error.clone()),
    }
    let is_test = name.ends_with("_test.go");
    let may_be_package: Vec<bool> = all_tags()[1..]
        .iter()
        .map(|tags| tags.match_file_name(name) && header.makes_package(is_test, tags))
        .collect();
    let theirs = answer.may_be_package.clone().unwrap_or_default();
    compare("may be a package", format!("{may_be_package:?}"), format!("{theirs:?}"));
    // What is read of the beginning is what is read of the whole.
    let shorter = [64, 512, 8 << 10].into_iter().filter(|&length| length < source.len());
    for length in shorter {
        if let Some(beginning) = Header::of_beginning(&source[..length]) {
            compare("beginning", format!("{beginning:?}"), format!("{header:?}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// There is something to compare only where some files parse and some do not.
fn assert_both_are_met(answers: &[Answer]) {
    let parse = answers.iter().filter(|answer| answer.parses).count();
    let (least, all) = (answers.len() / 100, answers.len());
    assert!(parse > least && all - parse > least, "{parse} of {all} parse");
}

fn assert_none(mut wrong: Vec<String>) {
    let count = wrong.len();
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{count} differ:\n{}", wrong.join("\n"));
}

fn compare_files(files: &[(String, Vec<u8>)]) {
    let questions: Vec<Question> =
        files.iter().map(|(name, source)| Question::file(name, source)).collect();
    let answers = answers_of_go(&questions);
    assert_both_are_met(&answers);
    let wrong = files.iter().zip(&answers).filter_map(|((name, source), answer)| {
        let differences = compare_file(name, source, answer).err()?;
        Some(format!("{name}: {}\n{differences}", source.escape_ascii()))
    });
    assert_none(wrong.collect());
}

/// As many values as asked for, the same each time.
fn some<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let config = Config { failure_persistence: None, ..Config::default() };
    let seed = TestRunner::deterministic().new_rng();
    let mut runner = TestRunner::new_with_rng(config, seed);
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

/// Parts of the head of a file, whole and broken.
const PIECES: &[&[u8]] = &[
    b"package p",
    b"package p\n",
    b"package p\n\n",
    b"package documentation\n",
    b"package p_test\n",
    b"package \xc3\xa9\n",
    b"package 1p\n",
    b"package func\n",
    b"package",
    b"packagep",
    b"import",
    b"import \"fmt\"\n",
    b"import \"fmt\"",
    b"import `os`\n",
    b"import `o\rs`\n",
    b"import x \"fmt\";",
    b"import . \"a.b/c\"\n",
    b"import _ \"embed\"\n",
    b"import \"embed\"\n",
    b"import \"C\"\n",
    b"import `C`\n",
    b"import (\n",
    b"import ()\n",
    b"(",
    b")",
    b")\n",
    b"}",
    b"\t\"a\"\n",
    b"\tx \"b/c\"\n",
    b"\"\\x61b\"",
    b"\"\\q\"\n",
    b"\"a b\"\n",
    b"\"\"\n",
    b"\"\xff\"\n",
    b"\"\xe2\x82\"\n",
    b"\"\\\xff\"",
    b"\"\\xff\"\n",
    b"\"a",
    b"`a",
    b"'a'",
    b"appengine",
    b".",
    b",",
    b";",
    b"\n",
    b"\n\n",
    b"\r\n",
    b" ",
    b"\x0c",
    b"\x0b",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\xe2\x80\x9c",
    b"#",
    b"/",
    b"//",
    b"/*",
    b"*/",
    b"/**/",
    b"/* a */",
    b"/* a\n */",
    b"/*/ a */",
    b"// remark\n",
    b"// remark \xff\n",
    b"// remark\r\n",
    b"//line a.y:3\n",
    b"//line a.y:x\n",
    b"//line a.y:0\n",
    b"//line a.y:3:0\n",
    b"//line a.y:x:7\n",
    b" //line a.y:0\n",
    b"/*line a:0*/",
    b"//go:build linux\n",
    b"//go:build !windows && own\n",
    b"//go:build ignore\n",
    b"//go:build !ignore || (\n",
    b"//go:build\n",
    b"//go:buildx\n",
    b"//go:build\xc2\xa0unix\n",
    b" //go:build js\n",
    b"// +build linux,amd64 windows\n",
    b"//+build !linux\n",
    b"// +build\n",
    b"// +build ignore\n",
    b"// +buildx\n",
    b"//\xc2\xa0+build go1.26,!go1.27\n",
    b"//go:embed a b\n",
    b"//go:embed \"a b\" `c` \t d\xe9\n",
    b"//go:embed \"a\"b\n",
    b"//go:embed \"a\n",
    b"//go:embedx a\n",
    b"//go:embed\n",
    b"var x = \"//go:embed no\"\n",
    b"var x = '\"' //go:embed r\r\n",
    b"var x = `\n//go:embed no\n`\n",
    b"if x",
    b"interface",
    b"importx",
    b"func f() {}\n",
];

fn any_name() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a", "linux", "windows", "android", "js", "wasm", "amd64", "386", "arm64", "test", "unix",
        "cgo", "", "solaris", "illumos",
    ]);
    let dots = prop::sample::select(vec!["", "", ".x", ".linux"]);
    (prop::collection::vec(words, 0..4), dots)
        .prop_map(|(words, dots)| format!("x{}{dots}.go", words.join("_")))
}

fn any_file() -> impl Strategy<Value = (String, Vec<u8>)> {
    let piece = || prop::sample::select(PIECES);
    let soup = prop::collection::vec(piece(), 0..9).prop_map(|pieces| pieces.concat());
    // A likely beginning gets further.
    let head = prop::collection::vec(piece(), 0..3);
    let tail = prop::collection::vec(piece(), 0..6);
    let likely = (head, tail)
        .prop_map(|(head, tail)| [head.concat(), b"package p\n".to_vec(), tail.concat()].concat());
    let whole = "// Copyright\n\n//go:build linux || !cgo\n// +build linux !cgo\n\n/* Package p */\n\
        package p // p\n\nimport (\n\t\"a.b/c\" // c\n\t. `d`\n\n\t_ \"embed\"; e \"\\x66\"\n)\n\n\
        import \"C\"\n\n//go:embed x/*.txt \"y z\"\nvar f = 'a'\n";
    let damaged = (0..whole.len(), 0..4usize, prop::collection::vec(any::<u8>(), 0..3)).prop_map(
        move |(at, gone, new)| {
            let mut bytes = whole.as_bytes().to_vec();
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, new);
            bytes
        },
    );
    let source = prop_oneof![2 => soup, 4 => likely, 2 => damaged];
    (
        prop_oneof![6 => Just("x.go".to_owned()), 1 => Just("x_test.go".to_owned()), 1 => any_name()],
        source,
    )
}

#[test]
fn heads_of_files_are_read_as_go_reads_them() {
    if go_is_there() {
        let mut files = some(6000, any_file());
        // Each piece in every place between two tokens.
        for (before, behind) in [
            ("package", "p\n"),
            ("package p", "import \"a\"\n"),
            ("package p;", "import \"a\"\n"),
            ("package p\n", "import \"a\"\n"),
            ("package p\nimport", "\"a\"\n"),
            ("package p\nimport x", "\"a\"\n"),
            ("package p\nimport \"a\"", "import \"b\"\n"),
            ("package p\nimport (", "\"a\"\n)\n"),
            ("package p\nimport (\"a\"", "\"b\"\n)\n"),
            ("package p\nimport (\"a\"", ")\n"),
            ("package p\nimport (\"a\")", "import \"b\"\n"),
            ("package p\nimport \"a\"\n", "var x int\n"),
            ("", "\npackage p\n"),
            ("", "package p\n"),
        ] {
            files.extend(PIECES.iter().map(|piece| {
                let source = [before.as_bytes(), *piece, behind.as_bytes()].concat();
                ("x.go".to_owned(), source)
            }));
        }
        files.extend(some(600, any_name()).into_iter().map(|name| (name, b"package p\n".to_vec())));
        compare_files(&files);
    }
}

#[test]
fn go_s_own_sources_are_read_as_go_reads_them() {
    if !go_is_there() {
        return;
    }
    let sources = go_sources();
    let files: Vec<PathBuf> = WalkDir::new(&sources)
        .into_iter()
        .map(|entry| entry.expect("a folder that can be read"))
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "go"))
        .collect();
    assert!(files.len() > 5000, "{}", files.len());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let question = |path: &PathBuf| Question {
        kind: "file on disk",
        text: path.to_str().expect("UTF-8").to_owned(),
        // go/build passes over names that begin so.
        name: name(path).trim_start_matches(['.', '_']).to_owned(),
        ..Question::default()
    };
    let questions: Vec<Question> = files.iter().map(question).collect();
    let answers = answers_of_go(&questions);
    let wrong = files.iter().zip(&questions).zip(&answers).filter_map(|((file, asked), answer)| {
        let source = fs::read(file).expect("read");
        let differences = compare_file(&asked.name, &source, answer).err()?;
        Some(format!("{}:\n{differences}", file.display()))
    });
    assert_none(wrong.collect());
}

#[test]
fn folders_of_the_standard_library_are_scanned_as_go_does() {
    if !go_is_there() {
        return;
    }
    let sources = go_sources();
    let questions: Vec<Question> = standard_library::packages()
        .map(|package| sources.join(package).to_str().expect("UTF-8").to_owned())
        .map(|text| Question { kind: "folder", text, ..Question::default() })
        .collect();
    let mut wrong = Vec::new();
    for (question, answer) in questions.iter().zip(answers_of_go(&questions)) {
        for (tags, theirs) in all_tags().iter().zip(answer.scans.into_iter().flatten()) {
            let folder = Path::new(&question.text);
            let ours = match scan(&Overlay::default(), folder, Tree::Local, tags) {
                Ok(found) => (found.imports, found.test_imports, String::new()),
                Err(error @ ScanError::NoGo) => (Vec::new(), Vec::new(), error.to_string()),
                Err(error) => panic!("{}: {error}", question.text),
            };
            let without_c = |list: Option<Vec<String>>| -> Vec<String> {
                list.into_iter().flatten().filter(|path| path != "C").collect()
            };
            let theirs = (without_c(theirs.imports), without_c(theirs.test_imports), theirs.error);
            if ours != theirs {
                wrong.push(format!("{}: {tags:?}\n  {ours:?}\n  {theirs:?}", question.text));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn packages_are_found_as_go_list_finds_them() {
    if !go_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = fs::canonicalize(folder.path()).expect("a folder").join("m");
    let platform =
        Platform { system: "linux", architecture: "amd64", cgo: false, release: 26, others: &[] };
    for (name, text) in [
        ("go.mod", "module example.com/m\n\ngo 1.26\n\nignore (\n\t./skip\n\tany\n)\n"),
        ("x.go", "package m\n"),
        ("a/x.go", "package a\n"),
        ("a/b/x_windows.go", "package b\n"),
        ("a/c/x.go", "//go:build js\n\npackage c\n"),
        ("a/d/x.go", "//go:build !js\n\npackage d\n"),
        ("a/e/x.go", "package e\nimport \"C\"\n"),
        ("a/f/x_test.go", "package f\n"),
        ("a/g/x.go", "package documentation\n"),
        ("a/h/x.go", "package h\nimport x\n"),
        ("a/i/x.txt", ""),
        ("a/j/_x.go", "package j\n"),
        ("ab/x.go", "package ab\n"),
        ("_a/x.go", "package a\n"),
        (".a/x.go", "package a\n"),
        ("testdata/x.go", "package testdata\n"),
        ("k/vendor/x.go", "package vendor\n"),
        ("k/vendor/l/x.go", "package l\n"),
        ("skip/x.go", "package skip\n"),
        ("k/skip/x.go", "package skip\n"),
        ("k/any/x.go", "package any\n"),
        ("k/many/x.go", "package many\n"),
        ("inner/go.mod", "module example.com/inner\n"),
        ("inner/x.go", "package inner\n"),
    ] {
        let file = root.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("written");
    }
    std::os::unix::fs::symlink("a", root.join("link")).expect("a link");
    let (tags, ignored) = (Tags::of(platform), Ignored::new(["./skip", "any"]));
    let folders = Folders::new(Overlay::default(), Tags::of(platform), None);
    let list = |directory: &Path, pattern: &str, format: &str| -> Vec<String> {
        let mut list = go();
        list.args(["list", "-e", "-f", format, pattern]).current_dir(directory);
        list.envs([("GOOS", "linux"), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")]);
        let output = list.output().expect("go runs");
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
    };
    let mut found_some = 0;
    for pattern in
        ["m/...", "m/a...", "m/a/...", "m/.../b", "m/k/vendor...", "m/k/vendor/...", "x/..."]
    {
        let pattern = format!("example.com/{pattern}");
        let search = Search {
            at: &ModuleFolder::local(&root),
            prefix: "example.com/m",
            pattern: &pattern,
            ignored: &ignored,
            tags: &tags,
        };
        let ours = search.run(&folders, &mut HashSet::new(), 2);
        assert_eq!(ours.packages, list(&root, &pattern, "{{.ImportPath}}"), "{pattern}");
        found_some += ours.packages.len();
    }
    let absolute = format!("{}/a/...", root.display());
    for (directory, pattern) in [
        ("", "./..."),
        ("", "./a..."),
        ("", "./a/..."),
        ("a", "./..."),
        ("a", "../..."),
        ("a/d", "../../k/..."),
        ("k", "./vendor/..."),
        ("testdata", "./..."),
        ("_a", "../_a/..."),
        ("", &absolute),
    ] {
        let directory = root.join(directory);
        let search = FolderSearch {
            directory: &directory,
            pattern,
            module_root: &root,
            ignored: &ignored,
            tags: &tags,
        };
        let ours: Vec<String> = search
            .run(&Overlay::default())
            .expect("read")
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        assert_eq!(ours, list(&directory, pattern, "{{.Dir}}"), "{pattern} in {directory:?}");
        found_some += ours.len();
    }
    assert!(found_some > 40, "{found_some}");
}

#[test]
fn the_standard_library_is_that_of_go() {
    if !go_is_there() {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/standard-library.go");
    let output = go().arg("run").arg(script).output().expect("go runs");
    let theirs: BTreeSet<String> =
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect();
    let ours: BTreeSet<String> = standard_library::packages().map(str::to_owned).collect();
    assert!(!theirs.is_empty());
    let differences: Vec<&String> = ours.symmetric_difference(&theirs).collect();
    assert!(differences.is_empty(), "run {}: {differences:?}", "scripts/standard-library.go");
    let output = go().args(["list", "std", "cmd"]).output().expect("go runs");
    for package in String::from_utf8(output.stdout).expect("UTF-8").lines() {
        assert!(standard_library::contains(package), "{package}");
    }
}

fn shape(expression: &Expression) -> String {
    match expression {
        Expression::Tag(tag) => tag.clone(),
        Expression::Not(of) => format!("not({})", shape(of)),
        Expression::And(a, b) => format!("and({},{})", shape(a), shape(b)),
        Expression::Or(a, b) => format!("or({},{})", shape(a), shape(b)),
    }
}

#[test]
fn constraints_are_read_as_go_reads_them() {
    if !go_is_there() {
        return;
    }
    let tokens = prop::sample::select(vec![
        "a", "linux", "go1.2", "é_٣", "²", "!", "!", "(", "(", ")", ")", "&&", "||", "&&", "||",
        "&", "|", " ", "\t", ",", "!!", "-", "\u{a0}", "x.y", "\u{fffd}", "1",
    ]);
    let any_text = prop::collection::vec(tokens, 0..14).prop_map(|tokens| tokens.concat());
    let leaf = prop::sample::select(vec!["a", "b.c", "_1", "unix"]).prop_map(str::to_owned);
    let well_formed = leaf.prop_recursive(6, 40, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|x| format!("!({x})")),
            inner.clone().prop_map(|x| format!("( {x})")),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("{x} && {y}")),
            (inner.clone(), inner).prop_map(|(x, y)| format!("{x}||{y}")),
        ]
    });
    let mut texts = some(3000, prop_oneof![any_text, well_formed]);
    for count in [100, 101, 102, 999, 1000, 1001] {
        texts.push(vec!["a"; count].join("||"));
        texts.push(vec!["a"; count].join(" "));
        texts.push(vec!["a"; count].join(","));
        texts.push(format!("{}a{}", "(".repeat(count), ")".repeat(count)));
        texts.push(format!("{}a{}", "!(".repeat(count), ")".repeat(count)));
        texts.push("(".repeat(count));
    }
    let prefixes = ["//go:build ", "// +build "];
    let questions: Vec<Question> = texts
        .iter()
        .flat_map(|text| prefixes.map(|prefix| format!("{prefix}{text}")))
        .map(|text| Question { kind: "line", text, ..Question::default() })
        .collect();
    let mut wrong = Vec::new();
    for (question, theirs) in questions.iter().zip(answers_of_go(&questions)) {
        let ours = match question.text.strip_prefix(prefixes[0]) {
            Some(text) => match Expression::parse(text.trim()) {
                Ok(expression) => (shape(&expression), String::new(), 0),
                Err(error) => (String::new(), error.reason, error.offset),
            },
            None => match Expression::parse_plus_build(question.text[prefixes[1].len()..].trim()) {
                Some(expression) => (shape(&expression), String::new(), 0),
                None => {
                    let text = "expression too complex for // +build lines";
                    (String::new(), text.to_owned(), 0)
                }
            },
        };
        let theirs = (theirs.shape, theirs.error, theirs.offset);
        if ours != theirs {
            wrong.push(format!("{:?}\n  {ours:?}\n  {theirs:?}", question.text));
        }
    }
    assert_none(wrong);
    let twice = b"//go:build a\n\n//go:build b\n\npackage p\n";
    assert_eq!(Constraint::read(twice), Err(InvalidConstraint::Multiple));
}

#[test]
fn patterns_match_as_in_go() {
    if !go_is_there() {
        return;
    }
    let parts = |parts: &[&'static str]| {
        let part = prop::sample::select(parts.to_vec());
        prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    };
    let any_pattern =
        parts(&["a", "b", "/", "/", "...", "...", "/...", "vendor", "/vendor", ".", "é", "\0"]);
    let any_path = parts(&["a", "b", "/", "/", "vendor", "/vendor", "/vendor/", ".", "é", "\n"]);
    let questions: Vec<Question> = some(8000, (any_pattern, any_path))
        .into_iter()
        .map(|(text, name)| Question { kind: "pattern", text, name, ..Question::default() })
        .collect();
    let mut wrong = Vec::new();
    for (Question { text, name, .. }, theirs) in questions.iter().zip(answers_of_go(&questions)) {
        let ours = (pattern::matches(text, name), pattern::can_match_below(text, name));
        if ours != (theirs.matches, theirs.can_match_below) {
            wrong.push(format!("{text:?} {name:?}: {ours:?}"));
        }
    }
    assert_none(wrong);
}
