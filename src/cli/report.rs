//! What becomes of an error: its message, hints after it, and the exit code.

use std::io;

use crate::commands::arguments::InvalidGoFlag;
use crate::fetch::error::{ErrorKind, FetchError, ModuleError};
use crate::resolve::argument::ArgumentError;
use crate::resolve::error::ResolveError;
use crate::resolve::import::ImportError;
use crate::spec::sums::MalformedGoSum;
use crate::verify::gate::VerifyError;

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
    let failure = causes().find_map(fetch_error);
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
    let hint = failure.and_then(|error| hint(error, surroundings)).unwrap_or_default();
    Report { message: Some(format!("gomod: {error}{hint}")), code: FAILURE }
}

fn fetch_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a FetchError> {
    if let Some(error) = cause.downcast_ref::<ModuleError>() {
        return Some(&error.error);
    }
    if let Some(ArgumentError::Failed { error, .. }) = cause.downcast_ref::<ArgumentError>() {
        return fetch_error(&**error);
    }
    if let Some(ImportError::Resolve(error)) = cause.downcast_ref::<ImportError>() {
        return fetch_error(error);
    }
    match cause.downcast_ref::<ResolveError>()? {
        ResolveError::Module(error) => Some(&error.error),
        ResolveError::Fetch(error) => Some(error),
        ResolveError::Chain { error, .. } | ResolveError::Named { error, .. } => {
            fetch_error(&**error)
        }
        _ => None,
    }
}

/// What to try, where that is not plain from the message.
fn hint(error: &FetchError, surroundings: Surroundings) -> Option<&'static str> {
    match (error, error.kind()) {
        (FetchError::Http(_), ErrorKind::Denied) => Some(
            "\n\tthe proxy refuses this request: for a private module set GOPRIVATE; \
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
            "\n\tGONOSUMCHECK is no longer used: GONOSUMDB lists the modules that the checksum \
             database is not asked about",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::error::HttpError;
    use crate::spec::ModulePath;

    fn http(code: u16) -> ModuleError {
        let error = HttpError {
            url: "https://proxy.example.com/a.b/c/@v/v1.0.0.info".into(),
            status: format!("{code} Status"),
            code,
            detail: String::new(),
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
        let closed =
            report(&anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)), usual);
        assert_eq!(closed.message, None);
    }
}
