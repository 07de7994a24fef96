//! Settings, choices, extra fields and stages of the pipeline: an adapter for each operation.

use std::sync::Arc;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::context::request;
use super::base::error::{PayloadParts, Resolved, UserErrorView, perform_to_change};
use super::base::inputs::field_change;
use super::people::DonePayload;
use crate::crm::setting;
use crate::kernel::access::Grant;
use crate::kernel::directory::{
    CalendarDay, Choice, ChoiceKind, DateOrder, DecimalMark, Directory, ExtraField, ExtraType, StageKind, Weekday,
};
use crate::kernel::duration;
use crate::kernel::error::Error;
use crate::kernel::op::{Changes, Op};
use crate::kernel::scalar::Date;

/// The shared settings of the installation.
#[derive(SimpleObject)]
pub struct Settings {
    /// The protection period: how long nobody may claim a customer after its release (ISO 8601); `PT0S`: it can be
    /// claimed at once.
    protection_period: String,
    /// How many customers a rep may own: with this many, they can't claim another one; null: any number.
    max_owned_customers: Option<i32>,
    /// How many customers a rep may claim in a day; null: any number.
    max_claims_per_day: Option<i32>,
    /// How long a former owner must wait before they may claim the customer again (ISO 8601); null: not at all.
    previous_owner_cooldown: Option<String>,
    /// How long a user may be absent before their superior is asked to transfer their customers (ISO 8601); null:
    /// nobody is asked.
    long_absence: Option<String>,
    /// How many contact details a user may see in a day: contacts that they reveal, numbers and addresses that they look
    /// up, and customers that they claim; null: any number.
    max_reveals_per_day: Option<i32>,
    /// The time zone that decides when a day begins, like `Asia/Shanghai`.
    business_time_zone: String,
    /// The days of the week that are days off; `calendarDays` has the exceptions.
    weekly_days_off: Vec<Weekday>,
    /// The time of day at which protection ends, like `09:00`: protection that would end earlier in the day, or on a
    /// day off, ends at this time of the same day or of the next working day; null: protection ends at any time.
    claim_opens: Option<String>,
    /// How long before a pool rule takes a customer its owner must be notified (ISO 8601); `PT0S`: the owner is not
    /// notified in advance.
    notice: String,
    /// The currencies that amounts may be in, as codes of ISO 4217. The first one is that of amounts without a currency.
    currencies: Vec<String>,
    /// A customer that its owner releases so soon after claiming it counts as a look at each of its contacts (ISO 8601);
    /// null: it does not.
    quick_release: Option<String>,
    /// From how many such customers in a day on the superior is notified; null: never.
    quick_release_alert: Option<i32>,
    /// For how many days the audit log is kept.
    audit_days: i32,
    /// For how many days notifications are kept.
    notification_days: i32,
    /// For how long a sign-in may be unused before it ends (ISO 8601); null: it ends after 30 days only.
    session_idle: Option<String>,
    /// The country of phone numbers that are written without a country code, like `CN` (ISO 3166).
    phone_country: String,
    /// The name of a contact that is imported without a name; null: such a row is refused.
    nameless_contact: Option<String>,
    /// The decimal mark of imported files that do not say theirs; null: a number with two readings, like `1,234`, is an
    /// error of its row.
    decimal_mark: Option<DecimalMark>,
    /// The order of the parts of dates in imported files that do not say theirs; null: a date with two readings, like
    /// `03/04/2026`, is an error of its row.
    date_order: Option<DateOrder>,
    /// For how long after an import pool rules do not take a customer from the owner that the import gave it (ISO 8601);
    /// `PT0S`: they may take it at once.
    import_grace: String,
    /// Whether users may record, reverse and refund payments of orders that they sold or handle, if their permissions allow
    /// it. If not, somebody else confirms the money: finance, or a superior.
    sellers_record_payments: bool,
    /// The number of changes of the settings so far.
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
            currencies: settings.currencies.clone(),
            session_idle: settings.session_idle.map(duration::format),
            claim_opens: settings.claim_opens.map(|hour| hour.format("%H:%M").to_string()),
            quick_release: settings.quick_release.map(duration::format),
            quick_release_alert: settings.quick_release_alert,
            audit_days: settings.audit_days,
            notification_days: settings.notification_days,
            phone_country: settings.phone_country.as_ref().to_owned(),
            nameless_contact: settings.nameless_contact.clone(),
            decimal_mark: settings.decimal_mark,
            date_order: settings.date_order,
            import_grace: duration::format(settings.import_grace),
            sellers_record_payments: settings.sellers_record_payments,
            version: settings.version,
        }
    }
}

/// The part of `Query` about settings.
#[derive(Default)]
pub struct SettingQuery;

