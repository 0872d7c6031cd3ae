//! Main modules over the fixtures, by go and by gomod.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::support::fixture::{Catalogue, ModuleVersion};

use super::allowed::{Run, check_met};
use super::go_is_there;
use super::sides::{Case, Seen, fail_on_differences, run_all};

/// Go lines of main modules: none, not pruned, pruned, the newest that fixtures know.
const GO_LINES: [&str; 4] = ["", "1.16", "1.17", "1.22"];

fn main_module(go: &str, rest: &str) -> String {
    let go = if go.is_empty() { String::new() } else { format!("go {go}\n\n") };
    format!("module example.com/main\n\n{go}{rest}")
}

fn requiring(go: &str, modules: &[&ModuleVersion]) -> String {
    let line = |module: &&ModuleVersion| format!("require {} {}\n", module.path, module.version);
    main_module(go, &modules.iter().map(line).collect::<String>())
}

/// Main modules with what the fixtures alone do not show.
fn by_hand() -> Vec<(String, String)> {
    let several = "require (\n\texample.com/imports v1.0.0\n\texample.com/pruned/a v1.0.0\n\
                   \texample.com/unpruned/a v1.0.0 // indirect\n)\n";
    let shapes = [
        ("several", several.to_owned()),
        ("excludes", format!("{several}\nexclude example.com/hello v1.1.0\n")),
        (
            "replaces",
            format!(
                "{several}\nreplace (\n\texample.com/hello => example.com/major v1.5.0\n\
                 \texample.com/unpruned/b v1.0.0 => ./folder\n)\n"
            ),
        ),
        ("unused", "require example.com/hello v1.0.0\n\nreplace example.com/x => ./x\n".to_owned()),
        ("branch", "require example.com/hello main\n".to_owned()),
        (
            "versions",
            "require (\n\texample.com/incompatible v2.0.0+incompatible\n\
             \texample.com/major v1.5.0\n\texample.com/major/v2 v2.0.1\n\
             \texample.com/retracted v1.1.0\n\
             \texample.com/untagged v0.0.0-20240105120000-abcdef123456\n)\n"
                .to_owned(),
        ),
        ("nested", "require example.com/outer/inner v1.0.0\n".to_owned()),
        ("missing", "require example.com/missing v1.0.0\n".to_owned()),
        (
            "twice",
            "require example.com/hello v1.0.0\n\nrequire example.com/hello v1.1.0\n".to_owned(),
        ),
        (
            "itself",
            "require (\n\texample.com/hello v1.0.0\n\texample.com/main v1.0.0\n)\n".to_owned(),
        ),
        ("empty", String::new()),
    ];
    let mut modules = Vec::new();
    for (name, rest) in &shapes {
        for go in GO_LINES {
            modules.push((format!("{name}, go {go:?}"), main_module(go, rest)));
        }
    }
    modules
}

