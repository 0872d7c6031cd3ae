//! What becomes of an error: its message, hints after it, and the exit code.

use std::io;

use crate::commands::arguments::InvalidGoFlag;
use crate::commands::{self, Explained, Locked};
use crate::config::Environment;
use crate::fetch::error::{ErrorKind, FetchError, Obstacle};
use crate::spec::ModulePath;
use crate::spec::goversion::TOOLCHAIN_MODULE;
use crate::spec::sums::MalformedGoSum;
use crate::verify::gate::VerifyError;
use crate::verify::sumdb::SumdbError;

use crate::ui::template::TemplateError;

use super::parse::UsageError;

/// A module's or the user's problem.
pub const FAILURE: u8 = 1;
/// A command line that means nothing.
pub const USAGE: u8 = 2;
/// Stopped by the user.
pub const INTERRUPTED: u8 = 130;

/// A message for stderr and the exit code that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// The whole message; `None` where nothing is to be said.
    pub message: Option<String>,
    /// The exit code.
    pub code: u8,
}

/// What of the environment has a part in hints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings {
    /// Whether GONOSUMCHECK is set, which go has dropped.
    pub gonosumcheck: bool,
}

impl Surroundings {
    /// What this environment says.
    pub fn of(environment: &Environment) -> Self {
        Self { gonosumcheck: environment.has_gonosumcheck() }
    }
}

/// Turns any error into what the user sees of it.
pub fn report(error: &anyhow::Error, surroundings: Surroundings) -> Report {
    if let Some(usage) = error.downcast_ref::<UsageError>() {
        return Report { message: Some(format!("gomod: {usage}")), code: USAGE };
    }
    if let Some(invalid) = error.downcast_ref::<InvalidGoFlag>() {
        return Report { message: Some(invalid.to_string()), code: USAGE };
    }
    if let Some(error) = error.downcast_ref::<TemplateError>() {
        return Report { message: Some(error.to_string()), code: FAILURE };
    }
    let causes = || error.chain();
    let closed = causes().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    });
    if closed {
        // Whoever read our output has seen enough.
        return Report { message: None, code: FAILURE };
    }
    let failure = commands::failed_fetch(error).map(|(_, error)| error);
    if let Some(FetchError::Verify(
        error @ (VerifyError::GoSumMismatch { .. } | VerifyError::Fork { .. }),
    )) = failure
    {
        // go says these alone, and without its name before them.
        return Report { message: Some(error.to_string()), code: FAILURE };
    }
    if let Some(malformed) = causes().find_map(|cause| cause.downcast_ref::<MalformedGoSum>()) {
        return Report { message: Some(malformed.to_string()), code: FAILURE };
    }
    let mut message = format!("gomod: {error}");
    if let Some(help) = help(error, surroundings) {
        message = format!("{}\n{help}", message.trim_end_matches('\n'));
    }
    Report { message: Some(message), code: FAILURE }
}

/// An error of a run that was offline, with everything that it looked for in vain.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Offline {
    /// The error's message.
    pub message: String,
    /// A line for each module version.
    pub lacking: Vec<String>,
}

/// What an offline run looked for in vain, and what to try.
pub fn offline(lacking: &[String]) -> String {
    format!(
        "offline, and not in the module cache:\n\t{}\nhint: the same command fetches it without \
         -offline (and GOMOD_OFFLINE); 'gomod download' fetches all that go.mod requires; \
         GOPROXY=file:///FOLDER is asked offline too",
        lacking.join("\n\t")
    )
}

