//! Arguments as Go's flag package reads them, made into a typed invocation.
//!
//! One dash or two, `-flag=value` or `-flag value`, switches with an optional
//! `=true`; flags end at the first argument that is none, or at `--`. clap knows none
//! of this: it gives help and completions, from the same table.
//!
//! Source: the Go package flag, cmd/go/internal/base/goflags.go.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Arg, ArgAction, Command};

use crate::commands::edit::{self, Edit};
use crate::commands::{clean, download, env, get, graph, init, prefetch, tidy, vendor, why, work};
use crate::config::{ConfigError, ModMode, ModuleFlags, Patience, Surroundings, parse_bool};

use super::flags::{Flag, GROUPS, Group, MODULE_CACHE_ONLY, Takes, VERBS, Verb, find, find_group};
use super::{cache, list};

/// What the user asks for.
#[derive(Clone, Debug)]
pub enum Action {
    /// `download`
    Download(download::Options),
    /// `download -for`; with `-json` and with `-v`
    Prefetch {
        /// What is downloaded.
        options: prefetch::Options,
        /// The answer is to be JSON.
        json: bool,
        /// Each module is explained.
        tells: bool,
    },
    /// `verify`; with `-deep`
    Verify(bool),
    /// `clean`
    Clean(clean::Options),
    /// `cache`
    Cache(cache::Invocation),
    /// `env`
    Env(env::Options),
    /// `get`
    Get(get::Options),
    /// `tidy`
    Tidy(tidy::Options),
    /// `edit`
    Edit(edit::Options),
    /// `init`
    Init(init::Options),
    /// `graph`
    Graph(graph::Options),
    /// `why`
    Why(why::Options),
    /// `vendor`
    Vendor(vendor::Options),
    /// `list`
    List(list::Invocation),
    /// `work init`
    WorkInit(work::init::Options),
    /// `work edit`
    WorkEdit(work::edit::Options),
    /// `work use`
    WorkSync,
    /// `work use`
    WorkUse(work::r#use::Options),
    /// `version`
    Version,
    /// `completion`
    Completion(String),
    /// Help, which is data for stdout.
    Help(String),
}

impl Action {
    /// Whether it reads modules, which may take time.
    pub fn reads_modules(&self) -> bool {
        use Action::{Download, Get, Graph, List, Prefetch, Tidy, Vendor, Verify, Why, WorkSync};
        matches!(
            self,
            Download(_)
                | Prefetch { .. }
                | Get(_)
                | Graph(_)
                | List(_)
                | Tidy(_)
                | Vendor(_)
                | WorkSync
                | Verify(_)
                | Why(_)
        )
    }
}

/// A whole invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// What to do.
    pub action: Action,
    /// `-C`, `-modfile`, `-modcacherw`.
    pub module: ModuleFlags,
    /// `-q`
    pub quiet: bool,
    /// `-x`
    pub trace: bool,
    /// `-v`
    pub verbose: bool,
}

/// A command line that means nothing: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

fn usage<T>(message: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError(message.into()))
}

fn stop<T>(message: impl Into<String>) -> anyhow::Result<T> {
    Err(UsageError(message.into()).into())
}

/// The command as clap knows it, for help and completions.
pub fn command() -> Command {
    let mut command = Command::new("gomod")
        .about("Fetch Go modules without a Go toolchain")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .subcommand_required(true)
        .arg_required_else_help(true);
    let mut under_mod = Command::new("mod")
        .about("The verbs of 'go mod', under their old name")
        .disable_help_flag(true)
        .disable_help_subcommand(true);
    for verb in VERBS.iter().filter(|verb| verb.group().is_none()) {
        command = command.subcommand(subcommand(verb));
        if verb.under_mod {
            under_mod = under_mod.subcommand(subcommand(verb));
        }
    }
    command.subcommand(under_mod).subcommands(GROUPS.iter().map(group_command))
}

