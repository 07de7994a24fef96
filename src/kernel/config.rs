//! The settings of the command line: flags, and environment variables with the same meaning. The doc comments are the
//! help.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::kernel::external::first_line;
use crate::kernel::limits::{LEAST_CONNECTIONS, public_url};
pub use crate::kernel::limits::{Limits, ProxyHeader};
use crate::kernel::replica::LONGEST_LAG;

/// The back end of a B2B sales CRM built around the public pool.
///
/// Every flag with an environment variable can also be set by that variable; the flag takes precedence. Without a
/// database URL, the program runs a private PostgreSQL in its data folder, with the PostgreSQL programs (15 or newer)
/// of this machine.
#[derive(Debug, Parser)]
#[command(name = "tidepool", version, about, max_term_width = 100)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
    /// The URL of the PostgreSQL database (15 or newer, encoding UTF8), such as postgres://user:password@host/database.
    ///
    /// Several servers may share a database. Without this setting, a private PostgreSQL runs in the data folder.
    /// A connection to another machine is encrypted and its certificate verified, unless the URL says otherwise
    /// (`sslmode`). Of several hosts with commas between them, the one that is the primary is used.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// A file whose first line is the URL of the database, instead of --database-url.
    #[arg(long, env = "DATABASE_URL_FILE", global = true, value_name = "FILE", value_parser = first_line)]
    pub database_url_file: Option<String>,
    /// The URL of PostgreSQL itself, if --database-url is that of a pooler such as PgBouncer in transaction mode.
    ///
    /// Operations and reads of a server go through the pooler. What needs a session of its own goes here: listening to other servers,
    /// the server's own work and single statements, about a fifth of --database-connections; and all other commands. Both URLs
    /// name the same role.
    #[arg(long, env = "DIRECT_DATABASE_URL", global = true, hide_env_values = true)]
    pub direct_database_url: Option<String>,
    /// A file whose first line is the URL of PostgreSQL itself, instead of --direct-database-url.
    #[arg(long, env = "DIRECT_DATABASE_URL_FILE", global = true, value_name = "FILE", value_parser = first_line)]
    pub direct_database_url_file: Option<String>,
    /// The URL of the same database for the role that owns it and changes the schema.
    ///
    /// The role of --database-url then needs no rights but to connect, and can't change what happened. Without this
    /// setting, one role does both.
    #[arg(long, env = "MIGRATE_DATABASE_URL", global = true, hide_env_values = true)]
    pub migrate_database_url: Option<String>,
    /// A file whose first line is the URL for the role that owns the database, instead of --migrate-database-url.
    #[arg(long, env = "MIGRATE_DATABASE_URL_FILE", global = true, value_name = "FILE", value_parser = first_line)]
    pub migrate_database_url_file: Option<String>,
    /// The data folder of the private PostgreSQL [default: ./data].
    ///
    /// It is not used with a database URL. If the program runs as root, PostgreSQL runs under the account `postgres` or
    /// `nobody`; if that account can't access ./data, the default is /var/lib/tidepool.
    #[arg(long, env = "TIDEPOOL_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Do not change the schema of the database: fail if this program can't work with it as it is.
    ///
    /// Without this flag, every command but `schema` brings the schema up to date first. A role that may not change it can serve a
    /// schema that is up to date.
    #[arg(long, env = "TIDEPOOL_NO_MIGRATE", global = true)]
    pub no_migrate: bool,
    /// What to log to standard error: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module as in
    /// RUST_LOG, such as `info,tidepool=debug`.
    ///
    /// If the value can't be parsed, `info` is used.
    #[arg(long, env = "TIDEPOOL_LOG", global = true, default_value = "info")]
    pub log: String,
    /// The format of the log.
    #[arg(long, env = "TIDEPOOL_LOG_FORMAT", global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// One line of text for each event.
    Text,
    /// One JSON object for each event, in a line.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Update the schema of the database, then serve requests until Ctrl-C or SIGTERM.
    ///
    /// After the first signal, running requests have 10 seconds to finish. A second signal ends the program at once.
    Serve(Box<Serve>),
    /// Update the schema of the database, then exit.
    Migrate,
    /// Print the GraphQL schema to standard output. No database is needed.
    Schema,
    /// Fill an empty installation with demo data. An installation that already has customers or users is refused.
    Seed(Seed),
    /// Create a user with the role of administrator.
    CreateAdmin(CreateAdmin),
    /// Print a link by which a user sets a new password. It works once, within three days.
    ResetPassword(ResetPassword),
    /// Validate a file of customers or other records and, with --run, import it, with the rights of a user.
    Import(Box<Import>),
    /// Run a scheduled job now, once. Servers run these jobs by themselves.
    RunJob(RunJob),
    /// Hold webhooks, e-mail and pool rules until the installation is adopted. Use it before a clone of a whole PostgreSQL is
    /// served, which can't be told from the original.
    Hold,
    /// Say what a copy of an installation is, whose webhooks, e-mail and pool rules are held.
    Adopt(Adopt),
    /// Examine the installation, and say of each thing how it is and what to do. Nothing is changed.
    ///
    /// The status is 0 if nothing is to be done, 2 for warnings, 1 for a fault.
    Doctor(Doctor),
    /// Write a dump of the whole database into a folder, while servers run. The programs of PostgreSQL must be on this machine, in the
    /// version of the database or newer.
    Backup(Backup),
    /// Restore a backup into a PostgreSQL that is thrown away, and print what is in it. No database is needed.
    VerifyBackup(BackupFile),
    /// Restore a backup into an empty database, and bring its schema up to date. What is restored is held until it is adopted.
    Restore(BackupFile),
    /// Create a role of the database that reads the views for analysis, or give it a new password, which is printed.
    BiUser(BiUser),
}

