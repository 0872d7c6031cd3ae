//! go.work files, on the same tree as go.mod's and with the same care for what stands in them.
//!
//! Source: ref/mod#workspaces, golang.org/x/mod/modfile/work.go.

use super::directives::{
    Complaint, Directive, Godebug, Replace, godebug, is_go_version, is_toolchain_name, read_go,
    read_toolchain, replace, string, unknown_block, unknown_directive,
};
use super::edit::{add_godebug, add_replace, compare_lines, repeated, set_single, sort_lines};
use super::error::{EditError, ParseError, ParseErrors, Reason};
use super::syntax::{BlockId, LineId, List, Place, Statement, Syntax};
use super::text::auto_quote;
use super::{Fixer, Mode, parse, print};
use crate::spec::ModuleVersion;

/// `use path`: a folder whose module belongs to the workspace.
/// Source: ref/mod#go-work-file-use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The folder, relative to that of go.work or absolute.
    pub path: String,
    /// The path of its module; empty where nobody has looked. The file does not hold it.
    pub module_path: String,
}

/// A go.work file.
#[derive(Clone, Debug, Default)]
pub struct WorkFile {
    syntax: Syntax,
    go: Option<Directive<String>>,
    toolchain: Option<Directive<String>>,
    godebug: Vec<Directive<Godebug>>,
    uses: Vec<Directive<Use>>,
    replace: Vec<Directive<Replace>>,
}

impl WorkFile {
    /// A file without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file; `file` names it in errors. Without a fixer, versions must be semantic
    /// versions and are made canonical. Source: `modfile.ParseWork`.
    ///
    /// # Errors
    /// The first syntax error, or everything that is wrong with directives.
    pub fn parse(
        file: &str,
        data: &[u8],
        mut fix: Option<&mut Fixer<'_>>,
    ) -> Result<Self, ParseErrors> {
        let mut parsed = Self { syntax: parse::parse(file, data)?, ..Self::default() };
        let mut errors = Vec::new();
        for index in 0..parsed.syntax.statements.len() {
            match parsed.syntax.statements[index] {
                Statement::Comments(_) => {}
                Statement::Line(id) => {
                    let tokens = parsed.syntax.line(id).tokens;
                    let read = parsed.directive(id, tokens, tokens.rest(), fix.as_deref_mut());
                    errors.extend(parsed.at_line(file, id, read));
                }
                Statement::Block(id) => parsed.block(file, id, fix.as_deref_mut(), &mut errors),
            }
        }
        if errors.is_empty() { Ok(parsed) } else { Err(ParseErrors { errors }) }
    }

    fn at_line(&self, file: &str, id: LineId, read: Result<(), Complaint>) -> Option<ParseError> {
        let line = self.syntax.line(id);
        read.err().map(|complaint| complaint.at(file, &self.syntax, line.start, line.number))
    }

    fn block(
        &mut self,
        file: &str,
        id: BlockId,
        mut fix: Option<&mut Fixer<'_>>,
        errors: &mut Vec<ParseError>,
    ) {
        let block = self.syntax.block(id);
        let header = block.header;
        let verb = self.syntax.nth(header, 0);
        if header.len() > 1 || !matches!(verb, Some(b"godebug" | b"use" | b"replace")) {
            let complaint = unknown_block(&self.syntax, header);
            errors.push(complaint.at(file, &self.syntax, block.start, block.number));
            return;
        }
        for line in block.lines.clone() {
            let tokens = self.syntax.line(line).tokens;
            let read = self.directive(line, header, tokens, fix.as_deref_mut());
            errors.extend(self.at_line(file, line, read));
        }
    }

