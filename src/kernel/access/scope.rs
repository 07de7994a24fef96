//! The only place where scopes become SQL. Lists, nested fields, counts, masks, locks and filters all use it.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Action, Permission, Reach, Resource, Rights, Scope, Scopes};
use crate::kernel::sql::Binds;

/// Which kind of row a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// A row of `customer`, or a row that belongs to a customer and is visible if its customer is. Follow-ups and the
    /// operation log are also visible to [those whose fact it is](who_did).
    Customer,
    /// A row that belongs to a customer and has an owner of its own, such as an opportunity, a task or an order.
    Work,
    /// A row of `app_user`.
    User,
    /// A row of `notification`.
    Notification,
    /// A row of `import` or `import_row`.
    Import,
    /// A row of `operation_batch`.
    Batch,
    /// A fact that figures count: a row of `sales_fact`.
    Fact,
    /// A row of `sales_target`.
    Target,
    /// A row of `pool`.
    Pool,
}

impl Subject {
    fn of(permission: Permission) -> Self {
        match permission.resource {
            Resource::User => Self::User,
            Resource::Notification => Self::Notification,
            Resource::Import => Self::Import,
            Resource::OperationBatch => Self::Batch,
            Resource::Analytics => Self::Fact,
            Resource::Target => Self::Target,
            Resource::Pool => Self::Pool,
            Resource::Opportunity | Resource::Task | Resource::Order | Resource::Feedback => Self::Work,
            _ => Self::Customer,
        }
    }
}

/// The aliases of the rows that a scope tests.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The row itself.
    pub row: &'a str,
    /// The customer: the row itself, or the customer (of what belongs to a user: the user) that it belongs to.
    pub customer: &'a str,
    /// A column that says whether the viewer or somebody below them owns the customer, if the statement computes that
    /// once for all rows that belong to the customer.
    pub is_owned_by_team: Option<&'a str>,
}

/// The SQL of such a column.
pub fn is_owned_by_team(customer: &str, binds: &mut Binds) -> String {
    format!("{customer}.owner_user_id = any({})", binds.team_and_me())
}

impl<'a> Place<'a> {
    /// A row that belongs to a customer.
    pub fn of(row: &'a str, customer: &'a str) -> Self {
        Self { row, customer, is_owned_by_team: None }
    }

    /// A row that belongs to no other row.
    pub fn itself(row: &'a str) -> Self {
        Self::of(row, row)
    }
}

