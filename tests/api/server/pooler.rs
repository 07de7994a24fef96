//! Servers behind PgBouncer in transaction mode: two of them share a few sessions of PostgreSQL.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::SERVER_ROLE;

use crate::support::program::{Folder, ServerProcess, database_url, serve, skipped, try_ask};
use crate::support::{Person, World, cluster, fresh_database, until};

/// A PgBouncer before the PostgreSQL of the tests.
struct Pooler {
    process: Child,
    folder: Folder,
}

impl Pooler {
    /// How many sessions of PostgreSQL all clients share.
    const SESSIONS: u32 = 3;

    /// None if PgBouncer is not installed.
    async fn start() -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
        let Some(program) = program.into_iter().find(|program| std::path::Path::new(program).exists()) else {
            skipped("pgbouncer is missing");
            return None;
        };
        let folder = Folder::new("pooler");
        let (path, socket) = (folder.0.display(), cluster().connect_options().get_socket().unwrap().clone());
        let settings = format!(
            "[databases]\n* = host={}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = {}\nmax_client_conn = 500\n\
             listen_addr =\nlisten_port = 6432\nunix_socket_dir = {path}\nauth_type = trust\nauth_file = {path}/users\n\
             logfile = {path}/log\n",
            socket.display(),
            Self::SESSIONS
        );
        std::fs::write(folder.0.join("settings"), settings).unwrap();
        std::fs::write(folder.0.join("users"), format!("\"{SERVER_ROLE}\" \"\"\n")).unwrap();
        // It does not run as root, and reaches the socket as the account of PostgreSQL.
        let owner = std::fs::metadata(&socket).unwrap();
        let account = format!("{}:{}", owner.uid(), owner.gid());
        assert!(Command::new("chown").args(["-R", &account]).arg(&folder.0).status().unwrap().success());
        let mut command = Command::new(program);
        command.arg(folder.0.join("settings")).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
        if owner.uid() != std::fs::metadata("/proc/self").unwrap().uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let pooler = Self { process: command.spawn().unwrap(), folder };
        until(async || pooler.folder.0.join(".s.PGSQL.6432").exists()).await;
        Some(pooler)
    }

    fn url(&self, database: &PgConnectOptions) -> String {
        let name = database.get_database().unwrap();
        format!("postgres:///{name}?host={}&port=6432&user={SERVER_ROLE}", self.folder.0.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn direct_url(database: &PgConnectOptions) -> String {
    database_url(database).replace("user=tidepool", &format!("user={SERVER_ROLE}"))
}

/// Creates customers, claims them and reads lists, as one of many who do so at the same time.
fn work(server: &ServerProcess, person: &Person, count: usize) {
    let ask = |query: &str| {
        let answer = try_ask(server.address, &person.token, query).unwrap();
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        answer["data"].clone()
    };
    for number in 0..count {
        let name = format!("{} {number}", person.name);
        let made = ask(&format!(
            "mutation {{ createCustomer(input: {{name: \"{name}\", source: \"WEBSITE\", notDuplicate: true}}) \
             {{ customer {{ id name }} userErrors {{ message }} }} }}"
        ));
        assert_eq!(made["createCustomer"]["customer"]["name"], name.as_str(), "{made}");
        let id = made["createCustomer"]["customer"]["id"].as_str().unwrap();
        let released = ask(&format!(
            "mutation {{ releaseCustomer(input: {{customerId: \"{id}\", remark: \"x\"}}) \
             {{ customer {{ isPooled }} userErrors {{ message }} }} }}"
        ));
        assert_eq!(released["releaseCustomer"]["customer"]["isPooled"], true, "{released}");
        let filter = format!("{{name: {{eq: \"{name}\"}}}}");
        let read =
            ask(&format!("{{ customers(first: 5, filter: {filter}) {{ totalCount edges {{ node {{ name }} }} }} }}"));
        assert_eq!(read["customers"], json!({"totalCount": 1, "edges": [{"node": {"name": name}}]}), "{read}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_a_few_sessions_and_hear_of_each_other() {
    let Some(pooler) = Pooler::start().await else { return };
    let database = fresh_database().await;
    let world = World::on(database.clone(), Clock::database(), Limits::default()).await;
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(world.sales(&format!("Rep{number}")).await);
    }
    let (direct, pooled) = (direct_url(&database), pooler.url(&database));
    let arguments = ["--database-url", &pooled, "--direct-database-url", &direct];
    let folders = ["here", "there"].map(|name| Folder::new(&format!("pooled-{name}")));
    let servers = folders.each_ref().map(|folder| ServerProcess::start_with(&folder.0, &arguments));
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            for (place, person) in people.iter().enumerate() {
                let server = &servers[place % 2];
                scope.spawn(move || work(server, person, 8));
            }
        });
    });
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 48);
    world.assert_sound().await;
    // Each tells its subscribers, and the other one, what happens.
    for server in &servers {
        assert!(server.send("GET /readyz HTTP/1.0\r\n\r\n").contains("200 OK"));
    }
    until(async || world.sql::<i64>("select count(*) from event_outbox").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_not_named_as_one_is_recognised() {
    let Some(pooler) = Pooler::start().await else { return };
    let (database, other) = (fresh_database().await, fresh_database().await);
    let folder = Folder::new("pooler-refused");
    let told = |arguments: &[&str]| {
        let output = serve(&folder.0, &[arguments, &["--no-migrate"]].concat()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let pooled = pooler.url(&database);
    let alone = told(&["--database-url", &pooled]);
    assert!(alone.contains("--direct-database-url"), "{alone}");
    let elsewhere = told(&["--database-url", &pooled, "--direct-database-url", &direct_url(&other)]);
    assert!(elsewhere.contains("lead to different databases"), "{elsewhere}");
    let missing = told(&["--direct-database-url", &direct_url(&other)]);
    assert!(missing.contains("needs --database-url"), "{missing}");
}
