//! Random requests up to the limits and beyond: nothing breaks, nothing takes too long, memory stays bounded, and others are served.
//! `make attack` runs it with many more of them, and measures the others.
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::clients::{node, schema, url};
use crate::support::program::{Folder, ServerProcess, family_of, postmaster_of};

/// How much memory the server and its PostgreSQL may take, in megabytes.
const MOST_OF_SERVER: usize = 400;
const MOST_OF_POSTGRES: usize = 800;
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

fn requests() -> String {
    std::env::var("TIDEPOOL_ATTACK_REQUESTS").unwrap_or_else(|_| "600".to_owned())
}

/// The megabytes that a process has for itself, and its share of those it has with others.
fn megabytes_of(process: &str) -> usize {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let share = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    share.map_or(0, |share| share.trim_end_matches("kB").trim().parse::<usize>().unwrap() / 1_024)
}

/// Does something, and returns with it how much memory the server and its PostgreSQL took at most meanwhile.
fn with_memory<T>(server: &ServerProcess, data: &Folder, does: impl FnOnce() -> T) -> (T, [usize; 2]) {
    let (server, postmaster) = (server.id().to_string(), postmaster_of(&data.0.join("postgres/postmaster.pid")));
    let (done, ended) = channel::<()>();
    let watching = thread::spawn(move || {
        let mut most = [0; 2];
        while ended.recv_timeout(SAMPLE_EVERY) == Err(RecvTimeoutError::Timeout) {
            let of_postgres = family_of(&postmaster).iter().map(|process| megabytes_of(process)).sum();
            most = [most[0].max(megabytes_of(&server)), most[1].max(of_postgres)];
        }
        most
    });
    let result = does();
    drop(done);
    (result, watching.join().unwrap())
}

#[test]
fn random_requests_up_to_the_limits_break_nothing() {
    let data = Folder::new("attack");
    // Without budgets, so that the requests are not refused for their number.
    let no_budget = u32::MAX.to_string();
    let server = ServerProcess::start_with(&data.0, &["--demo", "--max-cost-per-minute", &no_budget]);
    let attack = || node(&["attack.mjs", &url(&server), &schema(), &requests(), "1"]);
    let (printed, [of_server, of_postgres]) = with_memory(&server, &data, attack);
    println!("{printed}the server took {of_server} MB at most, PostgreSQL {of_postgres} MB");
    let counted: serde_json::Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    assert_eq!(counted["answered"].to_string(), requests());
    assert!(
        counted["codes"]["OK"].as_u64() > counted["answered"].as_u64().map(|all| all / 10),
        "most is refused: {printed}"
    );
    assert!((50..MOST_OF_SERVER).contains(&of_server), "the server took {of_server} MB");
    assert!((50..MOST_OF_POSTGRES).contains(&of_postgres), "PostgreSQL took {of_postgres} MB");
    server.sign_in("sales@tidepool.example");
}

#[test]
#[ignore = "it measures times, for which the machine must have nothing else to do: make attack"]
fn others_are_served_as_before_during_an_attack() {
    let data = Folder::new("bystander");
    let server = ServerProcess::start(&data.0);
    println!("{}", node(&["bystander.mjs", &url(&server), &schema(), "5"]));
}
