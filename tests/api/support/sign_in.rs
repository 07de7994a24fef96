//! Clients that sign in: where they are, and their tokens.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value as Json, json};
use totp_rs::{Builder, Secret, Totp};

use super::{Person, World};

pub const LOGIN: &str = "accessToken refreshToken expiresAt viewer { name email roles }";

/// A client at an address.
pub struct Device {
    pub person: Person,
    pub address: &'static str,
    pub user_agent: &'static str,
    /// What a proxy says of the address.
    pub forwarded: &'static [&'static str],
}

impl Device {
    pub fn of(world: &World, address: &'static str) -> Self {
        Self { person: world.nobody(), address, user_agent: "Test/1.0", forwarded: &[] }
    }

    pub async fn act(&self, mutation: &str, input: Json, selection: &str) -> Json {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code path until }} }} }}"
        );
        let body = json!({"query": query, "variables": {"input": input}}).to_string();
        let mut request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("user-agent", self.user_agent)
            .extension(ConnectInfo(SocketAddr::new(self.address.parse().unwrap(), 4711)));
        for line in self.forwarded {
            request = request.header("x-forwarded-for", *line);
        }
        if !self.person.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.person.token));
        }
        let (_, answer) = self.person.send(request.body(Body::from(body)).unwrap()).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][mutation].clone()
    }

    pub async fn login(&self, email: &str, password: &str) -> Json {
        self.act("login", json!({"email": email, "password": password}), LOGIN).await
    }

    /// The code that a sign-in is refused with; empty if it succeeds.
    pub async fn tries(&self, email: &str, password: &str) -> String {
        let answer = self.login(email, password).await;
        answer["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Person {
    /// The same person with another token.
    pub fn holding(&self, token: &Json) -> Self {
        Self { token: token.as_str().unwrap_or_default().to_owned(), ..self.clone() }
    }

    pub async fn login(&self, email: &str, password: &str) -> Json {
        self.act("login", json!({"email": email, "password": password}), LOGIN).await
    }

    pub async fn refresh(&self, token: &Json) -> Json {
        self.act("refreshSession", json!({"refreshToken": token}), LOGIN).await
    }

    /// Whether the refresh token is accepted.
    pub async fn refreshes(&self, token: &Json) -> bool {
        let answer = self.refresh(token).await;
        let refused = answer["userErrors"][0]["code"].as_str();
        assert!(refused.is_none_or(|code| code == "INVALID_REFRESH_TOKEN"), "{answer}");
        refused.is_none()
    }

    /// Whether the token is accepted.
    pub async fn is_in(&self) -> bool {
        let answer = self.ask_with("{ viewer { name } }", json!({})).await;
        answer["errors"].is_null()
    }
}

/// The app on somebody's phone.
pub struct Phone(Totp);

impl Phone {
    pub fn with(secret: &Json) -> Self {
        let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code that it shows, with its clock off by some seconds.
    pub fn shows(&self, world: &World, off: i64) -> String {
        self.0.generate((world.clock.now().timestamp() + off).unsigned_abs()).to_string()
    }
}

/// A world in which Ann can sign in with the password `correct horse`; an administrator, and Ann's id.
pub async fn with_ann() -> (World, Person, Json) {
    with_ann_of(World::new().await).await
}

/// The same in a world with settings of its own.
pub async fn with_ann_of(world: World) -> (World, Person, Json) {
    let admin = world.admin().await;
    let input = json!({"email": "Ann.New@Example.com", "name": "Ann", "roles": ["sales"]});
    let created = admin.act("createUser", input, "user { id email roles }").await;
    assert_eq!(created["user"]["email"], "ann.new@example.com", "{created}");
    let ann = created["user"]["id"].clone();
    sets_password(&world, &admin, &ann, "correct horse").await;
    (world, admin, ann)
}

/// Somebody sets a password, by a link that an administrator hands over.
pub async fn sets_password(world: &World, admin: &Person, user: &Json, password: &str) {
    let made = admin.act("createPasswordLink", json!({"userId": user}), "link { url }").await;
    let token = made["link"]["url"].as_str().unwrap().split_once('#').unwrap().1;
    let set = json!({"token": token, "newPassword": password});
    assert_eq!(world.nobody().outcome("setPassword", set).await, "");
}
