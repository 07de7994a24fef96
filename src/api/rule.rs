//! Pool rules: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform, perform_to_change};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedCustomer, PlannedPoolRule, PlannedPoolRuleRun, PlannedUser};
use super::operation::undo;
use crate::crm::operation::undo::Undoing;
use crate::crm::rule::preview::{self, Preview, Which};
use crate::crm::rule::run::approve;
use crate::crm::rule::{Action, edit};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, PoolRuleId, PoolRuleRunId};
use crate::kernel::op::Changes;
use crate::kernel::scalar::DateTime;

/// A pool rule to enter.
#[derive(InputObject)]
struct CreatePoolRuleInput {
    /// What people call it: 1 to 100 characters.
    name: String,
    /// Which customers: an expression in CEL (Common Expression Language) of at most 4,000 bytes, like
    /// `followup_days > 7 && level != "KEY"`.
    ///
    /// Numbers, in days of 24 hours, fractional: `followup_days` since the last follow-up, `first_followup_days` since the
    /// first one, `owned_days` since the owner has the customer (so the first two count where there was no follow-up yet;
    /// every change of owner begins them anew), `days_since_last_order`.
    ///
    /// Whole numbers: `orders_in_ownership`; `open_orders`, paid at least in part and not yet delivered;
    /// `open_opportunities`, pursued by the owner. Archived opportunities, cancelled and refunded orders do not count anywhere.
    ///
    /// Amounts by currency: `orders_total["CNY"]`; `expected_amount["CNY"]` of the open opportunities. 0 where there is none.
    ///
    /// Choices, compared with codes by `==`, `!=` and `in`: `industry`, `source`, `level`, `size`, `region`. `owner` is
    /// compared with the e-mail address or the id of a user.
    ///
    /// `extra["key"]` is text, a number, true or false by the definition of the field; a date is text like `"2026-03-01"`.
    ///
    /// Supported are comparisons, `&& || !`, `in [list]`, `+ - * / %`, `a ? b : c`, `"key" in extra`, `startsWith`,
    /// `endsWith`, `contains` and `size`. What can't be told (a missing value, a division by zero) is no match.
    condition: String,
    /// What it does with them.
    action: Action,
    /// For `WARN_OWNER`: how many days before the condition would match, 0 to 90.
    days_ahead: Option<i32>,
    /// Of a rule that releases: how many customers a run takes at most, the most neglected first. Left out: all.
    max_per_run: Option<i32>,
    /// From -1000 to 1000; the larger wins.
    priority: i32,
    /// When it runs: a cron line of five fields in the business time zone, like `0 3 * * *`, or `every: P3D` (ISO 8601, from
    /// `PT1H` on, counted from 03:00 on Monday, 3 January 2000). Not for `KEEP`.
    schedule: Option<String>,
    /// Whether days off (`calendarDays`, `weeklyDaysOff` of the settings) are left out of every day count, and it does not run on
    /// them.
    #[graphql(default)]
    workdays: bool,
    /// Whether it is on.
    #[graphql(default = true)]
    is_enabled: bool,
    /// Needed for a rule that would release more than a fifth of the owned customers and more than 20.
    #[graphql(default)]
    confirm: bool,
    /// Makes trying again safe: the same key gets the first answer, and no second rule.
    idempotency_key: Option<String>,
}

/// What to change of a pool rule; what is left out stays.
#[derive(InputObject)]
struct UpdatePoolRuleInput {
    /// Which.
    pool_rule_id: PoolRuleId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// What people call it.
    name: Option<String>,
    /// Which customers; see `CreatePoolRuleInput`.
    condition: Option<String>,
    /// How many days before the condition would match owners are warned.
    days_ahead: Option<i32>,
    /// How many customers a run takes at most, the most neglected first; null: all.
    max_per_run: MaybeUndefined<i32>,
    /// The larger wins.
    priority: Option<i32>,
    /// When it runs. What would have run by the old schedule is not made up.
    schedule: Option<String>,
    /// Whether days off are left out of every day count, and it does not run on them.
    workdays: Option<bool>,
    /// Whether it is on. What would have run while it was off is not made up.
    is_enabled: Option<bool>,
    /// Needed for a rule that would release more than a fifth of the owned customers and more than 20.
    #[graphql(default)]
    confirm: bool,
}

