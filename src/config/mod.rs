//! The only reader of the environment, the go/env file, GOFLAGS and the working
//! directory. Everything else sees one immutable [`Config`].
//!
//! Precedence of a variable: process environment, then the GOENV file, then
//! `$GOROOT/go.env`, then the default; an empty value counts as unset.
//! Source: ref/mod#environment-variables, `go help environment`,
//! cmd/go/internal/cfg/cfg.go.
#![allow(clippy::disallowed_methods, reason = "this file is the one reader of the environment")]

mod overlay;
mod target;
mod variables;

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::spec::duration;
use crate::spec::goversion;
use crate::spec::tokens::{Token, Tokens};
use crate::verify::gosumdb::KnownDatabase;

pub use overlay::{Overlaid, Overlay};
pub use target::Target;
pub use variables::Variable;

/// The domain that go's two documented defaults share.
const GO_DOMAIN: &str = "golang.org";

/// A second name for the default checksum database, for networks that cannot
/// reach the first. Source: cmd/go/internal/modfetch/sumdb.go.
const GO_DOMAIN_ALIAS: &str = "golang.google.cn";

/// Key hash and public key of the default checksum database, which go builds in.
/// Source: cmd/go/internal/modfetch/key.go.
const DEFAULT_SUMDB_KEY: &str = "033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// The newest Go release that this gomod knows, for machines that have no Go.
const NEWEST_KNOWN_GO: &str = "1.26.8";

/// The checksum database that go uses by default.
fn default_database() -> KnownDatabase {
    let name = format!("sum.{GO_DOMAIN}");
    KnownDatabase {
        verifier_key: format!("{name}+{DEFAULT_SUMDB_KEY}"),
        alias: format!("sum.{GO_DOMAIN_ALIAS}"),
        name,
    }
}

/// The Go version that stands in where one is asked for, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalGo {
    /// As in a go line: `1.26.8`.
    pub version: String,
    /// The GOROOT whose VERSION file said so; `None` for the built-in version.
    pub goroot: Option<PathBuf>,
}

impl Default for LocalGo {
    /// The version of a machine without Go.
    fn default() -> Self {
        Self { version: NEWEST_KNOWN_GO.to_owned(), goroot: None }
    }
}

/// HTTP proxies from the environment, as Go's net/http reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpProxies {
    /// HTTP_PROXY or http_proxy.
    pub http: String,
    /// HTTPS_PROXY or https_proxy.
    pub https: String,
    /// NO_PROXY or no_proxy.
    pub exceptions: String,
    /// Whether REQUEST_METHOD is set: in a CGI program HTTP_PROXY may come from the
    /// client, so it is not used (httpoxy).
    pub is_cgi: bool,
}

/// How long a server that stumbles is put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is made again at most: `-retries`, or GOMOD_RETRIES.
    pub retries: u32,
    /// How long nothing may come from a server before it is waited for no longer:
    /// `-stall-timeout`, or GOMOD_STALL_TIMEOUT.
    pub silence: Duration,
}

impl Default for Patience {
    /// Three more tries, and 15 seconds of silence.
    fn default() -> Self {
        Self { retries: 3, silence: Duration::from_secs(15) }
    }
}

impl Patience {
    fn new(environment: &Environment, flags: &ModuleFlags) -> Result<Self, ConfigError> {
        fn of_variable<T>(
            environment: &Environment,
            name: &'static str,
            read: fn(&str) -> Result<T, String>,
        ) -> Result<Option<T>, ConfigError> {
            let value = environment.process(name).filter(|value| !value.is_empty());
            let read = value.map(|value| {
                read(&value).map_err(|reason| ConfigError::Setting { name, value, reason })
            });
            read.transpose()
        }
        let retries = of_variable(environment, "GOMOD_RETRIES", Self::parse_retries)?;
        let silence = of_variable(environment, "GOMOD_STALL_TIMEOUT", Self::parse_silence)?;
        let default = Self::default();
        Ok(Self {
            retries: flags.retries.or(retries).unwrap_or(default.retries),
            silence: flags.silence.or(silence).unwrap_or(default.silence),
        })
    }

    /// Reads how often a request is made again.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse_retries(text: &str) -> Result<u32, String> {
        let retries = text.parse().ok().filter(|retries| *retries <= 100);
        retries.ok_or_else(|| "expecting a number from 0 to 100".to_owned())
    }

    /// Reads how long a silence may last: a [`duration`] of a second or more.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse_silence(text: &str) -> Result<Duration, String> {
        let silence = duration::parse(text).map_err(|error| error.to_string())?;
        match silence.is_zero() {
            true => Err("expecting a second or more".to_owned()),
            false => Ok(silence.unsigned_abs()),
        }
    }
}