/// Predicates that together reach what the scopes of a permission reach: those of which no two reach the same row, and
/// those that may overlap with others.
fn reached(
    rights: &Rights,
    permission: Permission,
    scopes: Scopes,
    place: Place<'_>,
    binds: &mut Binds,
) -> (Vec<String>, Vec<String>) {
    let (mut disjoint, mut overlapping) = (Vec::new(), Vec::new());
    let customer = place.customer;
    match Subject::of(permission) {
        _ if scopes.contains(Scope::All) => disjoint.push("true".to_owned()),
        Subject::User if scopes.contains(Scope::Names) => disjoint.push("true".to_owned()),
        // What belongs to a user is visible as the user is.
        Subject::User => disjoint.extend(one_of(scopes, Scope::Own, &format!("{customer}.id"), binds)),
        Subject::Notification => disjoint.extend(own(scopes, &format!("{}.user_id", place.row), binds)),
        Subject::Work => {
            disjoint.extend(one_of(scopes, Scope::Own, &format!("{}.owner_user_id", place.row), binds));
            overlapping.extend(held(scopes, Scope::Held, place, binds));
            overlapping.extend(pooled(rights, scopes, customer, binds));
            if scopes.contains(Scope::Entered) {
                overlapping.push(format!("{customer}.created_by = {}", binds.me()));
            }
            if scopes.contains(Scope::Delivered) {
                overlapping.push(format!("{}.delivered_at is not null", place.row));
            }
        }
        Subject::Target => disjoint.extend(one_of(scopes, Scope::Own, &format!("{}.user_id", place.row), binds)),
        Subject::Pool => {
            disjoint.extend(one_of(scopes, Scope::Own, &format!("{}.administrator_user_id", place.row), binds));
            if scopes.contains(Scope::Pool) {
                overlapping.push(of_member(rights, &format!("{}.id", place.row), binds).unwrap_or("true".to_owned()));
            }
        }
        Subject::Import => disjoint.extend(own(scopes, &format!("{}.created_by", place.row), binds)),
        Subject::Batch => {
            disjoint.extend(one_of(scopes, Scope::Own, &format!("{}.operator_user_id", place.row), binds))
        }
        Subject::Fact => {
            disjoint.extend(one_of(scopes, Scope::Own, &format!("{}.user_id", place.row), binds));
            if scopes.contains(Scope::Team) {
                // What somebody did while they were below the viewer.
                let below = format!("select l.id from placement l where l.above @> array[{}]::uuid[]", binds.me());
                overlapping.push(format!("{}.placement_id = any(array({below}))", place.row));
            }
        }
        Subject::Customer => {
            disjoint.extend(held(scopes, Scope::Own, place, binds));
            disjoint.extend(pooled(rights, scopes, customer, binds));
            if scopes.contains(Scope::Entered) {
                overlapping.push(format!("{customer}.created_by = {}", binds.me()));
            } else if scopes.contains(Scope::EnteredPooled) && !scopes.contains(Scope::PoolAll) {
                overlapping
                    .push(format!("{customer}.created_by = {} and {customer}.owner_user_id is null", binds.me()));
            }
            if scopes.contains(Scope::Ordered) {
                overlapping.push(format!("{customer}.has_ordered"));
            }
            if place.row != customer {
                let column = |column: &&str| one_of(scopes, Scope::Own, &format!("{}.{column}", place.row), binds);
                overlapping.extend(who_did(permission).iter().filter_map(column));
            }
        }
    }
    (disjoint, overlapping)
}

/// The columns of a fact about a customer that name whose fact it is, so that they and their superiors still see it when
/// the customer has moved on: the author of a follow-up; who did an operation, and who lost or got a customer by it.
fn who_did(permission: Permission) -> &'static [&'static str] {
    match (permission.resource, permission.action) {
        (Resource::FollowUp, Action::Read) => &["author_user_id"],
        (Resource::Operation, Action::Read) => &["operator_user_id", "previous_owner_user_id", "new_owner_user_id"],
        _ => &[],
    }
}

/// Disjoint predicates, each of which an index can serve, that together reach what the scopes of a permission reach. An
/// empty list reaches no row, `["true"]` every row.
pub fn branches(
    rights: &Rights,
    permission: Permission,
    scopes: Scopes,
    place: Place<'_>,
    binds: &mut Binds,
) -> Vec<String> {
    let (disjoint, overlapping) = reached(rights, permission, scopes, place, binds);
    let without_others = overlapping.iter().enumerate().map(|(place, predicate)| {
        let others = disjoint.iter().chain(&overlapping[..place]);
        let others: String = others.map(|other| format!(" and ({other}) is not true")).collect();
        format!("{predicate}{others}")
    });
    disjoint.iter().cloned().chain(without_others).collect()
}

/// One predicate that says whether the scopes of a permission reach the row.
pub fn predicate(
    rights: &Rights,
    permission: Permission,
    scopes: Scopes,
    place: Place<'_>,
    binds: &mut Binds,
) -> String {
    let (disjoint, overlapping) = reached(rights, permission, scopes, place, binds);
    let mut all = [disjoint, overlapping].concat();
    // The column that is already computed comes first: it costs least.
    all.sort_by_key(|one| place.is_owned_by_team != Some(one));
    match all.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("(({}))", several.join(") or (")),
    }
}

