//! A module proxy on a loopback port, with faults that a test asks for by name.
//!
//! One thread a connection, HTTP/1.1 with keep-alive, on std alone: a fault must
//! reach the wire exactly as asked, which a server library would tidy away.

use std::collections::HashSet;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::fixture::{Answer, Catalogue, hex};
use super::sumdb::{self, Database, Lie};

/// What goes wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status instead of the answer.
    Status(u16),
    /// This status, with a Retry-After header of so many seconds (RFC 9110, section 10.2.3).
    RetryAfter(u16, u64),
    /// 302 Found, to this URL or URL path.
    Redirect(String),
    /// The connection is reset before any answer.
    Reset,
    /// The connection ends in the middle of the body.
    Truncate,
    /// The answer stops in the middle of the body; the connection stays open.
    Stall,
    /// The body comes in small pieces with pauses, but whole.
    Drip,
    /// The Content-Length is one short of the body, then the connection ends.
    WrongLength,
    /// The body goes on until the client goes away.
    Endless,
    /// The body of another URL path, as of another module version's zip.
    Swap(String),
    /// One bit in the middle of the body is turned.
    Flip,
    /// A page of HTML with status 200, as login pages of networks come.
    Html,
    /// The whole body, although the rest of it was asked for.
    Whole,
    /// The answer comes whole, this much later. Adds to another fault.
    Latency(Duration),
}

impl Fault {
    /// The verbs of [`Fault::parse`] that are words; `status` stands for a number.
    pub const VERBS: [&str; 13] = [
        "status",
        "redirect",
        "reset",
        "truncate",
        "stall",
        "drip",
        "wrong-length",
        "endless",
        "swap",
        "flip",
        "html",
        "whole",
        "latency",
    ];

    /// Reads a fault: a status, `STATUS:SECONDS` for Retry-After, a word, `latency:MS`,
    /// `swap:/URL/PATH` or `redirect:URL`.
    pub fn parse(name: &str) -> Result<Self, String> {
        let unknown = || format!("unknown fault {name:?}");
        let status = |text: &str| match text.parse() {
            Ok(status @ 200..=599) => Ok(status),
            _ => Err(unknown()),
        };
        Ok(match name.split_once(':') {
            Some(("swap", path)) => Self::Swap(path.to_owned()),
            Some(("redirect", target)) => Self::Redirect(target.to_owned()),
            Some(("latency", milliseconds)) => {
                Self::Latency(Duration::from_millis(milliseconds.parse().map_err(|_| unknown())?))
            }
            Some((number, seconds)) => {
                Self::RetryAfter(status(number)?, seconds.parse().map_err(|_| unknown())?)
            }
            None => match name {
                "reset" => Self::Reset,
                "truncate" => Self::Truncate,
                "stall" => Self::Stall,
                "drip" => Self::Drip,
                "wrong-length" => Self::WrongLength,
                "endless" => Self::Endless,
                "flip" => Self::Flip,
                "html" => Self::Html,
                "whole" => Self::Whole,
                number => Self::Status(status(number)?),
            },
        })
    }
}

/// The name as [`Fault::parse`] reads it, without what follows its colon.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Status(status) | Self::RetryAfter(status, _) => return write!(f, "{status}"),
            Self::Redirect(_) => "redirect",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::Stall => "stall",
            Self::Drip => "drip",
            Self::WrongLength => "wrong-length",
            Self::Swap(_) => "swap",
            Self::Endless => "endless",
            Self::Flip => "flip",
            Self::Html => "html",
            Self::Whole => "whole",
            Self::Latency(_) => "latency",
        })
    }
}

/// One request, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL path without percent signs; upper case is still `!` and lower case.
    pub path: String,
    /// The fault that met it, or the status of its answer.
    pub outcome: String,
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.method, self.path, self.outcome)
    }
}

/// A running proxy; dropping it ends every connection.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    catalogue: Arc<Catalogue>,
    state: Mutex<State>,
    /// Told when `state.closing` becomes true and when `state.log` grows, to end waits.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    database: Database,
    faults: Vec<Armed>,
    recurring: Option<Recurring>,
    log: Vec<Request>,
    in_flight: usize,
    max_in_flight: usize,
    /// Weak: a connection closes when its thread lets go of it, not later.
    connections: Vec<Weak<TcpStream>>,
    threads: Vec<JoinHandle<()>>,
    closing: bool,
}

