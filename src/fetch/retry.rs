//! When a request is made again: what passes by itself is asked for a few times more, with
//! pauses that grow, and a server that has fallen silent is not waited for without end.
//!
//! go asks once and waits as long as it takes. What counts as passing follows RFC 9110 (section
//! 15: 408, 429, 5xx; section 10.2.3: Retry-After) and RFC 8470 (425).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;
use url::Url;

use crate::config::Patience;

use super::error::FetchError;
use super::http::Http;

/// The pause before the second try; each further one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// For each further try that is allowed no try begins later than this after the first: servers
/// that fall silent, and those that want to be left alone, have so long together.
const TIME_FOR_A_TRY: Duration = Duration::from_secs(10);

/// What is known of the servers that are asked in one run.
pub(super) struct Hosts {
    patience: Patience,
    by_name: Mutex<HashMap<String, Arc<Host>>>,
}

/// A server as it has been met.
pub(super) struct Host {
    name: String,
    silence: Duration,
    /// When something was last answered well, and whole.
    answered: Mutex<Instant>,
    /// Whether a request failed for good since then, which was made often enough: others, which
    /// began later, need not.
    is_down: AtomicBool,
    /// Whether it failed because nothing came. Then nothing is waited for any more.
    is_silent: watch::Sender<bool>,
}

impl Hosts {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, by_name: Mutex::default() }
    }

    /// The server of a URL.
    pub(super) fn of(&self, url: &Url) -> Arc<Host> {
        let name = url.authority().rsplit('@').next().unwrap_or_default();
        let mut hosts = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return host.clone();
        }
        let host = Arc::new(Host {
            name: name.to_owned(),
            silence: self.patience.silence,
            answered: Mutex::new(Instant::now()),
            is_down: AtomicBool::new(false),
            is_silent: watch::Sender::new(false),
        });
        hosts.insert(name.to_owned(), host.clone());
        host
    }
}

impl Host {
    /// Waits for the next thing that the server has to send: an answer, or a piece of one.
    ///
    /// # Errors
    /// Nothing came for too long; or nothing is waited for any more, as all that was asked for has
    /// been waited for in vain.
    pub(super) async fn listen<T>(
        &self,
        next: impl Future<Output = Result<T, FetchError>>,
        silent: impl Fn(String) -> FetchError,
    ) -> Result<T, FetchError> {
        let mut is_silent = self.is_silent.subscribe();
        tokio::select! {
            // What is there already costs no timer.
            biased;
            next = next => next,
            _ = is_silent.wait_for(|is_silent| *is_silent) => {
                let seconds = self.answered().elapsed().as_secs();
                Err(silent(format!("{} has answered nothing for {seconds} s", self.name)))
            }
            () = tokio::time::sleep(self.silence) => {
                let seconds = self.silence.as_secs();
                Err(silent(format!("nothing came for {seconds} s (see -stall-timeout)")))
            }
        }
    }

    fn answered(&self) -> MutexGuard<'_, Instant> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that an answer came whole; one that says by its status that the server stumbles does
    /// not count.
    pub(super) fn has_answered(&self, status: u16) {
        if !passes(status) {
            *self.answered() = Instant::now();
            self.is_down.store(false, Ordering::Relaxed);
        }
    }

    fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Relaxed)
    }

    /// Tells that a request failed for good that was first made at this moment.
    fn has_failed(&self, begun: Instant, of_silence: bool) {
        if *self.answered() <= begun {
            self.is_down.store(true, Ordering::Relaxed);
            if of_silence {
                self.is_silent.send_replace(true);
            }
        }
    }
}

/// Whether a status says that the same request may be answered at another time.
pub(super) fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || (status >= 500 && status != 501)
}

/// The tries of one request.
pub struct Tries<'a> {
    http: &'a Http,
    url: String,
    begun: Instant,
    /// How often it was made again.
    made: u32,
}

impl<'a> Tries<'a> {
    /// Of a request for a URL, which shows no password.
    pub(super) fn new(http: &'a Http, url: String) -> Self {
        Self { http, url, begun: Instant::now(), made: 0 }
    }

    /// Begins anew: so much has come that the server can be said to be there.
    pub fn renew(&mut self) {
        (self.begun, self.made) = (Instant::now(), 0);
    }

    /// Waits until the request is to be made again after this failure of it.
    ///
    /// # Errors
    /// The failure itself, where it will not pass by itself, or was met too often.
    pub async fn again(&mut self, error: FetchError) -> Result<(), FetchError> {
        if !error.may_pass() {
            return Err(error);
        }
        // Where it was redirected, that is not the server that was asked.
        let (url, pause, of_silence) = match &error {
            FetchError::Silence { url, .. } => (url, None, true),
            FetchError::Http(error) => (&error.url, error.retry_after, false),
            _ => (&self.url, None, false),
        };
        let host = Url::parse(url).ok().map(|url| self.http.hosts().of(&url));
        let limit = self.http.hosts().patience.retries;
        // A server says how long it wants to be left alone at least; not all at once then.
        let pause = pause.unwrap_or_default().max(pause_before(self.made)).mul_f64(jitter());
        let is_late = self.begun.elapsed() + pause > TIME_FOR_A_TRY * limit;
        if self.made >= limit || is_late || host.as_ref().is_some_and(|host| host.is_down()) {
            if let Some(host) = host {
                host.has_failed(self.begun, of_silence);
            }
            if self.made > 0 {
                self.http.progress().retried_in_vain();
            }
            return Err(error);
        }
        self.http.progress().retrying(&self.url, &error.in_short(), pause, self.made == 0);
        self.made += 1;
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// The pause after the first try and so many further ones.
fn pause_before(made: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(3_u32.saturating_pow(made)).min(LONGEST_PAUSE)
}

/// By how much a pause is drawn out, so that those who failed together do not come back together.
fn jitter() -> f64 {
    1.0 + 0.4 * fastrand::f64()
}

/// How long a server wants to be left alone. Source: RFC 9110, section 10.2.3.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = jiff::fmt::rfc2822::parse(header).ok()?;
    Some(SystemTime::from(time.timestamp()).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let pauses: Vec<_> = (0..5).map(|made| pause_before(made).as_millis()).collect();
        assert_eq!(pauses, [500, 1500, 4500, 10_000, 10_000]);
        assert_eq!(pause_before(u32::MAX), LONGEST_PAUSE);
        assert!((0..100).map(|_| jitter()).all(|jitter| (1.0..1.4).contains(&jitter)));
    }

    #[test]
    fn servers_say_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let seconds = |header: &str| retry_after(header, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(seconds("Sat, 05 Nov 1994 08:49:37 GMT"), Some(0));
        for header in ["", "-1", "soon", "1.5"] {
            assert_eq!(seconds(header), None, "{header}");
        }
    }
}
