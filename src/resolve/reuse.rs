//! `-reuse`: the answers of an earlier run, of which what still holds is given again.
//!
//! Whether an answer holds is seen from its [`Origin`], which says what it depends on. Only
//! version control can be asked for that; a proxy knows nothing of it.
//! Source: ListModules in cmd/go/internal/modload/list.go, checkReuse and checkReuseRepo in
//! query.go, mergeOrigin in build.go.

use std::sync::Arc;

use foldhash::HashMap;
use serde::Deserialize;
use serde_json::Value;

use crate::fetch::error::FetchError;
use crate::fetch::info::{Info, Origin, normalize_time};
use crate::spec::{ModulePath, ModuleVersion, version};

use super::Resolver;
use super::error::ResolveError;
use super::listing::ModuleInfo;
use super::query::is_revision;

/// What a query came to.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The version that it stands for.
    pub outcome: Result<Arc<Info>, ResolveError>,
    /// What the outcome depends on, be it a failure or not; `None` where that is not known.
    pub origin: Option<Origin>,
}

/// The answers of an earlier run that say what they depend on.
#[derive(Debug, Default)]
pub struct Earlier {
    /// By the version, and by the query where it is another text.
    answers: HashMap<ModuleVersion, Arc<ModuleInfo>>,
}

impl Earlier {
    /// Reads the JSON that `list -m` or `download` printed. Of several answers to one question
    /// the last counts.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(data: &[u8]) -> Result<Self, String> {
        let mut earlier = Self::default();
        for value in serde_json::Deserializer::from_slice(data).into_iter::<Value>() {
            let mut value = value.map_err(|error| error.to_string())?;
            // To Go's decoder a null is as good as nothing.
            match &mut value {
                Value::Null => continue,
                Value::Object(fields) => fields.retain(|_, field| !field.is_null()),
                _ => return Err("not a JSON object".to_owned()),
            }
            let mut told = ModuleInfo::deserialize(value).map_err(|error| error.to_string())?;
            if let Some(time) = &mut told.time {
                *time = normalize_time(time)
                    .ok_or_else(|| format!("Time {time:?} is not an RFC 3339 time"))?;
            }
            if told.origin.is_none() {
                continue;
            }
            told.reuse = true;
            let path = ModulePath::new(&told.path);
            let told = Arc::new(told);
            earlier.answers.insert(ModuleVersion::new(&path, &told.version), told.clone());
            if !told.query.is_empty() {
                earlier.answers.insert(ModuleVersion::new(&path, &told.query), told);
            }
        }
        Ok(earlier)
    }

    /// The earlier answer to a question, and what it depends on, where that is enough to tell
    /// whether it still is the answer.
    pub(super) fn answer(
        &self,
        module: &ModulePath,
        query: &str,
    ) -> Option<(&Arc<ModuleInfo>, &Origin)> {
        // Nobody can be asked whether a Go release is as it was.
        if self.answers.is_empty() || module.is_toolchain() {
            return None;
        }
        let told = self.answers.get(&ModuleVersion::new(module, query))?;
        let origin = told.origin.as_ref()?;
        is_enough(module, query, origin).then_some((told, origin))
    }
}

/// Whether the answer to a query cannot change while what the origin names stays. What a proxy
/// has told of an origin may be less than what the answer depends on.
fn is_enough(module: &ModulePath, query: &str, origin: &Origin) -> bool {
    let Origin { hash, reference, tag_sum, repo_sum, .. } = origin;
    if !repo_sum.is_empty() {
        return true;
    }
    let names_commit = !hash.is_empty() || !reference.is_empty();
    if version::is_canonical(query) {
        // Versions do not change, so any of them will do; tags where there was none.
        names_commit || !tag_sum.is_empty()
    } else if is_revision(module, query) {
        // The commit, and what it is called by its tags and those before it.
        names_commit && !tag_sum.is_empty()
    } else {
        !tag_sum.is_empty()
    }
}