/// A group as clap knows it.
fn group_command(group: &Group) -> Command {
    Command::new(group.name)
        .about(group.about)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .override_usage(format!("gomod {} VERB [FLAGS]", group.name))
        .subcommands(group.verbs().map(subcommand))
}

const FLAGS_HELP: &str = "Flags may have one dash or two, and end at the first argument.";

fn subcommand(verb: &'static Verb) -> Command {
    let mut command = Command::new(verb.word()).about(verb.about).disable_help_flag(true);
    if !verb.details.is_empty() {
        command = command.long_about(format!("{}\n\n{}", verb.about, verb.details));
    }
    let is_listed = |flag: &&Flag| !flag.help.is_empty();
    for flag in verb.flags.iter().filter(is_listed) {
        let arg = Arg::new(flag.name).help(flag.help);
        let mut letters = flag.name.chars();
        let arg = match (letters.next(), letters.next()) {
            (Some(letter), None) => arg.short(letter),
            _ => arg.long(flag.name),
        };
        let arg = match flag.takes {
            Takes::Switch => arg.action(ArgAction::SetTrue),
            Takes::Value(name) => arg.value_name(name).num_args(1),
            Takes::Each(name) => arg.value_name(name).num_args(1).action(ArgAction::Append),
            Takes::SwitchOrValue(name) => arg
                .value_name(name)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("")
                .action(ArgAction::Append),
            Takes::Refused(_) => continue,
        };
        command = command.arg(arg);
    }
    if !verb.arguments.is_empty() {
        command = command.arg(
            Arg::new("arguments")
                .value_name(verb.arguments)
                .action(ArgAction::Append)
                .num_args(0..)
                .hide(true),
        );
    }
    let flags = if verb.flags.is_empty() { "" } else { " [FLAGS]" };
    let arguments =
        if verb.arguments.is_empty() { String::new() } else { format!(" {}", verb.arguments) };
    command.override_usage(format!("gomod {}{flags}{arguments}", verb.name)).after_help(match verb
        .flags
        .iter()
        .all(|flag| is_listed(&flag))
    {
        true => FLAGS_HELP.to_owned(),
        false => format!("{FLAGS_HELP} Other flags of go are accepted, or say why not."),
    })
}

/// Reads a command line without the program's name. The words of GOFLAGS are asked for
/// only by a verb that has flags: help must work where they are wrong.
///
/// # Errors
/// A [`UsageError`], or what is wrong with GOFLAGS.
pub fn parse(
    arguments: Vec<OsString>,
    goflags: impl FnOnce() -> Result<Vec<String>, ConfigError>,
) -> anyhow::Result<Invocation> {
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match argument.into_string() {
            Ok(word) => words.push(word),
            Err(word) => return stop(format!("argument {word:?} is not UTF-8")),
        }
    }
    // go takes -C before the verb as well.
    let mut leading_folder = None;
    if let Some((flag, used)) = leading_flag(&words)? {
        leading_folder = Some(flag);
        words.drain(..used);
    }
    let mut rest = words.as_slice();
    let Some(mut name) = take(&mut rest) else {
        return stop(command().render_help().to_string());
    };
    let is_under_mod = name == "mod";
    if is_under_mod {
        match take(&mut rest) {
            Some("help") => return Ok(help(rest)?),
            Some(next) => name = next,
            None => return stop("'gomod mod' needs a verb, like 'gomod mod download'"),
        }
    }
    if matches!(name, "-h" | "-help" | "--help") {
        return Ok(Invocation::of(Action::Help(command().render_help().to_string())));
    }
    let mut name = name.to_owned();
    if let Some(group) = find_group(&name).filter(|_| !is_under_mod) {
        match take(&mut rest) {
            Some("-h" | "-help" | "--help") => return Ok(help_of_group(group)),
            Some("help") => {
                let words: Vec<String> = std::iter::once(&name).chain(rest).cloned().collect();
                return Ok(help(&words)?);
            }
            Some(next) if group.verbs().any(|verb| verb.word() == next) => {
                name = format!("{name} {next}");
            }
            found => {
                let verbs: Vec<&str> = group.verbs().map(Verb::word).collect();
                let verbs = verbs.join(", ");
                return stop(match found {
                    Some(next) => format!("unknown command \"{name} {next}\": {name} has {verbs}"),
                    None => format!("'gomod {name}' needs a verb: {verbs}"),
                });
            }
        }
    }
    let name = name.as_str();
    if matches!(name, "-V" | "-version" | "--version") {
        return Ok(Invocation::of(Action::Version));
    }
    let found = find(name).filter(|verb| verb.under_mod || !is_under_mod);
    let Some(verb) = found else {
        let shown = if is_under_mod { format!("mod {name}") } else { name.to_owned() };
        return stop(format!("unknown command {shown:?}\nRun 'gomod help' for usage."));
    };
    if verb.name == "help" {
        return Ok(help(rest)?);
    }
    let Normalized { mut settings, arguments, wants_help } = normalize(verb, rest)?;
    if wants_help {
        return Ok(Invocation::of(Action::Help(subcommand(verb).render_long_help().to_string())));
    }
    if let Some(folder) = leading_folder {
        match verb.flag("C") {
            Some(flag) => {
                let value = Some(folder);
                settings.insert(0, Setting { flag, value, is_default: false });
            }
            None => return stop(format!("'gomod {}' has no -C flag", verb.name)),
        }
    }
    // `env` shows GOFLAGS, and mends it, whatever it holds.
    let heeds_goflags = !verb.flags.is_empty() && verb.name != "env";
    let goflags = if heeds_goflags { goflags()? } else { Vec::new() };
    let mut all = settings_of_goflags(verb, &goflags)?;
    all.append(&mut settings);
    typed(verb, &Settings(all), arguments)
}

