//! The processes of this machine, as the system's `/proc` tells of them.

use std::collections::HashMap;
use std::fs;

/// Those of these processes that still run, and all that they have started and that still does.
/// Where the system has no `/proc` it is these alone, whether they run or not.
pub fn families(roots: &[u32]) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return roots.to_vec() };
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended since.
        let Ok(stat) = fs::read(entry.path().join("stat")) else { continue };
        let Some(parent) = running_parent(&stat) else { continue };
        children.entry(parent).or_default().push(number);
        if roots.contains(&number) {
            found.push(number);
        }
    }
    let mut next = 0;
    while let Some(process) = found.get(next) {
        found.extend(children.remove(process).unwrap_or_default());
        next += 1;
    }
    found
}

/// The parent of a process that has not ended. Source: proc_pid_stat(5).
fn running_parent(stat: &[u8]) -> Option<u32> {
    // The name of the program stands in parentheses, and may hold anything.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let mut fields = std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace();
    let is_over = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    (!is_over).then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    #[test]
    fn a_family_is_found() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 600 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let output = shell.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a number");
        let sleep: u32 = line.trim().parse().expect("a number");
        let mut found = families(&[shell.id()]);
        found.sort_unstable();
        let mut expected = [shell.id(), sleep];
        expected.sort_unstable();
        assert_eq!(found, expected);
        for process in [sleep, shell.id()] {
            let process = rustix::process::Pid::from_raw(process.cast_signed()).expect("a number");
            rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("killed");
        }
        // What has ended and was not waited for yet does not run.
        let mut children = Command::new("true").spawn().expect("a program");
        while families(&[children.id()]) != [0; 0] {
            std::thread::yield_now();
        }
        children.wait().expect("its end");
        shell.wait().expect("its end");
    }

    #[test]
    fn parents() {
        for (stat, parent) in [
            ("12 (git) S 7 12 12 0", Some(7)),
            ("12 (a) Z 1) R 7 12 12 0", Some(7)),
            ("12 (git) Z 7 12 12 0", None),
            ("12 (git) S", None),
            ("", None),
        ] {
            assert_eq!(running_parent(stat.as_bytes()), parent, "{stat}");
        }
    }
}
