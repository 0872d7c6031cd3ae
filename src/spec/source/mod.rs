//! Go source files, as far as the go command reads them to know what a package imports: the
//! package clause, the imports, and the build constraint above.
//!
//! The go command reads them in two ways, which differ in what they make of a broken file. Of
//! modules that do not change, and of folders that have not changed for two seconds, it asks an
//! index, which was made with the whole of Go's parser; others it reads afresh, with a reader
//! that knows little of Go. [`Reading`] names the two.
//!
//! Source: cmd/go/internal/imports/{read,scan}.go, cmd/go/internal/modindex/{build,read}.go.

mod clauses;
mod constraint;
mod embed;
mod lex;

pub use clauses::NulByte;
pub use constraint::{Constraint, Expression, InvalidConstraint, Platform, SyntaxError, Tags};
pub use embed::{EmbedPattern, embed_patterns};

use std::borrow::Cow;

use clauses::{Clauses, Outcome};

use super::modfile::unquote;

/// How the go command comes to know a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// From its index: a file that does not parse imports nothing, and a file that cannot be
    /// read at all is one of its package, whatever its constraint.
    Indexed,
    /// Afresh: what was read before a syntax error counts, and a file that cannot be read is
    /// an error.
    Afresh,
}

/// The head of a Go source file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    clauses: Clauses<'a>,
}

impl<'a> Header<'a> {
    /// Reads the head of a file.
    pub fn of_file(source: &'a [u8]) -> Self {
        Self { clauses: Clauses::of_file(source) }
    }

    /// Reads the head of a file that begins so; `None` where more of the file is needed.
    pub fn of_beginning(source: &'a [u8]) -> Option<Self> {
        Some(Self { clauses: Clauses::of_beginning(source)? })
    }

    /// What a file imports, where it is built with these tags; `None` where it is not.
    /// Paths come in the file's order, the same maybe twice, `C` too.
    ///
    /// # Errors
    /// The file holds a NUL byte; only where it is read afresh.
    pub fn imports(
        &self,
        reading: Reading,
        tags: &Tags,
    ) -> Result<Option<Vec<Cow<'a, str>>>, NulByte> {
        let Self { clauses } = self;
        let is_unreadable = clauses.outcome == Outcome::Nul;
        let constraint = Constraint::read(clauses.text);
        let (imports, names_c) = match reading {
            Reading::Afresh if is_unreadable || clauses.is_nul_behind() => return Err(NulByte),
            Reading::Afresh => {
                let paths = clauses.literals.iter().filter_map(|literal| string_value(literal));
                (paths.collect(), clauses.literals.contains(&&b"\"C\""[..]))
            }
            Reading::Indexed => {
                if is_unreadable || constraint == Err(InvalidConstraint::Multiple) {
                    return Ok(Some(Vec::new()));
                }
                let imports = self.parsed().map(|parsed| parsed.imports).unwrap_or_default();
                let names_c = imports.iter().any(|path| path == "C");
                (imports, names_c)
            }
        };
        let is_built = constraint.is_ok_and(|constraint| constraint.holds(tags));
        Ok((is_built && (!names_c || tags.have_cgo())).then_some(imports))
    }

    /// Whether the file makes its folder one of a package, for arguments such as `./...`: it
    /// is in the build, or it is broken, so that the user gets to know.
    /// Source: `Context.Import` in go/build.
    pub fn makes_package(&self, is_test: bool, tags: &Tags) -> bool {
        if self.clauses.outcome == Outcome::Nul {
            return true;
        }
        match (self.constraint(), self.parsed()) {
            (Ok(constraint), _) if !constraint.holds(tags) => false,
            (Err(_), _) | (_, Err(Unparsable)) => true,
            (_, Ok(parsed)) if parsed.package == "documentation" => false,
            (_, Ok(parsed)) => {
                // Tests cannot use cgo, which is an error.
                is_test || tags.have_cgo() || !parsed.imports.iter().any(|path| path == "C")
            }
        }
    }

    /// The head as Go's parser reads it.
    ///
    /// # Errors
    /// It does not parse.
    pub fn parsed(&self) -> Result<Parsed<'a>, Unparsable> {
        if self.clauses.outcome == Outcome::Nul {
            return Err(Unparsable);
        }
        lex::parse(self.clauses.text).ok_or(Unparsable)
    }

    /// The build constraint above the package clause.
    ///
    /// # Errors
    /// See [`Constraint::read`].
    pub fn constraint(&self) -> Result<Constraint, InvalidConstraint> {
        Constraint::read(self.clauses.text)
    }
}

/// What Go's parser finds in the head of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parsed<'a> {
    /// The package's name. Files of a package `documentation` are in no build.
    pub package: &'a str,
    /// What it imports, in the file's order.
    pub imports: Vec<Cow<'a, str>>,
}

/// The head of a file is no Go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("syntax error in package clause or imports")]
pub struct Unparsable;

