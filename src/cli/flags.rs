//! The one table of verbs and flags. clap's definitions, the normaliser of arguments,
//! help and completions are views of it.

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// Nothing, or `=true` and `=false` in Go's spellings.
    Switch,
    /// A value, `-flag value` or `-flag=value`; the name stands for it in help. The last one
    /// counts.
    Value(&'static str),
    /// A value each time, and each of them counts, in the order of the command line.
    Each(&'static str),
    /// Nothing, a truth as for a switch, or `=VALUE`. Values add up, separated by commas.
    SwitchOrValue(&'static str),
    /// go knows the flag, and it means nothing here: the reason.
    Refused(&'static str),
}

impl Takes {
    /// Whether the word behind the flag is its value where none is attached.
    pub fn next_word(self) -> bool {
        matches!(self, Self::Value(_) | Self::Each(_))
    }
}

/// A flag, written `-name` or `--name`.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The name without dashes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// One line of help; empty for what is only accepted.
    pub help: &'static str,
}

/// Verbs that are typed behind a common word.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// That word.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
}

/// The groups that verbs may belong to.
pub const GROUPS: &[Group] = &[
    Group { name: "work", about: "Begin and change workspaces: go.work" },
    Group {
        name: "cache",
        about: "Show what the module cache holds, and remove what is not used any more",
    },
];

/// A verb of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// What the user types: one word, or that of a [`Group`] and another.
    pub name: &'static str,
    /// Whether `gomod mod NAME` is the same.
    pub under_mod: bool,
    /// What stands behind the flags, in help.
    pub arguments: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Paragraphs of help.
    pub details: &'static str,
    /// The flags it has.
    pub flags: &'static [Flag],
}

const CHANGE_FOLDER: Flag = Flag {
    name: "C",
    takes: Takes::Value("DIR"),
    help: "Change to DIR first; must be the first flag",
};
const MOD_FILE: Flag = Flag {
    name: "modfile",
    takes: Takes::Value("FILE"),
    help: "Read and write FILE, and the .sum beside it, instead of go.mod and go.sum",
};
const MODE: Flag = Flag {
    name: "mod",
    takes: Takes::Value("MODE"),
    help: "readonly: go.mod and go.sum must be up to date; mod: bring them up to date; vendor",
};
const OVERLAY: Flag = Flag {
    name: "overlay",
    takes: Takes::Value("FILE"),
    help: "JSON that names files to stand in for others",
};
const CACHE_WRITABLE: Flag = Flag {
    name: "modcacherw",
    takes: Takes::Switch,
    help: "Leave new folders of the module cache writable",
};
const QUIET: Flag = Flag { name: "q", takes: Takes::Switch, help: "Print errors only" };
const TRACE: Flag = Flag { name: "x", takes: Takes::Switch, help: "Print each request" };
const TOKEN_FILE: Flag = Flag {
    name: "token-file",
    takes: Takes::Value("FILE"),
    help: "Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https",
};
const RETRIES: Flag = Flag {
    name: "retries",
    takes: Takes::Value("N"),
    help: "How often a request is made again where the server or the network stumbles (3)",
};
const NO_RETRY: Flag =
    Flag { name: "no-retry", takes: Takes::Switch, help: "Make no request again, as go does" };
const STALL_TIMEOUT: Flag = Flag {
    name: "stall-timeout",
    takes: Takes::Value("DURATION"),
    help: "How long nothing may come from a server, such as 90s (15s)",
};
const OFFLINE: Flag = Flag {
    name: "offline",
    takes: Takes::Switch,
    help: "Open no connection: what the module cache lacks is named, all of it, and is an error",
};
const LOCKED: Flag = Flag {
    name: "locked",
    takes: Takes::Switch,
    help: "Print what would change in go.mod and go.sum and fail, rather than change them",
};
const REUSE: Flag = Flag {
    name: "reuse",
    takes: Takes::Value("FILE"),
    help: "JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there",
};
const JSON: Flag =
    Flag { name: "json", takes: Takes::Switch, help: "Print a JSON object for each module" };

const TAGS: Flag = Flag {
    name: "tags",
    takes: Takes::Value("TAGS"),
    help: "Build tags that hold where packages are checked, between commas",
};

/// A flag of go's builds, which scripts give to every command: help does not list it.
const fn without_effect(name: &'static str, takes: Takes) -> Flag {
    Flag { name, takes, help: "" }
}