/// Whether a column names the viewer (if the scope `mine` is held) or somebody of the team (if `Team` is held).
fn one_of(scopes: Scopes, mine: Scope, column: &str, binds: &mut Binds) -> Option<String> {
    match (scopes.contains(mine), scopes.contains(Scope::Team)) {
        (true, true) => Some(format!("{column} = any({})", binds.team_and_me())),
        (false, true) => Some(format!("{column} = any({})", binds.team())),
        (true, false) => Some(format!("{column} = {}", binds.me())),
        (false, false) => None,
    }
}

/// Whether the viewer owns the customer (if the scope `mine` is held) or somebody of the team does (if `Team` is held).
fn held(scopes: Scopes, mine: Scope, place: Place<'_>, binds: &mut Binds) -> Option<String> {
    match place.is_owned_by_team {
        Some(known) if scopes.contains(mine) && scopes.contains(Scope::Team) => Some(known.to_owned()),
        _ => one_of(scopes, mine, &format!("{}.owner_user_id", place.customer), binds),
    }
}

/// Whether a column names the viewer, if the scope `Own` is held.
fn own(scopes: Scopes, column: &str, binds: &mut Binds) -> Option<String> {
    scopes.contains(Scope::Own).then(|| format!("{column} = {}", binds.me()))
}

/// Whether the customer is in the pool: in any (if the scope `PoolAll` is held), or in one of which the viewer is a member, and not
/// blacklisted (if `Pool` is held).
fn pooled(rights: &Rights, scopes: Scopes, customer: &str, binds: &mut Binds) -> Option<String> {
    if scopes.contains(Scope::PoolAll) {
        Some(format!("{customer}.owner_user_id is null"))
    } else if scopes.contains(Scope::Pool) {
        let of_member = of_member(rights, &format!("{customer}.pool_id"), binds);
        let of_member = of_member.map(|of_member| format!(" and {of_member}")).unwrap_or_default();
        Some(format!("{customer}.owner_user_id is null and {customer}.blacklisted_at is null{of_member}"))
    } else {
        None
    }
}

/// Whether a column names a pool of which the viewer is a member; `None` if there is only the default pool, which is everybody's.
fn of_member(rights: &Rights, column: &str, binds: &mut Binds) -> Option<String> {
    rights.pools.as_ref().map(|_| format!("{column} = any({})", binds.pools()))
}

/// Two columns: whether the permission to read reaches the row, and whether another permission does. [`reach_in`] reads
/// them.
pub fn reach_columns(
    rights: &Rights,
    read: Permission,
    other: Permission,
    place: Place<'_>,
    binds: &mut Binds,
) -> String {
    let [seen, permitted] =
        [read, other].map(|permission| predicate(rights, permission, rights.scopes(permission), place, binds));
    format!("coalesce({seen}, false), coalesce({permitted}, false)")
}