/// What programs for version control are to find around them.
/// Source: Init in cmd/go/internal/modload/init.go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionControl {
    /// The folders of PATH that are absolute: a program beside the sources that somebody else
    /// wrote must not be run by mistake.
    pub program_folders: Vec<PathBuf>,
    /// Variables to be set for them beside those of this process, unless the user has set them:
    /// none of them is to ask anything.
    pub variables: Vec<(&'static str, &'static str)>,
    /// Variables of this process that they are not to see: tokens, which are handed to those
    /// that need one in another way.
    pub hidden_variables: Vec<OsString>,
    /// Whether ssh is started so that it asks nothing, where the settings of a program name no
    /// other ssh: the user has set no variable by which it is chosen, or allowed to ask.
    pub quiets_ssh: bool,
}

impl VersionControl {
    fn new(environment: &Environment) -> Self {
        let path = environment.process.get(std::ffi::OsStr::new("PATH")).cloned();
        let path = path.unwrap_or_default();
        let folders = env::split_paths(&path).filter(|dir| dir.is_absolute());
        let quiet = [("GIT_TERMINAL_PROMPT", "0"), ("GCM_INTERACTIVE", "never")];
        let quiet = quiet.into_iter().filter(|(name, _)| !environment.is_set(name));
        let mut variables: Vec<_> = quiet.collect();
        // As git reads a boolean. Who says how ssh is to ask has a way for it to be answered.
        let prompts = environment.process("GIT_TERMINAL_PROMPT").unwrap_or_default();
        let may_ask = matches!(&*prompts.to_ascii_lowercase(), "1" | "true" | "yes" | "on")
            || environment.is_set("SSH_ASKPASS_REQUIRE");
        if !may_ask {
            // Desktops set the first, which git, too, calls where no other is named.
            variables.extend([("SSH_ASKPASS", ""), ("SSH_ASKPASS_REQUIRE", "never")]);
            if !environment.is_set("SVN_SSH") {
                variables.push(("SVN_SSH", "ssh -q -o BatchMode=yes --"));
            }
        }
        let is_hidden =
            |name: &&OsString| name.as_encoded_bytes().starts_with(Credentials::TOKEN.as_bytes());
        let has_own_ssh = environment.is_set("GIT_SSH") || environment.is_set("GIT_SSH_COMMAND");
        Self {
            program_folders: folders.collect(),
            variables,
            hidden_variables: environment.process.keys().filter(is_hidden).cloned().collect(),
            quiets_ssh: !may_ask && !has_own_ssh,
        }
    }
}

/// Who the user is, and how that is found out.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// GOAUTH as written.
    pub goauth: String,
    /// The netrc file: NETRC, or the one of the user's folder; none without such a folder.
    pub netrc: Option<PathBuf>,
    /// Tokens from variables and from the file of `-token-file`, or of GOMOD_TOKEN_FILE.
    pub tokens: Tokens,
    /// The number of settings that GIT_CONFIG_COUNT counts already.
    pub git_settings: usize,
}

impl Credentials {
    const TOKEN: &str = "GOMOD_TOKEN_";
    /// Names a file of tokens, and so is the variable of no host.
    const TOKEN_FILE: &str = "GOMOD_TOKEN_FILE";

    fn new(
        environment: &Environment,
        token_file: Option<&Path>,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        let mut tokens = Tokens::default();
        for (name, value) in &environment.process {
            let Some(host) = name.to_str().and_then(|name| name.strip_prefix(Self::TOKEN)) else {
                continue;
            };
            if !value.is_empty() && name != Self::TOKEN_FILE {
                let token = value.to_str().and_then(|value| Token::parse(value.trim_end()));
                let token =
                    token.ok_or_else(|| ConfigError::Token(format!("{}{host}", Self::TOKEN)))?;
                tokens.add_variable(host, token);
            }
        }
        let named = environment.process.get(std::ffi::OsStr::new(Self::TOKEN_FILE));
        let named = named.filter(|file| !file.is_empty()).map(Path::new);
        if let Some(file) = token_file.or(named) {
            let file = directory.join(file);
            let unusable = |reason: String| ConfigError::TokenFile { file: file.clone(), reason };
            let text = fs::read(&file).map_err(|error| unusable(error.to_string()))?;
            let text = String::from_utf8(text).map_err(|_| unusable("not UTF-8".to_owned()))?;
            tokens.add_file(&text).map_err(|error| unusable(error.to_string()))?;
        }
        Ok(Self {
            goauth: environment.get_or("GOAUTH", || "netrc".to_owned()),
            netrc: environment.process("NETRC").map(PathBuf::from).or_else(|| {
                let home = environment.home()?;
                let old = Some(home.join("_netrc")).filter(|old| cfg!(windows) && old.exists());
                Some(old.unwrap_or_else(|| home.join(".netrc")))
            }),
            tokens,
            git_settings: environment
                .process("GIT_CONFIG_COUNT")
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
        })
    }
}

