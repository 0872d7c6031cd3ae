//! What svn prints as XML, and the zip that it does not make itself.
//!
//! Source: cmd/go/internal/modfetch/codehost/svn.go.

use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use crate::store::repository_folder::{Exported, ExportedFile, ZipExportError};

use super::super::info::Origin;
use super::{Revision, VcsError};

/// What `svn log -l1 --xml` says of a revision.
pub(super) fn parse_log(revision: &str, printed: String) -> Result<Revision, VcsError> {
    let read = || {
        let entry = element(&printed, "logentry")?;
        let number: i64 = attribute(entry.tag, "revision")?.parse().ok()?;
        let date = text(element(entry.content, "date")?.content);
        Some((number, date.trim().parse::<jiff::Timestamp>().ok()?))
    };
    let Some((number, time)) = read() else {
        return Err(VcsError::Unexpected { program: "svn log --xml", answer: printed });
    };
    Ok(Revision {
        origin: Some(Origin::default()),
        name: number.to_string(),
        short: format!("{number:012}"),
        version: revision.to_owned(),
        time,
        tags: Vec::new(),
    })
}

/// The files that `svn list --xml` names, in its order.
pub(super) fn parse_list(printed: String) -> Result<Vec<ExportedFile>, VcsError> {
    let mut files = Vec::new();
    let mut rest = printed.as_str();
    while let Some(entry) = element(rest, "entry") {
        if attribute(entry.tag, "kind").as_deref() == Some("file") {
            let file = || {
                let name = text(element(entry.content, "name")?.content);
                let size = element(entry.content, "size")?.content.trim().parse().ok()?;
                Some(ExportedFile { name, size })
            };
            let Some(file) = file() else {
                return Err(VcsError::Unexpected { program: "svn list --xml", answer: printed });
            };
            files.push(file);
        }
        rest = entry.rest;
    }
    if files.is_empty() && element(&printed, "list").is_none() {
        return Err(VcsError::Unexpected { program: "svn list --xml", answer: printed });
    }
    Ok(files)
}

/// Puts files that were exported into a zip of at most so many bytes, below `base`.
pub(super) async fn zip(
    export: Exported,
    files: Vec<ExportedFile>,
    base: String,
    file: NamedTempFile,
    limit: u64,
) -> Result<NamedTempFile, VcsError> {
    let work = move || export.zip(&files, &base, file, limit);
    let zipped = spawn_blocking(work).await.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Err(ZipExportError::Interrupted),
    });
    zipped.map_err(|error| match error {
        ZipExportError::Disk(error) => error.into(),
        ZipExportError::TooLong => VcsError::ZipTooLong,
        ZipExportError::Interrupted => VcsError::Interrupted,
        other => VcsError::Export(other.to_string()),
    })
}

/// An element of XML.
struct Element<'a> {
    /// What its first tag holds behind its name.
    tag: &'a str,
    content: &'a str,
    /// What follows it.
    rest: &'a str,
}

/// The first element of this name; svn puts none of a name into another of the same.
fn element<'a>(xml: &'a str, name: &str) -> Option<Element<'a>> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let is_end = |c: char| c.is_ascii_whitespace() || c == '>';
    let start = xml.match_indices(&open).map(|(at, _)| at + open.len());
    let inside = start.map(|start| &xml[start..]).find(|inside| inside.starts_with(is_end))?;
    let (tag, inside) = inside.split_once('>')?;
    let (content, rest) = inside.split_once(&close)?;
    Some(Element { tag, content, rest })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    Some(text(value.split('"').next()?))
}

/// Text without its escapes.
fn text(escaped: &str) -> String {
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let meant = after.split_once(';').and_then(|(name, after)| {
            let digits = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
            let meant = match name {
                "lt" => Some('<'),
                "gt" => Some('>'),
                "amp" => Some('&'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                _ => match name.strip_prefix('#')? {
                    number if number.starts_with('x') => digits(&number[1..], 16),
                    number => digits(number, 10),
                }
                .and_then(char::from_u32),
            };
            Some((meant?, after))
        });
        match meant {
            Some((c, after)) => {
                plain.push(c);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_entry() {
        let printed = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n<logentry\n   \
             revision=\"12\">\n<author>a</author>\n<date>2017-07-14T02:40:00.123456Z</date>\n\
             <msg>&lt;date&gt;</msg>\n</logentry>\n</log>\n";
        let known = parse_log("latest", printed.to_owned()).expect("understood");
        assert_eq!((known.name.as_str(), known.short.as_str()), ("12", "000000000012"));
        assert_eq!(known.version, "latest");
        assert_eq!(known.time.as_second(), 1_500_000_000);
        for none in ["", "<log>\n</log>", "<logentry revision=\"x\"><date></date></logentry>"] {
            assert!(parse_log("latest", none.to_owned()).is_err(), "{none}");
        }
    }

    #[test]
    fn a_list() {
        let printed = "<list\n   path=\"file:///r/trunk\">\n<entry\n   kind=\"dir\">\n<name>d</name>\n\
             <commit\n   revision=\"1\">\n</commit>\n</entry>\n<entry\n   kind=\"file\">\n\
             <name>d/a &amp; &#233;&#x41;&lt;b&gt;.go</name>\n<size>3</size>\n</entry>\n</list>\n";
        let files = parse_list(printed.to_owned()).expect("understood");
        let name = "d/a & éA<b>.go".to_owned();
        assert_eq!(files, [ExportedFile { name, size: 3 }]);
        assert!(parse_list("<list path=\"x\">\n</list>\n".to_owned()).expect("none").is_empty());
        for bad in ["", "<entry kind=\"file\"><name>a</name></entry>"] {
            assert!(parse_list(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
