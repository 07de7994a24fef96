//! An issuer of OpenID Connect, and the API of WeCom.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

pub struct Issuer {
    pub url: String,
    key: Mutex<(String, EcdsaKeyPair)>,
    /// The ID token for each code, and the challenge that its verifier must fit.
    codes: Mutex<HashMap<String, (String, String)>>,
    /// How often WeCom was asked for a token of the app.
    pub app_tokens: AtomicUsize,
}

fn new_key(id: &str) -> (String, EcdsaKeyPair) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    (id.to_owned(), key)
}

/// The signed token of these claims.
fn signed(id: &str, key: &EcdsaKeyPair, claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "ES256", "typ": "JWT", "kid": id})), part(claims));
    let signature = key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Issuer {
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (url, key, codes) = (format!("http://{address}"), Mutex::new(new_key("first")), Mutex::default());
        let issuer = Arc::new(Self { url, key, codes, app_tokens: AtomicUsize::default() });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/cgi-bin/gettoken", get(app_token))
            .route("/cgi-bin/auth/getuserinfo", get(member))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// A token that the issuer signs.
    pub fn sign(&self, claims: &Json) -> String {
        let key = self.key.lock().unwrap();
        signed(&key.0, &key.1, claims)
    }

    /// A token with the id of the issuer's key, signed with another one.
    pub fn forge(&self, claims: &Json) -> String {
        signed(&self.key.lock().unwrap().0, &new_key("other").1, claims)
    }

    /// From now on it signs with another key.
    pub fn change_key(&self) {
        *self.key.lock().unwrap() = new_key("second");
    }

    /// A code for an ID token, for the client that has the verifier of the challenge.
    pub fn code_for(&self, token: String, challenge: &str) -> String {
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), (token, challenge.to_owned()));
        code
    }
}

fn pairs(text: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> String {
    let url = &issuer.url;
    json!({"issuer": url, "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys")})
    .to_string()
}

async fn keys(State(issuer): State<Arc<Issuer>>) -> String {
    let key = issuer.key.lock().unwrap();
    let point = key.1.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.0,
        "x": part(&point[1..33]), "y": part(&point[33..])}]})
    .to_string()
}

async fn token(State(issuer): State<Arc<Issuer>>, body: String) -> Result<String, StatusCode> {
    let form = pairs(&body);
    let found = issuer.codes.lock().unwrap().remove(&form["code"]);
    let (token, challenge) = found.ok_or(StatusCode::BAD_REQUEST)?;
    let is_proof = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes())) == challenge;
    let is_client = form["client_id"] == "tidepool" && form["client_secret"] == "secret";
    if !is_proof || !is_client {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(json!({"access_token": "x", "token_type": "Bearer", "id_token": token}).to_string())
}

async fn app_token(State(issuer): State<Arc<Issuer>>) -> String {
    let number = issuer.app_tokens.fetch_add(1, Ordering::Relaxed) + 1;
    json!({"errcode": 0, "errmsg": "ok", "access_token": number.to_string(), "expires_in": 7200}).to_string()
}

/// Of WeCom, the code is the member. Only the last token of the app is valid.
async fn member(State(issuer): State<Arc<Issuer>>, uri: Uri) -> String {
    let query = pairs(uri.query().unwrap());
    if query["access_token"] != issuer.app_tokens.load(Ordering::Relaxed).to_string() {
        return json!({"errcode": 40014, "errmsg": "invalid access_token"}).to_string();
    }
    let member = match query["code"].as_str() {
        "wrong" => json!({"errcode": 40029, "errmsg": "invalid code"}),
        "guest" => json!({"errcode": 0, "errmsg": "ok", "openid": "g"}),
        member => json!({"errcode": 0, "errmsg": "ok", "userid": member}),
    };
    member.to_string()
}
