//! The dry run: reads a file and validates each of its rows, but writes no customer. It goes on after the request has
//! ended.

mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::column::{Column, ColumnMapping, columns_of, count_known_columns};
use super::file::{self, CountColumns, FileError, Row};
use super::heartbeat;
use super::row_input::{BatchKeys, EarlierCompany, RowInput};
use super::row_reader::RowReader;
use super::row_result::{Outcome, RowResult};
use super::store::earlier;
use super::validate::Validator;
use super::{BATCH_ROWS, Problem, WRITE, run};
use crate::crm::customer::bulk::{self, Known};
use crate::crm::customer::duplicate::{self, Status};
use crate::crm::customer::edit::CREATE;
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::directory::ChoiceKind;
use crate::kernel::duration;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;
use store::{NewImport, ValidatedRow};

/// The most rows that a file may have.
const MAX_ROWS: usize = 200_000;

/// A file to import, with the options of the import.
#[derive(Debug)]
pub struct ImportRequest {
    /// The file.
    pub file: File,
    /// Its name on the importer's machine.
    pub file_name: String,
    /// The fields of columns whose headers are not known.
    pub columns: Vec<ColumnMapping>,
    /// The source of new customers whose row gives none.
    pub source: Option<String>,
    /// For how long new customers in the pool are protected, as an ISO 8601 duration.
    pub protect_for: Option<String>,
    /// A new company is created even if a customer has a similar name.
    pub not_duplicate: bool,
    /// The import runs as soon as the file is read.
    pub run: bool,
}

/// Checks that the actor may import and that the default source is an active choice; returns the actor.
pub fn check(op: &Op<'_>, source: Option<&str>) -> Result<UserId, Error> {
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    match source {
        Some(source) if !op.directory().is_choice(ChoiceKind::Source, source) => Err(UserError::invalid(
            &["source"],
            "The source must be the code of an active choice of kind SOURCE.",
            "来源不在可选值中。",
        )
        .into()),
        _ => Ok(op.viewer()?.user),
    }
}

/// An import whose file is being read; the reading goes on if this is dropped.
pub struct Reading {
    /// The id of the import.
    pub import: ImportId,
    end: oneshot::Receiver<Result<(), Error>>,
}

/// Refuses a file of a viewer who may not import, before it is read.
pub fn check_right(viewer: &Viewer) -> Result<(), Error> {
    if viewer.rights.scopes(WRITE).is_empty() { Err(Error::Forbidden(WRITE)) } else { Ok(()) }
}

/// Starts to read a file for a user for whom [`check`] has succeeded.
pub async fn start(app: &Arc<App>, user: UserId, request: ImportRequest) -> Result<Reading, Error> {
    let protect_for = request.protect_for.as_deref();
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", protection)).transpose()?;
    let app = app.clone();
    // The caller may be dropped at any moment; an import that is inserted must be read nevertheless.
    let started = tokio::spawn(async move {
        let mut op = app.begin_for(user).await?;
        let (import, now) = (op.new_id(), op.now());
        let new = NewImport {
            id: import,
            file_name: &request.file_name,
            default_source: request.source.as_deref(),
            protect_for,
        };
        store::insert(op.db(), new, user, now).await?;
        op.commit().await?;
        let (send_end, end) = oneshot::channel();
        tokio::spawn(read(app, user, import, request, send_end));
        Ok(Reading { import, end })
    });
    started.await.map_err(|error| Error::Internal(error.into()))?
}

impl Reading {
    /// Waits until the file is read. If it can't be read to its end, the import is deleted.
    pub async fn wait(self, app: &App) -> Result<(), Error> {
        let read = self.end.await.map_err(|error| Error::Internal(error.into()))?;
        if read.is_err() {
            store::delete(app.pool(), self.import).await?;
        }
        read
    }

    /// Waits until the file is read, or until the time is over; then the reading goes on.
    pub async fn wait_at_most(self, app: &App, time: Duration) -> Result<(), Error> {
        tokio::time::timeout(time, self.wait(app)).await.unwrap_or(Ok(()))
    }
}

