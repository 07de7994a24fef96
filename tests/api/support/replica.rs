//! A replica of a PostgreSQL, by streaming replication.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use sqlx::postgres::PgConnectOptions;
use tidepool::kernel::embedded::Embedded;
use tidepool::kernel::id::new_uuid;

use super::monday;

/// A replica of a PostgreSQL.
pub struct Replica {
    pg_ctl: PathBuf,
    folder: PathBuf,
    account: (u32, u32),
}

impl Replica {
    pub fn of(primary: &Embedded) -> Self {
        let socket = primary.connect_options().get_socket().unwrap().clone();
        let owner = std::fs::metadata(&socket).unwrap();
        let folder = std::env::temp_dir().join(format!("tidepool-replica-{}", new_uuid(monday())));
        let data = folder.join("postgres");
        let mut copy = Command::new(primary.program("pg_basebackup"));
        copy.args(["-h", socket.to_str().unwrap(), "-U", "tidepool", "-R", "-c", "fast", "-D", data.to_str().unwrap()]);
        assert!(copy.status().unwrap().success());
        let account = (owner.uid(), owner.gid());
        let everything = ["-R", &format!("{}:{}", account.0, account.1), folder.to_str().unwrap()];
        assert!(Command::new("chown").args(everything).status().unwrap().success());
        let replica = Self { pg_ctl: primary.program("pg_ctl"), folder, account };
        assert!(replica.start());
        replica
    }

    pub fn start(&self) -> bool {
        let settings =
            format!("-k {} -c listen_addresses= -c max_connections=400 -c timezone=UTC", self.folder.display());
        let log = self.folder.join("log");
        self.pg_ctl(&["start", "-w", "-l", log.to_str().unwrap(), "-o", &settings])
    }

    pub fn pg_ctl(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new(&self.pg_ctl);
        command.arg("-D").arg(self.folder.join("postgres")).args(arguments).current_dir("/");
        if self.account.0 != std::fs::metadata("/proc/self").unwrap().uid() {
            command.uid(self.account.0).gid(self.account.1);
        }
        command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    pub fn connect_options(&self, primary: &Embedded) -> PgConnectOptions {
        primary.connect_options().socket(&self.folder)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
