//! Sequences of commands in the worlds of many seeds: run by both sides, compared, counted,
//! and left to be looked at.
//!
//! What a kind of sequence is called in the environment, how a seed becomes one and what go
//! may come to in it is said in a [`Sequences`]. `NAME=17` runs the one of a seed,
//! `NAME=0..500` those of a range. With `NAME_KEEP=DIR` each is left below DIR, to be run again
//! by hand, and `NAME_AGAINST=go` runs go on both sides, which shows what go itself leaves to
//! chance.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use regex::Regex;
use similar::TextDiff;

use crate::support::fixture::escape;
use crate::support::tree::Tree;

use super::graphs::seeds;
use super::sides::{self, Case, GOMOD, Seen, Step, in_gos_name, in_order, run_alone};
use super::worlds::World;

/// How long one command may run. There are worlds in which that of go does not come to an end.
const LIMIT: Duration = Duration::from_secs(20);

/// A kind of sequence.
#[derive(Debug)]
pub struct Sequences {
    /// The environment variable that chooses seeds.
    pub variable: &'static str,
    /// The seeds of an ordinary run.
    pub seeds: Range<u64>,
    /// The world of a seed, and what go alone runs in it before anything is compared.
    pub world: fn(u64) -> (World, Vec<Vec<String>>),
    /// What both run, where the first has left the files of the case.
    pub commands: fn(World, &mut Case),
    /// Takes known differences out of what the two left after a command, and answers whether they
    /// part there: then nothing that follows is compared.
    pub set_aside: fn(&[String], &mut Seen, &mut Seen) -> bool,
    /// What go came to in a step, before which these were go.mod and go.sum.
    pub came_to: fn([&str; 2], &Step) -> BTreeSet<&'static str>,
    /// The least share of sequences, in hundredths, in which a step of go's comes to this.
    pub least: &'static [(&'static str, usize)],
}

/// What a sequence came to.
struct Run {
    case: Case,
    steps: Vec<Step>,
    /// What differs, ready to print; empty where nothing does.
    report: String,
}

impl Sequences {
    /// The case of a seed as far as it is made up: its steps are what go alone runs first.
    pub fn beginning(&self, seed: u64) -> (World, Case) {
        let (world, steps) = (self.world)(seed);
        let case = Case {
            name: format!("{}={seed}", self.variable),
            catalogue: Arc::new(world.catalogue()),
            files: world.files.clone(),
            steps,
            limit: LIMIT,
        };
        (world, case)
    }

    /// The case to compare, after its beginning.
    pub fn case(&self, world: World, beginning: &Case) -> io::Result<Case> {
        let mut case = beginning.clone();
        if let Some(last) = run_alone(beginning, "go", Path::new("go"))?.pop() {
            for (name, text) in last.files {
                case.set_file(&name, text);
            }
        }
        (self.commands)(world, &mut case);
        Ok(case)
    }

    /// Runs the sequence of a seed. The error is a sequence in which go itself came to no end,
    /// which nothing can be equal to.
    fn run(&self, seed: u64, program: &Path) -> Result<Run, Run> {
        let failed = |case: Case, error: io::Error| match error.kind() {
            io::ErrorKind::TimedOut => {
                Run { report: format!("=== {}: {error}\n", case.name), case, steps: Vec::new() }
            }
            _ => panic!("{}={seed}: {error}", self.variable),
        };
        let (world, beginning) = self.beginning(seed);
        let case = match self.case(world, &beginning) {
            Ok(case) => case,
            Err(error) => return Err(failed(beginning, error)),
        };
        let mut report = String::new();
        let steps = match sides::run(&case, program) {
            Ok(steps) => steps,
            Err(error) => {
                // Which of the two it was, go tells when it is alone.
                if let Err(error) = run_alone(&case, "go", Path::new("go")) {
                    return Err(failed(case, error));
                }
                let _ = writeln!(report, "=== {}: {error}", case.name);
                Vec::new()
            }
        };
        for (number, step) in steps.iter().enumerate() {
            if is_lost(&step.go) {
                break;
            }
            let (mut go, mut gomod) = (step.go.clone(), step.gomod.clone());
            let parts = (self.set_aside)(&step.arguments, &mut go, &mut gomod);
            let found = Outcome::of(&go).difference(&Outcome::of(&gomod));
            if !found.is_empty() {
                let words = step.arguments.join(" ");
                let _ =
                    writeln!(report, "=== {}, step {}: {words}\n{found}", case.name, number + 1);
            }
            if parts || !found.is_empty() {
                break;
            }
        }
        Ok(Run { case, steps, report })
    }

