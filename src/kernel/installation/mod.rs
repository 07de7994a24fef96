//! Where this installation runs. A server that finds the database at another place (after a failover, a restore, or in a copy)
//! begins another [epoch](crate::kernel::feed::Epoch) of its log of events, unless it knows that the log is still the same.
//!
//! A copy, which is another database, is held: its webhooks, e-mail and pool rules wait until an operator has said what it is.

mod store;

use sqlx::{PgConnection, PgPool};

use crate::kernel::error::Error;
use crate::kernel::feed::Epoch;
use crate::kernel::transaction::begin;
use store::Place;

/// How the place at which servers ran last, and the one of this moment, are related.
#[derive(Debug, PartialEq, Eq)]
enum Arrival {
    /// No server has run yet.
    First,
    /// It is the same place.
    Same,
    /// It is the same database, and its history has branched off.
    Branched,
    /// It is another database.
    Copied,
}

impl Arrival {
    fn of(before: Option<&Place>, here: &Place) -> Self {
        match before {
            None => Self::First,
            Some(before) if before == here => Self::Same,
            Some(before)
                if (before.system_identifier, before.database_oid) == (here.system_identifier, here.database_oid) =>
            {
                Self::Branched
            }
            Some(_) => Self::Copied,
        }
    }
}

/// What an operator can do about a copy that is held.
pub const ADVICE: &str = "this database is a copy of the one where servers ran last, so webhooks, e-mail and pool rules are held: \
    run `tidepool adopt` if it is an installation of its own, or `tidepool adopt --same-installation` if it replaces the other one";

/// Notes where the database is, and begins another epoch if its log may be another one. `knows_log`: the server knows that the
/// log is still the one that it has read from. A copy is held. A replica is left as it is.
pub async fn settle(db: &PgPool, knows_log: bool) -> Result<(), Error> {
    let mut transaction = begin(db).await?;
    let Some(here) = store::present_place(&mut transaction).await? else { return Ok(()) };
    store::lock(&mut transaction).await?;
    let before = store::last_place(&mut transaction).await?;
    match Arrival::of(before.as_ref(), &here) {
        Arrival::Same => return Ok(()),
        Arrival::First => {}
        Arrival::Branched if knows_log => {
            tracing::info!("the database has failed over, and its log of events is whole")
        }
        arrival @ (Arrival::Branched | Arrival::Copied) => {
            let epoch = Epoch::random();
            store::begin_epoch(&mut transaction, None, epoch).await?;
            if arrival == Arrival::Copied {
                store::hold(&mut transaction, true).await?;
            }
            tracing::warn!(%epoch, ?arrival, "the database is at another place: subscribers begin anew");
        }
    }
    store::save_place(&mut transaction, &here).await?;
    Ok(transaction.commit().await?)
}

/// Begins another epoch because the log is not the one that this server knows, unless another server has done so.
pub async fn begin_epoch(db: &PgPool, known: Epoch) -> Result<(), Error> {
    let (mut transaction, epoch) = (begin(db).await?, Epoch::random());
    store::lock(&mut transaction).await?;
    if store::begin_epoch(&mut transaction, Some(known), epoch).await? {
        tracing::warn!(%epoch, "the log of events has lost what was told: subscribers begin anew");
    }
    Ok(transaction.commit().await?)
}

/// Holds the installation, or releases it. Its log of events begins another epoch when it is released, because a clone of the
/// whole cluster can't be told from the original.
pub async fn hold(db: &mut PgConnection, is_held: bool) -> sqlx::Result<()> {
    store::lock(db).await?;
    if !is_held {
        store::begin_epoch(db, None, Epoch::random()).await?;
    }
    store::hold(db, is_held).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_told_from_a_failover() {
        let place = |system_identifier, database_oid, timeline: &str| Place {
            system_identifier,
            database_oid,
            timeline: timeline.to_owned(),
        };
        let before = place(1, 5, "00000001");
        for (here, arrival) in [
            (before.clone(), Arrival::Same),
            (place(1, 5, "00000002"), Arrival::Branched),
            (place(1, 6, "00000001"), Arrival::Copied),
            (place(2, 5, "00000001"), Arrival::Copied),
        ] {
            assert_eq!(Arrival::of(Some(&before), &here), arrival, "{here:?}");
        }
        assert_eq!(Arrival::of(None, &before), Arrival::First);
    }
}
