//! The only printer: data on stdout, talk on stderr, progress on a terminal.

pub mod diff;
pub mod progress;
pub mod template;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};

use crate::spec::ModuleVersion;

use progress::Progress;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbosity {
    /// `-q`: errors only.
    pub quiet: bool,
    /// `-x`: every request.
    pub trace: bool,
    /// `-v`: how modules are found.
    pub verbose: bool,
    /// Whether each module that is fetched is named where there is no terminal: go
    /// does so for every command but `mod download`.
    pub names_downloads: bool,
    /// Whether progress is drawn on a terminal: by commands that read modules.
    pub draws: bool,
}

#[derive(Debug, Default)]
struct Counters {
    bytes: AtomicU64,
    fetched: AtomicUsize,
    retried: Mutex<Retried>,
}

/// What was asked for more than once.
#[derive(Debug, Default)]
struct Retried {
    requests: usize,
    in_vain: usize,
    /// How often each cause was met.
    causes: BTreeMap<String, usize>,
}

impl Retried {
    /// What is said of it at the end; nothing where there was nothing.
    fn summary(&self) -> Option<String> {
        if self.requests == 0 {
            return None;
        }
        let causes: Vec<String> =
            self.causes.iter().map(|(cause, times)| format!("{cause} ({times} \u{d7})")).collect();
        let noun = if self.requests == 1 { "request" } else { "requests" };
        let end = match self.in_vain {
            0 => "all were answered in the end".to_owned(),
            in_vain => format!("{in_vain} of them in vain"),
        };
        Some(format!("retried {} {noun}: {}; {end}", self.requests, causes.join(", ")))
    }
}

/// The terminal, or what stands in for one.
pub struct Ui {
    verbosity: Verbosity,
    bar: ProgressBar,
    counters: Arc<Counters>,
    start: Instant,
}

/// Text of others as it may reach a terminal: control characters but newline and tab, and
/// what changes the direction or the lines of text, become U+FFFD.
fn harmless(text: &str) -> String {
    let replace = |c: char| {
        let is_control = c.is_control() && !matches!(c, '\n' | '\t');
        if is_control || is_direction_control(c) { '\u{fffd}' } else { c }
    };
    text.chars().map(replace).collect()
}

/// Whether a terminal may show what stands beside this character in another order, or on
/// another line: Unicode's Bidi_Control, and the separators of lines and paragraphs.
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line on stderr where nothing is drawn.
pub fn say(text: &str) {
    // There is nobody to tell that stderr is closed.
    let _ = writeln!(io::stderr(), "{}", harmless(text).trim_end_matches('\n'));
}

impl Ui {
    /// Talks on the standard streams. Progress is drawn where stderr is a terminal.
    pub fn new(verbosity: Verbosity) -> Self {
        let counters = Arc::new(Counters::default());
        let start = Instant::now();
        let Verbosity { quiet, trace, draws, .. } = verbosity;
        let draws = draws && !quiet && !trace && io::stderr().is_terminal();
        let bar = if draws { progress_bar(&counters, start) } else { ProgressBar::hidden() };
        Self { verbosity, bar, counters, start }
    }

