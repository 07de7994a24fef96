//! PostGraphile 5 on the same database, in its own Node process: without rights, or with the rights of one viewer.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value as Json, json};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// One Node process; it ends when this is dropped.
pub struct PostGraphile {
    /// Its address.
    pub address: SocketAddr,
    _process: Child,
}

impl PostGraphile {
    /// Starts one that shows everything to everybody; the error says why it cannot start.
    pub async fn start(database: &PgConnectOptions) -> Result<Self, String> {
        Self::start_with(database, &json!({})).await
    }

    /// Starts one that shows what [policies](keep_rights) let a viewer see. Each request names the viewer's team, so
    /// that PostgreSQL need not look for them.
    pub async fn start_for(database: &PgConnectOptions, me: Uuid, team: &[Uuid]) -> Result<Self, String> {
        let team = team.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",");
        let settings = json!({"role": READER, "bench.me": me.to_string(), "bench.team": format!("{{{team}}}")});
        Self::start_with(database, &settings).await
    }

    async fn start_with(database: &PgConnectOptions, settings: &Json) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/postgraphile");
        // PostGraphile requires this version.
        let node = folder.join("node_modules/.bin/node");
        if !node.exists() {
            return Err("it is not installed: `npm ci` in benches/postgraphile".to_owned());
        }
        let socket = database.get_socket().map(|socket| socket.display().to_string()).unwrap_or_default();
        let mut command = Command::new(node);
        command
            .current_dir(folder)
            .arg("server.mjs")
            .arg(format!("postgres://tidepool@/tidepool?host={socket}&port=5432"))
            .arg(settings.to_string());
        command.envs([("NODE_ENV", "production"), ("GRAPHILE_ENV", "production")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| format!("node can't be started: {error}"))?;
        let output = process.stdout.take().ok_or("node says nothing")?;
        let port = BufReader::new(output).lines().next_line().await.ok().flatten();
        let port = port.and_then(|port| port.parse().ok()).ok_or("it did not start")?;
        Ok(Self { address: SocketAddr::from(([127, 0, 0, 1], port)), _process: process })
    }
}

/// The role that the policies apply to; the other two servers do not use it.
const READER: &str = "bench_reader";

/// Lets one kind of viewer see only what they may, by row-level security: for each table, a condition over its rows, `o`, and
/// the customer, `c`, that they hang off, with `$1` the viewer and `$2` the team.
pub async fn keep_rights(db: &PgPool, customers: &str, rows: &[(&str, &str)]) {
    // Subselects are evaluated once per statement. The second cast keeps `any` from reading its own as a list of rows.
    let settled = |condition: &str| {
        condition
            .replace("$1", "(select current_setting('bench.me')::uuid)")
            .replace("$2", "(select current_setting('bench.team')::uuid[])::uuid[]")
    };
    let mut statements = vec![
        format!("do $$ begin create role {READER}; exception when duplicate_object then null; end $$"),
        format!("grant usage on schema public to {READER}; grant select on all tables in schema public to {READER}"),
    ];
    let mut keep = |table: &str, condition: &str| {
        statements.push(format!(
            "alter table {table} enable row level security; drop policy if exists bench on {table}; \
             create policy bench on {table} for select to {READER} using ({condition})"
        ));
    };
    keep("customer", &settled(customers).replace("c.", "customer."));
    for (table, condition) in rows {
        let condition = settled(condition).replace("o.", &format!("{table}."));
        keep(table, &format!("exists (select from customer c where c.id = {table}.customer_id and {condition})"));
    }
    keep("order_product", "exists (select from sales_order o where o.id = order_product.order_id)");
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(db).await.expect("a superuser's statement");
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
