//! The house rules: which room may use which, and what no room may name.
//!
//! The rooms are layers (see `src/lib.rs`). A room may use those below it, the plain
//! types of config and ui, and nothing above. What a room may not touch at all (disk,
//! network, terminal, environment) is in [`BANS`]. Code under `#[cfg(test)]` is free.
//!
//! The checker reads tokens, not types: it sees `use` trees, paths in code, names that
//! a `use` brought in, and macros. That is enough to stop a slip; it is no sandbox.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// The rooms with a place in the order. config and ui stand beside it.
const LAYERS: [(&str, u8); 7] = [
    ("spec", 0),
    ("verify", 1),
    ("store", 2),
    ("fetch", 3),
    ("resolve", 4),
    ("commands", 5),
    ("cli", 6),
];

/// What stands beside the layers: config and ui use spec and verify; `main` only starts.
const BESIDE: [(&str, &[&str]); 4] = [
    ("config", &["spec", "verify"]),
    ("ui", &["spec", "verify", "config"]),
    ("main", &["cli", "config", "ui"]),
    ("lib", &["spec", "verify", "store", "fetch", "resolve", "commands", "cli", "config", "ui"]),
];

/// A name that some rooms may not use.
struct Ban {
    names: &'static [&'static str],
    rooms: &'static [&'static str],
    instead: &'static str,
}

const BANS: [Ban; 9] = [
    Ban {
        names: &["std::fs", "tokio::fs", "rustix", "tempfile"],
        rooms: &["spec", "verify"],
        instead: "take bytes or text as an argument; store reads and writes files",
    },
    Ban {
        names: &["std::process", "tokio::process"],
        rooms: &["spec", "verify"],
        instead: "return a value or an error; fetch runs programs",
    },
    Ban {
        names: &["std::time", "tokio::time"],
        rooms: &["spec", "verify"],
        instead: "take the time as an argument; a pure function has no clock",
    },
    Ban {
        names: &["std::net", "tokio::net", "reqwest"],
        rooms: &["spec", "verify", "store"],
        instead: "take bytes as an argument or ask through a trait; fetch talks to the network",
    },
    Ban {
        names: &["anyhow"],
        rooms: &["spec", "verify", "store", "fetch", "resolve", "config", "ui"],
        instead: "return an error enum with fields (thiserror); callers match on it",
    },
    Ban {
        names: &["clap"],
        rooms: &["spec", "verify", "store", "fetch", "resolve", "commands"],
        instead: "take a plain options struct; cli turns flags into it",
    },
    Ban {
        names: &["indicatif", "anstream", "anstyle"],
        rooms: &["spec", "verify", "store", "fetch", "resolve"],
        instead: "report through the progress type; ui draws",
    },
    Ban {
        names: &[
            "print!",
            "println!",
            "eprint!",
            "eprintln!",
            "dbg!",
            "std::io::stdout",
            "std::io::stderr",
        ],
        rooms: &[
            "spec", "verify", "store", "fetch", "resolve", "commands", "cli", "config", "main",
            "lib",
        ],
        instead: "return what is to be said; ui is the only printer",
    },
    Ban {
        names: &["std::process::exit"],
        rooms: &[
            "spec", "verify", "store", "fetch", "resolve", "commands", "cli", "config", "ui", "lib",
        ],
        instead: "return an error; main alone ends the process",
    },
];

/// The environment, apart from [`BANS`]: main may look at the arguments.
const ENVIRONMENT: Ban = Ban {
    names: &["std::env"],
    rooms: &["spec", "verify", "store", "fetch", "resolve", "commands", "cli", "ui", "lib", "main"],
    instead: "read it from Config; config is the only reader of the environment",
};

/// The arguments of the program, which main hands to cli.
const ARGUMENTS: [&str; 2] = ["std::env::args", "std::env::args_os"];

#[test]
fn every_room_keeps_to_its_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = BTreeMap::new();
    for entry in WalkDir::new(root.join("src")) {
        let entry = entry.expect("src can be read");
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let name = entry.path().strip_prefix(root).expect("below the root");
            let text = fs::read_to_string(entry.path()).expect("a source is UTF-8");
            sources.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    assert!(sources.contains_key("src/lib.rs"), "no sources found: {:?}", sources.keys());
    let found = check(&sources);
    assert!(found.is_empty(), "house rules:\n  {}\n", found.join("\n  "));
}

