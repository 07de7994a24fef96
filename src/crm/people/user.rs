//! Users: create, roles, manager, password.

use super::session::Ended;
use super::{password, policy, store};
use crate::kernel::access::{Action, Grant, Permission, Resource};
use crate::kernel::actor::{Actor, Viewer};
use crate::kernel::app::App;
use crate::kernel::directory::Member;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::id::UserId;
use crate::kernel::op::{Changes, Op};
use crate::kernel::text;

/// To open accounts.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::User);
/// To say who has which role.
pub const WRITE_ROLE: Permission = Permission::to(Action::Write, Resource::Role);
/// To move people in the tree.
pub const CHANGE_MANAGER: Permission = Permission::to(Action::ChangeManager, Resource::User);

/// A user to create.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    pub manager: Option<UserId>,
    pub roles: Vec<String>,
    /// Without one nobody can sign in as this user.
    pub password: Option<String>,
}

/// A user to create whose data are checked and whose password is hashed: that takes a while, and nothing may wait for it.
pub struct Prepared {
    user: NewUser,
    password_hash: Option<String>,
}

/// Prepares a user for [`create`].
pub async fn prepare(actor: &Actor, user: NewUser) -> Result<Prepared, Error> {
    actor.authorize(CREATE)?;
    let user = checked(user)?;
    let password_hash = match &user.password {
        Some(password) => Some(password::hash(password).await?),
        None => None,
    };
    Ok(Prepared { user, password_hash })
}

/// Opens an account.
pub async fn create(op: &mut Op<'_>, Prepared { user, password_hash }: Prepared) -> Result<UserId, Error> {
    op.authorize(CREATE)?;
    check_roles(op, &user.roles)?;
    // Who may not say who has which role gives those alone that are meant to be given.
    if op.authorize(WRITE_ROLE).is_err() {
        let grantable =
            |name: &String| op.directory().roles.iter().any(|role| role.name == *name && role.grantable_by_hr);
        if let Some(role) = user.roles.iter().find(|role| !grantable(role)) {
            let text = Text::new(format!("You may not give the role {role}."), format!("您不能授予角色 {role}。"));
            return Err(UserError::new(Code::Forbidden, text).at(&["roles"]).into());
        }
    }
    if let Some(manager) = user.manager {
        active(op, manager, "managerId")?;
    }
    let (id, now) = (op.new_id(), op.now());
    store::insert_user(op.db(), id, &user, password_hash.as_deref(), now).await.map_err(email_taken)?;
    Ok(id)
}

/// Why a user could not be written.
pub(super) fn email_taken(error: sqlx::Error) -> Error {
    if violated(&error) != Some("app_user_email_unique") {
        return error.into();
    }
    let text = Text::new("Somebody has this e-mail address already.", "该邮箱已被使用。");
    UserError::new(Code::Duplicate, text).at(&["email"]).into()
}

/// A user's data, checked. All that is wrong is told at once.
pub(super) fn checked(user: NewUser) -> Result<NewUser, Error> {
    let mut wrong = Vec::new();
    let mut keep =
        |checked: Result<String, UserError>| checked.map_err(|refusal| wrong.push(refusal)).unwrap_or_default();
    let email =
        keep(text::line(&["email"], &user.email.to_lowercase(), 3, 254).and_then(
            |email| match email.split_once('@') {
                Some((name, host)) if !name.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace) => {
                    Ok(email)
                }
                _ => Err(UserError::invalid(&["email"], "is not an e-mail address", "不是有效的邮箱地址")),
            },
        ));
    let name = keep(text::line(&["name"], &user.name, 1, 100));
    let phone = text::optional(&["phone"], user.phone, 40).map_err(|refusal| wrong.push(refusal)).unwrap_or_default();
    if let Some(password) = &user.password {
        wrong.extend(password::check(&["password"], password).err());
    }
    if wrong.is_empty() { Ok(NewUser { email, name, phone, ..user }) } else { Err(Error::Refused(wrong)) }
}

fn check_roles(op: &Op<'_>, roles: &[String]) -> Result<(), UserError> {
    match roles.iter().find(|name| !op.directory().roles.iter().any(|role| role.name == **name)) {
        None => Ok(()),
        Some(unknown) => {
            let unknown: String = unknown.chars().take(40).collect();
            Err(UserError::invalid(
                &["roles"],
                format!("There is no role {unknown:?}."),
                format!("没有角色 {unknown:?}。"),
            ))
        }
    }
}

/// Somebody who is there and active.
fn active<'op>(op: &'op Op<'_>, user: UserId, field: &str) -> Result<&'op Member, UserError> {
    let member = op.directory().people.get(&user).filter(|member| member.is_active);
    member.ok_or_else(|| UserError::not_found().at(&[field]))
}

/// Gives a user these roles and no others.
pub async fn set_roles(op: &mut Op<'_>, user: UserId, roles: Vec<String>) -> Result<(), Error> {
    op.authorize(WRITE_ROLE)?;
    active(op, user, "userId")?;
    check_roles(op, &roles)?;
    policy::keep_an_administrator(op, |people, _| {
        if let Some(member) = people.get_mut(&user) {
            member.roles.clone_from(&roles);
        }
    })
    .await?;
    store::set_roles(op.db(), user, &roles).await?;
    Ok(())
}

/// Moves somebody below another manager, or to the top.
pub async fn change_manager(op: &mut Op<'_>, user: UserId, manager: Option<UserId>) -> Result<(), Error> {
    op.authorize(CHANGE_MANAGER)?;
    // Under the lock, the tree is as the database has it, not as it was when the operation began.
    let directory = crate::kernel::directory::read(op.db()).await?;
    let before = directory.people.get(&user).ok_or_else(|| UserError::not_found().at(&["userId"]))?.manager;
    if before == manager {
        return Ok(());
    }
    if let Some(manager) = manager {
        let is_active = directory.people.get(&manager).is_some_and(|member| member.is_active);
        if !is_active {
            return Err(UserError::not_found().at(&["managerId"]).into());
        }
        if manager == user || directory.is_below(manager, user) {
            let text = Text::new("This would put somebody below themselves.", "这会使上下级关系形成循环。");
            return Err(UserError::new(Code::ManagerCycle, text).at(&["managerId"]).into());
        }
    }
    let now = op.now();
    store::set_manager(op.db(), &[user.uuid()], manager, now).await?;
    Ok(())
}

/// Changes one's own password, and ends all other sessions.
pub async fn change_password(app: &App, actor: Actor, old: &str, new: &str) -> Result<(), Error> {
    let Viewer { user, session, .. } = *actor.viewer()?;
    password::check(&["newPassword"], new)?;
    // Before anything is held: nobody waits for a hash.
    let present = store::password_of(app.pool(), user).await?;
    if !password::verify(old, present.clone()).await? {
        let text = Text::new("This is not your password.", "密码不正确。");
        return Err(UserError::new(Code::InvalidCredentials, text).at(&["oldPassword"]).into());
    }
    let hash = password::hash(new).await?;
    let mut op = app.begin_to_change(Changes::Sessions, actor).await?;
    let now = op.now();
    if store::password_of(&mut *op.db(), user).await? != present {
        return Err(UserError::conflict().into());
    }
    store::set_password(op.db(), user, &hash, now).await?;
    store::end_sessions(op.db(), user, Some(session), Ended::PasswordChanged, now).await?;
    op.commit().await
}

/// Whether somebody may see who has which role, and what roles may do.
pub fn sees_roles(rights: &crate::kernel::access::Rights) -> bool {
    Grant::of(rights, WRITE_ROLE).is_some() || Grant::of(rights, policy::WRITE).is_some()
}