    /// Reads one directive whose verb is the first text of a list.
    fn directive(
        &mut self,
        line: LineId,
        verb: List,
        args: List,
        fix: Option<&mut Fixer<'_>>,
    ) -> Result<(), Complaint> {
        let syntax = &mut self.syntax;
        match syntax.nth(verb, 0).unwrap_or_default() {
            b"go" => read_go(&mut self.go, syntax, line, args, Mode::Strict)?,
            b"toolchain" => read_toolchain(&mut self.toolchain, syntax, line, args)?,
            b"godebug" => {
                let value = godebug(syntax, args)?;
                self.godebug.push(Directive { value, line });
            }
            b"use" => {
                if args.len() != 1 {
                    return Err(Reason::Usage("use local/dir").into());
                }
                let path = string(syntax, args, 0).map_err(Reason::String)?.into_owned();
                let value = Use { path, module_path: String::new() };
                self.uses.push(Directive { value, line });
            }
            b"replace" => {
                let value = replace(syntax, args, fix)?;
                self.replace.push(Directive { value, line });
            }
            unknown => return Err(unknown_directive(unknown)),
        }
        Ok(())
    }

    /// The file in go's layout. Source: `modfile.Format`.
    pub fn format(&self) -> Vec<u8> {
        print::print(&self.syntax)
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

    /// The `use` lines.
    pub fn uses(&self) -> &[Directive<Use>] {
        &self.uses
    }

    /// The `replace` lines.
    pub fn replace(&self) -> &[Directive<Replace>] {
        &self.replace
    }

    /// The line of the source that a directive of this file was read from, from 1; `None`
    /// where an edit added it.
    pub fn line_number<T>(&self, directive: &Directive<T>) -> Option<usize> {
        self.syntax.line_number(directive.line)
    }

    /// Sets the go line, adding it below the comments at the top.
    ///
    /// # Errors
    /// It is no Go version.
    pub fn add_go_stmt(&mut self, version: &str) -> Result<(), EditError> {
        if !is_go_version(version) {
            return Err(EditError::GoVersion(version.to_owned()));
        }
        set_single(&mut self.syntax, &mut self.go, "go", version, Place::Top);
        Ok(())
    }

    /// Removes the go line.
    pub fn drop_go_stmt(&mut self) {
        if let Some(go) = self.go.take() {
            self.syntax.remove_line(go.line);
        }
    }

    /// Sets the toolchain line, adding it behind the go line or else below the comments at
    /// the top.
    ///
    /// # Errors
    /// It is no toolchain's name.
    pub fn add_toolchain_stmt(&mut self, name: &str) -> Result<(), EditError> {
        if !is_toolchain_name(name) {
            return Err(EditError::Toolchain(name.to_owned()));
        }
        let place = self.go.as_ref().map_or(Place::Top, |go| Place::After(go.line));
        set_single(&mut self.syntax, &mut self.toolchain, "toolchain", name, place);
        Ok(())
    }

    /// Removes the toolchain line.
    pub fn drop_toolchain_stmt(&mut self) {
        if let Some(toolchain) = self.toolchain.take() {
            self.syntax.remove_line(toolchain.line);
        }
    }

    /// Sets a GODEBUG setting in its first line and removes further lines for it.
    pub fn add_godebug(&mut self, key: &str, value: &str) {
        add_godebug(&mut self.syntax, &mut self.godebug, key, value);
    }

    /// Removes the lines of a GODEBUG setting.
    pub fn drop_godebug(&mut self, key: &str) {
        self.syntax.remove(&mut self.godebug, |godebug| godebug.key == key);
    }

    /// Uses a folder, in the first line for it, and removes further lines for it.
    pub fn add_use(&mut self, path: &str, module_path: &str) {
        let tokens = ["use", &*auto_quote(path)];
        let found = self.syntax.keep_first(
            &mut self.uses,
            |one| one.path == path,
            |syntax, directive| {
                directive.value.module_path = module_path.to_owned();
                syntax.update(directive.line, &tokens);
            },
        );
        if !found {
            let line = self.syntax.add(Place::LastOfVerb, &tokens);
            let value = Use { path: path.to_owned(), module_path: module_path.to_owned() };
            self.uses.push(Directive { value, line });
        }
    }

    /// Removes the lines that use a folder, written exactly like this.
    pub fn drop_use(&mut self, path: &str) {
        self.syntax.remove(&mut self.uses, |one| one.path == path);
    }

    /// As [`ModFile::add_replace`](super::ModFile::add_replace).
    pub fn add_replace(&mut self, old: &ModuleVersion, new: &ModuleVersion) {
        add_replace(&mut self.syntax, &mut self.replace, old, new);
    }

    /// Removes the replace lines with exactly this left side.
    pub fn drop_replace(&mut self, old: &ModuleVersion) {
        self.syntax.remove(&mut self.replace, |replace| replace.old == *old);
    }

    /// Sorts the lines of each block, after removing replace lines whose left side a later
    /// one has.
    pub fn sort_blocks(&mut self) {
        let goes = repeated(self.replace.iter().rev(), |replace| &replace.old);
        self.replace.retain(|replace| !goes.contains(&replace.line));
        // This drops empty blocks even where nothing is repeated.
        self.syntax.drop_lines(|line| goes.contains(&line));
        sort_lines(&mut self.syntax, |_| compare_lines);
    }

    /// Drops the lines that edits have removed, empty blocks, and the parentheses around
    /// single lines. To be called after the last edit.
    pub fn cleanup(&mut self) {
        // As in a go.mod file, nobody sees what has an empty name.
        self.uses.retain(|one| !one.path.is_empty());
        self.replace.retain(|replace| !replace.old.path.is_empty());
        self.syntax.cleanup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> WorkFile {
        WorkFile::parse("go.work", text.as_bytes(), None).expect("well formed")
    }

    /// Found by fuzzing: the second line ended the block, and the third was no directive.
    #[test]
    fn a_word_does_not_end_the_block_that_it_gets_into() {
        let mut file = parse("use )\n");
        file.add_use("./a", "");
        file.add_use(")", "");
        let text = String::from_utf8(file.format()).expect("text");
        assert_eq!(text, "use (\n\t\")\"\n\t./a\n)\n");
        let paths: Vec<_> = parse(&text).uses().iter().map(|it| it.path.clone()).collect();
        assert_eq!(paths, [")", "./a"]);
    }

    fn finished(mut file: WorkFile) -> String {
        file.cleanup();
        String::from_utf8(file.format()).expect("UTF-8")
    }

    #[test]
    fn what_a_file_says() {
        let file = parse(
            "// top\n\ngo 1.21\ntoolchain go1.22.0\ngodebug panicnil=1\nuse \"./a b\"\nuse (\n\t./c\n)\n\
             replace a.b/x v1 => ./x // why\n",
        );
        assert_eq!((file.go(), file.toolchain()), (Some("1.21"), Some("go1.22.0")));
        assert_eq!(file.godebug()[0].value, Godebug { key: "panicnil".into(), value: "1".into() });
        let uses: Vec<_> =
            file.uses().iter().map(|one| (&*one.path, file.line_number(one))).collect();
        assert_eq!(uses, [("./a b", Some(6)), ("./c", Some(8))]);
        assert_eq!(file.replace()[0].old, ModuleVersion::new("a.b/x", "v1.0.0"));
        assert_eq!(file.replace()[0].new, ModuleVersion::new("./x", ""));
        assert_eq!(
            String::from_utf8_lossy(&file.format()),
            "// top\n\ngo 1.21\n\ntoolchain go1.22.0\n\ngodebug panicnil=1\n\nuse \"./a b\"\n\n\
             use (\n\t./c\n)\n\nreplace a.b/x v1.0.0 => ./x // why\n"
        );
    }

    #[test]
    fn every_error_is_told_with_its_place() {
        let text = "go 1.x\ngo 1.21\ngo 1.22\ntoolchain local\nuse ./a ./b\nuse (\n\t'c'\n)\n\
                    module a.b/m\ngo (\n\t1.21\n)\nuse x (\n)\nreplace (\n\ta.b/x => y\n\t\
                    a.b/x v2.0.0 => ./y\n)\ngodebug a\nreplace a.b/x => a.b/y master\n";
        let errors = WorkFile::parse("go.work", text.as_bytes(), None).expect_err("malformed");
        assert_eq!(
            errors.to_string(),
            "go.work:1: invalid go version '1.x': must match format 1.23.0\n\
             go.work:3: repeated go statement\n\
             go.work:4: invalid toolchain version 'local': must match format go1.23.0 or default\n\
             go.work:5: usage: use local/dir\n\
             go.work:7:2: invalid quoted string: unquoted string cannot contain quote\n\
             go.work:9: unknown directive: module\n\
             go.work:10: unknown block type: go\n\
             go.work:13: unknown block type: use x\n\
             go.work:16:2: replacement module without version must be directory path \
             (rooted or starting with . or ..)\n\
             go.work:17:2: replace a.b/x: version \"v2.0.0\" invalid: should be v0 or v1, not v2\n\
             go.work:19: usage: godebug key=value\n\
             go.work:20: replace a.b/y: version \"master\" invalid: must be of the form v1.2.3"
        );
    }

    #[test]
    fn a_fixer_decides_about_versions() {
        let mut fix = |path: &str, version: &str| Ok(format!("v1.0.0-{}-{version}", path.len()));
        let text = "replace a.b/x master => a.b/why dev\n";
        let file = WorkFile::parse("go.work", text.as_bytes(), Some(&mut fix)).expect("read");
        assert_eq!(file.format(), b"replace a.b/x v1.0.0-5-master => a.b/why v1.0.0-7-dev\n");
    }

    #[test]
    fn a_new_file() {
        let mut file = WorkFile::new();
        file.add_use("./a", "");
        file.add_toolchain_stmt("go1.22.0").expect("a toolchain");
        file.add_go_stmt("1.21").expect("a version");
        file.add_use("./b c", "");
        assert_eq!(
            finished(file),
            "go 1.21\n\ntoolchain go1.22.0\n\nuse (\n\t./a\n\t\"./b c\"\n)\n"
        );
    }

    #[test]
    fn the_go_line_stands_below_the_comments_at_the_top() {
        let mut file = parse("// head\n\n// second\n\n// of use\nuse ./a\n\ntoolchain go1.21.0\n");
        file.add_go_stmt("1.21").expect("a version");
        file.drop_toolchain_stmt();
        file.add_toolchain_stmt("default").expect("a toolchain");
        assert_eq!(
            finished(file),
            "// head\n\n// second\n\ngo 1.21\n\ntoolchain default\n\n// of use\nuse ./a\n"
        );
    }

    #[test]
    fn folders_are_used_once() {
        let mut file = parse("use (\n\t./b // one\n\t./a\n\t./b // two\n)\nuse ./c\n");
        file.add_use("./b", "a.b/b");
        file.drop_use("./c");
        file.drop_use("c");
        file.sort_blocks();
        assert_eq!(file.uses()[0].module_path, "a.b/b");
        assert_eq!(finished(file), "use (\n\t./a\n\t./b // one\n)\n");
    }

    #[test]
    fn the_last_replacement_counts() {
        let mut file =
            parse("use (\n)\nreplace (\n\ta.b/y => ./1\n\ta.b/x => ./2\n\ta.b/y => ./3\n)\n");
        file.sort_blocks();
        assert_eq!(file.replace().len(), 2);
        file.add_replace(&ModuleVersion::new("a.b/x", ""), &ModuleVersion::new("a.b/z", "v1.0.0"));
        file.drop_replace(&ModuleVersion::new("a.b/y", "v1.0.0"));
        assert_eq!(finished(file), "replace (\n\ta.b/x => a.b/z v1.0.0\n\ta.b/y => ./3\n)\n");
    }

    #[test]
    fn versions_are_checked() {
        let mut file = WorkFile::new();
        for (error, want) in [
            (file.add_go_stmt("1"), r#"invalid language version "1""#),
            (file.add_toolchain_stmt("local"), r#"invalid toolchain name "local""#),
        ] {
            assert_eq!(error.expect_err(want).to_string(), want);
        }
        assert_eq!(finished(file), "");
    }
}
