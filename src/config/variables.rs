//! The variables of `gomod env`: what go keeps in the environment and in its files, with the
//! defaults that it gives them.
//!
//! Most are not gomod's business, but scripts ask for them by this verb, and `-w` keeps them for
//! a go command too. Left out is what only a toolchain can tell: GOGCCFLAGS, GOTELEMETRY and
//! GOTELEMETRYDIR read as empty.
//! Source: `go help environment`, cmd/go/internal/envcmd/env.go, internal/cfg/cfg.go.

use std::env::consts;
use std::path::{Path, PathBuf};

use super::target::{self, Target};
use super::{
    ConfigError, Environment, ModuleFlags, Overlay, default_database, default_goproxy, find_upward,
    path_text,
};

/// A variable with its value, and whether the user chose another than the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Whether it is not the default.
    pub changed: bool,
}

/// Variables that have no default and are what the user sets.
const PLAIN: &[&str] = &[
    "CGO_CPPFLAGS",
    "GOBIN",
    "GOCACHEPROG",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOINSECURE",
    "GOPRIVATE",
    "GOTMPDIR",
    "GOTOOLCHAIN",
    "GOVCS",
];

/// Variables with a default that depends on nothing.
const WITH_DEFAULT: &[(&str, &str)] = &[
    ("AR", "ar"),
    ("CGO_CFLAGS", "-O2 -g"),
    ("CGO_CXXFLAGS", "-O2 -g"),
    ("CGO_FFLAGS", "-O2 -g"),
    ("CGO_LDFLAGS", "-O2 -g"),
    ("GCCGO", "gccgo"),
    ("GOAUTH", "netrc"),
    ("GOFIPS140", "off"),
    ("PKG_CONFIG", "pkg-config"),
];

/// What else may stand in the go/env file. Source: KnownEnv in internal/cfg/cfg.go.
const ALSO_KNOWN: &[&str] = &[
    "CC",
    "CGO_CFLAGS_ALLOW",
    "CGO_CFLAGS_DISALLOW",
    "CGO_CPPFLAGS_ALLOW",
    "CGO_CPPFLAGS_DISALLOW",
    "CGO_CXXFLAGS_ALLOW",
    "CGO_CXXFLAGS_DISALLOW",
    "CGO_ENABLED",
    "CGO_FFLAGS_ALLOW",
    "CGO_FFLAGS_DISALLOW",
    "CGO_LDFLAGS_ALLOW",
    "CGO_LDFLAGS_DISALLOW",
    "CXX",
    "FC",
    "GO111MODULE",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOCACHE",
    "GOMIPS",
    "GOMIPS64",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOOS",
    "GOPATH",
    "GOPPC64",
    "GOPROXY",
    "GORISCV64",
    "GOROOT",
    "GOSUMDB",
    "GOWASM",
    "GO_EXTLINK_ENABLED",
];

/// The platforms of the newest Go release that is known here: GOOS and its GOARCHs.
/// Source: `go tool dist list`.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("aix", &["ppc64"]),
    ("android", &["386", "amd64", "arm", "arm64"]),
    ("darwin", &["amd64", "arm64"]),
    ("dragonfly", &["amd64"]),
    ("freebsd", &["386", "amd64", "arm", "arm64"]),
    ("illumos", &["amd64"]),
    ("ios", &["amd64", "arm64"]),
    ("js", &["wasm"]),
    (
        "linux",
        &[
            "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle",
            "ppc64", "ppc64le", "riscv64", "s390x",
        ],
    ),
    ("netbsd", &["386", "amd64", "arm", "arm64"]),
    ("openbsd", &["386", "amd64", "arm", "arm64", "ppc64", "riscv64"]),
    ("plan9", &["386", "amd64", "arm"]),
    ("solaris", &["amd64"]),
    ("wasip1", &["wasm"]),
    ("windows", &["386", "amd64", "arm64"]),
];

