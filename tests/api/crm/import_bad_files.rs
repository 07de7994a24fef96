//! Invalid files: each is refused with the reason, leaves nothing behind, and does not disturb the server.

use std::io::{Cursor, Write};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use tidepool::kernel::config::Limits;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::World;
use crate::support::files::import_request;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// The name of a part of a workbook, and the function that writes it.
type Part<'p> = (&'p str, &'p dyn Fn(&mut dyn Write));

/// A workbook of these parts, without any check of their content.
fn workbook(parts: &[Part<'_>]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    for (name, write) in parts {
        zip.start_file(*name, options).unwrap();
        write(&mut zip);
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(cells: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>"#
    )
}

fn inline(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[tokio::test]
async fn an_unreadable_file_is_refused_and_leaves_nothing_behind() {
    let world = World::with_limits(Limits { import_wait: Duration::from_secs(600), ..Limits::default() }).await;
    let mei = world.person("Mei", "marketing", None).await;
    let text = |text: &str| text.as_bytes().to_vec();
    let simple = workbook(&[("xl/worksheets/sheet1.xml", &|part| {
        part.write_all(sheet(&format!("<row r=\"1\">{}</row>", inline("A1", "Name"))).as_bytes()).unwrap();
    })]);
    // A gigabyte of blanks in a file of one megabyte.
    let bomb = workbook(&[("xl/worksheets/sheet1.xml", &|part| {
        let blank = vec![b' '; 1 << 20];
        (0..1024).for_each(|_| part.write_all(&blank).unwrap());
    })]);
    let one_cell = workbook(&[("xl/worksheets/sheet1.xml", &|part| {
        let text = vec![b'x'; 1 << 20];
        part.write_all(b"<worksheet><sheetData><row><c t=\"str\"><v>").unwrap();
        (0..40).for_each(|_| part.write_all(&text).unwrap());
        part.write_all(b"</v></c></row></sheetData></worksheet>").unwrap();
    })]);
    let announced = workbook(&[
        ("xl/sharedStrings.xml", &|part| {
            part.write_all(br#"<?xml version="1.0"?><sst uniqueCount="9000000000000000000"><si><t>x</t></si></sst>"#)
                .unwrap();
        }),
        ("xl/worksheets/sheet1.xml", &|part| part.write_all(sheet("").as_bytes()).unwrap()),
    ]);
    // Each reference to the long text costs a few hundred bytes.
    let shared = workbook(&[
        ("xl/sharedStrings.xml", &|part| {
            part.write_all(br#"<?xml version="1.0"?><sst uniqueCount="2"><si><t>Name</t></si><si><t>"#).unwrap();
            part.write_all(&vec![b'x'; 8 << 20]).unwrap();
            part.write_all(b"</t></si></sst>").unwrap();
        }),
        ("xl/worksheets/sheet1.xml", &|part| {
            let row = |row: usize| format!(r#"<row><c r="A{row}" t="s"><v>{}</v></c></row>"#, usize::from(row > 1));
            part.write_all(sheet(&(1..=200).map(row).collect::<String>()).as_bytes()).unwrap();
        }),
    ]);
    let going_back = workbook(&[("xl/worksheets/sheet1.xml", &|part| {
        let cells = [inline("A1", "Name"), inline("A2", "Acme"), inline("A3", "Blue"), inline("A2", "Cosmos")];
        part.write_all(sheet(&cells.map(|cell| format!("<row>{cell}</row>")).concat()).as_bytes()).unwrap();
    })]);
    let mut lines = Vec::new();
    for (what, file) in [
        ("nothing", Vec::new()),
        ("only headers", text("Name,Phone\n")),
        ("no name", text("a,b\nc,d\n")),
        ("bytes", vec![0xff, 0xd8, 0xff, 0xe0, 0, 0x10]),
        ("old workbook", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
        ("open quote", format!("Name\nAcme\n\"Blue{}", "\nx".repeat(10 << 20)).into_bytes()),
        ("cut workbook", simple[..simple.len() / 2].to_vec()),
        (
            "broken sheet",
            workbook(&[("xl/worksheets/sheet1.xml", &|part| {
                part.write_all(b"<worksheet><sheetData><row><c").unwrap()
            })]),
        ),
        (
            "empty workbook",
            workbook(&[("xl/worksheets/sheet1.xml", &|part| part.write_all(sheet("").as_bytes()).unwrap())]),
        ),
        ("bomb", bomb),
        ("one cell of 40 MB", one_cell),
        ("announced texts", announced),
        ("one text in many cells", shared),
        ("only a header", simple),
        ("rows that go back", going_back),
        ("broken later", format!("Name\n{}\u{0}{}", "Acme\n".repeat(600), "\"x".repeat(10 << 20)).into_bytes()),
    ] {
        let payload = mei.upload("customers.xlsx", &file, json!({"source": "WEBSITE"})).await;
        assert!(payload["import"].is_null(), "{what}: {payload}");
        let error = &payload["userErrors"][0];
        lines.push(format!(
            "{what}: {} {} {}",
            error["code"].as_str().unwrap(),
            error["path"],
            error["message"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(world.sql::<i64>("select count(*) from import").await, 0);
    assert_eq!(world.sql::<i64>("select count(*) from import_row").await, 0);
    assert!(world.app.check_ready().await.is_ok());
}

#[tokio::test]
async fn a_cell_of_five_megabytes_is_an_error_of_its_row() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    let long = "x".repeat(5 << 20);
    let table = format!("Name,Note\nAcme,{long}\nBlue,y\n").into_bytes();
    let rows = |cells: &[[String; 2]]| {
        let rows = cells.iter().map(|[one, two]| format!("<row>{one}{two}</row>"));
        rows.collect::<String>()
    };
    let book = workbook(&[("xl/worksheets/sheet1.xml", &|part| {
        let cells = [
            [inline("A1", "Name"), inline("B1", "Note")],
            [inline("A2", "Acme"), inline("B2", &long)],
            [inline("A3", "Blue"), inline("B3", "y")],
        ];
        part.write_all(sheet(&rows(&cells)).as_bytes()).unwrap();
    })]);
    for file in [table, book] {
        let id = mei.import(&file).await;
        assert_eq!(
            mei.rows_of(&id).await,
            "2 ERROR | Note: has 5242880 characters, and no field takes more than 2000\n3 CREATE"
        );
        let kept: i32 = world.sql("select max(length(cells::text)) from import_row").await;
        assert!(kept < 1_000, "{kept}");
    }
}

#[tokio::test]
async fn upload_requests_must_follow_the_specification_and_the_limits() {
    let world = World::with_limits(Limits { upload_bytes: 10_000, ..Limits::default() }).await;
    let mei = world.person("Mei", "marketing", None).await;
    let large = "Name\n".repeat(3_000);
    let (status, answer) = mei.send(import_request(&mei.token, &json!({}), "x.csv", large.as_bytes())).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
    let post = async |body: &str| {
        let body = body.replace('\n', "\r\n");
        let request = axum::http::Request::post("/graphql")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("authorization", format!("Bearer {}", mei.token));
        mei.send(request.body(body.into()).unwrap()).await
    };
    let part = |name: &str, text: &str| format!("--b\ncontent-disposition: form-data; name=\"{name}\"\n\n{text}\n");
    let operations = part(
        "operations",
        r#"{"query": "mutation($f: Upload!) { importCustomers(input: {file: $f}) { userErrors { code } } }", "variables": {"f": null}}"#,
    );
    let map = part("map", r#"{"0": ["variables.f"]}"#);
    for wrong in [
        String::new(),
        "--b--\n".to_owned(),
        format!("{map}{operations}{}--b--\n", part("0", "Name")),
        format!("{operations}{map}--b--\n"),
        format!("{operations}{map}{}{}--b--\n", part("0", "Name"), part("1", "Name")),
        format!("{operations}{}{}--b--\n", part("map", r#"{"0": ["variables.g"]}"#), part("0", "Name")),
        format!("{operations}{}{}--b--\n", part("map", r#"{"0": ["query"]}"#), part("0", "Name")),
        format!("{}{map}{}--b--\n", part("operations", "[]"), part("0", "Name")),
        format!("{operations}{map}{}", part("0", "Name")),
    ] {
        let (status, answer) = post(&wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}: {answer}");
    }
    // A request without a file cannot use another value as a file, nor a file that was used already.
    for upload in ["upload:0", "upload:x", "x", ""] {
        let query = "mutation($f: Upload!) { importCustomers(input: {file: $f}) { userErrors { code } } }";
        assert_eq!(mei.refused(query, json!({"f": upload})).await, "BAD_USER_INPUT");
    }
    let twice = operations
        .replace("importCustomers", "a: importCustomers")
        .replace("} }\"", "} b: importCustomers(input: {file: $f}) { userErrors { code } } }\"");
    let (_, answer) = post(&format!("{twice}{map}{}--b--\n", part("0", "Name\nAcme"))).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
}
