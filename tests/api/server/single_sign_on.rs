//! Sign-in by identity providers: the flow of browsers, tokens of the provider, and whom they belong to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::kernel::config::Limits;
use url::Url;

use crate::support::issuer::Issuer;
use crate::support::{Person, World};

async fn with_issuer() -> (World, Arc<Issuer>) {
    let issuer = Issuer::start().await;
    let mut limits = Limits { public_url: Some("http://crm.example.com".to_owned()), ..Limits::default() };
    let external = &mut limits.external;
    external.oidc_issuer = Some(issuer.url.clone());
    external.oidc_client_id = Some("tidepool".to_owned());
    external.oidc_client_secret = Some("secret".to_owned());
    external.oidc_audience = Some("tidepool-api".to_owned());
    external.wecom_corp_id = Some("corp".to_owned());
    external.wecom_agent_id = Some("7".to_owned());
    external.wecom_secret = Some("secret".to_owned());
    external.wecom_api.clone_from(&issuer.url);
    (World::with_limits(limits).await, issuer)
}

async fn get(world: &World, path: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(path).header("cookie", cookie).header("host", "crm.example.com");
    world.nobody().send_raw(request.body(Body::empty()).unwrap()).await
}

fn cookies(response: &Response<Body>) -> String {
    let set = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect::<Vec<_>>().join("; ")
}

/// A browser that was sent to a provider: what it was sent with, and its cookie.
struct Browser {
    provider: &'static str,
    sent: HashMap<String, String>,
    cookie: String,
}

impl Browser {
    async fn begin(world: &World, provider: &'static str) -> Self {
        let response = get(world, &format!("/sign-in/{provider}"), "").await;
        assert_eq!(response.status(), 303);
        let to = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let sent = to.query_pairs().into_owned().collect();
        Self { provider, sent, cookie: cookies(&response) }
    }

    /// It comes back; its cookies, or the status.
    async fn back(&self, world: &World, code: &str) -> Result<String, u16> {
        self.back_with(world, code, &self.sent["state"], &self.cookie).await
    }

    async fn back_with(&self, world: &World, code: &str, state: &str, cookie: &str) -> Result<String, u16> {
        let path = format!("/sign-in/{}/callback?code={code}&state={state}", self.provider);
        let response = get(world, &path, cookie).await;
        match response.status().as_u16() {
            303 => Ok(cookies(&response)),
            status => Err(status),
        }
    }
}

