//! The body of a delivery, and its signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::kernel::id::{CustomerId, NotificationId, PoolRuleId, PoolRuleRunId, TaskId, UserId};

/// A notification with the data that is sent.
#[derive(Debug)]
pub struct Message {
    pub id: NotificationId,
    pub kind: String,
    pub at: DateTime<Utc>,
    pub user: UserId,
    pub user_email: String,
    pub customer: Option<CustomerId>,
    pub customer_name: Option<String>,
    pub about_user: Option<UserId>,
    pub about_user_name: Option<String>,
    pub actor: Option<UserId>,
    pub actor_name: Option<String>,
    pub rule: Option<PoolRuleId>,
    pub rule_name: Option<String>,
    pub run: Option<PoolRuleRunId>,
    pub customers: Option<i64>,
    pub due_at: Option<DateTime<Utc>>,
    pub import_kind: Option<String>,
    pub records: Option<i32>,
    pub task: Option<TaskId>,
    pub task_subject: Option<String>,
    pub task_due_at: Option<DateTime<Utc>>,
}

impl Message {
    /// Returns the JSON body of the request.
    pub fn body(&self) -> String {
        let named = |id: String, name: &Option<String>| json!({"id": id, "name": name});
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let body = json!({
            "type": format!("notification.{}", self.kind.to_lowercase()),
            "timestamp": time(self.at),
            "data": {
                "id": self.id.to_string(),
                "kind": self.kind,
                "user": {"id": self.user.to_string(), "email": self.user_email},
                "customer": self.customer.map(|customer| named(customer.to_string(), &self.customer_name)),
                "aboutUser": self.about_user.map(|user| named(user.to_string(), &self.about_user_name)),
                "actor": self.actor.map(|actor| named(actor.to_string(), &self.actor_name)),
                "poolRule": self.rule.map(|rule| named(rule.to_string(), &self.rule_name)),
                "poolRuleRun": self.run.map(|run| json!({"id": run.to_string()})),
                "customers": self.customers,
                "dueAt": self.due_at.map(time),
                "importKind": self.import_kind,
                "records": self.records,
                "task": self.task.map(|task| {
                    json!({"id": task.to_string(), "subject": self.task_subject, "dueTime": self.task_due_at.map(time)})
                }),
            },
        });
        body.to_string()
    }
}

/// Returns the value of the header `webhook-signature`. A receiver who knows the secret computes the same value.
pub fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC accepts keys of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are the example of the specification.
    #[test]
    fn the_signature_of_the_specification_is_reproduced() {
        let secret = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("Base64");
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
