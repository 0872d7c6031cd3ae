//! Version queries: what `latest`, `v1.2`, `>=v1.0.0` or a branch stand for.
//!
//! Source: ref/mod#version-queries, cmd/go/internal/modload/query.go.

use std::cmp::Ordering;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::fetch::direct::Versions;
use crate::fetch::direct::error::CodeError;
use crate::fetch::error::{ErrorKind, FetchError};
use crate::fetch::info::{Info, Origin};
use crate::fetch::{ModuleAt, SourceAt};
use crate::spec::{ModulePath, ModuleVersion, VersionNames, goversion, path, unicode, version};

use super::error::ResolveError;
use super::packages::is_relative_to_current;
use super::reuse::{Answer, Earlier, merge};
use super::{Resolver, Summary};

/// Which versions a query may choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allow<'a> {
    /// Any.
    All,
    /// Those that go.mod does not exclude and their author has not retracted.
    Unretracted,
    /// Those that go.mod does not exclude.
    Unexcluded,
    /// As [`Allow::Unretracted`], and one version even where it is retracted.
    UnretractedOr(&'a str),
}

impl<'a> Allow<'a> {
    /// What a query of the user's allows: the version that it names, retracted or not, and for
    /// one that moves on from the selected version, that one.
    pub(super) fn of_query(query: &'a str, current: &'a str) -> Self {
        Self::UnretractedOr(if is_relative_to_current(query) { current } else { query })
    }
}

/// The query of a user's argument `path@query`.
/// Source: ParsePathVersion in cmd/go/internal/modload/list.go.
///
/// # Errors
/// The query begins like a flag or a path of the file system.
pub fn split_argument(argument: &str) -> Result<(&str, Option<&str>), ResolveError> {
    match argument.split_once('@') {
        None => Ok((argument, None)),
        Some((_, query)) if query.starts_with(['-', '/']) => {
            Err(ResolveError::Query(format!("invalid module version {query:?}")))
        }
        Some((path, query)) => Ok((path, Some(query))),
    }
}

/// Whether a query names one revision, rather than asking for a choice.
pub fn is_revision(path: &str, query: &str) -> bool {
    let chooses = matches!(query, "latest" | "upgrade" | "patch")
        || query.starts_with(['<', '>'])
        || ModuleVersion::is_prefix(path, query);
    !chooses
}

#[derive(Debug)]
enum Filter {
    None,
    Below(String),
    UpTo(String),
    From(String),
    Above(String),
    Equal(String),
}

impl Filter {
    fn lets_through(&self, module: &ModulePath, candidate: &str) -> bool {
        let compare = |bound: &String| ModuleVersion::compare_versions(module, candidate, bound);
        match self {
            Self::None => true,
            Self::Below(bound) => compare(bound) == Ordering::Less,
            Self::UpTo(bound) => compare(bound) != Ordering::Greater,
            Self::From(bound) => compare(bound) != Ordering::Less,
            Self::Above(bound) => compare(bound) == Ordering::Greater,
            Self::Equal(bound) => compare(bound) == Ordering::Equal,
        }
    }
}

/// A query taken apart.
#[derive(Debug)]
struct Matcher {
    module: ModulePath,
    /// What a version must begin with, as text.
    prefix: String,
    filter: Filter,
    /// The query is a version or revision that the source can be asked for.
    can_stat: bool,
    prefers_lower: bool,
    /// Where no tagged version matches, the newest revision may.
    may_use_latest: bool,
    prefers_incompatible: bool,
}

