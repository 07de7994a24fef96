//! Compares the names of a large file with those of all customers, before its rows are validated: to look each of them up would
//! take longer than to read all customers once.

use std::collections::HashMap;

use super::source::{MAX_ROWS, Sent, Source, read_row};
use crate::crm::customer::duplicate;
use crate::crm::import::column::columns_of;
use crate::crm::import::file::Beginning;
use crate::crm::import::message::Message;
use crate::crm::import::options::Options;
use crate::crm::import::row_reader::RowReader;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, UserId};

/// Up to so many names, each is looked up with the batch of its row.
const LOOKED_UP: usize = 2_000;

/// The customers with the most similar names, by the keys of the names; `None` for a small file. What is wrong with the file is
/// found when its rows are validated.
pub(super) async fn compare(
    app: &App,
    user: UserId,
    source: &Source,
    options: &Options,
) -> Result<Option<HashMap<String, CustomerId>>, Error> {
    let names = read(app, user, source, options.clone()).await?;
    if names.len() <= LOOKED_UP {
        return Ok(None);
    }
    let mut op = app.begin_for(user).await?;
    Ok(Some(duplicate::most_similar(&mut op, names).await?))
}

/// The names of the companies of the rows that can be read.
async fn read(app: &App, user: UserId, source: &Source, mut options: Options) -> Result<Vec<String>, Error> {
    let (mut batches, reading) = source.read()?;
    let (mut names, mut beginning, mut reader, mut rows_read) = (Vec::new(), Beginning::default(), None, 0);
    while let Some(sent) = batches.recv().await {
        let mut rows = match sent {
            Sent::Beginning(found) => {
                options.has_typed_numbers = found.sheet.is_some();
                beginning = found;
                continue;
            }
            Sent::Rows(rows) => rows,
        };
        let (reader, columns) = match &reader {
            Some(reader) => reader,
            None => {
                let op = app.begin_for(user).await?;
                let hidden = &beginning.hidden_columns;
                let (columns, headers) = columns_of(source.kind, &rows, &source.mappings, hidden, op.directory())?;
                rows.drain(..headers);
                let new = RowReader::new(&op, source.kind, columns.clone(), options.clone())?;
                reader.insert((new, columns))
            }
        };
        rows_read += rows.len();
        if rows_read > MAX_ROWS {
            return Err(Message::TooManyRows { most: MAX_ROWS }.refusal(&["file"]).into());
        }
        let inputs = rows.iter().filter_map(|row| read_row(|cells| reader.read(cells), columns, row).ok());
        names.extend(inputs.map(|input| input.draft.name));
    }
    // If the thread has failed, so will the one of the validation.
    let _ = reading.await;
    Ok(names)
}
