//! The messages of the protocol `graphql-transport-ws`, and the codes with which a socket is closed.

use axum::extract::ws::CloseFrame;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::request::Payload;
use crate::kernel::feed::Cursor;

/// Why a socket is closed: codes of the protocol, of WebSocket itself, and one of our own.
pub enum Close {
    /// A message that the protocol does not know.
    BadMessage(String),
    /// A `subscribe` before `connection_init`.
    Unauthorized,
    /// The token is not one of a living session, or its session has ended.
    Forbidden,
    /// No introduction in time.
    InitTimeout,
    /// The id of an operation that still runs.
    DuplicateId(String),
    /// Introduced twice.
    TooManyInits,
    /// It takes no message; the reason is the cursor to go on from: of several subscriptions, the first of theirs.
    TooSlow,
    /// The server stops.
    Restart,
    /// The database can't be asked who this is.
    TryAgain,
    /// It said so itself, and is answered.
    Mutual,
    /// Gone already, or about to.
    Gone,
}

impl Close {
    /// The closing frame; `None` where none is sent. Of a slow client the reason is the cursor to resume behind.
    pub fn frame(&self, cursor: Option<Cursor>) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::BadMessage(why) => (4400, why.chars().take(100).collect()),
            Self::Unauthorized => (4401, "Unauthorized".to_owned()),
            Self::Forbidden => (4403, "Forbidden".to_owned()),
            Self::InitTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Self::DuplicateId(id) => {
                (4409, format!("Subscriber for {} already exists", id.chars().take(50).collect::<String>()))
            }
            Self::TooManyInits => (4429, "Too many initialisation requests".to_owned()),
            Self::TooSlow => (4499, cursor.map(|cursor| cursor.to_string()).unwrap_or_default()),
            Self::Restart => (1012, "Service restart".to_owned()),
            Self::TryAgain => (1013, "Try again later".to_owned()),
            Self::Mutual | Self::Gone => return None,
        };
        // A reason has at most 123 bytes.
        let mut reason: String = reason;
        while reason.len() > 123 {
            reason.pop();
        }
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Json>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Json>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Json>>,
    },
    Subscribe {
        id: String,
        payload: Payload,
    },
    Complete {
        id: String,
    },
}
