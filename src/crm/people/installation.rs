//! A new installation: its policy, and its first administrator.

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::user::{NewUser, checked, email_taken};
use super::{password, store, token};
use crate::kernel::access::seed_policy;
use crate::kernel::actor::Actor;
use crate::kernel::app::{self, App, StartError};
use crate::kernel::error::Error;
use crate::kernel::op::{Changes, lock_directory};

/// The roles that a new installation starts with: name, titles, whether HR may give them.
const ROLES: [(&str, &str, &str, bool); 7] = [
    ("sales", "Sales", "销售", true),
    ("manager", "Sales manager", "销售主管", true),
    ("hr", "HR", "人事", false),
    ("service", "Service", "客服", true),
    ("marketing", "Marketing", "市场", true),
    ("analyst", "Analyst", "数据分析", false),
    ("admin", "Administrator", "管理员", false),
];

/// Brings a database up to date: applies the migrations that it lacks, and copies the roles and the policy of
/// `casbin/policy.csv` into an installation that has none.
pub async fn migrate(database: &PgConnectOptions) -> Result<(), StartError> {
    let pool = app::migrate(database).await?;
    install_policy(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn install_policy(db: &PgPool) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    lock_directory(&mut transaction).await?;
    if !store::has_roles(&mut transaction).await? {
        store::insert_roles(&mut transaction, &ROLES).await?;
        for line in seed_policy() {
            store::add_line(&mut transaction, &line).await?;
        }
    }
    transaction.commit().await
}

/// Opens an account with the role of administrator, from the command line. The password, if none was given.
pub async fn create_admin(
    app: &App,
    email: String,
    name: String,
    given: Option<String>,
) -> Result<Option<String>, Error> {
    let generated = if given.is_none() { Some(token::new()?) } else { None };
    let password = given.or_else(|| generated.clone());
    let user = NewUser { email, name, phone: None, manager: None, roles: vec!["admin".to_owned()], password };
    let user = checked(user)?;
    let hash = password::hash(user.password.as_deref().unwrap_or_default()).await?;
    let mut op = app.begin_to_change(Changes::Directory, Actor::System("create-admin")).await?;
    let (id, now) = (op.new_id(), op.now());
    store::insert_user(op.db(), id, &user, Some(&hash), now).await.map_err(email_taken)?;
    op.commit().await?;
    Ok(generated)
}
