//! The plans of the statements that a server really sends: PostgreSQL reports each plan to the client as a notice.

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Connections to the same database that get a notice with each plan.
pub fn with_auto_explain(database: PgConnectOptions) -> PgConnectOptions {
    database.options([
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_level", "notice"),
        ("auto_explain.log_format", "json"),
    ])
}

/// The plans that connections of this thread have got.
pub struct Plans {
    plans: Arc<Mutex<Vec<Json>>>,
    _listening: tracing::subscriber::DefaultGuard,
}

impl Plans {
    pub fn listen() -> Self {
        let plans = Arc::new(Mutex::new(Vec::new()));
        let listening = tracing_subscriber::registry().with(Listener(plans.clone())).set_default();
        Self { plans, _listening: listening }
    }

    /// The number of plans that read the table `of`, and the tables that they scan; clears the collected plans.
    pub fn scans(&self, of: &str) -> (usize, Vec<String>) {
        let plans: Vec<_> = self.plans.lock().expect("no panic while held").drain(..).collect();
        let plans: Vec<_> = plans.iter().filter(|plan| plan.to_string().contains(&format!("\"{of}\""))).collect();
        let mut scanned = Vec::new();
        for plan in &plans {
            collect(plan, &mut scanned);
        }
        (plans.len(), scanned)
    }
}

fn collect(plan: &Json, scanned: &mut Vec<String>) {
    // The definitions of extra fields are a handful of rows in one page: no index is faster.
    if plan["Node Type"] == "Seq Scan"
        && let Some(table) = plan["Relation Name"].as_str().filter(|table| *table != "extra_field")
    {
        scanned.push(table.to_owned());
    }
    match plan {
        Json::Array(parts) => parts.iter().for_each(|part| collect(part, scanned)),
        Json::Object(parts) => parts.values().for_each(|part| collect(part, scanned)),
        _ => {}
    }
}

struct Listener(Arc<Mutex<Vec<Json>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Message(String);
        impl tracing::field::Visit for Message {
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}

            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                if field.name() == "message" {
                    self.0 = value.to_owned();
                }
            }
        }
        if event.metadata().target() == "sqlx::postgres::notice" {
            let mut message = Message(String::new());
            event.record(&mut message);
            // "duration: … ms  plan:", and the plan.
            let plan = message.0.split_once("plan:").and_then(|(_, plan)| serde_json::from_str(plan).ok());
            self.0.lock().expect("no panic while held").extend(plan);
        }
    }
}
