//! PostGraphile 5 on the same database, in a Node process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// One Node process; it ends when this is dropped.
pub struct PostGraphile {
    /// Where it answers.
    pub address: SocketAddr,
    _process: Child,
}

impl PostGraphile {
    /// Starts it, or says why there is none.
    pub async fn start(database: &PgConnectOptions) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/postgraphile");
        // Of the version that PostGraphile wants.
        let node = folder.join("node_modules/.bin/node");
        if !node.exists() {
            return Err("it is not installed: `npm ci` in benches/postgraphile".to_owned());
        }
        let socket = database.get_socket().map(|socket| socket.display().to_string()).unwrap_or_default();
        let mut command = Command::new(node);
        command
            .current_dir(folder)
            .arg("server.mjs")
            .arg(format!("postgres://tidepool@/tidepool?host={socket}&port=5432"));
        command.envs([("NODE_ENV", "production"), ("GRAPHILE_ENV", "production")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| format!("node can't be started: {error}"))?;
        let output = process.stdout.take().ok_or("node says nothing")?;
        let port = BufReader::new(output).lines().next_line().await.ok().flatten();
        let port = port.and_then(|port| port.parse().ok()).ok_or("it did not start")?;
        Ok(Self { address: SocketAddr::from(([127, 0, 0, 1], port)), _process: process })
    }
}

const CUSTOMER: &str = "rowId name industry level region nextContactAt \
    contactsByCustomerId(first: 10, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) { edges { node { rowId name title phones emails } } } \
    salesOpportunitiesByCustomerId(first: 10, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { edges { node { rowId stage probability amount currency productByProductId { sku name } } } } \
    followupsByCustomerId(first: 5, orderBy: [AT_DESC, ROW_ID_DESC]) { edges { node { at channel content nextPlan appUserByAuthorUserId { name } } } } \
    salesOrdersByCustomerId(first: 3, orderBy: [ORDERED_AT_DESC, ROW_ID_DESC]) { edges { node { orderNo status orderedAt totalAmount currency \
        orderProductsByOrderId(orderBy: POSITION_ASC) { nodes { position quantity amount productByProductId { sku name } } } } } }";

/// The page of a rep.
pub fn page() -> String {
    format!(
        "query($id: UUID!) {{ allCustomers(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], condition: {{ownerUserId: $id}}) {{ edges {{ node {{ {CUSTOMER} }} }} }} }}"
    )
}

/// One customer.
pub fn one() -> String {
    format!("query($id: UUID!) {{ customerByRowId(rowId: $id) {{ {CUSTOMER} }} }}")
}
