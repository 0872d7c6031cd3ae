//! Templates executed by us and by Go's text/template on the same values, compared.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use gomod::ui::template::{Struct, StructType, Template, TemplateError, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};

use super::go_is_there;

/// Executes the templates that it reads, one a line.
const PROGRAM: &str = r#"package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"text/template"

	"answers/modinfo"
)

type question struct {
	Template string
	Data     *modinfo.ModulePublic
}

type answer struct {
	Output string
	Error  string
}

func ask(q question) (a answer) {
	functions := template.FuncMap{
		"join":    strings.Join,
		"context": func() string { return "" },
		"module":  func(string) string { return "" },
	}
	parsed, err := template.New("main").Funcs(functions).Parse(q.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, q.Data)
	a.Output = out.String()
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func main() {
	questions := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var q question
		if err := questions.Decode(&q); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			panic(err)
		}
		if err := answers.Encode(ask(q)); err != nil {
			panic(err)
		}
	}
}
"#;

const MODINFO: &str = r#"package modinfo

import (
	"time"

	"answers/codehost"
)

type ModulePublic struct {
	Path       string
	Version    string
	Versions   []string
	Replace    *ModulePublic
	Time       *time.Time
	Update     *ModulePublic
	Main       bool
	Indirect   bool
	Retracted  []string
	Deprecated string
	Error      *ModuleError
	Origin     *codehost.Origin
}

type ModuleError struct {
	Err string
}

func (m *ModulePublic) String() string {
	return m.Path + " " + m.Version
}
"#;

const CODEHOST: &str = "package codehost

type Origin struct {
	VCS  string
	Hash string
}
";