/// A fault that a share of all requests meets.
#[derive(Debug)]
struct Recurring {
    fault: Fault,
    pattern: Regex,
    every: usize,
    requests: usize,
    /// Where it was met: at each place once.
    met: HashSet<String>,
}

impl Recurring {
    /// Whether this request meets it.
    fn meets(&mut self, path: &str) -> bool {
        if !self.pattern.is_match(path) {
            return false;
        }
        self.requests += 1;
        self.requests.is_multiple_of(self.every) && self.met.insert(path.to_owned())
    }
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    pattern: Regex,
    /// How many more requests it meets; `None` for all.
    left: Option<usize>,
}

impl Proxy {
    /// Serves a catalogue, and a checksum database of it, on a free loopback port.
    pub fn start(catalogue: Arc<Catalogue>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = State {
            database: Database::new(&catalogue),
            faults: Vec::new(),
            recurring: None,
            log: Vec::new(),
            in_flight: 0,
            max_in_flight: 0,
            connections: Vec::new(),
            threads: Vec::new(),
            closing: false,
        };
        let shared =
            Arc::new(Shared { catalogue, state: Mutex::new(state), changed: Condvar::new() });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self { shared, address, acceptor: Some(acceptor) })
    }

    /// The base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets a fault for URL paths that match, for the next `count` requests or for all.
    /// Of two that match, the one set first wins.
    pub fn set_fault(&self, fault: Fault, pattern: Regex, count: Option<usize>) {
        self.shared.lock().faults.push(Armed { fault, pattern, left: count });
    }

    /// Lets every so many-th request for URL paths that match meet a fault, but none at the same
    /// path twice.
    pub fn set_recurring_fault(&self, fault: Fault, pattern: Regex, every: usize) {
        let recurring = Recurring { fault, pattern, every, requests: 0, met: HashSet::new() };
        self.shared.lock().recurring = Some(recurring);
    }

    /// How often the recurring fault was met.
    pub fn recurred(&self) -> usize {
        self.shared.lock().recurring.as_ref().map_or(0, |recurring| recurring.met.len())
    }

    /// Takes every fault away.
    pub fn clear_faults(&self) {
        let mut state = self.shared.lock();
        state.faults.clear();
        state.recurring = None;
    }

    /// Waits until a request line ([`Request`]'s text) matches; says whether one did in time.
    pub fn wait_for_request(&self, pattern: &Regex, time: Duration) -> bool {
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), time, |state| {
                !state.log.iter().any(|request| pattern.is_match(&request.to_string()))
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.log.iter().any(|request| pattern.is_match(&request.to_string()))
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// Forgets the requests so far, and the most that were in flight.
    pub fn clear_requests(&self) {
        let mut state = self.shared.lock();
        state.log.clear();
        state.max_in_flight = state.in_flight;
    }

    /// The most requests that were being answered at one moment.
    pub fn max_in_flight(&self) -> usize {
        self.shared.lock().max_in_flight
    }

    /// Makes the checksum database lie, or (`None`) honest.
    pub fn set_lie(&self, lie: Option<Lie>) -> Result<(), String> {
        self.shared.lock().database.tell(lie)
    }

    /// Adds records to the checksum database.
    pub fn grow_database(&self, count: usize) {
        self.shared.lock().database.grow(count);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let connections = {
            let mut state = self.shared.lock();
            state.closing = true;
            std::mem::take(&mut state.connections)
        };
        self.shared.changed.notify_all();
        for connection in connections.iter().filter_map(Weak::upgrade) {
            // One that its peer has closed already cannot be shut down: as well.
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the acceptor. Where this cannot connect, it has ended.
        drop(TcpStream::connect(self.address));
        let threads = std::mem::take(&mut self.shared.lock().threads);
        for thread in self.acceptor.take().into_iter().chain(threads) {
            if thread.join().is_err() && !thread::panicking() {
                panic!("a thread of the fixture proxy panicked");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half-done here that matters to a failing test.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits this long, or until the proxy closes; says whether it is still open.
    fn wait(&self, time: Duration) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.closing)
            .unwrap_or_else(PoisonError::into_inner);
        !state.closing
    }

    fn answer(&self, state: &State, request: &Head) -> Answer {
        if request.method != "GET" && request.method != "HEAD" {
            return Answer::failed(405, "method not allowed");
        }
        match request.path.strip_prefix("/sumdb/") {
            None => self.catalogue.answer(&request.path),
            Some(rest) => match rest.split_once('/') {
                Some((sumdb::NAME, rest)) => state.database.answer(rest),
                _ => Answer::failed(404, "unknown checksum database"),
            },
        }
    }

    /// Enters a request into the log and decides what becomes of it.
    fn admit(&self, request: &Head) -> Reply {
        let mut state = self.lock();
        let mut latency = Duration::ZERO;
        let mut fault = None;
        for armed in &mut state.faults {
            let spent = armed.left == Some(0);
            let is_latency = matches!(armed.fault, Fault::Latency(_));
            if spent || (fault.is_some() && !is_latency) || !armed.pattern.is_match(&request.path) {
                continue;
            }
            armed.left = armed.left.map(|left| left - 1);
            match &armed.fault {
                Fault::Latency(time) => latency += *time,
                other => fault = Some(other.clone()),
            }
        }
        if fault.is_none()
            && let Some(recurring) = &mut state.recurring
            && recurring.meets(&request.path)
        {
            match &recurring.fault {
                Fault::Latency(time) => latency += *time,
                other => fault = Some(other.clone()),
            }
        }
        let mut answer = self.answer(&state, request);
        match &fault {
            Some(Fault::Status(status) | Fault::RetryAfter(status, _)) => {
                answer = Answer::failed(*status, "a fault was asked for");
            }
            Some(Fault::Redirect(_)) => answer = Answer::failed(302, "look elsewhere"),
            Some(Fault::Html) => {
                answer =
                    Answer::ok("text/html; charset=utf-8", "<!DOCTYPE html><p>Please log in.\n");
            }
            Some(Fault::Swap(path)) => answer = self.catalogue.answer(path),
            Some(Fault::Flip) => {
                let middle = answer.body.len() / 2;
                if let Some(byte) = answer.body.get_mut(middle) {
                    *byte ^= 1;
                }
            }
            _ => {}
        }
        let headers = entity_headers(&mut answer, request, fault.as_ref());
        let outcome =
            fault.as_ref().map_or_else(|| answer.status.to_string(), |fault| fault.to_string());
        let (method, path) = (request.method.clone(), request.path.clone());
        state.log.push(Request { method, path, outcome });
        self.changed.notify_all();
        state.in_flight += 1;
        state.max_in_flight = state.max_in_flight.max(state.in_flight);
        Reply { answer, headers, fault, latency }
    }
}

/// What is sent, and how.
struct Reply {
    answer: Answer,
    /// Lines that speak of the body.
    headers: String,
    fault: Option<Fault>,
    latency: Duration,
}

/// Names the body, and leaves the rest of it where that is what was asked for. Source: RFC 9110,
/// section 14.2.
fn entity_headers(answer: &mut Answer, request: &Head, fault: Option<&Fault>) -> String {
    if answer.status != 200 {
        return String::new();
    }
    let tag = format!("\"{}\"", hex(&Sha256::digest(&answer.body)[..8]));
    let length = answer.body.len();
    let from = match &request.rest {
        Some(rest) if rest.tag == tag && rest.from < length => rest.from,
        _ => 0,
    };
    let mut headers = format!("ETag: {tag}\r\n");
    if from > 0 && fault != Some(&Fault::Whole) {
        answer.status = 206;
        answer.body.drain(..from);
        headers.push_str(&format!("Content-Range: bytes {from}-{}/{length}\r\n", length - 1));
    }
    headers
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
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
        // Each that has ended keeps its stack until it is joined.
        let ended = |thread: &mut JoinHandle<()>| thread.is_finished();
        for thread in state.threads.extract_if(.., ended) {
            assert!(thread.join().is_ok(), "a thread of the fixture proxy panicked");
        }
        let shared = Arc::clone(shared);
        state.threads.push(thread::spawn(move || {
            // A client may go away at any moment; the next request is on a new connection.
            while matches!(serve_one(&stream, &shared), Ok(true)) {}
        }));
    }
}

/// Serves one request; says whether the connection goes on.
fn serve_one(stream: &TcpStream, shared: &Shared) -> io::Result<bool> {
    let Some(head) = peek_head(stream, shared)? else { return Ok(false) };
    let reply = shared.admit(&head);
    let in_flight = InFlight(shared);
    if !reply.latency.is_zero() && !shared.wait(reply.latency) {
        return Ok(false);
    }
    send(stream, in_flight, &head, &reply)
}

/// The share of one request in `in_flight`. It is given back before the last bytes are
/// written: a client that has its answer may ask again before this thread runs on.
struct InFlight<'a>(&'a Shared);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

