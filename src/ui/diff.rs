//! What has changed of a text, as a unified diff.
//!
//! Lines that stand once in each text anchor it, so that blank lines and closing parentheses
//! are not matched at random. The same texts give the same diff as go's.
//! Source: internal/diff in the Go distribution; T. G. Szymanski, A Special Case of the Maximal
//! Common Subsequence Problem, 1975.

use std::collections::HashMap;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// The lines that differ, with some around them; nothing where none does. `patch` takes it.
pub fn unified(old_name: &str, old: &[u8], new_name: &str, new: &[u8]) -> String {
    if old == new {
        return String::new();
    }
    let (old, new) = (lines(old), lines(new));
    let mut text = format!("diff {old_name} {new_name}\n--- {old_name}\n+++ {new_name}\n");
    let mut hunk = Hunk::default();
    let mut done = Place::default();
    for common in common_runs(&old, &new) {
        old[done.old..common.start.old].iter().for_each(|line| hunk.remove(line));
        new[done.new..common.start.new].iter().for_each(|line| hunk.add(line));
        let run = &old[common.start.old..common.end.old];
        let is_end = common.end == Place { old: old.len(), new: new.len() };
        // A short run does not part what is changed before it from what is changed behind it.
        let least = if hunk.lines.is_empty() { CONTEXT } else { 2 * CONTEXT };
        done = common.end;
        if !is_end && run.len() < least {
            run.iter().for_each(|line| hunk.keep(line));
            continue;
        }
        if !hunk.lines.is_empty() {
            run.iter().take(CONTEXT).for_each(|line| hunk.keep(line));
            text.push_str(&hunk.text());
        }
        let behind = &run[run.len().saturating_sub(CONTEXT)..];
        hunk = Hunk { start: common.end.before(behind.len()), ..Hunk::default() };
        behind.iter().for_each(|line| hunk.keep(line));
    }
    text
}

/// A line of each text; the first is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Place {
    old: usize,
    new: usize,
}

impl Place {
    fn before(self, lines: usize) -> Self {
        Self { old: self.old - lines, new: self.new - lines }
    }

    fn after(self, lines: usize) -> Self {
        Self { old: self.old + lines, new: self.new + lines }
    }
}

/// Lines that both texts have.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: Place,
    end: Place,
}

/// Changes that stand together.
#[derive(Default)]
struct Hunk {
    start: Place,
    old: usize,
    new: usize,
    lines: Vec<String>,
}

impl Hunk {
    fn remove(&mut self, line: &str) {
        self.lines.push(format!("-{line}"));
        self.old += 1;
    }

    fn add(&mut self, line: &str) {
        self.lines.push(format!("+{line}"));
        self.new += 1;
    }

    fn keep(&mut self, line: &str) {
        self.lines.push(format!(" {line}"));
        self.old += 1;
        self.new += 1;
    }

    fn text(&self) -> String {
        // Lines are counted from 1; before the first of an empty text there is 0.
        let first = |start: usize, count: usize| if count > 0 { start + 1 } else { start };
        let (old, new) = (first(self.start.old, self.old), first(self.start.new, self.new));
        format!("@@ -{old},{} +{new},{} @@\n{}", self.old, self.new, self.lines.concat())
    }
}

/// The lines with their ends; a last one without an end says so, as diff does.
fn lines(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let whole = |line: &str| match line.ends_with('\n') {
        true => line.to_owned(),
        false => format!("{line}\n\\ No newline at end of file\n"),
    };
    text.split_inclusive('\n').map(whole).collect()
}

/// The runs of lines that both texts have, in order and as long as may be; the last ends with
/// the texts, and may be empty.
fn common_runs(old: &[String], new: &[String]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut done = Place::default();
    let end = Place { old: old.len(), new: new.len() };
    let anchors = [Place::default()].into_iter().chain(anchors(old, new)).chain([end]);
    for anchor in anchors {
        if anchor.old < done.old {
            continue;
        }
        let before = old[done.old..anchor.old].iter().rev();
        let before = before.zip(new[done.new..anchor.new].iter().rev());
        let before = before.take_while(|(old, new)| old == new).count();
        let behind = old[anchor.old..].iter().zip(&new[anchor.new..]);
        let behind = behind.take_while(|(old, new)| old == new).count();
        done = anchor.after(behind);
        runs.push(Run { start: anchor.before(before), end: done });
        if done == end {
            break;
        }
    }
    runs
}