impl Matcher {
    fn new(module: &ModulePath, query: &str, current: &str) -> Result<Self, ResolveError> {
        let fits_path = |version: &str| {
            path::split_major(module)
                .is_some_and(|(_, suffix)| path::check_major(version, suffix).is_ok())
        };
        let has_current = !current.is_empty() && current != "none";
        let mut matcher = Self {
            module: module.clone(),
            prefix: String::new(),
            filter: Filter::None,
            can_stat: false,
            prefers_lower: false,
            may_use_latest: false,
            prefers_incompatible: current.ends_with("+incompatible"),
        };
        let range = |operator: &str, refuses_prefix: bool| {
            let bound = &query[operator.len()..];
            if !ModuleVersion::is_valid_version(module, bound) {
                return Err(ResolveError::Query(format!(
                    "invalid semantic version {bound:?} in range {query:?}"
                )));
            }
            if refuses_prefix && ModuleVersion::is_prefix(module, bound) {
                return Err(ResolveError::Query(format!(
                    "ambiguous semantic version {bound:?} in range {query:?}"
                )));
            }
            Ok(bound.to_owned())
        };
        let mut bound = None;
        match query {
            "latest" => matcher.may_use_latest = true,
            "upgrade" | "patch" if has_current => {
                matcher.may_use_latest = version::is_pseudo(current);
                matcher.filter = Filter::From(current.to_owned());
                if query == "patch" {
                    matcher.prefix = format!("{}.", ModuleVersion::major_minor(module, current));
                }
            }
            "upgrade" => matcher.may_use_latest = true,
            "patch" => return Err(ResolveError::NoPatchBase(module.clone())),
            _ if query.starts_with("<=") => {
                bound = Some(range("<=", true)?);
                matcher.filter = Filter::UpTo(bound.clone().unwrap_or_default());
            }
            _ if query.starts_with('<') => {
                bound = Some(range("<", false)?);
                matcher.filter = Filter::Below(bound.clone().unwrap_or_default());
            }
            _ if query.starts_with(">=") => {
                bound = Some(range(">=", false)?);
                matcher.filter = Filter::From(bound.clone().unwrap_or_default());
                matcher.prefers_lower = true;
            }
            _ if query.starts_with('>') => {
                bound = Some(range(">", true)?);
                matcher.filter = Filter::Above(bound.clone().unwrap_or_default());
                matcher.prefers_lower = true;
            }
            _ if ModuleVersion::is_valid_version(module, query) => {
                bound = Some(query.to_owned());
                if ModuleVersion::is_prefix(module, query) {
                    matcher.prefix = format!("{query}.");
                    // Prereleases of v1.2.0 are below v1.2 and yet begin with it.
                    matcher.filter = Filter::From(query.to_owned());
                } else {
                    matcher.can_stat = true;
                    matcher.prefix =
                        version::canonical(query).trim_end_matches("+incompatible").to_owned();
                    matcher.filter = Filter::Equal(query.to_owned());
                }
            }
            _ => matcher.can_stat = true,
        }
        if bound.is_some_and(|bound| !fits_path(&bound)) {
            matcher.prefers_incompatible = true;
        }
        Ok(matcher)
    }

    fn lets_through(&self, candidate: &str) -> bool {
        candidate.starts_with(&self.prefix) && self.filter.lets_through(&self.module, candidate)
    }
}

/// What is said of a retracted version whose author gives no reason.
pub const RETRACTED: &str = "retracted by module author";

/// The author's words as they may be shown: one line of printable characters.
/// Source: ShortMessage in cmd/go/internal/modload/modfile.go.
pub fn short_message(message: &str, default: &str) -> String {
    const LONGEST: usize = 500;
    let line = message.split('\n').next().unwrap_or_default().trim();
    if line.is_empty() {
        return default.to_owned();
    }
    if line.len() > LONGEST {
        return "(message omitted: too long)".to_owned();
    }
    let printable =
        |c: char| unicode::is_printable(c) || c == '\t' || (c.is_whitespace() && !c.is_control());
    if line.chars().all(printable) {
        line.to_owned()
    } else {
        "(message omitted: contains non-printable characters)".to_owned()
    }
}

