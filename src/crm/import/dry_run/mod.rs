//! The dry run: reads a file and validates each of its rows, but writes no customer. It goes on after the request has
//! ended.

mod names;
mod source;
mod store;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::column::{Column, ColumnMapping};
use super::file::Row;
use super::heartbeat;
use super::keys::{KnownKeys, find_customers};
use super::kind::Kind;
use super::lookalike::{Lookalikes, Seen};
use super::message::{Message, shown};
use super::options::Options;
use super::record::{self, RecordReader};
use super::replacement;
use super::row_input::BatchKeys;
use super::row_reader::RowReader;
use super::row_result::{Outcome, RowResult};
use super::store::earlier;
use super::validate::Validator;
use super::{Problem, WRITE, run};
use crate::crm::customer::bulk;
use crate::crm::pool::check_named;
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::directory::{ChoiceKind, Country};
use crate::kernel::duration;
use crate::kernel::error::{Error, Language, Text, UserError, is_time_out};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;
use crate::kernel::text;
use source::{Source, read_row};
use store::{NewImport, ValidatedRow};

/// How many orders are judged in one transaction.
const ORDERS_IN_BATCH: i64 = 200;

/// A file to import, with the options of the import.
#[derive(Debug)]
pub struct ImportRequest {
    /// What the file has rows of.
    pub kind: Kind,
    /// The file.
    pub file: File,
    /// Its name on the importer's machine.
    pub file_name: String,
    /// The fields of columns whose headers are not known.
    pub columns: Vec<ColumnMapping>,
    /// The sheet of a workbook to read; `None`: the first visible one with columns that are known.
    pub sheet: Option<String>,
    /// The encoding of a text; `None`: it is detected.
    pub encoding: Option<String>,
    /// How the cells are read.
    pub options: Options,
    /// For how long new customers in the pool are protected, as an ISO 8601 duration.
    pub protect_for: Option<String>,
    /// A new company is created even if a customer has a similar name.
    pub not_duplicate: bool,
    /// The import runs as soon as the file is read.
    pub run: bool,
}

