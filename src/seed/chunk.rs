//! Some customers with their contacts, opportunities, orders and so on, generated together.

use std::ops::Range;

use fastrand::Rng;
use sqlx::PgConnection;

use super::copy::Table;
use super::firm::Firm;

use super::model::Report;
use super::random::id_at;
use super::{company, expected, feedback, followups, history, opportunities, orders};

/// The rows of some customers, by table; a table comes after those that its rows refer to.
pub struct Chunk {
    customers: Table,
    operations: Table,
    contacts: Table,
    extras: Table,
    opportunities: Table,
    expected_lines: Table,
    versions: Table,
    followups: Table,
    tasks: Table,
    task_steps: Table,
    orders: Table,
    lines: Table,
    payments: Table,
    instalments: Table,
    steps: Table,
    feedback: Table,
}

impl Chunk {
    /// Generates the customers with these numbers.
    pub fn of(firm: &Firm, numbers: Range<u32>) -> Self {
        let mut chunk = Self {
            customers: Table::new(company::COLUMNS),
            operations: Table::new(history::COLUMNS),
            contacts: Table::new(company::CONTACT_COLUMNS),
            extras: Table::new(company::EXTRA_COLUMNS),
            opportunities: Table::new(opportunities::COLUMNS),
            expected_lines: Table::new(expected::COLUMNS),
            versions: Table::new(opportunities::VERSION_COLUMNS),
            followups: Table::new(followups::COLUMNS),
            tasks: Table::new(followups::TASK_COLUMNS),
            task_steps: Table::new(followups::TASK_STEP_COLUMNS),
            orders: Table::new(orders::COLUMNS),
            lines: Table::new(orders::LINE_COLUMNS),
            payments: Table::new(orders::PAYMENT_COLUMNS),
            instalments: Table::new(orders::INSTALMENT_COLUMNS),
            steps: Table::new(orders::STEP_COLUMNS),
            feedback: Table::new(feedback::COLUMNS),
        };
        for number in numbers {
            chunk.add(firm, number);
        }
        chunk
    }

    fn add(&mut self, firm: &Firm, number: u32) {
        // Each customer has its own random generator, so it does not depend on how many others are generated.
        let rng = &mut Rng::with_seed(firm.plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(number));
        let history = history::of(rng, number, firm);
        let customer = id_at(rng, history.created_at);
        let opportunities = opportunities::of(rng, firm, &history);
        let orders = orders::of(rng, firm, &history, &opportunities);
        let followups = followups::of(rng, firm, &history, &opportunities, &orders);
        let times = history.present().and_then(|held| followups::times_of(&followups, held));
        let planned = history.present().and_then(|held| followups::planned(&followups, held));
        company::write(&mut self.customers, rng, (number, customer), firm, &history, times, !orders.is_empty());
        company::write_contacts(&mut self.contacts, rng, customer, number, history.created_at);
        company::write_extras(&mut self.extras, rng, customer);
        history.write(&mut self.operations, rng, customer, |held| followups::times_of(&followups, held));
        for opportunity in &opportunities {
            let tables = [&mut self.opportunities, &mut self.expected_lines, &mut self.versions];
            opportunity.write(tables, customer);
        }
        for (index, order) in (0..).zip(&orders) {
            let tables =
                [&mut self.orders, &mut self.lines, &mut self.payments, &mut self.instalments, &mut self.steps];
            order.write(tables, rng, customer, u64::from(number) * orders::MAX_ORDERS + index);
            feedback::write(&mut self.feedback, rng, firm, customer, order);
        }
        for followup in &followups {
            followup.write(&mut self.followups, customer);
        }
        if let Some(planned) = planned {
            let id = id_at(rng, planned.created_at());
            planned.write_task([&mut self.tasks, &mut self.task_steps], id, customer, firm.plan.now);
        }
    }

    /// Copies the rows into the database and returns their number.
    pub async fn copy(self, db: &mut PgConnection, report: &mut Report) -> sqlx::Result<usize> {
        report.customers += self.customers.rows();
        report.operations += self.operations.rows();
        report.contacts += self.contacts.rows();
        report.extras += self.extras.rows();
        report.opportunities += self.opportunities.rows();
        report.followups += self.followups.rows();
        report.tasks += self.tasks.rows();
        report.orders += self.orders.rows();
        report.feedback += self.feedback.rows();
        let tables = [
            self.customers,
            self.operations,
            self.contacts,
            self.extras,
            self.opportunities,
            self.expected_lines,
            self.versions,
            self.followups,
            self.tasks,
            self.task_steps,
            self.orders,
            self.lines,
            self.payments,
            self.instalments,
            self.steps,
            self.feedback,
        ];
        let mut rows = 0;
        for table in tables {
            rows += table.rows();
            table.copy(db).await?;
        }
        Ok(rows)
    }
}