static MODULE: StructType = StructType {
    name: "modinfo.ModulePublic",
    fields: &[
        "Path",
        "Version",
        "Versions",
        "Replace",
        "Time",
        "Update",
        "Main",
        "Indirect",
        "Retracted",
        "Deprecated",
        "Error",
        "Origin",
    ],
    has_text: true,
    other_methods: &[],
};
static ERROR: StructType = StructType {
    name: "modinfo.ModuleError",
    fields: &["Err"],
    has_text: false,
    other_methods: &[],
};
static ORIGIN: StructType = StructType {
    name: "codehost.Origin",
    fields: &["VCS", "Hash"],
    has_text: false,
    other_methods: &[],
};

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: &'static str,
    version: &'static str,
    versions: Option<Vec<String>>,
    replace: Option<Box<Module>>,
    time: Option<&'static str>,
    update: Option<Box<Module>>,
    main: bool,
    indirect: bool,
    retracted: Option<Vec<String>>,
    deprecated: &'static str,
    error: Option<Error>,
    origin: Option<Origin>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error {
    err: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Origin {
    #[serde(rename = "VCS")]
    vcs: &'static str,
    #[serde(rename = "Hash")]
    hash: &'static str,
}

/// The one time that the data has, and how Go prints it.
const INSTANT: &str = "2024-02-03T04:05:06.7Z";

fn pointer(class: &'static StructType, values: Option<Vec<Value>>, text: Option<String>) -> Value {
    Value::Pointer(class, values.map(|values| Box::new(Struct { values, text })))
}

impl Module {
    fn value(module: Option<&Self>) -> Value {
        let Some(module) = module else { return pointer(&MODULE, None, None) };
        let texts = |texts: &Option<Vec<String>>| Value::Texts(texts.clone().unwrap_or_default());
        let origin = module.origin.as_ref();
        let values = vec![
            module.path.into(),
            module.version.into(),
            texts(&module.versions),
            Self::value(module.replace.as_deref()),
            Value::time(module.time),
            Self::value(module.update.as_deref()),
            module.main.into(),
            module.indirect.into(),
            texts(&module.retracted),
            module.deprecated.into(),
            pointer(&ERROR, module.error.as_ref().map(|error| vec![error.err.into()]), None),
            pointer(&ORIGIN, origin.map(|o| vec![o.vcs.into(), o.hash.into()]), None),
        ];
        pointer(&MODULE, Some(values), Some(format!("{} {}", module.path, module.version)))
    }
}

fn modules() -> Vec<Module> {
    let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    vec![
        Module { path: "example.com/main", main: true, ..Module::default() },
        Module {
            path: "a.b/c",
            version: "v1.2.3",
            versions: texts(&["v1.0.0", "v1.2.3", "v1.3.0-é\"\t"]),
            replace: Some(Box::new(Module { path: "../dir", ..Module::default() })),
            time: Some(INSTANT),
            indirect: true,
            retracted: texts(&["too\nold"]),
            deprecated: "use <a.b/d> & \"others\"",
            origin: Some(Origin { vcs: "git", hash: "0a1b" }),
            ..Module::default()
        },
        Module {
            path: "gopkg.in/ü.v2",
            version: "v2.0.0",
            update: Some(Box::new(Module {
                path: "gopkg.in/ü.v2",
                version: "v2.1.0",
                time: Some(INSTANT),
                ..Module::default()
            })),
            replace: Some(Box::new(Module {
                path: "a.b/fork",
                version: "v0.1.0",
                versions: texts(&["v0.1.0"]),
                ..Module::default()
            })),
            error: Some(Error { err: "not found: %s" }),
            ..Module::default()
        },
    ]
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Question<'a> {
    template: &'a str,
    data: &'a Module,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    output: String,
    error: String,
}

/// What Go makes of each question.
fn answers_of_go(questions: &[Question<'_>]) -> Vec<Answer> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("written");
    };
    write("go.mod", "module answers\n\ngo 1.26\n");
    write("main.go", PROGRAM);
    write("modinfo/modinfo.go", MODINFO);
    write("codehost/codehost.go", CODEHOST);
    let lines: Vec<String> = questions
        .iter()
        .map(|question| serde_json::to_string(question).expect("a question as JSON"))
        .collect();
    write("questions", &lines.join("\n"));
    let mut go = Command::new("go");
    go.args(["run", "."]).current_dir(folder.path());
    for (name, value) in [
        ("GOFLAGS", "-mod=mod"),
        ("GOPROXY", "off"),
        ("GOENV", "off"),
        ("GOWORK", "off"),
        ("GOTOOLCHAIN", "local"),
    ] {
        go.env(name, value);
    }
    let questions_file = File::open(folder.path().join("questions")).expect("the questions");
    let output = go.stdin(questions_file).stderr(Stdio::inherit()).output().expect("go runs");
    assert!(output.status.success(), "the program in Go ends well");
    let answers: Vec<Answer> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("answers as JSON");
    assert_eq!(answers.len(), questions.len());
    answers
}

/// What we make of a question; the error where we refuse.
fn our_answer(question: &Question<'_>) -> Result<Answer, TemplateError> {
    let mut output = String::new();
    let executed = Template::parse(question.template)
        .and_then(|template| template.execute(&Module::value(Some(question.data)), &mut output));
    let error = match executed {
        Ok(()) => String::new(),
        Err(error @ TemplateError::Unsupported { .. }) => return Err(error),
        Err(error) => error.to_string(),
    };
    Ok(Answer { output, error })
}

/// The part of an error that has to be equal: what Go says of a method called on nil depends
/// on how the method is declared, and structs in messages have addresses in them.
fn compared(error: &str) -> &str {
    let ends = ["error calling String: ", "range can't iterate over ", "non-comparable types "];
    let end = ends.iter().filter_map(|end| Some(error.find(end)? + end.len())).min();
    &error[..end.unwrap_or(error.len())]
}

/// Compares all templates on all data, and counts what was refused.
fn compare(templates: &[String]) -> Vec<(String, TemplateError)> {
    let modules = modules();
    let questions: Vec<Question<'_>> = templates
        .iter()
        .flat_map(|template| modules.iter().map(move |data| Question { template, data }))
        .collect();
    let theirs = answers_of_go(&questions);
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    for (question, theirs) in questions.iter().zip(theirs) {
        let ours = match our_answer(question) {
            Ok(answer) => answer,
            Err(error) => {
                refused.push((question.template.to_owned(), error));
                continue;
            }
        };
        if ours.output != theirs.output || compared(&ours.error) != compared(&theirs.error) {
            wrong.push(format!("{:?}\n  ours   {ours:?}\n  theirs {theirs:?}", question.template));
        }
    }
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} differ:\n{}", wrong.join("\n"));
    refused
}

