//! Creates and updates pool rules.

use super::choice::choose;
use super::condition::{Condition, Refusal};
use super::matching::Matching;
pub use super::model::{Draft, Edit, WRITE};
use super::schedule::Schedule;
use super::{Action, store};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::PoolRuleId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// The most days ahead that owners can be warned.
const MOST_DAYS_AHEAD: i32 = 90;
/// The range of priorities.
const PRIORITIES: std::ops::RangeInclusive<i32> = -1_000..=1_000;

/// Creates a rule. If it would take many customers, it must be confirmed. If the idempotency key was used before, it
/// returns the rule that was created then.
pub async fn create(
    op: &mut Op<'_>,
    draft: Draft,
    confirmed: bool,
    idempotency_key: Option<String>,
) -> Result<PoolRuleId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createPoolRule", id).await? {
        return Ok(first);
    }
    let draft = validated(op, draft)?;
    if !confirmed {
        check_size(op, &draft).await?;
    }
    let now = op.now();
    store::insert(op.db(), id, &draft, now).await?;
    let details = draft.shown().map(|(name, value)| format!("{name}: {value}")).into();
    op.audit(Entry { details, ..Entry::of(Kind::PoolRuleSaved) }.detail(format!("rule: {id}"))).await?;
    Ok(id)
}

/// Updates a rule. `version` is the version that the user saw; if it is not the present one, this is a `CONFLICT`. If
/// the rule would take other customers than before, and many of them, it must be confirmed.
pub async fn update(op: &mut Op<'_>, id: PoolRuleId, version: i32, edit: Edit, confirmed: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let (before, present) = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    UserError::check_version(present, version)?;
    let draft = validated(
        op,
        Draft {
            name: edit.name.unwrap_or_else(|| before.name.clone()),
            condition: edit.condition.unwrap_or_else(|| before.condition.clone()),
            action: before.action,
            days_ahead: edit.days_ahead.or(before.days_ahead),
            max_per_run: edit.max_per_run.unwrap_or(before.max_per_run),
            keeps_unapproved: edit.keeps_unapproved.unwrap_or(before.keeps_unapproved),
            priority: edit.priority.unwrap_or(before.priority),
            schedule: edit.schedule.or_else(|| before.schedule.clone()),
            workdays: edit.workdays.unwrap_or(before.workdays),
            enabled: edit.enabled.unwrap_or(before.enabled),
        },
    )?;
    let may_take_others = draft.condition != before.condition
        || draft.priority < before.priority
        || draft.enabled != before.enabled
        || draft.workdays != before.workdays;
    if may_take_others && !confirmed {
        check_size(op, &draft).await?;
    }
    let now = op.now();
    store::update(op.db(), id, &draft, now).await?;
    let entry = Entry::of(Kind::PoolRuleSaved).detail(format!("rule: {id}"));
    op.audit(entry.changes(before.shown(), draft.shown())).await
}

/// Validates a rule. The error lists all values that are refused.
fn validated(op: &Op<'_>, mut draft: Draft) -> Result<Draft, Error> {
    draft.schedule = draft.schedule.map(|schedule| schedule.trim().to_owned());
    let checks = [
        text::line(&["name"], &draft.name, 1, 100).map(|name| draft.name = name),
        Condition::parse(&draft.condition, draft.workdays, op.directory()).map(|_| ()).map_err(Refusal::into),
        check_schedule(draft.action, draft.schedule.as_deref()),
        check_days_ahead(draft.action, draft.days_ahead),
        check_max_per_run(draft.action, draft.max_per_run),
        check_keeps_unapproved(draft.action, draft.keeps_unapproved),
        check_priority(draft.priority),
    ];
    let refusals: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if refusals.is_empty() { Ok(draft) } else { Err(Error::Refused(refusals)) }
}

fn check_priority(priority: i32) -> Result<(), UserError> {
    if PRIORITIES.contains(&priority) {
        return Ok(());
    }
    let (en, zh) = ("The priority must be from -1000 to 1000.", "优先级必须在 -1000 到 1000 之间。");
    Err(UserError::invalid(&["priority"], en, zh))
}

fn check_schedule(action: Action, schedule: Option<&str>) -> Result<(), UserError> {
    let refuse = |text: Text| UserError::invalid(&["schedule"], text.en, text.zh);
    match (action, schedule) {
        (Action::Keep, None) => Ok(()),
        (Action::Keep, Some(_)) => Err(refuse(Text::new(
            "A rule that keeps customers has no schedule, because it always applies.",
            "“保留”规则始终生效，不需要执行时间。",
        ))),
        (_, None) => Err(refuse(Text::new("The rule needs a schedule.", "请填写执行时间。"))),
        (_, Some(schedule)) => Schedule::parse(schedule, false).map(|_| ()).map_err(refuse),
    }
}

fn check_days_ahead(action: Action, days: Option<i32>) -> Result<(), UserError> {
    let refuse = |en: &str, zh: &str| Err(UserError::invalid(&["daysAhead"], en, zh));
    match (action, days) {
        (Action::WarnOwner, Some(days)) if (0..=MOST_DAYS_AHEAD).contains(&days) => Ok(()),
        (Action::WarnOwner, _) => {
            refuse("A rule that warns needs a number of days from 0 to 90.", "提醒规则的提前天数应为 0 到 90 天。")
        }
        (_, Some(_)) => refuse("Only a rule that warns has days ahead.", "只有提醒规则才需要填写提前天数。"),
        (_, None) => Ok(()),
    }
}

fn check_max_per_run(action: Action, most: Option<i32>) -> Result<(), UserError> {
    match (action, most) {
        (_, None) | (Action::ReleaseToPool, Some(1..)) => Ok(()),
        (Action::ReleaseToPool, _) => {
            Err(UserError::invalid(&["maxPerRun"], "The limit must be 1 or more.", "每次回收上限必须大于 0。"))
        }
        (_, Some(_)) => {
            let en = "Only a rule that releases customers has a limit per run.";
            Err(UserError::invalid(&["maxPerRun"], en, "只有回收规则才能设置每次回收上限。"))
        }
    }
}

fn check_keeps_unapproved(action: Action, keeps: bool) -> Result<(), UserError> {
    if !keeps || action == Action::ReleaseToPool {
        return Ok(());
    }
    let en = "Only a rule that releases customers can have customers that wait for approval.";
    Err(UserError::invalid(&["keepsUnapproved"], en, "只有回收规则才会有待审批的客户。"))
}

/// Refuses an enabled rule that would take many customers at once, because it must be confirmed.
async fn check_size(op: &mut Op<'_>, draft: &Draft) -> Result<(), Error> {
    if draft.action != Action::ReleaseToPool || !draft.enabled {
        return Ok(());
    }
    let matching = Matching::of(op, &draft.terms()).await?;
    let now = op.now();
    let choice = choose(op, &matching, now, draft.limits(), None).await?;
    match choice.is_stopped {
        false => Ok(()),
        true => {
            let (matched, owned) = (choice.chosen, choice.owned);
            let text = Text::new(
                format!(
                    "The rule would release {matched} of {owned} owned customers. Confirm this (`confirm: true`) to save it."
                ),
                format!("该规则将回收 {owned} 家私海客户中的 {matched} 家，请确认后再保存。"),
            );
            Err(UserError::new(Code::ConfirmationRequired, text).at(&["condition"]).into())
        }
    }
}