fn case(name: String, catalogue: &Arc<Catalogue>, go_mod: &str, commands: &[&str]) -> Case {
    let mut case = Case::new(&name, Arc::clone(catalogue), go_mod, commands);
    if go_mod.contains("./folder") {
        let folder = [
            (
                "folder/go.mod",
                "module example.com/unpruned/b\n\nrequire example.com/outer v1.0.0\n",
            ),
            ("folder/b.go", "package b\n"),
        ];
        case.files.extend(folder.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
    case
}

/// Runs the cases; that any two differ is a failure. Answers what was compared.
fn check(run: Run, cases: &[Case]) -> Vec<Seen> {
    let verdicts = run_all(cases);
    fail_on_differences(&verdicts);
    check_met(run, verdicts.iter().map(|verdict| &verdict.allowed));
    verdicts.into_iter().flat_map(|verdict| verdict.compared).collect()
}

#[test]
fn downloads() {
    if !go_is_there() {
        return;
    }
    let catalogue = Catalogue::fixtures();
    let commands = ["mod download", "mod download -json", "mod download all"];
    let mut cases = Vec::new();
    let modules: Vec<&ModuleVersion> = catalogue.iter().collect();
    for (index, module) in modules.iter().enumerate() {
        let go = GO_LINES[index % GO_LINES.len()];
        let name = format!("go {go:?}, {}@{}", module.path, module.version);
        cases.push(case(name, &catalogue, &requiring(go, &[module]), &commands));
        // A pair with one that is not its neighbour.
        let other = modules[(index * 7 + 3) % modules.len()];
        let pair: &[&ModuleVersion] =
            if other.path == module.path { &[module] } else { &[module, other] };
        let go = GO_LINES[(index + 1) % GO_LINES.len()];
        let name = format!("go {go:?}, {}, {}", module.file_name(), other.file_name());
        cases.push(case(name, &catalogue, &requiring(go, pair), &commands[..1]));
    }
    for (name, go_mod) in by_hand() {
        cases.push(case(name.clone(), &catalogue, &go_mod, &["mod download", "mod download"]));
        cases.push(case(name, &catalogue, &go_mod, &["mod download -json all"]));
    }
    let compared = check(Run::Downloads, &cases);
    let count = |what: &dyn Fn(&Seen) -> bool| compared.iter().filter(|seen| what(seen)).count();
    assert!(count(&|seen| seen.status == 0 && !seen.go_sum.is_empty()) > 100);
    assert!(count(&|seen| seen.status == 1) >= 4);
    assert!(count(&|seen| seen.stdout.contains("\"Dir\"")) > 20);
}

#[test]
fn queries() {
    if !go_is_there() {
        return;
    }
    let catalogue = Catalogue::fixtures();
    let kinds = [
        "latest",
        "upgrade",
        "patch",
        "v1",
        "v1.0",
        "v1.1.0",
        "<v1.1",
        "<=v1.1.0",
        ">v1.0.0",
        ">=v1.0",
        "main",
        "1f2e3d4c5b6a",
        "v9",
        "<bad",
        "v2.0.0",
        "none",
    ];
    let paths: BTreeSet<&str> = catalogue.iter().map(|module| module.path.as_str()).collect();
    let mut cases = Vec::new();
    for path in &paths {
        let all: String = kinds.iter().map(|kind| format!(" {path}@{kind}")).collect();
        let command = format!("mod download -json{all}");
        cases.push(case(format!("{path} outside"), &catalogue, "", &[&command]));
        let go_mod = requiring("1.21", &[catalogue.iter().find(|m| m.path == **path).expect("it")]);
        cases.push(case(format!("{path} required"), &catalogue, &go_mod, &[&command]));
    }
    for arguments in [
        "example.com/hello",
        "example.com/...",
        "example.com/none/...",
        "example.com/none",
        "./x",
        "example.com/hello@-x",
        "all example.com/hello@v1.0.0",
        "example.com/main",
        "example.com/main@upgrade example.com/hello@latest",
        "example.com/Bad!path@v1",
    ] {
        for (name, go_mod) in [
            ("outside", String::new()),
            ("inside", main_module("1.21", "require example.com/imports v1.0.0\n")),
        ] {
            let command = format!("mod download -json {arguments}");
            cases.push(case(format!("{arguments} {name}"), &catalogue, &go_mod, &[&command]));
            let command = format!("mod download {arguments}");
            cases.push(case(format!("{arguments} {name}"), &catalogue, &go_mod, &[&command]));
        }
    }
    check(Run::Queries, &cases);
}

#[test]
fn lists() {
    if !go_is_there() {
        return;
    }
    let catalogue = Catalogue::fixtures();
    let commands = [
        "list -m",
        "list -m -e -json all",
        "mod download all",
        "list -m -json all",
        "list -m -u all",
        "list -m -u -json all",
        "list -m -versions all",
        "list -m -e -versions -json all",
        "list -m -retracted -json=Path,Version,Retracted,Error all",
        "mod graph",
        "mod verify",
        "list -m -mod=mod -u -retracted -versions -f {{.}}{{with.Retracted}}{{join.,}}{{end}} all",
    ];
    let mut cases = Vec::new();
    let modules: Vec<&ModuleVersion> = catalogue.iter().collect();
    for (index, module) in modules.iter().enumerate() {
        let go = GO_LINES[index % GO_LINES.len()];
        let name = format!("go {go:?}, {}@{}", module.path, module.version);
        cases.push(case(name, &catalogue, &requiring(go, &[module]), &commands));
    }
    for (name, go_mod) in by_hand() {
        cases.push(case(name, &catalogue, &go_mod, &commands));
    }
    for arguments in [
        "example.com/hello",
        "example.com/hello@v1.0.0",
        "example.com/...",
        "example.com/none",
        "example.com/none@latest",
        "example.com/retracted example.com/retracted@v1.1.0 example.com/retracted@latest",
        "example.com/deprecated@v1",
        "example.com/main",
        "example.com/hello@-x",
        "go toolchain",
        "./x",
        "a\\b",
    ] {
        for (name, go_mod) in [
            ("outside", String::new()),
            ("inside", main_module("1.21", "require example.com/imports v1.0.0\n")),
        ] {
            let commands = ["", "-json ", "-u ", "-versions ", "-retracted -json ", "-e -json "]
                .map(|flags| format!("list -m -mod=mod {flags}{arguments}"));
            let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
            cases.push(case(format!("{arguments} {name}"), &catalogue, &go_mod, &commands));
        }
    }
    let compared = check(Run::Lists, &cases);
    let count = |text: &str| compared.iter().filter(|seen| seen.stdout.contains(text)).count();
    for text in
        ["\"Update\"", "\"Deprecated\"", "\"Retracted\"", "\"Versions\"", "\"Replace\"", " => "]
    {
        assert!(count(text) >= 2, "{text}: {}", count(text));
    }
    assert!(compared.iter().filter(|seen| seen.status == 1).count() > 20);
}

#[test]
fn gets() {
    if !go_is_there() {
        return;
    }
    let catalogue = Catalogue::fixtures();
    let mut cases = Vec::new();
    let modules: Vec<&ModuleVersion> = catalogue.iter().collect();
    for (index, module) in modules.iter().enumerate() {
        let get = format!("get {}@{}", module.path, module.version);
        let again = format!("get {}", module.path);
        for go in GO_LINES {
            let name = format!("go {go:?}, {}", module.file_name());
            cases.push(case(name, &catalogue, &main_module(go, ""), &[&get, &again]));
        }
        let other = modules[(index * 5 + 2) % modules.len()];
        let both = format!("{get} {}@{}", other.path, other.version);
        cases.push(case(both.clone(), &catalogue, &main_module("1.21", ""), &[&both]));
    }
    for (name, go_mod) in by_hand() {
        for command in [
            "get example.com/hello@v1.1.0",
            "get example.com/nogomod",
            "get example.com/pruned/c@v1.1.0",
        ] {
            cases.push(case(name.clone(), &catalogue, &go_mod, &["mod download all", command]));
        }
    }
    let compared = check(Run::Gets, &cases);
    let count = |text: &str| compared.iter().filter(|seen| seen.stderr.contains(text)).count();
    assert!(count("go: added ") > 100 && count("go: upgraded ") > 30, "{compared:?}");
    assert!(count("go: upgraded go ") > 20);
}
