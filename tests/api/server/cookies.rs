//! Cookies of browsers: how they are set, and that pages of other sites can do nothing with them.

use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;

use crate::support::sign_in::with_ann_of;
use crate::support::socket::Socket;
use crate::support::{Person, World};

const OWN: [(&str, &str); 2] = [("host", "crm.example.com"), ("origin", "http://crm.example.com")];

/// A request with JSON.
fn post(headers: &[(&str, &str)], query: &str) -> Request<Body> {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(json!({"query": query}).to_string())).unwrap()
}

fn login(input: &str) -> String {
    format!(
        "mutation {{ login(input: {{email: \"ann.new@example.com\", password: \"correct horse\"{input}}}) {{
             accessToken refreshToken expiresAt viewer {{ name }} userErrors {{ code path }} }} }}"
    )
}

async fn json_of(response: Response<Body>) -> Json {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

fn set_cookies(response: &Response<Body>) -> Vec<String> {
    response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// What a browser sends back.
fn kept(set: &[String]) -> String {
    set.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

async fn signed_in(nobody: &Person) -> String {
    let response = nobody.send_raw(post(&OWN, &login(", asCookies: true"))).await;
    kept(&set_cookies(&response))
}

const WHO: &str = "{ viewer { name } }";

async fn asks(nobody: &Person, request: Request<Body>) -> Json {
    json_of(nobody.send_raw(request).await).await["data"]["viewer"]["name"].clone()
}

#[tokio::test]
async fn a_sign_in_as_cookies_returns_no_tokens_to_scripts() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    let response = world.nobody().send_raw(post(&OWN, &login(", asCookies: true"))).await;
    let set = set_cookies(&response);
    assert_eq!(set.len(), 2, "{set:?}");
    for (cookie, name, age) in
        [(&set[0], "tidepool-access=", "Max-Age=900"), (&set[1], "tidepool-refresh=", "Max-Age=2592000")]
    {
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", age] {
            assert!(cookie.split("; ").any(|found| found == part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    }
    let payload = json_of(response).await["data"]["login"].clone();
    assert_eq!((&payload["accessToken"], &payload["refreshToken"]), (&Json::Null, &Json::Null));
    assert_eq!(payload["viewer"]["name"], "Ann");
    let plain = world.nobody().send_raw(post(&OWN, &login(""))).await;
    assert_eq!(set_cookies(&plain), [""; 0], "only who asks for cookies gets them");
}

#[tokio::test]
async fn under_tls_cookies_are_secure_and_of_this_host_alone() {
    let limits = Limits { public_url: Some("https://crm.example.com".to_owned()), ..Limits::default() };
    let (world, _, _) = with_ann_of(World::with_limits(limits).await).await;
    let page = [("host", "10.0.0.7:8000"), ("origin", "https://crm.example.com")];
    let nobody = world.nobody();
    let set = set_cookies(&nobody.send_raw(post(&page, &login(", asCookies: true"))).await);
    for cookie in &set {
        assert!(cookie.starts_with("__Host-tidepool-") && cookie.contains("; Secure"), "{cookie}");
    }
    let cookies = kept(&set);
    assert_eq!(asks(&nobody, post(&[page[0], page[1], ("cookie", &cookies)], WHO)).await, "Ann");
    let without_prefix = cookies.replace("__Host-", "");
    assert_eq!(asks(&nobody, post(&[page[0], page[1], ("cookie", &without_prefix)], WHO)).await, Json::Null);
}

#[tokio::test]
async fn cookies_count_only_for_json_from_a_page_that_is_allowed() {
    let limits = Limits { allowed_origins: vec!["https://app.example.com".parse().unwrap()], ..Limits::default() };
    let (world, _, _) = with_ann_of(World::with_limits(limits).await).await;
    let nobody = world.nobody();
    let cookies = signed_in(&nobody).await;
    let host = OWN[0];
    let (own, cookie) = (OWN[1], ("cookie", cookies.as_str()));
    assert_eq!(asks(&nobody, post(&[host, own, cookie], WHO)).await, "Ann");
    assert_eq!(asks(&nobody, post(&[host, ("origin", "https://app.example.com"), cookie], WHO)).await, "Ann");
    for origin in ["https://evil.example", "null", "http://crm.example.com.evil.example", "http://crm.example.com:81"] {
        assert_eq!(asks(&nobody, post(&[host, ("origin", origin), cookie], WHO)).await, Json::Null, "{origin}");
    }
    assert_eq!(asks(&nobody, post(&[host, cookie], WHO)).await, Json::Null, "no Origin");
    let get = Request::get("/graphql?query=%7Bviewer%7Bname%7D%7D").header("host", host.1).header("origin", own.1);
    assert_eq!(asks(&nobody, get.header("cookie", &cookies).body(Body::empty()).unwrap()).await, Json::Null, "by GET");
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let mut form = post(&[host, own, cookie], "mutation { logout { done } }");
        form.headers_mut().insert("content-type", content_type.parse().unwrap());
        nobody.send_raw(form).await;
    }
    assert_eq!(asks(&nobody, post(&[host, own, cookie], WHO)).await, "Ann", "no form signs anybody out");
    let wrong = [host, own, cookie, ("authorization", "Bearer wrong")];
    assert_eq!(asks(&nobody, post(&wrong, WHO)).await, Json::Null, "the header comes first");
}

#[tokio::test]
async fn no_page_of_another_site_signs_a_browser_in() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    for headers in [&[OWN[0]][..], &[OWN[0], ("origin", "https://evil.example")]] {
        let response = world.nobody().send_raw(post(headers, &login(", asCookies: true"))).await;
        assert_eq!(set_cookies(&response), [""; 0]);
        let payload = json_of(response).await["data"]["login"].clone();
        assert_eq!(payload["userErrors"], json!([{"code": "INVALID", "path": ["asCookies"]}]));
    }
    let sessions = "select count(*) from session s join app_user u on u.id = s.user_id where u.name = 'Ann'";
    assert_eq!(world.sql::<i64>(sessions).await, 0);
}

#[tokio::test]
async fn cookies_are_renewed_and_logout_removes_them() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    let nobody = world.nobody();
    let cookies = signed_in(&nobody).await;
    world.advance(chrono::TimeDelta::minutes(20));
    let with = |cookies: &str, query: &str| post(&[OWN[0], OWN[1], ("cookie", cookies)], query);
    assert_eq!(asks(&nobody, with(&cookies, WHO)).await, Json::Null, "the access token has expired");
    let refresh =
        "mutation { refreshSession(input: {asCookies: true}) { accessToken refreshToken userErrors { code } } }";
    let foreign = post(&[OWN[0], ("origin", "https://evil.example"), ("cookie", &cookies)], refresh);
    assert_eq!(set_cookies(&nobody.send_raw(foreign).await), [""; 0]);
    let readable = refresh.replace("asCookies: true", "");
    let readable = nobody.send_raw(with(&cookies, &readable)).await;
    assert_eq!(set_cookies(&readable).len(), 2, "what a script can't read does not become readable");
    assert_eq!(json_of(readable).await["data"]["refreshSession"]["accessToken"], Json::Null);
    let renewed = nobody.send_raw(with(&cookies, refresh)).await;
    let fresh = kept(&set_cookies(&renewed));
    assert_eq!(
        json_of(renewed).await["data"]["refreshSession"],
        json!({"accessToken": null, "refreshToken": null, "userErrors": []})
    );
    assert_eq!(asks(&nobody, with(&fresh, WHO)).await, "Ann");
    let left = nobody.send_raw(with(&fresh, "mutation { logout { done } }")).await;
    for cookie in set_cookies(&left) {
        assert!(cookie.contains("=;") && cookie.contains("Max-Age=0"), "{cookie}");
    }
    assert_eq!(asks(&nobody, with(&fresh, WHO)).await, Json::Null);
    let again = json_of(nobody.send_raw(with(&fresh, refresh)).await).await;
    assert_eq!(again["data"]["refreshSession"]["userErrors"][0]["code"], "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn a_socket_of_an_allowed_page_is_signed_in_by_cookie() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    let cookies = signed_in(&world.nobody()).await;
    let address = world.listen().await;
    let own = format!("http://{address}");
    let mut socket = Socket::open_with(address, &[("origin", &own), ("cookie", &cookies)]).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.receive_or_close().await.unwrap(), json!({"type": "connection_ack"}));
    socket.send(json!({"type": "subscribe", "id": "1", "payload": {"query": WHO}})).await;
    let answer = socket.receive_or_close().await.unwrap();
    assert_eq!(answer["payload"]["data"], json!({"viewer": {"name": "Ann"}}));
    let change = login(", asCookies: true");
    socket.send(json!({"type": "complete", "id": "1"})).await;
    socket.send(json!({"type": "subscribe", "id": "2", "payload": {"query": change}})).await;
    let refused = loop {
        let answer = socket.receive_or_close().await.unwrap();
        if answer["id"] == "2" {
            break answer;
        }
    };
    assert_eq!(refused["payload"]["data"]["login"]["userErrors"][0]["path"], json!(["asCookies"]));
    let mut stranger = Socket::open_with(address, &[("cookie", &cookies)]).await;
    stranger.send(json!({"type": "connection_init"})).await;
    assert_eq!(stranger.receive_or_close().await.unwrap(), json!({"type": "connection_ack"}));
    stranger.send(json!({"type": "subscribe", "id": "1", "payload": {"query": WHO}})).await;
    let answer = stranger.receive_or_close().await.unwrap();
    assert_eq!(answer["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "no Origin, no cookie");
}

#[tokio::test]
async fn a_file_is_downloaded_with_the_cookies_of_a_page_and_not_without() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    let nobody = world.nobody();
    let cookies = signed_in(&nobody).await;
    let file = async |cookie: &str| {
        let request =
            Request::get("/imports/import_00000000-0000-7000-8000-000000000000/failed.csv").header("cookie", cookie);
        json_of(nobody.send_raw(request.body(Body::empty()).unwrap()).await).await["errors"][0]["extensions"]["code"]
            .clone()
    };
    assert_eq!(file("").await, "UNAUTHENTICATED");
    assert_ne!(file(&cookies).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_file_is_uploaded_with_the_cookies_of_a_page_that_is_allowed_alone() {
    let (world, admin, ann) = with_ann_of(World::new().await).await;
    let roles = json!({"userId": ann, "roles": ["marketing"]});
    assert_eq!(admin.outcome("setRoles", roles).await, "");
    let nobody = world.nobody();
    let cookies = signed_in(&nobody).await;
    let upload = async |origin: &str| {
        let operations = json!({"query": "mutation($file: Upload!) { importCustomers(input: {file: $file}) { import { fileName } } }",
                                "variables": {"file": null}});
        let part = |head: &str, body: &str| format!("--x\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n");
        let body = [
            part("name=\"operations\"", &operations.to_string()),
            part("name=\"map\"", "{\"0\": [\"variables.file\"]}"),
            part("name=\"0\"; filename=\"list.csv\"", "name,source\nAcme,WEBSITE\n"),
            "--x--\r\n".to_owned(),
        ]
        .concat();
        let request = Request::post("/graphql")
            .header("content-type", "multipart/form-data; boundary=x")
            .header("host", OWN[0].1)
            .header("origin", origin)
            .header("cookie", &cookies);
        json_of(nobody.send_raw(request.body(Body::from(body)).unwrap()).await).await
    };
    let sent = upload(OWN[1].1).await;
    assert_eq!(sent["data"]["importCustomers"]["import"]["fileName"], "list.csv", "{sent}");
    let foreign = upload("https://evil.example").await;
    assert_eq!(foreign["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{foreign}");
    assert_eq!(world.sql::<i64>("select count(*) from import").await, 1);
}

#[tokio::test]
async fn an_event_stream_is_reserved_by_an_allowed_page_alone() {
    let (world, _, _) = with_ann_of(World::new().await).await;
    let nobody = world.nobody();
    let cookies = signed_in(&nobody).await;
    let reserve = async |headers: &[(&str, &str)]| {
        let mut request = Request::put("/graphql/stream").header("host", OWN[0].1).header("cookie", &cookies);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        nobody.send_raw(request.body(Body::empty()).unwrap()).await.status().as_u16()
    };
    assert_eq!(reserve(&[OWN[1]]).await, 201);
    assert_eq!(reserve(&[("origin", "https://evil.example")]).await, 401);
    assert_eq!(reserve(&[]).await, 401);
}
