//! The program as users run it: started, stopped, killed and restarted.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use serde_json::{Value as Json, json};
use tidepool::kernel::clock::Clock;

use crate::support::program::{Folder, ServerProcess, family_of, postmaster_of, serve, signal};

#[test]
fn a_server_finds_its_data_after_a_stop_and_after_a_kill() {
    let data = Folder::new("again");
    let mut server = ServerProcess::start(&data.0);
    assert!(server.output.contains("Creating demo data"), "{}", server.output);
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
        server = ServerProcess::start(&data.0);
        assert!(!server.output.contains("Creating"), "{}", server.output);
        // The session is still valid, too.
        assert_eq!(server.ask(&token, &mine)["data"]["customer"]["isPooled"], false, "after {signal}");
    }
}

#[test]
fn a_second_program_on_the_same_data_does_not_disturb_the_server() {
    let data = Folder::new("shared");
    let server = ServerProcess::start(&data.0);
    let token = server.sign_in("sales@tidepool.example");
    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args(arguments).args(["--log", "warn", "--data-dir"]).arg(&data.0);
        command.output().unwrap()
    };
    assert!(program(&["migrate"]).status.success());
    let address = server.address.to_string();
    assert!(!program(&["serve", "--listen", &address]).status.success(), "the port is taken");
    let admin = program(&["create-admin", "--email", "new@example.com", "--name", "New"]);
    assert!(String::from_utf8_lossy(&admin.stdout).contains("Its password: "), "{admin:?}");
    assert_eq!(server.ask(&token, "{ viewer { name } }")["data"]["viewer"]["name"], "Xiao Shou");
    // The demo password is public, so a server with demo data must not be reachable from other machines.
    let refused = program(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("the password of the demo accounts is public"),
        "{refused:?}"
    );
}

#[test]
fn a_forgotten_password_is_reset_by_the_command_line() {
    let data = Folder::new("reset");
    let server = ServerProcess::start(&data.0);
    let reset = |email: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args(["reset-password", "--email", email, "--log", "warn", "--data-dir"]);
        command.arg(&data.0).args(["--public-url", "https://crm.example.com"]).output().unwrap()
    };
    let printed = String::from_utf8(reset("Admin@tidepool.example").stdout).unwrap();
    let token = printed.trim().strip_prefix("https://crm.example.com/set-password#").unwrap();
    let set =
        format!("mutation {{ setPassword(input: {{token: \"{token}\", newPassword: \"correct horse\"}}) {{ done }} }}");
    assert_eq!(server.ask("", &set)["data"]["setPassword"]["done"], true);
    let login =
        "mutation { login(input: {email: \"admin@tidepool.example\", password: \"correct horse\"}) { accessToken } }";
    assert!(server.ask("", login)["data"]["login"]["accessToken"].is_string());
    assert!(!reset("nobody@tidepool.example").status.success());
}

