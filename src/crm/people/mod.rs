//! People: the users, their managers, and how they sign in.
//!
//! - [`sign_in`]: sign in by e-mail address and password; [`attempt`]: who has to wait after failures
//! - [`link`]: links by which people set their passwords
//! - [`second_factor`]: codes of an app
//! - [`session`]: tokens, refresh, logout, revocation
//! - [`api_key`]: keys of service users
//! - [`sso`]: sign in by an identity provider
//! - [`user`]: create, roles, manager, password; [`edit`]: name, e-mail address, phone, language
//! - [`departure`]: somebody leaves, or comes back
//! - [`policy`]: roles and their permissions
//! - [`installation`]: the policy and the first administrator of a new installation

pub mod api_key;
pub mod attempt;
pub mod departure;
pub mod edit;
pub mod installation;
pub mod link;
mod password;
pub mod policy;
mod read;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod sso;
mod store;
pub mod token;
pub mod user;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::id::UserId;
pub use api_key::authenticate;
pub use password::hash as hash_password;
pub use read::{describe, name_for, roots};
pub use session::token_in;
pub use store::who_can_sign_in;

/// The permission to give roles to users, and to create and rename roles.
pub const WRITE_ROLE: Permission = Permission::to(Action::Write, Resource::Role);

/// A user to create.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    pub manager: Option<UserId>,
    pub roles: Vec<String>,
    /// Whether it stands for a machine, which uses API keys and never a password.
    pub is_service: bool,
}
