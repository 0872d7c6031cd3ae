//! What a proxy says of a version: the JSON of `.info` and `@latest`, and the form in
//! which the cache keeps it.
//!
//! Source: ref/mod#goproxy-protocol, RevInfo in cmd/go/internal/modfetch/repo.go and
//! writeDiskStat in cache.go.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::spec::version;

/// Where a version came from: kept as the proxy tells it, field by field.
/// Source: codehost.Origin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The kind of version control.
    #[serde(rename = "VCS", skip_serializing_if = "String::is_empty")]
    pub vcs: String,
    /// The repository.
    #[serde(rename = "URL", skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The folder in the repository.
    #[serde(rename = "Subdir", skip_serializing_if = "String::is_empty")]
    pub subdir: String,
    /// The commit.
    #[serde(rename = "Hash", skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Which tags were looked at.
    #[serde(rename = "TagPrefix", skip_serializing_if = "String::is_empty")]
    pub tag_prefix: String,
    /// A checksum of those tags.
    #[serde(rename = "TagSum", skip_serializing_if = "String::is_empty")]
    pub tag_sum: String,
    /// The reference.
    #[serde(rename = "Ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// A checksum of the whole repository.
    #[serde(rename = "RepoSum", skip_serializing_if = "String::is_empty")]
    pub repo_sum: String,
}

/// A version as a proxy knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Info {
    /// The canonical version.
    #[serde(rename = "Version")]
    pub version: String,
    /// Its commit time by RFC 3339; the year 1 where the proxy gives none.
    #[serde(rename = "Time")]
    pub time: String,
    /// Where it came from.
    #[serde(rename = "Origin", skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Go's zero time.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

impl Info {
    /// Reads the JSON as Go's decoder does: keys in any case, the last of several
    /// wins, unknown ones are passed over, bad UTF-8 is replaced.
    ///
    /// # Errors
    /// What is wrong with the JSON; a missing or empty version too, with which go
    /// would exit 0 having done nothing.
    pub fn parse(data: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(data);
        let value: Value =
            serde_json::from_str(&text).map_err(|error| in_go_words(&error, &text))?;
        let Value::Object(fields) = value else { return Err("not a JSON object".to_owned()) };
        let mut info = Self { version: String::new(), time: ZERO_TIME.to_owned(), origin: None };
        for (key, value) in fields {
            if key.eq_ignore_ascii_case("Version") {
                set_text(&mut info.version, "Version", value)?;
            } else if key.eq_ignore_ascii_case("Time") {
                let mut time = String::new();
                set_text(&mut time, "Time", value)?;
                if !time.is_empty() {
                    info.time = normalize_time(&time)
                        .ok_or_else(|| format!("Time {time:?} is not an RFC 3339 time"))?;
                }
            } else if key.eq_ignore_ascii_case("Origin") {
                match value {
                    Value::Null => info.origin = None,
                    Value::Object(fields) => {
                        set_origin(info.origin.get_or_insert_default(), fields)?;
                    }
                    _ => return Err("Origin is not an object".to_owned()),
                }
            }
        }
        if info.version.is_empty() {
            return Err("no Version".to_owned());
        }
        Ok(info)
    }

    /// A version of which nothing else is known.
    pub fn of_version(version: &str) -> Self {
        Self { version: version.to_owned(), time: ZERO_TIME.to_owned(), origin: None }
    }

    /// Whether the commit is older than a pseudo-version's `yyyymmddhhmmss`; not where
    /// its time is unknown.
    pub fn is_before(&self, timestamp: &str) -> bool {
        let Ok(time) = self.time.parse::<jiff::Timestamp>() else { return false };
        let written = time.strftime("%Y%m%d%H%M%S").to_string();
        self.time != ZERO_TIME && written.as_str() < timestamp
    }

    /// The JSON that the cache keeps under a version's name: without what only
    /// matters to the query that led to it.
    pub fn to_cache(&self) -> Vec<u8> {
        let mut kept = self.clone();
        if let Some(origin) = &mut kept.origin {
            origin.tag_sum.clear();
            origin.tag_prefix.clear();
            origin.repo_sum.clear();
            if version::is_pseudo(&self.version) {
                origin.reference.clear();
            }
        }
        to_go_json(&kept, "").into_bytes()
    }
}

/// What is wrong with JSON, in the words of go's decoder where they are common: users
/// search for them when a proxy answers with a web page.
fn in_go_words(error: &serde_json::Error, text: &str) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_owned();
    }
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let found = line.get(error.column().saturating_sub(1)..).and_then(|rest| rest.chars().next());
    match (error.to_string(), found) {
        (message, Some(c)) if message.starts_with("expected value at") => {
            format!("invalid character {c:?} looking for beginning of value")
        }
        (message, Some(c)) if message.starts_with("trailing characters") => {
            format!("invalid character {c:?} after top-level value")
        }
        (message, _) => message,
    }
}

fn set_text(field: &mut String, name: &str, value: Value) -> Result<(), String> {
    match value {
        Value::String(text) => *field = text,
        Value::Null => {}
        _ => return Err(format!("{name} is not a string")),
    }
    Ok(())
}

