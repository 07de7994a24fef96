//! Ids: UUIDv7 in the database, typed in the code, `customer_0190a5b4-…` for clients, who must treat them as opaque.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};
use uuid::{ContextV7, Timestamp, Uuid};

/// A marker type for a kind of ids.
pub trait Identified: 'static {
    /// The prefix before the underscore in the text that clients see.
    const PREFIX: &'static str;
}

/// Marks the ids of users.
pub enum User {}
/// Marks the ids of sessions.
pub enum Session {}
/// Marks the ids of API keys.
pub enum ApiKey {}
/// Marks the ids of customers.
pub enum Customer {}
/// Marks the ids of contacts.
pub enum Contact {}
/// Marks the ids of rows of the operation log.
pub enum Operation {}
/// Marks the ids of notifications.
pub enum Notification {}
/// Marks the ids of products.
pub enum Product {}
/// Marks the ids of opportunities.
pub enum Opportunity {}
/// Marks the ids of follow-ups.
pub enum FollowUp {}
/// Marks the ids of tasks.
pub enum Task {}
/// Marks the ids of orders.
pub enum Order {}
/// Marks the ids of enquiries.
pub enum Enquiry {}
/// Marks the ids of payments.
pub enum Payment {}
/// Marks the ids of feedback.
pub enum Feedback {}
/// Marks the ids of imports.
pub enum Import {}
/// Marks the ids of public pools.
pub enum Pool {}
/// Marks the ids of pool rules.
pub enum PoolRule {}
/// Marks the ids of runs of pool rules.
pub enum PoolRuleRun {}
/// Marks the ids of operation batches.
pub enum OperationBatch {}
/// Marks the ids of webhooks.
pub enum Webhook {}

/// The id of a user.
pub type UserId = Id<User>;
/// The id of a session.
pub type SessionId = Id<Session>;
/// The id of an API key.
pub type ApiKeyId = Id<ApiKey>;
/// The id of a customer.
pub type CustomerId = Id<Customer>;
/// The id of a contact.
pub type ContactId = Id<Contact>;
/// The id of a notification.
pub type NotificationId = Id<Notification>;
/// The id of a product.
pub type ProductId = Id<Product>;
/// The id of an opportunity.
pub type OpportunityId = Id<Opportunity>;
/// The id of a follow-up.
pub type FollowUpId = Id<FollowUp>;
/// The id of a task.
pub type TaskId = Id<Task>;
/// The id of an order.
pub type OrderId = Id<Order>;
/// The id of an enquiry.
pub type EnquiryId = Id<Enquiry>;
/// The id of a payment.
pub type PaymentId = Id<Payment>;
/// The id of a piece of feedback.
pub type FeedbackId = Id<Feedback>;
/// The id of an import.
pub type ImportId = Id<Import>;
/// The id of a public pool.
pub type PoolId = Id<Pool>;
/// The id of a pool rule.
pub type PoolRuleId = Id<PoolRule>;
/// The id of a run of a pool rule.
pub type PoolRuleRunId = Id<PoolRuleRun>;
/// The id of an operation batch. The batch of a pool rule's run has the id of the run.
pub type OperationBatchId = Id<OperationBatch>;
/// The id of a webhook.
pub type WebhookId = Id<Webhook>;

impl Identified for User {
    const PREFIX: &'static str = "user";
}
impl Identified for Session {
    const PREFIX: &'static str = "session";
}
impl Identified for ApiKey {
    const PREFIX: &'static str = "apikey";
}
impl Identified for Customer {
    const PREFIX: &'static str = "customer";
}
impl Identified for Contact {
    const PREFIX: &'static str = "contact";
}
impl Identified for Operation {
    const PREFIX: &'static str = "operation";
}

impl Identified for Notification {
    const PREFIX: &'static str = "notification";
}
impl Identified for Product {
    const PREFIX: &'static str = "product";
}
impl Identified for Opportunity {
    const PREFIX: &'static str = "opportunity";
}
impl Identified for FollowUp {
    const PREFIX: &'static str = "followup";
}
impl Identified for Task {
    const PREFIX: &'static str = "task";
}
impl Identified for Order {
    const PREFIX: &'static str = "order";
}
impl Identified for Payment {
    const PREFIX: &'static str = "payment";
}
impl Identified for Feedback {
    const PREFIX: &'static str = "feedback";
}
impl Identified for Import {
    const PREFIX: &'static str = "import";
}
impl Identified for Pool {
    const PREFIX: &'static str = "pool";
}
impl Identified for PoolRule {
    const PREFIX: &'static str = "poolrule";
}
impl Identified for PoolRuleRun {
    const PREFIX: &'static str = "poolrulerun";
}
impl Identified for OperationBatch {
    const PREFIX: &'static str = "operationbatch";
}
impl Identified for Webhook {
    const PREFIX: &'static str = "webhook";
}

