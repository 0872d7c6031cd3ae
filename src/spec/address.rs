//! URLs as Go's net/url judges them: what a page or a program names as the place of
//! something, before a program is told it or a request is made.
//!
//! It finds out whether a text is a URL, and its scheme. The text itself is what is handed on.
//! Source: RFC 3986, net/url.

use super::modfile::quote;

/// Why a text is no URL. The text is not repeated: it may hold a password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// It holds a control character.
    #[error("net/url: invalid control character in URL")]
    Control,
    /// There is nothing.
    #[error("empty url")]
    Empty,
    /// It begins with a colon.
    #[error("missing protocol scheme")]
    NoScheme,
    /// What looks like a host with a port or user has no scheme before it.
    #[error("first path segment in URL cannot contain colon")]
    ColonInPath,
    /// It is relative where that is of no use.
    #[error("invalid URI for request")]
    Relative,
    /// The user's name holds what it cannot hold.
    #[error("net/url: invalid userinfo")]
    User,
    /// A percent sign without two digits, or with those of another character than may be
    /// escaped there.
    #[error("invalid URL escape {}", quote(.0.as_bytes()))]
    Escape(String),
    /// The host holds what no host holds.
    #[error("invalid character {} in host name", quote(.0.to_string().as_bytes()))]
    Host(char),
    /// The brackets of an IPv6 address are amiss, or what they hold.
    #[error("invalid IP-literal")]
    Literal,
    /// Behind the host stands something else than a colon and a number.
    #[error("invalid port {} after host", quote(.0.as_bytes()))]
    Port(String),
}

/// Where a URL may stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In a page: it may be relative, and have a fragment.
    Reference,
    /// In a request: it is absolute, be it a path alone.
    Request,
}

/// The scheme of a URL as it is written, empty where it has none.
///
/// # Errors
/// The text is no URL.
pub fn scheme(text: &str, place: Place) -> Result<&str, InvalidAddress> {
    let text = match place {
        Place::Reference => text.split_once('#').map_or(text, |(before, _)| before),
        Place::Request => text,
    };
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidAddress::Control);
    }
    if text.is_empty() && place == Place::Request {
        return Err(InvalidAddress::Empty);
    }
    if text == "*" {
        return Ok("");
    }
    let (scheme, rest) = split_scheme(text)?;
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        let first = rest.split('/').next().unwrap_or_default();
        return match (scheme, place) {
            ("", Place::Request) => Err(InvalidAddress::Relative),
            ("", Place::Reference) if first.contains(':') => Err(InvalidAddress::ColonInPath),
            _ => Ok(scheme),
        };
    }
    let has_host = !scheme.is_empty() || (place == Place::Reference && !rest.starts_with("///"));
    let path = match rest.strip_prefix("//").filter(|_| has_host) {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            check_authority(scheme, authority)?;
            path
        }
        None => rest,
    };
    check_escapes(path, |_| true)?;
    Ok(scheme)
}

fn split_scheme(text: &str) -> Result<(&str, &str), InvalidAddress> {
    let may_go_on = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    match text.bytes().position(|byte| !may_go_on(byte)) {
        Some(0) if text.starts_with(':') => Err(InvalidAddress::NoScheme),
        Some(end) if text[end..].starts_with(':') && text.as_bytes()[0].is_ascii_alphabetic() => {
            Ok((&text[..end], &text[end + 1..]))
        }
        _ => Ok(("", text)),
    }
}

fn check_authority(scheme: &str, authority: &str) -> Result<(), InvalidAddress> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    check_host(scheme, host)?;
    let Some(user) = user else { return Ok(()) };
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(is_user) {
        return Err(InvalidAddress::User);
    }
    check_escapes(user, |_| true)
}