/// A flag of go that has no meaning here.
const fn refused(name: &'static str, reason: &'static str) -> Flag {
    Flag { name, takes: Takes::Refused(reason), help: "" }
}

const SHOW_ONLY: Flag =
    Flag { name: "n", takes: Takes::Switch, help: "Accepted as go accepts it; changes nothing" };

const FMT: Flag =
    Flag { name: "fmt", takes: Takes::Switch, help: "Only bring the file into go's layout" };
const PRINT: Flag =
    Flag { name: "print", takes: Takes::Switch, help: "Print the file instead of writing it" };
const FILE_AS_JSON: Flag =
    Flag { name: "json", takes: Takes::Switch, help: "Print the file as JSON, do not write it" };
const GO_LINE: Flag =
    Flag { name: "go", takes: Takes::Value("VERSION"), help: "Set the go line, or drop it: none" };
const TOOLCHAIN_LINE: Flag = Flag {
    name: "toolchain",
    takes: Takes::Value("NAME"),
    help: "Set the toolchain line, or drop it: none",
};
const GODEBUG: Flag =
    Flag { name: "godebug", takes: Takes::Each("KEY=VALUE"), help: "Set a GODEBUG setting" };
const DROP_GODEBUG: Flag =
    Flag { name: "dropgodebug", takes: Takes::Each("KEY"), help: "Drop a GODEBUG setting" };
const REPLACE: Flag = Flag {
    name: "replace",
    takes: Takes::Each("OLD[@VERSION]=NEW[@VERSION]"),
    help: "Replace a version, or all, by another module's or by a folder",
};
const DROP_REPLACE: Flag = Flag {
    name: "dropreplace",
    takes: Takes::Each("OLD[@VERSION]"),
    help: "Drop a replacement with this left side",
};

/// The flags of `edit`: what becomes of the file, then the changes, named after its lines.
const EDIT_FLAGS: &[Flag] = &[
    CHANGE_FOLDER,
    FMT,
    PRINT,
    FILE_AS_JSON,
    Flag { name: "module", takes: Takes::Value("PATH"), help: "Set the module path" },
    GO_LINE,
    TOOLCHAIN_LINE,
    GODEBUG,
    DROP_GODEBUG,
    Flag {
        name: "require",
        takes: Takes::Each("PATH@VERSION"),
        help: "Require a version, in place of others of the path",
    },
    Flag { name: "droprequire", takes: Takes::Each("PATH"), help: "Drop a requirement" },
    Flag { name: "exclude", takes: Takes::Each("PATH@VERSION"), help: "Exclude a version" },
    Flag { name: "dropexclude", takes: Takes::Each("PATH@VERSION"), help: "Drop an exclusion" },
    REPLACE,
    DROP_REPLACE,
    Flag {
        name: "retract",
        takes: Takes::Each("VERSION|[LOW,HIGH]"),
        help: "Retract a version or an interval of them",
    },
    Flag {
        name: "dropretract",
        takes: Takes::Each("VERSION|[LOW,HIGH]"),
        help: "Drop a retraction",
    },
    Flag { name: "tool", takes: Takes::Each("PATH"), help: "Declare a package to be a tool" },
    Flag { name: "droptool", takes: Takes::Each("PATH"), help: "Drop a tool" },
    Flag { name: "ignore", takes: Takes::Each("FOLDER"), help: "Ignore a folder" },
    Flag { name: "dropignore", takes: Takes::Each("FOLDER"), help: "Stop ignoring a folder" },
    SHOW_ONLY,
    TRACE,
    MOD_FILE,
    CACHE_WRITABLE,
];

/// The same for `work edit`.
const WORK_EDIT_FLAGS: &[Flag] = &[
    CHANGE_FOLDER,
    FMT,
    PRINT,
    FILE_AS_JSON,
    GO_LINE,
    TOOLCHAIN_LINE,
    GODEBUG,
    DROP_GODEBUG,
    Flag { name: "use", takes: Takes::Each("FOLDER"), help: "Use the module in a folder" },
    Flag { name: "dropuse", takes: Takes::Each("FOLDER"), help: "Stop using a folder" },
    REPLACE,
    DROP_REPLACE,
];
const DRY_RUN_OF_CACHE: Flag = Flag {
    name: "dry-run",
    takes: Takes::Switch,
    help: "Print what would be removed, with its bytes; remove nothing",
};
const FORCE: Flag = Flag {
    name: "force",
    takes: Takes::Switch,
    help: "Remove what was used within the last hour too: nobody else is using the cache",
};

