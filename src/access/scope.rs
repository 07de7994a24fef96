//! Scopes become SQL here, and nowhere else: lists, nested fields, counts, masks, locks and filters all ask this file.

use super::{Scope, Scopes};
use crate::sql::Binds;

/// What the row is that a scope looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A row of `customer`: what hangs off a customer is seen as its customer is.
    Customer,
    /// A row of `app_user`.
    User,
    /// A row of `notification`.
    Notification,
}

/// Disjoint predicates over the row `alias`, each of which an index can serve; together they are what the scopes
/// reach. None: no row. `["true"]`: every row.
pub fn branches(subject: Subject, scopes: Scopes, alias: &str, binds: &mut Binds) -> Vec<String> {
    let mut reached: Vec<String> = Vec::new();
    match subject {
        _ if scopes.contains(Scope::All) => return vec!["true".to_owned()],
        Subject::User => {
            if scopes.contains(Scope::Names) {
                return vec!["true".to_owned()];
            }
            match (scopes.contains(Scope::Own), scopes.contains(Scope::Team)) {
                (true, true) => reached.push(format!("{alias}.id = any({})", binds.team_and_me())),
                (false, true) => reached.push(format!("{alias}.id = any({})", binds.team())),
                (true, false) => reached.push(format!("{alias}.id = {}", binds.me())),
                (false, false) => {}
            }
        }
        Subject::Notification => {
            if scopes.contains(Scope::Own) {
                reached.push(format!("{alias}.user_id = {}", binds.me()));
            }
        }
        Subject::Customer => {
            match (scopes.contains(Scope::Own), scopes.contains(Scope::Team)) {
                (true, true) => reached.push(format!("{alias}.owner_user_id = any({})", binds.team_and_me())),
                (false, true) => reached.push(format!("{alias}.owner_user_id = any({})", binds.team())),
                (true, false) => reached.push(format!("{alias}.owner_user_id = {}", binds.me())),
                (false, false) => {}
            }
            if scopes.contains(Scope::PoolAll) {
                reached.push(format!("{alias}.owner_user_id is null"));
            } else if scopes.contains(Scope::Pool) {
                reached.push(format!("{alias}.owner_user_id is null and {alias}.blacklisted_at is null"));
            }
            let entered = scopes.contains(Scope::Entered);
            if entered || scopes.contains(Scope::EnteredPooled) && !scopes.contains(Scope::PoolAll) {
                let pooled = if entered { String::new() } else { format!(" and {alias}.owner_user_id is null") };
                let not_yet: String = reached.iter().map(|branch| format!(" and ({branch}) is not true")).collect();
                reached.push(format!("{alias}.created_by = {}{pooled}{not_yet}", binds.me()));
            }
        }
    }
    reached
}

/// One predicate over the row `alias`: whether the scopes reach it.
pub fn predicate(subject: Subject, scopes: Scopes, alias: &str, binds: &mut Binds) -> String {
    match branches(subject, scopes, alias, binds).as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("(({}))", several.join(") or (")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(scopes: &[Scope]) -> String {
        let scopes = scopes.iter().fold(Scopes::NONE, |set, &scope| set.with(scope));
        predicate(Subject::Customer, scopes, "c", &mut Binds::default())
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
}
