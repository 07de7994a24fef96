//! Quick releases: a rep who claims customers and soon releases them has seen their contacts. That counts as a look at
//! each contact, and when it happens often, the superior is told.

use super::store;
use crate::crm::contact::reveal;
use crate::crm::customer::model::OwnedCustomer;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::Error;
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::op::Op;

/// Logs the looks at contacts of customers that the actor is about to release, and has claimed a short time ago.
pub async fn log(op: &mut Op<'_>, released: &[OwnedCustomer]) -> Result<(), Error> {
    let Some(within) = op.settings().quick_release else { return Ok(()) };
    if released.is_empty() {
        return Ok(());
    }
    let (user, now) = (op.viewer()?.user, op.now());
    let ids: Vec<_> = released.iter().map(|owned| owned.customer).collect();
    let quick = store::claimed_since(op.db(), &ids, user, now - within).await?;
    if quick.is_empty() {
        return Ok(());
    }
    let (start, _) = op.settings().day_around(now);
    let before = reveal::released_customers(op, start).await?;
    let all = reveal::log_released(op, &quick, start).await?;
    match op.settings().quick_release_alert.map(i64::from) {
        Some(alert) if before < alert && alert <= all => tell(op, all).await,
        _ => Ok(()),
    }
}

/// Tells the superior, and notes it in the audit log.
async fn tell(op: &mut Op<'_>, customers: i64) -> Result<(), Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    op.audit(Entry::of(Kind::QuickReleases).about(user).detail(format!("customers: {customers}"))).await?;
    let superior = op.directory().people.get(&user).and_then(|member| member.manager);
    let told = superior.map(|superior| Notification {
        user: superior,
        notice: Notice::QuickReleases,
        about: About::User(user),
        at: now,
        rule: None,
    });
    op.notify(told.as_slice()).await
}
