//! Customers by the hundred, as files bring them: found, held, entered and changed in a few statements, whatever their
//! number. What is checked of each is in [`edit`](super::edit).

mod store;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::duplicate::Status;
use super::edit::{Draft, UPDATE};
use super::locking;
use super::store::{self as customers, Change, Entry};
use crate::kernel::access::{Rights, Scope, Scopes};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::{ContactId, CustomerId, UserId};
use crate::kernel::op::Op;
pub use store::{keep_active, known};

/// A customer that has a name or a credit code that was asked for, and what the actor may do with it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Which.
    pub id: CustomerId,
    /// Where it is.
    pub status: Status,
    /// Who has it.
    pub owner: Option<UserId>,
    /// Since when.
    pub owned_since: Option<DateTime<Utc>>,
    /// When they last followed up.
    pub last_followup: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What can be edited of it.
    pub draft: Draft,
    /// Its contacts, the oldest first, those that are archived left out.
    pub contacts: Vec<KnownContact>,
    /// The values of its extras, as text.
    pub extras: HashMap<String, String>,
    /// Whether the actor may edit it.
    pub may_update: bool,
    /// Whether they may archive it.
    pub may_archive: bool,
    /// Whether they may write its level.
    pub may_write_level: bool,
    /// Whether they may enter contacts.
    pub may_write_contacts: bool,
    /// Whether they may read its contacts, and so write personal extras.
    pub may_read_contacts: bool,
}

/// A contact of such a customer.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct KnownContact {
    #[serde(deserialize_with = "crate::kernel::id::of_uuid")]
    pub id: ContactId,
    pub version: i32,
    pub name: String,
    pub title: Option<String>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub wechat: Option<String>,
}

/// Holds those of the customers that the actor may edit until the operation ends; those that somebody else holds for long
/// are left out.
pub async fn hold(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<HashSet<CustomerId>, Error> {
    let refuse = |customer: &locking::Customer| (!customer.reach.is_permitted).then(UserError::not_found);
    let mut candidates = locking::look(op, ids, UPDATE, refuse).await?;
    locking::lock(op, &mut candidates, UPDATE, refuse).await?;
    Ok(ids.iter().copied().filter(|&id| candidates.of(id).is_ok()).collect())
}

/// Enters customers, each with its row of the log, those that come into the pool protected for a time. One that somebody
/// else has entered meanwhile is a `CONFLICT`, and nothing is written.
pub async fn enter(op: &mut Op<'_>, entries: &[Entry], protect_for: Option<TimeDelta>) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let (now, creator) = (op.now(), op.actor().user_id());
    customers::insert(op.db(), entries, protect_for, creator, now).await.map_err(taken_meanwhile)?;
    let event = |entry: &Entry| Event {
        customer: entry.id,
        at: now,
        kind: Kind::Imported { owner: entry.owner },
        remark: None,
    };
    op.record(&entries.iter().map(event).collect::<Vec<_>>()).await
}

/// Saves edits of customers that are [held](hold). A name or credit code that somebody else took meanwhile is a `CONFLICT`.
pub async fn change(op: &mut Op<'_>, changes: &[Change]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    customers::update(op.db(), changes).await.map_err(taken_meanwhile)
}

/// Archives customers that are [held](hold), for what entered them is undone.
pub async fn take_back(op: &mut Op<'_>, customers: &[&Known]) -> Result<(), Error> {
    if customers.is_empty() {
        return Ok(());
    }
    let event = |known: &&Known| Event {
        customer: known.id,
        at: change_time(op.now(), known.updated_at),
        kind: Kind::TakenBack { owner: known.owner },
        remark: None,
    };
    let events: Vec<_> = customers.iter().map(event).collect();
    store::archive(op.db(), &events).await?;
    op.record(&events).await
}

fn taken_meanwhile(error: sqlx::Error) -> Error {
    match violated(&error) {
        Some("customer_name_key_unique" | "customer_credit_code_unique") => {
            let text = Text::new("Such a customer has just been entered.", "该客户刚刚被录入。");
            UserError::new(Code::Conflict, text).into()
        }
        _ => error.into(),
    }
}

/// Whether scopes reach a customer that the viewer enters for this owner, or into the pool.
pub fn reach_new(scopes: Scopes, rights: &Rights, owner: Option<UserId>) -> bool {
    let any = |reaching: &[Scope]| !scopes.among(reaching).is_empty();
    scopes.contains(Scope::All)
        || match owner {
            None => any(&[Scope::Pool, Scope::PoolAll, Scope::Entered, Scope::EnteredPooled]),
            Some(owner) if owner == rights.viewer => any(&[Scope::Own, Scope::Entered]),
            Some(owner) => scopes.contains(Scope::Entered) || scopes.contains(Scope::Team) && rights.is_above(owner),
        }
}
