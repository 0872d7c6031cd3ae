//! What is known of a module version: the answer of `list -m`.
//!
//! Source: ModulePublic in cmd/go/internal/modinfo/info.go, moduleInfo, addUpdate, addVersions,
//! addRetraction and addDeprecation in cmd/go/internal/modload/build.go.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fetch::direct::Versions;
use crate::fetch::info::Origin;
use crate::spec::vendor::VendorList;
use crate::spec::{ModulePath, ModuleVersion, VersionNames};
use crate::verify::gate::SumKey;

use super::Resolver;
use super::error::ResolveError;
use super::main_module::Requirements;
use super::query::{Allow, RETRACTED};
use super::reuse::merge;

/// A module as `list -m` shows it, in the form and order of go's JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ModuleInfo {
    /// The module path; a folder, for some replacements.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The version; empty for the main module and for folders.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The query that the version stands for, where it is another text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The tagged versions, with `-versions`.
    #[serde(skip_serializing_if = "VersionNames::is_empty")]
    pub versions: VersionNames,
    /// What stands in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace: Option<Box<ModuleInfo>>,
    /// The commit time by RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// A higher version that may be chosen, with `-u`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Box<ModuleInfo>>,
    /// Whether it is the main module.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub main: bool,
    /// Whether it is required only by other modules.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub indirect: bool,
    /// Its folder, where it is on disk.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dir: String,
    /// Its go.mod file, where it is on disk.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_mod: String,
    /// Its go line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_version: String,
    /// Why its author has retracted the version; with `-retracted` or `-u`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retracted: Vec<String>,
    /// Why its author has deprecated the module; with `-u`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deprecated: String,
    /// Why it could not be loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ListError>,
    /// The hash of its zip in go.sum.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sum: String,
    /// The hash of its go.mod file in go.sum.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_mod_sum: String,
    /// Where the version came from, of a query; what a failure depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether all this was told before, and still holds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reuse: bool,
}

/// Why a module could not be loaded, as go's JSON has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", from = "ToldError")]
pub struct ListError {
    /// The message.
    pub err: String,
    /// The error itself, where it is of this run.
    #[serde(skip)]
    pub cause: Option<Arc<ResolveError>>,
}

/// An error as `list -m` tells it, or as `download` does.
#[derive(Deserialize)]
#[serde(untagged)]
enum ToldError {
    Object {
        #[serde(rename = "Err", default)]
        err: String,
    },
    Text(String),
}

impl From<ToldError> for ListError {
    fn from(told: ToldError) -> Self {
        match told {
            ToldError::Object { err } | ToldError::Text(err) => Self { err, cause: None },
        }
    }
}

/// What is to be found out beyond the versions themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// `-u`: updates, and with them retractions and deprecation.
    pub updates: bool,
    /// `-versions`
    pub versions: bool,
    /// `-retracted`
    pub retracted: bool,
}

impl Details {
    /// Whether anything is asked of the sources.
    fn any(self) -> bool {
        self.updates || self.versions || self.retracted
    }
}

/// The plain form: `path version [update] (deprecated) => replacement`.
impl fmt::Display for ModuleInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.write_version(f)?;
        if let Some(replace) = &self.replace {
            write!(f, " => {}", replace.path)?;
            replace.write_version(f)?;
        }
        Ok(())
    }
}

impl ModuleInfo {
    fn write_version(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retracted = |info: &Self| if info.retracted.is_empty() { "" } else { " (retracted)" };
        if !self.version.is_empty() {
            write!(f, " {}{}", self.version, retracted(self))?;
            if let Some(update) = &self.update {
                write!(f, " [{}{}]", update.version, retracted(update))?;
            }
        }
        f.write_str(if self.deprecated.is_empty() { "" } else { " (deprecated)" })
    }

    /// A module of which nothing is known but its path, and what was asked of it.
    pub fn of(module: &ModuleVersion) -> Self {
        let (path, version) = (module.path.to_string(), module.version.to_string());
        Self { path, version, ..Self::default() }
    }

