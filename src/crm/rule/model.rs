//! What pool rules are to the operations on them: rows, inputs and permissions.

use super::Action;
use crate::kernel::access::{self, Permission, Resource};
use crate::kernel::audit::shown;
use crate::kernel::scalar::name_of;

/// Permission to read pool rules.
pub const READ: Permission = Permission::to(access::Action::Read, Resource::PoolRule);
/// Permission to create and update pool rules.
pub const WRITE: Permission = Permission::to(access::Action::Write, Resource::PoolRule);
/// Permission to preview what a rule would do.
pub const PREVIEW: Permission = Permission::to(access::Action::Preview, Resource::PoolRule);

/// The fields of a rule. Users edit all of them but the action.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub condition: String,
    pub action: Action,
    pub days_ahead: Option<i32>,
    pub max_per_run: Option<i32>,
    pub keeps_unapproved: bool,
    pub priority: i32,
    pub schedule: Option<String>,
    pub workdays: bool,
    pub enabled: bool,
}

impl Draft {
    /// The fields with their names in the API.
    pub fn shown(&self) -> [(&'static str, String); 9] {
        [
            ("name", self.name.clone()),
            ("condition", self.condition.clone()),
            ("action", name_of(self.action).to_owned()),
            ("daysAhead", shown(self.days_ahead)),
            ("maxPerRun", shown(self.max_per_run)),
            ("priority", self.priority.to_string()),
            ("schedule", shown(self.schedule.as_ref())),
            ("workdays", self.workdays.to_string()),
            ("isEnabled", self.enabled.to_string()),
        ]
    }

    /// The part of the rule that decides which customers it takes.
    pub fn terms(&self) -> Terms {
        let Self { action, priority, days_ahead, workdays, .. } = *self;
        Terms { condition: self.condition.clone(), action, priority, days_ahead, workdays }
    }

    /// How a run of the rule chooses from the customers that match. Only a run that releases customers stops.
    pub fn limits(&self) -> Limits {
        let Self { action, max_per_run: most, keeps_unapproved, .. } = *self;
        Limits { most, stops: action == Action::ReleaseToPool, keeps_unapproved }
    }
}

/// What a user changes: `None` keeps the value.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub condition: Option<String>,
    pub days_ahead: Option<i32>,
    /// `Some(None)` removes the limit.
    pub max_per_run: Option<Option<i32>>,
    pub keeps_unapproved: Option<bool>,
    pub priority: Option<i32>,
    pub schedule: Option<String>,
    pub workdays: Option<bool>,
    pub enabled: Option<bool>,
}

/// The part of a rule that decides which customers it takes.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The condition.
    pub condition: String,
    /// What the rule does.
    pub action: Action,
    /// The priority. Rules that keep customers win over other rules of the same or a lower priority.
    pub priority: i32,
    /// For rules that warn: how many days before the condition matches the owner is warned.
    pub days_ahead: Option<i32>,
    /// Whether days off are left out of every day count.
    pub workdays: bool,
}

/// How the runs of a rule choose from the customers that match.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most customers of a run.
    pub most: Option<i32>,
    /// Whether a run stops for safety.
    pub stops: bool,
    /// Whether customers that wait because one owner would lose many stay if nobody approves.
    pub keeps_unapproved: bool,
}

/// A rule that keeps customers out of the pool.
#[derive(Debug)]
pub struct Keep {
    /// The name of the rule.
    pub name: String,
    /// The condition of the rule.
    pub condition: String,
    /// Whether days off are left out of every day count.
    pub workdays: bool,
}
