//! A module proxy on the loopback interface, for side-by-side measurements.
//!
//! Serves the `cache/download` folder of a GOMODCACHE over HTTP/1.1 and makes every answer wait the
//! same time, as a proxy some distance away would. It shares its cores with what it measures, so it
//! does as little as it can: one thread, no HTTP library, small answers in one write, and blocking
//! file reads (the files of a measurement are in the page cache). With `--tls` it speaks HTTP/2, or
//! HTTP/1.1 with whoever wants that, under a certificate of an authority that it makes for itself.
//!
//! The first line printed is the URL for GOPROXY. `GET /-/stats` answers what was served since the
//! start or since the last `GET /-/reset`; SIGTERM and SIGINT print the same and end the process.
//! Such requests are neither counted, logged nor delayed.

#![allow(
    clippy::disallowed_methods,
    reason = "a program of its own: the library's file rules do not bind it"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Waker, Poll};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::CONTENT_LENGTH;
use hyper::service::service_fn;
use hyper::{Method, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Bytes read from a file and written to a socket at a time.
const CHUNK: usize = 128 << 10;

/// Bytes of request line and headers accepted; what exceeds this is no client we measure.
const MAX_HEAD: usize = 64 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let matches = clap::Command::new("mirror-proxy")
        .about("Serves a GOMODCACHE's cache/download folder as a GOPROXY on the loopback interface")
        .arg(
            clap::arg!(--root <DIR> "The folder to serve")
                .required(true)
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(
            clap::arg!(--latency <MS> "Milliseconds that each request waits before its answer")
                .default_value("0")
                .value_parser(clap::value_parser!(u64)),
        )
        .arg(
            clap::arg!(--port <PORT> "The port to listen on; 0 takes a free one")
                .default_value("0")
                .value_parser(clap::value_parser!(u16)),
        )
        .arg(
            clap::arg!(--log <FILE> "Write a line for each answer that was sent whole: status, bytes, \
                       when its request had come and when its last byte went out (microseconds), path")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(
            clap::arg!(--tls <FILE> "Speak TLS and HTTP/2, and write the authority's certificate there")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .get_matches();
    let root: &PathBuf = matches.get_one("root").context("--root is required")?;
    anyhow::ensure!(root.is_dir(), "{} is not a folder", root.display());
    let log = matches.get_one::<PathBuf>("log").map(|path| Log::create(path)).transpose()?;
    let latency = matches.get_one("latency").copied().unwrap_or_default();
    let port: u16 = matches.get_one("port").copied().unwrap_or_default();

    let server = Arc::new(Server {
        root: root.clone(),
        latency: Duration::from_millis(latency),
        start: Instant::now(),
        log: Mutex::new(log),
        totals: Totals::default(),
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let tls = match matches.get_one::<PathBuf>("tls") {
        Some(path) => Some(TlsAcceptor::from(Arc::new(certify(path)?))),
        None => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{}", listener.local_addr()?);

    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop_signal());
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let (server, tls) = (Arc::clone(&server), tls.clone());
                connections.spawn(async move {
                    let served = match tls {
                        None => server.serve(stream).await.map_err(anyhow::Error::from),
                        Some(tls) => server.serve_tls(stream, &tls).await,
                    };
                    // Clients hang up as they please; it is no fault of a measurement.
                    if let Err(error) = served && !is_hang_up(&error) {
                        eprintln!("mirror-proxy: {error:#}");
                    }
                });
            }
            // Ended connections are let go of; the branch rests while there are none.
            Some(_) = connections.join_next() => {}
            signal = &mut stop => {
                signal?;
                break;
            }
        }
    }
    server.with_log(Log::flush)?;
    println!("{}", server.totals.to_json());
    Ok(())
}

/// Waits until the process is asked to end.
async fn stop_signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn is_hang_up(error: &anyhow::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected, UnexpectedEof};
    error.chain().any(|cause| {
        let kind = cause.downcast_ref().map(io::Error::kind);
        let ends = [BrokenPipe, ConnectionReset, NotConnected, UnexpectedEof];
        kind.is_some_and(|kind| ends.contains(&kind))
            || cause.downcast_ref().is_some_and(hyper::Error::is_incomplete_message)
    })
}

/// Makes an authority, writes its certificate for clients to trust, and has it vouch for a server
/// of the loopback interface.
fn certify(path: &Path) -> anyhow::Result<ServerConfig> {
    let key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    // Of another name than what it vouches for, which would look as if it vouched for itself.
    authority.distinguished_name.push(DnType::CommonName, "Authority of the mirror proxy");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let certificate = authority.self_signed(&key)?;
    fs::write(path, certificate.pem()).with_context(|| format!("writing {}", path.display()))?;
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate()?;
    let mut host = CertificateParams::new(vec![Ipv4Addr::LOCALHOST.to_string()])?;
    host.use_authority_key_identifier_extension = true;
    let host = host.signed_by(&key, &issuer)?;
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![host.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What was served since the start or the last reset.
#[derive(Default)]
struct Totals {
    requests: AtomicU64,
    not_found: AtomicU64,
    /// Bytes of bodies, without heads.
    bytes: AtomicU64,
    in_flight: AtomicU64,
    peak_in_flight: AtomicU64,
}

impl Totals {
    /// The counters as a JSON object.
    fn to_json(&self) -> String {
        serde_json::json!({
            "requests": self.requests.load(Relaxed),
            "not_found": self.not_found.load(Relaxed),
            "bytes": self.bytes.load(Relaxed),
            "peak_in_flight": self.peak_in_flight.load(Relaxed),
        })
        .to_string()
    }

    /// Sets every counter to zero but that of the requests being answered.
    fn reset(&self) {
        for counter in [&self.requests, &self.not_found, &self.bytes, &self.peak_in_flight] {
            counter.store(0, Relaxed);
        }
    }
}

/// The file with a line for each answer.
struct Log(BufWriter<File>);

impl Log {
    fn create(path: &Path) -> anyhow::Result<Self> {
        // Appending makes a truncation enough to start over.
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        file.set_len(0)?;
        Ok(Self(BufWriter::new(file)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn restart(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().set_len(0)
    }
}

/// One request's head, as far as the server looks at it.
struct Request {
    /// The path, percent-decoded, without its leading slash.
    path: String,
    is_get: bool,
    /// Whether the connection ends after the answer.
    close: bool,
}

impl Request {
    /// Reads a head that ends with an empty line; `None` where it is no HTTP/1 request.
    fn parse(head: &[u8]) -> Option<Self> {
        let mut lines = str::from_utf8(head).ok()?.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target, protocol) = (words.next()?, words.next()?, words.next()?);
        let asked_to_close = lines.filter_map(|line| line.split_once(':')).any(|(name, value)| {
            name.eq_ignore_ascii_case("connection") && value.trim().eq_ignore_ascii_case("close")
        });
        let path = target.split('?').next()?.strip_prefix('/')?;
        Some(Self {
            path: percent_decode(path)?,
            is_get: method == "GET",
            close: asked_to_close || protocol == "HTTP/1.0",
        })
    }
}

/// Undoes the percent-encoding of a path; `None` where an escape or the UTF-8 is broken.
fn percent_decode(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            decoded.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = tail;
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// What a request is answered with.
enum Answer {
    File(File, u64),
    Text(String),
    NotFound,
    MethodNotAllowed,
}

struct Server {
    root: PathBuf,
    latency: Duration,
    start: Instant,
    log: Mutex<Option<Log>>,
    totals: Totals,
}

impl Server {
    /// Answers the requests of one connection until the client or a request ends it.
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut received = Vec::new();
        let mut buffer = vec![0; CHUNK];
        loop {
            let head = loop {
                if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                    break end + 4;
                }
                if received.len() > MAX_HEAD {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "request head too long",
                    ));
                }
                if stream.read_buf(&mut received).await? == 0 {
                    return Ok(());
                }
            };
            let request = Request::parse(&received[..head]);
            let request = request.ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "not an HTTP/1 request")
            })?;
            received.drain(..head);

            if let Some(control) = request.path.strip_prefix("-/") {
                let answer = self.control(control)?;
                send(&mut stream, answer, request.close, &mut buffer).await?;
            } else {
                let in_flight = self.totals.in_flight.fetch_add(1, Relaxed) + 1;
                self.totals.peak_in_flight.fetch_max(in_flight, Relaxed);
                let outcome = self.answer(&request, &mut stream, &mut buffer).await;
                self.totals.in_flight.fetch_sub(1, Relaxed);
                outcome?;
            }
            if request.close {
                return stream.shutdown().await;
            }
        }
    }

    /// Waits the latency, answers one request of the GOPROXY protocol and accounts for it.
    async fn answer(
        &self,
        request: &Request,
        stream: &mut TcpStream,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        let begin = self.start.elapsed();
        let answer = self.delayed(request.is_get, &request.path).await?;
        let (status, size) = (answer.status(), answer.size());
        send(stream, answer, request.close, buffer).await?;
        self.record(status, size, begin, &request.path)
    }

    /// Looks up what a request is answered with, when the latency is over, and counts it.
    async fn delayed(&self, is_get: bool, path: &str) -> io::Result<Answer> {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let answer = if is_get { self.find(path)? } else { Answer::MethodNotAllowed };
        self.totals.requests.fetch_add(1, Relaxed);
        self.totals.not_found.fetch_add(u64::from(matches!(answer, Answer::NotFound)), Relaxed);
        self.totals.bytes.fetch_add(answer.size(), Relaxed);
        Ok(answer)
    }

    /// Writes the line of an answer that has been sent.
    fn record(&self, status: &str, size: u64, begin: Duration, path: &str) -> io::Result<()> {
        let (begin, end) = (begin.as_micros(), self.start.elapsed().as_micros());
        let status = &status[..3];
        self.with_log(|log| writeln!(log.0, "{status} {size} {begin} {end} /{path}"))
    }

    /// As [`Server::serve`], under TLS and by the library's account of HTTP.
    async fn serve_tls(
        self: Arc<Self>,
        stream: TcpStream,
        tls: &TlsAcceptor,
    ) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let stream = tls.accept(stream).await.context("TLS handshake")?;
        let is_second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let service = service_fn(move |request| {
            let server = Arc::clone(&self);
            async move { server.respond(&request).await }
        });
        let stream = TokioIo::new(stream);
        if is_second {
            // As many streams as the servers of large companies allow, and no less.
            hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(250)
                .max_send_buf_size(1 << 20)
                .serve_connection(stream, service)
                .await?;
        } else {
            hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await?;
        }
        Ok(())
    }

    async fn respond(
        self: Arc<Self>,
        request: &hyper::Request<Incoming>,
    ) -> anyhow::Result<Response<Sending>> {
        let begin = self.start.elapsed();
        let path = request.uri().path().strip_prefix('/').and_then(percent_decode);
        let path = path.context("a request for no path")?;
        if let Some(control) = path.strip_prefix("-/") {
            let answer = self.control(control)?;
            return Ok(Response::new(Sending { answer, left: None, _ended: None }));
        }
        let in_flight = self.totals.in_flight.fetch_add(1, Relaxed) + 1;
        self.totals.peak_in_flight.fetch_max(in_flight, Relaxed);
        let answer = self.delayed(request.method() == Method::GET, &path).await;
        // It is over when the last of it has gone out, or the client has gone away.
        let mut ended = Ended { server: self, begin, path, size: 0, status: "" };
        let answer = answer?;
        (ended.size, ended.status) = (answer.size(), answer.status());
        let response = Response::builder().status(&answer.status()[..3]);
        let response = response.header(CONTENT_LENGTH, answer.size());
        Ok(response.body(Sending { answer, left: None, _ended: Some(ended) })?)
    }

    /// Answers what is below `/-/`.
    fn control(&self, name: &str) -> io::Result<Answer> {
        match name {
            "stats" => self.with_log(Log::flush)?,
            "reset" => {
                self.totals.reset();
                self.with_log(Log::restart)?;
            }
            _ => return Ok(Answer::NotFound),
        }
        Ok(Answer::Text(self.totals.to_json()))
    }

    /// The file that a path of the GOPROXY protocol names.
    fn find(&self, path: &str) -> io::Result<Answer> {
        let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
        if !path.split('/').all(is_plain) || path.contains(['\\', '\0']) {
            return Ok(Answer::NotFound);
        }
        let file = self.root.join(path);
        let in_database = path.starts_with("sumdb/");
        if in_database && let Some(database) = path.strip_suffix("/supported") {
            // No client keeps this answer: the database's folder stands for it.
            let known = self.root.join(database).is_dir();
            return Ok(if known { Answer::Text(String::new()) } else { Answer::NotFound });
        }
        let served =
            [".info", ".mod", ".zip", "/@v/list", "/@latest"].iter().any(|end| path.ends_with(end));
        if !served && !in_database {
            return Ok(Answer::NotFound);
        }
        match fs::metadata(&file) {
            // An empty file of the database's cache says that nothing is known, as in the cache.
            Ok(data) if data.is_file() && !(in_database && data.len() == 0) => {
                Ok(Answer::File(File::open(file)?, data.len()))
            }
            Ok(_) => Ok(Answer::NotFound),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Answer::NotFound),
            Err(error) => Err(error),
        }
    }

    /// Runs `action` on the log, where one is kept.
    fn with_log(&self, action: impl FnOnce(&mut Log) -> io::Result<()>) -> io::Result<()> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map_or(Ok(()), action)
    }
}

