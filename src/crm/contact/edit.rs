//! Create and update.

use serde::Serialize;

use super::{DecisionRole, check_phone, email_key, phone_key, store};
use crate::crm::customer;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{ContactId, CustomerId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// To enter and change contacts.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Contact);

/// How many phones a contact has at most, and how many addresses.
pub const MOST: usize = 10;

/// What can be edited of a contact.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub name: String,
    pub title: Option<String>,
    pub decision_role: Option<DecisionRole>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub wechat: Option<String>,
    pub is_primary: bool,
}

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<String>,
    pub title: Option<Option<String>>,
    pub decision_role: Option<Option<DecisionRole>>,
    pub phones: Option<Vec<String>>,
    pub emails: Option<Vec<String>>,
    pub wechat: Option<Option<String>>,
    pub is_primary: Option<bool>,
}

/// The phones and addresses as they are compared.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Keys {
    pub phone_keys: Vec<String>,
    pub email_keys: Vec<String>,
}

impl Keys {
    /// Those of a contact.
    pub fn of(draft: &Draft) -> Self {
        Self {
            phone_keys: draft.phones.iter().map(|phone| phone_key(phone)).collect(),
            email_keys: draft.emails.iter().map(|email| email_key(email)).collect(),
        }
    }
}

/// A contact to enter.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Its id.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub id: ContactId,
    /// Where they work.
    #[serde(serialize_with = "crate::kernel::id::as_uuid")]
    pub customer_id: CustomerId,
    /// What is known of them.
    #[serde(flatten)]
    pub draft: Draft,
    /// The same, as it is compared.
    #[serde(flatten)]
    pub keys: Keys,
}

/// Enters a contact of a customer that the permission reaches. With an idempotency key that was used before: who was entered
/// then.
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
    let (draft, keys) = check(Draft::default(), edit).map_err(Error::Refused)?;
    if draft.is_primary {
        let now = op.now();
        store::clear_primary(op.db(), customer, now).await?;
    }
    enter_all(op, &[Entry { id, customer_id: customer, draft, keys }]).await?;
    Ok(id)
}

/// A contact that is changed, as it will be.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// Which, and as it will be.
    #[serde(flatten)]
    pub entry: Entry,
    /// The version that was changed.
    pub version: i32,
}

/// Saves changes of contacts for which the actor's rights were looked at. One that somebody else has changed meanwhile is a
/// `CONFLICT`.
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

/// Enters contacts of customers for which the actor's rights were looked at.
pub async fn enter_all(op: &mut Op<'_>, entries: &[Entry]) -> Result<(), Error> {
    let now = op.now();
    Ok(store::insert(op.db(), entries, now).await?)
}

/// Changes a contact. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: ContactId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let customer = super::seen_customer_of(op, id).await?;
    customer::require(op, customer, WRITE).await?;
    let (before, present, is_archived) = store::lock(op.db(), id).await?;
    UserError::check_version(present, version)?;
    if is_archived {
        let text = Text::new("The contact is archived. It has to be restored first.", "该联系人已归档，请先恢复。");
        return Err(UserError::new(Code::Archived, text).into());
    }
    let (draft, keys) = check(before.clone(), edit).map_err(Error::Refused)?;
    let now = op.now();
    if draft.is_primary && !before.is_primary {
        store::clear_primary(op.db(), customer, now).await?;
    }
    Ok(store::update(op.db(), id, &draft, &keys, now).await?)
}

/// Checks every wish and puts it into the draft. All that is wrong is told at once.
pub fn check(mut draft: Draft, edit: Edit) -> Result<(Draft, Keys), Vec<UserError>> {
    let mut wrong = Vec::new();
    let mut keep = |checked: Result<(), UserError>| wrong.extend(checked.err());
    if let Some(name) = edit.name {
        keep(text::line(&["name"], &name, 1, 100).map(|name| draft.name = name));
    }
    if let Some(title) = edit.title {
        keep(text::optional(&["title"], title, 100).map(|title| draft.title = title));
    }
    if let Some(wechat) = edit.wechat {
        keep(text::optional(&["wechat"], wechat, 64).and_then(|wechat| {
            refuse_mask(&["wechat"], wechat.as_deref().unwrap_or_default())?;
            draft.wechat = wechat;
            Ok(())
        }));
    }
    if let Some(phones) = edit.phones {
        keep(several("phones", &phones, 40, check_phone).map(|phones| draft.phones = phones));
    }
    if let Some(emails) = edit.emails {
        keep(several("emails", &emails, 254, check_email).map(|emails| draft.emails = emails));
    }
    draft.decision_role = edit.decision_role.unwrap_or(draft.decision_role);
    draft.is_primary = edit.is_primary.unwrap_or(draft.is_primary);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let keys = Keys::of(&draft);
    Ok((draft, keys))
}

fn check_email(email: &str) -> Result<(), Text> {
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(()),
        _ => Err(Text::new("is not an e-mail address", "不是邮箱地址")),
    }
}

/// A form that was filled in with masked details must not write them over the real ones.
fn refuse_mask(path: &[&str], value: &str) -> Result<(), UserError> {
    if !value.contains("****") {
        return Ok(());
    }
    Err(UserError::invalid(
        path,
        "is masked: leave it out, or give the real one",
        "是脱敏后的数据，请勿提交或填写真实值",
    ))
}

/// What is told of one who would have more phones or addresses than they may.
pub fn too_many(count: usize) -> Text {
    Text::new(format!("at most {MOST}, not {count}"), format!("最多 {MOST} 个，不能是 {count} 个"))
}

fn several(
    path: &str,
    values: &[String],
    most_characters: usize,
    check: impl Fn(&str) -> Result<(), Text>,
) -> Result<Vec<String>, UserError> {
    if values.len() > MOST {
        return Err(UserError::new(Code::Invalid, too_many(values.len())).at(&[path]));
    }
    let checked = values.iter().enumerate().map(|(place, value)| {
        let place = place.to_string();
        let value = text::line(&[path, &place], value, 1, most_characters)?;
        refuse_mask(&[path, &place], &value)?;
        check(&value).map_err(|text| UserError::new(Code::Invalid, text).at(&[path, &place]))?;
        Ok(value)
    });
    checked.collect()
}
