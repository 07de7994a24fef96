//! Imports: a resolver for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform, refusable};
use super::base::planned::{Planned, PlannedImport};
use super::base::upload::Upload;
use crate::crm::import::column::{ColumnMapping, Field};
use crate::crm::import::kind::Kind as ImportKind;
use crate::crm::import::options::Options;
use crate::crm::import::replacement::Replacement;
use crate::crm::import::{dry_run, run, undo};
use crate::kernel::directory::{DateOrder, DecimalMark};
use crate::kernel::error::Error;
use crate::kernel::id::{ImportId, PoolId};
use crate::kernel::op::Op;

/// The field of a column of the file.
#[derive(InputObject)]
struct ImportColumnInput {
    /// The header of the column in the file.
    header: Option<String>,
    /// The place of the column in the file, from 1. Give it instead of the header if columns have the same header.
    position: Option<i32>,
    /// The field that the column holds.
    field: Field,
    /// The key of the extra field. It is needed with the field EXTRA, and not allowed with other fields.
    extra: Option<String>,
    /// Which contact of the row the column holds a value of, from 1 to 20. If it is left out, it follows from the headers: see
    /// `ImportColumn.contact`. It is allowed only with fields of contacts, and only in files of customers.
    contact: Option<i32>,
}

/// What is read instead of a value of the file.
#[derive(InputObject)]
struct ImportValueInput {
    /// The field of the columns that have the value.
    field: Field,
    /// The key of the extra field. It is needed with the field EXTRA, and not allowed with other fields.
    extra: Option<String>,
    /// The value in the file, such as `约500`. Case, width and spaces do not matter.
    value: String,
    /// What is read instead, such as the code of a choice, or `PHONE` for `回访` in a column of the field CHANNEL. If it is
    /// left out, the cell is read as blank.
    replacement: Option<String>,
}

/// How the cells of a file are read, whatever its rows are.
#[derive(InputObject)]
struct ImportReadingInput {
    /// The encoding of a CSV file, such as `UTF-8`, `UTF-16LE`, `GB18030`, `Big5`, `Shift_JIS` or `windows-1252`. If it is
    /// left out, it is detected; a file whose encoding is not certain is refused, and the message names the possible
    /// ones.
    encoding: Option<String>,
    /// The decimal mark of the numbers. If it and the setting `decimalMark` are left out, a number with two readings is an
    /// error of its row.
    decimal_mark: Option<DecimalMark>,
    /// The order of the parts of dates. If it and the setting `dateOrder` are left out, a date with two readings is an
    /// error of its row.
    date_order: Option<DateOrder>,
    /// The country of phone numbers that are written without a country code, like `CN` (ISO 3166). If it is left out, it
    /// is that of the setting `phoneCountry`.
    phone_country: Option<String>,
    /// The name of contacts whose row gives none, such as that of a switchboard. If it is left out, it is that of the
    /// setting `namelessContact`.
    contact_name: Option<String>,
    /// What is read instead of some values of the file, at most 1,000. It is remembered for your later imports, so each
    /// value need be given once; the latest 1,000 are used.
    #[graphql(default)]
    values: Vec<ImportValueInput>,
    /// Whether a wrong value of an optional field (a choice, a number, a phone number, …) is left out with a warning in
    /// `problems`, while the row is done. If it is `false`, the row is an error.
    #[graphql(default)]
    skip_wrong_values: bool,
    /// The fields of columns whose headers are not known. Known headers, in Chinese or English, need not be given. A
    /// column without a field is ignored.
    #[graphql(default)]
    columns: Vec<ImportColumnInput>,
}

/// A file of customers, and how to import it.
#[derive(InputObject)]
struct ImportCustomersInput {
    /// A CSV file or a workbook (XLSX, ODS) with at most 200,000 rows. Each row is a company with its contacts: one, or
    /// several in numbered columns (`联系人2`, `电话2`; `Contact 2`, `Phone 2`). If
    /// several rows have the same company, the first one gives its fields. The others add contacts, or phones and e-mail
    /// addresses to a contact of the same name. Hidden columns are ignored, and hidden rows and rows of totals are errors.
    file: Upload,
    /// The name of the sheet of a workbook. If it is left out, the first visible sheet with a column for the company's
    /// name is read.
    sheet: Option<String>,
    /// How the cells are read.
    #[graphql(flatten)]
    reading: ImportReadingInput,
    /// The source of new customers whose row gives none: the code of an active choice of kind SOURCE.
    source: Option<String>,
    /// The id of the public pool to which new customers belong: they come into it, or fall into it from the owner that the file
    /// gives them. If it is left out, or was archived before the run, new customers without an owner come into the pool whose condition matches.
    pool_id: Option<PoolId>,
    /// For how long nobody may claim the new customers in the pool: an ISO 8601 duration such as `P3D`, at most
    /// `P366D`. If it is left out, they may be claimed at once.
    protect_for: Option<String>,
    /// Whether to create a company even if a customer has a similar name. If it is `false`, such rows are not done.
    /// They are in the file of failed rows; check them and import them again with `true` if they are other companies.
    #[graphql(default)]
    not_duplicate: bool,
    /// Whether to only validate the rows, so that `runImport` writes them later. If it is `false`, the import runs as
    /// soon as the file is read, and rows with problems are left out.
    #[graphql(default = true)]
    dry_run: bool,
}