impl Answer {
    fn status(&self) -> &'static str {
        match self {
            Self::File(..) | Self::Text(_) => "200 OK",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
        }
    }

    /// The bytes of the body.
    fn size(&self) -> u64 {
        match self {
            Self::File(_, size) => *size,
            Self::Text(text) => text.len() as u64,
            Self::NotFound | Self::MethodNotAllowed => 0,
        }
    }
}

/// An answer on its way out.
struct Sending {
    answer: Answer,
    /// Bytes that have not been read yet; all of them in the beginning.
    left: Option<u64>,
    _ended: Option<Ended>,
}

/// Accounts for an answer when it is let go of.
struct Ended {
    server: Arc<Server>,
    begin: Duration,
    path: String,
    size: u64,
    status: &'static str,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.server.totals.in_flight.fetch_sub(1, Relaxed);
        let recorded = self.server.record(self.status, self.size, self.begin, &self.path);
        if let Err(error) = recorded {
            eprintln!("mirror-proxy: writing the log: {error}");
        }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Waker<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = self.left.unwrap_or_else(|| self.answer.size());
        if left == 0 {
            return Poll::Ready(None);
        }
        let chunk = match &mut self.answer {
            Answer::Text(text) => Ok(std::mem::take(text).into()),
            Answer::File(file, _) => {
                let mut chunk = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
                file.read_exact(&mut chunk).map(|()| Bytes::from(chunk))
            }
            Answer::NotFound | Answer::MethodNotAllowed => Ok(Bytes::new()),
        };
        self.left = Some(left - chunk.as_ref().map_or(left, |chunk| chunk.len() as u64));
        Poll::Ready(Some(chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.unwrap_or_else(|| self.answer.size()))
    }