    /// Says why it could not be loaded; the first reason stays.
    pub fn fail(&mut self, error: &ResolveError) {
        self.error.get_or_insert_with(|| ListError {
            err: error.to_string(),
            cause: Some(Arc::new(error.clone())),
        });
    }
}

impl Resolver {
    /// Describes a module of the build list (`requirements` given), or one that was asked for
    /// with its version, of which replacements are not looked at.
    pub async fn describe(
        &self,
        module: &ModuleVersion,
        requirements: Option<&Requirements>,
    ) -> ModuleInfo {
        let main = self.mains().of_path(&module.path).filter(|_| module.version.is_empty());
        if let Some(main) = main {
            return ModuleInfo {
                main: true,
                dir: main.files.root.display().to_string(),
                go_mod: main.files.go_mod.display().to_string(),
                go_version: match (main.file.go(), requirements) {
                    // It may have been given one that go.mod does not have yet.
                    (None, Some(requirements)) => requirements.root("go").unwrap_or_default(),
                    _ => main.go_version(),
                }
                .to_owned(),
                ..ModuleInfo::of(module)
            };
        }
        let Some(requirements) = requirements else {
            return self.complete(ModuleInfo::of(module), false).await;
        };
        let indirect = !requirements.direct.contains(&module.path);
        let mut info = ModuleInfo { indirect, ..ModuleInfo::of(module) };
        let replacement = self.mains().replacement(module);
        let Some(replacement) = replacement else { return self.complete(info, true).await };
        let replace = self.complete(self.replacing(replacement), true).await;
        info.dir.clone_from(&replace.dir);
        info.go_mod.clone_from(&replace.go_mod);
        info.go_version.clone_from(&replace.go_version);
        info.replace = Some(Box::new(replace));
        info
    }

    /// What go.mod itself says of a replacement: where a folder lies.
    fn replacing(&self, replacement: &ModuleVersion) -> ModuleInfo {
        let mut info = ModuleInfo::of(replacement);
        if replacement.version.is_empty() {
            let folder = self.mains().folder(&replacement.path);
            info.dir = folder.display().to_string();
            info.go_mod = folder.join("go.mod").display().to_string();
        }
        info
    }

    /// Describes a module of the build list as far as go.mod and the vendor folder know it.
    pub fn describe_vendored(
        &self,
        module: &ModuleVersion,
        requirements: &Requirements,
        list: &VendorList,
    ) -> ModuleInfo {
        let go_version = list.go_version(module).to_owned();
        let indirect = !requirements.direct.contains(&module.path);
        let replacement = self.mains().replacement(module);
        let replace = replacement.map(|replacement| {
            let go_version = go_version.clone();
            Box::new(ModuleInfo { go_version, ..self.replacing(replacement) })
        });
        ModuleInfo { indirect, go_version, replace, ..ModuleInfo::of(module) }
    }

    /// Adds what the cache, go.sum and the module's own files tell. In the build list what
    /// go.sum does not vouch for is left out where it has to.
    async fn complete(&self, mut info: ModuleInfo, in_build_list: bool) -> ModuleInfo {
        let path = ModulePath::new(&info.path);
        if path.is_toolchain() {
            return info;
        }
        let cache = self.fetcher().cache();
        let is_version = !info.version.is_empty();
        let mut module = ModuleVersion::new(&path, &info.version);
        let mut paths = if is_version { cache.paths(&module).ok() } else { None };
        if is_version {
            let found = match paths.as_ref().and_then(|paths| self.fetcher().cached_version(paths))
            {
                Some(found) => Ok(Arc::new(found)),
                None => self.query(&path, &info.version, "", Allow::All).await,
            };
            match found {
                Ok(found) => {
                    if found.version != info.version {
                        module = ModuleVersion::new(&path, &found.version);
                        paths = cache.paths(&module).ok();
                        info.version.clone_from(&found.version);
                    }
                    info.time = Some(found.time.clone());
                }
                Err(error) => info.fail(&error),
            }
        }
        let gate = self.fetcher().gate();
        let may_use =
            |key: &SumKey| !(in_build_list && is_version && self.is_readonly()) || gate.lists(key);
        let (go_mod, zip) = (SumKey::go_mod(&module), SumKey::zip(&module));
        let may_use_go_mod = may_use(&go_mod);
        let mut has_go_mod = false;
        if may_use_go_mod && let Ok(summary) = self.summary(&module).await {
            info.go_version.clone_from(&summary.go);
            // It was read in the cache, or put there.
            has_go_mod = true;
        }
        let Some(paths) = paths else { return info };
        if may_use_go_mod {
            if has_go_mod || cache.has_go_mod(&paths) {
                info.go_mod = paths.go_mod().display().to_string();
            }
            info.go_mod_sum = gate.recorded_sum(&go_mod).unwrap_or_default();
        }
        if may_use(&zip) {
            if cache.has_folder(&paths) {
                info.dir = paths.folder.display().to_string();
            }
            info.sum = gate.recorded_sum(&zip).unwrap_or_default();
        }
        info
    }

