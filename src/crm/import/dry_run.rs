//! A file is read and each of its rows judged; nothing is done yet. It is read on its own: a request that ends does not end it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, oneshot};

use super::column::{Chosen, Column, columns_of, known_in};
use super::file::{self, KnownIn, Row, Unreadable};
use super::row_input::{Reader, RowInput};
use super::row_result::{Outcome, RowResult};
use super::store::{self, Keys, New, ValidatedRow};
use super::validate::{Earlier, Validator};
use super::{Problem, WRITE, run};
use crate::crm::customer::bulk::{self, Known};
use crate::crm::customer::duplicate::{self, Status};
use crate::crm::customer::edit::CREATE;
use crate::kernel::app::App;
use crate::kernel::directory::ChoiceKind;
use crate::kernel::duration;
use crate::kernel::error::{Error, Text, UserError};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;

/// How many rows are judged and kept at once.
const BATCH: usize = 500;
/// How many rows a file may have.
const MAX_ROWS: usize = 200_000;
/// How often a server says that it reads a file.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// For how long it may say nothing before others take it for dead.
const SILENT_FOR: TimeDelta = TimeDelta::minutes(1);

/// A file to read, and what is said about it.
#[derive(Debug)]
pub struct Order {
    /// The file.
    pub file: File,
    /// As it is called where it came from.
    pub file_name: String,
    /// What columns mean, where their headers do not tell.
    pub columns: Vec<Chosen>,
    /// The source of rows that give none.
    pub source: Option<String>,
    /// How long companies that come into the pool are protected.
    pub protect_for: Option<String>,
    /// No company is one of the customers with a similar name.
    pub not_duplicate: bool,
    /// Once it is read, it is run.
    pub run: bool,
}

/// Whether the actor may import, and whether rows that give no source can have this one.
pub fn check(op: &Op<'_>, source: Option<&str>) -> Result<UserId, Error> {
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    match source {
        Some(source) if !op.directory().is_choice(ChoiceKind::Source, source) => {
            Err(UserError::invalid(&["source"], "This is none of the choices.", "不在可选值中。").into())
        }
        _ => Ok(op.viewer()?.user),
    }
}

/// An import whose file is being read, whatever becomes of who began it.
pub struct Reading {
    /// Which.
    pub import: ImportId,
    end: oneshot::Receiver<Result<(), Error>>,
}

/// Begins to read a file for somebody who [may](check).
pub async fn begin(app: &Arc<App>, user: UserId, order: Order) -> Result<Reading, Error> {
    let protect_for = order.protect_for.as_deref();
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", protection)).transpose()?;
    let app = app.clone();
    // Whoever waits may go away at any moment: what is entered is read all the same.
    let begun = tokio::spawn(async move {
        let mut op = app.begin_for(user).await?;
        let (import, now) = (op.new_id(), op.now());
        let new = New { id: import, file_name: &order.file_name, default_source: order.source.as_deref(), protect_for };
        store::insert(op.db(), new, user, now).await?;
        op.commit().await?;
        let (tell, end) = oneshot::channel();
        tokio::spawn(read(app, user, import, order, tell));
        Ok(Reading { import, end })
    });
    begun.await.map_err(|error| Error::Internal(error.into()))?
}

impl Reading {
    /// Waits until the file is read. One that can't be read to its end leaves nothing behind.
    pub async fn end(self, app: &App) -> Result<(), Error> {
        let read = self.end.await.map_err(|error| Error::Internal(error.into()))?;
        if read.is_err() {
            store::forget(app.pool(), self.import).await?;
        }
        read
    }

    /// The same, but for so long only: what is not read by then, is read on.
    pub async fn end_within(self, app: &App, time: Duration) -> Result<(), Error> {
        // Who gives up waiting drops the receiver.
        tokio::time::timeout(time, self.end(app)).await.unwrap_or(Ok(()))
    }
}

async fn read(app: Arc<App>, user: UserId, import: ImportId, order: Order, tell: oneshot::Sender<Result<(), Error>>) {
    let runs = order.run;
    let read = tokio::select! {
        read = read_as(&app, user, import, order) => read,
        never = keep_reading(&app, import) => match never {},
    };
    // Kept also when who waits is told, and then forgets it: they may be gone by then.
    if let Err(error) = &read
        && let Err(error) = store::fail(app.pool(), import, &why(error)).await
    {
        tracing::warn!(import = %import, error = &error as &dyn std::error::Error, "it will be found out that a file is not read");
    }
    let runs = runs && read.is_ok();
    if let Err(Err(error)) = tell.send(read) {
        tracing::debug!(import = %import, error = &error as &dyn std::error::Error, "a file could not be read");
    }
    if runs {
        run::work(&app).await;
    }
}

