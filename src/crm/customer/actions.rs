//! What users can do with a customer.

use super::model::{ARCHIVE, ASSIGN, BLACKLIST, MERGE, MOVE, RELEASE, TRANSFER, UPDATE};
use crate::crm::{contact, followup, opportunity, order, product, task};
use crate::kernel::access::Permission;
use crate::kernel::read::describe::{Actions, RowAction};

const NOT_ARCHIVED: &str = "{t}.archived_at is null";
const OWNED: &str = "{t}.owner_user_id is not null and {t}.archived_at is null";

const fn action(
    name: &'static str,
    permissions: &'static [Permission],
    when: &'static str,
    doc: &'static str,
) -> RowAction {
    RowAction { name, doc, permissions, when }
}

/// The actions. A claim is not among them, because limits decide about it, too: see `Claimability`.
pub static ACTIONS: Actions = Actions {
    name: "AllowedOnCustomer",
    doc: "What you can do with the customer now. The input of the mutation may still be refused. Whether you can claim it is in `claimability`.",
    all: &[
        action("UPDATE", &[UPDATE], NOT_ARCHIVED, "`updateCustomer`."),
        action("RELEASE", &[RELEASE], OWNED, "`releaseCustomer`, `releaseCustomers`."),
        action(
            "ASSIGN",
            &[ASSIGN],
            "{t}.owner_user_id is null and {t}.blacklisted_at is null and {t}.archived_at is null",
            "`assignCustomers`.",
        ),
        action("TRANSFER", &[TRANSFER], OWNED, "`transferCustomers`."),
        action("MOVE_TO_POOL", &[MOVE], "{t}.merged_into is null", "`moveToPool`."),
        action(
            "BLACKLIST",
            &[BLACKLIST],
            "{t}.blacklisted_at is null and {t}.archived_at is null",
            "`blacklistCustomer`.",
        ),
        action(
            "UNBLACKLIST",
            &[BLACKLIST],
            "{t}.blacklisted_at is not null and {t}.archived_at is null",
            "`unblacklistCustomer`.",
        ),
        action("ARCHIVE", &[ARCHIVE], NOT_ARCHIVED, "`archiveCustomer`."),
        action("RESTORE", &[ARCHIVE], "{t}.archived_at is not null and {t}.merged_into is null", "`restoreCustomer`."),
        action("MERGE", &[MERGE], NOT_ARCHIVED, "`mergeCustomers`, with this customer as the one that stays."),
        action("CREATE_CONTACT", &[contact::WRITE], NOT_ARCHIVED, "`createContact`."),
        action("RECORD_FOLLOW_UP", &[followup::CREATE], NOT_ARCHIVED, "`recordFollowUp`."),
        action("CREATE_TASK", &[task::WRITE], NOT_ARCHIVED, "`createTask`."),
        action("CREATE_OPPORTUNITY", &[opportunity::WRITE], OWNED, "`createOpportunity`."),
        action("CREATE_ORDER", &[order::CREATE, product::READ], OWNED, "`createOrder`."),
    ],
};
