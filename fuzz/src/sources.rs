//! The laws of what proxies answer, and of the settings that name proxies and databases.

use std::collections::BTreeMap;

use gomod::fetch::error::ErrorKind;
use gomod::fetch::goproxy::{ProxyList, Source, join, redact};
use gomod::fetch::info::{Info, Origin};
use gomod::fetch::list::{Asked, ListReader, VersionList};
use gomod::spec::{path, version};
use gomod::verify::gosumdb::{KnownDatabase, SumdbSetting, without_password};
use gomod::verify::note::Signer;

use super::Verdict;

/// What is read has a version and a time as Go writes it; the cache's form of it is one line of
/// JSON that is read the same, but for what the cache leaves out, and cached the same.
/// A second `Version` at the end counts.
pub fn info(data: &[u8]) -> Verdict {
    let info = match Info::parse(data) {
        Ok(info) => info,
        Err(reason) => {
            assert!(!reason.is_empty());
            return Verdict::Refused;
        }
    };
    assert!(!info.version.is_empty());
    assert_time(&info.time);
    assert!(!info.is_before("00000000000000"), "{}", info.time);
    assert!(!info.is_before("20200101000000") || info.is_before("20200101000001"), "{}", info.time);

    let cached = info.to_cache();
    let text = std::str::from_utf8(&cached).expect("JSON is UTF-8");
    assert!(!text.contains(['\n', '<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
    let again = Info::parse(&cached).expect("what the cache keeps");
    let kept = info.origin.clone().map(|origin| Origin {
        tag_prefix: String::new(),
        tag_sum: String::new(),
        repo_sum: String::new(),
        reference: match version::is_pseudo(&info.version) {
            true => String::new(),
            false => origin.reference,
        },
        ..origin
    });
    assert_eq!(again, Info { origin: kept, ..info.clone() }, "{text}");
    assert_eq!(again.to_cache(), cached, "{text}");

    if let Some(object) = data.trim_ascii_end().strip_suffix(b"}") {
        let more = [object, br#","Version":"v9.9.9"}"#].concat();
        let later = Info::parse(&more).expect("one more field");
        assert_eq!(later, Info { version: "v9.9.9".to_owned(), ..info });
    }
    Verdict::Accepted
}

/// `yyyy-mm-ddThh:mm:ss`, a fraction that does not end in zero, and `Z` or another offset.
fn assert_time(time: &str) {
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00").unwrap_or_else(|| panic!("{time}"));
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches('0');
            let digits = &time[20..time.len() - zone.len()];
            assert!((1..=9).contains(&digits.len()) && !digits.ends_with('0'), "{time}");
            zone
        }
        None => rest,
    };
    assert!(zone == "Z" || zone == "+00:00" || zone == "-00:00", "{time}");
    assert!(!time.ends_with("+00:00") && !time.ends_with("-00:00"), "{time}");
}

/// The tagged versions are the first words of lines that are valid and no pseudo-versions, in
/// order; NULs and the order of the lines change nothing. The youngest is one of the list.
pub fn list(data: &[u8]) -> Verdict {
    let list = VersionList::parse(data);
    let tagged = list.tagged();
    let text = String::from_utf8_lossy(data);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.split('\n') {
        let word = line.trim_start().split(char::is_whitespace).next().unwrap_or_default();
        if version::is_valid(word) && !version::is_pseudo(word) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for version in tagged.iter() {
        *found.entry(version).or_default() += 1;
    }
    assert_eq!(found, counts);
    for (first, second) in tagged.iter().zip(tagged.iter().skip(1)) {
        assert!(version::compare_for_list(first, second).is_le(), "{first:?}, {second:?}");
    }
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').rev().collect();
    let reversed = [b"\0\0\n", &lines.join(&b'\n')[..], b"\n\0\0"].concat();
    assert_eq!(VersionList::parse(&reversed).tagged(), tagged);
    // However it comes in pieces.
    for size in [1, 3] {
        let mut reader = ListReader::new(Asked::Both);
        data.chunks(size).for_each(|piece| reader.read(piece));
        assert_eq!(reader.finish(), list);
    }

    let youngest = list.youngest();
    if let Some(youngest) = &youngest {
        assert!(version::is_valid(youngest), "{youngest:?}");
        assert!(text.split_whitespace().any(|word| word == youngest), "{youngest:?}");
    }
    // A pseudo-version of the first second is the youngest only where nothing has a time; before
    // it there is none.
    let with =
        |version: &str| VersionList::parse(&[data, b"\n", version.as_bytes()].concat()).youngest();
    let first = "v0.0.0-00010101000001-abcdefabcdef";
    assert_eq!(with(first).as_deref(), youngest.as_deref().or(Some(first)));
    for none in ["v0.0.0-00010101000000-abcdefabcdef", "v0.0.0-00001231235959-abcdefabcdef"] {
        assert_eq!(with(none), youngest);
    }
    Verdict::of(!tagged.is_empty() || youngest.is_some())
}

const PASSWORD: &str = "s3cr3t";

/// Whether our password stands in one of the texts, and nowhere but in its place in a URL. Tabs and
/// carriage returns do not part it: a URL is read as if they were not there.
fn have_password<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let marked = format!("//user:{PASSWORD}@");
    let is_scheme = |text: &str| {
        text.is_empty()
            || text.strip_suffix(':').is_some_and(|scheme| {
                !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_lowercase())
            })
    };
    let texts = texts.into_iter().map(|text| text.replace(['\t', '\r'], ""));
    let mut with_password = texts.filter(|text| text.contains(PASSWORD)).peekable();
    with_password.peek().is_some()
        && with_password.all(|text| {
            let parts = text.trim().split_once(&marked);
            parts.is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.contains(PASSWORD))
        })
}