#[Object]
impl SettingQuery {
    /// The shared settings; null for users who may not see them.
    async fn settings(&self, ctx: &Context<'_>) -> Option<Resolved<Settings>> {
        let directory = read(ctx).await.transpose()?;
        Some(directory.map(|directory| Settings::from(&directory.settings)).map_err(Into::into))
    }

    /// The exceptions to `weeklyDaysOff`: holidays, and working days on a weekend (调休), in order.
    async fn calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day to return. If it is left out, all days from the first one on.")] from: Option<
            Date,
        >,
        #[graphql(desc = "The last day to return. If it is left out, all days up to the last one.")] to: Option<Date>,
    ) -> Resolved<Vec<CalendarDay>> {
        let directory = request(ctx).app().directory().await?;
        let is_wanted =
            |day: &&CalendarDay| from.is_none_or(|from| from.0 <= day.day.0) && to.is_none_or(|to| day.day.0 <= to.0);
        Ok(directory.settings.calendar.dated.values().filter(is_wanted).cloned().collect())
    }

    /// The values by which customers and opportunities are classified, in the order in which forms show them.
    async fn choices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only choices of this kind. If it is left out, choices of all kinds.")] kind: Option<
            ChoiceKind,
        >,
    ) -> Resolved<Vec<Choice>> {
        let directory = request(ctx).app().directory().await?;
        Ok(directory.choices.iter().filter(|choice| kind.is_none_or(|kind| kind == choice.kind)).cloned().collect())
    }

    /// The fields that this installation adds to customers, in the order in which forms show them.
    async fn extra_fields(&self, ctx: &Context<'_>) -> Resolved<Vec<ExtraField>> {
        Ok(request(ctx).app().directory().await?.extra_fields.clone())
    }
}

async fn read(ctx: &Context<'_>) -> Result<Option<Arc<Directory>>, Error> {
    let request = request(ctx);
    let may = Grant::of(&request.viewer()?.rights, setting::READ).is_some();
    // A user who has changed a setting at one server reads it at any other one.
    Ok(if may { Some(request.app().directory_now().await?) } else { None })
}

/// What to change of the settings. A field that is left out stays as it is; null switches a limit off.
#[derive(InputObject)]
struct UpdateSettingsInput {
    /// The protection period: how long nobody may claim a customer after its release (ISO 8601, at most `P366D`);
    /// `PT0S`: it can be claimed at once. For customers that are protected now, the end is computed anew from the time
    /// of their release; customers that can be claimed already stay so.
    protection_period: Option<String>,
    /// How many customers a rep may own: with this many, they can't claim another one. 0 or more; null: any number.
    max_owned_customers: MaybeUndefined<i32>,
    /// How many customers a rep may claim in a day: 0 or more; null: any number.
    max_claims_per_day: MaybeUndefined<i32>,
    /// How long a former owner must wait before they may claim the customer again (ISO 8601, at most `P366D`); null:
    /// not at all.
    previous_owner_cooldown: MaybeUndefined<String>,
    /// How long a user may be absent before their superior is asked to transfer their customers (ISO 8601, at most
    /// `P366D`); null: nobody is asked. It applies to absences that are recorded from now on.
    long_absence: MaybeUndefined<String>,
    /// How many contact details a user may see in a day, before revealing and looking up are refused: contacts that they
    /// reveal, numbers and addresses that they look up, and customers that they claim. 0 or more; null: any number.
    max_reveals_per_day: MaybeUndefined<i32>,
    /// The time zone that decides when a day begins: a name of the IANA database, like `Asia/Shanghai`.
    business_time_zone: Option<String>,
    /// The days of the week that are days off, at most six; they replace the present ones.
    weekly_days_off: Option<Vec<Weekday>>,
    /// The time of day at which protection ends, like `09:00`: protection that would end earlier in the day, or on a
    /// day off, ends at this time of the same day or of the next working day; null: protection ends at any time. For
    /// customers that are protected now, the end is computed anew at once.
    claim_opens: MaybeUndefined<String>,
    /// How long before a pool rule takes a customer its owner must be notified (ISO 8601, at most `P366D`); `PT0S`: the
    /// owner is not notified in advance. With a notice, each run notifies the owners of the customers that it would
    /// take, and takes those of which the owner was notified long enough ago and that still match.
    notice: Option<String>,
    /// The currencies that amounts may be in from now on, 1 to 50 codes of ISO 4217 with at most two decimals; they replace
    /// the present ones. The first one is that of amounts without a currency. Existing amounts stay as they are.
    currencies: Option<Vec<String>>,
    /// A customer that its owner releases so soon after claiming it counts as a look at each of its contacts (ISO 8601, at
    /// most `P366D`); null: it does not.
    quick_release: MaybeUndefined<String>,
    /// From how many such customers in a day on the superior is notified (`QUICK_RELEASES`): 1 or more; null: never.
    quick_release_alert: MaybeUndefined<i32>,
    /// For how many days the audit log is kept: 184 to 36,500. Older entries are deleted within an hour.
    audit_days: Option<i32>,
    /// For how many days notifications are kept: 30 to 36,500. Older ones are deleted within an hour, read or not.
    notification_days: Option<i32>,
    /// For how long a sign-in may be unused before it ends (ISO 8601, from `PT30M` to `P30D`); null: it ends after 30
    /// days only.
    session_idle: MaybeUndefined<String>,
    /// The country of phone numbers that are written without a country code, like `CN` (ISO 3166). Numbers that were
    /// saved before keep the country that they had, until their contact is changed.
    phone_country: Option<String>,
    /// The name of a contact that is imported without a name: 1 to 100 characters; null: such a row is refused.
    nameless_contact: MaybeUndefined<String>,
    /// The decimal mark of imported files that do not say theirs; null: a number with two readings, like `1,234`, is an
    /// error of its row.
    decimal_mark: MaybeUndefined<DecimalMark>,
    /// The order of the parts of dates in imported files that do not say theirs; null: a date with two readings, like
    /// `03/04/2026`, is an error of its row.
    date_order: MaybeUndefined<DateOrder>,
    /// For how long after an import pool rules do not take a customer from the owner that the import gave it (ISO 8601, at
    /// most `P366D`); `PT0S`: they may take it at once. It applies to customers that are imported already, too.
    import_grace: Option<String>,
    /// Whether users may record, reverse and refund payments of orders that they sold or handle, if their permissions allow
    /// it. With false, somebody else must (`STEP_NOT_ALLOWED`): finance, or a superior.
    sellers_record_payments: Option<bool>,
}

