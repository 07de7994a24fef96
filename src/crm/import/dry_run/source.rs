//! Reads a file on a thread of its own, as often as it is needed, and its rows.

use std::fs::File;
use std::io::Seek;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::crm::import::column::{Column, ColumnMapping, Field, columns_of, count_known_columns};
use crate::crm::import::file::{self, Beginning, FileError, HowToRead, Row};
use crate::crm::import::header::is_totals;
use crate::crm::import::kind::Kind;
use crate::crm::import::message::Message;
use crate::crm::import::{BATCH_ROWS, Problem};
use crate::kernel::directory::Directory;
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;

/// The most rows that a file may have.
const MAX_ROWS: usize = 200_000;

/// A file that can be read several times.
pub struct Source {
    pub kind: Kind,
    pub file: File,
    pub mappings: Vec<ColumnMapping>,
    pub sheet: Option<String>,
    pub encoding: Option<String>,
    pub directory: Arc<Directory>,
}

impl Source {
    /// Reads the file from its beginning, in batches, on a thread that may block.
    pub fn read(&self) -> Result<Table<'_>, Error> {
        let (send, batches) = mpsc::channel(2);
        let file = self.file.try_clone().map_err(|error| Error::Internal(error.into()))?;
        let (kind, mappings, directory) = (self.kind, self.mappings.clone(), self.directory.clone());
        let (sheet, encoding) = (self.sheet.clone(), self.encoding.clone());
        let thread = tokio::task::spawn_blocking(move || {
            let count_columns = |first_rows: &[Row]| count_known_columns(kind, first_rows, &mappings, &directory);
            let (sheet, encoding) = (sheet.as_deref(), encoding.as_deref());
            read_blocking(file, &HowToRead { sheet, encoding, count_columns: &count_columns }, &send)
        });
        Ok(Table { source: self, batches, thread, beginning: Beginning::default(), columns: None, rows_read: 0 })
    }
}

/// The table of a file while it is read.
pub struct Table<'s> {
    source: &'s Source,
    batches: mpsc::Receiver<Sent>,
    thread: JoinHandle<Result<(), FileError>>,
    /// What is known of the file before its rows.
    pub beginning: Beginning,
    /// The columns, once there are rows.
    pub columns: Option<Vec<Column>>,
    /// How many rows were read, without the headers.
    pub rows_read: usize,
}

impl Table<'_> {
    /// The next rows, without the headers; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        let mut rows = loop {
            match self.batches.recv().await {
                None => return Ok(None),
                Some(Sent::Beginning(beginning)) => self.beginning = beginning,
                Some(Sent::Rows(rows)) => break rows,
            }
        };
        if self.columns.is_none() {
            let Source { kind, mappings, directory, .. } = self.source;
            let (columns, headers) = columns_of(*kind, &rows, mappings, &self.beginning.hidden_columns, directory)?;
            rows.drain(..headers);
            self.columns = Some(columns);
        }
        self.rows_read += rows.len();
        if self.rows_read > MAX_ROWS {
            return Err(Message::TooManyRows { most: MAX_ROWS }.refusal(&["file"]).into());
        }
        Ok(Some(rows))
    }

    /// Waits for the end of the reading, and refuses a file that can't be read to its end.
    pub async fn end(self, import: ImportId) -> Result<(), Error> {
        match self.thread.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(FileError::Invalid(message))) => Err(message.refusal(&["file"]).into()),
            Ok(Err(FileError::InvalidInput(path, message))) => Err(message.refusal(&[path]).into()),
            Ok(Err(FileError::Cancelled)) => Err(Error::Internal("the rows of a file were not received".into())),
            Ok(Err(FileError::Io(error))) => Err(Error::Internal(error.into())),
            // If the reading thread panics, the file has something that the thread should have refused.
            Err(error) => {
                tracing::error!(import = %import, error = &error as &dyn std::error::Error, "reading a file has panicked");
                Err(Message::DamagedFile.refusal(&["file"]).into())
            }
        }
    }
}

/// What the reading thread sends.
enum Sent {
    Beginning(Beginning),
    Rows(Vec<Row>),
}

/// Reads a file on a thread that may block, and sends its rows in batches.
fn read_blocking(mut file: File, how: &HowToRead<'_>, to: &mpsc::Sender<Sent>) -> Result<(), FileError> {
    file.rewind()?;
    let batch = usize::from(BATCH_ROWS);
    let mut rows = Vec::with_capacity(batch);
    let send = |sent| to.blocking_send(sent).is_ok();
    file::read(
        file,
        how,
        &mut |beginning| {
            let sheet = beginning.sheet.map(|sheet| sheet.chars().take(255).collect());
            send(Sent::Beginning(Beginning { sheet, ..beginning }));
        },
        &mut |row| {
            rows.push(row);
            rows.len() < batch || send(Sent::Rows(std::mem::replace(&mut rows, Vec::with_capacity(batch))))
        },
    )?;
    if !rows.is_empty() {
        send(Sent::Rows(rows));
    }
    Ok(())
}

/// Reads a row, or returns its problems, those of its cells included.
pub fn read_row<T>(
    read: impl Fn(&[String]) -> Result<T, Vec<Problem>>,
    columns: &[Column],
    row: &Row,
) -> Result<T, Vec<Problem>> {
    if row.is_hidden {
        return Err(vec![Problem::new(None, Message::HiddenRow)]);
    }
    if is_totals(&row.cells) {
        return Err(vec![Problem::new(None, Message::Totals)]);
    }
    let column = |index: &Option<usize>| index.and_then(|index| columns.get(index));
    let is_read = |index: &Option<usize>| column(index).is_none_or(|column| column.field != Field::Ignored);
    let header =
        |index: &Option<usize>| column(index).map(|column| column.header.as_str()).filter(|header| !header.is_empty());
    let problems = row.problems.iter().filter(|(index, _)| is_read(index));
    let mut problems: Vec<_> = problems.map(|(index, message)| Problem::new(header(index), message.text())).collect();
    if row.cells.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        let (cells, columns) = (row.cells.len(), columns.len());
        problems.push(Problem::new(None, Message::MoreCellsThanColumns { cells, columns }));
    }
    match read(&row.cells) {
        Ok(input) if problems.is_empty() => Ok(input),
        Ok(_) => Err(problems),
        Err(more) => {
            // A cell gets one problem at a time, because a truncated cell has further problems that its full text would
            // not have.
            let known: Vec<_> = problems.iter().map(|problem| problem.column.clone()).collect();
            problems.extend(
                more.into_iter().filter(|problem| problem.column.is_none() || !known.contains(&problem.column)),
            );
            Err(problems)
        }
    }
}
