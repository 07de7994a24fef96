//! JSON that SQL puts together as text.
//!
//! PostgreSQL's own `json_build_object` looks up how to write each value, for each row anew. Here the types are known, so each
//! value is written as its type needs it. Of a value SQL's null stands for that of JSON, until it is put into something.

use super::describe::Type;

/// The list that has nothing in it.
pub const EMPTY_LIST: &str = "'[]'";

/// How many pairs of an object stand side by side: more would nest too deep for PostgreSQL's parser.
const PAIRS_AT_ONCE: usize = 50;

/// A value of a type.
pub fn value(ty: Type, sql: &str) -> String {
    match ty {
        _ if sql == "null" => sql.to_owned(),
        Type::Id(prefix) => format!("'\"{prefix}_' || {sql} || '\"'"),
        Type::DateTime => format!(r#"to_char({sql}, '\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\"')"#),
        Type::Date => format!(r#"to_char({sql}, '\"YYYY-MM-DD\"')"#),
        Type::Decimal | Type::Enum(_) => quoted(&format!("({sql})::text")),
        Type::Int | Type::Boolean => format!("({sql})::text"),
        Type::Text => format!("to_json({sql})::text"),
        Type::Texts | Type::Enums(_) => format!("array_to_json({sql})::text"),
        Type::Money(_) => unreachable!("money is an object"),
    }
}

/// Text in which nothing has to be escaped.
pub fn quoted(sql: &str) -> String {
    format!("'\"' || {sql} || '\"'")
}

/// A word.
pub fn word(word: &str) -> String {
    format!("'\"{word}\"'")
}

/// An object.
pub fn object(pairs: &[(&str, String)]) -> String {
    if pairs.is_empty() {
        return "'{}'".to_owned();
    }
    let pair = |(place, (key, value)): (usize, &(&str, String))| {
        let before = if place == 0 { '{' } else { ',' };
        format!("'{before}\"{key}\":' || coalesce({value}, 'null')")
    };
    let pairs: Vec<_> = pairs.iter().enumerate().map(pair).collect();
    let pieces: Vec<_> = pairs.chunks(PAIRS_AT_ONCE).map(|piece| format!("({})", piece.join(" || "))).collect();
    format!("{} || '}}'", pieces.join(" || "))
}

/// A list of objects that rows make, in an order, of those that a filter lets through.
pub fn list(object: &str, order: &str, filter: &str) -> String {
    format!("'[' || coalesce(string_agg({object}, ','{order}){filter}, '') || ']'")
}
