//! The private PostgreSQL and its data folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection};
use tidepool::kernel::embedded::Embedded;

use crate::support::program::{Folder, ServerProcess};
use crate::support::until;

/// The account that runs PostgreSQL owns the data folder, and can put links into it. Root must not write through them.
#[tokio::test]
async fn files_behind_links_in_the_data_folder_stay_as_they_are() {
    let (data, other) = (Folder::new("links"), Folder::new("behind-links"));
    let behind = other.0.join("file");
    fs::write(&behind, "kept").unwrap();
    let start = async || Embedded::start(Some(&data.0)).await.map(|running| running.stop().unwrap());
    symlink(&behind, data.0.join("programs.log")).unwrap();
    assert!(start().await.unwrap(), "it was started and stopped");
    assert_eq!(fs::read_to_string(&behind).unwrap(), "kept");
    for name in ["lock", "in-use"] {
        let link = data.0.join(name);
        fs::remove_file(&link).unwrap();
        symlink(&behind, &link).unwrap();
        assert!(start().await.is_err(), "{name}");
        assert_eq!(fs::read_to_string(&behind).unwrap(), "kept");
        fs::remove_file(&link).unwrap();
    }
}

/// Other users of the machine can create folders in `/tmp`, also with a name that follows from the path of the data.
#[tokio::test]
async fn a_folder_of_somebody_else_does_not_keep_it_from_starting() {
    let data = Folder::new("squatted");
    let name = Sha256::digest(data.0.canonicalize().unwrap().as_os_str().as_encoded_bytes());
    let name: String = name.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let squatted = Path::new("/tmp").join(format!("tidepool-{name}"));
    fs::create_dir(&squatted).unwrap();
    let running = Embedded::start(Some(&data.0)).await.unwrap();
    let again = Embedded::start(Some(&data.0)).await.unwrap();
    let socket = |embedded: &Embedded| embedded.connect_options().get_socket().unwrap().clone();
    assert_eq!(socket(&again), socket(&running), "a second program finds the one that runs");
    let folder = socket(&running);
    assert!(!again.stop().unwrap());
    assert!(running.stop().unwrap());
    assert!(!folder.exists(), "nothing is left");
    fs::remove_dir(&squatted).unwrap();
}

/// An attacker who gets into a server must not be able to change what the logs say.
#[tokio::test]
async fn a_server_uses_its_private_postgresql_as_a_role_that_is_no_superuser() {
    let data = Folder::new("role");
    let server = ServerProcess::start_with(&data.0, &[]);
    let same = Embedded::start(Some(&data.0)).await.unwrap();
    let mut owner = same.connect_options().connect().await.unwrap();
    let used =
        "select distinct a.usename::text, r.rolsuper from pg_stat_activity a join pg_roles r on r.rolname = a.usename
                where a.backend_type = 'client backend' and a.pid <> pg_backend_pid()";
    // The connection that has brought the schema up to date ends soon.
    until(async || {
        let roles: Vec<(String, bool)> = sqlx::query_as(used).fetch_all(&mut owner).await.unwrap();
        roles == [("tidepool_server".to_owned(), false)]
    })
    .await;
    owner.close().await.unwrap();
    assert!(!same.stop().unwrap(), "the server uses it");
    drop(server);
}
