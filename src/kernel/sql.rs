//! SQL that is put together at run time: its text holds placeholders alone, its values are bound.
//!
//! This is the one place where planned text reaches the database.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, PgExecutor, Postgres, Row, ValueRef};
use uuid::Uuid;

use crate::kernel::access::Rights;

/// The JSON in a column, as PostgreSQL wrote it.
pub fn json_of(row: &PgRow, column: usize) -> sqlx::Result<&str> {
    let value = row.try_get_raw(column)?;
    if value.is_null() { Ok("null") } else { value.as_str().map_err(sqlx::Error::Decode) }
}

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

impl Arg {
    /// The value itself, where it depends on the viewer, the moment, or what is given now.
    fn filled(&self, deferred: &[Self], rights: &Rights, now: DateTime<Utc>) -> Self {
        match self {
            Self::Me => Self::Uuid(rights.viewer.uuid()),
            Self::Team => Self::Uuids(rights.team.as_ref().clone()),
            Self::TeamAndMe => Self::Uuids([rights.team.as_slice(), &[rights.viewer.uuid()]].concat()),
            Self::Now => Self::Time(Some(now)),
            Self::Deferred(place) => deferred[*place].clone(),
            value => value.clone(),
        }
    }

    fn add_to(&self, arguments: &mut PgArguments) {
        let added = match self {
            Self::Me | Self::Team | Self::TeamAndMe | Self::Now | Self::Deferred(_) => {
                unreachable!("it was filled in")
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
        added.expect("uuids, texts, numbers and times encode always");
    }
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub struct Statement {
    text: Arc<str>,
    values: Vec<Arg>,
}

/// For how many at once a statement of [`Statement::together`] has room: few sizes, so that few are prepared.
const ROOM: [usize; 4] = [4, 16, 64, Statement::MOST_TOGETHER];

impl Statement {
    /// How many can run together.
    pub const MOST_TOGETHER: usize = 128;

    /// Fills the values in that depend on the viewer, the moment, and what is given now.
    pub fn new(text: Arc<str>, binds: &Binds, deferred: &[Arg], rights: &Rights, now: DateTime<Utc>) -> Self {
        let values = binds.0.iter().map(|arg| arg.filled(deferred, rights, now)).collect();
        Self { text, values }
    }

    /// The text without its values: those of the same text can run [together](Self::together).
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// How many values it binds, each of a list counted.
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

    /// Several of one text as one statement, whose rows begin with the place of the one that they are of, and are in the
    /// order of the places and then of their first columns. PostgreSQL begins it once, and only runs it for each.
    pub fn together(all: &[&Self]) -> Self {
        let [first, ..] = all else { unreachable!("there is one at least") };
        let room = ROOM.into_iter().find(|room| *room >= all.len()).expect("no more than there is room for");
        let width = first.values.len();
        // How many there are comes first; the rest of the room is filled with the last of them, and not looked at.
        let mut values = vec![Arg::Int(Some(i64::try_from(all.len()).expect("few")))];
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
        Self { text: text.into(), values }
    }

    fn arguments(&self) -> PgArguments {
        let mut arguments = PgArguments::default();
        self.values.iter().for_each(|value| value.add_to(&mut arguments));
        arguments
    }

    /// Runs it.
    pub async fn fetch_all(self, db: impl PgExecutor<'_>) -> sqlx::Result<Vec<PgRow>> {
        let arguments = self.arguments();
        sqlx::query_with::<Postgres, _>(AssertSqlSafe(self.text), arguments).fetch_all(db).await
    }

    /// Runs it, for one row.
    pub async fn fetch_one(self, db: impl PgExecutor<'_>) -> sqlx::Result<PgRow> {
        let arguments = self.arguments();
        sqlx::query_with::<Postgres, _>(AssertSqlSafe(self.text), arguments).fetch_one(db).await
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

    #[test]
    fn statements_of_one_text_become_one() {
        let one = |number| Statement {
            text: "select $1, $2 where $1 > 0".into(),
            values: vec![Arg::Int(Some(number)), Arg::Bool(true)],
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
