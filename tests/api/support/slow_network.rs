//! A slow and unreliable network between a server and its PostgreSQL: what passes is delayed, and connections are cut.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::program::Folder;

/// The socket of PostgreSQL in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// How long each part of a message takes, at most.
const MOST_DELAY: Duration = Duration::from_millis(8);

/// A way to a PostgreSQL. Its threads end with their connections.
pub struct SlowNetwork {
    folder: Folder,
    connections: Arc<Mutex<Vec<UnixStream>>>,
}

impl SlowNetwork {
    pub fn to(database: &PgConnectOptions) -> Self {
        let folder = Folder::new("network");
        let listener = UnixListener::bind(folder.0.join(SOCKET)).unwrap();
        std::fs::set_permissions(folder.0.join(SOCKET), PermissionsExt::from_mode(0o777)).unwrap();
        let target = database.get_socket().unwrap().join(SOCKET);
        let connections = Arc::new(Mutex::new(Vec::new()));
        let accepted = connections.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                connect(client.unwrap(), &target, &accepted);
            }
        });
        Self { folder, connections }
    }

    /// The folder of its socket.
    pub fn path(&self) -> &PathBuf {
        &self.folder.0
    }

    /// Cuts all connections, in the middle of what is under way.
    pub fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// A connection that PostgreSQL does not take is closed.
fn connect(client: UnixStream, target: &Path, connections: &Mutex<Vec<UnixStream>>) {
    let Ok(server) = UnixStream::connect(target) else { return };
    connections.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        thread::spawn(move || pass_on(from, to));
    }
}

fn pass_on(mut from: UnixStream, mut to: UnixStream) {
    let mut part = [0; 4_096];
    while let Ok(length @ 1..) = from.read(&mut part) {
        thread::sleep(MOST_DELAY.mul_f64(fastrand::f64()));
        if to.write_all(&part[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
