//! Messages for the robots of groups: WeCom (企业微信), DingTalk (钉钉), Lark and Feishu (飞书). They are plain text, because a name in
//! Markdown could be a link. Each robot takes 20 messages in a minute, so those of a webhook are seconds apart, and one tells of many
//! events.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use url::Url;

use super::Format;
use super::client::{DeliveryError, Outgoing};
use super::message::hmac;

/// The time between two messages of a webhook.
pub const PAUSE: TimeDelta = TimeDelta::seconds(4);

/// How many bytes a text has at most. WeCom allows 2,048, the others 20,000 for the whole request; more than this nobody reads.
pub fn most_bytes(format: Format) -> usize {
    if format == Format::Wecom { 2_000 } else { 5_000 }
}

/// The request that sends a text, signed if the group has a secret.
pub fn request(format: Format, url: &str, secret: Option<&[u8]>, now: DateTime<Utc>, text: &str) -> Outgoing {
    let (mut url, mut body) = (url.to_owned(), json!({"msgtype": "text", "text": {"content": text}}));
    match format {
        Format::Feishu => {
            body = json!({"msg_type": "text", "content": {"text": text}});
            if let Some(secret) = secret {
                let timestamp = now.timestamp().to_string();
                // The key is what is signed elsewhere, and nothing is signed.
                body["sign"] = json!(BASE64.encode(hmac(&signed(&timestamp, secret), b"")));
                body["timestamp"] = json!(timestamp);
            }
        }
        Format::Dingtalk => {
            if let (Some(secret), Ok(mut parsed)) = (secret, Url::parse(&url)) {
                let timestamp = now.timestamp_millis().to_string();
                let signature = BASE64.encode(hmac(secret, &signed(&timestamp, secret)));
                parsed.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &signature);
                url = parsed.into();
            }
        }
        Format::Wecom | Format::Standard => {}
    }
    Outgoing { url, headers: Vec::new(), body: body.to_string() }
}

fn signed(timestamp: &str, secret: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b"\n", secret].concat()
}

/// Reads the answer of a robot. It has the status 200 also if the robot has failed.
pub fn check(answer: &[u8]) -> Result<(), DeliveryError> {
    let answer: Json = serde_json::from_slice(answer).map_err(|_| DeliveryError::NotARobot)?;
    let names = [("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")];
    let found = names.iter().find_map(|(code, message)| Some((answer[code].as_i64()?, &answer[message])));
    match found.ok_or(DeliveryError::NotARobot)? {
        (0, _) => Ok(()),
        (code, message) => {
            let message = message.as_str().unwrap_or_default();
            let message = message.chars().filter(|letter| !letter.is_control()).take(150).collect();
            Err(DeliveryError::RefusedByRobot { code, message })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values were computed by the examples in Python of the documentation of both robots.
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let now = DateTime::from_timestamp(1_599_360_473, 0).unwrap();
        let sent = request(
            Format::Dingtalk,
            "https://oapi.dingtalk.com/robot/send?access_token=x",
            Some(b"this is secret"),
            now,
            "hi",
        );
        assert_eq!(
            sent.url,
            "https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1599360473000&sign=hXZTWifRGHclNuZSKxoXc%2F%2Fsh51SWfVfRIhcdeKs63I%3D"
        );
        assert_eq!(sent.body, r#"{"msgtype":"text","text":{"content":"hi"}}"#);
        let sent = request(
            Format::Feishu,
            "https://open.feishu.cn/open-apis/bot/v2/hook/x",
            Some(b"this is secret"),
            now,
            "hi",
        );
        let body: Json = serde_json::from_str(&sent.body).unwrap();
        let sign = "/eYKrXQBzTjUZJ3s6NX16VxGbTwmK7AEs8/FnvC1CSw=";
        assert_eq!(
            body,
            json!({"msg_type": "text", "content": {"text": "hi"}, "timestamp": "1599360473", "sign": sign})
        );
        let sent = request(Format::Wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", None, now, "hi");
        assert_eq!(sent.url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x");
    }

    #[test]
    fn an_answer_with_another_code_than_zero_is_a_failure() {
        for good in [
            r#"{"errcode":0,"errmsg":"ok"}"#,
            r#"{"code":0,"data":{},"msg":"success"}"#,
            r#"{"StatusCode":0,"StatusMessage":"success"}"#,
        ] {
            assert!(check(good.as_bytes()).is_ok(), "{good}");
        }
        let error = |answer: &str| check(answer.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
            "the robot answered 45009: api freq out of limit"
        );
        assert_eq!(error(r#"{"code":19021,"msg":"sign match fail"}"#), "the robot answered 19021: sign match fail");
        for other in ["", "<html>", "{}", "[]", "null", r#"{"errcode":"0"}"#] {
            assert_eq!(error(other), "the answer is not that of a robot", "{other}");
        }
    }
}
