//! `gomod verify`: whether the cached modules of the build list are as they were downloaded.
//!
//! Source: ref/mod#go-mod-verify, cmd/go/internal/modcmd/verify.go.

use std::path::PathBuf;

use anyhow::Result;
use futures_util::future::join_all;

use crate::spec::ModuleVersion;
use crate::spec::sums::H1;
use crate::spec::vendor::{Rules, VendorList};
use crate::store;
use crate::store::integrity::{self, Finding, Hashes, Problem};
use crate::store::vendor_folder::{self, Vendored};
use crate::verify::gate::{Comparison, SumKey, VerifyError};

use super::{Session, vendor};

/// What a verification found.
#[derive(Debug, Default)]
pub struct Summary {
    /// What has changed or cannot be read, in the order of the build list. go prints these
    /// without its name before them.
    pub findings: Vec<Finding>,
}

/// Hashes the zip and the folder of every module of the build list again, as far as they
/// are in the cache, and compares with what was recorded at the download. go.sum is not
/// looked at, nor what replaces a module. Nothing is written.
///
/// # Errors
/// There is no main module, or a part of the module graph cannot be read.
pub async fn run(session: &Session) -> Result<Summary> {
    session.need_main_module()?;
    let stated = session.stated();
    let (roots, loaded) = session.resolver.load_consistent(&stated).await?;
    session.check_trust()?;
    let mut modules = loaded.complete()?.selection.build_list();
    session.write_if_locked(&roots, None).await?;
    modules.retain(|module| !session.resolver.is_main(&module.path) && !module.path.is_toolchain());
    let cache = session.fetcher().cache().clone();
    let threads = store::threads();
    let check = move || integrity::check(&cache, &modules, threads);
    let findings = match tokio::task::spawn_blocking(check).await {
        Ok(findings) => findings,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Summary { findings })
}

/// A line of a deep verification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The module version.
    pub module: String,
    /// What was compared with what.
    pub compared: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What a comparison came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Everything that was compared is the same.
    Same,
    /// There was nothing to compare, for this reason.
    Nothing(&'static str),
    /// This is not the same, or could not be read.
    Differs(Vec<String>),
}

/// Compares everything that is at hand of the build list: zip, folder and go.mod file in the
/// cache with go.sum and with the checksum database, and the files of the vendor folder with
/// those of their modules. Nothing is written, and of modules nothing is fetched; the database
/// is asked for what the cache does not know of it.
///
/// # Errors
/// There is no main module, or a part of the module graph cannot be read.
pub async fn run_deep(session: &Session) -> Result<Vec<Row>> {
    session.need_main_module()?;
    let stated = session.stated();
    let (roots, loaded) = session.resolver.load_consistent(&stated).await?;
    let mut modules = loaded.complete()?.selection.build_list();
    session.write_if_locked(&roots, None).await?;
    modules.retain(|module| !session.resolver.is_main(&module.path) && !module.path.is_toolchain());
    let actual: Vec<ModuleVersion> =
        modules.iter().map(|module| session.resolver.actual(module)).collect();
    let in_cache: Vec<ModuleVersion> =
        actual.iter().filter(|module| !module.version.is_empty()).cloned().collect();
    let cache = session.fetcher().cache().clone();
    let hashed = in_cache.clone();
    let threads = store::threads();
    let hashes = tokio::task::spawn_blocking(move || integrity::hashes(&cache, &hashed, threads));
    let hashes = hashes.await??;
    let compare = in_cache.iter().zip(hashes).map(|(module, hashes)| async move {
        let (compared, verdict) = compare(session, module, hashes).await;
        Row { module: module.to_string(), compared, verdict }
    });
    let mut rows = join_all(compare).await;
    rows.extend(actual.iter().filter(|module| module.version.is_empty()).map(|folder| Row {
        module: folder.to_string(),
        compared: String::new(),
        verdict: Verdict::Nothing("a folder has no sums"),
    }));
    rows.extend(compare_vendored(session).await?);
    Ok(rows)
}