impl Resolver {
    /// The version that a query stands for, relative to the version selected now (empty
    /// or `none` where there is none). Of the main module it is the empty version.
    ///
    /// # Errors
    /// Nothing matches, the query is malformed, or the sources fail; the module is named.
    pub fn query<'a>(
        &'a self,
        module: &'a ModulePath,
        query: &'a str,
        current: &'a str,
        allow: Allow<'a>,
    ) -> BoxFuture<'a, Result<Arc<Info>, ResolveError>> {
        let named = move |error: ResolveError| error.of(module, query);
        self.query_unnamed(module, query, current, allow)
            .map(move |answer| answer.map_err(named))
            .boxed()
    }

    /// The same; what fails does not always name the module.
    pub fn query_unnamed<'a>(
        &'a self,
        module: &'a ModulePath,
        query: &'a str,
        current: &'a str,
        allow: Allow<'a>,
    ) -> BoxFuture<'a, Result<Arc<Info>, ResolveError>> {
        // Boxed, as looking for retractions is a query of its own.
        self.query_sources(module, query, current, allow).boxed()
    }

    async fn query_sources(
        &self,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
    ) -> Result<Arc<Info>, ResolveError> {
        self.query_reusing(module, query, current, allow, None).await.outcome
    }

    /// The same as [`Resolver::query`], together with what it depends on; an earlier answer is
    /// taken where it still holds. Source: queryReuse.
    pub async fn answer(
        &self,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
        earlier: Option<&Earlier>,
    ) -> Answer {
        let Answer { outcome, origin } =
            self.query_reusing(module, query, current, allow, earlier).await;
        Answer { outcome: outcome.map_err(|error| error.of(module, query)), origin }
    }

    async fn query_reusing(
        &self,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
        earlier: Option<&Earlier>,
    ) -> Answer {
        let earlier = earlier.and_then(|earlier| earlier.answer(module, query));
        let mut walk = match self.fetcher().walk::<ResolveError>() {
            Ok(walk) => walk,
            Err(error) => return Answer { outcome: Err(error.into()), origin: None },
        };
        // Of a failure it is that of the source asked last, whichever error is told.
        let mut origin = None;
        while let Some(at) = walk.source() {
            if let Some((told, of_told)) = earlier
                && at.module(module).check_reuse(of_told).await.is_ok()
            {
                let mut info = Info::of_version(&told.version);
                if let Some(time) = &told.time {
                    info.time.clone_from(time);
                }
                return Answer { outcome: Ok(Arc::new(info)), origin: Some(of_told.clone()) };
            }
            let answer = self.answer_of_source(&at, module, query, current, allow).await;
            match answer.outcome {
                Ok(_) => return answer,
                Err(error) => walk.failed(error.kind(), error),
            }
            origin = answer.origin;
        }
        Answer { outcome: Err(walk.into_error()), origin }
    }

    /// The same at one source.
    pub(super) async fn query_source(
        &self,
        at: &SourceAt<'_>,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
    ) -> Result<Arc<Info>, ResolveError> {
        self.answer_of_source(at, module, query, current, allow).await.outcome
    }

    async fn answer_of_source(
        &self,
        at: &SourceAt<'_>,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
    ) -> Answer {
        let mut basis = Basis::default();
        let outcome = self.query_on(at, module, query, current, allow, &mut basis).await;
        Answer { outcome, origin: basis.0 }
    }

    /// The same; notes what the outcome depends on. Source: queryProxy.
    async fn query_on(
        &self,
        at: &SourceAt<'_>,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
        basis: &mut Basis,
    ) -> Result<Arc<Info>, ResolveError> {
        if is_relative_to_current(query) && self.is_main(module) {
            return Ok(Arc::new(Info::of_version("")));
        }
        if matches!(module.as_str(), "std" | "cmd") {
            let text = format!(
                "can't query specific version ({query:?}) of standard-library module {:?}",
                module.as_str()
            );
            return Err(ResolveError::Query(text));
        }
        let asked = asked_for(module);
        if let Err(error) = path::check(&asked)
            && self.mains().replaced_versions(module).is_empty()
        {
            return Err(FetchError::from(error).into());
        }
        self.query_at(&at.module(&asked), module, query, current, allow, basis).await
    }

    async fn query_at(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        query: &str,
        current: &str,
        allow: Allow<'_>,
        basis: &mut Basis,
    ) -> Result<Arc<Info>, ResolveError> {
        let matcher = Matcher::new(module, query, current)?;
        if matcher.can_stat {
            return self.query_revision(at, module, query, allow, basis).await;
        }
        let Versions { list, origin } = self.versions(at, module, &matcher.prefix).await?;
        basis.0 = origin;
        let choice = self.choose(module, &matcher, &list, allow).await?;
        let asks_upgrade = matches!(query, "upgrade" | "patch");
        let upgraded = if asks_upgrade { current } else { "" };
        if let Some(chosen) = &choice {
            return self.chosen(at, module, chosen, upgraded, allow, basis).await;
        }
        if matcher.may_use_latest {
            let latest = self.latest(at, module).await;
            basis.add(&latest);
            match latest {
                Ok(latest) => {
                    if matcher.lets_through(&latest.version)
                        && !self.is_disallowed(module, &latest.version, allow).await
                    {
                        let chosen = &latest.version;
                        return self.chosen(at, module, chosen, upgraded, allow, basis).await;
                    }
                }
                Err(error) if is_absent(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        if asks_upgrade && !current.is_empty() && current != "none" {
            self.check_not_disallowed(module, current, allow).await?;
            let stayed = self.stat(at, module, current).await;
            basis.add(&stayed);
            return stayed;
        }
        Err(ResolveError::NoMatchingVersion {
            module: None,
            query: query.to_owned(),
            current: current.to_owned(),
        })
    }

    /// A version, branch, tag or commit, asked for by its name.
    async fn query_revision(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        query: &str,
        allow: Allow<'_>,
        basis: &mut Basis,
    ) -> Result<Arc<Info>, ResolveError> {
        let first = self.stat(at, module, query).await;
        basis.set(&first);
        let info = match first {
            Ok(info) => info,
            Err(error) => {
                // v1.2.3+meta may be known by its canonical name.
                let canonical = version::canonical(query);
                if canonical.is_empty() || canonical == query {
                    return Err(error);
                }
                let second = self.stat(at, module, &canonical).await;
                basis.set(&second);
                match second {
                    Ok(info) => info,
                    Err(other) if is_absent(other.kind()) => return Err(error),
                    Err(other) => return Err(other),
                }
            }
        };
        let allowed = self.check_not_disallowed(module, &info.version, allow).await;
        if allowed.is_err() {
            // It depends on more than this source.
            basis.0 = None;
        }
        allowed.map(|()| info)
    }

    /// Looks a chosen version up. An upgrade from a pseudo-version (`upgraded`; empty where the
    /// query asks for none) does not go back in time: where the tag is older than the commit,
    /// the pseudo-version stays.
    async fn chosen(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        chosen: &str,
        upgraded: &str,
        allow: Allow<'_>,
        basis: &mut Basis,
    ) -> Result<Arc<Info>, ResolveError> {
        let found = self.stat(at, module, chosen).await;
        basis.add(&found);
        let info = found?;
        if let Some(pseudo) = version::parse_pseudo(upgraded)
            && info.is_before(pseudo.timestamp)
        {
            self.check_not_disallowed(module, upgraded, allow).await?;
            let stayed = self.stat(at, module, upgraded).await;
            basis.add(&stayed);
            return stayed;
        }
        Ok(info)
    }

    /// The highest version that matches, or the lowest where that is asked for; a prerelease only
    /// where there is no release. Incompatible versions count only where the highest compatible one has no go.mod of its own.
    async fn choose(
        &self,
        module: &ModulePath,
        matcher: &Matcher,
        versions: &VersionNames,
        allow: Allow<'_>,
    ) -> Result<Option<String>, ResolveError> {
        let (mut release, mut prerelease) = (None, None);
        let mut takes_incompatible = matcher.prefers_incompatible;
        let mut last_compatible: Option<&str> = None;
        for candidate in versions.iter() {
            if !matcher.lets_through(candidate)
                || self.is_disallowed(module, candidate, allow).await
            {
                continue;
            }
            if !takes_incompatible {
                if !candidate.ends_with("+incompatible") {
                    last_compatible = Some(candidate);
                } else if let Some(last) = last_compatible {
                    if self.has_go_mod(&ModuleVersion::new(module, last)).await? {
                        break;
                    }
                    takes_incompatible = true;
                }
            }
            let best = match ModuleVersion::is_prerelease(module, candidate) {
                true => &mut prerelease,
                false => &mut release,
            };
            // They come in ascending order.
            if best.is_none() || !matcher.prefers_lower {
                *best = Some(candidate);
            }
        }
        Ok(release.or(prerelease).map(str::to_owned))
    }

    /// Whether a version has a go.mod file of its own: a proxy makes one of a single line
    /// where the repository has none.
    async fn has_go_mod(&self, module: &ModuleVersion) -> Result<bool, ResolveError> {
        let data = self.fetcher().go_mod(module).await?;
        let made = format!("module {}\n", crate::spec::modfile::auto_quote(&module.path));
        Ok(*data != *made.as_bytes())
    }

    /// The versions at a source, with those that `replace` lines name.
    async fn versions(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        prefix: &str,
    ) -> Result<Versions, ResolveError> {
        if module.is_toolchain() {
            let mut list = self.toolchain_versions(at, module).await?;
            list.retain(|version| version.starts_with(prefix));
            return Ok(Versions { list, origin: None });
        }
        let replaced = self.mains().replaced_versions(module);
        let Versions { mut list, mut origin } = match at.versions(prefix).await {
            Ok(versions) => Versions::clone(&versions),
            // What is no module path may be replaced nevertheless.
            Err(FetchError::Path(_)) if !replaced.is_empty() => Versions::default(),
            Err(error) if !replaced.is_empty() && is_absent(error.kind()) => Versions::default(),
            Err(error) => return Err(ResolveError::answer(error, module, "")),
        };
        list.retain(|version| version.starts_with(prefix));
        let listed = list.len();
        let named = replaced
            .iter()
            .filter(|v| !v.is_empty() && v.starts_with(prefix) && !version::is_pseudo(v));
        list.extend(named);
        if list.len() > listed {
            // It depends on go.mod too.
            origin = None;
        }
        list.sort();
        list.dedup();
        Ok(Versions { list, origin })
    }

    async fn stat(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        revision: &str,
    ) -> Result<Arc<Info>, ResolveError> {
        if module.is_toolchain() {
            return self.stat_toolchain(at, module, revision).await;
        }
        let error = match at.stat(revision).await {
            Ok(info) => return Ok(info),
            Err(error) => ResolveError::answer(error, module, revision),
        };
        // A replacement may stand for a version that no source has.
        if self.mains().is_empty() || !version::is_canonical(revision) {
            return Err(error);
        }
        let mut wanted = revision.to_owned();
        let no_suffix = path::split_major(module).is_some_and(|(_, suffix)| suffix.is_empty());
        if no_suffix
            && version::build(revision).is_empty()
            && path::check_major(revision, "").is_err()
        {
            wanted.push_str("+incompatible");
        }
        match self.mains().replacement(&ModuleVersion::new(module, &wanted)) {
            Some(_) => Ok(Arc::new(Info::of_version(&wanted))),
            None => Err(error),
        }
    }

    async fn latest(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
    ) -> Result<Arc<Info>, ResolveError> {
        if module.is_toolchain() {
            let versions = self.toolchain_versions(at, module).await?;
            // The local Go is always among them.
            let highest = versions.last().unwrap_or_default();
            return self.stat_toolchain(at, module, highest).await;
        }
        let latest = at.latest().await.map_err(|error| match error.error {
            // To go it is no question about the module.
            FetchError::Code(failed) if !matches!(failed.error, CodeError::Invalid { .. }) => {
                ResolveError::Fetch(FetchError::Code(failed))
            }
            other => ResolveError::answer(other, module, &error.version),
        });
        let replaced = self.mains().replaced_versions(module);
        let Some(highest) = replaced.into_iter().max_by(|a, b| version::compare(a, b)) else {
            return latest;
        };
        let highest = if highest.is_empty() {
            // The version that go invents for a replacement of the whole path.
            let suffix = path::split_major(module).map_or("", |(_, suffix)| suffix);
            version::zero_pseudo(path::major_of_suffix(suffix))
        } else {
            highest.to_owned()
        };
        match latest {
            Ok(info) if version::compare(&highest, &info.version) != Ordering::Greater => Ok(info),
            _ => Ok(Arc::new(Info::of_version(&highest))),
        }
    }

    /// Whether a version is known to be excluded or retracted. Where retractions cannot
    /// be loaded it is not.
    async fn is_disallowed(&self, module: &ModulePath, version: &str, allow: Allow<'_>) -> bool {
        let checked = self.check_allowed(module, version, allow).await;
        checked.is_err_and(|error| error.is_disallowed())
    }

    /// Checks that a version may be chosen, as far as that is known.
    ///
    /// # Errors
    /// It is excluded or retracted; a failure to find out is not an error.
    async fn check_not_disallowed(
        &self,
        module: &ModulePath,
        version: &str,
        allow: Allow<'_>,
    ) -> Result<(), ResolveError> {
        match self.check_allowed(module, version, allow).await {
            Err(error) if error.is_disallowed() => Err(error),
            _ => Ok(()),
        }
    }

    /// Checks that a version may be chosen. Source: CheckAllowed.
    ///
    /// # Errors
    /// It is excluded or retracted, or its retractions cannot be loaded.
    pub async fn check_allowed(
        &self,
        module: &ModulePath,
        version: &str,
        allow: Allow<'_>,
    ) -> Result<(), ResolveError> {
        // Nobody retracts or excludes a Go version.
        if allow == Allow::All || version.is_empty() || module.is_toolchain() {
            return Ok(());
        }
        let candidate = ModuleVersion::new(module, version);
        if self.mains().excludes(&candidate) {
            return Err(ResolveError::Excluded(candidate));
        }
        if matches!(allow, Allow::Unexcluded) || allow == Allow::UnretractedOr(version) {
            return Ok(());
        }
        match self.retraction(&candidate).await? {
            None => Ok(()),
            Some(rationale) => Err(ResolveError::Retracted { module: candidate, rationale }),
        }
    }

    /// The tagged versions of a module that may be chosen, in ascending order, from the first
    /// source that answers, and what that list depends on. Source: versions in cmd/go/internal/modload/mvs.go.
    ///
    /// # Errors
    /// The sources fail, or it is not known what is retracted.
    pub async fn allowed_versions(
        &self,
        module: &ModulePath,
        allow: Allow<'_>,
    ) -> Result<Versions, ResolveError> {
        let asked = asked_for(module);
        path::check(&asked).map_err(FetchError::from)?;
        let mut sources = self.fetcher().sources(&asked).map_err(ResolveError::Fetch)?;
        while let Some(at) = sources.source() {
            match self.allowed_at(&at, module, allow).await {
                Ok(versions) => return Ok(versions),
                Err(error) => sources.failed(error.kind(), error),
            }
        }
        Err(sources.into_error())
    }

    async fn allowed_at(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        allow: Allow<'_>,
    ) -> Result<Versions, ResolveError> {
        let mut versions = self.versions(at, module, "").await?;
        let mut allowed = Vec::with_capacity(versions.list.len());
        for version in versions.list.iter() {
            match self.check_allowed(module, version, allow).await {
                Ok(()) => allowed.push(true),
                Err(error) if error.is_disallowed() => allowed.push(false),
                Err(error) => return Err(error),
            }
        }
        let mut allowed = allowed.into_iter();
        versions.list.retain(|_| allowed.next() == Some(true));
        Ok(versions)
    }

    /// The reasons that the latest version's go.mod gives for retracting this one; `None`
    /// where it does not. Source: CheckRetractions.
    ///
    /// # Errors
    /// The latest version cannot be found or read.
    pub async fn retraction(
        &self,
        module: &ModuleVersion,
    ) -> Result<Option<Vec<String>>, ResolveError> {
        if module.version.is_empty()
            || module.path.is_toolchain()
            || self.mains().replaces_path(&module.path)
        {
            return Ok(None);
        }
        let latest = self.latest_summary(&module.path).await.map_err(|error| {
            ResolveError::Retractions { module: module.clone(), error: Box::new(error) }
        })?;
        let covers = |low: &str, high: &str| {
            version::compare(low, &module.version) != Ordering::Greater
                && version::compare(&module.version, high) != Ordering::Greater
        };
        let mut lines =
            latest.retract.iter().filter(|line| covers(&line.interval.low, &line.interval.high));
        let Some(first) = lines.next() else { return Ok(None) };
        let reasons = std::iter::once(first).chain(lines).map(|line| line.rationale.to_string());
        Ok(Some(reasons.filter(|reason| !reason.is_empty()).collect()))
    }

    /// Why the latest version's go.mod calls the module deprecated; empty where it does not.
    /// Source: CheckDeprecation.
    ///
    /// # Errors
    /// The latest version cannot be found or read.
    pub async fn deprecation(&self, module: &ModuleVersion) -> Result<String, ResolveError> {
        if module.version.is_empty()
            || module.path.is_toolchain()
            || self.mains().replaces_path(&module.path)
        {
            return Ok(String::new());
        }
        match self.latest_summary(&module.path).await {
            Ok(latest) => Ok(latest.deprecated.clone()),
            Err(error) => {
                Err(ResolveError::Deprecation { path: module.path.clone(), error: Box::new(error) })
            }
        }
    }

    /// What the go.mod of a module's latest version says, be that version retracted or
    /// excluded. Source: queryLatestVersionIgnoringRetractions.
    async fn latest_summary(&self, module: &ModulePath) -> Result<Arc<Summary>, ResolveError> {
        let begin = || {
            let (resolver, path) = (self.clone(), module.clone());
            async move {
                let latest = resolver.query(&path, "latest", "", Allow::All).await?;
                let latest = ModuleVersion::new(&path, &latest.version);
                resolver.summary(&resolver.actual(&latest)).await
            }
        };
        self.latest.get(module.clone(), begin).await
    }
}

/// The module whose versions are looked at: of `go` and `toolchain` the one that has the
/// releases.
fn asked_for(module: &ModulePath) -> ModulePath {
    if module.is_toolchain() {
        ModulePath::new(goversion::TOOLCHAIN_MODULE)
    } else {
        module.clone()
    }
}

/// What the outcome of a query depends on, as far as it is known yet: `None` where that is
/// nothing, or cannot be told.
#[derive(Default)]
struct Basis(Option<Origin>);

impl Basis {
    fn of(found: &Result<Arc<Info>, ResolveError>) -> Option<&Origin> {
        match found {
            Ok(info) => info.origin.as_ref(),
            Err(error) => error.origin(),
        }
    }

    /// It depends on this alone.
    fn set(&mut self, found: &Result<Arc<Info>, ResolveError>) {
        self.0 = Self::of(found).cloned();
    }

    /// It depends on this too. What says nothing of a failure leaves it as it is.
    fn add(&mut self, found: &Result<Arc<Info>, ResolveError>) {
        let origin = Self::of(found);
        if found.is_ok() || origin.is_some() {
            self.0 = merge(self.0.as_ref(), origin);
        }
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Disabled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(query: &str, current: &str, versions: &[&str]) -> Vec<String> {
        let matcher = Matcher::new(&ModulePath::new("example.com/m"), query, current).expect(query);
        versions.iter().filter(|v| matcher.lets_through(v)).map(|v| (*v).to_owned()).collect()
    }

    #[test]
    fn forms() {
        let all = [
            "v0.9.0",
            "v1.1.0",
            "v1.2.0-pre",
            "v1.2.0",
            "v1.2.3",
            "v1.20.0",
            "v2.0.0+incompatible",
        ];
        for (query, current, want) in [
            ("latest", "", &all[..]),
            ("upgrade", "v1.2.3", &["v1.2.3", "v1.20.0", "v2.0.0+incompatible"]),
            ("patch", "v1.2.0", &["v1.2.0", "v1.2.3"]),
            ("v1", "", &["v1.1.0", "v1.2.0-pre", "v1.2.0", "v1.2.3", "v1.20.0"]),
            ("v1.2", "", &["v1.2.0", "v1.2.3"]),
            ("<v1.2", "", &["v0.9.0", "v1.1.0", "v1.2.0-pre"]),
            ("<=v1.2.0", "", &["v0.9.0", "v1.1.0", "v1.2.0-pre", "v1.2.0"]),
            (">=v1.2", "", &["v1.2.0", "v1.2.3", "v1.20.0", "v2.0.0+incompatible"]),
            (">v1.2.3", "", &["v1.20.0", "v2.0.0+incompatible"]),
        ] {
            assert_eq!(matches(query, current, &all), want, "{query} from {current:?}");
        }
    }

    #[test]
    fn refusals() {
        let error = |query: &str| {
            Matcher::new(&ModulePath::new("example.com/m"), query, "").expect_err(query).to_string()
        };
        assert_eq!(error("<=v1.2"), "ambiguous semantic version \"v1.2\" in range \"<=v1.2\"");
        assert_eq!(error(">v1"), "ambiguous semantic version \"v1\" in range \">v1\"");
        assert_eq!(error("<x"), "invalid semantic version \"x\" in range \"<x\"");
        assert!(error("patch").contains("no existing version is required"));
        assert!(split_argument("a@-x").is_err());
        assert!(split_argument("a@/x").is_err());
        assert_eq!(split_argument("a@b@c").expect("split"), ("a", Some("b@c")));
    }

    #[test]
    fn revisions() {
        for revision in ["master", "v1.2.3", "abcdef", "v1.2.3-pre"] {
            assert!(is_revision("a.b/m", revision), "{revision}");
        }
        for choice in ["latest", "v1", "v1.2", "<v1.2.3", "upgrade"] {
            assert!(!is_revision("a.b/m", choice), "{choice}");
        }
    }

    #[test]
    fn messages_of_authors() {
        assert_eq!(short_message("  fine \nmore", "d"), "fine");
        assert_eq!(short_message("", "d"), "d");
        assert_eq!(
            short_message("\x1b[31m", "d"),
            "(message omitted: contains non-printable characters)"
        );
        assert_eq!(short_message(&"x".repeat(501), "d"), "(message omitted: too long)");
    }
}
