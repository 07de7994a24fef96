//! Every statement that writes settings, choices and definitions.

use sqlx::PgConnection;

use super::FieldDraft;
use crate::directory::{ChoiceKind, ExtraType};

/// The row of settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub protection_period_seconds: i64,
    pub max_owned_customers: Option<i32>,
    pub max_claims_per_day: Option<i32>,
    pub previous_owner_cooldown_seconds: Option<i64>,
    pub max_reveals_per_day: Option<i32>,
    pub business_time_zone: String,
}

/// The settings, locked.
pub async fn lock(db: &mut PgConnection) -> sqlx::Result<Row> {
    sqlx::query_as!(
        Row,
        "select protection_period_seconds, max_owned_customers, max_claims_per_day, previous_owner_cooldown_seconds,
                max_reveals_per_day, business_time_zone
         from setting for update"
    )
    .fetch_one(db)
    .await
}

/// Saves the settings.
pub async fn save(db: &mut PgConnection, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        "update setting
         set protection_period_seconds = $1, max_owned_customers = $2, max_claims_per_day = $3,
             previous_owner_cooldown_seconds = $4, max_reveals_per_day = $5, business_time_zone = $6, version = version + 1",
        row.protection_period_seconds,
        row.max_owned_customers,
        row.max_claims_per_day,
        row.previous_owner_cooldown_seconds,
        row.max_reveals_per_day,
        row.business_time_zone
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves a choice; a new one comes last.
pub async fn save_choice(
    db: &mut PgConnection,
    kind: ChoiceKind,
    code: &str,
    name_en: &str,
    name_zh: &str,
    active: bool,
) -> sqlx::Result<()> {
    let kind = match kind {
        ChoiceKind::Source => "SOURCE",
        ChoiceKind::Industry => "INDUSTRY",
        ChoiceKind::Size => "SIZE",
        ChoiceKind::Level => "LEVEL",
        ChoiceKind::Region => "REGION",
    };
    sqlx::query!(
        "insert into choice (kind, code, name_en, name_zh, position, active)
         select $1, $2, $3, $4, coalesce(max(position), 0) + 1, $5 from choice where kind = $1
         on conflict (kind, code) do update set name_en = $3, name_zh = $4, active = $5",
        kind,
        code,
        name_en,
        name_zh,
        active
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the definition of an extra field; a new one comes last.
pub async fn save_extra_field(db: &mut PgConnection, draft: &FieldDraft) -> sqlx::Result<()> {
    let kind = match draft.kind {
        ExtraType::Text => "TEXT",
        ExtraType::Number => "NUMBER",
        ExtraType::Boolean => "BOOLEAN",
        ExtraType::Date => "DATE",
    };
    sqlx::query!(
        "insert into extra_field (key, type, label_en, label_zh, personal, position, active)
         select $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1, $6 from extra_field
         on conflict (key) do update set label_en = $3, label_zh = $4, personal = $5, active = $6",
        draft.key,
        kind,
        draft.label_en,
        draft.label_zh,
        draft.personal,
        draft.active
    )
    .execute(db)
    .await?;
    Ok(())
}
