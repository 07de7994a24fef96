//! Scopes become SQL here, and nowhere else: lists, nested fields, counts, masks, locks and filters all ask this file.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Permission, Reach, Resource, Rights, Scope, Scopes};
use crate::sql::Binds;

/// What the row is that a scope looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// A row of `customer`: what hangs off a customer is seen as its customer is.
    Customer,
    /// A row with an owner of its own that hangs off a customer: an opportunity, an order.
    Work,
    /// A row of `app_user`.
    User,
    /// A row of `notification`.
    Notification,
    /// A row of `import` or `import_row`.
    Import,
    /// A row of `operation_batch`.
    Batch,
}

impl Subject {
    fn of(permission: Permission) -> Self {
        match permission.resource {
            Resource::User => Self::User,
            Resource::Notification => Self::Notification,
            Resource::Import => Self::Import,
            Resource::OperationBatch => Self::Batch,
            Resource::Opportunity | Resource::Order | Resource::Feedback => Self::Work,
            _ => Self::Customer,
        }
    }
}

/// The aliases of the rows that a scope looks at.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The row itself.
    pub row: &'a str,
    /// The customer that it is, or hangs off.
    pub customer: &'a str,
}

impl<'a> Place<'a> {
    /// A row that is seen for itself.
    pub fn itself(row: &'a str) -> Self {
        Self { row, customer: row }
    }
}

/// Disjoint predicates, each of which an index can serve; together they are what the scopes of a permission reach. None: no
/// row. `["true"]`: every row.
pub fn branches(permission: Permission, scopes: Scopes, place: Place<'_>, binds: &mut Binds) -> Vec<String> {
    if scopes.contains(Scope::All) {
        return vec!["true".to_owned()];
    }
    let mut reached: Vec<String> = Vec::new();
    match Subject::of(permission) {
        Subject::User => {
            if scopes.contains(Scope::Names) {
                return vec!["true".to_owned()];
            }
            reached.extend(one_of(scopes, Scope::Own, &format!("{}.id", place.row), binds));
        }
        Subject::Notification => {
            if scopes.contains(Scope::Own) {
                reached.push(format!("{}.user_id = {}", place.row, binds.me()));
            }
        }
        Subject::Work => {
            reached.extend(one_of(scopes, Scope::Own, &format!("{}.owner_user_id", place.row), binds));
            let held = one_of(scopes, Scope::Held, &format!("{}.owner_user_id", place.customer), binds);
            let pooled = pooled(scopes, place.customer);
            let delivered =
                scopes.contains(Scope::Delivered).then(|| format!("{}.delivered_at is not null", place.row));
            for branch in held.into_iter().chain(pooled).chain(delivered) {
                reached.push(apart(branch, &reached));
            }
        }
        Subject::Import => {
            if scopes.contains(Scope::Own) {
                reached.push(format!("{}.created_by = {}", place.row, binds.me()));
            }
        }
        Subject::Batch => {
            reached.extend(one_of(scopes, Scope::Own, &format!("{}.operator_user_id", place.row), binds));
        }
        Subject::Customer => {
            let customer = place.customer;
            reached.extend(one_of(scopes, Scope::Own, &format!("{customer}.owner_user_id"), binds));
            reached.extend(pooled(scopes, customer));
            let entered = if scopes.contains(Scope::Entered) {
                Some(format!("{customer}.created_by = {}", binds.me()))
            } else if scopes.contains(Scope::EnteredPooled) && !scopes.contains(Scope::PoolAll) {
                Some(format!("{customer}.created_by = {} and {customer}.owner_user_id is null", binds.me()))
            } else {
                None
            };
            let ordered = scopes
                .contains(Scope::Ordered)
                .then(|| format!("exists (select from sales_order o where o.customer_id = {customer}.id)"));
            for branch in entered.into_iter().chain(ordered) {
                reached.push(apart(branch, &reached));
            }
        }
    }
    reached
}

/// Whether a column names the viewer, as far as the scope `mine` is held, or somebody of the team.
fn one_of(scopes: Scopes, mine: Scope, column: &str, binds: &mut Binds) -> Option<String> {
    match (scopes.contains(mine), scopes.contains(Scope::Team)) {
        (true, true) => Some(format!("{column} = any({})", binds.team_and_me())),
        (false, true) => Some(format!("{column} = any({})", binds.team())),
        (true, false) => Some(format!("{column} = {}", binds.me())),
        (false, false) => None,
    }
}

fn pooled(scopes: Scopes, customer: &str) -> Option<String> {
    if scopes.contains(Scope::PoolAll) {
        Some(format!("{customer}.owner_user_id is null"))
    } else if scopes.contains(Scope::Pool) {
        Some(format!("{customer}.owner_user_id is null and {customer}.blacklisted_at is null"))
    } else {
        None
    }
}

/// A branch without the rows that others reach.
fn apart(branch: String, others: &[String]) -> String {
    let not_yet: String = others.iter().map(|other| format!(" and ({other}) is not true")).collect();
    format!("{branch}{not_yet}")
}

/// One predicate: whether the scopes of a permission reach the row.
pub fn predicate(permission: Permission, scopes: Scopes, place: Place<'_>, binds: &mut Binds) -> String {
    match branches(permission, scopes, place, binds).as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("(({}))", several.join(") or (")),
    }
}

/// Two columns: whether the row is seen by the permission to read it, and whether another one reaches it.
/// [`reach_in`] takes them up.
pub fn reach_columns(
    rights: &Rights,
    read: Permission,
    other: Permission,
    place: Place<'_>,
    binds: &mut Binds,
) -> String {
    let [seen, permitted] =
        [read, other].map(|permission| predicate(permission, rights.scopes(permission), place, binds));
    format!("coalesce({seen}, false), coalesce({permitted}, false)")
}

/// The [`reach_columns`] of a row, the first of which is at `at`.
pub fn reach_in(row: &PgRow, at: usize) -> sqlx::Result<Reach> {
    Ok(Reach { is_seen: row.try_get(at)?, is_permitted: row.try_get(at + 1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql_of(resource: Resource, scopes: &[Scope]) -> String {
        let scopes = scopes.iter().fold(Scopes::NONE, |set, &scope| set.with(scope));
        let read = Permission::to(crate::access::Action::Read, resource);
        predicate(read, scopes, Place { row: "t", customer: "c" }, &mut Binds::default())
    }

    fn sql(scopes: &[Scope]) -> String {
        sql_of(Resource::Customer, scopes)
    }

    #[test]
    fn no_scope_reaches_nothing_and_all_reaches_everything() {
        assert_eq!(sql(&[]), "false");
        assert_eq!(sql(&[Scope::Own, Scope::All]), "true");
    }

    #[test]
    fn scopes_are_joined_without_overlap() {
        assert_eq!(
            sql(&[Scope::Own, Scope::Pool]),
            "((c.owner_user_id = $1) or (c.owner_user_id is null and c.blacklisted_at is null))"
        );
        assert_eq!(
            sql(&[Scope::PoolAll, Scope::Entered]),
            "((c.owner_user_id is null) or (c.created_by = $1 and (c.owner_user_id is null) is not true))"
        );
    }

    #[test]
    fn work_has_an_owner_of_its_own() {
        assert_eq!(
            sql_of(Resource::Order, &[Scope::Own, Scope::Held]),
            "((t.owner_user_id = $1) or (c.owner_user_id = $1 and (t.owner_user_id = $1) is not true))"
        );
    }
}