/// A list that is read is walked in its order: past an entry that does not have a module,
/// past one that fails only where `|` follows it, and to the first that is no proxy. Proxies
/// are http, https or plain file URLs, and a module's URL lies below them. Passwords are never
/// shown. The input is GOPROXY, GONOPROXY and a module path, a line each.
pub fn goproxy(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (goproxy, private, module) = (line(), line(), line());
    let list = match ProxyList::parse(goproxy, private) {
        Ok(list) => list,
        Err(error) => {
            let shown = error.to_string();
            let entries = goproxy.split([',', '|']);
            assert!(!have_password(entries) || !shown.contains(PASSWORD), "{shown}");
            return Verdict::Refused;
        }
    };

    // Each entry, and whether the next is tried after any error.
    let mut entries: Vec<(&str, bool)> = Vec::new();
    if !private.is_empty() && goproxy != "direct" {
        entries.push(("noproxy", false));
    }
    for entry in goproxy.split_inclusive([',', '|']) {
        let (name, any_error) = (entry.trim_end_matches([',', '|']).trim(), entry.ends_with('|'));
        if !name.is_empty() {
            entries.push((name, any_error));
        }
        if name == "direct" || name == "off" {
            break;
        }
    }
    let asked = |kind: ErrorKind| {
        let mut walk = list.walk();
        let mut asked = Vec::new();
        while let Some(source) = walk.source() {
            asked.push(source.clone());
            walk.failed(kind, ());
        }
        asked
    };
    let sources = asked(ErrorKind::NotFound);
    assert_eq!(sources.len(), entries.len(), "{goproxy:?}");
    for (source, (name, _)) in sources.iter().zip(&entries) {
        match source {
            Source::NoProxy => assert_eq!(*name, "noproxy"),
            Source::Direct => assert_eq!(*name, "direct"),
            Source::Off => assert_eq!(*name, "off"),
            Source::Cache => panic!("no list names the cache: {goproxy:?}"),
            Source::Proxy(url) => {
                assert!(["http", "https", "file"].contains(&url.scheme()), "{url}");
                assert!(url.scheme() == "file" || url.has_host(), "{url}");
                assert!(!have_password([*name]) || !redact(url).contains(PASSWORD), "{url}");
                let Ok(escaped) = path::escape_path(module) else { continue };
                let joined = join(url, &escaped);
                let base = url.path().trim_end_matches('/');
                assert_eq!(joined.path(), format!("{base}/{}", escaped.replace('!', "%21")));
                assert_eq!(joined.host_str(), url.host_str());
                assert_eq!(joined.scheme(), url.scheme());
            }
        }
        assert_eq!(sources.get(list.place(source)), Some(source));
    }
    let goes_on = entries.iter().take_while(|(_, any_error)| *any_error).count();
    let failing = (goes_on + 1).min(entries.len());
    assert_eq!(asked(ErrorKind::Transient), sources[..failing]);
    assert_eq!(asked(ErrorKind::Security), sources[..1]);
    let named = sources.iter().filter(|source| **source != Source::NoProxy);
    assert_eq!(list.is_off(), named.eq([&Source::Off]));
    // Without a network folders are left, and the cache behind them.
    assert!(!list.is_offline());
    let offline = list.offline();
    let is_folder =
        |source: &&Source| matches!(source, Source::Proxy(url) if url.scheme() == "file");
    let folders = sources.iter().filter(is_folder);
    let mut walk = offline.walk::<()>();
    let left = std::iter::from_fn(|| walk.source());
    assert!(left.eq(folders.chain([&Source::Cache])), "{goproxy:?}");
    assert!(offline.is_offline());
    Verdict::Accepted
}