    /// Runs the sequences of the chosen seeds. That a command of gomod's does not end as that of
    /// go does is a failure, and so is a generator that does not reach what it is made for.
    pub fn compare(&self) {
        let variable = |end: &str| std::env::var_os(format!("{}_{end}", self.variable));
        let program = variable("AGAINST").unwrap_or(GOMOD.into());
        let seeds: Vec<u64> = seeds(self.variable, self.seeds.clone()).collect();
        let runs = in_order(&seeds, |seed| self.run(*seed, Path::new(&program)));
        let (runs, hanging): (Vec<_>, Vec<_>) = runs.into_iter().partition(Result::is_ok);
        let runs: Vec<Run> = runs.into_iter().filter_map(Result::ok).collect();
        let hanging: Vec<Run> = hanging.into_iter().filter_map(Result::err).collect();

        let mut sequences: BTreeMap<&str, usize> = BTreeMap::new();
        let mut commands: BTreeMap<&str, usize> = BTreeMap::new();
        let mut count = 0;
        for run in &runs {
            let mut before = ["go.mod", "go.sum"].map(|name| run.case.file(name));
            let mut steps: Vec<BTreeSet<&str>> = Vec::new();
            for step in &run.steps {
                steps.push((self.came_to)(before, step));
                before = [&step.go.go_mod, &step.go.go_sum];
            }
            count += steps.len();
            for what in steps.iter().flatten() {
                *commands.entry(what).or_default() += 1;
            }
            for what in steps.into_iter().flatten().collect::<BTreeSet<&str>>() {
                *sequences.entry(what).or_default() += 1;
            }
        }
        let mut shares = format!(
            "{} sequences of {count} commands, and {} in which go comes to no end; go, in % of \
             each:\n",
            runs.len(),
            hanging.len()
        );
        for (what, number) in &sequences {
            let of_commands = commands[what] * 100 / count;
            let _ = writeln!(shares, "  {what}: {} and {of_commands}", number * 100 / runs.len());
        }
        shares.extend(hanging.iter().map(|run| run.report.as_str()));
        // Past the capture of the test harness: the figures matter where all is well, too.
        let _ = io::stderr().write_all(shares.as_bytes());

        let differing: Vec<&Run> = runs.iter().filter(|run| !run.report.is_empty()).collect();
        if let Some(folder) = variable("KEEP") {
            for run in runs.iter().chain(&hanging) {
                let seed = run.case.name.rsplit('=').next().unwrap_or_default();
                let folder = Path::new(&folder).join(seed);
                run.keep(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            }
        }
        let shown: String = differing.iter().take(10).map(|run| run.report.as_str()).collect();
        let names: Vec<&str> = differing.iter().map(|run| run.case.name.as_str()).collect();
        let of_all = format!("{} of {} sequences differ", names.len(), runs.len());
        assert!(names.is_empty(), "{shown}\n{of_all}: {}", names.join(" "));

        if (runs.len() as u64) < self.seeds.end - self.seeds.start {
            return;
        }
        assert!(hanging.len() * 50 <= runs.len(), "too many worlds are none to go: {shares}");
        for (what, least) in self.least {
            let number = sequences.get(what).copied().unwrap_or_default();
            assert!(number * 100 >= runs.len() * least, "go {what} too rarely: {shares}");
        }
    }
}

/// Whether go lost its way: what it says and leaves then is nothing to be equal to.
pub fn is_lost(go: &Seen) -> bool {
    go.stderr.contains("\ngoroutine 1 [running]:\n") || go.stderr.contains("internal error: ")
}

/// The stanzas that `mod why` prints, each once: for the pattern `tool` go prints each tool as
/// often as it has loaded packages.
fn stanzas(printed: &str) -> String {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let stanzas: Vec<&str> = printed.split("\n\n").filter(|stanza| told.insert(stanza)).collect();
    stanzas.join("\n\n").trim_end().to_owned()
}

/// What is compared of a side: whether it failed, what it said, and the main module's files.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    failed: bool,
    pub said: String,
    printed: String,
    files: BTreeMap<String, String>,
    main: Tree,
}