fn check_host(scheme: &str, host: &str) -> Result<(), InvalidAddress> {
    let name = match host.rfind('[') {
        Some(0) => {
            let end = host.rfind(']').ok_or(InvalidAddress::Literal)?;
            check_port(&host[end + 1..])?;
            // A zone may stand behind the address.
            let address = host[1..end].split_once("%25").map_or(&host[1..end], |(a, _)| a);
            let address = url::Host::parse(&format!("[{address}]"));
            return address.map(|_| ()).map_err(|_| InvalidAddress::Literal);
        }
        Some(_) => return Err(InvalidAddress::Literal),
        None => {
            let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
            let colon = if is_web { host.find(':') } else { host.rfind(':') };
            let (name, port) = host.split_at(colon.unwrap_or(host.len()));
            check_port(port)?;
            name
        }
    };
    // Only bytes beyond ASCII may be escaped in a host, and the percent sign.
    check_escapes(name, |digits| digits == b"25" || !matches!(digits[0], b'0'..=b'7'))?;
    let may_be_in_host = |c: &char| {
        !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(*c)
    };
    match name.chars().find(|c| !may_be_in_host(c)) {
        Some(c) => Err(InvalidAddress::Host(c)),
        None => Ok(()),
    }
}

fn check_port(port: &str) -> Result<(), InvalidAddress> {
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if is_port { Ok(()) } else { Err(InvalidAddress::Port(port.to_owned())) }
}

/// Checks that two digits stand behind each percent sign, and may be there.
fn check_escapes(text: &str, may_be: impl Fn(&[u8]) -> bool) -> Result<(), InvalidAddress> {
    for (at, _) in text.match_indices('%') {
        let is_escaped = text
            .as_bytes()
            .get(at + 1..at + 3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit) && may_be(digits));
        if !is_escaped {
            return Err(InvalidAddress::Escape(text[at..].chars().take(3).collect()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, want) in [
            ("https://git.example.com/a%20b?c#d", "https"),
            ("HTTPS://git.example.com", "HTTPS"),
            ("git+ssh://", "git+ssh"),
            ("http://", "http"),
            ("ssh://user:pass@git.example.com:22/x", "ssh"),
            ("https://[::1]:8080/x", "https"),
            ("https://[fe80::1%25en0]/x", "https"),
            ("https://caf%C3%A9.example.com", "https"),
            ("file:///x", "file"),
            ("mailto:a@b", "mailto"),
            ("", ""),
            ("/x:y", ""),
            ("//host/x", ""),
            ("x/y:z", ""),
            ("-config", ""),
            ("*", ""),
            ("postgres://a:1,b:2/x", "postgres"),
        ] {
            // A database lists hosts with ports before the last one.
            let want = if text.starts_with("postgres") { Ok("postgres") } else { Ok(want) };
            assert_eq!(scheme(text, Place::Reference), want, "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        use InvalidAddress::*;
        for (text, want) in [
            ("https://a\u{7f}", Control),
            (":x", NoScheme),
            ("http#://", NoScheme),
            ("-config://", ColonInPath),
            ("git@git.example.com:x/y", ColonInPath),
            ("https://a b", Host(' ')),
            ("https://a:x/", Port(":x".into())),
            ("https://a:1:2/", Port(":1:2".into())),
            ("https://a<>^/", Host('^')),
            ("https://%41/", Escape("%41".into())),
            ("https://a/%4", Escape("%4".into())),
            ("https://a/%zz1", Escape("%zz".into())),
            ("https://us er@a/", User),
            ("https://%4@a/", Escape("%4".into())),
            ("https://[::1/", Literal),
            ("https://x[::1]/", Literal),
            ("https://[1.2.3.4]/", Literal),
            ("https://[::1]x", Port("x".into())),
        ] {
            // Everything from the `#` on is cut off, and what is left has no scheme.
            let want = if text == "http#://" { Ok("") } else { Err(want) };
            assert_eq!(scheme(text, Place::Reference), want, "{text}");
        }
    }

    #[test]
    fn requests() {
        assert_eq!(scheme("https://a/b", Place::Request), Ok("https"));
        assert_eq!(scheme("/b", Place::Request), Ok(""));
        assert_eq!(scheme("", Place::Request), Err(InvalidAddress::Empty));
        assert_eq!(scheme("a.b/c", Place::Request), Err(InvalidAddress::Relative));
        assert_eq!(scheme("Authorization: x", Place::Request), Ok("Authorization"));
    }
}
