//! Kills, at random moments and at random calls of the system.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use super::world::{GOMOD, Place, Verb, World};
use super::{Chances, LIMIT, Met, number_of, unverified};
use crate::crash::strace_works;
use crate::differential::go_is_there;
use crate::support::program::{Program, Room};

/// The calls before which a run is killed, as Linux names them: those that give the disk another
/// state.
const CALLS: [&str; 14] = [
    "openat",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat2",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "ftruncate",
    "fchmod",
    "flock",
    "write",
    "pwrite64",
];

/// How often each thread of an undisturbed run makes a call, at the most.
fn calls(place: &Place<'_>) -> Vec<(&'static str, u64)> {
    let known = CALLS.map(|call| format!("?{call}")).join(",");
    let trace = format!("trace={known}");
    let file = place.folder.join("calls");
    let name = file.to_string_lossy().into_owned();
    place.prepare();
    let words = ["-f", "-qq", "-o", &name, "-e", &trace, GOMOD];
    let output = place.run(place.command("strace", &words));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read(&file).expect("calls");
    fs::remove_file(&file).expect("removed");
    let mut counts: HashMap<(String, &str), u64> = HashMap::new();
    for line in String::from_utf8_lossy(&text).lines() {
        let mut words = line.split_ascii_whitespace();
        let (thread, rest) = (words.next(), words.next());
        let name = rest.and_then(|rest| rest.split_once('(')).map(|(name, _)| name);
        let call = CALLS.iter().find(|call| Some(**call) == name);
        if let (Some(thread), Some(call)) = (thread, call) {
            *counts.entry((thread.to_owned(), call)).or_default() += 1;
        }
    }
    let most = |call| {
        let of = counts.iter().filter(|((_, other), _)| *other == call);
        of.map(|(_, count)| *count).max()
    };
    CALLS.into_iter().filter_map(|call| Some((call, most(call)?))).collect()
}

/// Kills one run after this time; alone, or with what it has started.
fn kill_after(place: &Place<'_>, time: Duration, alone: bool) {
    let program = Program::start(place.command(GOMOD, &[])).expect("it runs");
    std::thread::sleep(time);
    // It may have ended.
    let _ = match alone {
        true => program.signal_alone(Signal::KILL),
        false => program.signal(Signal::KILL),
    };
    program.finish(LIMIT).expect("its end");
}

/// Kills one run as one of its threads makes a call for the so-manieth time; or not, where none
/// does. What else it has started goes on.
fn kill_at(place: &Place<'_>, call: &str, number: u64) {
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:signal=KILL:when={number}");
    let words = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, GOMOD];
    place.run(place.command("strace", &words));
}

/// Kills runs at one place, again and again.
pub(super) fn kill_often(place: &Place<'_>, rounds: usize, chances: &mut Chances) {
    let verb = place.verb;
    let verifies = go_is_there();
    let calls = if strace_works() { calls(place) } else { Vec::new() };
    place.prepare();
    let (before, old) = (place.tree(), place.sums());
    let took = place.succeed("undisturbed");
    let (whole, new) = (place.tree(), place.sums());
    assert_eq!(place.left_over(), [""; 0], "{verb:?}");
    let mut met = Met::default();
    for round in 0..rounds {
        place.prepare();
        let what = if round % 2 == 0 || calls.is_empty() {
            // Past the end, too: a run that is disturbed takes longer.
            let most = u64::try_from(took.as_micros() * 5 / 4).expect("a short time");
            let time = Duration::from_micros(chances.below(most));
            let alone = chances.below(2) == 0;
            kill_after(place, time, alone);
            let with = if alone { "alone" } else { "with all" };
            format!("{verb:?}, round {round}, killed {with} after {time:?} of {took:?}")
        } else {
            let index = usize::try_from(chances.below(calls.len() as u64)).expect("small");
            let (call, most) = calls[index];
            let number = 1 + chances.below(most);
            kill_at(place, call, number);
            format!("{verb:?}, round {round}, killed at {call} {number} of {most}")
        };
        let left = place.tree();
        met.enter(&before, &left, &whole, &place.left_over());
        assert_eq!(unverified(&left, &whole), [""; 0], "{what}");
        if chances.below(2) == 0 {
            place.look(&what);
            for (found, (old, new)) in place.sums().iter().zip(old.iter().zip(&new)) {
                let text = found.as_deref().map(String::from_utf8_lossy);
                assert!(found == old || found == new, "{what}: {text:?}");
            }
        }
        place.succeed(&what);
        if verifies {
            place.verify(&what);
        }
        let difference = whole.diff(&place.tree());
        assert!(difference.is_empty(), "{what}, after another run:\n{difference}");
        assert_eq!(place.left_over(), [""; 0], "{what}, after another run");
    }
    println!("{verb:?}: {rounds} runs killed of {took:?}: {met}");
}

/// Whenever a run is killed the next one ends well.
fn kill(verb: Verb) {
    let rounds = number_of("GOMOD_KILLS", 6);
    let mut chances = Chances::new();
    let world = World::new();
    let room = Room::new("gomod-cut-killed-").expect("a folder");
    kill_often(&Place::new(&world, verb, room.path()), rounds, &mut chances);
    room.close().expect("removed");
}

#[test]
fn download_is_killed() {
    kill(Verb::Download);
}

#[test]
fn get_is_killed() {
    kill(Verb::Get);
}

#[test]
fn tidy_is_killed() {
    kill(Verb::Tidy);
}

#[test]
fn vendor_is_killed() {
    kill(Verb::Vendor);
}
