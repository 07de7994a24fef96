//! Create and update.

use super::assign;
use super::duplicate;
use super::locking;
pub use super::model::{CREATE, Draft, Edit, UPDATE, WRITE_LEVEL};
use super::model::{Change, Entry};
use super::name_key;
use super::store;
use crate::crm::setting::choice_codes;
use crate::crm::{extra, notification};
use crate::kernel::access::{Grant, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{ChoiceKind, Directory};
use crate::kernel::duration;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{Event, Kind, Notice};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// How often a superior is told in a day that one user created a customer that is similar to another one. Junk must not
/// bury what else they are told.
const MOST_NOTICES: i64 = 20;

/// Creates a customer: for the actor, for a member of the team, or in the pool, as far as the permission reaches. If
/// the idempotency key was used before, it returns the customer that was created then. A name that is similar to
/// another customer's is refused, unless `not_duplicate` is set; then the actor's manager is notified.
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
    let mut refusals = Vec::new();
    let owner = owner_of_new(op, &grant, owner).await;
    let owner = Error::collect(&mut refusals, owner)?.flatten();
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", protection)).transpose();
    let protect_for = Error::collect(&mut refusals, protect_for)?.flatten();
    if protect_for.is_some() && owner.is_some() {
        let en = "Only a customer that is created in the pool can be protected.";
        let zh = "只有录入公海的客户才能设置保护期。";
        refusals.push(UserError::invalid(&["protectFor"], en, zh));
    }
    if edit.level.as_ref().is_some_and(Option::is_some) && op.authorize(WRITE_LEVEL).is_err() {
        refusals.push(UserError::forbidden(WRITE_LEVEL).at(&["level"]));
    }
    let extras = edit.extras.clone();
    let draft = check(op.directory(), Draft::default(), edit).map_err(Error::Refused);
    let draft = Error::collect(&mut refusals, draft)?.filter(|_| refusals.is_empty());
    let Some(draft) = draft else { return Err(Error::Refused(refusals)) };
    refuse_existing(op, &draft, None).await?;
    let similar = duplicate::similar_to(op, &[&draft.name]).await?.into_iter().flatten().next();
    if let Some((_, status)) = similar.filter(|_| !not_duplicate) {
        return Err(duplicate::is_similar(status).into());
    }
    let (now, creator) = (op.now(), op.actor().user_id());
    let entry = Entry { id, draft, owner, owned_since: None, last_followup: None };
    store::insert(op.db(), &[entry], protect_for, creator, now).await.map_err(just_created)?;
    extra::save(op, id, &extras).await?;
    let kind = match Box::pin(superior_to_tell(op, similar.is_some())).await? {
        Some(superior) => Kind::CreatedLike { owner, superior },
        None => Kind::Created { owner },
    };
    op.record(&[Event { customer: id, at: now, kind, remark: None }]).await?;
    Ok(id)
}

/// The superior of the actor who is told that the new customer is similar to another one; `None` if it is not, or if the
/// superior was told often enough today.
async fn superior_to_tell(op: &mut Op<'_>, is_similar: bool) -> Result<Option<UserId>, Error> {
    let Some(actor) = op.actor().user_id().filter(|_| is_similar) else { return Ok(None) };
    let Some(superior) = op.directory().people.get(&actor).and_then(|member| member.manager) else { return Ok(None) };
    let (start, _) = op.settings().day_around(op.now());
    let told = notification::count_about(op.db(), superior, Notice::SimilarEntered, actor, start).await?;
    Ok((told < MOST_NOTICES).then_some(superior))
}

/// The owner of a new customer: the named one, otherwise the actor; `None` for the pool if the actor can't own
/// customers.
async fn owner_of_new(op: &mut Op<'_>, grant: &Grant, named: Option<UserId>) -> Result<Option<UserId>, Error> {
    let (scopes, me) = (grant.scopes(), op.viewer()?.user);
    match named {
        Some(owner) if owner == me && scopes.contains(Scope::Own) => {}
        Some(_) if !scopes.contains(Scope::Team) && !scopes.contains(Scope::All) => {
            return Err(UserError::forbidden(CREATE).at(&["ownerId"]).into());
        }
        Some(owner) => {
            assign::check_owner(op, grant, owner).await?;
            return Ok(Some(owner));
        }
        None if !scopes.contains(Scope::Own) => return Ok(None),
        None => {}
    }
    Ok(Some(me))
}