/// The experiments of that release; each may stand with `no` before it.
/// Source: internal/goexperiment/flags.go.
const EXPERIMENTS: &[&str] = &[
    "arenas",
    "boringcrypto",
    "cgocheck2",
    "dwarf5",
    "fieldtrack",
    "goroutineleakprofile",
    "greenteagc",
    "heapminimum512kib",
    "jsonv2",
    "loopvar",
    "newinliner",
    "preemptibleloops",
    "randomizedheapbase64",
    "regabi",
    "regabiargs",
    "regabiwrappers",
    "runtimefreegc",
    "runtimesecret",
    "simd",
    "sizespecializedmalloc",
    "staticlockranking",
];

/// This machine's GOOS.
fn host_os() -> &'static str {
    match consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// Whether this machine is what programs are built for.
fn is_native(os: &str, arch: &str) -> bool {
    os == host_os() && arch == host_arch()
}

/// This machine's GOARCH.
fn host_arch() -> &'static str {
    let little = cfg!(target_endian = "little");
    match consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" if little => "ppc64le",
        "powerpc64" => "ppc64",
        "mips" if little => "mipsle",
        "mips64" if little => "mips64le",
        other => other,
    }
}

/// The variable that fine-tunes an architecture, and its default.
/// Source: GetArchEnv, internal/buildcfg.
fn arch_variable(arch: &str) -> Option<(&'static str, &'static str)> {
    Some(match arch {
        "arm" => ("GOARM", "7"),
        "arm64" => ("GOARM64", "v8.0"),
        "386" => ("GO386", "sse2"),
        "amd64" => ("GOAMD64", "v1"),
        "mips" | "mipsle" => ("GOMIPS", "hardfloat"),
        "mips64" | "mips64le" => ("GOMIPS64", "hardfloat"),
        "ppc64" | "ppc64le" => ("GOPPC64", "power8"),
        "riscv64" => ("GORISCV64", "rva20u64"),
        "wasm" => ("GOWASM", ""),
        _ => return None,
    })
}

/// The C and C++ compilers that go uses where none is set. Source: DefaultCC.
fn compilers(os: &str) -> (&'static str, &'static str) {
    match os {
        "darwin" | "ios" | "freebsd" | "openbsd" | "android" => ("clang", "clang++"),
        _ => ("gcc", "g++"),
    }
}

/// Checks that go builds for a platform. Source: CheckGOOSARCHPair.
fn check_platform(os: &str, arch: &str) -> Result<(), ConfigError> {
    let known = PLATFORMS.iter().any(|(name, archs)| *name == os && archs.contains(&arch));
    if known { Ok(()) } else { Err(ConfigError::Platform(os.to_owned(), arch.to_owned())) }
}

/// Checks the names of experiments. Source: ParseGOEXPERIMENT.
fn check_experiments(list: &str) -> Result<(), ConfigError> {
    for name in list.split(',').filter(|name| !name.is_empty() && *name != "none") {
        let name = name.strip_prefix("no").unwrap_or(name);
        if !EXPERIMENTS.contains(&name) {
            return Err(ConfigError::Experiment(name.to_owned()));
        }
    }
    Ok(())
}

/// Whether the go/env file may hold a variable.
fn is_known(name: &str) -> bool {
    PLAIN.contains(&name)
        || ALSO_KNOWN.contains(&name)
        || WITH_DEFAULT.iter().any(|(known, _)| *known == name)
}

impl Environment {
    /// Every variable, by name.
    ///
    /// # Errors
    /// The settings are ones that go could not work with.
    pub fn variables(&self, directory: &Path) -> Result<Vec<Variable>, ConfigError> {
        match self.check_module_mode() {
            Ok(()) | Err(ConfigError::ModulesOff) => {}
            Err(error) => return Err(error),
        }
        check_experiments(&self.get("GOEXPERIMENT"))?;
        let (os, arch) =
            (self.get_or_text("GOOS", host_os()), self.get_or_text("GOARCH", host_arch()));
        let mut variables = Vec::new();
        let mut add = |name: &'static str, value: String, changed: bool| {
            variables.push(Variable { name, value, changed });
        };
        for &name in PLAIN {
            let (value, changed) = self.value_or(name, "");
            add(name, value, changed);
        }
        for &(name, default) in WITH_DEFAULT {
            let (value, changed) = self.value_or(name, default);
            add(name, value, changed);
        }
        let (cc, cxx) = compilers(&os);
        for (name, default) in [("CC", cc), ("CXX", cxx)].into_iter().chain(arch_variable(&arch)) {
            let (value, changed) = self.value_or(name, default);
            add(name, value, changed);
        }

