//! The gomod command: parse → configuration → runtime → run → exit code.

use std::process::ExitCode;

use gomod::cli::report::{self, Surroundings};
use gomod::cli::{blocking_threads, end_programs, parse, run};
use gomod::config::Environment;

/// A run allocates many small things on every thread, for which the system's allocator takes
/// locks and grows its arenas a page at a time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let environment = Environment::load();
    let arguments = std::env::args_os().skip(1).collect();
    let surroundings = Surroundings::of(&environment);
    let parsed = parse::parse(arguments, || environment.goflags());
    // Blocking work is bound by the cores and the disk; more threads only cost memory.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let blocking = blocking_threads(2 * cores + 2);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.enable_all().max_blocking_threads(blocking).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = anyhow::Error::from(error).context("starting threads");
            return fail(&error, surroundings);
        }
    };
    let outcome = parsed.and_then(|invocation| runtime.block_on(run(environment, invocation)));
    end_programs();
    // Work that is still going on holds nothing that the next run could not sweep.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error, surroundings),
    }
}

fn fail(error: &anyhow::Error, surroundings: Surroundings) -> ExitCode {
    let report = report::report(error, surroundings);
    if let Some(message) = report.message {
        gomod::ui::say(&message);
    }
    ExitCode::from(report.code)
}