/// What became of a pool rule.
#[derive(SimpleObject)]
struct PoolRulePayload {
    /// The rule as it is now; null when there is none.
    pool_rule: Option<PlannedPoolRule>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// Which run to approve.
#[derive(InputObject)]
struct ApprovePoolRuleRunInput {
    /// Its id.
    pool_rule_run_id: PoolRuleRunId,
}

/// Which run to undo.
#[derive(InputObject)]
struct UndoPoolRuleRunInput {
    /// Its id.
    pool_rule_run_id: PoolRuleRunId,
}

/// What became of a run.
#[derive(SimpleObject)]
struct PoolRuleRunPayload {
    /// The run as it is now.
    pool_rule_run: Option<PlannedPoolRuleRun>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// What a rule would take from one owner.
#[derive(SimpleObject)]
struct PoolRulePreviewOfOwner {
    /// From whom.
    owner: Option<PlannedUser>,
    /// How many customers.
    matched: i64,
}

/// What a rule would take at a planned time, if nobody acts.
#[derive(SimpleObject)]
struct PoolRulePreviewRun {
    /// When.
    planned_at: DateTime,
    /// How many customers; without those that an earlier one takes.
    matched: i64,
}

/// What a rule would take now, of the customers that you may see.
#[derive(SimpleObject, Default)]
struct PoolRulePreview {
    /// How many customers it would take.
    matched: i64,
    /// How many customers have an owner.
    owned: i64,
    /// From whom how many, the most first.
    by_owner: Vec<PoolRulePreviewOfOwner>,
    /// A page of them, the most neglected first. The next page is behind the last one's id.
    customers: Vec<PlannedCustomer>,
    /// What it would take at its next five planned times; none for a rule that keeps, or that is not saved.
    next_runs: Vec<PoolRulePreviewRun>,
    /// Why nothing can be told; empty when it was.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Query` about pool rules.
#[derive(Default)]
pub struct RuleQuery;

#[Object]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the fields")]
impl RuleQuery {
    /// What a rule would take now, on or off, or what a condition would, if it were a rule: nothing is touched. Where `notice` of
    /// the settings asks for that, a rule takes what it told the owners of; a condition matches all the same.
    async fn preview_pool_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule; else give a condition.")] pool_rule_id: Option<PoolRuleId>,
        #[graphql(desc = "A condition; see `CreatePoolRuleInput`.")] condition: Option<String>,
        #[graphql(desc = "The priority of a rule with that condition.", default)] priority: i32,
        #[graphql(desc = "Whether that rule leaves days off out of every day count.", default)] workdays: bool,
        #[graphql(desc = "How many customers to show.", default = 20)] first: i32,
        #[graphql(desc = "Show customers behind this one.")] after: Option<CustomerId>,
    ) -> Resolved<PoolRulePreview> {
        let limits = request(ctx).app().limits();
        let most = u32::try_from(first).ok().filter(|first| *first <= limits.page_size);
        let most = most.ok_or_else(|| {
            let most = limits.page_size;
            Error::bad_input(format!("`first` is from 0 to {most}"), format!("`first` 必须在 0 到 {most} 之间"))
        })?;
        let which = match (pool_rule_id, condition) {
            (Some(id), None) => Some(Which::Rule(id)),
            (None, Some(condition)) => Some(Which::Draft { condition, priority, workdays }),
            _ => None,
        };
        let seen = perform(ctx, async |op| {
            op.authorize(preview::PREVIEW)?;
            let which = which.ok_or_else(|| {
                let (en, zh) = ("give either `poolRuleId` or `condition`", "请提供 `poolRuleId` 或 `condition` 之一");
                Error::bad_input(en, zh)
            })?;
            preview::preview(op, which, after, most).await
        });
        let (seen, user_errors) = seen.await?;
        Ok(match seen {
            None => PoolRulePreview { user_errors, ..Default::default() },
            Some(Preview { now: seen, next_runs }) => PoolRulePreview {
                matched: seen.matched,
                owned: seen.owned,
                by_owner: seen
                    .by_owner
                    .into_iter()
                    .map(|(owner, matched)| PoolRulePreviewOfOwner { owner: Some(Planned(owner)), matched })
                    .collect(),
                customers: seen.page.into_iter().map(Planned).collect(),
                next_runs: next_runs
                    .into_iter()
                    .map(|(planned_at, matched)| PoolRulePreviewRun { planned_at: DateTime(planned_at), matched })
                    .collect(),
                user_errors,
            },
        })
    }
}

/// The part of `Mutation` about pool rules.
#[derive(Default)]
pub struct RuleMutation;

#[Object]
impl RuleMutation {
    /// Enters a pool rule.
    async fn create_pool_rule(&self, ctx: &Context<'_>, input: CreatePoolRuleInput) -> Resolved<PoolRulePayload> {
        let draft = edit::Draft {
            name: input.name,
            condition: input.condition,
            action: input.action,
            days_ahead: input.days_ahead,
            max_per_run: input.max_per_run,
            priority: input.priority,
            schedule: input.schedule,
            workdays: input.workdays,
            enabled: input.is_enabled,
        };
        let (created, user_errors) = perform_to_change(Changes::Directory, ctx, async |op| {
            edit::create(op, draft, input.confirm, input.idempotency_key).await
        })
        .await?;
        Ok(PoolRulePayload { pool_rule: created.map(Planned), user_errors })
    }

