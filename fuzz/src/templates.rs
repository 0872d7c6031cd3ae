//! The law of the templates of `list -f`.

use gomod::ui::template::{Struct, StructType, Template, TemplateError, Value};

use super::Verdict;

static MODULE: StructType = StructType {
    name: "modinfo.ModulePublic",
    fields: &["Path", "Version", "Versions", "Replace", "Time", "Main", "Retracted"],
    has_text: true,
    other_methods: &["GoString"],
};

fn module(path: &str, versions: &[&str], replace: Option<Struct>) -> Struct {
    let versions: Vec<String> = versions.iter().map(|&version| version.to_owned()).collect();
    let values = vec![
        path.into(),
        versions.last().map_or("", String::as_str).into(),
        versions.as_slice().into(),
        Value::Pointer(&MODULE, replace.map(Box::new)),
        Value::time(Some("2024-01-31T23:59:59.5+01:30").filter(|_| !versions.is_empty())),
        versions.is_empty().into(),
        [String::new(), "de\"l\u{e9}t\u{fffd}s\n%s".to_owned()].as_slice().into(),
    ];
    Struct { values, text: Some(path.to_owned()) }
}

/// Reading and executing never panic, and come to the same each time. An error says where in
/// the template it is. What is printed goes behind what is there; a text without actions
/// prints itself.
pub fn template(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let parsed = match Template::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert_place(text, &error);
            assert!(!matches!(error, TemplateError::Failed { .. }), "executed: {error}");
            assert_eq!(Template::parse(text).err(), Some(error));
            return Verdict::Refused;
        }
    };
    if takes_long(text) {
        return Verdict::Accepted;
    }
    let replacement = module("../fork", &[], None);
    let modules = [
        Some(module("example.com/m", &["v1.0.0", "v1.1.0-\u{e9}\t"], Some(replacement))),
        Some(module("", &[], None)),
        None,
    ];
    for module in modules {
        let data = Value::Pointer(&MODULE, module.map(Box::new));
        let mut printed = String::new();
        let outcome = parsed.execute(&data, &mut printed);
        if let Err(error) = &outcome {
            assert_place(text, error);
        }
        if !text.contains("{{") {
            assert_eq!((printed.as_str(), &outcome), (text, &Ok(())));
        }
        let mut behind = "before".to_owned();
        let again = Template::parse(text).and_then(|parsed| parsed.execute(&data, &mut behind));
        assert_eq!(again, outcome);
        assert_eq!(behind.strip_prefix("before"), Some(printed.as_str()));
    }
    Verdict::Accepted
}

fn assert_place(text: &str, error: &TemplateError) {
    let said = error.to_string();
    let (TemplateError::Malformed { line, .. }
    | TemplateError::Failed { line, .. }
    | TemplateError::Unsupported { line, .. }) = *error;
    assert!(said.starts_with(&format!("template: main:{line}:")), "{said:?}");
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&line), "no line {line}: {said:?}");
    if let TemplateError::Failed { column, .. } = *error {
        assert!(column <= lines[line - 1].len(), "no column {column}: {said:?}");
    }
}

/// Whether executing the template may take long or much memory, as a template may that says
/// so: loops within loops or over large numbers, texts that grow with each action, wide fields.
fn takes_long(text: &str) -> bool {
    let count = |part: &str| text.matches(part).count();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let large =
        words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.len() > 2);
    let assigns = count("=") > count(":=");
    if count("range") > 0 && (text.len() > 1024 || text.contains('\'') || assigns) {
        return true;
    }
    count("range") > 2
        || large.count() > 0
        || count("[") > 8
        || (text.contains('=') && count("$") > 16)
}
