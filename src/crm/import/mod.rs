//! Customers from files, in two steps: every row of the file is judged, then the import is run, in batches.
//!
//! - [`file`]: a table of text or a workbook, as rows of cells
//! - [`column`]: what each column means
//! - [`input`]: what one row asks for
//! - [`validate`]: what becomes of it, and of its contact ([`person`]): its [`result`]
//! - [`dry_run`]: the file is read and judged, and nothing done
//! - [`run`]: it is done, by whichever server is there
//! - [`undo`]: it is taken back, where nobody has touched it since
//! - [`failed`]: the rows that were not done, as a file to correct

pub mod column;
pub mod dry_run;
pub mod failed;
pub mod file;
mod person;
mod read;
mod row_input;
mod row_result;
pub mod run;
mod store;
pub mod undo;
mod validate;
mod value;

use serde::{Deserialize, Serialize};

use crate::kernel::error::{Language, Text};
pub use read::{WRITE, describe, describe_column, describe_problem, describe_row, roots};

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// In which column, by its header; `None`: the whole row.
    pub column: Option<String>,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Problem {
    /// A sentence about a column, or the whole row.
    pub fn new(column: Option<&str>, text: Text) -> Self {
        Self { column: column.map(str::to_owned), en: text.en, zh: text.zh }
    }

    fn sentence(&self, language: Language) -> String {
        let text = match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        };
        self.column.as_ref().map_or_else(|| text.clone(), |column| format!("{column}: {text}"))
    }
}
