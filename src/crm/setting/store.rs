//! Statements that lock and write settings, the calendar, choices and definitions.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use sqlx::PgConnection;

use super::{FieldDraft, StageDraft};
use crate::kernel::audit::shown;
use crate::kernel::directory::{CalendarDay, ChoiceKind};
use crate::kernel::duration;
use crate::kernel::scalar::name_of;

/// The row of the shared settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub protection_period_seconds: i64,
    pub max_owned_customers: Option<i32>,
    pub max_claims_per_day: Option<i32>,
    pub previous_owner_cooldown_seconds: Option<i64>,
    pub long_absence_seconds: Option<i64>,
    pub max_reveals_per_day: Option<i32>,
    pub business_time_zone: String,
    pub weekly_days_off: Vec<String>,
    pub claim_opens: Option<NaiveTime>,
    pub notice_seconds: i64,
    pub currencies: Vec<String>,
    pub quick_release_seconds: Option<i64>,
    pub quick_release_alert: Option<i32>,
    pub audit_days: i32,
    pub notification_days: i32,
    pub session_idle_seconds: Option<i64>,
    pub phone_country: String,
    pub nameless_contact: Option<String>,
    pub decimal_mark: Option<String>,
    pub date_order: Option<String>,
    pub import_grace_seconds: i64,
    pub sellers_record_payments: bool,
}

