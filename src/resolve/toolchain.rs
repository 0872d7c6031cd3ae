//! The pseudo-modules `go` and `toolchain`: their versions are the Go releases that can be
//! downloaded, and the local Go.
//!
//! Source: cmd/go/internal/modfetch/toolchain.go.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::fetch::ModuleAt;
use crate::fetch::info::Info;
use crate::spec::{ModulePath, ModuleVersion, VersionNames, goversion};

use super::Resolver;
use super::error::ResolveError;

/// What a version of this path begins with.
fn name_prefix(module: &ModulePath) -> &'static str {
    if module.as_str() == "toolchain" { "go" } else { "" }
}

impl Resolver {
    /// The versions of `go` or `toolchain` at a source of the releases, in ascending order.
    pub(super) async fn toolchain_versions(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
    ) -> Result<VersionNames, ResolveError> {
        let asked = ModulePath::new(goversion::TOOLCHAIN_MODULE);
        let releases =
            at.versions("").await.map_err(|error| ResolveError::answer(error, &asked, ""))?;
        let mut versions: Vec<&str> =
            releases.list.iter().filter_map(|version| goversion::of_download(version)).collect();
        versions.push(&self.local_go);
        versions.sort_by(|a, b| goversion::compare(a, b).then_with(|| a.cmp(b)));
        versions.dedup();
        let prefix = name_prefix(module);
        Ok(versions.iter().map(|version| format!("{prefix}{version}")).collect())
    }

    /// Checks that a Go version exists; both spellings are taken for either path. What is not
    /// newer than the local Go exists for `go`, whoever has it.
    pub(super) async fn stat_toolchain(
        &self,
        at: &ModuleAt<'_>,
        module: &ModulePath,
        revision: &str,
    ) -> Result<Arc<Info>, ResolveError> {
        let version = revision.strip_prefix("go").unwrap_or(revision);
        if !goversion::is_valid(version) {
            let text = format!("invalid {module} version {revision}");
            return Err(ResolveError::Query(text));
        }
        let name = format!("{}{version}", name_prefix(module));
        let order = goversion::compare(version, &self.local_go);
        let is_there = match module.as_str() {
            "go" => order != Ordering::Greater,
            _ => version == self.local_go.as_ref(),
        };
        if is_there {
            return Ok(Arc::new(Info::of_version(&name)));
        }
        if goversion::is_language(version) {
            let text = format!("go language version {revision} is not a toolchain version");
            return Err(ResolveError::Query(text));
        }
        let release =
            ModuleVersion::new(goversion::TOOLCHAIN_MODULE, &goversion::to_download(version));
        let found = at
            .stat(&release.version)
            .await
            .map_err(|error| ResolveError::answer(error, &release.path, &release.version))?;
        Ok(Arc::new(Info { time: found.time.clone(), ..Info::of_version(&name) }))
    }
}
