//! Memory and open files stay within bounds, whatever is asked and however it is answered.
//!
//! The bounds are those of a build without optimisation, whose program alone takes most of them.
//! `GOMOD_BOUNDS=all` makes the list of 100 MB one of versions that all count.

use std::fs;
use std::io::{self, BufWriter, Read as _, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(240);

/// What a run took at its peak.
#[derive(Clone, Copy, Debug, Default)]
struct Peak {
    /// Memory, in MiB; of these those that are no pages of files.
    resident: u64,
    own: u64,
    /// Open files.
    files: usize,
}

/// A main module, and the folders of a run.
struct Bench {
    room: Room,
}

impl Bench {
    fn new(go_mod: &str) -> Self {
        let room = Room::new("gomod-bounds-").unwrap();
        fs::create_dir(room.path().join("m")).unwrap();
        fs::write(room.path().join("m/go.mod"), go_mod).unwrap();
        Self { room }
    }

    fn gopath(&self) -> PathBuf {
        self.room.path().join("gopath")
    }

    /// Runs gomod with at most so many open files, and looks at what it takes meanwhile.
    fn run(&self, proxy: &str, sumdb: &str, files: u32, arguments: &str) -> (Output, Peak) {
        let home = self.room.path();
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {files}; exec {} {arguments}", env!("CARGO_BIN_EXE_gomod"));
        command
            .args(["-c", &script])
            .current_dir(home.join("m"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", self.gopath())
            .env("GOPROXY", proxy)
            .env("GOSUMDB", sumdb)
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        let program = Program::start(command).unwrap();
        let process = program.group().as_raw_nonzero().to_string();
        let is_over = Arc::new(AtomicBool::new(false));
        let watch = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                let mut peak = Peak::default();
                while !is_over.load(Ordering::Relaxed) {
                    peak.look(&process);
                    thread::sleep(Duration::from_millis(5));
                }
                peak
            }
        });
        let start = Instant::now();
        let output = program.finish(LIMIT).unwrap();
        is_over.store(true, Ordering::Relaxed);
        let peak = watch.join().unwrap();
        println!("{arguments:.40}: {peak:?} in {:.1} s", start.elapsed().as_secs_f64());
        (output, peak)
    }
}

impl Peak {
    fn look(&mut self, process: &str) {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        if !status.starts_with("Name:\tgomod\n") {
            return;
        }
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            number.and_then(|number| number.parse::<u64>().ok()).unwrap_or_default() >> 10
        };
        self.resident = self.resident.max(mebibytes("VmHWM:"));
        self.own = self.own.max(mebibytes("RssAnon:"));
        let files = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().count();
        self.files = self.files.max(files);
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{:?}\n{}", output.status, stderr(output));
}

/// So many small modules of which each requires the next two, as a binary tree, and the lines of
/// a go.mod file that requires them all.
fn modules(count: usize) -> (Catalogue, String) {
    let mut catalogue = Catalogue::default();
    let mut lines = String::from("require (\n");
    let path = |n: usize| format!("example.com/g{}/m{n}", n % 97);
    for n in 0..count {
        let next: String = [2 * n + 1, 2 * n + 2]
            .into_iter()
            .filter(|next| *next < count)
            .map(|next| format!("require {} v1.0.0\n", path(next)))
            .collect();
        let (path, go_mod) = (path(n), format!("module {}\n\ngo 1.21\n\n{next}", path(n)));
        let text = format!(
            "module {path} v1.0.0\n-- go.mod --\n{go_mod}-- m.go --\npackage m\n-- d/d.go --\n\
             package d\n"
        );
        catalogue.add(ModuleVersion::parse(&text).unwrap());
        lines += &format!("\t{path} v1.0.0\n");
    }
    (catalogue, lines + ")\n")
}

fn go_mod(requirements: &str) -> String {
    format!("module example.com/main\n\ngo 1.21\n\n{requirements}")
}

#[test]
fn five_thousand_modules() {
    let (catalogue, requirements) = modules(5_000);
    let proxy = Proxy::start(catalogue.into()).unwrap();
    let bench = Bench::new(&go_mod(&requirements));
    let (output, peak) =
        bench.run(&proxy.url(), &Database::verifier_key(), 1024, "download -no-retry");
    assert_done(&output);
    assert!(peak.resident < 192 && peak.own < 128, "{peak:?}");
    assert!(peak.files < 512, "{peak:?}");
    bench.room.close().unwrap();
}

/// Connections, and modules that are being written, are limited where they would take too many.
#[test]
fn few_open_files_are_enough() {
    let (catalogue, requirements) = modules(300);
    let proxy = Proxy::start(catalogue.into()).unwrap();
    for files in [256, 64] {
        let bench = Bench::new(&go_mod(&requirements));
        let (output, peak) =
            bench.run(&proxy.url(), &Database::verifier_key(), files, "download -no-retry");
        assert_done(&output);
        assert!(peak.files <= files as usize, "{peak:?}");
        bench.room.close().unwrap();
    }
}

