//! Every column of the tables whose edits are kept is either kept or listed as one that users do not edit.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use serde_json::json;

use crate::support::World;

/// The columns whose changes are edits: the table, the column, the type and the field of the API, and how a test changes it.
const KEPT: [(&str, &str, &str, &str, &str); 66] = [
    ("customer", "name", "Customer", "name", "name || '2'"),
    ("customer", "credit_code", "Customer", "creditCode", "'87654321'"),
    ("customer", "source", "Customer", "source", "'OTHER'"),
    ("customer", "source_detail", "Customer", "sourceDetail", "'x'"),
    ("customer", "industry", "Customer", "industry", "'RETAIL'"),
    ("customer", "size", "Customer", "size", "'UP_TO_50'"),
    ("customer", "level", "Customer", "level", "'A'"),
    ("customer", "region", "Customer", "region", "'EAST'"),
    ("customer_extra", "text_value", "Extra", "extras.credit_rating", "case when type = 'TEXT' then 'x' end"),
    ("customer_extra", "number_value", "Extra", "extras.employees", "case when type = 'NUMBER' then 8 end"),
    ("customer_extra", "boolean_value", "Extra", "extras.listed", "case when type = 'BOOLEAN' then false end"),
    (
        "customer_extra",
        "date_value",
        "Extra",
        "extras.founded_on",
        "case when type = 'DATE' then date '2021-01-01' end",
    ),
    ("contact", "name", "Contact", "name", "'x'"),
    ("contact", "title", "Contact", "title", "'x'"),
    ("contact", "decision_role", "Contact", "decisionRole", "'USER'"),
    ("contact", "phones", "Contact", "phones", "'{1,2}'"),
    ("contact", "emails", "Contact", "emails", "'{x@example.com}'"),
    ("contact", "wechat", "Contact", "wechat", "'x'"),
    ("contact", "is_primary", "Contact", "isPrimary", "not is_primary"),
    ("contact", "archived_at", "Contact", "isArchived", "now()"),
    ("sales_opportunity", "name", "Opportunity", "name", "'x'"),
    ("sales_opportunity", "note", "Opportunity", "note", "'x'"),
    ("sales_opportunity", "competitor", "Opportunity", "competitor", "'x'"),
    (
        "sales_opportunity",
        "product_id",
        "Opportunity",
        "expectedProduct",
        "(select id from product where sku = 'PIPE')",
    ),
    ("sales_opportunity", "amount", "Opportunity", "expectedAmount", "amount + 1"),
    ("sales_opportunity", "amount_is_sum", "Opportunity", "amountIsSum", "not amount_is_sum"),
    ("sales_opportunity", "line_set", "Opportunity", "lines", "line_set + 1"),
    ("sales_opportunity", "currency", "Opportunity", "expectedAmount", "'USD'"),
    ("sales_opportunity", "close_date", "Opportunity", "expectedCloseDate", "date '2026-12-31'"),
    ("sales_opportunity", "probability", "Opportunity", "probability", "99"),
    ("sales_opportunity", "archived_at", "Opportunity", "isArchived", "now()"),
    ("product", "sku", "Product", "sku", "sku || 'x'"),
    ("product", "name", "Product", "name", "'x'"),
    ("product", "category", "Product", "category", "'x'"),
    ("product", "unit", "Product", "unit", "'x'"),
    ("product", "unit_price", "Product", "unitPrice", "unit_price + 1"),
    ("product", "currency", "Product", "unitPrice", "'USD'"),
    ("product", "active", "Product", "isActive", "not active"),
    ("product", "archived_at", "Product", "isArchived", "now()"),
    ("app_user", "name", "User", "name", "name || '2'"),
    ("app_user", "email", "User", "email", "'x' || email"),
    ("app_user", "phone", "User", "phone", "'1'"),
    ("app_user", "locale", "Viewer", "locale", "'zh'"),
    (
        "app_user",
        "manager_id",
        "User",
        "manager",
        "(select id from app_user u where u.id <> app_user.id order by id limit 1)",
    ),
    ("setting", "protection_period_seconds", "Settings", "protectionPeriod", "1"),
    ("setting", "max_owned_customers", "Settings", "maxOwnedCustomers", "1"),
    ("setting", "max_claims_per_day", "Settings", "maxClaimsPerDay", "1"),
    ("setting", "previous_owner_cooldown_seconds", "Settings", "previousOwnerCooldown", "1"),
    ("setting", "long_absence_seconds", "Settings", "longAbsence", "1"),
    ("setting", "max_reveals_per_day", "Settings", "maxRevealsPerDay", "1"),
    ("setting", "business_time_zone", "Settings", "businessTimeZone", "'UTC'"),
    ("setting", "weekly_days_off", "Settings", "weeklyDaysOff", "'{MONDAY}'"),
    ("setting", "claim_opens", "Settings", "claimOpens", "'09:00'"),
    ("setting", "notice_seconds", "Settings", "notice", "1"),
    ("setting", "currencies", "Settings", "currencies", "'{CNY}'"),
    ("setting", "quick_release_seconds", "Settings", "quickRelease", "1"),
    ("setting", "quick_release_alert", "Settings", "quickReleaseAlert", "1"),
    ("setting", "audit_days", "Settings", "auditDays", "200"),
    ("setting", "notification_days", "Settings", "notificationDays", "100"),
    ("setting", "session_idle_seconds", "Settings", "sessionIdle", "3600"),
    ("setting", "phone_country", "Settings", "phoneCountry", "'DE'"),
    ("setting", "nameless_contact", "Settings", "namelessContact", "'x'"),
    ("setting", "decimal_mark", "Settings", "decimalMark", "'COMMA'"),
    ("setting", "date_order", "Settings", "dateOrder", "'DAY_MONTH'"),
    ("setting", "import_grace_seconds", "Settings", "importGrace", "1"),
    ("setting", "sellers_record_payments", "Settings", "sellersRecordPayments", "not sellers_record_payments"),
];
/// The columns that are no edits: keys, what is computed, and what another history has.
const NO_EDITS: [(&str, &str); 7] = [
    // Owners, pools, archiving, the blacklist and merges are in the operation log, with the clocks that they set.
    (
        "customer",
        "id name_key name_fold name_bigrams owner_user_id owned_since pool_entry_time protected_until protection_due \
         first_followup_time last_followup_time next_contact_at blacklisted_at blacklist_reason archived_at merged_into \
         has_ordered imported_at pool_id created_by created_at updated_at version",
    ),
    ("customer_extra", "customer_id key type"),
    ("contact", "id customer_id phone_keys email_keys created_at updated_at version"),
    // Stages and owners are in `opportunity_history`.
    (
        "sales_opportunity",
        "id customer_id owner_user_id stage stage_kind closed_at lost_reason lost_remark import_id created_by updated_by created_at updated_at version",
    ),
    ("product", "id created_at updated_at version"),
    // Departures are in the audit log. Passwords are kept nowhere.
    ("app_user", "id password_hash status last_sign_in_at is_service created_at updated_at"),
    ("setting", "only_row version"),
];

