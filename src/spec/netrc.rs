//! The netrc file: who the user is at which host.
//!
//! Source: the GNU inetutils manual ("The .netrc file"), cmd/go/internal/auth/netrc.go.

/// A line of the file, complete. It cannot be printed: it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The host, and as go reads it a path below it too.
    pub machine: String,
    /// The user's name.
    pub login: String,
    /// The password.
    pub password: String,
}

/// The complete logins of a file, in its order. `default` is passed over, and so are macros;
/// a file that ends a line with `default` ends there.
pub fn parse(text: &str) -> Vec<Login> {
    let mut logins = Vec::new();
    let [mut machine, mut login, mut password] = [const { String::new() }; 3];
    let mut in_macro = false;
    for line in text.split('\n') {
        if in_macro {
            in_macro = !line.is_empty();
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let (pairs, rest) = words.as_chunks::<2>();
        for [key, value] in pairs {
            match *key {
                // What is known of the machine before is incomplete.
                "machine" => {
                    [machine, login, password] =
                        [(*value).to_owned(), String::new(), String::new()];
                }
                "login" => login = (*value).to_owned(),
                "password" => password = (*value).to_owned(),
                "macdef" => in_macro = true,
                _ => {}
            }
            if [&machine, &login, &password].iter().all(|word| !word.is_empty()) {
                let [machine, login, password] =
                    [&mut machine, &mut login, &mut password].map(std::mem::take);
                logins.push(Login { machine, login, password });
            }
        }
        if rest == ["default"] {
            break;
        }
    }
    logins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let said = |Login { machine, login, password }| format!("{machine} {login} {password}");
        parse(text).into_iter().map(said).collect()
    }

    #[test]
    fn logins() {
        for (text, want) in [
            ("", &[][..]),
            ("machine a login b password c", &["a b c"]),
            (
                "machine a\n\tlogin b\r\n  password c\nmachine d password e login f",
                &["a b c", "d f e"],
            ),
            ("machine a password b machine c login d password e", &["c d e"]),
            ("login a password b machine c login d password e", &["c d e"]),
            ("machine a login b\npassword c password d", &["a b c"]),
            ("machine a account x login b password c", &["a b c"]),
            ("machine a login b password c\nmachine a login d password e", &["a b c", "a d e"]),
            ("machine\na login b password c", &[]),
        ] {
            assert_eq!(said(text), want, "{text:?}");
        }
    }

    #[test]
    fn macros() {
        let text = "machine a macdef init login b password c\nmachine x login y password z\n \n\n\
                    machine d login e password f";
        assert_eq!(said(text), ["a b c", "d e f"]);
    }

    #[test]
    fn defaults() {
        let rest = "machine b login c password d";
        assert_eq!(said(&format!("default\n{rest}")), [""; 0]);
        assert_eq!(said(&format!("machine a default\n{rest}")), [""; 0]);
        assert_eq!(said(&format!("machine default\n{rest}")), ["b c d"]);
        assert_eq!(said(&format!("default login x\n{rest}")), ["b c d"]);
    }
}
