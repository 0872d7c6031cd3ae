//! go.mod and go.work files: read, edited and printed so that comments, blocks and order stay.
//!
//! A file is a tree of lines (`syntax`) with the directives read from it beside it
//! (`directives`); edits change both. Results are those of golang.org/x/mod/modfile.
//! Source: ref/mod#go-mod-file.
//!
//! A file need not be UTF-8. The tree keeps every byte; paths and texts read from it have
//! U+FFFD for malformed ones.

mod directives;
mod edit;
mod error;
mod parse;
mod print;
mod syntax;
mod text;
mod work;

pub use directives::{
    Directive, Godebug, Module, Replace, Require, Retract, VersionInterval, is_directory_path,
    is_go_version, is_toolchain_name,
};
pub use error::{EditError, FixError, InvalidString, ParseError, ParseErrors, Position, Reason};
pub use text::{auto_quote, must_quote, quote, unquote};
pub(super) use text::{first_character, quote_character, trim};
pub use work::{Use, WorkFile};

use super::version::ModuleVersion;
use syntax::Syntax;

/// How much of a file has to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The main module's file: every directive must be known and well formed.
    Strict,
    /// A dependency's file: only `module`, `go`, `require`, `retract` and `ignore` are read,
    /// so that files for newer Go versions stay readable. A go version such as `v1.21.x`
    /// is cut down to `1.21`, a malformed `retract` is passed over.
    Lax,
}

/// Makes a version canonical: it is given the module path and the version as written. For
/// `retract` lines the path is that of the module itself.
///
/// A caller that has to ask the network can parse twice: first with a fixer that answers
/// any canonical version and notes what it was asked, then with one that knows.
pub type Fixer<'a> = dyn FnMut(&str, &str) -> Result<String, FixError> + 'a;

/// A go.mod file.
#[derive(Clone, Debug, Default)]
pub struct ModFile {
    syntax: Syntax,
    module: Option<Directive<Module>>,
    go: Option<Directive<String>>,
    toolchain: Option<Directive<String>>,
    godebug: Vec<Directive<Godebug>>,
    require: Vec<Directive<Require>>,
    exclude: Vec<Directive<ModuleVersion>>,
    replace: Vec<Directive<Replace>>,
    retract: Vec<Directive<Retract>>,
    tool: Vec<Directive<String>>,
    ignore: Vec<Directive<String>>,
}

impl ModFile {
    /// A file without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file; `file` names it in errors. Without a fixer, versions must be semantic
    /// versions, except in `retract` lines, and are made canonical.
    /// Source: `modfile.Parse`, `modfile.ParseLax`.
    pub fn parse(
        file: &str,
        data: &[u8],
        mode: Mode,
        fix: Option<&mut Fixer<'_>>,
    ) -> Result<Self, ParseErrors> {
        directives::read(file, parse::parse(file, data)?, mode, fix)
    }

    /// The file in go's layout. Source: `modfile.Format`.
    pub fn format(&self) -> Vec<u8> {
        print::print(&self.syntax)
    }

    /// The `module` line.
    pub fn module(&self) -> Option<&Module> {
        self.module.as_deref()
    }

    /// The version of the `go` line.
    pub fn go(&self) -> Option<&str> {
        self.go.as_ref().map(|go| go.as_str())
    }

    /// The name in the `toolchain` line.
    pub fn toolchain(&self) -> Option<&str> {
        self.toolchain.as_ref().map(|toolchain| toolchain.as_str())
    }

    /// The `godebug` lines in the order of the file, as are all lists here.
    pub fn godebug(&self) -> &[Directive<Godebug>] {
        &self.godebug
    }

    /// The `require` lines.
    pub fn require(&self) -> &[Directive<Require>] {
        &self.require
    }

    /// The module versions of the `require` lines, for which the file is used up.
    pub fn into_required(self) -> impl ExactSizeIterator<Item = ModuleVersion> {
        self.require.into_iter().map(|line| line.value.module)
    }

    /// The `exclude` lines.
    pub fn exclude(&self) -> &[Directive<ModuleVersion>] {
        &self.exclude
    }

