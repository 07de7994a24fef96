//! Every start-up setting: flags, and the environment variables that say the same.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hyper::http::HeaderValue;

/// The back end of a B2B sales CRM built around the public pool.
///
/// Without a database URL it runs a private PostgreSQL in its data folder, from this machine's own PostgreSQL programs.
#[derive(Debug, Parser)]
#[command(name = "tidepool", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The database, as postgres://user:password@host/database; without it, a private PostgreSQL in the data folder.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the private PostgreSQL keeps its data [default: ./data].
    #[arg(long, env = "TIDEPOOL_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// What to log, as in RUST_LOG: `info`, `tidepool=debug`, …
    #[arg(long, env = "TIDEPOOL_LOG", global = true, default_value = "info")]
    pub log: String,
    /// How to log.
    #[arg(long, env = "TIDEPOOL_LOG_FORMAT", global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the schema up to date and serve.
    Serve(Serve),
    /// Bring the schema up to date.
    Migrate,
    /// Print the GraphQL schema.
    Schema,
    /// Fill an empty installation with demo data.
    Seed(Seed),
    /// Open an account with the role of administrator.
    CreateAdmin(CreateAdmin),
    /// Import customers from a file, with the rights of a user.
    Import(Import),
    /// Do now what servers do at times.
    RunJob(RunJob),
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen.
    #[arg(long, env = "TIDEPOOL_LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// Where Prometheus reads the metrics, like 127.0.0.1:9100. Without this they are not served.
    #[arg(long, env = "TIDEPOOL_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Fill an empty installation with demo data and demo accounts first.
    #[arg(long, env = "TIDEPOOL_DEMO")]
    pub demo: bool,
    /// Allow the demo accounts, whose password everybody knows, on an address that others can reach.
    #[arg(long, env = "TIDEPOOL_DEMO_ANYWHERE")]
    pub demo_anywhere: bool,
    /// How many connections to the database at most, for each of the three pools that serve requests. A server keeps 10 more
    /// for itself and those who watch.
    #[arg(long, env = "TIDEPOOL_DATABASE_CONNECTIONS", default_value_t = 12)]
    pub database_connections: u32,
    /// What requests may ask for.
    #[command(flatten)]
    pub limits: Limits,
}

