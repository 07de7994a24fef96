//! Links by which people set their passwords themselves: the first one, and a new one for one that was forgotten. A link is
//! good once and for some days, so nobody ever knows the password of somebody else.

mod store;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{attempt, password, policy, session, token, user};
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::actor::{Actor, Origin};
use crate::kernel::app::App;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Language, Text, UserError};
use crate::kernel::id::UserId;
use crate::kernel::mail::Mail;
use crate::kernel::op::{Changes, Op};

/// The permission to reset the passwords of others, and to change the e-mail addresses with which they sign in.
pub const RESET: Permission = Permission::to(Action::ResetPassword, Resource::User);

/// For how long a link is good that somebody hands over: a weekend may lie in between.
const HANDED_OVER: TimeDelta = TimeDelta::days(3);
/// For how long a link is good that somebody has asked for by e-mail.
const ASKED_FOR: TimeDelta = TimeDelta::hours(1);

/// What became of a link: it is shown to who made it, or sent to whom it is for.
pub enum Made {
    /// The link.
    Shown(Link),
    /// A message with it, to send when the operation is committed.
    ToSend(Mail),
}

/// A link that was made.
pub struct Link {
    /// The secret.
    pub token: String,
    /// When it stops being good.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link for a user. A user who may create users may make the first one; for a user who can sign in already, the link
/// goes only to those with [`RESET`], or by e-mail to the user, because it opens the account.
pub async fn create(op: &mut Op<'_>, user: UserId, by_email: bool) -> Result<Made, Error> {
    let may_reset = op.authorize(RESET).is_ok();
    if !may_reset {
        op.authorize(user::CREATE)?;
    }
    let member = op.directory().people.get(&user).filter(|member| member.is_active);
    let email = member.ok_or_else(|| UserError::not_found().at(&["userId"]))?.email.to_string();
    policy::check_account(op, op.directory(), user)?;
    // It waits for a password that is being set.
    let account = store::lock_account(op.db(), user).await?.ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    if account.is_service {
        let (en, zh) = ("A service user has no password.", "服务账号不能设置密码。");
        return Err(UserError::invalid(&["userId"], en, zh).into());
    }
    if account.is_open && !may_reset && !by_email {
        let text = Text::new(
            "The user can sign in already. You may send them a link by e-mail (`byEmail`), but not see it.",
            "该用户已能登录。你只能通过邮件（`byEmail`）向其发送链接。",
        );
        return Err(UserError::new(Code::Forbidden, text).at(&["userId"]).into());
    }
    if by_email && !op.app().sends_mail() {
        let (en, zh) = ("This server sends no e-mail.", "本服务器未配置邮件发送。");
        return Err(UserError::invalid(&["byEmail"], en, zh).into());
    }
    let link = issue(op, user, HANDED_OVER).await?;
    if !by_email {
        return Ok(Made::Shown(link));
    }
    Ok(Made::ToSend(mail(op.app(), email, account.locale.as_deref(), &link)))
}

/// Makes a link for the account with an e-mail address, from the command line.
pub async fn create_for(app: &App, email: &str) -> Result<Link, Error> {
    let user = app.directory().await?.user_with_email(email);
    let user = user.ok_or_else(|| UserError::not_found().at(&["email"]))?;
    let mut op = app.begin(Actor::System("reset-password")).await?;
    let account = store::lock_account(op.db(), user).await?;
    if account.is_none_or(|account| account.is_service) {
        return Err(UserError::not_found().at(&["email"]).into());
    }
    let link = issue(&mut op, user, HANDED_OVER).await?;
    op.commit().await?;
    Ok(link)
}

async fn issue(op: &mut Op<'_>, user: UserId, lifetime: TimeDelta) -> Result<Link, Error> {
    let (token, now, creator) = (token::new()?, op.now(), op.actor().user_id());
    let expires_at = now + lifetime;
    store::save_link(op.db(), user, &token::hash(&token), creator, now, expires_at).await?;
    op.audit(Entry::of(Kind::PasswordLinkCreated).about(user)).await?;
    Ok(Link { token, expires_at })
}

/// Sends a link to the account with an e-mail address, if there is one. Whether there is one can't be told from the answer
/// or its time, because the rest is done after it.
pub async fn request(app: &Arc<App>, email: &str, origin: &Origin) -> Result<(), Error> {
    if !app.sends_mail() {
        let (en, zh) = (
            "This server sends no e-mail. Ask an administrator for a link.",
            "本服务器未配置邮件发送，请联系管理员获取链接。",
        );
        return Err(UserError::invalid(&[], en, zh).into());
    }
    let email = email.trim().to_lowercase();
    if !(3..=254).contains(&email.len()) || email.contains('\0') {
        return Ok(());
    }
    attempt::count_mail(app, &email, origin).await?;
    let app = app.clone();
    let origin = origin.clone();
    tokio::spawn(async move {
        if let Err(error) = send(&app, email, &origin).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a link to set a password can't be sent");
        }
    });
    Ok(())
}

