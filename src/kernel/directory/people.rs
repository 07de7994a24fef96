//! The people of the directory: who they are, and who reports to whom.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::kernel::id::UserId;
use crate::kernel::shared_map::SharedMap;

/// A user in the directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name that others see.
    pub name: String,
    /// The e-mail address with which they sign in.
    pub email: Arc<str>,
    /// Their manager.
    pub manager: Option<UserId>,
    /// Whether the account is open: the user has not departed.
    pub is_active: bool,
    /// The names of their roles, sorted.
    pub roles: Arc<[String]>,
    /// Whether their sign-in has a second factor.
    pub has_second_factor: bool,
}

/// All users, departed users included. A copy shares with its original everybody who was not changed since.
#[derive(Clone, Default)]
pub struct People {
    members: SharedMap<UserId, Member>,
    by_email: SharedMap<Arc<str>, UserId>,
    /// The direct reports of managers, by id.
    reports: SharedMap<UserId, BTreeSet<UserId>>,
}

impl People {
    /// A user.
    pub fn get(&self, user: &UserId) -> Option<&Member> {
        self.members.get(user)
    }

    /// Whether there is such a user.
    pub fn contains_key(&self, user: &UserId) -> bool {
        self.members.contains_key(user)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Everybody, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&UserId, &Member)> {
        self.members.iter()
    }

    /// The user with an e-mail address.
    pub fn with_email(&self, email: &str) -> Option<UserId> {
        self.by_email.get(email.trim().to_lowercase().as_str()).copied()
    }

    /// The direct reports of a user.
    pub fn reports_of(&self, user: UserId) -> Vec<Uuid> {
        self.reports.get(&user).into_iter().flatten().map(|report| report.uuid()).collect()
    }

    /// Everyone below a user in the reporting tree, at any depth, ordered by id.
    pub fn everyone_below(&self, user: UserId) -> Vec<Uuid> {
        let (mut below, mut managers) = (Vec::new(), vec![user]);
        while let Some(manager) = managers.pop() {
            for &report in self.reports.get(&manager).into_iter().flatten() {
                below.push(report.uuid());
                managers.push(report);
            }
        }
        below.sort_unstable();
        below
    }

    /// Everyone above a user in the reporting tree, the direct manager first.
    pub fn everyone_above(&self, user: UserId) -> Vec<UserId> {
        let manager = |user: &UserId| self.get(user).and_then(|member| member.manager);
        std::iter::successors(manager(&user), manager).collect()
    }

    /// Whether a user is below another in the reporting tree, at any depth.
    pub fn is_below(&self, user: UserId, above: UserId) -> bool {
        self.everyone_above(user).contains(&above)
    }

    /// Changes a user, if there is one with this id.
    pub fn change(&mut self, user: UserId, change: impl FnOnce(&mut Member)) {
        if let Some(mut member) = self.get(&user).cloned() {
            change(&mut member);
            self.set(user, member);
        }
    }

    /// Sets what is known of a user.
    pub(super) fn set(&mut self, user: UserId, member: Member) {
        let (email, manager) = (member.email.clone(), member.manager);
        let before = self.members.insert(user, member);
        let (email_before, manager_before) = before.map(|before| (before.email, before.manager)).unzip();
        if let Some(before) = email_before.filter(|before| *before != email)
            && self.by_email.get(&*before) == Some(&user)
        {
            self.by_email.remove(&*before);
        }
        self.by_email.insert(email, user);
        let manager_before = manager_before.flatten();
        if manager_before != manager {
            if let Some(before) = manager_before {
                self.reports.entry(before).remove(&user);
            }
            if let Some(manager) = manager {
                self.reports.entry(manager).insert(user);
            }
        }
    }

    /// Everybody whose rights may not be those of before, after these users were changed: they, and everybody who was or is above those
    /// who have another manager, because their teams are others.
    pub(super) fn affected_since(&self, before: &Self, changed: &[UserId]) -> HashSet<UserId> {
        let manager = |people: &Self, user: UserId| people.get(&user).and_then(|member| member.manager);
        let moved = changed.iter().copied().filter(|&user| manager(before, user) != manager(self, user));
        let superiors = moved.flat_map(|user| [before.everyone_above(user), self.everyone_above(user)].concat());
        changed.iter().copied().chain(superiors).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    fn member(number: u128, manager: Option<u128>) -> Member {
        Member {
            name: format!("User {number}"),
            email: format!("{number}@example.com").into(),
            manager: manager.map(id),
            is_active: true,
            roles: Arc::default(),
            has_second_factor: false,
        }
    }

    #[test]
    fn the_teams_of_others_than_those_affected_are_what_they_were() {
        let (mut rng, count) = (fastrand::Rng::with_seed(1), 60);
        let mut people = People::default();
        for number in 0..count {
            let manager = (number > 0).then(|| rng.u128(0..number));
            people.set(id(number), member(number, manager));
        }
        for _ in 0..300 {
            let before = people.clone();
            let mut changed = Vec::new();
            for _ in 0..rng.usize(1..5) {
                let (user, manager) = (rng.u128(0..count + 1), rng.u128(0..count));
                if user != manager && !people.is_below(id(manager), id(user)) {
                    people.set(id(user), member(user, rng.bool().then_some(manager)));
                    changed.push(id(user));
                }
            }
            let affected = people.affected_since(&before, &changed);
            for user in (0..=count).map(id).filter(|user| !affected.contains(user)) {
                assert_eq!(people.everyone_below(user), before.everyone_below(user));
            }
            for user in (0..=count).map(id) {
                let below = |other: &UserId| people.everyone_above(*other).contains(&user);
                let all: Vec<_> = (0..=count).map(id).filter(below).map(UserId::uuid).collect();
                assert_eq!(people.everyone_below(user), all);
            }
        }
    }

    #[test]
    fn a_user_is_found_by_the_present_address() {
        let mut people = People::default();
        people.set(id(1), member(1, None));
        people.set(id(2), member(2, None));
        // An address may go from one user to another one in any order.
        people.change(id(2), |member| member.email = "1@example.com".into());
        people.change(id(1), |member| member.email = "new@example.com".into());
        assert_eq!(people.with_email(" 1@Example.com "), Some(id(2)));
        assert_eq!(people.with_email("new@example.com"), Some(id(1)));
        assert_eq!(people.with_email("2@example.com"), None);
    }
}
