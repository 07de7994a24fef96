//! The webhook: notifications are delivered to a receiver at least once, and to no private address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::serve::Listener;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::crm::rule_run::first_night;
use crate::support::program::{Folder, ServerProcess, database_url, serve};
use crate::support::until;
use crate::support::{Person, World, fresh_database};

const SECRET: [u8; 32] = [7; 32];

/// How a receiver treats the next requests.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Behaviour {
    Answers(u16),
    Redirects,
    Hangs,
}

/// A received request.
#[derive(Debug, Clone)]
struct Delivery {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

/// An HTTP server that receives deliveries.
struct Receiver {
    address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    received: Arc<Mutex<Vec<Delivery>>>,
}

impl Receiver {
    async fn start() -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap()).await
    }

    async fn start_on(listener: impl Listener<Addr = SocketAddr>) -> Self {
        let (behaviour, received) = (Arc::new(Mutex::new(Behaviour::Answers(204))), Arc::new(Mutex::new(Vec::new())));
        let receive = {
            let (behaviour, received) = (behaviour.clone(), received.clone());
            async move |headers: HeaderMap, body: String| {
                let header = |name: &str| headers[name].to_str().unwrap().to_owned();
                let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
                received.lock().unwrap().push(Delivery { id, timestamp, signature, body });
                let behaviour = *behaviour.lock().unwrap();
                match behaviour {
                    Behaviour::Answers(status) => Ok(StatusCode::from_u16(status).unwrap()),
                    Behaviour::Redirects => Err(Redirect::to("/elsewhere")),
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

    fn url(&self) -> String {
        format!("http://{}/hook?of=tidepool", self.address)
    }

    fn set_behaviour(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    fn deliveries(&self) -> Vec<Delivery> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until this many deliveries were received; returns all of them.
    async fn wait_for_deliveries(&self, count: usize) -> Vec<Delivery> {
        until(async || self.deliveries().len() >= count).await;
        assert_eq!(self.deliveries().len(), count);
        self.deliveries()
    }
}

/// Accepts TLS connections.
struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            // A client that does not trust the certificate closes the connection.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// An unknown certificate authority, and a listener with a certificate for `localhost` that it has signed.
async fn tls_listener() -> (String, TlsListener) {
    let (key, mut authority) = (KeyPair::generate().unwrap(), CertificateParams::new([]).unwrap());
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let known_by = authority.self_signed(&key).unwrap().pem();
    let (issuer, own) = (Issuer::new(authority, key), KeyPair::generate().unwrap());
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(own.serialize_der()).into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (known_by, TlsListener { listener, acceptor: TlsAcceptor::from(Arc::new(config)) })
}

fn limits_with_private_webhooks() -> Limits {
    Limits { allow_private_webhooks: true, ..Limits::default() }
}

fn secret() -> String {
    format!("whsec_{}", BASE64.encode(SECRET))
}

async fn webhook(admin: &Person) -> Json {
    admin.ask("{ webhook { url lastSuccessAt lastErrorAt lastError waiting givenUp } }").await["webhook"].clone()
}

/// A superior, a rep and an administrator who has set a webhook.
async fn company(world: &World, url: &str) -> [Person; 3] {
    let (boss, admin) = (world.person("Boss", "manager", None).await, world.admin().await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    assert_eq!(admin.outcome("saveWebhook", json!({"url": url, "secret": secret()})).await, "");
    [boss, ann, admin]
}

/// Assigns a customer to a rep, who gets a notification.
async fn assign(world: &World, boss: &Person, ann: &Person, name: &str) -> Json {
    let customer = world.pooled(name).await;
    world.advance(TimeDelta::seconds(1));
    let input = json!({"customerIds": [customer], "ownerId": ann.gid()});
    assert_eq!(boss.outcomes("assignCustomers", input).await, [""]);
    customer
}

#[tokio::test]
async fn a_notification_about_a_user_names_them() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    ann.create("Acme").await;
    assert_eq!(admin.record_absence(&ann, "2026-03-03", "2026-05-03").await, "");
    let body: Json = serde_json::from_str(&receiver.wait_for_deliveries(1).await[0].body).unwrap();
    let delivered =
        boss.ask("{ notifications { edges { node { id at } } } }").await["notifications"]["edges"][0]["node"].clone();
    assert_eq!(
        body,
        json!({"type": "notification.long_absence", "timestamp": delivered["at"], "data": {
            "id": delivered["id"], "kind": "LONG_ABSENCE", "user": {"id": boss.gid(), "email": "boss@example.com"}, "customer": null,
            "aboutUser": {"id": ann.gid(), "name": "Ann"}, "actor": {"id": admin.gid(), "name": admin.name}, "poolRule": null,
            "poolRuleRun": null, "customers": null, "dueAt": null, "importKind": null, "records": null, "task": null}})
    );
}

#[tokio::test]
async fn a_run_that_waits_for_approval_is_told_with_its_number_and_deadline() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 15).await;
    world.run_rules_at(first_night()).await;
    let run = admin.last_run().await;
    let mut told = Vec::new();
    for delivery in receiver.wait_for_deliveries(2).await {
        let body: Json = serde_json::from_str(&delivery.body).unwrap();
        assert_eq!(body["type"], "notification.approval_due");
        let data = &body["data"];
        assert_eq!((&data["poolRuleRun"]["id"], &data["customers"]), (&run["id"], &json!(15)));
        assert_eq!(data["dueAt"], "2026-03-03T19:00:00.000000Z");
        told.push((data["user"]["id"].clone(), data["aboutUser"]["name"].clone()));
    }
    assert!(told.contains(&(json!(admin.gid()), json!(null))) && told.contains(&(json!(boss.gid()), json!("Ann"))));
}

#[tokio::test]
async fn notifications_are_delivered_with_a_signature() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let acme = assign(&world, &boss, &ann, "Acme").await;
    let delivery = receiver.wait_for_deliveries(1).await.remove(0);
    let delivered =
        ann.ask("{ notifications { edges { node { id at } } } }").await["notifications"]["edges"][0]["node"].clone();
    let body: Json = serde_json::from_str(&delivery.body).unwrap();
    assert_eq!(
        body,
        json!({"type": "notification.assigned", "timestamp": delivered["at"], "data": {
            "id": delivered["id"], "kind": "ASSIGNED", "user": {"id": ann.gid(), "email": "ann@example.com"},
            "customer": {"id": acme, "name": "Acme"}, "aboutUser": null, "actor": {"id": boss.gid(), "name": "Boss"}, "poolRule": null,
            "poolRuleRun": null, "customers": null, "dueAt": null, "importKind": null, "records": null, "task": null}})
    );
    assert_eq!(json!(delivery.id), delivered["id"]);
    assert_eq!(delivery.timestamp, world.clock.now().timestamp().to_string());
    // The signature is checked as the specification says.
    let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
    mac.update(format!("{}.{}.{}", delivery.id, delivery.timestamp, delivery.body).as_bytes());
    assert_eq!(delivery.signature, format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())));
    until(async || webhook(&admin).await["waiting"] == 0).await;
    assert_eq!(
        webhook(&admin).await,
        json!({"url": receiver.url(), "lastSuccessAt": delivered["at"], "lastErrorAt": null, "lastError": null, "waiting": 0, "givenUp": 0})
    );
    // Only users who may change the webhook see it, because the URL may be a secret.
    assert_eq!(webhook(&boss).await, Json::Null);
}