/// What to fill in.
#[derive(Debug, Args)]
pub struct Seed {
    /// How many customers, with all that hangs off them.
    #[arg(long, default_value_t = 2_500)]
    pub customers: u32,
    /// The same number makes the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Whose account to open.
#[derive(Debug, Args)]
pub struct CreateAdmin {
    /// The address by which they sign in.
    #[arg(long)]
    pub email: String,
    /// Their name.
    #[arg(long)]
    pub name: String,
    /// Read the password from the first line of standard input; without this, one is made and printed.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What to import.
#[derive(Debug, Args)]
pub struct Import {
    /// The file: a table of text (CSV) or a workbook (XLSX).
    pub file: PathBuf,
    /// The address by which the user signs in whose rights count, and to whom the import belongs.
    #[arg(long)]
    pub user: String,
    /// The source of rows that give none: the code of a choice.
    #[arg(long)]
    pub source: Option<String>,
    /// How long nobody may claim those that come into the pool: an ISO 8601 duration, like P3D.
    #[arg(long)]
    pub protect_for: Option<String>,
    /// No company is one of the customers with a similar name: without this, rows with such names are not entered.
    #[arg(long)]
    pub not_duplicate: bool,
    /// Only judge the rows, as is done when nothing is said.
    #[arg(long, conflicts_with = "run")]
    pub dry_run: bool,
    /// Run it, too.
    #[arg(long)]
    pub run: bool,
    /// What a column is, where its header does not tell: `HEADER=FIELD` with a value of `ImportField`, or `HEADER=EXTRA:KEY` for
    /// an extra field. May be said several times.
    #[arg(long = "column", value_name = "HEADER=FIELD", value_parser = column)]
    pub columns: Vec<Column>,
    /// Write the rows that are not done, or would not be, with what is wrong to this file (CSV), to correct and import again.
    #[arg(long, value_name = "FILE")]
    pub failed: Option<PathBuf>,
}

/// What somebody says of a column.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are those of the API")]
pub struct Column {
    pub header: String,
    pub field: String,
    pub extra: Option<String>,
}

fn column(text: &str) -> Result<Column, String> {
    let (header, field) = text.rsplit_once('=').ok_or("must be HEADER=FIELD")?;
    let (field, extra) = field.split_once(':').map_or((field, None), |(field, key)| (field, Some(key.to_owned())));
    Ok(Column { header: header.to_owned(), field: field.to_owned(), extra })
}

/// What to do.
#[derive(Debug, Args)]
pub struct RunJob {
    /// The name of the job: `pool-rules` or `forget`.
    pub name: String,
}

/// What requests may ask for; each has an error that says the limit.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Bytes of a request's body.
    #[arg(long = "max-body-bytes", env = "TIDEPOOL_MAX_BODY_BYTES", default_value_t = 1 << 20)]
    pub body_bytes: usize,
    /// Tokens of a document.
    #[arg(long = "max-document-tokens", env = "TIDEPOOL_MAX_DOCUMENT_TOKENS", default_value_t = 5_000)]
    pub document_tokens: usize,
    /// Levels of nested fields.
    #[arg(long = "max-depth", env = "TIDEPOOL_MAX_DEPTH", default_value_t = 20)]
    pub depth: usize,
    /// Complexity: each field is 1, times the rows of the lists that it is in.
    #[arg(long = "max-complexity", env = "TIDEPOOL_MAX_COMPLEXITY", default_value_t = 50_000)]
    pub complexity: usize,
    /// What the requests of one user may cost in a minute, in complexity. A user who stays below is never refused.
    #[arg(long = "max-cost-per-minute", env = "TIDEPOOL_MAX_COST_PER_MINUTE", default_value_t = 3_000_000)]
    pub cost_per_minute: usize,
    /// What requests without a user may cost in a minute, for each address, in complexity. They may sign in and refresh.
    #[arg(
        long = "max-anonymous-cost-per-minute",
        env = "TIDEPOOL_MAX_ANONYMOUS_COST_PER_MINUTE",
        default_value_t = 20_000
    )]
    pub anonymous_cost_per_minute: usize,
    /// Requests of one array.
    #[arg(long = "max-requests-together", env = "TIDEPOOL_MAX_REQUESTS_TOGETHER", default_value_t = 10)]
    pub requests_together: usize,
    /// Connections of all clients; the limit of open files may allow fewer.
    #[arg(long = "max-connections", env = "TIDEPOOL_MAX_CONNECTIONS", default_value_t = 50_000)]
    pub connections: usize,
    /// Connections of one address. Behind a proxy (`--trust-proxy`) all have its address, and this does not count.
    #[arg(long = "max-connections-per-address", env = "TIDEPOOL_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1_000)]
    pub connections_per_address: usize,
    /// An origin whose pages may use the API, like `https://crm.example.com`, besides the server's own. May be given several
    /// times.
    #[arg(long = "allow-origin", env = "TIDEPOOL_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<HeaderValue>,
    /// Do not serve GraphiQL.
    #[arg(long, env = "TIDEPOOL_NO_GRAPHIQL")]
    pub no_graphiql: bool,
    /// Bytes of one response.
    #[arg(long = "max-response-bytes", env = "TIDEPOOL_MAX_RESPONSE_BYTES", default_value_t = 16 << 20)]
    pub response_bytes: usize,
    /// Selections of a document when its fragments are written out.
    #[arg(long = "max-expanded-selections", env = "TIDEPOOL_MAX_EXPANDED_SELECTIONS", default_value_t = 5_000)]
    pub expanded_selections: usize,
    /// Aliases of an operation.
    #[arg(long = "max-aliases", env = "TIDEPOOL_MAX_ALIASES", default_value_t = 100)]
    pub aliases: usize,
    /// Fields at the root of an operation.
    #[arg(long = "max-root-fields", env = "TIDEPOOL_MAX_ROOT_FIELDS", default_value_t = 50)]
    pub root_fields: usize,
    /// Rows of a page.
    #[arg(long = "max-page-size", env = "TIDEPOOL_MAX_PAGE_SIZE", default_value_t = 100)]
    pub page_size: u32,
    /// Items of a batch mutation.
    #[arg(long = "max-batch-size", env = "TIDEPOOL_MAX_BATCH_SIZE", default_value_t = 100)]
    pub batch_size: usize,
    /// Operations of one WebSocket at once. Of queries and mutations four run, the others wait.
    #[arg(long = "max-operations-per-socket", env = "TIDEPOOL_MAX_OPERATIONS_PER_SOCKET", default_value_t = 50)]
    pub operations_per_socket: usize,
    /// Events of the public pool that somebody may be behind before they are told to read it again.
    #[arg(long = "max-event-backlog", env = "TIDEPOOL_MAX_EVENT_BACKLOG", default_value_t = 10_000)]
    pub event_backlog: i64,
    /// Bytes of a file that is uploaded or imported.
    #[arg(long = "max-upload-bytes", env = "TIDEPOOL_MAX_UPLOAD_BYTES", default_value_t = 50 << 20)]
    pub upload_bytes: u64,
    /// How long a file may take to come, in seconds.
    #[arg(long = "max-upload-seconds", env = "TIDEPOOL_MAX_UPLOAD_SECONDS", default_value = "120", value_parser = seconds)]
    pub upload_time: Duration,
    /// How long an import waits for the end of its file before it answers, in seconds; the file is read on.
    #[arg(long = "max-import-wait-seconds", env = "TIDEPOOL_MAX_IMPORT_WAIT_SECONDS", default_value = "5", value_parser = seconds)]
    pub import_wait: Duration,
    /// How long a client may take to introduce itself on a WebSocket, in seconds.
    #[arg(long = "max-init-seconds", env = "TIDEPOOL_MAX_INIT_SECONDS", default_value = "10", value_parser = seconds)]
    pub init: Duration,
    /// How long a WebSocket may take no message before it is closed, in seconds.
    #[arg(long = "max-stall-seconds", env = "TIDEPOOL_MAX_STALL_SECONDS", default_value = "15", value_parser = seconds)]
    pub stall: Duration,
    /// How long a request may take, in seconds.
    #[arg(long = "max-request-seconds", env = "TIDEPOOL_MAX_REQUEST_SECONDS", default_value = "10", value_parser = seconds)]
    pub request_time: Duration,
    /// Deliver notifications to a webhook at a private address, too, and by http: only where administrators may reach what
    /// this machine reaches.
    #[arg(long, env = "TIDEPOOL_ALLOW_PRIVATE_WEBHOOKS")]
    pub allow_private_webhooks: bool,
    /// Answer introspection to requests without a user, too.
    #[arg(long, env = "TIDEPOOL_PUBLIC_INTROSPECTION", conflicts_with = "no_introspection")]
    pub public_introspection: bool,
    /// Refuse introspection.
    #[arg(long, env = "TIDEPOOL_NO_INTROSPECTION")]
    pub no_introspection: bool,
    /// Take the client's address from the last entry of `X-Forwarded-For`: only behind a proxy of your own.
    #[arg(long, env = "TIDEPOOL_TRUST_PROXY")]
    pub trust_proxy: bool,
}

impl Limits {
    /// How deep the parser may recurse: each level of fields can hold a level of fragments, and values nest, too.
    pub fn recursion(&self) -> usize {
        self.depth * 3 + 32
    }
}

impl Default for Limits {
    /// What the command line has when nothing is said.
    fn default() -> Self {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            limits: Limits,
        }
        Alone::parse_from(["limits"]).limits
    }
}

/// An origin, as browsers write it: a scheme and a host, with a port unless it is the scheme's own.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let is_origin = url::Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    let value = HeaderValue::from_str(text).ok().filter(|_| is_origin);
    value.ok_or_else(|| "must be an origin like https://crm.example.com, without a path".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=3_600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a whole number of seconds from 1 to 3600".to_owned()),
    }
}
