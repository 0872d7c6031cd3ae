//! The law of go.work files.

use gomod::spec::ModuleVersion;
use gomod::spec::modfile::{Godebug, Replace, Use, WorkFile};

use super::Verdict;
use super::modfile::{assert_places, show};

const FILE: &str = "go.work";

/// What the directives of a file say, in the order of the file.
#[derive(Clone, PartialEq, Debug)]
struct Said {
    go: Option<String>,
    toolchain: Option<String>,
    godebug: Vec<Godebug>,
    uses: Vec<Use>,
    replace: Vec<Replace>,
}

impl Said {
    fn by(file: &WorkFile) -> Self {
        Self {
            go: file.go().map(str::to_owned),
            toolchain: file.toolchain().map(str::to_owned),
            godebug: file.godebug().iter().map(|it| (**it).clone()).collect(),
            uses: file.uses().iter().map(|it| (**it).clone()).collect(),
            replace: file.replace().iter().map(|it| (**it).clone()).collect(),
        }
    }
}

/// Reading never panics, and an error's place is in the file. What is printed is read again,
/// says the same, and is printed the same. An edit changes what it should and nothing else.
pub fn workfile(data: &[u8]) -> Verdict {
    let file = match WorkFile::parse(FILE, data, None) {
        Ok(file) => file,
        Err(errors) => {
            assert_places(FILE, data, &errors);
            return Verdict::Refused;
        }
    };
    let lines = data.split(|&byte| byte == b'\n').count();
    for number in file.uses().iter().map(|it| file.line_number(it)) {
        assert!(number.is_some_and(|number| (1..=lines).contains(&number)), "line {number:?}");
    }
    let once = file.format();
    let again = read(&once);
    assert_eq!(Said::by(&again), Said::by(&file), "{}", show(&once));
    assert_eq!(show(&again.format()), show(&once), "printed again");
    edits(&file);
    Verdict::Accepted
}

fn read(text: &[u8]) -> WorkFile {
    match WorkFile::parse(FILE, text, None) {
        Ok(file) => file,
        Err(errors) => panic!("printed, yet refused: {errors}\n{}", show(text)),
    }
}

/// What a file says after an edit, by its text.
fn after(file: &WorkFile, edit: impl FnOnce(&mut WorkFile)) -> Said {
    let mut file = file.clone();
    edit(&mut file);
    file.cleanup();
    Said::by(&read(&file.format()))
}

fn edits(file: &WorkFile) {
    const PATH: &str = "./fuzz added";
    let said = Said::by(file);
    assert_eq!(after(file, |_| {}), said, "cleaned");

    let others = |said: &Said| {
        let uses = said.uses.iter().filter(|it| it.path != PATH).cloned().collect();
        Said { uses, ..said.clone() }
    };
    let added = after(file, |file| file.add_use(PATH, ""));
    assert_eq!(others(&added), others(&said));
    assert_eq!(added.uses.iter().filter(|it| it.path == PATH).count(), 1);
    let dropped = after(file, |file| {
        file.add_use(PATH, "");
        file.drop_use(PATH);
    });
    assert_eq!(dropped, others(&said));

    let changed = after(file, |file| {
        file.add_go_stmt("1.99.9").expect("a go version");
        file.add_toolchain_stmt("go1.99.9").expect("a toolchain");
    });
    assert_eq!(changed.go.as_deref(), Some("1.99.9"));
    assert_eq!(changed.toolchain.as_deref(), Some("go1.99.9"));
    let without_lines = |said: Said| Said { go: None, toolchain: None, ..said };
    assert_eq!(without_lines(changed), without_lines(said.clone()));

    let old = ModuleVersion::new("fuzz.example/added", "");
    let new = ModuleVersion::new("fuzz.example/new", "v1.2.3");
    let replaced = after(file, |file| file.add_replace(&old, &new));
    assert!(replaced.replace.contains(&Replace { old: old.clone(), new }));
    let sorted = after(file, WorkFile::sort_blocks);
    let keys = |said: &Said| {
        let mut keys: Vec<_> = said.replace.iter().map(|it| format!("{}", it.old)).collect();
        keys.sort();
        keys
    };
    let mut all = keys(&said);
    all.dedup();
    assert_eq!(keys(&sorted), all, "each left side once");
    assert_eq!(sorted.uses.len(), said.uses.len());
}
