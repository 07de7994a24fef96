//! The statements that undo imports.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::crm::contact::edit::{Draft, Entry, Keys};
use crate::crm::import::kind::Kind;
use crate::crm::import::row_contact::ContactAdditions;
use crate::crm::import::row_result::Before;
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId, ImportId, UserId, uuids};
use crate::kernel::scalar::named;

/// Sets the status UNDOING; the import is undone with the rights of this user.
pub async fn start(db: &mut PgConnection, import: ImportId, undoer: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update import set status = 'UNDOING', undo_by = $2, stopped_en = null, stopped_zh = null where id = $1",
        import as ImportId,
        undoer as UserId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A row that has created or updated a company.
pub struct UndoableRow {
    /// Its number.
    pub number: i32,
    /// The customer.
    pub customer: CustomerId,
    /// The row has created the customer.
    pub is_new: bool,
    /// The contacts that the row created or added to.
    pub contacts: Vec<ContactId>,
    /// The company before; `None`: the row has created it, or has only written a contact.
    pub before: Option<Before>,
    /// When the row wrote to the company; `None`: it has only written a contact.
    pub written_at: Option<DateTime<Utc>>,
    /// When the row was done.
    pub done_at: DateTime<Utc>,
}

/// Locks an import that is being undone, and returns what its file has rows of; `None` if another server has locked it, or it is not being undone.
pub async fn lock_undoing(db: &mut PgConnection, import: ImportId) -> Result<Option<Kind>, Error> {
    let kind = sqlx::query_scalar!(
        "select kind from import where id = $1 and status = 'UNDOING' for no key update skip locked",
        import as ImportId
    )
    .fetch_optional(db)
    .await?;
    kind.as_deref().map(named).transpose()
}

/// The next rows to be undone; of each company the first one.
pub async fn next_rows(db: &mut PgConnection, import: ImportId, most: i64) -> sqlx::Result<Vec<UndoableRow>> {
    let rows = sqlx::query!(
        r#"select number, customer_id as "customer!: CustomerId", outcome = 'CREATE' as "is_new!",
                  array(select k.contact_id from import_row_contact k
                        where k.import_id = r.import_id and k.number = r.number) as "contacts!: Vec<ContactId>",
                  before as "before: Json<Before>", written_at, done_at as "done_at!"
           from import_row r
           where import_id = $1 and customer_id is not null and of_number is null and undone is null
                 and outcome in ('CREATE', 'UPDATE') and done_at is not null
           order by number limit $2"#,
        import as ImportId,
        most
    )
    .fetch_all(db)
    .await?;
    let undoable = rows.into_iter().map(|row| UndoableRow {
        number: row.number,
        customer: row.customer,
        is_new: row.is_new,
        contacts: row.contacts,
        before: row.before.map(|before| before.0),
        written_at: row.written_at,
        done_at: row.done_at,
    });
    Ok(undoable.collect())
}

/// Those of the customers that have contacts that this import did not create, or that somebody has changed.
pub async fn customers_with_other_contacts(
    db: &mut PgConnection,
    import: ImportId,
    customers: &[CustomerId],
) -> sqlx::Result<HashSet<CustomerId>> {
    let found = sqlx::query_scalar!(
        r#"select distinct k.customer_id as "id: CustomerId" from contact k
           where k.customer_id = any($2)
                 and not exists (select from import_row r join import_row_contact w using (import_id, number)
                                 where r.customer_id = k.customer_id and r.import_id = $1 and w.contact_id = k.id
                                       and w.version = k.version)"#,
        import as ImportId,
        &uuids(customers)
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().collect())
}

/// The customers of these rows on which somebody has worked since the row was done: there is a new follow-up or task, a
/// change of an opportunity or an order, or feedback. Imported opportunities changed before that, so their import counts.
pub async fn customers_worked_on(
    db: &mut PgConnection,
    import: ImportId,
    numbers: &[i32],
) -> sqlx::Result<HashSet<CustomerId>> {
    let found = sqlx::query_scalar!(
        r#"select r.customer_id as "id!: CustomerId" from import_row r
           where r.import_id = $1 and r.number = any($2)
                 and (exists (select from followup f where f.customer_id = r.customer_id and f.created_at >= r.done_at
                                    and f.import_id is distinct from r.import_id)
                      or exists (select from task k where k.customer_id = r.customer_id and k.created_at >= r.done_at and k.followup_id is null)
                      or exists (select from opportunity_history o where o.customer_id = r.customer_id and o.valid_from >= r.done_at)
                      or exists (select from sales_opportunity o join import i on i.id = o.import_id
                                 where o.customer_id = r.customer_id and coalesce(i.finished_at, 'infinity') >= r.done_at)
                      or exists (select from order_history o where o.customer_id = r.customer_id and o.at >= r.done_at)
                      or exists (select from order_feedback f where f.customer_id = r.customer_id and f.updated_at >= r.done_at))"#,
        import as ImportId,
        numbers
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().collect())
}

/// A contact that the import has created or added to.
pub struct ImportedContact {
    /// The contact as it is now, without its keys.
    pub entry: Entry,
    /// Its version.
    pub version: i32,
    /// The import has created it.
    pub is_new: bool,
    /// What the rows added to it, the last row first.
    pub added: Vec<ContactAdditions>,
}

/// The contacts of the customers that this import has created or added to, and that nobody has changed since.
pub async fn unchanged_contacts(
    db: &mut PgConnection,
    import: ImportId,
    customers: &[CustomerId],
) -> sqlx::Result<Vec<ImportedContact>> {
    let found = sqlx::query!(
        r#"select k.id as "id: ContactId", k.customer_id as "customer_id: CustomerId", k.version, k.name, k.title, k.phones, k.emails,
                  k.wechat, bool_or(w.added is null) as "is_new!",
                  coalesce(jsonb_agg(w.added order by r.number desc) filter (where w.added is not null), '[]')
                      as "added!: Json<Vec<ContactAdditions>>"
           from import_row r join import_row_contact w using (import_id, number) join contact k on k.id = w.contact_id
           where r.customer_id = any($2) and r.import_id = $1 and k.customer_id = r.customer_id and k.archived_at is null
           group by k.id having bool_or(w.version = k.version)"#,
        import as ImportId,
        &uuids(customers)
    )
    .fetch_all(db)
    .await?;
    let written = found.into_iter().map(|row| {
        let (title, phones, emails, wechat) = (row.title, row.phones, row.emails, row.wechat);
        let draft = Draft { name: row.name, title, phones, emails, wechat, ..Draft::default() };
        let entry = Entry { id: row.id, customer_id: row.customer_id, keys: Keys::default(), draft };
        ImportedContact { entry, version: row.version, is_new: row.is_new, added: row.added.0 }
    });
    Ok(written.collect())
}

/// Saves what was done to undo rows, and what was done with the contacts of later rows of the same companies.
pub async fn save_results(
    db: &mut PgConnection,
    import: ImportId,
    numbers: &[i32],
    undone: &[String],
    contacts: &[ContactId],
) -> sqlx::Result<()> {
    sqlx::query!(
        "with first as (select * from unnest($2::integer[], $3::text[]) e (number, undone)),
              every as (
                  select number, undone from first
                  union all
                  select r.number, case when f.undone = 'ARCHIVED' then f.undone 
                                   when exists (select from import_row_contact w
                                                where w.import_id = r.import_id and w.number = r.number and w.contact_id = any($4))
                                       then 'RESTORED'
                                   else 'KEPT' end
                  from first f join import_row r on r.import_id = $1 and r.of_number = f.number
                  where r.outcome = 'UPDATE' and r.done_at is not null)
         update import_row r set undone = e.undone from every e where r.import_id = $1 and r.number = e.number",
        import as ImportId,
        numbers,
        undone,
        &uuids(contacts)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the status UNDONE after every row that can be undone is undone.
pub async fn mark_undone(db: &mut PgConnection, import: ImportId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update import set status = 'UNDONE', undone_at = $2 where id = $1", import as ImportId, now)
        .execute(db)
        .await?;
    Ok(())
}
