//! Follow-ups of another system, many at once. They may be of any time in the past, and others may have written them.
//! The caller has checked the values and the rights, and has locked the customers, whose follow-up times it updates
//! afterwards.

use chrono::{DateTime, Utc};

pub use super::entry::{Entry, Identity};
use super::{Channel, store};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, FollowUpId, ImportId, UserId};
use crate::kernel::op::Op;
pub use store::{customers_of, present, remove, remove_last_known};

/// Inserts follow-ups that an import brought.
pub async fn enter(op: &mut Op<'_>, import: ImportId, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let now = op.now();
    Ok(store::insert_all(op.db(), import, entries, now).await?)
}

/// The follow-up that says when the owner of an imported customer last followed up, of which nothing else is known.
pub fn last_known(id: FollowUpId, customer: CustomerId, owner: UserId, at: DateTime<Utc>) -> Entry {
    let content = "导入前的最后一次跟进。 (The last follow-up before the import.)".to_owned();
    Entry {
        id,
        customer,
        opportunity: None,
        author: owner,
        channel: Channel::Other,
        content,
        at,
        next_plan: None,
        next_contact_at: None,
    }
}