/// A setting that is read names a database whose name is a host and perhaps a path, which is
/// its address and could be a folder. Passwords are never shown. The input is a setting; its
/// first word is also taken for the name of a database that has a key.
pub fn gosumdb(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let key = |name: &str| Some(Signer::from_seed(name, &[1; 32]).ok()?.verifier_key());
    let known = KnownDatabase {
        name: "sum.example.com".to_owned(),
        verifier_key: key("sum.example.com").expect("a server's name"),
        alias: "sum.mirror.example.com".to_owned(),
    };
    let as_written = setting(text, &known);
    let (name, url) = text.split_once(' ').unwrap_or((text, ""));
    let with_key = key(name).map(|key| format!("{key} {url}"));
    let named = with_key.is_some_and(|text| {
        let parsed = setting(&text, &known);
        assert!(parsed.as_deref().is_none_or(|parsed| parsed == name), "{parsed:?}");
        parsed.is_some()
    });
    let shown = without_password(text);
    assert_eq!(without_password(&shown), shown);
    Verdict::of(as_written.is_some() || named)
}

/// The name of the database that a setting names.
fn setting(text: &str, known: &KnownDatabase) -> Option<String> {
    let setting = match SumdbSetting::parse(text, known) {
        Ok(setting) => setting,
        Err(error) => {
            let shown = error.to_string();
            // The first field is a name or a key, which are no secrets.
            let mut fields = text.split_whitespace();
            let is_plain = fields.next().is_none_or(|name| !name.contains(PASSWORD));
            let is_hidden = !is_plain || !have_password(fields) || !shown.contains(PASSWORD);
            assert!(is_hidden, "{shown}");
            return None;
        }
    };
    let (name, direct) = (setting.verifier.name(), &setting.direct);
    let fields = text.split_whitespace().count();
    assert_eq!(setting.url.is_some(), fields == 2 || text == known.alias, "{text:?}");
    assert!(fields <= 2 && text != "off", "{text:?}");
    assert_eq!(direct.scheme(), "https", "{name:?}");
    assert!(direct.host_str().is_some_and(|host| !host.is_empty()), "{name:?}");
    assert!(direct.username().is_empty() && direct.password().is_none(), "{name:?}");
    assert!(direct.query().is_none() && direct.fragment().is_none(), "{name:?}");
    let path = name.split_once('/').map_or("", |(_, path)| path);
    assert_eq!(direct.path(), format!("/{path}"), "{name:?}");
    let is_element =
        |element: &str| !["", ".", ".."].contains(&element) && !element.contains(['\\', '\0']);
    assert!(name.split('/').next().is_some_and(is_element), "{name:?}");
    assert!(path.is_empty() || path.split('/').all(|element| ![".", ".."].contains(&element)));
    Some(name.to_owned())
}
