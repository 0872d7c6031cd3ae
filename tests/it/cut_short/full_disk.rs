//! Disks that fill up: a small file system in memory, which only the programs of a namespace of
//! their own see.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::fs::statvfs;

use super::world::{GOMOD, Place, Verb, World};
use super::{Chances, Met, number_of, unverified};
use crate::crash::strace_works;
use crate::differential::go_is_there;
use crate::support::program::Room;

/// Enough for all.
const WHOLE: &str = "size=256m,nr_inodes=100000";

/// A file system of its own; it goes when this is dropped.
struct Disk {
    keeper: Child,
    folder: PathBuf,
    /// Whether the namespace is of a user that is root only there.
    is_users: bool,
}

impl Disk {
    /// Mounts one at a folder; `None` where that is not allowed.
    fn mount(folder: &Path) -> io::Result<Option<Self>> {
        let is_users = !rustix::process::geteuid().is_root();
        let mut command = Command::new("unshare");
        command.args(["-m", "--propagation", "private"]).args(is_users.then_some("-r"));
        // It lives until its input ends.
        let script = format!("mount -t tmpfs -o {WHOLE} gomod \"$0\" && echo mounted && exec cat");
        command.args(["sh", "-c", &script]).arg(folder);
        let mut keeper = match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            started => started?,
        };
        let output = keeper.stdout.take().expect("its output");
        let disk = Self { keeper, folder: folder.to_owned(), is_users };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok((line == "mounted\n").then_some(disk))
    }

    /// What runs a program where the file system is seen.
    fn runner(&self) -> Vec<String> {
        let mut words = vec!["nsenter".to_owned()];
        if self.is_users {
            words.extend(["-U".to_owned(), "--preserve-credentials".to_owned()]);
        }
        words.extend(["-m".to_owned(), "-t".to_owned(), self.keeper.id().to_string()]);
        words
    }

    /// The folder, as others see it.
    fn seen(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(self.folder.strip_prefix("/").expect("an absolute path"))
    }

    fn resize(&self, options: &str) {
        let words = self.runner();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["mount", "-o", &format!("remount,{options}")]);
        assert!(command.arg(&self.folder).status().expect("mount runs").success(), "{options}");
    }

    /// How many pages and how many files and folders there are.
    fn used(&self) -> [u64; 2] {
        let system = statvfs(self.seen()).expect("a file system");
        assert_eq!(system.f_frsize, 4096, "pages of tmpfs");
        [system.f_blocks - system.f_bfree, system.f_files - system.f_ffree]
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Whether there are such disks; it is said where there are none.
fn mounted(folder: &Path) -> Option<Disk> {
    fs::create_dir(folder).expect("a folder");
    let disk = Disk::mount(folder).expect("a file system");
    if disk.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no namespaces for mounts");
        // Past the capture of the test harness: what is not tested must not look tested.
        let _ = writeln!(io::stderr(), "SKIPPED: no namespaces for mounts");
    }
    disk
}

/// A run fails and says where, why and what to try.
fn told(place: &Place<'_>, program: &str, before: &[&str], cause: &str, try_this: &str) {
    let output = place.run(place.command(program, before));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{cause}: {stderr}");
    let names = stderr.contains(&*place.folder.join("cache").to_string_lossy());
    assert!(names && stderr.contains(cause), "{cause}: {stderr}");
    assert!(stderr.contains(&format!("\n\t{try_this}")), "{cause}: {stderr}");
    assert_eq!(place.left_over(), [""; 0], "{cause}");
}

/// Each error says what, where, why and what to try. That a folder must not be written to is in
/// scripts, as is what a cache that has all is still good for.
#[test]
fn what_is_wrong_with_a_disk_is_told() {
    let room = Room::new("gomod-cut-refused-").expect("a folder");
    let folder = room.path().join("disk");
    let Some(disk) = mounted(&folder) else { return };
    let world = World::new();
    let place = Place::new(&world, Verb::Download, &folder);
    let place = Place { seen: disk.seen(), runner: disk.runner(), ..place };

    place.prepare();
    disk.resize("ro");
    let writable = "set GOMODCACHE to a folder that can be written";
    told(&place, GOMOD, &[], "Read-only file system", writable);
    disk.resize("rw");

    if strace_works() {
        place.prepare();
        let space = "free some space, or set GOMODCACHE to a folder on another disk";
        for call in ["?mkdir,?mkdirat", "?rename,?renameat2", "?ftruncate"] {
            let trace = format!("trace={call}");
            let inject = format!("inject={call}:error=EDQUOT");
            let words = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, GOMOD];
            told(&place, "strace", &words, "quota exceeded", space);
        }
        place.succeed("with room again");
    }
}

