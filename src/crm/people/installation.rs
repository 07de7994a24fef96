//! A new installation: its roles and policy, and its first administrator.

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::session::{self, EndReason};
use super::user::{explain_taken_email, validate};
use super::{NewUser, password, policy, store, token};
use crate::crm::webhook;
use crate::kernel::access::seed_policy;
use crate::kernel::actor::Actor;
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::Error;
use crate::kernel::installation;
use crate::kernel::op::{Changes, lock_directory};
use crate::kernel::schema::{self, StartError};
use crate::kernel::transaction::begin;

/// The roles of a new installation: name, English title, Chinese title, whether HR may give the role.
const ROLES: [(&str, &str, &str, bool); 8] = [
    ("sales", "Sales", "销售", true),
    ("manager", "Sales manager", "销售主管", true),
    ("hr", "HR", "人事", false),
    ("service", "Service", "客服", true),
    ("marketing", "Marketing", "市场", true),
    ("finance", "Finance", "财务", false),
    ("analyst", "Analyst", "数据分析", false),
    ("admin", "Administrator", "管理员", false),
];

/// Applies the migrations that the database lacks. An installation without roles gets [`ROLES`] and the policy of
/// `casbin/policy.csv`. The database is changed by its owner, and the role of the servers is permitted what they need.
pub async fn migrate(owner: &PgConnectOptions, server: &PgConnectOptions) -> Result<(), StartError> {
    let pool = schema::migrate(owner, server).await?;
    install_policy(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn install_policy(db: &PgPool) -> sqlx::Result<()> {
    let mut transaction = begin(db).await?;
    lock_directory(&mut transaction).await?;
    if !policy::has_roles(&mut transaction).await? {
        policy::insert_roles(&mut transaction, &ROLES).await?;
        for line in seed_policy() {
            policy::insert_line(&mut transaction, &line).await?;
        }
    }
    transaction.commit().await
}

/// Releases an installation that is held. As one of its own, it calls nobody that the other one calls, and nobody is signed in: its
/// webhooks are deleted, and all sessions end. The same installation at another place goes on with everything.
pub async fn adopt(app: &App, is_same: bool) -> Result<(), Error> {
    let mut op = app.begin_to_change(Changes::Sessions, Actor::System("adopt")).await?;
    if !is_same {
        let now = op.now();
        session::end_all(op.db(), EndReason::Revoked, now).await?;
        webhook::delete_all(&mut op).await?;
    }
    installation::hold(op.db(), false).await?;
    op.commit().await
}

/// Holds an installation, until it is [adopted](adopt).
pub async fn hold(app: &App) -> Result<(), Error> {
    let mut op = app.begin(Actor::System("hold")).await?;
    installation::hold(op.db(), true).await?;
    op.commit().await?;
    app.follow().await
}

/// Creates a user with the role of administrator, from the command line. It returns the password that it generated if
/// none was given.
pub async fn create_admin(
    app: &App,
    email: String,
    name: String,
    given: Option<String>,
) -> Result<Option<String>, Error> {
    let generated = if given.is_none() { Some(token::new()?) } else { None };
    let password = given.or_else(|| generated.clone());
    let user = NewUser { email, name, phone: None, manager: None, roles: vec!["admin".to_owned()], is_service: false };
    let user = validate(user)?;
    let password = password.unwrap_or_default();
    password::check(&["password"], &password, &user.email)?;
    let hash = password::hash(&password, &password::Turn::alone()).await?;
    let mut op = app.begin_to_change(Changes::Directory, Actor::System("create-admin")).await?;
    let (id, now) = (op.new_id(), op.now());
    store::insert_user(op.db(), id, &user, Some(&hash), now).await.map_err(explain_taken_email)?;
    op.audit(Entry::of(Kind::UserCreated).about(id).detail("roles: admin")).await?;
    op.commit().await?;
    Ok(generated)
}
