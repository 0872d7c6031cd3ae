//! Hosts of repositories on a loopback port: pages with go-import lines, git's smart
//! HTTP, Mercurial, Fossil and Subversion, as a company would run them.
//!
//! The port is that of an HTTP proxy. A program that is given [`Forge::environment`] comes
//! here for every host, whatever the name: by CONNECT and TLS with a certificate for
//! `*.example.com` and gopkg.in, or by plain HTTP. So module paths are ordinary, nothing is resolved,
//! and what would have gone to another host is in the log.
//!
//! | host                 | what it is                                              |
//! |----------------------|---------------------------------------------------------|
//! | `git.example.com`    | `git http-backend` over `ROOT/git/NAME`                 |
//! | `hg.example.com`     | `hg serve` over `ROOT/hg/NAME`                          |
//! | `fossil.example.com` | `fossil http` over `ROOT/fossil/NAME.fossil`            |
//! | any other            | pages, redirections and module proxies that a test sets |
//!
//! Subversion has a port of its own, of `svnserve` over `ROOT/svn` ([`Forge::svn_url`]).

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustix::process::{Pid, Signal, kill_process_group};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::fixture::Catalogue;
use super::program::Room;

/// A go-import line (ref/mod#vcs-find): the module paths below the prefix are in the
/// repository, whose root is the folder, or the prefix where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The root of the module paths.
    pub prefix: String,
    /// The kind of version control, or `mod` for a module proxy.
    pub system: String,
    /// Where the repository is.
    pub url: String,
    /// The folder of the repository that is the root of the module paths.
    pub folder: Option<String>,
}

impl Import {
    /// Reads `PREFIX SYSTEM URL [FOLDER]`.
    pub fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (words, folder) = match words[..] {
            [prefix, system, url] => ([prefix, system, url], None),
            [prefix, system, url, folder] => ([prefix, system, url], Some(folder)),
            _ => return Err(format!("no PREFIX SYSTEM URL [FOLDER]: {line:?}")),
        };
        let [prefix, system, url] = words.map(str::to_owned);
        Ok(Self { prefix, system, url, folder: folder.map(str::to_owned) })
    }

    fn page(&self) -> String {
        let Self { prefix, system, url, folder } = self;
        let folder = folder.as_ref().map(|folder| format!(" {folder}")).unwrap_or_default();
        format!(
            "<!DOCTYPE html>\n<html><head>\n\
             <meta name=\"go-import\" content=\"{prefix} {system} {url}{folder}\">\n\
             </head><body>Nothing to see.</body></html>\n"
        )
    }
}

/// One request, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `https`, `http`, or `connect` for that a tunnel was asked for.
    pub scheme: &'static str,
    /// The host, without the port that the scheme stands for.
    pub host: String,
    /// The method.
    pub method: String,
    /// The URL path and query.
    pub target: String,
    /// The value of the Authorization header.
    pub authorization: Option<String>,
    /// The request line and the headers as they came.
    pub head: String,
    /// The status of the answer.
    pub status: u16,
}

/// Without headers: `GET https://host/path 200`.
impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scheme, host, method, target, status, .. } = self;
        write!(f, "{method} {scheme}://{host}{target} {status}")
    }
}

/// The running hosts; dropping it ends every connection and what has been started.
#[derive(Debug)]
pub struct Forge {
    shared: Arc<Shared>,
    address: SocketAddr,
    svn_address: SocketAddr,
    threads: Vec<JoinHandle<()>>,
    /// Holds the certificate and the programs' settings.
    room: Room,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    home: PathBuf,
    tls: Arc<ServerConfig>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pages: Vec<(String, String)>,
    imports: Vec<Import>,
    redirects: Vec<(String, String)>,
    proxies: Vec<(String, Arc<Catalogue>)>,
    locked: Vec<Lock>,
    stalled: Vec<String>,
    /// How many were sent half of an answer.
    waiting: usize,
    without_tls: Vec<String>,
    log: Vec<Request>,
    mercurial: Option<Mercurial>,
    /// Weak: a connection closes when its thread lets go of it, not later.
    connections: Vec<Weak<TcpStream>>,
    threads: Vec<JoinHandle<()>>,
    closing: bool,
}