/// What of the surroundings of the working directory a command has to do with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surroundings {
    /// The module it lies in, and a workspace where one is in force.
    #[default]
    Workspace,
    /// The module alone; and the go.work file in force, which may have to follow it.
    Member,
    /// The module alone, whatever go.work says.
    Module,
    /// Nothing but the folder itself, in which a module is to begin.
    Here,
    /// The go.work file that is in force, and no module.
    WorkFile,
    /// Nothing: the command is told by its arguments which file to work on, and modules may
    /// even be off.
    Nothing,
}

/// Where versions come from, and whether go.mod and go.sum may change: `-mod`.
/// Source: ref/mod#build-commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModMode {
    /// They are brought up to date.
    Mod,
    /// They must be up to date: a sum that go.sum lacks is an error.
    Readonly,
    /// Versions are those of `vendor/modules.txt`; nothing is asked of any source.
    Vendor,
}

impl ModMode {
    /// As the flag is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mod => "mod",
            Self::Readonly => "readonly",
            Self::Vendor => "vendor",
        }
    }
}

impl std::str::FromStr for ModMode {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut known = [Self::Mod, Self::Readonly, Self::Vendor].into_iter();
        known
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| ConfigError::UnknownMode(text.to_owned()))
    }
}

/// What the user has set for this run; flags that every module command takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleFlags {
    /// `-C DIR`: change to this folder first.
    pub directory: Option<PathBuf>,
    /// `-modfile FILE`: read and write this file instead of go.mod.
    pub mod_file: Option<PathBuf>,
    /// `-modcacherw`: leave extracted folders writable.
    pub cache_writable: bool,
    /// `-overlay FILE`: JSON that names files to stand in for others.
    pub overlay: Option<PathBuf>,
    /// `-token-file FILE`: hosts and the tokens for them.
    pub token_file: Option<PathBuf>,
    /// `-offline`: nothing is fetched; where it is not given, GOMOD_OFFLINE counts.
    pub offline: Option<bool>,
    /// `-locked`: go.mod and go.sum must not need a change; where it is not given, GOMOD_LOCKED
    /// counts.
    pub locked: Option<bool>,
    /// What the command looks for around the working directory.
    pub surroundings: Surroundings,
    /// `-mod MODE`, of those commands that can be told.
    pub mode: Option<ModMode>,
    /// `-tags TAGS`: build tags that hold, between commas.
    pub tags: String,
    /// `-retries N`; with `-no-retry` none.
    pub retries: Option<u32>,
    /// `-stall-timeout DURATION`.
    pub silence: Option<Duration>,
    /// `--os GOOS`: in place of the variable.
    pub system: Option<String>,
    /// `--arch GOARCH`: in place of the variable.
    pub architecture: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The working directory cannot be entered or read.
    #[error("{action}: {source}")]
    Directory {
        /// What was tried.
        action: String,
        /// What the system answered.
        source: std::io::Error,
    },
    /// A variable holds something else than UTF-8.
    #[error("the value of {0} is not UTF-8")]
    NotUtf8(&'static str),
    /// GO111MODULE=off.
    #[error("modules disabled by GO111MODULE=off; see 'go help modules'")]
    ModulesOff,
    /// GO111MODULE has no known value.
    #[error("unknown environment setting GO111MODULE={0}")]
    UnknownModuleMode(String),
    /// GOFLAGS cannot be split into words.
    #[error("parsing $GOFLAGS: unterminated {0} string")]
    UnterminatedQuote(char),
    /// A word of GOFLAGS is no flag.
    #[error("parsing $GOFLAGS: non-flag {0:?}")]
    NotAFlag(String),
    /// GOWORK names a relative file.
    #[error("invalid GOWORK: not an absolute path")]
    RelativeWorkspace,
    /// `-modfile` where a go.work file is in force.
    #[error("-modfile cannot be used in workspace mode")]
    ModFileInWorkspace,
    /// go does not build for this GOOS and GOARCH.
    #[error("unsupported GOOS/GOARCH pair {0}/{1}")]
    Platform(String, String),
    /// GOEXPERIMENT names what is no experiment.
    #[error("unknown GOEXPERIMENT {0}")]
    Experiment(String),
    /// There is no go/env file to write.
    #[error("cannot find go env config: {0}")]
    NoEnvFile(&'static str),
    /// A variable that the go/env file must not hold, or not with this value.
    #[error("{0}")]
    Assignment(String),
    /// There is no place for the module cache.
    #[error("module cache not found: neither GOMODCACHE nor GOPATH is set")]
    NoCache,
    /// GOMODCACHE is relative.
    #[error("GOMODCACHE entry is relative; must be absolute path: {0:?}.\n")]
    RelativeCache(String),
    /// A variable that is to hold a token holds something else.
    #[error("{0}: not a token, nor user:token")]
    Token(String),
    /// A variable of gomod's own has no usable value.
    #[error("invalid value {value:?} of {name}: {reason}")]
    Setting {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What it should be.
        reason: String,
    },
    /// A variable that turns something on or off says neither.
    #[error("invalid boolean value {1:?} for {0}")]
    Switch(&'static str, String),
    /// The file that `-token-file` or GOMOD_TOKEN_FILE names cannot be used. What it holds is
    /// not repeated.
    #[error("reading token file {file}: {reason}", file = .file.display())]
    TokenFile {
        /// The file.
        file: PathBuf,
        /// What is wrong, without what stands in it.
        reason: String,
    },
    /// `-mod` has no known value. Source: work.BuildInit.
    #[error("-mod={0} not supported (can be '', 'mod', 'readonly', or 'vendor')")]
    UnknownMode(String),
    /// The file that `-overlay` names cannot be used.
    #[error("reading overlay {file}: {reason}", file = .0.display(), reason = .1)]
    Overlay(PathBuf, String),
    /// `-modfile` outside a module.
    #[error(
        "cannot find main module, but -modfile was set.\n\t-modfile cannot be used to set the module root directory."
    )]
    ModFileAlone,
    /// `-modfile` names no .mod file.
    #[error("-modfile={0}: file does not have .mod extension")]
    ModFileExtension(String),
}

