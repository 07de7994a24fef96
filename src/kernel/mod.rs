//! Modules that every other module may use, and that use nothing outside of `kernel`.

pub mod access;
pub mod actor;
pub mod app;
pub mod client;
pub mod clock;
pub mod config;
pub mod directory;
pub mod duration;
pub mod embedded;
pub mod error;
pub mod event;
pub mod feed;
pub mod id;
pub mod mail;
pub mod metrics;
pub mod money;
pub mod op;
pub mod read;
pub mod readers;
pub mod scalar;
pub mod session;
pub mod sql;
pub mod task;
pub mod text;
pub mod turns;
pub mod watch_map;
