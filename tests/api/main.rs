//! Behaviour, through the API, as people, on a real PostgreSQL, the clock in the test's hand.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

mod support;

mod access;
mod assign;
mod claimability;
mod contacts;
mod customers;
mod http;
mod limits;
mod live;
mod live_failures;
mod live_protocol;
mod live_sse;
mod notifications;
mod outage;
mod people;
mod permission_table;
mod planned_reads;
mod pool;
mod process;
mod races;
mod schema;
mod second_server;
mod seed;
mod settings;
mod sources;
mod wrong_input;
