//! The directory, which every server keeps in memory: users and the reporting tree, the policy, settings, choices, and
//! definitions of extra fields.
//!
//! One revision in the database counts every change of the directory. [`App`](crate::kernel::app::App) polls it several
//! times a second. When it has changed, the server reads the users who were changed since, and the definitions if any of them
//! was; a copy of the directory shares the rest with the one before.

mod api_key;
mod calendar;
mod people;
mod pools;
mod settings;
mod store;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use crate::kernel::access::{Permission, Policy, PolicyError, PolicyLine, Rights};
use crate::kernel::error::UserError;
use crate::kernel::id::{ApiKeyId, PoolRuleId, UserId};
use crate::kernel::session::TokenHash;
use crate::kernel::shared_map::SharedMap;
pub use api_key::ApiKey;
use api_key::ApiKeys;
pub use calendar::{Calendar, CalendarDay, Weekday};
pub use people::{Member, People};
pub use pools::{Pool, PoolMember, Pools};
pub use settings::{Country, DateOrder, DecimalMark, Settings};
pub use store::{PollResult, load, poll, read, refresh, since};

/// The rights of users, and of API keys of users, that were asked for.
type KnownRights = SharedMap<UserId, HashMap<Option<ApiKeyId>, Arc<Rights>>>;

/// The directory as of one revision.
pub struct Directory {
    /// The revision.
    pub revision: i64,
    /// All users, departed users included.
    pub people: People,
    /// Whether there is any absence: past, present or future.
    pub has_absences: bool,
    /// Where the database is. A revision means something there only.
    place: String,
    definitions: Arc<Definitions>,
    rights: Mutex<KnownRights>,
}

/// Everything of the directory that does not grow with the number of users. It is read as a whole.
pub struct Definitions {
    /// The revision of the directory with which it was read.
    as_of: i64,
    /// The policy in force.
    pub policy: Policy,
    /// The lines of the policy.
    pub policy_lines: Vec<PolicyLine>,
    /// The shared settings.
    pub settings: Settings,
    /// The choices that classify customers and opportunities, ordered by kind and position.
    pub choices: Vec<Choice>,
    /// The definitions of extra fields, in their order.
    pub extra_fields: Vec<ExtraField>,
    /// The stages of opportunities, in their order.
    pub stages: Vec<Stage>,
    /// The roles, by name.
    pub roles: Vec<Role>,
    /// The public pools that are not archived.
    pub pools: Pools,
    /// The enabled pool rules, the highest priority first.
    pub pool_rules: Vec<PoolRule>,
    api_keys: ApiKeys,
}

/// The definitions are read as parts of the directory.
impl Deref for Directory {
    type Target = Definitions;

    fn deref(&self) -> &Definitions {
        &self.definitions
    }
}

/// A role.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct Role {
    /// The name of the role in the policy.
    pub name: String,
    /// The English title.
    pub title_en: String,
    /// The Chinese title.
    pub title_zh: String,
    /// Whether HR may give this role to new users.
    pub grantable_by_hr: bool,
    /// Whether users with this role have no rights until they have a second factor.
    pub requires_second_factor: bool,
}

/// The property of a customer or an opportunity that a choice is a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum ChoiceKind {
    /// The source: how the customer was found.
    Source,
    /// The industry.
    Industry,
    /// The size, by number of employees.
    Size,
    /// The level: how important the customer is.
    Level,
    /// The region.
    Region,
    /// Why an opportunity is lost.
    LostReason,
    /// Who competes for an opportunity.
    Competitor,
}

/// A value that classifies customers or opportunities.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct Choice {
    /// The property that it is a value of.
    pub kind: ChoiceKind,
    /// The value that is stored in customers or opportunities.
    pub code: String,
    /// The English name.
    pub name_en: String,
    /// The Chinese name.
    pub name_zh: String,
    /// Whether it can be given to customers or opportunities. Those that have an inactive choice keep it.
    pub active: bool,
}

/// The type of an extra field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum ExtraType {
    /// Text of at most 1,000 characters.
    Text,
    /// A decimal number with at most 14 digits before the decimal point and 6 after it.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date, `YYYY-MM-DD`.
    Date,
}