/// What breaks a rule in these sources (by path from the root), a line each.
fn check(sources: &BTreeMap<String, String>) -> Vec<String> {
    let files: Vec<File> = sources.iter().map(|(name, text)| File::read(name, text)).collect();
    let tests: BTreeSet<&String> = files.iter().flat_map(|file| &file.test_files).collect();
    let is_test = |name: &str| {
        tests.iter().any(|test| {
            let stem = test.trim_end_matches(".rs");
            name == test.as_str() || name.starts_with(&format!("{stem}/"))
        })
    };
    files.iter().filter(|file| !is_test(&file.name)).flat_map(File::broken_rules).collect()
}

/// What the checker knows of a source file.
struct File {
    name: String,
    /// The first folder or file below src.
    room: String,
    /// Full paths that the code names, and the line of each.
    named: BTreeSet<(usize, Vec<String>)>,
    /// Files of modules declared under `#[cfg(test)]`.
    test_files: Vec<String>,
}

impl File {
    fn read(name: &str, text: &str) -> Self {
        let inside = name.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
        let room = module[0].clone();
        if module.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
            module.pop();
        }
        let (tokens, test_modules) = without_tests(tokenize(text));
        let folder =
            ["src".to_owned()].iter().chain(&module).cloned().collect::<Vec<_>>().join("/");
        let test_files = test_modules.iter().map(|test| format!("{folder}/{test}.rs")).collect();
        Self { name: name.to_owned(), named: paths(&tokens, &module), room, test_files }
    }

    fn broken_rules(&self) -> Vec<String> {
        let Self { name, room, named, .. } = self;
        let is_room = |name: &str| level(name).is_some() || beside(name).is_some();
        if !is_room(room) {
            return vec![format!(
                "{name}: {room} is no room of the house; put it into one, or give it a place in \
                 the order of the layers here"
            )];
        }
        let mut broken = BTreeSet::new();
        for (line, path) in named {
            let at = format!("{name}:{line}: {room} may not use");
            if let [root, target, ..] = &path[..]
                && (root == "crate" || (room == "main" && root == "gomod"))
                && is_room(target)
                && !may_use(room, target)
            {
                broken.insert(format!(
                    "{at} {target}: move the shared part down to a room that both may use, or \
                     pass it in from above"
                ));
            }
            for ban in BANS.iter().chain([&ENVIRONMENT]) {
                let banned = ban.names.iter().find(|banned| names(path, banned));
                if let Some(banned) = banned
                    && ban.rooms.contains(&room.as_str())
                    && !(room == "main" && ARGUMENTS.contains(&path.join("::").as_str()))
                {
                    broken.insert(format!("{at} {banned}: {}", ban.instead));
                }
            }
        }
        broken.into_iter().collect()
    }
}

fn level(room: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == room).map(|(_, level)| *level)
}

fn beside(room: &str) -> Option<&'static [&'static str]> {
    BESIDE.iter().find(|(name, _)| *name == room).map(|(_, uses)| *uses)
}

fn may_use(room: &str, target: &str) -> bool {
    if room == target {
        return true;
    }
    match (level(room), level(target)) {
        (Some(own), Some(other)) => other < own,
        (Some(_), None) => matches!(target, "config" | "ui"),
        (None, _) => beside(room).is_some_and(|uses| uses.contains(&target)),
    }
}

/// Whether a path names `banned` or something in it, be it through a glob.
fn names(path: &[String], banned: &str) -> bool {
    let mut banned = banned.split("::");
    for segment in path {
        match banned.next() {
            Some(wanted) if wanted == segment => {}
            Some(_) => return segment == "*",
            None => return true,
        }
    }
    banned.next().is_none()
}

/// A word, a lifetime or a symbol (`::` or one character), and its line.
type Token = (String, usize);