impl Invocation {
    fn of(action: Action) -> Self {
        Self { action, module: ModuleFlags::default(), quiet: false, trace: false, verbose: false }
    }
}

fn take<'a>(words: &mut &'a [String]) -> Option<&'a str> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    Some(first)
}

fn help_of_group(group: &Group) -> Invocation {
    Invocation::of(Action::Help(group_command(group).render_long_help().to_string()))
}

fn help(words: &[String]) -> Result<Invocation, UsageError> {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "mod").collect();
    if words.is_empty() {
        return Ok(Invocation::of(Action::Help(command().render_help().to_string())));
    }
    if words.len() > 1 && find_group(words[0]).is_none() {
        return usage("'gomod help' takes one verb");
    }
    let name = words.join(" ");
    match (find(&name), find_group(&name)) {
        (Some(verb), _) => {
            Ok(Invocation::of(Action::Help(subcommand(verb).render_long_help().to_string())))
        }
        (None, Some(group)) => Ok(help_of_group(group)),
        (None, None) => usage(format!("unknown help topic {name:?}\nRun 'gomod help'.")),
    }
}

/// Splits `-name=value`; `None` where the word is no flag.
fn split_flag(word: &str) -> Result<Option<(&str, Option<&str>)>, UsageError> {
    if !word.starts_with('-') || word == "-" {
        return Ok(None);
    }
    let body = word.strip_prefix("--").unwrap_or(&word[1..]);
    if body.is_empty() || body.starts_with(['-', '=']) {
        return usage(format!("bad flag syntax: {word}"));
    }
    Ok(Some(match body.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    }))
}

/// `-C DIR` before the verb: the folder, and how many words it takes.
fn leading_flag(words: &[String]) -> Result<Option<(String, usize)>, UsageError> {
    let Some(first) = words.first() else { return Ok(None) };
    match split_flag(first)? {
        Some(("C", Some(value))) => Ok(Some((value.to_owned(), 1))),
        Some(("C", None)) => match words.get(1) {
            Some(value) => Ok(Some((value.clone(), 2))),
            None => usage("flag needs an argument: -C"),
        },
        _ => Ok(None),
    }
}

