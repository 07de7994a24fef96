//! Tidepool: a B2B sales CRM built around the public pool.
//!
//! From the top: [`server`] takes requests, [`api`] is the schema, [`seed`] makes demo data, [`jobs`] is the timetable, [`crm`] holds
//! what is true, one folder for each entity, and [`kernel`] is what everything may use. Imports point down only.
//! `ARCHITECTURE.md` is the map.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod server;

pub mod api;

pub mod jobs;
pub mod seed;

pub mod crm;

pub mod kernel;

// The command line uses them.
use rust_embed as _;
use tracing_subscriber as _;

// Requests are many short-lived allocations on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
