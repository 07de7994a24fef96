//! What is noted of an operation while it is answered: for its line in the log, for the figures, and for the headers of its answer.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::budget::Left;
use super::response::GraphqlResponse;
use crate::api::base::context::{Caller, Request};
use crate::kernel::id::UserId;
use crate::kernel::metrics;
use crate::kernel::read::root_fields;

/// An operation that takes longer always has a line in the log.
const SLOW: Duration = Duration::from_secs(1);

/// What is noted of an operation.
#[derive(Default)]
pub struct Noted {
    /// Who asks.
    pub user: Option<UserId>,
    named: OnceLock<Named>,
    cost: OnceLock<usize>,
    left: OnceLock<Left>,
}

/// What an operation is called.
struct Named {
    kind: &'static str,
    /// Its first root field. Clients choose the name of an operation, so there may be any number of names, but not of fields.
    field: String,
    /// The name that the client gives it.
    name: Option<String>,
}

impl Noted {
    /// Of an operation of a caller.
    pub fn of(caller: &Caller) -> Self {
        Self { user: caller.viewer.as_ref().map(|viewer| viewer.user), ..Self::default() }
    }

    /// Notes which operation it is.
    pub fn operation(&self, request: &Request) {
        let Ok(operation) = request.operation() else { return };
        let fields = root_fields(&request.prepared.document, operation, &request.variables);
        let field = fields.values().next().map(|selected| selected.field.name.to_string()).unwrap_or_default();
        let name = operation.name.as_ref().map(|name| name.to_string());
        let _ = self.named.set(Named { kind: operation.operation_type.name(), field, name });
    }

    /// Notes what it costs, and what the budget of its user has left.
    pub fn charged(&self, cost: usize, left: Left) {
        let _ = self.cost.set(cost);
        let _ = self.left.set(left);
    }

    /// What the budget has left, if the operation was charged.
    pub fn left(&self) -> Option<Left> {
        self.left.get().copied()
    }

    /// Counts the answer, and writes its line: of those that went well and were quick, one in `one_in` has one.
    pub fn answered(&self, started: Instant, response: &GraphqlResponse, one_in: u64) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (took, code) = (started.elapsed(), response.code.unwrap_or("OK"));
        let (kind, field, name) = self
            .named
            .get()
            .map_or(("none", "", None), |named| (named.kind, named.field.as_str(), named.name.as_deref()));
        metrics::operation_done(kind, field, code, took);
        let is_rare = response.code.is_some() || took > SLOW;
        if !is_rare && !COUNT.fetch_add(1, Relaxed).is_multiple_of(one_in.max(1)) {
            return;
        }
        tracing::info!(
            user.id = self.user.map(tracing::field::display),
            kind,
            field,
            name,
            cost = self.cost.get(),
            bytes = response.body.len(),
            code,
            took_us = took.as_micros() as u64,
            "operation"
        );
    }
}
