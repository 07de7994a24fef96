//! Which customers a rule takes: those that its condition matches, except those that an enabled `KEEP` rule of the same
//! or a higher priority matches, too.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::condition::Condition;
use super::model::{Draft, Keep, Terms};
use super::{Action, store, working_time};
use crate::kernel::directory::{Directory, Settings};
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::PoolRuleId;
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds};

/// The customers that a rule takes, as a predicate.
#[derive(Clone)]
pub struct Matching {
    directory: Arc<Directory>,
    condition: Condition,
    keeps: Vec<Condition>,
    /// By how many days ahead of now the condition is evaluated.
    ahead: usize,
    workdays: bool,
    /// For how long after an import the customer stays with the owner that the import gave it; `None` if the rule keeps
    /// customers, or there is no such time.
    grace: Option<TimeDelta>,
    /// If owners must be notified before the rule takes a customer: the rule, and how long before.
    notice: Option<(PoolRuleId, TimeDelta)>,
}

impl Matching {
    /// The customers that a rule takes, regardless of notices. The present `KEEP` rules are loaded.
    pub async fn of(op: &mut Op<'_>, terms: &Terms) -> Result<Self, Error> {
        let keeps = match terms.action {
            Action::Keep => Vec::new(),
            _ => store::load_keeps(op.db(), terms.priority).await?,
        };
        let directory = op.directory_handle();
        let condition = Condition::parse(&terms.condition, terms.workdays, &directory)?;
        let keeps = keeps.iter().map(|keep| condition_of(keep, &directory)).collect::<Result<_, _>>()?;
        let ahead = terms.days_ahead.and_then(|days| usize::try_from(days).ok()).unwrap_or(0);
        let grace = grace_of(&directory.settings).filter(|_| terms.action != Action::Keep);
        Ok(Self { directory, condition, keeps, ahead, workdays: terms.workdays, grace, notice: None })
    }

    /// The customers that a saved rule takes. If the settings have a notice period, only those whose owners the rule
    /// notified at least that long ago.
    pub async fn of_rule(op: &mut Op<'_>, id: PoolRuleId, rule: &Draft) -> Result<Self, Error> {
        let matching = Self::of(op, &rule.terms()).await?;
        let notice = op.settings().notice;
        let must_notify = rule.action == Action::ReleaseToPool && notice > TimeDelta::zero();
        Ok(Self { notice: must_notify.then_some((id, notice)), ..matching })
    }

    /// A predicate over a row of `customer`, true or false: whether the rule takes the customer at a moment.
    pub fn sql(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let matches = self.matches(customer, now, binds)?;
        Ok(format!("({matches} and {})", self.is_notified(customer, now, binds)))
    }

    /// Like [`Self::sql`], but regardless of whether the owner was notified.
    pub fn matches(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let holds = self.holds(customer, now, binds)?;
        if !self.directory.has_absences {
            return Ok(holds);
        }
        let at = self.evaluated_at(now, binds);
        Ok(format!("({holds} and not {})", is_away(customer, &at, self.workdays)))
    }

    /// Like [`Self::matches`], but regardless of whether the owner is absent. An ownership that began after the moment
    /// is none that the rule could take.
    pub fn holds(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let at = self.evaluated_at(now, binds);
        let holds = self.condition.predicate(&self.directory, customer, &at, binds)?;
        let now = binds.bind(Arg::Time(Some(now)));
        let mut sql = format!(
            "({customer}.owner_user_id is not null and {customer}.archived_at is null and {customer}.owned_since <= {now} and {holds} is true"
        );
        for keep in &self.keeps {
            let keeps = keep.predicate(&self.directory, customer, &at, binds)?;
            sql.push_str(&format!(" and {keeps} is not true"));
        }
        if let Some(grace) = self.grace {
            sql.push_str(&format!(" and coalesce({} <= {at}, true)", end_of_grace(customer, grace)));
        }
        sql.push(')');
        Ok(sql)
    }

    /// The moment at which the condition is evaluated.
    fn evaluated_at(&self, now: DateTime<Utc>, binds: &mut Binds) -> String {
        binds.bind(Arg::Time(Some(self.directory.settings.days_later(now, self.ahead, self.workdays))))
    }

