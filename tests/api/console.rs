//! The web console: how the program serves it, and what people do with it, in a browser.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Once;

use crate::support::program::{Folder, ServerProcess};

/// Runs a program in `web/` and returns what it printed. The console is built once, if it is older than its sources.
fn run(program: &str, arguments: &[&str]) -> String {
    static BUILT: Once = Once::new();
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(&web).output();
        let output = output.unwrap_or_else(|error| panic!("{program} is missing ({error})"));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        printed
    };
    BUILT.call_once(|| drop(run("sh", &["../scripts/web.sh", "required"])));
    run(program, arguments)
}

/// The head of a response in small letters, and its body.
fn send(server: &ServerProcess, head: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let end = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    (String::from_utf8(response[..end].to_vec()).unwrap().to_lowercase(), response[end + 4..].to_vec())
}

fn get(server: &ServerProcess, path: &str, headers: &str) -> (String, Vec<u8>) {
    send(server, &format!("GET {path} HTTP/1.0\r\n{headers}"))
}

fn text(body: &[u8]) -> &str {
    std::str::from_utf8(body).unwrap()
}

const PAGE: &str = "Accept: text/html\r\n";

#[test]
fn the_program_serves_the_console_beside_the_api() {
    run("sh", &["-c", "test -f dist/index.html"]);
    let data = Folder::new("console");
    let server = ServerProcess::start(&data.0);
    assert!(!server.output.contains("is not in this program"), "{}", server.output);
    let (head, page) = get(&server, "/", PAGE);
    assert!(head.starts_with("http/1.0 200") && text(&page).contains("<div id=\"app\">"), "{head}");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self';",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "cache-control: no-cache",
        "x-content-type-options: nosniff",
    ] {
        assert!(head.contains(part), "{part}: {head}");
    }
    // A page of the console keeps its place in the path; what is not a page is not there.
    assert_eq!(get(&server, "/customers/customer_1", PAGE).1, page);
    for (path, headers) in [("/customers", ""), ("/assets/gone.js", PAGE), ("/index.html.br", "")] {
        assert!(get(&server, path, headers).0.starts_with("http/1.0 404"), "{path}");
    }
    assert!(send(&server, "POST / HTTP/1.0\r\nContent-Length: 0\r\n").0.starts_with("http/1.0 404"));
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = get(&server, "/", &format!("{PAGE}If-None-Match: {tag}\r\n"));
    assert!(again.0.starts_with("http/1.0 304") && again.1.is_empty(), "{}", again.0);
    let script = text(&page).split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let (plain, whole) = get(&server, script, "");
    assert!(plain.contains("immutable") && plain.contains("content-type: text/javascript"), "{plain}");
    let (small, compressed) = get(&server, script, "Accept-Encoding: gzip, br\r\n");
    assert!(small.contains("content-encoding: br") && small.contains("vary: accept-encoding"), "{small}");
    assert!(compressed.len() < whole.len() / 2);
    let (other, _) = get(&server, script, "Accept-Encoding: gzip\r\n");
    assert!(other.contains("content-encoding: gzip"), "{other}");
    assert!(text(&get(&server, "/readyz", PAGE).1).contains("ready"));
    assert!(text(&get(&server, "/graphiql", PAGE).1).contains("GraphiQL"));
}

#[test]
fn people_do_their_work_in_a_browser() {
    let printed = run("node", &["tests/run.mjs", env!("CARGO_BIN_EXE_tidepool")]);
    assert!(printed.lines().filter(|line| line.starts_with("ok: ")).count() >= 42, "{printed}");
}
