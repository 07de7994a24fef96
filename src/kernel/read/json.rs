//! JSON that SQL composes as text.
//!
//! PostgreSQL's `json_build_object` looks up for each value of each row how to write it. Here the types are known, so
//! each value is written in the cheapest way for its type. Adjacent constant text becomes one literal, and only
//! nullable values are tested for null, because every step costs time for each row.

use super::types::Type;

/// A JSON value, as the SQL that writes its text.
#[derive(Clone)]
pub struct Json {
    /// The pieces of the text, in order.
    pieces: Vec<Piece>,
    /// Whether the SQL may be null, which becomes `null` when the value is put into an object.
    nullable: bool,
}

#[derive(Clone)]
enum Piece {
    /// Constant text.
    Literal(String),
    /// The text that an expression returns.
    Sql(String),
}

impl Json {
    /// The JSON text that an expression returns.
    pub fn sql(sql: String) -> Self {
        Self { pieces: vec![Piece::Sql(sql)], nullable: false }
    }

    fn literal(text: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Literal(text.into())], nullable: false }
    }

    /// The constant null.
    pub fn null() -> Self {
        Self::literal("null")
    }

    /// The empty list.
    pub fn empty_list() -> Self {
        Self::literal("[]")
    }

    /// A constant string without characters that must be escaped.
    pub fn word(word: &str) -> Self {
        Self::literal(format!("\"{word}\""))
    }

    /// A string without characters that must be escaped.
    pub fn quoted(sql: &str) -> Self {
        Self::prefixed("", sql)
    }

    fn prefixed(prefix: &str, sql: &str) -> Self {
        let pieces =
            vec![Piece::Literal(format!("\"{prefix}")), Piece::Sql(sql.to_owned()), Piece::Literal("\"".into())];
        Self { pieces, nullable: false }
    }

    /// A value of a type.
    pub fn value(ty: Type, sql: &str) -> Self {
        match ty {
            _ if sql == "null" => Self::null(),
            Type::Id(prefix) => Self::prefixed(&format!("{prefix}_"), &format!("({sql})::text")),
            Type::DateTime => Self::sql(format!(r#"to_char({sql}, '\"YYYY-MM-DD"T"HH24:MI:SS.US"Z"\"')"#)),
            Type::Date => Self::sql(format!(r#"to_char({sql}, '\"YYYY-MM-DD\"')"#)),
            Type::Decimal | Type::Enum(_) => Self::quoted(&format!("({sql})::text")),
            Type::Int | Type::Boolean => Self::sql(format!("({sql})::text")),
            Type::Text | Type::Texts | Type::Enums(_) | Type::Actions(_) => Self::sql(format!("to_json({sql})::text")),
            Type::Money(_) => unreachable!("the planner writes money as an object"),
        }
    }

    /// An object.
    pub fn object<'k>(pairs: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        let mut object = Self { pieces: Vec::new(), nullable: false };
        for (key, value) in pairs {
            let before = if object.pieces.is_empty() { '{' } else { ',' };
            object.push(Piece::Literal(format!("{before}\"{key}\":")));
            if value.nullable {
                object.push(Piece::Sql(format!("coalesce({}, 'null')", value.render())));
            } else {
                value.pieces.into_iter().for_each(|piece| object.push(piece));
            }
        }
        object.push(Piece::Literal(if object.pieces.is_empty() { "{}" } else { "}" }.to_owned()));
        object
    }

    /// A list of the values of rows, in an order, of the rows that pass a filter.
    pub fn list(of: &Self, order: &str, filter: &str) -> Self {
        let rows = format!("coalesce(string_agg({}, ','{order}){filter}, '')", of.render());
        Self { pieces: vec![Piece::Literal("[".into()), Piece::Sql(rows), Piece::Literal("]".into())], nullable: false }
    }

    /// The same value, which may also be null if `nullable`.
    pub fn or_null(self, nullable: bool) -> Self {
        Self { nullable: self.nullable || nullable, ..self }
    }

    /// This value if a condition holds, otherwise another.
    pub fn when(self, condition: &str, otherwise: &Self) -> Self {
        match condition {
            "true" => self,
            "false" => otherwise.clone(),
            _ => {
                let either = format!("case when {condition} then {} else {} end", self.render(), otherwise.render());
                Self::sql(either).or_null(self.nullable || otherwise.nullable)
            }
        }
    }

    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (Some(Piece::Literal(last)), Piece::Literal(next)) => last.push_str(&next),
            (_, piece) => self.pieces.push(piece),
        }
    }

    /// The expression that returns the text.
    pub fn render(&self) -> String {
        joined(&self.pieces)
    }
}

/// Concatenates the pieces as a balanced tree: in a chain, each step would nest deeper and copy all text before it.
fn joined(pieces: &[Piece]) -> String {
    match pieces {
        [Piece::Literal(text)] => format!("'{text}'"),
        [Piece::Sql(sql)] => sql.clone(),
        _ => {
            let (first, second) = pieces.split_at(pieces.len() / 2);
            format!("({} || {})", joined(first), joined(second))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_a_balanced_concatenation_of_as_few_pieces_as_possible() {
        assert_eq!(Json::object([]).render(), "'{}'");
        let inside = Json::object([("kind", Json::word("User"))]);
        let pairs = [
            ("id", Json::value(Type::Id("user"), "t.id")),
            ("age", Json::value(Type::Int, "t.age").or_null(true)),
            ("inside", inside),
        ];
        assert_eq!(
            Json::object(pairs).render(),
            r#"(('{"id":"user_' || (t.id)::text) || ('","age":' || (coalesce((t.age)::text, 'null') || ',"inside":{"kind":"User"}}')))"#
        );
    }

    #[test]
    fn a_list_without_rows_is_empty() {
        assert_eq!(
            Json::list(&Json::sql("x".into()), " order by y", " filter (where z)").render(),
            "('[' || (coalesce(string_agg(x, ',' order by y) filter (where z), '') || ']'))"
        );
    }

    #[test]
    fn a_conditional_value_is_tested_for_null_only_if_one_of_its_values_is_nullable() {
        let either = |nullable| Json::sql("a".into()).or_null(nullable).when("c", &Json::null());
        assert_eq!(
            Json::object([("k", either(false))]).render(),
            "('{\"k\":' || (case when c then a else 'null' end || '}'))"
        );
        assert_eq!(
            Json::object([("k", either(true))]).render(),
            "('{\"k\":' || (coalesce(case when c then a else 'null' end, 'null') || '}'))"
        );
        assert_eq!(either(true).when("false", &Json::word("x")).render(), "'\"x\"'");
    }
}
