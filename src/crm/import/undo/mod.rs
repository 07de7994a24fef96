//! An import is taken back: what it entered is archived, contacts of customers that were there included; what it changed is
//! as before; but what somebody has touched since stays: changed, moved, or worked on. It runs as the import did, in batches, by
//! whichever server is there.

mod store;

use std::collections::HashMap;

use super::WRITE;
use super::row_result::Before;
use super::run::BATCH;
use super::store::lock;
use crate::crm::contact;
use crate::crm::customer::Change;
use crate::crm::customer::archive::ARCHIVE;
use crate::crm::customer::bulk::{self, Known};
use crate::crm::customer::duplicate::Status;
use crate::crm::extra::{self, ExtraEdit, Extras};
use crate::kernel::app::App;
use crate::kernel::clock::change_time;
use crate::kernel::directory::Directory;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;
use store::{Undoable, Written};

/// Lets an import be undone, with the rights of the actor. One that is being undone, or was, stays so.
pub async fn start(op: &mut Op<'_>, import: ImportId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    op.authorize(ARCHIVE)?;
    let state = lock(op, import).await?.ok_or_else(UserError::not_found)?;
    match state.status.as_str() {
        "DONE" | "STOPPED" => {
            let undoer = op.viewer()?.user;
            Ok(store::start(op.db(), import, undoer).await?)
        }
        "UNDOING" | "UNDONE" => Ok(()),
        _ => {
            let text = Text::new("There is nothing to undo, or it still runs.", "没有可撤销的内容，或导入仍在进行。");
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
    }
}

/// What is done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    Archive,
    Restore,
    Keep,
}

/// Decides on a row: its customer as it is now, held, unless somebody has worked on it; whether it has contacts that are not
/// the import's; and whether it may be as it was.
fn decide(row: &Undoable, known: Option<&Known>, has_other_contacts: bool, may_restore: bool) -> Undo {
    let Some(known) = known else { return Undo::Keep };
    if !is_at_work(known) || !is_as_left(row, known) {
        return Undo::Keep;
    }
    match (row.is_new, &row.before) {
        (true, _) if known.may_archive && !has_other_contacts => Undo::Archive,
        (false, Some(_)) if may_restore => Undo::Restore,
        _ => Undo::Keep,
    }
}

/// Whether nobody has changed or moved the customer since the row was done.
fn is_as_left(row: &Undoable, known: &Known) -> bool {
    row.written_at.map_or(known.updated_at < row.done_at, |written_at| known.updated_at == written_at)
}

fn is_at_work(known: &Known) -> bool {
    !matches!(known.status, Status::Archived | Status::Blocked)
}