/// Writes the answer to the request for a path.
type Answer = dyn Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync;

/// A server whose answers are made as they are sent, one a connection.
struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Server {
    fn start(
        answer: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (address, is_over) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let (ends, answer): (_, Arc<Answer>) = (Arc::clone(&is_over), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), answer) = (stream, Arc::clone(&answer)) else { continue };
                // The client may go away.
                thread::spawn(move || drop(serve(&stream, &*answer)));
            }
        });
        Self { address, is_over }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: &TcpStream, answer: &Answer) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    answer(path, &mut stream)?;
    stream.shutdown(Shutdown::Write)
}

fn write_answer(to: &mut dyn Write, catalogue: &Catalogue, path: &str) -> io::Result<Vec<u8>> {
    let answer = catalogue.answer(path);
    let length = answer.body.len();
    write!(
        to,
        "HTTP/1.1 {} Made\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        answer.status
    )?;
    Ok(answer.body)
}

/// Each byte comes long after the last: none of the answers is silent, and all are slow.
#[test]
fn a_server_that_answers_byte_by_byte() {
    const MODULES: usize = 24;
    const PAUSE: Duration = Duration::from_millis(8);
    let (catalogue, requirements) = modules(MODULES);
    let server = Server::start(move |path, stream| {
        for byte in write_answer(stream, &catalogue, path)? {
            stream.write_all(&[byte])?;
            thread::sleep(PAUSE);
        }
        Ok(())
    });
    let bench = Bench::new(&go_mod(&requirements));
    let start = Instant::now();
    // Shorter than a zip takes.
    let arguments = "download -no-retry -stall-timeout=1s";
    let (output, peak) = bench.run(&server.url(), "off", 1024, arguments);
    assert_done(&output);
    assert!(start.elapsed() > Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(peak.resident < 128 && peak.own < 64, "{peak:?}");
    bench.room.close().unwrap();
}

/// How long the list is, in bytes.
const LIST: usize = 100_000_000;

/// Writes the list; answers how many of its lines count. Unless all do, most of it is what does
/// not: many lines take a build without optimisation a while.
fn write_list(to: &mut dyn Write, all: bool) -> io::Result<usize> {
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let (mut written, mut versions) = (0, 0);
    let long = "v1.0.0+".repeat(400) + "\n";
    let others = [long.as_str(), "v0.0.0-20200101000000-abcdefabcdef\n"].concat();
    let block = others.repeat(if all { 0 } else { 1_000 });
    while written < LIST {
        to.write_all(block.as_bytes())?;
        written += block.len();
        for _ in 0..1_000 {
            // In no order.
            let line = format!("v1.{}.{versions}\n", versions % 9_973);
            to.write_all(line.as_bytes())?;
            (written, versions) = (written + line.len(), versions + 1);
        }
    }
    to.write_all(b"v1.99999.0\n")?;
    to.flush()?;
    Ok(versions + 1)
}

#[test]
fn a_list_of_a_hundred_megabytes() {
    let all = std::env::var("GOMOD_BOUNDS").is_ok_and(|value| value == "all");
    let mut catalogue = Catalogue::default();
    let text = "module example.com/long v1.99999.0\n-- go.mod --\nmodule example.com/long\n";
    catalogue.add(ModuleVersion::parse(text).unwrap());
    let server = Server::start(move |path, stream| {
        if path == "/example.com/long/@v/list" {
            stream.write_all(b"HTTP/1.1 200 Made\r\nConnection: close\r\n\r\n")?;
            return write_list(stream, all).map(drop);
        }
        let body = write_answer(stream, &catalogue, path)?;
        stream.write_all(&body)
    });
    let bench = Bench::new(&go_mod(""));
    let (output, peak) =
        bench.run(&server.url(), "off", 1024, "list -m -versions example.com/long@v1.99999.0");
    assert_done(&output);
    let listed = output.stdout.split(|byte| *byte == b' ').count() - 1;
    assert_eq!(listed, write_list(&mut io::sink(), all).unwrap());
    let most = if all { 512 } else { 80 };
    assert!(peak.resident < most && peak.own < most - 32, "{peak:?}");

    let (output, peak) = bench.run(&server.url(), "off", 1024, "get example.com/long@latest");
    assert_done(&output);
    assert!(stderr(&output).contains("added example.com/long v1.99999.0"), "{}", stderr(&output));
    assert!(peak.resident < most && peak.own < most - 32, "{peak:?}");
    bench.room.close().unwrap();
}
