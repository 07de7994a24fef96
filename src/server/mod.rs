//! How a request lives: from HTTP, a WebSocket or a stream of server-sent events to a document, a plan, a statement and a
//! response.

mod budget;
mod cost;
mod document;
pub mod graphql;
pub mod http;
mod introspection;
mod live;
mod metrics;
mod pages;
mod plans;
mod response;
pub mod socket;
mod sse;
mod syntax;
mod upload;
mod validation;
