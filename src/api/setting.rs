//! Settings, choices, definitions of extra fields, stages of the pipeline.

use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{Parted, Resolved, UserErrorView, perform_to_change};
use super::base::inputs::field_change;
use super::people::DonePayload;
use crate::crm::setting;
use crate::kernel::access::Grant;
use crate::kernel::directory::{CalendarDay, Choice, ChoiceKind, Directory, ExtraField, ExtraType, StageKind, Weekday};
use crate::kernel::duration;
use crate::kernel::error::Error;
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::Date;

/// The shared settings.
#[derive(SimpleObject)]
pub struct Settings {
    /// How long a released customer rests before anyone may claim it (ISO 8601).
    protection_period: String,
    /// How many customers a rep may own and still claim another; null: any number.
    max_owned_customers: Option<i32>,
    /// How many customers a rep may claim in a day; null: any number.
    max_claims_per_day: Option<i32>,
    /// How long a former owner waits before claiming a customer again (ISO 8601); null: not at all.
    previous_owner_cooldown: Option<String>,
    /// How long somebody may be away before their superior is asked to transfer their customers (ISO 8601); null: nobody is asked.
    long_absence: Option<String>,
    /// How many contacts' details a user may reveal in a day; null: any number.
    max_reveals_per_day: Option<i32>,
    /// Decides what a day is.
    business_time_zone: String,
    /// The days off of every week; `calendarDays` are the exceptions.
    weekly_days_off: Vec<Weekday>,
    /// Protection that would end earlier in the day, or on a day off, ends at this time (`09:00`) of the same or the next
    /// working day; null: it ends when it does.
    claim_opens: Option<String>,
    /// How long before a pool rule takes a customer its owner has to be told (ISO 8601); `PT0S`: not at all.
    notice: String,
    /// Counts the changes.
    version: i32,
}

impl From<&crate::kernel::directory::Settings> for Settings {
    fn from(settings: &crate::kernel::directory::Settings) -> Self {
        Self {
            protection_period: duration::format(settings.protection_period),
            max_owned_customers: settings.max_owned_customers,
            max_claims_per_day: settings.max_claims_per_day,
            previous_owner_cooldown: settings.previous_owner_cooldown.map(duration::format),
            long_absence: settings.long_absence.map(duration::format),
            max_reveals_per_day: settings.max_reveals_per_day,
            business_time_zone: settings.business_time_zone.name().to_owned(),
            weekly_days_off: settings.calendar.weekly.clone(),
            notice: duration::format(settings.notice),
            claim_opens: settings.claim_opens.map(|hour| hour.format("%H:%M").to_string()),
            version: settings.version,
        }
    }
}

/// The part of `Query` about settings.
#[derive(Default)]
pub struct SettingQuery;

#[Object]
impl SettingQuery {
    /// The shared settings; null for those who may not see them.
    async fn settings(&self, ctx: &Context<'_>) -> Resolved<Option<Settings>> {
        Ok(read(ctx).await?.map(|directory| Settings::from(&directory.settings)))
    }

    /// The days that are not as their week says: holidays, and working days on a weekend (调休). In their order.
    async fn calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "None before this one.")] from: Option<Date>,
        #[graphql(desc = "None after this one.")] to: Option<Date>,
    ) -> Resolved<Vec<CalendarDay>> {
        let Some(directory) = read(ctx).await? else { return Ok(Vec::new()) };
        let is_wanted =
            |day: &&CalendarDay| from.is_none_or(|from| from.0 <= day.day.0) && to.is_none_or(|to| day.day.0 <= to.0);
        Ok(directory.settings.calendar.dated.values().filter(is_wanted).cloned().collect())
    }

    /// What customers are classified by, in the order in which forms show them.
    async fn choices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of one kind alone.")] kind: Option<ChoiceKind>,
    ) -> Resolved<Vec<Choice>> {
        let Some(directory) = read(ctx).await? else { return Ok(Vec::new()) };
        Ok(directory.choices.iter().filter(|choice| kind.is_none_or(|kind| kind == choice.kind)).cloned().collect())
    }

    /// The fields that this installation adds to customers, in the order in which forms show them.
    async fn extra_fields(&self, ctx: &Context<'_>) -> Resolved<Vec<ExtraField>> {
        Ok(read(ctx).await?.map(|directory| directory.extra_fields.clone()).unwrap_or_default())
    }
}

async fn read(ctx: &Context<'_>) -> Result<Option<Arc<Directory>>, Error> {
    let request = request(ctx);
    let may = Grant::of(&request.viewer()?.rights, setting::READ).is_some();
    Ok(if may { Some(request.app().directory().await?) } else { None })
}

