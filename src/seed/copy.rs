//! Rows in the text format of COPY.

use std::fmt::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

/// An amount of money, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Rows of one table, to copy.
pub struct Table {
    into: &'static str,
    text: String,
    rows: usize,
    at_start: bool,
}

impl Table {
    /// No rows yet; `into` names the table and its columns.
    pub fn new(into: &'static str) -> Self {
        Self { into, text: String::new(), rows: 0, at_start: true }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The next value of the row.
    pub fn value(&mut self, value: impl fmt::Display) -> &mut Self {
        self.separate();
        let _ = write!(Escaped(&mut self.text), "{value}");
        self
    }

    /// The next value of the row, perhaps null.
    pub fn optional(&mut self, value: Option<impl fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.value(value),
            None => {
                self.separate();
                self.text.push_str("\\N");
                self
            }
        }
    }

    /// The next value of the row, an instant.
    pub fn time(&mut self, value: Option<DateTime<Utc>>) -> &mut Self {
        self.optional(value.map(|value| value.to_rfc3339_opts(SecondsFormat::Micros, true)))
    }

    /// The next value of the row, an array of text.
    pub fn texts(&mut self, values: &[String]) -> &mut Self {
        let mut array = String::from("{");
        for (place, value) in values.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(array, "{comma}\"{value}\"");
        }
        array.push('}');
        self.value(array)
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.text.push('\n');
        self.rows += 1;
        self.at_start = true;
    }

    /// Copies the rows.
    pub async fn copy(self, db: &mut PgConnection) -> sqlx::Result<()> {
        let statement = format!("copy {} from stdin", self.into);
        let mut copy: PgCopyIn<&mut PgConnection> = db.copy_in_raw(&statement).await?;
        copy.send(self.text.into_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.at_start) {
            self.text.push('\t');
        }
    }
}

/// Writes what would break a row in another way.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(place) = rest.find(['\\', '\t', '\n', '\r']) {
            self.0.push_str(&rest[..place]);
            self.0.push_str(match rest.as_bytes()[place] {
                b'\\' => "\\\\",
                b'\t' => "\\t",
                b'\n' => "\\n",
                _ => "\\r",
            });
            rest = &rest[place + 1..];
        }
        self.0.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_row_is_escaped() {
        let mut table = Table::new("t");
        table.value("a\tb\\").optional(None::<i32>).texts(&["x\"y".to_owned(), "z".to_owned()]).end_row();
        assert_eq!(table.text, "a\\tb\\\\\t\\N\t{\"x\\\\\"y\",\"z\"}\n");
        assert_eq!(table.rows(), 1);
    }
}
