//! Statements that search for duplicates.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::kernel::id::{CustomerId, UserId};

/// The most names that are compared with one name; those that share most groups of pairs come first.
const MOST_COMPARED: i64 = 500;

/// How frequent pairs of letters are in names, by the statistics of PostgreSQL. Pairs that are missing there are rare.
pub async fn frequencies(db: &mut PgConnection, pairs: &[String]) -> sqlx::Result<HashMap<String, f32>> {
    let rows = sqlx::query!(
        r#"select e.pair as "pair!", e.frequency as "frequency!"
           from pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) e (pair, frequency)
           where s.schemaname = current_schema() and s.tablename = 'customer' and s.attname = 'name_bigrams'
               and e.pair = any($1)"#,
        pairs
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.pair, row.frequency)).collect())
}

/// The customers that have one of the name keys, or all pairs of one of the groups, with their names. Each comes with
/// the place that belongs to the key or the group.
pub async fn candidates(
    db: &mut PgConnection,
    key_places: &[i64],
    name_keys: &[String],
    places: &[i64],
    groups: &[String],
) -> sqlx::Result<Vec<(usize, CustomerId, String)>> {
    let rows = sqlx::query!(
        r#"select k.place as "place!", c.id as "id!: CustomerId", c.name as "name!"
           from unnest($1::bigint[], $2::text[]) k (place, name_key) join customer c on c.name_key = k.name_key
           where c.merged_into is null
           union
           select f.place, f.id, f.name
           from (select g.place, c.id, c.name, row_number() over (partition by g.place order by count(*) desc, c.id) as rank
                 from unnest($3::bigint[], $4::text[]) g (place, pairs)
                 join customer c on c.name_bigrams @> string_to_array(g.pairs, ' ')
                 where c.merged_into is null
                 group by g.place, c.id) f
           where f.rank <= $5"#,
        key_places,
        name_keys,
        places,
        groups,
        MOST_COMPARED
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.place as usize, row.id, row.name)).collect())
}

/// The names of customers after one of them, in the order of their ids.
pub async fn names_after(
    db: &mut PgConnection,
    after: Option<CustomerId>,
    most: i64,
) -> sqlx::Result<Vec<(CustomerId, String)>> {
    let rows = sqlx::query!(
        r#"select id as "id: CustomerId", name from customer
           where id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') and merged_into is null order by id limit $2"#,
        after as Option<CustomerId>,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The customer with this credit code.
pub async fn with_credit_code(db: &mut PgConnection, code: &str) -> sqlx::Result<Option<CustomerId>> {
    sqlx::query_scalar!(
        r#"select id as "id: CustomerId" from customer where credit_code = $1 and merged_into is null"#,
        code
    )
    .fetch_optional(db)
    .await
}

/// The customer of a contact with a key: the key, whether the customer is on the blacklist and archived, and its owner.
type OfContact = (String, bool, bool, Option<UserId>);

/// The customers of contacts with these keys of phone numbers and e-mail addresses, one for each key.
pub async fn with_contacts(
    db: &mut PgConnection,
    phone_keys: &[String],
    email_keys: &[String],
) -> sqlx::Result<Vec<OfContact>> {
    // The lateral joins look each key up in its index. With `limit 1` instead of the aggregate, the planner would read the table
    // until it finds the first one, and with `&&` and many keys the whole table.
    let rows = sqlx::query!(
        r#"select f.key as "key!", c.blacklisted_at is not null as "is_blacklisted!", c.archived_at is not null as "is_archived!",
                  c.owner_user_id as "owner: UserId"
           from (select k.key, p.customer_id from (select distinct unnest($1::text[])) k (key)
                 cross join lateral (select (array_agg(customer_id))[1] as customer_id from contact
                                     where phone_keys @> array[k.key] and archived_at is null) p
                 union all
                 select k.key, p.customer_id from (select distinct unnest($2::text[])) k (key)
                 cross join lateral (select (array_agg(customer_id))[1] as customer_id from contact
                                     where email_keys @> array[k.key] and archived_at is null) p) f
           join customer c on c.id = f.customer_id"#,
        phone_keys,
        email_keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.is_blacklisted, row.is_archived, row.owner)).collect())
}

/// Customers with a contact that has this phone key.
pub async fn with_phone(db: &mut PgConnection, phone_key: &str, most: usize) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select distinct customer_id as "customer_id: CustomerId" from contact
           where phone_keys @> array[$1] and archived_at is null limit $2"#,
        phone_key,
        most as i64
    )
    .fetch_all(db)
    .await
}

/// Customers with a contact that has an e-mail address of this domain.
pub async fn with_email_domain(db: &mut PgConnection, domain: &str, most: usize) -> sqlx::Result<Vec<CustomerId>> {
    sqlx::query_scalar!(
        r#"select distinct customer_id as "customer_id: CustomerId" from contact
           where email_domains(email_keys) @> array[$1] and archived_at is null limit $2"#,
        domain,
        most as i64
    )
    .fetch_all(db)
    .await
}