#[test]
fn a_database_that_does_not_answer_makes_the_server_unready_and_no_request_waits_for_it() {
    let data = Folder::new("frozen");
    let server = ServerProcess::start_with(&data.0, &["--demo", "--max-request-seconds", "1"]);
    let token = server.sign_in("sales@tidepool.example");
    let postmaster = postmaster_of(&data.0.join("postgres/postmaster.pid"));
    let signal_all = |name: &str| signal(name, &family_of(&postmaster));
    let is_ready = || server.send("GET /readyz HTTP/1.0\r\n\r\n").contains("200 OK");
    assert!(is_ready());
    signal_all("-STOP");
    // Until the server's last look at the directory is too old.
    while is_ready() {}
    let answer = server.ask(&token, "{ customers { totalCount } }");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    let answer = server.ask(&token, "mutation { markNotificationsRead(input: {}) { unreadCount } }");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    let body = json!({"query": "{ customers { totalCount } }"}).to_string();
    let answer = server.send(&format!(
        "POST /graphql HTTP/1.0\r\ncontent-type: application/json\r\naccept: application/graphql-response+json\r\n\
         authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(answer.starts_with("HTTP/1.0 503 ") && answer.contains("retry-after: 2\r\n"), "{answer}");
    let file = server.send(&format!("GET /audit-entries.csv HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n"));
    assert!(file.starts_with("HTTP/1.0 503 "), "{file}");
    let upgrade = format!(
        "GET /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    );
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(upgrade.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 503");
    signal_all("-CONT");
    while !is_ready() {}
    assert_eq!(server.ask(&token, "{ viewer { name } }")["data"]["viewer"]["name"], "Xiao Shou");
}

#[test]
fn a_server_that_is_asked_to_stop_is_unready_first_and_takes_requests_meanwhile() {
    let data = Folder::new("drain");
    let mut server = ServerProcess::start_with(&data.0, &["--drain-seconds", "3"]);
    let ready = |server: &ServerProcess| server.send("GET /readyz HTTP/1.0\r\n\r\n");
    assert!(ready(&server).contains("200 OK"));
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    while ready(&server).contains("200 OK") {}
    assert!(ready(&server).contains("the server is about to stop"));
    let answer = server.ask("", "{ installation { version } }");
    assert!(answer["data"]["installation"]["version"].is_string(), "{answer}");
    assert!(server.wait().success());
}

#[test]
fn an_operation_has_a_line_in_the_log_and_of_those_that_went_well_as_many_as_are_asked_for() {
    let data = Folder::new("log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").args(["serve", "--demo", "--listen", "127.0.0.1:0", "--log-one-in", "3"]);
    command.args(["--log-format", "json", "--data-dir"]).arg(&data.0);
    let mut server = ServerProcess::start_as(&data.0, command);
    let token = server.sign_in("sales@tidepool.example");
    for _ in 0..6 {
        server.ask(&token, "query Mine { customers { totalCount } }");
    }
    server.ask(&token, "query Wrong { nothing }");
    server.stop("-TERM");
    let log = std::fs::read_to_string(data.0.join("complaints")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let operations: Vec<_> = lines.filter(|line| line["fields"]["message"] == "operation").collect();
    let mine: Vec<_> = operations.iter().filter(|line| line["fields"]["name"] == "Mine").collect();
    assert_eq!(mine.len(), 2, "every third of six: {operations:?}");
    for line in mine {
        let fields = &line["fields"];
        let told = [&fields["kind"], &fields["field"], &fields["code"]];
        assert_eq!(told, ["query", "customers", "OK"], "{line}");
        assert!(fields["user.id"].as_str().unwrap().starts_with("user_"), "{line}");
        assert!(["cost", "bytes", "took_us"].iter().all(|name| fields[name].as_u64().is_some_and(|number| number > 0)));
        assert_eq!(line["span"]["name"], "request", "{line}");
    }
    assert!(operations.iter().any(|line| line["fields"]["code"] == "GRAPHQL_VALIDATION_FAILED"), "{operations:?}");
}

#[test]
fn demo_data_can_only_be_loaded_into_an_empty_installation() {
    let data = Folder::new("seed");
    let seed = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args([
            "seed",
            "--customers",
            "120",
            "--seed",
            "7",
            "--log",
            "warn",
            "--data-dir",
        ]);
        command.arg(&data.0).output().unwrap()
    };
    let first = seed();
    assert!(String::from_utf8_lossy(&first.stdout).contains("120 customers"), "{first:?}");
    let second = seed();
    assert!(String::from_utf8_lossy(&second.stderr).contains("empty installation"), "{second:?}");
}

#[test]
fn a_failed_start_prints_one_line_with_the_reason() {
    let data = Folder::new("refused");
    let complaint = |more: &[&str]| {
        let output = serve(&data.0, more).output().unwrap();
        assert!(!output.status.success());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        complaint
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let printed = complaint(&["--demo", "--listen", "0.0.0.0:0"]);
    assert!(printed.contains("the password of the demo accounts is public"), "{printed}");
    let printed = complaint(&["--listen", &address]);
    assert!(printed.contains(&format!("can't listen on {address}")), "{printed}");
    let printed = complaint(&["--database-url", "postgres://nobody@127.0.0.1:1/nothing"]);
    assert!(printed.contains("the database at 127.0.0.1:1 can't be used: "), "{printed}");
    assert!(printed.contains("start PostgreSQL there, or correct the URL"), "{printed}");
}

#[test]
fn a_job_runs_from_the_command_line() {
    let data = Folder::new("jobs");
    let run = |name: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        let program = program.env_remove("DATABASE_URL").args(["run-job", name, "--log", "warn", "--data-dir"]);
        program.arg(&data.0).output().unwrap()
    };
    for name in ["pool-rules", "reminders", "forget"] {
        let output = run(name);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("Done: {name}\n"));
    }
    let output = run("everything");
    assert!(!output.status.success());
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("the jobs are pool-rules, reminders, forget"), "{printed}");
}