/// A day that is an exception to `weeklyDaysOff`.
#[derive(InputObject)]
struct CalendarDayInput {
    /// The day.
    day: Date,
    /// Whether it is a day off (true) or a working day (false).
    is_off: bool,
    /// The name of the day, such as that of a holiday: 1 to 100 characters.
    name: String,
}

/// The days to add to the calendar, or to change.
#[derive(InputObject)]
struct SaveCalendarDaysInput {
    /// The days: 1 to 400. If a day is given several times, the last one counts.
    days: Vec<CalendarDayInput>,
}

/// The days to remove from the calendar.
#[derive(InputObject)]
struct RemoveCalendarDaysInput {
    /// The days: 1 to 400. Days that are not in the calendar are ignored.
    days: Vec<Date>,
}

/// The result of changing the settings.
#[derive(SimpleObject)]
struct UpdateSettingsPayload {
    /// The settings as they are now; null if the input was refused.
    settings: Option<Settings>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The choice to create or change.
#[derive(InputObject)]
struct SaveChoiceInput {
    /// What the choice classifies.
    kind: ChoiceKind,
    /// The code that customers or opportunities carry: 1 to 32 capital letters, digits and `_`. If no choice of this kind has the code,
    /// it is created.
    code: String,
    /// The name of the choice in English: 1 to 100 characters.
    name_en: String,
    /// The name of the choice in Chinese: 1 to 100 characters.
    name_zh: String,
    /// Whether this choice can be given to customers or opportunities; those that have it keep it.
    #[graphql(default = true)]
    active: bool,
}

/// The result of saving a choice.
#[derive(SimpleObject)]
struct SaveChoicePayload {
    /// The choice as it is now; null if the input was refused.
    choice: Option<Choice>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The extra field to define or change.
#[derive(InputObject)]
struct SaveExtraFieldInput {
    /// The key of the field in `extras`: 1 to 40 small letters, digits and `_`, beginning with a letter. If no field
    /// has this key, it is created.
    key: String,
    /// The type of the values. It can't be changed later (`INVALID`).
    #[graphql(name = "type")]
    kind: ExtraType,
    /// The label of the field in English: 1 to 100 characters.
    label_en: String,
    /// The label of the field in Chinese: 1 to 100 characters.
    label_zh: String,
    /// Whether the values are personal data, which only those may see who may read the contacts of the customer.
    #[graphql(default)]
    personal: bool,
    /// Whether customers can be given a value of this field; customers that have one keep it.
    #[graphql(default = true)]
    active: bool,
}

/// The result of saving an extra field.
#[derive(SimpleObject)]
struct SaveExtraFieldPayload {
    /// The extra field as it is now; null if the input was refused.
    extra_field: Option<ExtraField>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The stage of the pipeline to create or change.
#[derive(InputObject)]
struct SaveOpportunityStageInput {
    /// The code that opportunities carry: 1 to 32 capital letters, digits and `_`. If no stage has this code, it is
    /// created.
    code: String,
    /// The name of the stage in English: 1 to 100 characters.
    name_en: String,
    /// The name of the stage in Chinese: 1 to 100 characters.
    name_zh: String,
    /// Whether opportunities in this stage are open, or how they have ended. It can't be changed later (`INVALID`).
    kind: StageKind,
    /// The probability of winning for opportunities in this stage that have none of their own, in percent from 0 to
    /// 100.
    probability: i32,
    /// The position of the stage in the pipeline, from 1; the stages behind it move back. If it is left out, an
    /// existing stage keeps its position and a new one comes last.
    position: Option<i32>,
    /// Whether opportunities can be moved to this stage; those that are in it stay. The last active stage of its kind
    /// can't be switched off (`INVALID`).
    #[graphql(default = true)]
    is_active: bool,
}

/// The part of `Mutation` about settings.
#[derive(Default)]
pub struct SettingMutation;

#[Object]
impl SettingMutation {
    /// Changes the shared settings, on all servers within a second.
    async fn update_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of the settings.")] input: UpdateSettingsInput,
    ) -> Resolved<UpdateSettingsPayload> {
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
            currencies: input.currencies,
            quick_release: field_change(input.quick_release),
            quick_release_alert: field_change(input.quick_release_alert),
            audit_days: input.audit_days,
            notification_days: input.notification_days,
            session_idle: field_change(input.session_idle),
            phone_country: input.phone_country,
            nameless_contact: field_change(input.nameless_contact),
            decimal_mark: field_change(input.decimal_mark),
            date_order: field_change(input.date_order),
            import_grace: input.import_grace,
            sellers_record_payments: input.sellers_record_payments,
        };
        let (directory, user_errors) = change(ctx, async |op| setting::update(op, edit).await).await?;
        let settings = directory.map(|directory| Settings::from(&directory.settings));
        Ok(UpdateSettingsPayload { settings, user_errors })
    }

