//! Why versions could not be resolved.

use std::error::Error;
use std::path::PathBuf;

use crate::fetch::error::{ErrorKind, FetchError, ModuleError};
use crate::fetch::info::Origin;
use crate::spec::modfile::{FixError, ParseErrors};
use crate::spec::{ModulePath, ModuleVersion};

use super::argument::ArgumentError;
use super::import::ImportError;
use super::query::{RETRACTED, short_message};

/// An error of this layer. Texts are go's where its users know them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResolveError {
    /// A module version could not be fetched.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// A source could not be asked; the module joins the message further up.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A go.mod file of a dependency cannot be used.
    #[error("{module}: {reason}")]
    GoMod {
        /// Whose file it is.
        module: ModuleVersion,
        /// What is wrong with it.
        reason: String,
    },
    /// A replacement's folder cannot be used.
    #[error("{module}: reading {}: {reason}", file.display())]
    Folder {
        /// The replacement, its path being the folder.
        module: ModuleVersion,
        /// The go.mod file in it.
        file: PathBuf,
        /// What the system answered.
        reason: String,
    },
    /// An error met while the module graph was read, with the chain of requirements
    /// that led to it.
    #[error("{}", chain_text(chain, error))]
    Chain {
        /// From the main module to the one that failed.
        chain: Vec<ModuleVersion>,
        /// Why it failed.
        error: Box<ResolveError>,
    },
    /// The main module's go.mod cannot be parsed.
    #[error("errors parsing {file}:\n{errors}")]
    Parse {
        /// The file as it is shown.
        file: String,
        /// A line each.
        errors: ParseErrors,
    },
    /// Versions that the main module's go.mod states are names for others, which could not be
    /// looked up.
    #[error("errors parsing {file}:\n{errors}")]
    StatedVersions {
        /// The file as it is shown.
        file: String,
        /// A line each.
        errors: ParseErrors,
        /// Why the first of them could not be looked up.
        error: Box<ResolveError>,
    },
    /// The main module's go.mod cannot be used.
    #[error("error reading {file}: {reason}")]
    MainModule {
        /// The file as it is shown.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of the main module cannot be read or written.
    #[error("{0}")]
    File(String),
    /// The query is malformed, or has no meaning here.
    #[error("{0}")]
    Query(String),
    /// No version satisfies a query.
    #[error(
        "{}no matching versions for query {query:?}{}",
        module.as_ref().map_or_else(String::new, |path| format!("module {path}: ")),
        current_text(query, current)
    )]
    NoMatchingVersion {
        /// The module, once it is named.
        module: Option<ModulePath>,
        /// The query.
        query: String,
        /// The version selected before.
        current: String,
    },
    /// Modules of a workspace replace the same by different things.
    #[error(
        "conflicting replacements for {old}:\n\t{first}\n\t{second}\nuse \"gomod work edit \
         -replace {old}=[override]\" to resolve"
    )]
    ConflictingReplacements {
        /// What is replaced.
        old: ModuleVersion,
        /// By the one.
        first: ModuleVersion,
        /// By the other.
        second: ModuleVersion,
    },
    /// `patch` was asked of a module that is not required.
    #[error("can't query version \"patch\" of module {0}: no existing version is required")]
    NoPatchBase(ModulePath),
    /// go.mod excludes the version.
    #[error("{0}: excluded by go.mod")]
    Excluded(ModuleVersion),
    /// Its author has retracted the version.
    #[error("{module}: retracted by module author{}", rationale_text(rationale))]
    Retracted {
        /// The version.
        module: ModuleVersion,
        /// The author's words, one for each line that retracts it and has any.
        rationale: Vec<String>,
    },
    /// The folder that replaces a module is not there.
    #[error("{module}: replacement directory {folder} does not exist")]
    ReplacementFolder {
        /// The module that is replaced.
        module: ModuleVersion,
        /// The folder as go.mod names it.
        folder: String,
    },
    /// A module does not have the packages that were asked for.
    #[error("{}", not_in_module_text(module, replacement.as_ref(), query, pattern))]
    PackageNotInModule {
        /// The module version.
        module: ModuleVersion,
        /// What replaces it.
        replacement: Option<ModuleVersion>,
        /// The query that stood for the version.
        query: String,
        /// The packages, or the package.
        pattern: String,
    },
    /// The main module does not have a package.
    #[error("main module ({main}) does not contain package {pattern}")]
    PackageNotInMain {
        /// The main module.
        main: ModulePath,
        /// The package.
        pattern: String,
    },
    /// A pattern gives no hint which modules to look in.
    #[error(
        "no modules to query for {pattern}@{query} because first path element contains a wildcard"
    )]
    WildcardFirst {
        /// The pattern.
        pattern: String,
        /// The query.
        query: String,
    },
    /// A version of the main module was asked for.
    #[error("{}", of_main_text(main, pattern, query))]
    QueryOfMain {
        /// The main module.
        main: ModulePath,
        /// What it matches.
        pattern: String,
        /// The query.
        query: String,
    },
    /// A version was asked for of packages in the main module.
    #[error("{}", of_main_packages_text(pattern, query, packages))]
    QueryOfMainPackages {
        /// The pattern.
        pattern: String,
        /// The query.
        query: String,
        /// What matches it.
        packages: Vec<String>,
    },
    /// A module is required under two paths, by way of a replacement.
    #[error(
        "{}@{} used for two different module paths ({first} and {second})",
        module.path,
        module.version
    )]
    TwoPaths {
        /// The module version.
        module: ModuleVersion,
        /// The first of the paths in the build list.
        first: ModulePath,
        /// The second.
        second: ModulePath,
    },
    /// go.sum does not list a go.mod file, and must not be changed.
    #[error(
        "{module}: missing go.sum entry for go.mod file; to add it:\n\tgomod mod download {required}"
    )]
    MissingSum {
        /// The module version, or what replaces it.
        module: ModuleVersion,
        /// The path that is required.
        required: ModulePath,
    },
    /// It is not known whether a version is retracted.
    #[error("loading module retractions for {module}: {}", error.unnamed())]
    Retractions {
        /// The version.
        module: ModuleVersion,
        /// Why not.
        error: Box<ResolveError>,
    },
    /// It is not known whether a module is deprecated.
    #[error("loading deprecation for {path}: {error}")]
    Deprecation {
        /// The module.
        path: ModulePath,
        /// Why not.
        error: Box<ResolveError>,
    },
    /// Something that the vendor folder cannot tell.
    #[error("can't {0} using the vendor directory\n\t(Use -mod=mod or -mod=readonly to bypass.)")]
    Vendored(&'static str),
    /// A query, while versions are those of the vendor folder.
    #[error("cannot query module due to -mod=vendor{}", vendored_text(*.by_default))]
    QueryVendored {
        /// Where nobody asked for it: the file whose go line lets a vendor folder that is there
        /// decide.
        by_default: Option<&'static str>,
    },
    /// A module cannot be required for a package that is imported, by the chain of imports that
    /// leads to the package.
    #[error("{stack}: {error}")]
    Import {
        /// A line each.
        stack: String,
        /// Why not.
        error: Box<ResolveError>,
    },
    /// Modules were found for packages, but requiring them does not bring the packages.
    #[error("internal error: adding {0} to module graph had no effect on root requirements")]
    NoEffect(String),
    /// go.mod would have to be changed, and must not.
    #[error("updates to go.mod needed{}; to update it:\n\tgomod mod tidy", disabled_text(*.0))]
    GoModDirty(Option<&'static str>),
    /// go.sum would have to be changed, and must not.
    #[error("updates to go.sum needed, disabled by -mod=readonly")]
    GoSumDirty,
    /// Any other failure of a query, with the module and query named.
    #[error("{path}@{query}: {error}")]
    Named {
        /// The module that was asked for.
        path: ModulePath,
        /// What was asked.
        query: String,
        /// Why it failed.
        error: Box<ResolveError>,
    },
}

/// Source: PackageNotInModuleError.
fn not_in_module_text(
    module: &ModuleVersion,
    replacement: Option<&ModuleVersion>,
    query: &str,
    pattern: &str,
) -> String {
    let version = (query != module.version.as_str()).then(|| module.version.to_string());
    let replaced = replacement.map(|replacement| format!("replaced by {replacement}"));
    let details: Vec<String> = version.into_iter().chain(replaced).collect();
    let found = match details.join(", ") {
        details if details.is_empty() => String::new(),
        details => format!(" ({details})"),
    };
    let what = if pattern.contains("...") { "packages matching" } else { "package" };
    format!("module {}@{query} found{found}, but does not contain {what} {pattern}", module.path)
}

/// Source: QueryMatchesMainModulesError.
fn of_main_text(main: &ModulePath, pattern: &str, query: &str) -> String {
    if main.as_str() == pattern {
        return format!("can't request version {query:?} of the main module ({pattern})");
    }
    format!(
        "can't request version {query:?} of pattern {pattern:?} that includes the main module ({main})"
    )
}

/// Source: QueryMatchesPackagesInMainModuleError.
fn of_main_packages_text(pattern: &str, query: &str, packages: &[String]) -> String {
    let refusal = format!("so can't request version {query}");
    match packages {
        [package] if pattern == package => {
            format!("package {package} is in the main module, {refusal}")
        }
        [package] => {
            format!("pattern {pattern} matches package {package} in the main module, {refusal}")
        }
        packages => format!(
            "pattern {pattern} matches {} packages in the main module, {refusal}",
            packages.len()
        ),
    }
}

/// The first reason, as it may be shown. Source: ModuleRetractedError.
fn rationale_text(rationale: &[String]) -> String {
    let first = rationale.first();
    first.map_or_else(String::new, |text| format!(": {}", short_message(text, RETRACTED)))
}

fn vendored_text(by_default: Option<&str>) -> String {
    by_default.map_or_else(String::new, |file| {
        format!("\n\t(Go version in {file} is at least 1.14 and vendor directory exists.)")
    })
}

fn disabled_text(mode: Option<&str>) -> String {
    mode.map_or_else(String::new, |mode| format!(", disabled by -mod={mode}"))
}

fn current_text(query: &str, current: &str) -> String {
    if matches!(query, "upgrade" | "patch") && !current.is_empty() && current != "none" {
        format!(" (current version is {current})")
    } else {
        String::new()
    }
}

/// Source: BuildListError in cmd/go/internal/mvs/errors.go.
fn chain_text(chain: &[ModuleVersion], error: &ResolveError) -> String {
    let skipped = chain.iter().take_while(|module| module.version.is_empty()).count();
    let Some((last, before)) = chain[skipped..].split_last() else { return error.to_string() };
    let mut text: String = before.iter().map(|module| format!("{module} requires\n\t")).collect();
    let (actual, reason) = match error {
        ResolveError::Module(error) => {
            let actual = ModuleVersion { path: error.path.clone(), version: error.version.clone() };
            (Some(actual), error.error.to_string())
        }
        ResolveError::GoMod { module, reason } => (Some(module.clone()), reason.clone()),
        ResolveError::MissingSum { module, .. } => (Some(module.clone()), error.unnamed()),
        ResolveError::Folder { module, .. } => {
            let whole = error.to_string();
            let reason = whole.strip_prefix(&format!("{module}: ")).unwrap_or(&whole).to_owned();
            (Some(module.clone()), reason)
        }
        error => (None, error.to_string()),
    };
    match actual {
        Some(actual) if actual == *last => text.push_str(&error.to_string()),
        Some(actual) => text.push_str(&format!("{last} (replaced by {actual}): {reason}")),
        None => text.push_str(&format!("{last}: {reason}")),
    }
    text
}

impl ResolveError {
    /// What the error means for the walk over the GOPROXY list.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Module(error) => error.kind(),
            Self::Fetch(error) => error.kind(),
            Self::Chain { error, .. }
            | Self::StatedVersions { error, .. }
            | Self::Named { error, .. }
            | Self::Import { error, .. }
            | Self::Retractions { error, .. }
            | Self::Deprecation { error, .. } => error.kind(),
            _ => ErrorKind::Local,
        }
    }

    /// What the failure depends on, where a source says so.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Module(error) => error.error.origin(),
            Self::Fetch(error) => error.origin(),
            _ => None,
        }
    }

    /// Whether the sources say that there is no such thing, or must not be asked.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::NoMatchingVersion { .. } => true,
            Self::Retractions { error, .. } | Self::Deprecation { error, .. } => error.is_absence(),
            error => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Disabled),
        }
    }

    /// Whether the sources say that there is no such module version.
    pub fn is_not_there(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotFound | ErrorKind::Disabled)
    }

    /// Whether a version is known not to be allowed.
    pub fn is_disallowed(&self) -> bool {
        matches!(self, Self::Excluded(_) | Self::Retracted { .. })
    }

    /// The message, without the name of this module version where it begins with that.
    pub fn without_name_of(&self, module: &ModuleVersion) -> String {
        let is_named = match self {
            Self::Module(error) => error.path == module.path && error.version == module.version,
            Self::GoMod { module: named, .. } | Self::MissingSum { module: named, .. } => {
                named == module
            }
            _ => false,
        };
        match self {
            _ if is_named => self.unnamed(),
            // Of a folder the name is not that of what it replaces.
            Self::Folder { .. } => format!("module {self}"),
            _ => self.to_string(),
        }
    }

    /// Why a version that go.mod states could not be looked up, for the line that states it.
    pub(super) fn of_stated_version(&self, version: &str) -> FixError {
        match self {
            Self::Module(_) => {
                let text = self.unnamed();
                FixError::OfModule(match text.strip_prefix("invalid version: ") {
                    Some(reason) => format!("version {version:?} invalid: {reason}"),
                    None => text,
                })
            }
            Self::Named { error, .. } => error.of_stated_version(version),
            _ => FixError::Other(self.unnamed()),
        }
    }

    /// The message without the module version that it begins with.
    fn unnamed(&self) -> String {
        if let Self::Module(ModuleError { error: FetchError::Code(failed), .. }) = self {
            return failed.error.unnamed();
        }
        let text = self.to_string();
        let name = match self {
            Self::Module(error) if error.version.is_empty() => format!("module {}: ", error.path),
            Self::Module(error) => format!("{}@{}: ", error.path, error.version),
            Self::GoMod { module, .. } | Self::MissingSum { module, .. } => format!("{module}: "),
            Self::NoMatchingVersion { module: Some(path), .. } => format!("module {path}: "),
            Self::Named { error, .. } => return error.unnamed(),
            _ => return text,
        };
        text.strip_prefix(&name).unwrap_or(&text).to_owned()
    }

    /// An answer of a source for a revision (empty for the module as a whole). That a
    /// source must not be asked is no answer, and is named further up.
    pub fn answer(error: FetchError, path: &ModulePath, revision: &str) -> Self {
        match error.kind() {
            _ if matches!(error, FetchError::Unescapable(_)) => {
                Self::Module(error.of(path, revision))
            }
            ErrorKind::Disabled | ErrorKind::Local => Self::Fetch(error),
            // Without its repository the module as such has not been met.
            _ if matches!(error, FetchError::Discovery(_) | FetchError::LookUp { .. }) => {
                Self::Fetch(error)
            }
            _ => Self::Module(error.of(path, revision)),
        }
    }

    /// Names the module and query in an error that does not yet.
    /// Source: modinfoError in cmd/go/internal/modload/list.go.
    pub fn of(self, path: &ModulePath, query: &str) -> Self {
        match self {
            Self::NoMatchingVersion { query, current, .. } => {
                Self::NoMatchingVersion { module: Some(path.clone()), query, current }
            }
            Self::Module(_)
            | Self::MissingSum { .. }
            | Self::Excluded(_)
            | Self::Retracted { .. }
            | Self::Fetch(FetchError::Auth(_))
            | Self::Named { .. } => self,
            error => {
                Self::Named { path: path.clone(), query: query.to_owned(), error: Box::new(error) }
            }
        }
    }
}

