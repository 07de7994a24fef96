//! What every entity relies on: access rights and the connections of planned reads.

mod access;
mod embedded;
mod readers;