/// Who is signed in by these cookies.
async fn name(world: &World, cookies: &str) -> Json {
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("host", "crm.example.com")
        .header("origin", "http://crm.example.com")
        .header("cookie", cookies);
    let (_, answer) =
        world.nobody().send(request.body(Body::from(r#"{"query": "{ viewer { name } }"}"#)).unwrap()).await;
    answer["data"]["viewer"]["name"].clone()
}

fn claims(world: &World, issuer: &Issuer, audience: &str, subject: &str, email: &str) -> Json {
    let now = world.clock.now().timestamp();
    json!({"iss": issuer.url, "aud": audience, "sub": subject, "email": email, "email_verified": true,
           "iat": now, "exp": now + 300})
}

fn with(mut claims: Json, name: &str, value: impl Into<Json>) -> Json {
    claims[name] = value.into();
    claims
}

/// What becomes of a sign-in whose ID token has these claims and the right nonce.
async fn signs_in(world: &World, issuer: &Issuer, claims: Json) -> Result<Json, u16> {
    let browser = Browser::begin(world, "oidc").await;
    let token = issuer.sign(&with(claims, "nonce", browser.sent["nonce"].as_str()));
    let code = issuer.code_for(token, &browser.sent["code_challenge"]);
    let cookies = browser.back(world, &code).await?;
    Ok(name(world, &cookies).await)
}

#[tokio::test]
async fn a_browser_signs_in_at_the_issuer_and_is_known_by_the_subject_from_then_on() {
    let (world, issuer) = with_issuer().await;
    let admin = world.admin().await;
    let ann = world.sales("Ann").await;
    let browser = Browser::begin(&world, "oidc").await;
    for (parameter, value) in [
        ("response_type", "code"),
        ("client_id", "tidepool"),
        ("redirect_uri", "http://crm.example.com/sign-in/oidc/callback"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(browser.sent[parameter], value);
    }
    let first = claims(&world, &issuer, "tidepool", "sub-1", "Ann@example.com");
    assert_eq!(signs_in(&world, &issuer, first).await, Ok(json!("Ann")));
    let renamed = json!({"userId": ann.gid(), "email": "lee@example.com", "name": "Ann Lee"});
    assert_eq!(admin.outcome("updateUser", renamed).await, "");
    let hr = world.person("Hana", "hr", None).await;
    let link = json!({"userId": ann.gid()});
    assert_eq!(hr.outcome("createPasswordLink", link).await, "FORBIDDEN", "a link would open her account");
    let later = claims(&world, &issuer, "tidepool", "sub-1", "whatever@example.com");
    assert_eq!(signs_in(&world, &issuer, later).await, Ok(json!("Ann Lee")), "by the subject");
    let heir = claims(&world, &issuer, "tidepool", "sub-2", "lee@example.com");
    assert_eq!(signs_in(&world, &issuer, heir).await, Err(403), "the address belongs to another account there");
    assert_eq!(admin.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    let left = claims(&world, &issuer, "tidepool", "sub-1", "lee@example.com");
    assert_eq!(signs_in(&world, &issuer, left).await, Err(403));
}

#[tokio::test]
async fn a_token_that_is_not_right_in_everything_signs_nobody_in() {
    let (world, issuer) = with_issuer().await;
    world.sales("Ann").await;
    let right = || claims(&world, &issuer, "tidepool", "sub-1", "ann@example.com");
    let now = world.clock.now().timestamp();
    for (wrong, claims) in [
        ("another issuer", with(right(), "iss", "https://evil.example")),
        ("another audience", with(right(), "aud", "other")),
        ("expired", with(right(), "exp", now - 120)),
        ("not yet valid", with(right(), "nbf", now + 120)),
        ("for another party", with(right(), "azp", "other")),
        ("an address that is not verified", with(right(), "email_verified", false)),
        ("an address that nobody says is verified", with(right(), "email_verified", Json::Null)),
        ("nobody's address", with(right(), "email", "nobody@example.com")),
    ] {
        assert_eq!(signs_in(&world, &issuer, claims).await, Err(403), "{wrong}");
    }
    let browser = Browser::begin(&world, "oidc").await;
    let nonce = with(right(), "nonce", browser.sent["nonce"].as_str());
    let [header, payload, signature] =
        issuer.sign(&nonce).split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let with_header = |alg: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(&header).unwrap();
        let changed = String::from_utf8(bytes).unwrap().replace("ES256", alg);
        format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(changed))
    };
    for (wrong, token) in [
        ("another nonce", issuer.sign(&with(right(), "nonce", "other"))),
        ("another key", issuer.forge(&nonce)),
        ("no signature", format!("eyJhbGciOiJub25lIn0.{payload}.")),
        ("a header that says there is none", with_header("none")),
        ("the algorithm of another kind of key", with_header("RS256")),
        ("an algorithm with the public key as a secret", with_header("HS256")),
    ] {
        let code = issuer.code_for(token, &browser.sent["code_challenge"]);
        assert_eq!(browser.back(&world, &code).await, Err(403), "{wrong}");
    }
    let code = issuer.code_for(issuer.sign(&nonce), &browser.sent["code_challenge"]);
    assert!(browser.back(&world, &code).await.is_ok(), "only the tokens were wrong");
    assert_eq!(signs_in(&world, &issuer, right()).await, Ok(json!("Ann")));
}

#[tokio::test]
async fn nobody_is_signed_in_by_the_link_of_somebody_else() {
    let (world, issuer) = with_issuer().await;
    world.sales("Ann").await;
    let browser = Browser::begin(&world, "oidc").await;
    let token = |browser: &Browser| {
        let claims = claims(&world, &issuer, "tidepool", "sub-1", "ann@example.com");
        issuer.sign(&with(claims, "nonce", browser.sent["nonce"].as_str()))
    };
    let code = issuer.code_for(token(&browser), &browser.sent["code_challenge"]);
    let other = Browser::begin(&world, "oidc").await;
    let state = &browser.sent["state"];
    assert_eq!(browser.back_with(&world, &code, state, "").await, Err(400), "a browser without the cookie");
    assert_eq!(browser.back_with(&world, &code, state, &other.cookie).await, Err(400), "another browser");
    assert_eq!(
        browser.back_with(&world, &code, &other.sent["state"], &other.cookie).await,
        Err(403),
        "another verifier"
    );
    let code = issuer.code_for(token(&browser), &browser.sent["code_challenge"]);
    assert!(browser.back(&world, &code).await.is_ok());
    assert_eq!(browser.back(&world, &code).await, Err(403), "once");
    assert_eq!(get(&world, "/sign-in/other", "").await.status(), 404);
    let failures = "select count(*) from audit_entry where kind = 'SIGN_IN_FAILED' and details = '{provider: oidc}'";
    assert_eq!(world.sql::<i64>(failures).await, 2, "what the provider refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_requests_of_a_person_may_come_together() {
    let (world, issuer) = with_issuer().await;
    world.sales("Ann").await;
    let asking: Vec<_> = (0..6)
        .map(|number| {
            let claims = with(claims(&world, &issuer, "tidepool-api", "sub-1", "ann@example.com"), "jti", number);
            let person = Person { token: issuer.sign(&claims), ..world.nobody() };
            tokio::spawn(async move { person.is_in().await })
        })
        .collect();
    for asked in asking {
        assert!(asked.await.unwrap());
    }
}

#[tokio::test]
async fn nobody_makes_a_provider_work_without_end() {
    let issuer = Issuer::start().await;
    let mut limits = Limits { anonymous_cost_per_minute: 1_000, ..Limits::default() };
    limits.external.wecom_corp_id = Some("corp".to_owned());
    limits.external.wecom_agent_id = Some("7".to_owned());
    limits.external.wecom_secret = Some("secret".to_owned());
    limits.external.wecom_api.clone_from(&issuer.url);
    let world = World::with_limits(limits).await;
    for expected in [403, 403, 429] {
        let browser = Browser::begin(&world, "wecom").await;
        assert_eq!(browser.back(&world, "zhangsan").await, Err(expected));
    }
    assert_eq!(issuer.app_tokens.load(Ordering::Relaxed), 1, "the token of the app is kept");
    world.advance(TimeDelta::minutes(2));
    assert_eq!(Browser::begin(&world, "wecom").await.back(&world, "zhangsan").await, Err(403));
}

#[tokio::test]
async fn a_token_of_the_issuer_is_an_access_token_until_its_session_ends() {
    let (world, issuer) = with_issuer().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let holding = |token: String| Person { token, ..world.nobody() };
    let right = || claims(&world, &issuer, "tidepool-api", "sub-1", "ann@example.com");
    let token = issuer.sign(&right());
    let bearer = holding(token.clone());
    assert_eq!(bearer.ask("{ viewer { name } }").await["viewer"]["name"], "Ann");
    assert!(bearer.is_in().await);
    assert!(!holding(issuer.sign(&with(right(), "aud", "tidepool"))).is_in().await, "an ID token is none");
    assert!(!holding(issuer.forge(&right())).is_in().await);
    assert!(holding(issuer.sign(&with(right(), "email", "nobody@example.com"))).is_in().await, "known by the subject");
    let sessions = admin.data("query($id: ID!) { sessions(userId: $id) { id } }", json!({"id": ann.gid()})).await;
    assert!(sessions["sessions"].as_array().unwrap().len() >= 2, "{sessions}");
    assert_eq!(admin.outcome("revokeSessions", json!({"userId": ann.gid()})).await, "");
    assert!(!bearer.is_in().await, "a session that was ended stays ended");
    let next = holding(issuer.sign(&with(right(), "jti", "another")));
    assert!(next.is_in().await);
    world.advance(TimeDelta::minutes(6));
    assert!(!next.is_in().await, "it has expired");
    issuer.change_key();
    let renewed = holding(issuer.sign(&right()));
    assert!(!renewed.is_in().await, "keys are read again after a while only, so that nobody makes us ask without end");
}

#[tokio::test]
async fn members_of_a_company_at_wecom_sign_in_when_they_are_connected() {
    let (world, issuer) = with_issuer().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let browser = Browser::begin(&world, "wecom").await;
    assert_eq!((browser.sent["appid"].as_str(), browser.sent["agentid"].as_str()), ("corp", "7"));
    assert_eq!(browser.back(&world, "zhangsan").await, Err(403), "connected with nobody");
    let connect = |user: &Person, subject: Json| json!({"userId": user.gid(), "provider": "WECOM", "subject": subject});
    let query = "mutation($input: ConnectIdentityInput!) { connectIdentity(input: $input) { done } }";
    assert_eq!(hr.refused(query, json!({"input": connect(&ann, json!("zhangsan"))})).await, "FORBIDDEN");
    assert_eq!(admin.outcome("connectIdentity", connect(&ann, json!("zhangsan"))).await, "");
    assert_eq!(admin.outcome("connectIdentity", connect(&ben, json!("zhangsan"))).await, "DUPLICATE");
    let back = async |code: &str| Browser::begin(&world, "wecom").await.back(&world, code).await;
    assert_eq!(name(&world, &back("zhangsan").await.unwrap()).await, "Ann");
    for code in ["wrong", "guest"] {
        assert_eq!(back(code).await, Err(403), "{code}");
    }
    issuer.app_tokens.fetch_add(1, Ordering::Relaxed);
    assert!(back("zhangsan").await.is_ok(), "a token of the app that is void is replaced");
    assert_eq!(admin.outcome("connectIdentity", connect(&ann, Json::Null)).await, "");
    assert_eq!(back("zhangsan").await, Err(403));
}

#[tokio::test]
async fn a_server_without_providers_sends_no_browser_anywhere() {
    let world = World::new().await;
    for path in ["/sign-in/oidc", "/sign-in/wecom", "/sign-in/oidc/callback?code=x&state=y"] {
        let status = get(&world, path, "tidepool-sign-in=y.n.v").await.status();
        assert_eq!(status, 404, "{path}");
    }
}
