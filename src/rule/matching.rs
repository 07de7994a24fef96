//! What a rule takes: what its condition matches, unless an enabled `KEEP` of the same or a higher priority matches, too.

use chrono::{DateTime, TimeDelta, Utc};

use super::condition::{Condition, Refusal};
use super::{Action, store};
use crate::directory::Directory;
use crate::error::{Error, Text, UserError};
use crate::op::Op;
use crate::sql::{Arg, Binds};

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
}

/// The customers that a rule takes, as a predicate.
#[derive(Debug, Clone)]
pub struct Matching {
    condition: Condition,
    keeps: Vec<Condition>,
    /// How far ahead it looks.
    ahead: TimeDelta,
}

impl Matching {
    /// What a rule takes, by the rules that keep customers at this moment.
    pub async fn of(op: &mut Op<'_>, terms: &Terms) -> Result<Self, Error> {
        let keeps = match terms.action {
            Action::Keep => Vec::new(),
            _ => store::keeps(op.db(), terms.priority).await?,
        };
        let directory = op.directory();
        let condition = Condition::read(&terms.condition, directory)?;
        let read = |(name, text): (String, String)| {
            Condition::read(&text, directory).map_err(|refusal| broken(&name, &refusal))
        };
        let keeps = keeps.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { condition, keeps, ahead: TimeDelta::days(terms.days_ahead.unwrap_or(0).into()) })
    }

    /// A predicate over a row of `customer` that has an owner: true or false.
    pub fn sql(
        &self,
        directory: &Directory,
        customer: &str,
        now: DateTime<Utc>,
        binds: &mut Binds,
    ) -> Result<String, Error> {
        let now = binds.once(Arg::Time(Some(now + self.ahead)));
        let matched = self.condition.predicate(directory, customer, &now, binds)?;
        let mut sql =
            format!("({customer}.owner_user_id is not null and {customer}.archived_at is null and {matched} is true");
        if directory.has_absences {
            sql.push_str(&format!(" and not {}", is_away(customer, &now)));
        }
        for keep in &self.keeps {
            sql.push_str(&format!(" and {} is not true", keep.predicate(directory, customer, &now, binds)?));
        }
        sql.push(')');
        Ok(sql)
    }
}

/// Whether the owner of a customer is away at a moment, or in the first day back: nothing of theirs falls then.
pub(super) fn is_away(customer: &str, at: &str) -> String {
    format!(
        "exists (select from absence a
                 where a.user_id = {customer}.owner_user_id and a.starts <= {at} and {at} < a.settled)"
    )
}

/// Whether any enabled rule keeps a customer, as a predicate over a row of `customer`: true or false.
pub async fn kept(op: &mut Op<'_>, customer: &str, binds: &mut Binds) -> Result<String, Error> {
    let rules = store::keeps(op.db(), i32::MIN).await?;
    let (directory, now) = (op.directory(), binds.now());
    let mut kept = "(false".to_owned();
    for (name, text) in rules {
        let condition = Condition::read(&text, directory).map_err(|refusal| broken(&name, &refusal))?;
        kept.push_str(&format!(" or {} is true", condition.predicate(directory, customer, &now, binds)?));
    }
    kept.push(')');
    Ok(kept)
}

/// A rule that was right when it was saved, and is not any more: a choice, a field or a user in it is gone. Without it,
/// customers would be taken that it is to keep.
fn broken(name: &str, refusal: &Refusal) -> UserError {
    let Text { en, zh } = refusal.text();
    UserError::invalid(
        &[],
        format!("The rule {name:?} has to be corrected first. {en}"),
        format!("请先修正规则 {name:?}。{zh}"),
    )
}
