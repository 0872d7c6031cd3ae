//! What the sources of a run answered about modules that could not be had, so that an error,
//! which is of one source, can tell of all.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::spec::ModulePath;

use super::error::{ErrorKind, FetchError};
use super::goproxy::{ProxyList, Source, redact};

/// What went wrong at the sources, by module and by the source's place in the list; of one
/// source the last.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<HashMap<ModulePath, OfModule>>);

#[derive(Debug, Default)]
struct OfModule {
    /// Whether any source knows the module.
    is_known: bool,
    failures: BTreeMap<usize, FetchError>,
}

impl Answers {
    fn of(&self) -> MutexGuard<'_, HashMap<ModulePath, OfModule>> {
        // Each change is one insertion, so what another thread left behind is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an answer, and passes it on.
    pub(super) fn told<T>(
        &self,
        module: &ModulePath,
        place: usize,
        answer: Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        match &answer {
            Ok(_) => self.of().entry(module.clone()).or_default().is_known = true,
            Err(FetchError::NotPrivate) => {}
            Err(error) => {
                let mut answers = self.of();
                answers.entry(module.clone()).or_default().failures.insert(place, error.clone());
            }
        }
        answer
    }

    /// What is to be told of a module, where a source failed.
    pub(super) fn trace(&self, module: &ModulePath, list: &ProxyList) -> Option<Trace> {
        let answers = self.of();
        let OfModule { is_known, failures } = answers.get(module)?;
        if failures.is_empty() {
            return None;
        }
        let mut lines = Vec::new();
        let mut ended = false;
        for (place, source, falls_back_on_error) in list.sources() {
            let name = match source {
                Source::NoProxy => "direct (a private path)".to_owned(),
                Source::Direct => "direct".to_owned(),
                Source::Off => "off".to_owned(),
                Source::Cache => "the module cache".to_owned(),
                Source::Proxy(url) => redact(url).trim_end_matches('/').to_owned(),
            };
            let answer = match failures.get(&place) {
                Some(error) => {
                    let leads_on =
                        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Disabled);
                    ended |= !leads_on && !falls_back_on_error;
                    in_a_line(error)
                }
                None if ended => "not asked: after a comma only 404 and 410 lead on".to_owned(),
                None => continue,
            };
            lines.push((name, answer));
        }
        let is_absent = |error: &FetchError| match error {
            FetchError::Http(answer) => {
                error.kind() == ErrorKind::NotFound && !answer.knows_module()
            }
            _ => false,
        };
        let looks_private =
            !is_known && !list.is_private(module) && failures.values().any(is_absent);
        Some(Trace { module: module.clone(), lines, looks_private })
    }
}

/// The first line of an error. Of an answer to a request the URL is left out, which begins
/// with that of the proxy, and it is said with what the server has to say.
fn in_a_line(error: &FetchError) -> String {
    let text = match error {
        FetchError::Http(error) => {
            let said = error.detail.trim_start_matches([':', ' ', '\n', '\t']);
            let said = said.trim_start_matches("server response:").trim_start();
            let first = said.lines().next().unwrap_or_default();
            match first {
                "" => return error.status.clone(),
                first => return format!("{}: {first}", error.status),
            }
        }
        FetchError::Private => "not asked: GOPRIVATE or GONOPROXY names the path".to_owned(),
        error => error.to_string(),
    };
    text.lines().next().unwrap_or_default().trim_end_matches(':').to_owned()
}

/// What each entry of the GOPROXY list answered about a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The module.
    pub module: ModulePath,
    /// The entries in their order, with what they said.
    pub lines: Vec<(String, String)>,
    /// Whether a proxy has no such module (404 or 410), no other source knows it, and no setting
    /// says that it is private.
    pub looks_private: bool,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asked for {}, in the order of GOPROXY:", self.module)?;
        self.lines.iter().try_for_each(|(source, answer)| write!(f, "\n\t{source}: {answer}"))
    }
}