/// Templates that succeed or fail as with Go, with its words.
const TEMPLATES: &[&str] = &[
    // What scripts ask for.
    "",
    " \n",
    "{{.}}",
    "{{.String}}",
    "{{$}}",
    "{{.Path}}",
    "{{.Path}} {{.Version}}",
    "{{.Path}}@{{.Version}}\n",
    "{{.Main}} {{.Indirect}}",
    "{{.Versions}}",
    "{{.Replace}}",
    "{{.Time}}",
    "{{.Time.String}}",
    "{{.Time.Format \"2006-01-02T15:04:05Z07:00\"}}",
    "{{.Time.Format \"Mon Jan _2 3:4:5.000 PM 06 MST\"}}",
    "{{\"02.01.2006\" | .Time.Format}}",
    "{{with .Time}}{{.Format \"Monday, January 2\" | printf \"%q\"}}{{end}}",
    "{{.Time.Format}}",
    "{{.Time.Format 1}}",
    "{{.Error}}",
    "{{.Origin}}",
    "{{print .Error .Origin}}",
    "{{.Origin.VCS}}",
    "{{if .Replace}}{{.Replace.Path}}{{else}}{{.Path}}{{end}}",
    "{{with .Replace}}{{.Path}} {{$.Path}}{{end}}",
    "{{with .Error}}{{.Err}}{{end}}",
    "{{if not (or .Indirect .Main)}}{{.Path}}{{end}}",
    "{{if not .Main}}{{.Path}}{{end}}",
    "{{if and (not .Main) (not .Indirect)}}{{.Path}}{{\"\\n\"}}{{end}}",
    "{{if (and (not (or .Main .Indirect)) .Update)}}{{.Path}}: {{.Version}} -> {{.Update.Version}}{{end}}",
    "{{range .Versions}}{{.}}\n{{end}}",
    "{{join .Versions \", \"}}",
    "{{join .Retracted \"\\n\"}}",
    "{{range $i, $v := .Versions}}{{$i}}={{$v}} {{end}}",
    "{{printf \"%s@%s\" .Path .Version}}",
    "{{printf \"%-30s|%10s|\" .Path .Version}}",
    "{{with $x := .Update}}{{$x.Path}}{{else}}none{{end}}",
    "{{if eq .Path \"a.b/c\"}}yes{{else if eq .Path \"x\"}}x{{else}}no{{end}}",
    "{{if eq .Version \"v1.2.3\" \"v2.0.0\"}}one{{end}}",
    "{{len .Versions}} {{len .Path}}",
    "{{index .Versions 0}}",
    "{{slice .Path 1 3}}",
    "{{.Replace.Path}}",
    "{{.Update.Version}}",
    "{{.Error.Err}}",
    "{{.Time.String | printf \"%.10s\"}}",
    // Space.
    "a {{- 1 -}} b",
    "a \n\t{{- .Path -}}\r\n b",
    "a {{1 -}} \n b {{- 2}} c",
    "{{- 1 }}",
    "{{-1}} {{-  2}}",
    "{{1 -}}",
    "{{ 1 }}",
    "{{\t1\n}}",
    "{{\n.Path\n}}\n",
    "a{{/* comment */}}b",
    "a {{- /* comment */ -}} b",
    "a {{- /* comment\n */}} b",
    "{{/**/}}",
    "{{/* a",
    "{{/* a */ }}",
    "{{ /* a */}}",
    "{{- 3 -}}}",
    "{ {{1}} }",
    "{{{1}}}",
    "}}",
    "{{\"}}\"}}",
    "{{if .Main -}} a {{- else -}} b {{- end}}",
    // Literals.
    "{{1}} {{-1}} {{+1}} {{0}} {{-0}}",
    "{{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}} {{0X_ff}}",
    "{{9223372036854775807}} {{-9223372036854775808}}",
    "{{9223372036854775808}}",
    "{{18446744073709551616}}",
    "{{-9223372036854775809}}",
    "{{08}}",
    "{{1__0}}",
    "{{0x}}",
    "{{1a}}",
    "{{1+2}}",
    "{{'a'}} {{'\\n'}} {{'\\''}} {{'é'}} {{'\\xff'}} {{'\\u00e9'}}",
    "{{''}}",
    "{{'ab'}}",
    "{{'a}}",
    "{{\"a\\tb\\\"\\\\ \\x41\\101\\u00e9\\U0001F600\"}}",
    "{{\"\\q\"}}",
    "{{\"\\'\"}}",
    "{{\"\\ud800\"}}",
    "{{\"a}}",
    "{{\"a\nb\"}}",
    "{{`a\\n\n\"b\"`}}",
    "{{`a\r\nb`}}",
    "{{`a}}",
    "{{true}} {{false}}",
    "{{nil}}",
    "{{print nil}}",
    "{{printf \"%v %s %d %T\" nil nil nil nil}}",
    "{{true.X}}",
    "{{\"a\".X}}",
    "{{1.X}}",
    "{{nil.X}}",
    "{{..X}}",
    // Fields.
    "{{.Nope}}",
    "{{.path}}",
    "a{{.Path}}{{.Nope}}b",
    "a\nb\n  {{.Nope}}",
    "{{.Path.Nope}}",
    "{{.Versions.Nope}}",
    "{{.Main.Nope}}",
    "{{.Replace.Nope}}",
    "{{.Replace.Replace.Path}}",
    "{{.Replace.String}}",
    "{{.Replace.Replace.String}}",
    "{{.Origin.Nope}}",
    "{{.Error.String}}",
    "{{.String.Nope}}",
    "{{.String 1}}",
    "{{1 | .String}}",
    "{{.Path 1}}",
    "{{1 | .Path}}",
    "{{$.Path 1}}",
    "{{$ 1}}",
    "{{. 1}}",
    "{{1 2}}",
    "{{(1) 2}}",
    "{{\"a\" | \"b\"}}",
    "{{.Path | .Version}}",
    "{{.Path | (print 1)}}",
    "{{(.Replace).Path}}",
    "{{(index .Versions 0).X}}",
    "{{(print 1).X}}",
    "{{print.X}}",
    "{{len.X}}",
    "{{(nil).X}}",
    "{{(and nil).X}}",
    "{{(or nil)}}",
    "{{(and nil).X | print}}",
    "{{(.)}} {{((.Path))}}",
    "{{().X}}",
    "{{.Path.}}",
    "{{.Path .}}",
    "{{.A-B}}",
    "{{.Path.Version.Main}}",
    // Variables.
    "{{$x := 1}}{{$x}}",
    "{{$x := .Path}}{{$x}} {{$x := 2}}{{$x}}",
    "{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}",
    "{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}",
    "{{$x}}",
    "{{$x = 1}}",
    "{{$x := $x}}",
    "{{if true}}{{$x := 1}}{{end}}{{$x}}",
    "{{if .Main}}{{$x := 1}}{{else}}{{$x}}{{end}}",
    "{{$x := .Replace}}{{$x.Path}}",
    "{{with $x := .Path}}{{.}}{{$x}}{{end}}",
    "{{if $x := .Replace}}{{$x}}{{else}}{{$x}}{{end}}",
    "{{$x, $y := 1}}",
    "{{$x,}}",
    "{{$x := }}",
    "{{$x :}}",
    "{{$x=1}}",
    "{{$:=1}}",
    "{{$ := 1}}{{$}} {{.Path}}",
    "{{$x := 1 | print 2}}{{$x}}",
    "{{$last := \"\"}}{{range .Versions}}{{$last = .}}{{end}}{{$last}}",
    "{{($x := 1)}}{{$x}}",
    "{{print ($x := 1) $x}}",
    // Branches.
    "{{if .Path}}a",
    "{{if}}a{{end}}",
    "{{if .Main}}a{{else}}b{{else}}c{{end}}",
    "{{if .Main}}a{{else if .Indirect}}b{{else if .Update}}c{{end}}",
    "{{if .Main}}a{{else with .Path}}b{{end}}",
    "{{with .Replace}}a{{else with .Path}}{{.}}{{else}}c{{end}}",
    "{{with .Replace}}a{{else if .Path}}b{{end}}",
    "{{end}}",
    "{{else}}",
    "{{end 1}}",
    "{{else 1}}",
    "{{if .Versions}}1{{end}}{{if 0}}2{{end}}{{if 1}}3{{end}}{{if \"\"}}4{{end}}{{if (and nil)}}5{{end}}",
    "{{if nil}}a{{end}}",
    "{{if .Nope}}a{{end}}",
    "{{with .Deprecated}}deprecated: {{.}}{{end}}",
    "{{range .Versions}}{{.}}{{else}}none{{end}}",
    "{{range .Versions}}{{$.Path}}{{break}}{{end}}",
    "{{range .Versions}}{{if eq . \"v1.2.3\"}}{{continue}}{{end}}{{.}},{{end}}",
    "{{range .Versions}}{{with $x := .}}{{if eq $x \"v1.2.3\"}}{{break}}{{end}}{{end}}{{.}},{{end}}",
    "{{break}}",
    "{{if true}}{{continue}}{{end}}",
    "{{range .Versions}}{{break 1}}{{end}}",
    "{{range .Versions}}{{else}}{{break}}{{end}}",
    "{{range $v := .Versions}}{{$v}} {{end}}",
    "{{$v := 1}}{{range $v = .Versions}}{{$v}} {{end}}{{$v}}",
    "{{$i := 1}}{{$v := 1}}{{range $i, $v = .Versions}}{{$i}}{{$v}} {{end}}{{$i}}{{$v}}",
    "{{range $i, $v = .Versions}}{{end}}",
    "{{range $i, $v := .Versions}}{{else}}{{$i}}{{$v}}{{end}}",
    "{{range $a, $b, $c := .Versions}}{{end}}",
    "{{range $a, 1 := .Versions}}{{end}}",
    "{{range $a, $b}}{{end}}",
    "{{range 3}}{{.}}{{end}} {{range $i := 2}}{{$i}}{{end}} {{range 0}}{{else}}none{{end}}",
    "{{range $i, $v := 3}}{{end}}",
    "{{range .Path}}{{end}}",
    "{{range true}}{{end}}",
    "{{range .Update}}{{end}}",
    "{{range (and nil)}}a{{else}}b{{end}}",
    "{{range (index \"\\x03\" 0)}}{{.}}{{end}}",
    "{{range .Versions}}{{range $.Retracted}}{{.}}{{end}}{{end}}",
    // Functions.
    "{{nope}}",
    "{{.Path | nope}}",
    "{{and}} ",
    "{{and 1}} {{and 1 0 2}} {{and .Path .Version}} {{1 | and 0}} {{1 | and 2}}",
    "{{or 0}} {{or 0 \"\" 2}} {{or .Update \"none\"}} {{0 | or 0}}",
    "{{or .Nope 1}}",
    "{{or 1 .Nope}} {{and 0 .Nope}}",
    "{{not 1}} {{not .Replace}} {{not nil}} {{not}}",
    "{{not 1 2}}",
    "{{1 | not 2}}",
    "{{eq 1 1}} {{eq 1 2}} {{eq \"a\" \"a\"}} {{eq true true}} {{eq 1 2 3 1}}",
    "{{eq 1}}",
    "{{eq}}",
    "{{eq 1 \"a\"}}",
    "{{eq 1 1 \"a\"}}",
    "{{eq 1 true}}",
    "{{eq .Replace nil}} {{eq nil .Replace}} {{eq nil nil}} {{eq .Versions nil}} {{eq .Path nil}}",
    "{{ne .Replace nil}} {{ne .Path \"a.b/c\"}}",
    "{{eq .Replace .Replace}} {{eq .Replace .Update}} {{eq . $}}",
    "{{eq .Replace .Error}}",
    "{{eq .Replace \"a\"}}",
    "{{eq .Versions .Retracted}}",
    "{{eq .Time .Time}}",
    "{{eq (index \"a\" 0) 'a'}} {{lt (index \"a\" 0) 98}}",
    "{{ne 1}}",
    "{{ne 1 2 3}}",
    "{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt \"a\" \"b\"}} {{ge .Version \"v1.5.0\"}}",
    "{{lt 1 \"a\"}}",
    "{{lt true false}}",
    "{{le true 1}}",
    "{{lt nil 1}}",
    "{{lt .Replace .Replace}}",
    "{{gt .Versions 1}}",
    "{{len 1}}",
    "{{len nil}}",
    "{{len .Replace}}",
    "{{len .Main}}",
    "{{len}}",
    "{{len .Path .Path}}",
    "{{.Path | len}}",
    "{{index .Versions 5}}",
    "{{index .Versions -1}}",
    "{{index .Versions \"a\"}}",
    "{{index .Versions nil}}",
    "{{index .Versions 0 0}}",
    "{{index \"abc\" 1}}",
    "{{index .Path 100}}",
    "{{index .Path (len .Path)}}",
    "{{index .Replace 1}}",
    "{{index nil 1}}",
    "{{index .Main 1}}",
    "{{index .Versions}}",
    "{{index}}",
    "{{0 | index .Versions}}",
    "{{slice \"abcdef\" 1}} {{slice \"abcdef\" 1 3}} {{slice \"abcdef\"}}",
    "{{slice \"abc\" 2 1}}",
    "{{slice \"abc\" 4}}",
    "{{slice \"abc\" 1 2 3}}",
    "{{slice \"abc\" 1 2 3 4}}",
    "{{slice 1}}",
    "{{slice nil}}",
    "{{slice .Replace}}",
    "{{slice \"abc\" \"a\"}}",
    "{{join .Versions}}",
    "{{join .Versions 1}}",
    "{{join .Versions nil}}",
    "{{join nil \"a\"}}",
    "{{join .Path \"a\"}}",
    "{{join \"a\" \"b\"}}",
    "{{join .Versions .Path}}",
    "{{join .Versions .Main}}",
    "{{\"/\" | join .Versions}}",
    "{{join .Versions (and nil)}}",
    "{{join (and nil) \"a\"}}|",
    "{{print 1 2}} {{print \"a\" \"b\"}} {{print 1 \"a\" 2}} {{print true nil}} {{print}}",
    "{{print .Replace .Versions .Main .Path}}",
    "{{println 1 \"a\"}}{{println}}",
    "{{print (print 1) (len .Path)}}",
    "{{println .Path | print}}",
    // printf.
    "{{printf \"%s %v %q\" .Path .Path .Path}}",
    "{{printf \"%d %v %x %X %o %O %b %c %q %U\" 42 42 42 42 42 42 42 42 42 42}}",
    "{{printf \"%d %x\" -42 -42}}",
    "{{printf \"%t %v\" .Main .Main}}",
    "{{printf \"%d %s %t\" \"x\" 1 \"y\"}}",
    "{{printf \"%s %d %q\" .Main .Main .Main}}",
    "{{printf \"%z %y\" 1 \"a\"}}",
    "{{printf \"%d\"}}",
    "{{printf \"%\"}} {{printf \"%5\" 1}} {{printf \"%%\"}} {{printf \"%5%\"}}",
    "{{printf \"a\" 1 \"b\" nil true}}",
    "{{printf \"%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-+5d|%+05d\" 42 42 42 42 42 42 42 42 42}}",
    "{{printf \"%5s|%-5s|%.2s|%5.1s|%05s|%q|%8q|%-8q|%.1q\" \"aé\" \"aé\" \"aé\" \"aé\" \"aé\" \"aé\" \"aé\" \"aé\" \"aé\"}}",
    "{{printf \"%+q %q\" .Path .Deprecated}}",
    "{{printf \"%x %X % x %.2x %10x|%-10x|%010x\" \"hé\" \"hé\" \"hé\" \"hé\" \"hé\" \"hé\" \"hé\"}}",
    "{{printf \"%5t|%-6t|%06t\" true true true}}",
    "{{printf \"%v %s %q %d\" .Versions .Versions .Versions .Versions}}",
    "{{printf \"%10s|%-10s\" .Versions .Versions}}",
    "{{printf \"%v %s %q\" .Replace .Replace .Replace}}",
    "{{printf \"%20s|%-20v|%x\" . . .}}",
    "{{printf \"%v %s\" .Time .Time}}",
    "{{printf \"%v %s %q %+v %d\" .Error .Error .Error .Error .Origin.VCS}}",
    "{{printf \"%v %+v %s\" .Origin .Origin .Origin}}",
    "{{printf \"%T %T %T %T %T %T\" . .Path .Main .Versions 1 (index \"a\" 0)}}",
    "{{printf \"%5T|%-9T\" 1 true}}",
    "{{printf \"%c%c\" 0x1F600 -1}} {{printf \"%q %+q\" 'é' 'é'}} {{printf \"%U\" 0x1F600}}",
    "{{printf \"%.0d|%5.0d|%.0d\" 0 0 1}}",
    "{{printf \"%5.\" 1}}{{printf \"%.s\" \"a\"}}",
    "{{printf \"%1000001d\" 1 | len}} {{printf \"%99999999d\" 1}}",
    "{{printf \"%!\" 1}} {{printf \"%é\" 1}}",
    "{{printf 1}}",
    "{{printf nil}}",
    "{{printf .Main}}",
    "{{printf}}",
    "{{.Path | printf \"%s-%s\" .Version}}",
    "{{printf .Path}}",
    "{{printf \"%+v %+d\" 5 5}}",
    // Syntax.
    "{{",
    "{{.Path",
    "{{.Path\n",
    "a\n{{.Path\n\n",
    "a\n{{print \"x\n\"}}",
    "{{}}",
    "{{ }}",
    "{{|}}",
    "{{1|}}",
    "{{.Path |}}",
    "{{|.Path}}",
    "{{.Path || .Version}}",
    "{{(1}}",
    "{{1)}}",
    "{{(1 -}}",
    "{{()}}",
    "{{(1))}}",
    "{{1,2}}",
    "{{,}}",
    "{{!}}",
    "{{.Path!}}",
    "{{.Path}}{{\u{1}}}",
    "{{é}}",
    "{{.Path§}}",
    "{{§}}",
    "{{$x!}}",
    "{{=}}",
    "{{:=}}",
    "{{: }}",
    "{{1 := 2}}",
    "{{if := 1}}{{end}}",
    "{{if .Main}}{{define \"x\"}}{{end}}{{end}}",
    "{{.Path \"aaaaaaaaaaaaaaaaaaaa\" ,}}",
    "{{nope\n}}\n{{",
    "\n\n{{if}}",
    "{{if 1}}\n\n{{nope}}",
    "{{if 1}}\n\n",
    "{{print(1)}} {{print(len .Path)(2)}}",
    "{{print .Path.Path}}",
    "{{print\t.Path\n.Version}}",
    "{{.Path.Nope.Other | print 1}}",
    "{{print 1 | print 2 | print 3}}",
];

