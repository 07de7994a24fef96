//! The body of a delivery, and its signatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;

use super::store::LoggedEvent;

/// The JSON body of a delivery with events.
pub fn body(epoch: &str, events: &[LoggedEvent]) -> String {
    let cursor = |position: i64| format!("event_{epoch}_{position}");
    let of_body = |event: &LoggedEvent| json!({"type": event.what["type"], "cursor": cursor(event.position), "timestamp": time(event.at), "data": event.what["data"]});
    let last = events.last().map(|event| (time(event.at), cursor(event.position))).unwrap_or_default();
    let events: Vec<Json> = events.iter().map(of_body).collect();
    json!({"type": "events", "timestamp": last.0, "data": {"cursor": last.1, "events": events}}).to_string()
}

/// The JSON body of a test.
pub fn test_body(name: &str, now: DateTime<Utc>) -> String {
    json!({"type": "test", "timestamp": time(now), "data": {"webhook": name}}).to_string()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Returns the value of the header `webhook-signature`, with a signature for each secret. A receiver who knows one of them computes the
/// same.
pub fn signatures<'a>(secrets: impl IntoIterator<Item = &'a [u8]>, id: &str, timestamp: i64, body: &str) -> String {
    let signed = format!("{id}.{timestamp}.{body}");
    let signatures = secrets.into_iter().map(|secret| format!("v1,{}", BASE64.encode(hmac(secret, signed.as_bytes()))));
    signatures.collect::<Vec<_>>().join(" ")
}

/// HMAC-SHA256.
pub fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are the example of the specification.
    #[test]
    fn the_signature_of_the_specification_is_reproduced() {
        let secret = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("Base64");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures([secret.as_slice()], id, 1_614_265_330, body), signature);
        let both = signatures([b"another".as_slice(), secret.as_slice()], id, 1_614_265_330, body);
        assert!(both.starts_with("v1,") && both.ends_with(&format!(" {signature}")), "{both}");
    }
}
