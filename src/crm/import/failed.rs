//! The rows that were not done, as a table of text that people correct and import again: the columns of the file, and one
//! that says why.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Stream, stream};

use super::WRITE;
use super::store::{self, Failed};
use crate::kernel::access::Grant;
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::id::{ImportId, UserId};

/// How many rows are read at once.
const PAGE: i64 = 500;

/// The file, piece by piece, for the one who brought the import; nobody else may see what is in it.
pub async fn file(
    app: Arc<App>,
    viewer: &Viewer,
    import: ImportId,
    language: Language,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    Grant::of(&viewer.rights, WRITE).ok_or(Error::Forbidden(WRITE))?;
    table(app, viewer.user, import, language).await
}

/// The same for a user whose permission was looked at.
pub async fn table(
    app: Arc<App>,
    user: UserId,
    import: ImportId,
    language: Language,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    let columns = store::headers(app.pool(), import, user).await?.ok_or_else(UserError::not_found)?;
    let why = match language {
        Language::English => "Problem",
        Language::Chinese => "问题",
    };
    let headers = columns.iter().map(|column| column.header.as_str()).chain([why]);
    // The mark tells spreadsheets that it is UTF-8.
    let first = [b"\xef\xbb\xbf".to_vec(), line(headers)?].concat();
    let columns = columns.len();
    let pages = stream::try_unfold(Some(0), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let rows = store::failed(app.pool(), import, after, PAGE).await?;
            let next = rows.last().map(|row| row.number);
            let lines = rows.iter().map(|row| told(row, columns, language)).collect::<Result<Vec<_>, _>>()?;
            Ok(Some((lines.concat(), next)))
        }
    });
    Ok(futures_util::StreamExt::chain(stream::iter(VecDeque::from([Ok(first)])), pages))
}

fn told(row: &Failed, columns: usize, language: Language) -> Result<Vec<u8>, Error> {
    let why: Vec<_> = row.problems.iter().map(|problem| problem.sentence(language)).collect();
    let cells = || row.cells.iter().map(String::as_str);
    // What has no column stands behind the reason.
    let in_columns = cells().chain(std::iter::repeat("")).take(columns);
    line(in_columns.chain([why.join("; ").as_str()]).chain(cells().skip(columns)))
}

fn line<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer
        .write_record(cells.map(as_text).map(|cell| cell.into_bytes()))
        .map_err(|error| Error::Internal(error.into()))?;
    writer.into_inner().map_err(|error| Error::Internal(error.to_string().into()))
}

/// A spreadsheet takes a cell that begins so for a formula, and would run what somebody else wrote.
fn as_text(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        let cells = ["=1+1", "+86 138", "-5", "@x", "a=b", "", "a \"b\", c"];
        let line = line(cells.into_iter()).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "'=1+1,'+86 138,'-5,'@x,a=b,,\"a \"\"b\"\", c\"\r\n");
    }
}
