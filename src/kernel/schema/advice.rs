//! What is said of a database that can't be reached.

use std::io::ErrorKind;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What to do about a pooler in transaction mode.
pub const POOLER: &str = "a pooler such as PgBouncer is in between: name PostgreSQL itself by --direct-database-url";

/// Why a database can't be reached, and what to do, in one line.
pub fn of(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    let place = place(options);
    if is_about_tls(error) && matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        return format!(
            "the connection to {place} must be encrypted, with a certificate for this name from an authority that \
             this machine trusts: add `sslrootcert=FILE` to the URL to trust another authority, or `sslmode=require` to \
             encrypt without verifying, or `sslmode=disable` on a network that nobody else can read"
        );
    }
    let (role, name) = (options.get_username(), options.get_database().unwrap_or(options.get_username()));
    let remedy = match error {
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => {
                "start PostgreSQL there, or correct the URL".to_owned()
            }
            _ => "correct the URL, or the network between here and there".to_owned(),
        },
        sqlx::Error::PoolTimedOut => "it does not answer: correct the URL, or let connections through to it".to_owned(),
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01") => format!("correct the password of the role {role:?}"),
            Some("28000") => format!("create the role {role:?}, or let it in by pg_hba.conf"),
            Some("3D000") => format!("create it with `createdb --encoding UTF8 --template template0 {name}`"),
            Some("53300") => "raise max_connections, or let other programs open fewer connections".to_owned(),
            _ if error.message().contains("startup parameter") => POOLER.to_owned(),
            Some("57P03") => "it is starting or stopping: try again".to_owned(),
            _ => "see the log of PostgreSQL".to_owned(),
        },
        _ => "correct the URL".to_owned(),
    };
    // What sqlx adds to the message is about PostgreSQL's sources.
    let cause = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    format!("{place} can't be used: {cause}: {remedy}")
}

/// Where a database is, in words.
pub fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("the database in {}", socket.display()),
        None => format!("the database at {}:{}", options.get_host(), options.get_port()),
    }
}

fn is_about_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        _ => false,
    }
}