#[test]
fn templates_give_what_go_gives() {
    if !go_is_there() {
        return;
    }
    let templates: Vec<String> = TEMPLATES.iter().map(|&text| text.to_owned()).collect();
    let refused = compare(&templates);
    assert!(refused.is_empty(), "all of these are supported: {refused:?}");
}

/// Templates that go executes and gomod refuses.
const REFUSED: &[(&str, &str)] = &[
    ("{{define \"x\"}}a{{end}}", "action \"define\""),
    ("{{block \"x\" .}}a{{end}}", "action \"block\""),
    ("{{template \"main\"}}", "action \"template\""),
    ("{{.Time.Year}}", "Year of *time.Time"),
    ("{{html .Path}}", "function \"html\""),
    ("{{js .Path}}", "function \"js\""),
    ("{{urlquery .Path}}", "function \"urlquery\""),
    ("{{context}}", "function \"context\""),
    ("{{1.5}}", "the floating-point constant 1.5"),
    ("{{1i}}", "the complex constant 1i"),
    ("{{1+2i}}", "the complex constant 1+2i"),
    ("{{\"\\xff\"}}", "the string \"\\xff\", which is no UTF-8,"),
    ("{{slice .Versions 0 1}}", "slice of a []string"),
    ("{{slice \"é\" 1}}", "slicing inside of a character"),
    ("{{printf \"%#v\" .Path}}", "the flag '#' of printf"),
    ("{{printf \"%*d\" 5 1}}", "the flag '*' of printf"),
    ("{{printf \"%[1]d\" 5}}", "the flag '[' of printf"),
    ("{{printf \"%p\" .}}", "the verb %p of printf"),
    ("{{printf \"%d\" .}}", "printing *modinfo.ModulePublic with %d"),
];

