//! Predicts when a condition will match if nothing changes but the time.
//!
//! This is possible if day counts stand only in comparisons `days > c` or `days >= c`, and no part with a day count is
//! negated: each such comparison becomes true at an instant and stays true. `&&` becomes true at the latest instant of
//! its parts, `||` at the earliest. A part without a day count is always true, or never.

use super::compile::Compiler;
use super::fields::variable;
use super::ops::Op;
use super::refusal::Refusal;
use super::syntax::{Form, Node};
use super::variables::{Type, Value};

/// Day counts are limited to this, so that no time overflows. It is later than any prediction looks.
const MOST_DAYS: &str = "100000";

impl Compiler<'_> {
    /// SQL for the instant at which a part becomes true; `None` if it can't be predicted.
    pub(super) fn instant(&mut self, node: &Node) -> Result<Option<String>, Refusal> {
        if !asks_for_days(node) {
            let holds = self.wanted(node, Type::Bool)?;
            return Ok(Some(format!("(case when {holds} then '-infinity' else 'infinity' end)::timestamptz")));
        }
        let Form::Apply(op, parts) = &node.form else { return Ok(None) };
        match (op, parts.as_slice()) {
            (Op::And | Op::Or, [left, right]) => {
                let chosen = if *op == Op::And { "greatest" } else { "least" };
                let (left, right) = (self.instant(left)?, self.instant(right)?);
                Ok(left.zip(right).map(|(left, right)| format!("{chosen}({left}, {right})")))
            }
            (Op::Greater | Op::AtLeast, [days, count]) | (Op::Less | Op::AtMost, [count, days]) => {
                let Some(since) = counted_since(days).filter(|_| !asks_for_days(count)) else { return Ok(None) };
                let count = self.number(count)?.sql;
                self.reached(since, &count, matches!(op, Op::Greater | Op::Less)).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// SQL for the instant at which a number of days has passed since a moment, without the owner's absences; if
    /// `is_beyond`, for the first instant after that.
    fn reached(&mut self, since: &str, days: &str, is_beyond: bool) -> Result<String, Refusal> {
        let since = self.render(since, "");
        // If the number is missing, the instant is, too.
        let days = format!(
            "(select least(greatest(n.days, -{MOST_DAYS}), {MOST_DAYS}) from (select {days} as days) n where n.days is not null)"
        );
        let mut at = format!("({} + ({days} * 86400)::double precision * interval '1 second')", self.clock(&since));
        if self.directory.has_absences {
            // An absence counts if it begins before the number of days has passed without it.
            let sign = if is_beyond { "<=" } else { "<" };
            let (starts, ends) = (self.clock(&format!("greatest(a.starts, {since})")), self.clock("a.ends"));
            let absences = format!(
                "(select {starts} as starts, {ends} as ends from absence a where a.user_id = {{c}}.owner_user_id and a.ends > {since})"
            );
            let away = format!(
                "coalesce((select sum(a.ends - a.starts) from (
                     select a.starts, a.ends, coalesce(sum(a.ends - a.starts) over (
                                order by a.starts rows between unbounded preceding and 1 preceding), interval '0') as before
                     from {absences} a) a
                 where a.starts {sign} {at} + a.before), interval '0')"
            );
            at = format!("({at} + {})", self.render(&away, ""));
        }
        if is_beyond {
            at = format!("({at} + interval '1 microsecond')");
        }
        Ok(format!("coalesce({}, 'infinity')", self.time_when(&at)))
    }
}

/// The moment from which a variable counts days; `None` if it is not a day count.
fn counted_since(node: &Node) -> Option<&'static str> {
    variable(node).and_then(|variable| match variable.value {
        Value::DaysSince(moment) => Some(moment),
        Value::Sql(_) => None,
    })
}

/// Whether a part depends on a day count.
pub(super) fn asks_for_days(node: &Node) -> bool {
    match &node.form {
        // Whether there is a value does not depend on the time.
        Form::Apply(Op::Equals | Op::Differs, parts) if parts.iter().any(|part| matches!(part.form, Form::Null)) => {
            false
        }
        Form::Apply(_, parts) | Form::List(parts) => parts.iter().any(asks_for_days),
        _ => counted_since(node).is_some(),
    }
}
