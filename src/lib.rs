//! Tidepool: the back end of a B2B sales CRM built around the public pool.
//!
//! From the top: [`http`] takes requests, [`graphql`] answers them, the CRM's things (people, customers, contacts, …)
//! hold what is true, and the kernel below carries them. `ARCHITECTURE.md` is the map.

// The server.
pub mod app;
pub mod config;
pub mod embedded;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod metrics;
pub mod readers;
pub mod seed;

// The CRM: a folder per thing.
pub mod absence;
pub mod contact;
pub mod customer;
pub mod extra;
pub mod feedback;
pub mod followup;
pub mod import;
pub mod notification;
pub mod operation;
pub mod opportunity;
pub mod order;
pub mod people;
pub mod product;
pub mod rule;
pub mod setting;
pub mod timeline;
pub mod webhook;

// The kernel: what everything may use, and which uses nothing above it.
pub mod access;
pub mod actor;
pub mod clock;
pub mod directory;
pub mod duration;
pub mod error;
pub mod event;
pub mod feed;
pub mod id;
pub mod money;
pub mod op;
pub mod read;
pub mod scalar;
pub mod sql;
pub mod task;
pub mod text;
pub mod watched;

// Requests are many short-lived allocations on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