/// Undoes the next rows. False: there are none, or somebody else does them.
pub(super) async fn batch(app: &App, import: ImportId, user: UserId) -> Result<bool, Error> {
    let mut op = app.begin_for(user).await?;
    op.authorize(WRITE)?;
    op.authorize(ARCHIVE)?;
    if !store::hold(op.db(), import).await? {
        return Ok(false);
    }
    let now = op.now();
    let rows = store::next_rows(op.db(), import, BATCH).await?;
    if rows.is_empty() {
        store::is_undone(op.db(), import, now).await?;
        op.commit().await?;
        return Ok(false);
    }
    let ids: Vec<_> = rows.iter().map(|row| row.customer).collect();
    let held = bulk::hold(&mut op, &ids).await?;
    let drafts = || rows.iter().filter_map(|row| Some(&row.before.as_ref()?.draft));
    let names = drafts().map(|draft| draft.name_key.clone()).collect();
    let codes = drafts().filter_map(|draft| draft.credit_code.clone()).collect();
    let others = store::with_other_contacts(op.db(), import, &ids).await?;
    let worked_on = store::worked_on(op.db(), import, &rows.iter().map(|row| row.number).collect::<Vec<_>>()).await?;
    let known = bulk::known(&mut op, names, codes, ids).await?;
    let by_id: HashMap<CustomerId, &Known> = known.iter().map(|known| (known.id, known)).collect();
    let is_ours = |known: &&Known| held.contains(&known.id) && !worked_on.contains(&known.id);
    let customer_of = |row: &Undoable| by_id.get(&row.customer).copied().filter(is_ours);
    let were_there = rows.iter().filter(|row| !row.is_new).filter_map(|row| Some((row, customer_of(row)?)));
    let open =
        were_there.filter(|(row, known)| known.may_write_contacts && is_at_work(known) && is_as_left(row, known));
    let open: Vec<_> = open.map(|(_, known)| known.id).collect();
    let contacts = store::untouched_contacts(op.db(), import, &open).await?;
    let undone_contacts: Vec<_> = contacts.iter().map(|contact| contact.entry.id).collect();
    let (mut archived, mut changes, mut extras) = (Vec::new(), Vec::new(), Vec::new());
    let (mut numbers, mut undone) = (Vec::new(), Vec::new());
    for row in &rows {
        let customer = customer_of(row);
        let before = row.before.as_ref().map(|before| (before, extras_before(op.directory(), before)));
        let may_restore = customer.zip(before.as_ref()).is_some_and(|(customer, (before, extras))| {
            may_write(customer, before, extras) && !is_anothers(before, row.customer, &known)
        });
        let done = match (decide(row, customer, others.contains(&row.customer), may_restore), customer, before) {
            (Undo::Archive, Some(customer), _) => {
                archived.push(customer);
                "ARCHIVED"
            }
            (Undo::Restore, Some(customer), Some((before, extras_before))) => {
                let at = change_time(now, customer.updated_at);
                changes.push(Change { id: customer.id, draft: before.draft.clone(), at });
                extras.push((customer.id, extras_before));
                "RESTORED"
            }
            _ if row.contact.is_some_and(|contact| undone_contacts.contains(&contact)) => "RESTORED",
            _ => "KEPT",
        };
        numbers.push(row.number);
        undone.push(done.to_owned());
    }
    bulk::take_back(&mut op, &archived).await?;
    bulk::change(&mut op, &changes).await?;
    extra::save_all(&mut op, &extras.iter().map(|(id, extras)| (*id, extras)).collect::<Vec<_>>()).await?;
    let (new, added_to): (Vec<_>, Vec<_>) = contacts.into_iter().partition(|contact| contact.is_new);
    contact::archive::archive_all(&mut op, &new.iter().map(|contact| contact.entry.id).collect::<Vec<_>>()).await?;
    contact::edit::change_all(&mut op, &added_to.into_iter().map(as_before).collect::<Vec<_>>()).await?;
    store::rows_are_undone(op.db(), import, &numbers, &undone, &undone_contacts).await?;
    op.commit().await?;
    Ok(true)
}

/// A contact without what the import added to it.
fn as_before(contact: Written) -> contact::edit::Change {
    let Written { mut entry, version, added, .. } = contact;
    added.iter().for_each(|added| added.take_out(&mut entry.draft));
    entry.keys = contact::edit::Keys::of(&entry.draft);
    contact::edit::Change { entry, version }
}

/// Whether who undoes it may write what it was like, as whoever runs it may: its level, and what is personal.
fn may_write(known: &Known, before: &Before, extras: &Extras) -> bool {
    (before.draft.level == known.draft.level || known.may_write_level)
        && (!extras.is_personal || known.may_read_contacts)
}

/// Whether somebody else has the name or the credit code by now.
fn is_anothers(before: &Before, id: CustomerId, known: &[Known]) -> bool {
    let has_it = |known: &&Known| {
        known.draft.name_key == before.draft.name_key
            || known.draft.credit_code.is_some() && known.draft.credit_code == before.draft.credit_code
    };
    known.iter().filter(has_it).any(|known| known.id != id)
}

/// The extras as they were; those of fields that are no more stay as they are.
fn extras_before(directory: &Directory, before: &Before) -> Extras {
    let edits = before.extras.iter().map(|(key, value)| ExtraEdit { key: key.clone(), value: value.clone() });
    let checked: Vec<_> = edits.filter_map(|edit| extra::check(directory, &[edit]).ok()).collect();
    let is_personal = checked.iter().any(|extras| extras.is_personal);
    Extras { values: checked.into_iter().flat_map(|extras| extras.values).collect(), is_personal }
}