#[tokio::test]
async fn a_column_is_kept_or_is_no_edit() {
    let world = World::new().await;
    let ann = world.person("Ann", "sales", Some(&world.person("Boss", "manager", None).await)).await;
    let pump = world.product("PUMP", "10").await;
    world.product("PIPE", "2").await;
    let extras = json!([
        {"key": "credit_rating", "value": "A"}, {"key": "employees", "value": "7"}, {"key": "listed", "value": "true"},
        {"key": "founded_on", "value": "2020-02-29"},
    ]);
    let input = json!({"name": "Acme", "source": "WEBSITE", "extras": extras});
    let acme = ann.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    ann.contact(&acme, "Li", "13812345678", "li@example.com").await;
    let deal = json!({"customerId": acme, "lines": [{"productId": pump, "quantity": "1"}]});
    assert_eq!(ann.outcome("createOpportunity", deal).await, "");

    let kept = || KEPT.iter();
    let schema = Schema::parse_and_validate(tidepool::api::sdl(), "schema.graphql").unwrap();
    for (table, others) in NO_EDITS {
        let columns: String = world
            .sql(&format!(
                "select string_agg(column_name::text, ' ' order by column_name::text) from information_schema.columns
                 where table_schema = current_schema and table_name = '{table}'"
            ))
            .await;
        let columns: BTreeSet<_> = columns.split(' ').collect();
        let of_table = kept().filter(|(of, ..)| *of == table).map(|(_, column, ..)| *column);
        let known: BTreeSet<_> = of_table.chain(others.split_whitespace()).collect();
        assert_eq!(columns, known, "{table}: a new column is to be kept by its trigger `edits_kept`, or is no edit");
        assert!(others.split_whitespace().all(|other| kept().all(|(of, column, ..)| (*of, *column) != (table, other))));
    }
    for (table, column, ty, field, value) in kept() {
        if !field.starts_with("extras.") {
            assert!(schema.type_field(ty, field).is_ok(), "{ty}.{field}");
        }
        let mut tx = world.db.begin().await.unwrap();
        // The history of opportunities needs another time for each version.
        let later = if ["customer_extra", "setting"].contains(table) {
            ""
        } else {
            ", updated_at = updated_at + interval '1 s'"
        };
        let change = format!("update {table} set {column} = {value}{later}");
        sqlx::query(sqlx::AssertSqlSafe(change.clone()))
            .execute(&mut *tx)
            .await
            .unwrap_or_else(|error| panic!("{change}: {error}"));
        let fields: Vec<String> =
            sqlx::query_scalar("select distinct field from edit where xmin = pg_current_xact_id()::xid")
                .fetch_all(&mut *tx)
                .await
                .unwrap();
        assert_eq!(fields, [*field], "{change}");
        tx.rollback().await.unwrap();
    }
}
