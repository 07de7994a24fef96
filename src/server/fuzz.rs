//! What strange inputs must not do: panic, or be read differently the second time. The targets of `fuzz/` call these
//! functions with inputs that a fuzzer finds, and the tests below with mutations of the same corpora.

use std::io::{Seek, Write};
use std::sync::{Arc, LazyLock};

use apollo_compiler::request::coerce_variable_values;
use serde_json::{Value as Json, json};

use super::document::{self, SCHEMA};
use crate::api::base::catalog::CATALOG;
use crate::crm::customer::PLACEHOLDERS;
use crate::crm::import::file;
use crate::crm::rule::condition::Condition;
use crate::kernel::access::{CATALOGUE, Grants, Rights, Scopes};
use crate::kernel::config::Limits;
use crate::kernel::directory::Directory;
use crate::kernel::error::Language;
use crate::kernel::id;
use crate::kernel::read::{Planner, Variables, Viewpoint};
use crate::kernel::sql::Binds;

/// The most characters that a cell of a file has; longer ones are shortened.
const MOST_OF_CELL: usize = 2_000;

static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

/// A viewer with every permission in every scope, so that every predicate is written.
static VIEWPOINT: LazyLock<Viewpoint> = LazyLock::new(|| {
    let scopes = |scopes: &[_]| scopes.iter().fold(Scopes::NONE, |all, &scope| all.with(scope));
    let grants: Grants = CATALOGUE.iter().map(|entry| (entry.permission, scopes(entry.scopes))).collect();
    Viewpoint {
        rights: Arc::new(Rights { grants: Arc::new(grants), ..Rights::of_nobody() }),
        now: chrono::DateTime::UNIX_EPOCH,
        directory: Arc::new(Directory::empty()),
        placeholders: PLACEHOLDERS,
    }
});

/// A document: it is refused, or it is planned, twice in the same way.
pub fn document(text: &str) {
    let plan = || planned(text, &Json::Null);
    assert_eq!(plan(), plan(), "{text}");
}

/// The filter of a list, as JSON.
pub fn filter(text: &str) {
    let Ok(filter) = serde_json::from_str::<Json>(text) else { return };
    let query =
        "query($filter: CustomerFilter) { customers(first: 1, filter: $filter) { totalCount edges { node { id } } } }";
    let plan = || planned(query, &json!({"filter": filter}));
    assert_eq!(plan(), plan(), "{text}");
}

/// A cursor, in lists of different orders.
pub fn cursor(text: &str) {
    for order in ["CREATED_AT_ASC", "NAME_DESC"] {
        let query = format!(
            "query($after: String) {{ customers(first: 1, after: $after, orderBy: {order}) {{ edges {{ cursor }} }} }}"
        );
        planned(&query, &json!({"after": text}));
    }
}

/// An id: each has one text.
pub fn id(text: &str) {
    if let Ok((kind, uuid)) = id::parse(text) {
        assert_eq!(format!("{kind}_{uuid}"), text);
    }
    planned("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", &json!({"id": text}));
}

/// The condition of a pool rule: it is refused, or compiled, and then each dollar sign of the SQL begins a placeholder.
pub fn condition(text: &str) {
    for workdays in [false, true] {
        let Ok(condition) = Condition::parse(text, workdays, &VIEWPOINT.directory) else { continue };
        let mut binds = Binds::default();
        let sql = condition.predicate(&VIEWPOINT.directory, "c", "now", &mut binds);
        let sql = sql.unwrap_or_else(|_| panic!("{text:?} was valid before"));
        binds.used_by(&sql);
        let _ = condition.instant(&VIEWPOINT.directory, "c", "now", &mut Binds::default());
    }
}

