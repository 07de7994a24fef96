//! Backups: dumps of the whole database, made while servers run, by the programs of PostgreSQL.
//!
//! A dump that nobody has restored may be worthless, so [`verify`] restores one into a PostgreSQL that is thrown away. What is
//! restored is held, as every copy is, until an operator has said what it is.

mod error;
mod programs;
mod store;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::crm::people;
use crate::kernel::embedded::Embedded;
use crate::kernel::installation;
pub use error::BackupError;
pub use store::Content;

/// The names of backups are the times at which they were begun, in UTC, so they sort by age.
const PREFIX: &str = "tidepool-";
const SUFFIX: &str = ".dump";
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many older ones were removed.
    pub removed: usize,
}

/// Writes a backup into a folder, and keeps only the newest ones if a number is given. The file appears when it is complete and on the
/// disk, and only its owner can read it.
pub async fn make(owner: &PgConnectOptions, folder: &Path, keep: Option<usize>) -> Result<Made, BackupError> {
    let mut db = owner.connect().await?;
    let begun = store::now(&mut db).await?;
    let in_folder = |source| BackupError::Io { path: folder.to_owned(), source };
    let unfinished = tempfile::NamedTempFile::new_in(folder).map_err(in_folder)?;
    programs::dump(owner, unfinished.as_file().try_clone().map_err(in_folder)?).await?;
    unfinished.as_file().sync_all().map_err(in_folder)?;
    let path = folder.join(name(begun));
    let file = unfinished
        .persist_noclobber(&path)
        .map_err(|error| BackupError::Io { path: path.clone(), source: error.error })?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(in_folder)?;
    let bytes = file.metadata().map_err(in_folder)?.len();
    store::note_backup(&mut db, begun).await?;
    let removed = match keep {
        Some(keep) => remove_old(folder, keep).map_err(in_folder)?,
        None => 0,
    };
    Ok(Made { file: path, bytes, removed })
}

fn name(begun: DateTime<Utc>) -> String {
    format!("{PREFIX}{}{SUFFIX}", begun.format(TIME))
}

/// Removes all backups but the newest ones. Other files stay.
fn remove_old(folder: &Path, keep: usize) -> io::Result<usize> {
    let mut backups = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(is_backup) {
            backups.push(name);
        }
    }
    backups.sort_unstable();
    backups.truncate(backups.len().saturating_sub(keep));
    for name in &backups {
        fs::remove_file(folder.join(name))?;
    }
    Ok(backups.len())
}

fn is_backup(name: &str) -> bool {
    let time = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    time.is_some_and(|time| chrono::NaiveDateTime::parse_from_str(time, TIME).is_ok())
}

/// Restores a backup into a PostgreSQL that is thrown away, brings its schema up to date, and says what is in it.
pub async fn verify(file: &Path) -> Result<Content, BackupError> {
    check_readable(file)?;
    let postgres = Embedded::start_throwaway().await?;
    let (owner, server) = (postgres.connect_options(), postgres.server_options());
    restore(&owner, &server, file).await?;
    Ok(store::content(&mut owner.connect().await?).await?)
}

/// Restores a backup into an empty database, brings its schema up to date, and holds it.
pub async fn restore(owner: &PgConnectOptions, server: &PgConnectOptions, file: &Path) -> Result<(), BackupError> {
    check_readable(file)?;
    let mut db = owner.connect().await?;
    if store::has_tables(&mut db).await? {
        return Err(BackupError::NotEmpty);
    }
    let roles = store::missing_roles(&mut db, &programs::roles(file).await?).await?;
    if !roles.is_empty() && !store::may_create_roles(&mut db).await? {
        return Err(BackupError::MissingRoles { user: owner.get_username().to_owned(), roles });
    }
    for role in &roles {
        store::create_role(&mut db, role).await?;
    }
    programs::restore(owner, file).await?;
    installation::hold(&mut db, true).await?;
    people::installation::migrate(owner, server).await?;
    Ok(())
}

fn check_readable(file: &Path) -> Result<(), BackupError> {
    File::open(file).map(|_| ()).map_err(|source| BackupError::Io { path: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_backups_are_kept_and_nothing_else_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let time = |day: u32| format!("2026-03-{day:02}T01:02:03Z").parse().unwrap();
        let names = [name(time(2)), name(time(10)), name(time(1)), name(time(31))];
        let others = ["tidepool-mine.dump", "tidepool-20260301T010203Z.dump.gz", "notes"];
        for name in names.iter().map(String::as_str).chain(others) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(names[0], "tidepool-20260302T010203Z.dump");
        assert_eq!(remove_old(folder.path(), 2).unwrap(), 2);
        assert_eq!(remove_old(folder.path(), 2).unwrap(), 0);
        let is_left = |name: &str| folder.path().join(name).exists();
        assert_eq!(names.each_ref().map(|name| is_left(name)), [false, true, false, true]);
        assert!(others.into_iter().all(is_left));
    }
}
