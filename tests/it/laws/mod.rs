//! Laws: what holds for every input, tried on generated ones.
//!
//! Each file has three parts. The generator makes inputs of its own structure and shows
//! them in the domain's own text, so that the minimal counterexample can be read. The laws
//! compare the library with an oracle written here, naively and from the specification.
//! The census takes a fixed sample of the generator and counts the shapes that the laws are
//! about: a law over inputs that never get interesting would hold for any code.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};

mod escaping;
mod modfile;
mod mvs;
mod tlog;
mod unzip;
mod versions;

/// A failing case is printed, not written beside the source: it belongs into a test of
/// its own.
fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// Takes a fixed sample of a generator and checks that each shape turns up at least as often
/// as it says. `shapes` names those of one value; it may name none that is not expected.
fn census<S: Strategy>(
    generator: S,
    samples: usize,
    expected: &[(&str, usize)],
    shapes: impl Fn(&S::Value) -> Vec<&'static str>,
) where
    S::Value: Debug,
{
    let mut counts: BTreeMap<&str, usize> = expected.iter().map(|(shape, _)| (*shape, 0)).collect();
    let mut runner = TestRunner::deterministic();
    for _ in 0..samples {
        let value = generator.new_tree(&mut runner).expect("a generator that filters little");
        for shape in shapes(&value.current()) {
            *counts.get_mut(shape).unwrap_or_else(|| panic!("nobody expects {shape:?}")) += 1;
        }
    }
    let rare: Vec<_> = expected.iter().filter(|(shape, least)| counts[shape] < *least).collect();
    assert!(rare.is_empty(), "too rare in {samples} samples: {rare:?}, found {counts:#?}");
}

/// The names whose condition holds.
fn that_hold(shapes: &[(&'static str, bool)]) -> Vec<&'static str> {
    shapes.iter().filter(|(_, holds)| *holds).map(|(name, _)| *name).collect()
}
