//! go.mod files read, edited and printed by us and by `go mod edit`, compared.

use std::path::Path;
use std::process::{Command, Output};

use gomod::spec::ModuleVersion;
use gomod::spec::modfile::{Directive, EditError, ModFile, Mode, VersionInterval};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::go_is_there;

fn go(directory: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(directory).args(["mod", "edit"]);
    for (name, value) in
        [("GOENV", "off"), ("GOFLAGS", ""), ("GOWORK", "off"), ("GOTOOLCHAIN", "local")]
    {
        go.env(name, value);
    }
    go
}

/// A folder with a go.mod file of this text.
fn folder(text: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("go.mod"), text).expect("go.mod written");
    folder
}

fn run(mut go: Command) -> Output {
    go.output().expect("go runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `go mod edit -json` prints.
fn as_json(file: &ModFile) -> Value {
    fn list<T>(directives: &[Directive<T>], show: impl Fn(&T) -> Value) -> Value {
        // go's nil slices are null.
        let values: Vec<Value> = directives.iter().map(|directive| show(directive)).collect();
        if values.is_empty() { Value::Null } else { values.into() }
    }
    fn module(module: &ModuleVersion) -> Value {
        without_empty(json!({"Path": *module.path, "Version": *module.version}), "Path")
    }
    fn without_empty(mut value: Value, but: &str) -> Value {
        if let Value::Object(fields) = &mut value {
            fields.retain(|name, value| name == but || (*value != "" && *value != false));
        }
        value
    }
    let (path, deprecated) =
        file.module().map_or(("", ""), |module| (&*module.path, &*module.deprecated));
    let mut value = json!({
        "Module": without_empty(json!({"Path": path, "Deprecated": deprecated}), "Path"),
        "Go": file.go().unwrap_or_default(),
        "Toolchain": file.toolchain().unwrap_or_default(),
        "GoDebug": list(file.godebug(), |g| json!({"Key": g.key, "Value": g.value})),
        "Require": list(file.require(), |r| without_empty(
            json!({
                "Path": *r.module.path, "Version": *r.module.version, "Indirect": r.indirect
            }),
            "Path",
        )),
        "Exclude": list(file.exclude(), module),
        "Replace": list(file.replace(), |r| json!({"Old": module(&r.old), "New": module(&r.new)})),
        "Retract": list(file.retract(), |r| without_empty(
            json!({
                "Low": *r.interval.low, "High": *r.interval.high, "Rationale": r.rationale
            }),
            "",
        )),
        "Tool": list(file.tool(), |path| json!({"Path": path})),
        "Ignore": list(file.ignore(), |path| json!({"Path": path})),
    });
    if let Value::Object(fields) = &mut value {
        let optional = ["Go", "Toolchain", "GoDebug"];
        fields.retain(|name, value| {
            !optional.contains(&name.as_str()) || !(value.is_null() || *value == "")
        });
    }
    value
}

fn parse(text: &[u8]) -> Result<ModFile, String> {
    ModFile::parse("go.mod", text, Mode::Strict, None).map_err(|errors| errors.to_string())
}

pub(super) const WELL_FORMED: &[&str] = &[
    "",
    "\n\n// only a comment",
    "module example.com/m",
    "module \"example.com/m\" // a comment\r\n\r\n\r\ngo 1.21\r\ntoolchain go1.21.3\r\n",
    "// Deprecated: use\n// example.com/n\n//\n// Deprecated: no\nmodule example.com/m\n",
    "// Deprecated: above the block\nmodule (\n\texample.com/m\n)\n",
    "module example.com/m // Deprecated:   beside\n",
    "// apart\n\n// Deprecated: not in the first\n// line\nmodule example.com/m\n",
    "module a.b/m\ngo 1.22rc1\ntoolchain default\ngodebug default=go1.21\ngodebug (\n\tx=y\n\ta=b=c\n)",
    "module a.b/m\nrequire a.b/z v1\nrequire (\n\n\n\ta.b/y/v2 v2.0.0-rc.1 // indirect\n\n\n\ta.b/x \
     v1.2.3+meta //indirect; why\n\t// above\n\tgopkg.in/yaml.v2 v2.4.0 // not indirect\n\n\t// \
     last\n\n) // behind\n// end",
    "module a.b/m\nrequire ( // opening\n\ta.b/x v1.0.0\n) // closing\nrequire () // empty\n",
    "module a.b/m\n// above\nrequire (\n\t// inside\n\ta.b/x v1.0.0 // beside\n)\n",
    "module a.b/m\ngo 1.20\nexclude (\n\ta.b/x v1.9.0\n\ta.b/x v1.10.0\n\ta.b/x v1.9.0\n)\n",
    "module a.b/m\ngo 1.21\nexclude (\n\ta.b/x v1.10.0\n\ta.b/x v1.9.0\n\ta.b/w v1.0.0\n)\n",
    "module a.b/m\nreplace a.b/x => ../x\nreplace (\n\ta.b/y v1.0.0 => a.b/z/v3 v3.0.0\n\ta.b/x =>   \
     ./x2\n\ta.b/w=>x => /abs\n\t\"a b\" => \"./c d\"\n)\n",
    "module a.b/m\n// why\nretract v1.0.0\n// all of these\nretract (\n\tv1.1.0 // beside\n\t[v1.2.0, \
     v1.3.0]\n\n\t[ v1.2.0 , v1.4.0 ]\n\tv1.10.0\n\t// not canonical\n\tmaster\n)\n",
    "module a.b/m\ntool a.b/x/cmd\ntool (\n\ta.b/z\n\ta.b/y\n\ta.b/z\n)\nignore ./w\nignore (\n\t\"./a \
     b\"\n\tnode_modules\n)\n",
    "module \"a.b/\\x6d\"\nrequire \"a.b/x\" \"v1.0.0\"\n",
    "module a.b/m//comment without a space\ngo 1.21//another\n",
    "module a.b/\u{e9}\u{6f22}\n// caf\u{e9}\n",
    "require (\n\texclude v1.0.0\n)\n",
    "require (\n\ta.b/x v1.0.0\n\ta.b/y v1.0.0\n\n\n)\n",
    "require (\n\ta.b/x v1.0.0\n\t// kept\n)\n",
    "module a.b/m\n\trequire   a.b/x\tv1.0.0\n",
];

pub(super) const MALFORMED: &[&[u8]] = &[
    b"\xef\xbb\xbfmodule a.b/m\n",
    b"module a.b/m\n\ngo 1.21 \x00\n",
    b"module a.b/m /* no */\n",
    b"module a.b/m/* no */\n",
    b"module \"a.b/m\n",
    b"module a.b/m\nrequire \"a.b/x",
    b"module `a.b/m`\n",
    b"module 'a.b/m'\n",
    b"module \"a\\qb\"\n",
    b"module \"a\\\nb\"\n",
    b"module a.b/m\nmodule a.b/n\ngo 1.20\ngo 1.21\ntoolchain go1.21.0\ntoolchain go1.22.0\n",
    b"module\n",
    b"module a.b/m extra\n",
    b"go 1\n",
    b"go 1.21 1.22\n",
    b"go v1.21\ntoolchain 1.21\ntoolchain\n",
    b"go (\n\t1.21\n)\n",
    b"weird\nweird x (\n)\nweird (\n)\nrequire x (\n)\n",
    b"module a.b/m\nrequire (\n\ta.b/x v1.0.0\n",
    b"module a.b/m\n  require (\n\ta.b/x v1.0.0\n",
    b"module a.b/m\nrequire (\n\ta.b/x v1.0.0\n) more\n",
    b"module a.b/m\nrequire ( a.b/x v1.0.0 )\n",
    b"require a.b/x\nexclude a.b/x v1.0.0 v2.0.0\n",
    b"require a.b/x master\nrequire a.b/x v2.0.0\nrequire a.b/x/v2 v1.0.0\n",
    b"require a.b/x/v1 v1.0.0\nrequire gopkg.in/x v1.0.0\nrequire a.b/x \"v\\q\"\n",
    b"require (\n\ta.b/x master\n\t  a.b/\xc3\xa9 v9 // comment\n)\n",
    b"require a.b/x v1.0.0\\\"\n",
    b"exclude a.b/x \"v1.0.0\\x01\"\n",
    b"godebug a\ngodebug a=b c=d\ngodebug a=b,c=d\ngodebug\n",
    b"replace a.b/x\nreplace a.b/x => \nreplace a.b/x v1.0.0 v2.0.0 => a.b/y\n",
    b"replace a.b/x => a.b/y\nreplace a.b/x => a.b/y@v1.0.0\nreplace a.b/x => ./y v1.0.0\n",
    b"replace a.b/x => .\\y\nreplace a.b/x v2.0.0 => ./y\nreplace a.b/x/v1 => ./y\n",
    b"replace a.b/x v1 => a.b/y master\nreplace a.b/x x => ./y\nreplace 'a' => 'b'\n",
    b"retract\nretract [\nretract [v1\nretract [v1,\nretract [v1,v2\nretract [v1 v2]\n",
    b"retract v1 more\nretract [v1, v2] \"more\"\nretract (v1)\nretract `v1`\n",
    b"tool\ntool a b\ntool 'a'\nignore\nignore a b\nignore `a`\n",
    b"// fine\n\n)\n(\n",
];

#[test]
fn files_read_and_print_as_go_does() {
    if !go_is_there() {
        return;
    }
    for sample in WELL_FORMED {
        let folder = folder(sample.as_bytes());
        let mut file = parse(sample.as_bytes()).unwrap_or_else(|e| panic!("{sample}: {e}"));
        file.sort_blocks();
        file.cleanup();
        let mut printing = go(folder.path());
        printing.args(["-fmt", "-print"]);
        let output = run(printing);
        assert_eq!(
            text(&file.format()),
            text(&output.stdout),
            "{sample}\n{}",
            text(&output.stderr)
        );
        let mut json = go(folder.path());
        json.arg("-json");
        let theirs: Value = serde_json::from_slice(&run(json).stdout).expect("JSON");
        assert_eq!(as_json(&file), theirs, "{sample}");
    }
}

#[test]
fn malformed_files_fail_with_gos_words() {
    if !go_is_there() {
        return;
    }
    for sample in MALFORMED {
        let folder = folder(sample);
        let mut printing = go(folder.path());
        // go shows the name that it is given.
        printing.args(["-print", "go.mod"]);
        let output = run(printing);
        assert_eq!(output.status.code(), Some(1), "{}", sample.escape_ascii());
        let errors = parse(sample).expect_err("malformed");
        let ours = format!("go: errors parsing go.mod:\n{errors}\n");
        assert_eq!(ours, text(&output.stderr), "{}", sample.escape_ascii());
    }
}

/// A flag of `go mod edit`; those that are applied in the order of the command line.
#[derive(Clone, Debug)]
enum Edit {
    Require(&'static str, &'static str),
    DropRequire(&'static str),
    Exclude(&'static str, &'static str),
    DropExclude(&'static str, &'static str),
    Replace(ModuleVersion, ModuleVersion),
    DropReplace(ModuleVersion),
    Retract(&'static str, &'static str),
    DropRetract(&'static str, &'static str),
    Godebug(&'static str, &'static str),
    DropGodebug(&'static str),
    Tool(&'static str),
    DropTool(&'static str),
    Ignore(&'static str),
    DropIgnore(&'static str),
}

fn argument(module: &ModuleVersion) -> String {
    let separator = if module.version.is_empty() { "" } else { "@" };
    format!("{}{separator}{}", module.path, module.version)
}

fn interval(low: &str, high: &str) -> String {
    if low == high { low.to_owned() } else { format!("[{low},{high}]") }
}

impl Edit {
    fn flag(&self) -> String {
        match self {
            Edit::Require(path, version) => format!("-require={path}@{version}"),
            Edit::DropRequire(path) => format!("-droprequire={path}"),
            Edit::Exclude(path, version) => format!("-exclude={path}@{version}"),
            Edit::DropExclude(path, version) => format!("-dropexclude={path}@{version}"),
            Edit::Replace(old, new) => format!("-replace={}={}", argument(old), argument(new)),
            Edit::DropReplace(old) => format!("-dropreplace={}", argument(old)),
            Edit::Retract(low, high) => format!("-retract={}", interval(low, high)),
            Edit::DropRetract(low, high) => format!("-dropretract={}", interval(low, high)),
            Edit::Godebug(key, value) => format!("-godebug={key}={value}"),
            Edit::DropGodebug(key) => format!("-dropgodebug={key}"),
            Edit::Tool(path) => format!("-tool={path}"),
            Edit::DropTool(path) => format!("-droptool={path}"),
            Edit::Ignore(path) => format!("-ignore={path}"),
            Edit::DropIgnore(path) => format!("-dropignore={path}"),
        }
    }

    fn apply(&self, file: &mut ModFile) -> Result<(), EditError> {
        let interval =
            |low: &str, high: &str| VersionInterval { low: low.into(), high: high.into() };
        match self {
            Edit::Require(path, version) => file.add_require(path, version),
            Edit::DropRequire(path) => file.drop_require(path),
            Edit::Exclude(path, version) => return file.add_exclude(path, version),
            Edit::DropExclude(path, version) => file.drop_exclude(path, version),
            Edit::Replace(old, new) => file.add_replace(old, new),
            Edit::DropReplace(old) => file.drop_replace(old),
            Edit::Retract(low, high) => return file.add_retract(&interval(low, high), ""),
            Edit::DropRetract(low, high) => file.drop_retract(&interval(low, high)),
            Edit::Godebug(key, value) => file.add_godebug(key, value),
            Edit::DropGodebug(key) => file.drop_godebug(key),
            Edit::Tool(path) => file.add_tool(path),
            Edit::DropTool(path) => file.drop_tool(path),
            Edit::Ignore(path) => file.add_ignore(path),
            Edit::DropIgnore(path) => file.drop_ignore(path),
        }
        Ok(())
    }
}

fn any_path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["a.b/w", "a.b/x", "a.b/y/v2", "a.b/z", "gopkg.in/yaml.v2"][..])
}

fn any_version() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &["v1.0.0", "v1.9.0", "v1.10.0", "v2.0.0", "v2.0.0+incompatible", "v1"][..],
    )
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let module = || (any_path(), any_version());
    // With a version or without.
    let old = || {
        let version = prop_oneof![Just(""), any_version()];
        (any_path(), version).prop_map(|(path, version)| ModuleVersion::new(path, version))
    };
    let directory = prop::sample::select(&["./d", "../e f"][..]);
    let new = prop_oneof![
        module().prop_map(|(path, version)| ModuleVersion::new(path, version)),
        directory.prop_map(|directory| ModuleVersion::new(directory, "")),
    ];
    let ends = || prop_oneof![any_version().prop_map(|v| (v, v)), (any_version(), any_version())];
    let key = || prop::sample::select(&["a", "default"][..]);
    let place = || prop::sample::select(&["./w", "node_modules"][..]);
    prop_oneof![
        module().prop_map(|(path, version)| Edit::Require(path, version)),
        any_path().prop_map(Edit::DropRequire),
        module().prop_map(|(path, version)| Edit::Exclude(path, version)),
        module().prop_map(|(path, version)| Edit::DropExclude(path, version)),
        (old(), new).prop_map(|(old, new)| Edit::Replace(old, new)),
        old().prop_map(Edit::DropReplace),
        ends().prop_map(|(low, high)| Edit::Retract(low, high)),
        ends().prop_map(|(low, high)| Edit::DropRetract(low, high)),
        (key(), prop::sample::select(&["1", "go1.21"][..])).prop_map(|(k, v)| Edit::Godebug(k, v)),
        key().prop_map(Edit::DropGodebug),
        any_path().prop_map(Edit::Tool),
        any_path().prop_map(Edit::DropTool),
        place().prop_map(Edit::Ignore),
        place().prop_map(Edit::DropIgnore),
    ]
}

/// The flags that go applies before all others, whatever their place.
#[derive(Clone, Debug)]
struct First {
    module: Option<&'static str>,
    go: Option<&'static str>,
    toolchain: Option<&'static str>,
}

fn any_first() -> impl Strategy<Value = First> {
    let select = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let toolchain = select(&["none", "go1.22.0", "default"]);
    (select(&["a.b/new", "a.b/m/v2"]), select(&["none", "1.20", "1.22.0"]), toolchain)
        .prop_map(|(module, go, toolchain)| First { module, go, toolchain })
}

impl First {
    fn flags(&self) -> impl Iterator<Item = String> {
        let flags = [("module", self.module), ("go", self.go), ("toolchain", self.toolchain)];
        flags.into_iter().filter_map(|(name, value)| Some(format!("-{name}={}", value?)))
    }

    fn apply(&self, file: &mut ModFile) -> Result<(), EditError> {
        if let Some(path) = self.module {
            file.add_module_stmt(path);
        }
        match self.go {
            None => {}
            Some("none") => file.drop_go_stmt(),
            Some(version) => file.add_go_stmt(version)?,
        }
        match self.toolchain {
            None => {}
            Some("none") => file.drop_toolchain_stmt(),
            Some(name) => file.add_toolchain_stmt(name)?,
        }
        Ok(())
    }
}

/// go's JSON without the empty tools and directories that it shows for dropped ones.
pub(super) fn without_ghosts(mut json: Value) -> Value {
    for name in ["Tool", "Ignore"] {
        let Some(list) = json[name].as_array_mut() else { continue };
        list.retain(|entry| entry["Path"] != "");
        if list.is_empty() {
            json[name] = Value::Null;
        }
    }
    json
}

#[test]
fn edits_have_gos_results() {
    if !go_is_there() {
        return;
    }
    let sample = prop::sample::select(WELL_FORMED);
    let edits = prop::collection::vec(any_edit(), 0..9);
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() };
    proptest!(config, |(sample in sample, first in any_first(), edits in edits)| {
        let folder = folder(sample.as_bytes());
        let flags: Vec<String> = first.flags().chain(edits.iter().map(Edit::flag)).collect();
        let command = |output: &str| {
            let mut go = go(folder.path());
            go.args(&flags).arg(output);
            go
        };
        let output = run(command("-print"));
        let mut file = parse(sample.as_bytes()).map_err(TestCaseError::fail)?;
        first.apply(&mut file).expect("well-formed versions");
        for edit in &edits {
            if let Err(error) = edit.apply(&mut file) {
                let ours = format!("go: {}: {error}\n", edit.flag());
                prop_assert_eq!(ours, text(&output.stderr));
                return Ok(());
            }
        }
        file.sort_blocks();
        file.cleanup();
        prop_assert_eq!(text(&file.format()), text(&output.stdout), "{}", text(&output.stderr));
        let theirs: Value = serde_json::from_slice(&run(command("-json")).stdout).expect("JSON");
        prop_assert_eq!(as_json(&file), without_ghosts(theirs));
    });
}