    /// Changes a pool rule, or switches it on or off. What it does with customers stays: that would be another rule.
    async fn update_pool_rule(&self, ctx: &Context<'_>, input: UpdatePoolRuleInput) -> Resolved<PoolRulePayload> {
        let (id, version) = (input.pool_rule_id, input.version);
        let edit = edit::Edit {
            name: input.name,
            condition: input.condition,
            days_ahead: input.days_ahead,
            max_per_run: field_change(input.max_per_run),
            priority: input.priority,
            schedule: input.schedule,
            workdays: input.workdays,
            enabled: input.is_enabled,
        };
        let (_, user_errors) = perform_to_change(Changes::Directory, ctx, async |op| {
            edit::update(op, id, version, edit, input.confirm).await
        })
        .await?;
        Ok(PoolRulePayload { pool_rule: Some(Planned(id)), user_errors })
    }

    /// Lets a run go on that stopped because it would take so much. It is counted anew: who followed up meanwhile keeps the
    /// customer.
    async fn approve_pool_rule_run(
        &self,
        ctx: &Context<'_>,
        input: ApprovePoolRuleRunInput,
    ) -> Resolved<PoolRuleRunPayload> {
        let id = input.pool_rule_run_id;
        let (_, user_errors) = perform(ctx, async |op| approve::approve(op, id).await).await?;
        Ok(PoolRuleRunPayload { pool_rule_run: Some(Planned(id)), user_errors })
    }

    /// Gives what a run took back to those who had it, with its follow-ups, where nobody has had it since and the owner is
    /// still there. The ownership begins anew, so the next run does not take it again. It goes in parts, as
    /// `undoOperationBatch` does.
    async fn undo_pool_rule_run(&self, ctx: &Context<'_>, input: UndoPoolRuleRunInput) -> Resolved<PoolRuleRunPayload> {
        let id = input.pool_rule_run_id;
        let user_errors = undo(ctx, Undoing::Run(id)).await?;
        Ok(PoolRuleRunPayload { pool_rule_run: Some(Planned(id)), user_errors })
    }
}
