//! What every server keeps in memory: people and their tree, the policy, settings, choices, definitions of extra fields.
//!
//! One revision in the database counts every change of any of it; [`App`](crate::kernel::app::App) looks at it several times a
//! second and loads all of it again when it has moved.

mod calendar;
mod settings;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::kernel::access::{Policy, PolicyError, PolicyLine, Rights};
use crate::kernel::error::UserError;
use crate::kernel::id::{PoolRuleId, UserId};
pub use calendar::{Calendar, CalendarDay, Weekday};
pub use settings::Settings;
pub use store::{PollResult, load, poll, read};

/// One consistent picture of all of it.
pub struct Directory {
    /// The revision that this is the picture of.
    pub revision: i64,
    /// Everybody, departed users too.
    pub people: HashMap<UserId, Member>,
    /// The policy in force.
    pub policy: Policy,
    /// Its lines.
    pub policy_lines: Vec<PolicyLine>,
    /// The shared settings.
    pub settings: Settings,
    /// What customers are classified by, in the order of their kinds and positions.
    pub choices: Vec<Choice>,
    /// The fields that this installation adds to customers, in their order.
    pub extra_fields: Vec<ExtraField>,
    /// The steps of the pipeline, in their order.
    pub stages: Vec<Stage>,
    /// The roles, by name.
    pub roles: Vec<Role>,
    /// The pool rules that are on, the highest priority first.
    pub pool_rules: Vec<PoolRule>,
    /// Whether anybody was or will be away.
    pub has_absences: bool,
    reports: HashMap<UserId, Vec<UserId>>,
    rights: Mutex<HashMap<UserId, Arc<Rights>>>,
}

/// A user, as the directory knows them.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name that others see.
    pub name: String,
    /// The address by which they sign in.
    pub email: String,
    /// Whom they answer to.
    pub manager: Option<UserId>,
    /// Not departed.
    pub is_active: bool,
    /// The names of their roles, in order.
    pub roles: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct Role {
    /// The name by which the policy knows it.
    pub name: String,
    /// What people call it, in English.
    pub title_en: String,
    /// What people call it, in Chinese.
    pub title_zh: String,
    /// Whether HR may give it to new users.
    pub grantable_by_hr: bool,
}

/// What a choice classifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum ChoiceKind {
    /// Where a customer came from.
    Source,
    /// What it does.
    Industry,
    /// How many people it has.
    Size,
    /// How important it is.
    Level,
    /// Where it is.
    Region,
}

/// One value that customers can be classified by.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct Choice {
    /// What it classifies.
    pub kind: ChoiceKind,
    /// The value that customers carry.
    pub code: String,
    /// What people call it, in English.
    pub name_en: String,
    /// What people call it, in Chinese.
    pub name_zh: String,
    /// Whether it can be given to a customer; old customers keep it.
    pub active: bool,
}

/// The type of an extra field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum ExtraType {
    /// Text of at most 1,000 characters.
    Text,
    /// A decimal number with at most 14 digits before the point and 6 behind it.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date, `YYYY-MM-DD`.
    Date,
}

/// A field that this installation adds to its customers.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct ExtraField {
    /// Its name in `extras`.
    pub key: String,
    /// The type of its values.
    #[graphql(name = "type")]
    pub kind: ExtraType,
    /// What people call it, in English.
    pub label_en: String,
    /// What people call it, in Chinese.
    pub label_zh: String,
    /// Personal data: seen by those alone who may read the customer's contacts.
    pub personal: bool,
    /// Whether it can be given to a customer.
    pub active: bool,
}

/// Whether opportunities in a stage are open, or how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum StageKind {
    /// Still pursued.
    Open,
    /// The customer buys.
    Won,
    /// The customer buys from somebody else, or not at all.
    Lost,
    /// There never was anything to be sold.
    Void,
}

