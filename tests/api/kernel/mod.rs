//! What every entity relies on: access rights and the connections of planned reads.

mod access;
mod database;
mod directory;
mod embedded;
mod readers;
mod schema;
mod transaction;
