//! Edits, each with the result of the method of the like name in golang.org/x/mod/modfile.
//!
//! Lines that an edit removes stay in the tree, empty, until [`ModFile::cleanup`].

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::ModFile;
use super::directives::{
    Directive, Godebug, Module, Replace, Require, VersionInterval, is_go_version, is_toolchain_name,
};
use super::error::EditError;
use super::syntax::{BlockId, Comments, Line, LineId, List, Place, Statement, Syntax};
use super::text::{self, auto_quote};
use crate::spec::path::{self, ModulePath};
use crate::spec::version::{self, InvalidVersion, ModuleVersion};

/// From this Go version on, versions in exclude blocks are ordered as versions.
const ORDERED_EXCLUDES: &str = "v1.21";

impl Syntax {
    pub(super) fn add(&mut self, place: Place, tokens: &[&str]) -> LineId {
        let tokens: Vec<&[u8]> = tokens.iter().map(|token| token.as_bytes()).collect();
        self.add_line(place, &tokens)
    }

    pub(super) fn update(&mut self, line: LineId, tokens: &[&str]) {
        let tokens: Vec<&[u8]> = tokens.iter().map(|token| token.as_bytes()).collect();
        self.update_line(line, &tokens);
    }

    /// Removes from a list the directives that are chosen, and their lines.
    pub(super) fn remove<T>(&mut self, list: &mut Vec<Directive<T>>, chosen: impl Fn(&T) -> bool) {
        list.retain(|directive| {
            let goes = chosen(&directive.value);
            if goes {
                self.remove_line(directive.line);
            }
            !goes
        });
    }

    /// Changes the first directive that is chosen and removes the others; answers whether
    /// there was one.
    pub(super) fn keep_first<T>(
        &mut self,
        list: &mut Vec<Directive<T>>,
        chosen: impl Fn(&T) -> bool,
        change: impl FnOnce(&mut Self, &mut Directive<T>),
    ) -> bool {
        let mut change = Some(change);
        list.retain_mut(|directive| {
            if !chosen(&directive.value) {
                return true;
            }
            match change.take() {
                Some(change) => {
                    change(self, directive);
                    true
                }
                None => {
                    self.remove_line(directive.line);
                    false
                }
            }
        });
        change.is_none()
    }

    /// Makes a line carry `// indirect` or not; a comment that is there stays.
    fn set_indirect(&mut self, id: LineId, indirect: bool) {
        if self.is_indirect(id) == indirect {
            return;
        }
        let suffix = self.line(id).comments.suffix;
        let comment = self.nth(suffix, 0).unwrap_or_default();
        let words = text::trim(comment.strip_prefix(b"//").unwrap_or(comment));
        let changed = if indirect {
            match words {
                b"" => b"// indirect".to_vec(),
                _ => [b"// indirect; ", words].concat(),
            }
        } else {
            match words.strip_prefix(b"indirect;") {
                Some(reason) => [b"//", reason].concat(),
                None => return self.line_mut(id).comments.suffix = List::default(),
            }
        };
        if suffix.is_empty() {
            self.line_mut(id).comments.suffix = self.store_list([&changed[..]]);
        } else {
            self.set(suffix, 0, &changed);
        }
    }

    /// Changes the version in a require line that exists.
    fn set_version(&mut self, id: LineId, version: &str) {
        let Line { tokens, in_block, comments, .. } = *self.line(id);
        let index = if in_block { 1 } else { 2 };
        if in_block && !tokens.is_empty() {
            // A blank line before a changed line goes, as go drops it (golang.org/issue/33779).
            if let [only] = self.spans(comments.before)
                && only.is_blank()
            {
                self.line_mut(id).comments.before = List::default();
            }
        }
        if tokens.len() > index {
            self.set(tokens, index, version.as_bytes());
        }
    }

    /// Whether there are other comments than a plain `// indirect`.
    fn has_comments(&self, comments: Comments) -> bool {
        let mut suffix = self.texts(comments.suffix);
        let plain = |comment: &[u8]| {
            text::trim(comment.strip_prefix(b"//").unwrap_or(comment)) == b"indirect"
        };
        !comments.before.is_empty()
            || comments.suffix.len() > 1
            || suffix.next().is_some_and(|comment| !plain(comment))
    }
}