/// What `clean` says where it is asked for anything else.
pub const MODULE_CACHE_ONLY: &str = "clean removes the module cache only: 'gomod clean -modcache'";

/// Every verb that is built.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "download",
        under_mod: true,
        arguments: "[MODULE[@QUERY]]...",
        about: "Download modules to the module cache",
        details: "Without arguments, downloads what go.mod requires: the modules listed in it from go 1.17 on, \
                  the whole build list before. Arguments are module paths and patterns of the build list, or \
                  path@query, which also work outside a module. Queries are versions, version prefixes, \
                  comparisons, latest, branches and commits.\n\n\
                  With -for, downloads what the packages import, transitively, as go build finds them with \
                  -mod=readonly, and nothing else: afterwards 'GOPROXY=off go build PATTERN' works. go.mod \
                  and go.sum must be up to date, and stay as they are. Patterns are those of go build: \
                  folders like ./cmd/app and ./..., import paths, all. What is imported depends on \
                  the system, the architecture and the build tags.\n\n\
                  Everything is verified against go.sum and the checksum database before it enters the cache, \
                  which a go command can use at the same time.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "for",
                takes: Takes::Each("PATTERN"),
                help: "Download what these packages need, only; may be repeated",
            },
            Flag {
                name: "tests",
                takes: Takes::Switch,
                help: "With -for: count what the tests of the packages import, as for go test",
            },
            Flag {
                name: "tags",
                takes: Takes::Value("TAGS"),
                help: "With -for: build tags that hold, between commas",
            },
            Flag {
                name: "os",
                takes: Takes::Value("GOOS"),
                help: "With -for: the system to build for, in place of the variable",
            },
            Flag {
                name: "arch",
                takes: Takes::Value("GOARCH"),
                help: "With -for: the architecture to build for, in place of the variable",
            },
            Flag {
                name: "v",
                takes: Takes::Switch,
                help: "With -for: tell of each module which package needs it",
            },
            JSON,
            REUSE,
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
        ],
    },
    Verb {
        name: "get",
        under_mod: false,
        arguments: "[PACKAGE|MODULE|PATTERN][@QUERY]...",
        about: "Add, change or remove requirements of the current module",
        details: "Arguments are packages, modules, and patterns such as ./..., example.com/m/..., all and tool; \
                  without any, the package of the current folder. A query is a version, a prefix of one, a \
                  comparison, latest, upgrade (where there is none), patch, none, a branch or a commit; \
                  go@1.25.0 and toolchain@none change those lines.\n\n\
                  What the packages import is added where it is missing. Other requirements change as far as \
                  the arguments need it, down too; what cannot be had together is told, with the \
                  requirements that lead there. go.mod and go.sum are updated.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "u",
                takes: Takes::SwitchOrValue("patch"),
                help: "Update what the packages import too: to the newest version, or patch release",
            },
            Flag { name: "t", takes: Takes::Switch, help: "Count what tests import" },
            Flag {
                name: "tool",
                takes: Takes::Switch,
                help: "Declare the packages to be tools, or with @none drop them",
            },
            Flag {
                name: "dry-run",
                takes: Takes::Switch,
                help: "Print what would change in go.mod and go.sum as a diff; write neither",
            },
            Flag { name: "v", takes: Takes::Switch, help: "Tell of each version that is tried" },
            TAGS,
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
            without_effect("d", Takes::Switch),
            without_effect("f", Takes::Switch),
            without_effect("fix", Takes::Switch),
            without_effect("p", Takes::Value("N")),
            without_effect("compiler", Takes::Value("NAME")),
            without_effect("buildvcs", Takes::SwitchOrValue("WHEN")),
            without_effect("a", Takes::Switch),
            without_effect("n", Takes::Switch),
            without_effect("race", Takes::Switch),
            without_effect("trimpath", Takes::Switch),
            without_effect("asan", Takes::Switch),
            without_effect("asmflags", Takes::Value("FLAGS")),
            without_effect("buildmode", Takes::Value("MODE")),
            without_effect("cover", Takes::Switch),
            without_effect("covermode", Takes::Value("MODE")),
            without_effect("coverpkg", Takes::Value("PATTERNS")),
            without_effect("gccgoflags", Takes::Value("FLAGS")),
            without_effect("gcflags", Takes::Value("FLAGS")),
            without_effect("installsuffix", Takes::Value("SUFFIX")),
            without_effect("json", Takes::Switch),
            without_effect("ldflags", Takes::Value("FLAGS")),
            without_effect("linkshared", Takes::Switch),
            without_effect("msan", Takes::Switch),
            without_effect("pgo", Takes::Value("FILE")),
            without_effect("pkgdir", Takes::Value("DIR")),
            without_effect("toolexec", Takes::Value("COMMAND")),
            without_effect("work", Takes::Switch),
            without_effect("m", Takes::Switch),
            without_effect("insecure", Takes::Switch),
        ],
    },
    Verb {
        name: "tidy",
        under_mod: true,
        arguments: "",
        about: "Bring go.mod and go.sum in line with what packages import",
        details: "Looks at every package of the module with its tests, built anywhere, and at all that they \
                  import. Requirements that are missing are added at the latest version, those that nothing \
                  needs are dropped, and go.sum has the sums that are needed, and no others.\n\n\
                  -compat keeps the sums that an older Go version needs, and fails where that would load \
                  another version of a package; below go 1.21 it is the version before the go line.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "e",
                takes: Takes::Switch,
                help: "Go on where packages cannot be found or read",
            },
            Flag { name: "v", takes: Takes::Switch, help: "Name requirements that are dropped" },
            Flag {
                name: "diff",
                takes: Takes::Switch,
                help: "Print what would change, write nothing, exit 1 if that is anything",
            },
            Flag { name: "go", takes: Takes::Value("VERSION"), help: "Set the go line" },
            Flag {
                name: "compat",
                takes: Takes::Value("VERSION"),
                help: "The oldest Go version that is to load the same packages",
            },
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
        ],
    },
    Verb {
        name: "edit",
        under_mod: true,
        arguments: "[FILE]",
        about: "Edit go.mod from tools or scripts",
        details: "Changes go.mod, or the file that is named, as the flags say, and writes it in go's layout. \
                  No other module is looked at, and nothing is fetched.\n\n\
                  -module, -go and -toolchain are applied first, the last of each; then the others, which \
                  may be repeated, in the order they are given.",
        flags: EDIT_FLAGS,
    },
    Verb {
        name: "init",
        under_mod: true,
        arguments: "[MODULE]",
        about: "Begin a module in the current folder",
        details: "Writes a go.mod file with the module path and the local Go version; there must be none yet. \
                  Without an argument the path is looked for in import comments of .go files, and in where \
                  the folder lies in GOPATH.",
        flags: &[CHANGE_FOLDER, MOD_FILE, CACHE_WRITABLE],
    },
    Verb {
        name: "list",
        under_mod: false,
        arguments: "[MODULE[@QUERY]]...",
        about: "Describe modules of the build list, or any at a version",
        details: "Arguments are module paths and patterns of the build list, 'all' for the whole of it, or \
                  path@query, which also work outside a module. Without arguments, describes the main module. \
                  Only modules are listed: -m must be given.\n\n\
                  A line has the path, the version, with -u an update in brackets, (retracted) and (deprecated) \
                  where that is so, and behind => what replaces the module.",
        flags: &[
            CHANGE_FOLDER,
            Flag { name: "m", takes: Takes::Switch, help: "List modules; must be given" },
            Flag {
                name: "u",
                takes: Takes::Switch,
                help: "Add available updates, retractions and deprecations",
            },
            Flag { name: "versions", takes: Takes::Switch, help: "Add the known versions" },
            Flag {
                name: "retracted",
                takes: Takes::Switch,
                help: "Add retractions; with -versions list retracted versions too",
            },
            Flag {
                name: "e",
                takes: Takes::Switch,
                help: "List modules with errors, rather than failing",
            },
            Flag {
                name: "json",
                takes: Takes::SwitchOrValue("FIELDS"),
                help: "Print a JSON object for each module, of all fields or of those named",
            },
            Flag {
                name: "f",
                takes: Takes::Value("TEMPLATE"),
                help: "Print each module by a template",
            },
            REUSE,
            MODE,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
            TRACE,
            QUIET,
            without_effect("tags", Takes::Value("TAGS")),
            without_effect("p", Takes::Value("N")),
            without_effect("compiler", Takes::Value("NAME")),
            without_effect("buildvcs", Takes::SwitchOrValue("WHEN")),
            without_effect("a", Takes::Switch),
            without_effect("n", Takes::Switch),
            without_effect("race", Takes::Switch),
            without_effect("trimpath", Takes::Switch),
            without_effect("v", Takes::Switch),
            refused("compiled", "go list -compiled cannot be used with -m"),
            refused("deps", "go list -deps cannot be used with -m"),
            refused("export", "go list -export cannot be used with -m"),
            refused("find", "go list -find cannot be used with -m"),
            refused("test", "go list -test cannot be used with -m"),
        ],
    },
    Verb {
        name: "graph",
        under_mod: true,
        arguments: "",
        about: "Print the module graph",
        details: "Each line has a module and one of its requirements, as path@version; the main module has no \
                  version. Replacements are applied. Nothing is written.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "go",
                takes: Takes::Value("VERSION"),
                help: "Load the graph as this Go version does, rather than that of the go line",
            },
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
        ],
    },
    Verb {
        name: "vendor",
        under_mod: true,
        arguments: "",
        about: "Make a folder of the packages that the main module needs",
        details: "Copies every package that is needed to build and test the main module's packages to the \
                  folder vendor beside go.mod, and writes vendor/modules.txt, byte for byte as the go \
                  command does. The folder is made anew beside the old one and takes its place at the end: \
                  until then, and where anything fails, the old one stays as it is. What is there and is no \
                  vendor folder is not removed: one has a modules.txt as go writes it. Where the file system \
                  cannot exchange two folders there is a moment without a whole one; after a run that was \
                  killed then, the next gomod vendor puts the old one back.\n\n\
                  With -check nothing is written: each file that differs is printed, and the exit code is 1 \
                  where there is one; give -include-non-go where the folder was made with it. With -include-non-go, folders below those of packages that hold no Go \
                  files, such as C headers, are copied too; testdata, vendor, other modules, and names that \
                  begin with . or _ are not.",
        flags: VENDOR_FLAGS,
    },
    Verb {
        name: "verify",
        under_mod: true,
        arguments: "",
        about: "Check that cached modules are as they were downloaded",
        details: "Hashes the zip and the folder of each module of the build list again, as far as they are in \
                  the module cache, and compares with what was recorded at the download. Says what differs and \
                  exits 1, or says that all modules are verified.\n\n\
                  With -deep compares zip, folder and go.mod file of each with go.sum and with the checksum \
                  database, and the vendor folder with the modules' files, and prints a table of it.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "deep",
                takes: Takes::Switch,
                help: "Compare with go.sum, the checksum database and the vendor folder",
            },
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
        ],
    },
    Verb {
        name: "why",
        under_mod: true,
        arguments: "[PACKAGE|PATTERN]...",
        about: "Explain why packages or modules are needed",
        details: "For each package prints a shortest chain of imports that leads from the main module to it, a \
                  package a line; or says that there is none. The tests of all these packages count, and files for every \
                  system and build tag. Without arguments explains the package of the current folder. \
                  Nothing is written.\n\n\
                  With -m the arguments are modules, or patterns of the build list, and of each the nearest \
                  of its packages is explained.",
        flags: &[
            CHANGE_FOLDER,
            Flag { name: "m", takes: Takes::Switch, help: "Explain modules, rather than packages" },
            Flag {
                name: "vendor",
                takes: Takes::Switch,
                help: "Leave out the tests of what is imported, as vendoring does",
            },
            TRACE,
            QUIET,
            MOD_FILE,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
        ],
    },
    Verb {
        name: "work init",
        under_mod: false,
        arguments: "[FOLDER]...",
        about: "Begin a workspace in the current folder",
        details: "Writes a go.work file that uses the modules in the folders, with a go line of the local Go \
                  version, or of a module's that is newer. GOWORK may name the file; there must be none yet.",
        flags: &[
            CHANGE_FOLDER,
            OVERLAY,
            CACHE_WRITABLE,
            without_effect("modfile", Takes::Value("FILE")),
        ],
    },
    Verb {
        name: "work edit",
        under_mod: false,
        arguments: "[FILE]",
        about: "Edit go.work from tools or scripts",
        details: "Changes the go.work file in force, or the file that is named, as the flags say, and writes \
                  it in go's layout. No module is looked at.\n\n\
                  -go and -toolchain are applied first, the last of each; then the others, which may be \
                  repeated, in the order they are given.",
        flags: WORK_EDIT_FLAGS,
    },
    Verb {
        name: "work sync",
        under_mod: false,
        arguments: "",
        about: "Bring the workspace's versions back to its modules",
        details: "Has each module of the workspace require what its packages need at the version that the \
                  workspace selects, which is never lower than its own, and tidies the go.mod and go.sum \
                  files that change. The go line of go.work is raised to those of its modules.",
        flags: &[
            CHANGE_FOLDER,
            TRACE,
            QUIET,
            OVERLAY,
            TOKEN_FILE,
            RETRIES,
            NO_RETRY,
            STALL_TIMEOUT,
            OFFLINE,
            LOCKED,
            CACHE_WRITABLE,
            without_effect("modfile", Takes::Value("FILE")),
        ],
    },
    Verb {
        name: "work vendor",
        under_mod: false,
        arguments: "",
        about: "Make a folder of the packages that the workspace needs",
        details: "Does what gomod vendor does for all modules of the workspace together: the folder vendor \
                  beside go.work then holds what they need, and is used where go.work is in force.",
        flags: VENDOR_FLAGS,
    },
    Verb {
        name: "work use",
        under_mod: false,
        arguments: "[FOLDER]...",
        about: "Add modules to the workspace, or remove those that are gone",
        details: "Has the go.work file in force use each folder that has a go.mod file, and no longer those \
                  that have none. Then the go line is raised to the newest of all modules that are used; \
                  without arguments that is all.\n\n\
                  With -r looks below the folders too, but does not follow symbolic links.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "r",
                takes: Takes::Switch,
                help: "Look for modules below the folders too",
            },
            OVERLAY,
            CACHE_WRITABLE,
            without_effect("modfile", Takes::Value("FILE")),
        ],
    },
    Verb {
        name: "clean",
        under_mod: false,
        arguments: "",
        about: "Remove the module cache",
        details: "With -modcache, which must be given, removes all of GOMODCACHE: downloaded modules, and what \
                  was unpacked of them. A go command that is using it will fail.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "modcache",
                takes: Takes::Switch,
                help: "Remove GOMODCACHE; must be given",
            },
            Flag {
                name: "n",
                takes: Takes::Switch,
                help: "Print the command that would do it, only",
            },
            Flag { name: "x", takes: Takes::Switch, help: "Print the command that does the same" },
            refused("cache", MODULE_CACHE_ONLY),
            refused("testcache", MODULE_CACHE_ONLY),
            refused("fuzzcache", MODULE_CACHE_ONLY),
            refused("i", MODULE_CACHE_ONLY),
            refused("r", MODULE_CACHE_ONLY),
        ],
    },
    Verb {
        name: "cache size",
        under_mod: false,
        arguments: "",
        about: "Show how much the module cache holds",
        details: "A line for each kind of thing: how many there are, and their bytes.",
        flags: &[CHANGE_FOLDER],
    },
    Verb {
        name: "cache list",
        under_mod: false,
        arguments: "[PATTERN[@VERSION]]...",
        about: "List the modules in the module cache, with their bytes and last use",
        details: "A line for each module version: path, version, bytes, and when it was last seen to be used. \
                  Patterns are of module paths, with ... for any text.\n\n\
                  A use is a file that was read or written. Most file systems record one read a day \
                  (relatime): with -json UnusedSince says since when there was none for certain.",
        flags: &[CHANGE_FOLDER, JSON, QUIET],
    },
    Verb {
        name: "cache prune",
        under_mod: false,
        arguments: "[FILE]...",
        about: "Remove from the module cache what is not used any more",
        details: "With -unused-for removes what was not used for so long, with -keep what these files do not \
                  list, with both what fulfils both; one of them must be given. Further arguments are more \
                  files to keep. Toolchains, which no go.sum lists, go by -unused-for only.\n\n\
                  A go or gomod may work with the same cache: what another process is downloading is kept, \
                  and so is what was used or downloaded within the last hour, or may have been. Where uses \
                  are recorded once a day, that is the last 25 hours.",
        flags: &[
            CHANGE_FOLDER,
            Flag {
                name: "unused-for",
                takes: Takes::Value("DURATION"),
                help: "Remove what was not used for so long: 90m, 12h, 30d, 2w",
            },
            Flag {
                name: "keep",
                takes: Takes::Each("FILE"),
                help: "Keep what this go.sum, go.work.sum or go.mod lists; may be repeated",
            },
            DRY_RUN_OF_CACHE,
            FORCE,
            QUIET,
        ],
    },
    Verb {
        name: "cache remove",
        under_mod: false,
        arguments: "MODULE@VERSION...",
        about: "Remove modules from the module cache",
        details: "MODULE@all stands for every version in the cache. A path alone is refused: elsewhere it means \
                  some version, and this removes.\n\n\
                  What was used or downloaded within the last hour is kept, and that is a failure, unless -force \
                  is given.",
        flags: &[CHANGE_FOLDER, DRY_RUN_OF_CACHE, FORCE, QUIET],
    },
    Verb {
        name: "cache drop-zips",
        under_mod: false,
        arguments: "",
        about: "Remove the zips of extracted modules from the module cache",
        details: "Packages are loaded, built, vendored and verified without them. 'download', and 'get' of such \
                  a module, fetch them again, with go as well; a cache without them is no GOPROXY=file:// for others.\n\n\
                  Zips of what was used or downloaded within the last hour are kept, unless -force is given.",
        flags: &[CHANGE_FOLDER, DRY_RUN_OF_CACHE, FORCE, QUIET],
    },
    Verb {
        name: "env",
        under_mod: false,
        arguments: "[NAME[=VALUE]]...",
        about: "Print settings, or keep them in the go/env file",
        details: "Prints the settings that go and gomod share, as a shell reads them; with names, their values \
                  alone, a line each. With -w keeps assignments in the file that GOENV names, with -u removes \
                  them from it: a go command reads them there too.",
        flags: &[
            CHANGE_FOLDER,
            Flag { name: "json", takes: Takes::Switch, help: "Print a JSON object" },
            Flag { name: "changed", takes: Takes::Switch, help: "Print what is not the default" },
            Flag { name: "w", takes: Takes::Switch, help: "Keep the assignments NAME=VALUE" },
            Flag { name: "u", takes: Takes::Switch, help: "Remove what is kept for these names" },
        ],
    },
    Verb {
        name: "version",
        under_mod: false,
        arguments: "",
        about: "Print gomod's version and the Go version that it takes for the local one",
        details: "",
        flags: &[],
    },
    Verb {
        name: "completion",
        under_mod: false,
        arguments: "bash|elvish|fish|powershell|zsh",
        about: "Print a completion script for a shell",
        details: "",
        flags: &[],
    },
    Verb {
        name: "help",
        under_mod: false,
        arguments: "[VERB]",
        about: "Explain a verb",
        details: "",
        flags: &[],
    },
];

