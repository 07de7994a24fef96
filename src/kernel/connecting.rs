//! How connections to the database are made: with the settings of their sessions, directly or through a pooler.
//!
//! A pooler in transaction mode (PgBouncer) gives each transaction another session of PostgreSQL, so nothing is left of a session for
//! the next one. Over it, everything runs in transactions, each of which sets what holds in it and forgets what others have prepared.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

/// The most statements that a connection keeps prepared.
const PREPARED: usize = 1_000;

/// The settings of sessions.
#[derive(Clone, Default)]
pub struct Settings(Vec<(&'static str, String)>);

impl Settings {
    /// Those of every connection. Times are in UTC, so that their text is the same everywhere.
    pub fn standard() -> Self {
        Self::default()
            .and("TimeZone", "UTC")
            .and("DateStyle", "ISO")
            .and("jit", "off")
            // The data is in memory or on an SSD.
            .and("random_page_cost", "1.1")
            .and("idle_in_transaction_session_timeout", "60s")
    }

    /// The same, and one more.
    pub fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }
}

/// A way to the database.
#[derive(Clone)]
pub struct Way {
    options: PgConnectOptions,
    is_pooled: bool,
}

impl Way {
    /// To PostgreSQL itself.
    pub fn direct(options: PgConnectOptions) -> Self {
        Self { options, is_pooled: false }
    }

    /// Through a pooler in transaction mode.
    pub fn pooled(options: PgConnectOptions) -> Self {
        Self { options, is_pooled: true }
    }

    /// How to connect. A pooler takes no settings, and sessions of others have none of our statements.
    pub fn options(&self, settings: &Settings) -> PgConnectOptions {
        let options = self.options.clone().application_name("tidepool");
        if self.is_pooled {
            return options.statement_cache_capacity(0).extra_float_digits(None);
        }
        // sqlx keeps only 100 prepared statements by default: fewer than there are in the code. Those of clients have a
        // budget: see `Readers`.
        options.statement_cache_capacity(PREPARED).options(settings.0.iter().map(|(name, value)| (*name, value)))
    }

    /// How a transaction with these settings begins, if they do not hold anyway. The session may have statements of others, whose names
    /// are also ours.
    pub fn begin(&self, settings: &Settings) -> Option<Arc<str>> {
        let set = |(name, value): &(&str, String)| format!("; set local {name} = '{value}'");
        self.is_pooled
            .then(|| format!("begin; deallocate all{}", settings.0.iter().map(set).collect::<String>()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_of_a_connection_or_of_each_transaction() {
        let settings = Settings::default().and("jit", "off").and("statement_timeout", "11000");
        let options: PgConnectOptions = "postgres://u@localhost/x".parse().unwrap();
        let (direct, pooled) = (Way::direct(options.clone()), Way::pooled(options));
        assert_eq!(direct.options(&settings).get_options(), Some("-c jit=off -c statement_timeout=11000"));
        assert_eq!(direct.begin(&settings), None);
        assert_eq!(pooled.options(&settings).get_options(), None);
        let begin = pooled.begin(&settings);
        assert_eq!(
            begin.as_deref(),
            Some("begin; deallocate all; set local jit = 'off'; set local statement_timeout = '11000'")
        );
    }
}
