//! The body of `@v/list`: a version a line, perhaps with its time behind it.
//!
//! Source: ref/mod#goproxy-protocol, proxyRepo in cmd/go/internal/modfetch/proxy.go.

use crate::spec::version;

use super::info::normalize_time;

/// What a proxy lists of a module. Lines that begin with no semantic version do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionList {
    lines: Vec<String>,
}

impl VersionList {
    /// Takes the body apart; bytes that are no UTF-8 read as U+FFFD.
    pub fn parse(body: &[u8]) -> Self {
        Self { lines: String::from_utf8_lossy(body).split('\n').map(str::to_owned).collect() }
    }

    /// The tagged versions in ascending order, each as often as it is listed;
    /// pseudo-versions are left out.
    pub fn tagged(&self) -> Vec<String> {
        let first_fields = self.lines.iter().filter_map(|line| line.split_whitespace().next());
        let mut versions: Vec<String> = first_fields
            .filter(|text| version::is_valid(text) && !version::is_pseudo(text))
            .map(str::to_owned)
            .collect();
        versions.sort_by(|a, b| version::compare_for_list(a, b));
        versions
    }

    /// The version with the latest time, which the list may give behind a version; a
    /// pseudo-version holds its own. Of equal times the first wins. `None` where no line
    /// has a time.
    pub fn youngest(&self) -> Option<String> {
        let mut best: Option<(jiff::Timestamp, &str)> = None;
        for line in &self.lines {
            let mut fields = line.split_whitespace();
            let Some(candidate) = fields.next().filter(|text| version::is_valid(text)) else {
                continue;
            };
            let time: Option<jiff::Timestamp> = match fields.next() {
                // jiff alone takes more than RFC 3339 does.
                Some(time) => normalize_time(time).and_then(|time| time.parse().ok()),
                // A tagged version has none: this is only asked where there is no such version.
                None => version::pseudo_time(candidate).ok(),
            };
            if let Some(time) = time
                && best.is_none_or(|(held, _)| held < time)
            {
                best = Some((time, candidate));
            }
        }
        best.map(|(_, version)| version.to_owned())
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
        assert!(VersionList::parse(b"").tagged().is_empty());
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
                 v0.0.0-00010101000000-abcdefabcdef",
                Some("v0.0.0-00010101000000-abcdefabcdef"),
            ),
        ] {
            assert_eq!(VersionList::parse(body.as_bytes()).youngest().as_deref(), want, "{body}");
        }
    }
}
