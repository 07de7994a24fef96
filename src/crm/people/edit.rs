//! Changes what an account says of its user: name, phone, language, and the e-mail address to sign in with.

use super::attempt;
use super::link::RESET;
use super::store::UserChange;
use super::user::{explain_taken_email, valid_email};
use super::{policy, store};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Language, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::op::{Changes, Op};
use crate::kernel::text;

/// The permission to change names, phone numbers and languages of others.
pub const UPDATE: Permission = Permission::to(Action::Update, Resource::User);

/// What a user changes of an account: `None` keeps the value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Edit {
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<Option<String>>,
    pub locale: Option<Option<Language>>,
    /// The password of the actor, for a new e-mail address of their own.
    pub password: Option<String>,
}

/// Changes the actor's own account, or with [`UPDATE`] that of another user. Everybody who decides where links are sent opens the
/// account: so a new e-mail address needs the password of its owner, or [`RESET`].
pub async fn update(app: &App, actor: Actor, origin: &Origin, user: UserId, edit: Edit) -> Result<(), Error> {
    let own = actor.viewer()?.user;
    let directory = app.directory().await?;
    let email = edit.email.as_deref().map(valid_email).transpose()?;
    // An address that stays the same is no change.
    let email = email.filter(|email| directory.people.get(&user).is_none_or(|member| *member.email != **email));
    let change = UserChange {
        email,
        name: edit.name.map(|name| text::line(&["name"], &name, 1, 100)).transpose()?,
        phone: edit.phone.map(|phone| text::optional(&["phone"], phone, 40)).transpose()?,
        locale: edit.locale.map(|locale| locale.map(Language::tag)),
    };
    let mut attempt = None;
    if user == own && change.email.is_some() {
        let text = Text::new("A new e-mail address needs your password.", "修改邮箱需要输入正确的当前密码。");
        let wrong = UserError::new(Code::InvalidCredentials, text).at(&["password"]);
        let password = edit.password.as_deref().unwrap_or_default();
        let mut checked = attempt::of_actor(app, &actor, origin, password, wrong).await?;
        checked.end_turn();
        attempt = Some(checked);
    }
    let mut op = app.begin_to_change(Changes::Directory, actor).await?.coming_from(origin);
    if user != own {
        check_may_update(&op, user, change.email.is_some())?;
    }
    let now = op.now();
    store::update_user(op.db(), user, &change, now).await.map_err(explain_taken_email)?;
    if let Some(attempt) = attempt {
        attempt.succeed(&mut op).await?;
    }
    // Which ones, not what they are: an e-mail address and a phone number stay out of the log.
    let changed = [
        ("email", change.email.is_some()),
        ("name", change.name.is_some()),
        ("phone", change.phone.is_some()),
        ("locale", change.locale.is_some()),
    ];
    let changed: Vec<_> = changed.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect();
    if !changed.is_empty() {
        op.audit(changed.into_iter().fold(Entry::of(Kind::UserChanged).about(user), Entry::detail)).await?;
    }
    op.commit().await
}

fn check_may_update(op: &Op<'_>, user: UserId, changes_email: bool) -> Result<(), Error> {
    op.authorize(UPDATE)?;
    if !op.directory().people.contains_key(&user) {
        return Err(UserError::not_found().at(&["userId"]).into());
    }
    policy::check_account(op, op.directory(), user)?;
    if changes_email && op.authorize(RESET).is_err() {
        return Err(UserError::forbidden(RESET).at(&["email"]).into());
    }
    Ok(())
}

/// The language in which a user gets e-mail; `None`: in both.
pub async fn locale_of(app: &App, user: UserId) -> Result<Option<Language>, Error> {
    Ok(store::locale_of(app.pool(), user).await?.as_deref().map(Language::accepted))
}