/// Reads a file to its end, saves why if that fails, and runs the import if the request says so.
async fn read(
    app: Arc<App>,
    user: UserId,
    import: ImportId,
    request: ImportRequest,
    send_end: oneshot::Sender<Result<(), Error>>,
) {
    let runs = request.run;
    let read = tokio::select! {
        read = read_as(&app, user, import, request) => read,
        never = heartbeat::keep_alive(&app, import) => match never {},
    };
    // The reason is saved even if somebody waits for the end and then deletes the import, because they may be gone by
    // now.
    if let Err(error) = &read
        && let Err(error) = store::fail(app.pool(), import, &reason_of(error)).await
    {
        tracing::warn!(
            import = %import,
            error = &error as &dyn std::error::Error,
            "the failure of an import can't be saved; it fails later because it has no heartbeat"
        );
    }
    let runs = runs && read.is_ok();
    if let Err(Err(error)) = send_end.send(read) {
        tracing::debug!(import = %import, error = &error as &dyn std::error::Error, "the file of an import can't be read");
    }
    if runs {
        run::work(&app).await;
    }
}

/// Why a file can't be read to its end, as a text for the importer.
fn reason_of(error: &Error) -> Text {
    match error {
        Error::Refused(refusals) => refusals.first().map_or_else(Text::fault, |refusal| refusal.message.clone()),
        Error::Forbidden(permission) => UserError::forbidden(*permission).message,
        Error::Unauthenticated => run::account_is_closed(),
        _ => Text::fault(),
    }
}

async fn read_as(app: &App, user: UserId, import: ImportId, request: ImportRequest) -> Result<(), Error> {
    let (send, mut batches) = mpsc::channel(2);
    let ImportRequest { file, columns: mappings, source, not_duplicate, run: runs, .. } = request;
    let (directory, mappings_to_count) = (app.directory().await?, mappings.clone());
    let reading = tokio::task::spawn_blocking(move || {
        read_blocking(file, &|first_rows| count_known_columns(first_rows, &mappings_to_count, &directory), &send)
    });
    let mut columns: Option<Vec<Column>> = None;
    let (mut rows_read, mut sheet) = (0, None);
    while let Some(sent) = batches.recv().await {
        let mut rows = match sent {
            Sent::Sheet(name) => {
                sheet = Some(name);
                continue;
            }
            Sent::Rows(rows) => rows,
        };
        let mut op = app.begin_for(user).await?;
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let (found, headers) = columns_of(&rows, &mappings, op.directory())?;
                rows.drain(..headers);
                store::save_columns(op.db(), import, sheet.as_deref(), &found).await?;
                columns.insert(found)
            }
        };
        rows_read += rows.len();
        if rows_read > MAX_ROWS {
            let en = format!("The file has more than {MAX_ROWS} rows. Split it into several files.");
            let zh = format!("文件超过 {MAX_ROWS} 行，请拆分成多个文件。");
            return Err(UserError::invalid(&["file"], en, zh).into());
        }
        if !validate_and_save(&mut op, import, columns, source.as_deref(), not_duplicate, &rows).await? {
            return Err(failed_meanwhile());
        }
        op.commit().await?;
    }
    match reading.await {
        Ok(Ok(())) => {}
        Ok(Err(FileError::Invalid(text))) => return Err(UserError::invalid(&["file"], text.en, text.zh).into()),
        Ok(Err(FileError::Cancelled)) => return Err(Error::Internal("the rows of a file were not received".into())),
        Ok(Err(FileError::Io(error))) => return Err(Error::Internal(error.into())),
        // If the reading thread panics, the file has something that the thread should have refused.
        Err(error) => {
            tracing::error!(import = %import, error = &error as &dyn std::error::Error, "reading a file has panicked");
            return Err(UserError::invalid(&["file"], "The file is damaged.", "文件已损坏。").into());
        }
    }
    if rows_read == 0 {
        let en = "The file has no rows below its headers.";
        return Err(UserError::invalid(&["file"], en, "表头下方没有数据行。").into());
    }
    let mut op = app.begin_for(user).await?;
    if !store::mark_ready(op.db(), import).await? {
        return Err(failed_meanwhile());
    }
    if runs {
        run::start(&mut op, import).await?;
    }
    op.commit().await
}

/// Another server has let the import fail, because this one recorded no heartbeat in time.
fn failed_meanwhile() -> Error {
    Error::Internal("an import has failed without a heartbeat while its file was being read".into())
}

/// What the reading thread sends.
enum Sent {
    Sheet(String),
    Rows(Vec<Row>),
}

