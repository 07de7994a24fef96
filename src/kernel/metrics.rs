//! Metrics for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Starts recording. Events before this call are not counted; a second call has no effect.
pub fn start() {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is already installed, so metrics are not recorded");
        }
        handle
    });
}

/// Counts an answered request.
pub fn request_done(route: &str, status: u16, took: Duration) {
    let labels = [("route", route.to_owned()), ("status", status.to_string())];
    counter!("tidepool_http_requests_total", &labels).increment(1);
    histogram!("tidepool_http_request_duration_seconds", "route" => route.to_owned()).record(took);
}

/// Counts a GraphQL request that was refused before its execution.
pub fn refused(code: &'static str) {
    counter!("tidepool_graphql_refused_total", "code" => code).increment(1);
}

/// Counts a connection that was refused, or gave way to another one, because too many are open.
pub fn connection_refused() {
    counter!("tidepool_connections_refused_total").increment(1);
}

/// Counts customers whose owner changed.
pub fn customers_moved(how: &'static str, count: usize) {
    counter!("tidepool_customers_moved_total", "how" => how).increment(count as u64);
}

/// Counts a run of a pool rule that waits for approval or has ended.
pub fn pool_rule_run(status: &'static str) {
    counter!("tidepool_pool_rule_runs_total", "status" => status).increment(1);
}

/// Counts events that were moved to the log.
pub fn events_logged(count: i64) {
    counter!("tidepool_events_logged_total").increment(u64::try_from(count).unwrap_or_default());
}

/// Counts a WebSocket as open until the returned guard is dropped.
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

/// Counts a WebSocket that the server closed.
pub fn socket_closed(code: u16) {
    counter!("tidepool_sockets_closed_total", "code" => code.to_string()).increment(1);
}

/// Records whether webhooks, e-mail and pool rules are held.
pub fn held(is_held: bool) {
    gauge!("tidepool_held").set(f64::from(u8::from(is_held)));
}

/// All metrics in the text format of Prometheus.
pub fn render() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Records how many connections a pool has, and how many of them are idle.
pub fn connections(pool: &'static str, size: usize, idle: usize) {
    gauge!("tidepool_database_connections", "pool" => pool).set(size as f64);
    gauge!("tidepool_database_connections_idle", "pool" => pool).set(idle as f64);
}
