//! The primary dies, and its replica takes over: a URL with both finds the one that is the primary.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::Request;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tidepool::kernel::app::{App, Setup};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::schema;

use crate::support::watcher::Watcher;
use crate::support::{World, migrate, monday, server_role, until};

/// A replica of a PostgreSQL.
struct Replica {
    pg_ctl: PathBuf,
    folder: PathBuf,
    account: (u32, u32),
}

impl Replica {
    fn of(primary: &Embedded) -> Self {
        let socket = primary.connect_options().get_socket().unwrap().clone();
        let owner = std::fs::metadata(&socket).unwrap();
        let folder = std::env::temp_dir().join(format!("tidepool-replica-{}", std::process::id()));
        let data = folder.join("postgres");
        let mut copy = Command::new(primary.program("pg_basebackup"));
        copy.args(["-h", socket.to_str().unwrap(), "-U", "tidepool", "-R", "-c", "fast", "-D", data.to_str().unwrap()]);
        assert!(copy.status().unwrap().success());
        let account = (owner.uid(), owner.gid());
        let everything = ["-R", &format!("{}:{}", account.0, account.1), folder.to_str().unwrap()];
        assert!(Command::new("chown").args(everything).status().unwrap().success());
        let replica = Self { pg_ctl: primary.program("pg_ctl"), folder, account };
        let settings =
            format!("-k {} -c listen_addresses= -c max_connections=400 -c timezone=UTC", replica.folder.display());
        let log = replica.folder.join("log");
        assert!(replica.pg_ctl(&["start", "-w", "-l", log.to_str().unwrap(), "-o", &settings]));
        replica
    }

    fn pg_ctl(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new(&self.pg_ctl);
        command.arg("-D").arg(self.folder.join("postgres")).args(arguments).current_dir("/");
        if self.account.0 != std::fs::metadata("/proc/self").unwrap().uid() {
            command.uid(self.account.0).gid(self.account.1);
        }
        command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    fn connect_options(&self, primary: &Embedded) -> PgConnectOptions {
        primary.connect_options().socket(&self.folder)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_that_lost_nothing_servers_and_subscribers_go_on_at_the_new_primary() {
    let primary = Embedded::start_durable_throwaway().await.unwrap();
    migrate(&primary.connect_options()).await;
    let replica = Replica::of(&primary);
    let there = replica.connect_options(&primary);
    let places = vec![server_role(&there), server_role(&primary.connect_options())];
    let chosen = schema::primary(&places).await.unwrap();
    assert_eq!(chosen.get_socket(), primary.connect_options().get_socket(), "the replica is named first");
    let clock = Clock::manual(monday());
    let limits = Limits::default();
    let app =
        App::open(Setup { database: chosen, pooler: None, places, connections: 43, limits, clock: clock.clone() })
            .await
            .unwrap();
    tidepool::jobs::start(&app).await.unwrap();
    let database = primary.connect_options();
    let pool =
        async |options: PgConnectOptions| PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
    let router = tidepool::server::http::router(app.clone());
    let world = World { app, router, clock, db: pool(database.clone()).await, database };
    let ann = world.sales("Ann").await;
    let mut watcher = Watcher::subscribe(world.listen().await, &ann).await;
    world.pooled("Acme").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Acme");
    let epoch: String = world.sql("select epoch from installation").await;

    let written: String = world.sql("select pg_current_wal_lsn()::text").await;
    let at_replica = World { db: pool(there.clone()).await, ..world };
    let has_all = format!("select pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
    until(async || at_replica.sql::<bool>(&has_all).await).await;
    let primary = tokio::task::spawn_blocking(move || {
        primary.kill().unwrap();
        primary
    });
    let _primary = primary.await.unwrap();
    assert!(replica.pg_ctl(&["promote", "-w"]));

    let world = World { database: there, ..at_replica };
    until(async || ann.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.0 == 200).await;
    world.pooled("Blue Wave").await;
    assert_eq!(watcher.line().await, "ENTERED CREATED Blue Wave", "it is not sent a REFRESH");
    let now: (String, String) =
        sqlx::query_as("select epoch, timeline from installation").fetch_one(&world.db).await.unwrap();
    assert_eq!(now, (epoch, "00000002".to_owned()));
    assert!(!world.app.is_held());
    world.app.close().await;
}
