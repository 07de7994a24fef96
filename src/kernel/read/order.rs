//! Orders, pages and the cursors that are bound to them.

use apollo_compiler::executable::Field;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Variables;
use super::arguments::argument_or_none;
use super::describe::{Order, Type};
use crate::kernel::error::Error;
use crate::kernel::sql::Arg;

/// How many rows a page has when nobody says.
const DEFAULT_PAGE: i64 = 20;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// By what.
    pub order: Order,
    /// From the last to the first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// The last rows of what is asked for, not the first.
    pub from_the_end: bool,
}

/// One of the two parts of a cursor, to be read from it: the key of a row, or its id, which decides between equal keys.
#[derive(Debug, Clone, PartialEq)]
pub struct CursorPart {
    /// The order that the cursor has to be of.
    pub tag: String,
    /// The type of the key.
    pub ty: Type,
    /// The id, not the key.
    pub is_id: bool,
}

impl Page {
    /// Reads the page that the arguments of a connection ask for.
    pub fn asked(field: &Field, variables: &Variables, orders: &[Order], max: u32) -> Result<Self, Error> {
        let given = |name: &str| argument_or_none(field, name, variables);
        let count = |name: &str| -> Result<Option<i64>, Error> {
            let Some(value) = given(name) else { return Ok(None) };
            match value.as_i64() {
                Some(count) if (1..=i64::from(max)).contains(&count) => Ok(Some(count)),
                _ => Err(Error::bad_input(
                    format!("`{name}` must be from 1 to {max}, not {value}"),
                    format!("`{name}` 必须在 1 到 {max} 之间，不能是 {value}"),
                )),
            }
        };
        let (first, last) = (count("first")?, count("last")?);
        if first.is_some() && last.is_some() {
            return Err(Error::bad_input("give `first` or `last`, not both", "`first` 和 `last` 只能给一个"));
        }
        let (order, descending) = match given("orderBy").as_ref().and_then(Json::as_str) {
            Some(name) => named(orders, name).ok_or_else(|| {
                Error::bad_input(format!("there is no order {name}"), format!("没有 {name} 这种排序"))
            })?,
            None => (orders[0], orders[0].newest_first),
        };
        Ok(Self {
            order,
            descending,
            limit: first.or(last).unwrap_or(DEFAULT_PAGE.min(i64::from(max))),
            from_the_end: last.is_some(),
        })
    }

    /// The name of its order, which its cursors carry.
    pub fn tag(&self) -> String {
        format!("{}_{}", self.order.name, if self.descending { "DESC" } else { "ASC" })
    }

    /// The key, or the id, of its cursors.
    pub fn cursor_part(&self, is_id: bool) -> CursorPart {
        CursorPart { tag: self.tag(), ty: self.order.ty, is_id }
    }
}

fn named(orders: &[Order], name: &str) -> Option<(Order, bool)> {
    let order = |name| orders.iter().find(|order| order.name == name).copied();
    match name.strip_suffix("_DESC") {
        Some(name) => Some((order(name)?, true)),
        None => Some((order(name.strip_suffix("_ASC")?)?, false)),
    }
}

impl CursorPart {
    /// Reads it; a cursor of another order is refused, and so is one that was not ours.
    pub fn read(&self, cursor: &str) -> Result<Arg, Error> {
        let malformed = || Error::bad_input("this is not a cursor", "游标无效");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
        let (of, key, id): (String, String, String) = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        let id = Uuid::parse_str(&id).map_err(|_| malformed())?;
        if of != self.tag {
            return Err(Error::bad_input(
                format!("this cursor is one of the order {of}, not of {}", self.tag),
                format!("该游标属于排序 {of}，不能用于 {}", self.tag),
            ));
        }
        let key = match self.ty {
            Type::Text if !key.contains('\0') => Arg::Text(key),
            Type::Int => Arg::Int(Some(key.parse().map_err(|_| malformed())?)),
            Type::DateTime => Arg::Time(Some(time_from_sql(&key).ok_or_else(malformed)?)),
            _ => return Err(malformed()),
        };
        Ok(if self.is_id { Arg::Uuid(id) } else { key })
    }
}

/// SQL of the cursor of a row.
pub fn cursor_sql(tag: &str, key: &str, id: &str) -> String {
    let json = format!("json_build_array('{tag}', ({key})::text, {id})::text");
    // As URL_SAFE_NO_PAD writes it; PostgreSQL breaks lines at 76 characters.
    format!("translate(encode(convert_to({json}, 'UTF8'), 'base64'), E'+/=\\n', '-_')")
}

/// A time as PostgreSQL writes it with `TimeZone` UTC.
fn time_from_sql(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(time.with_timezone(&Utc)).filter(|time| (1..=9999).contains(&chrono::Datelike::year(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_postgresql_writes_them() {
        let time = |text: &str| time_from_sql(text).map(|time| time.timestamp_micros());
        assert_eq!(time("2026-03-01 08:00:00+00"), Some(1_772_352_000_000_000));
        assert_eq!(time("2026-03-01 08:00:00.000001+00"), Some(1_772_352_000_000_001));
        assert_eq!(time("infinity"), None);
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        for cursor in
            ["", "x", "e30", &URL_SAFE_NO_PAD.encode(r#"["A_ASC","infinity","00000000-0000-0000-0000-000000000000"]"#)]
        {
            let key = CursorPart { tag: "A_ASC".to_owned(), ty: Type::DateTime, is_id: false };
            assert!(key.read(cursor).is_err(), "{cursor}");
        }
    }
}
