//! Absence: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::base::error::Resolved;
use super::people::{UserPayload, about_user};
use crate::crm::absence;
use crate::kernel::id::UserId;
use crate::kernel::scalar::Date;

/// The days on which a user is absent.
#[derive(InputObject)]
struct RecordAbsenceInput {
    /// The id of the user.
    user_id: UserId,
    /// The first day, in the business time zone: from 31 days ago to 366 days ahead.
    first_day: Date,
    /// The last day, which is part of the absence: at most 365 days after the first one.
    last_day: Date,
}

/// The absence to delete.
#[derive(InputObject)]
struct CancelAbsenceInput {
    /// The id of the user.
    user_id: UserId,
    /// The first day of the absence.
    first_day: Date,
}

/// The part of `Mutation` about absences.
#[derive(Default)]
pub struct AbsenceMutation;

#[Object]
impl AbsenceMutation {
    /// Records that a user is absent. The day counts of pool rules leave these days out, and no rule returns a customer
    /// of the user to the pool before the end of the first day after the absence. If the user owns customers and the
    /// absence lasts longer than `longAbsence` in the settings, the user's superior is asked to transfer them
    /// (notification `LONG_ABSENCE`); absences that follow one another directly, or with only days off between them,
    /// count as one. An absence that overlaps another one is refused (`DUPLICATE`); recording the same one again
    /// changes nothing.
    async fn record_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days on which a user is absent.")] input: RecordAbsenceInput,
    ) -> Resolved<UserPayload> {
        let RecordAbsenceInput { user_id: user, first_day, last_day } = input;
        about_user(ctx, async |op| absence::record(op, user, first_day.0, last_day.0).await.map(|()| user)).await
    }

    /// Deletes an absence, as if it had never been recorded. If there is none that begins on this day, nothing changes.
    async fn cancel_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The absence to delete.")] input: CancelAbsenceInput,
    ) -> Resolved<UserPayload> {
        let CancelAbsenceInput { user_id: user, first_day } = input;
        about_user(ctx, async |op| absence::cancel(op, user, first_day.0).await.map(|()| user)).await
    }
}
