//! What is wrong with packages that were loaded.

use anyhow::{Result, anyhow};

use crate::resolve::import::ImportError;
use crate::resolve::load::Loaded;

use super::{Failures, Session};

/// What is wrong with packages, but for what a command is silent about.
pub fn failures_of(
    packages: &Loaded,
    is_silent: impl Fn(&ImportError) -> bool,
) -> Vec<anyhow::Error> {
    let problem = packages.problem.iter().map(|error| anyhow!(error.clone()));
    let broken = packages.errors().filter(|(_, error)| !is_silent(error));
    let broken = broken.map(|(stack, error)| {
        let failed = FailedPackage { stack, error: error.clone() };
        anyhow::Error::from(failed)
    });
    let unmatched = packages.matches.iter().flat_map(|one| one.messages());
    broken.chain(problem).chain(unmatched.map(|text| anyhow!(text))).collect()
}

/// A package that cannot be used, with the imports that lead to it.
#[derive(Debug, thiserror::Error)]
#[error("{stack}: {error}")]
struct FailedPackage {
    stack: String,
    #[source]
    error: ImportError,
}

impl Session {
    /// Fails where packages of `all` cannot be used; or, where the command goes on after errors,
    /// tells why. That the standard library lacks a package may be for want of a newer Go.
    ///
    /// # Errors
    /// All that is wrong.
    pub(super) fn check_packages(&self, packages: &Loaded, is_tolerant: bool) -> Result<()> {
        let is_silent =
            |error: &ImportError| matches!(error, ImportError::NotInStandardLibrary { .. });
        let mut failures = failures_of(packages, is_silent);
        if is_tolerant {
            failures.iter().for_each(|failure| self.progress.note(&failure.to_string()));
            return Ok(());
        }
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Failures(failures).into()),
        }
    }
}