    /// Adds what the sources tell of a module, and of what replaces it; nothing to what was told
    /// before.
    pub async fn add_details(&self, info: &mut ModuleInfo, details: Details) {
        if !details.any() || info.reuse {
            return;
        }
        let replace = info.replace.take();
        let is_replaced = replace.is_some();
        let of_replace = async {
            let mut replace = replace?;
            self.add_own_details(&mut replace, details, false).await;
            Some(replace)
        };
        let own = self.add_own_details(info, details, is_replaced);
        let (replace, ()) = tokio::join!(of_replace, own);
        if let Some(replace) = &replace {
            info.retracted.clone_from(&replace.retracted);
        }
        info.replace = replace;
    }

    /// What replaces a module is what may be retracted.
    async fn add_own_details(&self, info: &mut ModuleInfo, details: Details, is_replaced: bool) {
        let module = ModuleVersion::new(&info.path, &info.version);
        // They are asked side by side, and their failures stand in go's order.
        let retraction = async {
            let asked = (details.updates || details.retracted) && !is_replaced;
            if asked { self.retraction(&module).await } else { Ok(None) }
        };
        let update = async {
            let asked = details.updates && !module.version.is_empty();
            if asked { self.update(&module).await } else { Ok(None) }
        };
        let versions = async {
            let allow = if details.retracted { Allow::Unexcluded } else { Allow::Unretracted };
            let asked = details.versions;
            if asked {
                self.allowed_versions(&module.path, allow).await
            } else {
                Ok(Versions::default())
            }
        };
        let deprecation = async {
            if details.updates { self.deprecation(&module).await } else { Ok(String::new()) }
        };
        let (retraction, update, versions, deprecation) =
            tokio::join!(retraction, update, versions, deprecation);
        match retraction {
            Ok(None) => {}
            Ok(Some(reasons)) if reasons.is_empty() => info.retracted = vec![RETRACTED.to_owned()],
            Ok(Some(reasons)) => info.retracted = reasons,
            Err(error) if error.is_absence() => {}
            Err(error) => info.fail(&error),
        }
        match update {
            Ok(update) => info.update = update.map(Box::new),
            Err(error) if error.is_absence() || error.is_disallowed() => {}
            Err(error) => info.fail(&error),
        }
        match versions {
            Ok(versions) => {
                info.versions = versions.list;
                if details.versions {
                    info.origin = merge(info.origin.as_ref(), versions.origin.as_ref());
                }
            }
            Err(error) => {
                info.origin = None;
                info.fail(&error);
            }
        }
        match deprecation {
            Ok(deprecated) => info.deprecated = deprecated,
            Err(error) if error.is_absence() => {}
            Err(error) => info.fail(&error),
        }
    }

    async fn update(&self, module: &ModuleVersion) -> Result<Option<ModuleInfo>, ResolveError> {
        let current = module.version.as_str();
        let found = self.query(&module.path, "upgrade", current, Allow::Unretracted).await?;
        let rises = ModuleVersion::compare_versions(&module.path, &found.version, current).is_gt();
        Ok(rises.then(|| ModuleInfo {
            time: Some(found.time.clone()),
            ..ModuleInfo::of(&ModuleVersion::new(&module.path, &found.version))
        }))
    }
}
