//! Metrics for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What each counter counts.
const COUNTERS: [(&str, &str); 13] = [
    ("tidepool_http_requests_total", "Requests by route and status."),
    (
        "tidepool_graphql_operations_total",
        "Operations by kind, first root field and code of the first error (OK: none).",
    ),
    ("tidepool_graphql_refused_total", "Requests that were not executed, by code."),
    ("tidepool_connections_refused_total", "Connections that were closed because too many are open."),
    ("tidepool_customers_moved_total", "Customers whose owner changed, by how."),
    ("tidepool_pool_rule_runs_total", "Runs of pool rules that wait for approval or have ended, by status."),
    ("tidepool_events_logged_total", "Events that this server moved to the log."),
    ("tidepool_sockets_closed_total", "WebSockets that the server closed, by code."),
    ("tidepool_job_runs_total", "Runs of jobs on this server, by job and outcome."),
    ("tidepool_database_errors_total", "Errors of the database by SQLSTATE, or what the connection failed with."),
    ("tidepool_planned_reads_total", "Reads of queries by where they were answered: at the primary or at a replica."),
    ("tidepool_webhook_deliveries_total", "Attempts of this server to deliver to a webhook, by outcome."),
    ("tidepool_directory_reads_total", "Reads of the directory: of what changed, or of everything."),
];

/// What each gauge measures.
const GAUGES: [(&str, &str); 14] = [
    ("tidepool_build_info", "1, with the version of the program."),
    ("tidepool_database_connections", "Connections to the database, by pool."),
    ("tidepool_database_connections_idle", "Connections to the database that are idle, by pool."),
    ("tidepool_replicas", "Replicas of the database that this server is given."),
    ("tidepool_replicas_used", "Replicas that are fresh enough for reads."),
    ("tidepool_held", "1 while webhooks, e-mail and pool rules are held."),
    ("tidepool_webhooks_failing", "Webhooks whose last attempt has failed, or that are paused because of that."),
    ("tidepool_webhooks_waiting_seconds", "How long the first event that waits for a webhook has been in the log."),
    ("tidepool_sockets", "Open WebSockets."),
    ("tidepool_feed_outbox_age_seconds", "How long the first event of the outbox has waited for the log."),
    ("tidepool_feed_lag_events", "Events of the log whose subscribers this server has not woken yet."),
    ("tidepool_directory_age_seconds", "How long ago this server last looked whether the directory has changed."),
    ("tidepool_directory_users", "Users in the directory."),
    ("tidepool_clock_skew_seconds", "How far the clock of this machine is from that of the database."),
];

/// What each histogram measures.
const HISTOGRAMS: [(&str, &str); 2] = [
    ("tidepool_http_request_duration_seconds", "Duration of requests by route."),
    ("tidepool_graphql_operation_duration_seconds", "Duration of operations by kind and first root field."),
];

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
        COUNTERS.iter().for_each(|(name, help)| describe_counter!(*name, *help));
        GAUGES.iter().for_each(|(name, help)| describe_gauge!(*name, *help));
        HISTOGRAMS.iter().for_each(|(name, help)| describe_histogram!(*name, *help));
        gauge!("tidepool_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        handle
    });
}

/// Counts an answered request.
pub fn request_done(route: &str, status: u16, took: Duration) {
    let labels = [("route", route.to_owned()), ("status", status.to_string())];
    counter!("tidepool_http_requests_total", &labels).increment(1);
    histogram!("tidepool_http_request_duration_seconds", "route" => route.to_owned()).record(took);
}

/// Counts an answered operation by its kind, its first root field, and the code of its first error.
pub fn operation_done(kind: &'static str, field: &str, code: &'static str, took: Duration) {
    let field = field.to_owned();
    counter!("tidepool_graphql_operations_total", "kind" => kind, "field" => field.clone(), "code" => code)
        .increment(1);
    histogram!("tidepool_graphql_operation_duration_seconds", "kind" => kind, "field" => field).record(took);
}

/// Counts a run of a job.
pub fn job_done(job: &'static str, failed: bool) {
    let outcome = if failed { "failed" } else { "ok" };
    counter!("tidepool_job_runs_total", "job" => job, "outcome" => outcome).increment(1);
}

/// Counts an error of the database by its SQLSTATE, or by what the connection failed with.
pub fn database_error(code: String) {
    counter!("tidepool_database_errors_total", "code" => code).increment(1);
}

/// Counts a planned read by where it was answered.
pub fn planned_read(place: &'static str) {
    counter!("tidepool_planned_reads_total", "place" => place).increment(1);
}

/// Records how many replicas there are, and how many of them are used.
pub fn replicas(all: usize, used: usize) {
    gauge!("tidepool_replicas").set(all as f64);
    gauge!("tidepool_replicas_used").set(used as f64);
}

/// Counts an attempt to deliver to a webhook.
pub fn webhook_delivery(succeeded: bool) {
    let outcome = if succeeded { "ok" } else { "failed" };
    counter!("tidepool_webhook_deliveries_total", "outcome" => outcome).increment(1);
}

/// Records how many webhooks fail, and how long the first event that waits has been in the log.
pub fn webhooks(failing: i64, waiting: Duration) {
    gauge!("tidepool_webhooks_failing").set(failing as f64);
    gauge!("tidepool_webhooks_waiting_seconds").set(waiting.as_secs_f64());
}

/// Counts a read of the directory.
pub fn directory_read(what: &'static str) {
    counter!("tidepool_directory_reads_total", "what" => what).increment(1);
}

/// Records how far this server is behind.
pub fn state(state: &State) {
    gauge!("tidepool_feed_outbox_age_seconds").set(state.outbox_age.as_secs_f64());
    gauge!("tidepool_feed_lag_events").set(state.lag_events as f64);
    gauge!("tidepool_directory_age_seconds").set(state.directory_age.as_secs_f64());
    gauge!("tidepool_directory_users").set(state.users as f64);
    gauge!("tidepool_clock_skew_seconds").set(state.skew.as_seconds_f64());
}

/// How far a server is behind, and what it knows.
pub struct State {
    /// How long the first event of the outbox has waited.
    pub outbox_age: Duration,
    /// The events of the log whose subscribers were not woken yet.
    pub lag_events: i64,
    /// How long ago the last look at the directory began.
    pub directory_age: Duration,
    /// The users in the directory.
    pub users: usize,
    /// How far the clocks of machine and database are apart.
    pub skew: chrono::TimeDelta,
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
