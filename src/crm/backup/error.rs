//! Why there is no backup, or why it was not restored.

use std::io;
use std::path::PathBuf;

use crate::kernel::embedded::EmbeddedError;
use crate::kernel::schema::StartError;

/// Why there is no backup, or why it was not restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL's programs are not there, or the one for the check does not start.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {message}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// What it printed.
        message: String,
    },
    /// A file or folder can't be read or written.
    #[error("{}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A connection or a statement failed.
    #[error("the database can't be used")]
    Database(#[from] sqlx::Error),
    /// The restored schema can't be brought up to date.
    #[error("what was restored can't be used")]
    Schema(#[from] StartError),
    /// The database that is restored into has tables.
    #[error("the database is not empty: restore into a new one (createdb --encoding UTF8 --template template0)")]
    NotEmpty,
    /// The backup gives rights to roles that are not there and that this role can't create.
    #[error("these roles are missing, and {user} may not create them: {}; create each with `create role … nologin`", roles.join(", "))]
    MissingRoles {
        /// The role of the connection.
        user: String,
        /// The names of the missing roles.
        roles: Vec<String>,
    },
}