/// Those of `vendor` and `work vendor`.
const VENDOR_FLAGS: &[Flag] = &[
    CHANGE_FOLDER,
    Flag {
        name: "e",
        takes: Takes::Switch,
        help: "Go on despite packages that cannot be loaded, and say which",
    },
    Flag {
        name: "v",
        takes: Takes::Switch,
        help: "Print the modules and packages that are vendored",
    },
    Flag { name: "o", takes: Takes::Value("DIR"), help: "Make the folder DIR, rather than vendor" },
    Flag {
        name: "check",
        takes: Takes::Switch,
        help: "Write nothing; say what differs, and exit 1 where anything does",
    },
    Flag {
        name: "include-non-go",
        takes: Takes::Switch,
        help: "Copy folders without Go files below those of packages too",
    },
    TRACE,
    QUIET,
    MOD_FILE,
    OVERLAY,
    TOKEN_FILE,
    RETRIES,
    NO_RETRY,
    STALL_TIMEOUT,
    OFFLINE,
    LOCKED,
    CACHE_WRITABLE,
];

/// The verb of a name.
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// The group of a name.
pub fn find_group(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.name == name)
}

impl Group {
    /// Its verbs.
    pub fn verbs(&self) -> impl Iterator<Item = &'static Verb> + use<> {
        let name = self.name;
        VERBS.iter().filter(move |verb| verb.group() == Some(name))
    }
}

impl Verb {
    /// The word of the group that it belongs to.
    pub fn group(&self) -> Option<&'static str> {
        self.name.split_once(' ').map(|(group, _)| group)
    }

    /// The last word of its name.
    pub fn word(&self) -> &'static str {
        self.name.split_once(' ').map_or(self.name, |(_, word)| word)
    }

    /// The flag of a name.
    pub fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}