/// The longest sequence of lines that stand once in each text and in the same order in both.
fn anchors(old: &[String], new: &[String]) -> Vec<Place> {
    let once = |lines: &[String]| {
        let mut places: HashMap<String, Option<usize>> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            places.entry(line.clone()).and_modify(|place| *place = None).or_insert(Some(index));
        }
        places
    };
    let (in_old, in_new) = (once(old), once(new));
    let pairs: Vec<Place> = old
        .iter()
        .enumerate()
        .filter(|(_, line)| in_old[*line].is_some())
        .filter_map(|(old, line)| Some(Place { old, new: (*in_new.get(line)?)? }))
        .collect();
    // How long a sequence each pair can end; and the lowest end of the sequences of a length.
    let mut ends: Vec<usize> = Vec::new();
    let mut lengths: Vec<usize> = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let length = ends.partition_point(|&end| end < pair.new);
        match ends.get_mut(length) {
            Some(end) => *end = pair.new,
            None => ends.push(pair.new),
        }
        lengths.push(length + 1);
    }
    let mut wanted = ends.len();
    let mut sequence = Vec::with_capacity(wanted);
    for (pair, &length) in pairs.iter().zip(&lengths).rev() {
        if length == wanted {
            sequence.push(*pair);
            wanted -= 1;
        }
    }
    sequence.reverse();
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> String {
        unified("old", old.as_bytes(), "new", new.as_bytes())
    }

    #[test]
    fn hunks_with_context() {
        assert_eq!(diff("a\n", "a\n"), "");
        assert_eq!(diff("", "a\nb\n"), "diff old new\n--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(
            diff("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nf"),
            "diff old new\n--- old\n+++ new\n@@ -2,4 +2,4 @@\n b\n c\n d\n-e\n+f\n\\ No newline at end of file\n"
        );
    }

    /// What go's own diff answers, behind the heads.
    #[test]
    fn the_same_as_go() {
        let end = "\\ No newline at end of file\n";
        let cases: [(&str, &str, &str); 11] = [
            ("", "a", &format!("@@ -0,0 +1,1 @@\n+a\n{end}")),
            ("a\n", "", "@@ -1,1 +0,0 @@\n-a\n"),
            ("a", "a\n", &format!("@@ -1,1 +1,1 @@\n-a\n{end}+a\n")),
            ("a\n", "a", &format!("@@ -1,1 +1,1 @@\n-a\n+a\n{end}")),
            ("a\nb", "a\nc", &format!("@@ -1,2 +1,2 @@\n a\n-b\n{end}+c\n{end}")),
            ("a\nb", "c\nb", &format!("@@ -1,2 +1,2 @@\n-a\n+c\n b\n{end}")),
            ("x\nx\nx\n", "x\nx\n", "@@ -1,3 +1,2 @@\n x\n x\n-x\n"),
            ("a\nx\nb\nx\n", "b\nx\na\nx\n", "@@ -1,4 +1,4 @@\n-a\n-x\n b\n x\n+a\n+x\n"),
            ("\n", "\n\n", "@@ -1,1 +1,2 @@\n \n+\n"),
            ("b\na\n", "a\nb\n", "@@ -1,2 +1,2 @@\n-b\n a\n+b\n"),
            ("a\nb\nc\n", "c\na\nb\n", "@@ -1,3 +1,3 @@\n+c\n a\n b\n-c\n"),
        ];
        for (old, new, hunks) in cases {
            let whole = format!("diff old new\n--- old\n+++ new\n{hunks}");
            assert_eq!(diff(old, new), whole, "{old:?} to {new:?}");
        }
        assert_eq!(diff("same", "same"), "");
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let middle: String = (0..6).map(|n| format!("{n}\n")).collect();
        assert_eq!(
            diff(&format!("a\n{middle}b\n"), &format!("x\n{middle}y\n")),
            "diff old new\n--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+x\n 0\n 1\n 2\n\
             @@ -5,4 +5,4 @@\n 3\n 4\n 5\n-b\n+y\n"
        );
        let middle: String = (0..5).map(|n| format!("{n}\n")).collect();
        assert_eq!(
            diff(&format!("a\n{middle}b\n"), &format!("x\n{middle}y\n")).matches("@@ -").count(),
            1
        );
    }

    #[test]
    fn lines_that_repeat_do_not_anchor() {
        let (old, new) = ("a\n)\n\nb\n)\n", "b\n)\n\nc\n)\n");
        assert_eq!(
            diff(old, new),
            "diff old new\n--- old\n+++ new\n@@ -1,5 +1,5 @@\n-a\n-)\n-\n b\n )\n+\n+c\n+)\n"
        );
    }
}
