//! Every statement that writes roles and the policy.

use sqlx::PgConnection;

use crate::kernel::access::PolicyLine;

/// Inserts roles: name, English title, Chinese title, whether HR may give the role.
pub async fn insert_roles(db: &mut PgConnection, roles: &[(&str, &str, &str, bool)]) -> sqlx::Result<()> {
    for (name, title_en, title_zh, grantable) in roles {
        save_role(db, name, title_en, title_zh, *grantable, None).await?;
    }
    Ok(())
}

/// Inserts a role, or updates the role with this name.
pub async fn save_role(
    db: &mut PgConnection,
    name: &str,
    title_en: &str,
    title_zh: &str,
    grantable_by_hr: bool,
    requires_second_factor: Option<bool>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into role as r (name, title_en, title_zh, grantable_by_hr, requires_second_factor)
         values ($1, $2, $3, $4, coalesce($5, false))
         on conflict (name) do update
             set title_en = $2, title_zh = $3, grantable_by_hr = $4, requires_second_factor = coalesce($5, r.requires_second_factor)",
        name,
        title_en,
        title_zh,
        grantable_by_hr,
        requires_second_factor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Returns whether there are roles. An installation that has roles has a policy.
pub async fn has_roles(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from role) as "exists!""#).fetch_one(db).await
}

/// Adds a line to the policy. A line that is there stays as it is.
pub async fn insert_line(db: &mut PgConnection, line: &PolicyLine) -> sqlx::Result<()> {
    match line {
        PolicyLine::Permits { role, resource, action, scope } => {
            sqlx::query!(
                "insert into permission (role, resource, action, scope) values ($1, $2, $3, $4) on conflict do nothing",
                role,
                resource,
                action,
                scope
            )
            .execute(db)
            .await?
        }
        PolicyLine::Inherits { role, inherits } => {
            sqlx::query!(
                "insert into role_inheritance (role, inherits) values ($1, $2) on conflict do nothing",
                role,
                inherits
            )
            .execute(db)
            .await?
        }
    };
    Ok(())
}

/// Deletes a permission of a role. It is no error if the role does not have it.
pub async fn delete_permission(
    db: &mut PgConnection,
    role: &str,
    resource: &str,
    action: &str,
    scope: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from permission where role = $1 and resource = $2 and action = $3 and scope = $4",
        role,
        resource,
        action,
        scope
    )
    .execute(db)
    .await?;
    Ok(())
}
