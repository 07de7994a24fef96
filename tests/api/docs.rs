//! The documentation: its examples print what it shows, nothing is left undocumented, and its links resolve.
//!
//! `CONTRIBUTING.md` ("Documentation") says which kinds of blocks a page may have.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value as Json, json};

use crate::support::program::{Folder, ServerProcess, skipped, try_send};

/// The pages whose commands are run, in this order, against one server with demo data.
const RUN: [&str; 5] = ["README.md", "docs/tour.md", "docs/api.md", "docs/administration.md", "docs/operations.md"];
/// The largest number of lines of the README.
const README_LINES: usize = 120;

/// What is printed behind each block of commands.
const END_OF_BLOCK: &str = "=== end of block ===";
/// In front of the commands of a page: a script that hangs is ended, and the programs of PostgreSQL are found where they are not in
/// the path.
const PREAMBLE: &str = r#"
( exec >/dev/null 2>&1; sleep 300; kill $$ ) & GUARD=$!
for place in "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do PATH=$PATH:$place; done
"#;

/// A block of code.
struct Block<'p> {
    language: &'p str,
    text: &'p str,
    /// The line of the page where it begins.
    line: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names of all pages.
fn pages() -> Vec<String> {
    let mut names = Vec::new();
    for folder in ["", "docs/"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                names.push(format!("{folder}{name}"));
            }
        }
    }
    names.sort();
    names
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((before, block)) = rest.split_once("\n```") {
        let (language, block) = block.split_once('\n').unwrap();
        let (text, after) = block.split_once("\n```").expect("a block ends");
        let line = page[..page.len() - rest.len() + before.len()].lines().count() + 1;
        blocks.push(Block { language, text, line });
        rest = after;
    }
    blocks
}

/// The page without its blocks of code.
fn prose(page: &str) -> String {
    let parts: Vec<_> = page.split("\n```").collect();
    parts.iter().step_by(2).copied().collect::<Vec<_>>().join("\n")
}

fn schema() -> Valid<Schema> {
    Schema::parse_and_validate(page("schema.graphql"), "schema.graphql").unwrap()
}

/// The values of an enum of the schema, or the fields of an object.
fn members(schema: &Schema, name: &str) -> Vec<String> {
    match &schema.types[name] {
        ExtendedType::Enum(values) => values.values.keys().map(ToString::to_string).collect(),
        ExtendedType::Object(object) => object.fields.keys().map(ToString::to_string).collect(),
        other => panic!("{name} is {other:?}"),
    }
}

/// Whether a line of output has what a line of the page shows: its parts between `…`, in their order.
fn shows(line: &str, shown: &str) -> bool {
    let mut rest = line;
    shown.split('…').all(|part| match rest.find(part) {
        None => false,
        Some(place) => {
            rest = &rest[place + part.len()..];
            true
        }
    })
}

