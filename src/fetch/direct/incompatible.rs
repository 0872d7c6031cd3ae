//! When a version may have `+incompatible` behind it.
//!
//! Source: ref/mod#incompatible-versions, canUseIncompatible in
//! cmd/go/internal/modfetch/coderepo.go.

use std::collections::HashMap;

use crate::spec::version;

use super::layout::Layout;

/// The rule for one revision. It asks for the files that it has to know of.
#[derive(Debug)]
pub struct IncompatibleRule {
    may_apply: bool,
    /// Whether the mark was asked for by name.
    is_explicit: bool,
    /// Which files there are, as far as that is known.
    there: HashMap<String, bool>,
}

impl IncompatibleRule {
    /// The rule for a revision that was found by what was `asked`.
    pub fn new(layout: &Layout, asked: &str) -> Self {
        Self {
            may_apply: layout.may_be_incompatible(),
            is_explicit: asked.ends_with("+incompatible"),
            there: HashMap::new(),
        }
    }

    /// Whether a version may bear the mark.
    ///
    /// # Errors
    /// The file, from the repository's root, of which it has to be known first whether it exists.
    pub fn judge(&self, version: &str) -> Result<bool, String> {
        if !self.may_apply {
            return Ok(false);
        }
        let is_there = |file: &str| self.there.get(file).copied().ok_or_else(|| file.to_owned());
        if is_there("go.mod")? {
            return Ok(false);
        }
        // Old go commands did not look at the folder of the major version, so whoever names
        // the version as they did still gets it: golang.org/issue/51324.
        Ok(self.is_explicit || !is_there(&format!("{}/go.mod", version::major(version)))?)
    }

    /// Tells whether a file exists.
    pub fn learn(&mut self, file: String, is_there: bool) {
        self.there.insert(file, is_there);
    }
}