/// What helps with an error beside its message: which source answered what, and what to try.
pub fn help(error: &anyhow::Error, surroundings: Surroundings) -> Option<String> {
    if let Some(Offline { lacking, .. }) = error.downcast_ref::<Offline>() {
        return Some(offline(lacking));
    }
    if error.chain().any(|cause| cause.is::<Locked>()) {
        let hint = "hint: 'gomod tidy' brings both up to date; get, download and work sync make \
                    their own changes without -locked";
        return Some(hint.to_owned());
    }
    let trace = error.downcast_ref::<Explained>().map(|explained| &explained.trace);
    let told = trace.filter(|trace| trace.lines.len() > 1).map(ToString::to_string);
    let failed = commands::failed_fetch(error);
    let looks_private = trace.is_some_and(|trace| trace.looks_private);
    let hint = failed.and_then(|(module, error)| {
        let is_absent = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Disabled);
        match (error, hint(error, surroundings)) {
            (_, Some(hint)) => Some(hint.to_owned()),
            (FetchError::Verify(VerifyError::Database { key, error }), None) => {
                is_absence(error).then(|| private(&key.module.path))
            }
            (_, None) => module
                .filter(|module| looks_private && is_absent && module.as_str() != TOOLCHAIN_MODULE)
                .map(private),
        }
    });
    let lines: Vec<_> = told.into_iter().chain(hint.map(|hint| format!("hint: {hint}"))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Whether the checksum database has no such record.
fn is_absence(error: &SumdbError) -> bool {
    let SumdbError::Operation(error) = error else { return false };
    let error = error.downcast_ref::<FetchError>();
    error.is_some_and(|error| error.kind() == ErrorKind::NotFound && !error.is_lack())
}

/// What to try with a module that nobody in public knows.
fn private(module: &ModulePath) -> String {
    let mut elements = module.as_str().split('/');
    let host = elements.next().unwrap_or_default();
    let owner = elements.next().filter(|_| SHARED_HOSTS.contains(&host));
    let pattern = owner.map_or_else(|| host.to_owned(), |owner| format!("{host}/{owner}"));
    format!(
        "if {module} is private, set GOPRIVATE={pattern}: then its repository is asked, and \
         neither proxies nor the checksum database hear of it"
    )
}

/// Hosts where everybody's repositories lie, public ones and private ones.
const SHARED_HOSTS: &[&str] = &["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"];

/// What to try, where that is not plain from the message.
fn hint(error: &FetchError, surroundings: Surroundings) -> Option<&'static str> {
    if let Some(obstacle) = error.obstacle() {
        return Some(way_around(obstacle));
    }
    match (error, error.kind()) {
        (FetchError::Http(_), ErrorKind::Denied) => Some(
            "the proxy refuses this request: for a private module set GOPRIVATE; \
             credentials may stand in the GOPROXY URL",
        ),
        (
            FetchError::Verify(
                VerifyError::Database { .. }
                | VerifyError::DatabaseMismatch { .. }
                | VerifyError::DatabaseAbsent { .. },
            ),
            _,
        ) if surroundings.gonosumcheck => Some(
            "GONOSUMCHECK is no longer used: GONOSUMDB lists the modules that the checksum \
             database is not asked about",
        ),
        _ => None,
    }
}

/// What to try where something keeps the user from a source.
pub fn way_around(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoProgram => {
            "install this program, or set GOPROXY to a proxy that has the module"
        }
        Obstacle::Credentials => {
            "for a private repository say who you are: by a netrc file, GOMOD_TOKEN_<HOST> or \
             -token-file, or by git's own settings, such as a credential helper or ssh; see \
             docs/credentials.md"
        }
        Obstacle::HostKey => {
            "ssh does not know this host by its key: connect to it once by ssh, or add the key to \
             ~/.ssh/known_hosts"
        }
        Obstacle::UnknownHost => {
            "the name of the host is not known: check the module path, GOPROXY and the network"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::error::{HttpError, ModuleError};
    use crate::resolve::error::ResolveError;

    fn http(code: u16) -> ModuleError {
        let error = HttpError {
            url: "https://proxy.example.com/a.b/c/@v/v1.0.0.info".into(),
            status: format!("{code} Status"),
            code,
            detail: String::new(),
            retry_after: None,
        };
        FetchError::from(error).of(&ModulePath::new("a.b/c"), "v1.0.0")
    }

    #[test]
    fn reports() {
        let usual = Surroundings::default();
        let plain = report(&anyhow::Error::from(http(404)), usual);
        assert_eq!(
            plain.message.as_deref(),
            Some(
                "gomod: a.b/c@v1.0.0: reading https://proxy.example.com/a.b/c/@v/v1.0.0.info: 404 Status"
            )
        );
        assert_eq!(plain.code, FAILURE);
        let denied = report(&anyhow::Error::from(ResolveError::from(http(403))), usual);
        assert!(denied.message.is_some_and(|text| text.contains("set GOPRIVATE")));
        let usage = report(&anyhow::Error::from(UsageError("bad".into())), usual);
        assert_eq!(usage, Report { message: Some("gomod: bad".into()), code: USAGE });
        let place = "https://a.b/c?go-get=1".to_owned();
        let unknown =
            FetchError::UnknownHost { url: place, reason: "who?".into(), may_pass: false };
        let unknown = unknown.of(&ModulePath::new("a.b/c"), "v1.0.0");
        assert_eq!(
            report(&anyhow::Error::from(unknown), usual).message.as_deref(),
            Some(
                "gomod: a.b/c@v1.0.0: Get \"https://a.b/c?go-get=1\": who?\nhint: the name of the host \
                 is not known: check the module path, GOPROXY and the network"
            )
        );
        let closed =
            report(&anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)), usual);
        assert_eq!(closed.message, None);
    }
}
