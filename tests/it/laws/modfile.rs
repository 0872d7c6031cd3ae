//! go.mod files: what is read is what was written, printing changes nothing, and an edit
//! leaves alone what it is not about.
//!
//! The generator writes a file from directives that it knows, in any layout: lines and
//! blocks, comments everywhere, quotes, odd spacing, carriage returns. Each comment has a
//! number of its own, so that none can be lost or doubled unseen. Printed files are taken
//! apart by [`Layout`], line by line and without the library.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use gomod::spec::modfile::{ModFile, Mode, Require, VersionInterval, module_path};
use gomod::spec::{ModuleVersion, version};
use proptest::prelude::*;
use regex::Regex;

use super::{census, config, that_hold};

/// What one line of a file says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    Module(String),
    Go(String),
    Toolchain(String),
    Godebug(String, String),
    Require(String, String, bool),
    Exclude(String, String),
    /// The last two are the replacement; versions may be empty.
    Replace(String, String, String, String),
    Retract(String, String),
    Tool(String),
    Ignore(String),
}

impl fmt::Debug for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Says::Module(path) => write!(f, "module {path}"),
            Says::Go(version) => write!(f, "go {version}"),
            Says::Toolchain(name) => write!(f, "toolchain {name}"),
            Says::Godebug(key, value) => write!(f, "godebug {key}={value}"),
            Says::Require(path, version, false) => write!(f, "require {path} {version}"),
            Says::Require(path, version, true) => write!(f, "require {path} {version} // indirect"),
            Says::Exclude(path, version) => write!(f, "exclude {path} {version}"),
            Says::Replace(old, old_version, new, version) => {
                write!(f, "replace {old} {old_version} => {new} {version}")
            }
            Says::Retract(low, high) => write!(f, "retract [{low}, {high}]"),
            Says::Tool(path) => write!(f, "tool {path}"),
            Says::Ignore(path) => write!(f, "ignore {path}"),
        }
    }
}

impl Says {
    fn verb(&self) -> &'static str {
        match self {
            Says::Module(..) => "module",
            Says::Go(..) => "go",
            Says::Toolchain(..) => "toolchain",
            Says::Godebug(..) => "godebug",
            Says::Require(..) => "require",
            Says::Exclude(..) => "exclude",
            Says::Replace(..) => "replace",
            Says::Retract(..) => "retract",
            Says::Tool(..) => "tool",
            Says::Ignore(..) => "ignore",
        }
    }

    /// The arguments as they may be written; those that start with `"` could be bare.
    fn arguments(&self) -> Vec<String> {
        let text = |text: &str| format!("\"{text}\"");
        let version = |version: &str| if version.is_empty() { vec![] } else { vec![text(version)] };
        let bare = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match self {
            Says::Module(path) | Says::Tool(path) | Says::Ignore(path) => vec![text(path)],
            Says::Go(word) | Says::Toolchain(word) => bare(&[word]),
            Says::Godebug(key, value) => bare(&[&format!("{key}={value}")]),
            Says::Require(path, version, _) | Says::Exclude(path, version) => {
                vec![text(path), text(version)]
            }
            Says::Replace(old, old_version, new, new_version) => [
                vec![text(old)],
                version(old_version),
                bare(&["=>"]),
                vec![text(new)],
                version(new_version),
            ]
            .concat(),
            Says::Retract(low, high) if low == high => bare(&[low]),
            Says::Retract(low, high) => bare(&["[", low, ",", high, "]"]),
        }
    }
}

/// Everything that a file says, in the order of its lists.
fn all_of(file: &ModFile) -> Vec<Says> {
    let text = |text: &str| text.to_owned();
    let mut all = Vec::new();
    all.extend(file.module().map(|module| Says::Module(module.path.to_string())));
    all.extend(file.go().map(|version| Says::Go(text(version))));
    all.extend(file.toolchain().map(|name| Says::Toolchain(text(name))));
    all.extend(file.godebug().iter().map(|g| Says::Godebug(g.key.clone(), g.value.clone())));
    let require = file.require().iter();
    all.extend(
        require.map(|r| Says::Require(text(&r.module.path), text(&r.module.version), r.indirect)),
    );
    all.extend(file.exclude().iter().map(|e| Says::Exclude(text(&e.path), text(&e.version))));
    all.extend(file.replace().iter().map(|r| {
        Says::Replace(
            text(&r.old.path),
            text(&r.old.version),
            text(&r.new.path),
            text(&r.new.version),
        )
    }));
    let retract = file.retract().iter();
    all.extend(retract.map(|r| Says::Retract(text(&r.interval.low), text(&r.interval.high))));
    all.extend(file.tool().iter().map(|tool| Says::Tool(text(tool))));
    all.extend(file.ignore().iter().map(|ignore| Says::Ignore(text(ignore))));
    all
}

fn sorted(mut all: Vec<Says>) -> Vec<Says> {
    all.sort();
    all
}

/// The comments that belong to directives: rationales and the deprecation.
fn comments_of(file: &ModFile) -> Vec<String> {
    let rationales = file.retract().iter().map(|retract| retract.rationale.clone());
    rationales.chain(file.module().map(|module| module.deprecated.clone())).collect()
}

/// Module paths with versions that may stand behind them.
const MODULES: [(&str, &[&str]); 6] = [
    ("a.b/x", &["v1.0.0", "v1.9.0", "v1.10.0", "v1.2.0-rc.1", "v2.0.0+incompatible"]),
    ("a.b/y", &["v0.0.0-20200101000000-aaaaaaaaaaaa", "v0.1.0", "v1.0.0", "v1.1.0"]),
    ("a.b/Upper_~-z", &["v1.0.0", "v1.0.1"]),
    ("a.b/w/v2", &["v2.0.0", "v2.1.0", "v2.10.0"]),
    ("gopkg.in/y.v3", &["v3.0.0", "v3.1.0"]),
    // Nobody has such a path, but a file may name it, in quotes.
    ("a.b/q p", &["v1.0.0", "v1.1.0"]),
];

fn module_version() -> impl Strategy<Value = (String, String)> {
    prop::sample::select(&MODULES[..]).prop_flat_map(|(path, versions)| {
        (Just(path.to_owned()), prop::sample::select(versions).prop_map(str::to_owned))
    })
}

fn any_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Of this module, versions that can be retracted.
fn own_version() -> impl Strategy<Value = String> + Clone {
    any_of(&["v1.0.0", "v1.9.0", "v1.10.0", "v1.1.0-rc.1", "v0.1.0"])
}

fn package() -> impl Strategy<Value = String> {
    any_of(&["a.b/x/cmd/x", "a.b/tool", "a.b/y", "golang.test/x/tools/cmd/stringer"])
}

