//! Imports of customers from files, in two steps: a dry run validates every row, then the import runs in batches.
//!
//! - [`file`]: reads a CSV file or a workbook as rows of cells
//! - [`column`]: the fields of the columns
//! - [`row_reader`]: reads a row as a [`row_input`]
//! - [`validate`]: decides what is done with a row, its company ([`company`]) and its contact ([`row_contact`]): its
//!   [`row_result`]
//! - [`dry_run`]: reads the file and validates its rows
//! - [`heartbeat`]: finds imports whose file no server reads any more
//! - [`run`]: writes the customers, in batches, on any server
//! - [`undo`]: undoes an import, except for what was changed after it
//! - [`failed`]: the rows that were not done, as a file to correct

pub mod column;
mod company;
pub mod dry_run;
pub mod failed;
pub mod file;
mod heartbeat;
mod read;
mod row_contact;
mod row_input;
mod row_reader;
mod row_result;
pub mod run;
mod store;
pub mod undo;
mod validate;
mod value;

use serde::{Deserialize, Serialize};

use crate::kernel::error::{Language, Text};
pub use read::{WRITE, describe, describe_column, describe_problem, describe_row, roots};

/// How many rows are validated, done or undone in one transaction.
const BATCH_ROWS: u16 = 500;

/// A problem of a row: an error, what prevents the row from being done, or a value that is not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The header of its column; `None`: the problem is of the whole row.
    pub column: Option<String>,
    /// The message in English.
    pub en: String,
    /// The message in Chinese.
    pub zh: String,
}

impl Problem {
    /// A problem of the column with this header, or of the whole row.
    pub fn new(column: Option<&str>, text: Text) -> Self {
        Self { column: column.map(str::to_owned), en: text.en, zh: text.zh }
    }

    /// The message with the header before it.
    fn message(&self, language: Language) -> String {
        let text = match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        };
        self.column.as_ref().map_or_else(|| text.clone(), |column| format!("{column}: {text}"))
    }
}