    /// Adds exceptions to `weeklyDaysOff` to the calendar, or changes those that are there. Everything that goes by
    /// working days (pool rules with `workdays`, `claimOpens`) follows at once.
    async fn save_calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days to add to the calendar, or to change.")] input: SaveCalendarDaysInput,
    ) -> Resolved<DonePayload> {
        let day = |day: CalendarDayInput| CalendarDay { day: day.day, is_off: day.is_off, name: day.name };
        let days = input.days.into_iter().map(day).collect();
        let (_, user_errors) = change(ctx, async |op| setting::save_calendar_days(op, days).await).await?;
        Ok(DonePayload { done: user_errors.is_empty(), user_errors })
    }

    /// Removes days from the calendar: `weeklyDaysOff` decides again whether they are days off.
    async fn remove_calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days to remove from the calendar.")] input: RemoveCalendarDaysInput,
    ) -> Resolved<DonePayload> {
        let days: Vec<_> = input.days.iter().map(|day| day.0).collect();
        let (_, user_errors) = change(ctx, async |op| setting::remove_calendar_days(op, &days).await).await?;
        Ok(DonePayload { done: user_errors.is_empty(), user_errors })
    }

    /// Creates a choice by which customers or opportunities are classified, or changes the one with this kind and code.
    async fn save_choice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The choice to create or change.")] input: SaveChoiceInput,
    ) -> Resolved<SaveChoicePayload> {
        let SaveChoiceInput { kind, code, name_en, name_zh, active } = input;
        let save = async |op: &mut Op<'_>| setting::save_choice(op, kind, &code, [&name_en, &name_zh], active).await;
        let (directory, user_errors) = change(ctx, save).await?;
        let is_it = |choice: &&Choice| choice.kind == kind && choice.code == code;
        let choice = directory.and_then(|directory| directory.choices.iter().find(is_it).cloned());
        Ok(SaveChoicePayload { choice, user_errors })
    }

    /// Defines a field that this installation adds to customers, or changes the one with this key.
    async fn save_extra_field(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The extra field to define or change.")] input: SaveExtraFieldInput,
    ) -> Resolved<SaveExtraFieldPayload> {
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

    /// Creates a stage of the pipeline, or changes the one with this code. `opportunityStages` lists the stages.
    async fn save_opportunity_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stage of the pipeline to create or change.")] input: SaveOpportunityStageInput,
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

/// Changes what the directory holds, and returns the directory after the change, or why the change was refused.
async fn change(
    ctx: &Context<'_>,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<PayloadParts<Arc<Directory>>> {
    let (done, user_errors) = perform_to_change(Changes::Directory, ctx, run).await?;
    let directory = if done.is_some() { Some(request(ctx).app().directory().await?) } else { None };
    Ok((directory, user_errors))
}
