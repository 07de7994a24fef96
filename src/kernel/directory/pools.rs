//! The public pools of the directory: which there are, who their members are, and what limits claims from them.

use std::sync::Arc;

use chrono::TimeDelta;
use uuid::Uuid;

use super::People;
use crate::kernel::id::{DEFAULT_POOL, PoolId, UserId};

/// A public pool that is not archived.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// The user who administers it.
    pub administrator: Option<UserId>,
    /// Which customers come into it when they come into the public pool; `None`: those that are moved to it.
    pub condition: Option<String>,
    /// For how long it protects what is released into it; `None`: what the settings say.
    pub protection_period: Option<TimeDelta>,
    /// The most customers of the pool that a rep may own; `None`: what the settings say.
    pub max_owned_customers: Option<i32>,
    /// The most customers that a rep may claim from the pool in a day; `None`: what the settings say.
    pub max_claims_per_day: Option<i32>,
    /// Its members, besides its administrator. The default pool needs none: it is everybody's.
    pub members: Vec<PoolMember>,
}

/// A member of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolMember {
    /// The user.
    pub user: UserId,
    /// Whether everybody below the user is a member, too.
    pub with_team: bool,
}

/// The pools that are not archived, those with the larger priority first.
#[derive(Debug, Clone, Default)]
pub struct Pools(Vec<Pool>);

impl Pools {
    /// These pools.
    pub fn of(pools: Vec<Pool>) -> Self {
        Self(pools)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Pool> {
        self.0.iter()
    }

    /// Whether there are others than the default one.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// The pool with an id, unless it is archived.
    pub fn get(&self, id: PoolId) -> Option<&Pool> {
        self.0.iter().find(|pool| pool.id == id)
    }

    /// The pools of which a user is a member, in the order of their ids; `None` if there is only the default one.
    pub(super) fn of_member(&self, user: UserId, people: &People) -> Option<Arc<Vec<Uuid>>> {
        if !self.are_several() {
            return None;
        }
        let above = people.everyone_above(user);
        let is_one = |member: &PoolMember| member.user == user || member.with_team && above.contains(&member.user);
        let has = |pool: &&Pool| {
            pool.id == DEFAULT_POOL || pool.administrator == Some(user) || pool.members.iter().any(is_one)
        };
        let mut pools: Vec<_> = self.0.iter().filter(has).map(|pool| pool.id.uuid()).collect();
        pools.sort_unstable();
        Some(Arc::new(pools))
    }

    /// Whether any pool has members with their teams.
    pub(super) fn have_teams(&self) -> bool {
        self.0.iter().any(|pool| pool.members.iter().any(|member| member.with_team))
    }

    /// Whether any pool has a limit of its own.
    pub fn have_limits(&self) -> bool {
        self.0.iter().any(|pool| pool.max_claims_per_day.is_some() || pool.max_owned_customers.is_some())
    }

    /// The limit of claims in a day from a pool that is the pool's own.
    pub fn max_claims_per_day(&self, id: PoolId) -> Option<i32> {
        self.get(id)?.max_claims_per_day
    }

    /// The limit of owned customers of a pool that is the pool's own.
    pub fn max_owned_customers(&self, id: PoolId) -> Option<i32> {
        self.get(id)?.max_owned_customers
    }
}

#[cfg(test)]
mod tests {
    use super::super::Member;
    use super::*;

    fn id(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    fn pool(number: u128, administrator: Option<u128>, members: &[(u128, bool)]) -> Pool {
        let members = members.iter().map(|&(user, with_team)| PoolMember { user: id(user), with_team });
        Pool {
            id: if number == 0 { DEFAULT_POOL } else { Uuid::from_u128(number).into() },
            name: String::new(),
            administrator: administrator.map(id),
            condition: None,
            protection_period: None,
            max_owned_customers: None,
            max_claims_per_day: None,
            members: members.collect(),
        }
    }

    /// 1 above 2 above 3; 4 alone.
    fn people() -> People {
        let mut people = People::default();
        for (number, manager) in [(1, None), (2, Some(1)), (3, Some(2)), (4, None)] {
            let email = format!("{number}@example.com").into();
            let name = String::new();
            let manager = manager.map(id);
            let roles = Arc::default();
            people.set(id(number), Member { name, email, manager, is_active: true, roles, has_second_factor: false });
        }
        people
    }

    #[test]
    fn members_are_users_teams_and_the_administrator() {
        let pools = Pools::of(vec![
            pool(0, None, &[]),
            pool(11, None, &[(2, true)]),
            pool(12, None, &[(2, false)]),
            pool(13, Some(4), &[(1, true)]),
        ]);
        let of = |user| {
            let pools = pools.of_member(id(user), &people()).unwrap();
            pools.iter().map(|id| id.as_u128()).filter(|id| *id < 100).collect::<Vec<_>>()
        };
        assert_eq!([of(1), of(2), of(3), of(4)], [vec![13], vec![11, 12, 13], vec![11, 13], vec![13]]);
        assert!(pools.of_member(id(4), &people()).unwrap().contains(&DEFAULT_POOL.uuid()));
    }

    #[test]
    fn the_only_pool_needs_no_members() {
        assert_eq!(Pools::of(vec![pool(0, None, &[])]).of_member(id(1), &people()), None);
    }
}
