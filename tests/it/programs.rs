//! What a test starts ends with it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use crate::support::program::{Program, Room};

fn shell(script: &str, room: &Room) -> Program {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(room.path());
    Program::start(command).expect("a shell")
}

#[test]
fn a_program_that_hangs_ends_with_what_it_started() {
    let room = Room::new("gomod-program-").expect("a folder");
    let script = "(echo >ready; sleep 60; echo >survived) & wait";
    let hanging = shell(script, &room);
    while !room.path().join("ready").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let error = hanging.finish(Duration::ZERO).expect_err("it waits for a sleep");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    // The pipes that the one in the background held are closed: it has ended.
    assert!(!room.path().join("survived").exists());
    let output = shell("echo out; echo err >&2; exit 3", &room);
    let output = output.finish(Duration::from_secs(60)).expect("its end");
    assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(output.status.code(), Some(3));
    room.close().expect("removed");
}

#[test]
fn a_room_goes_with_folders_that_nobody_may_write_to() {
    let room = Room::new("gomod-room-").expect("a folder");
    let path = room.path().to_owned();
    let sealed = path.join("module");
    fs::create_dir(&sealed).expect("a folder");
    fs::write(sealed.join("go.mod"), "").expect("a file");
    fs::set_permissions(&sealed, Permissions::from_mode(0o555)).expect("its mode");
    let unwound = std::panic::catch_unwind(move || {
        let _room = room;
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(unwound.is_err() && !path.exists());
}
