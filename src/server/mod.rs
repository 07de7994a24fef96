//! How a request lives: from HTTP, a WebSocket or a stream of server-sent events to a document, a plan, a statement and a
//! response.

mod apart;
mod budget;
mod cache;
mod caller;
mod cookie;
mod cost;
mod deadline;
mod document;
mod download;
mod executor;
mod forwarded;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod graphiql;
pub mod graphql;
pub mod http;
mod introspection;
pub mod listener;
mod live;
mod media_type;
mod metrics;
mod noted;
mod operations;
mod pages;
mod password_page;
mod persisted;
mod plans;
mod protocol;
mod reply;
mod request;
mod response;
mod single_sign_on;
pub mod socket;
mod sse;
mod streams;
mod subscriber;
mod syntax;
mod upload;
mod validation;
