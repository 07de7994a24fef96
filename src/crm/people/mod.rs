//! People: who works here, whom they answer to, how they sign in.
//!
//! - [`sign_in`]: login by e-mail and password
//! - [`session`]: tokens, refresh, logout, revocation
//! - [`user`]: create, roles, manager, password
//! - [`departure`]: somebody leaves
//! - [`policy`]: what roles may do
//! - [`installation`]: the policy and the first administrator of a new installation

pub mod departure;
pub mod installation;
mod password;
pub mod policy;
mod read;
pub mod session;
pub mod sign_in;
mod store;
mod token;
pub mod user;

pub use password::hash as hash_password;
pub use read::{describe, name_for, roots};
pub use session::{authenticate, bearer};