/// Reads the [`reach_columns`] of a row; the first of them is column `at`.
pub fn reach_in(row: &PgRow, at: usize) -> sqlx::Result<Reach> {
    Ok(Reach { is_seen: row.try_get(at)?, is_permitted: row.try_get(at + 1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Ask<T> = fn(&Rights, Permission, Scopes, Place<'_>, &mut Binds) -> T;

    fn ask<T>(resource: Resource, scopes: &[Scope], ask: Ask<T>) -> T {
        let scopes = scopes.iter().fold(Scopes::NONE, |set, &scope| set.with(scope));
        let read = Permission::to(Action::Read, resource);
        ask(&Rights::of_nobody(), read, scopes, Place::of("t", "c"), &mut Binds::default())
    }

    /// The same for a member of some of several pools.
    fn ask_of_member<T>(resource: Resource, scopes: &[Scope], ask: Ask<T>) -> T {
        let rights = Rights { pools: Some(std::sync::Arc::default()), ..Rights::of_nobody() };
        let scopes = scopes.iter().fold(Scopes::NONE, |set, &scope| set.with(scope));
        let read = Permission::to(Action::Read, resource);
        ask(&rights, read, scopes, Place::of("t", "c"), &mut Binds::default())
    }

    #[test]
    fn of_several_pools_a_member_sees_their_own() {
        assert_eq!(
            ask_of_member(Resource::Customer, &[Scope::Pool], predicate),
            "c.owner_user_id is null and c.blacklisted_at is null and c.pool_id = any($1)"
        );
        assert_eq!(
            ask_of_member(Resource::Customer, &[Scope::Pool, Scope::PoolAll], predicate),
            "c.owner_user_id is null"
        );
        assert_eq!(ask_of_member(Resource::Pool, &[Scope::Pool], predicate), "t.id = any($1)");
        assert_eq!(ask(Resource::Pool, &[Scope::Pool], predicate), "true");
    }

    #[test]
    fn no_scope_reaches_no_row_and_all_reaches_every_row() {
        assert_eq!(ask(Resource::Customer, &[], predicate), "false");
        assert_eq!(ask(Resource::Customer, &[], branches), Vec::<String>::new());
        assert_eq!(ask(Resource::Customer, &[Scope::Own, Scope::All], predicate), "true");
        assert_eq!(ask(Resource::Customer, &[Scope::Own, Scope::All], branches), ["true"]);
    }

    #[test]
    fn the_predicates_of_scopes_are_joined_with_or() {
        assert_eq!(
            ask(Resource::Customer, &[Scope::Own, Scope::Pool], predicate),
            "((c.owner_user_id = $1) or (c.owner_user_id is null and c.blacklisted_at is null))"
        );
    }

    #[test]
    fn a_computed_column_replaces_the_test_of_the_owner() {
        let scopes = [Scope::Own, Scope::Held, Scope::Team].iter().fold(Scopes::NONE, |set, &scope| set.with(scope));
        let read = Permission::to(Action::Read, Resource::Order);
        let place = Place { is_owned_by_team: Some("c.is_owned_by_team"), ..Place::of("t", "c") };
        assert_eq!(
            predicate(&Rights::of_nobody(), read, scopes, place, &mut Binds::default()),
            "((c.is_owned_by_team) or (t.owner_user_id = any($1)))"
        );
        // The column is also true for the viewer's own customers, so the scope `Team` alone can't use it.
        let below = Scopes::NONE.with(Scope::Team);
        assert_eq!(
            predicate(&Rights::of_nobody(), read, below, place, &mut Binds::default()),
            "((t.owner_user_id = any($1)) or (c.owner_user_id = any($1)))"
        );
    }

    #[test]
    fn a_fact_is_seen_by_whom_it_names_and_their_superiors() {
        assert_eq!(
            ask(Resource::FollowUp, &[Scope::Own, Scope::Team], branches),
            ["c.owner_user_id = any($1)", "t.author_user_id = any($1) and (c.owner_user_id = any($1)) is not true"]
        );
        assert_eq!(
            ask(Resource::Operation, &[Scope::Own], predicate),
            "((c.owner_user_id = $1) or (t.operator_user_id = $1) or (t.previous_owner_user_id = $1) or (t.new_owner_user_id = $1))"
        );
    }

    #[test]
    fn branches_are_disjoint() {
        assert_eq!(
            ask(Resource::Customer, &[Scope::PoolAll, Scope::Entered], branches),
            ["c.owner_user_id is null", "c.created_by = $1 and (c.owner_user_id is null) is not true"]
        );
    }

    #[test]
    fn opportunities_and_orders_are_tested_by_their_own_owner() {
        assert_eq!(
            ask(Resource::Order, &[Scope::Own, Scope::Held], predicate),
            "((t.owner_user_id = $1) or (c.owner_user_id = $1))"
        );
        assert_eq!(
            ask(Resource::Order, &[Scope::Own, Scope::Held, Scope::Delivered], branches),
            [
                "t.owner_user_id = $1",
                "c.owner_user_id = $1 and (t.owner_user_id = $1) is not true",
                "t.delivered_at is not null and (t.owner_user_id = $1) is not true and (c.owner_user_id = $1) is not true"
            ]
        );
    }
}
