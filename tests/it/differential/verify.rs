//! Damaged caches, looked at by `go mod verify` and by us.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use gomod::spec::ModuleVersion;
use gomod::store::cache::Cache;
use gomod::store::integrity;

use super::go_is_there;
use crate::support::raw_zip::{Entry, write};

/// What the module consists of.
const FILES: [(&str, &str); 4] = [
    ("go.mod", "module a.b/C\n"),
    ("LICENSE", "do as you like\n"),
    ("c.go", "package c\n"),
    ("deep/er/empty.go", ""),
];

/// The files of one module version in the cache.
struct Cached {
    /// Up to the suffix.
    stem: PathBuf,
    folder: PathBuf,
}

impl Cached {
    fn file(&self, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}.{suffix}", self.stem.display()))
    }

    fn write_zip(&self, entries: &[Entry]) {
        fs::write(self.file("zip"), write(entries)).expect("the zip written");
    }

    /// A cache with a module version as go would have left it; the hash is still missing.
    fn new(root: &Path, module: &ModuleVersion) -> Self {
        let escaped = module.path.replace('C', "!c");
        let versions = root.join("cache/download").join(&escaped).join("@v");
        fs::create_dir_all(&versions).expect("a folder");
        let stem = versions.join(module.version.as_str());
        let cached = Self { stem, folder: root.join(format!("{escaped}@{}", module.version)) };
        fs::write(cached.file("mod"), FILES[0].1).expect("the go.mod written");
        let info = format!("{{\"Version\":\"{}\"}}", module.version);
        fs::write(cached.file("info"), info).expect("the info written");
        cached.write_zip(&entries(module));
        for (name, content) in FILES {
            let file = cached.folder.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, content).expect("a file");
        }
        cached
    }
}

fn entries(module: &ModuleVersion) -> Vec<Entry> {
    let name = |name: &str| format!("{}@{}/{name}", module.path, module.version);
    FILES.map(|(file, content)| Entry::deflated(name(file), content.as_bytes())).into()
}

/// What befalls a module version.
type Damage = fn(&Cached, &ModuleVersion);

fn append(path: &Path) {
    let mut content = fs::read(path).expect("read");
    content.push(b'\n');
    fs::write(path, content).expect("written");
}

fn remove(path: &Path) {
    fs::remove_file(path).expect("removed");
}