/// Checks that the actor may import such files, that the default source is an active choice, and that the pool and the country exist; returns
/// the actor.
pub fn check(op: &Op<'_>, kind: Kind, options: &Options) -> Result<UserId, Error> {
    kind.authorize(op)?;
    if options.source.as_ref().is_some_and(|source| !op.directory().is_choice(ChoiceKind::Source, source)) {
        return Err(Message::UnknownSource.refusal(&["source"]).into());
    }
    if let Some(pool) = options.pool {
        check_named(op.directory(), &*op.rights()?, pool)?;
    }
    if let Some(code) = options.phone_country.as_ref().filter(|code| code.parse::<Country>().is_err()) {
        return Err(Message::UnknownCountry { code: shown(code) }.refusal(&["phoneCountry"]).into());
    }
    if options.replacements.len() > replacement::MOST {
        return Err(Message::TooManyValues { most: replacement::MOST }.refusal(&["values"]).into());
    }
    if let Some(name) = &options.contact_name {
        text::name(&["contactName"], name, 1, 100)?;
    }
    Ok(op.viewer()?.user)
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
pub async fn start(app: &Arc<App>, user: UserId, mut request: ImportRequest) -> Result<Reading, Error> {
    let protect_for = request.protect_for.as_deref();
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", protection)).transpose()?;
    let app = app.clone();
    // The caller may be dropped at any moment; an import that is inserted must be read nevertheless.
    let started = tokio::spawn(async move {
        let mut op = app.begin_for(user).await?;
        let (import, now) = (op.new_id(), op.now());
        request.options = request.options.or_settings(op.settings());
        store::remember(op.db(), user, &request.options.replacements, now).await?;
        request.options.replacements = store::remembered(op.db(), user).await?;
        let kind = request.kind;
        let new = NewImport { id: import, kind, file_name: &request.file_name, options: &request.options, protect_for };
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
    let ImportRequest { kind, file, columns: mappings, mut options, not_duplicate, run: runs, sheet, encoding, .. } =
        request;
    let source = Source { kind, file, mappings, sheet, encoding, directory: app.directory().await? };
    let compares_names = kind == Kind::Customers && !not_duplicate;
    let compared = if compares_names { names::compare(app, user, import, &source, &options).await? } else { None };
    let (mut table, mut seen, mut is_first) = (source.read()?, (!not_duplicate).then(Seen::default), true);
    while let Some(rows) = table.next().await? {
        let columns = table.columns.as_deref().unwrap_or_default();
        if std::mem::take(&mut is_first) {
            options.has_typed_numbers = table.beginning.sheet.is_some();
            let mut op = app.begin_for(user).await?;
            store::save_columns(op.db(), import, &table.beginning, &options, columns).await?;
            op.commit().await?;
        }
        let of = OfImport { import, kind, columns, options: &options, compared: compared.as_ref() };
        validate_in_parts(app, user, &of, &mut seen, &rows).await?;
    }
    let (columns, rows_read) = (table.columns.take().unwrap_or_default(), table.rows_read);
    table.end(import).await?;
    if rows_read == 0 {
        return Err(Message::NoRows.refusal(&["file"]).into());
    }
    if kind == Kind::Orders {
        let of = OfImport { import, kind, columns: &columns, options: &options, compared: None };
        judge_orders(app, user, &of).await?;
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

/// The import that rows are of.
struct OfImport<'i> {
    import: ImportId,
    kind: Kind,
    columns: &'i [Column],
    options: &'i Options,
    /// The customers with the most similar names, if all names of the file were compared before.
    compared: Option<&'i HashMap<String, CustomerId>>,
}

/// Validates the rows of a batch and saves their results. If a statement takes too long, because very many customers have
/// similar names, the batch is done in smaller parts.
async fn validate_in_parts(
    app: &App,
    user: UserId,
    of: &OfImport<'_>,
    seen: &mut Option<Seen>,
    rows: &[Row],
) -> Result<(), Error> {
    let mut parts = vec![rows];
    while let Some(part) = parts.pop() {
        let mut op = app.begin_for(user).await?;
        match validate_and_save(&mut op, of, seen, part).await {
            Ok(true) => op.commit().await?,
            Ok(false) => return Err(failed_meanwhile()),
            Err(error) if is_time_out(&error) && part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Another server has let the import fail, because this one recorded no heartbeat in time.
fn failed_meanwhile() -> Error {
    Error::Internal("an import has failed without a heartbeat while its file was being read".into())
}

/// Validates the rows of a batch and saves their results; false if the import has failed in the meantime.
async fn validate_and_save(
    op: &mut Op<'_>,
    of: &OfImport<'_>,
    seen: &mut Option<Seen>,
    rows: &[Row],
) -> Result<bool, Error> {
    if rows.is_empty() {
        return Ok(true);
    }
    let validated = match of.kind {
        Kind::Customers | Kind::Contacts => companies(op, of, seen, rows).await?,
        Kind::Products | Kind::Opportunities | Kind::Orders | Kind::FollowUps => records(op, of, rows).await?,
    };
    if let Some(problem) = problem_of_most(&validated) {
        let text = |language| problem.message(language);
        return Err(UserError::invalid(&["file"], text(Language::English), text(Language::Chinese)).into());
    }
    let (now, creator) = (op.now(), op.viewer()?.user);
    Ok(store::insert_rows(op.db(), of.import, creator, &validated, now).await?)
}

/// Validates rows of companies.
async fn companies<'r>(
    op: &mut Op<'_>,
    of: &OfImport<'_>,
    seen: &mut Option<Seen>,
    rows: &'r [Row],
) -> Result<Vec<ValidatedRow<'r>>, Error> {
    let first = rows.first().map_or(0, |row| row.number);
    let reader = RowReader::new(op, of.kind, of.columns.to_vec(), of.options.clone())?;
    let mut inputs: Vec<_> = rows.iter().map(|row| read_row(|cells| reader.read(cells), of.columns, row)).collect();
    find_customers(op, &reader, &mut inputs.iter_mut().collect::<Vec<_>>()).await?;
    let keys = BatchKeys::of(inputs.iter().filter_map(|input| input.as_ref().ok()));
    let known_keys = KnownKeys::of(op, of.import, first, &keys).await?;
    let earlier = earlier(op.db(), of.import, first, &keys).await?;
    let ids = earlier.iter().filter_map(|company| company.customer);
    let ids = ids.chain(known_keys.customer_ids()).collect();
    let known = bulk::known(op, keys.name_keys, keys.credit_codes, ids).await?;
    let mut lookalikes = match seen {
        None => None,
        Some(_) => {
            let inputs = inputs.iter().filter_map(|input| input.as_ref().ok());
            Some(Lookalikes::of(op, inputs, &known, &earlier, of.compared).await?)
        }
    };
    let of_similar = lookalikes.iter().flat_map(Lookalikes::customers);
    let existing: HashSet<_> = known.iter().map(|known| known.id).chain(of_similar).collect();
    // The dry run writes no customer, so it need not lock them.
    if let (Some(lookalikes), Some(seen)) = (&mut lookalikes, seen.take()) {
        lookalikes.seen = seen;
    }
    let mut validator = Validator::new(op, &reader, known, earlier, known_keys, |_| true)?;
    validator.lookalikes = lookalikes;
    let validated = rows.iter().zip(inputs).map(|(row, input)| {
        let keys = input.as_ref().ok();
        let name_key = keys.map(|input| input.draft.name_key.clone());
        let credit_code = keys.and_then(|input| input.draft.credit_code.clone());
        let external_id = keys.and_then(|input| input.external_id.clone().or(input.contact_external_id.clone()));
        let mut result = match input {
            Ok(input) => validator.validate(row.number, input),
            Err(problems) => RowResult::of(Outcome::Error, None, problems),
        };
        // A customer that the run is to create does not exist yet.
        result.customer = result.customer.filter(|id| existing.contains(id));
        ValidatedRow { number: row.number, cells: &row.cells, name_key, credit_code, external_id, result }
    });
    let validated = validated.collect();
    *seen = validator.lookalikes.map(|lookalikes| lookalikes.seen);
    Ok(validated)
}

/// Validates rows of other records.
async fn records<'r>(op: &mut Op<'_>, of: &OfImport<'_>, rows: &'r [Row]) -> Result<Vec<ValidatedRow<'r>>, Error> {
    let reader = RecordReader::new(op, of.kind, of.columns.to_vec(), of.options.clone())?;
    let inputs: Vec<_> = rows.iter().map(|row| read_row(|cells| reader.read(cells), of.columns, row)).collect();
    let keys: Vec<_> = rows.iter().map(|row| reader.key_of(&row.cells)).collect();
    let customers: Vec<_> = rows.iter().map(|row| reader.customer_of(&row.cells)).collect();
    let numbered: Vec<_> = rows.iter().map(|row| row.number).zip(inputs).collect();
    let results = match of.kind {
        // Orders are judged when all of their rows are read.
        Kind::Orders => record::orders::as_read(numbered),
        _ => {
            let (mut results, _) = record::judge(op, of.import, &reader, numbered, record::Writes::No).await?;
            record::add_unknown_customers(op, &reader.cells, &customers, &mut results).await?;
            results
        }
    };
    let validated = rows.iter().zip(keys).zip(results).map(|((row, external_id), (number, result))| ValidatedRow {
        number,
        cells: &row.cells,
        name_key: None,
        credit_code: None,
        external_id,
        result,
    });
    Ok(validated.collect())
}

/// Judges the orders of a file whose rows are read, in batches.
async fn judge_orders(app: &App, user: UserId, of: &OfImport<'_>) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let mut op = app.begin_for(user).await?;
        let reader = RecordReader::new(&op, of.kind, of.columns.to_vec(), of.options.clone())?;
        let keys = store::next_orders(op.db(), of.import, &after, ORDERS_IN_BATCH).await?;
        let Some(last) = keys.last().cloned() else { return Ok(()) };
        let rows = record::orders::rows_of(&mut op, of.import, &keys).await?;
        let groups = record::orders::groups(&reader, &rows);
        let (results, _) = record::orders::judge_orders(&mut op, &reader, groups, record::Writes::No).await?;
        store::save_judged(op.db(), of.import, &results).await?;
        op.commit().await?;
        after = last;
    }
}

/// The problem that most rows have for the same reason: a column or a right is missing. The file is refused with it,
/// because one sentence says it better than an error of each row.
fn problem_of_most<'r>(rows: &'r [ValidatedRow<'_>]) -> Option<&'r Problem> {
    let mut of_file = rows.iter().flat_map(|row| row.result.problems.iter().find(|problem| problem.is_of_file));
    let first = of_file.next()?;
    let count = 1 + of_file.filter(|problem| *problem == first).count();
    (2 * count > rows.len()).then_some(first)
}
