//! Pool rules: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform, perform_to_change};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedCustomer, PlannedPoolRule, PlannedPoolRuleRun, PlannedUser};
use super::operation::undo;
use crate::crm::operation::undo::Undoing;
use crate::crm::rule::preview::{self, Foretold, Preview, Which};
use crate::crm::rule::run::approve;
use crate::crm::rule::{Action, edit};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, PoolRuleId, PoolRuleRunId};
use crate::kernel::op::Changes;
use crate::kernel::scalar::DateTime;

/// The pool rule to create.
#[derive(InputObject)]
struct CreatePoolRuleInput {
    /// The name of the rule: 1 to 100 characters.
    name: String,
    /// Selects the customers: an expression in CEL (Common Expression Language) of at most 4,000 bytes, like
    /// `followup_days > 7 && level != "KEY"`.
    ///
    /// Numbers, in days of 24 hours, with fractions: `followup_days` since the last follow-up, `first_followup_days`
    /// since the first one, `owned_days` since the present owner got the customer, and `days_since_last_order`. Every
    /// change of owner starts the first three anew; if the present owner has recorded no follow-up yet, the first two
    /// count from when they got the customer.
    ///
    /// Whole numbers: `orders_in_ownership`; `open_orders`, the orders that are paid at least in part, or
    /// shipped, and not yet delivered; `open_opportunities`, the open opportunities of the owner. Archived opportunities and
    /// cancelled or refunded orders never count.
    ///
    /// Amounts by currency: `orders_total["CNY"]`, and `expected_amount["CNY"]` of the open opportunities; 0 if there
    /// is none in that currency.
    ///
    /// Choices, compared with codes by `==`, `!=` and `in`: `industry`, `source`, `level`, `size`, `region`. `owner` is
    /// compared with the e-mail address or the id of a user; `"leader@example.com" in teams` asks whether the owner is that user or
    /// somebody below. `pool`, to which the customer belongs, is compared with the name or the id of a public pool.
    ///
    /// `extra["key"]` is text, a number, or true or false, according to the definition of the field; a date is text
    /// like `"2026-03-01"`.
    ///
    /// Supported are comparisons, `&& || !`, `in [list]`, `+ - * / %`, `a ? b : c`, `"key" in extra`, `"leader@example.com" in teams`, `startsWith`,
    /// `endsWith`, `contains` and `size`.
    ///
    /// A customer may have no level, no extra field, no last order: `level == null` matches these, and so does
    /// `level != "KEY"`. No other comparison holds for a missing value. If the condition computes with a missing value, or
    /// divides by zero, the customer does not match.
    condition: String,
    /// What the rule does with the customers that match.
    action: Action,
    /// Required with `WARN_OWNER`: how many days before the condition would match the owner is warned, 0 to 90. Not
    /// allowed with other actions.
    days_ahead: Option<i32>,
    /// Only with `RELEASE_TO_POOL`: how many customers a run releases at most, the most neglected first. If it is left
    /// out, a run releases all that match.
    max_per_run: Option<i32>,
    /// Only with `RELEASE_TO_POOL`: what becomes of customers that wait for approval because one owner would lose many, if
    /// nobody approves before the next planned time. False: they are released then. True: they stay.
    #[graphql(default)]
    keeps_unapproved: bool,
    /// The priority, from -1000 to 1000. If several rules apply to a customer, the one with the larger number decides.
    priority: i32,
    /// When the rule runs: a cron expression of five fields in the business time zone, like `0 3 * * *`, or `every: `
    /// and an ISO 8601 duration from `PT1H` to `P366D`, like `every: P3D`, counted from 03:00 on Monday, 3 January
    /// 2000. Required, but not allowed with `KEEP`, which always applies.
    schedule: Option<String>,
    /// Whether the rule goes by working days: its day counts leave out days off (`calendarDays`, and `weeklyDaysOff` of
    /// the settings), and it does not run on them.
    #[graphql(default)]
    workdays: bool,
    /// Whether the rule is enabled.
    #[graphql(default = true)]
    is_enabled: bool,
    /// Confirms a rule that would release more than 20 customers and more than a fifth of all owned customers. Without
    /// it, such a rule is refused (`CONFIRMATION_REQUIRED`), and the message has the numbers.
    #[graphql(default)]
    confirm: bool,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a pool rule. A field that is left out stays as it is.
#[derive(InputObject)]
struct UpdatePoolRuleInput {
    /// The id of the rule.
    pool_rule_id: PoolRuleId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The name of the rule: 1 to 100 characters.
    name: Option<String>,
    /// Selects the customers; see `condition` of `CreatePoolRuleInput`.
    condition: Option<String>,
    /// Only with `WARN_OWNER`: how many days before the condition would match the owner is warned, 0 to 90.
    days_ahead: Option<i32>,
    /// Only with `RELEASE_TO_POOL`: how many customers a run releases at most, the most neglected first; null: all that
    /// match.
    max_per_run: MaybeUndefined<i32>,
    /// Only with `RELEASE_TO_POOL`: whether customers that wait for approval because one owner would lose many stay if
    /// nobody approves.
    keeps_unapproved: Option<bool>,
    /// The priority, from -1000 to 1000. If several rules apply to a customer, the one with the larger number decides.
    priority: Option<i32>,
    /// When the rule runs; see `schedule` of `CreatePoolRuleInput`. Runs that the old schedule has missed are not made
    /// up for.
    schedule: Option<String>,
    /// Whether the rule goes by working days: its day counts leave out days off, and it does not run on them.
    workdays: Option<bool>,
    /// Whether the rule is enabled. Runs that it has missed while it was disabled are not made up for.
    is_enabled: Option<bool>,
    /// Confirms a rule that would release more than 20 customers and more than a fifth of all owned customers. Without
    /// it, such a change is refused (`CONFIRMATION_REQUIRED`), and the message has the numbers.
    #[graphql(default)]
    confirm: bool,
}

/// The result of a mutation on a pool rule.
#[derive(SimpleObject)]
struct PoolRulePayload {
    /// The rule as it is now; null if a new rule was refused, or if you may not see it.
    pool_rule: Option<PlannedPoolRule>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The run to approve.
#[derive(InputObject)]
struct ApprovePoolRuleRunInput {
    /// The id of the run.
    pool_rule_run_id: PoolRuleRunId,
}

/// The run to undo.
#[derive(InputObject)]
struct UndoPoolRuleRunInput {
    /// The id of the run.
    pool_rule_run_id: PoolRuleRunId,
}

/// The result of a mutation on a run of a pool rule.
#[derive(SimpleObject)]
struct PoolRuleRunPayload {
    /// The run as it is now, if you may see it.
    pool_rule_run: Option<PlannedPoolRuleRun>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// How many customers a rule would take from one owner.
#[derive(SimpleObject)]
struct PoolRulePreviewOfOwner {
    /// The owner.
    owner: Option<PlannedUser>,
    /// How many customers of the owner match.
    matched: i64,
}

/// What one of the next runs of a rule will do, among the customers that you may see, if nobody acts and no other rule
/// takes them first.
#[derive(SimpleObject)]
struct PoolRulePreviewRun {
    /// When the run is planned.
    planned_at: DateTime,
    /// How many customers match by then, without those that an earlier run takes. With `notice` of the settings, only those
    /// whose owners will have been notified in time.
    matched: i64,
    /// How many of them the run releases at once, `maxPerRun` included.
    released: i64,
    /// How many wait for approval. Those of single owners are released at the next planned time, unless the rule has
    /// `keepsUnapproved`; if the whole run waits, it lapses then.
    held: i64,
}

/// What a rule would take now, among the customers that you may see.
#[derive(SimpleObject, Default)]
struct PoolRulePreview {
    /// How many customers match now.
    matched: i64,
    /// How many customers have an owner.
    owned: i64,
    /// How many customers of each owner match, the owner with the most first.
    by_owner: Vec<PoolRulePreviewOfOwner>,
    /// A page of the customers that match, the most neglected first. For the next page, send the id of the last one as
    /// `after`.
    customers: Vec<PlannedCustomer>,
    /// What the rule would take at its next five runs; empty for a rule that keeps customers, and for a condition that
    /// is not saved as a rule.
    next_runs: Vec<PoolRulePreviewRun>,
    /// Customers that the condition can never match, as far as that follows from the condition alone: a sentence for each
    /// kind, like "This condition never matches a customer without `level`."
    warnings: Vec<String>,
    /// Why the input was refused; empty if the preview succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Query` about pool rules.
#[derive(Default)]
pub struct RuleQuery;

#[Object]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the fields")]
impl RuleQuery {
    /// Previews what a rule would take now, whether it is enabled or not, or what a condition would take if it were a
    /// rule that releases. Nothing is changed. Give either `poolRuleId` or `condition`. If `notice` of the settings
    /// requires it, a run of a rule takes only customers whose owners have been notified in time; a condition matches
    /// customers without that.
    async fn preview_pool_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the rule. Give either this or `condition`.")] pool_rule_id: Option<PoolRuleId>,
        #[graphql(desc = "A condition; see `condition` of `CreatePoolRuleInput`.")] condition: Option<String>,
        #[graphql(
            desc = "Only with `condition`: the priority of the rule, because a rule that keeps customers may have a \
                higher one.",
            default
        )]
        priority: i32,
        #[graphql(desc = "Only with `condition`: whether the day counts leave out days off.", default)] workdays: bool,
        #[graphql(
            desc = "How many customers to return: from 0 to the server's limit for pages, which is 100 unless \
                configured otherwise.",
            default = 20
        )]
        first: i32,
        #[graphql(desc = "The id of a customer: the page begins behind it.")] after: Option<CustomerId>,
    ) -> Resolved<PoolRulePreview> {
        let (limits, language) = (request(ctx).app().limits(), request(ctx).language());
        let most = u32::try_from(first).ok().filter(|first| *first <= limits.page_size);
        let most = most.ok_or_else(|| {
            let most = limits.page_size;
            Error::bad_input(format!("`first` must be from 0 to {most}"), format!("`first` 必须在 0 到 {most} 之间"))
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
            Some(Preview { now: seen, next_runs, warnings }) => PoolRulePreview {
                warnings: warnings.iter().map(|text| text.in_language(language).to_owned()).collect(),
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
                    .map(|Foretold { at, matched, released, held }| PoolRulePreviewRun {
                        planned_at: DateTime(at),
                        matched,
                        released,
                        held,
                    })
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
    /// Creates a pool rule.
    async fn create_pool_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pool rule to create.")] input: CreatePoolRuleInput,
    ) -> Resolved<PoolRulePayload> {
        let draft = edit::Draft {
            name: input.name,
            condition: input.condition,
            action: input.action,
            days_ahead: input.days_ahead,
            max_per_run: input.max_per_run,
            keeps_unapproved: input.keeps_unapproved,
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

    /// Changes a pool rule, or enables or disables it. The action can't be changed; create another rule for that.
    async fn update_pool_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a pool rule.")] input: UpdatePoolRuleInput,
    ) -> Resolved<PoolRulePayload> {
        let (id, version) = (input.pool_rule_id, input.version);
        let edit = edit::Edit {
            name: input.name,
            condition: input.condition,
            days_ahead: input.days_ahead,
            max_per_run: field_change(input.max_per_run),
            keeps_unapproved: input.keeps_unapproved,
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

    /// Continues a run that waits because it would release many customers. It takes those that it has counted, except
    /// customers that no longer match: a new follow-up saves a customer.
    async fn approve_pool_rule_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run to approve.")] input: ApprovePoolRuleRunInput,
    ) -> Resolved<PoolRuleRunPayload> {
        let id = input.pool_rule_run_id;
        let (_, user_errors) = perform(ctx, async |op| approve::approve(op, id).await).await?;
        Ok(PoolRuleRunPayload { pool_rule_run: Some(Planned(id)), user_errors })
    }

    /// Undoes a run: the customers that it took go back to their former owners, whose ownership goes on as before. A
    /// customer is skipped if somebody has owned it since, or if its former owner has departed. The rule still matches
    /// these customers, so its next run takes them again: correct the rule before that, or enter one that keeps them. If
    /// the settings have a `notice` period, it starts again. It works in parts, like `undoOperationBatch`.
    async fn undo_pool_rule_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run to undo.")] input: UndoPoolRuleRunInput,
    ) -> Resolved<PoolRuleRunPayload> {
        let id = input.pool_rule_run_id;
        let user_errors = undo(ctx, Undoing::Run(id)).await?;
        Ok(PoolRuleRunPayload { pool_rule_run: Some(Planned(id)), user_errors })
    }
}
