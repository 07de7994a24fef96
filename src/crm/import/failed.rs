//! The rows that were not done, as a CSV file that people correct and import again: it has the columns of the imported
//! file and a last one with the problems.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Stream, stream};

use super::WRITE;
use super::store::{self, FailedRow};
use crate::kernel::access::Grant;
use crate::kernel::actor::{Actor, Origin, Viewer};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, Language, UserError};
use crate::kernel::id::{ImportId, UserId};
use crate::kernel::table;

/// How many rows one statement reads.
const PAGE: i64 = 500;

/// The file as a stream of its parts, for the importer; nobody else may read it.
pub async fn file(
    app: Arc<App>,
    viewer: &Viewer,
    origin: &Origin,
    import: ImportId,
    language: Language,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    Grant::of(&viewer.rights, WRITE).ok_or(Error::Forbidden(WRITE))?;
    let file = rows(app.clone(), viewer.user, import, language).await?;
    let entry = Entry::of(Kind::Downloaded).detail(format!("/imports/{import}/failed.csv"));
    app.audit(Actor::User(viewer.clone()), origin, entry).await?;
    Ok(file)
}

/// The same for a user whose permission the caller has checked.
pub async fn rows(
    app: Arc<App>,
    user: UserId,
    import: ImportId,
    language: Language,
) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
    let columns = store::columns_for_importer(app.pool(), import, user).await?.ok_or_else(UserError::not_found)?;
    let problem_header = match language {
        Language::English => "Problem",
        Language::Chinese => "问题",
    };
    let headers = columns.iter().map(|column| column.header.as_str()).chain([problem_header]);
    let first = [table::BYTE_ORDER_MARK.to_vec(), table::line(headers)?].concat();
    let columns = columns.len();
    let pages = stream::try_unfold(Some(0), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let rows = store::failed_rows(app.pool(), import, after, PAGE).await?;
            let next = rows.last().map(|row| row.number);
            let lines = rows.iter().map(|row| failed_line(row, columns, language)).collect::<Result<Vec<_>, _>>()?;
            Ok(Some((lines.concat(), next)))
        }
    });
    Ok(futures_util::StreamExt::chain(stream::iter(VecDeque::from([Ok(first)])), pages))
}

fn failed_line(row: &FailedRow, columns: usize, language: Language) -> Result<Vec<u8>, Error> {
    // The full stop of a message that another one follows is left out.
    let (ended, between) = match language {
        Language::English => (".; ", "; "),
        Language::Chinese => ("。；", "；"),
    };
    let why: Vec<_> = row.problems.iter().map(|problem| problem.message(language)).collect();
    let why = why.join(between).replace(ended, between);
    let cells = || row.cells.iter().map(String::as_str);
    // Cells without a column come after the problems.
    let in_columns = cells().chain(std::iter::repeat("")).take(columns);
    table::line(in_columns.chain([why.as_str()]).chain(cells().skip(columns)))
}
