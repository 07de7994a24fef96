//! SQL that is put together at run time: its text holds placeholders alone, its values are bound.
//!
//! This is the one place where planned text reaches the database.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, PgExecutor, Postgres};
use uuid::Uuid;

use crate::access::Rights;

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is the PostgreSQL type of its name")]
pub enum Arg {
    /// The viewer's id.
    Me,
    /// The ids of everyone below the viewer.
    Team,
    /// The same and the viewer's own.
    TeamAndMe,
    /// The moment of the request.
    Now,
    /// A value that is known when the statement is filled in: its place among those given then.
    Later(usize),
    Uuid(Uuid),
    Uuids(Vec<Uuid>),
    Text(String),
    Texts(Vec<String>),
    Int(Option<i64>),
    Ints(Vec<i64>),
    Bool(bool),
    Time(Option<DateTime<Utc>>),
    Times(Vec<DateTime<Utc>>),
    Date(NaiveDate),
    Dates(Vec<NaiveDate>),
}

/// The values of one statement, numbered as they come.
#[derive(Debug, Default, Clone)]
pub struct Binds(Vec<Arg>);

impl Binds {
    /// Adds a value and returns its placeholder.
    pub fn bind(&mut self, arg: Arg) -> String {
        self.0.push(arg);
        format!("${}", self.0.len())
    }

    /// The placeholder of a value that a statement needs in many places, bound once.
    pub fn once(&mut self, arg: Arg) -> String {
        match self.0.iter().position(|bound| *bound == arg) {
            Some(place) => format!("${}", place + 1),
            None => self.bind(arg),
        }
    }

    /// The viewer's id.
    pub fn me(&mut self) -> String {
        self.once(Arg::Me)
    }

    /// The ids of everyone below the viewer.
    pub fn team(&mut self) -> String {
        self.once(Arg::Team)
    }

    /// The ids of the viewer and everyone below.
    pub fn team_and_me(&mut self) -> String {
        self.once(Arg::TeamAndMe)
    }

    /// The moment of the request.
    pub fn now(&mut self) -> String {
        self.once(Arg::Now)
    }

    /// Whether any of these is among the values.
    pub fn has_any(&self, args: &[Arg]) -> bool {
        args.iter().any(|arg| self.0.contains(arg))
    }

    /// Drops the values that no placeholder of a text stands for, and numbers the placeholders anew. A prepared statement
    /// is known by its text alone: what is bound has to follow from the text.
    pub fn used_by(self, text: &str) -> (String, Self) {
        let (mut numbered, mut used) = (String::with_capacity(text.len()), Vec::new());
        let mut parts = text.split('$');
        numbered.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let place: usize = part[..digits].parse().expect("a dollar begins a placeholder");
            let kept = used.iter().position(|kept| *kept == place).unwrap_or_else(|| {
                used.push(place);
                used.len() - 1
            });
            numbered.push_str(&format!("${}{}", kept + 1, &part[digits..]));
        }
        let used = used.into_iter().map(|place| self.0[place - 1].clone()).collect();
        (numbered, Self(used))
    }
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub struct Statement {
    text: Arc<str>,
    arguments: PgArguments,
}

impl Statement {
    /// Fills the values in that depend on the viewer, the moment, and what is given now.
    pub fn new(text: Arc<str>, binds: &Binds, later: &[Arg], rights: &Rights, now: DateTime<Utc>) -> Self {
        let mut arguments = PgArguments::default();
        for arg in &binds.0 {
            let arg = if let Arg::Later(place) = arg { &later[*place] } else { arg };
            let added = match arg {
                Arg::Later(_) => unreachable!("what is given now is a value"),
                Arg::Me => arguments.add(rights.viewer.uuid()),
                Arg::Team => arguments.add(rights.team.as_slice()),
                Arg::TeamAndMe => {
                    let mut all = rights.team.as_ref().clone();
                    all.push(rights.viewer.uuid());
                    arguments.add(all)
                }
                Arg::Now => arguments.add(now),
                Arg::Uuid(value) => arguments.add(*value),
                Arg::Uuids(value) => arguments.add(value),
                Arg::Text(value) => arguments.add(value),
                Arg::Texts(value) => arguments.add(value),
                Arg::Int(value) => arguments.add(*value),
                Arg::Ints(value) => arguments.add(value),
                Arg::Bool(value) => arguments.add(*value),
                Arg::Time(value) => arguments.add(*value),
                Arg::Times(value) => arguments.add(value),
                Arg::Date(value) => arguments.add(*value),
                Arg::Dates(value) => arguments.add(value),
            };
            added.expect("uuids, texts, numbers and times encode always");
        }
        Self { text, arguments }
    }

    /// Runs it.
    pub async fn fetch_all(self, db: impl PgExecutor<'_>) -> sqlx::Result<Vec<PgRow>> {
        sqlx::query_with::<Postgres, _>(AssertSqlSafe(self.text), self.arguments).fetch_all(db).await
    }

    /// Runs it, for one row.
    pub async fn fetch_one(self, db: impl PgExecutor<'_>) -> sqlx::Result<PgRow> {
        sqlx::query_with::<Postgres, _>(AssertSqlSafe(self.text), self.arguments).fetch_one(db).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_a_placeholder_are_dropped() {
        let mut binds = Binds::default();
        let placeholders: Vec<_> = (0..12).map(|number| binds.bind(Arg::Int(Some(number)))).collect();
        let text = format!("select {}, {1} where x = {1} or {2}", placeholders[11], placeholders[3], placeholders[0]);
        let (text, binds) = binds.used_by(&text);
        assert_eq!(text, "select $1, $2 where x = $2 or $3");
        assert_eq!(binds.0, [11, 3, 0].map(|number| Arg::Int(Some(number))));
    }
}