#[tokio::test]
async fn a_failed_delivery_is_retried_for_three_days() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    let failures = [
        "the response was 500 Internal Server Error",
        "the response was 303 See Other",
        "the response was 429 Too Many Requests",
    ];
    let moods = [Behaviour::Answers(500), Behaviour::Redirects, Behaviour::Answers(429)];
    for (attempt, (behaviour, failure)) in moods.into_iter().zip(failures).enumerate() {
        receiver.set_behaviour(behaviour);
        if attempt == 0 {
            assign(&world, &boss, &ann, "Acme").await;
        }
        receiver.wait_for_deliveries(attempt + 1).await;
        until(async || webhook(&admin).await["lastError"] == failure).await;
        // No retry comes before its time, and each delay is longer.
        let pause = TimeDelta::seconds(20 << attempt);
        let due: chrono::DateTime<chrono::Utc> = world.sql("select due_at from webhook_delivery").await;
        assert_eq!(due, world.clock.now() + pause);
        world.advance(pause);
    }
    receiver.set_behaviour(Behaviour::Answers(200));
    let received = receiver.wait_for_deliveries(4).await;
    assert!(received.iter().all(|delivery| delivery.id == received[0].id), "it is the same one");
    until(async || webhook(&admin).await["waiting"] == 0).await;
    receiver.set_behaviour(Behaviour::Answers(500));
    assign(&world, &boss, &ann, "Blue").await;
    receiver.wait_for_deliveries(5).await;
    world.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    receiver.wait_for_deliveries(6).await;
    until(async || {
        world.sql::<bool>("select due_at > $$2026-03-05$$ from webhook_delivery where due_at is not null").await
    })
    .await;
    assert_eq!(webhook(&admin).await["givenUp"], 0);
    let pause: f64 = world
        .sql("select extract(epoch from due_at - at)::float8 from webhook_delivery where due_at is not null")
        .await;
    world.advance(TimeDelta::seconds(pause as i64 - 3 * 86_400 + 1));
    receiver.wait_for_deliveries(7).await;
    until(async || webhook(&admin).await["givenUp"] == 1).await;
    assert_eq!(webhook(&admin).await["waiting"], 0);
    // After a week, the delivery is forgotten.
    world.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    tidepool::jobs::run(&world.app, tidepool::jobs::Job::Forget).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from webhook_delivery").await, 0);
    assert_eq!(receiver.deliveries().len(), 7);
}

