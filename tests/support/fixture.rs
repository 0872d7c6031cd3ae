//! The module versions of `fixtures/mod`, and what a module proxy says of them.
//!
//! One text archive is one module version. Its comment holds directives, one a line,
//! and remarks after `#`:
//!
//! ```text
//! module example.com/m v1.2.3       the module path and version (must come first)
//! time 2024-01-02T03:04:05Z         the commit time; a default stands in for it
//! query main                        a branch or commit that answers with this version
//! latest                            @latest answers with this version
//! unlisted                          leave the version out of @v/list
//! -- go.mod --
//! -- m.go --
//! ```
//!
//! The files are those of the zip; `go.mod` among them is also the `.mod`, and where
//! there is none the `.mod` is the one line that a proxy makes up. Two names are not
//! part of the zip: `.mod` and `.info` replace what would be served under them.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::txtar::Archive;

const DEFAULT_TIME: &str = "2024-01-01T00:00:00Z";

/// A module version as a proxy serves it.
#[derive(Clone, Debug)]
pub struct ModuleVersion {
    /// The module path, not escaped.
    pub path: String,
    /// The canonical version.
    pub version: String,
    /// Branches and commits that resolve to this version.
    pub queries: Vec<String>,
    /// The bytes of `.info`.
    pub info: Vec<u8>,
    /// The bytes of `.mod`.
    pub go_mod: Vec<u8>,
    /// The bytes of `.zip`.
    pub zip: Vec<u8>,
    /// The `h1:` sum of the zip.
    pub zip_sum: String,
    /// The `h1:` sum of the `.mod`.
    pub go_mod_sum: String,
    latest: bool,
    listed: bool,
}

impl ModuleVersion {
    /// Reads one fixture. The error is a sentence for the author of the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::from_archive(&Archive::parse(text))
    }

    /// The module version that an archive describes; see [`ModuleVersion::parse`].
    pub fn from_archive(archive: &Archive) -> Result<Self, String> {
        let mut named = None;
        let mut time = DEFAULT_TIME.to_owned();
        let (mut queries, mut latest, mut unlisted) = (Vec::new(), false, false);
        for line in archive.comment.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                ["module", path, version] => named = Some((path.to_owned(), version.to_owned())),
                ["time", stamp] => time = stamp.to_owned(),
                ["query", query] => queries.push(query.to_owned()),
                ["latest"] => latest = true,
                ["unlisted"] => unlisted = true,
                _ => return Err(format!("unknown directive {line:?}")),
            }
        }
        let (path, version) = named.ok_or("no line `module PATH VERSION`")?;

        let mut files = BTreeMap::new();
        for file in archive.files.iter().filter(|file| file.name != ".mod" && file.name != ".info")
        {
            let name = format!("{path}@{version}/{}", file.name);
            if files.insert(name, file.data.as_bytes()).is_some() {
                return Err(format!("two files named {}", file.name));
            }
        }
        let go_mod = archive
            .get(".mod")
            .or_else(|| archive.get("go.mod"))
            .map_or_else(|| format!("module {path}\n"), str::to_owned)
            .into_bytes();
        let info = archive.get(".info").map_or_else(
            || format!(r#"{{"Version":"{version}","Time":"{time}"}}"#),
            |info| info.trim_end().to_owned(),
        );
        Ok(Self {
            queries,
            info: info.into_bytes(),
            zip: zip(&files).map_err(|error| format!("zip: {error}"))?,
            zip_sum: h1(&files),
            go_mod_sum: h1(&BTreeMap::from([("go.mod".to_owned(), &go_mod[..])])),
            go_mod,
            latest,
            listed: !unlisted && !is_pseudo_version(&version),
            path,
            version,
        })
    }

    /// The record that a checksum database holds for this module version.
    pub fn sum_record(&self) -> String {
        let Self { path, version, zip_sum, go_mod_sum, .. } = self;
        format!("{path} {version} {zip_sum}\n{path} {version}/go.mod {go_mod_sum}\n")
    }

    /// The name that the fixture's file must have.
    pub fn file_name(&self) -> String {
        format!("{}_{}.txtar", escape(&self.path).replace('/', "_"), self.version)
    }
}

/// All module versions of a folder of fixtures.
#[derive(Debug, Default)]
pub struct Catalogue {
    modules: BTreeMap<String, Vec<ModuleVersion>>,
}

/// One answer of a proxy: the status and the body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A 200 with this body.
    pub fn ok(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, content_type, body: body.into() }
    }

    /// A failure with a line of text, as proxies send it.
    pub fn failed(status: u16, message: &str) -> Self {
        let body = format!("{message}\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", body }
    }
}

