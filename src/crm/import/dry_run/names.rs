//! Compares the names of a large file with those of all customers, before its rows are validated: to look each of them up would
//! take longer than to read all customers once.

use std::collections::HashMap;

use super::source::{Source, read_row};
use crate::crm::customer::duplicate;
use crate::crm::import::options::Options;
use crate::crm::import::row_reader::RowReader;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, ImportId, UserId};

/// Up to so many names, each is looked up with the batch of its row.
const LOOKED_UP: usize = 2_000;

/// The customers with the most similar names, by the keys of the names; `None` for a small file. What is wrong with rows
/// is found when they are validated.
pub(super) async fn compare(
    app: &App,
    user: UserId,
    import: ImportId,
    source: &Source,
    options: &Options,
) -> Result<Option<HashMap<String, CustomerId>>, Error> {
    let names = read(app, user, import, source, options.clone()).await?;
    if names.len() <= LOOKED_UP {
        return Ok(None);
    }
    let mut op = app.begin_for(user).await?;
    Ok(Some(duplicate::most_similar(&mut op, names).await?))
}

/// The names of the companies of the rows that can be read.
async fn read(
    app: &App,
    user: UserId,
    import: ImportId,
    source: &Source,
    mut options: Options,
) -> Result<Vec<String>, Error> {
    let (mut table, mut names, mut reader) = (source.read()?, Vec::new(), None);
    while let Some(rows) = table.next().await? {
        let columns = table.columns.as_deref().unwrap_or_default();
        let reader = match &reader {
            Some(reader) => reader,
            None => {
                options.has_typed_numbers = table.beginning.sheet.is_some();
                let op = app.begin_for(user).await?;
                reader.insert(RowReader::new(&op, source.kind, columns.to_vec(), options.clone())?)
            }
        };
        let inputs = rows.iter().filter_map(|row| read_row(|cells| reader.read(cells), columns, row).ok());
        names.extend(inputs.map(|input| input.draft.name));
    }
    table.end(import).await?;
    Ok(names)
}
