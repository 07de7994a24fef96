//! Room on the disks that can be seen from this machine: that of the database if it is here, and that of files which are uploaded.

use std::path::Path;
use std::process::Command;

use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::finding::{Finding, State};
use super::store;
use crate::kernel::database;

/// Less room than this, in kilobytes or as a share of the disk in percent, should be looked at; a quarter of it is a fault.
const LITTLE: (u64, u64) = (2 << 20, 10);

/// Examines the disks.
pub async fn examine(db: &mut PgConnection, options: &PgConnectOptions) -> Vec<Finding> {
    let data = match store::data_directory(db).await {
        Ok(data) if database::is_local(options) => data,
        _ => None,
    };
    let of_database = match data.as_deref().and_then(|data| room(Path::new(data))) {
        Some(room) => judge("disk", "the disk of the database", room),
        None => {
            let advice = "watch the disk of PostgreSQL where it runs: a full one stops all changes";
            Finding::of(State::Unknown, "disk", "the room on the disk of the database can't be seen from here", advice)
        }
    };
    let of_files = room(&std::env::temp_dir()).map(|room| judge("files", "the disk of files that are uploaded", room));
    [Some(of_database), of_files].into_iter().flatten().collect()
}

/// The kilobytes of a disk, and how many of them are free.
struct Room {
    all: u64,
    free: u64,
}

/// The room on the disk of a folder, as `df` says it.
fn room(folder: &Path) -> Option<Room> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok().filter(|output| output.status.success())?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(text: &str) -> Option<Room> {
    let mut numbers = text.lines().nth(1)?.split_whitespace().filter_map(|word| word.parse().ok());
    let (all, _used, free) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some(Room { all, free })
}

fn judge(about: &'static str, what: &str, Room { all, free }: Room) -> Finding {
    let percent = free * 100 / all.max(1);
    let found = format!("{what} has {} MB free, {percent} %", free >> 10);
    let (little, share) = LITTLE;
    let is_below = |part: u64| free < little / part && free * 100 * part < all * share;
    match (is_below(1), is_below(4)) {
        (_, true) => Finding::of(State::Fault, about, found, "make room: a full disk stops all changes"),
        (true, _) => Finding::of(State::Warning, about, found, "make room before it is full"),
        _ => Finding::ok(about, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_found() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000000 700000 300000 70% /\n";
        let room = parse(text).expect("a line of df");
        assert_eq!((room.all, room.free), (1_000_000, 300_000));
        let state = |all: u64, free: u64| judge("disk", "it", Room { all, free }).state;
        let gigabyte = 1 << 20;
        assert_eq!(state(100 * gigabyte, 5 * gigabyte), State::Ok, "enough, though it is a small share");
        assert_eq!(state(4 * gigabyte, gigabyte), State::Ok, "a large share, though it is little");
        assert_eq!(state(100 * gigabyte, gigabyte), State::Warning);
        assert_eq!(state(100 * gigabyte, gigabyte / 4), State::Fault);
    }
}
