//! Cursors: the key and the id of a row, bound to the order that they belong to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::types::Type;
use crate::kernel::error::Error;
use crate::kernel::sql::Arg;

/// One of the two parts of a cursor: the sort key of a row, or its id, which decides between equal keys.
#[derive(Debug, Clone, PartialEq)]
pub struct CursorPart {
    /// The order that the cursor must belong to.
    pub tag: String,
    /// The type of the key.
    pub ty: Type,
    /// Whether this part is the id, not the key.
    pub is_id: bool,
}

impl CursorPart {
    /// Reads this part of a cursor. A cursor of another order and a malformed cursor are refused.
    pub fn read(&self, cursor: &str) -> Result<Arg, Error> {
        let malformed = || Error::bad_input("this is not a cursor", "游标无效");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
        let (of, key, id): (String, String, String) = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        let id = Uuid::parse_str(&id).map_err(|_| malformed())?;
        if of != self.tag {
            return Err(Error::bad_input(
                format!("the cursor belongs to the order {of} and can't be used with {}", self.tag),
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
    // The same text as URL_SAFE_NO_PAD writes; PostgreSQL breaks lines at 76 characters.
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
