use super::*;

static MODULE: StructType = StructType {
    name: "modinfo.ModulePublic",
    fields: &["Path", "Versions", "Replace", "Main", "Time"],
    has_text: true,
    other_methods: &[],
};

fn module(path: &str, replace: Option<Box<Struct>>) -> Struct {
    let versions = ["v1.0.0".to_owned(), "v1.1.0".to_owned()];
    let values = vec![
        path.into(),
        versions[..].into(),
        Value::Pointer(&MODULE, replace),
        false.into(),
        Value::Pointer(&TIME, None),
    ];
    Struct { values, text: Some(format!("{path} as text")) }
}

fn executed(template: &str) -> (String, Option<String>) {
    let replace = module("a.b/fork", None);
    let data = Value::Pointer(&MODULE, Some(Box::new(module("a.b/c", Some(Box::new(replace))))));
    let mut out = String::new();
    let outcome = Template::parse(template).and_then(|parsed| parsed.execute(&data, &mut out));
    (out, outcome.err().map(|error| error.to_string()))
}

#[test]
fn what_scripts_ask_for() {
    for (template, printed) in [
        ("{{.}}", "a.b/c as text"),
        ("{{.String}}", "a.b/c as text"),
        ("{{.Path}} {{.Main}} {{.Versions}}\n", "a.b/c false [v1.0.0 v1.1.0]\n"),
        ("{{with .Replace}}{{$.Path}} => {{.Path}}{{end}}", "a.b/c => a.b/fork"),
        ("{{.Replace.Replace}} {{.Time}}", "<nil> <nil>"),
        ("{{if not .Main}}{{join .Versions \"|\"}}{{end}}", "v1.0.0|v1.1.0"),
        ("{{range $i, $v := .Versions -}}\n {{$i}}:{{$v}}; {{- end}}", "0:v1.0.0;1:v1.1.0;"),
        ("{{.Path | printf \"%-7s|%q\" \"x\"}}", "x      |\"a.b/c\""),
        ("{{if and .Replace (eq .Path \"x\" \"a.b/c\")}}yes{{else}}no{{end}}", "yes"),
    ] {
        assert_eq!(executed(template), (printed.to_owned(), None), "{template}");
    }
}

#[test]
fn errors_are_gos_and_leave_what_was_printed() {
    for (template, printed, error) in [
        ("a{{.Path", "", "template: main:1: unclosed action"),
        ("{{nope}}", "", "template: main:1: function \"nope\" not defined"),
        (
            "a{{.Path}}{{.Nope}}",
            "aa.b/c",
            "template: main:1:12: executing \"main\" at <.Nope>: can't evaluate field Nope in type *modinfo.ModulePublic",
        ),
        (
            "\n{{.Replace.Replace.Path}}",
            "\n",
            "template: main:2:10: executing \"main\" at <.Replace.Replace.Path>: nil pointer evaluating *modinfo.ModulePublic.Path",
        ),
        (
            "{{index .Versions 2}}",
            "",
            "template: main:1:2: executing \"main\" at <index .Versions 2>: error calling index: reflect: slice index out of range",
        ),
    ] {
        assert_eq!(executed(template), (printed.to_owned(), Some(error.to_owned())), "{template}");
    }
}

#[test]
fn what_go_alone_can_do_is_refused_by_name() {
    for (template, error) in [
        (
            "a{{template \"x\"}}",
            "template: main:1: action \"template\" is not supported by gomod; supported are if, ",
        ),
        (
            "{{.Path | html}}",
            "template: main:1: function \"html\" is not supported by gomod; supported are and, or, ",
        ),
        ("{{.Time.Year}}", "template: main:1: Year of *time.Time is not supported by gomod"),
    ] {
        let (printed, said) = executed(template);
        assert_eq!(printed, "", "{template}");
        assert!(said.as_ref().is_some_and(|said| said.starts_with(error)), "{template}: {said:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("(", ")"), ("{{if 1}}", "{{end}}")] {
        let nested = |depth: usize| {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            if open.starts_with('(') {
                format!("{{{{{open}1{close}}}}}")
            } else {
                format!("{open}1{close}")
            }
        };
        assert_eq!(executed(&nested(100)), ("1".to_owned(), None));
        for depth in [101, 100_000] {
            let (_, said) = executed(&nested(depth));
            let said = said.unwrap_or_default();
            assert!(said.contains("nesting deeper than 100 levels"), "{depth}: {said}");
        }
    }
}