fn folder() -> impl Strategy<Value = String> {
    any_of(&["./a", "./b/c", "node_modules", "static"])
}

fn setting() -> impl Strategy<Value = (String, String)> {
    (any_of(&["default", "panicnil", "http2client"]), any_of(&["go1.21", "1", "0"]))
}

fn replacement() -> impl Strategy<Value = (ModuleVersion, ModuleVersion)> {
    let new = prop_oneof![
        any_of(&["./local", "../x", "/abs/y", "./a b"]).prop_map(|path| (path, String::new())),
        module_version(),
    ];
    (module_version(), any::<bool>(), new).prop_map(|((path, version), any_version, new)| {
        let version = if any_version { "" } else { &*version };
        (ModuleVersion::new(&path, version), ModuleVersion::new(&new.0, &new.1))
    })
}

const BLOCK_VERBS: [&str; 7] =
    ["require", "exclude", "replace", "retract", "tool", "ignore", "godebug"];

/// A directive of a verb that may have many lines.
fn directive(verb: &'static str) -> BoxedStrategy<Says> {
    match verb {
        "require" => module_version().prop_map(|(path, v)| Says::Require(path, v, false)).boxed(),
        "exclude" => module_version().prop_map(|(path, v)| Says::Exclude(path, v)).boxed(),
        "replace" => replacement().prop_map(|(old, new)| replaces(&old, &new)).boxed(),
        "retract" => (own_version(), own_version(), any::<bool>())
            .prop_map(|(low, high, one)| Says::Retract(low.clone(), if one { low } else { high }))
            .boxed(),
        "tool" => package().prop_map(Says::Tool).boxed(),
        "ignore" => folder().prop_map(Says::Ignore).boxed(),
        _ => setting().prop_map(|(key, value)| Says::Godebug(key, value)).boxed(),
    }
}

fn replaces(old: &ModuleVersion, new: &ModuleVersion) -> Says {
    let text = |text: &str| text.to_owned();
    Says::Replace(text(&old.path), text(&old.version), text(&new.path), text(&new.version))
}

/// How a line is laid out.
#[derive(Clone, Debug)]
struct Style {
    above: &'static str,
    gap: &'static str,
    /// The gap beside punctuation, where none is needed.
    narrow: &'static str,
    quoted: bool,
    /// Whether the version is written in the shortest form that means it.
    short: bool,
    beside: &'static str,
}

/// Comments have `#` for their number.
const ABOVE: [&str; 9] = [
    "",
    "",
    "",
    "\n",
    "// #\n",
    "// #\n\n",
    "\n \t\n// #\n",
    "//#\n\t// #  \n",
    "// Deprecated: #\n",
];
const BESIDE: [&str; 6] = ["", "", "", " // #", "//#", "\t// # \t"];

fn style() -> impl Strategy<Value = Style> {
    let select = |words: &'static [&'static str]| prop::sample::select(words);
    let indirect = select(&[" // indirect", "//indirect", " // indirect; #"]);
    let beside = prop_oneof![3 => select(&BESIDE), 1 => indirect];
    let gaps = (select(&[" ", "\t", "   ", " \t"]), select(&["", " "]));
    (select(&ABOVE), gaps, any::<bool>(), any::<bool>(), beside).prop_map(
        |(above, (gap, narrow), quoted, short, beside)| Style {
            above,
            gap,
            narrow,
            quoted,
            short,
            beside,
        },
    )
}

/// The text of a line, with or without its verb; what it says depends on the comment, too.
fn line(says: &mut Says, style: &Style, with_verb: bool) -> String {
    if let Says::Require(_, _, indirect) = says {
        *indirect = style.beside.contains("indirect");
    }
    let mut text = style.above.to_owned();
    text.push_str(if with_verb { says.verb() } else { style.gap });
    let mut gap = if with_verb { style.gap } else { "" };
    let narrow = ["[", "]", ","];
    for argument in says.arguments() {
        let bare = argument.trim_matches('"');
        if narrow.contains(&&*argument) && argument != "[" {
            gap = style.narrow;
        }
        text.push_str(gap);
        let keeps_quotes = argument.starts_with('"') && (style.quoted || bare.contains(' '));
        match shortened(bare).filter(|_| style.short && argument.starts_with('"')) {
            Some(short) => text.push_str(short),
            None if keeps_quotes => text.push_str(&argument),
            None => text.push_str(bare),
        }
        gap = if narrow.contains(&&*argument) { style.narrow } else { style.gap };
    }
    text + style.beside + "\n"
}

/// A version that is read as the given one.
fn shortened(version: &str) -> Option<&str> {
    match version {
        "v1.0.0" => Some("v1"),
        "v2.10.0" => Some("v2.10"),
        "v1.1.0" => Some("v1.1.0+meta"),
        _ => None,
    }
}

/// A piece of a file and what it says.
type Statement = (String, Vec<Says>);

fn single(says: impl Strategy<Value = Says>) -> impl Strategy<Value = Statement> {
    (says, style()).prop_map(|(mut says, style)| (line(&mut says, &style, true), vec![says]))
}

fn block(verb: &'static str, least: usize) -> impl Strategy<Value = Statement> {
    let comments = |words: &'static [&'static str]| prop::sample::select(words);
    let lines = prop::collection::vec((directive(verb), style()), least..5);
    (comments(&ABOVE), comments(&BESIDE), lines, comments(&ABOVE), comments(&BESIDE)).prop_map(
        move |(above, opening, mut lines, last, closing)| {
            let mut text = format!("{above}{verb} ({opening}\n");
            for (says, style) in &mut lines {
                text.push_str(&line(says, style, false));
            }
            if lines.is_empty() && opening.is_empty() && last.is_empty() {
                text.pop();
            }
            text.push_str(&format!("{last}){closing}\n"));
            (text, lines.into_iter().map(|(says, _)| says).collect())
        },
    )
}

fn statement() -> impl Strategy<Value = Statement> {
    // Requirements are what most edits are about.
    let verb = prop_oneof![2 => prop::sample::select(&BLOCK_VERBS[..]), 3 => Just("require")];
    verb.prop_flat_map(|verb| {
        prop_oneof![
            2 => single(directive(verb)).boxed(),
            1 => block(verb, 0).boxed(),
            2 => block(verb, 2).boxed(),
        ]
    })
}

/// A file and what it says.
#[derive(Clone)]
struct Written {
    text: String,
    says: Vec<Says>,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n--\n{}\n--\n", self.text.replace('\r', "<CR>"))
    }
}

