//! Deliveries reach public addresses alone, and over TLS only who proves to be the receiver.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::Listener;
use chrono::TimeDelta;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use tidepool::kernel::clock::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::program::{Folder, ServerProcess, database_url, serve};
use crate::support::receiver::{Receiver, create_webhook, limits_with_private_webhooks, webhook};
use crate::support::{World, fresh_database, until};

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

#[tokio::test]
async fn no_request_goes_to_a_private_address_unless_it_is_allowed() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let port = receiver.address.port();
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (id, _) = create_webhook(&admin, &format!("https://localhost:{port}/hook"), json!(["CUSTOMER_MOVED"])).await;
    ann.create("Acme").await;
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
        assert_eq!(admin.outcome("updateWebhook", json!({"webhookId": id, "url": url})).await, "INVALID", "{host}");
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
        assert_eq!(admin.outcome("updateWebhook", json!({"webhookId": id, "url": url})).await, "INVALID", "{url}");
    }
    sqlx::query("update webhook set url = 'http://example.com/'").execute(&world.db).await.unwrap();
    world.advance(TimeDelta::hours(1));
    until(async || webhook(&admin).await["lastError"] == "only https is allowed").await;
    assert_eq!(receiver.deliveries().len(), 0);
    // If private addresses are allowed, the delivery succeeds, by name too.
    let allowing = World::on(world.database.clone(), world.clock.clone(), limits_with_private_webhooks()).await;
    world.app.close().await;
    let url = format!("http://localhost:{port}/hook");
    assert_eq!(admin.at(&allowing).outcome("updateWebhook", json!({"webhookId": id, "url": url})).await, "");
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
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (id, _) = create_webhook(&admin, &format!("https://localhost:{port}/hook"), json!(["CUSTOMER_MOVED"])).await;
    let create = |name: &str| {
        format!(
            "mutation {{ createCustomer(input: {{name: \"{name}\", source: \"WEBSITE\"}}) {{ userErrors {{ code }} }} }}"
        )
    };
    ann.ask(&create("Acme")).await;
    until(async || webhook(&admin).await["lastError"].to_string().contains("UnknownIssuer")).await;
    // A server that trusts the authority.
    world.app.close().await;
    let url = database_url(&world.database);
    let mut trusting = serve(&data.0, &["--allow-private-webhooks", "--database-url", &url]);
    trusting.env("SSL_CERT_FILE", data.0.join("authority.pem"));
    let server = ServerProcess::start_as(&data.0, trusting);
    let point_to = |host: &str| {
        let input = format!("{{webhookId: {id}, url: \"https://{host}:{port}/hook\"}}");
        let save = format!("mutation {{ updateWebhook(input: {input}) {{ userErrors {{ code }} }} }}");
        assert_eq!(server.ask(&admin.token, &save)["data"]["updateWebhook"]["userErrors"], json!([]));
    };
    point_to("127.0.0.1");
    server.ask(&ann.token, &create("Blue"));
    until(async || server.ask(&admin.token, "{ webhooks { lastError } }").to_string().contains("not valid for name"))
        .await;
    assert_eq!(receiver.deliveries().len(), 0, "nothing is said to who does not prove to be the receiver");
    point_to("localhost");
    server.ask(&ann.token, &create("Cold"));
    until(async || receiver.deliveries().iter().any(|delivery| delivery.body.contains("Cold"))).await;
}