/// Reads a file on a thread that may block, and sends its rows in batches.
fn read_blocking(file: File, count_columns: &CountColumns<'_>, to: &mpsc::Sender<Sent>) -> Result<(), FileError> {
    let batch = usize::from(BATCH_ROWS);
    let mut rows = Vec::with_capacity(batch);
    let send = |sent| to.blocking_send(sent).is_ok();
    file::read(
        file,
        count_columns,
        &mut |sheet| {
            send(Sent::Sheet(sheet.chars().take(255).collect()));
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

/// Validates the rows of a batch and saves their results; false if the import has failed in the meantime.
async fn validate_and_save(
    op: &mut Op<'_>,
    import: ImportId,
    columns: &[Column],
    source: Option<&str>,
    not_duplicate: bool,
    rows: &[Row],
) -> Result<bool, Error> {
    let Some(first) = rows.first() else { return Ok(true) };
    let reader = RowReader::new(op, columns.to_vec(), source.map(str::to_owned))?;
    let inputs: Vec<_> = rows.iter().map(|row| read_row(&reader, columns, row)).collect();
    let keys = BatchKeys::of(inputs.iter().filter_map(|input| input.as_ref().ok()));
    let earlier = earlier(op.db(), import, first.number, &keys).await?;
    let ids = earlier.iter().filter_map(|company| company.customer).collect();
    let known = bulk::known(op, keys.name_keys, keys.credit_codes, ids).await?;
    let similar = match not_duplicate {
        true => HashMap::new(),
        false => similar(op, inputs.iter().filter_map(|input| input.as_ref().ok()), &known, &earlier).await?,
    };
    let existing: HashSet<_> = known.iter().map(|known| known.id).chain(similar.values().map(|(id, _)| *id)).collect();
    // The dry run writes no customer, so it need not lock them.
    let mut validator = Validator::new(op, &reader, known, earlier, |_| true)?;
    validator.similar = similar;
    let validated: Vec<_> = rows
        .iter()
        .zip(inputs)
        .map(|(row, input)| {
            let keys = input.as_ref().ok().map(|input| (input.draft.name_key.clone(), input.draft.credit_code.clone()));
            let (name_key, credit_code) = keys.map_or((None, None), |(name, code)| (Some(name), code));
            let mut result = match input {
                Ok(input) => validator.validate(row.number, input),
                Err(problems) => RowResult::of(Outcome::Error, None, problems),
            };
            // A customer that the run is to create does not exist yet.
            result.customer = result.customer.filter(|id| existing.contains(id));
            ValidatedRow { number: row.number, cells: &row.cells, name_key, credit_code, result }
        })
        .collect();
    let (now, creator) = (op.now(), op.viewer()?.user);
    Ok(store::insert_rows(op.db(), import, creator, &validated, now).await?)
}

/// The customers with names similar to those of new companies, by the name key of the new company.
async fn similar(
    op: &mut Op<'_>,
    inputs: impl Iterator<Item = &RowInput>,
    known: &[Known],
    earlier: &[EarlierCompany],
) -> Result<HashMap<String, (CustomerId, Status)>, Error> {
    let known = known.iter().map(|known| &known.draft.name_key).chain(earlier.iter().map(|company| &company.name_key));
    let known: HashSet<_> = known.collect();
    let new = inputs.map(|input| &input.draft).filter(|draft| !known.contains(&draft.name_key));
    let (keys, names): (Vec<_>, Vec<_>) =
        new.map(|draft| (&draft.name_key, draft.name.as_str())).collect::<BTreeMap<_, _>>().into_iter().unzip();
    let similar = duplicate::similar_to(op, &names).await?;
    Ok(keys.into_iter().zip(similar).filter_map(|(key, similar)| Some((key.clone(), similar?))).collect())
}

/// Reads a row, or returns its problems, those of its cells included.
fn read_row(reader: &RowReader, columns: &[Column], row: &Row) -> Result<RowInput, Vec<Problem>> {
    let header =
        |index: usize| columns.get(index).map(|column| column.header.as_str()).filter(|header| !header.is_empty());
    let of_cell = |(index, text): &(usize, Text)| Problem::new(header(*index), text.clone());
    let mut problems: Vec<_> = row.cell_problems.iter().map(of_cell).collect();
    if row.cells.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        let (cells, columns) = (row.cells.len(), columns.len());
        let en = format!("has {cells} cells, but the file has {columns} columns: remove surplus separators");
        let zh = format!("有 {cells} 个单元格，多于列数（{columns} 列），请检查是否多了分隔符");
        problems.push(Problem::new(None, Text::new(en, zh)));
    }
    match reader.read(&row.cells) {
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