fn send(
    mut stream: &TcpStream,
    in_flight: InFlight<'_>,
    head: &Head,
    reply: &Reply,
) -> io::Result<bool> {
    let Reply { answer, headers, fault, .. } = reply;
    let fault = fault.as_ref();
    if fault == Some(&Fault::Reset) {
        // The request lies unread in the kernel: closing now sends a reset.
        return Ok(false);
    }
    stream.read_exact(&mut vec![0; head.length])?;

    let length = match fault {
        Some(Fault::WrongLength) => answer.body.len().saturating_sub(1),
        _ => answer.body.len(),
    };
    let Answer { status, content_type, .. } = answer;
    let more = match fault {
        Some(Fault::RetryAfter(_, seconds)) => format!("Retry-After: {seconds}\r\n"),
        Some(Fault::Redirect(target)) => format!("Location: {target}\r\n"),
        _ => String::new(),
    };
    let extent = match fault {
        Some(Fault::Endless) => "Connection: close".to_owned(),
        _ => format!("Content-Length: {length}"),
    };
    let text = format!(
        "HTTP/1.1 {status} Fixture\r\nContent-Type: {content_type}\r\n{extent}\r\n{headers}{more}\r\n"
    );
    let body: &[u8] = if head.method == "HEAD" { &[] } else { &answer.body };
    let half = &body[..body.len() / 2];
    match fault {
        Some(Fault::Truncate) => {
            drop(in_flight);
            stream.write_all(&[text.as_bytes(), half].concat())?;
            Ok(false)
        }
        Some(Fault::Stall) => {
            stream.write_all(&[text.as_bytes(), half].concat())?;
            // Until the client gives up or the proxy closes: both end the read.
            io::copy(&mut stream, &mut io::sink())?;
            Ok(false)
        }
        Some(Fault::Endless) => {
            stream.write_all(&[text.as_bytes(), body].concat())?;
            let piece = vec![b'\n'; 1 << 16];
            // The client, or the proxy that closes, ends it.
            loop {
                stream.write_all(&piece)?;
            }
        }
        Some(Fault::Drip) => {
            stream.write_all(text.as_bytes())?;
            let (most, last) = body.split_at(body.len().saturating_sub(1));
            for piece in most.chunks(body.len().div_ceil(16).max(1)) {
                stream.write_all(piece)?;
                if !in_flight.0.wait(Duration::from_millis(20)) {
                    return Ok(false);
                }
            }
            drop(in_flight);
            stream.write_all(last)?;
            Ok(true)
        }
        _ => {
            drop(in_flight);
            stream.write_all(&[text.as_bytes(), body].concat())?;
            Ok(fault != Some(&Fault::WrongLength))
        }
    }
}

