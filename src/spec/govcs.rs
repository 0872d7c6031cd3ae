//! GOVCS: which version control may be run for which paths.
//!
//! Source: ref/mod#vcs-govcs, parseGOVCS and checkGOVCS in cmd/go/internal/vcs/vcs.go.

use super::modfile::quote;
use super::path::matches_prefix_patterns;

/// What counts behind the user's own rules. Git and Mercurial are the two that have been
/// looked at as clients of servers that nobody trusts.
const DEFAULTS: [(&str, &[&str]); 2] = [("private", &["all"]), ("public", &["git", "hg"])];

/// A setting that is no list of rules.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GovcsError {
    /// Nothing between two commas.
    #[error("empty entry in GOVCS")]
    EmptyEntry,
    /// A rule without a colon.
    #[error("malformed entry in GOVCS (missing colon): {}", quote(.0.as_bytes()))]
    NoColon(String),
    /// Nothing before the colon.
    #[error("empty pattern in GOVCS: {}", quote(.0.as_bytes()))]
    EmptyPattern(String),
    /// Nothing behind it.
    #[error("empty VCS list in GOVCS: {}", quote(.0.as_bytes()))]
    EmptyList(String),
    /// Nothing between two bars.
    #[error("empty VCS name in GOVCS: {}", quote(.0.as_bytes()))]
    EmptyName(String),
    /// The pattern of a folder.
    #[error("relative pattern not allowed in GOVCS: {}", quote(.0.as_bytes()))]
    Relative(String),
    /// The second rule for a pattern.
    #[error(
        "unreachable pattern in GOVCS: {} after {}",
        quote(.rule.as_bytes()),
        quote(.earlier.as_bytes())
    )]
    Unreachable {
        /// The rule.
        rule: String,
        /// The one before it.
        earlier: String,
    },
}

/// The rules forbid it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "GOVCS disallows using {vcs} for {} {root}; see 'go help vcs'",
    if *.is_private { "private" } else { "public" }
)]
pub struct Disallowed {
    /// The version control.
    pub vcs: String,
    /// The path that the root of the repository stands for.
    pub root: String,
    /// Whether GOPRIVATE has that path.
    pub is_private: bool,
}

/// The rules in force; the first that matches decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Govcs(Vec<Rule>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Rule {
    pattern: String,
    allowed: Vec<String>,
}

impl Rule {
    fn parse(rule: &str) -> Result<Self, GovcsError> {
        let (pattern, list) =
            rule.split_once(':').ok_or_else(|| GovcsError::NoColon(rule.to_owned()))?;
        let (pattern, list) = (pattern.trim(), list.trim());
        if pattern.is_empty() {
            return Err(GovcsError::EmptyPattern(rule.to_owned()));
        }
        if list.is_empty() {
            return Err(GovcsError::EmptyList(rule.to_owned()));
        }
        let is_relative = matches!(pattern, "." | "..")
            || ["./", "../"].iter().any(|start| pattern.starts_with(start));
        if is_relative {
            return Err(GovcsError::Relative(pattern.to_owned()));
        }
        let allowed = list.split('|').map(|name| name.trim().to_owned()).collect();
        Ok(Self { pattern: pattern.to_owned(), allowed })
    }

    fn matches(&self, root: &str, is_private: bool) -> bool {
        match self.pattern.as_str() {
            "private" => is_private,
            "public" => !is_private,
            pattern => matches_prefix_patterns(pattern, root),
        }
    }
}

impl Govcs {
    /// Reads the setting; go's defaults stand behind it.
    ///
    /// # Errors
    /// It is malformed, or has a rule that never counts.
    pub fn parse(setting: &str) -> Result<Self, GovcsError> {
        let mut rules: Vec<(&str, Rule)> = Vec::new();
        let setting = setting.trim();
        let entries = setting.split(',').filter(|_| !setting.is_empty());
        for entry in entries.map(str::trim) {
            if entry.is_empty() {
                return Err(GovcsError::EmptyEntry);
            }
            let rule = Rule::parse(entry)?;
            if let Some((earlier, _)) = rules.iter().find(|(_, old)| old.pattern == rule.pattern) {
                let (rule, earlier) = (entry.to_owned(), (*earlier).to_owned());
                return Err(GovcsError::Unreachable { rule, earlier });
            }
            if rule.allowed.iter().any(String::is_empty) {
                return Err(GovcsError::EmptyName(entry.to_owned()));
            }
            rules.push((entry, rule));
        }
        let defaults = DEFAULTS.iter().map(|(pattern, allowed)| Rule {
            pattern: (*pattern).to_owned(),
            allowed: allowed.iter().map(|name| (*name).to_owned()).collect(),
        });
        Ok(Self(rules.into_iter().map(|(_, rule)| rule).chain(defaults).collect()))
    }