/// Updates a customer. `version` is the version that the user saw; if it is not the present one, this is a `CONFLICT`.
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
    store::update(op.db(), &[Change { id, draft, at }]).await.map_err(just_created)?;
    extra::save(op, id, &extras).await
}

/// Validates every value of an edit and puts it into the draft. The error lists all values that are refused.
pub fn check(directory: &Directory, mut draft: Draft, edit: Edit) -> Result<Draft, Vec<UserError>> {
    let mut refusals = Vec::new();
    let mut check = |result: Result<(), UserError>| refusals.extend(result.err());
    if let Some(name) = edit.name {
        check(text::name(&["name"], &name, 1, 200).and_then(|name| {
            draft.name_key = name_key(&name);
            draft.name = name;
            if draft.name_key.is_empty() {
                return Err(UserError::invalid(
                    &["name"],
                    "The name must contain a letter or a digit.",
                    "客户名称至少包含一个文字或数字。",
                ));
            }
            Ok(())
        }));
    }
    if let Some(code) = edit.credit_code {
        check(text::optional(&["creditCode"], code, 20).and_then(|code| {
            let code = code.map(|code| code.to_ascii_uppercase());
            if code
                .as_ref()
                .is_some_and(|code| code.len() < 8 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            {
                return Err(UserError::invalid(
                    &["creditCode"],
                    "The credit code must have 8 to 20 letters and digits.",
                    "统一社会信用代码应为 8 到 20 位字母或数字。",
                ));
            }
            draft.credit_code = code;
            Ok(())
        }));
    }
    if let Some(detail) = edit.source_detail {
        check(text::optional_block(&["sourceDetail"], detail, 200).map(|detail| draft.source_detail = detail));
    }
    // A code that the customer has already may stay, although it was switched off.
    if let Some(source) = edit.source.filter(|source| source.is_empty() || *source != draft.source) {
        check(check_choice(directory, "source", ChoiceKind::Source, Some(&source)).map(|()| draft.source = source));
    }
    for (path, kind, edited, value) in [
        ("industry", ChoiceKind::Industry, edit.industry, &mut draft.industry),
        ("size", ChoiceKind::Size, edit.size, &mut draft.size),
        ("level", ChoiceKind::Level, edit.level, &mut draft.level),
        ("region", ChoiceKind::Region, edit.region, &mut draft.region),
    ] {
        if let Some(code) = edited.filter(|code| code != value) {
            check(check_choice(directory, path, kind, code.as_deref()).map(|()| *value = code));
        }
    }
    if refusals.is_empty() { Ok(draft) } else { Err(refusals) }
}

fn check_choice(directory: &Directory, path: &str, kind: ChoiceKind, code: Option<&str>) -> Result<(), UserError> {
    if code.is_none_or(|code| directory.is_choice(kind, code)) {
        return Ok(());
    }
    let code: String = code.unwrap_or_default().chars().take(40).collect();
    let choices = choice_codes(directory, kind);
    Err(UserError::invalid(
        &[path],
        format!("{code:?} is not one of the choices: {choices}."),
        format!("“{code}”不是可选项，可选值为：{choices}。"),
    ))
}

async fn refuse_existing(op: &mut Op<'_>, draft: &Draft, except: Option<CustomerId>) -> Result<(), Error> {
    match store::existing(op.db(), &draft.name_key, draft.credit_code.as_deref(), except).await? {
        None => Ok(()),
        Some(existing) => Err(exists(existing.same_credit_code, duplicate::status(op, existing.id).await?).into()),
    }
}

/// The refusal of a company that exists already.
pub fn exists(same_credit_code: bool, status: duplicate::Status) -> UserError {
    let (en, zh) = duplicate::words(status);
    let (field, what_en, what_zh) = match same_credit_code {
        true => {
            ("creditCode", "A customer with this credit code already exists.", "已存在统一社会信用代码相同的客户。")
        }
        false => ("name", "A customer with this name already exists.", "已存在同名客户。"),
    };
    UserError::new(Code::Duplicate, Text::new(format!("{what_en} {en}"), format!("{what_zh}{zh}"))).at(&[field])
}

/// The refusal when another transaction has created the same company after the check for duplicates.
fn just_created(error: sqlx::Error) -> Error {
    let field = match violated(&error) {
        Some("customer_name_key_unique") => "name",
        Some("customer_credit_code_unique") => "creditCode",
        _ => return error.into(),
    };
    let text = Text::new("Somebody else has just created this customer.", "该客户刚刚已被他人录入。");
    UserError::new(Code::Duplicate, text).at(&[field]).into()
}
