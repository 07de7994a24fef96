//! Rules for source files: which room may use which, no circle of files, where SQL and axum may stand, and how long a
//! file may be.

mod imports;
mod messages;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use imports::Imports;

/// The rooms of `src/`, floor by floor from the bottom: a file uses its own room, and rooms on lower floors.
const FLOORS: [&[&str]; 7] =
    [&["kernel"], &["crm"], &["seed", "jobs"], &["api"], &["server"], &["console.rs"], &["main.rs"]];

/// The maximum number of lines of a file. A longer file has two subjects.
const MOST_LINES: usize = 500;

/// A source file: its path below `src/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap()
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// The text without its tests and comments.
    fn code(&self) -> String {
        imports::code(&self.text)
    }
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    paths.sort();
    let source = |path: PathBuf| Source {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(&path).unwrap(),
    };
    paths.into_iter().map(source).collect()
}

fn imports_of(sources: &[Source]) -> Imports {
    Imports::of(sources.iter().map(|source| (source.path.as_str(), source.text.as_str())))
}

/// The imports that point up, or sideways into another room of the same floor.
fn imports_that_point_up(sources: &[Source]) -> Vec<String> {
    let floor = |path: &str| {
        let room = path.split('/').next().unwrap();
        FLOORS.iter().position(|rooms| rooms.contains(&room)).map(|floor| (floor, room.to_owned()))
    };
    let imports = imports_of(sources);
    let mut wrong = Vec::new();
    for (from, to, named) in imports.all() {
        // The table of contents names every room.
        let (Some((own, own_room)), Some((other, room))) = (floor(from), floor(to)) else { continue };
        if own_room != room && other >= own {
            wrong.push(format!("{from} uses {named} of {to}"));
        }
    }
    wrong
}

fn wrong_sql_and_axum(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        let may_query = ["store.rs", "read.rs"].contains(&source.name())
            || ["kernel/read/", "crm/rule/", "seed/"].iter().any(|folder| source.path.starts_with(folder))
            || ["kernel/sql.rs", "kernel/embedded.rs"].contains(&source.path.as_str());
        let may_axum = ["server", "main.rs", "console.rs"].contains(&source.room());
        for line in source.code().lines() {
            if (line.contains("sqlx::query") && !may_query) || (line.contains("axum::") && !may_axum) {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    wrong
}

/// What is written in one way only: a phrase, and the file that may have it.
const PHRASES: [(&str, &str); 2] = [
    // A transaction whose beginning is cancelled stays open.
    (".begin().await", "kernel/transaction.rs"),
    // The error of a field that may be null is the field's own: `Option<Resolved<…>>`.
    ("Resolved<Option<", ""),
];

fn wrong_phrases(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        for (phrase, _) in PHRASES.iter().filter(|(_, allowed)| source.path != *allowed) {
            let lines =
                source.text.lines().filter(|line| line.contains(phrase) && !line.trim_start().starts_with("//"));
            wrong.extend(lines.map(|line| format!("{}: {}", source.path, line.trim())));
        }
    }
    wrong
}

fn files_that_are_too_long(sources: &[Source]) -> Vec<String> {
    let length = |source: &Source| (source.path.clone(), source.text.lines().count());
    sources
        .iter()
        .map(length)
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect()
}

#[test]
fn every_file_is_in_a_room() {
    let rooms: HashSet<&str> = FLOORS.iter().flat_map(|rooms| rooms.iter().copied()).collect();
    let sources = sources();
    let outside = sources.iter().filter(|source| source.path != "lib.rs" && !rooms.contains(source.room()));
    assert_eq!(outside.map(|source| &source.path).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn imports_point_down() {
    assert_eq!(imports_that_point_up(&sources()), [""; 0]);
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let circles = imports_of(&sources()).circles();
    assert!(circles.is_empty(), "{}", circles.join("\n\n"));
}

#[test]
fn only_the_allowed_files_use_sql_and_axum() {
    assert_eq!(wrong_sql_and_axum(&sources()), [""; 0]);
}

#[test]
fn phrases_stand_only_where_they_may() {
    assert_eq!(wrong_phrases(&sources()), [""; 0]);
}

#[test]
fn no_file_is_too_long() {
    assert_eq!(files_that_are_too_long(&sources()), [""; 0]);
}

/// Each rule finds a violation in an example.
#[test]
fn each_rule_of_the_sources_finds_a_violation() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let tree = [
        source("kernel/id.rs", "use crate::crm::people::User;\npub struct Id;\n"),
        source("crm/mod.rs", "pub mod people;\n"),
        source("crm/people/mod.rs", "pub mod store;\nuse store::Row;\npub struct User(Row);\n"),
        source("crm/people/store.rs", "use super::User;\npub struct Row;\nfn row(_: User) {}\n"),
        source("jobs/mod.rs", "fn run() { crate::seed::fill(axum::body::Body::empty()) }\n"),
        source("seed/mod.rs", "pub fn fill() {}\n"),
        source("crm/people/edit.rs", "fn save() { sqlx::query!(\"select 1\") }\n"),
        source("crm/people/long.rs", &"//\n".repeat(MOST_LINES + 1)),
    ];
    assert_eq!(
        imports_that_point_up(&tree),
        [
            "jobs/mod.rs uses crate::seed::fill of seed/mod.rs",
            "kernel/id.rs uses crate::crm::people::User of crm/people/mod.rs"
        ]
    );
    let circles = imports_of(&tree).circles();
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(circles[0].contains("crm/people/store.rs -> crm/people/mod.rs (super::User)"), "{circles:?}");
    assert_eq!(
        wrong_sql_and_axum(&tree),
        [
            "jobs/mod.rs: fn run() { crate::seed::fill(axum::body::Body::empty()) }",
            "crm/people/edit.rs: fn save() { sqlx::query!(\"\") }",
        ]
    );
    assert_eq!(files_that_are_too_long(&tree), ["crm/people/long.rs: 501 lines"]);
    let begins = [source("crm/people/edit.rs", "fn save() {\n    let transaction = db.begin().await?;\n}\n")];
    assert_eq!(wrong_phrases(&begins), ["crm/people/edit.rs: let transaction = db.begin().await?;"]);
}

#[test]
fn no_code_decides_by_the_name_of_a_role() {
    for source in sources() {
        if source.room() == "seed"
            || source.path.starts_with("kernel/access/")
            || source.path == "crm/people/installation.rs"
        {
            continue;
        }
        for role in ["\"sales\"", "\"manager\"", "\"hr\"", "\"service\"", "\"marketing\"", "\"analyst\"", "\"admin\""] {
            let code = source.text.split("#[cfg(test)]").next().unwrap();
            let found = code
                .lines()
                .find(|line| line.contains(role) && !line.contains("Edge::") && !line.trim_start().starts_with("//"));
            assert!(found.is_none(), "{}: {}", source.path, found.unwrap_or_default());
        }
    }
}
