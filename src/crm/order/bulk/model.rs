//! An order of another system with its steps so far.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::crm::order::model::follow_up_content;
use crate::crm::order::step::{self, Status, Step};
use crate::crm::product::lines::{self, Line};
use crate::kernel::error::UserError;
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, PaymentId, UserId, new_uuid};

/// An order to insert.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Entry {
    pub id: OrderId,
    pub order_no: String,
    pub customer: CustomerId,
    pub opportunity: Option<OpportunityId>,
    pub sold_by: UserId,
    pub owner: UserId,
    pub currency: String,
    pub remark: Option<String>,
    pub ordered_at: DateTime<Utc>,
    pub lines: Vec<Line>,
    pub progress: Progress,
}

/// How far an order is, and the steps that led there.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Its status.
    pub status: Status,
    /// The sum of the payments.
    pub paid: Decimal,
    /// The steps, in their order.
    pub steps: Vec<DoneStep>,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct DoneStep {
    /// The step.
    pub step: Step,
    /// The status before.
    pub from: Status,
    /// The status after.
    pub to: Status,
    /// What was paid, or paid back (less than 0), and the id of its row.
    pub moved: Option<(PaymentId, Decimal)>,
    /// When it was taken.
    pub at: DateTime<Utc>,
}

impl Progress {
    /// Takes a step of an order with this total. It is not before the step that it needs.
    pub fn take(
        &mut self,
        total: Decimal,
        step: Step,
        amount: Option<Decimal>,
        at: DateTime<Utc>,
    ) -> Result<(), UserError> {
        let advance = step::decide(self.status, total, self.paid, step, amount).map_err(UserError::from)?;
        let at = self.steps.last().map_or(at, |last| at.max(last.at));
        if step == Step::Pay {
            self.paid += advance.moved.unwrap_or_default();
        }
        let moved = advance.moved.map(|amount| (new_uuid(at).into(), amount));
        self.steps.push(DoneStep { step, from: self.status, to: advance.to, moved, at });
        self.status = advance.to;
        Ok(())
    }

    /// When the order came to a status.
    pub fn reached(&self, status: Status) -> Option<DateTime<Utc>> {
        self.steps.iter().find(|done| done.from != done.to && done.to == status).map(|done| done.at)
    }

    /// When it was cancelled or refunded.
    pub fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.reached(Status::Cancelled).or_else(|| self.reached(Status::Refunded))
    }
}

impl Entry {
    /// The sum of the lines.
    pub fn total(&self) -> Decimal {
        lines::total(&self.lines)
    }

    /// What the follow-up of the order says, as for an order that is recorded here.
    pub fn follow_up_content(&self) -> String {
        follow_up_content(&self.order_no, &self.lines, &self.currency)
    }
}
