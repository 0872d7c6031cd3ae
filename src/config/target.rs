//! What packages are built for, and which build tags hold there.
//!
//! Source: internal/buildcfg (`toolTags`, `ParseGOEXPERIMENT`) of the newest Go release that is
//! known here.

use std::collections::BTreeSet;

/// What packages are built for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// GOOS.
    pub system: String,
    /// GOARCH.
    pub architecture: String,
    /// Whether cgo is enabled.
    pub cgo: bool,
    /// Whether it would be, were there a C compiler at hand: what vendoring goes by.
    pub wants_cgo: bool,
    /// Further build tags that hold.
    pub tags: Vec<String>,
}

/// The tags of `-tags`, which stand between commas or, as they once did, between spaces.
/// Source: tagsFlag in cmd/go/internal/work/build.go.
pub(super) fn split_tags(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\t', '\'', '"']);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The tags of an architecture at a level, such as GOAMD64: a level brings along those below.
pub(super) fn architecture_tags(architecture: &str, level: &str) -> Vec<String> {
    let level = level.split(',').next().unwrap_or_default();
    let number = |prefix: &str| level.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok());
    let names: Vec<String> = match architecture {
        "amd64" => (1..=number("v").unwrap_or(1)).map(|n| format!("v{n}")).collect(),
        "arm" => (5..=number("").unwrap_or(7)).map(|n| n.to_string()).collect(),
        "arm64" => {
            // v9.1 has what v8.6 has.
            let (eight, nine) = match (number("v8."), number("v9.")) {
                (_, Some(minor)) => ((minor + 5).min(9), Some(minor)),
                (minor, None) => (minor.unwrap_or(0), None),
            };
            let nine = nine.into_iter().flat_map(|minor| 0..=minor);
            let nine = nine.map(|minor| format!("v9.{minor}"));
            (0..=eight).map(|minor| format!("v8.{minor}")).chain(nine).collect()
        }
        "ppc64" | "ppc64le" => {
            (8..=number("power").unwrap_or(8)).map(|n| format!("power{n}")).collect()
        }
        "riscv64" => {
            let all = ["rva20u64", "rva22u64", "rva23u64"];
            let last = all.iter().position(|name| *name == level).unwrap_or_default();
            all[..=last].iter().map(|name| (*name).to_owned()).collect()
        }
        "wasm" => ["satconv", "signext"].map(str::to_owned).to_vec(),
        _ if level.is_empty() => Vec::new(),
        _ => vec![level.to_owned()],
    };
    names.into_iter().map(|name| format!("{architecture}.{name}")).collect()
}

/// The tags of the experiments that are on: those that are by default, and what GOEXPERIMENT
/// adds and takes away.
pub(super) fn experiment_tags(system: &str, architecture: &str, setting: &str) -> Vec<String> {
    const REGABI: [&str; 2] = ["regabiwrappers", "regabiargs"];
    let by_registers = ["amd64", "arm64", "loong64", "ppc64le", "ppc64", "riscv64"];
    let is_always = by_registers.contains(&architecture);
    let mut on = BTreeSet::from(["randomizedheapbase64", "greenteagc"]);
    if is_always || architecture == "s390x" {
        on.extend(REGABI);
    }
    if !matches!(system, "darwin" | "ios" | "aix") {
        on.insert("dwarf5");
    }
    for name in setting.split(',').filter(|name| !name.is_empty()) {
        match name.strip_prefix("no") {
            Some("ne") => on.clear(),
            Some("regabi") => on.retain(|name| !REGABI.contains(name)),
            Some(off) => on.retain(|name| *name != off),
            None if name == "regabi" => on.extend(REGABI),
            None => on.extend([name]),
        }
    }
    if is_always {
        on.extend(REGABI);
    }
    on.into_iter().map(|name| format!("goexperiment.{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_brings_along_those_below() {
        for (architecture, level, want) in [
            ("amd64", "v3", "amd64.v1 amd64.v2 amd64.v3"),
            ("arm", "7,softfloat", "arm.5 arm.6 arm.7"),
            ("arm64", "v8.1", "arm64.v8.0 arm64.v8.1"),
            (
                "arm64",
                "v9.1,lse",
                "arm64.v8.0 arm64.v8.1 arm64.v8.2 arm64.v8.3 arm64.v8.4 arm64.v8.5 arm64.v8.6 \
                 arm64.v9.0 arm64.v9.1",
            ),
            ("ppc64le", "power9", "ppc64le.power8 ppc64le.power9"),
            ("riscv64", "rva22u64", "riscv64.rva20u64 riscv64.rva22u64"),
            ("mips", "softfloat", "mips.softfloat"),
            ("wasm", "", "wasm.satconv wasm.signext"),
            ("s390x", "", ""),
        ] {
            assert_eq!(architecture_tags(architecture, level).join(" "), want);
        }
    }

    #[test]
    fn experiments_are_on_by_default_or_by_name() {
        let on = |architecture: &str, setting: &str| {
            let tags = experiment_tags("linux", architecture, setting);
            tags.iter().map(|tag| tag.replace("goexperiment.", "")).collect::<Vec<_>>().join(" ")
        };
        let usual = "dwarf5 greenteagc randomizedheapbase64 regabiargs regabiwrappers";
        assert_eq!(on("amd64", ""), usual);
        assert_eq!(on("amd64", "noregabi"), usual);
        assert_eq!(on("s390x", "noregabi"), "dwarf5 greenteagc randomizedheapbase64");
        assert_eq!(on("386", "none,synctest"), "synctest");
        assert_eq!(on("386", "nodwarf5"), "greenteagc randomizedheapbase64");
    }
}