#[tokio::test]
async fn no_request_goes_to_a_private_address_unless_it_is_allowed() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let port = receiver.address.port();
    let [boss, ann, admin] = company(&world, &format!("https://localhost:{port}/hook")).await;
    assign(&world, &boss, &ann, "Acme").await;
    // The name of the host is resolved at the delivery.
    until(async || webhook(&admin).await["lastError"].to_string().contains("is not a public address")).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0.0.0.0",
        "10.1.2.3",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "[fe80::1]",
    ] {
        let url = format!("https://{host}:{port}/hook");
        assert_eq!(admin.outcome("saveWebhook", json!({"url": url})).await, "INVALID", "{host}");
        // A private URL that was saved when it was allowed.
        sqlx::query("update webhook set url = $1, last_error = null, last_error_at = null")
            .bind(&url)
            .execute(&world.db)
            .await
            .unwrap();
        world.advance(TimeDelta::hours(1));
        until(async || webhook(&admin).await["lastError"].to_string().contains("is not a public address")).await;
    }
    for url in [
        receiver.url(),
        "http://example.com/".to_owned(),
        "https://me@example.com/".to_owned(),
        "nonsense".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        assert_eq!(admin.outcome("saveWebhook", json!({"url": url})).await, "INVALID", "{url}");
    }
    sqlx::query("update webhook set url = 'http://example.com/'").execute(&world.db).await.unwrap();
    world.advance(TimeDelta::hours(1));
    until(async || webhook(&admin).await["lastError"] == "only https is allowed").await;
    assert_eq!(receiver.deliveries().len(), 0);
    // If private addresses are allowed, the delivery succeeds, by name too.
    let limits_with_private_webhooks =
        World::on(world.database.clone(), world.clock.clone(), limits_with_private_webhooks()).await;
    world.app.close().await;
    let url = format!("http://localhost:{port}/hook");
    assert_eq!(admin.at(&limits_with_private_webhooks).outcome("saveWebhook", json!({"url": url})).await, "");
    world.advance(TimeDelta::hours(1));
    receiver.wait_for_deliveries(1).await;
}

#[tokio::test]
async fn a_delivery_over_tls_needs_a_valid_certificate_of_the_receiver() {
    let (data, (authority, listener)) = (Folder::new("webhook"), tls_listener().await);
    std::fs::write(data.0.join("authority.pem"), authority).unwrap();
    let receiver = Receiver::start_on(listener).await;
    let world = World::on(fresh_database().await, Clock::database(), limits_with_private_webhooks()).await;
    let port = receiver.address.port();
    let [boss, ann, admin] = company(&world, &format!("https://localhost:{port}/hook")).await;
    let mut pooled = Vec::new();
    for name in ["Acme", "Blue", "Cold"] {
        pooled.push(world.pooled(name).await);
    }
    let assign = |customer: &Json| {
        let input = format!("{{customerIds: [{customer}], ownerId: \"{}\"}}", ann.gid());
        format!("mutation {{ assignCustomers(input: {input}) {{ userErrors {{ code }} }} }}")
    };
    boss.ask(&assign(&pooled[0])).await;
    until(async || webhook(&admin).await["lastError"].to_string().contains("UnknownIssuer")).await;
    // A server that trusts the authority.
    world.app.close().await;
    let url = database_url(&world.database);
    let mut trusting = serve(&data.0, &["--allow-private-webhooks", "--database-url", &url]);
    trusting.env("SSL_CERT_FILE", data.0.join("authority.pem"));
    let server = ServerProcess::start_as(&data.0, trusting);
    let point_to = |host: &str| {
        let input = format!("{{url: \"https://{host}:{port}/hook\"}}");
        let save = format!("mutation {{ saveWebhook(input: {input}) {{ userErrors {{ code }} }} }}");
        assert_eq!(server.ask(&admin.token, &save)["data"]["saveWebhook"]["userErrors"], json!([]));
    };
    point_to("127.0.0.1");
    server.ask(&boss.token, &assign(&pooled[1]));
    until(async || server.ask(&admin.token, "{ webhook { lastError } }").to_string().contains("not valid for name"))
        .await;
    assert_eq!(receiver.deliveries().len(), 0, "nothing is said to who does not prove to be the receiver");
    point_to("localhost");
    server.ask(&boss.token, &assign(&pooled[2]));
    until(async || receiver.deliveries().iter().any(|delivery| delivery.body.contains("Cold"))).await;
}