/// What an answer depends on that was found by way of two; not known where it is not of both, or
/// where they contradict each other.
pub(super) fn merge(first: Option<&Origin>, second: Option<&Origin>) -> Option<Origin> {
    let (first, second) = (first?, second?);
    let is_same_place =
        first.vcs == second.vcs && first.url == second.url && first.subdir == second.subdir;
    let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
    let have_same_tags = first.tag_sum.is_empty()
        || second.tag_sum.is_empty()
        || (first.tag_sum == second.tag_sum && first.tag_prefix == second.tag_prefix);
    let fits = is_same_place
        && have_same_tags
        && agree(&first.hash, &second.hash)
        && agree(&first.repo_sum, &second.repo_sum)
        && agree(&first.reference, &second.reference);
    if !fits {
        return None;
    }
    let mut merged = first.clone();
    if !second.tag_sum.is_empty() {
        merged.tag_sum.clone_from(&second.tag_sum);
        merged.tag_prefix.clone_from(&second.tag_prefix);
    }
    for (field, other) in [
        (&mut merged.hash, &second.hash),
        (&mut merged.repo_sum, &second.repo_sum),
        (&mut merged.reference, &second.reference),
    ] {
        if !other.is_empty() {
            field.clone_from(other);
        }
    }
    Some(merged)
}