fn set_origin(origin: &mut Origin, fields: Vec<(String, Value)>) -> Result<(), String> {
    for (key, value) in fields {
        let field = match key.to_ascii_lowercase().as_str() {
            "vcs" => &mut origin.vcs,
            "url" => &mut origin.url,
            "subdir" => &mut origin.subdir,
            "hash" => &mut origin.hash,
            "tagprefix" => &mut origin.tag_prefix,
            "tagsum" => &mut origin.tag_sum,
            "ref" => &mut origin.reference,
            "reposum" => &mut origin.repo_sum,
            _ => continue,
        };
        set_text(field, &key, value)?;
    }
    Ok(())
}

/// JSON as far as it matters here. Fields stand in the order of the text, repeated ones
/// too: a map would move a key that returns to where it first stood.
enum Value {
    Null,
    String(String),
    Object(Vec<(String, Value)>),
    /// A number, a boolean or an array.
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = object.next_entry()? {
            fields.push(field);
        }
        Ok(Value::Object(fields))
    }
}

/// Checks an RFC 3339 time and writes it as Go does: no zeros at the end of the
/// fraction, `Z` for an offset of nothing.
pub fn normalize_time(text: &str) -> Option<String> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let valid: jiff::civil::DateTime =
        jiff::civil::DateTime::strptime("%Y-%m-%dT%H:%M:%S", date_time).ok()?;
    // The parser is lenient about padding and takes years before Christ; the wire format
    // is not and does not.
    if valid.year() < 0 || valid.strftime("%Y-%m-%dT%H:%M:%S").to_string() != date_time {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return None;
            }
            // Go keeps nanoseconds.
            (rest[..digits.min(9)].trim_end_matches('0'), &rest[digits..])
        }
    };
    let zone = match zone.as_bytes() {
        b"Z" => "Z",
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2].map(|byte| char::from(*byte).to_digit(10));
            let [Some(h1), Some(h2), Some(m1), Some(m2)] = digits else { return None };
            if h1 * 10 + h2 > 23 || m1 * 10 + m2 > 59 {
                return None;
            }
            if h1 + h2 + m1 + m2 == 0 { "Z" } else { zone }
        }
        _ => return None,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date_time}{point}{fraction}{zone}"))
}

/// JSON as Go's encoder writes it, on one line or indented: with `<`, `>`, `&` and the
/// line separators escaped.
pub fn to_go_json<T: Serialize>(value: &T, indent: &str) -> String {
    let written = if indent.is_empty() {
        serde_json::to_string(value)
    } else {
        let mut buffer = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
        let mut serializer = serde_json::Serializer::with_formatter(&mut buffer, formatter);
        value.serialize(&mut serializer).map(|()| String::from_utf8_lossy(&buffer).into_owned())
    };
    // These types hold strings and options only; writing them cannot fail.
    let plain = written.unwrap_or_else(|error| unreachable!("{error}"));
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_in_utc() {
        let info = Info { time: "2020-01-01T01:00:00+02:00".into(), ..Info::of_version("v1.0.0") };
        assert!(info.is_before("20200101000000"));
        assert!(!info.is_before("20191231230000"));
        assert!(!Info::of_version("v1.0.0").is_before("20200101000000"));
    }

    #[test]
    fn parsing() {
        let info = Info::parse(br#"{"version":"v0","VERSION":"v1.0.0","time":"2020-02-29T01:02:03.1400+00:00","Name":1,"Origin":{"VCS":"git","Ref":"refs/tags/a<b","TagSum":"t1:x"}}"#)
            .expect("info");
        assert_eq!(info.version, "v1.0.0");
        assert_eq!(info.time, "2020-02-29T01:02:03.14Z");
        assert_eq!(
            String::from_utf8_lossy(&info.to_cache()),
            r#"{"Version":"v1.0.0","Time":"2020-02-29T01:02:03.14Z","Origin":{"VCS":"git","Ref":"refs/tags/a\u003cb"}}"#
        );
        // The last field of a name counts in whatever case, and adds to an earlier object.
        let repeated = Info::parse(
            br#"{"Version":"v1.0.0","version":"v2.0.0","Version":"v3.0.0","Origin":{"VCS":"git","Ref":"a"},"origin":{"Ref":"b"}}"#,
        )
        .expect("info");
        assert_eq!(repeated.version, "v3.0.0");
        let origin = repeated.origin.expect("origin");
        assert_eq!((origin.vcs.as_str(), origin.reference.as_str()), ("git", "b"));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"Version":""}"#,
            r#"{"Version":1}"#,
            "<html>",
            "\u{feff}{}",
            r#"{"Version":"v1.0.0","Time":"2021-02-29T01:02:03Z"}"#,
            r#"{"Version":"v1.0.0","Time":"2021-2-2T01:02:03Z"}"#,
            r#"{"Version":"v1.0.0","Time":"-020-02-29T01:02:03Z"}"#,
            r#"{"Version":"v1.0.0","Time":"2020-02-29T01:02:03"}"#,
            r#"{"Version":"v1.0.0","Origin":1}"#,
        ] {
            assert!(Info::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(
            Info::parse(br#"{"Version":"v1.0.0","Time":null}"#).expect("info").time,
            ZERO_TIME
        );
        let offset = Info::parse(br#"{"Version":"v1.0.0","Time":"2020-01-01T00:00:00-07:30"}"#)
            .expect("info");
        assert_eq!(offset.time, "2020-01-01T00:00:00-07:30");
    }
}
