//! `list -m` as it is typed and shown: lines, JSON, or a template's text.
//!
//! Source: cmd/go/internal/list/list.go.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::commands::list::{Options, Summary};
use crate::fetch::info::{Origin, to_go_json};
use crate::resolve::error::failed_fetch;
use crate::resolve::listing::{Details, ListError, ModuleInfo};
use crate::ui::Ui;
use crate::ui::template::{Struct, StructType, Template, Value};

use super::parse::{Settings, UsageError};
use super::report::{self, Surroundings};

/// How modules are shown.
#[derive(Clone, Debug)]
enum Form {
    /// `path version`, or the versions behind the path.
    Plain,
    /// JSON, of these fields or of all.
    Json(Vec<String>),
    /// The text of a template.
    Template(Arc<Template>),
}

/// `list` with its flags.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// What is asked for.
    pub options: Options,
    form: Form,
    /// `-e`: errors are part of the answer.
    keeps_errors: bool,
}

impl Invocation {
    /// Reads the flags.
    ///
    /// # Errors
    /// They contradict each other, or ask for packages.
    pub(super) fn new(settings: &Settings, arguments: Vec<String>) -> Result<Self> {
        let usage = |text: &str| Err(UsageError(text.to_owned()).into());
        if settings.value("f").is_some() && settings.is_on("json") {
            bail!("go list -f cannot be used with -json");
        }
        if !settings.is_on("m") {
            return usage(
                "listing packages is not built yet in gomod: 'gomod list -m' lists modules",
            );
        }
        let form = match settings.value("f") {
            Some(template) => Form::Template(Arc::new(Template::parse(&template)?)),
            None if settings.is_on("json") => Form::Json(settings.values("json")),
            None => Form::Plain,
        };
        let details = Details {
            updates: settings.is_on("u"),
            versions: settings.is_on("versions"),
            retracted: settings.is_on("retracted"),
        };
        let reuse = settings.value("reuse").map(PathBuf::from);
        let options = Options { arguments, details, reuse };
        Ok(Self { options, form, keeps_errors: settings.is_on("e") })
    }

    /// Shows the modules, or what failed.
    pub(super) fn show(&self, ui: &Ui, summary: Summary, surroundings: Surroundings) -> Result<u8> {
        let Summary { modules, failure, explained } = summary;
        if !self.keeps_errors {
            let errors = modules.iter().filter_map(|module| module.error.as_ref());
            let mut failed = false;
            for error in errors {
                let cause = error.cause.as_deref().and_then(|cause| failed_fetch(cause));
                if cause.is_some_and(|(_, error)| error.is_lack()) {
                    // All that is lacking is told together.
                    failed = true;
                    continue;
                }
                ui.say(&format!("gomod: {}", error.err));
                let help = || report::help(explained.as_ref()?, surroundings);
                // What helps with one of them helps with all.
                if !failed && let Some(help) = help() {
                    ui.say(&help);
                }
                failed = true;
            }
            match failure {
                Some(failure) => return Err(failure),
                None if failed => return Ok(report::FAILURE),
                None => {}
            }
        }
        let mut text = String::new();
        match &self.form {
            Form::Plain => {
                modules.iter().for_each(|module| self.add_line(module, &mut text));
            }
            Form::Json(fields) => {
                for module in &modules {
                    text.push_str(&json(module, fields)?);
                    text.push('\n');
                }
            }
            Form::Template(template) => {
                let filled = fill(template, &modules, &mut text);
                ui.data(&text)?;
                return filled.map(|()| 0);
            }
        }
        ui.data(&text)?;
        Ok(0)
    }

    fn add_line(&self, module: &ModuleInfo, text: &mut String) {
        if !self.options.details.versions {
            text.push_str(&module.to_string());
            text.push('\n');
            return;
        }
        let versions = module.versions.iter().flat_map(|version| [" ", version]);
        let deprecated = if module.deprecated.is_empty() { "" } else { " (deprecated)" };
        text.extend([module.path.as_str()].into_iter().chain(versions).chain([deprecated, "\n"]));
    }
}

/// The template's text for each module, with a newline where one is missing.
fn fill(template: &Template, modules: &[ModuleInfo], text: &mut String) -> Result<()> {
    for module in modules {
        template.execute(&value(&MODULE, Some(module_values(module))), text)?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(())
}

/// The types that templates see, as go has them.
static MODULE: StructType = StructType {
    name: "modinfo.ModulePublic",
    fields: &[
        "Path",
        "Version",
        "Query",
        "Versions",
        "Replace",
        "Time",
        "Update",
        "Main",
        "Indirect",
        "Dir",
        "GoMod",
        "GoVersion",
        "Retracted",
        "Deprecated",
        "Error",
        "Sum",
        "GoModSum",
        "Origin",
        "Reuse",
    ],
    has_text: true,
    other_methods: &[],
};
static ERROR: StructType = StructType {
    name: "modinfo.ModuleError",
    fields: &["Err"],
    has_text: false,
    other_methods: &["UnmarshalJSON"],
};
static ORIGIN: StructType = StructType {
    name: "codehost.Origin",
    fields: &["VCS", "URL", "Subdir", "Hash", "TagPrefix", "TagSum", "Ref", "RepoSum"],
    has_text: false,
    other_methods: &[],
};

fn value(class: &'static StructType, target: Option<Struct>) -> Value {
    Value::Pointer(class, target.map(Box::new))
}

fn module_values(module: &ModuleInfo) -> Struct {
    let of_module =
        |info: &Option<Box<ModuleInfo>>| value(&MODULE, info.as_deref().map(module_values));
    let values = vec![
        module.path.as_str().into(),
        module.version.as_str().into(),
        module.query.as_str().into(),
        Value::Texts(module.versions.iter().map(str::to_owned).collect()),
        of_module(&module.replace),
        Value::time(module.time.as_deref()),
        of_module(&module.update),
        module.main.into(),
        module.indirect.into(),
        module.dir.as_str().into(),
        module.go_mod.as_str().into(),
        module.go_version.as_str().into(),
        module.retracted.as_slice().into(),
        module.deprecated.as_str().into(),
        value(&ERROR, module.error.as_ref().map(error_values)),
        module.sum.as_str().into(),
        module.go_mod_sum.as_str().into(),
        value(&ORIGIN, module.origin.as_ref().map(origin_values)),
        module.reuse.into(),
    ];
    Struct { values, text: Some(module.to_string()) }
}

fn error_values(error: &ListError) -> Struct {
    Struct { values: vec![error.err.as_str().into()], text: None }
}

fn origin_values(origin: &Origin) -> Struct {
    let Origin { vcs, url, subdir, hash, tag_prefix, tag_sum, reference, repo_sum } = origin;
    let fields = [vcs, url, subdir, hash, tag_prefix, tag_sum, reference, repo_sum];
    Struct { values: fields.iter().map(|text| text.as_str().into()).collect(), text: None }
}

fn json(module: &ModuleInfo, fields: &[String]) -> Result<String> {
    if fields.is_empty() {
        return Ok(to_go_json(module, "\t"));
    }
    let mut value = serde_json::to_value(module)?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| fields.contains(name));
    }
    Ok(to_go_json(&value, "\t"))
}