impl Resolver {
    /// All that was told of a module version before, where it still holds. It need not be in
    /// the cache any more, so no folder is named.
    pub async fn reuse(&self, module: &ModuleVersion, earlier: &Earlier) -> Option<ModuleInfo> {
        let (told, origin) = earlier.answer(&module.path, &module.version)?;
        // Why it cannot be used does not matter: it is asked for anew.
        let mut sources = self.fetcher().sources::<FetchError>(&module.path).ok()?;
        while let Some(at) = sources.source() {
            match at.check_reuse(origin).await {
                Ok(()) => {
                    let (query, dir) = (String::new(), String::new());
                    return Some(ModuleInfo { query, dir, ..ModuleInfo::clone(told) });
                }
                Err(error) => sources.failed(error.kind(), error),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(fields: &[(&str, &str)]) -> Origin {
        let mut origin = Origin { vcs: "git".to_owned(), url: "u".to_owned(), ..Origin::default() };
        for (name, value) in fields {
            let field = match *name {
                "vcs" => &mut origin.vcs,
                "url" => &mut origin.url,
                "subdir" => &mut origin.subdir,
                "hash" => &mut origin.hash,
                "prefix" => &mut origin.tag_prefix,
                "tags" => &mut origin.tag_sum,
                "ref" => &mut origin.reference,
                "repo" => &mut origin.repo_sum,
                other => panic!("{other}"),
            };
            (*value).clone_into(field);
        }
        origin
    }

    #[test]
    fn what_two_origins_say_together() {
        let tags = origin(&[("prefix", "v1."), ("tags", "t1:a")]);
        let commit = origin(&[("hash", "h"), ("ref", "refs/tags/v1.0.0")]);
        let both = origin(&[
            ("prefix", "v1."),
            ("tags", "t1:a"),
            ("hash", "h"),
            ("ref", "refs/tags/v1.0.0"),
        ]);
        assert_eq!(merge(Some(&tags), Some(&commit)), Some(both.clone()));
        assert_eq!(merge(Some(&commit), Some(&tags)), Some(both.clone()));
        assert_eq!(merge(Some(&both), Some(&tags)), Some(both.clone()));
        assert_eq!(merge(Some(&tags), None), None);
        assert_eq!(merge(None, Some(&tags)), None);
        let repository = origin(&[("repo", "r1:a")]);
        assert_eq!(
            merge(Some(&tags), Some(&repository)).map(|merged| merged.repo_sum),
            Some("r1:a".to_owned())
        );
        // The prefix says nothing without tags.
        let prefix = origin(&[("prefix", "v2."), ("hash", "h")]);
        assert_eq!(
            merge(Some(&tags), Some(&prefix)).map(|merged| merged.tag_prefix),
            Some("v1.".to_owned())
        );
        for (name, value, other) in [
            ("vcs", "hg", "git"),
            ("url", "x", "y"),
            ("subdir", "x", ""),
            ("hash", "x", "y"),
            ("tags", "t1:x", "t1:y"),
            ("ref", "x", "y"),
            ("repo", "r1:x", "r1:y"),
        ] {
            let (one, two) = (origin(&[(name, value)]), origin(&[(name, other)]));
            assert_eq!(merge(Some(&one), Some(&two)), None, "{name}");
        }
        let other_prefix = origin(&[("prefix", ""), ("tags", "t1:a")]);
        assert_eq!(merge(Some(&tags), Some(&other_prefix)), None);
    }

    #[test]
    fn what_an_origin_must_say() {
        let nothing = origin(&[]);
        let hash = origin(&[("hash", "h")]);
        let reference = origin(&[("ref", "r")]);
        let tags = origin(&[("tags", "t1:a")]);
        let hash_and_tags = origin(&[("hash", "h"), ("tags", "t1:a")]);
        let reference_and_tags = origin(&[("ref", "r"), ("tags", "t1:a")]);
        let repository = origin(&[("repo", "r1:a")]);
        let all =
            [&nothing, &hash, &reference, &tags, &hash_and_tags, &reference_and_tags, &repository];
        let module = ModulePath::new("example.com/m");
        for (query, want) in [
            ("v1.0.0", [false, true, true, true, true, true, true]),
            ("v2.0.0+incompatible", [false, true, true, true, true, true, true]),
            ("v1.0.0+meta", [false, false, false, false, true, true, true]),
            ("main", [false, false, false, false, true, true, true]),
            ("latest", [false, false, false, true, true, true, true]),
            ("v1", [false, false, false, true, true, true, true]),
            ("<v1.2.3", [false, false, false, true, true, true, true]),
        ] {
            let found = all.map(|origin| is_enough(&module, query, origin));
            assert_eq!(found, want, "{query}");
        }
    }

    #[test]
    fn answers_of_an_earlier_run() {
        let earlier = Earlier::parse(
            br#"{"Path":"a.b/m","Version":"v1.0.0","Query":"latest","Time":"2020-01-01T00:00:00+00:00","Dir":"d","Origin":{"VCS":"git","TagSum":"t1:x"}}
            {"Path":"a.b/m","Version":"v1.1.0"}
            {"Path":"a.b/m","Version":"v9","Error":"of download","Origin":{"RepoSum":"r1:x"},"Zip":"z"}
            {"Path":"a.b/m","Version":"nope","Error":{"Err":"of list"},"Origin":{"RepoSum":"r1:x"}}"#,
        )
        .expect("JSON");
        let module = ModulePath::new("a.b/m");
        let told = |query: &str| earlier.answer(&module, query).map(|(told, _)| told.clone());
        let latest = told("latest").expect("latest");
        assert!(told("v1.0.0").is_some_and(|told| Arc::ptr_eq(&told, &latest)));
        assert_eq!((latest.version.as_str(), latest.reuse), ("v1.0.0", true));
        assert_eq!(latest.time.as_deref(), Some("2020-01-01T00:00:00Z"));
        // Without an origin there is nothing to check.
        assert!(told("v1.1.0").is_none());
        let error = |query: &str| told(query)?.error.clone().map(|error| error.err);
        assert_eq!(error("v9").as_deref(), Some("of download"));
        assert_eq!(error("nope").as_deref(), Some("of list"));
        for bad in ["[]", "{", r#"{"Path":1}"#, r#"{"Time":"today"}"#, r#"{"Error":1}"#, "x"] {
            assert!(Earlier::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Earlier::parse(b"").expect("nothing").answers.is_empty());
    }
}
