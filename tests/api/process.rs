//! The program as people run it: started, stopped, killed, started again, by the README.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value as Json, json};
use tidepool::clock::Clock;

/// A folder for data that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
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
struct Running {
    process: Child,
    address: SocketAddr,
    said: String,
}

fn serve(data: &Path, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tidepool"))
        .env_remove("DATABASE_URL")
        .env("TIDEPOOL_LISTEN", "127.0.0.1:0")
        .args(["serve", "--log", "warn", "--data-dir"])
        .arg(data)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Running {
    /// Starts one and waits until it says where it is.
    fn start(data: &Path) -> Self {
        let mut process = serve(data, &["--demo"]);
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
        let mut complaint = String::new();
        running.process.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        panic!("it did not start: {}{complaint}", running.said);
    }

    /// Sends it a signal and waits for its end. One that has ended stays so.
    fn stop(&mut self, signal: &str) -> ExitStatus {
        if let Some(status) = self.process.try_wait().unwrap() {
            return status;
        }
        Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        self.process.wait().unwrap()
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn ask(&self, token: &str, query: &str) -> Json {
        let body = json!({"query": query}).to_string();
        let answer = self.send(&format!(
            "POST /graphql HTTP/1.0\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn sign_in(&self, email: &str) -> String {
        let query = format!(
            "mutation {{ login(input: {{email: \"{email}\", password: \"tidepool-demo\"}}) {{ accessToken }} }}"
        );
        let answer = self.ask("", &query);
        answer["data"]["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop("-TERM");
    }
}

#[test]
fn a_server_finds_its_data_again_however_it_went() {
    let data = Folder::new("again");
    let mut server = Running::start(&data.0);
    assert!(server.said.contains("Filling in demo data"), "{}", server.said);
    assert!(server.send("GET /readyz HTTP/1.0\r\n\r\n").contains("200 OK"));
    let token = server.sign_in("sales@tidepool.example");
    let now = Clock::database().now().to_rfc3339();
    let pool = server.ask(
        &token,
        &format!(
            "{{ publicPool(first: 1, filter: {{or: [{{protectedUntil: {{isNull: true}}}}, {{protectedUntil: {{lt: \"{now}\"}}}}]}}) \
               {{ totalCount edges {{ node {{ id }} }} }} }}"
        ),
    );
    assert!(pool["data"]["publicPool"]["totalCount"].as_i64().unwrap() >= 500, "{pool}");
    let id = pool["data"]["publicPool"]["edges"][0]["node"]["id"].as_str().unwrap().to_owned();
    let claim = format!("mutation {{ claimCustomer(input: {{customerId: \"{id}\"}}) {{ userErrors {{ code }} }} }}");
    assert_eq!(server.ask(&token, &claim)["data"]["claimCustomer"]["userErrors"], json!([]));
    let mine = format!("{{ customer(id: \"{id}\") {{ isPooled }} }}");
    for signal in ["-TERM", "-INT", "-KILL"] {
        let status = server.stop(signal);
        assert_eq!(status.success(), signal != "-KILL", "{signal}: {status}");
        let is_left = data.0.join("postgres/postmaster.pid").exists();
        assert_eq!(is_left, signal == "-KILL", "PostgreSQL is stopped, and left to be adopted by a kill");
        server = Running::start(&data.0);
        assert!(!server.said.contains("Filling"), "{}", server.said);
        // The sign-in is still good, too.
        assert_eq!(server.ask(&token, &mine)["data"]["customer"]["isPooled"], false, "after {signal}");
    }
}

#[test]
fn what_stands_in_the_way_is_told_in_one_line() {
    let data = Folder::new("refused");
    let complaint = |more: &[&str]| {
        let output = serve(&data.0, more).wait_with_output().unwrap();
        assert!(!output.status.success());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        complaint
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = complaint(&["--demo", "--listen", "0.0.0.0:0"]);
    assert!(told.contains("everybody knows the password"), "{told}");
    let told = complaint(&["--listen", &address]);
    assert!(told.contains(&format!("can't listen on {address}")), "{told}");
    let told = complaint(&["--database-url", "postgres://nobody@127.0.0.1:1/nothing"]);
    assert!(told.contains("the database can't be used"), "{told}");
}

#[test]
fn the_tour_of_the_readme_goes_as_it_says() {
    let readme = include_str!("../../README.md");
    let tour = readme.split_once("## A tour").unwrap().1.split_once("\n## ").unwrap().0;
    let blocks: Vec<&str> = tour.split("```sh\n").skip(1).map(|block| block.split_once("```").unwrap().0).collect();
    let data = Folder::new("tour");
    let server = Running::start(&data.0);
    let script = blocks.concat().replace("127.0.0.1:8000", &server.address.to_string());
    let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Json> =
        told.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{told}"))).collect();
    for answer in &answers {
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    let all = told.replace(" : ", ":");
    for expected in [
        "\"claimable\":true",
        "\"isMasked\":false",
        "\"code\":\"PROTECTED\"",
        "\"protectionPeriod\":\"PT0S\"",
        "\"remark\":\"no budget this year\"",
        "\"protectionPeriod\":\"P3D\"",
    ] {
        assert!(all.contains(expected), "{expected} in\n{all}");
    }
}