/// The process environment with the files that add to it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    process: HashMap<OsString, OsString>,
    user_file: HashMap<String, String>,
    goroot_file: HashMap<String, String>,
    /// GOROOT, whatever is there; or that of the local Go.
    goroot: Option<PathBuf>,
    local_go: LocalGo,
}

impl Environment {
    /// Whether GONOSUMCHECK is set, which go has dropped for GONOSUMDB.
    pub fn has_gonosumcheck(&self) -> bool {
        self.process.contains_key(std::ffi::OsStr::new("GONOSUMCHECK"))
    }

    /// The first variable whose value is not UTF-8, of those that are read.
    fn malformed(&self) -> Option<&'static str> {
        const READ: &[&str] = &[
            "GO111MODULE",
            "GOAUTH",
            "GOENV",
            "GOFLAGS",
            "GOMODCACHE",
            "GONOPROXY",
            "GONOSUMDB",
            "GOPATH",
            "GOPRIVATE",
            "GOPROXY",
            "GOROOT",
            "GOSUMDB",
            "GOVCS",
            "GOWORK",
            "HOME",
            "NETRC",
            "XDG_CONFIG_HOME",
        ];
        READ.iter().copied().find(|name| {
            self.process
                .get(std::ffi::OsStr::new(name))
                .is_some_and(|value| value.to_str().is_none())
        })
    }

    /// Reads the process environment, the GOENV file and `$GOROOT/go.env`. Files
    /// that cannot be read count as empty, as for go.
    pub fn load() -> Self {
        let mut environment = Self { process: env::vars_os().collect(), ..Self::default() };
        if let Some(file) = environment.goenv_file() {
            environment.user_file = read_assignments(&file);
        }
        environment.local_go = environment.find_go();
        let named = environment.named_goroot().map(|goroot| clean(&goroot));
        environment.goroot = named.or_else(|| environment.local_go.goroot.clone());
        if let Some(goroot) = &environment.goroot {
            environment.goroot_file = read_assignments(&goroot.join("go.env"));
        }
        environment
    }

    fn process(&self, name: &str) -> Option<String> {
        self.process
            .get(std::ffi::OsStr::new(name))
            .and_then(|value| value.to_str())
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// The system's folder for temporary files.
    fn temporary_root(&self) -> PathBuf {
        let named = self.process("TMPDIR").filter(|folder| !folder.is_empty());
        named.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }

    /// Whether this is that folder, by way of links too.
    fn is_temporary_root(&self, folder: &Path) -> bool {
        let temporary = self.temporary_root();
        let real = |path: &Path| fs::canonicalize(path).ok();
        folder == temporary || real(&temporary).is_some_and(|root| real(folder) == Some(root))
    }

    /// A variable of gomod's own that is as good as a switch; not set it is off.
    fn switch(&self, name: &'static str) -> Result<bool, ConfigError> {
        let Some(value) = self.process(name) else { return Ok(false) };
        parse_bool(&value).ok_or(ConfigError::Switch(name, value))
    }

    /// A variable by go's precedence; empty where it is set nowhere.
    pub fn get(&self, name: &str) -> String {
        self.process(name)
            .or_else(|| self.user_file.get(name).cloned())
            .or_else(|| self.goroot_file.get(name).cloned())
            .unwrap_or_default()
    }

    fn get_or(&self, name: &str, default: impl FnOnce() -> String) -> String {
        let value = self.get(name);
        if value.is_empty() { default() } else { value }
    }

    fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.process(name).map(PathBuf::from)
    }

    fn goenv_file(&self) -> Option<PathBuf> {
        match self.process("GOENV").as_deref() {
            Some("off") => None,
            Some(file) => Some(PathBuf::from(file)),
            // Without a home go has no user configuration, whatever passwd says.
            None if self.home().is_none() && self.process("XDG_CONFIG_HOME").is_none() => None,
            None => dirs::config_dir().map(|dir| dir.join("go").join("env")),
        }
    }

    /// The user's folder for caches. Without a home there is none, whatever passwd says: to look
    /// there may ask a server.
    fn cache_directory(&self) -> Option<PathBuf> {
        let is_named = self.home().is_some() || self.process("XDG_CACHE_HOME").is_some();
        if is_named { dirs::cache_dir() } else { None }
    }

    fn named_goroot(&self) -> Option<PathBuf> {
        self.process("GOROOT")
            .or_else(|| self.user_file.get("GOROOT").filter(|v| !v.is_empty()).cloned())
            .map(PathBuf::from)
    }

    fn default_gopath(&self) -> Option<PathBuf> {
        self.home().map(|home| home.join("go"))
    }

    /// The entries of GOPATH, as they are written; some may be empty.
    fn gopath(&self) -> Vec<PathBuf> {
        let gopath = self.get_or("GOPATH", || {
            self.default_gopath().map_or_else(String::new, |dir| path_text(&dir))
        });
        env::split_paths(&gopath).collect()
    }

    /// A folder for what go keeps in the first folder of GOPATH; none where that entry is empty.
    fn below_gopath(&self, name: &str) -> Option<PathBuf> {
        let first = self.gopath().into_iter().next()?;
        (!first.as_os_str().is_empty()).then(|| first.join(name))
    }

    fn default_module_cache(&self) -> Option<PathBuf> {
        self.below_gopath("pkg/mod")
    }

    /// The go.work file that is in force, which need not exist where GOWORK names it.
    /// Source: FindGoWork, findWorkspaceFile in cmd/go/internal/modload/init.go.
    fn workspace_file(
        &self,
        directory: &Path,
        overlay: &Overlay,
    ) -> Result<Option<PathBuf>, ConfigError> {
        match self.get("GOWORK").as_str() {
            "off" => Ok(None),
            "" | "auto" => {
                let goroot = self.goroot.as_deref();
                // What lies at GOROOT or above it is no matter of the standard library's.
                let leaves = |folder: &Path| goroot.is_some() && folder.parent() == goroot;
                for folder in directory.ancestors() {
                    let file = folder.join("go.work");
                    if overlay.is_file(&file) {
                        return Ok(Some(file));
                    }
                    if leaves(folder) {
                        break;
                    }
                }
                Ok(None)
            }
            file if Path::new(file).is_absolute() => Ok(Some(PathBuf::from(file))),
            _ => Err(ConfigError::RelativeWorkspace),
        }
    }

    /// GO111MODULE, which may only turn modules on.
    fn check_module_mode(&self) -> Result<(), ConfigError> {
        match self.get("GO111MODULE").as_str() {
            "" | "auto" | "on" => Ok(()),
            "off" => Err(ConfigError::ModulesOff),
            other => Err(ConfigError::UnknownModuleMode(other.to_owned())),
        }
    }

    fn find_go(&self) -> LocalGo {
        let named = self.named_goroot();
        let path = self.process.get(std::ffi::OsStr::new("PATH")).cloned().unwrap_or_default();
        let program = if cfg!(windows) { "go.exe" } else { "go" };
        let on_path = || {
            env::split_paths(&path)
                .filter(|dir| dir.is_absolute())
                .filter_map(|dir| fs::canonicalize(dir.join(program)).ok())
                .filter_map(|program| Some(program.parent()?.parent()?.to_owned()))
                .find_map(|goroot| Some((read_go_version(&goroot)?, goroot)))
        };
        let found = match named {
            Some(goroot) => read_go_version(&goroot).map(|version| (version, goroot)),
            None => on_path(),
        };
        match found {
            Some((version, goroot)) => LocalGo { version, goroot: Some(goroot) },
            None => LocalGo::default(),
        }
    }

    /// GOMODCACHE; absolute.
    ///
    /// # Errors
    /// It is relative, or there is no place for it.
    pub fn module_cache(&self) -> Result<PathBuf, ConfigError> {
        let cache = self.get_or("GOMODCACHE", || {
            self.default_module_cache().map_or_else(String::new, |dir| path_text(&dir))
        });
        if cache.is_empty() {
            return Err(ConfigError::NoCache);
        }
        if !Path::new(&cache).is_absolute() {
            return Err(ConfigError::RelativeCache(cache));
        }
        Ok(clean(Path::new(&cache)))
    }

    /// The words of GOFLAGS: each a flag, quoted parts allowed.
    /// Source: cmd/go/internal/base/goflags.go, cmd/internal/quoted.
    pub fn goflags(&self) -> Result<Vec<String>, ConfigError> {
        let flags = split_quoted(&self.get("GOFLAGS")).map_err(ConfigError::UnterminatedQuote)?;
        for flag in &flags {
            let body = flag.strip_prefix("--").or_else(|| flag.strip_prefix('-'));
            if body.is_none_or(|b| b.is_empty() || b.starts_with(['-', '='])) {
                return Err(ConfigError::NotAFlag(flag.clone()));
            }
        }
        Ok(flags)
    }

    /// The Go version that stands for the local one.
    pub fn local_go(&self) -> &LocalGo {
        &self.local_go
    }

    /// Whether a variable of the process environment is set to anything at all.
    pub fn is_set(&self, name: &str) -> bool {
        self.process(name).is_some()
    }
}

