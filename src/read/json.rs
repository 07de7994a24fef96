//! JSON that SQL puts together as text.
//!
//! PostgreSQL's own `json_build_object` looks up how to write each value, for each row anew. Here the types are known, so each
//! value is written as its type needs it. Of a value SQL's null stands for that of JSON, until it is put into something.

use super::describe::Type;

/// The list that has nothing in it.
pub const EMPTY_LIST: &str = "'[]'";

/// A value of a type.
pub fn value(ty: Type, sql: &str) -> String {
    match ty {
        _ if sql == "null" => sql.to_owned(),
        Type::Id(prefix) => format!("'\"{prefix}_' || {sql} || '\"'"),
        Type::DateTime => format!(r#"to_char({sql}, '\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\"')"#),
        Type::Date => format!(r#"to_char({sql}, '\"YYYY-MM-DD\"')"#),
        Type::Decimal | Type::Enum(_) => quoted(&format!("({sql})::text")),
        Type::Int | Type::Boolean => format!("({sql})::text"),
        Type::Text | Type::Texts | Type::Enums(_) => format!("to_json({sql})::text"),
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
    let mut pieces = Vec::with_capacity(2 * pairs.len() + 1);
    for (place, (key, value)) in pairs.iter().enumerate() {
        let before = if place == 0 { '{' } else { ',' };
        pieces.push(format!("'{before}\"{key}\":'"));
        pieces.push(format!("coalesce({value}, 'null')"));
    }
    pieces.push(if pairs.is_empty() { "'{}'" } else { "'}'" }.to_owned());
    joined(&pieces)
}

/// Half by half: in a chain each step would nest deeper, and copy all that came before.
fn joined(pieces: &[String]) -> String {
    match pieces {
        [one] => one.clone(),
        _ => {
            let (first, second) = pieces.split_at(pieces.len() / 2);
            format!("({} || {})", joined(first), joined(second))
        }
    }
}

/// A list of objects that rows make, in an order, of those that a filter lets through.
pub fn list(object: &str, order: &str, filter: &str) -> String {
    format!("'[' || coalesce(string_agg({object}, ','{order}){filter}, '') || ']'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_joined_half_by_half() {
        assert_eq!(object(&[]), "'{}'");
        let pairs = [("id", value(Type::Id("user"), "t.id")), ("age", value(Type::Int, "t.age"))];
        assert_eq!(
            object(&pairs),
            r#"(('{"id":' || coalesce('"user_' || t.id || '"', 'null')) || (',"age":' || (coalesce((t.age)::text, 'null') || '}')))"#
        );
    }

    #[test]
    fn a_list_of_nothing_is_empty() {
        assert_eq!(
            list("x", " order by y", " filter (where z)"),
            "'[' || coalesce(string_agg(x, ',' order by y) filter (where z), '') || ']'"
        );
    }
}
