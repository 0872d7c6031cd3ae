//! `list -m` as it is typed and shown: lines, JSON, or a template's text.
//!
//! Source: cmd/go/internal/list/list.go.

use anyhow::{Result, bail};

use crate::commands::list::{Options, Summary};
use crate::fetch::info::to_go_json;
use crate::resolve::listing::{Details, ModuleInfo};
use crate::ui::Ui;

use super::parse::{Settings, UsageError};
use super::report;

/// How modules are shown.
#[derive(Clone, Debug)]
enum Form {
    /// `path version`, or the versions behind the path.
    Plain,
    /// JSON, of these fields or of all.
    Json(Vec<String>),
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
        let form =
            if settings.is_on("json") { Form::Json(settings.values("json")) } else { Form::Plain };
        let details = Details {
            updates: settings.is_on("u"),
            versions: settings.is_on("versions"),
            retracted: settings.is_on("retracted"),
        };
        let options = Options { arguments, details };
        Ok(Self { options, form, keeps_errors: settings.is_on("e") })
    }

    /// Shows the modules, or what failed.
    pub(super) fn show(&self, ui: &Ui, summary: Summary) -> Result<u8> {
        let Summary { modules, failure } = summary;
        if !self.keeps_errors {
            let errors = modules.iter().filter_map(|module| module.error.as_ref());
            let mut failed = false;
            for error in errors {
                ui.say(&format!("gomod: {}", error.err));
                failed = true;
            }
            match failure {
                Some(failure) => return Err(failure),
                None if failed => return Ok(report::FAILURE),
                None => {}
            }
        }
        let mut text = String::new();
        for module in &modules {
            match &self.form {
                Form::Plain => {
                    text.push_str(&self.line(module));
                    text.push('\n');
                }
                Form::Json(fields) => {
                    text.push_str(&json(module, fields)?);
                    text.push('\n');
                }
            }
        }
        ui.data(&text)?;
        Ok(0)
    }

    fn line(&self, module: &ModuleInfo) -> String {
        if !self.options.details.versions {
            return module.to_string();
        }
        let versions = module.versions.iter().map(|version| format!(" {version}"));
        let deprecated = if module.deprecated.is_empty() { "" } else { " (deprecated)" };
        format!("{}{}{deprecated}", module.path, versions.collect::<String>())
    }
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
