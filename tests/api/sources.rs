//! The rules that the sources keep: what may use what, and where SQL and axum may stand.

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up: a module uses those of its own row and of the rows before it.
const LAYERS: [&[&str]; 6] = [
    &["access", "actor", "clock", "directory", "duration", "error", "event", "id", "money", "scalar", "sql", "text"],
    &["config", "op", "app", "feed", "read", "metrics"],
    &[
        "people",
        "absence",
        "customer",
        "contact",
        "operation",
        "extra",
        "setting",
        "notification",
        "product",
        "opportunity",
        "followup",
        "order",
        "feedback",
        "timeline",
        "import",
        "rule",
        "webhook",
    ],
    &["seed", "embedded", "jobs"],
    &["graphql"],
    &["http"],
];

/// What `app` and `op` know of the things above them: the cache of sessions, and how to install a policy.
const EXCEPTIONS: [(&str, &str); 1] = [("app", "people")];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// The module at the top that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The text without what is only for its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn imports_point_down() {
    let layer = |name: &str| LAYERS.iter().position(|row| row.contains(&name));
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let from = module(&path);
        let Some(own) = layer(&from) else { continue };
        for line in code(&text).lines().filter(|line| !line.trim_start().starts_with("//")) {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                let allowed = EXCEPTIONS.contains(&(from.as_str(), used.as_str()));
                if layer(&used).is_some_and(|other| other > own) && !allowed {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sql_and_axum_stand_where_they_belong() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let may_sql = ["store.rs", "read.rs", "sql.rs", "app.rs"].contains(&name.as_str())
            || ["read", "rule", "seed", "embedded", "access"].contains(&module(&path).as_str());
        for line in code(&text).lines() {
            if line.contains("sqlx::query") && !may_sql {
                wrong.push(format!("{}: {}", path.display(), line.trim()));
            }
            if line.contains("axum::") && !["http", "graphql", "main"].contains(&module(&path).as_str()) {
                wrong.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_decides_by_the_name_of_a_role() {
    for (path, text) in sources() {
        if ["seed", "access"].contains(&module(&path).as_str()) || path.ends_with("people/installation.rs") {
            continue;
        }
        for role in ["\"sales\"", "\"manager\"", "\"hr\"", "\"service\"", "\"marketing\"", "\"analyst\"", "\"admin\""] {
            let found = code(&text)
                .lines()
                .find(|line| line.contains(role) && !line.contains("Edge::") && !line.trim_start().starts_with("//"));
            assert!(found.is_none(), "{}: {}", path.display(), found.unwrap_or_default());
        }
    }
}
