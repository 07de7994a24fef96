//! Small files as people have them, each with an expectation beside it that was written by hand: what a person sees who
//! opens the file, or why it is refused. The folder has the files; `make.py` there writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::crm::import::marketing;
use crate::crm::moving_in::moved_in;
use crate::crm::moving_in_sales::PRODUCTS;
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

/// What files of other kinds wrote.
const RECORDS: [(&str, &str); 5] = [
    (
        "CONTACTS",
        "select '= ' || c.name || ' <- ' || concat_ws(' ', k.name, k.title, nullif(array_to_string(k.phones, ','), ''),
                                                    nullif(array_to_string(k.emails, ','), '')) as t
         from contact k join customer c on c.id = k.customer_id",
    ),
    (
        "PRODUCTS",
        "select '= ' || concat_ws(' ', sku, name, category, unit, unit_price, currency) || case when active then '' else ' (not sold)' end as t
         from product",
    ),
    (
        "OPPORTUNITIES",
        "select '= ' || concat_ws(' ', c.name, u.name, o.stage, o.amount, o.currency, o.probability || '%', o.close_date, o.lost_reason, o.lost_remark, o.name, o.note) || ': '
                || (select string_agg(h.stage || to_char(h.valid_from at time zone 'Asia/Shanghai', ' YYYY-MM-DD'), ', ' order by h.valid_from)
                    from opportunity_history h where h.opportunity_id = o.id) as t
         from sales_opportunity o join customer c on c.id = o.customer_id join app_user u on u.id = o.owner_user_id",
    ),
    (
        "ORDERS",
        "select '= ' || concat_ws(' ', o.order_no, c.name, s.name, o.status, o.total_amount, o.paid_amount, o.currency) || ': '
                || (select string_agg(p.sku || ' ' || trim_scale(l.quantity) || ' x ' || l.unit_price || ' - ' || l.discount, ', ' order by l.position)
                    from order_product l join product p on p.id = l.product_id where l.order_id = o.id) || '; '
                || (select string_agg(concat_ws(' ', h.action, (select abs(p.amount) from payment p where p.id = h.payment_id), to_char(h.at at time zone 'Asia/Shanghai', 'YYYY-MM-DD')), ', ' order by h.at, h.id)
                    from order_history h where h.order_id = o.id) as t
         from sales_order o join customer c on c.id = o.customer_id join app_user s on s.id = o.sold_by_user_id",
    ),
    (
        "FOLLOW_UPS",
        "select '= ' || concat_ws(' ', c.name, u.name, f.channel, to_char(f.at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'),
                                 replace(f.content, e'\n', '⏎')) as t
         from followup f join customer c on c.id = f.customer_id join app_user u on u.id = f.author_user_id
         where f.content not like '导入前%'",
    ),
];

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
async fn result(world: &World, person: &Person, kind: Option<&str>, path: &Path, expected: &str) -> String {
    let mut input = if kind.is_some() { json!({}) } else { json!({"source": "EXHIBITION"}) };
    if let Some(given) = expected.lines().find_map(|line| line.strip_prefix("input: ")) {
        let given: Json = serde_json::from_str(given).unwrap();
        input.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
    }
    let name = path.file_name().unwrap().to_str().unwrap();
    let file = fs::read(path).unwrap();
    let payload = match kind {
        None => person.upload(name, &file, input).await,
        Some(kind) => person.upload_records(kind, name, &file, input).await,
    };
    let Some(id) = payload["import"]["id"].as_str() else {
        let error = &payload["userErrors"][0];
        return format!("refused: {} {}\n", error["path"], error["message"].as_str().unwrap());
    };
    let mut text = rows(person, id).await;
    if expected.contains("\n= ") {
        person.run_import(id).await;
        let records = RECORDS.iter().find(|(name, _)| Some(*name) == kind).map(|(_, records)| *records);
        let records = records.map(|records| format!("select string_agg(t, e'\\n' order by t) from ({records}) every"));
        writeln!(text, "{}", world.sql::<String>(records.as_deref().unwrap_or(CUSTOMERS)).await).unwrap();
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
        let is_result = |line: &&str| !["#", "input: ", "kind: "].iter().any(|word| line.starts_with(word));
        let wanted = expected.lines().filter(is_result);
        let wanted: Vec<_> = wanted.collect();
        let file = path.with_extension("");
        let kind = expected.lines().find_map(|line| line.strip_prefix("kind: "));
        let found = if kind.is_some() {
            // Files of other kinds refer to customers and products that moved in before.
            let (world, admin, ..) = moved_in().await;
            admin.run_import(&admin.import_records("PRODUCTS", PRODUCTS).await).await;
            result(&world, &admin, kind, &file, &expected).await
        } else if expected.contains("\n= ") {
            let world = World::new().await;
            result(&world, &marketing(&world).await, None, &file, &expected).await
        } else {
            result(&only_read, &mei, None, &file, &expected).await
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