impl Row {
    /// The settings with their names in the API.
    pub fn shown(&self) -> [(&'static str, String); 22] {
        let period = |seconds| duration::format(TimeDelta::seconds(seconds));
        [
            ("protectionPeriod", period(self.protection_period_seconds)),
            ("maxOwnedCustomers", shown(self.max_owned_customers)),
            ("maxClaimsPerDay", shown(self.max_claims_per_day)),
            ("previousOwnerCooldown", shown(self.previous_owner_cooldown_seconds.map(period))),
            ("longAbsence", shown(self.long_absence_seconds.map(period))),
            ("maxRevealsPerDay", shown(self.max_reveals_per_day)),
            ("businessTimeZone", self.business_time_zone.clone()),
            ("weeklyDaysOff", self.weekly_days_off.join(", ")),
            ("claimOpens", shown(self.claim_opens)),
            ("notice", period(self.notice_seconds)),
            ("currencies", self.currencies.join(", ")),
            ("quickRelease", shown(self.quick_release_seconds.map(period))),
            ("quickReleaseAlert", shown(self.quick_release_alert)),
            ("auditDays", self.audit_days.to_string()),
            ("notificationDays", self.notification_days.to_string()),
            ("sessionIdle", shown(self.session_idle_seconds.map(period))),
            ("phoneCountry", self.phone_country.clone()),
            ("namelessContact", shown(self.nameless_contact.as_deref())),
            ("decimalMark", shown(self.decimal_mark.as_deref())),
            ("dateOrder", shown(self.date_order.as_deref())),
            ("importGrace", period(self.import_grace_seconds)),
            ("sellersRecordPayments", self.sellers_record_payments.to_string()),
        ]
    }

    /// The settings that the end of protection depends on.
    pub fn protection_rules(&self) -> (i64, Option<NaiveTime>, &[String], &str) {
        (self.protection_period_seconds, self.claim_opens, &self.weekly_days_off, &self.business_time_zone)
    }
}

/// Locks and returns the shared settings.
pub async fn lock(db: &mut PgConnection) -> sqlx::Result<Row> {
    sqlx::query_as!(
        Row,
        "select protection_period_seconds, max_owned_customers, max_claims_per_day, previous_owner_cooldown_seconds,
                long_absence_seconds, max_reveals_per_day, business_time_zone, weekly_days_off, claim_opens, notice_seconds,
                quick_release_seconds, quick_release_alert, audit_days, currencies, phone_country, nameless_contact,
                decimal_mark, date_order, session_idle_seconds, import_grace_seconds,
                sellers_record_payments, notification_days
         from setting for update"
    )
    .fetch_one(db)
    .await
}

/// Saves the shared settings.
pub async fn save(db: &mut PgConnection, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        "update setting
         set protection_period_seconds = $1, max_owned_customers = $2, max_claims_per_day = $3,
             previous_owner_cooldown_seconds = $4, long_absence_seconds = $5, max_reveals_per_day = $6,
             business_time_zone = $7, weekly_days_off = $8, claim_opens = $9, notice_seconds = $10,
             audit_days = $11, quick_release_seconds = $12, quick_release_alert = $13, currencies = $14, phone_country = $15,
             nameless_contact = $16, decimal_mark = $17, date_order = $18, session_idle_seconds = $19,
             import_grace_seconds = $20, sellers_record_payments = $21, notification_days = $22, version = version + 1",
        row.protection_period_seconds,
        row.max_owned_customers,
        row.max_claims_per_day,
        row.previous_owner_cooldown_seconds,
        row.long_absence_seconds,
        row.max_reveals_per_day,
        row.business_time_zone,
        &row.weekly_days_off,
        row.claim_opens,
        row.notice_seconds,
        row.audit_days,
        row.quick_release_seconds,
        row.quick_release_alert,
        &row.currencies,
        row.phone_country,
        row.nameless_contact,
        row.decimal_mark,
        row.date_order,
        row.session_idle_seconds,
        row.import_grace_seconds,
        row.sellers_record_payments,
        row.notification_days
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Inserts or replaces days of the calendar. Of a day that is given twice, the last one counts.
pub async fn save_calendar_days(db: &mut PgConnection, days: &[CalendarDay]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into calendar_day (day, is_off, name)
         select distinct on (day) day, is_off, name
         from unnest($1::date[], $2::boolean[], $3::text[]) with ordinality d (day, is_off, name, place) order by day, place desc
         on conflict (day) do update set is_off = excluded.is_off, name = excluded.name",
        &days.iter().map(|day| day.day.0).collect::<Vec<_>>(),
        &days.iter().map(|day| day.is_off).collect::<Vec<_>>(),
        &days.iter().map(|day| day.name.clone()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes days from the calendar.
pub async fn remove_calendar_days(db: &mut PgConnection, days: &[NaiveDate]) -> sqlx::Result<()> {
    sqlx::query!("delete from calendar_day where day = any($1)", days).execute(db).await?;
    Ok(())
}

/// Saves a choice. A new one is put last.
pub async fn save_choice(
    db: &mut PgConnection,
    kind: ChoiceKind,
    code: &str,
    name_en: &str,
    name_zh: &str,
    active: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into choice (kind, code, name_en, name_zh, position, active)
         select $1, $2, $3, $4, coalesce(max(position), 0) + 1, $5 from choice where kind = $1
         on conflict (kind, code) do update set name_en = $3, name_zh = $4, active = $5",
        name_of(kind),
        code,
        name_en,
        name_zh,
        active
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves an extra field. A new one is put last.
pub async fn save_extra_field(db: &mut PgConnection, draft: &FieldDraft) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into extra_field (key, type, label_en, label_zh, personal, position, active)
         select $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1, $6 from extra_field
         on conflict (key) do update set label_en = $3, label_zh = $4, personal = $5, active = $6",
        draft.key,
        name_of(draft.kind),
        draft.label_en,
        draft.label_zh,
        draft.personal,
        draft.active
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves a stage. A new one is put last; if a position is given, all stages are numbered anew.
pub async fn save_stage(db: &mut PgConnection, draft: &StageDraft) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into opportunity_stage (code, name_en, name_zh, position, kind, probability, active)
         select $1, $2, $3, coalesce(max(position), 0) + 1, $4, $5, $6 from opportunity_stage
         on conflict (code) do update set name_en = $2, name_zh = $3, probability = $5, active = $6",
        draft.code,
        draft.name_en,
        draft.name_zh,
        name_of(draft.kind),
        draft.probability,
        draft.active
    )
    .execute(&mut *db)
    .await?;
    let Some(position) = draft.position else { return Ok(()) };
    sqlx::query!(
        "with others as (
             select code, row_number() over (order by position, code) as place from opportunity_stage where code <> $1)
         update opportunity_stage s set position = coalesce(o.place + case when o.place >= $2::integer then 1 else 0 end, $2)
         from opportunity_stage e left join others o on o.code = e.code where s.code = e.code",
        draft.code,
        position
    )
    .execute(db)
    .await?;
    Ok(())
}