/// A file of customers: its rows are within their limits.
pub fn file(bytes: &[u8]) {
    let Ok(mut disk) = tempfile::tempfile() else { return };
    if disk.write_all(bytes).and_then(|()| disk.rewind()).is_err() {
        return;
    }
    let mut last = 0;
    let mut on_row = |row: file::Row| {
        assert!(row.number > last, "rows come in their order");
        last = row.number;
        for cell in &row.cells {
            assert!(cell.chars().count() <= MOST_OF_CELL);
            assert!(!cell.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')), "{cell:?}");
        }
        true
    };
    // Whether it can be read does not matter.
    let how = file::HowToRead { sheet: None, encoding: None, count_columns: &|_| 1 };
    let _ = file::read(disk, &how, &mut |_| {}, &mut on_row);
}

/// How long the statement of a request is, or `None` if the request is refused.
fn planned(text: &str, given: &Json) -> Option<usize> {
    let prepared = document::prepare(text, &LIMITS, Language::English).ok()?;
    let operation = prepared.document.operations.get(None).ok()?;
    if !operation.is_query() {
        return None;
    }
    let given = given.as_object().cloned().unwrap_or_default();
    let given = given.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let variables = coerce_variable_values(&SCHEMA, operation, &given).ok()?;
    let variables: Variables = variables.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    let planner = Planner::new(&CATALOG, &prepared.document, &variables, &VIEWPOINT, LIMITS.page_size);
    let (plan, _) = planner.query(operation, &[]).ok()?;
    plan.fill(&VIEWPOINT, &variables).ok()?;
    Some(plan.size())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use fastrand::Rng;

    use super::*;

    /// The inputs that the fuzzer of a target begins with.
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty());
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// Gives each input of a corpus, and mutations of it, to a function.
    fn try_all(target: &str, mutations: usize, try_one: impl Fn(&[u8])) {
        let seeds = corpus(target);
        seeds.iter().for_each(|seed| try_one(seed));
        let mut rng = Rng::with_seed(7);
        for _ in 0..mutations {
            let mut input = seeds[rng.usize(..seeds.len())].clone();
            for _ in 0..rng.usize(1..5) {
                mutate(&mut input, &seeds, &mut rng);
            }
            try_one(&input);
        }
    }

    fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
        const ODD: [&[u8]; 12] = [
            b"\0",
            b"\"",
            b"\\u{0}",
            b"{",
            b"}",
            b"(",
            b"-",
            b"99999999999999999999",
            b"null",
            b"\xff",
            b"$",
            b"\xef\xbc\x9d",
        ];
        let place = rng.usize(..=input.len());
        match rng.u8(..5) {
            0 => input.splice(place..place, ODD[rng.usize(..ODD.len())].iter().copied()).for_each(drop),
            1 if place < input.len() => input[place] = rng.u8(..),
            2 => input.truncate(place),
            3 => {
                let other = &seeds[rng.usize(..seeds.len())];
                let from = rng.usize(..=other.len());
                input.splice(place..place, other[from..].iter().copied()).for_each(drop);
            }
            _ => {
                let end = (place + rng.usize(..40)).min(input.len());
                input.drain(place..end).for_each(drop);
            }
        }
        input.truncate(8_000);
    }

    fn try_texts(target: &str, mutations: usize, try_one: fn(&str)) {
        try_all(target, mutations, |bytes| try_one(&String::from_utf8_lossy(bytes)));
    }

    #[test]
    fn mutated_documents_are_refused_or_planned() {
        try_texts("document", 400, document);
    }

    #[test]
    fn mutated_filters_are_refused_or_planned() {
        try_texts("filter", 600, filter);
    }

    #[test]
    fn mutated_cursors_are_refused_or_read() {
        try_texts("cursor", 300, cursor);
    }

    #[test]
    fn mutated_ids_are_refused_or_read() {
        try_texts("id", 300, id);
    }

    #[test]
    fn mutated_conditions_are_refused_or_compiled() {
        try_texts("condition", 2_000, condition);
    }

    #[test]
    fn mutated_files_are_refused_or_read_within_their_limits() {
        try_all("file", 300, file);
    }

    #[test]
    fn the_corpora_have_inputs_that_are_accepted() {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        assert!(corpus("document").iter().any(|seed| planned(&text(seed), &Json::Null).is_some()));
        let is_valid = |seed: &Vec<u8>| Condition::parse(&text(seed), false, &VIEWPOINT.directory).is_ok();
        assert!(corpus("condition").iter().any(is_valid));
    }
}