/// All that a response refuses: the codes at its top, and those of `userErrors` anywhere in it.
fn refusals(response: &Json, codes: &mut BTreeSet<String>) {
    let code = |error: &Json| error["extensions"]["code"].as_str().or(error["code"].as_str()).map(str::to_owned);
    match response {
        Json::Object(members) => {
            for (name, value) in members {
                match value.as_array().filter(|_| ["errors", "userErrors"].contains(&name.as_str())) {
                    Some(errors) => codes.extend(errors.iter().map(|error| code(error).expect("an error has a code"))),
                    None => refusals(value, codes),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| refusals(item, codes)),
        _ => {}
    }
}

/// What is wrong with what a block printed, by what the page shows of it.
fn wrong_with(output: &str, shown: &str) -> Option<String> {
    let mut lines = output.lines();
    if let Some(missing) = shown.lines().find(|shown| !lines.any(|line| shows(line, shown))) {
        return Some(format!("it does not print {missing}"));
    }
    let mut codes = BTreeSet::new();
    for line in output.lines().map(|line| line.trim_start_matches("data: ")).filter(|line| line.starts_with('{')) {
        match serde_json::from_str(line) {
            Ok(response) => refusals(&response, &mut codes),
            Err(error) => return Some(format!("it prints JSON that ends early ({error})")),
        }
    }
    let unannounced = codes.into_iter().find(|code| !shown.contains(&format!("\"code\":\"{code}\"")));
    unannounced.map(|code| format!("it is refused with {code}, which the page does not show"))
}

/// Runs the commands of a page in one shell.
fn run(name: &str, folder: &Path, address: SocketAddr, metrics: SocketAddr) {
    let text = page(name);
    let blocks = blocks(&text);
    let commands: Vec<_> = blocks.iter().enumerate().filter(|(_, block)| block.language == "sh").collect();
    let mut script = PREAMBLE.to_owned();
    for (_, block) in &commands {
        script.push_str(&format!("{}\necho; echo '{END_OF_BLOCK}'\n", block.text));
    }
    script.push_str("kill $GUARD\n");
    let script = script.replace("127.0.0.1:8000", &address.to_string());
    let script = script.replace("127.0.0.1:9100", &metrics.to_string());
    let programs = Path::new(env!("CARGO_BIN_EXE_tidepool")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-euc", &script]).current_dir(folder).env("PATH", path).env_remove("DATABASE_URL");
    let output = shell.output().unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let outputs: Vec<_> = printed.split(END_OF_BLOCK).collect();
    for ((place, block), output) in commands.iter().zip(&outputs) {
        let shown = blocks.get(place + 1).filter(|next| next.language == "text").map_or("", |next| next.text);
        if let Some(wrong) = wrong_with(output, shown) {
            panic!("{name}:{}: {wrong}; it prints\n{output}\n{errors}", block.line);
        }
    }
    assert!(output.status.success(), "{name}: {}\n{printed}\n{errors}", output.status);
    assert_eq!(outputs.len(), commands.len() + 1, "{name}: {printed}\n{errors}");
}

#[test]
fn examples_print_what_the_pages_show() {
    let folder = Folder::new("docs");
    let data = folder.0.join("data");
    fs::create_dir(&data).unwrap();
    let server = ServerProcess::start_with(&data, &["--demo", "--metrics-listen", "127.0.0.1:0"]);
    let metrics = server.metrics.unwrap();
    for name in RUN {
        run(name, &folder.0, server.address, metrics);
    }
    let admin = server.sign_in("admin@tidepool.example");
    check_conditions(&server, &admin);
    check_permissions(&server, &admin);
    check_metrics(metrics);
}

/// Each condition is one that a rule can have.
fn check_conditions(server: &ServerProcess, admin: &str) {
    let text = page("docs/administration.md");
    let conditions: Vec<_> = blocks(&text).into_iter().filter(|block| block.language == "cel").collect();
    let conditions: Vec<_> = conditions.iter().flat_map(|block| block.text.lines()).collect();
    assert!(!conditions.is_empty());
    for condition in conditions {
        let query = format!("{{ previewPoolRule(condition: {}) {{ userErrors {{ message }} }} }}", json!(condition));
        let response = server.ask(admin, &query);
        assert_eq!(response["data"]["previewPoolRule"]["userErrors"], json!([]), "{condition}: {response}");
    }
}

/// The table of permissions has each permission with exactly the scopes that it can have.
fn check_permissions(server: &ServerProcess, admin: &str) {
    let text = page("docs/administration.md");
    let (_, table) = text.split_once("\n### Permissions\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> =
        table.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').collect()).collect();
    let rows = rows.iter().map(|row: &Vec<&str>| (words(row[1])[0].clone(), words(row[2])[0].clone(), words(row[4])));
    let rows: Vec<_> = rows.collect();
    for line in page("casbin/policy.csv").lines().filter(|line| line.starts_with("p, ")) {
        let [_, _, resource, action, _] = line.split(", ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(
            rows.iter().any(|row| row.0 == resource && row.1 == action),
            "{resource}, {action} is not in the table"
        );
    }
    let role = "mutation { saveRole(input: {name: \"documented\", titleEn: \"D\", titleZh: \"D\"}) { done } }";
    assert_eq!(server.ask(admin, role)["data"]["saveRole"]["done"], true);
    let scopes = members(&schema(), "Scope");
    for (resource, action, documented) in rows {
        let grants = scopes.iter().map(|scope| {
            let scope = scope.to_lowercase();
            format!(
                "{scope}: grantPermission(input: {{role: \"documented\", resource: \"{resource}\", action: \"{action}\", \
                 scope: \"{scope}\"}}) {{ done }} "
            )
        });
        let response = server.ask(admin, &format!("mutation {{ {} }}", grants.collect::<String>()));
        let accepted = response["data"].as_object().unwrap_or_else(|| panic!("{response}"));
        let accepted: BTreeSet<_> =
            accepted.iter().filter(|(_, payload)| payload["done"] == true).map(|(scope, _)| scope.clone()).collect();
        assert_eq!(documented.into_iter().collect::<BTreeSet<_>>(), accepted, "{resource}, {action}");
    }
}

/// Each metric that the server exports is documented.
fn check_metrics(address: SocketAddr) {
    let metrics = try_send(address, "GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let text = page("docs/operations.md");
    let names = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let undocumented: Vec<_> = names.filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(metrics.contains("# TYPE ") && undocumented.is_empty(), "{undocumented:?}: {metrics}");
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match promtool.spawn() {
        Ok(mut promtool) => {
            let (_, page) = metrics.split_once("\r\n\r\n").unwrap();
            promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
            let output = promtool.wait_with_output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        }
        Err(_) => skipped("promtool is missing"),
    }
}

/// What alerts and the dashboard ask for is exported, and their rules can be read.
#[test]
fn alerts_and_the_dashboard_use_metrics_that_exist() {
    let documented = page("docs/operations.md");
    for file in ["docker/prometheus/alerts.yaml", "docker/grafana/dashboard.json"] {
        let text = page(file);
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let names: BTreeSet<_> = words.filter(|word| word.starts_with("tidepool_")).collect();
        assert!(names.len() > 5, "{file}");
        for name in names {
            let name = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(documented.contains(&format!("`{name}`")), "{file} asks for {name}");
        }
    }
    serde_json::from_str::<Json>(&page("docker/grafana/dashboard.json")).unwrap();
    match Command::new("promtool").args(["check", "rules"]).arg(root().join("docker/prometheus/alerts.yaml")).output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => skipped("promtool is missing"),
    }
}

#[test]
fn graphql_and_json_blocks_are_valid() {
    let schema = schema();
    let mut count = 0;
    for name in pages() {
        let text = page(&name);
        for Block { language, text, line } in blocks(&text) {
            let wrong = match language {
                "graphql" => {
                    ExecutableDocument::parse_and_validate(&schema, text, &name).err().map(|it| it.to_string())
                }
                "json" => serde_json::from_str::<Json>(text).err().map(|it| it.to_string()),
                "sh" | "text" | "cel" | "console" | "python" | "ini" | "" => continue,
                other => panic!("{name}:{line}: a block of {other} is neither run nor checked"),
            };
            assert_eq!(wrong, None, "{name}:{line}");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn codes_settings_scopes_and_flags_are_documented() {
    let schema = schema();
    let has = |name: &str, words: Vec<String>| {
        let text = page(name);
        let missing: Vec<_> = words.into_iter().filter(|word| !text.contains(&format!("`{word}`"))).collect();
        assert_eq!(missing, [""; 0], "{name} does not name them");
    };
    has("docs/api.md", members(&schema, "UserErrorCode"));
    has("docs/api.md", members(&schema, "PoolEventKind"));
    has("docs/administration.md", members(&schema, "Scope").iter().map(|name| name.to_lowercase()).collect());
    has("docs/administration.md", members(&schema, "Resource").iter().map(|name| name.to_lowercase()).collect());
    has("docs/administration.md", members(&schema, "PoolRuleAction"));
    has("docs/administration.md", members(&schema, "DepartureGroup"));
    let settings = members(&schema, "Settings").into_iter().filter(|name| name != "version");
    has("docs/administration.md", settings.collect());
    has("docs/operations.md", flags_of(&["serve"]));
}

/// The flags of a command, and the variables that mean the same.
fn flags_of(command: &[&str]) -> Vec<String> {
    let help = Command::new(env!("CARGO_BIN_EXE_tidepool")).args(command).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let flags = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let flags = flags.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    let flags: BTreeSet<_> = flags.filter(|flag| *flag != "--help").map(str::to_owned).collect();
    let variables = help.split("[env: ").skip(1).map(|rest| rest.split(['=', ']']).next().unwrap().to_owned());
    let all: Vec<_> = flags.into_iter().chain(variables).collect();
    assert!(!all.is_empty(), "{help}");
    all
}

#[test]
fn each_command_is_documented_with_its_flags() {
    let text: String = pages().iter().map(|name| page(name)).collect();
    let commands =
        ["bi-user", "create-admin", "reset-password", "import", "run-job", "seed", "migrate", "schema", "serve"];
    for command in commands {
        for word in flags_of(&[command]).into_iter().chain([format!("`{command}`")]) {
            assert!(text.contains(&word), "no page names {word} of {command}");
        }
    }
}

#[test]
fn links_resolve() {
    let mut wrong = Vec::new();
    for name in pages() {
        let text = prose(&page(&name));
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(&name).parent().unwrap();
            let target = if target.is_empty() { name.clone() } else { resolved(&folder.join(target)) };
            let is_there = root().join(&target).exists();
            if !is_there || !anchor.is_empty() && !anchors(&page(&target)).contains(anchor) {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "they do not resolve");
}

/// A path without `..`.
fn resolved(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().collect::<PathBuf>().to_str().unwrap().to_owned()
}

/// The anchors of a page: its headings in lower case, with hyphens for blanks and without signs.
fn anchors(page: &str) -> BTreeSet<String> {
    let text = prose(page);
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let letters = heading.to_lowercase().replace(' ', "-");
        letters.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn the_readme_is_short() {
    let lines = page("README.md").lines().count();
    assert!(lines <= README_LINES, "the README has {lines} lines; move details to docs/");
}

/// Each threat of the table names files with tests: those of `tests/api`, or unit tests of `src`.
#[test]
fn each_threat_names_tests_that_exist() {
    let text = page("docs/security.md");
    let (_, table) = text.split_once("\n| --- | --- | --- |\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let mut count = 0;
    for row in table.lines() {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        let [_, _, tests] = cells[..] else { panic!("{row}") };
        let mut named = 0;
        for part in tests.split(", ") {
            let folder = if part.trim().starts_with("unit tests of") { "src" } else { "tests/api" };
            for file in part.split('`').skip(1).step_by(2).filter(|span| span.ends_with(".rs")) {
                let code = page(&format!("{folder}/{file}"));
                let has_test = ["#[test]", "#[tokio::test"].iter().any(|mark| code.contains(mark));
                assert!(has_test, "{folder}/{file} has no test: {row}");
                named += 1;
            }
        }
        assert!(named > 0, "{row}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn files_that_the_architecture_names_exist() {
    let prose = prose(&page("ARCHITECTURE.md"));
    let spans = prose.split('`').skip(1).step_by(2);
    let is_path = |span: &&str| span.contains('/') && !span.contains(' ');
    let named: Vec<_> = spans.filter(is_path).collect();
    assert!(named.len() > 10, "{named:?}");
    let missing: Vec<_> =
        named.iter().filter(|path| !["", "src"].iter().any(|above| root().join(above).join(path).exists())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The manual's table of metrics is made of the same entries as the figures themselves.
#[test]
fn the_metrics_of_the_manual_are_those_of_the_figures() {
    const ENDS: [&str; 2] = ["<!-- metrics -->\n", "<!-- end of metrics -->"];
    let mut table =
        String::from("\n| metric | what it is | formula | unit | adds |\n| --- | --- | --- | --- | --- |\n");
    for metric in tidepool::crm::analysis::metrics() {
        let formula = metric.formula.replace('|', "\\|");
        table += &format!(
            "| `{}` | {} | `{formula}` | {} | {} |\n",
            metric.name, metric.definition, metric.unit, metric.additivity
        );
    }
    table += "\n";
    let text = page("docs/analytics.md");
    let (before, rest) = text.split_once(ENDS[0]).unwrap();
    let (there, after) = rest.split_once(ENDS[1]).unwrap();
    if there != table && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let text = format!("{before}{}{table}{}{after}", ENDS[0], ENDS[1]);
        return fs::write(root().join("docs/analytics.md"), text).unwrap();
    }
    assert_eq!(there, table, "docs/analytics.md is stale: run this test with INSTA_UPDATE=always");
}