    /// A predicate, true or false: whether the owner of a customer was notified long enough before a moment.
    fn is_notified(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> String {
        match self.notice() {
            None => "true".to_owned(),
            Some(notice) => {
                let (told, before) = (self.told(customer, binds), binds.bind(Arg::Time(Some(now - notice))));
                format!("coalesce({told} <= {before}, false)")
            }
        }
    }

    /// SQL for when the present owner of a customer was notified; null if they were not, or need not be.
    pub fn told(&self, customer: &str, binds: &mut Binds) -> String {
        match self.notice {
            None => "null::timestamptz".to_owned(),
            Some((rule, _)) => notified_at(customer, rule, binds),
        }
    }

    /// The customers that the condition can never match.
    pub fn never_matched(&self) -> Vec<Text> {
        self.condition.never_matched()
    }

    /// How long before the rule takes a customer its owner must be notified; `None` if not at all.
    pub fn notice(&self) -> Option<TimeDelta> {
        self.notice.map(|(_, notice)| notice)
    }
}

/// The grace period of imported customers; `None` if they have none.
pub(super) fn grace_of(settings: &Settings) -> Option<TimeDelta> {
    Some(settings.import_grace).filter(|grace| *grace > TimeDelta::zero())
}

/// SQL for when the grace period of a customer ends; null if its present owner did not get it from an import.
pub(super) fn end_of_grace(customer: &str, grace: TimeDelta) -> String {
    format!(
        "(case when {customer}.owned_since <= {customer}.imported_at then {customer}.imported_at + interval '{} seconds' end)",
        grace.num_seconds()
    )
}

/// SQL for when the present owner of a customer was notified that a rule will take it; null if they were not.
pub(super) fn notified_at(customer: &str, rule: PoolRuleId, binds: &mut Binds) -> String {
    let rule = binds.bind(Arg::Uuid(rule.uuid()));
    format!(
        "(select n.at from pool_rule_notice n
          where n.rule_id = {rule} and n.customer_id = {customer}.id
            and (n.owner_user_id, n.owned_since) = ({customer}.owner_user_id, {customer}.owned_since))"
    )
}

/// SQL for whether the owner of a customer is absent at a moment, or in their first day back. No rule takes their
/// customers then.
pub(super) fn is_away(customer: &str, at: &str, workdays: bool) -> String {
    format!(
        "exists (select from absence a
                 where a.user_id = {customer}.owner_user_id and a.starts <= {at} and {at} < {})",
        end_of_first_day_back(workdays)
    )
}

/// SQL for the end of the owner's first day back from an absence `a`.
pub(super) fn end_of_first_day_back(workdays: bool) -> String {
    match workdays {
        true => working_time::to_time(&format!("{} + interval '1 day'", working_time::of_time("a.ends"))),
        false => "a.settled".to_owned(),
    }
}

/// A predicate over a row of `customer`, true or false: whether any enabled `KEEP` rule keeps the customer.
pub async fn kept(op: &mut Op<'_>, customer: &str, binds: &mut Binds) -> Result<String, Error> {
    let keeps = store::load_keeps(op.db(), i32::MIN).await?;
    let (directory, now) = (op.directory(), binds.now());
    let mut kept = "(false".to_owned();
    for keep in keeps {
        let condition = condition_of(&keep, directory)?;
        kept.push_str(&format!(" or {} is true", condition.predicate(directory, customer, &now, binds)?));
    }
    kept.push(')');
    Ok(kept)
}

/// The condition of a `KEEP` rule. It was valid when it was saved, but a choice, a field or a user in it may be gone by
/// now. Then this is an error, because without the rule customers would be taken that it should keep.
fn condition_of(keep: &Keep, directory: &Directory) -> Result<Condition, UserError> {
    Condition::parse(&keep.condition, keep.workdays, directory).map_err(|refusal| {
        let (Text { en, zh }, name) = (refusal.text(), &keep.name);
        UserError::invalid(
            &[],
            format!("The pool rule {name:?} must be corrected first. {en}"),
            format!("请先修正公海规则“{name}”。{zh}"),
        )
    })
}
