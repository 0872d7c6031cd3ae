//! What decides where a module comes from, and who the user is there.

use gomod::spec::{go_import, netrc, user_auth};

use super::Verdict;

/// However much of a page is looked at before its end, what is found is what the whole says.
pub fn go_import(data: &[u8]) -> Verdict {
    let whole = go_import::read(data, true).expect("a whole page is read to its end");
    for cut in [data.len() / 3, data.len() / 2, data.len()] {
        if let Some(part) = go_import::read(&data[..cut], false) {
            assert_eq!(part, whole, "a part of {cut} bytes");
        }
    }
    let found = whole.unwrap_or_default();
    for import in &found {
        let subdir = if import.subdir.is_empty() { "" } else { " " };
        let content =
            format!("{} {} {}{subdir}{}", import.prefix, import.vcs, import.url, import.subdir);
        assert_eq!(go_import::GoImport::parse(&content).as_ref(), Some(import));
    }
    Verdict::of(!found.is_empty())
}

/// Logins that are written down again are read as the same.
pub fn netrc(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let logins = netrc::parse(text);
    let mut again = String::new();
    for netrc::Login { machine, login, password } in &logins {
        again.push_str(&format!("machine {machine} login {login} password {password}\n"));
    }
    assert!(netrc::parse(&again) == logins, "{again:?}");
    Verdict::of(!logins.is_empty())
}

/// Grants that are written down again are read as the same.
pub fn user_auth(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let Ok(grants) = user_auth::parse(text) else { return Verdict::Refused };
    let mut again = String::new();
    for user_auth::Grant { url, headers } in &grants {
        again.push_str(&format!("{url}\n\n"));
        for (name, value) in headers {
            again.push_str(&format!("{name}: {value}\n"));
        }
        again.push('\n');
    }
    assert!(user_auth::parse(&again) == Ok(grants), "{again:?}");
    Verdict::Accepted
}
