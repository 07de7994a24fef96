//! Real clients against a server with demo data, and graphql-js as judge of its validation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, Once, PoisonError};

use crate::support::program::{Folder, ServerProcess};

/// What each client says when its story went well to the end.
const SAID: [&str; 2] =
    ["cut off, the watcher came back behind the last cursor", "the watcher claimed it, and was told that it left"];
const RECONNECTED: &str = "a client that connects again by itself gets the same events with the same cursors";

#[test]
fn javascript_clients_sign_in_page_watch_come_back_and_claim() {
    let data = Folder::new("clients");
    let server = ServerProcess::start(&data.0);
    let clients = ["apollo", "urql", "graphcache", "sse", "sseSingle"];
    let printed = node(&[&["clients.mjs", &url(&server)], clients.as_slice()].concat());
    told(&printed, &clients, &SAID);
    told(&printed, &clients, &[RECONNECTED]);
    told(&printed, &["graphcache"], &["the cache finds by its id what a list has read", "a document is sent once"]);
}

#[test]
fn relay_and_code_generator_name_the_documents_that_a_server_trusts() {
    let data = Folder::new("trusted");
    let printed = node(&["generate.mjs"]);
    assert!(printed.contains("7 documents of GraphQL Code Generator, 10 of Relay"), "{printed}");
    let trusted = folder().join("generated/trusted.json");
    let arguments = ["--demo", "--trusted-documents", trusted.to_str().unwrap(), "--trusted-documents-only"];
    let server = ServerProcess::start_with(&data.0, &arguments);
    let clients = ["codegen", "relay"];
    let printed = node(&[&["clients.mjs", &url(&server)], clients.as_slice()].concat());
    told(&printed, &clients, &SAID);
    told(&printed, &clients, &[RECONNECTED]);
    told(&printed, &["relay"], &["the store has both pages, and reads an object anew by its id"]);
    let answer = server.ask("", "{ __typename }");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
}

#[test]
fn gql_for_python_signs_in_pages_watches_comes_back_and_claims() {
    let Some(python) = python("requirements.txt") else {
        eprintln!("skipped: python3 is missing");
        return;
    };
    let data = Folder::new("python");
    let server = ServerProcess::start(&data.0);
    let printed = run(&python, &["story.py", &url(&server)]);
    let clients = ["gql-websockets", "gql-aiohttp"];
    told(&printed, &clients, &SAID);
    told(&printed, &clients, &["a session that connects again by itself goes on behind the last cursor"]);
}

#[test]
fn pandas_duckdb_and_polars_read_the_numbers_of_the_api_by_sql_and_by_files() {
    let Some(python) = python("analysis-requirements.txt") else {
        eprintln!("skipped: python3 is missing");
        return;
    };
    let data = Folder::new("analysis");
    let server = ServerProcess::start(&data.0);
    let token = server.sign_in("analyst@tidepool.example");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").args(["bi-user", "analysis", "--log", "warn", "--data-dir"]).arg(&data.0);
    let made = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let password = made.trim().rsplit(' ').next().unwrap();
    // The fourth line has the port, the fifth one the folder of the socket.
    let postmaster = fs::read_to_string(data.0.join("postgres/postmaster.pid")).unwrap();
    let lines: Vec<_> = postmaster.lines().collect();
    let database = format!("postgresql+psycopg://analysis:{password}@/tidepool?host={}&port={}", lines[4], lines[3]);
    let printed = run(&python, &["analysis.py", &url(&server), &token, &database]);
    for library in ["pandas", "DuckDB", "Polars"] {
        told(&printed, &[library, &format!("{library} (Parquet)")], &["the same numbers as the API"]);
    }
    told(&printed, &["SQLAlchemy"], &["finds the views, their columns and nothing else"]);
}

#[test]
fn the_server_refuses_exactly_the_documents_that_graphql_js_refuses() {
    let data = Folder::new("judge");
    let server = ServerProcess::start(&data.0);
    let printed = node(&["judge.mjs", &url(&server), &schema(), "6000", "1"]);
    assert!(printed.contains("0 disagreements"), "{printed}");
}

pub fn url(server: &ServerProcess) -> String {
    format!("http://{}/graphql", server.address)
}

pub fn schema() -> String {
    format!("{}/schema.graphql", env!("CARGO_MANIFEST_DIR"))
}

/// Each of these clients said all of this.
fn told(printed: &str, clients: &[&str], said: &[&str]) {
    for client in clients {
        for said in said {
            assert!(printed.contains(&format!("{client}: {said}")), "{client} did not say {said:?}:\n{printed}");
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Python with the packages of a file of `tests/clients`; `None` if there is no Python.
fn python(requirements: &str) -> Option<String> {
    if Command::new("python3").arg("--version").output().is_err() {
        return None;
    }
    static MADE: Mutex<()> = Mutex::new(());
    let _guard = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let python = folder().join("venv/bin/python");
    if !python.exists() {
        run("python3", &["-m", "venv", "venv"]);
    }
    let python = python.to_str().unwrap().to_owned();
    run(&python, &["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    Some(python)
}

/// Runs a program of `tests/clients`. Its packages are installed once.
pub fn node(arguments: &[&str]) -> String {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| drop(run("npm", &["ci", "--no-audit", "--no-fund"])));
    run("node", arguments)
}

/// Runs a program in `tests/clients` and returns what it printed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder()).output();
    let output = output.unwrap_or_else(|error| panic!("{program} can't be run ({error}); `make test` installs it"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}