/// A flag as the user set it; a switch may have no value.
struct Setting {
    flag: &'static Flag,
    value: Option<String>,
    /// It is of GOFLAGS, which speaks to every verb.
    is_default: bool,
}

struct Normalized {
    settings: Vec<Setting>,
    arguments: Vec<String>,
    wants_help: bool,
}

/// Splits the words behind a verb into flags and arguments.
fn normalize(verb: &'static Verb, words: &[String]) -> Result<Normalized, UsageError> {
    let mut settings = Vec::new();
    let mut rest = words;
    while let Some(word) = rest.first() {
        if word == "--" {
            rest = &rest[1..];
            break;
        }
        let Some((name, value)) = split_flag(word)? else { break };
        let mut value = value.map(str::to_owned);
        let is_first = rest.len() == words.len();
        rest = &rest[1..];
        if matches!(name, "h" | "help") {
            return Ok(Normalized { settings, arguments: Vec::new(), wants_help: true });
        }
        let Some(flag) = verb.flag(name) else {
            return usage(format!(
                "flag provided but not defined: -{name}\nRun 'gomod help {}' for its flags.",
                verb.name
            ));
        };
        if flag.name == "C" && !is_first {
            return usage("-C flag must be first flag on command line");
        }
        if let Takes::Refused(reason) = flag.takes {
            // Turned off it asks for nothing.
            if value.as_deref().and_then(parse_bool) == Some(false) {
                continue;
            }
            return usage(reason);
        }
        if flag.takes.next_word() && value.is_none() {
            match take(&mut rest) {
                Some(next) => value = Some(next.to_owned()),
                None => return usage(format!("flag needs an argument: -{name}")),
            }
        }
        check_switch(flag, value.as_deref(), "")?;
        settings.push(Setting { flag, value, is_default: false });
    }
    Ok(Normalized { settings, arguments: rest.to_vec(), wants_help: false })
}

fn check_switch(flag: &Flag, value: Option<&str>, origin: &str) -> Result<(), UsageError> {
    match value {
        Some(value) if flag.takes == Takes::Switch && parse_bool(value).is_none() => {
            usage(format!("invalid boolean value {value:?} for flag -{}{origin}", flag.name))
        }
        _ => Ok(()),
    }
}

/// The flags of GOFLAGS that this verb has; the command line comes after and wins.
fn settings_of_goflags(
    verb: &'static Verb,
    goflags: &[String],
) -> Result<Vec<Setting>, UsageError> {
    const ORIGIN: &str = " (from $GOFLAGS)";
    let mut settings = Vec::new();
    for word in goflags {
        let Some((name, value)) = split_flag(word)? else { continue };
        let Some(flag) = verb.flag(name).filter(|flag| flag.name != "C") else { continue };
        if let Takes::Refused(reason) = flag.takes {
            if value.and_then(parse_bool) == Some(false) {
                continue;
            }
            return usage(format!("{reason}{ORIGIN}"));
        }
        if value.is_none() && flag.takes.next_word() {
            return usage(format!("flag needs an argument: -{name}{ORIGIN}"));
        }
        check_switch(flag, value, ORIGIN)?;
        settings.push(Setting { flag, value: value.map(str::to_owned), is_default: true });
    }
    Ok(settings)
}

/// The flags of an invocation as they were set: GOFLAGS first, then the command line, each in
/// its order. Of a flag that is set more than once the last one counts, unless
/// its [`Takes`] says otherwise.
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    fn of<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Setting> {
        self.0.iter().filter(move |setting| setting.flag.name == name)
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.of(name).next_back().is_some_and(|setting| setting.truth() != Some(false))
    }

    /// Whether a switch is on or off; `None` where it was not given.
    fn truth(&self, name: &str) -> Option<bool> {
        self.of(name).next_back()?.truth()
    }

    /// The value of a flag; an empty one is as good as none, as with go.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.of(name).next_back()?.value.clone().filter(|value| !value.is_empty())
    }

    /// The values of a flag that is a switch too.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let values = self.of(name).filter(|setting| setting.truth().is_none());
        let values = values.filter_map(|setting| setting.value.as_deref());
        values.flat_map(|value| value.split(',')).map(str::to_owned).collect()
    }

    /// The values of a flag that counts each time it is set.
    pub(super) fn each_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.each().filter(move |(flag, _)| *flag == name).map(|(_, value)| value)
    }

    /// Every flag that counts each time it is set, in order, with its value.
    fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let repeated = self.0.iter().filter(|set| matches!(set.flag.takes, Takes::Each(_)));
        repeated.map(|set| (set.flag.name, set.value.as_deref().unwrap_or_default()))
    }
}

