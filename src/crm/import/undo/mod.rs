//! Undoes an import: customers and contacts that it created are archived, and what it changed is restored. Nothing
//! changes where somebody has changed, moved or worked on the customer after the import. It runs in batches, like the
//! import.

mod store;

use std::collections::HashMap;

use super::WRITE;
use super::kind::Kind;
use super::message::Message;
use super::record;
use super::row_result::Before;
use super::store::lock;
use crate::crm::contact;
use crate::crm::customer::Change;
use crate::crm::customer::bulk::{self, Known};
use crate::crm::customer::duplicate::Status;
use crate::crm::extra::{self, ExtraEdit, Extras};
use crate::crm::{customer, external_id, followup};
use crate::kernel::app::App;
use crate::kernel::clock::change_time;
use crate::kernel::directory::{Country, Directory};
use crate::kernel::error::{Code, Error, UserError};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;
use store::{ImportedContact, UndoableRow};

/// Starts to undo an import, with the rights of the actor. An import that is being undone, or was undone, is not
/// changed.
pub async fn start(op: &mut Op<'_>, import: ImportId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let state = lock(op, import).await?.ok_or_else(UserError::not_found)?;
    state.kind.authorize_undo(op)?;
    match state.status.as_str() {
        "DONE" | "STOPPED" => {
            let undoer = op.viewer()?.user;
            Ok(store::start(op.db(), import, undoer).await?)
        }
        "UNDOING" | "UNDONE" => Ok(()),
        _ => {
            let text = Message::NothingToUndo.text();
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
    }
}

/// What is done to undo a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UndoAction {
    Archive,
    Restore,
    Keep,
}

/// Decides on a row. `known` is its customer, locked; `None`: it can't be locked, or somebody has worked on it. The
/// customer may have contacts that are not from the import, and the user may not be allowed to restore it.
fn decide(row: &UndoableRow, known: Option<&Known>, has_other_contacts: bool, may_restore: bool) -> UndoAction {
    let Some(known) = known else { return UndoAction::Keep };
    if !is_active(known) || !is_unchanged(row, known) {
        return UndoAction::Keep;
    }
    match (row.is_new, &row.before) {
        (true, _) if known.may_archive && !has_other_contacts => UndoAction::Archive,
        (false, Some(_)) if may_restore => UndoAction::Restore,
        _ => UndoAction::Keep,
    }
}

/// Whether nobody has changed or moved the customer since the row was done.
fn is_unchanged(row: &UndoableRow, known: &Known) -> bool {
    row.written_at.map_or(known.updated_at < row.done_at, |written_at| known.updated_at == written_at)
}

/// Whether the customer is neither archived nor on the blacklist.
fn is_active(known: &Known) -> bool {
    !matches!(known.status, Status::Archived | Status::Blocked)
}

/// Undoes at most `most` of the next rows of an import; false if there are none left, or another server does them.
pub(super) async fn undo_next_batch(app: &App, import: ImportId, user: UserId, most: u16) -> Result<bool, Error> {
    let mut op = app.begin_for(user).await?;
    let Some(kind) = store::lock_undoing(op.db(), import).await? else { return Ok(false) };
    kind.authorize_undo(&op)?;
    let goes_on = match kind {
        Kind::Customers | Kind::Contacts => undo_companies(&mut op, import, most).await?,
        Kind::Products | Kind::Opportunities | Kind::Orders | Kind::FollowUps => {
            record::undo::undo_rows(&mut op, import, kind, most).await?
        }
    };
    if !goes_on {
        let now = op.now();
        store::mark_undone(op.db(), import, now).await?;
    }
    op.commit().await?;
    Ok(goes_on)
}