/// What to change; what is left out stays. A limit that is set to null is switched off.
#[derive(InputObject)]
struct UpdateSettingsInput {
    /// How long a released customer rests (ISO 8601, at most `P366D`; `PT0S`: not at all). Customers that rest now get
    /// their new end at once, counted from when they came into the pool; what has become claimable stays claimable.
    protection_period: Option<String>,
    /// How many customers a rep may own and still claim another.
    max_owned_customers: MaybeUndefined<i32>,
    /// How many customers a rep may claim in a day.
    max_claims_per_day: MaybeUndefined<i32>,
    /// How long a former owner waits before claiming a customer again (ISO 8601).
    previous_owner_cooldown: MaybeUndefined<String>,
    /// How long somebody may be away before their superior is asked to transfer their customers (ISO 8601). It counts for absences
    /// that are recorded from now on.
    long_absence: MaybeUndefined<String>,
    /// How many contacts' details a user may reveal in a day.
    max_reveals_per_day: MaybeUndefined<i32>,
    /// Decides what a day is, like `Asia/Shanghai`.
    business_time_zone: Option<String>,
    /// The days off of every week, at most six.
    weekly_days_off: Option<Vec<Weekday>>,
    /// When claiming opens, like `09:00`: protection that would end earlier in the day, or on a day off, ends at this time of
    /// the same or the next working day. Customers that rest now get their new end at once.
    claim_opens: MaybeUndefined<String>,
    /// How long before a pool rule takes a customer its owner has to be told (ISO 8601, at most `P366D`; `PT0S`: not at all).
    /// With it, each run tells the owners of what it would take, and takes what it told them of so long ago and still matches.
    notice: Option<String>,
}

/// A day that is not as its week says.
#[derive(InputObject)]
struct CalendarDayInput {
    /// Which.
    day: Date,
    /// Whether it is a day off.
    is_off: bool,
    /// What people call it: 1 to 100 characters.
    name: String,
}

/// Days to enter or change.
#[derive(InputObject)]
struct SaveCalendarDaysInput {
    /// Which, at most 400; of several for one day the last counts.
    days: Vec<CalendarDayInput>,
}

/// Days that are as their week says from now on.
#[derive(InputObject)]
struct RemoveCalendarDaysInput {
    /// Which, at most 400.
    days: Vec<Date>,
}

/// The settings after the change.
#[derive(SimpleObject)]
struct UpdateSettingsPayload {
    /// The settings as they are now; null when the change was refused.
    settings: Option<Settings>,
    /// Why it was refused.
    user_errors: Vec<UserErrorView>,
}

/// A choice to enter or change.
#[derive(InputObject)]
struct SaveChoiceInput {
    /// What it classifies.
    kind: ChoiceKind,
    /// The value that customers carry: 1 to 32 capitals, digits and `_`.
    code: String,
    /// What people call it, in English.
    name_en: String,
    /// What people call it, in Chinese.
    name_zh: String,
    /// Whether it can be given to customers; those that have it keep it.
    #[graphql(default = true)]
    active: bool,
}

/// The choice after the change.
#[derive(SimpleObject)]
struct SaveChoicePayload {
    /// The choice as it is now; null when the change was refused.
    choice: Option<Choice>,
    /// Why it was refused.
    user_errors: Vec<UserErrorView>,
}

/// An extra field to define or change.
#[derive(InputObject)]
struct SaveExtraFieldInput {
    /// Its name in `extras`: 1 to 40 small letters, digits and `_`.
    key: String,
    /// The type of its values; it can't be changed later.
    #[graphql(name = "type")]
    kind: ExtraType,
    /// What people call it, in English.
    label_en: String,
    /// What people call it, in Chinese.
    label_zh: String,
    /// Personal data: seen by those alone who may read the customer's contacts.
    #[graphql(default)]
    personal: bool,
    /// Whether it can be given to customers; those that have it keep it.
    #[graphql(default = true)]
    active: bool,
}

/// The extra field after the change.
#[derive(SimpleObject)]
struct SaveExtraFieldPayload {
    /// The field as it is now; null when the change was refused.
    extra_field: Option<ExtraField>,
    /// Why it was refused.
    user_errors: Vec<UserErrorView>,
}

/// A stage of the pipeline to enter or change.
#[derive(InputObject)]
struct SaveOpportunityStageInput {
    /// What opportunities carry: 1 to 32 capitals, digits and `_`.
    code: String,
    /// What people call it, in English.
    name_en: String,
    /// What people call it, in Chinese.
    name_zh: String,
    /// Whether opportunities in it are open, or how they ended; it can't be changed later.
    kind: StageKind,
    /// How likely such opportunities are won, in percent, where nobody says otherwise.
    probability: i32,
    /// Its place in the pipeline, from 1; those behind it move. It stays where it is, or comes last, when it is not given.
    position: Option<i32>,
    /// Whether opportunities can be moved there; those that are there stay. The last one of its kind can't be switched off.
    #[graphql(default = true)]
    is_active: bool,
}

