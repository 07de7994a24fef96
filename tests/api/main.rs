//! Behaviour through the API, on a real PostgreSQL, with a clock that the test moves. Folders are the rooms of `src`.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

mod support;

mod console;
mod crm;
mod docs;
mod jobs;
mod kernel;
mod migrations;
mod permission_table;
mod schema;
mod seed;
mod server;
mod sources;
mod year;
