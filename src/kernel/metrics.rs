//! What Prometheus is told.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Begins to count. What happens before is not counted; a second call changes nothing.
pub fn start() {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("something else counts already");
        }
        handle
    });
}

/// A request was answered.
pub fn request_done(route: &str, status: u16, took: Duration) {
    let labels = [("route", route.to_owned()), ("status", status.to_string())];
    counter!("tidepool_http_requests_total", &labels).increment(1);
    histogram!("tidepool_http_request_duration_seconds", "route" => route.to_owned()).record(took);
}

/// A request was not executed.
pub fn refused(code: &'static str) {
    counter!("tidepool_graphql_refused_total", "code" => code).increment(1);
}

/// A connection was refused, because there are too many.
pub fn connection_refused() {
    counter!("tidepool_connections_refused_total").increment(1);
}

/// Customers changed hands.
pub fn customers_moved(how: &'static str, count: usize) {
    counter!("tidepool_customers_moved_total", "how" => how).increment(count as u64);
}

/// Events came into the log.
pub fn events_logged(count: i64) {
    counter!("tidepool_events_logged_total").increment(u64::try_from(count).unwrap_or_default());
}

/// A WebSocket is open for as long as what this returns is kept.
pub fn socket_opened() -> impl Drop {
    struct Open;
    impl Drop for Open {
        fn drop(&mut self) {
            gauge!("tidepool_sockets").decrement(1.0);
        }
    }
    gauge!("tidepool_sockets").increment(1.0);
    Open
}

/// A WebSocket was closed by us.
pub fn socket_closed(code: u16) {
    counter!("tidepool_sockets_closed_total", "code" => code.to_string()).increment(1);
}

/// All figures, in the text format of Prometheus.
pub fn render() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// How many connections a pool has, and how many of them are idle.
pub fn connections(pool: &'static str, size: usize, idle: usize) {
    gauge!("tidepool_database_connections", "pool" => pool).set(size as f64);
    gauge!("tidepool_database_connections_idle", "pool" => pool).set(idle as f64);
}