impl Outcome {
    pub fn of(seen: &Seen) -> Self {
        // In the order of arrival, or of progress alone.
        let dropped = ["go: downloading ", "go: finding "];
        // gomod tells the reason of a status by its code, go as the server words it.
        let mut text = in_gos_name(&seen.stderr).replace("404 Fixture", "404 Not Found");
        // gomod names the arguments, and its help has no pages but those of its verbs.
        static WORDED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new("'go (\\w+)' accepts no arguments, but was given .*").expect("a pattern")
        });
        text = WORDED.replace(&text, "'go mod $1' accepts no arguments").into_owned();
        text = text.replace("see 'go help download'", "see 'go help mod download'");
        text = text.replace("path; see 'go help get'", "path; see 'go help packages'");
        // Behind its advice about -compat go says once more what it is about.
        const ADVICE_END: &str = "https://go.dev/ref/mod#graph-pruning\n";
        if let Some(end) = text.find(ADVICE_END) {
            text.truncate(end + ADVICE_END.len());
        }
        let lines = text.split_inclusive('\n');
        let lines = lines.filter(|line| !dropped.iter().any(|word| line.starts_with(word)));
        let (mut found, others): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.starts_with("go: found "));
        found.sort_unstable();
        Self {
            failed: seen.status != 0,
            said: found.concat() + &others.concat(),
            printed: match seen.stdout.starts_with("# ") {
                true => stanzas(&in_gos_name(&seen.stdout)),
                false => in_gos_name(&seen.stdout).replace("404 Fixture", "404 Not Found"),
            },
            files: seen.files.clone(),
            main: seen.main.clone(),
        }
    }

    /// What differs, ready to print; empty where nothing does.
    fn difference<'a>(&'a self, gomod: &'a Self) -> String {
        let mut found = String::new();
        if self.failed != gomod.failed {
            let word = |failed| if failed { "fails" } else { "succeeds" };
            let _ = writeln!(found, "go {}, gomod {}", word(self.failed), word(gomod.failed));
        }
        let mut texts = vec![
            ("stderr", &*self.said, &*gomod.said),
            ("stdout", &*self.printed, &*gomod.printed),
        ];
        let names: BTreeSet<&String> = self.files.keys().chain(gomod.files.keys()).collect();
        for name in names {
            let text = |side: &'a Self| side.files.get(name).map_or("", String::as_str);
            texts.push((name, text(self), text(gomod)));
        }
        for (what, theirs, ours) in texts {
            if theirs != ours {
                let diff = TextDiff::from_lines(theirs, ours);
                found.push_str(&diff.unified_diff().header(what, "gomod's").to_string());
            }
        }
        found.push_str(&self.main.diff(&gomod.main));
        found
    }
}

impl Run {
    /// Leaves in a folder what it takes to run this again by hand: what the proxy serves
    /// (a folder for a `file:` GOPROXY), the main module, the commands, and what each side
    /// left step by step.
    fn keep(&self, folder: &Path) -> io::Result<()> {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, bytes)
        };
        let mut listed: BTreeSet<String> = BTreeSet::new();
        for module in self.case.catalogue.iter() {
            let place = format!("proxy/{}", escape(&module.path));
            let version = escape(&module.version);
            write(&format!("{place}/@v/{version}.info"), &module.info)?;
            write(&format!("{place}/@v/{version}.mod"), &module.go_mod)?;
            write(&format!("{place}/@v/{version}.zip"), &module.zip)?;
            for query in &module.queries {
                write(&format!("{place}/@v/{query}.info"), &module.info)?;
            }
            if listed.insert(place.clone()) {
                let served = place.strip_prefix("proxy").unwrap_or(&place);
                for name in ["@v/list", "@latest"] {
                    let answer = self.case.catalogue.answer(&format!("{served}/{name}"));
                    write(&format!("{place}/{name}"), &answer.body)?;
                }
            }
        }
        for (name, text) in &self.case.files {
            write(&format!("main/{name}"), text.as_bytes())?;
        }
        let mut commands = String::new();
        for words in &self.case.steps {
            let _ = writeln!(commands, "{}", words.join(" "));
        }
        for (number, step) in self.steps.iter().enumerate() {
            for (name, seen) in [("go", &step.go), ("gomod", &step.gomod)] {
                let place = format!("after/{}/{name}", number + 1);
                for (name, text) in &seen.files {
                    write(&format!("{place}/{name}"), text.as_bytes())?;
                }
                write(&format!("{place}/tree"), seen.main.to_string().as_bytes())?;
                write(&format!("{place}/stdout"), seen.stdout.as_bytes())?;
                let said = format!("{}exit status {}\n", seen.stderr, seen.status);
                write(&format!("{place}/stderr"), said.as_bytes())?;
            }
        }
        write("commands", commands.as_bytes())?;
        write("report", self.report.as_bytes())
    }
}