    fn is_end_stream(&self) -> bool {
        self.left.unwrap_or_else(|| self.answer.size()) == 0
    }
}

/// Writes head and body; the head and the first part of the body go out together.
async fn send(
    stream: &mut TcpStream,
    answer: Answer,
    close: bool,
    buffer: &mut [u8],
) -> io::Result<()> {
    let size = answer.size();
    let close = if close { "Connection: close\r\n" } else { "" };
    let head = format!("HTTP/1.1 {}\r\nContent-Length: {size}\r\n{close}\r\n", answer.status());
    let (file, size) = match answer {
        Answer::File(file, size) => (file, size),
        Answer::Text(text) => return stream.write_all((head + &text).as_bytes()).await,
        Answer::NotFound | Answer::MethodNotAllowed => {
            return stream.write_all(head.as_bytes()).await;
        }
    };
    buffer[..head.len()].copy_from_slice(head.as_bytes());
    let mut filled = head.len();
    // No more than was announced, should the file have grown.
    let mut file = file.take(size);
    let mut sent = 0;
    loop {
        let read = file.read(&mut buffer[filled..])?;
        if read > 0 {
            filled += read;
            sent += read as u64;
            if filled < buffer.len() && sent < size {
                continue;
            }
        }
        stream.write_all(&buffer[..filled]).await?;
        filled = 0;
        if sent == size {
            return Ok(());
        }
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file shrank while it was sent",
            ));
        }
    }
}
