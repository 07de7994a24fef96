//! Small files as people have them, each with an expectation beside it that was written by hand: what a person sees who
//! opens the file, or why it is refused. The folder has the files; `make.py` there writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::crm::import::marketing;
use crate::support::{Person, World};

const CUSTOMERS: &str = "select coalesce(string_agg(t, e'\\n' order by t), '') from (
    select '= ' || c.name || coalesce(' ' || c.credit_code, '') || coalesce(' (' || replace(c.source_detail, e'\\n', '⏎') || ')', '')
           || coalesce(' <- ' || (select string_agg(concat_ws(' ', k.name, nullif(array_to_string(k.phones, ','), ''),
                                                              nullif(array_to_string(k.emails, ','), '')), ' & ' order by k.name)
                                  from contact k where k.customer_id = c.id), '')
           || coalesce(' {' || (select string_agg(x.key || '=' || coalesce(x.text_value, trim_scale(x.number_value)::text,
                                                                          x.boolean_value::text, x.date_value::text), ',' order by x.key)
                                from customer_extra x where x.customer_id = c.id) || '}', '') as t
    from customer c) every";

/// The rows of an import, a line each: number, outcome, cells and problems.
async fn rows(person: &Person, id: &str) -> String {
    let query = "query($id: ID!) { import(id: $id) { sheet encoding rows(first: 100) { edges { node {
                   number outcome cells problems { column messageEn } } } } } }";
    let import = person.data(query, json!({"id": id})).await["import"].clone();
    let mut text = String::new();
    for (name, value) in [("sheet", &import["sheet"]), ("encoding", &import["encoding"])] {
        if let Some(value) = value.as_str() {
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    for edge in import["rows"]["edges"].as_array().unwrap() {
        let row = &edge["node"];
        let cells = row["cells"].as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().replace('\n', "⏎"));
        let mut cells: Vec<_> = cells.collect();
        cells.truncate(cells.iter().rposition(|cell| !cell.is_empty()).map_or(1, |last| last + 1));
        write!(text, "{} {} | {}", row["number"], row["outcome"].as_str().unwrap(), cells.join(" | ")).unwrap();
        for problem in row["problems"].as_array().unwrap() {
            let column = problem["column"].as_str().map(|column| format!("{column}: ")).unwrap_or_default();
            write!(text, " ! {column}{}", problem["messageEn"].as_str().unwrap()).unwrap();
        }
        text.push('\n');
    }
    text
}

/// What becomes of a file, in the form of the expectations.
async fn result(world: &World, person: &Person, path: &Path, expected: &str) -> String {
    let mut input = json!({"source": "EXHIBITION"});
    if let Some(given) = expected.lines().find_map(|line| line.strip_prefix("input: ")) {
        let given: Json = serde_json::from_str(given).unwrap();
        input.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
    }
    let name = path.file_name().unwrap().to_str().unwrap();
    let payload = person.upload(name, &fs::read(path).unwrap(), input).await;
    let Some(id) = payload["import"]["id"].as_str() else {
        let error = &payload["userErrors"][0];
        return format!("refused: {} {}\n", error["path"], error["message"].as_str().unwrap());
    };
    let mut text = rows(person, id).await;
    if expected.contains("\n= ") {
        person.run_import(id).await;
        writeln!(text, "{}", world.sql::<String>(CUSTOMERS).await).unwrap();
    }
    text
}

#[tokio::test]
async fn files_are_read_as_people_see_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/crm/import_files");
    let mut expectations: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    expectations.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    expectations.sort();
    assert!(expectations.len() >= 60, "{}", expectations.len());
    let only_read = World::new().await;
    let mei = marketing(&only_read).await;
    let mut differences = String::new();
    for path in &expectations {
        let expected = fs::read_to_string(path).unwrap();
        let wanted = expected.lines().filter(|line| !line.starts_with(['#']) && !line.starts_with("input: "));
        let wanted: Vec<_> = wanted.collect();
        let file = path.with_extension("");
        let found = if expected.contains("\n= ") {
            let world = World::new().await;
            result(&world, &marketing(&world).await, &file, &expected).await
        } else {
            result(&only_read, &mei, &file, &expected).await
        };
        // Text files say their encoding only where it matters.
        let says_encoding = wanted.iter().any(|line| line.starts_with("encoding: "));
        let found: Vec<_> = found.lines().filter(|line| says_encoding || !line.starts_with("encoding: ")).collect();
        if found != wanted {
            let name = file.file_name().unwrap().to_str().unwrap();
            write!(differences, "--- {name}\nwanted:\n{}\nfound:\n{}\n", wanted.join("\n"), found.join("\n")).unwrap();
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}