impl Catalogue {
    /// The repository's fixtures, read once a process. A fixture that does not parse
    /// ends the test run: nothing that follows would mean anything.
    pub fn fixtures() -> Arc<Self> {
        static FIXTURES: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mod");
            Arc::new(Catalogue::read(&folder).unwrap_or_else(|error| panic!("{error}")))
        });
        Arc::clone(&FIXTURES)
    }

    /// Reads every `.txtar` of a folder.
    fn read(folder: &Path) -> Result<Self, String> {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", folder.display());
        let mut catalogue = Self::default();
        for entry in std::fs::read_dir(folder).map_err(|error| named(&error))? {
            let path = entry.map_err(|error| named(&error))?.path();
            if path.extension().is_none_or(|extension| extension != "txtar") {
                continue;
            }
            let named = |error: String| format!("{}: {error}", path.display());
            let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
            let archive = Archive::parse(&text);
            let module = ModuleVersion::from_archive(&archive).map_err(named)?;
            if path.file_name().is_none_or(|name| *name != *module.file_name()) {
                return Err(named(format!("its module line asks for {}", module.file_name())));
            }
            catalogue.add(module);
        }
        Ok(catalogue)
    }

    /// Adds a module version; versions keep the order in which they came.
    pub fn add(&mut self, module: ModuleVersion) {
        let versions = self.modules.entry(module.path.clone()).or_default();
        versions.push(module);
        versions.sort_by_key(|module| precedence(&module.version));
    }

    /// Every module version, by path, then by version.
    pub fn iter(&self) -> impl Iterator<Item = &ModuleVersion> {
        self.modules.values().flatten()
    }

    /// Answers one request of the GOPROXY protocol (ref/mod#goproxy-protocol);
    /// `url_path` begins with a slash and is escaped.
    pub fn answer(&self, url_path: &str) -> Answer {
        self.find(url_path).unwrap_or_else(|message| Answer::failed(404, &message))
    }

    fn find(&self, url_path: &str) -> Result<Answer, String> {
        const JSON: &str = "application/json";
        let request = url_path.trim_start_matches('/');
        let unknown = |path: &str| format!("not found: module {path}: not in the fixtures");
        let versions_of = |escaped: &str| {
            let path = unescape(escaped).ok_or_else(|| unknown(escaped))?;
            self.modules.get(&path).ok_or_else(|| unknown(&path))
        };

        if let Some(escaped) = request.strip_suffix("/@latest") {
            let versions = versions_of(escaped)?;
            // The newest release, then the newest prerelease, then what there is.
            let rank = |module: &&ModuleVersion| {
                (module.latest, module.listed, !module.version.contains('-'))
            };
            // max_by_key keeps the last of equals, which is the highest version.
            let latest = versions.iter().max_by_key(rank).ok_or_else(|| unknown(escaped))?;
            return Ok(Answer::ok(JSON, latest.info.clone()));
        }
        let (escaped, file) = request.split_once("/@v/").ok_or_else(|| unknown(request))?;
        let versions = versions_of(escaped)?;
        if file == "list" {
            let listed = versions.iter().filter(|module| module.listed);
            let lines: String = listed.map(|module| format!("{}\n", module.version)).collect();
            return Ok(Answer::ok("text/plain; charset=utf-8", lines));
        }
        let (query, kind) = file.rsplit_once('.').ok_or_else(|| unknown(request))?;
        let query = unescape(query).ok_or_else(|| unknown(request))?;
        let exact = versions.iter().find(|module| module.version == query);
        let asked = || versions.iter().find(|module| module.queries.contains(&query));
        let missing = || format!("not found: {escaped}@{query}: invalid version: unknown revision");
        match kind {
            "info" => {
                let module = exact.or_else(asked).ok_or_else(missing)?;
                Ok(Answer::ok(JSON, module.info.clone()))
            }
            "mod" => Ok(Answer::ok("text/plain", exact.ok_or_else(missing)?.go_mod.clone())),
            "zip" => Ok(Answer::ok("application/zip", exact.ok_or_else(missing)?.zip.clone())),
            _ => Err(missing()),
        }
    }
}

/// Escapes a path or version for the proxy protocol: upper case becomes `!` and lower
/// case (ref/mod#goproxy-protocol).
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(character.to_ascii_lowercase());
    }
    escaped
}

/// Undoes [`escape`]; `None` where the text is not the escaped form of anything.
pub fn unescape(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            'A'..='Z' => return None,
            '!' => {
                plain.push(characters.next().filter(char::is_ascii_lowercase)?.to_ascii_uppercase())
            }
            _ => plain.push(character),
        }
    }
    Some(plain)
}

/// The `h1:` sum of named contents (ref/mod#go-sum-files).
pub fn h1(files: &BTreeMap<String, &[u8]>) -> String {
    let mut lines = String::new();
    for (name, data) in files {
        lines.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(data))));
    }
    format!("h1:{}", STANDARD.encode(Sha256::digest(lines)))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn zip(files: &BTreeMap<String, &[u8]>) -> zip::result::ZipResult<Vec<u8>> {
    // The default time is the first that a zip can hold, whatever the clock says.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(data)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn is_pseudo_version(version: &str) -> bool {
    static PSEUDO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[-.][0-9]{14}-[0-9a-f]{12}(\+incompatible)?$").expect("a pattern")
    });
    PSEUDO.is_match(version)
}

/// An order that is right for the versions of fixtures: numbers, then releases above
/// prereleases, then the text of the prerelease.
fn precedence(version: &str) -> (Vec<u64>, bool, String) {
    let version = version.split('+').next().unwrap_or_default().trim_start_matches('v');
    let (numbers, prerelease) = version.split_once('-').unwrap_or((version, ""));
    let numbers = numbers.split('.').map(|number| number.parse().unwrap_or_default()).collect();
    (numbers, prerelease.is_empty(), prerelease.to_owned())
}
