//! Work that is spread over threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::descriptors::OpenFiles;

/// The threads that this machine has cores for, as far as they are this process's and may open
/// files.
pub fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    OpenFiles::allowed().threads(cores)
}

/// Does work on items, on so many threads, each of which makes a worker of its own. The
/// results are in the items' order, and of several errors the first counts.
pub(super) fn spread<'a, T: Sync, R: Send, E: Send, W: FnMut(&'a T) -> Result<R, E>>(
    items: &'a [T],
    batch: usize,
    threads: usize,
    worker: impl Fn() -> W + Sync,
) -> Result<Vec<R>, E> {
    let queue = Mutex::new(items.chunks(batch).enumerate());
    let failed = AtomicBool::new(false);
    let work = || {
        let mut worker = worker();
        let mut done = Vec::new();
        // Looked at before a batch is taken: one that is taken will be worked on up to its
        // first error, so that the first of all is found.
        while !failed.load(Ordering::Relaxed) {
            // A panic elsewhere leaves the iterator whole, and ends the scope anyway.
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((at, batch)) = next else { break };
            match batch.iter().map(&mut worker).collect::<Result<Vec<R>, E>>() {
                Ok(results) => done.push((at, results)),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err((at, error));
                }
            }
        }
        Ok(done)
    };
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(items.len().div_ceil(batch)))
            .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let own = work();
        let join = |helper: std::thread::ScopedJoinHandle<'_, _>| {
            helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        std::iter::once(own).chain(helpers.into_iter().map(join)).collect()
    });
    let mut done = Vec::new();
    let mut first: Option<(usize, E)> = None;
    for outcome in outcomes {
        match outcome {
            Ok(part) => done.extend(part),
            Err((at, error)) if first.as_ref().is_none_or(|(least, _)| at < *least) => {
                first = Some((at, error));
            }
            Err(_) => {}
        }
    }
    if let Some((_, error)) = first {
        return Err(error);
    }
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().flat_map(|(_, results)| results).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_first_error_counts() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [1, 4] {
            let doubled = spread(&items, 7, threads, || |item: &usize| Ok::<_, ()>(item * 2));
            assert_eq!(doubled, Ok((0..1000).map(|item| item * 2).collect()));
            let failing = spread(&items, 7, threads, || {
                |item: &usize| if item % 100 == 99 { Err(*item) } else { Ok(()) }
            });
            assert_eq!(failing, Err(99));
        }
    }
}
