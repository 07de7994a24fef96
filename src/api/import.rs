//! Imports: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Resolved, UserErrorView, perform, refusable};
use super::base::planned::{Planned, PlannedImport};
use super::base::upload::Upload;
use crate::crm::import::column::{Chosen, Field};
use crate::crm::import::{dry_run, run, undo};
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;

/// What a column of the file is.
#[derive(InputObject)]
struct ImportColumnInput {
    /// What it is called in the file.
    header: String,
    /// What it is.
    field: Field,
    /// With EXTRA: the key of the extra field.
    extra: Option<String>,
}

/// A file of customers.
#[derive(InputObject)]
struct ImportCustomersInput {
    /// A table of text (CSV, in UTF-8, UTF-16 or GB18030) or a workbook (XLSX; of its sheets the first that has a column with the
    /// company's name). Each row is a company with at most one contact. Of several rows of a company the first counts; the
    /// others add contacts, or to a contact of the same name what it does not have yet: phones, addresses.
    file: Upload,
    /// What columns are, where their headers do not tell it, in Chinese or English. Columns that mean nothing are left out.
    #[graphql(default)]
    columns: Vec<ImportColumnInput>,
    /// The source of rows that give none: the code of a choice of kind SOURCE.
    source: Option<String>,
    /// How long nobody may claim those companies that come into the pool: an ISO 8601 duration such as `P3D`, at most `P366D`.
    /// Left out: they may be claimed at once.
    protect_for: Option<String>,
    /// Say that no company is one of the customers with a similar name: without this, rows with such names are not entered, but
    /// are in the file of failed rows, to be looked at and imported again.
    #[graphql(default)]
    not_duplicate: bool,
    /// Only judge the rows; `runImport` does it. With `false` it is run as soon as it is read, whatever the verdicts are.
    #[graphql(default = true)]
    dry_run: bool,
}

/// Which import to run.
#[derive(InputObject)]
struct RunImportInput {
    /// Its id.
    import_id: ImportId,
}

/// Which import to take back.
#[derive(InputObject)]
struct UndoImportInput {
    /// Its id.
    import_id: ImportId,
}

/// What became of an import.
#[derive(SimpleObject)]
struct ImportPayload {
    /// The import as it is now; null when the file was refused, or when it is not for you to see.
    import: Option<PlannedImport>,
    /// Why the wish was refused.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about imports.
#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Reads a file of customers and judges each of its rows; nothing is entered yet. A file that can't be read is refused
    /// as a whole. Send it by the GraphQL multipart request specification. Of a large file the answer does not wait for the
    /// end: the import is `READING`, `rowCount` tells how far, and it is read on, whatever becomes of the request, until it is
    /// `READY` (with `dryRun: false`, `DONE`), or `FAILED`. What is not done then is in the file at `failedRowsPath`.
    async fn import_customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file of customers, and how to read it.")] input: ImportCustomersInput,
    ) -> Resolved<ImportPayload> {
        let request = request(ctx);
        let op = request.app().begin(request.actor()?).await?;
        let columns = input.columns.into_iter();
        let columns =
            columns.map(|said| Chosen { header: said.header, field: said.field, extra: said.extra }).collect();
        let may = dry_run::check(&op, input.source.as_deref());
        drop(op);
        let (user, user_errors) = refusable(ctx, may)?;
        let Some(user) = user else { return Ok(ImportPayload { import: None, user_errors }) };
        let upload = request.uploads.take(&input.file)?;
        let order = dry_run::Order {
            file: upload.file,
            file_name: upload.name,
            columns,
            source: input.source,
            protect_for: input.protect_for,
            not_duplicate: input.not_duplicate,
            run: !input.dry_run,
        };
        let app = request.app();
        let (reading, user_errors) = refusable(ctx, dry_run::begin(app, user, order).await)?;
        let Some(reading) = reading else { return Ok(ImportPayload { import: None, user_errors }) };
        let import = reading.import;
        let (read, user_errors) = refusable(ctx, reading.end_within(app, app.limits().import_wait).await)?;
        Ok(ImportPayload { import: read.map(|()| Planned(import)), user_errors })
    }

    /// Runs an import that was judged, or goes on with one that stopped; the answer does not wait for its end. Each row is
    /// judged anew as it is done: somebody may have entered its company meanwhile. Only what was wrong (`ERROR`) or much like
    /// a customer (`SIMILAR`) when the file was read stays so. What runs or is done stays so, too.
    async fn run_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import to run.")] input: RunImportInput,
    ) -> Resolved<ImportPayload> {
        start(ctx, input.import_id).await
    }

    /// Takes an import back; the answer does not wait for its end. Customers and contacts that it entered are archived, what
    /// it changed is as before; what somebody has touched since stays as it is: changed, claimed, followed up, or with a new
    /// opportunity, order or feedback. What was undone stays so.
    async fn undo_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import to undo.")] input: UndoImportInput,
    ) -> Resolved<ImportPayload> {
        begin(ctx, input.import_id, async |op| undo::start(op, input.import_id).await).await
    }
}

async fn start(ctx: &Context<'_>, import: ImportId) -> Resolved<ImportPayload> {
    begin(ctx, import, async |op| run::start(op, import).await).await
}

/// Begins what servers carry on.
async fn begin(
    ctx: &Context<'_>,
    import: ImportId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<ImportPayload> {
    let (begun, user_errors) = perform(ctx, run).await?;
    if begun.is_some() {
        let app = request(ctx).app().clone();
        tokio::spawn(async move { run::work(&app).await });
    }
    Ok(ImportPayload { import: Some(Planned(import)), user_errors })
}