/// Go's spellings of truth. Source: `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn read_assignments(file: &Path) -> HashMap<String, String> {
    let data = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&data);
    text.split('\n')
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn read_go_version(goroot: &Path) -> Option<String> {
    let text = fs::read_to_string(goroot.join("VERSION")).ok()?;
    let version = goversion::from_toolchain(text.lines().next()?.trim());
    (!version.is_empty()).then(|| version.to_owned())
}

/// Words between blanks; one in single or double quotes may hold them.
/// Source: cmd/internal/quoted.
///
/// # Errors
/// The quotation mark that has no second.
pub fn split_quoted(text: &str) -> Result<Vec<String>, char> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        let word = if matches!(first, '\'' | '"') {
            let body = &rest[1..];
            let end = body.find(first).ok_or(first)?;
            rest = &body[end + 1..];
            &body[..end]
        } else {
            let end = rest.find(is_space).unwrap_or(rest.len());
            let word = &rest[..end];
            rest = &rest[end..];
            word
        };
        words.push(word.to_owned());
        rest = rest.trim_start_matches(is_space);
    }
    Ok(words)
}

/// The files of the main module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainModule {
    /// The folder that holds go.mod; replacement folders are relative to it.
    pub root: PathBuf,
    /// go.mod, or what `-modfile` names instead.
    pub go_mod: PathBuf,
    /// The go.sum beside it.
    pub go_sum: PathBuf,
}

