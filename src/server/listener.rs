//! Connections: accepted within bounds, served with time-outs, and finished before the server stops.
//!
//! A client that sends nothing, half a header, or takes no answer keeps a connection for a bounded time only, and no address
//! can have all connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::kernel::config::Limits;
use crate::kernel::metrics;

/// How long a client may take nothing of an answer.
const WRITE_TIME: Duration = Duration::from_secs(30);
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
    let open = Arc::new(Open::new(most));
    let (graceful, idle) = (GracefulShutdown::new(), limits.idle);
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
        let most_of_address = if limits.is_trusted_proxy(peer.ip()) { most } else { limits.connections_per_address };
        let Some(place) = open.enter(peer.ip(), most_of_address) else {
            metrics::connection_refused();
            continue;
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            let Some(is_http2) = timeout(idle, is_http2(&stream)).await.unwrap_or_default() else { return };
            let _ = stream.set_nodelay(true);
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(WRITE_TIME));
            let io = TokioIo::new(Box::pin(stream));
            let service = router.map_request(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
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
    counts: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

/// A place among the connections.
struct Place {
    open: Arc<Open>,
    address: IpAddr,
}

impl Open {
    fn new(most: usize) -> Self {
        Self { most, counts: Mutex::default() }
    }

    fn enter(self: &Arc<Self>, address: IpAddr, most_of_address: usize) -> Option<Place> {
        let mut counts = self.counts.lock().expect("no panic while held");
        let of_address = counts.1.get(&address).copied().unwrap_or_default();
        if counts.0 >= self.most || of_address >= most_of_address {
            return None;
        }
        counts.0 += 1;
        counts.1.insert(address, of_address + 1);
        Some(Place { open: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.open.counts.lock().expect("no panic while held");
        counts.0 -= 1;
        match counts.1.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.1.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_in_all_and_by_address() {
        let open = Arc::new(Open::new(3));
        let [one, two]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        let (first, _second) = (open.enter(one, 2).unwrap(), open.enter(one, 2).unwrap());
        assert!(open.enter(one, 2).is_none(), "the address has its two");
        let _third = open.enter(two, 2).unwrap();
        assert!(open.enter(two, 2).is_none(), "there are three in all");
        drop(first);
        assert!(open.enter(two, 2).is_some());
    }
}
