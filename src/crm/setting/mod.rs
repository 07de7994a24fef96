//! What administrators configure: the shared settings, the calendar, the choices that classify customers and opportunities, the extra
//! fields, and the stages of opportunities.
//!
//! - [`update`]: changes the shared settings
//! - [`save_calendar_days`], [`remove_calendar_days`]: days that differ from the working week
//! - [`save_choice`], [`save_extra_field`], [`save_stage`]: definitions

mod calendar;
mod definition;
mod edit;
mod store;

use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::directory::{DateOrder, DecimalMark, ExtraType, StageKind, Weekday};
pub use calendar::{remove_calendar_days, save_calendar_days};
pub use definition::{check_choice, choice_codes, save_choice, save_extra_field, save_stage};
pub use edit::update;

/// Permission to read settings, choices and definitions.
pub const READ: Permission = Permission::to(Action::Read, Resource::Setting);
/// Permission to change settings, choices and definitions.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Setting);

/// What a user changes in the shared settings: `None` keeps the value, `Some(None)` removes a limit.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the settings")]
pub struct Edit {
    pub protection_period: Option<String>,
    pub max_owned_customers: Option<Option<i32>>,
    pub max_claims_per_day: Option<Option<i32>>,
    pub previous_owner_cooldown: Option<Option<String>>,
    pub long_absence: Option<Option<String>>,
    pub max_reveals_per_day: Option<Option<i32>>,
    pub business_time_zone: Option<String>,
    pub weekly_days_off: Option<Vec<Weekday>>,
    pub claim_opens: Option<Option<String>>,
    pub notice: Option<String>,
    pub currencies: Option<Vec<String>>,
    pub quick_release: Option<Option<String>>,
    pub quick_release_alert: Option<Option<i32>>,
    pub audit_days: Option<i32>,
    pub notification_days: Option<i32>,
    pub session_idle: Option<Option<String>>,
    pub phone_country: Option<String>,
    pub nameless_contact: Option<Option<String>>,
    pub decimal_mark: Option<Option<DecimalMark>>,
    pub date_order: Option<Option<DateOrder>>,
    pub import_grace: Option<String>,
    pub sellers_record_payments: Option<bool>,
}

/// An extra field of customers to save.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct FieldDraft {
    pub key: String,
    pub kind: ExtraType,
    pub label_en: String,
    pub label_zh: String,
    pub personal: bool,
    pub active: bool,
}

/// A stage of opportunities to save.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct StageDraft {
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
    pub kind: StageKind,
    pub probability: i32,
    /// The position, from 1; other stages move. `None` keeps the position, and puts a new stage last.
    pub position: Option<i32>,
    pub active: bool,
}
