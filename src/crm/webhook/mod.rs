//! Webhooks deliver events to receivers by HTTP, as specified by Standard Webhooks (standardwebhooks.com), or as messages of robots
//! of groups. Triggers write the events, and each webhook follows them up to its own position.
//!
//! - [`create`], [`update`], [`rotate_secret`], [`delete`]: sets receivers
//! - [`replay`]: lets a webhook get events again
//! - [`begin_test`], [`deliver::test`]: sends a message to try a webhook
//! - [`deliver`]: delivers what waits
//! - [`message`]: the body of a delivery and its signatures
//! - [`robot`], [`words`]: messages for the robots of groups
//! - [`client`]: one HTTP request
//! - [`address`]: the addresses that may be reached

mod address;
mod client;
pub mod deliver;
mod draft;
mod edit;
mod message;
mod robot;
mod store;
mod words;

use chrono::{DateTime, TimeDelta, Utc};

pub use draft::{Draft, Edit};
pub use edit::{begin_test, create, delete, delete_all, replay, rotate_secret, update};
pub use store::{Status, find_all, find_one, find_status};

use crate::kernel::error::Language;
use crate::kernel::id::WebhookId;

/// How many webhooks an installation has at most.
const MOST_WEBHOOKS: i32 = 20;
/// For how long the secret before the last rotation also signs.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How long a webhook fails before it is paused.
const RETRY_FOR: TimeDelta = TimeDelta::days(3);
/// How long a webhook can't be tested again.
const BETWEEN_TESTS: TimeDelta = TimeDelta::seconds(5);

/// The form in which a webhook gets events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "WebhookFormat")]
pub enum Format {
    /// JSON, signed as Standard Webhooks describes, with up to 100 events.
    Standard,
    /// A message in a group of WeCom (企业微信), by its robot.
    Wecom,
    /// A message in a group of DingTalk (钉钉), by its robot.
    Dingtalk,
    /// A message in a group of Lark or Feishu (飞书), by its robot.
    Feishu,
}

/// A kind of events that webhooks can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, async_graphql::Enum)]
#[graphql(name = "WebhookEvent")]
pub enum Kind {
    /// The owner of a customer changed, or a customer was entered, archived, merged, or put on the blacklist: each row of
    /// `operations`.
    CustomerMoved,
    /// An opportunity was created, or came into another stage.
    OpportunityMoved,
    /// An order was created or took a step: paid, shipped, delivered, cancelled, refunded.
    OrderStep,
    /// A follow-up was recorded.
    FollowUp,
    /// The file of an import was read, or an import ended, stopped or was undone.
    Import,
    /// A run of a pool rule ended.
    PoolRuleRun,
    /// A run of a pool rule waits for approval, was approved, or was not approved in time.
    Approval,
    /// A user got a notification.
    Notification,
}

/// A webhook, and how its deliveries go.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub format: Format,
    pub language: Language,
    pub has_secret: bool,
    pub previous_secret_until: Option<DateTime<Utc>>,
    pub events: Vec<Kind>,
    /// The place in the log up to which it has got all events that it wants.
    pub cursor: String,
    pub paused_at: Option<DateTime<Utc>>,
    pub failing_since: Option<DateTime<Utc>>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_error_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    /// How many events wait, up to [`store::MOST_COUNTED`], and since when the first of them is in the log.
    pub waiting: i64,
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Where deliveries of a webhook go.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Target {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub format: Format,
    pub language: Language,
    pub secret: Option<Vec<u8>>,
    /// The secret before the last rotation, as long as it also signs.
    pub previous_secret: Option<Vec<u8>>,
}
