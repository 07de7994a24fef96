//! Connections: accepted within bounds, served with time-outs, and finished before the server stops.
//!
//! A client that sends nothing, half a header, or takes no answer keeps a connection for a bounded time only. No address can have
//! all connections: when there are no more, the address with the most gives one up for an address that has fewer.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::kernel::config::Limits;
use crate::kernel::metrics;

/// How often an HTTP/2 client is asked whether it is there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How many requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 100;
/// How many bytes the head of a request may have.
const HEAD_BYTES: usize = 32 << 10;
/// How long to wait before accepting again, when there are no more file descriptors.
const RETRY_DELAY: Duration = Duration::from_millis(100);
/// File descriptors that connections leave for everything else: the database, uploads, logs.
const OTHER_FILES: u64 = 200;
/// How an HTTP/2 client begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Raises the limit of open files as far as this process may, and returns how many connections fit below it.
pub fn connections_that_fit() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
    usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(16)
}

/// Serves connections until `stop` is done; then lets requests finish that are under way.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let most = limits.connections.min(connections_that_fit());
    if most < limits.connections {
        tracing::warn!(connections = most, "the limit of open files allows fewer connections than asked for");
    }
    let open = Arc::new(Open::new(most, limits.connections_per_address));
    let (graceful, idle) = (GracefulShutdown::new(), limits.idle);
    // How long a client may take nothing of an answer: longer than on a WebSocket, whose client is told before.
    let write_time = 2 * limits.stall;
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection can't be accepted");
                sleep(RETRY_DELAY).await;
                continue;
            }
        };
        let address = Some(peer.ip()).filter(|address| !limits.is_trusted_proxy(*address));
        let Some(place) = open.enter(address) else {
            metrics::connection_refused();
            continue;
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let mut place = place;
            let begun = async {
                tokio::select! { begun = is_http2(&stream) => begun, _ = &mut place.taken => None }
            };
            let Some(is_http2) = timeout(idle, begun).await.unwrap_or_default() else { return };
            let _ = stream.set_nodelay(true);
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(write_time));
            let io = TokioIo::new(Held { stream: Box::pin(stream), place });
            let service = router.map_request(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                // HTTP/2 names the host beside the headers.
                let host = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
                if let Some(host) = host {
                    request.headers_mut().entry(HOST).or_insert(host);
                }
                request.map(axum::body::Body::new)
            });
            let service = TowerToHyperService::new(service);
            let mut builder = auto::Builder::new(TokioExecutor::new());
            if is_http2 {
                builder = builder.http2_only();
                builder
                    .http2()
                    .timer(TokioTimer::new())
                    .max_concurrent_streams(STREAMS)
                    .max_header_list_size(HEAD_BYTES as u32)
                    .keep_alive_interval(PING_EVERY)
                    .keep_alive_timeout(PING_EVERY);
            } else {
                builder = builder.http1_only();
                builder.http1().timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(HEAD_BYTES);
            }
            // The client ended a connection that ends early, so nobody is left to answer.
            let _ = watcher.watch(builder.serve_connection_with_upgrades(io, service).into_owned()).await;
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Whether a connection begins as HTTP/2; `None` when it ended before it told.
async fn is_http2(stream: &TcpStream) -> Option<bool> {
    let mut begun = [0; PREFACE.len()];
    loop {
        let length = stream.peek(&mut begun).await.ok().filter(|length| *length > 0)?;
        if begun[..length] != PREFACE[..length] {
            return Some(false);
        }
        if length == PREFACE.len() {
            return Some(true);
        }
        // The rest is on its way: `peek` does not wait for more than there is.
        sleep(Duration::from_millis(10)).await;
    }
}

/// The connections that are open.
struct Open {
    most: usize,
    most_of_address: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: usize,
    /// The open connections of each address (`None`: those of trusted proxies), by their numbers: what takes their place away.
    addresses: HashMap<Option<IpAddr>, BTreeMap<u64, oneshot::Sender<()>>>,
    next_number: u64,
}