#[tokio::test]
async fn a_hanging_receiver_delays_nobody_and_deliveries_survive_the_end_of_a_server() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let [boss, ann, admin] = company(&world, &receiver.url()).await;
    receiver.set_behaviour(Behaviour::Hangs);
    for number in 0..12 {
        assign(&world, &boss, &ann, &format!("Company {number}")).await;
    }
    until(async || receiver.deliveries().len() >= 10).await;
    // Requests are served meanwhile, and no transaction is open.
    assign(&world, &boss, &ann, "Another").await;
    assert_eq!(ann.ask("{ notifications { totalCount } }").await["notifications"]["totalCount"], 13);
    let idle = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";
    until(async || world.sql::<i64>(idle).await == 0).await;
    assert_eq!(webhook(&admin).await["waiting"], 13);
    // The server stops before a delivery is accepted; another one continues.
    let second = World::on(world.database.clone(), world.clock.clone(), limits_with_private_webhooks()).await;
    world.app.close().await;
    receiver.set_behaviour(Behaviour::Answers(200));
    world.advance(TimeDelta::seconds(20));
    until(async || webhook(&admin.at(&second)).await["waiting"] == 0).await;
    let mut ids: Vec<_> = receiver.deliveries().into_iter().map(|delivery| delivery.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 13);
}

#[tokio::test]
async fn the_webhook_is_off_until_it_is_set_and_after_it_is_disabled() {
    let (world, receiver) = (World::with_limits(limits_with_private_webhooks()).await, Receiver::start().await);
    let (boss, admin) = (world.person("Boss", "manager", None).await, world.admin().await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    assign(&world, &boss, &ann, "Acme").await;
    assert_eq!(webhook(&admin).await, Json::Null);
    let wrong = [
        json!({"secret": secret()}),
        json!({"url": receiver.url()}),
        json!({"url": receiver.url(), "secret": "whsec_short"}),
        json!({"url": receiver.url(), "secret": BASE64.encode(SECRET)}),
        json!({"url": "", "secret": secret()}),
    ];
    for input in wrong {
        assert_eq!(admin.outcome("saveWebhook", input.clone()).await, "INVALID", "{input}");
    }
    let saved =
        admin.act("saveWebhook", json!({"url": receiver.url(), "secret": secret()}), "webhook { url waiting }").await;
    // Notifications from before are not delivered.
    assert_eq!(saved["webhook"], json!({"url": receiver.url(), "waiting": 0}));
    let other = format!("whsec_{}", BASE64.encode([8; 24]));
    assert_eq!(admin.outcome("saveWebhook", json!({"secret": other})).await, "");
    assert_eq!(webhook(&admin).await["url"], receiver.url());
    receiver.set_behaviour(Behaviour::Answers(500));
    assign(&world, &boss, &ann, "Blue").await;
    receiver.wait_for_deliveries(1).await;
    let off = admin.act("saveWebhook", json!({"url": null}), "webhook { url }").await;
    assert_eq!(off["webhook"], Json::Null);
    assign(&world, &boss, &ann, "Green").await;
    assert_eq!(world.sql::<i64>("select count(*) from webhook_delivery").await, 0);
    assert_eq!(admin.outcome("saveWebhook", json!({"url": receiver.url()})).await, "INVALID", "the secret is gone");
}