#[test]
fn what_is_refused_is_named() {
    let module = &modules()[1];
    for (template, what) in REFUSED {
        let error = our_answer(&Question { template, data: module }).expect_err(template);
        let said = error.to_string();
        let expected = format!("template: main:1: {what} is not supported by gomod");
        assert!(said.starts_with(&expected), "{template}: {said}");
    }
}

/// An expression that fits into parentheses.
fn any_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            ".",
            ".Path",
            ".Version",
            ".Versions",
            ".Replace",
            ".Replace.Path",
            ".Update.Version",
            ".Main",
            ".Indirect",
            ".Time",
            ".Error",
            ".Error.Err",
            ".Origin",
            ".String",
            "$",
            "$.Path",
            "$.Versions",
            "$x",
            "$y",
            "$x.Path",
            "nil",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "2",
            "'a'",
            "\"\"",
            "\"a.b/c\"",
            "`%s`",
            "\"%d %v\"",
            "\"%-8s|\"",
            ".Nope",
        ][..],
    )
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let function = prop::sample::select(
            &[
                "and",
                "or",
                "not",
                "eq",
                "ne",
                "lt",
                "le",
                "gt",
                "ge",
                "len",
                "index",
                "join",
                "print",
                "println",
                "printf",
                "printf \"%v %q\"",
                "printf \"%5s %T\"",
                "and",
                "or",
                "eq",
                "not",
            ][..],
        );
        let arguments = prop::collection::vec(inner.clone(), 0..4);
        let call = (function, arguments)
            .prop_map(|(function, arguments)| format!("({function} {})", arguments.join(" ")));
        let field = prop::sample::select(&["Path", "Versions", "Replace", "Nope"][..]);
        prop_oneof![
            4 => call,
            1 => (inner.clone(), field).prop_map(|(inner, field)| format!("({inner}).{field}")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("({a} | print {b})")),
        ]
    })
}

