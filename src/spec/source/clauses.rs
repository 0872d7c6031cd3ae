//! The reader that knows little of Go: it finds where the imports of a file end, so that no
//! more of it has to be read. Semicolons and line breaks are white space to it.
//!
//! Source: ReadImports in cmd/go/internal/imports/read.go.

/// A Go file holds a NUL byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("unexpected NUL in input")]
pub struct NulByte;

/// How reading ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// Behind the last import.
    Complete,
    /// Where something else stands than expected. The text is the whole file.
    Syntax,
    /// At a NUL byte.
    Nul,
}

/// The package clause and the imports of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Clauses<'a> {
    /// The file up to what follows its imports, without a byte order mark.
    pub(super) text: &'a [u8],
    /// The literals that were read as import paths, with their quotes.
    pub(super) literals: Vec<&'a [u8]>,
    pub(super) outcome: Outcome,
}

impl<'a> Clauses<'a> {
    /// Reads a whole file.
    pub(super) fn of_file(source: &'a [u8]) -> Self {
        let source = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
        let (end, literals, read) = Reader::run(source, true);
        let (text, outcome) = match read {
            Ok(()) => (&source[..end], Outcome::Complete),
            Err(Stop::Nul) => (&source[..end], Outcome::Nul),
            Err(Stop::Syntax | Stop::More) => (source, Outcome::Syntax),
        };
        Self { text, literals, outcome }
    }

    /// Reads what there is of a file; `None` where more of it is needed.
    pub(super) fn of_beginning(source: &'a [u8]) -> Option<Self> {
        if source.len() < BYTE_ORDER_MARK.len() {
            return None;
        }
        let source = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
        let (end, literals, read) = Reader::run(source, false);
        let outcome = match read {
            Ok(()) => Outcome::Complete,
            Err(Stop::Nul) => Outcome::Nul,
            Err(Stop::Syntax | Stop::More) => return None,
        };
        Some(Self { text: &source[..end], literals, outcome })
    }

    /// Whether there is a NUL byte behind a syntax error.
    pub(super) fn is_nul_behind(&self) -> bool {
        self.outcome == Outcome::Syntax && self.text.contains(&0)
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why reading ended before its end.
enum Stop {
    Syntax,
    Nul,
    /// At the end of what is there of the file.
    More,
}

struct Reader<'a> {
    source: &'a [u8],
    at: usize,
    is_whole: bool,
}

impl<'a> Reader<'a> {
    /// How far the file was read, the paths, and why no further.
    fn run(source: &'a [u8], is_whole: bool) -> (usize, Vec<&'a [u8]>, Result<(), Stop>) {
        let mut reader = Self { source, at: 0, is_whole };
        let mut literals = Vec::new();
        let read = reader.clauses(&mut literals);
        (reader.at, literals, read)
    }

    fn clauses(&mut self, literals: &mut Vec<&'a [u8]>) -> Result<(), Stop> {
        self.keyword(b"package")?;
        self.skip_space()?;
        self.identifier()?;
        loop {
            self.skip_space()?;
            if self.peek()? != Some(b'i') {
                return Ok(());
            }
            self.keyword(b"import")?;
            self.skip_space()?;
            if self.peek()? != Some(b'(') {
                self.import(literals)?;
                continue;
            }
            self.at += 1;
            loop {
                self.skip_space()?;
                if self.peek()? == Some(b')') {
                    break;
                }
                self.import(literals)?;
            }
            self.at += 1;
        }
    }

    /// The next byte; `None` at the end of the file.
    fn peek(&self) -> Result<Option<u8>, Stop> {
        match self.source.get(self.at) {
            Some(0) => Err(Stop::Nul),
            Some(&byte) => Ok(Some(byte)),
            None if self.is_whole => Ok(None),
            None => Err(Stop::More),
        }
    }

    /// Goes to the first of some bytes, or to NUL; at the end of the file to that.
    fn find(&mut self, bytes: [u8; 2]) -> Result<Option<u8>, Stop> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let found = rest.iter().position(|byte| bytes.contains(byte) || *byte == 0);
        self.at += found.unwrap_or(rest.len());
        self.peek()
    }

    fn skip_space(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\x0c' | b'\t' | b'\r' | b'\n' | b';') => self.at += 1,
                Some(b'/') => {
                    self.at += 1;
                    self.comment()?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Skips a comment, whose first slash has been read.
    fn comment(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            Some(b'/') => {
                self.find([b'\n'; 2])?;
                Ok(())
            }
            Some(b'*') => {
                self.at += 1;
                loop {
                    self.find([b'*'; 2])?.ok_or(Stop::Syntax)?;
                    self.at += 1;
                    if self.peek()?.ok_or(Stop::Syntax)? == b'/' {
                        self.at += 1;
                        return Ok(());
                    }
                }
            }
            _ => Err(Stop::Syntax),
        }
    }

    fn keyword(&mut self, word: &[u8]) -> Result<(), Stop> {
        self.skip_space()?;
        for &byte in word {
            if self.peek()? != Some(byte) {
                return Err(Stop::Syntax);
            }
            self.at += 1;
        }
        if self.peek()?.is_some_and(is_identifier) { Err(Stop::Syntax) } else { Ok(()) }
    }

    fn identifier(&mut self) -> Result<(), Stop> {
        if !self.peek()?.is_some_and(is_identifier) {
            return Err(Stop::Syntax);
        }
        while self.peek()?.is_some_and(is_identifier) {
            self.at += 1;
        }
        Ok(())
    }

    /// Reads a path and the name before it, if any.
    fn import(&mut self, literals: &mut Vec<&'a [u8]>) -> Result<(), Stop> {
        match self.peek()? {
            Some(b'.') => self.at += 1,
            Some(byte) if is_identifier(byte) => self.identifier()?,
            _ => {}
        }
        self.skip_space()?;
        let start = self.at;
        let quote = self.peek()?.filter(|byte| matches!(byte, b'"' | b'`')).ok_or(Stop::Syntax)?;
        self.at += 1;
        if quote == b'`' {
            self.find([b'`'; 2])?.ok_or(Stop::Syntax)?;
        } else {
            loop {
                match self.peek()?.ok_or(Stop::Syntax)? {
                    b'"' => break,
                    b'\n' => return Err(Stop::Syntax),
                    b'\\' => {
                        self.at += 1;
                        self.peek()?.ok_or(Stop::Syntax)?;
                        self.at += 1;
                    }
                    _ => self.at += 1,
                }
            }
        }
        self.at += 1;
        literals.push(&self.source[start..self.at]);
        Ok(())
    }
}

/// Whether the reader takes a byte for one of an identifier: all that is not ASCII, too.
fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
