//! What all resolvers share: the request that they work for, errors, inputs, planned types and uploads.

pub mod catalog;
pub mod committed;
pub mod context;
pub mod document;
pub mod error;
pub mod inputs;
pub mod planned;
pub mod types;
pub mod upload;
