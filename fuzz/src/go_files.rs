//! The law of Go source files.

use gomod::spec::source::{Header, Platform, Reading, Tags, embed_patterns};

use super::Verdict;

/// Reading never panics. What a beginning of a file tells, the whole tells too, and so does the
/// head with anything behind it. A file that parses imports the same in both readings, with
/// any tags at least what it does on one platform, and what is built somewhere, by its
/// constraint, is built with any tags. The input is a file; accepted is what parses.
pub fn source(data: &[u8]) -> Verdict {
    let header = Header::of_file(data);
    for length in (0..data.len()).step_by(1 + data.len() / 64) {
        if let Some(beginning) = Header::of_beginning(&data[..length]) {
            assert_eq!(beginning, header, "{length}");
            let other = [&data[..length], b"\0\xff\nimport \"other\"\n"].concat();
            assert_eq!(Header::of_file(&other), header, "{length}");
        }
    }
    let any = Tags::any();
    let of = |system, architecture, cgo| {
        Tags::of(Platform { system, architecture, cgo, release: 26, others: &[] })
    };
    let platforms = [of("linux", "amd64", true), of("windows", "arm64", false)];
    let parsed = header.parsed();
    for tags in &platforms {
        for reading in [Reading::Indexed, Reading::Afresh] {
            if let Ok(Some(built)) = header.imports(reading, tags) {
                assert_eq!(header.imports(reading, &any), Ok(Some(built)), "{reading:?}");
            }
        }
        assert!(!header.makes_package(false, tags) || header.makes_package(false, &any));
    }
    let patterns = embed_patterns(data);
    assert!(patterns.len() <= data.len());
    let Ok(parsed) = parsed else { return Verdict::Refused };
    assert!(!parsed.package.is_empty() && !parsed.package.contains(char::is_whitespace));
    for path in &parsed.imports {
        assert!(!path.is_empty() && !path.contains(char::is_whitespace), "{path:?}");
    }
    let indexed = header.imports(Reading::Indexed, &any);
    let afresh = header.imports(Reading::Afresh, &any);
    if let (Ok(Some(indexed)), Ok(Some(afresh))) = (indexed, afresh) {
        assert_eq!(indexed, parsed.imports);
        // The parser may stop before the simple reader does, never behind it.
        assert!(afresh.starts_with(&indexed), "{afresh:?}");
    }
    Verdict::Accepted
}
