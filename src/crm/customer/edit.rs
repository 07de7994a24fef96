//! Create and update.

use serde::{Deserialize, Serialize};

use super::duplicate;
use super::locking;
use super::name_key;
use super::store::{self, Change, Entry};
use crate::crm::extra::{self, ExtraEdit};
use crate::kernel::access::{Action, Grant, Permission, Resource, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{ChoiceKind, Directory};
use crate::kernel::duration;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{Event, Kind};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// To enter customers; the scope says for whom.
pub const CREATE: Permission = Permission::to(Action::Create, Resource::Customer);
/// To change them.
pub const UPDATE: Permission = Permission::to(Action::Update, Resource::Customer);
/// To write their level.
pub const WRITE_LEVEL: Permission = Permission::to(Action::Write, Resource::CustomerLevel);

/// What can be edited of a customer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub name_key: String,
    pub credit_code: Option<String>,
    pub source: String,
    pub source_detail: Option<String>,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub level: Option<String>,
    pub region: Option<String>,
}

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub credit_code: Option<Option<String>>,
    pub source: Option<String>,
    pub source_detail: Option<Option<String>>,
    pub industry: Option<Option<String>>,
    pub size: Option<Option<String>>,
    pub level: Option<Option<String>>,
    pub region: Option<Option<String>>,
    pub extras: Vec<ExtraEdit>,
}

/// Enters a customer: for oneself, for somebody of the team, or into the pool, as far as the permission reaches. With an
/// idempotency key that was used before: what was created then. One that is much like another is refused, unless the actor
/// says that it is none; then their superior is told.
pub async fn create(
    op: &mut Op<'_>,
    edit: Edit,
    owner: Option<UserId>,
    protect_for: Option<&str>,
    not_duplicate: bool,
    idempotency_key: Option<String>,
) -> Result<CustomerId, Error> {
    let grant = op.authorize(CREATE)?;
    let id: CustomerId = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createCustomer", id).await? {
        return Ok(first);
    }
    let owner = owner_of_new(op, &grant, owner).await?;
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", protection)).transpose()?;
    if protect_for.is_some() && owner.is_some() {
        let (en, zh) = ("is for customers that come into the pool", "仅适用于录入公海的客户");
        return Err(UserError::invalid(&["protectFor"], en, zh).into());
    }
    if edit.level.as_ref().is_some_and(Option::is_some) && op.authorize(WRITE_LEVEL).is_err() {
        return Err(UserError::forbidden(WRITE_LEVEL).at(&["level"]).into());
    }
    let extras = edit.extras.clone();
    let draft = check(op.directory(), Draft::default(), edit).map_err(Error::Refused)?;
    refuse_existing(op, &draft, None).await?;
    let similar = duplicate::similar_to(op, &[&draft.name]).await?.into_iter().flatten().next();
    if let Some((_, status)) = similar.filter(|_| !not_duplicate) {
        return Err(duplicate::is_similar(status).into());
    }
    let (now, creator) = (op.now(), op.actor().user_id());
    let entry = Entry { id, draft, owner, owned_since: None, last_followup: None };
    store::insert(op.db(), &[entry], protect_for, creator, now).await.map_err(duplicate_after_all)?;
    extra::save(op, id, &extras).await?;
    let superior = creator.and_then(|creator| op.directory().people.get(&creator)?.manager);
    let kind = match superior.filter(|_| similar.is_some()) {
        Some(superior) => Kind::CreatedLike { owner, superior },
        None => Kind::Created { owner },
    };
    op.record(&[Event { customer: id, at: now, kind, remark: None }]).await?;
    Ok(id)
}

/// For whom a new customer is entered.
async fn owner_of_new(op: &mut Op<'_>, grant: &Grant, named: Option<UserId>) -> Result<Option<UserId>, Error> {
    let (scopes, me) = (grant.scopes(), op.viewer()?.user);
    match named {
        Some(owner) if owner == me && scopes.contains(Scope::Own) => {}
        Some(_) if !scopes.contains(Scope::Team) && !scopes.contains(Scope::All) => {
            return Err(UserError::forbidden(CREATE).at(&["ownerId"]).into());
        }
        Some(owner) => {
            super::assign::check_owner(op, grant, owner).await?;
            return Ok(Some(owner));
        }
        None if !scopes.contains(Scope::Own) => return Ok(None),
        None => {}
    }
    Ok(Some(me))
}

