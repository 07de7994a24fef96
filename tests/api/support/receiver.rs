//! Receivers of webhooks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tidepool::kernel::config::Limits;
use tokio::net::TcpListener;

use super::{Person, until};

/// How a receiver treats the next requests.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    Answers(u16),
    /// Answers 200 with a body, as robots do.
    Says(&'static str),
    Redirects,
    Hangs,
}

/// A received request.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The headers; empty in a message for a robot.
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub query: String,
    pub body: String,
}

impl Delivery {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The events of a delivery.
    pub fn events(&self) -> Vec<Json> {
        self.json()["data"]["events"].as_array().unwrap().clone()
    }

    /// Whether a signature of this secret is among those of the delivery, as the specification says.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.body).as_bytes());
        let wanted = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
        self.signature.split(' ').any(|signature| signature == wanted)
    }
}

/// An HTTP server that receives deliveries.
pub struct Receiver {
    pub address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    received: Arc<Mutex<Vec<Delivery>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap()).await
    }

    pub async fn start_on(listener: impl Listener<Addr = SocketAddr>) -> Self {
        let (behaviour, received) = (Arc::new(Mutex::new(Behaviour::Answers(204))), Arc::new(Mutex::new(Vec::new())));
        let receive = {
            let (behaviour, received) = (behaviour.clone(), received.clone());
            async move |headers: HeaderMap, RawQuery(query): RawQuery, body: String| -> Response {
                let header =
                    |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
                let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
                let query = query.unwrap_or_default();
                received.lock().unwrap().push(Delivery { id, timestamp, signature, query, body });
                let behaviour = behaviour.lock().unwrap().clone();
                match behaviour {
                    Behaviour::Answers(status) => StatusCode::from_u16(status).unwrap().into_response(),
                    Behaviour::Says(text) => text.into_response(),
                    Behaviour::Redirects => Redirect::to("/elsewhere").into_response(),
                    Behaviour::Hangs => std::future::pending().await,
                }
            }
        };
        let elsewhere = get(async || -> () { panic!("a redirection was followed") });
        let router = Router::new().route("/hook", post(receive)).route("/elsewhere", elsewhere);
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, behaviour, received }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?of=tidepool", self.address)
    }

    pub fn set_behaviour(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until this many deliveries were received; returns all of them.
    pub async fn wait_for_deliveries(&self, count: usize) -> Vec<Delivery> {
        until(async || self.deliveries().len() >= count).await;
        assert_eq!(self.deliveries().len(), count);
        self.deliveries()
    }

    /// Waits until this many events were received, in whatever deliveries; returns all of them.
    pub async fn wait_for_events(&self, count: usize) -> Vec<Json> {
        let events = || self.deliveries().iter().flat_map(Delivery::events).collect::<Vec<_>>();
        until(async || events().len() >= count).await;
        assert_eq!(events().len(), count);
        events()
    }
}

pub fn limits_with_private_webhooks() -> Limits {
    Limits { allow_private_webhooks: true, ..Limits::default() }
}

/// Creates a webhook that wants these kinds of events; returns its id and its secret.
pub async fn create_webhook(admin: &Person, url: &str, events: Json) -> (Json, String) {
    let input = json!({"name": "ERP", "url": url, "events": events});
    let created = admin.act("createWebhook", input, "secret webhook { id }").await;
    assert_eq!(created["userErrors"], json!([]), "{created}");
    (created["webhook"]["id"].clone(), created["secret"].as_str().unwrap().to_owned())
}

/// What there is to know of the first webhook.
pub async fn webhook(admin: &Person) -> Json {
    let fields =
        "id name url events cursor pausedAt failingSince lastSuccessAt lastErrorAt lastError waiting waitingSince";
    admin.ask(&format!("{{ webhooks {{ {fields} }} }}")).await["webhooks"][0].clone()
}
