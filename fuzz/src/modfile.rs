//! The law of go.mod files.

use std::collections::BTreeMap;

use gomod::spec::ModuleVersion;
use gomod::spec::modfile::{self, ModFile, Mode, ParseErrors, Require};

use super::Verdict;

const FILE: &str = "go.mod";

fn parse(data: &[u8], mode: Mode) -> Result<ModFile, ParseErrors> {
    ModFile::parse(FILE, data, mode, None)
}

/// What the directives of a file say, in the order of the file.
#[derive(Clone, PartialEq, Debug)]
struct Said {
    module: Option<modfile::Module>,
    go: Option<String>,
    toolchain: Option<String>,
    require: Vec<Require>,
    retract: Vec<modfile::Retract>,
    ignore: Vec<String>,
    godebug: Vec<modfile::Godebug>,
    exclude: Vec<ModuleVersion>,
    replace: Vec<modfile::Replace>,
    tool: Vec<String>,
}

impl Said {
    fn by(file: &ModFile) -> Self {
        Self {
            module: file.module().cloned(),
            go: file.go().map(str::to_owned),
            toolchain: file.toolchain().map(str::to_owned),
            require: file.require().iter().map(|it| (**it).clone()).collect(),
            retract: file.retract().iter().map(|it| (**it).clone()).collect(),
            ignore: file.ignore().iter().map(|it| (**it).clone()).collect(),
            godebug: file.godebug().iter().map(|it| (**it).clone()).collect(),
            exclude: file.exclude().iter().map(|it| (**it).clone()).collect(),
            replace: file.replace().iter().map(|it| (**it).clone()).collect(),
            tool: file.tool().iter().map(|it| (**it).clone()).collect(),
        }
    }

    /// What a dependency's file is read for.
    fn to_dependents(&self) -> Self {
        Self {
            toolchain: None,
            godebug: Vec::new(),
            exclude: Vec::new(),
            replace: Vec::new(),
            tool: Vec::new(),
            ..self.clone()
        }
    }

    /// Without comments: where an edit leaves a block with one line, those of both become one,
    /// and those of the parentheses are lost, as in go.
    fn without_comments(mut self) -> Self {
        if let Some(module) = &mut self.module {
            module.deprecated.clear();
        }
        for retract in &mut self.retract {
            retract.rationale.clear();
        }
        self
    }

    /// What is left, but for requirements, when blocks are sorted: of lines that say something
    /// again the first counts, of replacements the last.
    fn in_any_order(mut self) -> Self {
        fn set<T: Ord>(list: &mut Vec<T>) {
            list.sort();
            list.dedup();
        }
        let pair = |module: &ModuleVersion| (module.path.clone(), module.version.to_string());
        self.require.clear();
        self.retract.sort_by_key(|it| (it.interval.low.to_string(), it.interval.high.to_string()));
        self.godebug.sort_by_key(|it| (it.key.clone(), it.value.clone()));
        self.exclude.sort_by_key(pair);
        self.exclude.dedup();
        let last: BTreeMap<_, _> = self.replace.iter().map(|it| (pair(&it.old), it)).collect();
        self.replace = last.into_values().cloned().collect();
        set(&mut self.ignore);
        set(&mut self.tool);
        self
    }
}

/// Reading never panics, and an error's place is in the file. What is printed is read
/// again, says the same, and is printed the same; so in both modes, and where the strict one
/// accepts, the lax one reads the same. An edit changes what it should and nothing else.
pub fn modfile(data: &[u8]) -> Verdict {
    let strict = judge(data, Mode::Strict);
    let lax = judge(data, Mode::Lax);
    if let Some(strict) = &strict {
        let lax = lax.as_ref().expect("what strict reading accepts, lax reading does");
        assert_eq!(Said::by(strict).to_dependents(), Said::by(lax), "lax reading");
        if !is_odd(data, strict, Mode::Strict) {
            edits(strict);
        }
    }
    let path = modfile::module_path(data);
    assert!(!path.contains('\n') || data.windows(2).any(|pair| pair == b"\\n"), "{path:?}");
    Verdict::of(strict.is_some() || lax.is_some())
}