/// Changes a customer. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: CustomerId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(UPDATE)?;
    let customer = locking::require(op, id, UPDATE).await?;
    UserError::check_version(customer.version, version)?;
    let before = store::draft_of(op.db(), id).await?;
    let extras = edit.extras.clone();
    let draft = check(op.directory(), before.clone(), edit).map_err(Error::Refused)?;
    if draft.level != before.level && !locking::reaches(op, id, WRITE_LEVEL).await? {
        return Err(UserError::forbidden(WRITE_LEVEL).at(&["level"]).into());
    }
    refuse_existing(op, &draft, Some(id)).await?;
    let at = change_time(op.now(), customer.updated_at);
    store::update(op.db(), &[Change { id, draft, at }]).await.map_err(duplicate_after_all)?;
    extra::save(op, id, &extras).await
}

/// Checks every wish and puts it into the draft. All that is wrong is told at once.
pub fn check(directory: &Directory, mut draft: Draft, edit: Edit) -> Result<Draft, Vec<UserError>> {
    let mut wrong = Vec::new();
    let mut keep = |checked: Result<(), UserError>| wrong.extend(checked.err());
    if let Some(name) = edit.name {
        keep(text::line(&["name"], &name, 1, 200).and_then(|name| {
            draft.name_key = name_key(&name);
            draft.name = name;
            if draft.name_key.is_empty() {
                return Err(UserError::invalid(
                    &["name"],
                    "A name has at least one letter or digit.",
                    "名称至少包含一个字母或数字。",
                ));
            }
            Ok(())
        }));
    }
    if let Some(code) = edit.credit_code {
        keep(text::optional(&["creditCode"], code, 20).and_then(|code| {
            let code = code.map(|code| code.to_ascii_uppercase());
            if code
                .as_ref()
                .is_some_and(|code| code.len() < 8 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            {
                return Err(UserError::invalid(
                    &["creditCode"],
                    "A credit code has 8 to 20 letters and digits.",
                    "信用代码为 8 到 20 位字母和数字。",
                ));
            }
            draft.credit_code = code;
            Ok(())
        }));
    }
    if let Some(detail) = edit.source_detail {
        keep(text::optional(&["sourceDetail"], detail, 200).map(|detail| draft.source_detail = detail));
    }
    // An old code that was switched off may stay.
    if let Some(source) = edit.source.filter(|source| source.is_empty() || *source != draft.source) {
        keep(choice(directory, "source", ChoiceKind::Source, Some(&source)).map(|()| draft.source = source));
    }
    for (path, kind, wish, place) in [
        ("industry", ChoiceKind::Industry, edit.industry, &mut draft.industry),
        ("size", ChoiceKind::Size, edit.size, &mut draft.size),
        ("level", ChoiceKind::Level, edit.level, &mut draft.level),
        ("region", ChoiceKind::Region, edit.region, &mut draft.region),
    ] {
        if let Some(wish) = wish.filter(|wish| wish != place) {
            keep(choice(directory, path, kind, wish.as_deref()).map(|()| *place = wish));
        }
    }
    if wrong.is_empty() { Ok(draft) } else { Err(wrong) }
}

fn choice(directory: &Directory, path: &str, kind: ChoiceKind, code: Option<&str>) -> Result<(), UserError> {
    if code.is_none_or(|code| directory.is_choice(kind, code)) {
        return Ok(());
    }
    let code: String = code.unwrap_or_default().chars().take(40).collect();
    Err(UserError::invalid(&[path], format!("{code:?} is none of the choices."), format!("{code:?} 不在可选值中。")))
}

async fn refuse_existing(op: &mut Op<'_>, draft: &Draft, except: Option<CustomerId>) -> Result<(), Error> {
    match store::existing(op.db(), &draft.name_key, draft.credit_code.as_deref(), except).await? {
        None => Ok(()),
        Some(existing) => Err(exists(existing.same_credit_code, duplicate::status(op, existing.id).await?).into()),
    }
}

/// Why a company that is there already is not entered again.
pub fn exists(same_credit_code: bool, status: duplicate::Status) -> UserError {
    let (en, zh) = duplicate::words(status);
    let (field, what_en, what_zh) = match same_credit_code {
        true => ("creditCode", "A customer with this credit code exists already.", "已存在相同信用代码的客户。"),
        false => ("name", "A customer with this name exists already.", "已存在同名客户。"),
    };
    UserError::new(Code::Duplicate, Text::new(format!("{what_en} {en}"), format!("{what_zh}{zh}"))).at(&[field])
}

/// Somebody else entered it between the look and the write.
fn duplicate_after_all(error: sqlx::Error) -> Error {
    let field = match violated(&error) {
        Some("customer_name_key_unique") => "name",
        Some("customer_credit_code_unique") => "creditCode",
        _ => return error.into(),
    };
    let text = Text::new("Such a customer has just been entered.", "该客户刚刚被录入。");
    UserError::new(Code::Duplicate, text).at(&[field]).into()
}
