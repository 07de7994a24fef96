//! Where the database is, and as which roles this program connects to it.

use std::io::ErrorKind;
use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::kernel::config::Cli;
use crate::kernel::embedded::{Embedded, EmbeddedError};

/// Why there is no database to connect to.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A URL can't be used.
    #[error("the URL of the database can't be used")]
    Url(#[from] sqlx::Error),
    /// There is a URL for migrations, but none for the servers.
    #[error("--migrate-database-url needs --database-url: the same database, for the role of the servers")]
    NoServerUrl,
    /// The private PostgreSQL can't be used.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
}

/// The database, for the two roles.
pub struct Database {
    /// For what servers do.
    pub server: PgConnectOptions,
    /// For the owner of the tables, who changes the schema. It is the same role if there is only one.
    pub owner: PgConnectOptions,
    /// The private PostgreSQL, if there is no database server.
    pub embedded: Option<Embedded>,
}

impl Database {
    /// The database of the command line: by its URL, or a private PostgreSQL that is started.
    pub async fn of(cli: &Cli) -> Result<Self, DatabaseError> {
        let server = url_of(cli.database_url.as_deref(), cli.database_url_file.as_deref());
        let owner = url_of(cli.migrate_database_url.as_deref(), cli.migrate_database_url_file.as_deref());
        let Some(server) = server else {
            if owner.is_some() {
                return Err(DatabaseError::NoServerUrl);
            }
            let embedded = Embedded::start(cli.data_dir.as_deref()).await?;
            let (server, owner) = (embedded.server_options(), embedded.connect_options());
            return Ok(Self { server, owner, embedded: Some(embedded) });
        };
        let owner = owner.map(options).transpose()?;
        let server = options(server)?;
        Ok(Self { owner: owner.unwrap_or_else(|| server.clone()), server, embedded: None })
    }
}

/// The URL that is given, or that of the file.
fn url_of<'u>(given: Option<&'u str>, in_file: Option<&'u str>) -> Option<&'u str> {
    if let Some(url) = given {
        warn_of_password(url);
    }
    given.or(in_file)
}

/// Warns of a password on the command line, which every user of the machine can read.
fn warn_of_password(url: &str) {
    let has_password = Url::parse(url).is_ok_and(|url| url.password().is_some());
    if has_password && std::env::args().any(|argument| argument.contains(url)) {
        tracing::warn!(
            "the command line shows the password of the database to every user of this machine: \
             use DATABASE_URL or --database-url-file instead"
        );
    }
}

/// The options of a URL. Without `sslmode`, a connection to another machine is encrypted and its certificate verified.
fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let is_chosen = std::env::var_os("PGSSLMODE").is_some()
        || Url::parse(url).is_ok_and(|url| url.query_pairs().any(|(name, _)| name == "sslmode" || name == "ssl-mode"));
    Ok(if is_chosen || is_local(&options) { options } else { options.ssl_mode(PgSslMode::VerifyFull) })
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let is_loopback = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || is_loopback
}

/// Why a database can't be reached, and what to do, in one line.
pub fn advice(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    let place = match options.get_socket() {
        Some(socket) => format!("the database in {}", socket.display()),
        None => format!("the database at {}:{}", options.get_host(), options.get_port()),
    };
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
            Some("57P03") => "it is starting or stopping: try again".to_owned(),
            _ => "see the log of PostgreSQL".to_owned(),
        },
        _ => "correct the URL".to_owned(),
    };
    // What sqlx adds to the message is about PostgreSQL's sources.
    let cause = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    format!("{place} can't be used: {cause}: {remedy}")
}

fn is_about_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_to_another_machine_is_verified_unless_the_url_says_otherwise() {
        for (url, is_verified) in [
            ("postgres://u:p@db.internal/x", true),
            ("postgres://u:p@10.0.0.1:5432/x", true),
            ("postgres://u:p@db.internal/x?sslmode=disable", false),
            ("postgres://u:p@db.internal/x?sslmode=require", false),
            ("postgres://u:p@localhost/x", false),
            ("postgres://u:p@127.0.0.1/x", false),
            ("postgres://u:p@[::1]/x", false),
            ("postgres:///x?host=/run/postgresql&user=u", false),
        ] {
            let options = options(url).unwrap();
            assert_eq!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull), is_verified, "{url}");
        }
    }
}
