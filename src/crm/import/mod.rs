//! Imports of customers and other records from files, in two steps: a dry run validates every row, then the import runs in batches.
//!
//! - [`file`]: reads a CSV file or a workbook as rows of cells
//! - [`message`]: what imports say, in each language
//! - [`kind`]: what a file has rows of
//! - [`options`]: how cells are read
//! - [`cells`]: the cells of a row by their fields
//! - [`column`]: the fields of the columns
//! - [`keys`]: what rows refer to by external ids
//! - [`row_reader`]: reads a row as a [`row_input`], its contacts as [`given_contact`]
//! - [`replacement`]: what is read instead of values, remembered for each user
//! - [`change`]: what an update changes, before and after
//! - [`lookalike`]: finds customers and rows that may be the same company
//! - [`validate`]: decides what is done with a row, its company ([`company`]) and its contact ([`row_contact`]): its
//!   [`row_result`]
//! - [`record`]: the same for rows of other records than customers
//! - [`dry_run`]: reads the file and validates its rows
//! - [`heartbeat`]: finds imports whose file no server reads any more
//! - [`run`]: writes the records, in batches, on any server
//! - [`undo`]: undoes an import, except for what was changed after it
//! - [`failed`]: the rows that were not done, as a file to correct

mod amount;
mod cells;
mod change;
pub mod column;
mod company;
pub mod dry_run;
pub mod failed;
mod field;
pub mod file;
mod given_contact;
mod header;
mod heartbeat;
mod keys;
pub mod kind;
mod lookalike;
mod message;
pub mod options;
mod read;
mod record;
mod record_header;
pub mod replacement;
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

use crate::kernel::access::Permission;
use crate::kernel::error::{Language, Text, UserError};
use message::Message;
pub use read::{WRITE, describe, describe_change, describe_column, describe_problem, describe_row, roots};

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
    /// It is a problem of every row, so the file is refused with it.
    #[serde(skip)]
    pub is_of_file: bool,
}

impl Problem {
    /// A problem of the column with this header, or of the whole row.
    pub fn new(column: Option<&str>, text: impl Into<Text>) -> Self {
        let text = text.into();
        Self { column: column.map(str::to_owned), en: text.en, zh: text.zh, is_of_file: false }
    }

    /// The problem of a column whose values the importer may not write anywhere.
    fn forbidden_column(column: Option<&str>, permission: Permission) -> Self {
        let why = UserError::forbidden(permission).message;
        Self { is_of_file: true, ..Self::new(column, Message::ColumnForbidden { why }) }
    }

    /// The same problem of a value that is left out, while the row is done.
    fn left_out(self) -> Self {
        let why = Text::new(self.en, self.zh);
        Self::new(self.column.as_deref(), Message::LeftOut { why })
    }

    /// The message with the header before it.
    fn message(&self, language: Language) -> String {
        let (text, colon) = match language {
            Language::English => (&self.en, ": "),
            Language::Chinese => (&self.zh, "："),
        };
        self.column.as_ref().map_or_else(|| text.clone(), |column| format!("{column}{colon}{text}"))
    }
}