/// A step of the pipeline.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What opportunities carry.
    pub code: String,
    /// Whether opportunities in it are open, or how they ended.
    pub kind: StageKind,
    /// How likely such opportunities are won, in percent, where nobody says otherwise.
    pub probability: i32,
    /// Whether opportunities can be moved there.
    pub active: bool,
}

/// Refuses what is no percentage.
pub fn check_probability(percent: i32) -> Result<(), UserError> {
    let (en, zh) = ("is from 0 to 100", "必须在 0 到 100 之间");
    (0..=100).contains(&percent).then_some(()).ok_or_else(|| UserError::invalid(&["probability"], en, zh))
}

/// What a pool rule does with the customers that its condition matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum PoolRuleAction {
    /// Takes them from their owners: they go to the public pool.
    ReleaseToPool,
    /// Tells their owners, some days before the condition would match. Never decides anything.
    WarnOwner,
    /// Exempts them from rules of the same or a lower priority. Has no schedule.
    Keep,
}

/// A pool rule that is on.
#[derive(Debug, Clone)]
pub struct PoolRule {
    /// Which.
    pub id: PoolRuleId,
    /// The condition, as it was written.
    pub condition: String,
    /// What it does.
    pub action: PoolRuleAction,
    /// The larger wins.
    pub priority: i32,
    /// When it runs, as it was written; what keeps customers has none.
    pub schedule: Option<String>,
    /// Whether it counts working days alone, and runs on them alone.
    pub workdays: bool,
}

impl Directory {
    /// What a user may do; `None` when there is no such active user.
    pub fn rights(&self, user: UserId) -> Result<Option<Arc<Rights>>, PolicyError> {
        let Some(member) = self.people.get(&user).filter(|member| member.is_active) else { return Ok(None) };
        let mut known = self.rights.lock().expect("no panic while held");
        if let Some(rights) = known.get(&user) {
            return Ok(Some(rights.clone()));
        }
        let grants = self.policy.grants(&member.roles)?;
        let rights = Arc::new(Rights { viewer: user, team: Arc::new(self.everyone_below(user)), grants });
        known.insert(user, rights.clone());
        Ok(Some(rights))
    }

    /// Everyone below a user in the tree, at any depth, in the order of their ids.
    fn everyone_below(&self, user: UserId) -> Vec<Uuid> {
        let (mut below, mut waiting) = (Vec::new(), vec![user]);
        while let Some(manager) = waiting.pop() {
            for &report in self.reports.get(&manager).into_iter().flatten() {
                below.push(report.uuid());
                waiting.push(report);
            }
        }
        below.sort_unstable();
        below
    }

    /// Whether somebody is below another in the tree, at any depth.
    pub fn is_below(&self, user: UserId, above: UserId) -> bool {
        self.everyone_below(above).contains(&user.uuid())
    }

    /// The active user who signs in by an address.
    pub fn user_with_email(&self, email: &str) -> Option<UserId> {
        let email = email.trim().to_lowercase();
        self.people.iter().find(|(_, member)| member.is_active && member.email == email).map(|(user, _)| *user)
    }

    /// Who answers to somebody directly.
    pub fn reports_of(&self, user: UserId) -> Vec<Uuid> {
        self.reports.get(&user).into_iter().flatten().map(|report| report.uuid()).collect()
    }

    /// Whether a code is a choice of its kind that can be given to a customer.
    pub fn is_choice(&self, kind: ChoiceKind, code: &str) -> bool {
        self.choices.iter().any(|choice| choice.kind == kind && choice.active && choice.code == code)
    }

    /// A stage that opportunities can be moved to.
    pub fn stage(&self, code: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.code == code && stage.active)
    }

    /// The first stage of a kind.
    pub fn stage_of(&self, kind: StageKind) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == kind && stage.active)
    }

    /// The definition of an extra field.
    pub fn extra_field(&self, key: &str) -> Option<&ExtraField> {
        self.extra_fields.iter().find(|field| field.key == key)
    }
}