/// Undoes at most `most` of the next rows of companies; false if there are none left.
async fn undo_companies(op: &mut Op<'_>, import: ImportId, most: u16) -> Result<bool, Error> {
    let now = op.now();
    let rows = store::next_rows(op.db(), import, most.into()).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let ids: Vec<_> = rows.iter().map(|row| row.customer).collect();
    let held = bulk::hold(op, &ids).await?;
    let drafts = || rows.iter().filter_map(|row| Some(&row.before.as_ref()?.draft));
    let names = drafts().map(|draft| draft.name_key.clone()).collect();
    let codes = drafts().filter_map(|draft| draft.credit_code.clone()).collect();
    let with_other_contacts = store::customers_with_other_contacts(op.db(), import, &ids).await?;
    let worked_on =
        store::customers_worked_on(op.db(), import, &rows.iter().map(|row| row.number).collect::<Vec<_>>()).await?;
    let known = bulk::known(op, names, codes, ids).await?;
    let by_id: HashMap<CustomerId, &Known> = known.iter().map(|known| (known.id, known)).collect();
    let is_undoable = |known: &&Known| held.contains(&known.id) && !worked_on.contains(&known.id);
    let customer_of = |row: &UndoableRow| by_id.get(&row.customer).copied().filter(is_undoable);
    let updated = rows.iter().filter(|row| !row.is_new).filter_map(|row| Some((row, customer_of(row)?)));
    let unchanged =
        updated.filter(|(row, known)| known.may_write_contacts && is_active(known) && is_unchanged(row, known));
    let unchanged: Vec<_> = unchanged.map(|(_, known)| known.id).collect();
    let contacts = store::unchanged_contacts(op.db(), import, &unchanged).await?;
    let undone_contacts: Vec<_> = contacts.iter().map(|contact| contact.entry.id).collect();
    let (mut archived, mut changes, mut extras) = (Vec::new(), Vec::new(), Vec::new());
    let (mut numbers, mut undone) = (Vec::new(), Vec::new());
    for row in &rows {
        let customer = customer_of(row);
        let before = row.before.as_ref().map(|before| (before, extras_before(op.directory(), before)));
        let may_restore = customer.zip(before.as_ref()).is_some_and(|(customer, (before, extras))| {
            may_write(customer, before, extras) && !is_taken(before, row.customer, &known)
        });
        let done =
            match (decide(row, customer, with_other_contacts.contains(&row.customer), may_restore), customer, before) {
                (UndoAction::Archive, Some(customer), _) => {
                    archived.push(customer);
                    "ARCHIVED"
                }
                (UndoAction::Restore, Some(customer), Some((before, extras_before))) => {
                    let at = change_time(now, customer.updated_at);
                    changes.push(Change { id: customer.id, draft: before.draft.clone(), at });
                    extras.push((customer.id, extras_before));
                    "RESTORED"
                }
                _ if row.contacts.iter().any(|contact| undone_contacts.contains(contact)) => "RESTORED",
                _ => "KEPT",
            };
        numbers.push(row.number);
        undone.push(done.to_owned());
    }
    bulk::take_back(op, &archived).await?;
    bulk::change(op, &changes).await?;
    extra::save_all(op, &extras.iter().map(|(id, extras)| (*id, extras)).collect::<Vec<_>>()).await?;
    let country = op.settings().phone_country;
    let (new, added_to): (Vec<_>, Vec<_>) = contacts.into_iter().partition(|contact| contact.is_new);
    contact::archive::archive_all(op, &new.iter().map(|contact| contact.entry.id).collect::<Vec<_>>()).await?;
    contact::edit::change_all(op, &added_to.into_iter().map(|contact| restored(contact, country)).collect::<Vec<_>>())
        .await?;
    let archived: Vec<_> = archived.iter().map(|known| known.id).collect();
    followup::bulk::remove_last_known(op.db(), import, &archived).await?;
    customer::follow_ups_removed(op, &archived).await?;
    let restored = changes.iter().map(|change| change.id);
    let undone_customers: Vec<_> = archived.iter().copied().chain(restored).map(CustomerId::uuid).collect();
    external_id::forget(op.db(), external_id::Kind::Customer, import, &undone_customers).await?;
    let contact_ids: Vec<_> = undone_contacts.iter().map(|id| id.uuid()).collect();
    external_id::forget(op.db(), external_id::Kind::Contact, import, &contact_ids).await?;
    store::save_results(op.db(), import, &numbers, &undone, &undone_contacts).await?;
    Ok(true)
}

/// Restores a contact: removes what the import added to it.
fn restored(contact: ImportedContact, country: Country) -> contact::edit::Change {
    let ImportedContact { mut entry, version, added, .. } = contact;
    added.iter().for_each(|added| added.remove_from(&mut entry.draft));
    entry.keys = contact::edit::Keys::of(&entry.draft, country);
    contact::edit::Change { entry, version }
}

/// Whether the user may write the values before: the level and personal extra fields need permissions, as in a run.
fn may_write(known: &Known, before: &Before, extras: &Extras) -> bool {
    (before.draft.level == known.draft.level || known.may_write_level)
        && (!extras.is_personal || known.may_read_contacts)
}

/// Whether another customer has the name or the credit code now.
fn is_taken(before: &Before, id: CustomerId, known: &[Known]) -> bool {
    let has_key = |known: &&Known| {
        known.draft.name_key == before.draft.name_key
            || known.draft.credit_code.is_some() && known.draft.credit_code == before.draft.credit_code
    };
    known.iter().filter(has_key).any(|known| known.id != id)
}

/// The extra fields before the import, without those that can't be set any more; these keep their present value.
fn extras_before(directory: &Directory, before: &Before) -> Extras {
    let edits = before.extras.iter().map(|(key, value)| ExtraEdit { key: key.clone(), value: value.clone() });
    let checked: Vec<_> = edits.filter_map(|edit| extra::check(directory, &[edit]).ok()).collect();
    let is_personal = checked.iter().any(|extras| extras.is_personal);
    Extras { values: checked.into_iter().flat_map(|extras| extras.values).collect(), is_personal }
}