/// Source: runGet.
fn get_options(settings: &Settings, arguments: Vec<String>) -> anyhow::Result<get::Options> {
    // No other word for a truth value will do.
    let update = settings.of("u").next_back().and_then(|setting| match setting.value.as_deref() {
        None | Some("true") => Some("upgrade".to_owned()),
        Some("false" | "") => None,
        Some(other) => Some(other.to_owned()),
    });
    if let Some(other) = update.as_deref().filter(|to| !matches!(*to, "upgrade" | "patch")) {
        bail!("unknown upgrade flag -u={other}");
    }
    if settings.is_on("m") {
        bail!("-m flag is no longer supported");
    }
    if settings.is_on("insecure") {
        bail!("-insecure flag is no longer supported; use GOINSECURE instead");
    }
    let mut notes = Vec::new();
    match settings.of("d").next_back() {
        Some(_) if settings.is_on("d") => {
            notes.push("-d flag is deprecated. -d=true is a no-op");
        }
        Some(_) => bail!("-d flag may not be set to false"),
        None => {}
    }
    if settings.is_on("f") {
        notes.push("-f flag is a no-op");
    }
    if settings.is_on("fix") {
        notes.push("-fix flag is a no-op");
    }
    Ok(get::Options {
        arguments,
        update,
        tests: settings.is_on("t"),
        tool: settings.is_on("tool"),
        tells: settings.is_on("v"),
        dry_run: settings.is_on("dry-run"),
        notes,
    })
}

fn clean_options(settings: &Settings) -> Result<clean::Options, UsageError> {
    if !settings.is_on("modcache") {
        return usage(MODULE_CACHE_ONLY);
    }
    Ok(clean::Options { shows_only: settings.is_on("n"), shows: settings.is_on("x") })
}

impl Setting {
    /// The truth that a switch is set to; `None` where the flag has another value.
    fn truth(&self) -> Option<bool> {
        self.value.as_deref().map_or(Some(true), parse_bool)
    }
}