fn written(
    more: impl Strategy<Value = Vec<Statement>>,
    go: &'static [&'static str],
) -> impl Strategy<Value = Written> {
    let maybe = |statement: BoxedStrategy<Statement>| prop::collection::vec(statement, 0..2);
    let module = prop_oneof![
        4 => single(any_of(&["a.b/m", "a.b/m/v0x", "a.b/m m"]).prop_map(Says::Module)),
        1 => (style(), prop::sample::select(&ABOVE[..])).prop_map(|(style, above)| {
            let mut says = Says::Module("a.b/m".to_owned());
            (format!("{above}module (\n{})\n", line(&mut says, &style, false)), vec![says])
        }),
    ];
    let go = single(any_of(go).prop_map(Says::Go));
    let toolchain = single(any_of(&["go1.21.0", "default"]).prop_map(Says::Toolchain));
    let singles = (maybe(module.boxed()), maybe(go.boxed()), maybe(toolchain.boxed()));
    let parts = (singles, prop::collection::vec(statement(), 0..6), more)
        .prop_map(|((module, go, toolchain), some, more)| {
            [module, go, toolchain, some, more].concat()
        })
        .prop_shuffle();
    let ends = prop::sample::select(vec!["", "\n\n", "// #", "\n// #\n"]);
    (parts, ends, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |(parts, end, cut, returns)| {
            let mut text: String = parts.iter().map(|(text, _)| text.as_str()).collect();
            text.push_str(end);
            if cut {
                text.truncate(text.trim_end_matches('\n').len());
            }
            let mut numbered = String::new();
            for (number, piece) in text.split('#').enumerate() {
                if number > 0 {
                    numbered.push_str(&format!("c{number}"));
                }
                numbered.push_str(piece);
            }
            if returns {
                numbered = numbered.replace('\n', "\r\n");
            }
            Written { text: numbered, says: parts.into_iter().flat_map(|(_, says)| says).collect() }
        },
    )
}

/// A main module's file.
fn main_file() -> impl Strategy<Value = Written> {
    written(Just(vec![]), &["1.20", "1.21", "1.21.3", "1.22rc1"])
}

/// A dependency's file: it may hold what only a later go knows.
fn dependency_file() -> impl Strategy<Value = Written> {
    let unknown = prop::sample::select(vec![
        "future x ( y\n",
        "future (\n\tz // #\n\n\t\"a b\" , c\n) // #\n",
        "require a.b/x (\n\tv1.0.0\n)\n",
        "// #\nfuture\n",
        "retract >v1.0.0\n",
        "toolchain future\nreplace x\n",
    ]);
    let unknown = unknown.prop_map(|text| (text.to_owned(), vec![]));
    written(prop::collection::vec(unknown, 0..3), &["1.21", "1.21.x", "v1.99.rc", "1.30.0-custom"])
}

fn parse(text: &[u8], mode: Mode) -> Result<ModFile, TestCaseError> {
    ModFile::parse("go.mod", text, mode, None).map_err(|error| {
        TestCaseError::fail(format!("{error}\nin\n{}", String::from_utf8_lossy(text)))
    })
}

/// A file in go's layout, line by line.
#[derive(Default)]
struct Layout {
    rows: Vec<Row>,
    blocks: Vec<Block>,
}

/// The comments on a block.
struct Block {
    above: BTreeSet<String>,
    /// Behind the opening and before and behind the closing parenthesis.
    at_parentheses: BTreeSet<String>,
}

/// A line with a directive.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    verb: String,
    /// Arguments and the comment beside them, as they are.
    rest: String,
    block: Option<usize>,
    /// The comments above and beside it.
    comments: BTreeSet<String>,
    /// The whole line, and its number from zero.
    line: String,
    number: usize,
}

impl Row {
    /// The arguments without quotes.
    fn words(&self) -> Vec<String> {
        static WORD: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#""[^"]*"|[\[\],]|[^\s\[\],]+"#).expect("well formed"));
        let arguments = self.rest.split("//").next().unwrap_or_default();
        WORD.find_iter(arguments).map(|word| word.as_str().trim_matches('"').to_owned()).collect()
    }

    fn text(&self) -> (&str, &str) {
        (&self.verb, &self.rest)
    }
}

fn numbers_of_comments(text: &str) -> BTreeSet<String> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new("c[0-9]+").expect("well formed"));
    let comments = text.lines().filter_map(|line| line.split_once("//"));
    comments
        .flat_map(|(_, comment)| NUMBER.find_iter(comment))
        .map(|n| n.as_str().to_owned())
        .collect()
}

impl Layout {
    fn of(text: &str) -> Self {
        let mut layout = Self::default();
        let mut above = BTreeSet::new();
        let mut verb_of_block: Option<String> = None;
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default().trim();
            let mut comments = numbers_of_comments(line);
            if code.is_empty() {
                above.append(&mut comments);
                // In a block a comment goes to what follows it, blank lines or not.
                if line.is_empty() && verb_of_block.is_none() {
                    above.clear();
                }
                continue;
            }
            if let Some(verb) = code.strip_suffix(" (") {
                verb_of_block = Some(verb.to_owned());
                let above = std::mem::take(&mut above);
                layout.blocks.push(Block { above, at_parentheses: comments });
                continue;
            }
            comments.append(&mut above);
            if code == ")" {
                verb_of_block = None;
                let block = layout.blocks.last_mut().expect("a block");
                block.at_parentheses.append(&mut comments);
            } else {
                let block = verb_of_block.as_ref().map(|_| layout.blocks.len() - 1);
                let (verb, rest) = match &verb_of_block {
                    Some(verb) => (verb.as_str(), line.trim_start()),
                    None => line.split_once(' ').unwrap_or((line, "")),
                };
                let (verb, rest) = (verb.to_owned(), rest.to_owned());
                layout.rows.push(Row {
                    verb,
                    rest,
                    block,
                    comments,
                    line: line.to_owned(),
                    number,
                });
            }
        }
        layout
    }
}