/// The id of the default pool, which every installation has.
pub const DEFAULT_POOL: PoolId = Id(Uuid::from_u128(0x0190_a5b4_0000_7000_8000_0000_0000_0101), PhantomData);

/// The id of a `T`.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// It is not the text of any id.
    #[error("{0:?} is not an id")]
    Malformed(String),
    /// It is an id of another kind.
    #[error("{given:?} is the id of a {found}, not of a {wanted}")]
    OfSomethingElse {
        /// The text.
        given: String,
        /// The kind of the id.
        found: String,
        /// The wanted kind.
        wanted: &'static str,
    },
}

/// Splits the text of an id into the kind and the UUID.
pub fn parse(text: &str) -> Result<(&str, Uuid), BadId> {
    let malformed = || BadId::Malformed(text.chars().take(64).collect());
    let (kind, uuid) = text.rsplit_once('_').ok_or_else(malformed)?;
    // Each id has only one text: `Uuid::parse_str` would also accept braces, capitals and missing hyphens.
    let canonical = uuid.len() == 36 && !uuid.bytes().any(|b| b.is_ascii_uppercase());
    let uuid = Uuid::parse_str(uuid).ok().filter(|_| canonical).ok_or_else(malformed)?;
    Ok((kind, uuid))
}

/// Reads the text of an id of one kind.
pub fn parse_as(text: &str, wanted: &'static str) -> Result<Uuid, BadId> {
    let (found, uuid) = parse(text)?;
    if found == wanted {
        return Ok(uuid);
    }
    Err(BadId::OfSomethingElse { given: text.to_owned(), found: found.to_owned(), wanted })
}

impl<T> Id<T> {
    /// The UUID in the database.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
}

impl<T: Identified> FromStr for Id<T> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        parse_as(text, T::PREFIX).map(Self::from)
    }
}

impl<T: Identified> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", T::PREFIX, self.0)
    }
}

impl<T: Identified> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> Type<Postgres> for Id<T> {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}
impl<T> PgHasArrayType for Id<T> {
    fn array_type_info() -> PgTypeInfo {
        <Uuid as PgHasArrayType>::array_type_info()
    }
}
impl<'q, T> Encode<'q, Postgres> for Id<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buffer)
    }
}
impl<'r, T> Decode<'r, Postgres> for Id<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Uuid::decode(value).map(Self::from)
    }
}

/// Reads an id from a UUID without a prefix, as PostgreSQL writes it into JSON.
pub fn of_uuid<'de, T, D: serde::Deserializer<'de>>(from: D) -> Result<Id<T>, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
    text.parse::<Uuid>().map(Id::from).map_err(serde::de::Error::custom)
}

/// Writes an id as a UUID without a prefix, as PostgreSQL reads it from JSON.
pub fn as_uuid<T, S: serde::Serializer>(id: &Id<T>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&id.0)
}

/// Writes an optional id in the same way; `None` is null.
pub fn as_uuid_or_null<T, S: serde::Serializer>(id: &Option<Id<T>>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => as_uuid(id, to),
        None => to.serialize_none(),
    }
}

/// The UUIDs of some ids, for an array parameter.
pub fn uuids<T>(ids: &[Id<T>]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// A new id, greater than every earlier id of this server. So rows that are made together lie together in every index,
/// and rows of one instant, such as the rows of an imported file, are read in the order in which they were made.
pub fn new_uuid(now: DateTime<Utc>) -> Uuid {
    static LAST: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(&LAST, seconds, now.timestamp_subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Entity;
    impl Identified for Entity {
        const PREFIX: &'static str = "thing";
    }

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let id: Id<Entity> = Uuid::from_u128(7).into();
        assert_eq!(id.to_string(), "thing_00000000-0000-0000-0000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn ids_of_one_instant_are_in_the_order_in_which_they_were_made() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let ids: Vec<_> = std::iter::repeat_with(|| new_uuid(now)).take(1000).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn other_texts_and_ids_of_another_kind_are_refused() {
        for text in [
            "",
            "thing",
            "thing_",
            "thing_7",
            "00000000-0000-0000-0000-000000000007",
            "thing_{00000000-0000-0000-0000-000000000007}",
        ] {
            assert_eq!(text.parse::<Id<Entity>>(), Err(BadId::Malformed(text.to_owned())));
        }
        assert!(matches!("thing_0000000A-0000-0000-0000-000000000007".parse::<Id<Entity>>(), Err(BadId::Malformed(_))));
        assert!(matches!(
            "user_00000000-0000-0000-0000-000000000007".parse::<Id<Entity>>(),
            Err(BadId::OfSomethingElse { .. })
        ));
    }
}
