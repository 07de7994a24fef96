//! SQL that is composed at run time: its text has only placeholders, and its values are bound.
//!
//! This is the only place where planned text reaches the database.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexSet;
use rust_decimal::Decimal;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Arguments, AssertSqlSafe, PgExecutor, Postgres, Row, ValueRef};
use uuid::Uuid;

use crate::kernel::access::Rights;

/// The most values that PostgreSQL takes with one statement.
const MOST_VALUES: usize = 65_535;

/// The JSON in a column, as PostgreSQL wrote it.
pub fn json_of(row: &PgRow, column: usize) -> sqlx::Result<&str> {
    let value = row.try_get_raw(column)?;
    if value.is_null() { Ok("null") } else { value.as_str().map_err(sqlx::Error::Decode) }
}

/// A value to bind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the PostgreSQL type of its name")]
pub enum Arg {
    /// The viewer's id.
    Me,
    /// The ids of everyone below the viewer.
    Team,
    /// The ids of the viewer and of everyone below the viewer.
    TeamAndMe,
    /// The ids of the pools of which the viewer is a member.
    Pools,
    /// The moment of the request.
    Now,
    /// A value that each execution fills in: its place among those that the execution gives.
    Deferred(usize),
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
    Decimal(Decimal),
}

/// The values of one statement, numbered in the order in which they are bound. A value that a statement needs in several
/// places is bound once.
#[derive(Debug, Default, Clone)]
pub struct Binds(IndexSet<Arg>);

impl Binds {
    /// Adds a value, unless it is bound already, and returns its placeholder.
    pub fn bind(&mut self, arg: Arg) -> String {
        let (place, _) = self.0.insert_full(arg);
        format!("${}", place + 1)
    }

    /// The viewer's id.
    pub fn me(&mut self) -> String {
        self.bind(Arg::Me)
    }

    /// The ids of everyone below the viewer.
    pub fn team(&mut self) -> String {
        self.bind(Arg::Team)
    }

    /// The ids of the viewer and everyone below.
    pub fn team_and_me(&mut self) -> String {
        self.bind(Arg::TeamAndMe)
    }

    /// The ids of the pools of which the viewer is a member.
    pub fn pools(&mut self) -> String {
        self.bind(Arg::Pools)
    }

    /// The moment of the request.
    pub fn now(&mut self) -> String {
        self.bind(Arg::Now)
    }

    /// Whether the statement binds any of some values.
    pub fn has_any(&self, args: &[Arg]) -> bool {
        args.iter().any(|arg| self.0.contains(arg))
    }

    /// Drops the values that no placeholder of the text names, and renumbers the placeholders. sqlx knows a prepared
    /// statement by its text, so the same text must always bind the same number and types of values.
    pub fn used_by(self, text: &str) -> (String, Self) {
        let (mut numbered, mut used) = (String::with_capacity(text.len()), IndexSet::new());
        let mut parts = text.split('$');
        numbered.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let place: usize = part[..digits].parse().expect("every dollar sign begins a placeholder");
            let (kept, _) = used.insert_full(place);
            numbered.push_str(&format!("${}{}", kept + 1, &part[digits..]));
        }
        let used = used.into_iter().map(|place: usize| self.0[place - 1].clone()).collect();
        (numbered, Self(used))
    }
}

impl Arg {
    /// The value to send, where it depends on the viewer, the time, or the execution.
    fn filled(&self, deferred: &[Self], rights: &Rights, now: DateTime<Utc>) -> Self {
        match self {
            Self::Me => Self::Uuid(rights.viewer.uuid()),
            Self::Team => Self::Uuids(rights.team.as_ref().clone()),
            Self::TeamAndMe => Self::Uuids([rights.team.as_slice(), &[rights.viewer.uuid()]].concat()),
            Self::Pools => Self::Uuids(rights.pools.as_deref().cloned().unwrap_or_default()),
            Self::Now => Self::Time(Some(now)),
            Self::Deferred(place) => deferred[*place].clone(),
            value => value.clone(),
        }
    }

    fn add_to(&self, arguments: &mut PgArguments) {
        let added = match self {
            Self::Me | Self::Team | Self::TeamAndMe | Self::Pools | Self::Now | Self::Deferred(_) => {
                unreachable!("`filled` has replaced it")
            }
            Self::Uuid(value) => arguments.add(*value),
            Self::Uuids(value) => arguments.add(value),
            Self::Text(value) => arguments.add(value),
            Self::Texts(value) => arguments.add(value),
            Self::Int(value) => arguments.add(*value),
            Self::Ints(value) => arguments.add(value),
            Self::Bool(value) => arguments.add(*value),
            Self::Time(value) => arguments.add(*value),
            Self::Times(value) => arguments.add(value),
            Self::Date(value) => arguments.add(*value),
            Self::Decimal(value) => arguments.add(*value),
        };
        added.expect("encoding UUIDs, texts, numbers and times can't fail");
    }
}

