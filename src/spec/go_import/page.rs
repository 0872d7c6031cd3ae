//! Reads a page up to the end of its head. See the module above for what counts.

use super::super::modfile::quote;
use super::names::is_name;
use super::{GoImport, prefer_proxies};

/// Why a page cannot be read. Source: encoding/xml.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PageError {
    /// Even a lax reader trips.
    #[error("XML syntax error on line {line}: {reason}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// It declares another version of XML.
    #[error("xml: unsupported version {}; only version 1.0 is supported", quote(.0))]
    Version(Vec<u8>),
    /// It declares to be in an encoding other than UTF-8 and ASCII.
    #[error(
        "xml: opening charset {name}: can't decode XML document using charset {name}",
        name = quote(.0)
    )]
    Charset(Vec<u8>),
}

/// The tags of a page, those of proxies first; none where it has no tag at all.
///
/// `None` says that the text ends before the head does: more of it is wanted, if there is more
/// (`is_whole` says that there is not).
///
/// # Errors
/// The reader tripped before the first tag.
pub fn read(text: &[u8], is_whole: bool) -> Option<Result<Vec<GoImport>, PageError>> {
    let mut reader = Reader { text, at: 0, is_whole };
    let mut found = Vec::new();
    let end = loop {
        match reader.token() {
            Ok(Token::Start { name, attributes, is_closed }) => {
                if name.eq_ignore_ascii_case(b"meta") {
                    found.extend(go_import(&attributes));
                }
                let is_body = name.eq_ignore_ascii_case(b"body");
                if is_body || (is_closed && name.eq_ignore_ascii_case(b"head")) {
                    break Ok(());
                }
            }
            Ok(Token::End(name)) if name.eq_ignore_ascii_case(b"head") => break Ok(()),
            Ok(Token::End(_) | Token::Other) => {}
            Err(Trip::End(_)) if !is_whole => return None,
            Err(Trip::End(None)) => break Ok(()),
            Err(Trip::End(Some(reason))) => break Err(reader.syntax(reason)),
            Err(Trip::Error(error)) => break Err(error),
        }
    };
    match end {
        Err(error) if found.is_empty() => Some(Err(error)),
        _ => Some(Ok(prefer_proxies(found))),
    }
}

/// What a meta tag says where it is a `go-import` one: the first attribute of each name counts.
fn go_import(attributes: &[(Vec<u8>, Vec<u8>)]) -> Option<GoImport> {
    let value = |wanted: &str| {
        let is_wanted =
            |(name, _): &&(Vec<u8>, Vec<u8>)| name.eq_ignore_ascii_case(wanted.as_bytes());
        attributes.iter().find(is_wanted).map(|(_, value)| value.as_slice())
    };
    if value("name") != Some(b"go-import") {
        return None;
    }
    // The text was found to be UTF-8 as it was read.
    GoImport::parse(&String::from_utf8_lossy(value("content")?))
}

/// What stops the reader.
enum Trip {
    /// The text ends; between tokens, or with what is said where it must not.
    End(Option<&'static str>),
    Error(PageError),
}

/// Names are those without their name space.
enum Token {
    Start { name: Vec<u8>, attributes: Vec<(Vec<u8>, Vec<u8>)>, is_closed: bool },
    End(Vec<u8>),
    Other,
}

/// What ends a piece of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The next tag.
    Tag,
    /// The quotation mark.
    Quote(u8),
    /// `]]>`.
    Section,
}

const UNEXPECTED_END: Trip = Trip::End(Some("unexpected EOF"));

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    is_whole: bool,
}