/// The definition of an extra field: a field of customers that this installation adds.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct ExtraField {
    /// The key of the field in `extras`.
    pub key: String,
    /// The type of its values.
    #[graphql(name = "type")]
    pub kind: ExtraType,
    /// The English label.
    pub label_en: String,
    /// The Chinese label.
    pub label_zh: String,
    /// Whether its values are personal data, which are shown only to users who may read the customer's contacts.
    pub personal: bool,
    /// Whether it can be set. Customers keep the values of an inactive field.
    pub active: bool,
}

/// The kind of a stage: whether opportunities in it are open, or how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum StageKind {
    /// The opportunity is open.
    Open,
    /// The customer bought.
    Won,
    /// The customer bought from somebody else, or did not buy.
    Lost,
    /// There was never anything to sell, for example because the opportunity was entered by mistake.
    Void,
}

impl StageKind {
    /// Whether nothing was sold.
    pub fn is_lost_or_void(self) -> bool {
        matches!(self, Self::Lost | Self::Void)
    }
}

/// A stage of opportunities.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The value that is stored in opportunities.
    pub code: String,
    /// Whether opportunities in it are open, or how they ended.
    pub kind: StageKind,
    /// The probability of winning that opportunities get in this stage by default, in percent.
    pub probability: i32,
    /// Whether opportunities can be moved to it.
    pub active: bool,
    /// Its names in English and Chinese.
    pub names: [String; 2],
}

/// Refuses a probability outside of 0 to 100 percent.
pub fn check_probability(percent: i32) -> Result<(), UserError> {
    let (en, zh) = ("must be from 0 to 100", "必须在 0 到 100 之间");
    (0..=100).contains(&percent).then_some(()).ok_or_else(|| UserError::invalid(&["probability"], en, zh))
}

/// What a pool rule does with the customers that its condition matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum PoolRuleAction {
    /// Releases the customers from their owners to the public pool.
    ReleaseToPool,
    /// Warns the owners of the customers, a number of days before the condition would match. It changes no customer.
    WarnOwner,
    /// Exempts the customers from rules of the same or a lower priority. Such a rule has no schedule.
    Keep,
}

/// An enabled pool rule.
#[derive(Debug, Clone)]
pub struct PoolRule {
    /// Its id.
    pub id: PoolRuleId,
    /// The text of the condition.
    pub condition: String,
    /// What it does.
    pub action: PoolRuleAction,
    /// Of two rules that match the same customer, the rule with the higher priority applies.
    pub priority: i32,
    /// The text of its schedule. A rule that keeps customers has none.
    pub schedule: Option<String>,
    /// Whether it counts only working days, and runs only on working days.
    pub workdays: bool,
}

#[cfg(any(test, fuzzing))]
impl Directory {
    /// A directory without anything in it, for tests of what is read by it.
    ///
    /// # Panics
    /// Never: an empty policy is valid.
    pub fn empty() -> Self {
        use futures_util::FutureExt;
        let policy = Policy::load(Vec::new()).now_or_never().and_then(Result::ok).expect("it is loaded from memory");
        let definitions = Definitions {
            as_of: 1,
            policy,
            policy_lines: Vec::new(),
            settings: Settings::of_zone(chrono_tz::Tz::Asia__Shanghai),
            choices: Vec::new(),
            extra_fields: Vec::new(),
            stages: Vec::new(),
            roles: Vec::new(),
            pools: Pools::default(),
            pool_rules: Vec::new(),
            api_keys: ApiKeys::default(),
        };
        Self {
            revision: 1,
            people: People::default(),
            has_absences: false,
            place: String::new(),
            definitions: Arc::new(definitions),
            rights: Mutex::default(),
        }
    }
}

impl Directory {
    /// What a statement that is planned with the directory depends on: the definitions by the revision with which they were read, and
    /// whether there is any absence. Of people it depends on e-mail addresses only, and who gets another one counts as a definition.
    pub fn planned_by(&self) -> (i64, bool) {
        (self.definitions.as_of, self.has_absences)
    }

