//! `gomod env`: the settings, shown or kept in the go/env file.
//!
//! Source: `go help env`, cmd/go/internal/envcmd/env.go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::config::{Environment, ModuleFlags, Variable, working_directory};
use crate::fetch::info::to_go_json;
use crate::store::env_file;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of variables, or assignments for `-w`.
    pub arguments: Vec<String>,
    /// `-json`
    pub json: bool,
    /// `-w`: keep assignments in the go/env file.
    pub write: bool,
    /// `-u`: remove assignments from it.
    pub unset: bool,
    /// `-changed`: what is not the default.
    pub changed: bool,
}

/// What is to be told.
#[derive(Debug, Default)]
pub struct Summary {
    /// For stdout.
    pub text: String,
    /// A line each.
    pub warnings: Vec<String>,
}

/// Shows variables, or writes the go/env file.
///
/// # Errors
/// Flags that exclude each other, a variable that is not to be set, settings that go could not
/// work with, or the file cannot be written; then it is as it was.
pub fn run(environment: &Environment, flags: &ModuleFlags, options: &Options) -> Result<Summary> {
    let directory = working_directory(environment, flags)?;
    match options {
        Options { json: true, unset: true, .. } => bail!("cannot use -json with -u"),
        Options { json: true, write: true, .. } => bail!("cannot use -json with -w"),
        Options { unset: true, write: true, .. } => bail!("cannot use -u with -w"),
        Options { write: true, .. } => write(environment, &options.arguments),
        Options { unset: true, .. } => unset(environment, &options.arguments),
        _ => {
            if let Some(argument) = options.arguments.iter().find(|name| name.contains('=')) {
                bail!("invalid variable name {argument:?} (use -w to set variable)");
            }
            let variables = environment.variables(&directory)?;
            if options.arguments.is_empty() {
                environment.check_platform()?;
            }
            Ok(Summary { text: show(environment, variables, options), warnings: Vec::new() })
        }
    }
}

fn show(environment: &Environment, variables: Vec<Variable>, options: &Options) -> String {
    let Options { arguments: names, json, changed, .. } = options;
    let value = |name: &String| match variables.iter().find(|variable| variable.name == *name) {
        Some(variable) => variable.value.clone(),
        None => environment.other_variable(name),
    };
    if !names.is_empty() && !changed {
        if *json {
            let values: BTreeMap<&String, String> =
                names.iter().map(|name| (name, value(name))).collect();
            return format!("{}\n", to_go_json(&values, "\t"));
        }
        return names.iter().map(|name| format!("{}\n", value(name))).collect();
    }
    let asked = variables.iter().filter(|variable| {
        (variable.changed || !changed)
            && (names.is_empty() || names.iter().any(|name| *name == variable.name))
    });
    if *json {
        let values: BTreeMap<&str, &String> =
            asked.map(|variable| (variable.name, &variable.value)).collect();
        return format!("{}\n", to_go_json(&values, "\t"));
    }
    asked.map(|variable| format!("{}={}\n", variable.name, quoted(&variable.value))).collect()
}

/// A word that a POSIX shell reads as this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn write(environment: &Environment, arguments: &[String]) -> Result<Summary> {
    if arguments.is_empty() {
        bail!("no KEY=VALUE arguments given");
    }
    let mut added: Vec<(String, String)> = Vec::new();
    let mut warnings = Vec::new();
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=') else {
            bail!("arguments must be KEY=VALUE: invalid argument: {argument}");
        };
        environment.check_assignment(name, value)?;
        if added.iter().any(|(other, _)| other == name) {
            bail!("multiple values for key: {name}");
        }
        added.push((name.to_owned(), value.to_owned()));
        if environment.overrides(name, value) {
            warnings.push(format!(
                "warning: gomod env -w {name}=... does not override conflicting OS environment variable"
            ));
        }
    }
    environment.check_build_settings(&added, &[])?;
    env_file::update(&environment.env_file()?, false, |text| edited(text, &added, &[]))?;
    Ok(Summary { text: String::new(), warnings })
}

fn unset(environment: &Environment, names: &[String]) -> Result<Summary> {
    if names.is_empty() {
        bail!("'gomod env -u' requires an argument");
    }
    for name in names {
        environment.check_assignment(name, "")?;
    }
    environment.check_build_settings(&[], names)?;
    env_file::update(&environment.env_file()?, true, |text| edited(text, &[], names))?;
    Ok(Summary::default())
}

/// The name that a line of the file sets. Source: lineToKey.
fn key(line: &[u8]) -> Option<&[u8]> {
    let name = &line[..line.iter().position(|byte| *byte == b'=')?];
    (!name.contains(&b'#')).then_some(name)
}

/// The file with assignments made and removed: of a variable that is set twice the last line
/// stays, new ones come at the end, and each run of assignments is sorted by name. Comments and
/// other lines stay where they are. Source: updateEnvFile.
fn edited(before: &[u8], added: &[(String, String)], removed: &[String]) -> Vec<u8> {
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    let lines = before.split(|byte| *byte == b'\n').filter(|_| !before.is_empty());
    let lines: Vec<&[u8]> = lines.collect();
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for line in lines.into_iter().rev() {
        match key(line) {
            Some(name) if !seen.insert(name) => {}
            Some(name) if removed.iter().any(|removed| removed.as_bytes() == name) => {}
            _ => kept.push(line.to_vec()),
        }
    }
    kept.reverse();
    for (name, value) in added {
        let assignment = format!("{name}={value}").into_bytes();
        match kept.iter_mut().find(|line| key(line) == Some(name.as_bytes())) {
            Some(line) => *line = assignment,
            None => kept.push(assignment),
        }
    }
    for run in kept.split_mut(|line| key(line).is_none()) {
        run.sort_by(|a, b| key(a).cmp(&key(b)));
    }
    kept.into_iter().flat_map(|line| [line, b"\n".to_vec()]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn assignments_are_made_and_removed() {
        let edited = |before: &str, added: &[(String, String)], removed: &[String]| {
            String::from_utf8(edited(before.as_bytes(), added, removed)).expect("UTF-8")
        };
        let before = "# mine\nGOPROXY=a\nGOFLAGS=x\n\nGOPROXY=b\nGO386=c\nGO=d\nno assignment";
        assert_eq!(
            edited(before, &add(&[("GOPROXY", "new"), ("GOARCH", "amd64")]), &[]),
            "# mine\nGOFLAGS=x\n\nGO=d\nGO386=c\nGOPROXY=new\nno assignment\nGOARCH=amd64\n"
        );
        assert_eq!(
            edited(before, &[], &["GOPROXY".to_owned(), "GOBIN".to_owned()]),
            "# mine\nGOFLAGS=x\n\nGO=d\nGO386=c\nno assignment\n"
        );
        assert_eq!(edited("", &add(&[("GOBIN", "")]), &[]), "GOBIN=\n");
    }

    #[test]
    fn shells_read_what_was_meant() {
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a'b $c"), r"'a'\''b $c'");
    }
}