/// A file of records of one kind, and how to import it.
#[derive(InputObject)]
struct ImportRecordsInput {
    /// What the rows are. Customers are imported with `importCustomers`.
    kind: ImportKind,
    /// A CSV file or a workbook (XLSX, ODS) with at most 200,000 rows. Each row is a record. Rows that belong to a customer
    /// name it by its external id (`CUSTOMER_EXTERNAL_ID`) or by its exact name (`NAME`). Hidden columns are ignored, and
    /// hidden rows and rows of totals are errors.
    file: Upload,
    /// The name of the sheet of a workbook. If it is left out, the first visible sheet with the columns of the kind is
    /// read.
    sheet: Option<String>,
    /// How the cells are read.
    #[graphql(flatten)]
    reading: ImportReadingInput,
    /// Whether to only validate the rows, so that `runImport` writes them later. If it is `false`, the import runs as
    /// soon as the file is read, and rows with problems are left out.
    #[graphql(default = true)]
    dry_run: bool,
}

/// The import to run.
#[derive(InputObject)]
struct RunImportInput {
    /// The id of the import.
    import_id: ImportId,
}

/// The import to undo.
#[derive(InputObject)]
struct UndoImportInput {
    /// The id of the import.
    import_id: ImportId,
}

/// The result of a mutation of an import.
#[derive(SimpleObject)]
struct ImportPayload {
    /// The import as it is now. It is null if the file was refused or if you may not see the import.
    import: Option<PlannedImport>,
    /// Why the input was refused; empty if it was accepted.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about imports.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Reads a file of customers and validates each of its rows; with `dryRun: false` it also runs the import. A file
    /// that can't be read is refused as a whole. Send the file by the GraphQL multipart request specification. The
    /// response does not wait for the end of a large file: the import is then `READING`, and `rowCount` is the number
    /// of rows read so far. The reading goes on after the request until the import is `READY` (with `dryRun: false`,
    /// `DONE`) or `FAILED`. Rows that are not done can be downloaded from `failedRowsPath`.
    async fn import_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file of customers, and how to read it.")] input: ImportCustomersInput,
    ) -> Resolved<ImportPayload> {
        let given = Given {
            kind: ImportKind::Customers,
            file: input.file,
            sheet: input.sheet,
            reading: input.reading,
            source: input.source,
            pool: input.pool_id,
            protect_for: input.protect_for,
            not_duplicate: input.not_duplicate,
            dry_run: input.dry_run,
        };
        import(ctx, given).await
    }

    /// Reads a file of other records than customers and validates each of its rows, as `importCustomers` does. Contacts
    /// and products need the permission to write them. Opportunities, orders and follow-ups need the permission to assign
    /// customers: they may be of any time in the past, and others may have owned, sold or written them. Follow-ups, and
    /// those that orders leave, set the first and the last follow-up time of customers whose present owner had the
    /// customer then.
    ///
    /// A record whose external id is known is a duplicate of `SAME`: it is there already, and nothing of it is changed.
    /// Without an external id, a contact of the same name gets what it does not have yet; a duplicate is a follow-up of
    /// the same customer, time and text, and a product of the same SKU.
    async fn import_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file of records, and how to read it.")] input: ImportRecordsInput,
    ) -> Resolved<ImportPayload> {
        dry_run::check_right(request(ctx).viewer()?)?;
        let (checked, user_errors) = refusable(ctx, input.kind.check_not_customers().map_err(Error::from))?;
        if checked.is_none() {
            return Ok(ImportPayload { import: None, user_errors });
        }
        let given = Given {
            kind: input.kind,
            file: input.file,
            sheet: input.sheet,
            reading: input.reading,
            source: None,
            pool: None,
            protect_for: None,
            not_duplicate: true,
            dry_run: input.dry_run,
        };
        import(ctx, given).await
    }

    /// Runs an import that is `READY`, or continues one that is `STOPPED`. The response does not wait for its end. Each
    /// row is validated again before it is written, because somebody may have created its company in the meantime. Rows
    /// that were an `ERROR` or a duplicate of `SIMILAR` when the file was read keep this result. Running an import that
    /// is `RUNNING` or `DONE` succeeds and changes nothing. An import that is `READING` or `FAILED`, or that was
    /// undone, is refused with `CONFLICT`.
    async fn run_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import to run.")] input: RunImportInput,
    ) -> Resolved<ImportPayload> {
        start_work(ctx, input.import_id, async |op| run::start(op, input.import_id).await).await
    }

    /// Undoes an import that is `DONE` or `STOPPED`. The response does not wait for its end. Customers and contacts
    /// that the import created are archived, and what it changed is restored. A customer that somebody has used after
    /// the import stays as it is: somebody has changed, claimed or followed up on it, or it has a new opportunity,
    /// order or feedback. Products that the import created are archived, and follow-ups, opportunities and orders are
    /// removed, unless somebody has changed or used them. Undoing an import that is `UNDOING` or `UNDONE` succeeds and
    /// changes nothing. In other states the input is refused with `CONFLICT`.
    async fn undo_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import to undo.")] input: UndoImportInput,
    ) -> Resolved<ImportPayload> {
        start_work(ctx, input.import_id, async |op| undo::start(op, input.import_id).await).await
    }
}

