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

/// The rows to copy into one table.
pub struct Table {
    target: &'static str,
    text: String,
    rows: usize,
    at_start: bool,
}

impl Table {
    /// A table without rows; `target` is its name and its columns.
    pub fn new(target: &'static str) -> Self {
        Self { target, text: String::new(), rows: 0, at_start: true }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds the next value of the row.
    pub fn value(&mut self, value: impl fmt::Display) -> &mut Self {
        self.separate();
        let _ = write!(Escaped(&mut self.text), "{value}");
        self
    }

    /// Adds the next value of the row; `None` is null.
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

    /// Adds the next value of the row, an instant; `None` is null.
    pub fn time(&mut self, value: Option<DateTime<Utc>>) -> &mut Self {
        self.optional(value.map(|value| value.to_rfc3339_opts(SecondsFormat::Micros, true)))
    }

    /// Adds the next value of the row, an array of text.
    pub fn texts(&mut self, values: &[String]) -> &mut Self {
        let mut array = String::from("{");
        for (index, value) in values.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
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

    /// Copies the rows into the database.
    pub async fn copy(self, db: &mut PgConnection) -> sqlx::Result<()> {
        let statement = format!("copy {} from stdin", self.target);
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

/// Escapes the characters that end a value or a row.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(index) = rest.find(['\\', '\t', '\n', '\r']) {
            self.0.push_str(&rest[..index]);
            self.0.push_str(match rest.as_bytes()[index] {
                b'\\' => "\\\\",
                b'\t' => "\\t",
                b'\n' => "\\n",
                _ => "\\r",
            });
            rest = &rest[index + 1..];
        }
        self.0.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_backslashes_are_escaped() {
        let mut table = Table::new("t");
        table.value("a\tb\\").optional(None::<i32>).texts(&["x\"y".to_owned(), "z".to_owned()]).end_row();
        assert_eq!(table.text, "a\\tb\\\\\t\\N\t{\"x\\\\\"y\",\"z\"}\n");
        assert_eq!(table.rows(), 1);
    }
}
