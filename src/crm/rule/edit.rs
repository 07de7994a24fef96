//! Create and update.

use super::condition::Condition;
use super::matching::{Matching, Terms};
use super::schedule::Schedule;
use super::store::{self, OfOwner};
use super::{Action, condition};
use crate::kernel::access::{self, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::PoolRuleId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// To enter and change pool rules.
pub const WRITE: Permission = Permission::to(access::Action::Write, Resource::PoolRule);

/// How far ahead owners can be warned, in days.
const FARTHEST: i32 = 90;
/// How large and small priorities are.
const PRIORITIES: std::ops::RangeInclusive<i32> = -1_000..=1_000;

/// What can be edited of a rule; its action stays.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub condition: String,
    pub action: Action,
    pub days_ahead: Option<i32>,
    pub max_per_run: Option<i32>,
    pub priority: i32,
    pub schedule: Option<String>,
    pub workdays: bool,
    pub enabled: bool,
}

/// What a user wishes to change: `None` keeps.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub condition: Option<String>,
    pub days_ahead: Option<i32>,
    /// Clears where it is nothing.
    pub max_per_run: Option<Option<i32>>,
    pub priority: Option<i32>,
    pub schedule: Option<String>,
    pub workdays: Option<bool>,
    pub enabled: Option<bool>,
}

impl Draft {
    /// What matters for what it takes.
    pub fn terms(&self) -> Terms {
        let Self { action, priority, days_ahead, workdays, .. } = *self;
        Terms { condition: self.condition.clone(), action, priority, days_ahead, workdays }
    }
}

/// Enters a rule.
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
    let draft = checked(op, draft)?;
    if !confirmed {
        check_size(op, &draft).await?;
    }
    let now = op.now();
    store::insert(op.db(), id, &draft, now).await?;
    Ok(id)
}

/// Changes a rule. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: PoolRuleId, version: i32, edit: Edit, confirmed: bool) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let (before, present) = store::lock(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    UserError::check_version(present, version)?;
    let draft = checked(
        op,
        Draft {
            name: edit.name.unwrap_or(before.name),
            condition: edit.condition.unwrap_or_else(|| before.condition.clone()),
            action: before.action,
            days_ahead: edit.days_ahead.or(before.days_ahead),
            max_per_run: edit.max_per_run.unwrap_or(before.max_per_run),
            priority: edit.priority.unwrap_or(before.priority),
            schedule: edit.schedule.or(before.schedule),
            workdays: edit.workdays.unwrap_or(before.workdays),
            enabled: edit.enabled.unwrap_or(before.enabled),
        },
    )?;
    let takes_others = draft.condition != before.condition
        || draft.priority < before.priority
        || draft.enabled != before.enabled
        || draft.workdays != before.workdays;
    if takes_others && !confirmed {
        check_size(op, &draft).await?;
    }
    let now = op.now();
    store::update(op.db(), id, &draft, now).await?;
    Ok(())
}

/// All that is wrong is told at once.
fn checked(op: &Op<'_>, mut draft: Draft) -> Result<Draft, Error> {
    draft.schedule = draft.schedule.map(|schedule| schedule.trim().to_owned());
    let checks = [
        text::line(&["name"], &draft.name, 1, 100).map(|name| draft.name = name),
        Condition::read(&draft.condition, draft.workdays, op.directory()).map(|_| ()).map_err(condition::Refusal::into),
        check_schedule(draft.action, draft.schedule.as_deref()),
        check_days_ahead(draft.action, draft.days_ahead),
        check_max_per_run(draft.action, draft.max_per_run),
        match PRIORITIES.contains(&draft.priority) {
            true => Ok(()),
            false => Err(UserError::invalid(&["priority"], "is from -1000 to 1000", "必须在 -1000 到 1000 之间")),
        },
    ];
    let wrong: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(draft) } else { Err(Error::Refused(wrong)) }
}

fn check_schedule(action: Action, schedule: Option<&str>) -> Result<(), UserError> {
    let wrong = |text: Text| UserError::invalid(&["schedule"], text.en, text.zh);
    match (action, schedule) {
        (Action::Keep, None) => Ok(()),
        (Action::Keep, Some(_)) => {
            Err(wrong(Text::new("is not for rules that keep: they always do", "保留规则始终生效，没有执行时间")))
        }
        (_, None) => Err(wrong(Text::new("is needed: when does it run?", "必须填写执行时间"))),
        (_, Some(schedule)) => Schedule::parse(schedule, false).map(|_| ()).map_err(wrong),
    }
}

fn check_days_ahead(action: Action, days: Option<i32>) -> Result<(), UserError> {
    let wrong = |en: &str, zh: &str| Err(UserError::invalid(&["daysAhead"], en, zh));
    match (action, days) {
        (Action::WarnOwner, Some(days)) if (0..=FARTHEST).contains(&days) => Ok(()),
        (Action::WarnOwner, _) => wrong("is from 0 to 90 for rules that warn", "提醒规则须填写 0 到 90"),
        (_, Some(_)) => wrong("is for rules that warn", "仅用于提醒规则"),
        (_, None) => Ok(()),
    }
}

fn check_max_per_run(action: Action, most: Option<i32>) -> Result<(), UserError> {
    match (action, most) {
        (_, None) | (Action::ReleaseToPool, Some(1..)) => Ok(()),
        (Action::ReleaseToPool, _) => Err(UserError::invalid(&["maxPerRun"], "is 1 or more", "必须大于 0")),
        (_, Some(_)) => Err(UserError::invalid(&["maxPerRun"], "is for rules that release", "仅用于回收规则")),
    }
}

/// A rule that takes many customers at once is saved by those alone who mean it.
async fn check_size(op: &mut Op<'_>, draft: &Draft) -> Result<(), Error> {
    if draft.action != Action::ReleaseToPool || !draft.enabled {
        return Ok(());
    }
    let matching = Matching::of(op, &draft.terms()).await?;
    let counts = store::count(op, &matching).await?;
    match is_large(&counts, draft.max_per_run) {
        None => Ok(()),
        Some((matched, owned)) => {
            let text = Text::new(
                format!("It would take {matched} of {owned} owned customers. Say `confirm: true` if you mean it."),
                format!("该规则将回收 {owned} 个私海客户中的 {matched} 个。确认请传 `confirm: true`。"),
            );
            Err(UserError::new(Code::ConfirmationRequired, text).at(&["condition"]).into())
        }
    }
}

/// How many of how many would be taken in a run that takes at most so many, where that is more than a fifth and more than 20.
pub(super) fn is_large(counts: &[OfOwner], max_per_run: Option<i32>) -> Option<(i64, i64)> {
    let (matched, owned): (i64, i64) =
        counts.iter().fold((0, 0), |(matched, owned), of| (matched + of.matched, owned + of.owned));
    let matched = max_per_run.map_or(matched, |most| matched.min(most.into()));
    (matched > 20 && matched * 5 > owned).then_some((matched, owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_and_twenty_are_not_yet_many() {
        let owner = uuid::Uuid::nil().into();
        let counts = |matched, owned| [OfOwner { owner, owned, matched }, OfOwner { owner, owned: 0, matched: 0 }];
        assert_eq!(is_large(&counts(20, 20), None), None);
        assert_eq!(is_large(&counts(21, 105), None), None);
        assert_eq!(is_large(&counts(21, 104), None), Some((21, 104)));
        assert_eq!(is_large(&counts(90, 104), Some(20)), None, "no run takes more");
    }
}
