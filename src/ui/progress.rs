//! What the layers tell about their work, as it happens. A plain type that every layer
//! may use; those below the command line see nothing else of the terminal.

use std::time::Duration;

use crate::spec::ModuleVersion;

/// Hears what is going on. The real one draws on the terminal, a test's remembers.
/// Calls come from any thread and must return at once.
pub trait Progress: Send + Sync {
    /// How many modules are about to be fetched or found in the cache.
    fn planned(&self, _modules: usize) {}

    /// A request is about to be sent; the URL shows no password.
    fn request(&self, _url: &str) {}

    /// A request was answered, with a status line or an error.
    fn answer(&self, _url: &str, _outcome: &str, _took: Duration) {}

    /// A request that failed is to be made again after a pause; the cause is a few words, and it
    /// may be the first time for this request.
    fn retrying(&self, _url: &str, _cause: &str, _pause: Duration, _first: bool) {}

    /// A request that was made again failed in the end.
    fn retried_in_vain(&self) {}

    /// What `-x` shows of another kind than requests: commands, in a form that a shell reads.
    fn command(&self, _text: &str) {}

    /// A module's zip is about to be fetched.
    fn downloading(&self, _module: &ModuleVersion) {}

    /// Bytes of a zip have arrived.
    fn received(&self, _bytes: u64) {}

    /// A module version is complete in the cache; whether something was fetched for it.
    fn finished(&self, _module: &ModuleVersion, _fetched: bool) {}

    /// Another process has held a module version's lock for some seconds; whose it is, in words.
    fn waiting(&self, _module: &ModuleVersion, _whose: &str) {}

    /// Something that the user should know and that is no error.
    fn note(&self, _text: &str) {}

    /// A warning that says so itself.
    fn warning(&self, _text: &str) {}

    /// What `-v` shows of how a module is found, without gomod's name, as go prints it.
    fn detail(&self, _text: &str) {}

    /// A line that was asked for, and that go prints without its name.
    fn line(&self, _text: &str) {}
}
