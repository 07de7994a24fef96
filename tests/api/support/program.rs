//! The program in a process of its own, as people run it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnectOptions;

/// A folder for data that is removed in the end.
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

/// A server in a process of its own.
pub struct Running {
    process: Child,
    pub address: SocketAddr,
    pub said: String,
}

pub fn serve(data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command
        .env_remove("DATABASE_URL")
        .env("TIDEPOOL_LISTEN", "127.0.0.1:0")
        .args(["serve", "--log", "warn", "--data-dir"])
        .arg(data)
        .args(more);
    command
}

/// What a server has to be told to use a database that is there.
pub fn database_url(database: &PgConnectOptions) -> String {
    let (socket, name) = (database.get_socket().unwrap().display(), database.get_database().unwrap());
    format!("postgres:///{name}?host={socket}&user=tidepool")
}

impl Running {
    /// Starts one and waits until it says where it is.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &["--demo"])
    }

    /// The same, with more to say on the command line.
    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        Self::start_as(data, serve(data, more))
    }

    /// Starts one by a command of [`serve`].
    pub fn start_as(data: &Path, mut command: Command) -> Self {
        // A file: nobody reads a pipe while it runs.
        let complaints = data.join("complaints");
        command.stdout(Stdio::piped()).stderr(File::create(&complaints).unwrap());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut running = Self { process, address: ([127, 0, 0, 1], 0).into(), said: String::new() };
        for line in lines {
            let line = line.unwrap();
            running.said.push_str(&line);
            if let Some(address) = line.strip_prefix("Tidepool is at http://") {
                running.address = address.parse().unwrap();
                return running;
            }
        }
        panic!("it did not start: {}{}", running.said, std::fs::read_to_string(complaints).unwrap());
    }

    /// Sends it a signal and waits for its end. One that has ended stays so.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        if let Some(status) = self.process.try_wait().unwrap() {
            return status;
        }
        Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
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

/// Asks a server that may die before it has answered.
pub fn try_ask(address: SocketAddr, token: &str, query: &str) -> io::Result<Json> {
    let body = json!({"query": query}).to_string();
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

fn try_send(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop("-TERM");
    }
}