#[derive(Clone, Debug)]
enum Edit {
    SetModule(String),
    SetGo(&'static str),
    DropGo,
    SetToolchain(&'static str),
    DropToolchain,
    AddGodebug(String, String),
    DropGodebug(String),
    AddRequire(String, String),
    AddNewRequire(String, String, bool),
    DropRequire(String),
    AddExclude(String, String),
    DropExclude(String, String),
    AddReplace(ModuleVersion, ModuleVersion),
    DropReplace(ModuleVersion),
    AddRetract(String, String, &'static str),
    DropRetract(String, String),
    AddTool(String),
    DropTool(String),
    AddIgnore(String),
    DropIgnore(String),
    SetRequire(Vec<(String, String, bool)>),
    SetRequireSeparately(Vec<(String, String, bool)>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let requirements = || {
        prop::collection::vec((module_version(), any::<bool>()), 0..5).prop_map(|list| {
            list.into_iter().map(|((path, version), indirect)| (path, version, indirect)).collect()
        })
    };
    prop_oneof![
        1 => any_of(&["a.b/n", "a.b/n n"]).prop_map(Edit::SetModule),
        1 => prop::sample::select(vec!["1.20", "1.21", "1.23.4"]).prop_map(Edit::SetGo),
        1 => Just(Edit::DropGo),
        1 => prop::sample::select(vec!["go1.21.0", "go1.23.4"]).prop_map(Edit::SetToolchain),
        1 => Just(Edit::DropToolchain),
        1 => setting().prop_map(|(key, value)| Edit::AddGodebug(key, value)),
        1 => setting().prop_map(|(key, _)| Edit::DropGodebug(key)),
        3 => module_version().prop_map(|(path, version)| Edit::AddRequire(path, version)),
        1 => (module_version(), any::<bool>())
            .prop_map(|((path, version), indirect)| Edit::AddNewRequire(path, version, indirect)),
        3 => module_version().prop_map(|(path, _)| Edit::DropRequire(path)),
        1 => module_version().prop_map(|(path, version)| Edit::AddExclude(path, version)),
        1 => module_version().prop_map(|(path, version)| Edit::DropExclude(path, version)),
        2 => replacement().prop_map(|(old, new)| Edit::AddReplace(old, new)),
        2 => replacement().prop_map(|(old, _)| Edit::DropReplace(old)),
        1 => (own_version(), own_version(), prop::sample::select(vec!["", "because", "because\nof this"]))
            .prop_map(|(low, high, reason)| Edit::AddRetract(low, high, reason)),
        1 => (own_version(), own_version()).prop_map(|(low, high)| Edit::DropRetract(low, high)),
        1 => package().prop_map(Edit::AddTool),
        1 => package().prop_map(Edit::DropTool),
        1 => folder().prop_map(Edit::AddIgnore),
        1 => folder().prop_map(Edit::DropIgnore),
        2 => requirements().prop_map(Edit::SetRequire),
        2 => requirements().prop_map(Edit::SetRequireSeparately),
    ]
}

impl Edit {
    fn apply(&self, file: &mut ModFile) {
        let interval =
            |low: &str, high: &str| VersionInterval { low: low.into(), high: high.into() };
        let requirements = |list: &[(String, String, bool)]| -> Vec<Require> {
            let require = |(path, version, indirect): &(String, String, bool)| Require {
                module: ModuleVersion::new(path, version),
                indirect: *indirect,
            };
            list.iter().map(require).collect()
        };
        match self {
            Edit::SetModule(path) => file.add_module_stmt(path),
            Edit::SetGo(version) => file.add_go_stmt(version).expect("a Go version"),
            Edit::DropGo => file.drop_go_stmt(),
            Edit::SetToolchain(name) => file.add_toolchain_stmt(name).expect("a toolchain"),
            Edit::DropToolchain => file.drop_toolchain_stmt(),
            Edit::AddGodebug(key, value) => file.add_godebug(key, value),
            Edit::DropGodebug(key) => file.drop_godebug(key),
            Edit::AddRequire(path, version) => file.add_require(path, version),
            Edit::AddNewRequire(path, version, indirect) => {
                file.add_new_require(ModuleVersion::new(path, version), *indirect);
            }
            Edit::DropRequire(path) => file.drop_require(path),
            Edit::AddExclude(path, version) => {
                file.add_exclude(path, version).expect("a canonical version");
            }
            Edit::DropExclude(path, version) => file.drop_exclude(path, version),
            Edit::AddReplace(old, new) => file.add_replace(old, new),
            Edit::DropReplace(old) => file.drop_replace(old),
            Edit::AddRetract(low, high, reason) => {
                // The module's path may not go with these versions.
                let _ = file.add_retract(&interval(low, high), reason);
            }
            Edit::DropRetract(low, high) => file.drop_retract(&interval(low, high)),
            Edit::AddTool(path) => file.add_tool(path),
            Edit::DropTool(path) => file.drop_tool(path),
            Edit::AddIgnore(path) => file.add_ignore(path),
            Edit::DropIgnore(path) => file.drop_ignore(path),
            Edit::SetRequire(list) => file.set_require(&requirements(list)),
            Edit::SetRequireSeparately(list) => {
                file.set_require_separate_indirect(&requirements(list));
            }
        }
    }

    /// What a file says after the edit, by what it said before.
    fn effect(&self, mut all: Vec<Says>) -> Vec<Says> {
        /// Changes the first that is chosen and removes others, or adds it.
        fn set(all: &mut Vec<Says>, chosen: impl Fn(&Says) -> bool, says: Says) {
            let first = all.iter().position(&chosen);
            let mut at = 0;
            all.retain(|says| {
                at += 1;
                !chosen(says) || Some(at - 1) == first
            });
            match all.iter_mut().find(|says| chosen(says)) {
                Some(first) => *first = says,
                None => all.push(says),
            }
        }
        let clone = |text: &str| text.to_owned();
        match self {
            Edit::SetModule(path) => {
                set(&mut all, |says| says.verb() == "module", Says::Module(clone(path)));
            }
            Edit::SetGo(version) => set(&mut all, |s| s.verb() == "go", Says::Go(clone(version))),
            Edit::DropGo => all.retain(|says| says.verb() != "go"),
            Edit::SetToolchain(name) => {
                set(&mut all, |says| says.verb() == "toolchain", Says::Toolchain(clone(name)));
            }
            Edit::DropToolchain => all.retain(|says| says.verb() != "toolchain"),
            Edit::AddGodebug(key, value) => {
                let of_key = |says: &Says| matches!(says, Says::Godebug(k, _) if k == key);
                set(&mut all, of_key, Says::Godebug(key.clone(), value.clone()));
            }
            Edit::DropGodebug(key) => all.retain(|s| !matches!(s, Says::Godebug(k, _) if k == key)),
            Edit::AddRequire(path, version) => {
                let of_path = |says: &Says| matches!(says, Says::Require(p, ..) if p == path);
                let first = all.iter().find(|says| of_path(says));
                let indirect = matches!(first, Some(Says::Require(_, _, true)));
                set(&mut all, of_path, Says::Require(path.clone(), version.clone(), indirect));
            }
            Edit::AddNewRequire(path, version, indirect) => {
                all.push(Says::Require(path.clone(), version.clone(), *indirect));
            }
            Edit::DropRequire(path) => {
                all.retain(|says| !matches!(says, Says::Require(p, ..) if p == path));
            }
            Edit::AddExclude(path, version) => {
                let says = Says::Exclude(path.clone(), version.clone());
                if !all.contains(&says) {
                    all.push(says);
                }
            }
            Edit::DropExclude(path, version) => {
                all.retain(|says| *says != Says::Exclude(path.clone(), version.clone()));
            }
            Edit::AddReplace(old, new) => {
                let fits = |says: &Says| {
                    matches!(says, Says::Replace(path, version, ..) if **path == *old.path
                        && (old.version.is_empty() || **version == *old.version))
                };
                set(&mut all, fits, replaces(old, new));
            }
            Edit::DropReplace(old) => all.retain(|says| {
                !matches!(says, Says::Replace(path, version, ..)
                    if **path == *old.path && **version == *old.version)
            }),
            Edit::AddRetract(low, high, _) => {
                // Of all these modules' versions only those of the paths without a suffix.
                all.push(Says::Retract(low.clone(), high.clone()));
            }
            Edit::DropRetract(low, high) => {
                all.retain(|says| *says != Says::Retract(low.clone(), high.clone()));
            }
            Edit::AddTool(path) => {
                let says = Says::Tool(path.clone());
                if !all.contains(&says) {
                    all.push(says);
                }
            }
            Edit::DropTool(path) => all.retain(|says| *says != Says::Tool(path.clone())),
            Edit::AddIgnore(path) => {
                let says = Says::Ignore(path.clone());
                if !all.contains(&says) {
                    all.push(says);
                }
            }
            Edit::DropIgnore(path) => all.retain(|says| *says != Says::Ignore(path.clone())),
            Edit::SetRequire(list) | Edit::SetRequireSeparately(list) => {
                all.retain(|says| says.verb() != "require");
                // The last of a path counts.
                let by_path: BTreeMap<_, _> = list
                    .iter()
                    .map(|(path, version, indirect)| (path, (version, indirect)))
                    .collect();
                all.extend(by_path.into_iter().map(|(path, (version, indirect))| {
                    Says::Require(path.clone(), version.clone(), *indirect)
                }));
            }
        }
        all
    }

    /// Whether a line is of what the edit is about.
    fn is_about(&self, row: &Row) -> bool {
        let words = row.words();
        let first = |path: &str| words.first().is_some_and(|word| word == path);
        let setting = |key: &str| first_part(&words) == key;
        match self {
            Edit::SetModule(_) => row.verb == "module",
            Edit::SetGo(_) | Edit::DropGo => row.verb == "go",
            Edit::SetToolchain(_) | Edit::DropToolchain => row.verb == "toolchain",
            Edit::AddGodebug(key, _) | Edit::DropGodebug(key) => {
                row.verb == "godebug" && setting(key)
            }
            Edit::AddRequire(path, _) | Edit::AddNewRequire(path, ..) | Edit::DropRequire(path) => {
                row.verb == "require" && first(path)
            }
            Edit::AddExclude(path, version) | Edit::DropExclude(path, version) => {
                row.verb == "exclude" && words == [path.as_str(), version]
            }
            Edit::AddReplace(old, _) => row.verb == "replace" && first(&old.path),
            Edit::DropReplace(old) => {
                let version = words.get(1).map_or("", |word| if word == "=>" { "" } else { word });
                row.verb == "replace" && first(&old.path) && version == &*old.version
            }
            Edit::AddRetract(low, high, _) | Edit::DropRetract(low, high) => {
                let one = low == high && words == [low.as_str()];
                row.verb == "retract" && (one || words == ["[", low, ",", high, "]"])
            }
            Edit::AddTool(path) | Edit::DropTool(path) => row.verb == "tool" && first(path),
            Edit::AddIgnore(path) | Edit::DropIgnore(path) => row.verb == "ignore" && first(path),
            Edit::SetRequire(_) | Edit::SetRequireSeparately(_) => row.verb == "require",
        }
    }

    /// Whether one of the lines that the edit is about stays, changed or not.
    fn keeps(&self, at: usize, about: &[&Row]) -> bool {
        let words = about[at].words();
        // Sorting may have changed which of several lines for a path came first.
        let is_only_one = || about.iter().filter(|row| row.words()[0] == words[0]).count() == 1;
        match self {
            Edit::SetModule(_) | Edit::SetGo(_) | Edit::SetToolchain(_) => true,
            Edit::AddNewRequire(..) | Edit::AddExclude(..) | Edit::AddRetract(..) => true,
            Edit::AddTool(_) | Edit::AddIgnore(_) => true,
            Edit::AddGodebug(..) | Edit::AddRequire(..) => at == 0,
            Edit::AddReplace(old, _) => {
                let fits = |row: &Row| old.version.is_empty() || row.words()[1] == *old.version;
                !fits(about[at]) || !about[..at].iter().any(|row| fits(row))
            }
            Edit::SetRequire(list) | Edit::SetRequireSeparately(list) => {
                is_only_one() && list.iter().any(|(path, ..)| *path == words[0])
            }
            _ => false,
        }
    }

    /// Whether it sorts all blocks, where it changes anything.
    fn sorts(&self, before: &[Says]) -> bool {
        match self {
            Edit::AddTool(path) => !before.contains(&Says::Tool(path.clone())),
            Edit::AddIgnore(path) => !before.contains(&Says::Ignore(path.clone())),
            Edit::SetRequire(_) | Edit::SetRequireSeparately(_) => true,
            _ => false,
        }
    }

    /// The edit that takes back what this one adds.
    fn opposite(&self) -> Option<Edit> {
        Some(match self.clone() {
            Edit::SetGo(_) => Edit::DropGo,
            Edit::SetToolchain(_) => Edit::DropToolchain,
            Edit::AddGodebug(key, _) => Edit::DropGodebug(key),
            Edit::AddRequire(path, _) | Edit::AddNewRequire(path, ..) => Edit::DropRequire(path),
            Edit::AddExclude(path, version) => Edit::DropExclude(path, version),
            Edit::AddReplace(old, _) => Edit::DropReplace(old),
            Edit::AddRetract(low, high, _) => Edit::DropRetract(low, high),
            Edit::AddTool(path) => Edit::DropTool(path),
            Edit::AddIgnore(path) => Edit::DropIgnore(path),
            _ => return None,
        })
    }

    fn is_idempotent(&self) -> bool {
        use Edit::{AddNewRequire, AddRetract, SetRequireSeparately};
        // As in go: the first two add whatever there is, and the last makes blocks of lines,
        // from which it moves more the next time.
        !matches!(self, AddNewRequire(..) | AddRetract(..) | SetRequireSeparately(_))
    }
}

/// `key` of `key=value`.
fn first_part(words: &[String]) -> &str {
    words.first().and_then(|word| word.split('=').next()).unwrap_or_default()
}

fn finished(mut file: ModFile) -> String {
    file.cleanup();
    String::from_utf8(file.format()).expect("UTF-8")
}

/// A file, before and after an edit, both cleaned up, and sorted where the edit sorts.
struct Edited {
    /// Before the clean-up: a comment in a block of one line belongs to that line, even if
    /// once the parentheses are gone a blank line stands between.
    untidy: String,
    before: String,
    after: String,
    said_before: Vec<Says>,
}

fn edited(written: &Written, edit: &Edit) -> Result<Edited, TestCaseError> {
    let mut file = parse(written.text.as_bytes(), Mode::Strict)?;
    let mut changed = file.clone();
    edit.apply(&mut changed);
    if edit.sorts(&all_of(&file)) {
        file.sort_blocks();
    }
    let said_before = all_of(&file);
    let untidy = String::from_utf8(file.format()).expect("UTF-8");
    Ok(Edited { untidy, before: finished(file), after: finished(changed), said_before })
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn what_is_written_is_read(written in main_file()) {
        let file = parse(written.text.as_bytes(), Mode::Strict)?;
        prop_assert_eq!(sorted(all_of(&file)), sorted(written.says.clone()));
        for (list, verb) in BLOCK_VERBS.iter().map(|verb| (all_of(&file), verb)) {
            // Each list is in the order of the file.
            let of_verb = |all: Vec<Says>| all.into_iter().filter(|says| says.verb() == *verb).collect::<Vec<_>>();
            prop_assert_eq!(of_verb(list), of_verb(written.says.clone()));
        }
        // Line numbers are those of the source.
        for require in file.require() {
            let number = file.line_number(require).expect("a line of the source");
            let line = written.text.lines().nth(number - 1).unwrap_or_default();
            prop_assert!(line.contains(require.module.path.as_str()), "{number}: {line:?}");
        }
        let path = written.says.iter().find_map(|says| match says {
            Says::Module(path) => Some(path.as_str()),
            _ => None,
        });
        if !written.text.contains("module (") {
            prop_assert_eq!(module_path(written.text.as_bytes()), path.unwrap_or_default());
        }
    }

    #[test]
    fn a_dependency_is_read_as_far_as_it_is_known(written in dependency_file()) {
        let file = parse(written.text.as_bytes(), Mode::Lax)?;
        let known = ["module", "go", "require", "retract", "ignore"];
        let wanted = written.says.iter().filter(|says| known.contains(&says.verb())).map(|says| match says {
            // Of a version of a later go its language remains.
            Says::Go(version) if version == "1.21.x" => Says::Go("1.21".to_owned()),
            Says::Go(version) if version == "v1.99.rc" => Says::Go("1.99".to_owned()),
            Says::Go(version) if version == "1.30.0-custom" => Says::Go("1.30".to_owned()),
            says => says.clone(),
        });
        let unread = |says: &Says| *says == Says::Retract(">v1.0.0".to_owned(), ">v1.0.0".to_owned());
        let read = all_of(&file).into_iter().filter(|says| !unread(says)).collect();
        prop_assert_eq!(sorted(read), sorted(wanted.collect()));
    }

    #[test]
    fn printing_is_a_fixed_point(main in main_file(), dependency in dependency_file()) {
        for (written, mode) in [(main, Mode::Strict), (dependency, Mode::Lax)] {
            let file = parse(written.text.as_bytes(), mode)?;
            let once = file.format();
            let again = parse(&once, mode)?;
            prop_assert_eq!(all_of(&file), all_of(&again));
            prop_assert_eq!(comments_of(&file), comments_of(&again));
            let (once, twice) = (String::from_utf8_lossy(&once).into_owned(), again.format());
            prop_assert_eq!(&String::from_utf8_lossy(&twice), &once);
            // Nothing is lost but layout.
            prop_assert_eq!(numbers_of_comments(&once), numbers_of_comments(&written.text));
            prop_assert!(!once.contains('\r') && !once.contains("\n\n\n") && !once.contains(" \n"));
            for line in once.lines() {
                // One space between words and before a comment; tabs indent lines of blocks.
                let bare = line.strip_prefix('\t').unwrap_or(line);
                let code = bare.split("//").next().unwrap_or_default();
                prop_assert!(!code.contains("  ") && !code.contains('\t'), "{:?}", line);
                let stands_apart = code.is_empty() || code.ends_with(' ') || code.len() == bare.len();
                prop_assert!(stands_apart, "{:?}", line);
            }
            prop_assert!(once.is_empty() || (once.ends_with('\n') && !once.ends_with("\n\n")));
        }
    }

    /// Of a block of one line the parentheses go and the comments on them, of an empty block all.
    #[test]
    fn tidying_up_takes_only_parentheses_away(written in main_file()) {
        let file = parse(written.text.as_bytes(), Mode::Strict)?;
        let (old, tidy) = (file.format(), finished(file.clone()));
        let old = String::from_utf8_lossy(&old);
        let (had, has) = (numbers_of_comments(&old), numbers_of_comments(&tidy));
        let (old, new) = (Layout::of(&old), Layout::of(&tidy));
        let texts = |layout: &Layout| -> Vec<(String, String)> {
            let words = |row: &Row| (row.verb.clone(), row.words().join(" "));
            layout.rows.iter().map(words).collect()
        };
        prop_assert_eq!(texts(&old), texts(&new));
        let mut goes = BTreeSet::new();
        for (at, block) in old.blocks.iter().enumerate() {
            match old.rows.iter().filter(|row| row.block == Some(at)).count() {
                0 => goes.extend(block.above.union(&block.at_parentheses).cloned()),
                1 => goes.extend(block.at_parentheses.clone()),
                _ => {}
            }
        }
        let lost: Vec<_> = had.difference(&has).filter(|number| !goes.contains(*number)).collect();
        prop_assert!(lost.is_empty() && has.is_subset(&had), "{:?} lost in\n{}", lost, tidy);
        let again = parse(tidy.as_bytes(), Mode::Strict)?;
        prop_assert_eq!(sorted(all_of(&again)), sorted(all_of(&file)));
        prop_assert_eq!(finished(again), tidy);
    }

    #[test]
    fn an_edit_has_its_effect(written in main_file(), edit in edit()) {
        let Edited { before, after, said_before, .. } = edited(&written, &edit)?;
        prop_assert_eq!(
            sorted(all_of(&parse(before.as_bytes(), Mode::Strict)?)), sorted(said_before.clone())
        );
        let read = parse(after.as_bytes(), Mode::Strict)?;
        let wanted = sorted(edit.effect(said_before));
        prop_assert_eq!(sorted(all_of(&read)), wanted.clone(), "\n{}\n--\n{}", before, after);
        let again = read.format();
        prop_assert_eq!(without_blanks(&String::from_utf8_lossy(&again)), without_blanks(&after));
        // The file in memory says the same, but for two things that go leaves for the next reading.
        if !matches!(edit, Edit::AddRetract(..) | Edit::AddReplace(..)) {
            let mut file = parse(written.text.as_bytes(), Mode::Strict)?;
            edit.apply(&mut file);
            prop_assert_eq!(sorted(all_of(&file)), wanted);
        }
    }

    /// Every other line is there, as it was and in its place, and so is every comment that
    /// is not on a line or block that went.
    #[test]
    fn an_edit_leaves_the_rest_alone(written in main_file(), edit in edit()) {
        let Edited { untidy, before, after, .. } = edited(&written, &edit)?;
        let (old, new) = (Layout::of(&before), Layout::of(&after));
        let rest = |layout: &Layout| -> Vec<Row> {
            layout.rows.iter().filter(|row| !edit.is_about(row)).cloned().collect()
        };
        let (old_rest, new_rest) = (rest(&old), rest(&new));
        let texts = |rows: &[Row]| -> Vec<String> {
            rows.iter().map(|row| format!("{} {}", row.text().0, row.text().1)).collect()
        };
        prop_assert_eq!(texts(&old_rest), texts(&new_rest), "\n{}\n--\n{}", before, after);

        let (had, has) = (numbers_of_comments(&before), numbers_of_comments(&after));
        prop_assert!(has.is_subset(&numbers_of_comments(&written.text)));
        let untidy = Layout::of(&untidy);
        let about: Vec<&Row> = untidy.rows.iter().filter(|row| edit.is_about(row)).collect();
        let (mut may_go, mut left) = (BTreeSet::new(), vec![0; untidy.blocks.len()]);
        for row in &rest(&untidy) {
            if let Some(block) = row.block {
                left[block] += 1;
            }
        }
        for (at, row) in about.iter().enumerate() {
            match row.block {
                _ if !edit.keeps(at, &about) => may_go.extend(&row.comments),
                Some(block) => left[block] += 1,
                None => {}
            }
        }
        for block in about.iter().filter_map(|row| row.block) {
            // Lines may also have moved to another block.
            if left[block] <= 1 || matches!(edit, Edit::SetRequireSeparately(_)) {
                may_go.extend(&untidy.blocks[block].above);
                may_go.extend(&untidy.blocks[block].at_parentheses);
            }
        }
        let lost: Vec<_> = had.difference(&has).filter(|number| !may_go.contains(number)).collect();
        prop_assert!(lost.is_empty(), "{:?} lost\n{}\n--\n{}", lost, before, after);

        // Where no line went and no line became a block, what is left is the same to the byte.
        // (An empty block that a line joined had comments that the file before has not.)
        let blocks = |layout: &Layout| layout.blocks.len();
        let sets = matches!(edit, Edit::SetRequire(_) | Edit::SetRequireSeparately(_));
        if new.rows.len() >= old.rows.len() && blocks(&old) == blocks(&new) && !sets && has.is_subset(&had) {
            let bytes = |text: &str, layout: &Layout| -> Vec<String> {
                let about = layout.rows.iter().filter(|row| edit.is_about(row));
                let about: BTreeSet<usize> = about.map(|row| row.number).collect();
                let rationale = ["// because", "// of this"];
                let is_left = |(number, line): &(usize, &str)| {
                    !line.is_empty() && !about.contains(number) && !rationale.contains(&line.trim())
                };
                text.lines().enumerate().filter(is_left).map(|(_, line)| line.to_owned()).collect()
            };
            prop_assert_eq!(bytes(&before, &old), bytes(&after, &new));
        }
    }

    #[test]
    fn an_edit_done_twice_is_done_once(written in main_file(), edit in edit()) {
        if edit.is_idempotent() {
            let mut file = parse(written.text.as_bytes(), Mode::Strict)?;
            edit.apply(&mut file);
            let once = finished(file.clone());
            edit.apply(&mut file);
            prop_assert_eq!(&finished(file), &once);
            let mut read = parse(once.as_bytes(), Mode::Strict)?;
            edit.apply(&mut read);
            prop_assert_eq!(without_blanks(&finished(read)), without_blanks(&once));
        }
    }

    #[test]
    fn what_is_added_can_be_taken_back(written in main_file(), edit in edit()) {
        let Some(opposite) = edit.opposite() else { return Ok(()) };
        let mut file = parse(written.text.as_bytes(), Mode::Strict)?;
        let said = all_of(&file);
        if sorted(opposite.effect(edit.effect(said.clone()))) != sorted(said.clone()) {
            return Ok(());
        }
        let mut before = file.clone();
        if edit.sorts(&said) {
            before.sort_blocks();
        }
        edit.apply(&mut file);
        if matches!(edit, Edit::AddRetract(..)) {
            file = parse(&file.format(), Mode::Strict)?;
        }
        opposite.apply(&mut file);
        prop_assert_eq!(finished(file), finished(before));
    }

    #[test]
    fn sorted_blocks_are_in_order(written in main_file()) {
        let mut file = parse(written.text.as_bytes(), Mode::Strict)?;
        let before = all_of(&file);
        file.sort_blocks();
        let once = finished(file.clone());
        file.sort_blocks();
        prop_assert_eq!(&finished(file.clone()), &once);
        // Of repeated lines the first counts, of replacements the last.
        let mut wanted: Vec<Says> = Vec::new();
        for says in before {
            match &says {
                Says::Exclude(..) | Says::Tool(_) | Says::Ignore(_) if wanted.contains(&says) => {}
                Says::Replace(old, version, ..) => {
                    wanted.retain(|other| !matches!(other, Says::Replace(o, v, ..) if (o, v) == (old, version)));
                    wanted.push(says);
                }
                _ => wanted.push(says),
            }
        }
        prop_assert_eq!(sorted(all_of(&parse(once.as_bytes(), Mode::Strict)?)), sorted(wanted.clone()));
        prop_assert_eq!(sorted(all_of(&file)), sorted(wanted));
        // A go line with a release candidate does not count, as in go.
        let orders_excludes = file.go().is_some_and(|go| go != "1.20" && go != "1.22rc1");
        for pair in Layout::of(&once).rows.windows(2) {
            let [a, b] = pair else { continue };
            if a.block.is_none() || a.block != b.block {
                continue;
            }
            let (x, y) = (a.words(), b.words());
            let ends = |words: &[String]| match words {
                [low, .., high, _] => (low.clone().replace('[', &words[1]), high.clone()),
                words => (words[0].clone(), words[0].clone()),
            };
            let order = match a.verb.as_str() {
                "exclude" if orders_excludes => quoted(&x[0]).cmp(&quoted(&y[0])).then(version::compare(&x[1], &y[1])),
                "retract" => {
                    let ((a_low, a_high), (b_low, b_high)) = (ends(&x), ends(&y));
                    version::compare(&b_low, &a_low).then(version::compare(&b_high, &a_high))
                }
                _ => x.iter().map(|word| quoted(word)).cmp(y.iter().map(|word| quoted(word))),
            };
            prop_assert_ne!(order, Ordering::Greater, "{} {} in\n{}", a.line, b.line, once);
        }
    }
}

/// A blank line moves with the line below it when a block is sorted. As in go it is printed
/// at the top of the block, too, and gone when the file is read again.
fn without_blanks(text: &str) -> String {
    text.replace("\n\n", "\n")
}

/// As it stands in a file: quotes count in the order.
fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("\"{word}\"") } else { word.to_owned() }
}

#[test]
fn the_generator_reaches_every_layout() {
    let expected = [
        ("block", 300),
        ("block of one line", 50),
        ("empty block", 50),
        ("empty block on a line", 10),
        ("comment on a block", 100),
        ("comment before a closing parenthesis", 50),
        ("comment beside", 300),
        ("indirect", 200),
        ("indirect with a reason", 50),
        ("quotes that are needed", 50),
        ("quotes that are not", 200),
        ("carriage returns", 50),
        ("no newline at the end", 200),
        ("short version", 100),
        ("repeated requirement", 50),
        ("repeated replacement", 10),
        ("interval", 50),
        ("module in a block", 30),
        ("nothing at all", 3),
    ];
    census(main_file(), 1000, &expected, |written| {
        let text = &written.text.replace('\r', "");
        let matches = |pattern: &str| Regex::new(pattern).expect("well formed").is_match(text);
        let repeated = |key: &dyn Fn(&Says) -> Option<String>| {
            let keys: Vec<String> = written.says.iter().filter_map(key).collect();
            keys.iter().collect::<BTreeSet<_>>().len() < keys.len()
        };
        that_hold(&[
            ("block", matches(r"(?m)^\w+ \(.*\n(.+\n)(.+\n)+")),
            ("block of one line", matches(r"(?m)^\w+ \([^)]*\n[^\n)]+\n\)")),
            ("empty block", matches(r"(?m)^\w+ \(\s*(//[^\n]*\n\s*)*\)")),
            ("empty block on a line", text.contains(" ()")),
            ("comment on a block", matches(r"(?m)^ *//.*\n\w+ \(|^\w+ \(\s*//|^\)\s*//")),
            ("comment before a closing parenthesis", matches(r"(?m)^\s*//.*\n\s*\)")),
            ("comment beside", matches(r"(?m)^\s*[a-z].*//")),
            ("indirect", matches(r"(?m)// ?indirect\s*$")),
            ("indirect with a reason", text.contains("// indirect; c")),
            ("quotes that are needed", text.contains(" p\"")),
            ("quotes that are not", text.contains("\"a.b/x\"")),
            ("carriage returns", written.text.contains('\r')),
            ("no newline at the end", !text.ends_with('\n')),
            ("short version", matches(r"v1\s|v2\.10\s|\+meta")),
            (
                "repeated requirement",
                repeated(&|says| match says {
                    Says::Require(path, ..) => Some(path.clone()),
                    _ => None,
                }),
            ),
            (
                "repeated replacement",
                repeated(&|says| match says {
                    Says::Replace(path, version, ..) => Some(format!("{path} {version}")),
                    _ => None,
                }),
            ),
            ("interval", text.contains('[')),
            ("module in a block", text.contains("module (")),
            ("nothing at all", text.trim().is_empty()),
        ])
    });
    census(
        dependency_file(),
        500,
        &[("unknown line", 50), ("unknown block", 50), ("later go", 100)],
        |written| {
            that_hold(&[
                ("unknown line", written.text.contains("future x")),
                ("unknown block", written.text.contains("future (")),
                (
                    "later go",
                    ["1.21.x", "v1.99", "-custom"]
                        .iter()
                        .any(|version| written.text.contains(version)),
                ),
            ])
        },
    );
}

#[test]
fn the_edits_meet_what_they_are_about() {
    let expected = [
        ("changes nothing", 100),
        ("changes a line in place", 50),
        ("changes a line of a block", 8),
        ("adds to a block", 50),
        ("makes a block of a line", 40),
        ("adds a statement", 100),
        ("removes a line", 50),
        ("removes a line of a block", 30),
        ("removes a block", 4),
        ("leaves a block one line", 4),
        ("removes a repeated line", 10),
        ("takes a comment along", 10),
        ("taken back", 150),
        ("requirements set", 60),
    ];
    census((main_file(), edit()), 1500, &expected, |(written, edit)| {
        let Edited { before, after, said_before, .. } = edited(written, edit).expect("well formed");
        let (old, new) = (Layout::of(&before), Layout::of(&after));
        let about: Vec<&Row> = old.rows.iter().filter(|row| edit.is_about(row)).collect();
        let (rows, blocks) =
            ((old.rows.len(), new.rows.len()), (old.blocks.len(), new.blocks.len()));
        let sets = matches!(edit, Edit::SetRequire(_) | Edit::SetRequireSeparately(_));
        let in_block = about.iter().any(|row| row.block.is_some());
        let changed = before != after && !sets;
        that_hold(&[
            ("changes nothing", before == after),
            ("changes a line in place", changed && rows.0 == rows.1),
            ("changes a line of a block", changed && rows.0 == rows.1 && in_block),
            ("adds to a block", changed && rows.1 > rows.0 && blocks.0 > 0 && blocks.0 == blocks.1),
            ("makes a block of a line", changed && blocks.1 > blocks.0),
            (
                "adds a statement",
                changed
                    && rows.1 > rows.0
                    && new.rows.iter().any(|row| edit.is_about(row) && row.block.is_none()),
            ),
            ("removes a line", changed && rows.1 < rows.0),
            ("removes a line of a block", changed && rows.1 < rows.0 && in_block),
            ("removes a block", changed && rows.0 > rows.1 + 1 && blocks.1 < blocks.0),
            ("leaves a block one line", changed && rows.0 == rows.1 + 1 && blocks.1 < blocks.0),
            ("removes a repeated line", changed && about.len() > 1 && rows.1 < rows.0),
            (
                "takes a comment along",
                changed && numbers_of_comments(&after).len() < numbers_of_comments(&before).len(),
            ),
            (
                "taken back",
                edit.opposite().is_some_and(|opposite| {
                    sorted(opposite.effect(edit.effect(said_before.clone())))
                        == sorted(said_before.clone())
                }),
            ),
            ("requirements set", sets && !about.is_empty()),
        ])
    });
}
