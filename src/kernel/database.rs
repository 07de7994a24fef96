//! Where the database is, and as which roles this program connects to it.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::kernel::config::{Cli, Serve};
use crate::kernel::embedded::{Embedded, EmbeddedError};
use crate::kernel::schema::{self, StartError};

/// Why there is no database to connect to.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A URL can't be used.
    #[error("the URL of the database can't be used")]
    Url(#[from] sqlx::Error),
    /// There is a URL for migrations, but none for the servers.
    #[error("--migrate-database-url needs --database-url: the same database, for the role of the servers")]
    NoServerUrl,
    /// There is a URL beside a pooler, but none of the pooler.
    #[error("--direct-database-url needs --database-url: that of a pooler before the same database")]
    NoPooler,
    /// The private PostgreSQL can't be used.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// None of the places of a URL has a primary.
    #[error(transparent)]
    NoPrimary(#[from] StartError),
}

/// The database, for the two roles.
pub struct Database {
    /// For what servers do, directly.
    pub server: PgConnectOptions,
    /// For operations and reads of a server, if a pooler is in between.
    pub pooler: Option<PgConnectOptions>,
    /// For the owner of the tables, who changes the schema. It is the same role if there is only one.
    pub owner: PgConnectOptions,
    /// All places of the server's URL where the primary may be, if it names several.
    pub places: Vec<PgConnectOptions>,
    /// The private PostgreSQL, if there is no database server.
    pub embedded: Option<Embedded>,
}

impl Database {
    /// The database of the command line: by its URL, or a private PostgreSQL that is started.
    pub async fn of(cli: &Cli) -> Result<Self, DatabaseError> {
        let server = url_of(cli.database_url.as_deref(), cli.database_url_file.as_deref());
        let owner = url_of(cli.migrate_database_url.as_deref(), cli.migrate_database_url_file.as_deref());
        let direct = url_of(cli.direct_database_url.as_deref(), cli.direct_database_url_file.as_deref());
        let Some(server) = server else {
            if owner.is_some() {
                return Err(DatabaseError::NoServerUrl);
            }
            if direct.is_some() {
                return Err(DatabaseError::NoPooler);
            }
            let embedded = Embedded::start(cli.data_dir.as_deref()).await?;
            let (server, owner) = (embedded.server_options(), embedded.connect_options());
            return Ok(Self { server, pooler: None, owner, places: Vec::new(), embedded: Some(embedded) });
        };
        let all = |url: &str| urls(url).iter().map(|url| options(url)).collect::<Result<Vec<_>, _>>();
        let pooler = direct.map(|_| options(server)).transpose()?;
        let places = all(direct.unwrap_or(server))?;
        let server = schema::primary(&places).await?;
        let owner = match owner {
            Some(owner) => schema::primary(&all(owner)?).await?,
            None => server.clone(),
        };
        Ok(Self { server, pooler, owner, places, embedded: None })
    }
}

/// The replicas of a server.
pub fn replicas(serve: &Serve) -> Result<Vec<PgConnectOptions>, DatabaseError> {
    let given = serve.replica_database_urls.iter().map(String::as_str).inspect(|url| warn_of_password(url));
    let in_file = serve.replica_database_url_file.iter().flat_map(|line| line.split_whitespace());
    let all = given.chain(in_file).flat_map(urls);
    Ok(all.map(|url| options(&url)).collect::<Result<Vec<_>, _>>()?)
}

/// The URLs of the places that a URL names, as libpq has them: several hosts with commas, before the name of the database or as
/// `host` behind it. Which of them is used is found out, so `target_session_attrs` says nothing new.
fn urls(url: &str) -> Vec<String> {
    let (head, query) = url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let (scheme, rest) = head.split_once("://").unwrap_or(("postgres", head));
    let (authority, name) = rest.split_once('/').map_or((rest, None), |(authority, name)| (authority, Some(name)));
    let (user, hosts) = authority.rsplit_once('@').map_or((None, authority), |(user, hosts)| (Some(user), hosts));
    let parameters = query.into_iter().flat_map(|query| query.split('&'));
    let (in_query, others): (Vec<&str>, Vec<&str>) = parameters
        .filter(|parameter| !parameter.starts_with("target_session_attrs="))
        .partition(|parameter| parameter.starts_with("host="));
    let in_query =
        in_query.first().map(|parameter| parameter.trim_start_matches("host=").split(',').collect::<Vec<_>>());
    let count = hosts.split(',').count().max(in_query.as_ref().map_or(1, Vec::len));
    let at = |place: usize| {
        let host = hosts.split(',').nth(place).unwrap_or(hosts);
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        let name = name.map(|name| format!("/{name}")).unwrap_or_default();
        let in_query = in_query.as_ref().and_then(|all| all.get(place)).map(|host| format!("host={host}"));
        let query =
            in_query.into_iter().chain(others.iter().map(|&other| other.to_owned())).collect::<Vec<_>>().join("&");
        let query = if query.is_empty() { query } else { format!("?{query}") };
        format!("{scheme}://{user}{host}{name}{query}")
    };
    (0..count).map(at).collect()
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

/// Whether a database is on this machine.
pub fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let is_loopback = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_may_name_several_places() {
        for (url, all) in [
            ("postgres://u:p@h/x", &["postgres://u:p@h/x"][..]),
            (
                "postgres://u:p@a:1,b:2/x?sslmode=require",
                &["postgres://u:p@a:1/x?sslmode=require", "postgres://u:p@b:2/x?sslmode=require"],
            ),
            ("postgres://a,[::1]:5/x?target_session_attrs=primary", &["postgres://a/x", "postgres://[::1]:5/x"]),
            ("postgres:///x?host=/a,/b&user=u", &["postgres:///x?host=/a&user=u", "postgres:///x?host=/b&user=u"]),
        ] {
            assert_eq!(urls(url), all, "{url}");
        }
    }

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