/// The failed fetch behind an error, and the module that it was for, where that is known.
pub fn failed_fetch<'a>(
    cause: &'a (dyn Error + 'static),
) -> Option<(Option<&'a ModulePath>, &'a FetchError)> {
    if let Some(error) = cause.downcast_ref::<ModuleError>() {
        return Some((Some(&error.path), &error.error));
    }
    if let Some(ArgumentError::Failed { error, .. }) = cause.downcast_ref::<ArgumentError>() {
        return failed_fetch(&**error);
    }
    if let Some(ImportError::Resolve(error)) = cause.downcast_ref::<ImportError>() {
        return failed_fetch(error);
    }
    match cause.downcast_ref::<ResolveError>()? {
        ResolveError::Module(error) => Some((Some(&error.path), &error.error)),
        ResolveError::Fetch(error) => Some((None, error)),
        ResolveError::Chain { error, .. }
        | ResolveError::StatedVersions { error, .. }
        | ResolveError::Import { error, .. }
        | ResolveError::Retractions { error, .. }
        | ResolveError::Deprecation { error, .. } => failed_fetch(&**error),
        ResolveError::Named { path, error, .. } => {
            let (module, error) = failed_fetch(&**error)?;
            Some((module.or(Some(path)), error))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of cmd/go's NoMatchingVersionError.
    #[test]
    fn the_current_version_is_named_where_the_query_depends_on_it() {
        let text = |query: &str, current: &str| {
            let (query, current) = (query.to_owned(), current.to_owned());
            ResolveError::NoMatchingVersion { module: None, query, current }.to_string()
        };
        for query in ["upgrade", "patch"] {
            let plain = format!("no matching versions for query {query:?}");
            assert_eq!(text(query, "v1.2.3"), format!("{plain} (current version is v1.2.3)"));
            assert_eq!(text(query, ""), plain);
            assert_eq!(text(query, "none"), plain);
        }
        assert_eq!(text("latest", "v1.2.3"), "no matching versions for query \"latest\"");
    }
}
