//! Users: create, roles, manager, password.

use std::collections::BTreeSet;

use super::attempt;
use super::session::{self, EndReason, SignedIn};
use super::{NewUser, WRITE_ROLE, password, policy, store};
use crate::kernel::access::{Action, Grant, Permission, Resource};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind, shown};
use crate::kernel::directory::{Directory, Member};
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::UserId;
use crate::kernel::op::{Changes, Op};
use crate::kernel::text;

/// The permission to create users.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::User);
/// The permission to change the manager of users.
pub const CHANGE_MANAGER: Permission = Permission::to(Action::ChangeManager, Resource::User);

/// Creates a user, who can sign in when they have set their password by a [link](super::link).
pub async fn create(op: &mut Op<'_>, user: NewUser) -> Result<UserId, Error> {
    op.authorize(CREATE)?;
    let user = validate(user)?;
    let mut refusals = Vec::from_iter(check_roles(op, &user.roles).err());
    if refusals.is_empty()
        && let Some(role) = user.roles.iter().find(|role| !may_give(op, op.directory(), role))
    {
        let text = Text::new(format!("You may not give the role {role}."), format!("你无权授予角色 {role}。"));
        refusals.push(UserError::new(Code::Forbidden, text).at(&["roles"]));
    }
    policy::check_given(op, &user.roles)?;
    if let Some(manager) = user.manager {
        refusals.extend(require_active(op, manager, "managerId").err());
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let (id, now) = (op.new_id(), op.now());
    store::insert_user(op.db(), id, &user, None, now).await.map_err(explain_taken_email)?;
    let entry = Entry::of(Kind::UserCreated).about(id).detail(format!("roles: {}", user.roles.join(", ")));
    op.audit(entry.detail(format!("managerId: {}", shown(user.manager)))).await?;
    Ok(id)
}

/// Whether the actor may give a role: an actor without the permission for roles may only give those that are marked as
/// grantable by HR.
pub(super) fn may_give(op: &Op<'_>, directory: &Directory, role: &str) -> bool {
    op.authorize(WRITE_ROLE).is_ok() || directory.roles.iter().any(|known| known.name == role && known.grantable_by_hr)
}

/// Turns the violation of the unique e-mail address into a refusal.
pub(super) fn explain_taken_email(error: sqlx::Error) -> Error {
    if violated(&error) != Some("app_user_email_unique") {
        return error.into();
    }
    let text = Text::new("Another user has this e-mail address already.", "该邮箱已被使用。");
    UserError::new(Code::Duplicate, text).at(&["email"]).into()
}

/// Validates the data of a user. The error contains all refusals.
pub(super) fn validate(user: NewUser) -> Result<NewUser, Error> {
    let mut refusals = Vec::new();
    let mut collect =
        |result: Result<String, UserError>| result.map_err(|refusal| refusals.push(refusal)).unwrap_or_default();
    let email = collect(valid_email(&user.email));
    let name = collect(text::line(&["name"], &user.name, 1, 100));
    let phone =
        text::optional(&["phone"], user.phone, 40).map_err(|refusal| refusals.push(refusal)).unwrap_or_default();
    if refusals.is_empty() { Ok(NewUser { email, name, phone, ..user }) } else { Err(Error::Refused(refusals)) }
}

/// An e-mail address in lower case.
pub(super) fn valid_email(email: &str) -> Result<String, UserError> {
    let email = text::line(&["email"], &email.to_lowercase(), 3, 254)?;
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace) => Ok(email),
        _ => Err(UserError::invalid(&["email"], "The e-mail address is not valid.", "邮箱地址格式不正确。")),
    }
}

fn check_roles(op: &Op<'_>, roles: &[String]) -> Result<(), UserError> {
    match roles.iter().find(|name| !op.directory().roles.iter().any(|role| role.name == **name)) {
        None => Ok(()),
        Some(unknown) => {
            let unknown: String = unknown.chars().take(40).collect();
            Err(UserError::invalid(
                &["roles"],
                format!("There is no role {unknown:?}."),
                format!("角色 {unknown:?} 不存在。"),
            ))
        }
    }
}

/// Returns an active user, or a refusal that names the field of the input.
fn require_active<'op>(op: &'op Op<'_>, user: UserId, field: &str) -> Result<&'op Member, UserError> {
    let member = op.directory().people.get(&user).filter(|member| member.is_active);
    member.ok_or_else(|| UserError::not_found().at(&[field]))
}

/// Replaces the roles of a user. Actors who would lose the permission to write roles must confirm that, because they
/// could not take it back.
pub async fn set_roles(op: &mut Op<'_>, user: UserId, roles: Vec<String>, confirmed: bool) -> Result<(), Error> {
    op.authorize(WRITE_ROLE)?;
    let before = require_active(op, user, "userId")?.roles.join(", ");
    check_roles(op, &roles)?;
    policy::check_account(op, op.directory(), user)?;
    policy::check_given(op, &roles)?;
    policy::check_administrator_remains(op, |people, _| {
        people.change(user, |member| member.roles = roles.as_slice().into());
    })
    .await?;
    let after = op.directory().policy.grants(&roles).map_err(|error| Error::Internal(error.into()))?;
    let keeps_right = !roles.is_empty() && after.contains_key(&WRITE_ROLE);
    if user == op.viewer()?.user && !keeps_right && !confirmed {
        let text = Text::new(
            "You would lose the right to change roles, and could not give it back to yourself. Confirm this (`confirm: true`).",
            "你将失去修改角色的权限，且无法自行恢复，请确认后再保存。",
        );
        return Err(UserError::new(Code::ConfirmationRequired, text).at(&["roles"]).into());
    }
    store::set_roles(op.db(), user, &roles).await?;
    let entry = Entry::of(Kind::RolesChanged).about(user);
    op.audit(entry.changes([("roles", before)], [("roles", roles.join(", "))])).await
}