/// Says again and again that the file is being read.
async fn keep_reading(app: &App, import: ImportId) -> Infallible {
    loop {
        tokio::time::sleep(SAY_EVERY).await;
        if let Err(error) = store::is_reading(app.pool(), import, app.clock().now()).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "it can't be said that a file is being read");
        }
    }
}

/// Why a file is not read to its end, for who brought it.
fn why(error: &Error) -> Text {
    match error {
        Error::Refused(refusals) => refusals.first().map_or_else(Text::fault, |refusal| refusal.message.clone()),
        Error::Forbidden(permission) => UserError::forbidden(*permission).message,
        Error::Unauthenticated => run::account_is_closed(),
        _ => Text::fault(),
    }
}

/// Gives imports up whose file nobody reads any more.
pub(super) async fn give_up_abandoned(app: &App) -> Result<(), Error> {
    let why = Text::new(
        "The server that read the file has stopped. Import the file again.",
        "读取文件的服务器已停止，请重新导入文件。",
    );
    Ok(store::fail_abandoned(app.pool(), app.clock().now() - SILENT_FOR, &why).await?)
}

async fn read_as(app: &App, user: UserId, import: ImportId, order: Order) -> Result<(), Error> {
    let (send, mut batches) = mpsc::channel(2);
    let Order { file, columns: chosen, source, not_duplicate, run: runs, .. } = order;
    let (directory, said) = (app.directory().await?, chosen.clone());
    let reading = tokio::task::spawn_blocking(move || {
        read_blocking(file, &|first_rows| known_in(first_rows, &said, &directory), &send)
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
                let (found, headers) = columns_of(&rows, &chosen, op.directory())?;
                rows.drain(..headers);
                store::has_columns(op.db(), import, sheet.as_deref(), &found).await?;
                columns.insert(found)
            }
        };
        rows_read += rows.len();
        if rows_read > MAX_ROWS {
            let en = format!("The file has more than {MAX_ROWS} rows. Split it.");
            return Err(UserError::invalid(&["file"], en, format!("文件超过 {MAX_ROWS} 行，请拆分。")).into());
        }
        if !validate_and_save(&mut op, import, columns, source.as_deref(), not_duplicate, &rows).await? {
            return Err(given_up());
        }
        op.commit().await?;
    }
    match reading.await {
        Ok(Ok(())) => {}
        Ok(Err(Unreadable::Wrong(text))) => return Err(UserError::invalid(&["file"], text.en, text.zh).into()),
        Ok(Err(Unreadable::NotWanted)) => return Err(Error::Internal("nobody took the rows of a file".into())),
        Ok(Err(Unreadable::Io(error))) => return Err(Error::Internal(error.into())),
        // A reader that panics has met what it should have refused.
        Err(error) => {
            tracing::error!(import = %import, error = &error as &dyn std::error::Error, "a file could not be read");
            return Err(UserError::invalid(&["file"], "The file is damaged.", "文件已损坏。").into());
        }
    }
    if rows_read == 0 {
        return Err(UserError::invalid(&["file"], "The file has no rows below its headers.", "文件没有数据行。").into());
    }
    let mut op = app.begin_for(user).await?;
    if !store::is_read(op.db(), import).await? {
        return Err(given_up());
    }
    if runs {
        run::start(&mut op, import).await?;
    }
    op.commit().await
}

/// Others took this server for dead.
fn given_up() -> Error {
    Error::Internal("an import was given up while its file was read".into())
}

/// What the reading thread sends.
enum Sent {
    Sheet(String),
    Rows(Vec<Row>),
}

fn read_blocking(file: File, known: &KnownIn<'_>, to: &mpsc::Sender<Sent>) -> Result<(), Unreadable> {
    let mut rows = Vec::with_capacity(BATCH);
    let send = |sent| to.blocking_send(sent).is_ok();
    file::read(
        file,
        known,
        &mut |sheet| {
            send(Sent::Sheet(sheet.chars().take(255).collect()));
        },
        &mut |row| {
            rows.push(row);
            rows.len() < BATCH || send(Sent::Rows(std::mem::replace(&mut rows, Vec::with_capacity(BATCH))))
        },
    )?;
    if !rows.is_empty() {
        send(Sent::Rows(rows));
    }
    Ok(())
}

