//! Files of customers, and helpers that upload them.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value as Json, json};

use super::Person;

const BOUNDARY: &str = "a-boundary";
const IMPORT: &str = "mutation($input: ImportCustomersInput!) { importCustomers(input: $input) { import { id status }
                      userErrors { code message path } } }";

const IMPORT_RECORDS: &str =
    "mutation($input: ImportRecordsInput!) { importRecords(input: $input) { import { id status }
                              userErrors { code message path } } }";

/// The body of a request that uploads a file.
fn multipart(query: &str, input: &Json, file_name: &str, file: &[u8]) -> Vec<u8> {
    let mut input = input.clone();
    input["file"] = Json::Null;
    let operations = json!({"query": query, "variables": {"input": input}});
    let part = |name: &str, more: &str| {
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
    };
    let mut body = part("operations", "").into_bytes();
    body.extend(format!("{operations}\r\n").bytes());
    body.extend(part("map", "").bytes());
    body.extend(b"{\"0\": [\"variables.input.file\"]}\r\n");
    body.extend(part("0", &format!("; filename=\"{file_name}\"")).bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// The whole request that imports a file of customers.
pub fn import_request(token: &str, input: &Json, file_name: &str, file: &[u8]) -> Request<Body> {
    upload_request(token, IMPORT, input, file_name, file)
}

fn upload_request(token: &str, mutation: &str, input: &Json, file_name: &str, file: &[u8]) -> Request<Body> {
    let mut request =
        Request::post("/graphql").header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::from(multipart(mutation, input, file_name, file))).unwrap()
}

impl Person {
    /// The payload of `importCustomers`, once the file is read.
    pub async fn upload(&self, file_name: &str, file: &[u8], input: Json) -> Json {
        self.payload_of("importCustomers", import_request(&self.token, &input, file_name, file)).await
    }

    /// The payload of `importRecords`, once the file is read.
    pub async fn upload_records(&self, kind: &str, file_name: &str, file: &[u8], mut input: Json) -> Json {
        input["kind"] = json!(kind);
        let request = upload_request(&self.token, IMPORT_RECORDS, &input, file_name, file);
        self.payload_of("importRecords", request).await
    }

    /// The code of the error with which a file of records is refused as a whole.
    pub async fn refused_records(&self, kind: &str) -> String {
        let request = upload_request(&self.token, IMPORT_RECORDS, &json!({"kind": kind}), "x.csv", b"Name\nx\n");
        let (_, answer) = self.send(request).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn payload_of(&self, mutation: &str, request: Request<Body>) -> Json {
        let (status, answer) = self.send(request).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer.get("errors").is_none(), "{answer}");
        let mut payload = answer["data"][mutation].clone();
        if payload["import"]["status"] == "READING" {
            let id = payload["import"]["id"].as_str().unwrap().to_owned();
            payload["import"]["status"] = self.wait_for_import(&id).await["status"].clone();
        }
        payload
    }

    /// Uploads a file that can be read; returns the id of the import.
    pub async fn import(&self, file: &[u8]) -> String {
        let payload = self.upload("customers.csv", file, json!({"source": "EXHIBITION"})).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        payload["import"]["id"].as_str().unwrap().to_owned()
    }

    /// Uploads a file of records that can be read; returns the id of the import.
    pub async fn import_records(&self, kind: &str, file: &str) -> String {
        let payload = self.upload_records(kind, "records.csv", file.as_bytes(), json!({})).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        payload["import"]["id"].as_str().unwrap().to_owned()
    }

    /// Runs an import to its end.
    pub async fn run_import(&self, id: &str) -> Json {
        assert_eq!(self.outcome("runImport", json!({"importId": id})).await, "");
        self.wait_for_import(id).await
    }

    /// Undoes an import and waits until it is undone.
    pub async fn undo_import(&self, id: &str) -> Json {
        assert_eq!(self.outcome("undoImport", json!({"importId": id})).await, "");
        self.wait_for_import(id).await
    }

    /// Waits until work on an import has ended; returns the import.
    pub async fn wait_for_import(&self, id: &str) -> Json {
        let began = Instant::now();
        loop {
            let import = self.import_of(id).await;
            if !["READING", "RUNNING", "UNDOING"].contains(&import["status"].as_str().unwrap_or_default()) {
                return import;
            }
            assert!(began.elapsed() < Duration::from_secs(200), "{import}");
            tokio::task::yield_now().await;
        }
    }

    /// An import without its rows.
    pub async fn import_of(&self, id: &str) -> Json {
        let query = "query($id: ID!) { import(id: $id) { status fileName sheet rowCount rowsDone creates updates duplicates errors stoppedEn } }";
        self.data(query, json!({"id": id})).await["import"].clone()
    }

    /// The rows of an import, a line each: number, outcome, customer, and errors.
    pub async fn rows_of(&self, id: &str) -> String {
        let query = "query($id: ID!) { import(id: $id) { rows(first: 100) { edges { node {
                       number outcome duplicateOf ofNumber undone problems { column messageEn } customer { name } } } } } }";
        let data = self.data(query, json!({"id": id})).await;
        let lines = data["import"]["rows"]["edges"].as_array().unwrap().iter().map(|edge| {
            let row = &edge["node"];
            let mut line = format!("{} {}", row["number"], row["outcome"].as_str().unwrap());
            if let Some(of) = row["duplicateOf"].as_str() {
                line.push_str(&format!(" of {of}"));
            }
            if let Some(number) = row["ofNumber"].as_i64() {
                line.push_str(&format!(" (row {number})"));
            }
            if let Some(undone) = row["undone"].as_str() {
                line.push_str(&format!(" {undone}"));
            }
            if let Some(name) = row["customer"]["name"].as_str() {
                line.push_str(&format!(" [{name}]"));
            }
            for problem in row["problems"].as_array().unwrap() {
                let column = problem["column"].as_str().map(|column| format!("{column}: ")).unwrap_or_default();
                line.push_str(&format!(" | {column}{}", problem["messageEn"].as_str().unwrap()));
            }
            line
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The file of failed rows: its status and its text.
    pub async fn failed_rows_of(&self, id: &str, language: &str) -> (StatusCode, String) {
        let request = Request::get(format!("/imports/{id}/failed.csv"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept-language", language);
        let response = self.send_raw(request.body(Body::empty()).unwrap()).await;
        let status = response.status();
        let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}