/// Everything a run is told from outside. Made once, never changed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The working directory, after `-C`; absolute.
    pub directory: PathBuf,
    /// The module the working directory lies in. `None` outside one, and for commands that are
    /// about the workspace where there is one.
    pub main_module: Option<MainModule>,
    /// The go.work file in force, for commands that have to do with it; it need not exist.
    pub work_file: Option<PathBuf>,
    is_workspace: bool,
    /// The system's folder for temporary files, where a go.mod in it is passed over: what is
    /// worked on below it would become part of that module.
    pub ignored_root: Option<PathBuf>,
    /// The GOPROXY list as written.
    pub goproxy: String,
    /// Globs of module paths that no proxy is asked for.
    pub gonoproxy: String,
    /// Globs of module paths that the checksum database is not asked for.
    pub gonosumdb: String,
    /// GOPRIVATE: globs of module paths that are not public, for GOVCS.
    pub goprivate: String,
    /// GOVCS: which version control may be run for which paths.
    pub govcs: String,
    /// GIT_ALLOW_PROTOCOL: where it is set, the schemes that git may use, between colons.
    pub git_allow_protocol: String,
    /// GOINSECURE: globs of module paths that may be fetched directly without TLS. Proxies
    /// and the checksum database are not concerned.
    pub goinsecure: String,
    /// The GOSUMDB setting as written.
    pub gosumdb: String,
    /// The checksum database that GOSUMDB may name without a key.
    pub known_database: KnownDatabase,
    /// The folders of GOPATH.
    pub gopath: Vec<PathBuf>,
    /// GOMODCACHE; absolute.
    pub module_cache: PathBuf,
    /// `GOPATH/pkg/sumdb`, where the latest signed tree is remembered.
    pub sumdb_directory: Option<PathBuf>,
    /// Where it is kept what packages of the module cache import, in the user's folder for
    /// caches.
    pub import_index: Option<PathBuf>,
    /// Whether extracted folders stay writable.
    pub cache_writable: bool,
    /// Files that stand in for others.
    pub overlay: Overlay,
    /// What `-mod` says; each command has its own default.
    pub mode: Option<ModMode>,
    /// Whether no connection is opened, and no program started that could open one.
    pub offline: bool,
    /// Whether go.mod, go.sum, go.work and go.work.sum must stay as they are.
    pub locked: bool,
    /// Proxies for HTTP requests.
    pub http_proxies: HttpProxies,
    /// How version control is used.
    pub version_control: VersionControl,
    /// Who the user is.
    pub credentials: Credentials,
    /// How long a server that stumbles is put up with.
    pub patience: Patience,
    /// The most requests in flight that GODEBUG=cmdgonetlimit allows.
    pub network_limit: Option<usize>,
    /// The Go version that stands for the local one.
    pub local_go: LocalGo,
    /// What packages are built for.
    pub target: Target,
    /// Whether the variable that lets the mirror itself fetch toolchains unverified
    /// is set. Source: useSumDB in cmd/go/internal/modfetch/sumdb.go.
    pub is_default_mirror: bool,
}

