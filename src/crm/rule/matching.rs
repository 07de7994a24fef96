//! What a rule takes: what its condition matches, unless an enabled `KEEP` of the same or a higher priority matches, too.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::condition::Condition;
use super::edit::Draft;
use super::{Action, store, working_time};
use crate::kernel::directory::Directory;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::PoolRuleId;
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds};

/// What matters of a rule for what it takes.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its condition.
    pub condition: String,
    /// What it does.
    pub action: Action,
    /// The larger wins.
    pub priority: i32,
    /// How long before it would match the owner is told.
    pub days_ahead: Option<i32>,
    /// Whether days off are left out of every day count.
    pub workdays: bool,
}

/// The customers that a rule takes, as a predicate.
#[derive(Clone)]
pub struct Matching {
    directory: Arc<Directory>,
    condition: Condition,
    keeps: Vec<Condition>,
    /// How many days ahead it looks.
    ahead: usize,
    workdays: bool,
    /// Where owners have to be told first: by which rule, and how long before.
    notice: Option<(PoolRuleId, TimeDelta)>,
}

impl Matching {
    /// What a rule takes that is not saved, by the rules that keep customers at this moment.
    pub async fn of(op: &mut Op<'_>, terms: &Terms) -> Result<Self, Error> {
        let keeps = match terms.action {
            Action::Keep => Vec::new(),
            _ => store::keeps(op.db(), terms.priority).await?,
        };
        let directory = op.directory_handle();
        let condition = Condition::read(&terms.condition, terms.workdays, &directory)?;
        let keeps = keeps.iter().map(|keep| keep.read(&directory)).collect::<Result<_, _>>()?;
        let ahead = terms.days_ahead.and_then(|days| usize::try_from(days).ok()).unwrap_or(0);
        Ok(Self { directory, condition, keeps, ahead, workdays: terms.workdays, notice: None })
    }

    /// What a saved rule takes: where the settings ask for notice, what it told the owners of so long ago.
    pub async fn of_rule(op: &mut Op<'_>, id: PoolRuleId, rule: &Draft) -> Result<Self, Error> {
        let matching = Self::of(op, &rule.terms()).await?;
        let notice = op.settings().notice;
        let has_to_tell = rule.action == Action::ReleaseToPool && notice > TimeDelta::zero();
        Ok(Self { notice: has_to_tell.then_some((id, notice)), ..matching })
    }

    /// What is taken at a moment, as a predicate over a row of `customer`: true or false.
    pub fn sql(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let matches = self.matches(customer, now, binds)?;
        Ok(format!("({matches} and {})", self.told(customer, now, binds)))
    }

    /// The same, whether the owner was told or not.
    pub fn matches(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let holds = self.holds(customer, now, binds)?;
        if !self.directory.has_absences {
            return Ok(holds);
        }
        let seen_from = self.seen_from(now, binds);
        Ok(format!("({holds} and not {})", is_away(customer, &seen_from, self.workdays)))
    }

    /// The same, whether the owner is there or not.
    pub fn holds(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> Result<String, Error> {
        let seen_from = self.seen_from(now, binds);
        let holds = self.condition.predicate(&self.directory, customer, &seen_from, binds)?;
        let mut sql =
            format!("({customer}.owner_user_id is not null and {customer}.archived_at is null and {holds} is true");
        for keep in &self.keeps {
            let keeps = keep.predicate(&self.directory, customer, &seen_from, binds)?;
            sql.push_str(&format!(" and {keeps} is not true"));
        }
        sql.push(')');
        Ok(sql)
    }

    /// The moment that it looks from.
    fn seen_from(&self, now: DateTime<Utc>, binds: &mut Binds) -> String {
        binds.once(Arg::Time(Some(self.directory.settings.days_later(now, self.ahead, self.workdays))))
    }

    /// Whether the owner of a customer was told long enough before a moment: true or false.
    pub fn told(&self, customer: &str, now: DateTime<Utc>, binds: &mut Binds) -> String {
        match self.notice {
            None => "true".to_owned(),
            Some((rule, notice)) => {
                let (told_at, before) = (told_at(customer, rule, binds), binds.once(Arg::Time(Some(now - notice))));
                format!("coalesce({told_at} <= {before}, false)")
            }
        }
    }

    /// How long before owners have to be told; none where they need not be.
    pub fn notice(&self) -> Option<TimeDelta> {
        self.notice.map(|(_, notice)| notice)
    }
}

/// When the owner of a customer was told that a rule would take it; null when they were not.
pub(super) fn told_at(customer: &str, rule: PoolRuleId, binds: &mut Binds) -> String {
    let rule = binds.once(Arg::Uuid(rule.uuid()));
    format!(
        "(select n.at from pool_rule_notice n
          where n.rule_id = {rule} and n.customer_id = {customer}.id
            and (n.owner_user_id, n.owned_since) = ({customer}.owner_user_id, {customer}.owned_since))"
    )
}

/// Whether the owner of a customer is away at a moment, or in the first day back: nothing of theirs falls then.
pub(super) fn is_away(customer: &str, at: &str, workdays: bool) -> String {
    format!(
        "exists (select from absence a
                 where a.user_id = {customer}.owner_user_id and a.starts <= {at} and {at} < {})",
        settled(workdays)
    )
}

/// The end of the first day back from an absence `a`.
pub(super) fn settled(workdays: bool) -> String {
    match workdays {
        true => working_time::reached(&format!("{} + interval '1 day'", working_time::shown("a.ends"))),
        false => "a.settled".to_owned(),
    }
}

/// Whether any enabled rule keeps a customer, as a predicate over a row of `customer`: true or false.
pub async fn kept(op: &mut Op<'_>, customer: &str, binds: &mut Binds) -> Result<String, Error> {
    let keeps = store::keeps(op.db(), i32::MIN).await?;
    let (directory, now) = (op.directory(), binds.now());
    let mut kept = "(false".to_owned();
    for keep in keeps {
        let condition = keep.read(directory)?;
        kept.push_str(&format!(" or {} is true", condition.predicate(directory, customer, &now, binds)?));
    }
    kept.push(')');
    Ok(kept)
}

/// A rule that keeps customers.
#[derive(Debug)]
pub struct Keep {
    pub name: String,
    pub condition: String,
    pub workdays: bool,
}

impl Keep {
    /// It was right when it was saved, and perhaps is not any more: a choice, a field or a user in it is gone. Without it,
    /// customers would be taken that it is to keep.
    fn read(&self, directory: &Directory) -> Result<Condition, UserError> {
        Condition::read(&self.condition, self.workdays, directory).map_err(|refusal| {
            let (Text { en, zh }, name) = (refusal.text(), &self.name);
            UserError::invalid(
                &[],
                format!("The rule {name:?} has to be corrected first. {en}"),
                format!("请先修正规则 {name:?}。{zh}"),
            )
        })
    }
}
