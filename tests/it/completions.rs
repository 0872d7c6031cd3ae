//! The scripts in completions/ are what the binary prints.

use std::path::Path;
use std::process::Command;

#[test]
fn completions_are_what_the_binary_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let files = [
        ("bash", "bash"),
        ("elvish", "elv"),
        ("fish", "fish"),
        ("powershell", "ps1"),
        ("zsh", "zsh"),
    ];
    for (shell, extension) in files {
        let output = Command::new(env!("CARGO_BIN_EXE_gomod"))
            .args(["completion", shell])
            .output()
            .expect("gomod runs");
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        let file = folder.join(format!("gomod.{extension}"));
        let kept = std::fs::read(&file).unwrap_or_default();
        assert!(
            kept == output.stdout,
            "{} is out of date: gomod completion {shell} >{}",
            file.display(),
            file.display()
        );
    }
    let unknown = Command::new(env!("CARGO_BIN_EXE_gomod"))
        .args(["completion", "tcsh"])
        .output()
        .expect("gomod runs");
    assert_eq!(unknown.status.code(), Some(1));
}