pub(super) fn show(text: &[u8]) -> String {
    text.escape_ascii().to_string().replace("\\n", "\n")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn judge(data: &[u8], mode: Mode) -> Option<ModFile> {
    let file = match parse(data, mode) {
        Ok(file) => file,
        Err(errors) => {
            assert_places(FILE, data, &errors);
            return None;
        }
    };
    let lines = data.split(|&byte| byte == b'\n').count();
    for number in file.require().iter().map(|it| file.line_number(it)) {
        assert!(number.is_some_and(|number| (1..=lines).contains(&number)), "line {number:?}");
    }
    let once = file.format();
    if !is_odd(data, &file, mode) {
        let again = match parse(&once, mode) {
            Ok(again) => again,
            Err(errors) => panic!("printed, yet refused: {errors}\n{}", show(&once)),
        };
        assert_eq!(Said::by(&again), Said::by(&file), "{}", show(&once));
        assert_eq!(show(&again.format()), show(&once), "printed again");
    }
    Some(file)
}

/// Whether something in the file prints as something else, as in go: the version of a retract
/// line may be any string, which loses its quotes. A lax reader also keeps lines that it does not
/// understand, and there a string with an escaped newline loses its comment to the line before,
/// and what it read of a retract line its quotes.
fn is_odd(data: &[u8], file: &ModFile, mode: Mode) -> bool {
    let loses_quotes = |it: &modfile::Retract| {
        modfile::must_quote(&it.interval.low) || modfile::must_quote(&it.interval.high)
    };
    let is_lax = mode == Mode::Lax;
    file.retract().iter().any(|it| loses_quotes(it))
        || (is_lax && contains(data, b"\\\n"))
        || (is_lax && contains(data, b"retract") && contains(data, b"\""))
}

pub(super) fn assert_places(file: &str, data: &[u8], errors: &ParseErrors) {
    assert!(!errors.errors.is_empty(), "refused for nothing");
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').collect();
    for error in &errors.errors {
        let (line, column) = (error.position.line, error.position.column);
        let text = lines.get(line.wrapping_sub(1)).unwrap_or_else(|| panic!("no line: {error}"));
        // Behind the last character is a place too, and so is behind the newline.
        assert!((1..=text.len() + 2).contains(&column), "no column {column}: {error}");
        assert_eq!(error.file, file);
        assert!(error.to_string().starts_with(&format!("{file}:{line}:")), "{error}");
    }
}

/// The text of a file after an edit, and what that says, comments aside.
fn after(file: &ModFile, edit: impl FnOnce(&mut ModFile)) -> (Vec<u8>, Said) {
    let mut file = file.clone();
    edit(&mut file);
    file.cleanup();
    let text = file.format();
    match parse(&text, Mode::Strict) {
        Ok(again) => (text, Said::by(&again).without_comments()),
        Err(errors) => panic!("edited, then refused: {errors}\n{}", show(&text)),
    }
}

fn edits(file: &ModFile) {
    const PATH: &str = "fuzz.example/added";
    const VERSION: &str = "v1.2.3";
    let said = Said::by(file).without_comments();
    let others = |said: &Said| {
        let require = said.require.iter().filter(|it| it.module.path.as_str() != PATH);
        Said { require: require.cloned().collect(), ..said.clone() }
    };

    let (text, kept) = after(file, |_| {});
    assert_eq!(kept, said, "cleaned: {}", show(&text));

    let (text, added) = after(file, |file| file.add_require(PATH, VERSION));
    assert_eq!(others(&added), others(&said), "{}", show(&text));
    let ours: Vec<_> = added.require.iter().filter(|it| it.module.path.as_str() == PATH).collect();
    assert!(matches!(ours[..], [it] if it.module.version.as_str() == VERSION), "{}", show(&text));

    let (text, dropped) = after(file, |file| {
        file.add_require(PATH, VERSION);
        file.drop_require(PATH);
    });
    assert_eq!(dropped, others(&said), "{}", show(&text));

    let excluded = ModuleVersion::new(PATH, VERSION);
    let (text, changed) = after(file, |file| {
        file.add_exclude(PATH, VERSION).expect("a canonical version");
        file.add_go_stmt("1.99.9").expect("a go version");
        file.add_toolchain_stmt("go1.99.9").expect("a toolchain");
    });
    assert!(changed.exclude.contains(&excluded), "{}", show(&text));
    assert_eq!(changed.go.as_deref(), Some("1.99.9"), "{}", show(&text));
    assert_eq!(changed.toolchain.as_deref(), Some("go1.99.9"), "{}", show(&text));
    assert_eq!(
        Said { exclude: said.exclude.clone(), go: None, toolchain: None, ..changed.clone() },
        Said { go: None, toolchain: None, ..said.clone() },
        "{}",
        show(&text)
    );

    set_requirements(file, &said);
}

/// Setting requirements leaves these and no others, in one group or two.
fn set_requirements(file: &ModFile, said: &Said) {
    let mut wanted: Vec<Require> = Vec::new();
    for (at, it) in said.require.iter().enumerate() {
        let path = &it.module.path;
        // Every third goes, and every second changes its kind.
        if at % 3 != 2 && wanted.iter().all(|known| known.module.path != *path) {
            wanted.push(Require {
                module: it.module.clone(),
                indirect: it.indirect != (at % 2 == 1),
            });
        }
    }
    wanted
        .push(Require { module: ModuleVersion::new("fuzz.example/new", "v0.1.0"), indirect: true });
    let sorted = |mut list: Vec<Require>| {
        list.sort_by(|a, b| a.module.path.cmp(&b.module.path));
        list
    };
    for separate in [false, true] {
        let set = |file: &mut ModFile| match separate {
            false => file.set_require(&wanted),
            true => file.set_require_separate_indirect(&wanted),
        };
        let (text, now) = after(file, set);
        assert_eq!(sorted(now.require.clone()), sorted(wanted.clone()), "{}", show(&text));
        assert_eq!(now.in_any_order(), said.clone().in_any_order(), "{}", show(&text));
    }
}
