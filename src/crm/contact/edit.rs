//! Create and update.

use super::key::{check_email, check_phone};
pub use super::model::{Change, Draft, Edit, Entry, Keys, WRITE};
use super::store;
use super::visible::customer_of_visible;
use crate::crm::customer;
use crate::kernel::directory::Country;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{ContactId, CustomerId, new_uuid};
use crate::kernel::op::Op;
use crate::kernel::text;

/// The most phone numbers that a contact has, and the most e-mail addresses.
pub const MOST: usize = 10;

/// Creates a contact of a customer that the permission reaches. If the idempotency key was used before, it returns the
/// contact that was created then.
pub async fn create(
    op: &mut Op<'_>,
    customer: CustomerId,
    edit: Edit,
    idempotency_key: Option<String>,
) -> Result<ContactId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createContact", id).await? {
        return Ok(first);
    }
    customer::require(op, customer, WRITE).await?;
    let edit = Edit { name: Some(edit.name.unwrap_or_default()), ..edit };
    let (draft, keys) = check(Draft::default(), edit, op.settings().phone_country).map_err(Error::Refused)?;
    if draft.is_primary {
        let now = op.now();
        store::clear_primary(op.db(), customer, now).await?;
    }
    enter_all(op, &[Entry { id, customer_id: customer, draft, keys }]).await?;
    Ok(id)
}

/// Validates contacts that are created together with their customer. The error contains all refusals.
pub fn check_all(edits: Vec<Edit>, country: Country) -> Result<Vec<(Draft, Keys)>, Error> {
    let mut refusals = Vec::new();
    if edits.len() > MOST {
        let (en, zh) = (
            format!("A new customer has at most {MOST} contacts, not {}.", edits.len()),
            format!("新客户最多填写 {MOST} 个联系人，现有 {} 个。", edits.len()),
        );
        refusals.push(UserError::invalid(&["contacts"], en, zh));
    }
    if edits.iter().filter(|edit| edit.is_primary == Some(true)).count() > 1 {
        let (en, zh) = ("Only one contact can be the primary one.", "主要联系人只能有一个。");
        refusals.push(UserError::invalid(&["contacts"], en, zh));
    }
    let mut checked = Vec::new();
    for (place, edit) in edits.into_iter().take(MOST).enumerate() {
        let result = check(Draft::default(), edit, country).map_err(Error::Refused);
        let result = result.map_err(|error| error.below(&place.to_string()).below("contacts"));
        checked.extend(Error::collect(&mut refusals, result)?);
    }
    if refusals.is_empty() { Ok(checked) } else { Err(Error::Refused(refusals)) }
}

/// Creates the contacts of a customer that was just created, if the actor may write its contacts.
pub async fn create_all(op: &mut Op<'_>, customer: CustomerId, contacts: Vec<(Draft, Keys)>) -> Result<(), Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    op.authorize(WRITE)?;
    if !customer::reaches(op, customer, WRITE).await? {
        return Err(UserError::forbidden(WRITE).at(&["contacts"]).into());
    }
    let now = op.now();
    let entry = |(draft, keys)| Entry { id: new_uuid(now).into(), customer_id: customer, draft, keys };
    let entries: Vec<_> = contacts.into_iter().map(entry).collect();
    enter_all(op, &entries).await
}

/// Saves changes of contacts. The caller has checked the rights of the actor. If somebody else has changed one of them
/// meanwhile, this is a `CONFLICT`.
pub async fn change_all(op: &mut Op<'_>, changes: &[Change]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let now = op.now();
    match store::update_all(op.db(), changes, now).await? {
        saved if saved == changes.len() as u64 => Ok(()),
        _ => Err(UserError::conflict().into()),
    }
}

/// Inserts contacts. The caller has checked the rights of the actor.
pub async fn enter_all(op: &mut Op<'_>, entries: &[Entry]) -> Result<(), Error> {
    let now = op.now();
    Ok(store::insert(op.db(), entries, now).await?)
}

/// Updates a contact. `version` is the version that the user saw; if it is not the present one, this is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: ContactId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let customer = customer_of_visible(op, id).await?;
    customer::require(op, customer, WRITE).await?;
    let (before, present, is_archived) = store::lock(op.db(), id).await?;
    UserError::check_version(present, version)?;
    if is_archived {
        let text = Text::new("The contact is archived. Restore it first.", "该联系人已归档，请先恢复。");
        return Err(UserError::new(Code::Archived, text).into());
    }
    let (draft, keys) = check(before.clone(), edit, op.settings().phone_country).map_err(Error::Refused)?;
    let now = op.now();
    if draft.is_primary && !before.is_primary {
        store::clear_primary(op.db(), customer, now).await?;
    }
    Ok(store::update(op.db(), id, &draft, &keys, now).await?)
}

/// Validates every value of an edit and puts it into the draft. The error lists all values that are refused. Phone numbers
/// without a country code are those of the country.
pub fn check(mut draft: Draft, edit: Edit, country: Country) -> Result<(Draft, Keys), Vec<UserError>> {
    let mut refusals = Vec::new();
    let mut check = |result: Result<(), UserError>| refusals.extend(result.err());
    if let Some(name) = edit.name {
        check(text::name(&["name"], &name, 1, 100).map(|name| draft.name = name));
    }
    if let Some(title) = edit.title {
        check(text::optional(&["title"], title, 100).map(|title| draft.title = title));
    }
    if let Some(wechat) = edit.wechat {
        check(text::optional(&["wechat"], wechat, 64).and_then(|wechat| {
            refuse_mask(&["wechat"], wechat.as_deref().unwrap_or_default())?;
            draft.wechat = wechat;
            Ok(())
        }));
    }
    if let Some(phones) = edit.phones {
        check(
            check_each("phones", &phones, 40, |phone| check_phone(phone, country)).map(|phones| draft.phones = phones),
        );
    }
    if let Some(emails) = edit.emails {
        check(check_each("emails", &emails, 254, check_email).map(|emails| draft.emails = emails));
    }
    draft.decision_role = edit.decision_role.unwrap_or(draft.decision_role);
    draft.is_primary = edit.is_primary.unwrap_or(draft.is_primary);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let keys = Keys::of(&draft, country);
    Ok((draft, keys))
}

/// Refuses masked details, because a form that was filled with them must not overwrite the real ones.
fn refuse_mask(path: &[&str], value: &str) -> Result<(), UserError> {
    if !value.contains("****") {
        return Ok(());
    }
    Err(UserError::invalid(
        path,
        "This value is masked. Leave it out, or enter the real value.",
        "这是脱敏后的内容，请填写真实内容，或不修改此项。",
    ))
}

/// The refusal of too many phone numbers or e-mail addresses.
pub fn too_many(count: usize) -> Text {
    Text::new(
        format!("A contact has at most {MOST} of these, not {count}."),
        format!("每个联系人最多填写 {MOST} 个，现有 {count} 个。"),
    )
}

/// Validates each of several values, and how many there are.
fn check_each(
    path: &str,
    values: &[String],
    most_characters: usize,
    check: impl Fn(&str) -> Result<String, Text>,
) -> Result<Vec<String>, UserError> {
    if values.len() > MOST {
        return Err(UserError::new(Code::Invalid, too_many(values.len())).at(&[path]));
    }
    let checked = values.iter().enumerate().map(|(place, value)| {
        let place = place.to_string();
        let value = text::line(&[path, &place], value, 1, most_characters)?;
        refuse_mask(&[path, &place], &value)?;
        check(&value).map_err(|text| UserError::new(Code::Invalid, text).at(&[path, &place]))
    });
    checked.collect()
}