    /// The rights of a user; `None` if there is no active user with this id.
    pub fn rights(&self, user: UserId) -> Result<Option<Arc<Rights>>, PolicyError> {
        self.rights_by(user, None)
    }

    /// The active users who hold a permission, in whatever scope, in the order of their ids.
    pub fn holders(&self, permission: Permission) -> Result<Vec<UserId>, PolicyError> {
        let mut holders = Vec::new();
        for (user, _) in self.people.iter() {
            if self.rights(*user)?.is_some_and(|rights| !rights.scopes(permission).is_empty()) {
                holders.push(*user);
            }
        }
        holders.sort_unstable();
        Ok(holders)
    }

    /// The rights of a user, as far as an API key has them; `None` if there is no active user with this id, or no such key
    /// any more.
    pub fn rights_by(&self, user: UserId, key: Option<ApiKeyId>) -> Result<Option<Arc<Rights>>, PolicyError> {
        let Some(member) = self.people.get(&user).filter(|member| member.is_active) else { return Ok(None) };
        let mut known = self.rights.lock().expect("no panic while held");
        if let Some(rights) = known.get(&user).and_then(|known| known.get(&key)) {
            return Ok(Some(rights.clone()));
        }
        let roles: Arc<[String]> = match key {
            None if self.lacks_second_factor(member) => Arc::default(),
            None => member.roles.clone(),
            Some(id) => match self.api_keys.of(id) {
                Some(key) => key.roles_among(&member.roles).into(),
                None => return Ok(None),
            },
        };
        let grants = self.policy.grants(&roles)?;
        let (team, pools) = (Arc::new(self.people.everyone_below(user)), self.pools.of_member(user, &self.people));
        let rights = Arc::new(Rights { viewer: user, team, grants, pools });
        known.entry(user).insert(key, rights.clone());
        Ok(Some(rights))
    }

    /// The rights that are known and are the same after these users were changed.
    fn rights_kept(&self, people: &People, changed: &[UserId]) -> KnownRights {
        let mut kept = self.rights.lock().expect("no panic while held").clone();
        for user in people.affected_since(&self.people, changed) {
            kept.remove(&user);
        }
        // Who has another superior may be a member of other pools, and so may everybody below.
        if self.pools.have_teams() {
            for user in changed.iter().flat_map(|user| people.everyone_below(*user)) {
                kept.remove(&UserId::from(user));
            }
        }
        kept
    }

    /// The API key with this id, unless it is revoked.
    pub fn api_key(&self, id: ApiKeyId) -> Option<Arc<ApiKey>> {
        self.api_keys.of(id)
    }

    /// The API key with this hash, unless it is revoked.
    pub fn api_key_with(&self, hash: &TokenHash) -> Option<Arc<ApiKey>> {
        self.api_keys.with(hash)
    }

    /// Whether a role of a user requires a second factor that the user does not have.
    pub fn lacks_second_factor(&self, member: &Member) -> bool {
        let requires = |role: &Role| role.requires_second_factor && member.roles.contains(&role.name);
        !member.has_second_factor && self.roles.iter().any(requires)
    }

    /// The active user who signs in with an e-mail address.
    pub fn user_with_email(&self, email: &str) -> Option<UserId> {
        self.people.with_email(email).filter(|user| self.people.get(user).is_some_and(|member| member.is_active))
    }

    /// Whether a code is an active choice of a kind.
    pub fn is_choice(&self, kind: ChoiceKind, code: &str) -> bool {
        self.choices.iter().any(|choice| choice.kind == kind && choice.active && choice.code == code)
    }

    /// The active stage with a code.
    pub fn stage(&self, code: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.code == code && stage.active)
    }

    /// The first active stage of a kind.
    pub fn stage_of(&self, kind: StageKind) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == kind && stage.active)
    }

    /// The definition of an extra field.
    pub fn extra_field(&self, key: &str) -> Option<&ExtraField> {
        self.extra_fields.iter().find(|field| field.key == key)
    }
}