/// A piece of a template.
fn any_piece() -> impl Strategy<Value = String> {
    let text = prop::sample::select(&["a", " ", "\n", " b\t", "{", "}", "é"][..]);
    let delimiters = || {
        prop::sample::select(&[("{{", "}}"), ("{{- ", "}}"), ("{{", " -}}"), ("{{- ", " -}}")][..])
    };
    let action = (delimiters(), any_expression())
        .prop_map(|((open, close), inner)| format!("{open}{inner}{close}"));
    let variable = prop::sample::select(&["$x := ", "$y := ", "$x = ", "$y = "][..]);
    let declaration =
        (variable, any_expression()).prop_map(|(name, value)| format!("{{{{{name}{value}}}}}"));
    let leaf = prop_oneof![
        2 => text.prop_map(str::to_owned),
        4 => action,
        1 => declaration,
        1 => prop::sample::select(&["{{break}}", "{{continue}}", "{{/* c */}}", "{{- /* c */ -}}"][..])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let pieces = prop::collection::vec(inner, 0..4).prop_map(|pieces| pieces.concat());
        let head = prop::sample::select(
            &[
                "if ",
                "with ",
                "range ",
                "if $x := ",
                "with $y := ",
                "range $x := ",
                "range $x, $y := ",
                "range $x = ",
                "range $x, $y = ",
            ][..],
        );
        let otherwise = prop_oneof![
            2 => Just(String::new()),
            2 => pieces.clone().prop_map(|pieces| format!("{{{{else}}}}{pieces}")),
            1 => (any_expression(), pieces.clone())
                .prop_map(|(value, pieces)| format!("{{{{else if {value}}}}}{pieces}")),
        ];
        (delimiters(), head, any_expression(), pieces, otherwise).prop_map(
            |((open, close), head, value, pieces, otherwise)| {
                format!("{open}{head}{value}{close}{pieces}{otherwise}{{{{end}}}}")
            },
        )
    })
}

#[test]
fn random_templates_give_what_go_gives() {
    if !go_is_there() {
        return;
    }
    const CASES: usize = 2000;
    let config = Config { failure_persistence: None, ..Config::default() };
    let seed = TestRunner::deterministic().new_rng();
    let mut runner = TestRunner::new_with_rng(config, seed);
    let pieces = prop::collection::vec(any_piece(), 0..6);
    let templates: Vec<String> = (0..CASES)
        .map(|_| {
            let pieces = pieces.new_tree(&mut runner).expect("a template").current();
            // Both variables exist mostly.
            format!("{{{{$x := .Path}}}}{{{{$y := 1}}}}{}", pieces.concat())
        })
        .collect();
    let refused = compare(&templates);
    for (template, error) in &refused {
        let TemplateError::Unsupported { what, .. } = error else { unreachable!() };
        let is_expected = what.starts_with("printing ");
        assert!(is_expected, "{template}: {error}");
    }
    assert!(refused.len() * 20 < CASES * modules().len(), "{} refused", refused.len());
}