fn typed(verb: &Verb, settings: &Settings, arguments: Vec<String>) -> anyhow::Result<Invocation> {
    if verb.arguments.is_empty()
        && let Some(first) = arguments.first()
    {
        if verb.name == "clean" && settings.is_on("modcache") {
            anyhow::bail!("clean -modcache cannot be used with package arguments");
        }
        return stop(format!(
            "'gomod {}' accepts no arguments, but was given {first:?}",
            verb.name
        ));
    }
    let action = match verb.name {
        "download" => download_action(settings, arguments)?,
        "verify" => Action::Verify(settings.is_on("deep")),
        "clean" => Action::Clean(clean_options(settings)?),
        "env" => Action::Env(env::Options {
            arguments,
            json: settings.is_on("json"),
            write: settings.is_on("w"),
            unset: settings.is_on("u"),
            changed: settings.is_on("changed"),
        }),
        "get" => Action::Get(get_options(settings, arguments)?),
        "tidy" => Action::Tidy(tidy::Options {
            is_tolerant: settings.is_on("e"),
            tells: settings.is_on("v"),
            diff: settings.is_on("diff"),
            go: settings.value("go").filter(|version| !version.is_empty()),
            compatible: settings.value("compat").filter(|version| !version.is_empty()),
        }),
        "edit" => Action::Edit(edit_options(settings, arguments)?),
        "init" => Action::Init(init::Options { arguments }),
        "work init" => Action::WorkInit(work::init::Options { folders: arguments }),
        "work edit" => Action::WorkEdit(work_edit_options(settings, arguments)?),
        "work use" => Action::WorkUse(work::r#use::Options {
            folders: arguments,
            recursive: settings.is_on("r"),
        }),
        "graph" => Action::Graph(graph::Options { go: settings.value("go") }),
        "work sync" => Action::WorkSync,
        "vendor" | "work vendor" => Action::Vendor(vendor::Options {
            of_workspace: verb.name == "work vendor",
            proceeds: settings.is_on("e"),
            tells: settings.is_on("v"),
            output: settings.value("o").map(PathBuf::from),
            check: settings.is_on("check"),
            includes_non_go: settings.is_on("include-non-go"),
        }),
        "list" => Action::List(list::Invocation::new(settings, arguments)?),
        "why" => Action::Why(why::Options {
            arguments,
            modules: settings.is_on("m"),
            vendor: settings.is_on("vendor"),
        }),
        "version" => Action::Version,
        name if verb.group() == Some("cache") => {
            Action::Cache(cache::Invocation::new(name, settings, arguments)?)
        }
        _ => match <[String; 1]>::try_from(arguments) {
            Ok([shell]) => Action::Completion(shell),
            Err(_) => return stop(format!("usage: gomod {} {}", verb.name, verb.arguments)),
        },
    };
    let retries = value_of(settings, "retries", Patience::parse_retries)?;
    Ok(Invocation {
        module: ModuleFlags {
            retries: if settings.is_on("no-retry") { Some(0) } else { retries },
            silence: value_of(settings, "stall-timeout", Patience::parse_silence)?,
            surroundings: surroundings(&action),
            directory: settings.value("C").map(PathBuf::from),
            mod_file: settings.value("modfile").map(PathBuf::from),
            overlay: settings.value("overlay").map(PathBuf::from),
            token_file: settings.value("token-file").map(PathBuf::from),
            offline: settings.truth("offline"),
            locked: settings.truth("locked"),
            cache_writable: settings.is_on("modcacherw"),
            mode: match action {
                // Whatever else there is, vendored packages are not what is downloaded.
                Action::Prefetch { .. } => Some(ModMode::Readonly),
                _ => settings.value("mod").map(|mode| mode.parse()).transpose()?,
            },
            tags: settings.value("tags").unwrap_or_default(),
            system: settings.value("os"),
            architecture: settings.value("arch"),
        },
        action,
        quiet: settings.is_on("q"),
        trace: settings.is_on("x"),
        verbose: settings.is_on("v"),
    })
}

fn value_of<T>(
    settings: &Settings,
    name: &str,
    read: fn(&str) -> Result<T, String>,
) -> anyhow::Result<Option<T>> {
    let value = settings.value(name).filter(|value| !value.is_empty());
    let read = value.map(|value| {
        read(&value).map_err(|reason| {
            UsageError(format!("invalid value {value:?} for flag -{name}: {reason}"))
        })
    });
    Ok(read.transpose()?)
}

fn download_action(settings: &Settings, arguments: Vec<String>) -> anyhow::Result<Action> {
    let json = settings.is_on("json");
    let patterns: Vec<String> = settings.of("for").filter_map(|set| set.value.clone()).collect();
    let Some(last) = patterns.last() else {
        const NEED_PACKAGES: [&str; 5] = ["tests", "tags", "os", "arch", "v"];
        let mut own = settings.0.iter().filter(|setting| !setting.is_default);
        if let Some(setting) = own.find(|setting| NEED_PACKAGES.contains(&setting.flag.name)) {
            return stop(format!("-{} needs -for PATTERN", setting.flag.name));
        }
        let reuse = settings.value("reuse").map(PathBuf::from);
        return Ok(Action::Download(download::Options { arguments, json, reuse }));
    };
    if settings.value("reuse").is_some() {
        return stop("-reuse tells of versions, which -for does not ask for");
    }
    if let Some(first) = arguments.first() {
        return stop(format!(
            "with -for no modules are named: to download what package {first} needs too, \
             write -for {last} -for {first}"
        ));
    }
    let options = prefetch::Options { patterns, tests: settings.is_on("tests") };
    Ok(Action::Prefetch { options, json, tells: settings.is_on("v") })
}