        let private = self.get("GOPRIVATE");
        let cache = self.default_module_cache().map_or_else(String::new, |path| path_text(&path));
        // One that the process is given is its default.
        let gopath = self.process("GOPATH").unwrap_or_else(|| {
            self.default_gopath().map_or_else(String::new, |path| path_text(&path))
        });
        let goproxy = default_goproxy();
        let gosumdb = default_database().name;
        for (name, default) in [
            ("GOMODCACHE", cache),
            ("GONOPROXY", private.clone()),
            ("GONOSUMDB", private),
            ("GOPATH", gopath),
            ("GOPROXY", goproxy),
            ("GOSUMDB", gosumdb),
        ] {
            let (value, changed) = self.value_or(name, &default);
            add(name, value, changed);
        }
        let modules = self.get("GO111MODULE");
        let modules_changed = !matches!(modules.as_str(), "" | "on");
        let cgo_default = self.cgo_is_likely(&os, &arch);
        let cgo = self.cgo(cgo_default);
        let godebug = self.process("GODEBUG").unwrap_or_default();
        let has_debug = !godebug.is_empty();
        let (build_cache, build_cache_changed) = self.build_cache();
        let env_file = self.goenv_file().map_or_else(String::new, |file| path_text(&file));
        let env_file_changed = self.process("GOENV").is_some_and(|file| file != "off");
        let goroot = self.goroot.clone();
        let (root, tools) = match &goroot {
            Some(root) => {
                let tools = root.join(format!("pkg/tool/{}_{}", host_os(), host_arch()));
                (path_text(root), path_text(&tools))
            }
            None => (String::new(), String::new()),
        };
        let exe = if os == "windows" { ".exe" } else { "" };
        let (os_changed, arch_changed) = (os != host_os(), arch != host_arch());
        add("CGO_ENABLED", if cgo { "1" } else { "0" }.to_owned(), cgo != cgo_default);
        add("GO111MODULE", modules.clone(), modules_changed);
        add("GOARCH", arch, arch_changed);
        add("GOCACHE", build_cache, build_cache_changed);
        add("GODEBUG", godebug, has_debug);
        add("GOENV", env_file, env_file_changed);
        add("GOEXE", exe.to_owned(), false);
        add("GOHOSTARCH", host_arch().to_owned(), false);
        add("GOHOSTOS", host_os().to_owned(), false);
        add("GOMOD", self.go_mod(&modules, directory), false);
        add("GOOS", os, os_changed);
        add("GOROOT", root, false);
        add("GOTOOLDIR", tools, false);
        add("GOVERSION", format!("go{}", self.local_go.version), false);
        add("GOWORK", self.go_work(directory)?, false);
        variables.sort_by_key(|variable| variable.name);
        Ok(variables)
    }

    fn cgo(&self, default: bool) -> bool {
        match self.get("CGO_ENABLED").as_str() {
            "0" => false,
            "1" => true,
            _ => default,
        }
    }

    /// What packages are built for, as the flags say and then the variables.
    ///
    /// # Errors
    /// The flags name what go does not build for.
    pub(super) fn target(&self, flags: &ModuleFlags) -> Result<Target, ConfigError> {
        let of = |flag: &Option<String>, name: &str, default: &str| {
            flag.clone().unwrap_or_else(|| self.get_or_text(name, default))
        };
        let system = of(&flags.system, "GOOS", host_os());
        let architecture = of(&flags.architecture, "GOARCH", host_arch());
        if flags.system.is_some() || flags.architecture.is_some() {
            check_platform(&system, &architecture)?;
        }
        let level = arch_variable(&architecture)
            .map(|(name, default)| self.get_or_text(name, default))
            .unwrap_or_default();
        let mut tags = target::split_tags(&flags.tags);
        tags.extend(target::architecture_tags(&architecture, &level));
        let experiments = self.get("GOEXPERIMENT");
        tags.extend(target::experiment_tags(&system, &architecture, &experiments));
        let cgo = self.cgo(self.cgo_is_likely(&system, &architecture));
        let wants_cgo = self.cgo(is_native(&system, &architecture));
        Ok(Target { system, architecture, cgo, wants_cgo, tags })
    }

    /// Checks that go builds for the platform that is set, as it does before it tells of
    /// everything.
    ///
    /// # Errors
    /// It does not.
    pub fn check_platform(&self) -> Result<(), ConfigError> {
        check_platform(
            &self.get_or_text("GOOS", host_os()),
            &self.get_or_text("GOARCH", host_arch()),
        )
    }

    /// A variable that [`Environment::variables`] does not have: what it is set to, where it is
    /// one of go's or stands in the go/env file.
    pub fn other_variable(&self, name: &str) -> String {
        let known = is_known(name)
            || self.user_file.contains_key(name)
            || self.goroot_file.contains_key(name);
        if known { self.get(name) } else { String::new() }
    }

    /// The value of a variable, and whether it differs from what `$GOROOT/go.env` says, or from
    /// the default. Source: EnvOrAndChanged.
    fn value_or(&self, name: &str, default: &str) -> (String, bool) {
        let value = self.get(name);
        if value.is_empty() {
            return (default.to_owned(), false);
        }
        let usual = self.goroot_file.get(name).map_or(default, String::as_str);
        let changed = value != usual;
        (value, changed)
    }

    fn get_or_text(&self, name: &str, default: &str) -> String {
        self.get_or(name, || default.to_owned())
    }

    /// cgo is on where go would build for this machine and finds a C compiler.
    fn cgo_is_likely(&self, os: &str, arch: &str) -> bool {
        let compiler = self.get_or_text("CC", compilers(os).0);
        let program = compiler.split_whitespace().next().unwrap_or_default();
        let path = self.process.get(std::ffi::OsStr::new("PATH")).cloned().unwrap_or_default();
        let found = || {
            Path::new(program).is_absolute()
                || std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
        };
        is_native(os, arch) && found()
    }

    /// GOCACHE. Source: DefaultDir in cmd/go/internal/cache/default.go, `os.UserCacheDir`.
    fn build_cache(&self) -> (String, bool) {
        let home = |folder: &str| self.process("HOME").map(|home| Path::new(&home).join(folder));
        let user = if cfg!(target_os = "macos") {
            home("Library/Caches")
        } else {
            match self.process("XDG_CACHE_HOME").map(PathBuf::from) {
                Some(folder) => Some(folder).filter(|folder| folder.is_absolute()),
                None => home(".cache"),
            }
        };
        let default = user.map_or("off".to_owned(), |dir| path_text(&dir.join("go-build")));
        let set = self.get("GOCACHE");
        if set.is_empty() {
            return (default, false);
        }
        let changed = set != default;
        let usable = set == "off" || Path::new(&set).is_absolute();
        (if usable { set } else { "off".to_owned() }, changed)
    }

    /// GOMOD: the main module's go.mod; the null device outside a module.
    fn go_mod(&self, modules: &str, directory: &Path) -> String {
        if modules == "off" {
            return String::new();
        }
        find_upward(directory, "go.mod", &Overlay::default())
            .map_or_else(|| "/dev/null".to_owned(), |file| path_text(&file))
    }

    /// GOWORK: the go.work file in force, or `off`.
    fn go_work(&self, directory: &Path) -> Result<String, ConfigError> {
        if self.get("GOWORK") == "off" {
            return Ok("off".to_owned());
        }
        let file = self.workspace_file(directory, &Overlay::default())?;
        Ok(file.map_or_else(String::new, |file| path_text(&file)))
    }

    /// The go/env file that `-w` and `-u` write.
    ///
    /// # Errors
    /// GOENV is off, or there is no place for it.
    pub fn env_file(&self) -> Result<PathBuf, ConfigError> {
        self.goenv_file().ok_or_else(|| {
            let off = self.process("GOENV").as_deref() == Some("off");
            let reason =
                if off { "GOENV=off" } else { "neither $XDG_CONFIG_HOME nor $HOME are defined" };
            ConfigError::NoEnvFile(reason)
        })
    }

    /// Whether the process environment sets a variable to something else, which then wins.
    pub fn overrides(&self, name: &str, value: &str) -> bool {
        self.process(name).is_some_and(|set| set != value)
    }

    /// Checks an assignment for the go/env file; of a removal the value is empty.
    /// Source: checkEnvWrite.
    ///
    /// # Errors
    /// The variable is unknown or not to be set there, or the value is invalid.
    pub fn check_assignment(&self, name: &str, value: &str) -> Result<(), ConfigError> {
        let refuse = |reason: String| Err(ConfigError::Assignment(reason));
        match name {
            "GOEXE" | "GOGCCFLAGS" | "GOHOSTARCH" | "GOHOSTOS" | "GOMOD" | "GOWORK"
            | "GOTOOLDIR" | "GOVERSION" | "GOTELEMETRY" | "GOTELEMETRYDIR" => {
                return refuse(format!("{name} cannot be modified"));
            }
            "GOENV" | "GODEBUG" => {
                return refuse(format!("{name} can only be set using the OS environment"));
            }
            _ if is_known(name)
                || self.user_file.contains_key(name)
                || self.goroot_file.contains_key(name) => {}
            _ => return refuse(format!("unknown go command variable {name}")),
        }
        let is_relative = !value.is_empty() && !Path::new(value).is_absolute();
        match name {
            "GO111MODULE" if !matches!(value, "" | "auto" | "on" | "off") => {
                return refuse(format!("invalid {name} value {value:?}"));
            }
            "GOPATH" if value.starts_with('~') => {
                return refuse(format!(
                    "GOPATH entry cannot start with shell metacharacter '~': {value:?}"
                ));
            }
            "GOPATH" | "GOMODCACHE" if is_relative => {
                return refuse(format!(
                    "{name} entry is relative; must be absolute path: {value:?}"
                ));
            }
            "GOTMPDIR" if is_relative => {
                return refuse("GOTMPDIR must be an absolute path".to_owned());
            }
            "CC" | "CXX" if !value.is_empty() => {
                let words = super::split_quoted(value)
                    .map_err(|error| ConfigError::Assignment(format!("invalid {name}: {error}")))?;
                match words.first() {
                    None => return refuse(format!("{name} entry cannot contain only space")),
                    Some(program) if program.contains('/') && !program.starts_with('/') => {
                        return refuse(format!(
                            "{name} entry is relative; must be absolute path: {program:?}"
                        ));
                    }
                    Some(_) => {}
                }
            }
            _ => {}
        }
        if value.contains('\0') {
            return refuse(format!("invalid NUL in {name}=... value"));
        }
        if value.contains(['\u{b}', '\r', '\n']) {
            return refuse(format!("invalid newline in {name}=... value"));
        }
        Ok(())
    }

    /// Checks that go can work with the platform and experiments once assignments and
    /// removals are made. Source: checkBuildConfig.
    ///
    /// # Errors
    /// It cannot.
    pub fn check_build_settings(
        &self,
        added: &[(String, String)],
        removed: &[String],
    ) -> Result<(), ConfigError> {
        let setting = |name: &str, default: &str| {
            if let Some((_, value)) = added.iter().find(|(added, _)| added == name) {
                return (value.clone(), true);
            }
            if removed.iter().any(|removed| removed == name) {
                return (self.process(name).unwrap_or_else(|| default.to_owned()), true);
            }
            (self.get_or_text(name, default), false)
        };
        let (os, os_changes) = setting("GOOS", host_os());
        let (arch, arch_changes) = setting("GOARCH", host_arch());
        if os_changes || arch_changes {
            check_platform(&os, &arch)?;
        }
        match setting("GOEXPERIMENT", "") {
            (list, true) => check_experiments(&list),
            _ => Ok(()),
        }
    }
}
