//! What administrators keep: shared settings, the calendar, the choices that customers are classified by, the fields that extras have,
//! the stages of the pipeline.

mod store;

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::crm::customer;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::directory::{CalendarDay, ChoiceKind, ExtraType, StageKind, Weekday, check_probability};
use crate::kernel::duration;
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;
use crate::kernel::text;

/// To see settings, choices and definitions.
pub const READ: Permission = Permission::to(Action::Read, Resource::Setting);
/// To change them.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Setting);

/// How many days of the calendar are changed at once.
const MOST_CALENDAR_DAYS: usize = 400;

/// What a user wishes to change: `None` keeps, `Some(None)` switches a limit off.
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
}

/// Changes the shared settings. Customers that rest get their new end in the same transaction.
pub async fn update(op: &mut Op<'_>, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let before = store::lock(op.db()).await?;
    let mut after = before.clone();
    let mut wrong = Vec::new();
    let mut keep = |checked: Result<(), UserError>| wrong.extend(checked.err());
    if let Some(period) = edit.protection_period {
        keep(seconds("protectionPeriod", &period).map(|seconds| after.protection_period_seconds = seconds));
    }
    for (path, wish, place) in [
        ("previousOwnerCooldown", edit.previous_owner_cooldown, &mut after.previous_owner_cooldown_seconds),
        ("longAbsence", edit.long_absence, &mut after.long_absence_seconds),
    ] {
        if let Some(wish) = wish {
            keep(wish.map(|text| seconds(path, &text)).transpose().map(|seconds| *place = seconds));
        }
    }
    for (path, wish, place) in [
        ("maxOwnedCustomers", edit.max_owned_customers, &mut after.max_owned_customers),
        ("maxClaimsPerDay", edit.max_claims_per_day, &mut after.max_claims_per_day),
        ("maxRevealsPerDay", edit.max_reveals_per_day, &mut after.max_reveals_per_day),
    ] {
        match wish {
            Some(Some(limit)) if limit < 0 => keep(Err(UserError::invalid(
                &[path],
                "must be 0 or more, or null for no limit",
                "必须大于等于 0，或为 null 表示不限",
            ))),
            Some(limit) => *place = limit,
            None => {}
        }
    }
    if let Some(zone) = edit.business_time_zone {
        keep(match zone.parse::<Tz>() {
            Ok(zone) => {
                after.business_time_zone = zone.name().to_owned();
                Ok(())
            }
            Err(_) => Err(UserError::invalid(
                &["businessTimeZone"],
                "is not a time zone like Asia/Shanghai",
                "不是有效的时区，如 Asia/Shanghai",
            )),
        });
    }
    if let Some(days) = edit.weekly_days_off {
        let days: BTreeSet<_> = days.into_iter().collect();
        match days.len() {
            7 => keep(Err(UserError::invalid(&["weeklyDaysOff"], "leaves no day to work", "每周至少要有一个工作日"))),
            _ => after.weekly_days_off = days.into_iter().map(|day| name_of(day).to_owned()).collect(),
        }
    }
    if let Some(hour) = edit.claim_opens {
        keep(hour.map(|hour| time_of_day("claimOpens", &hour)).transpose().map(|hour| after.claim_opens = hour));
    }
    if let Some(notice) = edit.notice {
        keep(seconds("notice", &notice).map(|seconds| after.notice_seconds = seconds));
    }
    if !wrong.is_empty() {
        return Err(Error::Refused(wrong));
    }
    if after == before {
        return Ok(());
    }
    store::save(op.db(), &after).await?;
    if after.rests_as() != before.rests_as() {
        customer::protection::count_anew(op).await?;
    }
    Ok(())
}

fn time_of_day(path: &str, text: &str) -> Result<NaiveTime, UserError> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5);
    time.ok_or_else(|| UserError::invalid(&[path], "is not a time of day like 09:00", "不是有效的时刻，如 09:00"))
}

/// Enters days that are not as their week says, or changes those that are there.
pub async fn save_calendar_days(op: &mut Op<'_>, days: Vec<CalendarDay>) -> Result<(), Error> {
    check_days(op, days.len())?;
    let mut checked = Vec::with_capacity(days.len());
    for (place, day) in days.into_iter().enumerate() {
        let name = text::line(&["days", &place.to_string(), "name"], &day.name, 1, 100)?;
        checked.push(CalendarDay { name, ..day });
    }
    store::save_calendar_days(op.db(), &checked).await?;
    customer::protection::count_anew(op).await?;
    Ok(())
}

/// Makes days as their week says. What is so already stays.
pub async fn remove_calendar_days(op: &mut Op<'_>, days: &[NaiveDate]) -> Result<(), Error> {
    check_days(op, days.len())?;
    store::remove_calendar_days(op.db(), days).await?;
    customer::protection::count_anew(op).await?;
    Ok(())
}

