//! Behaviour, through the API, as people, on a real PostgreSQL, the clock in the test's hand.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

mod support;

mod access;
mod archive;
mod assign;
mod changing_hands;
mod claimability;
mod contacts;
mod customers;
mod duplicates;
mod feedback;
mod followups;
mod hand_over;
mod http;
mod imports;
mod imports_at_scale;
mod imports_of_bad_files;
mod imports_undone;
mod jobs;
mod limits;
mod live;
mod live_failures;
mod live_protocol;
mod live_rights;
mod live_sse;
mod merge;
mod notice;
mod notifications;
mod opportunities;
mod order_steps;
mod order_totals;
mod orders;
mod outage;
mod people;
mod permission_table;
mod planned_reads;
mod pool;
mod process;
mod products;
mod races;
mod returns;
mod rule_conditions;
mod rules;
mod schema;
mod second_server;
mod seed;
mod settings;
mod sources;
mod suggestions;
mod sweeps;
mod sweeps_killed;
mod webhook;
mod wrong_input;
mod year;