/// A file to import, as a mutation gives it.
struct Given {
    kind: ImportKind,
    file: Upload,
    sheet: Option<String>,
    reading: ImportReadingInput,
    source: Option<String>,
    pool: Option<PoolId>,
    protect_for: Option<String>,
    not_duplicate: bool,
    dry_run: bool,
}

/// Starts to read a file, and waits for a while until it is read.
async fn import(ctx: &Context<'_>, given: Given) -> Resolved<ImportPayload> {
    let request = request(ctx);
    let op = request.app().begin(request.actor()?).await?;
    let reading = given.reading;
    let columns = reading.columns.into_iter();
    let columns = columns
        .map(|column| ColumnMapping {
            header: column.header,
            // No column has the position 0.
            position: column.position.map(|position| usize::try_from(position).unwrap_or(0)),
            field: column.field,
            extra: column.extra,
            // No contact has the number 0.
            contact: column.contact.map(|contact| u8::try_from(contact).unwrap_or(0)),
        })
        .collect();
    let values = reading.values.into_iter().enumerate().map(|(index, value)| {
        let ImportValueInput { field, extra, value, replacement } = value;
        Replacement { field, extra, value, replacement }.checked(index)
    });
    let (replacements, user_errors) = refusable(ctx, values.collect::<Result<Vec<_>, _>>().map_err(Error::from))?;
    let Some(replacements) = replacements else { return Ok(ImportPayload { import: None, user_errors }) };
    let options = Options {
        replacements,
        source: given.source,
        pool: given.pool,
        contact_name: reading.contact_name,
        phone_country: reading.phone_country.map(|code| code.trim().to_ascii_uppercase()),
        decimal_mark: reading.decimal_mark,
        date_order: reading.date_order,
        skip_wrong_values: reading.skip_wrong_values,
        has_typed_numbers: false,
    };
    let checked = dry_run::check(&op, given.kind, &options);
    drop(op);
    let (user, user_errors) = refusable(ctx, checked)?;
    let Some(user) = user else { return Ok(ImportPayload { import: None, user_errors }) };
    let upload = request.uploads.take(&given.file)?;
    let import_request = dry_run::ImportRequest {
        kind: given.kind,
        file: upload.file,
        file_name: upload.name,
        columns,
        sheet: given.sheet,
        encoding: reading.encoding,
        options,
        protect_for: given.protect_for,
        not_duplicate: given.not_duplicate,
        run: !given.dry_run,
    };
    let app = request.app();
    let (started, user_errors) = refusable(ctx, dry_run::start(app, user, import_request).await)?;
    let Some(started) = started else { return Ok(ImportPayload { import: None, user_errors }) };
    let import = started.import;
    let (read, user_errors) = refusable(ctx, started.wait_at_most(app, app.limits().import_wait).await)?;
    Ok(ImportPayload { import: read.map(|()| Planned(import)), user_errors })
}

/// Starts a run or an undo, and lets a task do its batches; other servers may also do them.
async fn start_work(
    ctx: &Context<'_>,
    import: ImportId,
    start: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<ImportPayload> {
    let (started, user_errors) = perform(ctx, start).await?;
    if started.is_some() {
        let app = request(ctx).app().clone();
        tokio::spawn(async move { run::work(&app).await });
    }
    Ok(ImportPayload { import: Some(Planned(import)), user_errors })
}
