//! The program in its own process, as users run it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnectOptions;

/// A data folder that is removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tidepool-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server in its own process.
pub struct ServerProcess {
    process: Child,
    pub address: SocketAddr,
    /// Where the metrics are, if the server was started with `--metrics-listen`.
    pub metrics: Option<SocketAddr>,
    pub output: String,
}

pub fn serve(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command
        .env_remove("DATABASE_URL")
        .env("TIDEPOOL_LISTEN", "127.0.0.1:0")
        .args(["serve", "--log", "warn", "--data-dir"])
        .arg(data)
        .args(arguments);
    command
}

/// Says why a test that needs something of the machine does nothing.
#[expect(clippy::print_stderr, reason = "people who run the tests read it")]
pub fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The URL of an existing database for the command line.
pub fn database_url(database: &PgConnectOptions) -> String {
    let (socket, name) = (database.get_socket().unwrap().display(), database.get_database().unwrap());
    format!("postgres:///{name}?host={socket}&user=tidepool")
}

/// Runs the program on a database, and returns what it printed.
pub fn program(database: &PgConnectOptions, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").args(arguments).args([
        "--log",
        "error",
        "--database-url",
        &database_url(database),
    ]);
    let output = command.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

impl ServerProcess {
    /// Starts a server with demo data and waits until it prints its address.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &["--demo"])
    }

    /// Starts a server with the given arguments.
    pub fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::start_as(data, serve(data, arguments))
    }

    /// Starts a server with a command of [`serve`].
    pub fn start_as(data: &Path, mut command: Command) -> Self {
        // A file, because nobody reads a pipe while the server runs.
        let stderr_file = data.join("complaints");
        command.stdout(Stdio::piped()).stderr(File::create(&stderr_file).unwrap());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut running = Self { process, address: ([127, 0, 0, 1], 0).into(), metrics: None, output: String::new() };
        for line in lines {
            let line = line.unwrap();
            running.output.push_str(&line);
            if let Some(address) = line.strip_prefix("The metrics are at http://") {
                running.metrics = Some(address.trim_end_matches("/metrics").parse().unwrap());
            }
            if let Some(address) = line.strip_prefix("Tidepool is at http://") {
                running.address = address.parse().unwrap();
                return running;
            }
        }
        panic!("it did not start: {}{}", running.output, std::fs::read_to_string(stderr_file).unwrap());
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal and waits until the process has ended. It may have ended before.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        if let Some(status) = self.process.try_wait().unwrap() {
            return status;
        }
        Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        self.process.wait().unwrap()
    }

    /// Waits until the process has ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub fn send(&self, request: &str) -> String {
        try_send(self.address, request).unwrap()
    }

    pub fn ask(&self, token: &str, query: &str) -> Json {
        try_ask(self.address, token, query).unwrap()
    }

    pub fn sign_in(&self, email: &str) -> String {
        let query = format!(
            "mutation {{ login(input: {{email: \"{email}\", password: \"tidepool-demo\"}}) {{ accessToken }} }}"
        );
        let answer = self.ask("", &query);
        answer["data"]["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// Sends a query to a server that may die before it responds.
pub fn try_ask(address: SocketAddr, token: &str, query: &str) -> io::Result<Json> {
    try_ask_with(address, token, query, &json!({}))
}

/// The same, with variables.
pub fn try_ask_with(address: SocketAddr, token: &str, query: &str, variables: &Json) -> io::Result<Json> {
    let body = json!({"query": query, "variables": variables}).to_string();
    let answer = try_send(
        address,
        &format!(
            "POST /graphql HTTP/1.0\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    )?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(serde_json::from_str(body)?)
}

pub fn try_send(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Sends a signal to processes, of which some may have ended.
pub fn signal(signal: &str, processes: &[String]) {
    Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status().unwrap();
}

/// The first process of a PostgreSQL, from one of its files that begin with it.
pub fn postmaster_of(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned()
}

/// The process and those that it started.
pub fn family_of(parent: &str) -> Vec<String> {
    let children = Command::new("ps").args(["-o", "pid=", "--ppid", parent]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    children.split_whitespace().chain([parent]).map(str::to_owned).collect()
}

/// An address of this machine that nobody listens at.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.stop("-TERM");
    }
}
