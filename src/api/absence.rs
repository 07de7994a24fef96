//! Absence: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::base::error::Resolved;
use super::people::{UserPayload, about_user};
use crate::crm::absence;
use crate::kernel::id::UserId;
use crate::kernel::scalar::Date;

/// Who is away.
#[derive(InputObject)]
struct RecordAbsenceInput {
    /// Who.
    user_id: UserId,
    /// The first day, in the business time zone: from 31 days ago to 366 days ahead.
    first_day: Date,
    /// The last day, at most 365 days later.
    last_day: Date,
}

/// Who is not away after all.
#[derive(InputObject)]
struct CancelAbsenceInput {
    /// Who.
    user_id: UserId,
    /// The first day of the absence to forget.
    first_day: Date,
}

/// The part of `Mutation` about absences.
#[derive(Default)]
pub struct AbsenceMutation;

#[Object]
impl AbsenceMutation {
    /// Records that somebody is away. These days are left out of every day count of pool rules, and none takes a customer of
    /// theirs before the end of the first day back. Where it lasts longer than `longAbsence` in the settings, with the absences that
    /// adjoin it or have nothing but days off between, and they own customers, their superior is asked to transfer these
    /// (`LONG_ABSENCE`).
    async fn record_absence(&self, ctx: &Context<'_>, input: RecordAbsenceInput) -> Resolved<UserPayload> {
        let RecordAbsenceInput { user_id: user, first_day, last_day } = input;
        about_user(ctx, async |op| absence::record(op, user, first_day.0, last_day.0).await.map(|()| user)).await
    }

    /// Forgets an absence, as if it had never been recorded.
    async fn cancel_absence(&self, ctx: &Context<'_>, input: CancelAbsenceInput) -> Resolved<UserPayload> {
        let CancelAbsenceInput { user_id: user, first_day } = input;
        about_user(ctx, async |op| absence::cancel(op, user, first_day.0).await.map(|()| user)).await
    }
}