fn edit_options(settings: &Settings, files: Vec<String>) -> anyhow::Result<edit::Options> {
    let edits: Result<_, _> =
        settings.each().map(|(flag, value)| Edit::parse(flag, value)).collect();
    Ok(edit::Options {
        module: settings.value("module").unwrap_or_default(),
        go: settings.value("go").unwrap_or_default(),
        toolchain: settings.value("toolchain").unwrap_or_default(),
        edits: edits?,
        fmt: settings.is_on("fmt"),
        json: settings.is_on("json"),
        print: settings.is_on("print"),
        files,
    })
}

fn work_edit_options(
    settings: &Settings,
    files: Vec<String>,
) -> anyhow::Result<work::edit::Options> {
    let edits: Result<_, _> =
        settings.each().map(|(flag, value)| work::edit::Edit::parse(flag, value)).collect();
    Ok(work::edit::Options {
        go: settings.value("go").unwrap_or_default(),
        toolchain: settings.value("toolchain").unwrap_or_default(),
        edits: edits?,
        fmt: settings.is_on("fmt"),
        json: settings.is_on("json"),
        print: settings.is_on("print"),
        files,
    })
}

fn surroundings(action: &Action) -> Surroundings {
    match action {
        Action::WorkEdit(options) if !options.files.is_empty() => Surroundings::Nothing,
        Action::WorkInit(_) | Action::WorkEdit(_) | Action::WorkUse(_) => Surroundings::WorkFile,
        Action::Edit(options) if options.files.is_empty() => Surroundings::Module,
        Action::Tidy(_) => Surroundings::Module,
        Action::Get(_) => Surroundings::Member,
        Action::Edit(_) | Action::Clean(_) | Action::Cache(_) => Surroundings::Nothing,
        Action::Init(_) => Surroundings::Here,
        _ => Surroundings::Workspace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, goflags: &[&str]) -> anyhow::Result<Invocation> {
        let goflags = goflags.iter().map(|flag| (*flag).to_owned()).collect();
        parse(line.split_whitespace().map(OsString::from).collect(), || Ok(goflags))
    }

    fn download(line: &str) -> (Vec<String>, bool, Invocation) {
        let invocation = read(line, &[]).expect(line);
        match &invocation.action {
            Action::Download(options) => {
                (options.arguments.clone(), options.json, invocation.clone())
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_table_is_sound() {
        command().debug_assert();
        for verb in VERBS {
            assert_eq!(verb.group().is_some(), verb.name.contains(' '), "{}", verb.name);
            assert!(verb.group().is_none_or(|group| find_group(group).is_some()), "{}", verb.name);
        }
    }

    #[test]
    fn forms_of_flags() {
        for line in [
            "download -json -x a@v1",
            "download --json --x a@v1",
            "mod download -json=true -x=1 a@v1",
            "download -json=false -json -x -- a@v1",
        ] {
            let (arguments, json, invocation) = download(line);
            assert_eq!(
                (arguments, json, invocation.trace),
                (vec!["a@v1".to_owned()], true, true),
                "{line}"
            );
        }
        // Flags end at the first argument.
        let (arguments, json, _) = download("download a -json");
        assert_eq!((arguments, json), (vec!["a".to_owned(), "-json".to_owned()], false));
        for line in
            ["-C dir download", "-C=dir download", "download -C dir", "download --C=dir -json"]
        {
            assert_eq!(download(line).2.module.directory, Some(PathBuf::from("dir")), "{line}");
        }
        assert_eq!(
            download("download -modfile x.mod").2.module.mod_file,
            Some(PathBuf::from("x.mod"))
        );
    }

    #[test]
    fn what_means_nothing() {
        for (line, says) in [
            ("download -nope", "flag provided but not defined: -nope"),
            ("download -json=maybe", "invalid boolean value"),
            ("download -modfile", "flag needs an argument: -modfile"),
            ("download ---json", "bad flag syntax: ---json"),
            ("download -json -C dir", "-C flag must be first"),
            ("work", "'gomod work' needs a verb"),
            ("work nope", "unknown command \"work nope\""),
            ("mod work init", "unknown command \"mod work\""),
            ("work use -x", "flag provided but not defined: -x"),
            ("help work nope", "unknown help topic \"work nope\""),
            ("cache", "'gomod cache' needs a verb: size, list, prune, remove, drop-zips"),
            ("cache shrink", "unknown command \"cache shrink\""),
            ("mod cache size", "unknown command \"mod cache\""),
            ("cache prune", "needs -unused-for DURATION, or -keep FILE"),
            ("cache prune -unused-for 30", "invalid value \"30\" for flag -unused-for"),
            ("cache prune -unused-for 1d go.sum", "stand behind -keep"),
            ("cache remove", "needs modules"),
            ("cache remove a.b/c", "a.b/c@all removes all"),
            ("cache remove a.b/c@v1 -force", "-force comes too late"),
            ("help cache shrink", "unknown help topic \"cache shrink\""),
            ("help download tidy", "takes one verb"),
            ("mod get x", "unknown command \"mod get\""),
            ("nope", "unknown command \"nope\""),
            ("mod", "needs a verb"),
            ("", "Usage"),
        ] {
            let error = read(line, &[]).expect_err(line).to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn goflags_apply_where_the_verb_has_them() {
        let invocation =
            read("download", &["-modcacherw", "-ldflags=-w", "-mod=mod"]).expect("parsed");
        assert!(invocation.module.cache_writable);
        let invocation = read("download -modcacherw=false", &["-modcacherw"]).expect("parsed");
        assert!(!invocation.module.cache_writable);
        assert!(read("download", &["-modfile"]).is_err());
        assert!(read("download", &["-x=maybe"]).is_err());
    }

    #[test]
    fn packages_to_download_for() {
        let line = "download -for ./a --for=./b -tests -os plan9 -arch 386 -tags x,y -v -json";
        let invocation = read(line, &["-mod=vendor", "-tags=z"]).expect(line);
        let Action::Prefetch { options, json: true, tells: true } = invocation.action else {
            panic!("{:?}", invocation.action);
        };
        assert_eq!((options.patterns, options.tests), (vec!["./a".into(), "./b".into()], true));
        let ModuleFlags { mode, tags, system, architecture, .. } = invocation.module;
        assert_eq!((mode, tags.as_str()), (Some(ModMode::Readonly), "x,y"));
        assert_eq!((system.as_deref(), architecture.as_deref()), (Some("plan9"), Some("386")));
        let invocation = read("download", &["-tags=z", "-v"]).expect("of every verb");
        assert!(matches!(invocation.action, Action::Download(_)));
        for (line, says) in [
            ("download -tests", "-tests needs -for PATTERN"),
            ("download -v=false a.b/c", "-v needs -for PATTERN"),
            ("download -for ./a a.b/c", "write -for ./a -for a.b/c"),
            ("download -for ./a -reuse f", "-reuse tells of versions"),
        ] {
            let error = read(line, &[]).expect_err(line).to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn help_is_data() {
        for line in [
            "help",
            "-h",
            "help download",
            "help mod download",
            "download -help",
            "help work",
            "work -h",
            "help work use",
            "work use -h",
            "help cache",
            "help cache prune",
            "cache -h",
            "cache prune -h",
        ] {
            let invocation = read(line, &[]).expect(line);
            assert!(
                matches!(&invocation.action, Action::Help(text) if text.contains("gomod")),
                "{line}"
            );
        }
    }
}
