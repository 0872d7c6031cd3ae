//! Single flight: work on one key is one future that anyone who waits may drive.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;
use futures_util::future::{BoxFuture, FutureExt, Shared};

/// Work that is done once, by whichever of those who wait for it is polled; none of them
/// has to live on for the others to get the outcome.
pub type Flight<V> = Shared<BoxFuture<'static, V>>;

/// Remembers the outcome of asynchronous work by key. Whoever asks for a key that is
/// being worked on polls the same future, so that nobody waits for an idle leader.
pub struct OnceMap<K, V: Clone> {
    flights: Mutex<HashMap<K, Flight<V>>>,
}

impl<K, V: Clone> Default for OnceMap<K, V> {
    fn default() -> Self {
        Self { flights: Mutex::default() }
    }
}

impl<K: Hash + Eq, V: Clone> OnceMap<K, V> {
    /// The outcome for a key, from the work that was first begun for it.
    pub fn get<F>(&self, key: K, work: impl FnOnce() -> F) -> Flight<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry(key).or_insert_with(|| work().boxed().shared()).clone()
    }

    /// Takes out what was begun for a key, so that its outcome is not held any longer.
    pub fn take(&self, key: &K) -> Option<Flight<V>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn work_is_done_once_and_survives_its_first_caller() {
        let map = OnceMap::<&str, usize>::default();
        let runs = Arc::new(AtomicUsize::new(0));
        let begin = || {
            let runs = runs.clone();
            map.get("key", || async move {
                tokio::task::yield_now().await;
                runs.fetch_add(1, Ordering::SeqCst)
            })
        };
        let first = begin();
        let second = begin();
        // The first caller polls once and then never again.
        let mut first = std::pin::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        assert_eq!(second.await, 0);
        assert_eq!(begin().await, 0);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }
}