/// Compares what the cache has of a module version with what is recorded of it.
async fn compare(session: &Session, module: &ModuleVersion, hashes: Hashes) -> (String, Verdict) {
    let mut problems = Vec::new();
    let mut of = |noun: &str, hash: Option<Result<H1, Problem>>| match hash {
        Some(Ok(hash)) => Some(hash),
        Some(Err(problem)) => {
            problems.push(format!("{noun}: {problem}"));
            None
        }
        None => None,
    };
    let (zip, folder) = (of("zip", hashes.zip), of("folder", hashes.folder));
    let go_mod = of("go.mod", hashes.go_mod);
    let gate = session.fetcher().gate();
    let (zip_key, go_mod_key) = (SumKey::zip(module), SumKey::go_mod(module));
    let contents =
        [("zip", &zip_key, zip), ("folder", &zip_key, folder), ("go.mod", &go_mod_key, go_mod)];
    let contents: Vec<_> =
        contents.into_iter().filter_map(|(noun, key, hash)| Some((noun, key, hash?))).collect();
    let asked = contents.iter().map(|(_, key, hash)| gate.compare(key, hash));
    let mut compared: Vec<String> = Vec::new();
    for ((noun, ..), Comparison { sum_file, database }) in
        contents.iter().zip(join_all(asked).await)
    {
        let (mut with, mut is_reached) = (Vec::new(), true);
        match sum_file {
            Some(true) => with.push("go.sum"),
            Some(false) => problems.push(format!("{noun} is not what go.sum lists")),
            None => {}
        }
        match database {
            Some(Ok(())) => with.push("database"),
            Some(Err(VerifyError::DatabaseMismatch { database, .. })) => {
                problems.push(format!("{noun} is not what {database} lists"));
            }
            Some(Err(error)) if error.is_security() => problems.push(format!("{noun}: {error}")),
            // Then go.sum has to do.
            Some(Err(_)) => is_reached = false,
            None => {}
        }
        if !with.is_empty() {
            let unreached = if is_reached { "" } else { " (database not reached)" };
            compared.push(format!("{noun}: {}{unreached}", with.join(", ")));
        }
    }
    let verdict = match (problems.is_empty(), contents.is_empty(), compared.is_empty()) {
        (false, ..) => Verdict::Differs(problems),
        (_, true, _) => Verdict::Nothing("not in the cache"),
        (_, _, true) => Verdict::Nothing("nothing is recorded of it"),
        _ => Verdict::Same,
    };
    (compared.join("; "), verdict)
}

/// Compares the vendor folder, where there is one, with the files of its modules.
async fn compare_vendored(session: &Session) -> Result<Vec<Row>> {
    let mains = session.mains();
    let Some(root) = mains.root() else { return Ok(Vec::new()) };
    let Some(text) = vendor_folder::modules_text(root)? else { return Ok(Vec::new()) };
    let list = VendorList::parse(&text);
    let cache = session.fetcher().cache();
    let mut rows = Vec::new();
    let mut vendored = Vec::new();
    for (module, packages) in list.providers() {
        let actual = session.resolver.actual(module);
        let folder: Option<PathBuf> = match actual.version.is_empty() {
            true => Some(mains.folder(&actual.path)),
            false => cache
                .paths(&actual)
                .ok()
                .filter(|paths| cache.has_folder(paths))
                .map(|paths| paths.folder),
        };
        match folder {
            Some(folder) => {
                let (path, packages) = (module.path.clone(), packages.to_vec());
                vendored.push((module, Vendored { path, packages, folder }));
            }
            None => rows.push(Row {
                module: module.to_string(),
                compared: "vendor".to_owned(),
                verdict: Verdict::Nothing("not in the cache"),
            }),
        }
    }
    let (root, folders) =
        (root.to_owned(), vendored.iter().map(|(_, one)| one.clone()).collect::<Vec<_>>());
    let choice = vendor::choice(session, Rules::of(&mains.stated(session.resolver.directory())));
    let threads = store::threads();
    let compare = move || vendor_folder::compare(&root, &folders, &choice, threads);
    let (found, strays) = tokio::task::spawn_blocking(compare).await??;
    let unknown: Vec<String> = rows.iter().map(|row| row.module.clone()).collect();
    for ((module, _), found) in vendored.iter().zip(found) {
        let mut problems = Vec::new();
        for (word, names) in
            [("changed", found.changed), ("added", found.added), ("missing", found.missing)]
        {
            problems.extend(names.into_iter().map(|name| format!("vendor/{name} {word}")));
        }
        problems.extend(found.failures);
        rows.push(Row {
            module: module.to_string(),
            compared: format!(
                "vendor: {} file{}",
                found.same,
                if found.same == 1 { "" } else { "s" }
            ),
            verdict: match problems.is_empty() {
                true => Verdict::Same,
                false => Verdict::Differs(problems),
            },
        });
    }
    let is_of_unknown = |name: &String| {
        let mut modules = unknown.iter().filter_map(|module| module.split('@').next());
        modules.any(|path| name.starts_with(&format!("{path}/")))
    };
    let strays: Vec<String> = strays.into_iter().filter(|name| !is_of_unknown(name)).collect();
    if !strays.is_empty() {
        let stray = |name: String| format!("vendor/{name} belongs to no module");
        rows.push(Row {
            module: "vendor".to_owned(),
            compared: String::new(),
            verdict: Verdict::Differs(strays.into_iter().map(stray).collect()),
        });
    }
    Ok(rows)
}
