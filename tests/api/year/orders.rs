//! Orders in memory: each is of 100, belongs to the owner of the customer at that time, and takes allowed steps only.

use super::model::{Answer, CustomerIndex, MAX_BACKDATE, Model, PersonIndex, Place, Role, Time};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Status {
    Pending,
    Paid,
    Shipped,
    Delivered,
    Ended,
}

/// An order of 100.
#[derive(Debug)]
pub struct Order {
    pub id: String,
    pub owner: PersonIndex,
    pub at: Time,
    pub status: Status,
    pub paid: u32,
    pub version: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    Pay(Option<u32>),
    Ship,
    Deliver,
    Cancel,
    Refund,
}

impl Model {
    /// Records an order of 100 unless it is refused; `id` is called only if it is recorded.
    pub fn order(&mut self, who: PersonIndex, what: CustomerIndex, at: Time, id: impl FnOnce() -> String) -> Answer {
        let refusal = self.refusal(who, what);
        if !refusal.is_empty() {
            return refusal;
        }
        match self.customers[what].place {
            Place::Pooled { .. } => "NOT_OWNED",
            Place::Owned { since, .. } if at > self.now || at < self.now - MAX_BACKDATE || at < since => "INVALID",
            Place::Owned { by: owner, .. } => {
                let (status, id) = (Status::Pending, id());
                let order = Order { id, owner, at, status, paid: 0, version: 1 };
                self.customers[what].orders.push(order);
                self.talked(what, at);
                ""
            }
        }
    }

    /// Advances an order: by its owner, the owner of the customer, or a superior of either.
    pub fn advance(&mut self, who: PersonIndex, what: CustomerIndex, order: usize, version: i32, step: Step) -> Answer {
        let (owner, holder) = (self.customers[what].orders[order].owner, self.customers[what].owner());
        let is_led = |by: PersonIndex| by != who && self.works_for(who, by);
        let handled = self.people[who].role == Role::Admin || self.works_for(who, owner) || holder.is_some_and(is_led);
        let held = holder == Some(who);
        if !handled {
            return if held { "FORBIDDEN" } else { "NOT_FOUND" };
        }
        let is_superior = self.people[who].role == Role::Admin || is_led(owner) || holder.is_some_and(is_led);
        let order = &mut self.customers[what].orders[order];
        if order.version != version {
            return "CONFLICT";
        }
        let (status, paid) = match (order.status, step) {
            (Status::Pending, Step::Pay(amount)) => match amount.unwrap_or(100 - order.paid) {
                amount if order.paid + amount > 100 => return "INVALID",
                amount if order.paid + amount == 100 => (Status::Paid, 100),
                amount => (Status::Pending, order.paid + amount),
            },
            (Status::Shipped | Status::Delivered, Step::Pay(amount)) if order.paid < 100 => {
                match amount.unwrap_or(100 - order.paid) {
                    amount if order.paid + amount > 100 => return "INVALID",
                    amount => (order.status, order.paid + amount),
                }
            }
            (Status::Paid, Step::Ship) => (Status::Shipped, order.paid),
            (Status::Pending, Step::Ship) if is_superior => (Status::Shipped, order.paid),
            (Status::Shipped, Step::Deliver) => (Status::Delivered, order.paid),
            (Status::Pending | Status::Shipped | Status::Delivered, Step::Cancel) if order.paid == 0 => {
                (Status::Ended, 0)
            }
            (Status::Pending | Status::Shipped | Status::Delivered, Step::Refund) if order.paid == 0 => {
                return "STEP_NOT_ALLOWED";
            }
            (Status::Ended, _) => return "STEP_NOT_ALLOWED",
            (_, Step::Refund) => (Status::Ended, order.paid),
            _ => return "STEP_NOT_ALLOWED",
        };
        (order.status, order.paid) = (status, paid);
        order.version += 1;
        ""
    }
}