/// The lines of the directives whose key an earlier one in the list has.
pub(super) fn repeated<'a, T: 'a, K: Hash + Eq>(
    list: impl Iterator<Item = &'a Directive<T>>,
    key: impl Fn(&'a T) -> K,
) -> Vec<LineId> {
    let mut seen = HashSet::new();
    list.filter(|directive| !seen.insert(key(&directive.value))).map(|d| d.line).collect()
}

impl ModFile {
    /// Sets the module path. The comments of the line stay.
    pub fn add_module_stmt(&mut self, path: &str) {
        let tokens = ["module", &*auto_quote(path)];
        match &mut self.module {
            Some(module) => {
                module.value.path = ModulePath::new(path);
                self.syntax.update(module.line, &tokens);
            }
            None => {
                let line = self.syntax.add(Place::LastOfVerb, &tokens);
                let value = Module { path: ModulePath::new(path), deprecated: String::new() };
                self.module = Some(Directive { value, line });
            }
        }
    }

    /// Adds a comment at the end of the file; the text includes the `//`.
    pub fn add_comment(&mut self, text: &str) {
        let before = self.syntax.store_list([text.as_bytes()]);
        self.syntax.statements.push(Statement::Comments(self.syntax.apart.len()));
        self.syntax.apart.push(Comments { before, suffix: List::default() });
    }

    /// Sets the go line, adding it behind the module line.
    pub fn add_go_stmt(&mut self, version: &str) -> Result<(), EditError> {
        if !is_go_version(version) {
            return Err(EditError::GoVersion(version.to_owned()));
        }
        let module = self.module.as_ref().map(|module| module.line);
        let place = module.map_or(Place::LastOfVerb, Place::After);
        set_single(&mut self.syntax, &mut self.go, "go", version, place);
        Ok(())
    }

    /// Removes the go line.
    pub fn drop_go_stmt(&mut self) {
        if let Some(go) = self.go.take() {
            self.syntax.remove_line(go.line);
        }
    }

    /// Sets the toolchain line, adding it behind the go line or else the module line.
    pub fn add_toolchain_stmt(&mut self, name: &str) -> Result<(), EditError> {
        if !is_toolchain_name(name) {
            return Err(EditError::Toolchain(name.to_owned()));
        }
        let go = self.go.as_ref().map(|go| go.line);
        let behind = go.or(self.module.as_ref().map(|module| module.line));
        let place = behind.map_or(Place::LastOfVerb, Place::After);
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

    /// Requires a version in the first line for the path, whose comments stay, and removes
    /// further lines for it.
    pub fn add_require(&mut self, path: &str, version: &str) {
        let found = self.syntax.keep_first(
            &mut self.require,
            |require| *require.module.path == *path,
            |syntax, directive| {
                directive.value.module.version = version.into();
                syntax.update(directive.line, &["require", &auto_quote(path), version]);
            },
        );
        if !found {
            self.add_new_require(ModuleVersion::new(path, version), false);
        }
    }

    /// Adds a require line to the last block of them, whatever lines there are for the path.
    pub fn add_new_require(&mut self, module: ModuleVersion, indirect: bool) {
        let tokens = ["require", &*auto_quote(&module.path), &module.version];
        let line = self.syntax.add(Place::LastOfVerb, &tokens);
        self.syntax.set_indirect(line, indirect);
        self.require.push(Directive { value: Require { module, indirect }, line });
    }

    /// Removes the require lines for a path.
    pub fn drop_require(&mut self, path: &str) {
        self.syntax.remove(&mut self.require, |require| *require.module.path == *path);
    }

    /// Makes these the requirements: lines for their paths stay where they are with the
    /// comments that they have, all others go, new ones join the last block. Blocks are
    /// sorted. Of two requirements for a path the later counts.
    pub fn set_require(&mut self, requirements: &[Require]) {
        let mut needed: HashMap<&str, &Require> =
            requirements.iter().map(|r| (&*r.module.path, r)).collect();
        let syntax = &mut self.syntax;
        self.require.retain_mut(|require| match needed.remove(&*require.module.path) {
            Some(wanted) => {
                update_require(syntax, require, wanted);
                true
            }
            None => {
                syntax.remove_line(require.line);
                false
            }
        });
        for require in requirements {
            if let Some(wanted) = needed.remove(&*require.module.path) {
                self.add_new_require(wanted.module.clone(), wanted.indirect);
            }
        }
        self.sort_blocks();
    }

    /// As [`ModFile::set_require`], with direct and indirect requirements in a block each.
    /// Lines move between these two blocks only, never out of others and least of all out
    /// of blocks with comments, unless there is but one block and that has none.
    pub fn set_require_separate_indirect(&mut self, requirements: &[Require]) {
        let blocks = RequireBlocks::settle(&mut self.syntax);
        let needed: HashMap<&str, &Require> =
            requirements.iter().map(|r| (&*r.module.path, r)).collect();
        let mut present = HashSet::new();
        let syntax = &mut self.syntax;
        self.require.retain_mut(|require| {
            let wanted = needed.get(&*require.module.path).copied();
            let Some(wanted) = wanted.filter(|w| present.insert(&*w.module.path)) else {
                syntax.remove_line(require.line);
                return false;
            };
            update_require(syntax, require, wanted);
            let (home, other) = blocks.home_and_other(wanted.indirect);
            if blocks.only_one || blocks.of_line(require.line) == Some(other) {
                require.line = move_line(syntax, require.line, home);
            }
            true
        });
        for require in requirements {
            let wanted = needed[&*require.module.path];
            if !present.insert(&*wanted.module.path) {
                continue;
            }
            let path = auto_quote(&wanted.module.path);
            let tokens = syntax.store_list([path.as_bytes(), wanted.module.version.as_bytes()]);
            let comments = Comments::default();
            let line =
                syntax.new_line(Line { tokens, comments, in_block: true, start: 0, number: 0 });
            syntax.set_indirect(line, wanted.indirect);
            let (home, _) = blocks.home_and_other(wanted.indirect);
            syntax.block_mut(home).lines.push(line);
            self.require.push(Directive { value: wanted.clone(), line });
        }
        self.sort_blocks();
    }

    /// Excludes a canonical version, once.
    pub fn add_exclude(&mut self, path: &str, version: &str) -> Result<(), EditError> {
        check_canonical(path, version)?;
        let mut of_path = self.exclude.iter().filter(|exclude| *exclude.path == *path);
        if of_path.clone().any(|exclude| *exclude.version == *version) {
            return Ok(());
        }
        let place = of_path.next_back().map_or(Place::End, |last| Place::After(last.line));
        let line = self.syntax.add(place, &["exclude", &auto_quote(path), version]);
        self.exclude.push(Directive { value: ModuleVersion::new(path, version), line });
        Ok(())
    }

    /// Removes the exclude lines for a module version.
    pub fn drop_exclude(&mut self, path: &str, version: &str) {
        self.syntax.remove(&mut self.exclude, |exclude| {
            *exclude.path == *path && *exclude.version == *version
        });
    }

    /// Replaces a module version, or all versions where it is empty, in the first line that
    /// says something about it, and removes further such lines. With a version for the
    /// replacement, that is a module; without, a directory.
    pub fn add_replace(&mut self, old: &ModuleVersion, new: &ModuleVersion) {
        add_replace(&mut self.syntax, &mut self.replace, old, new);
    }

    /// Removes the replace lines with exactly this left side.
    pub fn drop_replace(&mut self, old: &ModuleVersion) {
        self.syntax.remove(&mut self.replace, |replace| replace.old == *old);
    }

    /// Retracts canonical versions of this module; the rationale goes above the line. As in
    /// go, [`ModFile::retract`] does not list it until the file is read again.
    pub fn add_retract(
        &mut self,
        interval: &VersionInterval,
        rationale: &str,
    ) -> Result<(), EditError> {
        let path = self.module.as_ref().map_or("", |module| &module.path);
        check_canonical(path, &interval.high)?;
        check_canonical(path, &interval.low)?;
        let (low, high) = (auto_quote(&interval.low), auto_quote(&interval.high));
        let line = if low == high {
            self.syntax.add(Place::LastOfVerb, &["retract", &low])
        } else {
            self.syntax.add(Place::LastOfVerb, &["retract", "[", &low, ",", &high, "]"])
        };
        if !rationale.is_empty() {
            let comments: Vec<String> =
                rationale.split('\n').map(|line| format!("// {line}")).collect();
            let before = self.syntax.store_list(comments.iter().map(|c| c.as_bytes()));
            self.syntax.line_mut(line).comments.before = before;
        }
        Ok(())
    }

    /// Removes the retract lines for exactly this interval.
    pub fn drop_retract(&mut self, interval: &VersionInterval) {
        self.syntax.remove(&mut self.retract, |retract| retract.interval == *interval);
    }

    /// Adds a tool, once, and sorts the blocks.
    pub fn add_tool(&mut self, path: &str) {
        if !self.tool.iter().any(|tool| tool.value == path) {
            let line = self.syntax.add(Place::LastOfVerb, &["tool", path]);
            self.tool.push(Directive { value: path.to_owned(), line });
            self.sort_blocks();
        }
    }

    /// Removes the lines of a tool.
    pub fn drop_tool(&mut self, path: &str) {
        self.syntax.remove(&mut self.tool, |tool| tool == path);
    }

    /// Adds a directory to ignore, once, and sorts the blocks.
    pub fn add_ignore(&mut self, path: &str) {
        if !self.ignore.iter().any(|ignore| ignore.value == path) {
            let line = self.syntax.add(Place::LastOfVerb, &["ignore", path]);
            self.ignore.push(Directive { value: path.to_owned(), line });
            self.sort_blocks();
        }
    }

    /// Removes the lines of an ignored directory.
    pub fn drop_ignore(&mut self, path: &str) {
        self.syntax.remove(&mut self.ignore, |ignore| ignore == path);
    }

    /// Sorts the lines of each block, after removing repeated exclude, tool and ignore lines,
    /// of which the first counts, and replace lines, of which the last does.
    pub fn sort_blocks(&mut self) {
        self.remove_repeated();
        let version_of_go = self.go().map(|go| format!("v{go}")).unwrap_or_default();
        let ordered_excludes = version::compare(&version_of_go, ORDERED_EXCLUDES).is_ge();
        sort_lines(&mut self.syntax, |verb| match verb {
            b"exclude" if ordered_excludes => compare_excludes,
            b"retract" => compare_retractions,
            _ => compare_lines,
        });
    }

    fn remove_repeated(&mut self) {
        let mut lines = repeated(self.exclude.iter(), |exclude| exclude);
        lines.extend(repeated(self.replace.iter().rev(), |replace| &replace.old));
        lines.extend(repeated(self.tool.iter(), |tool| tool));
        lines.extend(repeated(self.ignore.iter(), |ignore| ignore));
        let mut goes = vec![false; self.syntax.line_count()];
        for line in lines {
            goes[line.index()] = true;
        }
        self.exclude.retain(|exclude| !goes[exclude.line.index()]);
        self.replace.retain(|replace| !goes[replace.line.index()]);
        self.tool.retain(|tool| !goes[tool.line.index()]);
        self.ignore.retain(|ignore| !goes[ignore.line.index()]);
        // This drops empty blocks even where nothing is repeated.
        self.syntax.drop_lines(|line| goes[line.index()]);
    }

    /// Drops the lines that edits have removed, empty blocks, and the parentheses around
    /// single lines. To be called after the last edit.
    pub fn cleanup(&mut self) {
        // go takes an empty name for the mark of a removed directive: the line stays, but
        // nobody sees it.
        self.godebug.retain(|godebug| !godebug.key.is_empty());
        self.require.retain(|require| !require.module.path.is_empty());
        self.exclude.retain(|exclude| !exclude.path.is_empty());
        self.replace.retain(|replace| !replace.old.path.is_empty());
        self.retract.retain(|retract| {
            !(retract.interval.low.is_empty() && retract.interval.high.is_empty())
        });
        self.syntax.cleanup();
    }
}

/// Sets a GODEBUG setting in its first line and removes further lines for it.
pub(super) fn add_godebug(
    syntax: &mut Syntax,
    list: &mut Vec<Directive<Godebug>>,
    key: &str,
    value: &str,
) {
    let setting = format!("{key}={value}");
    let tokens = ["godebug", &*setting];
    let found = syntax.keep_first(
        list,
        |godebug| godebug.key == key,
        |syntax, directive| {
            directive.value.value = value.to_owned();
            syntax.update(directive.line, &tokens);
        },
    );
    if !found {
        let line = syntax.add(Place::LastOfVerb, &tokens);
        let value = Godebug { key: key.to_owned(), value: value.to_owned() };
        list.push(Directive { value, line });
    }
}

/// What [`ModFile::add_replace`] does.
pub(super) fn add_replace(
    syntax: &mut Syntax,
    list: &mut Vec<Directive<Replace>>,
    old: &ModuleVersion,
    new: &ModuleVersion,
) {
    let (old_path, new_path) = (auto_quote(&old.path), auto_quote(&new.path));
    let tokens = ["replace", &*old_path, &*old.version, "=>", &*new_path, &*new.version];
    let tokens: Vec<&str> = tokens.into_iter().filter(|token| !token.is_empty()).collect();
    let any_version = old.version.is_empty();
    let found = syntax.keep_first(
        list,
        |replace| {
            let version_fits = any_version || replace.old.version == old.version;
            replace.old.path == old.path && version_fits
        },
        |syntax, directive| {
            // The old version stays what was read, as in go, although the line changes.
            directive.value.new = new.clone();
            syntax.update(directive.line, &tokens);
        },
    );
    if !found {
        let last = list.iter().rev().find(|replace| replace.old.path == old.path);
        let place = last.map_or(Place::End, |last| Place::After(last.line));
        let line = syntax.add(place, &tokens);
        list.push(Directive { value: Replace { old: old.clone(), new: new.clone() }, line });
    }
}

/// Sets a line that stands at most once, adding it at this place.
pub(super) fn set_single(
    syntax: &mut Syntax,
    directive: &mut Option<Directive<String>>,
    verb: &str,
    value: &str,
    place: Place,
) {
    let tokens = [verb, value];
    let line = match directive {
        Some(directive) => {
            syntax.update(directive.line, &tokens);
            directive.line
        }
        None => syntax.add(place, &tokens),
    };
    *directive = Some(Directive { value: value.to_owned(), line });
}

fn update_require(syntax: &mut Syntax, require: &mut Directive<Require>, wanted: &Require) {
    require.value.module.version = wanted.module.version.clone();
    require.value.indirect = wanted.indirect;
    syntax.set_version(require.line, &wanted.module.version);
    syntax.set_indirect(require.line, wanted.indirect);
}

/// Moves a require line with its comments to the end of a block.
fn move_line(syntax: &mut Syntax, from: LineId, to: BlockId) -> LineId {
    let mut line = *syntax.line(from);
    if !line.in_block {
        line.tokens = line.tokens.rest();
        line.in_block = true;
    }
    syntax.remove_line(from);
    let moved = syntax.new_line(line);
    syntax.block_mut(to).lines.push(moved);
    moved
}

/// The blocks that [`ModFile::set_require_separate_indirect`] works with.
struct RequireBlocks {
    direct: BlockId,
    indirect: BlockId,
    /// Whether the file had one require line or block in all, without comments.
    only_one: bool,
    /// By the number of the line, the block that it was in.
    of_lines: Vec<Option<BlockId>>,
}

impl RequireBlocks {
    /// Finds the last block (or line) of direct and of indirect requirements only, without
    /// comments, and makes those that are missing.
    fn settle(syntax: &mut Syntax) -> Self {
        let (mut last, mut count, mut last_comments) = (None, 0, Comments::default());
        let (mut direct, mut indirect) = (None, None);
        let mut of_lines = vec![None; syntax.line_count()];
        for (at, &statement) in syntax.statements.iter().enumerate() {
            if syntax.verb(statement) != Some(b"require") {
                continue;
            }
            count += 1;
            last = Some(at);
            let (lines, comments) = match &statement {
                Statement::Comments(_) => continue,
                Statement::Line(id) => (std::slice::from_ref(id), syntax.line(*id).comments),
                Statement::Block(id) => {
                    let block = syntax.block(*id);
                    for line in &block.lines {
                        of_lines[line.index()] = Some(*id);
                    }
                    (&block.lines[..], block.comments)
                }
            };
            last_comments = comments;
            let commented = syntax.has_comments(comments)
                || lines.iter().any(|&id| syntax.has_comments(syntax.line(id).comments));
            if commented || lines.is_empty() {
                continue;
            }
            if lines.iter().all(|&id| !syntax.is_indirect(id)) {
                direct = Some(at);
            }
            if lines.iter().all(|&id| syntax.is_indirect(id)) {
                indirect = Some(at);
            }
        }
        let only_one = count == 1 && !syntax.has_comments(last_comments);
        let (direct_at, direct) = match (direct, indirect) {
            (Some(at), _) => (at, syntax.block_at(at)),
            (None, at_indirect) => {
                let end = syntax.statements.len();
                let at = at_indirect.or(last.map(|last| last + 1)).unwrap_or(end);
                indirect = at_indirect.map(|at| at + 1);
                (at, insert_require_block(syntax, at))
            }
        };
        let indirect = match indirect {
            Some(at) => syntax.block_at(at),
            None => insert_require_block(syntax, direct_at + 1),
        };
        Self { direct, indirect, only_one, of_lines }
    }

    fn home_and_other(&self, indirect: bool) -> (BlockId, BlockId) {
        if indirect { (self.indirect, self.direct) } else { (self.direct, self.indirect) }
    }

    fn of_line(&self, line: LineId) -> Option<BlockId> {
        self.of_lines.get(line.index()).copied().flatten()
    }
}

fn insert_require_block(syntax: &mut Syntax, at: usize) -> BlockId {
    let header = syntax.store_list([&b"require"[..]]);
    let block = syntax.added_block(header, Vec::new());
    syntax.statements.insert(at, Statement::Block(block));
    block
}

/// An order of two lines of a block.
pub(super) type Order = fn(&Syntax, LineId, LineId) -> Ordering;

/// Sorts the lines of each block, in the order that its verb has.
pub(super) fn sort_lines(syntax: &mut Syntax, order_of: impl Fn(&[u8]) -> Order) {
    for index in 0..syntax.statements.len() {
        let Statement::Block(id) = syntax.statements[index] else { continue };
        let mut lines = std::mem::take(&mut syntax.block_mut(id).lines);
        let order = order_of(syntax.nth(syntax.block(id).header, 0).unwrap_or_default());
        lines.sort_by(|&a, &b| order(syntax, a, b));
        syntax.block_mut(id).lines = lines;
    }
}

/// Token by token.
pub(super) fn compare_lines(syntax: &Syntax, a: LineId, b: LineId) -> Ordering {
    syntax.texts(syntax.line(a).tokens).cmp(syntax.texts(syntax.line(b).tokens))
}

fn as_version(token: Option<&[u8]>) -> &str {
    token.and_then(|token| std::str::from_utf8(token).ok()).unwrap_or_default()
}

/// By path, then by version. Lines of another form come first: only a dependency's file,
/// which nobody edits, has any but removed ones.
fn compare_excludes(syntax: &Syntax, a: LineId, b: LineId) -> Ordering {
    let (a_tokens, b_tokens) = (syntax.line(a).tokens, syntax.line(b).tokens);
    match (a_tokens.len() == 2, b_tokens.len() == 2) {
        (true, true) => {
            let version = |tokens| as_version(syntax.nth(tokens, 1));
            let by_path = syntax.nth(a_tokens, 0).cmp(&syntax.nth(b_tokens, 0));
            by_path.then_with(|| version::compare(version(a_tokens), version(b_tokens)))
        }
        (false, false) => compare_lines(syntax, a, b),
        (a_fits, b_fits) => a_fits.cmp(&b_fits),
    }
}

/// Highest first, by the low end and then by the high one.
fn compare_retractions(syntax: &Syntax, a: LineId, b: LineId) -> Ordering {
    let ends = |id| {
        let tokens = syntax.line(id).tokens;
        let (low, high) = match tokens.len() {
            1 => (0, 0),
            5 if syntax.nth(tokens, 0) == Some(b"[") => (1, 3),
            // No interval: below every version.
            _ => return ("", ""),
        };
        (as_version(syntax.nth(tokens, low)), as_version(syntax.nth(tokens, high)))
    };
    let ((a_low, a_high), (b_low, b_high)) = (ends(a), ends(b));
    version::compare(b_low, a_low).then_with(|| version::compare(b_high, a_high))
}

/// Checks that a version is canonical and one of the module path, if that is known.
fn check_canonical(path: &str, version: &str) -> Result<(), EditError> {
    let major = path::split_major(path).map(|(_, major)| major);
    let invalid = |reason| {
        let version = version.to_owned();
        Err(EditError::Version(InvalidVersion { version, pseudo: false, reason }))
    };
    if !version::is_canonical(version) {
        let form = match path::major_of_suffix(major.unwrap_or_default()) {
            "" => "v1",
            form => form,
        };
        return invalid(format!("must be of the form {form}.2.3"));
    }
    match major.map(|major| (major, path::check_major(version, major))) {
        None | Some((_, Ok(()))) => Ok(()),
        // Probably what is meant is a version from before the module had a go.mod file.
        Some(("", Err(_))) => invalid(format!(
            "should be {version}+incompatible (or module {path}/{})",
            version::major(version)
        )),
        Some((_, Err(error))) => Err(EditError::Version(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::modfile::Mode;

    fn parse(text: &str) -> ModFile {
        ModFile::parse("go.mod", text.as_bytes(), Mode::Strict, None).expect("well formed")
    }

    fn finished(mut file: ModFile) -> String {
        file.cleanup();
        String::from_utf8(file.format()).expect("UTF-8")
    }

    /// `path@version` for direct requirements, with `!` at the end for indirect ones.
    fn requirements(list: &[&str]) -> Vec<Require> {
        list.iter()
            .map(|item| {
                let (path, version) = item.split_once('@').expect("a version");
                let (version, indirect) = match version.strip_suffix('!') {
                    Some(version) => (version, true),
                    None => (version, false),
                };
                Require { module: ModuleVersion::new(path, version), indirect }
            })
            .collect()
    }

    #[test]
    fn a_new_file() {
        let mut file = ModFile::new();
        file.add_comment("// made");
        file.add_module_stmt("a.b/m");
        file.add_toolchain_stmt("go1.22.0").expect("a toolchain");
        file.add_go_stmt("1.21").expect("a version");
        file.add_require("a.b/x", "v1.0.0");
        file.add_require("a.b/w", "v1.0.0");
        assert_eq!(
            finished(file),
            "// made\n\nmodule a.b/m\n\ngo 1.21\n\ntoolchain go1.22.0\n\n\
             require (\n\ta.b/x v1.0.0\n\ta.b/w v1.0.0\n)\n"
        );
    }

    #[test]
    fn lines_join_their_blocks() {
        let mut file = parse(
            "module a.b/m\nexclude a.b/x v1.0.0\nexclude a.b/y v1.0.0\nreplace a.b/x v1.0.0 => ./x\n",
        );
        file.add_exclude("a.b/x", "v1.1.0").expect("canonical");
        file.add_exclude("a.b/x", "v1.1.0").expect("canonical");
        file.add_exclude("a.b/z", "v1.0.0").expect("canonical");
        file.add_replace(&ModuleVersion::new("a.b/x", ""), &ModuleVersion::new("./x2", ""));
        file.add_replace(
            &ModuleVersion::new("a.b/x", "v2.0.0"),
            &ModuleVersion::new("a.b/y", "v1.0.0"),
        );
        file.drop_exclude("a.b/y", "v1.0.0");
        assert_eq!(
            finished(file),
            "module a.b/m\n\nexclude (\n\ta.b/x v1.0.0\n\ta.b/x v1.1.0\n)\n\n\
             replace (\n\ta.b/x => ./x2\n\ta.b/x v2.0.0 => a.b/y v1.0.0\n)\n\nexclude a.b/z v1.0.0\n"
        );
    }

    #[test]
    fn the_first_line_of_a_module_stays_with_its_comments() {
        let mut file =
            parse("require (\n\ta.b/x v1.0.0 // one\n\ta.b/y v1.0.0\n\n\ta.b/x v1.1.0 // two\n)\n");
        file.add_require("a.b/x", "v1.2.0");
        file.drop_require("a.b/y");
        assert_eq!(file.require().len(), 1);
        assert_eq!(finished(file), "require a.b/x v1.2.0 // one\n");
    }

    #[test]
    fn removed_lines_leave_no_trace() {
        let mut file = parse("module a.b/m\nrequire a.b/x v1.0.0 // x\ngo 1.21\n");
        file.drop_require("a.b/x");
        // Even before the clean-up they print as no more than the blank line that is there.
        assert_eq!(file.format(), b"module a.b/m\n\ngo 1.21\n");
        assert_eq!(finished(file), "module a.b/m\n\ngo 1.21\n");
        let mut file = parse("require (\n\ta.b/x v1.0.0\n\n\ta.b/y v1.0.0\n)\n");
        file.drop_require("a.b/x");
        file.set_require(&requirements(&["a.b/y@v1.1.0"]));
        assert_eq!(finished(file), "require a.b/y v1.1.0\n");
    }

    #[test]
    fn a_comment_at_the_end_keeps_a_block() {
        let text = "require (\n\ta.b/x v1.0.0\n\n\n)\n\nrequire (\n\ta.b/y v1.0.0\n// kept\n)\n";
        assert_eq!(
            finished(parse(text)),
            "require a.b/x v1.0.0\n\nrequire (\n\ta.b/y v1.0.0\n// kept\n)\n"
        );
    }

    #[test]
    fn indirect_marks() {
        let mut file = parse(
            "require (\n\ta.b/a v1.0.0\n\ta.b/b v1.0.0 //\n\ta.b/c v1.0.0 // why\n\
             \ta.b/d v1.0.0 // indirect\n\ta.b/e v1.0.0 // indirect; why\n)\n",
        );
        let list = ["a.b/a", "a.b/b", "a.b/c", "a.b/d", "a.b/e"];
        let turned: Vec<String> = list
            .iter()
            .map(|path| format!("{path}@v1.0.0{}", if *path < "a.b/d" { "!" } else { "" }))
            .collect();
        let turned: Vec<&str> = turned.iter().map(String::as_str).collect();
        file.set_require(&requirements(&turned));
        assert_eq!(
            finished(file),
            "require (\n\ta.b/a v1.0.0 // indirect\n\ta.b/b v1.0.0 // indirect\n\
             \ta.b/c v1.0.0 // indirect; why\n\ta.b/d v1.0.0\n\ta.b/e v1.0.0 // why\n)\n"
        );
    }

    #[test]
    fn one_mixed_block_is_split() {
        let mut file = parse(
            "module a.b/m\n\nrequire (\n\ta.b/x v1.0.0\n\ta.b/y v1.0.0 // indirect\n\ta.b/z v1.0.0 // why\n)\n",
        );
        file.set_require_separate_indirect(&requirements(&[
            "a.b/n@v1.0.0!",
            "a.b/z@v1.1.0!",
            "a.b/x@v1.0.0",
            "a.b/y@v1.0.0",
        ]));
        assert_eq!(
            finished(file),
            "module a.b/m\n\nrequire (\n\ta.b/x v1.0.0\n\ta.b/y v1.0.0\n)\n\n\
             require (\n\ta.b/n v1.0.0 // indirect\n\ta.b/z v1.1.0 // indirect; why\n)\n"
        );
    }

    #[test]
    fn blocks_with_comments_keep_their_lines() {
        let mut file = parse(
            "module a.b/m\n\nrequire (\n\ta.b/x v1.0.0\n\ta.b/y v1.0.0\n)\n\n\
             // pinned\nrequire (\n\ta.b/p v1.0.0\n\ta.b/q v1.0.0\n)\n\nrequire a.b/i v1.0.0 // indirect\n",
        );
        file.set_require_separate_indirect(&requirements(&[
            "a.b/i@v1.0.0",
            "a.b/p@v1.0.1!",
            "a.b/q@v1.0.0",
            "a.b/x@v1.0.0!",
            "a.b/y@v1.0.0",
        ]));
        // The line for a.b/i became a block here, so that it is no line of a block of old.
        assert_eq!(
            finished(file),
            "module a.b/m\n\nrequire a.b/y v1.0.0\n\n\
             // pinned\nrequire (\n\ta.b/p v1.0.1 // indirect\n\ta.b/q v1.0.0\n)\n\n\
             require (\n\ta.b/i v1.0.0\n\ta.b/x v1.0.0 // indirect\n)\n"
        );
    }

    #[test]
    fn blocks_are_sorted_by_what_they_hold() {
        let text = "module a.b/m\ngo 1.21\nexclude (\n\ta.b/x v1.10.0\n\ta.b/x v1.9.0\n\ta.b/x v1.10.0\n)\n\
                    retract (\n\tv1.9.0\n\t[v1.10.0, v1.11.0]\n\tv1.10.0\n)\n\
                    replace (\n\ta.b/y => ./first\n\ta.b/x => ./x\n\ta.b/y => ./last\n)\n";
        let mut file = parse(text);
        file.sort_blocks();
        assert_eq!(file.exclude().len(), 2);
        assert_eq!(
            finished(file),
            "module a.b/m\n\ngo 1.21\n\nexclude (\n\ta.b/x v1.9.0\n\ta.b/x v1.10.0\n)\n\n\
             retract (\n\t[v1.10.0, v1.11.0]\n\tv1.10.0\n\tv1.9.0\n)\n\n\
             replace (\n\ta.b/x => ./x\n\ta.b/y => ./last\n)\n"
        );
        let mut older = parse(&text.replace("1.21", "1.20"));
        older.sort_blocks();
        assert!(finished(older).contains("exclude (\n\ta.b/x v1.10.0\n\ta.b/x v1.9.0\n)"));
    }

    #[test]
    fn versions_are_checked() {
        let mut file = parse("module a.b/m/v2\n");
        let interval =
            |version: &str| VersionInterval { low: version.into(), high: version.into() };
        for (error, want) in [
            (file.add_go_stmt("1"), r#"invalid language version "1""#),
            (file.add_toolchain_stmt("local"), r#"invalid toolchain name "local""#),
            (
                file.add_exclude("a.b/x", "v1"),
                r#"version "v1" invalid: must be of the form v1.2.3"#,
            ),
            (
                file.add_exclude("a.b/x", "v2.0.0"),
                "version \"v2.0.0\" invalid: \
                 should be v2.0.0+incompatible (or module a.b/x/v2)",
            ),
            (
                file.add_retract(&interval("master"), ""),
                r#"version "master" invalid: must be of the form v2.2.3"#,
            ),
            (
                file.add_retract(&interval("v1.0.0"), ""),
                r#"version "v1.0.0" invalid: should be v2, not v1"#,
            ),
        ] {
            assert_eq!(error.expect_err(want).to_string(), want);
        }
        file.add_retract(&interval("v2.0.0"), "two\nlines").expect("canonical");
        assert_eq!(finished(file), "module a.b/m/v2\n\n// two\n// lines\nretract v2.0.0\n");
    }
}
