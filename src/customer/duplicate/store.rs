//! Every statement that looks for duplicates.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::id::CustomerId;

/// How many names are compared at the most, those first that have most in common.
const MOST_COMPARED: i64 = 500;

/// How common pairs of letters are in names, as far as PostgreSQL has counted: those that it does not name are rare.
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

/// The names of customers that have one of the groups of pairs whole, or this key.
pub async fn candidates(
    db: &mut PgConnection,
    name_key: &str,
    groups: &[String],
) -> sqlx::Result<Vec<(CustomerId, String)>> {
    let rows = sqlx::query!(
        r#"select id as "id!: CustomerId", name as "name!" from customer where name_key = $1 and merged_into is null
           union
           (select c.id, c.name
            from unnest($2::text[]) g (pairs) join customer c on c.name_bigrams @> string_to_array(g.pairs, ' ')
            where c.merged_into is null
            group by c.id order by count(*) desc, c.id limit $3)"#,
        name_key,
        groups,
        MOST_COMPARED
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

/// Customers with a contact of this phone number, as it is compared.
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

/// Customers with a contact that has an address of this domain.
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