const DAMAGES: &[(&str, Damage)] = &[
    ("nothing", |_, _| {}),
    ("a file changed", |c, _| append(&c.folder.join("c.go"))),
    ("a file added", |c, _| fs::write(c.folder.join("new"), "").unwrap()),
    ("a file removed", |c, _| remove(&c.folder.join("c.go"))),
    ("a file renamed", |c, _| fs::rename(c.folder.join("c.go"), c.folder.join("d.go")).unwrap()),
    ("an empty folder added", |c, _| fs::create_dir(c.folder.join("new")).unwrap()),
    ("a file replaced by a link to the same", |c, _| {
        fs::rename(c.folder.join("c.go"), c.file("other")).unwrap();
        symlink(c.file("other"), c.folder.join("c.go")).unwrap();
    }),
    ("a file replaced by a link to nothing", |c, _| {
        remove(&c.folder.join("c.go"));
        symlink("nothing", c.folder.join("c.go")).unwrap();
    }),
    ("a link to a folder added", |c, _| symlink("deep", c.folder.join("link")).unwrap()),
    ("a name with a newline", |c, _| fs::write(c.folder.join("a\nb"), "").unwrap()),
    ("a name that is no UTF-8", |c, _| {
        use std::os::unix::ffi::OsStrExt as _;
        fs::write(c.folder.join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
    }),
    ("modes changed", |c, _| {
        fs::set_permissions(c.folder.join("c.go"), Permissions::from_mode(0o755)).unwrap();
    }),
    ("the folder gone", |c, _| fs::remove_dir_all(&c.folder).unwrap()),
    ("the folder empty", |c, _| {
        fs::remove_dir_all(&c.folder).unwrap();
        fs::create_dir(&c.folder).unwrap();
    }),
    ("the folder a file", |c, _| {
        fs::remove_dir_all(&c.folder).unwrap();
        fs::write(&c.folder, "").unwrap();
    }),
    ("the folder a link", |c, _| {
        fs::rename(&c.folder, c.file("other")).unwrap();
        symlink(c.file("other"), &c.folder).unwrap();
    }),
    ("the folder partial", |c, _| {
        append(&c.folder.join("c.go"));
        fs::write(c.file("partial"), "").unwrap();
    }),
    ("the zip gone", |c, _| remove(&c.file("zip"))),
    ("the zip gone, a file changed", |c, _| {
        remove(&c.file("zip"));
        append(&c.folder.join("c.go"));
    }),
    ("the zip empty", |c, _| fs::write(c.file("zip"), "").unwrap()),
    ("the zip text", |c, _| fs::write(c.file("zip"), "no zip at all").unwrap()),
    ("the zip a folder", |c, _| {
        remove(&c.file("zip"));
        fs::create_dir(c.file("zip")).unwrap();
    }),
    ("the zip with a byte behind", |c, _| append(&c.file("zip"))),
    ("the zip packed otherwise", |c, module| {
        let mut entries = entries(module);
        entries.reverse();
        c.write_zip(&entries);
    }),
    ("a file of the zip changed", |c, module| {
        let mut entries = entries(module);
        entries[1] = Entry::stored(entries[1].name.clone(), b"other");
        c.write_zip(&entries);
    }),
    ("the zip large", |c, module| {
        let mut entries = entries(module);
        entries[1] = Entry::stored(entries[1].name.clone(), &vec![b'x'; 3 << 20]);
        c.write_zip(&entries);
    }),
    ("a folder in the zip", |c, module| {
        let mut entries = entries(module);
        let mut name = entries[0].name.clone();
        name.truncate(name.len() - "go.mod".len());
        name.extend(b"folder/");
        entries.push(Entry::stored(name, b""));
        c.write_zip(&entries);
    }),
    ("the zip of another version", |c, module| {
        c.write_zip(&entries(&ModuleVersion::new(&module.path, "v9.0.0")));
    }),
    ("a checksum in the zip wrong", |c, module| {
        let mut entries = entries(module);
        entries[1].crc32 ^= 1;
        c.write_zip(&entries);
    }),
    ("a newline in the zip", |c, module| {
        let mut entries = entries(module);
        entries[1].name.push(b'\n');
        c.write_zip(&entries);
    }),
    ("a checksum and the folder wrong", |c, module| {
        append(&c.folder.join("c.go"));
        let mut entries = entries(module);
        entries[1].crc32 ^= 1;
        c.write_zip(&entries);
    }),
    ("zip and folder changed", |c, module| {
        append(&c.folder.join("c.go"));
        c.write_zip(&entries(module)[1..]);
    }),
    ("the ziphash gone", |c, _| remove(&c.file("ziphash"))),
    ("the ziphash and the zip gone", |c, _| {
        remove(&c.file("ziphash"));
        remove(&c.file("zip"));
    }),
    ("the ziphash a folder", |c, _| {
        remove(&c.file("ziphash"));
        fs::create_dir(c.file("ziphash")).unwrap();
    }),
    ("the ziphash empty", |c, _| fs::write(c.file("ziphash"), "").unwrap()),
    ("the ziphash with NULs", |c, _| fs::write(c.file("ziphash"), [0; 47]).unwrap()),
    ("the ziphash with spaces", |c, _| {
        let hash = fs::read_to_string(c.file("ziphash")).unwrap();
        fs::write(c.file("ziphash"), format!(" {hash}\r\n\u{85}")).unwrap();
    }),
    ("the ziphash of a similar kind", |c, _| {
        let hash = fs::read_to_string(c.file("ziphash")).unwrap();
        fs::write(c.file("ziphash"), hash.replace("h1:", "H1:")).unwrap();
    }),
    ("everything gone", |c, _| {
        remove(&c.file("zip"));
        remove(&c.file("ziphash"));
        fs::remove_dir_all(&c.folder).unwrap();
    }),
];

#[test]
fn damaged_caches_are_told_as_go_tells_them() {
    if !go_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (root, main) = (folder.path().join("mod"), folder.path().join("main"));
    let modules: Vec<ModuleVersion> = (0..DAMAGES.len())
        .map(|index| ModuleVersion::new(&format!("a.b/C{index:03}"), "v1.0.0"))
        .collect();
    let mut go_mod = "module main.example\n\ngo 1.16\n".to_owned();
    let cache = Cache::new(&root, true);
    for (module, (_, damage)) in modules.iter().zip(DAMAGES) {
        let cached = Cached::new(&root, module);
        fs::write(cached.file("mod"), format!("module {}\n", module.path)).expect("written");
        go_mod.push_str(&format!("require {} {}\n", module.path, module.version));
        // As go mod download records it.
        let download = Command::new("go")
            .args(["mod", "download", &module.to_string()])
            .current_dir(folder.path())
            .envs(environment(&root))
            .output()
            .expect("go runs");
        assert!(download.status.success(), "{}", String::from_utf8_lossy(&download.stderr));
        assert!(cached.file("ziphash").exists());
        damage(&cached, module);
    }
    fs::create_dir(&main).expect("a folder");
    fs::write(main.join("go.mod"), go_mod).expect("go.mod written");
    let verify = Command::new("go")
        .args(["mod", "verify"])
        .current_dir(&main)
        .envs(environment(&root))
        .output()
        .expect("go runs");
    let theirs = String::from_utf8_lossy(&verify.stderr);
    for threads in [1, 3] {
        let found = integrity::check(&cache, &modules, threads);
        for (module, (name, _)) in modules.iter().zip(DAMAGES) {
            let of_module = |line: &&str| line.starts_with(&format!("{} ", module.path));
            let theirs: Vec<&str> = theirs.lines().filter(of_module).collect();
            let ours = found.iter().filter(|finding| finding.module == *module);
            let ours: Vec<String> = ours.map(ToString::to_string).collect();
            assert_eq!(ours, theirs, "{name}");
        }
        let ours: String = found.iter().map(|finding| format!("{finding}\n")).collect();
        assert_eq!(ours, theirs);
    }
    assert_eq!(verify.status.code(), Some(1));
}

fn environment(cache: &Path) -> [(&'static str, String); 7] {
    [
        ("GOMODCACHE", cache.display().to_string()),
        ("GOFLAGS", "-modcacherw".to_owned()),
        ("GOPROXY", "off".to_owned()),
        ("GONOSUMDB", "*".to_owned()),
        ("GOENV", "off".to_owned()),
        ("GOWORK", "off".to_owned()),
        ("GOTOOLCHAIN", "local".to_owned()),
    ]
}