impl Config {
    /// The go.work file of the workspace that the command is about.
    pub fn workspace(&self) -> Option<&Path> {
        self.work_file.as_deref().filter(|_| self.is_workspace)
    }

    /// The same for the workspace in force, rather than one module of it.
    pub fn of_workspace(&self) -> Self {
        let is_workspace = self.work_file.is_some();
        Self { main_module: None, is_workspace, ..self.clone() }
    }

    /// The same for one module of a workspace, as if there were none.
    pub fn of_member(&self, module: MainModule) -> Self {
        Self { main_module: Some(module), work_file: None, is_workspace: false, ..self.clone() }
    }

    /// Puts the environment and the flags of this run together.
    pub fn new(environment: &Environment, flags: &ModuleFlags) -> Result<Self, ConfigError> {
        if let Some(name) = environment.malformed() {
            return Err(ConfigError::NotUtf8(name));
        }
        let directory = working_directory(environment, flags)?;
        let surroundings = flags.surroundings;
        if !matches!(surroundings, Surroundings::Nothing | Surroundings::WorkFile) {
            environment.check_module_mode()?;
        }
        let overlay = match &flags.overlay {
            Some(file) => Overlay::read(file, &directory)?,
            None => Overlay::default(),
        };
        let work_file = match surroundings {
            Surroundings::Workspace | Surroundings::Member | Surroundings::WorkFile => {
                environment.workspace_file(&directory, &overlay)?
            }
            Surroundings::Module | Surroundings::Here | Surroundings::Nothing => None,
        };
        let is_workspace = surroundings == Surroundings::Workspace && work_file.is_some();
        if is_workspace && flags.mod_file.is_some() {
            return Err(ConfigError::ModFileInWorkspace);
        }
        let module_cache = environment.module_cache()?;

        let mut main_module = match is_workspace {
            true => None,
            false => main_module(&directory, flags, &overlay)?,
        };
        let finds_module = matches!(
            surroundings,
            Surroundings::Workspace | Surroundings::Member | Surroundings::Module
        );
        let is_ignored =
            |module: &mut MainModule| finds_module && environment.is_temporary_root(&module.root);
        let ignored_root = main_module.take_if(is_ignored).map(|_| environment.temporary_root());

        let goprivate = environment.get("GOPRIVATE");
        let known_database = default_database();
        let lower_or_upper = |upper: &str, lower: &str| {
            environment.process(upper).or_else(|| environment.process(lower)).unwrap_or_default()
        };
        Ok(Self {
            main_module,
            work_file,
            is_workspace,
            ignored_root,
            goproxy: environment.get_or("GOPROXY", default_goproxy),
            gonoproxy: environment.get_or("GONOPROXY", || goprivate.clone()),
            gonosumdb: environment.get_or("GONOSUMDB", || goprivate.clone()),
            goprivate,
            govcs: environment.get("GOVCS"),
            git_allow_protocol: environment.process("GIT_ALLOW_PROTOCOL").unwrap_or_default(),
            goinsecure: environment.get("GOINSECURE"),
            gosumdb: environment.get_or("GOSUMDB", || known_database.name.clone()),
            known_database,
            gopath: environment
                .gopath()
                .into_iter()
                .filter(|dir| !dir.as_os_str().is_empty())
                .collect(),
            module_cache,
            sumdb_directory: environment.below_gopath("pkg/sumdb"),
            import_index: environment.cache_directory().map(|dir| {
                // Another version may read sources in another way.
                let name = concat!("imports-", env!("CARGO_PKG_VERSION"));
                dir.join("gomod").join(name)
            }),
            cache_writable: flags.cache_writable,
            mode: flags.mode,
            offline: flags.offline.map_or_else(|| environment.switch("GOMOD_OFFLINE"), Ok)?,
            locked: flags.locked.map_or_else(|| environment.switch("GOMOD_LOCKED"), Ok)?,
            overlay,
            http_proxies: HttpProxies {
                http: lower_or_upper("HTTP_PROXY", "http_proxy"),
                https: lower_or_upper("HTTPS_PROXY", "https_proxy"),
                exceptions: lower_or_upper("NO_PROXY", "no_proxy"),
                is_cgi: environment.is_set("REQUEST_METHOD"),
            },
            version_control: VersionControl::new(environment),
            credentials: Credentials::new(environment, flags.token_file.as_deref(), &directory)?,
            patience: Patience::new(environment, flags)?,
            network_limit: network_limit(&environment.get("GODEBUG")),
            local_go: environment.local_go.clone(),
            target: environment.target(flags)?,
            is_default_mirror: environment
                .get("GIT_HTTP_USER_AGENT")
                .contains(&format!("proxy.{GO_DOMAIN}")),
            directory,
        })
    }
}