    fn draws(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// A line on stderr, beside what is drawn.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Data on stdout.
    ///
    /// # Errors
    /// As the system answers; a reader that has gone away is one of them.
    pub fn data(&self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Data on stdout that need not be UTF-8; errors are those of [`Ui::data`].
    pub fn bytes(&self, data: &[u8]) -> io::Result<()> {
        self.bar.suspend(|| {
            let mut out = io::stdout().lock();
            out.write_all(data)?;
            out.flush()
        })
    }

    /// Ends the progress display, on a terminal with a line of what was fetched.
    pub fn finish(&self) {
        let fetched = self.counters.fetched.load(Ordering::Relaxed);
        let drew = self.draws();
        self.bar.finish_and_clear();
        if drew && fetched > 0 {
            let bytes = HumanBytes(self.counters.bytes.load(Ordering::Relaxed));
            let noun = if fetched == 1 { "module" } else { "modules" };
            let seconds = self.start.elapsed().as_secs_f64();
            self.say(&format!("gomod: downloaded {fetched} {noun}, {bytes} in {seconds:.1} s"));
        }
        if let Some(summary) = self.retried().summary() {
            self.note(&summary);
        }
    }

    fn retried(&self) -> MutexGuard<'_, Retried> {
        self.counters.retried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the display looks while it is not known yet how many modules there will be.
const WITHOUT_COUNT: &str = "{spinner} {wide_msg}";
/// How it looks afterwards.
const WITH_COUNT: &str = "{spinner} {pos}/{len} modules  {received}  {wide_msg}";

fn style(template: &str, counters: &Arc<Counters>, start: Instant) -> ProgressStyle {
    let bytes = {
        let counters = counters.clone();
        move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let bytes = counters.bytes.load(Ordering::Relaxed);
            let seconds = start.elapsed().as_secs_f64().max(0.001);
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss
            )]
            let rate = HumanBytes((bytes as f64 / seconds) as u64);
            let _ = write!(out, "{} ({rate}/s)", HumanBytes(bytes));
        }
    };
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("received", bytes)
}

fn progress_bar(counters: &Arc<Counters>, start: Instant) -> ProgressBar {
    let bar = ProgressBar::new(0).with_style(style(WITHOUT_COUNT, counters, start));
    bar.set_message("reading the module graph");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

impl Progress for Ui {
    fn planned(&self, modules: usize) {
        self.bar.set_style(style(WITH_COUNT, &self.counters, self.start));
        self.bar.set_length(modules as u64);
        self.bar.set_message("");
    }

    fn request(&self, url: &str) {
        if self.verbosity.trace {
            self.say(&format!("# get {url}"));
        }
    }

    fn answer(&self, url: &str, outcome: &str, took: Duration) {
        if self.verbosity.trace {
            self.say(&format!("# get {url}: {outcome} ({:.3}s)", took.as_secs_f64()));
        }
    }

    fn retrying(&self, url: &str, cause: &str, pause: Duration, first: bool) {
        let mut retried = self.retried();
        retried.requests += usize::from(first);
        *retried.causes.entry(cause.to_owned()).or_default() += 1;
        drop(retried);
        if self.verbosity.trace {
            self.say(&format!("# get {url}: again in {:.1}s ({cause})", pause.as_secs_f64()));
        }
    }

    fn retried_in_vain(&self) {
        self.retried().in_vain += 1;
    }

    fn command(&self, text: &str) {
        if self.verbosity.trace {
            self.say(text);
        }
    }

    fn downloading(&self, module: &ModuleVersion) {
        if self.draws() {
            self.bar.set_message(format!("{} {}", module.path, module.version));
        } else if self.verbosity.names_downloads && !self.verbosity.quiet {
            self.say(&format!("gomod: downloading {} {}", module.path, module.version));
        }
    }

    fn received(&self, bytes: u64) {
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn finished(&self, _module: &ModuleVersion, fetched: bool) {
        if fetched {
            self.counters.fetched.fetch_add(1, Ordering::Relaxed);
        }
        self.bar.inc(1);
    }

    fn waiting(&self, module: &ModuleVersion, whose: &str) {
        self.note(&format!("waiting for another process to download {module}: {whose}"));
    }

    fn note(&self, text: &str) {
        if !self.verbosity.quiet {
            self.say(&format!("gomod: {text}"));
        }
    }

    fn warning(&self, text: &str) {
        self.say(text);
    }

    fn detail(&self, text: &str) {
        if self.verbosity.verbose {
            self.say(text);
        }
    }

    fn line(&self, text: &str) {
        self.say(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(
            harmless("a\u{202e}b\u{2066}c\u{200f}\u{61c}\u{2029}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(harmless("\u{5d0}\u{200b}\u{2065}\u{206a}"), "\u{5d0}\u{200b}\u{2065}\u{206a}");
        assert_eq!(harmless("a\x1b[31mb\rc\n\td\u{9b}"), "a\u{fffd}[31mb\u{fffd}c\n\td\u{fffd}");
    }
}
