//! The body of `@v/list`: a version a line, perhaps with its time behind it.
//!
//! Source: ref/mod#goproxy-protocol, proxyRepo in cmd/go/internal/modfetch/proxy.go.

use crate::spec::{VersionNames, version};

use super::info::normalize_time;

/// How much of a line is looked at, in bytes: far more than a version and a time have that can
/// be the name of a file.
const LINE: usize = 64 << 10;

/// The beginning of the year one, in seconds of Unix time: what Go's times are before they are set.
const NO_TIME: jiff::Timestamp = jiff::Timestamp::constant(-62_135_596_800, 0);

/// What is to be known of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// [`VersionList::tagged`]
    Tagged,
    /// [`VersionList::youngest`]
    Youngest,
    /// Either.
    Both,
}

/// What a proxy lists of a module. Lines that begin with no semantic version do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionList {
    tagged: VersionNames,
    youngest: Option<(jiff::Timestamp, String)>,
}

impl VersionList {
    /// Takes a body apart; bytes that are no UTF-8 read as U+FFFD.
    pub fn parse(body: &[u8]) -> Self {
        let mut reader = ListReader::new(Asked::Both);
        reader.read(body);
        reader.finish()
    }

    /// The tagged versions in ascending order, each as often as it is listed;
    /// pseudo-versions are left out.
    pub fn tagged(&self) -> VersionNames {
        self.tagged.clone()
    }

    /// [`VersionList::tagged`], of a list that is not needed any more.
    pub fn into_tagged(self) -> VersionNames {
        self.tagged
    }

    /// The version with the latest time, which the list may give behind a version; a
    /// pseudo-version holds its own. Of equal times the first wins. `None` where no line
    /// has a time, or none after the beginning of the year one, which is go's for no time.
    pub fn youngest(&self) -> Option<String> {
        self.youngest.as_ref().map(|(_, version)| version.clone())
    }

    fn add_line(&mut self, line: &[u8], asked: Asked) {
        if line.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(line);
        let mut fields = line.split_whitespace();
        let Some(candidate) = fields.next().filter(|text| version::is_valid(text)) else { return };
        if asked != Asked::Youngest && !version::is_pseudo(candidate) {
            self.tagged.push(candidate);
        }
        if asked == Asked::Tagged {
            return;
        }
        let time: Option<jiff::Timestamp> = match fields.next() {
            // jiff alone takes more than RFC 3339 does.
            Some(time) => normalize_time(time).and_then(|time| time.parse().ok()),
            // A tagged version has none: this is only asked where there is no such version.
            None => version::pseudo_time(candidate).ok(),
        };
        let held = self.youngest.as_ref().map_or(NO_TIME, |(held, _)| *held);
        if let Some(time) = time
            && held < time
        {
            self.youngest = Some((time, candidate.to_owned()));
        }
    }
}

/// Reads a list in pieces, and keeps of it what is asked for.
#[derive(Debug)]
pub struct ListReader {
    asked: Asked,
    list: VersionList,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
}

impl ListReader {
    /// Begins to read.
    pub fn new(asked: Asked) -> Self {
        Self { asked, list: VersionList::default(), line: Vec::new() }
    }

    /// Reads on.
    pub fn read(&mut self, piece: &[u8]) {
        let mut lines = piece.split(|&byte| byte == b'\n');
        // What stands behind the last line break goes on in the next piece.
        let rest = lines.next_back().unwrap_or_default();
        for line in lines {
            if self.line.is_empty() && line.len() <= LINE {
                self.list.add_line(line, self.asked);
            } else {
                self.go_on(line);
                self.end_line();
            }
        }
        self.go_on(rest);
    }

    fn go_on(&mut self, part: &[u8]) {
        // One byte more tells that there is more.
        let room = (LINE + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self) {
        if self.line.len() > LINE {
            // The last word may go on.
            let is_space = |byte: &u8| byte.is_ascii_whitespace();
            self.line.truncate(self.line.iter().rposition(is_space).unwrap_or(0));
        }
        self.list.add_line(&self.line, self.asked);
        self.line.clear();
    }

    /// What was read.
    pub fn finish(mut self) -> VersionList {
        self.end_line();
        self.list.tagged.sort();
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tagged_versions() {
        let body = b"v1.10.0\n v1.2.0\r\nv1.2.0 2022-01-01T00:00:00Z\nbad v1.0.0\n\0\0\n\nv1\xff\n\
            v0.0.0-20200101000000-abcdefabcdef\nv1.2.0-pre";
        let want = ["v1.2.0-pre", "v1.2.0", "v1.2.0", "v1.10.0"];
        assert_eq!(VersionList::parse(body).tagged(), want);
        let mut reader = ListReader::new(Asked::Tagged);
        body.iter().for_each(|&byte| reader.read(&[byte]));
        assert_eq!(reader.finish().into_tagged(), want);
        assert!(VersionList::parse(b"").tagged().is_empty());
    }

    #[test]
    fn long_lines() {
        let long = "x".repeat(2 * LINE);
        let body = format!("v1.0.0 {long}\n{long} v1.1.0\nv1.2.0-{long}\nv1.3.0 {long}");
        assert_eq!(VersionList::parse(body.as_bytes()).tagged(), ["v1.0.0", "v1.3.0"]);
        let mut reader = ListReader::new(Asked::Tagged);
        for piece in body.as_bytes().chunks(1000) {
            reader.read(piece);
            assert!(reader.line.len() <= LINE + 1);
        }
        assert_eq!(reader.finish().into_tagged(), ["v1.0.0", "v1.3.0"]);
    }

    #[test]
    fn the_youngest() {
        for (body, want) in [
            (
                "v0.0.0-20200101000000-abcdefabcdef\nv0.0.0-20210101000000-abcdefabcdef\nv1.0.0\nbad",
                Some("v0.0.0-20210101000000-abcdefabcdef"),
            ),
            ("v1.0.0 2022-01-01T00:00:00Z\nv0.0.0-20210101000000-abcdefabcdef", Some("v1.0.0")),
            ("v1.0.0\n", None),
            // Times that other formats know.
            ("v1.0.0 -001101051100Z\nv1.1.0 2022-01-01 00:00:00Z", None),
            (
                "v0.0.0-20200101000000-abcdefabcdef -0011010511T00:00:00Z\n\
                 v0.0.0-00010101000001-abcdefabcdef",
                Some("v0.0.0-00010101000001-abcdefabcdef"),
            ),
            // Before there were times.
            ("v0.0.0-00010101000000-abcdefabcdef\nv0.0.0-00001231235959-abcdefabcdef", None),
        ] {
            assert_eq!(VersionList::parse(body.as_bytes()).youngest().as_deref(), want, "{body}");
        }
    }
}
