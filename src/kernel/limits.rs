//! The limits of requests, as flags and environment variables. The doc comments are the help.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use hyper::http::HeaderValue;
use ipnet::IpNet;

use crate::kernel::external::ExternalServices;
use crate::kernel::trusted::TrustedDocuments;

/// The limits of requests. A request that exceeds one gets an error that states the limit.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// The largest body of a request without a file, in bytes. A larger one is refused with status 413.
    #[arg(long = "max-body-bytes", env = "TIDEPOOL_MAX_BODY_BYTES", default_value_t = 1 << 20)]
    pub body_bytes: usize,
    /// The largest number of tokens (names, punctuators, values) in a GraphQL document.
    #[arg(long = "max-document-tokens", env = "TIDEPOOL_MAX_DOCUMENT_TOKENS", default_value_t = 5_000)]
    pub document_tokens: usize,
    /// The largest depth of nested fields of an operation, fragments expanded.
    #[arg(long = "max-depth", env = "TIDEPOOL_MAX_DEPTH", default_value_t = 20)]
    pub depth: usize,
    /// The largest complexity of an operation: each field costs 1, multiplied by the page sizes of the lists around it.
    ///
    /// A higher limit allows single requests that use more time and memory of the server and the database.
    #[arg(long = "max-complexity", env = "TIDEPOOL_MAX_COMPLEXITY", default_value_t = 50_000)]
    pub complexity: usize,
    /// The largest cost of all requests of one user in a minute, in complexity.
    ///
    /// A user above it gets `RATE_LIMITED` with the seconds to wait. The headers `RateLimit-*` tell what is left.
    #[arg(long = "max-cost-per-minute", env = "TIDEPOOL_MAX_COST_PER_MINUTE", default_value_t = 3_000_000)]
    pub cost_per_minute: usize,
    /// The largest cost of all requests without a user in a minute, for each IP address (IPv6: each /64 network).
    ///
    /// Such requests may only sign in and refresh a session.
    #[arg(
        long = "max-anonymous-cost-per-minute",
        env = "TIDEPOOL_MAX_ANONYMOUS_COST_PER_MINUTE",
        default_value_t = 20_000
    )]
    pub anonymous_cost_per_minute: usize,
    /// The largest number of requests that one HTTP body may contain as an array.
    #[arg(long = "max-requests-together", env = "TIDEPOOL_MAX_REQUESTS_TOGETHER", default_value_t = 10)]
    pub requests_together: usize,
    /// A JSON file with the documents of your own clients, which they name by `documentId`: the file that GraphQL Code
    /// Generator, the Relay compiler or Apollo writes.
    #[arg(long, env = "TIDEPOOL_TRUSTED_DOCUMENTS", value_name = "FILE", value_parser = TrustedDocuments::read)]
    pub trusted_documents: Option<Arc<TrustedDocuments>>,
    /// Run only the documents of --trusted-documents, and refuse all others with DOCUMENT_NOT_TRUSTED.
    #[arg(long, env = "TIDEPOOL_TRUSTED_DOCUMENTS_ONLY", requires = "trusted_documents")]
    pub trusted_documents_only: bool,
    /// The largest number of open connections. The limit of open files of the process may allow fewer.
    #[arg(long = "max-connections", env = "TIDEPOOL_MAX_CONNECTIONS", default_value_t = 10_000)]
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long a connection may be idle, in seconds (1 to
    /// 3600).
    #[arg(long = "max-idle-seconds", env = "TIDEPOOL_MAX_IDLE_SECONDS", default_value = "30", value_parser = seconds)]
    pub idle: Duration,
    /// The largest number of open connections of one IP address. Not used for proxies
    /// of --trust-proxy.
    #[arg(long = "max-connections-per-address", env = "TIDEPOOL_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1_000)]
    pub connections_per_address: usize,
    /// An origin whose web pages may use the API, for example https://crm.example.com, in addition to the server's own.
    ///
    /// May be given several times; the variable takes a list with commas.
    #[arg(long = "allow-origin", env = "TIDEPOOL_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<HeaderValue>,
    /// The address at which people reach this server, for example https://crm.example.com. Links in e-mails begin with it.
    #[arg(long, env = "TIDEPOOL_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// The services of others that the server uses.
    #[command(flatten)]
    pub external: ExternalServices,
    /// Do not serve GraphiQL.
    #[arg(long, env = "TIDEPOOL_NO_GRAPHIQL")]
    pub no_graphiql: bool,
    /// The largest response, in bytes. A request whose response is larger gets an error instead.
    #[arg(long = "max-response-bytes", env = "TIDEPOOL_MAX_RESPONSE_BYTES", default_value_t = 16 << 20)]
    pub response_bytes: usize,
    /// The largest number of selections of an operation after all fragments are expanded.
    #[arg(long = "max-expanded-selections", env = "TIDEPOOL_MAX_EXPANDED_SELECTIONS", default_value_t = 5_000)]
    pub expanded_selections: usize,
    /// The largest number of aliases of an operation, fragments expanded.
    #[arg(long = "max-aliases", env = "TIDEPOOL_MAX_ALIASES", default_value_t = 100)]
    pub aliases: usize,
    /// The largest number of fields at the root of an operation.
    #[arg(long = "max-root-fields", env = "TIDEPOOL_MAX_ROOT_FIELDS", default_value_t = 50)]
    pub root_fields: usize,
    /// The largest number of conditions of one filter, counted with the objects around them.
    ///
    /// Each condition costs time for each row that the database looks at.
    #[arg(long = "max-filter-conditions", env = "TIDEPOOL_MAX_FILTER_CONDITIONS", default_value_t = 200)]
    pub filter_conditions: usize,
    /// The largest number of values of one list in a filter, such as those of `in`.
    #[arg(long = "max-list-values", env = "TIDEPOOL_MAX_LIST_VALUES", default_value_t = 1_000)]
    pub list_values: usize,
    /// The largest text of the statements that one database connection keeps prepared for reads, in bytes.
    ///
    /// PostgreSQL needs about 160 times this memory for their plans, on each of its connections.
    #[arg(long = "max-prepared-bytes", env = "TIDEPOOL_MAX_PREPARED_BYTES", default_value_t = 1 << 18)]
    pub prepared_bytes: usize,
    /// The largest page, in rows: the upper limit of `first`, `last` and the number of `ids`.
    #[arg(long = "max-page-size", env = "TIDEPOOL_MAX_PAGE_SIZE", default_value_t = 100)]
    pub page_size: u32,
    /// The largest number of items of a batch mutation, such as the customers of one claim.
    #[arg(long = "max-batch-size", env = "TIDEPOOL_MAX_BATCH_SIZE", default_value_t = 100)]
    pub batch_size: usize,
    /// The largest number of operations, subscriptions included, that one WebSocket may have open.
    ///
    /// Four of its queries and mutations run at the same time, the others wait.
    #[arg(long = "max-operations-per-socket", env = "TIDEPOOL_MAX_OPERATIONS_PER_SOCKET", default_value_t = 50)]
    pub operations_per_socket: usize,
    /// The largest number of subscriptions that one user may have open on this server.
    #[arg(long = "max-subscriptions-per-user", env = "TIDEPOOL_MAX_SUBSCRIPTIONS_PER_USER", default_value_t = 500)]
    pub subscriptions_per_user: usize,
    /// The largest number of events of the public pool that a subscriber may be behind.
    ///
    /// A subscriber that is further behind gets a single event REFRESH instead, and must read the list again.
    #[arg(long = "max-event-backlog", env = "TIDEPOOL_MAX_EVENT_BACKLOG", default_value_t = 10_000)]
    pub event_backlog: i64,
    /// The largest file that can be uploaded or imported, in bytes.
    #[arg(long = "max-upload-bytes", env = "TIDEPOOL_MAX_UPLOAD_BYTES", default_value_t = 50 << 20)]
    pub upload_bytes: u64,
    /// How long the upload of a file, and the request that has it, may take, in seconds (1 to 3600).
    #[arg(long = "max-upload-seconds", env = "TIDEPOOL_MAX_UPLOAD_SECONDS", default_value = "120", value_parser = seconds)]
    pub upload_time: Duration,
    /// How long `importCustomers` and `importRecords` wait until the file is read, in seconds (1 to 3600).
    ///
    /// After that it responds with the status READING, and the server continues to read the file.
    #[arg(long = "max-import-wait-seconds", env = "TIDEPOOL_MAX_IMPORT_WAIT_SECONDS", default_value = "5", value_parser = seconds)]
    pub import_wait: Duration,
    /// How long a client may take to send `connection_init` on a WebSocket, in seconds (1 to 3600). Then the socket is
    /// closed.
    #[arg(long = "max-init-seconds", env = "TIDEPOOL_MAX_INIT_SECONDS", default_value = "10", value_parser = seconds)]
    pub init: Duration,
    /// How long a client may accept no message on a WebSocket or an event stream, in seconds (1 to 3600). Then it is
    /// closed.
    ///
    /// A WebSocket is closed with code 4499 and the event cursor from which the client can resume. Any connection is closed when
    /// its client takes nothing of an answer for twice as long.
    #[arg(long = "max-stall-seconds", env = "TIDEPOOL_MAX_STALL_SECONDS", default_value = "15", value_parser = seconds)]
    pub stall: Duration,
    /// How long a request without a file may take, in seconds (1 to 3600). Then it is cancelled with the error
    /// UNAVAILABLE.
    #[arg(long = "max-request-seconds", env = "TIDEPOOL_MAX_REQUEST_SECONDS", default_value = "10", value_parser = seconds)]
    pub request_time: Duration,
    /// Of the GraphQL operations that went well within a second, how many have one line in the log: 10 stands for every tenth.
    ///
    /// Operations with an error, or that take longer, always have a line.
    #[arg(long, env = "TIDEPOOL_LOG_ONE_IN", default_value_t = 1, value_name = "NUMBER")]
    pub log_one_in: u64,
    /// Allow webhooks at private addresses and with `http:` URLs.
    ///
    /// Administrators can then make this server send requests to every machine in its network, so use it only if they
    /// may do that.
    #[arg(long, env = "TIDEPOOL_ALLOW_PRIVATE_WEBHOOKS")]
    pub allow_private_webhooks: bool,
    /// Answer introspection queries of requests without a user, too. --demo implies it.
    #[arg(long, env = "TIDEPOOL_PUBLIC_INTROSPECTION", conflicts_with = "no_introspection")]
    pub public_introspection: bool,
    /// Refuse introspection queries, which show the schema, for everybody.
    #[arg(long, env = "TIDEPOOL_NO_INTROSPECTION")]
    pub no_introspection: bool,
    /// A network of your own proxies, for example 10.0.0.0/8 or 127.0.0.1: what they say of the client's address is
    /// believed.
    ///
    /// The client is the last address of the header --proxy-header that is in none of these networks. May be given several
    /// times; the variable takes a list with commas.
    #[arg(long, env = "TIDEPOOL_TRUST_PROXY", value_name = "NETWORK", value_delimiter = ',', value_parser = network)]
    pub trust_proxy: Vec<IpNet>,
    /// The header in which these proxies write the client's address. The other one is not read, because clients could write
    /// it themselves.
    #[arg(long, env = "TIDEPOOL_PROXY_HEADER", value_enum, default_value_t = ProxyHeader::XForwardedFor)]
    pub proxy_header: ProxyHeader,
    /// Whether the server has demo accounts, whose password everybody knows.
    #[arg(skip)]
    pub is_demo: bool,
}

/// The smallest number of database connections that a server can work with.
pub const LEAST_CONNECTIONS: u32 = 20;

/// A header in which proxies write addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Limits {
    /// The largest recursion of the parser: each level of fields can have a level of fragments, and values can be
    /// nested, too.
    pub fn recursion(&self) -> usize {
        self.depth * 3 + 32
    }

    /// The link to a path of this server; the path alone if the address of the server is not known.
    pub fn link_to(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_deref().unwrap_or_default())
    }

    /// Whether an address is that of a proxy of the operator's own.
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trust_proxy.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

impl Default for Limits {
    /// The limits without any flag.
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

/// The address of this server, without a slash at the end.
pub fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let is_origin = url::Url::parse(url).is_ok_and(|parsed| parsed.origin().ascii_serialization() == url);
    if is_origin {
        Ok(url.to_owned())
    } else {
        Err("must be an address like https://crm.example.com, without a path".to_owned())
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "must be a network like 10.0.0.0/8, or an address".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=3_600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a whole number of seconds from 1 to 3600".to_owned()),
    }
}
