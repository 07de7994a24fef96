//! Statements on many customers at once.

use std::collections::{HashMap, HashSet};

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use super::model::Known;
use crate::crm::contact;
use crate::crm::customer::duplicate::Status;
use crate::crm::customer::model::{ARCHIVE, UPDATE, WRITE_LEVEL};
use crate::kernel::access::scope::{Place, predicate};
use crate::kernel::error::Error;
use crate::kernel::event::Event;
use crate::kernel::id::{CustomerId, UserId, uuids};
use crate::kernel::op::Op;
use crate::kernel::sql::{Arg, Binds, Statement};

/// The customers that have one of these name keys, credit codes or ids, except merged ones.
pub async fn known(
    op: &mut Op<'_>,
    name_keys: Vec<String>,
    credit_codes: Vec<String>,
    ids: Vec<CustomerId>,
) -> Result<Vec<Known>, Error> {
    let (rights, now) = (op.rights()?, op.now());
    let mut binds = Binds::default();
    let (names, codes) = (binds.bind(Arg::Texts(name_keys)), binds.bind(Arg::Texts(credit_codes)));
    let ids = binds.bind(Arg::Uuids(uuids(&ids)));
    let may = [UPDATE, WRITE_LEVEL, contact::WRITE, contact::READ]
        .map(|permission| predicate(&rights, permission, rights.scopes(permission), Place::itself("c"), &mut binds))
        .map(|reached| format!("coalesce({reached}, false)"))
        .join(", ");
    let may_archive = predicate(&rights, ARCHIVE, rights.scopes(ARCHIVE), Place::itself("c"), &mut binds);
    let text = format!(
        "select {may}, c.id, c.owner_user_id, c.blacklisted_at is not null, c.updated_at, \
         coalesce((select jsonb_agg(jsonb_build_object('id', k.id, 'version', k.version, 'name', k.name, 'title', k.title, \
                   'phones', k.phones, 'emails', k.emails, 'wechat', k.wechat) order by k.created_at, k.id) \
                   from contact k where k.customer_id = c.id and k.archived_at is null), '[]'), \
         coalesce((select jsonb_object_agg(x.key, coalesce(x.text_value, trim_scale(x.number_value)::text, \
                   x.boolean_value::text, to_char(x.date_value, 'YYYY-MM-DD'))) from customer_extra x \
                   where x.customer_id = c.id), '{{}}'), \
         to_jsonb(c) - '{{name_fold,name_bigrams}}'::text[], \
         c.archived_at is not null, coalesce({may_archive}, false), c.owned_since, c.last_followup_time \
         from customer c \
         where c.merged_into is null and (c.name_key = any({names}) or c.credit_code = any({codes}) or c.id = any({ids}))"
    );
    let rows = Statement::new(text.into(), &binds, &[], &rights, now).fetch_all(op.db()).await?;
    Ok(rows.iter().map(known_of).collect::<sqlx::Result<_>>()?)
}

fn known_of(row: &PgRow) -> sqlx::Result<Known> {
    let Json(contacts) = row.try_get(8)?;
    let Json(extras): Json<HashMap<String, String>> = row.try_get(9)?;
    let Json(draft) = row.try_get(10)?;
    Ok(Known {
        may_update: row.try_get(0)?,
        may_archive: row.try_get(12)?,
        may_write_level: row.try_get(1)?,
        may_write_contacts: row.try_get(2)?,
        may_read_contacts: row.try_get(3)?,
        id: row.try_get(4)?,
        owner: row.try_get(5)?,
        owned_since: row.try_get(13)?,
        last_followup: row.try_get(14)?,
        status: Status::of(row.try_get(6)?, row.try_get(11)?, row.try_get(5)?),
        updated_at: row.try_get(7)?,
        contacts,
        extras,
        draft,
    })
}

/// Archives customers, each at the time of its event.
pub async fn archive(db: &mut PgConnection, events: &[Event]) -> sqlx::Result<()> {
    let (ids, times): (Vec<_>, Vec<_>) = events.iter().map(|event| (event.customer.uuid(), event.at)).unzip();
    sqlx::query!(
        "update customer c set archived_at = e.at, updated_at = e.at
         from unnest($1::uuid[], $2::timestamptz[]) e (id, at) where c.id = e.id",
        &ids,
        &times
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks users in the order of their ids, so that they can't depart until the operation ends; returns those who are
/// active.
pub async fn keep_active(op: &mut Op<'_>, users: &[UserId]) -> Result<HashSet<UserId>, Error> {
    let kept = sqlx::query_scalar!(
        r#"select id as "id: UserId" from app_user where id = any($1) and status = 'ACTIVE' order by id for share"#,
        &uuids(users)
    )
    .fetch_all(op.db())
    .await?;
    Ok(kept.into_iter().collect())
}