/// The part of `Mutation` about settings.
#[derive(Default)]
pub struct SettingMutation;

#[Object]
impl SettingMutation {
    /// Changes the shared settings, for every server within a second.
    async fn update_settings(&self, ctx: &Context<'_>, input: UpdateSettingsInput) -> Resolved<UpdateSettingsPayload> {
        let edit = setting::Edit {
            protection_period: input.protection_period,
            max_owned_customers: field_change(input.max_owned_customers),
            max_claims_per_day: field_change(input.max_claims_per_day),
            previous_owner_cooldown: field_change(input.previous_owner_cooldown),
            long_absence: field_change(input.long_absence),
            max_reveals_per_day: field_change(input.max_reveals_per_day),
            business_time_zone: input.business_time_zone,
            weekly_days_off: input.weekly_days_off,
            claim_opens: field_change(input.claim_opens),
            notice: input.notice,
        };
        let (directory, user_errors) = change(ctx, async |op| setting::update(op, edit).await).await?;
        let settings = directory.map(|directory| Settings::from(&directory.settings));
        Ok(UpdateSettingsPayload { settings, user_errors })
    }

    /// Enters days that are not as their week says, or changes those that are there. What goes by working days (pool rules with
    /// `workdays`, `claimOpens`) goes by them at once.
    async fn save_calendar_days(&self, ctx: &Context<'_>, input: SaveCalendarDaysInput) -> Resolved<DonePayload> {
        let day = |day: CalendarDayInput| CalendarDay { day: day.day, is_off: day.is_off, name: day.name };
        let days = input.days.into_iter().map(day).collect();
        let (_, user_errors) = change(ctx, async |op| setting::save_calendar_days(op, days).await).await?;
        Ok(DonePayload { done: user_errors.is_empty(), user_errors })
    }

    /// Removes days from the calendar: they are as their week says.
    async fn remove_calendar_days(&self, ctx: &Context<'_>, input: RemoveCalendarDaysInput) -> Resolved<DonePayload> {
        let days: Vec<_> = input.days.iter().map(|day| day.0).collect();
        let (_, user_errors) = change(ctx, async |op| setting::remove_calendar_days(op, &days).await).await?;
        Ok(DonePayload { done: user_errors.is_empty(), user_errors })
    }

    /// Enters a choice that customers are classified by, or changes the one with this code.
    async fn save_choice(&self, ctx: &Context<'_>, input: SaveChoiceInput) -> Resolved<SaveChoicePayload> {
        let SaveChoiceInput { kind, code, name_en, name_zh, active } = input;
        let save = async |op: &mut Op<'_>| setting::save_choice(op, kind, &code, [&name_en, &name_zh], active).await;
        let (directory, user_errors) = change(ctx, save).await?;
        let is_it = |choice: &&Choice| choice.kind == kind && choice.code == code;
        let choice = directory.and_then(|directory| directory.choices.iter().find(is_it).cloned());
        Ok(SaveChoicePayload { choice, user_errors })
    }

    /// Defines a field that this installation adds to customers, or changes the one with this key.
    async fn save_extra_field(&self, ctx: &Context<'_>, input: SaveExtraFieldInput) -> Resolved<SaveExtraFieldPayload> {
        let key = input.key.clone();
        let draft = setting::FieldDraft {
            key: input.key,
            kind: input.kind,
            label_en: input.label_en,
            label_zh: input.label_zh,
            personal: input.personal,
            active: input.active,
        };
        let (directory, user_errors) = change(ctx, async |op| setting::save_extra_field(op, draft).await).await?;
        let extra_field = directory.and_then(|directory| directory.extra_field(&key).cloned());
        Ok(SaveExtraFieldPayload { extra_field, user_errors })
    }

    /// Enters a stage of the pipeline, or changes the one with this code. `opportunityStages` lists them.
    async fn save_opportunity_stage(
        &self,
        ctx: &Context<'_>,
        input: SaveOpportunityStageInput,
    ) -> Resolved<DonePayload> {
        let draft = setting::StageDraft {
            code: input.code,
            name_en: input.name_en,
            name_zh: input.name_zh,
            kind: input.kind,
            probability: input.probability,
            position: input.position,
            active: input.is_active,
        };
        let (_, user_errors) = change(ctx, async |op| setting::save_stage(op, draft).await).await?;
        Ok(DonePayload { done: user_errors.is_empty(), user_errors })
    }
}

/// Changes what the directory holds: the directory after the change, or why there was none.
async fn change(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<Parted<Arc<Directory>>> {
    let (done, user_errors) = perform_to_change(Changes::Directory, ctx, run).await?;
    let directory = if done.is_some() { Some(request(ctx).app().directory().await?) } else { None };
    Ok((directory, user_errors))
}
