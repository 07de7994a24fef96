//! What one viewer can do with one row: the permission, and the state of the row.

use serde_json::{Value as Json, json};

use super::rights::{Entity, View};
use super::rows::{Contact, Customer, Opportunity, Order};

impl View<'_> {
    /// The field `can` of an entity.
    pub(super) fn can(&self, entity: Entity<'_>) -> Json {
        let all = match entity {
            Entity::Customer(customer) => self.with_customer(customer),
            Entity::Opportunity(opportunity) => self.with_opportunity(opportunity),
            Entity::Contact(contact) => self.with_contact(contact),
            Entity::Order(order) => self.with_order(order),
            _ => panic!("nothing is said of what can be done with it"),
        };
        json!(all.into_iter().filter(|(_, is_possible)| *is_possible).map(|(name, _)| name).collect::<Vec<_>>())
    }

    fn with_customer(&self, customer: &Customer) -> Vec<(&'static str, bool)> {
        let may = |action: &str| self.reaches("customer", action, customer);
        // What belongs to the customer, and will belong to its owner.
        let may_begin = |resource: &str, action: &str| {
            self.reaches_work(resource, action, customer.owner_user_id, customer.id, &[])
        };
        let is_active = customer.archived_at.is_none();
        let is_owned = is_active && customer.owner_user_id.is_some();
        let is_blacklisted = customer.blacklisted_at.is_some();
        vec![
            ("UPDATE", is_active && may("update")),
            ("RELEASE", is_owned && may("release")),
            ("ASSIGN", is_active && !is_owned && !is_blacklisted && may("assign")),
            ("TRANSFER", is_owned && may("transfer")),
            ("MOVE_TO_POOL", customer.merged_into.is_none() && may("move")),
            ("BLACKLIST", is_active && !is_blacklisted && may("blacklist")),
            ("UNBLACKLIST", is_active && is_blacklisted && may("blacklist")),
            ("ARCHIVE", is_active && may("archive")),
            ("RESTORE", !is_active && customer.merged_into.is_none() && may("archive")),
            ("MERGE", is_active && may("merge")),
            ("CREATE_CONTACT", is_active && self.reaches("contact", "write", customer)),
            ("RECORD_FOLLOW_UP", is_active && self.reaches("follow_up", "create", customer)),
            ("CREATE_TASK", is_active && may_begin("task", "write")),
            ("CREATE_OPPORTUNITY", is_owned && may_begin("opportunity", "write")),
            ("CREATE_ORDER", is_owned && may_begin("order", "create") && self.has("product", "read", "all")),
        ]
    }

    fn with_opportunity(&self, opportunity: &Opportunity) -> Vec<(&'static str, bool)> {
        let Opportunity { owner_user_id, customer_id, archived_at, stage_kind, .. } = opportunity;
        let customer = self.rows.customer(*customer_id);
        let may = |action: &str| self.reaches_work("opportunity", action, Some(*owner_user_id), *customer_id, &[]);
        let is_active = archived_at.is_none() && customer.archived_at.is_none();
        let is_held = customer.owner_user_id == Some(*owner_user_id);
        let is_open = stage_kind == "OPEN";
        vec![
            ("UPDATE", is_active && is_held && is_open && may("write")),
            ("MOVE", is_active && (is_held || is_open || stage_kind == "WON") && may("write")),
            ("ADOPT", is_active && is_open && !is_held && customer.owner_user_id.is_some() && may("adopt")),
            ("ARCHIVE", is_active && may("write")),
            ("RESTORE", archived_at.is_some() && customer.archived_at.is_none() && may("write")),
        ]
    }

    fn with_contact(&self, contact: &Contact) -> Vec<(&'static str, bool)> {
        let customer = self.rows.customer(contact.customer_id);
        let is_permitted = customer.archived_at.is_none() && self.reaches("contact", "write", customer);
        let is_archived = contact.archived_at.is_some();
        vec![
            ("UPDATE", is_permitted && !is_archived),
            ("ARCHIVE", is_permitted && !is_archived),
            ("RESTORE", is_permitted && is_archived),
            ("REVEAL", self.reaches("contact_details", "reveal", customer)),
        ]
    }

    fn with_order(&self, order: &Order) -> Vec<(&'static str, bool)> {
        let customer = self.rows.customer(order.customer_id);
        let is_closed = ["CANCELLED", "REFUNDED"].contains(&order.status.as_str());
        let is_untouched = order.status == "PENDING" && self.rows.paid_of(order.id).is_zero();
        let is_finished = is_closed || order.status == "DELIVERED";
        let next = customer.owner_user_id.unwrap_or(self.me);
        let sees_products = self.has("product", "read", "all");
        vec![
            ("UPDATE", self.may_with(order, "create")),
            (
                "SET_LINES",
                is_untouched && customer.archived_at.is_none() && self.may_with(order, "create") && sees_products,
            ),
            ("SET_INSTALMENTS", !is_closed && self.may_with(order, "create")),
            // Sellers record payments, unless a setting says otherwise.
            ("REVERSE_PAYMENT", !is_closed && self.may_with(order, "reverse")),
            ("ADOPT", !is_finished && order.owner_user_id != next && self.may_with(order, "adopt")),
        ]
    }
}