/// Whom a part of a host is for.
#[derive(Debug)]
struct Lock {
    prefix: String,
    authorization: String,
}

impl Forge {
    /// Serves the repositories below a folder (see [the module](self)).
    pub fn start(root: &Path) -> io::Result<Self> {
        let room = Room::new("gomod-forge-")?;
        let tls = Arc::new(certificate(&room.path().join("ca.pem")).map_err(io::Error::other)?);
        let authority = room.path().join("ca.pem");
        fs::write(room.path().join("hgrc"), format!("[web]\ncacerts = {}\n", authority.display()))?;
        fs::create_dir(room.path().join("home"))?;
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let svn = TcpListener::bind(("127.0.0.1", 0))?;
        let (address, svn_address) = (listener.local_addr()?, svn.local_addr()?);
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            home: room.path().join("home"),
            tls,
            state: Mutex::default(),
        });
        let acceptors = [(listener, serve as Serve), (svn, serve_svn)];
        let threads = acceptors.into_iter().map(|(listener, serve)| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared, serve))
        });
        Ok(Self { threads: threads.collect(), shared, address, svn_address, room })
    }

    /// What brings a program's requests here: proxies and the certificate authority of
    /// go, git, Mercurial and Fossil.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let url = OsString::from(format!("http://{}", self.address));
        let authority = self.authority().into_os_string();
        vec![
            ("HTTP_PROXY", url.clone()),
            ("HTTPS_PROXY", url.clone()),
            ("http_proxy", url.clone()),
            ("https_proxy", url),
            ("SSL_CERT_FILE", authority.clone()),
            ("SSL_CERT_DIR", self.shared.home.clone().into_os_string()),
            ("GIT_SSL_CAINFO", authority),
            ("HGRCPATH", self.room.path().join("hgrc").into_os_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ]
    }

    /// The certificate of the authority that vouches for the hosts, a PEM file.
    pub fn authority(&self) -> PathBuf {
        self.room.path().join("ca.pem")
    }

    /// The URL below which svnserve has the repositories, without a slash at the end.
    pub fn svn_url(&self) -> String {
        format!("svn://{}", self.svn_address)
    }

    /// Answers `?go-get=1` for paths at and below the import's prefix; the longest wins.
    pub fn set_import(&self, import: Import) {
        self.shared.lock().imports.push(import);
    }

    /// Answers `?go-get=1` for exactly this `host/path` with a page.
    pub fn set_page(&self, address: &str, page: &str) {
        self.shared.lock().pages.push((address.to_owned(), page.to_owned()));
    }

    /// Redirects what begins so, `host/path`, to a URL, to which the rest is added.
    pub fn set_redirect(&self, prefix: &str, url: &str) {
        self.shared.lock().redirects.push((prefix.to_owned(), url.to_owned()));
    }

    /// Makes a host a module proxy of this catalogue.
    pub fn set_proxy(&self, host: &str, catalogue: Arc<Catalogue>) {
        self.shared.lock().proxies.push((host.to_owned(), catalogue));
    }

    /// Asks those who want what begins so, `host/path`, for a name and a password.
    pub fn set_password(&self, prefix: &str, user: &str, password: &str) {
        let authorization = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        self.set_authorization(prefix, &authorization);
    }

    /// Asks those who want what begins so, `host/path`, for this Authorization.
    pub fn set_authorization(&self, prefix: &str, authorization: &str) {
        let lock = Lock { prefix: prefix.to_owned(), authorization: authorization.to_owned() };
        self.shared.lock().locked.push(lock);
    }

    /// Sends those who fetch from a git repository that begins so, `host/path`, half of an answer,
    /// and then keeps them waiting; or does so no more.
    pub fn set_stalled(&self, prefix: &str, stalled: bool) {
        let all = &mut self.shared.lock().stalled;
        all.retain(|other| other != prefix);
        all.extend(Some(prefix.to_owned()).filter(|_| stalled));
    }

    /// How many have been kept waiting so.
    pub fn kept_waiting(&self) -> usize {
        self.shared.lock().waiting
    }

    /// Takes TLS away from a host: only plain HTTP is answered there.
    pub fn set_without_tls(&self, host: &str) {
        self.shared.lock().without_tls.push(host.to_owned());
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.lock().log.clear();
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        let (connections, mercurial) = {
            let mut state = self.shared.lock();
            state.closing = true;
            (std::mem::take(&mut state.connections), state.mercurial.take())
        };
        drop(mercurial);
        for connection in connections.iter().filter_map(Weak::upgrade) {
            // One that its peer has closed already cannot be shut down: as well.
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the acceptors. Where this cannot connect, they have ended.
        drop((TcpStream::connect(self.address), TcpStream::connect(self.svn_address)));
        let mut threads = std::mem::take(&mut self.threads);
        threads.append(&mut self.shared.lock().threads);
        for thread in threads {
            if thread.join().is_err() && !thread::panicking() {
                panic!("a thread of the forge panicked");
            }
        }
    }
}

