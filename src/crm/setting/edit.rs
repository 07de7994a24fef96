//! Changes the shared settings.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::{Edit, WRITE, store};
use crate::crm::customer;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::Country;
use crate::kernel::duration;
use crate::kernel::error::{Error, UserError};
use crate::kernel::money;
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;
use crate::kernel::text;

/// For how many days the audit log may be kept.
const AUDIT_DAYS: RangeInclusive<i32> = 184..=36_500;
/// For how many days notifications may be kept.
const NOTIFICATION_DAYS: RangeInclusive<i32> = 30..=36_500;
/// For how long a session may be unused, in seconds.
const SESSION_IDLE: RangeInclusive<i64> = 1_800..=2_592_000;

/// Updates the shared settings. If the protection of customers depends on a change, the ends of protection are computed
/// anew in the same transaction.
pub async fn update(op: &mut Op<'_>, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let before = store::lock(op.db()).await?;
    let mut after = before.clone();
    let mut refusals = Vec::new();
    let mut check = |result: Result<(), UserError>| refusals.extend(result.err());
    if let Some(period) = edit.protection_period {
        check(seconds("protectionPeriod", &period).map(|seconds| after.protection_period_seconds = seconds));
    }
    for (path, edited, value) in [
        ("previousOwnerCooldown", edit.previous_owner_cooldown, &mut after.previous_owner_cooldown_seconds),
        ("longAbsence", edit.long_absence, &mut after.long_absence_seconds),
        ("quickRelease", edit.quick_release, &mut after.quick_release_seconds),
    ] {
        if let Some(text) = edited {
            check(text.map(|text| seconds(path, &text)).transpose().map(|seconds| *value = seconds));
        }
    }
    for (path, edited, value) in [
        ("maxOwnedCustomers", edit.max_owned_customers, &mut after.max_owned_customers),
        ("maxClaimsPerDay", edit.max_claims_per_day, &mut after.max_claims_per_day),
        ("maxRevealsPerDay", edit.max_reveals_per_day, &mut after.max_reveals_per_day),
    ] {
        match edited {
            Some(Some(limit)) if limit < 0 => check(Err(UserError::invalid(
                &[path],
                "The limit must be 0 or more, or null for no limit.",
                "上限必须大于或等于 0；不限制时请留空。",
            ))),
            Some(limit) => *value = limit,
            None => {}
        }
    }
    match edit.quick_release_alert {
        Some(Some(..=0)) => check(Err(UserError::invalid(
            &["quickReleaseAlert"],
            "The number must be 1 or more, or null for never.",
            "数量必须大于 0；不提醒时请留空。",
        ))),
        Some(alert) => after.quick_release_alert = alert,
        None => {}
    }
    match edit.audit_days {
        Some(days) if !AUDIT_DAYS.contains(&days) => {
            let (en, zh) = (
                "The audit log must be kept for 184 to 36,500 days.",
                "审计日志的保留天数必须在 184 到 36500 天之间。",
            );
            check(Err(UserError::invalid(&["auditDays"], en, zh)));
        }
        days => after.audit_days = days.unwrap_or(after.audit_days),
    }
    match edit.notification_days {
        Some(days) if !NOTIFICATION_DAYS.contains(&days) => {
            let (en, zh) =
                ("Notifications must be kept for 30 to 36,500 days.", "通知的保留天数必须在 30 到 36500 天之间。");
            check(Err(UserError::invalid(&["notificationDays"], en, zh)));
        }
        days => after.notification_days = days.unwrap_or(after.notification_days),
    }
    if let Some(zone) = edit.business_time_zone {
        check(match zone.parse::<Tz>() {
            Ok(zone) => {
                after.business_time_zone = zone.name().to_owned();
                Ok(())
            }
            Err(_) => Err(UserError::invalid(
                &["businessTimeZone"],
                "The time zone must be an IANA time zone like Asia/Shanghai.",
                "时区无效，请填写 Asia/Shanghai 这样的时区名称。",
            )),
        });
    }
    if let Some(days) = edit.weekly_days_off {
        let days: BTreeSet<_> = days.into_iter().collect();
        match days.len() {
            7 => check(Err(UserError::invalid(
                &["weeklyDaysOff"],
                "The week must have at least one working day.",
                "每周至少要有一个工作日。",
            ))),
            _ => after.weekly_days_off = days.into_iter().map(|day| name_of(day).to_owned()).collect(),
        }
    }
    if let Some(time) = edit.claim_opens {
        check(time.map(|time| time_of_day("claimOpens", &time)).transpose().map(|time| after.claim_opens = time));
    }
    if let Some(idle) = edit.session_idle {
        check(idle.map(|idle| session_idle(&idle)).transpose().map(|seconds| after.session_idle_seconds = seconds));
    }
    if let Some(notice) = edit.notice {
        check(seconds("notice", &notice).map(|seconds| after.notice_seconds = seconds));
    }
    if let Some(grace) = edit.import_grace {
        check(seconds("importGrace", &grace).map(|seconds| after.import_grace_seconds = seconds));
    }
    after.sellers_record_payments = edit.sellers_record_payments.unwrap_or(before.sellers_record_payments);
    if let Some(currencies) = edit.currencies {
        check(check_currencies(&currencies, &before.currencies).map(|()| after.currencies = currencies));
    }
    if let Some(country) = edit.phone_country {
        let code = country.trim().to_ascii_uppercase();
        check(match code.parse::<Country>() {
            Ok(_) => {
                after.phone_country = code;
                Ok(())
            }
            Err(_) => Err(UserError::invalid(
                &["phoneCountry"],
                "The country must be a code of two letters like CN (ISO 3166).",
                "国家或地区必须是两位字母代码，例如 CN（ISO 3166）。",
            )),
        });
    }
    if let Some(name) = edit.nameless_contact {
        let name = name.map(|name| text::name(&["namelessContact"], &name, 1, 100)).transpose();
        check(name.map(|name| after.nameless_contact = name));
    }
    if let Some(mark) = edit.decimal_mark {
        after.decimal_mark = mark.map(|mark| name_of(mark).to_owned());
    }
    if let Some(order) = edit.date_order {
        after.date_order = order.map(|order| name_of(order).to_owned());
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    if after == before {
        return Ok(());
    }
    store::save(op.db(), &after).await?;
    if after.protection_rules() != before.protection_rules() {
        customer::protection::recompute(op).await?;
    }
    op.audit(Entry::of(Kind::SettingsChanged).changes(before.shown(), after.shown())).await
}

/// Refuses currencies that do not exist. One that is in use already may stay.
fn check_currencies(currencies: &[String], before: &[String]) -> Result<(), UserError> {
    let path = &["currencies"];
    if !(1..=50).contains(&currencies.len())
        || (1..currencies.len()).any(|at| currencies[..at].contains(&currencies[at]))
    {
        let (en, zh) = ("There must be 1 to 50 different currencies.", "币种应为 1 到 50 个，且不能重复。");
        return Err(UserError::invalid(path, en, zh));
    }
    currencies.iter().filter(|code| !before.contains(code)).try_for_each(|code| money::check_code(path, code))
}

fn time_of_day(path: &str, text: &str) -> Result<NaiveTime, UserError> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5);
    time.ok_or_else(|| {
        UserError::invalid(&[path], "The time must be a time of day like 09:00.", "时间格式应为 09:00。")
    })
}

/// A client that is in use renews its tokens every 15 minutes, so a shorter time would end sessions that are in use.
fn session_idle(text: &str) -> Result<i64, UserError> {
    let (en, zh) = ("The time must be from PT30M to P30D.", "时长必须在 30 分钟（PT30M）到 30 天（P30D）之间。");
    match seconds("sessionIdle", text)? {
        seconds if SESSION_IDLE.contains(&seconds) => Ok(seconds),
        _ => Err(UserError::invalid(&["sessionIdle"], en, zh)),
    }
}

fn seconds(path: &str, text: &str) -> Result<i64, UserError> {
    duration::parse_field(path, text).map(|duration| duration.num_seconds())
}
