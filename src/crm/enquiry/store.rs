//! Every statement about enquiries.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Outcome;
use crate::crm::contact::edit::{Draft as Contact, Entry as NewContact, Keys, enter_all};
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId, EnquiryId, UserId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{name_of, named};

/// An enquiry to insert.
pub struct Entry<'a> {
    pub id: EnquiryId,
    pub customer: CustomerId,
    pub contact: Option<ContactId>,
    pub source: &'a str,
    pub content: &'a str,
    pub outcome: Outcome,
}

/// The customer that is the company: the one with the same name; else one whose contact has one of the phone numbers, or of the
/// e-mail addresses.
pub async fn company(
    db: &mut PgConnection,
    name_key: Option<&str>,
    phones: &[String],
    emails: &[String],
) -> sqlx::Result<Option<CustomerId>> {
    sqlx::query_scalar!(
        r#"select f.id as "id!: CustomerId" from (
               select id, 1 as place from customer where name_key = $1 and merged_into is null
               union all
               select c.id, 2 from unnest($2::text[]) k (key)
               join contact p on p.phone_keys @> array[k.key] and p.archived_at is null
               join customer c on c.id = p.customer_id and c.archived_at is null
               union all
               select c.id, 3 from unnest($3::text[]) k (key)
               join contact p on p.email_keys @> array[k.key] and p.archived_at is null
               join customer c on c.id = p.customer_id and c.archived_at is null) f
           order by f.place, f.id limit 1"#,
        name_key,
        phones,
        emails
    )
    .fetch_optional(db)
    .await
}

/// The contact of a customer that has one of the phone numbers or e-mail addresses, or the name if none of these is given;
/// otherwise a new one.
pub async fn contact_of(op: &mut Op<'_>, customer: CustomerId, draft: Contact, keys: Keys) -> Result<ContactId, Error> {
    let known = sqlx::query_scalar!(
        r#"select id as "id: ContactId" from contact
           where customer_id = $1 and archived_at is null
               and (phone_keys && $2 or email_keys && $3 or (cardinality($2) + cardinality($3) = 0 and name = $4))
           order by created_at, id limit 1"#,
        customer as CustomerId,
        &keys.phone_keys,
        &keys.email_keys,
        draft.name
    )
    .fetch_optional(op.db())
    .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = op.new_id();
    enter_all(op, &[NewContact { id, customer_id: customer, draft, keys }]).await?;
    Ok(id)
}

/// The contact of a customer that was just created.
pub async fn only_contact_of(db: &mut PgConnection, customer: CustomerId) -> sqlx::Result<Option<ContactId>> {
    sqlx::query_scalar!(r#"select id as "id: ContactId" from contact where customer_id = $1"#, customer as CustomerId)
        .fetch_optional(db)
        .await
}

/// Inserts an enquiry.
pub async fn insert(
    db: &mut PgConnection,
    entry: &Entry<'_>,
    recorded_by: UserId,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into enquiry (id, customer_id, contact_id, source, content, outcome, recorded_by, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        entry.id as EnquiryId,
        entry.customer as CustomerId,
        entry.contact as Option<ContactId>,
        entry.source,
        entry.content,
        name_of(entry.outcome),
        recorded_by as UserId,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What became of an enquiry, and its customer.
pub async fn outcome_of(db: &mut PgConnection, id: EnquiryId) -> Result<(Outcome, CustomerId), Error> {
    let row = sqlx::query!(
        r#"select outcome, customer_id as "customer: CustomerId" from enquiry where id = $1"#,
        id as EnquiryId
    )
    .fetch_one(db)
    .await?;
    Ok((named(&row.outcome)?, row.customer))
}