/// An authority, written to a file, and a certificate of it for every host.
/// What the hosts prove their names by; their authority's certificate becomes a PEM file.
pub fn certificate(
    authority_file: &Path,
) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "Authority of the fixture hosts");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    fs::write(authority_file, authority.self_signed(&key)?.pem())?;
    let issuer = Issuer::new(authority, key);

    let key = KeyPair::generate()?;
    let hosts = ["*.example.com", "example.com", "gopkg.in"].map(str::to_owned).to_vec();
    let mut host = CertificateParams::new(hosts)?;
    host.use_authority_key_identifier_extension = true;
    let host = host.signed_by(&key, &issuer)?;
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![host.der().clone()], key)?)
}

type Serve = fn(Arc<TcpStream>, &Shared) -> io::Result<()>;

fn accept(listener: &TcpListener, shared: &Arc<Shared>, serve: Serve) {
    for stream in listener.incoming() {
        let mut state = shared.lock();
        if state.closing {
            return;
        }
        // An attempt that failed before it was accepted is the client's affair.
        let Ok(stream) = stream else { continue };
        let stream = Arc::new(stream);
        state.connections.retain(|connection| connection.strong_count() > 0);
        state.connections.push(Arc::downgrade(&stream));
        let shared = Arc::clone(shared);
        state.threads.push(thread::spawn(move || {
            // A client may go away at any moment; the next request is on a new connection.
            let _ = serve(stream, &shared);
        }));
    }
}

/// Serves one connection of a client that takes this for its HTTP proxy.
fn serve(stream: Arc<TcpStream>, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire: Box<dyn Wire> = Box::new(Plain(stream));
    let mut tunnel = None;
    while let Some(head) = Head::read(&mut wire)? {
        if head.method == "CONNECT" {
            let host = head.target.strip_suffix(":443").unwrap_or(&head.target).to_owned();
            let refused = shared.lock().without_tls.contains(&host);
            let status = if refused { 502 } else { 200 };
            shared.log("connect", &host, &head, status);
            write!(wire, "HTTP/1.1 {status} Fixture\r\nContent-Length: 0\r\n\r\n")?;
            wire.flush()?;
            if refused {
                return Ok(());
            }
            let tls = ServerConnection::new(Arc::clone(&shared.tls)).map_err(io::Error::other)?;
            wire = Box::new(StreamOwned::new(tls, wire));
            tunnel = Some(host);
            continue;
        }
        let body = head.read_body(&mut wire)?;
        let (scheme, host, target) = match &tunnel {
            Some(host) => ("https", host.clone(), head.target.clone()),
            None => {
                let absolute = head.target.strip_prefix("http://").unwrap_or(&head.target);
                let at = absolute.find(['/', '?']).unwrap_or(absolute.len());
                ("http", absolute[..at].to_owned(), absolute[at..].to_owned())
            }
        };
        let answer = shared.answer(scheme, &host, &target, &head, &body)?;
        let stalls = shared.stalls(&format!("{host}{target}"), &body);
        shared.log(scheme, &host, &Head { target, ..head.clone() }, answer.status);
        if stalls {
            let mut whole = Vec::new();
            answer.write(&mut whole, head.is_last())?;
            wire.write_all(&whole[..whole.len() / 2])?;
            wire.flush()?;
            shared.lock().waiting += 1;
            // Nothing comes from the client but its end.
            return wire.read(&mut [0]).map(drop);
        }
        answer.write(&mut wire, head.is_last())?;
        if head.is_last() {
            break;
        }
    }
    Ok(())
}