/// A place among the connections.
struct Place {
    open: Arc<Open>,
    address: Option<IpAddr>,
    number: u64,
    taken: oneshot::Receiver<()>,
    is_lost: bool,
}

impl Open {
    fn new(most: usize, most_of_address: usize) -> Self {
        Self { most, most_of_address, state: Mutex::default() }
    }

    /// A place for a connection of an address, or of a trusted proxy, which has those of many clients.
    fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let mut state = self.state.lock().expect("no panic while held");
        let of_address = state.addresses.get(&address).map_or(0, BTreeMap::len);
        let at_least = address.map_or(0, |_| of_address + 1);
        if at_least > self.most_of_address || state.count >= self.most && !state.make_room(at_least) {
            return None;
        }
        let (sender, taken) = oneshot::channel();
        let number = state.next_number;
        state.next_number += 1;
        state.count += 1;
        state.addresses.entry(address).or_default().insert(number, sender);
        Some(Place { open: self.clone(), address, number, taken, is_lost: false })
    }
}

impl State {
    /// Takes the latest connection from the address with the most, if that leaves it with at least so many.
    fn make_room(&mut self, at_least: usize) -> bool {
        let addresses = self.addresses.iter_mut().filter(|(address, _)| address.is_some());
        let largest = addresses.max_by_key(|(_, places)| places.len());
        let Some((_, places)) = largest.filter(|(_, places)| places.len() > at_least) else { return false };
        if let Some((_, place)) = places.pop_last() {
            let _ = place.send(());
            self.count -= 1;
            metrics::connection_refused();
        }
        true
    }
}

impl Place {
    /// Whether the place was taken away; otherwise the task is woken when it is.
    fn is_lost(&mut self, context: &mut Context<'_>) -> bool {
        self.is_lost = self.is_lost || Pin::new(&mut self.taken).poll(context).is_ready();
        self.is_lost
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.open.state.lock().expect("no panic while held");
        let Some(places) = state.addresses.get_mut(&self.address) else { return };
        let had_place = places.remove(&self.number).is_some();
        if places.is_empty() {
            state.addresses.remove(&self.address);
        }
        state.count -= usize::from(had_place);
    }
}

/// A connection that has a place. It keeps it also as a WebSocket, and ends when it loses it.
struct Held {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    place: Place,
}

impl Held {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.place.is_lost(context) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        self.stream.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_in_all_and_by_address() {
        let open = Arc::new(Open::new(3, 2));
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|address| Some(address.parse().unwrap()));
        let (first, _second) = (open.enter(one).unwrap(), open.enter(one).unwrap());
        assert!(open.enter(one).is_none(), "the address has its two");
        let _third = open.enter(two).unwrap();
        assert!(open.enter(two).is_none(), "there are three in all, and both have their share");
        drop(first);
        assert!(open.enter(two).is_some());
    }

    #[test]
    fn the_address_with_the_most_connections_gives_one_up_for_one_that_has_fewer() {
        let open = Arc::new(Open::new(4, 4));
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|address| Some(address.parse().unwrap()));
        let mut of_one: Vec<_> = (0..4).map(|_| open.enter(one).unwrap()).collect();
        let lost = |places: &mut Vec<Place>| places.iter_mut().filter_map(|place| place.taken.try_recv().ok()).count();
        let _first = open.enter(two).unwrap();
        assert_eq!(lost(&mut of_one), 1);
        let _second = open.enter(two).unwrap();
        assert_eq!(lost(&mut of_one), 1, "one more");
        assert!(open.enter(two).is_none(), "both have two");
        drop(of_one);
        let state = open.state.lock().unwrap();
        assert_eq!((state.count, state.addresses.len()), (2, 1), "those that were lost are not counted twice");
    }

    #[test]
    fn a_trusted_proxy_gives_no_place_up() {
        let open = Arc::new(Open::new(1, 1));
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|address| Some(address.parse().unwrap()));
        let mut of_one = open.enter(one).unwrap();
        let _of_proxy = open.enter(None).unwrap();
        assert!(of_one.taken.try_recv().is_ok());
        assert!(open.enter(two).is_none(), "the place is that of many clients");
    }
}