async fn validate_and_save(
    op: &mut Op<'_>,
    import: ImportId,
    columns: &[Column],
    source: Option<&str>,
    not_duplicate: bool,
    rows: &[Row],
) -> Result<bool, Error> {
    let Some(first) = rows.first() else { return Ok(true) };
    let reader = Reader::new(op, columns.to_vec(), source.map(str::to_owned))?;
    let inputs: Vec<_> = rows.iter().map(|row| read_row(&reader, columns, row)).collect();
    let keys = keys_of(inputs.iter().filter_map(|input| input.as_ref().ok()));
    let earlier = store::earlier(op.db(), import, first.number, &keys).await?;
    let ids = earlier.iter().filter_map(|row| row.customer).collect();
    let known = bulk::known(op, keys.name_keys, keys.credit_codes, ids).await?;
    let similar = match not_duplicate {
        true => HashMap::new(),
        false => similar(op, inputs.iter().filter_map(|input| input.as_ref().ok()), &known, &earlier).await?,
    };
    let is_there: HashSet<_> = known.iter().map(|known| known.id).chain(similar.values().map(|(id, _)| *id)).collect();
    // Nothing is written, so nothing has to be held.
    let mut validate = Validator::new(op, &reader, known, earlier, |_| true)?;
    validate.similar = similar;
    let validated: Vec<_> = rows
        .iter()
        .zip(inputs)
        .map(|(row, input)| {
            let keys = input.as_ref().ok().map(|input| (input.draft.name_key.clone(), input.draft.credit_code.clone()));
            let (name_key, credit_code) = keys.map_or((None, None), |(name, code)| (Some(name), code));
            let mut result = match input {
                Ok(input) => validate.validate(row.number, input),
                Err(problems) => RowResult::of(Outcome::Error, None, problems),
            };
            // What would be entered is not there yet.
            result.customer = result.customer.filter(|id| is_there.contains(id));
            ValidatedRow { number: row.number, cells: &row.cells, name_key, credit_code, result }
        })
        .collect();
    let (now, creator) = (op.now(), op.viewer()?.user);
    Ok(store::insert_rows(op.db(), import, creator, &validated, now).await?)
}

/// Customers with similar names, by the keys of the names of those companies that nobody knows yet.
async fn similar(
    op: &mut Op<'_>,
    inputs: impl Iterator<Item = &RowInput>,
    known: &[Known],
    earlier: &[Earlier],
) -> Result<HashMap<String, (CustomerId, Status)>, Error> {
    let known = known.iter().map(|known| &known.draft.name_key).chain(earlier.iter().map(|row| &row.name_key));
    let known: HashSet<_> = known.collect();
    let new = inputs.map(|input| &input.draft).filter(|draft| !known.contains(&draft.name_key));
    let (keys, names): (Vec<_>, Vec<_>) =
        new.map(|draft| (&draft.name_key, draft.name.as_str())).collect::<BTreeMap<_, _>>().into_iter().unzip();
    let similar = duplicate::similar_to(op, &names).await?;
    Ok(keys.into_iter().zip(similar).filter_map(|(key, similar)| Some((key.clone(), similar?))).collect())
}

fn read_row(reader: &Reader, columns: &[Column], row: &Row) -> Result<RowInput, Vec<Problem>> {
    let header =
        |place: usize| columns.get(place).map(|column| column.header.as_str()).filter(|header| !header.is_empty());
    let mut problems: Vec<_> = row.bad.iter().map(|(place, text)| Problem::new(header(*place), text.clone())).collect();
    if row.cells.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        let en = format!("has {} cells, more than there are columns: perhaps a separator too many", row.cells.len());
        let zh = format!("有 {} 个单元格，多于列数，可能多了分隔符", row.cells.len());
        problems.push(Problem::new(None, Text::new(en, zh)));
    }
    match reader.read(&row.cells) {
        Ok(input) if problems.is_empty() => Ok(input),
        Ok(_) => Err(problems),
        Err(more) => {
            // Of one cell, one thing at a time: what it is cut to is wrong in other ways, too.
            let known: Vec<_> = problems.iter().map(|problem| problem.column.clone()).collect();
            problems.extend(
                more.into_iter().filter(|problem| problem.column.is_none() || !known.contains(&problem.column)),
            );
            Err(problems)
        }
    }
}

/// What the companies and contacts of a batch are known by.
pub(super) fn keys_of<'w>(inputs: impl Iterator<Item = &'w RowInput>) -> Keys {
    let mut keys = Keys::default();
    for input in inputs {
        keys.name_keys.push(input.draft.name_key.clone());
        keys.credit_codes.extend(input.draft.credit_code.clone());
        keys.contact_names.extend(input.contact.as_ref().map(|contact| contact.name.clone()));
    }
    keys
}
