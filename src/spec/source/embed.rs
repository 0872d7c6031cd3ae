//! `//go:embed` lines: files that a package takes into its program.
//!
//! Source: readGoInfo in cmd/go/internal/modindex/build_read.go, go/ast/directive.go.

use super::string_value;
use crate::spec::path::glob_matches;

/// A pattern of a `//go:embed` line, in its two parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EmbedPattern<'a> {
    /// What is matched, as [`glob_matches`] does, against paths from the package's folder.
    pub glob: &'a str,
    /// `all:`: whether hidden files below folders that match count too.
    pub takes_hidden: bool,
}

impl<'a> EmbedPattern<'a> {
    /// Reads a pattern; `None` where it is malformed, or leads out of the package's folder.
    /// Source: resolveEmbed in cmd/go/internal/load/pkg.go, `ValidPath` in io/fs.
    pub fn parse(text: &'a str) -> Option<Self> {
        let stripped = text.strip_prefix("all:");
        let glob = stripped.unwrap_or(text);
        let is_path = glob.split('/').all(|element| !matches!(element, "" | "." | ".."));
        let is_pattern = is_path && glob_matches(glob, "").is_some();
        is_pattern.then_some(Self { glob, takes_hidden: stripped.is_some() })
    }
}

/// The patterns of the `//go:embed` lines of a whole file. They count only where the file
/// imports the package `embed`, which is for the caller to see. Lines that are malformed
/// count as not there.
pub fn embed_patterns(source: &[u8]) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut at = 0;
    // Between comments, only what could hide one matters: strings and characters.
    while let Some(found) = source[at..].iter().position(|byte| b"/\"'`".contains(byte)) {
        at += found;
        let rest = &source[at..];
        let up_to = |needle: &[u8], from: usize| {
            let behind = rest.get(from..).unwrap_or_default();
            let found = behind.windows(needle.len()).position(|window| window == needle);
            found.map_or(rest.len(), |found| from + found + needle.len())
        };
        at += match rest {
            [b'/', b'/', ..] => {
                let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                patterns.extend(arguments(&rest[..length]).unwrap_or_default());
                length
            }
            [b'/', b'*', ..] => up_to(b"*/", 2),
            [b'`', ..] => up_to(b"`", 1),
            [b'/', ..] => 1,
            [quote, ..] => literal_length(rest, *quote),
            [] => break,
        };
    }
    patterns
}

/// The length of a literal that a quote or the end of the line ends.
fn literal_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' if rest.get(at + 1) != Some(&b'\n') => at += 1,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

fn arguments(comment: &[u8]) -> Option<Vec<String>> {
    let comment = String::from_utf8_lossy(comment.strip_prefix(b"//go:embed")?).replace('\r', "");
    if !comment.starts_with(char::is_whitespace) {
        return None;
    }
    let mut rest = comment.trim();
    let mut arguments = Vec::new();
    while !rest.is_empty() {
        let is_quoted = rest.starts_with(['"', '`']);
        let length = if is_quoted {
            let close = &rest[..1];
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|&(_, c)| {
                let is_end = rest[..1].starts_with(c) && !escaped;
                escaped = close == "\"" && c == '\\' && !escaped;
                is_end
            });
            end?.0 + 1
        } else {
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        };
        let (argument, behind) = rest.split_at(length);
        if is_quoted && !behind.is_empty() && !behind.starts_with(char::is_whitespace) {
            return None;
        }
        arguments.push(if is_quoted {
            string_value(argument.as_bytes())?.into_owned()
        } else {
            argument.to_owned()
        });
        rest = behind.trim_start();
    }
    Some(arguments)
}