/// The value of a string literal in Go; `None` where it is malformed. Values that are not
/// UTF-8 name no package: their bytes come as U+FFFD, as in messages.
fn string_value(literal: &[u8]) -> Option<Cow<'_, str>> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if literal[0] == b'`' {
        let text = String::from_utf8_lossy(inner);
        return Some(if text.contains('\r') { text.replace('\r', "").into() } else { text });
    }
    if let Ok(text) = std::str::from_utf8(inner)
        && !text.contains(['\\', '\n'])
    {
        return Some(text.into());
    }
    Some(String::from_utf8_lossy(&unquote(literal)?).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Reading; 2] = [Reading::Indexed, Reading::Afresh];

    fn imports(source: &[u8], reading: Reading) -> Result<Option<String>, NulByte> {
        let found = Header::of_file(source).imports(reading, &Tags::any())?;
        Ok(found.map(|paths| paths.join(" ")))
    }

    #[test]
    fn imports_of_a_file() {
        for (source, want) in [
            ("package p", ""),
            ("\u{feff}package p; import \"a\"", "a"),
            (
                "/* a */ package /* b */ p // c\nimport ( // d\n x \"a\"; . `b`\n\n_ \"\\x63\")\nimport \"d\"",
                "a b c d",
            ),
            ("package p\nimport ()\nimport (\"a\")\nvar import", "a"),
            ("package p\nimport `a\r`", "a"),
            ("package p\nimport \"a\"\n#!\"'", "a"),
            ("package p\nimport \"C\"", "C"),
        ] {
            for reading in BOTH {
                assert_eq!(
                    imports(source.as_bytes(), reading),
                    Ok(Some(want.into())),
                    "{source:?}"
                );
            }
        }
    }

    #[test]
    fn the_two_readings_differ_in_broken_files() {
        for (source, indexed, afresh) in [
            (&b""[..], Ok(Some("")), Ok(Some(""))),
            (b"package p\nimport \"a\"\nimport x", Ok(Some("")), Ok(Some("a"))),
            (b"package p\nimport \"a\" import \"b\"", Ok(Some("")), Ok(Some("a b"))),
            (b"package p\nimport \"\\q\"\nimport \"b\"", Ok(Some("")), Ok(Some("b"))),
            (b"package 1p\nimport \"a\"", Ok(Some("")), Ok(Some("a"))),
            (b"package p // \xff\nimport \"a\"", Ok(Some("")), Ok(Some("a"))),
            (b"package p\n//line x:0\nimport \"a\"", Ok(Some("")), Ok(Some("a"))),
            (b"package p\nimport \"a\"\n\x00", Ok(Some("")), Err(NulByte)),
            (b"package p\nimport \"a\"\nvar x = \"\x00", Ok(Some("a")), Ok(Some("a"))),
            (b"//go:build ignore || !(\npackage p", Ok(None), Ok(None)),
            (b"//go:build a\n//go:build a\npackage p\nimport \"a\"", Ok(Some("")), Ok(None)),
        ] {
            let owned = |want: Result<Option<&str>, _>| want.map(|text| text.map(str::to_owned));
            let text = source.escape_ascii();
            assert_eq!(imports(source, Reading::Indexed), owned(indexed), "{text}");
            assert_eq!(imports(source, Reading::Afresh), owned(afresh), "{text}");
        }
    }

    #[test]
    fn files_that_use_cgo() {
        let without = Tags::of(Platform {
            system: "linux",
            architecture: "amd64",
            cgo: false,
            release: 26,
            others: &[],
        });
        for (source, indexed, afresh) in [
            ("package p\nimport \"C\"", false, false),
            // To the simple reader only this spelling is cgo's.
            ("package p\nimport `C`", false, true),
            ("package p\nimport \"C\" import \"a\"", true, false),
        ] {
            let header = Header::of_file(source.as_bytes());
            let is_built = |reading| header.imports(reading, &without).map(|found| found.is_some());
            assert_eq!(is_built(Reading::Indexed), Ok(indexed), "{source}");
            assert_eq!(is_built(Reading::Afresh), Ok(afresh), "{source}");
        }
    }

    #[test]
    fn a_beginning_is_enough_or_is_not() {
        let source = b"// a\npackage p\nimport \"a\"\n\nvar x = 1\n";
        let enough = source.len() - b"ar x = 1\n".len();
        for length in 0..source.len() {
            let beginning = Header::of_beginning(&source[..length]);
            assert_eq!(beginning.is_some(), length >= enough, "{length}");
            assert!(beginning.is_none_or(|header| header == Header::of_file(source)));
        }
        // Whether there is a NUL byte behind it takes the whole file to say.
        assert_eq!(Header::of_beginning(b"package p\nimport x\n"), None);
    }

    #[test]
    fn files_of_a_package() {
        let any = Tags::any();
        for (source, is_test, want) in [
            ("package p", false, true),
            ("package documentation", false, false),
            ("//go:build ignore\n\npackage p", false, false),
            ("//go:build ignore\n\n#", false, false),
            ("//go:build (\n\npackage p", false, true),
            ("#", false, true),
            ("\0", false, true),
        ] {
            assert_eq!(
                Header::of_file(source.as_bytes()).makes_package(is_test, &any),
                want,
                "{source:?}"
            );
        }
        assert_eq!(
            Header::of_file(b"package x_test").parsed().map(|parsed| parsed.package),
            Ok("x_test")
        );
    }

    #[test]
    fn patterns_of_embed_lines() {
        let source = "package p\nimport _ \"embed\"\n//go:embed a b/*.c\n//go:embed \"d e\" `f`\r\n\
            var x = \"//go:embed no\"; var y = '\"' //go:embed g\n/*\n//go:embed no\n*/ var z = `\n\
            //go:embed no`\n//go:embed \"no\"x\n//go:embedno\n";
        assert_eq!(embed_patterns(source.as_bytes()), ["a", "b/*.c", "d e", "f", "g"]);
    }
}
