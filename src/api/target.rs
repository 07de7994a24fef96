//! Targets: an adapter for each operation.

use async_graphql::{Context, InputObject, Object};

use super::base::error::{Resolved, perform};
use super::people::DonePayload;
use crate::crm::target::{Draft, Measure, set};
use crate::kernel::id::UserId;
use crate::kernel::scalar::{Date, Decimal};

/// A target to set.
#[derive(InputObject)]
struct TargetInput {
    /// The id of the user, who must be below you in the tree; with the permission for all users, anybody.
    user_id: UserId,
    /// Whether what everybody below the user attains counts, too.
    #[graphql(default)]
    of_team: bool,
    /// Any day of the month.
    month: Date,
    /// What is counted.
    measure: Measure,
    /// The currency of an amount: one of `currencies` of the settings. If it is left out, it is the first of them. A count has
    /// none.
    currency: Option<String>,
    /// What shall be attained: more than 0, and a whole number if it is a count. Null removes the target.
    value: Option<Decimal>,
}

/// The targets to set.
#[derive(InputObject)]
struct SetTargetsInput {
    /// The targets, at most as many as a batch may have. If one of them is refused, none is set.
    targets: Vec<TargetInput>,
}

/// The part of `Mutation` about targets.
#[derive(Default)]
pub struct TargetMutation;

#[Object]
impl TargetMutation {
    /// Sets targets of users below you. There is one target for each user or team, month, measure and currency: setting it again
    /// replaces it.
    async fn set_targets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The targets to set.")] input: SetTargetsInput,
    ) -> Resolved<DonePayload> {
        let draft = |target: TargetInput| Draft {
            user: target.user_id,
            of_team: target.of_team,
            month: target.month.0,
            measure: target.measure,
            currency: target.currency,
            value: target.value.map(|value| value.0),
        };
        let drafts = input.targets.into_iter().map(draft).collect();
        let (done, user_errors) = perform(ctx, async |op| set::set(op, drafts).await).await?;
        Ok(DonePayload { done: done.is_some(), user_errors })
    }
}
