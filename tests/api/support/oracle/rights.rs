//! What one viewer may see: each right looked up line by line in the policy, for one row at a time.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rows::{
    Batch, Contact, Customer, Edit, Feedback, FollowUp, Operation, Opportunity, Order, Pool, Product, Rows, Step, Task,
    Time, User, Version, Visit,
};

/// An entity that a viewer may see or not.
#[derive(Clone, Copy)]
pub enum Entity<'r> {
    User(&'r User),
    Customer(&'r Customer),
    Contact(&'r Contact),
    Operation(&'r Operation),
    Batch(&'r Batch),
    Pool(&'r Pool),
    Product(&'r Product),
    Opportunity(&'r Opportunity),
    FollowUp(&'r FollowUp),
    Task(&'r Task),
    Order(&'r Order),
    Feedback(&'r Feedback),
    Edit(&'r Edit),
    Entry(Entry<'r>),
}

/// Something on the timeline of a customer.
#[derive(Clone, Copy)]
pub enum Entry<'r> {
    FollowUp(&'r FollowUp),
    Stage(&'r Opportunity, Visit<'r>),
    Adoption(&'r Opportunity, &'r Version),
    Order(&'r Order, &'r Step),
    Operation(&'r Operation),
    Feedback(&'r Feedback),
    Edit(&'r Edit),
}

/// The rows as one viewer sees them.
pub struct View<'r> {
    pub(super) rows: &'r Rows,
    pub(super) me: Uuid,
    pub(super) now: Time,
    /// Resource, action and scope of each line that one of the roles has.
    lines: BTreeSet<(&'r str, &'r str, &'r str)>,
}

impl<'r> View<'r> {
    pub fn new(rows: &'r Rows, me: Uuid, now: Time) -> Self {
        let roles = rows.roles_of(me);
        let held = rows.permissions.iter().filter(|(role, ..)| roles.contains(role.as_str()));
        let lines =
            held.map(|(_, resource, action, scope)| (resource.as_str(), action.as_str(), scope.as_str())).collect();
        Self { rows, me, now, lines }
    }

    pub(super) fn has(&self, resource: &str, action: &str, scope: &str) -> bool {
        self.lines.contains(&(resource, action, scope))
    }

    fn is_me(&self, user: Uuid) -> bool {
        user == self.me
    }

    fn is_below_me(&self, user: Uuid) -> bool {
        self.rows.is_below(user, self.me)
    }

    /// Whether any of the viewer's scopes covers the row.
    fn covers(&self, resource: &str, action: &str, is_in: impl Fn(&str) -> bool) -> bool {
        let scopes = self.lines.iter().filter(|(of, to, _)| (*of, *to) == (resource, action));
        scopes.map(|(.., scope)| *scope).any(is_in)
    }

    /// Whether the viewer is a member of a pool. The default one is everybody's.
    pub(super) fn is_member(&self, pool: &Pool) -> bool {
        let members = self.rows.pool_members.iter().filter(|member| member.pool_id == pool.id);
        let mut alone_or_below = members.map(|member| {
            self.is_me(member.user_id) || member.with_team && self.rows.is_below(self.me, member.user_id)
        });
        let is_listed = alone_or_below.any(|is_one| is_one);
        let administers = pool.administrator_user_id.is_some_and(|administrator| self.is_me(administrator));
        pool.archived_at.is_none() && (pool.is_default || administers || is_listed)
    }

    /// Whether a customer is in a scope that depends only on its state, not on owners.
    fn is_in(&self, customer: &Customer, scope: &str) -> bool {
        let (is_pooled, is_entered) = (customer.owner_user_id.is_none(), customer.created_by == Some(self.me));
        match scope {
            "all" => true,
            "pool" => {
                let is_member = self.rows.pool(Some(customer.pool_id)).is_some_and(|pool| self.is_member(pool));
                is_pooled && customer.blacklisted_at.is_none() && is_member
            }
            "pool_all" => is_pooled,
            "entered" => is_entered,
            "entered_pooled" => is_entered && is_pooled,
            "ordered" => self.rows.orders.iter().any(|order| order.customer_id == customer.id),
            other => panic!("{other}"),
        }
    }

    /// Whether a permission covers a customer, or its contacts, follow-ups, extra fields and operations.
    pub(super) fn reaches(&self, resource: &str, action: &str, customer: &Customer) -> bool {
        self.reaches_but(resource, action, customer, &[])
    }

    /// The same, by a scope other than the excluded ones.
    pub(super) fn reaches_but(&self, resource: &str, action: &str, customer: &Customer, but: &[&str]) -> bool {
        self.covers(resource, action, |scope| match scope {
            scope if but.contains(&scope) => false,
            "own" => customer.owner_user_id.is_some_and(|owner| self.is_me(owner)),
            "team" => customer.owner_user_id.is_some_and(|owner| self.is_below_me(owner)),
            scope => self.is_in(customer, scope),
        })
    }

    /// Whether a permission covers a record of a customer that has its own owner, by a scope other than the excluded
    /// ones.
    fn reaches_record(&self, resource: &str, owner: Uuid, customer: Uuid, but: &[&str]) -> bool {
        self.reaches_work(resource, "read", Some(owner), customer, but)
    }

    /// Whether the viewer may do something with an order.
    pub(super) fn may_with(&self, order: &Order, action: &str) -> bool {
        self.reaches_work("order", action, Some(order.owner_user_id), order.customer_id, &[])
    }

    /// The same for any action. What does not exist yet will have the owner of the customer, if there is one.
    pub(super) fn reaches_work(
        &self,
        resource: &str,
        action: &str,
        owner: Option<Uuid>,
        customer: Uuid,
        but: &[&str],
    ) -> bool {
        let customer = self.rows.customer(customer);
        let (holder, is) = (customer.owner_user_id, |user: Option<Uuid>| user.is_some_and(|user| self.is_me(user)));
        let is_below = |user: Option<Uuid>| user.is_some_and(|user| self.is_below_me(user));
        self.covers(resource, action, |scope| match scope {
            scope if but.contains(&scope) => false,
            "own" => is(owner),
            "held" => is(holder),
            "team" => is_below(owner) || is_below(holder),
            scope => self.is_in(customer, scope),
        })
    }

    pub(super) fn sees_user(&self, user: &User, but_names: bool) -> bool {
        self.covers("user", "read", |scope| match scope {
            "all" => true,
            "names" => !but_names,
            "own" => self.is_me(user.id),
            "team" => self.is_below_me(user.id),
            other => panic!("{other}"),
        })
    }

    /// The pool shows what a customer once wanted, but not who worked on it and how it went. Who entered the customer sees no more.
    pub(super) fn sees_beyond_pool(&self, opportunity: &Opportunity) -> bool {
        self.reaches_record(
            "opportunity",
            opportunity.owner_user_id,
            opportunity.customer_id,
            &["pool", "pool_all", "entered"],
        )
    }

    /// Whether a fact is the viewer's, or of somebody below them: it names one of them.
    fn is_theirs(&self, resource: &str, named: &[Option<Uuid>]) -> bool {
        let named = || named.iter().copied().flatten();
        self.covers(resource, "read", |scope| match scope {
            "own" => named().any(|user| self.is_me(user)),
            "team" => named().any(|user| self.is_below_me(user)),
            _ => false,
        })
    }

    /// Whether an operation was done by the viewer or their team, or moved a customer of theirs.
    fn is_their_operation(&self, operation: &Operation) -> bool {
        let Operation { operator_user_id, previous_owner_user_id, new_owner_user_id, .. } = operation;
        self.is_theirs("operation", &[*operator_user_id, *previous_owner_user_id, *new_owner_user_id])
    }

    /// Whether the viewer may see who did an operation.
    pub(super) fn knows_who(&self, operation: &Operation) -> bool {
        let customer = self.rows.customer(operation.customer_id);
        self.reaches_but("operation", "read", customer, &["pool", "pool_all"]) || self.is_their_operation(operation)
    }

    /// An edit is visible as its row is, but the pool does not show what a customer or an opportunity was before.
    fn sees_edit(&self, edit: &Edit) -> bool {
        if let Some(user) = edit.about_user_id {
            return self.sees_user(self.rows.user(Some(user)).unwrap(), edit.field != "name");
        }
        let Some(customer) = edit.customer_id else {
            return self.has(if edit.product_id.is_some() { "product" } else { "setting" }, "read", "all");
        };
        let customer = self.rows.customer(customer);
        if let Some(opportunity) = self.rows.opportunity(edit.opportunity_id) {
            return self.sees_beyond_pool(opportunity);
        }
        let is_personal = self.rows.personal_extras.iter().any(|(key,)| edit.field == format!("extras.{key}"));
        let sees_contacts = self.reaches("contact", "read", customer);
        match edit.contact_id {
            Some(_) => sees_contacts,
            None => {
                self.reaches_but("customer", "read", customer, &["pool", "pool_all"]) && (sees_contacts || !is_personal)
            }
        }
    }

    pub(super) fn sees(&self, entity: Entity<'_>) -> bool {
        let of = |customer: Uuid, resource: &str| self.reaches(resource, "read", self.rows.customer(customer));
        match entity {
            Entity::User(user) => self.sees_user(user, false),
            Entity::Customer(customer) => self.reaches("customer", "read", customer),
            Entity::Contact(contact) => of(contact.customer_id, "contact"),
            Entity::Operation(operation) => {
                of(operation.customer_id, "operation") || self.is_their_operation(operation)
            }
            Entity::Batch(batch) => self.covers("operation_batch", "read", |scope| match scope {
                "all" => true,
                "own" => batch.operator_user_id.is_some_and(|operator| self.is_me(operator)),
                "team" => batch.operator_user_id.is_some_and(|operator| self.is_below_me(operator)),
                other => panic!("{other}"),
            }),
            Entity::Pool(pool) => self.covers("pool", "read", |scope| match scope {
                "all" => true,
                "pool" => self.is_member(pool),
                "own" => pool.administrator_user_id.is_some_and(|administrator| self.is_me(administrator)),
                "team" => pool.administrator_user_id.is_some_and(|administrator| self.is_below_me(administrator)),
                other => panic!("{other}"),
            }),
            Entity::Product(_) => self.has("product", "read", "all"),
            Entity::Opportunity(opportunity) => {
                self.reaches_record("opportunity", opportunity.owner_user_id, opportunity.customer_id, &[])
            }
            Entity::FollowUp(follow_up) => {
                of(follow_up.customer_id, "follow_up") || self.is_theirs("follow_up", &[Some(follow_up.author_user_id)])
            }
            Entity::Task(task) => self.reaches_record("task", task.owner_user_id, task.customer_id, &[]),
            Entity::Order(order) => self.reaches_record("order", order.owner_user_id, order.customer_id, &[]),
            // The owner of an order may see its feedback.
            Entity::Feedback(feedback) => {
                let order = self.rows.order(feedback.order_id);
                self.reaches_record("feedback", order.owner_user_id, order.customer_id, &[])
            }
            Entity::Edit(edit) | Entity::Entry(Entry::Edit(edit)) => self.sees_edit(edit),
            // An entry is visible if its entity is; the pool does not show the history of an opportunity.
            Entity::Entry(Entry::FollowUp(follow_up)) => self.sees(Entity::FollowUp(follow_up)),
            Entity::Entry(Entry::Stage(opportunity, _) | Entry::Adoption(opportunity, _)) => {
                self.sees_beyond_pool(opportunity)
            }
            Entity::Entry(Entry::Order(order, _)) => self.sees(Entity::Order(order)),
            Entity::Entry(Entry::Operation(operation)) => self.sees(Entity::Operation(operation)),
            Entity::Entry(Entry::Feedback(feedback)) => self.sees(Entity::Feedback(feedback)),
        }
    }
}