/// The settings of a server.
#[derive(Debug, Args)]
pub struct Serve {
    /// The IP address and port to listen on, for HTTP without TLS.
    ///
    /// The default accepts only connections from this machine. Use 0.0.0.0:8000 to accept connections from other
    /// machines, behind a proxy that adds TLS.
    #[arg(long, env = "TIDEPOOL_LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// The IP address and port on which Prometheus reads /metrics, for example 127.0.0.1:9100.
    ///
    /// Without it the metrics are not served. They must not be public, so they have an address of their own.
    #[arg(long, env = "TIDEPOOL_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Fill an empty installation with demo data and demo accounts before serving.
    ///
    /// The password of the demo accounts is public, so the server refuses to listen on an address that other machines
    /// can reach, unless --demo-anywhere is given.
    #[arg(long, env = "TIDEPOOL_DEMO")]
    pub demo: bool,
    /// Allow demo accounts on an address that other machines can reach.
    ///
    /// Everybody who reaches the address can then sign in, also as administrator, because the password is public.
    #[arg(long, env = "TIDEPOOL_DEMO_ANYWHERE")]
    pub demo_anywhere: bool,
    /// The largest number of database connections that this server opens (at least 20).
    ///
    /// Its pools share them: 5 are for its own work, 5 for subscriptions, a twelfth for the payloads of mutations, and of the others a third
    /// each for reads, for lists, and for operations. `max_connections` of PostgreSQL must allow the sum of all servers. Requests wait
    /// up to 5 seconds for a connection. A small number is usually faster than a large one.
    #[arg(long, env = "TIDEPOOL_DATABASE_CONNECTIONS", default_value_t = 50, value_parser = connections)]
    pub database_connections: u32,
    /// The URL of a replica of the database, which takes the reads of queries from the primary.
    ///
    /// A replica is used while it is at most a second behind, for a user who has written something as soon as it has that. Reads and lists
    /// have as many connections to each replica as to the primary. May be given several times; the variable takes a list with spaces.
    #[arg(
        long = "replica-database-url",
        env = "REPLICA_DATABASE_URL",
        value_name = "URL",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub replica_database_urls: Vec<String>,
    /// A file whose first line has the URLs of the replicas, with spaces in between, instead of --replica-database-url.
    #[arg(long, env = "REPLICA_DATABASE_URL_FILE", value_name = "FILE", value_parser = first_line)]
    pub replica_database_url_file: Option<String>,
    /// How many seconds a replica may be behind the primary (1 to 30).
    #[arg(
        long = "max-replica-lag-seconds",
        env = "TIDEPOOL_MAX_REPLICA_LAG_SECONDS",
        default_value = "1",
        value_parser = replica_lag
    )]
    pub replica_lag: Duration,
    /// For how many seconds a server that is asked to stop still takes requests while /readyz says 503 (0 to 3600).
    ///
    /// Give a proxy the time to notice that: its interval between checks, times the number of checks that must fail.
    #[arg(long = "drain-seconds", env = "TIDEPOOL_DRAIN_SECONDS", default_value = "0", value_parser = drain_seconds)]
    pub drain: Duration,
    /// The limits of requests.
    #[command(flatten)]
    pub limits: Limits,
}

/// The settings of the demo data.
#[derive(Debug, Args)]
pub struct Seed {
    /// The number of customers. Contacts, opportunities, orders and the rest are in proportion to it.
    #[arg(long, default_value_t = 2_500)]
    pub customers: u32,
    /// The seed of the random numbers. The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The new administrator.
#[derive(Debug, Args)]
pub struct CreateAdmin {
    /// The e-mail address with which the user signs in.
    #[arg(long)]
    pub email: String,
    /// The name of the user, which other users see.
    #[arg(long)]
    pub name: String,
    /// Read the password from the first line of standard input (10 to 200 characters).
    ///
    /// Without this flag, a random password is generated and printed.
    #[arg(long)]
    pub password_stdin: bool,
}

/// The account whose password is forgotten.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// The e-mail address with which the user signs in.
    #[arg(long)]
    pub email: String,
    /// The address at which people reach the server, for example https://crm.example.com. Without it, the path is printed.
    #[arg(long, env = "TIDEPOOL_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
}