/// What the proxy reads of a request.
struct Head {
    method: String,
    path: String,
    /// The bytes up to the end of the headers.
    length: usize,
    rest: Option<Rest>,
}

/// A part that was asked for, and of what.
struct Rest {
    from: usize,
    tag: String,
}

/// What `Range: bytes=N-` and `If-Range` say.
fn rest(head: &str) -> Option<Rest> {
    let value = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let from = value("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()?;
    Some(Rest { from, tag: value("if-range")?.to_owned() })
}

/// Looks at the next request without taking it from the kernel, so that it can still
/// be answered with a reset; `None` when the connection has ended.
fn peek_head(stream: &TcpStream, shared: &Shared) -> io::Result<Option<Head>> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let filled = stream.peek(&mut buffer)?;
        if filled == 0 {
            return Ok(None);
        }
        if let Some(end) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..end]);
            let mut words = text.lines().next().unwrap_or_default().split(' ').map(str::to_owned);
            let (method, target) = (words.next(), words.next());
            let path = target.map(|target| decode(target.split('?').next().unwrap_or_default()));
            return Ok(method.zip(path).map(|(method, path)| Head {
                method,
                path,
                length: end + 4,
                rest: rest(&text),
            }));
        }
        // A head in pieces: peek returns at once with what is known, so pause between
        // looks; give up on one that has no end.
        if filled == buffer.len() || !shared.wait(Duration::from_millis(2)) {
            return Ok(None);
        }
    }
}

/// Undoes percent-encoding; clients differ in whether they encode `!`. What is no
/// encoding stays as it is.
fn decode(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
