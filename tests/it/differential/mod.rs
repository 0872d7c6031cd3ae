//! The same work by the real go and by gomod, compared.
//!
//! [`sides`] runs both and says what differs; [`fixtures`] does so for main modules
//! over the fixtures, [`graphs`] over graphs made from a seed, [`gets`] and [`tidies`] in
//! [`worlds`] of modules whose packages import each other, [`worlds_of_work`] in workspaces
//! over them, [`workspaces`] edits go.work files. [`edit`] compares edits of go.mod files,
//! [`modfile`], [`source`] and [`zip`] compare the library with go below the command line.
//!
//! Without a go command of 1.26 or later nothing is compared: that is said on stderr,
//! and fails where CI=true.

mod allowed;
mod direct;
mod edit;
mod fixtures;
mod gets;
mod graphs;
mod modfile;
mod revisions;
mod secrets;
mod sequences;
mod sides;
mod source;
mod template;
mod tidies;
mod verify;
mod workspaces;
mod worlds;
mod worlds_of_work;
mod zip;

use std::io::Write as _;
use std::process::Command;
use std::sync::LazyLock;

/// Whether there is a go to compare with.
pub(crate) fn go_is_there() -> bool {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let mut go = Command::new("go");
        go.args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local");
        match go.output() {
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            Err(error) => error.to_string(),
        }
    });
    let minor = VERSION.strip_prefix("go1.");
    let minor = minor.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    if minor.is_some_and(|minor| minor.parse::<u32>().is_ok_and(|minor| minor >= 26)) {
        return true;
    }
    let version = &*VERSION;
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no go 1.26 to compare with: {version}");
    // Past the capture of the test harness: what is not compared must not look compared.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no go 1.26 to compare with: {version}");
    false
}