async fn send(app: &App, email: String, origin: &Origin) -> Result<(), Error> {
    let Some(user) = app.directory().await?.user_with_email(&email) else { return Ok(()) };
    let mut op = app.begin(Actor::stranger("request-password-reset", origin)).await?.coming_from(origin);
    let account = store::lock_account(op.db(), user).await?.filter(|account| !account.is_service);
    let Some(account) = account else { return Ok(()) };
    let link = issue(&mut op, user, ASKED_FOR).await?;
    op.commit().await?;
    app.send_mail(mail(app, email, account.locale.as_deref(), &link));
    Ok(())
}

fn mail(app: &App, to: String, locale: Option<&str>, link: &Link) -> Mail {
    let url = app.limits().link_to(&path(&link.token));
    let until = link.expires_at.format("%Y-%m-%d %H:%M UTC");
    let subject = Text::new("Set your password", "设置密码");
    let body = Text::new(
        format!(
            "Set the password of your Tidepool account here:\n\n{url}\n\nThe link works once, until {until}. If you did not \
             expect it, ignore this message.\n"
        ),
        format!(
            "请点击以下链接设置你的 Tidepool 账号密码：\n\n{url}\n\n链接仅可使用一次，有效期至 {until}。如非本人操作，请忽略本邮件。\n"
        ),
    );
    match locale.map(Language::accepted) {
        Some(language) => {
            Mail { to, subject: subject.in_language(language).to_owned(), body: body.in_language(language).to_owned() }
        }
        None => {
            Mail { to, subject: format!("{} {}", subject.en, subject.zh), body: format!("{}\n{}", body.en, body.zh) }
        }
    }
}

/// The path of the page where a link leads. The token is in the fragment, which no browser sends anywhere.
pub fn path(token: &str) -> String {
    format!("/set-password#{token}")
}

/// Sets the password of the account of a link, and ends its sessions.
pub async fn set_password(app: &App, token: &str, new: &str, origin: &Origin) -> Result<(), Error> {
    let hash = token::hash(token);
    let found = store::find(app.pool(), &hash, app.clock().now()).await?.ok_or_else(invalid_link)?;
    password::check(&["newPassword"], new, &found.email)?;
    let turn = attempt::turn_at_hashing(app, origin).await?;
    if found.password_hash.is_some() && password::verify(new, found.password_hash.clone(), &turn).await? {
        return Err(user::same_password("newPassword").into());
    }
    let hashed = password::hash(new, &turn).await?;
    drop(turn);
    let mut op =
        app.begin_to_change(Changes::Sessions, Actor::stranger("set-password", origin)).await?.coming_from(origin);
    let now = op.now();
    // Of two who use the link at once, the second finds it used. Users are locked before their links.
    let account = store::lock_account(op.db(), found.user_id).await?;
    if account.is_none() || !store::use_link(op.db(), &hash, now).await? {
        return Err(invalid_link());
    }
    super::store::set_password(op.db(), found.user_id, &hashed, now).await?;
    attempt::forget_failures(&mut op, &found.email).await?;
    session::end_sessions(op.db(), found.user_id, None, session::EndReason::PasswordChanged, now).await?;
    op.audit(Entry::of(Kind::PasswordSetByLink).about(found.user_id)).await?;
    op.commit().await
}

fn invalid_link() -> Error {
    let text = Text::new(
        "The link is not valid any more: it was used, has expired, or was replaced by a newer one.",
        "链接已失效：可能已被使用、已过期或已被新链接取代。",
    );
    UserError::new(Code::InvalidLink, text).at(&["token"]).into()
}