/// A statement with its values. PostgreSQL forgets it after it has run, unless it is [prepared](Self::prepared): its text
/// depends on what clients ask for, so there are any number of them.
#[derive(Debug, Clone)]
pub struct Statement {
    text: Arc<str>,
    values: Vec<Arg>,
    is_prepared: bool,
}

/// The numbers of executions that statements of [`Statement::together`] have room for. There are only a few sizes, so
/// that only a few statements are prepared.
const ROOM: [usize; 4] = [4, 16, 64, Statement::MOST_TOGETHER];

impl Statement {
    /// How many statements can run together.
    pub const MOST_TOGETHER: usize = 128;

    /// Fills in the values that depend on the viewer, the time, and the execution.
    pub fn new(text: Arc<str>, binds: &Binds, deferred: &[Arg], rights: &Rights, now: DateTime<Utc>) -> Self {
        let values = binds.0.iter().map(|arg| arg.filled(deferred, rights, now)).collect();
        Self { text, values, is_prepared: false }
    }

    /// The text without values. Statements with the same text can run [together](Self::together).
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The number of values that it binds; each item of a list counts.
    pub fn weight(&self) -> usize {
        let weight = |value: &Arg| match value {
            Arg::Uuids(list) => list.len(),
            Arg::Texts(list) => list.len(),
            Arg::Ints(list) => list.len(),
            Arg::Times(list) => list.len(),
            _ => 1,
        };
        self.values.iter().map(weight).sum()
    }

    /// Combines several statements of the same text into one. Its rows begin with the index of their statement, and are
    /// ordered by that and then by their first own column. So PostgreSQL prepares for execution only once.
    pub fn together(all: &[&Self]) -> Self {
        let [first, ..] = all else { unreachable!("callers pass at least one statement") };
        let room =
            ROOM.into_iter().find(|room| *room >= all.len()).expect("callers pass at most `MOST_TOGETHER` statements");
        let width = first.values.len();
        // The number of statements comes first. Unused room is filled with copies of the last statement, which are
        // skipped.
        let mut values = vec![Arg::Int(Some(i64::try_from(all.len()).expect("there are at most `MOST_TOGETHER`")))];
        for place in 0..room {
            values.extend_from_slice(&all[place.min(all.len() - 1)].values);
        }
        let row = |place: usize| {
            let of_one = (0..width).map(|value| format!(", ${}", place * width + value + 2));
            format!("({place}{})", of_one.collect::<String>())
        };
        let rows: Vec<_> = (0..room).map(row).collect();
        let columns: String = (1..=width).map(|value| format!(", p{value}")).collect();
        let text = format!(
            "select given.place, each.* from (values {}) given (place{columns}) cross join lateral ({}) each \
             where given.place < $1 order by 1, 2",
            rows.join(", "),
            first.text.replace('$', "given.p")
        );
        Self { text: text.into(), values, is_prepared: false }
    }

    /// The same statement, which the connection keeps prepared for the next time.
    pub fn prepared(mut self) -> Self {
        self.is_prepared = true;
        self
    }

    /// Runs it and returns its rows.
    pub async fn fetch_all(self, db: impl PgExecutor<'_>) -> sqlx::Result<Vec<PgRow>> {
        self.query()?.fetch_all(db).await
    }

    /// Runs it and returns its only row.
    pub async fn fetch_one(self, db: impl PgExecutor<'_>) -> sqlx::Result<PgRow> {
        self.query()?.fetch_one(db).await
    }

    fn query(self) -> sqlx::Result<Query<'static, Postgres, PgArguments>> {
        if self.values.len() > MOST_VALUES {
            return Err(sqlx::Error::Encode("the statement has too many values".into()));
        }
        let mut arguments = PgArguments::default();
        self.values.iter().for_each(|value| value.add_to(&mut arguments));
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments).persistent(self.is_prepared))
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
        let values: Vec<_> = binds.0.into_iter().collect();
        assert_eq!(values, [11, 3, 0].map(|number| Arg::Int(Some(number))));
    }

    #[test]
    fn statements_of_the_same_text_are_combined() {
        let one = |number| Statement {
            text: "select $1, $2 where $1 > 0".into(),
            values: vec![Arg::Int(Some(number)), Arg::Bool(true)],
            is_prepared: false,
        };
        let together = Statement::together(&[&one(7), &one(8)]);
        assert_eq!(
            together.text.as_ref(),
            "select given.place, each.* from (values (0, $2, $3), (1, $4, $5), (2, $6, $7), (3, $8, $9)) given (place, p1, p2) \
             cross join lateral (select given.p1, given.p2 where given.p1 > 0) each where given.place < $1 order by 1, 2"
        );
        let numbers: Vec<_> = together.values.iter().filter(|value| matches!(value, Arg::Int(_))).collect();
        assert_eq!(numbers, [2, 7, 8, 8, 8].map(|number| Arg::Int(Some(number))).each_ref());
    }
}