/// The tokens of a source; comments are gone, and what literals hold.
fn tokenize(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let is_word = |character: char| character == '_' || character.is_alphanumeric();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < characters.len() {
        let start = index;
        match (at(index), at(index + 1)) {
            ('/', '/') => {
                while index < characters.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= characters.len() {
                        break;
                    }
                }
            }
            ('"', _) => {
                index += 1;
                while index < characters.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
            }
            ('\'', next) => {
                if next == '\\' {
                    index += 3;
                    while index < characters.len() && at(index) != '\'' {
                        index += 1;
                    }
                    index += 1;
                } else if at(index + 2) == '\'' {
                    index += 3;
                } else {
                    index += 1;
                    while is_word(at(index)) {
                        index += 1;
                    }
                }
            }
            (':', ':') => {
                index += 2;
                tokens.push(("::".to_owned(), line));
            }
            (first, _) if is_word(first) => {
                while is_word(at(index)) {
                    index += 1;
                }
                let word: String = characters[start..index].iter().collect();
                let hashes = characters[index..].iter().take_while(|&&c| c == '#').count();
                if ["r", "br", "cr"].contains(&word.as_str()) && at(index + hashes) == '"' {
                    let end: Vec<char> =
                        std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    index += hashes + 1;
                    while index < characters.len() && !characters[index..].starts_with(&end) {
                        index += 1;
                    }
                    index += end.len();
                } else {
                    tokens.push((word, line));
                }
            }
            (first, _) => {
                index += 1;
                if !first.is_whitespace() {
                    tokens.push((first.to_string(), line));
                }
            }
        }
        index = index.min(characters.len());
        line += characters[start..index].iter().filter(|&&character| character == '\n').count();
    }
    tokens
}

/// The tokens that are compiled into the program, and the names of the modules in
/// other files that are not.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let spells = |index: usize, words: &[&str]| {
        words
            .iter()
            .enumerate()
            .all(|(offset, word)| tokens.get(index + offset).is_some_and(|(text, _)| text == word))
    };
    if (0..tokens.len()).any(|index| spells(index, &["#", "!", "[", "cfg", "(", "test", ")", "]"]))
    {
        return (Vec::new(), Vec::new());
    }
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut index = 0;
    while index < tokens.len() {
        if !spells(index, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            kept.push(tokens[index].clone());
            index += 1;
            continue;
        }
        // The item ends with a semicolon, or with the brace that closes its body; the
        // braces of a `use` are no body.
        index += 7;
        let (mut depth, mut is_use, start) = (0, false, index);
        while let Some((text, _)) = tokens.get(index) {
            match text.as_str() {
                "mod" if spells(index + 2, &[";"]) => modules.push(tokens[index + 1].0.clone()),
                "use" if depth == 0 => is_use = true,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            index += 1;
            // An attribute between is closed by a bracket, so it ends nothing.
            if index > start && depth == 0 && (text == ";" || (text == "}" && !is_use)) {
                break;
            }
        }
    }
    (kept, modules)
}

/// Every path that the tokens name, in full as far as the file itself tells.
fn paths(tokens: &[Token], file_module: &[String]) -> BTreeSet<(usize, Vec<String>)> {
    let text = |index: usize| tokens.get(index).map_or("", |(text, _)| text.as_str());
    let is_word = |index: usize| text(index).starts_with(|c: char| c == '_' || c.is_alphabetic());
    let mut found = Vec::new();
    let mut imported: HashMap<String, Vec<String>> = HashMap::new();
    // The modules written inline around the current token, and the depth of their braces.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut index) = (0, 0);
    while index < tokens.len() {
        let module: Vec<String> =
            file_module.iter().chain(inline.iter().map(|(name, _)| name)).cloned().collect();
        match text(index) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.pop_if(|(_, opened)| *opened > depth);
            }
            "mod" if text(index + 2) == "{" => {
                inline.push((text(index + 1).to_owned(), depth + 1));
            }
            "use" => {
                let mut leaves = Vec::new();
                index = use_tree(tokens, index + 1, &[], &mut leaves);
                for (line, path, alias) in leaves {
                    let path = in_full(path, &module);
                    imported.insert(alias, path.clone());
                    found.push((line, path));
                }
                continue;
            }
            _ if is_word(index) => {
                let line = tokens[index].1;
                let mut path = vec![text(index).to_owned()];
                while text(index + 1) == "::" && is_word(index + 2) {
                    index += 2;
                    path.push(text(index).to_owned());
                }
                if text(index + 1) == "!" && text(index + 2) != "=" {
                    found.push((line, vec![format!("{}!", text(index))]));
                } else if path.len() > 1 {
                    found.push((line, in_full(path, &module)));
                }
            }
            _ => {}
        }
        index += 1;
    }
    let expand = |(line, path): (usize, Vec<String>)| match imported.get(&path[0]) {
        Some(full) if path.len() > 1 && path[0] != full[0] => {
            (line, full.iter().chain(&path[1..]).cloned().collect())
        }
        _ => (line, path),
    };
    found.into_iter().map(expand).collect()
}