/// The names of the cache's files do not fit any more.
#[test]
fn a_path_that_is_too_long_is_told() {
    let room = Room::new("gomod-cut-long-").expect("a folder");
    let mut long = room.path().to_owned();
    while long.as_os_str().len() < 3900 {
        long.push("n".repeat(99));
    }
    // What can be is less than 4096.
    long.push("n".repeat(4045 - long.as_os_str().len()));
    if fs::create_dir_all(&long).is_err() {
        let _ = writeln!(io::stderr(), "SKIPPED: no paths as long as Linux has them");
        return;
    }
    let world = World::new();
    let place = Place::new(&world, Verb::Download, &long);
    place.prepare();
    let shorter = "set GOMODCACHE to a folder with a shorter path";
    told(&place, GOMOD, &[], "File name too long", shorter);
}

#[test]
fn whenever_the_disk_is_full_the_next_run_ends_well() {
    let rounds = number_of("GOMOD_DISKS", 4);
    let mut chances = Chances::new();
    let room = Room::new("gomod-cut-disk-").expect("a folder");
    let folder = room.path().join("disk");
    let Some(disk) = mounted(&folder) else { return };
    let world = World::new();
    let verifies = go_is_there();
    for verb in [Verb::Download, Verb::Get, Verb::Tidy, Verb::Vendor] {
        let place =
            Place { seen: disk.seen(), runner: disk.runner(), ..Place::new(&world, verb, &folder) };
        disk.resize(WHOLE);
        place.prepare();
        let (before, old) = (place.tree(), place.sums());
        let least = disk.used();
        let took = place.succeed("undisturbed");
        let (whole, new) = (place.tree(), place.sums());
        let most = disk.used();
        let (mut met, mut full) = (Met::default(), 0);
        for round in 0..rounds {
            disk.resize(WHOLE);
            place.prepare();
            let which = round % 2;
            let size = least[which] + chances.below(most[which] - least[which]);
            disk.resize(&match which {
                0 => format!("size={}", size * 4096),
                _ => format!("nr_inodes={size}"),
            });
            let what = format!("{verb:?}, round {round}, {} of {size}", ["pages", "inodes"][which]);
            let output = place.run(place.command(GOMOD, &[]));
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            // For packages of modules that could not be fetched `tidy` asks elsewhere, in vain. What
            // it was told stays.
            let asked = |name: &str| name.ends_with(".info") && !whole.entries().contains_key(name);
            let left = place.tree().without(asked);
            met.enter(&before, &left, &whole, &place.left_over());
            if output.status.success() {
                // What staging needs beside the rest is more than what is left in the end, and
                // some of it, such as the index, nobody has to have.
                assert_eq!(whole.diff(&left), "", "{what}");
            } else {
                full += 1;
                assert_eq!(output.status.code(), Some(1), "{what}: {stderr}");
                let says = stderr.contains("No space left on device");
                let names = stderr.contains(&*folder.to_string_lossy());
                assert!(says && names, "{what}: {stderr}");
                assert_eq!(unverified(&left, &whole), [""; 0], "{what}");
                assert_eq!(place.left_over(), [""; 0], "{what}: {stderr}");
                for (found, (old, new)) in place.sums().iter().zip(old.iter().zip(&new)) {
                    let text = found.as_deref().map(String::from_utf8_lossy);
                    assert!(found == old || found == new, "{what}: {text:?}");
                }
            }
            disk.resize(WHOLE);
            place.succeed(&what);
            if verifies {
                place.verify(&what);
            }
            let difference = whole.diff(&place.tree().without(asked));
            assert!(difference.is_empty(), "{what}, after another run:\n{difference}");
            assert_eq!(place.left_over(), [""; 0], "{what}, after another run");
        }
        println!("{verb:?}: {rounds} disks, {full} of them full, of runs of {took:?}: {met}");
    }
    disk.resize(WHOLE);
}
