//! What a command of GOAUTH prints: blocks of URLs and the headers that requests to them are
//! to have.
//!
//! Source: `go help goauth`, cmd/go/internal/auth/userauth.go.

use super::address::{self, InvalidAddress};

/// Headers for what lies below a URL. It cannot be printed: it holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The URL as it is written.
    pub url: String,
    /// Names and values; none takes away what was granted before.
    pub headers: Vec<(String, String)>,
}

/// Output that is no list of blocks. What it says is not repeated: it may hold a secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidGrants {
    /// It ends within the URLs of a block.
    #[error("invalid format: missing empty line after URLs")]
    UrlsEnd,
    /// It ends within the headers of a block.
    #[error("invalid format: missing empty line after headers")]
    HeadersEnd,
    /// A line that should be a URL is none.
    #[error("could not parse URL: {0}")]
    Url(#[from] InvalidAddress),
    /// A line that should be a header is none.
    #[error("invalid format: invalid header line")]
    Header,
}

/// The grants, in their order: of two for a URL the later counts.
///
/// # Errors
/// The text is malformed; nothing of it counts then.
pub fn parse(text: &str) -> Result<Vec<Grant>, InvalidGrants> {
    let mut grants = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let urls = block(&mut rest).ok_or(InvalidGrants::UrlsEnd)?;
        for url in &urls {
            address::scheme(url, address::Place::Request)?;
        }
        let lines = block(&mut rest).ok_or(InvalidGrants::HeadersEnd)?;
        let headers = lines.into_iter().map(header).collect::<Option<Vec<_>>>();
        let headers = headers.ok_or(InvalidGrants::Header)?;
        let grant = |url: &str| Grant { url: url.to_owned(), headers: headers.clone() };
        grants.extend(urls.into_iter().map(grant));
    }
    Ok(grants)
}

/// The lines up to an empty one; `None` where the text ends before it.
fn block<'a>(rest: &mut &'a str) -> Option<Vec<&'a str>> {
    let mut lines = Vec::new();
    loop {
        let (line, after) = rest.split_once('\n')?;
        *rest = after;
        if line.is_empty() {
            return Some(lines);
        }
        lines.push(line);
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    let value = value.trim();
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let in_value = |byte: u8| !byte.is_ascii_control() || byte == b'\t';
    let is_header = !name.is_empty() && name.bytes().all(in_name) && value.bytes().all(in_value);
    is_header.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Vec<String>, InvalidGrants> {
        let said = |Grant { url, headers }| {
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{url} {}", headers.join(","))
        };
        Ok(parse(text)?.into_iter().map(said).collect())
    }

    #[test]
    fn blocks() {
        for (text, want) in [
            ("", &[][..]),
            ("\n\n", &[]),
            ("https://a.b\n\n\n", &["https://a.b "]),
            ("https://a.b\n\nX: y\n\n", &["https://a.b X=y"]),
            (
                "https://a.b\nhttps://c.d/e\n\nX: y\nX:  z \n\n",
                &["https://a.b X=y,X=z", "https://c.d/e X=y,X=z"],
            ),
            (
                "https://a.b\n\nX: y: z\n\nhttps://a.b\n\nY: z\n\n",
                &["https://a.b X=y: z", "https://a.b Y=z"],
            ),
        ] {
            assert_eq!(said(text).expect(text), want, "{text:?}");
        }
    }

    #[test]
    fn malformed() {
        use InvalidGrants::*;
        for (text, want) in [
            ("https://a.b", UrlsEnd),
            ("https://a.b\n", UrlsEnd),
            ("https://a.b\n\n", HeadersEnd),
            ("https://a.b\n\nX: y\n", HeadersEnd),
            ("https://a.b\n\n\nX: y\n", UrlsEnd),
            ("a.b\n\nX: y\n\n", Url(InvalidAddress::Relative)),
            (" https://a.b\n\nX: y\n\n", Url(InvalidAddress::Relative)),
            ("https://a b\n\nX: y\n\n", Url(InvalidAddress::Host(' '))),
            ("https://a.b\r\n\nX: y\n\n", Url(InvalidAddress::Control)),
            ("https://a.b\n\nX:y\n\n", Header),
            ("https://a.b\n\nX y: z\n\n", Header),
            ("https://a.b\n\n: z\n\n", Header),
            ("https://a.b\n\nX: y\n X: z\n\n", Header),
            ("https://a.b\n\nX: y\u{1}\n\n", Header),
        ] {
            assert_eq!(said(text), Err(want), "{text:?}");
        }
    }
}