/// Reads a use tree from `index`; returns where it ends. Each leaf has its line, its
/// path and the name that it brings in.
fn use_tree(
    tokens: &[Token],
    mut index: usize,
    prefix: &[String],
    leaves: &mut Vec<(usize, Vec<String>, String)>,
) -> usize {
    let mut path = prefix.to_vec();
    while let Some((text, line)) = tokens.get(index) {
        match text.as_str() {
            "::" => {}
            "{" => {
                index += 1;
                while tokens.get(index).is_some_and(|(text, _)| text != "}") {
                    index = use_tree(tokens, index, &path, leaves);
                    if tokens.get(index).is_some_and(|(text, _)| text == ",") {
                        index += 1;
                    }
                }
                return index + 1;
            }
            "," | "}" | ";" => return index,
            word => {
                // `a::{self}` is `a`.
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                let next =
                    |offset: usize| tokens.get(index + offset).map(|(text, _)| text.as_str());
                match next(1) {
                    Some("::") => {}
                    Some("as") => {
                        let alias = next(2).unwrap_or_default().to_owned();
                        leaves.push((*line, path, alias));
                        return index + 3;
                    }
                    _ => {
                        let alias = path.last().cloned().unwrap_or_default();
                        leaves.push((*line, path, alias));
                        return index + 1;
                    }
                }
            }
        }
        index += 1;
    }
    index
}

/// Replaces `self` and `super` at the start of a path by the module's own.
fn in_full(path: Vec<String>, module: &[String]) -> Vec<String> {
    let supers = path.iter().take_while(|segment| *segment == "super").count();
    let own = usize::from(path[0] == "self");
    if supers + own == 0 {
        return path;
    }
    let outer = &module[..module.len().saturating_sub(supers)];
    let root = ["crate".to_owned()];
    root.iter().chain(outer).chain(&path[supers + own..]).cloned().collect()
}

/// What the checker says of one made-up file.
fn said(name: &str, text: &str) -> String {
    check(&BTreeMap::from([(name.to_owned(), text.to_owned())])).join("\n")
}

#[test]
fn finds_edges_that_go_up() {
    for (name, text) in [
        ("src/spec/path.rs", "use crate::verify::note;"),
        ("src/verify/mod.rs", "use crate::{spec, store};"),
        ("src/store/zip.rs", "fn f() { crate::fetch::get() }"),
        ("src/store/zip.rs", "use super::super::fetch::get;"),
        ("src/store/mod.rs", "use super::fetch;"),
        ("src/store/zip.rs", "mod inner { use super::super::super::fetch; }"),
        ("src/fetch/mod.rs", "use crate::{spec::{path, version as v}, resolve::{self, Graph}};"),
        ("src/resolve/mod.rs", "type T = Vec<crate::commands::Options>;"),
        ("src/commands/tidy.rs", "use crate::cli::report;"),
        ("src/config.rs", "use crate::store::Layout;"),
        ("src/ui.rs", "use crate::fetch::Progress;"),
        ("src/main.rs", "use gomod::fetch;"),
    ] {
        let said = said(name, text);
        assert_eq!(said.lines().count(), 1, "{name}: {text}\n{said}");
        assert!(said.contains(" may not use ") && said.contains(": move "), "{said}");
    }
}