/// Serves one connection by an svnserve of its own.
fn serve_svn(stream: Arc<TcpStream>, shared: &Shared) -> io::Result<()> {
    let socket = || stream.try_clone().map(OwnedFd::from);
    let mut command = shared.program("svnserve");
    command.args(["--inetd", "--read-only", "--root"]).arg(shared.root.join("svn"));
    command.stdin(socket()?).stdout(socket()?).stderr(Stdio::null());
    command.spawn()?.wait()?;
    Ok(())
}

trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

struct Plain(Arc<TcpStream>);

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// The first line and the headers of a request or of an answer.
#[derive(Clone, Debug, Default)]
struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    text: String,
}

impl Head {
    /// Reads up to the empty line; `None` where there is nothing left.
    fn read(wire: &mut impl Read) -> io::Result<Option<Self>> {
        let mut text = Vec::new();
        // Byte by byte, so that nothing behind it is taken: TLS may begin there.
        while !text.ends_with(b"\r\n\r\n") && !text.ends_with(b"\n\n") {
            let mut byte = [0];
            match wire.read(&mut byte) {
                Ok(0) if text.is_empty() => return Ok(None),
                // A client that leaves without a farewell has left all the same.
                Err(error) if text.is_empty() && error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => text.push(byte[0]),
                Err(error) => return Err(error),
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        // A CGI program's answer has no first line of its own.
        let all = if first.contains(": ") { text.lines() } else { lines };
        let headers = all.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Ok(Some(Self { method, target, headers: headers.collect(), text }))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the client waits for the end of the connection after its answer.
    fn is_last(&self) -> bool {
        match self.header("connection") {
            Some(value) => value.eq_ignore_ascii_case("close"),
            None => self.text.lines().next().is_some_and(|line| line.ends_with("HTTP/1.0")),
        }
    }

    /// The body of a request, without its transfer encoding.
    fn read_body(&self, wire: &mut Box<dyn Wire>) -> io::Result<Vec<u8>> {
        if self.header("expect").is_some() {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            wire.flush()?;
        }
        let mut body = Vec::new();
        if self.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            loop {
                let line = Self::read_line(wire)?;
                let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
                let mut chunk = vec![0; size];
                wire.read_exact(&mut chunk)?;
                body.append(&mut chunk);
                Self::read_line(wire)?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        if let Some(length) = self.header("content-length") {
            body.resize(length.parse().map_err(io::Error::other)?, 0);
            wire.read_exact(&mut body)?;
        }
        Ok(body)
    }

    fn read_line(wire: &mut Box<dyn Wire>) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            wire.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// A whole answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// Reads what a CGI program or another server answers, up to its end.
    fn read(from: &mut impl Read) -> io::Result<Self> {
        let head = Head::read(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        from.read_to_end(&mut body)?;
        let status = if head.method.starts_with("HTTP/") {
            Some(head.target.as_str())
        } else {
            head.header("status").map(|value| value.split(' ').next().unwrap_or_default())
        };
        let status = status.unwrap_or("200").parse().map_err(io::Error::other)?;
        let ours = ["status", "content-length", "connection", "transfer-encoding"];
        let headers = head.headers.into_iter();
        let headers = headers.filter(|(name, _)| !ours.contains(&&*name.to_ascii_lowercase()));
        Ok(Self { status, headers: headers.collect(), body })
    }

    fn write(&self, wire: &mut impl Write, is_last: bool) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        if is_last {
            head.push_str("Connection: close\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        wire.write_all(&[head.as_bytes(), &self.body].concat())?;
        wire.flush()
    }
}

/// The reason that goes with a status: go shows that of the server, and HTTP/2 has none.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        410 => "Gone",
        500 => "Internal Server Error",
        _ => "Fixture",
    }
}

/// Whether a URL without its scheme is at or below a prefix, `host/path`; what is below.
fn below<'a>(address: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = address.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half-done here that matters to a failing test.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, scheme: &'static str, host: &str, head: &Head, status: u16) {
        let request = Request {
            scheme,
            host: host.to_owned(),
            method: head.method.clone(),
            target: if scheme == "connect" { String::new() } else { head.target.clone() },
            authorization: head.header("authorization").map(str::to_owned),
            head: head.text.clone(),
            status,
        };
        self.lock().log.push(request);
    }

    /// Whether the answer is not to come whole; the body is that of the second version of git's
    /// protocol.
    fn stalls(&self, address: &str, body: &[u8]) -> bool {
        let command = b"command=fetch";
        let stalled = &self.lock().stalled;
        stalled.iter().any(|prefix| below(address, prefix).is_some())
            && body.windows(command.len()).any(|window| window == command)
    }

    /// A program that sees nothing of the settings of the machine.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .envs([("LC_ALL", "C"), ("TZ", "UTC"), ("HGRCPATH", ""), ("HGPLAIN", "1")])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .env("TMPDIR", &self.home)
            .stdin(Stdio::null());
        command
    }

    fn answer(
        &self,
        scheme: &str,
        host: &str,
        target: &str,
        head: &Head,
        body: &[u8],
    ) -> io::Result<Answer> {
        let address = format!("{host}{target}");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if let Some(answer) = self.set_answer(&address, path, query, head) {
            return Ok(answer);
        }
        match host {
            "git.example.com" => self.git(path, query, head, body),
            "hg.example.com" => self.mercurial(target, head, body),
            "fossil.example.com" => self.fossil(scheme, target, head, body),
            _ => Ok(Answer::new(404, "text/plain; charset=utf-8", "nothing is here\n")),
        }
    }

    /// What a test has set for a URL.
    fn set_answer(&self, address: &str, path: &str, query: &str, head: &Head) -> Option<Answer> {
        let state = self.lock();
        let locks = state.locked.iter().filter(|lock| below(address, &lock.prefix).is_some());
        if let Some(lock) = locks.max_by_key(|lock| lock.prefix.len())
            && head.header("authorization") != Some(&lock.authorization)
        {
            let mut answer = Answer::new(401, "text/plain; charset=utf-8", "who are you?\n");
            let scheme = lock.authorization.split(' ').next().unwrap_or_default();
            let challenge = format!("{scheme} realm=\"fixture\"");
            answer.headers.push(("WWW-Authenticate".to_owned(), challenge));
            return Some(answer);
        }
        for (prefix, url) in &state.redirects {
            if let Some(rest) = below(address, prefix) {
                let mut answer = Answer::new(302, "text/plain; charset=utf-8", "elsewhere\n");
                answer.headers.push(("Location".to_owned(), format!("{url}{rest}")));
                return Some(answer);
            }
        }
        for (host, catalogue) in &state.proxies {
            if below(address, host).is_some() {
                let answer = catalogue.answer(path);
                return Some(Answer::new(answer.status, answer.content_type, answer.body));
            }
        }
        if !query.split('&').any(|field| field == "go-get=1") {
            return None;
        }
        let page = |page: &str| Some(Answer::new(200, "text/html; charset=utf-8", page));
        let plain = address.split('?').next().unwrap_or_default();
        if let Some((_, text)) = state.pages.iter().find(|(address, _)| address == plain) {
            return page(text);
        }
        let imports = state.imports.iter();
        let imports = imports.filter(|import| below(address, &import.prefix).is_some());
        let import = imports.max_by_key(|import| import.prefix.len())?;
        page(&import.page())
    }

    fn git(&self, path: &str, query: &str, head: &Head, body: &[u8]) -> io::Result<Answer> {
        let mut command = self.program("git");
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", self.root.join("git"))
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", &head.method)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REMOTE_ADDR", "127.0.0.1")
            .env("CONTENT_LENGTH", body.len().to_string());
        let passed = [
            ("content-type", "CONTENT_TYPE"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "GIT_PROTOCOL"),
        ];
        for (header, variable) in passed {
            if let Some(value) = head.header(header) {
                command.env(variable, value);
            }
        }
        answer_of(command, body)
    }