/// Gives a user another manager, or none.
pub async fn change_manager(op: &mut Op<'_>, user: UserId, manager: Option<UserId>) -> Result<(), Error> {
    op.authorize(CHANGE_MANAGER)?;
    // The lock of the directory is held, so this is the present tree, not the one of when the operation began.
    let directory = op.present_directory().await?;
    let before = directory.people.get(&user).ok_or_else(|| UserError::not_found().at(&["userId"]))?.manager;
    policy::check_account(op, &directory, user)?;
    if before == manager {
        return Ok(());
    }
    if let Some(manager) = manager {
        let is_active = directory.people.get(&manager).is_some_and(|member| member.is_active);
        if !is_active {
            return Err(UserError::not_found().at(&["managerId"]).into());
        }
        if manager == user || directory.people.is_below(manager, user) {
            let text = Text::new(
                "A user cannot be their own manager, directly or through others.",
                "不能将本人或其下属设为上级。",
            );
            return Err(UserError::new(Code::ManagerCycle, text).at(&["managerId"]).into());
        }
    }
    let now = op.now();
    store::set_manager(op.db(), &[user.uuid()], manager, now).await?;
    let entry = Entry::of(Kind::ManagerChanged).about(user);
    op.audit(entry.changes([("managerId", shown(before))], [("managerId", shown(manager))])).await?;
    tell_of_new_superiors(op, &directory, user, manager).await
}

/// Tells of it when somebody sees customers by a change of the tree that they did not see before: the user who was moved,
/// all who are or were above, and those who may write roles. Otherwise nobody would notice who places an account of their
/// own above the owners of customers.
async fn tell_of_new_superiors(
    op: &mut Op<'_>,
    directory: &Directory,
    user: UserId,
    manager: Option<UserId>,
) -> Result<(), Error> {
    let before = directory.people.everyone_above(user);
    let after: Vec<_> = manager
        .into_iter()
        .flat_map(|manager| [vec![manager], directory.people.everyone_above(manager)].concat())
        .collect();
    let mut moved = directory.people.everyone_below(user);
    moved.push(user.uuid());
    let is_gain = after.iter().any(|superior| !before.contains(superior));
    if !is_gain || !store::own_customers(op.db(), &moved).await? {
        return Ok(());
    }
    let actor = op.viewer()?.user;
    let mut told: BTreeSet<_> =
        [vec![user], before, after, policy::administrators(directory)?].concat().into_iter().collect();
    told.remove(&actor);
    let (about, at) = (About::User(user), op.now());
    let notification = |user| Notification { user, notice: Notice::SuperiorChanged, about, at, rule: None };
    op.notify(&told.into_iter().map(notification).collect::<Vec<_>>()).await
}

/// Changes the actor's own password, ends all their sessions, and opens a new one: somebody who has copied tokens is out. A check
/// of the old password counts like a sign-in, because somebody who has only the access token could otherwise guess the
/// password without limit.
pub async fn change_password(
    app: &App,
    actor: Actor,
    origin: &Origin,
    old: &str,
    new: &str,
) -> Result<SignedIn, Error> {
    let user = actor.viewer()?.user;
    let directory = app.directory().await?;
    let email = &directory.people.get(&user).ok_or(Error::Unauthenticated)?.email;
    password::check(&["newPassword"], new, email)?;
    if new == old {
        return Err(same_password("newPassword").into());
    }
    let text = Text::new("The old password is wrong.", "原密码不正确。");
    let wrong = UserError::new(Code::InvalidCredentials, text).at(&["oldPassword"]);
    let mut attempt = attempt::of_actor(app, &actor, origin, old, wrong).await?;
    // The hash is computed before the transaction, so that nobody waits for it.
    let hash = password::hash(new, &attempt.turn).await?;
    attempt.end_turn();
    let mut op = app.begin_to_change(Changes::Sessions, actor).await?.coming_from(origin);
    let now = op.now();
    if store::password_hash_of(&mut *op.db(), user).await?.as_deref() != attempt.password_hash() {
        return Err(UserError::conflict().into());
    }
    store::set_password(op.db(), user, &hash, now).await?;
    attempt.succeed(&mut op).await?;
    session::end_sessions(op.db(), user, None, EndReason::PasswordChanged, now).await?;
    let tokens = session::open(&mut op, user, origin).await?;
    op.audit(Entry::of(Kind::PasswordChanged).about(user)).await?;
    op.commit().await?;
    tokens.into_signed_in(app).await
}

pub(super) fn same_password(path: &str) -> UserError {
    let (en, zh) = ("The new password must differ from the old one.", "新密码不能与原密码相同。");
    UserError::invalid(&[path], en, zh)
}

/// Returns whether the viewer may see the roles of users and the permissions of roles.
pub fn sees_roles(rights: &crate::kernel::access::Rights) -> bool {
    Grant::of(rights, WRITE_ROLE).is_some() || Grant::of(rights, policy::WRITE).is_some()
}
