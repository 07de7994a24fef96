//! How a request lives: from HTTP, a WebSocket or a stream of server-sent events to a document, a plan, a statement and a
//! response.

mod document;
pub mod graphql;
pub mod http;
mod live;
mod metrics;
mod pages;
mod plans;
mod response;
pub mod socket;
mod sse;
mod upload;