    /// Whether a version control may be run for a path.
    pub fn allows(&self, vcs: &str, root: &str, is_private: bool) -> bool {
        let rule = self.0.iter().find(|rule| rule.matches(root, is_private));
        rule.is_some_and(|rule| rule.allowed.iter().any(|name| name == vcs || name == "all"))
    }

    /// The same; `private` is GOPRIVATE.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, vcs: &str, root: &str, private: &str) -> Result<(), Disallowed> {
        let is_private = matches_prefix_patterns(private, root);
        if self.allows(vcs, root, is_private) {
            return Ok(());
        }
        Err(Disallowed { vcs: vcs.to_owned(), root: root.to_owned(), is_private })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for (setting, root, vcs, want) in [
            ("", "public.example.com/a", "git", true),
            ("", "public.example.com/a", "hg", true),
            ("", "public.example.com/a", "svn", false),
            ("", "private.example.com/a", "svn", true),
            (" ", "private.example.com/a", "svn", true),
            ("private:none", "private.example.com/a", "git", false),
            ("private:none", "public.example.com/a", "git", true),
            ("public:all", "public.example.com/a", "fossil", true),
            ("public:off", "public.example.com/a", "git", false),
            ("*:all", "public.example.com/a", "svn", true),
            ("example.org:hg|svn", "example.org/a/b", "svn", true),
            ("example.org:hg|svn", "example.org/a/b", "git", false),
            ("example.org:hg|svn", "public.example.com/a", "git", true),
            (" example.org/a : hg | svn , *.org/b:all ", "example.org/a", "svn", true),
            (" example.org/a : hg | svn , *.org/b:all ", "example.org/b/c", "bzr", true),
            (" example.org/a : hg | svn , *.org/b:all ", "example.org/c", "svn", false),
            ("example.org/a:none,example.org:svn", "example.org/a", "svn", false),
            ("example.org/a:none,example.org:svn", "example.org/b", "svn", true),
        ] {
            let govcs = Govcs::parse(setting).expect(setting);
            let said = govcs.check(vcs, root, "private.example.com");
            assert_eq!(said.is_ok(), want, "{setting} {root} {vcs}");
        }
    }

    #[test]
    fn refusals() {
        let govcs = Govcs::parse("example.org:svn,private:hg").expect("rules");
        let said = |root, private| govcs.check("git", root, private).expect_err(root).to_string();
        assert_eq!(
            said("example.org/a", "x.example.com"),
            "GOVCS disallows using git for public example.org/a; see 'go help vcs'"
        );
        assert_eq!(
            said("x.example.com", "x.example.com"),
            "GOVCS disallows using git for private x.example.com; see 'go help vcs'"
        );
    }

    #[test]
    fn malformed() {
        for (setting, want) in [
            (",", "empty entry in GOVCS"),
            ("a:b,", "empty entry in GOVCS"),
            (",a:b", "empty entry in GOVCS"),
            ("a", "malformed entry in GOVCS (missing colon): \"a\""),
            ("a, b:c", "malformed entry in GOVCS (missing colon): \"a\""),
            (":a", "empty pattern in GOVCS: \":a\""),
            (" :a", "empty pattern in GOVCS: \":a\""),
            ("a:", "empty VCS list in GOVCS: \"a:\""),
            ("a:|", "empty VCS name in GOVCS: \"a:|\""),
            ("a:b,c:d||e", "empty VCS name in GOVCS: \"c:d||e\""),
            ("./a:b", "relative pattern not allowed in GOVCS: \"./a\""),
            ("..:b", "relative pattern not allowed in GOVCS: \"..\""),
            ("a:b, a :c", "unreachable pattern in GOVCS: \"a :c\" after \"a:b\""),
            ("a:b,a:|", "unreachable pattern in GOVCS: \"a:|\" after \"a:b\""),
        ] {
            assert_eq!(Govcs::parse(setting).expect_err(setting).to_string(), want);
        }
    }
}