#[test]
fn finds_banned_names() {
    for (name, text, banned) in [
        ("src/spec/sum.rs", "use std::fs;", "std::fs"),
        ("src/spec/sum.rs", "use std::{fmt, fs::File};", "std::fs"),
        ("src/spec/sum.rs", "use ::std::fs::File;", "std::fs"),
        ("src/spec/sum.rs", "use std::*;", "std::fs"),
        ("src/spec/sum.rs", "fn f() { let t = std::time::Instant::now(); }", "std::time"),
        ("src/verify/note.rs", "fn f() -> anyhow::Result<()> { Ok(()) }", "anyhow"),
        ("src/verify/note.rs", "fn f() {\n\n eprintln!(\"x\") }", "eprintln!"),
        ("src/verify/note.rs", "fn f() { std::println!(\"x\") }", "println!"),
        ("src/store/mod.rs", "use reqwest::Client;", "reqwest"),
        ("src/store/mod.rs", "use tokio::{net, sync};", "tokio::net"),
        ("src/fetch/http.rs", "use indicatif::ProgressBar;", "indicatif"),
        ("src/fetch/http.rs", "use std::env as e;", "std::env"),
        ("src/resolve/mod.rs", "#[derive(clap::Args)] struct S;", "clap"),
        (
            "src/commands/get.rs",
            "use std::process; fn f() { process::exit(1) }",
            "std::process::exit",
        ),
        ("src/cli/mod.rs", "use std::io; fn f() { io::stdout(); }", "std::io::stdout"),
        ("src/main.rs", "fn main() { std::env::var(\"X\"); }", "std::env"),
    ] {
        let said = said(name, text);
        let line = said.lines().find(|line| line.contains(&format!("may not use {banned}: ")));
        assert!(line.is_some(), "{name}: {text}\n{said}");
    }
    assert!(said("src/spec/sum.rs", "\n\nuse std::fs;").starts_with("src/spec/sum.rs:3: "));
}

#[test]
fn lets_the_rest_pass() {
    for (name, text) in [
        ("src/verify/mod.rs", "use crate::spec::path; use crate::config::Config;"),
        ("src/store/zip.rs", "use super::layout; use self::a::B; use std::{fs, time};"),
        ("src/store/zip.rs", "mod inner { use super::super::layout; }"),
        (
            "src/spec/path.rs",
            "// use std::fs;\n/* std::env /* crate::store */ std::fs */ const A: &str = \"std::fs::read\";",
        ),
        (
            "src/spec/path.rs",
            "const A: &str = r#\"\" crate::store::x \"#; const B: char = '\"'; fn f<'a>(x: &'a str) {}",
        ),
        ("src/spec/path.rs", "use std::fmt; fn f(print: bool) -> bool { print != true }"),
        ("src/spec/path.rs", "mod fs { pub fn read() {} } fn f() { fs::read() }"),
        ("src/main.rs", "fn main() { let a = std::env::args_os(); gomod::cli::run(a) }"),
        ("src/config.rs", "use std::env;"),
        ("src/ui.rs", "fn f() { println!(\"x\") }"),
        ("src/lib.rs", "pub mod spec; pub use crate::spec::path;"),
    ] {
        assert_eq!(said(name, text), "", "{name}: {text}");
    }
}

#[test]
fn leaves_test_code_alone_and_nothing_else() {
    let fs = "src/spec/path.rs:2: spec may not use std::fs";
    for text in [
        "#[cfg(test)]\nmod tests { use std::fs; fn f() { crate::store::x() } }\n",
        "#[cfg(test)] use std::{fs, env};",
        "#[cfg(test)] #[allow(x)] fn f(a: [u8; 2]) { std::fs::read(\"\"); }",
        "#![cfg(test)]\nuse std::fs;",
    ] {
        assert_eq!(said("src/spec/path.rs", text), "", "{text}");
        if !text.starts_with("#!") {
            let and_more = format!("{}\nuse std::fs;", text.replace('\n', " "));
            assert!(said("src/spec/path.rs", &and_more).starts_with(fs), "{and_more}");
        }
    }
    assert_ne!(said("src/spec/path.rs", "#[cfg(unix)] use std::fs;"), "");
    assert_ne!(said("src/spec/path.rs", "#[cfg(not(test))] use std::fs;"), "");

    let with_file = |declared: &str| {
        check(&BTreeMap::from([
            ("src/spec/path.rs".to_owned(), declared.to_owned()),
            ("src/spec/path/tests.rs".to_owned(), "use std::fs;".to_owned()),
        ]))
    };
    assert!(with_file("#[cfg(test)] mod tests;").is_empty());
    assert_eq!(with_file("mod tests;").len(), 1);
}

#[test]
fn knows_every_room() {
    assert!(said("src/utils/mod.rs", "").contains("utils is no room of the house"));
    assert!(said("src/helpers.rs", "").contains("helpers is no room of the house"));
}