fn default_goproxy() -> String {
    format!("https://proxy.{GO_DOMAIN},direct")
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Removes `.` and `..` by their text alone, as Go's `filepath.Clean` does.
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) =>
            {
                cleaned.pop();
            }
            Component::ParentDir if cleaned.has_root() => {}
            other => cleaned.push(other),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// The working directory, which `-C` changes first.
///
/// # Errors
/// It cannot be entered.
pub fn working_directory(
    environment: &Environment,
    flags: &ModuleFlags,
) -> Result<PathBuf, ConfigError> {
    let current = env::current_dir()
        .map_err(|source| ConfigError::Directory { action: "getwd".into(), source })?;
    // Where PWD names the same folder, its spelling wins: it keeps the user's symlinks.
    let spelled = environment
        .process("PWD")
        .map(PathBuf::from)
        .filter(|pwd| pwd.is_absolute() && same_folder(pwd, &current));
    let start = spelled.unwrap_or(current);
    let Some(change) = &flags.directory else { return Ok(start) };
    let target = clean(&start.join(change));
    let failed =
        |source| ConfigError::Directory { action: format!("chdir {}", change.display()), source };
    if !fs::metadata(&target).map_err(failed)?.is_dir() {
        return Err(failed(std::io::ErrorKind::NotADirectory.into()));
    }
    env::set_current_dir(&target).map_err(failed)?;
    Ok(target)
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The nearest file of a name in a folder or those above it.
fn find_upward(start: &Path, name: &str, overlay: &Overlay) -> Option<PathBuf> {
    start.ancestors().map(|dir| dir.join(name)).find(|file| overlay.is_file(file))
}

fn main_module(
    directory: &Path,
    flags: &ModuleFlags,
    overlay: &Overlay,
) -> Result<Option<MainModule>, ConfigError> {
    let go_mod = match flags.surroundings {
        Surroundings::Nothing | Surroundings::WorkFile => return Ok(None),
        Surroundings::Here => Some(directory.join("go.mod")),
        Surroundings::Workspace | Surroundings::Member | Surroundings::Module => {
            find_upward(directory, "go.mod", overlay)
        }
    };
    let root = go_mod.as_deref().and_then(Path::parent).map(Path::to_owned);
    let (Some(root), Some(mut go_mod)) = (root, go_mod) else {
        return match &flags.mod_file {
            None => Ok(None),
            Some(_) => Err(ConfigError::ModFileAlone),
        };
    };
    if let Some(file) = &flags.mod_file {
        if file.extension().is_none_or(|extension| extension != "mod") {
            return Err(ConfigError::ModFileExtension(path_text(file)));
        }
        go_mod = clean(&directory.join(file));
    }
    let go_sum = go_mod.with_extension("sum");
    Ok(Some(MainModule { root, go_mod, go_sum }))
}

/// The value of `cmdgonetlimit` in GODEBUG; the last one counts.
/// Source: cmd/go/internal/base/limit.go.
fn network_limit(godebug: &str) -> Option<usize> {
    let last = godebug.split(',').rev().find_map(|entry| entry.strip_prefix("cmdgonetlimit="))?;
    last.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words() {
        assert_eq!(
            split_quoted(" -a  '-b=c d' \"-e='f'\"\t-g").expect("words"),
            ["-a", "-b=c d", "-e='f'", "-g"]
        );
        assert_eq!(split_quoted("'x"), Err('\''));
    }

    #[test]
    fn goflags_are_flags() {
        let flags = |text: &str| {
            let process = HashMap::from([("GOFLAGS".into(), text.into())]);
            Environment { process, ..Environment::default() }.goflags()
        };
        assert_eq!(flags("-modcacherw --x=y").expect("flags").len(), 2);
        for bad in ["x", "-", "--", "---x", "-=x"] {
            assert!(flags(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cleaning() {
        for (path, want) in [("/a/../b/./c", "/b/c"), ("/..", "/"), ("a/..", "."), ("../a", "../a")]
        {
            assert_eq!(clean(Path::new(path)), Path::new(want), "{path}");
        }
    }

    #[test]
    fn precedence() {
        let environment = Environment {
            process: HashMap::from([("GOPROXY".into(), "a".into()), ("GOSUMDB".into(), "".into())]),
            user_file: HashMap::from([
                ("GOPROXY".into(), "b".into()),
                ("GOSUMDB".into(), "b".into()),
            ]),
            goroot_file: HashMap::from([
                ("GOSUMDB".into(), "c".into()),
                ("GOX".into(), "c".into()),
            ]),
            ..Environment::default()
        };
        assert_eq!(environment.get("GOPROXY"), "a");
        assert_eq!(environment.get("GOSUMDB"), "b");
        assert_eq!(environment.get("GOX"), "c");
        assert_eq!(environment.get("GOY"), "");
    }

    #[test]
    fn net_limit() {
        assert_eq!(network_limit("a=b,cmdgonetlimit=3"), Some(3));
        assert_eq!(network_limit("a=b"), None);
    }
}