    /// The `replace` lines.
    pub fn replace(&self) -> &[Directive<Replace>] {
        &self.replace
    }

    /// The `retract` lines.
    pub fn retract(&self) -> &[Directive<Retract>] {
        &self.retract
    }

    /// The package paths of the `tool` lines.
    pub fn tool(&self) -> &[Directive<String>] {
        &self.tool
    }

    /// The directories of the `ignore` lines.
    pub fn ignore(&self) -> &[Directive<String>] {
        &self.ignore
    }

    /// The line of the source that a directive of this file was read from, from 1; `None`
    /// where an edit added it.
    pub fn line_number<T>(&self, directive: &Directive<T>) -> Option<usize> {
        self.syntax.line_number(directive.line)
    }
}

/// The module path that a go.mod file declares, even where other parts of it are malformed;
/// empty where there is none. Source: `modfile.ModulePath`.
pub fn module_path(data: &[u8]) -> String {
    for line in data.split(|&b| b == b'\n') {
        let comment = line.windows(2).position(|pair| pair == b"//");
        let line = trim(&line[..comment.unwrap_or(line.len())]);
        let Some(rest) = line.strip_prefix(b"module") else { continue };
        let path = trim(rest);
        if path.len() == rest.len() || path.is_empty() {
            continue;
        }
        let path = match path {
            // Unlike a directive, this accepts backquotes; carriage returns in them do not count.
            [b'`', raw @ .., b'`'] if !raw.contains(&b'`') => {
                raw.iter().copied().filter(|&b| b != b'\r').collect()
            }
            [b'`', ..] => Vec::new(),
            [b'"', ..] => unquote(path).unwrap_or_default(),
            _ => path.to_vec(),
        };
        return String::from_utf8_lossy(&path).into_owned();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(text: &[u8], mode: Mode) -> Option<Vec<u8>> {
        Some(ModFile::parse("go.mod", text, mode, None).ok()?.format())
    }

    #[test]
    fn printing_is_go_layout_and_keeps_comments() {
        let text = "\n\n\n// head  \r\n\r\nmodule   \"a.b/m\"//beside\r\ngo 1.21\n// above\nrequire \
                    (//opening\n\n\n\t\ta.b/x   v1 //x\n\n\n\n  // y1\n//y2\n a.b/y v1.0.0\n\n  // \
                    last\n\n)//closing\nretract [ v1.0.0 , v1.1.0 ]\nrequire ()\n//tail";
        let want = "// head\n\nmodule a.b/m //beside\n\ngo 1.21\n\n// above\nrequire ( \
                    //opening\n\ta.b/x v1.0.0 //x\n\n\t// y1\n\t//y2\n\ta.b/y v1.0.0\n\n// \
                    last\n\n) //closing\n\nretract [v1.0.0, v1.1.0]\n\nrequire ()\n\n//tail\n";
        let out = printed(text.as_bytes(), Mode::Strict).expect("read");
        assert_eq!(String::from_utf8_lossy(&out), want.replace("require ()", "require (\n)"));
    }

    #[test]
    fn bytes_that_are_not_utf_8_stay() {
        let text = b"module a.b/\xff\n\n// caf\xe9\ngo 1.21 // \xc3\n";
        assert_eq!(printed(text, Mode::Strict).as_deref(), Some(&text[..]));
        let file = ModFile::parse("go.mod", text, Mode::Strict, None).expect("read");
        assert_eq!(file.module().map(|m| m.path.as_str()), Some("a.b/\u{fffd}"));
    }

    #[test]
    fn a_comment_behind_a_broken_string_goes_to_the_line_before() {
        // Only a string can hold a newline, and no directive accepts such a string.
        let text = "require a.b/x v1.0.0\nfuture \"\\\n\" // indirect\n";
        let file = ModFile::parse("go.mod", text.as_bytes(), Mode::Lax, None).expect("read");
        assert!(file.require()[0].indirect);
    }

    #[test]
    fn module_paths_of_broken_files() {
        for (text, want) in [
            ("module a.b/m", "a.b/m"),
            ("// module no\n(((\n\tmodule\t\"a.b/m\" // yes", "a.b/m"),
            ("module `a.b/\rm`\r\n", "a.b/m"),
            ("modulea.b/m\nmodule\nmodule // x\nmodule a.b/m n", "a.b/m n"),
            ("module \"a.b/m\nmodule a.b/n", ""),
            ("module `a.b/m\n", ""),
            ("module `a.b/m` `n`\n", ""),
            ("module `", ""),
            ("", ""),
        ] {
            assert_eq!(module_path(text.as_bytes()), want, "{text:?}");
        }
    }

    /// Lines that resemble directives, comments and debris.
    fn any_text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(
            &[
                "module a.b/m",
                "go 1.21",
                "require",
                "exclude",
                "retract",
                "tool",
                "(",
                ")",
                "[",
                "]",
                ",",
                "\n",
                "\n",
                "\n",
                "\r\n",
                "\t",
                " ",
                " ",
                "// c",
                "// indirect",
                "//",
                "a.b/x",
                "a.b/x v1.0.0",
                "v1.0.0",
                "v1",
                "=>",
                "./d",
                "\"a.b/y\"",
                "\"a b\"",
                "`",
                "\"",
                "\\",
                "/*",
                "\u{e9}",
                "\u{a0}",
            ][..],
        );
        let piece = prop_oneof![
            20 => piece.prop_map(|piece| piece.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 1..3),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    /// Well-formed lines and blocks with comments about them.
    fn any_file() -> impl Strategy<Value = String> {
        let select = |choice: &'static [&'static str]| prop::sample::select(choice);
        let above = select(&["", "", "\n", "// above\n", "// apart\n\n", "\n\n//\n// two\n"]);
        let beside = select(&["", "", " // indirect", " // indirect; why", "//x\r"]);
        let arguments = select(&["a.b/x v1.0.0", "a.b/y v1", "\"a.b/z/v2\" v2.0.0"]);
        let line = (above.clone(), arguments, beside.clone());
        let block = (above.clone(), select(&["require", "exclude"]), beside.clone());
        let statement = (block, prop::collection::vec(line, 0..4), above, beside, any::<bool>());
        let text =
            |((above, verb, opening), lines, last, closing, single): (_, Vec<_>, _, _, _)| {
                let shown = |(above, arguments, beside): (&str, &str, &str), verb: &str| {
                    format!("{above}{verb} {arguments}{beside}\n")
                };
                if single {
                    return lines.into_iter().map(|line| shown(line, verb)).collect::<String>();
                }
                let lines: String = lines.into_iter().map(|line| shown(line, "")).collect();
                format!("{above}{verb} ({opening}\n{lines}{last}){closing}\n")
            };
        prop::collection::vec(statement.prop_map(text), 0..5).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_is_read_and_printed_the_same(text in any_text(), lax: bool) {
            let mode = if lax { Mode::Lax } else { Mode::Strict };
            if let Some(once) = printed(&text, mode)
                // A comment behind a string with a newline moves: see above.
                && !text.windows(2).any(|pair| pair == b"\\\n")
                // As in go, a string in a retract line that cannot be understood prints
                // without its quotes, and reads as something else the next time.
                && !(lax && text.contains(&b'"') && text.windows(7).any(|word| word == b"retract"))
            {
                let again = printed(&once, mode);
                prop_assert_eq!(again.as_deref(), Some(&once[..]), "{}", text.escape_ascii());
            }
        }

        #[test]
        fn printing_loses_no_directive_and_no_comment(text in any_file()) {
            let read = |text: &[u8]| ModFile::parse("go.mod", text, Mode::Strict, None);
            let file = read(text.as_bytes()).expect("well formed");
            let once = file.format();
            let again = read(&once).expect("well formed");
            let twice = again.format();
            prop_assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
            let values = |file: &ModFile| {
                let required: Vec<_> = file.require.iter().map(|r| r.value.clone()).collect();
                let excluded: Vec<_> = file.exclude.iter().map(|e| e.value.clone()).collect();
                (required, excluded)
            };
            prop_assert_eq!(values(&file), values(&again));
            let marks = |text: &[u8]| text.windows(2).filter(|pair| pair == b"//").count();
            prop_assert_eq!(marks(&once), marks(text.as_bytes()));
        }
    }
}
