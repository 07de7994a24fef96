//! Create and update.

use super::assign;
pub use super::draft::{Draft, Edit, check};
use super::duplicate;
use super::locking;
pub use super::model::{CREATE, UPDATE, WRITE_LEVEL};
use super::model::{Change, Entry};
use super::pool::entering;
use super::store;
use crate::crm::{contact, extra, notification};
use crate::kernel::access::{Grant, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::duration;
use crate::kernel::error::{Code, Error, Text, UserError, violated};
use crate::kernel::event::{Event, Kind, Notice};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// How often a superior is told in a day that one user created a customer that is similar to another one. Junk must not
/// bury what else they are told.
const MOST_NOTICES: i64 = 20;

/// A customer to create.
#[derive(Debug, Default)]
pub struct New {
    /// Its fields.
    pub edit: Edit,
    /// Its contacts.
    pub contacts: Vec<contact::edit::Edit>,
    /// Who gets it, if somebody is named.
    pub owner: Option<UserId>,
    /// For how long nobody may claim it, if it is created in the pool.
    pub protect_for: Option<String>,
    /// Whether the user has confirmed that it is none of the customers with a similar name.
    pub not_duplicate: bool,
}

/// Creates a customer with its contacts: for the actor, for a member of the team, or in the pool, as far as the permission
/// reaches. If the idempotency key was used before, it returns the customer that was created then. A name that is similar
/// to another customer's is refused, unless `not_duplicate` is set; then the actor's manager is notified.
pub async fn create(op: &mut Op<'_>, new: New, idempotency_key: Option<String>) -> Result<CustomerId, Error> {
    let New { edit, contacts, owner, protect_for, not_duplicate } = new;
    let grant = op.authorize(CREATE)?;
    let id: CustomerId = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createCustomer", id).await? {
        return Ok(first);
    }
    let mut refusals = Vec::new();
    let owner = owner_of_new(op, &grant, owner).await;
    let owner = Error::collect(&mut refusals, owner)?.flatten();
    let protect_for = protect_for.map(|protection| duration::parse_field("protectFor", &protection)).transpose();
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
    let draft = Error::collect(&mut refusals, draft)?;
    let contacts = contact::edit::check_all(contacts, op.settings().phone_country);
    let contacts = Error::collect(&mut refusals, contacts)?.filter(|_| refusals.is_empty());
    let (Some(draft), Some(contacts)) = (draft, contacts) else { return Err(Error::Refused(refusals)) };
    refuse_existing(op, &draft, None).await?;
    let similar = duplicate::similar_to(op, &[&draft.name]).await?.into_iter().flatten().next();
    if let Some((_, status)) = similar.filter(|_| !not_duplicate) {
        return Err(duplicate::is_similar(status).into());
    }
    let (now, creator) = (op.now(), op.actor().user_id());
    let mut entries = [Entry { id, draft, pool: None, owner, owned_since: None, last_followup: None }];
    Box::pin(entering::choose(op, &mut entries)).await?;
    store::insert(op.db(), &entries, protect_for, false, creator, now).await.map_err(just_created)?;
    extra::save(op, id, &extras).await?;
    contact::edit::create_all(op, id, contacts).await?;
    let kind = match Box::pin(superior_to_tell(op, similar.is_some())).await? {
        Some(superior) => Kind::CreatedLike { owner, superior },
        None => Kind::Created { owner },
    };
    op.record(&[Event { customer: id, at: now, kind, remark: None, pool: None }]).await?;
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
        Some("customer_pool") => return UserError::conflict().into(),
        _ => return error.into(),
    };
    let text = Text::new("Somebody else has just created this customer.", "该客户刚刚已被他人录入。");
    UserError::new(Code::Duplicate, text).at(&[field]).into()
}