    fn fossil(&self, scheme: &str, target: &str, head: &Head, body: &[u8]) -> io::Result<Answer> {
        let mut command = self.program("fossil");
        command.args(["http", "--nojail", "--nossl"]).arg(self.root.join("fossil"));
        if scheme == "https" {
            command.arg("--https");
        }
        answer_of(command, &[head.for_server(target, body.len()).as_bytes(), body].concat())
    }

    fn mercurial(&self, target: &str, head: &Head, body: &[u8]) -> io::Result<Answer> {
        let address = {
            let mut state = self.lock();
            if state.mercurial.is_none() {
                state.mercurial = Some(Mercurial::start(self)?);
            }
            state.mercurial.as_ref().map(|mercurial| mercurial.address.clone())
        };
        let mut stream = TcpStream::connect(address.unwrap_or_default())?;
        stream.write_all(&[head.for_server(target, body.len()).as_bytes(), body].concat())?;
        Answer::read(&mut stream)
    }
}

impl Head {
    /// The request as it is put to a server behind this one, which is to close the
    /// connection after its answer.
    fn for_server(&self, target: &str, length: usize) -> String {
        let mut text = format!("{} {target} HTTP/1.0\r\n", self.method);
        let ours =
            ["connection", "content-length", "transfer-encoding", "expect", "accept-encoding"];
        for (name, value) in &self.headers {
            if !ours.contains(&&*name.to_ascii_lowercase()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text + &format!("Content-Length: {length}\r\nConnection: close\r\n\r\n")
    }
}

/// What a program that reads this says.
fn answer_of(mut command: Command, input: &[u8]) -> io::Result<Answer> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let answer = thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // It need not read all before it answers and ends.
                let _ = stdin.write_all(input);
            }
        });
        Answer::read(&mut stdout.ok_or(io::ErrorKind::BrokenPipe)?)
    });
    child.wait()?;
    // Where it said nothing, it has failed.
    Ok(answer.unwrap_or_else(|error| Answer::new(500, "text/plain", format!("{error}\n"))))
}

/// A running `hg serve`; dropping it ends it.
#[derive(Debug)]
struct Mercurial {
    child: Child,
    address: String,
}

impl Mercurial {
    fn start(shared: &Shared) -> io::Result<Self> {
        let settings = shared.home.join("hgweb");
        fs::write(&settings, format!("[paths]\n/ = {}/hg/*\n", shared.root.display()))?;
        let mut command = shared.program("hg");
        command.args(["serve", "--address", "127.0.0.1", "--port", "0", "--web-conf"]);
        command.arg(&settings).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // Whatever follows, the child is ended by the drop of this.
        let mut started = Self { child, address: String::new() };
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line)?;
        // `listening at http://name:port/ (bound to address:port)`
        let address = line.rsplit_once(' ').and_then(|(_, word)| word.trim().strip_suffix(')'));
        started.address =
            address.ok_or_else(|| io::Error::other(format!("hg serve: {line:?}")))?.to_owned();
        // It tells of each request there; a pipe that nobody reads would end it.
        thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        Ok(started)
    }
}

impl Drop for Mercurial {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