fn check_days(op: &Op<'_>, count: usize) -> Result<(), Error> {
    op.authorize(WRITE)?;
    if (1..=MOST_CALENDAR_DAYS).contains(&count) {
        return Ok(());
    }
    let (en, zh) = (format!("is 1 to {MOST_CALENDAR_DAYS} days"), format!("必须为 1 到 {MOST_CALENDAR_DAYS} 天"));
    Err(UserError::invalid(&["days"], en, zh).into())
}

fn seconds(path: &str, text: &str) -> Result<i64, UserError> {
    duration::parse_field(path, text).map(|duration| duration.num_seconds())
}

/// Enters a choice, or changes the one with this code.
pub async fn save_choice(
    op: &mut Op<'_>,
    kind: ChoiceKind,
    code: &str,
    names: [&str; 2],
    active: bool,
) -> Result<(), Error> {
    op.authorize(WRITE)?;
    check_code(code)?;
    let name_en = text::line(&["nameEn"], names[0], 1, 100)?;
    let name_zh = text::line(&["nameZh"], names[1], 1, 100)?;
    store::save_choice(op.db(), kind, code, &name_en, &name_zh, active).await?;
    Ok(())
}

fn check_code(code: &str) -> Result<(), UserError> {
    let is_code = (1..=32).contains(&code.len())
        && !code.starts_with('_')
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code {
        return Ok(());
    }
    let (en, zh) = ("is made of 1 to 32 capitals, digits and _", "由 1 到 32 个大写字母、数字和下划线组成");
    Err(UserError::invalid(&["code"], en, zh))
}

/// A field that customers can have.
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

/// Defines an extra field, or changes the one with this key. Its type stays: there are values of it.
pub async fn save_extra_field(op: &mut Op<'_>, draft: FieldDraft) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let is_key = (1..=40).contains(&draft.key.len())
        && draft.key.starts_with(|first: char| first.is_ascii_lowercase())
        && draft.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_key {
        return Err(UserError::invalid(
            &["key"],
            "is made of 1 to 40 small letters, digits and _, a letter first",
            "由 1 到 40 个小写字母、数字和下划线组成，以字母开头",
        )
        .into());
    }
    if op.directory().extra_field(&draft.key).is_some_and(|field| field.kind != draft.kind) {
        return Err(UserError::invalid(
            &["type"],
            "can't be changed: there may be values of it",
            "类型不能修改，可能已有数据",
        )
        .into());
    }
    let label_en = text::line(&["labelEn"], &draft.label_en, 1, 100)?;
    let label_zh = text::line(&["labelZh"], &draft.label_zh, 1, 100)?;
    store::save_extra_field(op.db(), &FieldDraft { label_en, label_zh, ..draft }).await?;
    Ok(())
}

/// A step of the pipeline.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct StageDraft {
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
    pub kind: StageKind,
    pub probability: i32,
    /// Its place from 1; others move. A new one comes last when nobody says.
    pub position: Option<i32>,
    pub active: bool,
}

/// Enters a stage, or changes the one with this code. Its kind stays: what came to it would have ended otherwise.
pub async fn save_stage(op: &mut Op<'_>, draft: StageDraft) -> Result<(), Error> {
    op.authorize(WRITE)?;
    check_code(&draft.code)?;
    let name_en = text::line(&["nameEn"], &draft.name_en, 1, 100)?;
    let name_zh = text::line(&["nameZh"], &draft.name_zh, 1, 100)?;
    check_probability(draft.probability)?;
    let others = || op.directory().stages.iter().filter(|stage| stage.code != draft.code);
    if op.directory().stages.iter().any(|stage| stage.code == draft.code && stage.kind != draft.kind) {
        let (en, zh) =
            ("can't be changed: there may be opportunities in it", "类型不能修改，可能已有销售机会处于该阶段");
        return Err(UserError::invalid(&["kind"], en, zh).into());
    }
    if !draft.active && !others().any(|stage| stage.kind == draft.kind && stage.active) {
        let (en, zh) = ("is the last one of its kind, which a pipeline needs", "是该类型的最后一个阶段，不能停用");
        return Err(UserError::invalid(&["isActive"], en, zh).into());
    }
    let last = i32::try_from(others().count()).unwrap_or(i32::MAX) + 1;
    if draft.position.is_some_and(|position| !(1..=last).contains(&position)) {
        let (en, zh) = (format!("is from 1 to {last}"), format!("必须在 1 到 {last} 之间"));
        return Err(UserError::invalid(&["position"], en, zh).into());
    }
    store::save_stage(op.db(), &StageDraft { name_en, name_zh, ..draft }).await?;
    Ok(())
}