impl Reader<'_> {
    fn syntax(&self, reason: impl Into<String>) -> PageError {
        let line = 1 + self.text[..self.at].iter().filter(|byte| **byte == b'\n').count();
        PageError::Syntax { line, reason: reason.into() }
    }

    fn trip<T>(&self, reason: impl Into<String>) -> Result<T, Trip> {
        Err(Trip::Error(self.syntax(reason)))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte, where there has to be one.
    fn next(&mut self) -> Result<u8, Trip> {
        let byte = self.peek().ok_or(UNEXPECTED_END)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_if(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\r' | b'\n' | b'\t')) {
            self.at += 1;
        }
    }

    fn token(&mut self) -> Result<Token, Trip> {
        match self.peek() {
            None => return Err(Trip::End(None)),
            Some(b'<') => self.at += 1,
            Some(_) => {
                self.characters(Until::Tag)?;
                return Ok(Token::Other);
            }
        }
        match self.peek().ok_or(UNEXPECTED_END)? {
            b'/' => {
                self.at += 1;
                self.end_of_element()
            }
            b'?' => {
                self.at += 1;
                self.instruction()
            }
            b'!' => {
                self.at += 1;
                self.declaration()
            }
            _ => self.start_of_element(),
        }
    }

    /// Behind `</`.
    fn end_of_element(&mut self) -> Result<Token, Trip> {
        let Some(name) = self.name()? else { return self.trip("expected element name after </") };
        let Some(local) = without_space(&name) else {
            return self.trip("expected element name after </");
        };
        self.skip_spaces();
        if self.next()? != b'>' {
            let local = String::from_utf8_lossy(local);
            return self.trip(format!("invalid characters between </{local} and >"));
        }
        Ok(Token::End(local.to_owned()))
    }

    /// Behind `<?`.
    fn instruction(&mut self) -> Result<Token, Trip> {
        let Some(target) = self.name()? else { return self.trip("expected target name after <?") };
        self.skip_spaces();
        let content = self.skip_to(b"?>")?;
        if target == b"xml" {
            let version = declared("version", content);
            if !version.is_empty() && version != b"1.0" {
                return Err(Trip::Error(PageError::Version(version.to_owned())));
            }
            let charset = declared("encoding", content);
            let is_known = [&b""[..], b"utf-8", b"ascii"]
                .iter()
                .any(|known| charset.eq_ignore_ascii_case(known));
            if !is_known {
                return Err(Trip::Error(PageError::Charset(charset.to_owned())));
            }
        }
        Ok(Token::Other)
    }

    /// Behind `<!`: a comment, a section of text, or a directive such as DOCTYPE.
    fn declaration(&mut self) -> Result<Token, Trip> {
        match self.next()? {
            b'-' => {
                if self.next()? != b'-' {
                    return self.trip("invalid sequence <!- not part of <!--");
                }
                self.skip_to(b"--")?;
                if self.next()? != b'>' {
                    return self.trip("invalid sequence \"--\" not allowed in comments");
                }
            }
            b'[' => {
                for byte in b"CDATA[" {
                    if self.next()? != *byte {
                        return self.trip("invalid <![ sequence");
                    }
                }
                self.characters(Until::Section)?;
            }
            _ => self.directive()?,
        }
        Ok(Token::Other)
    }

    /// Behind the first byte of a directive, which counts for nothing. Angle brackets nest,
    /// but not those in quotes and in comments.
    fn directive(&mut self) -> Result<(), Trip> {
        let mut depth = 0usize;
        let mut quote = None;
        loop {
            let byte = self.next()?;
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'>') if depth == 0 => return Ok(()),
                (None, b'>') => depth -= 1,
                (None, b'<') if self.skip_comment_start()? => {
                    self.skip_to(b"-->")?;
                }
                (None, b'<') => depth += 1,
                (None, _) => {}
            }
        }
    }

    /// Skips `!--`, or as much as there is of it.
    fn skip_comment_start(&mut self) -> Result<bool, Trip> {
        for byte in b"!--" {
            if self.peek().ok_or(UNEXPECTED_END)? != *byte {
                return Ok(false);
            }
            self.at += 1;
        }
        Ok(true)
    }

    /// Behind `<`.
    fn start_of_element(&mut self) -> Result<Token, Trip> {
        let missing = "expected element name after <";
        let Some(name) = self.name()? else { return self.trip(missing) };
        let Some(local) = without_space(&name) else { return self.trip(missing) };
        let mut attributes = Vec::new();
        let is_closed = loop {
            self.skip_spaces();
            match self.peek().ok_or(UNEXPECTED_END)? {
                b'/' => {
                    self.at += 1;
                    if self.next()? != b'>' {
                        return self.trip("expected /> in element");
                    }
                    break true;
                }
                b'>' => {
                    self.at += 1;
                    break false;
                }
                _ => attributes.push(self.attribute()?),
            }
        };
        Ok(Token::Start { name: local.to_owned(), attributes, is_closed })
    }

    /// An attribute; without a value it has its name for one.
    fn attribute(&mut self) -> Result<(Vec<u8>, Vec<u8>), Trip> {
        let missing = "expected attribute name in element";
        let Some(name) = self.name()? else { return self.trip(missing) };
        let Some(local) = without_space(&name) else { return self.trip(missing) };
        self.skip_spaces();
        if self.peek().ok_or(UNEXPECTED_END)? != b'=' {
            return Ok((local.to_owned(), local.to_owned()));
        }
        self.at += 1;
        self.skip_spaces();
        let value = match self.peek().ok_or(UNEXPECTED_END)? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                self.characters(Until::Quote(quote))?
            }
            _ => self.bare_value()?,
        };
        Ok((local.to_owned(), value))
    }

    /// A value without quotes; HTML 4 says what it may hold.
    fn bare_value(&mut self) -> Result<Vec<u8>, Trip> {
        let start = self.at;
        loop {
            match self.peek().ok_or(UNEXPECTED_END)? {
                byte if byte.is_ascii_alphanumeric() || b"_:-".contains(&byte) => self.at += 1,
                _ => return Ok(self.text[start..self.at].to_owned()),
            }
        }
    }

    /// Everything before a mark, which is skipped too.
    fn skip_to(&mut self, mark: &[u8]) -> Result<&[u8], Trip> {
        let start = self.at;
        let found = self.text[start..].windows(mark.len()).position(|window| window == mark);
        let Some(length) = found else {
            self.at = self.text.len();
            return Err(UNEXPECTED_END);
        };
        self.at += length + mark.len();
        Ok(&self.text[start..start + length])
    }

    /// A name, `None` where there is none at all. It ends before an ASCII character that no
    /// name has.
    fn name(&mut self) -> Result<Option<Vec<u8>>, Trip> {
        let start = self.at;
        while is_in_name(self.peek().ok_or(UNEXPECTED_END)?) {
            self.at += 1;
        }
        let name = &self.text[start..self.at];
        if name.is_empty() {
            return Ok(None);
        }
        if !std::str::from_utf8(name).is_ok_and(is_name) {
            let shown = String::from_utf8_lossy(name);
            return self.trip(format!("invalid XML name: {shown}"));
        }
        Ok(Some(name.to_owned()))
    }

    /// Text with its references replaced; the end of the input ends it too, but for a section.
    fn characters(&mut self, until: Until) -> Result<Vec<u8>, Trip> {
        let mut characters = Vec::new();
        // The last two bytes as they stand in the page; a reference makes them be forgotten.
        let mut last = [0, 0];
        loop {
            let Some(byte) = self.peek() else {
                // Half a character is no mistake where the other half is to come.
                if until == Until::Section || !self.is_whole {
                    return Err(Trip::End(Some("unexpected EOF in CDATA section")));
                }
                break;
            };
            match (until, byte) {
                (Until::Tag | Until::Section, b'>') if last == *b"]]" => {
                    self.at += 1;
                    if until == Until::Tag {
                        return self.trip("unescaped ]]> not in CDATA section");
                    }
                    characters.truncate(characters.len() - 2);
                    break;
                }
                (Until::Tag, b'<') => break,
                (Until::Quote(_), b'<') => {
                    self.at += 1;
                    return self.trip("unescaped < inside quoted string");
                }
                (Until::Quote(quote), _) if byte == quote => {
                    self.at += 1;
                    break;
                }
                (Until::Tag | Until::Quote(_), b'&') => {
                    self.at += 1;
                    self.reference(&mut characters)?;
                    last = [0, 0];
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            match byte {
                b'\r' => characters.push(b'\n'),
                b'\n' if last[1] == b'\r' => {}
                _ => characters.push(byte),
            }
            last = [last[1], byte];
        }
        self.check_characters(&characters)?;
        Ok(characters)
    }

    fn check_characters(&self, characters: &[u8]) -> Result<(), Trip> {
        for chunk in characters.utf8_chunks() {
            let is_forbidden = |c: &char| matches!(c, '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}');
            if let Some(c) = chunk.valid().chars().find(is_forbidden) {
                return self.trip(format!("illegal character code U+{:04X}", u32::from(c)));
            }
            if !chunk.invalid().is_empty() {
                return self.trip("invalid UTF-8");
            }
        }
        Ok(())
    }

    /// Behind `&`: what a reference stands for, or its text where that is unknown.
    fn reference(&mut self, characters: &mut Vec<u8>) -> Result<(), Trip> {
        let start = self.at;
        let character = if self.peek().ok_or(UNEXPECTED_END)? == b'#' {
            self.at += 1;
            self.number()?
        } else {
            while is_in_name(self.peek().ok_or(UNEXPECTED_END)?) {
                self.at += 1;
            }
            let name = &self.text[start..self.at];
            if self.skip_if(b';') { entity(name) } else { None }
        };
        match character {
            Some(c) => characters.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                characters.push(b'&');
                characters.extend_from_slice(&self.text[start..self.at]);
            }
        }
        Ok(())
    }

    /// Behind `&#`: a character by its number.
    fn number(&mut self) -> Result<Option<char>, Trip> {
        self.peek().ok_or(UNEXPECTED_END)?;
        let radix = if self.skip_if(b'x') { 16 } else { 10 };
        let start = self.at;
        while char::from(self.peek().ok_or(UNEXPECTED_END)?).is_digit(radix) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        if !self.skip_if(b';') {
            return Ok(None);
        }
        let code = u32::from_str_radix(digits, radix).ok().filter(|code| *code <= 0x10_ffff);
        // Go writes the halves of a pair of surrogates as U+FFFD.
        Ok(code.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

/// Whether a byte may be part of a name; of characters beyond ASCII it is found out later.
fn is_in_name(byte: u8) -> bool {
    !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte)
}

/// The five references that need no declaration.
fn entity(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"apos" => Some('\''),
        b"quot" => Some('"'),
        _ => None,
    }
}

/// A name without the name space before its colon; `None` where it has two colons.
fn without_space(name: &[u8]) -> Option<&[u8]> {
    let mut colons = name.iter().enumerate().filter(|(_, byte)| **byte == b':');
    match (colons.next(), colons.next()) {
        (Some((at, _)), None) if at > 0 && at + 1 < name.len() => Some(&name[at + 1..]),
        (_, None) => Some(name),
        (_, Some(_)) => None,
    }
}

/// What `<?xml ...?>` declares; empty where it does not.
fn declared<'a>(parameter: &str, content: &'a [u8]) -> &'a [u8] {
    let mark = format!("{parameter}=");
    let mut rest = content;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark.as_bytes()) {
        let Some((quote, value)) = rest[at + mark.len()..].split_first() else { break };
        if matches!(quote, b'\'' | b'"') {
            let end = value.iter().position(|byte| byte == quote);
            return end.map_or(&[], |end| &value[..end]);
        }
        rest = value;
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The prefixes of the tags of a whole page.
    fn prefixes(page: impl AsRef<[u8]>) -> Result<String, String> {
        let found = read(page.as_ref(), true).expect("a whole page needs no more");
        let prefixes = |found: Vec<GoImport>| {
            found.into_iter().map(|import| import.prefix).collect::<Vec<_>>().join(" ")
        };
        found.map(prefixes).map_err(|error| error.to_string())
    }

    const TAG: &str = "<meta name=\"go-import\" content=\"a.b git https://c.d/e\">";

    #[test]
    fn tags() {
        for (page, want) in [
            ("", ""),
            (TAG, "a.b"),
            (&format!("<!DOCTYPE html><html><head>{TAG}</head><body>"), "a.b"),
            ("<meta name='go-import' content='a.b git https://c.d'/>", "a.b"),
            ("<META NAME=go-import CONTENT='a.b git https://c.d'>", "a.b"),
            ("<x:meta y:name=go-import z:content='a.b git https://c.d'>", "a.b"),
            ("<meta content = 'a.b git https://c.d' name = go-import >", "a.b"),
            ("<meta name=go-import content='a&amp;b git https://c.d&#47;e &unknown; '>", "a&b"),
            ("<meta name=go-import content='a&#x2eb git https://c.d'>", "a&#x2eb"),
            ("<meta name=go-import content='a&#x2e;b git https://c.d'>", "a.b"),
            ("<meta name=go-import content='a.b\r\ngit\rhttps://c.d'>", "a.b"),
            ("<meta name=go-import name=other content='a.b git https://c.d'>", "a.b"),
            ("<meta name=other name=go-import content='a.b git https://c.d'>", ""),
            ("<meta name=Go-Import content='a.b git https://c.d'>", ""),
            ("<meta name content='a.b git https://c.d'>", ""),
            ("<meta name=go-import content='a.b git'>", ""),
            ("<meta name=go-import>", ""),
            // The head ends in whatever way.
            (&format!("<HEAD></Head>{TAG}"), ""),
            (&format!("<head/>{TAG}"), ""),
            (&format!("<Body class=x>{TAG}"), ""),
            (&format!("</body>{TAG}"), "a.b"),
            // What is no tag.
            (&format!("<!-- {TAG} -->"), ""),
            (&format!("<!-- < > & -->{TAG}"), "a.b"),
            (&format!("<![CDATA[ {TAG} & ]]>{TAG}"), "a.b"),
            (&format!("<!X 'a>' [ <!-- ' --> <y \">\"> ]>{TAG}"), "a.b"),
            (&format!("<!'>{TAG}"), "a.b"),
            (&format!("<!>>{TAG}"), "a.b"),
            (&format!("<?php echo '<meta>' ?>{TAG}"), "a.b"),
            (&format!("<?xml version='1.0' encoding=\"UTF-8\"?>{TAG}"), "a.b"),
            (&format!("<?xml encoding=x encoding='Ascii'?>{TAG}"), "a.b"),
            (&format!("<title>&nbsp;&copy; a & b &; &#9; &#xd800;</title>{TAG}"), "a.b"),
            (&format!("<p \u{e9}t\u{e9}=1>{TAG}"), "a.b"),
            // Tags before a stumble count.
            (&format!("{TAG}<div style=position:relative;top:0>{TAG}"), "a.b"),
            (&format!("{TAG}<script>if (a<b) {{}}</script>{TAG}"), "a.b"),
            (&format!("{TAG}<"), "a.b"),
        ] {
            assert_eq!(prefixes(page).as_deref(), Ok(want), "{page}");
        }
    }

    #[test]
    fn stumbles() {
        let syntax = |reason: &str| format!("XML syntax error on line 2: {reason}");
        for (page, reason) in [
            ("\n<", "unexpected EOF"),
            ("\n<meta name=go-import", "unexpected EOF"),
            ("\n<meta name='go-import", "unexpected EOF"),
            ("\n<!-- ", "unexpected EOF"),
            ("\n<!x 'y'", "unexpected EOF"),
            ("\n<?x ", "unexpected EOF"),
            ("\n&lt", "unexpected EOF"),
            ("\n<![CDATA[", "unexpected EOF in CDATA section"),
            ("\n<![CDAT[", "invalid <![ sequence"),
            ("\n<!-x", "invalid sequence <!- not part of <!--"),
            ("\n<!-- -- -->", "invalid sequence \"--\" not allowed in comments"),
            ("\n</>", "expected element name after </"),
            ("\n</a b>", "invalid characters between </a and >"),
            ("\n< a>", "expected element name after <"),
            ("\n<a:b:c>", "expected element name after <"),
            ("\n<? a?>", "expected target name after <?"),
            ("\n<5>", "invalid XML name: 5"),
            ("\n<a\u{d7}>", "invalid XML name: a\u{d7}"),
            ("\n<a / >", "expected /> in element"),
            ("\n<a (>", "expected attribute name in element"),
            ("\n<a b:c:d=e>", "expected attribute name in element"),
            ("\n<a b=position;>", "expected attribute name in element"),
            ("\n<a b='<'>", "unescaped < inside quoted string"),
            ("\na ]]> b", "unescaped ]]> not in CDATA section"),
            ("\n\u{1}", "illegal character code U+0001"),
            ("\n&#0;", "illegal character code U+0000"),
            ("\n\u{fffe}", "illegal character code U+FFFE"),
        ] {
            assert_eq!(prefixes(page), Err(syntax(reason)), "{page}");
            assert_eq!(prefixes(format!("{TAG}{page}")).as_deref(), Ok("a.b"), "{page}");
        }
        assert_eq!(prefixes(b"\n\xe9<a>"), Err(syntax("invalid UTF-8")));
        assert_eq!(
            prefixes("<?xml version=\"1.1\"?>"),
            Err("xml: unsupported version \"1.1\"; only version 1.0 is supported".to_owned())
        );
        assert_eq!(
            prefixes("<?xml encoding='latin1'?>"),
            Err("xml: opening charset \"latin1\": can't decode XML document using charset \
                 \"latin1\""
                .to_owned())
        );
    }

    #[test]
    fn proxies_come_first() {
        let tag = |content: &str| format!("<meta name=go-import content='{content}'>");
        let page = [
            tag("a.b git https://c.d"),
            tag("a.b/x git https://c.d/x"),
            tag("a.b/x mod https://proxy.example.com"),
        ];
        assert_eq!(prefixes(page.concat()).as_deref(), Ok("a.b/x a.b"));
    }

    /// However a page is cut, what is read of it is asked for again or is what the whole says.
    #[test]
    fn parts() {
        let page = format!(
            "<?xml version='1.0'?><!DOCTYPE html [<!-- -->]><head><title>\u{e9}&eacute;</title>\
             <![CDATA[]]>{TAG}<!-- c --></head><body>{TAG}"
        );
        let end = page.find("<body>").expect("a body");
        for cut in 0..page.len() {
            let part = read(&page.as_bytes()[..cut], false);
            assert_eq!(part.is_some(), cut >= end, "{cut}");
            if let Some(part) = part {
                assert_eq!(part.expect("tags").len(), 1, "{cut}");
            }
        }
    }
}
