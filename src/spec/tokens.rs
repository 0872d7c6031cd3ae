//! Tokens of hosts, which gomod takes beside what go knows: from variables
//! `GOMOD_TOKEN_HOST`, and from files with a line `HOST TOKEN` or `HOST USER:TOKEN` each.
//!
//! A host is written with its port where that is not 443. In the name of a variable it is
//! in capitals, `.` and the `:` before a port are `_`, and `-` is `__`: that way two hosts never
//! share a name, and a token for `git.example.com` does not go to `git-example.com`. Hosts that
//! hold other characters, such as IPv6 addresses, need the file.
//!
//! A token is sent as the password of HTTP's basic authentication, which is what the common
//! forges take for pages and for git alike, and most of them with any user: where none is
//! given it is `x-access-token`.

use std::collections::HashMap;

/// The user where none is given.
const USER: &str = "x-access-token";

/// Who the user is at a host. It cannot be printed: it holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The user's name.
    pub user: String,
    /// The secret.
    pub secret: String,
}

impl Token {
    /// Reads `TOKEN` or `USER:TOKEN`; `None` where it is empty, or holds blanks or what is not
    /// ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let (user, secret) = text.split_once(':').unwrap_or((USER, text));
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        let (user, secret) = (user.to_owned(), secret.to_owned());
        (is_plain(&user) && is_plain(&secret)).then_some(Self { user, secret })
    }
}

/// A malformed file of tokens. What stands there is not repeated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct InvalidTokens {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The tokens of a run. It shows no secret.
#[derive(Clone, Default)]
pub struct Tokens {
    hosts: HashMap<String, Token>,
    variables: HashMap<String, Token>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.hosts.keys().chain(self.variables.keys());
        f.debug_set().entries(names).finish()
    }
}

impl Tokens {
    /// Adds those of a file. Empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// A line is malformed, or is the second for its host.
    pub fn add_file(&mut self, text: &str) -> Result<(), InvalidTokens> {
        for (index, line) in text.lines().enumerate() {
            let wrong = |reason| InvalidTokens { line: index + 1, reason };
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let (host, token) = match words[..] {
                [] => continue,
                [first, ..] if first.starts_with('#') => continue,
                [host, token] => (host, token),
                _ => return Err(wrong("a host and a token are wanted")),
            };
            let host = normal_host(host)
                .ok_or_else(|| wrong("the first word is no host, or no host with a port"))?;
            let token = Token::parse(token).ok_or_else(|| wrong("the second word is no token"))?;
            if self.hosts.insert(host, token).is_some() {
                return Err(wrong("there is another token for this host"));
            }
        }
        Ok(())
    }

    /// Adds that of a variable, by what stands behind `GOMOD_TOKEN_` in its name.
    pub fn add_variable(&mut self, name: &str, token: Token) {
        self.variables.insert(name.to_owned(), token);
    }

    /// The token for a host, in small letters, with its port where that is not 443. A file
    /// counts before a variable.
    pub fn get(&self, host: &str) -> Option<&Token> {
        self.hosts.get(host).or_else(|| self.variables.get(&variable(host)?))
    }
}

/// A host as it is in a URL: in small letters, without the port of https.
fn normal_host(text: &str) -> Option<String> {
    let url = url::Url::parse(&format!("https://{text}/")).ok()?;
    let is_host = url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    host_of(&url).filter(|_| is_host)
}

/// The host of a URL, with its port where that is not the usual one.
pub fn host_of(url: &url::Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// What stands behind `GOMOD_TOKEN_` in the name of a host's variable.
fn variable(host: &str) -> Option<String> {
    let mut name = String::new();
    for c in host.chars() {
        match c {
            'a'..='z' | '0'..='9' => name.push(c.to_ascii_uppercase()),
            '.' | ':' => name.push('_'),
            '-' => name.push_str("__"),
            _ => return None,
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Tokens, InvalidTokens> {
        let mut tokens = Tokens::default();
        tokens.add_file(text).map(|()| tokens)
    }

    fn said(tokens: &Tokens, host: &str) -> Option<String> {
        tokens.get(host).map(|Token { user, secret }| format!("{user} {secret}"))
    }

    #[test]
    fn files() {
        let text = "# comment\n\n git.example.com  one\nA.Example.com:443\tme:two:2\r\n\
                    b.example.com:8443 three\n[::1] four";
        let tokens = tokens(text).expect("tokens");
        for (host, want) in [
            ("git.example.com", Some("x-access-token one")),
            ("a.example.com", Some("me two:2")),
            ("b.example.com:8443", Some("x-access-token three")),
            ("b.example.com", None),
            ("[::1]", Some("x-access-token four")),
            ("sub.git.example.com", None),
        ] {
            assert_eq!(said(&tokens, host).as_deref(), want, "{host}");
        }
    }

    #[test]
    fn malformed_files() {
        for (text, line, reason) in [
            ("a.b", 1, "a host and a token are wanted"),
            ("a.b c\nd.e f g", 2, "a host and a token are wanted"),
            ("https://a.b c", 1, "the first word is no host, or no host with a port"),
            ("a.b/c d", 1, "the first word is no host, or no host with a port"),
            ("u@a.b c", 1, "the first word is no host, or no host with a port"),
            ("a.b:x c", 1, "the first word is no host, or no host with a port"),
            ("a.b :", 1, "the second word is no token"),
            ("a.b c:", 1, "the second word is no token"),
            ("a.b c\u{e9}", 1, "the second word is no token"),
            ("a.b c\nA.B:443 d", 2, "there is another token for this host"),
        ] {
            assert_eq!(tokens(text).err(), Some(InvalidTokens { line, reason }), "{text}");
        }
    }

    #[test]
    fn variables() {
        for (host, name) in [
            ("git.example.com", Some("GIT_EXAMPLE_COM")),
            ("git-example.com", Some("GIT__EXAMPLE_COM")),
            ("git.example.com:8443", Some("GIT_EXAMPLE_COM_8443")),
            ("git_example.com", None),
            ("[::1]", None),
        ] {
            assert_eq!(variable(host).as_deref(), name, "{host}");
        }
        let mut tokens = tokens("a.b one").expect("tokens");
        tokens.add_variable("A_B", Token::parse("two").expect("a token"));
        tokens.add_variable("C__D_E", Token::parse("u:three").expect("a token"));
        assert_eq!(said(&tokens, "a.b").as_deref(), Some("x-access-token one"));
        assert_eq!(said(&tokens, "c-d.e").as_deref(), Some("u three"));
        assert_eq!(said(&tokens, "c.d.e"), None);
        assert_eq!(format!("{tokens:?}").matches("three").count(), 0);
    }
}