/// The import.
#[derive(Debug, Args)]
pub struct Import {
    /// The file, in the format CSV or XLSX, with the names of the columns in one of its first rows.
    pub file: PathBuf,
    /// What the rows are.
    #[arg(long, default_value = "CUSTOMERS", value_parser = ["CUSTOMERS", "CONTACTS", "PRODUCTS", "OPPORTUNITIES", "ORDERS", "FOLLOW_UPS"])]
    pub kind: String,
    /// The e-mail address of the user who imports. The import has the rights of this user and belongs to them.
    #[arg(long)]
    pub user: String,
    /// The source of customers whose row has none: the code of an active choice of the kind SOURCE.
    #[arg(long)]
    pub source: Option<String>,
    /// How long new customers in the public pool are protected, so that nobody can claim them: an ISO 8601 duration,
    /// such as P3D for three days, at most P366D.
    #[arg(long)]
    pub protect_for: Option<String>,
    /// The name of the sheet of a workbook. Without it, the first visible sheet with customers is read.
    #[arg(long)]
    pub sheet: Option<String>,
    /// The encoding of a CSV file, such as GB18030, Big5 or windows-1252. Without it, the encoding is detected.
    #[arg(long)]
    pub encoding: Option<String>,
    /// The decimal mark of the numbers.
    #[arg(long, value_parser = ["POINT", "COMMA"])]
    pub decimal_mark: Option<String>,
    /// The order of the parts of dates like 03/04/2026.
    #[arg(long, value_parser = ["DAY_MONTH", "MONTH_DAY"])]
    pub date_order: Option<String>,
    /// The country of phone numbers without a country code: a code like CN (ISO 3166).
    #[arg(long)]
    pub phone_country: Option<String>,
    /// The name of contacts whose row gives none.
    #[arg(long)]
    pub contact_name: Option<String>,
    /// Leave out wrong values of optional fields, with a warning, instead of the whole row.
    #[arg(long)]
    pub skip_wrong_values: bool,
    /// Also create customers whose name is similar to that of an existing customer.
    ///
    /// Use this flag only if none of them is the same company. Without it, such rows create no customer.
    #[arg(long)]
    pub not_duplicate: bool,
    /// Only validate the rows, which is the default. Nothing is created or changed.
    #[arg(long, conflicts_with = "run")]
    pub dry_run: bool,
    /// Run the import after the validation.
    #[arg(long)]
    pub run: bool,
    /// The field of a column whose header is not recognized: `HEADER=FIELD`, where FIELD is a value of `ImportField` in
    /// the schema, `HEADER=EXTRA:KEY` for an extra field, or `HEADER=CONTACT_NAME:2` for the second contact of the rows. `#4`
    /// instead of a header is the fourth column. May be given several times.
    #[arg(long = "column", value_name = "HEADER=FIELD")]
    pub columns: Vec<String>,
    /// Write the rows that failed validation or import to this CSV file, each with its problem, to be corrected and
    /// imported again.
    #[arg(long, value_name = "FILE")]
    pub failed: Option<PathBuf>,
}

/// The job to run.
#[derive(Debug, Args)]
pub struct RunJob {
    /// The name of the job: `pool-rules` runs the pool rules that are due, `forget` deletes old events,
    /// notifications and failed sign-ins.
    pub name: String,
}

/// What a copy of an installation is.
#[derive(Debug, Args)]
pub struct Adopt {
    /// It replaces the other one, which does not run any more: it goes on with everything.
    ///
    /// Without this flag, it is an installation of its own, for example for tests: its webhooks are deleted, and all users have
    /// to sign in again.
    #[arg(long)]
    pub same_installation: bool,
}

/// How the findings are printed.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON object: the worst `state`, and `findings` with `about`, `state` (OK, UNKNOWN, WARNING, FAULT), `found` and
    /// `advice`.
    #[arg(long)]
    pub json: bool,
}

/// Where backups are.
#[derive(Debug, Args)]
pub struct Backup {
    /// The folder, which must exist. The name of the file is the time, such as tidepool-20260302T010000Z.dump.
    #[arg(long)]
    pub folder: PathBuf,
    /// Remove all backups of this folder but the newest ones, as many as given. Without this flag, all are kept.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
}

/// A backup.
#[derive(Debug, Args)]
pub struct BackupFile {
    /// The file.
    pub file: PathBuf,
}

/// The role of a tool for analysis.
#[derive(Debug, Args)]
pub struct BiUser {
    /// The name of the role.
    pub name: String,
}

fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number >= LEAST_CONNECTIONS);
    number.ok_or_else(|| format!("must be a whole number from {LEAST_CONNECTIONS} on"))
}

fn replica_lag(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=LONGEST_LAG) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("must be a whole number of seconds from 1 to {LONGEST_LAG}")),
    }
}

fn drain_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 0..=3_600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a whole number of seconds from 0 to 3600".to_owned()),
    }
}
