//! Decides what is done with the rows of a batch. The dry run shows the results, and the run writes what is planned.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::customers::Customers;
use super::input::{Body, FollowUp, OpportunityRow, ProductKey, RecordInput, Writes};
use super::opportunities::Opportunities;
use super::products::Products;
use super::reader::RecordReader;
use super::store;
use crate::crm::customer::bulk::Known;
use crate::crm::external_id;
use crate::crm::followup;
use crate::crm::import::Problem;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::crm::import::row_result::{DuplicateOf, Outcome, RowResult};
use crate::crm::{opportunity, order, product};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{CustomerId, ImportId, OpportunityId, ProductId, new_uuid};
use crate::kernel::op::Op;

/// What the results of a batch write to the database.
#[derive(Debug, Default)]
pub struct Plan {
    /// Products to create.
    pub products: Vec<(ProductId, product::Draft)>,
    /// Follow-ups to create.
    pub follow_ups: Vec<followup::bulk::Entry>,
    /// Opportunities to create.
    pub opportunities: Vec<opportunity::bulk::Entry>,
    /// Orders to create.
    pub orders: Vec<order::bulk::Entry>,
    /// The opportunities of these orders, which are won by them if they are open, each with the time of its order.
    pub won: Vec<(OpportunityId, DateTime<Utc>)>,
    /// External ids to keep.
    pub external_ids: Vec<external_id::Key>,
}

/// Judges the rows of a batch that are records of their own, in their order. Rows that can't be read come with their problems.
pub async fn judge(
    op: &mut Op<'_>,
    import: ImportId,
    reader: &RecordReader,
    rows: Vec<(i32, Result<RecordInput, Vec<Problem>>)>,
    writes: Writes,
) -> Result<(Vec<(i32, RowResult)>, Plan), Error> {
    let first = rows.first().map_or(0, |(number, _)| *number);
    let inputs: Vec<_> = rows.iter().filter_map(|(_, input)| input.as_ref().ok()).collect();
    let keys: Vec<_> = inputs.iter().filter_map(|input| input.external_id.clone()).collect();
    let customers: Vec<_> = inputs.iter().filter_map(|input| input.customer.as_ref()).collect();
    let customers = Customers::of(op, &customers, writes).await?;
    let products = inputs.iter().filter_map(|input| product_of(input)).collect::<Vec<_>>();
    let products = Products::of(op, &products).await?;
    let opportunities: Vec<_> = inputs.iter().filter_map(|input| input.opportunity.clone()).collect();
    let opportunities = Opportunities::of(op, &opportunities).await?;
    let mut judge = Judge {
        products,
        opportunities,
        reader,
        now: op.now(),
        there: external_id::records(op.db(), reader.kind.external_ids(), &keys).await?,
        earlier: store::earlier(op.db(), import, first, &keys).await?,
        taken_skus: product::bulk::taken_skus(op.db(), &skus_of(&inputs)).await?,
        follow_ups: followup::bulk::present(op.db(), &times_of_follow_ups(&inputs, &customers)).await?,
        customers,
        plan: Plan::default(),
    };
    let result = |judge: &mut Judge<'_>, number, input: Result<RecordInput, Vec<Problem>>| match input {
        Ok(input) => judge.row(number, input),
        Err(problems) => RowResult::of(Outcome::Error, None, problems),
    };
    let results = rows.into_iter().map(|(number, input)| (number, result(&mut judge, number, input))).collect();
    Ok((results, judge.plan))
}

fn skus_of(inputs: &[&RecordInput]) -> Vec<String> {
    let sku = |input: &&RecordInput| match &input.body {
        Body::Product(draft) => Some(draft.sku.clone()),
        Body::FollowUp(_) | Body::Opportunity(_) | Body::Order(_) => None,
    };
    inputs.iter().filter_map(sku).collect()
}

/// With whom the follow-ups of the rows were, and when.
fn times_of_follow_ups(inputs: &[&RecordInput], customers: &Customers) -> Vec<(CustomerId, DateTime<Utc>)> {
    let time = |input: &&RecordInput| match (&input.body, &input.customer) {
        (Body::FollowUp(row), Some(key)) => Some((customers.find(key)?.id, row.at)),
        _ => None,
    };
    inputs.iter().filter_map(time).collect()
}

fn product_of(input: &RecordInput) -> Option<&ProductKey> {
    if let Body::Opportunity(row) = &input.body { row.product.as_ref() } else { None }
}

struct Judge<'r> {
    products: Products,
    opportunities: Opportunities,
    reader: &'r RecordReader,
    now: DateTime<Utc>,
    /// Records that are there, by their external ids.
    there: HashMap<String, Uuid>,
    /// The earlier rows with external ids.
    earlier: HashMap<String, i32>,
    /// SKUs that products have, or that earlier rows of the batch give.
    taken_skus: HashSet<String>,
    /// Follow-ups that are there, or that earlier rows of the batch create.
    follow_ups: HashSet<followup::bulk::Identity>,
    customers: Customers,
    plan: Plan,
}

/// Why a record is not created.
type NotPlanned = (Outcome, Problem);

impl Judge<'_> {
    fn row(&mut self, number: i32, input: RecordInput) -> RowResult {
        let customer = match &input.customer {
            Some(key) => match self.customers.find(key) {
                Some(known) => Some(known.clone()),
                None => {
                    return RowResult::of(Outcome::Error, None, vec![self.customers.no_such(&self.reader.cells, key)]);
                }
            },
            None => None,
        };
        let customer_id = customer.as_ref().map(|known| known.id);
        if let Some(key) = &input.external_id {
            if self.there.contains_key(key) {
                return already_there(customer_id);
            }
            if let Some(&row) = self.earlier.get(key) {
                let problem = Problem::new(None, Message::SameRecord { row });
                let result = RowResult::of(Outcome::Duplicate(DuplicateOf::Row), customer_id, vec![problem]);
                return RowResult { of_number: Some(row), ..result };
            }
        }
        if customer_id.is_some_and(|id| !self.customers.is_held(id)) {
            let problem = Problem::new(None, UserError::conflict().message);
            return RowResult::of(Outcome::Error, None, vec![problem]);
        }
        let record = new_uuid(self.now);
        let planned = match (input.body, &customer) {
            (Body::Product(draft), _) => self.product(record, draft),
            (Body::FollowUp(row), Some(customer)) => self.follow_up(record, customer, input.opportunity, row),
            (Body::Opportunity(row), Some(customer)) => self.opportunity(record, customer, *row),
            (Body::FollowUp(_) | Body::Opportunity(_), None) | (Body::Order(_), _) => {
                Err((Outcome::Error, Problem::new(None, Message::NoCustomer)))
            }
        };
        if let Err((outcome, problem)) = planned {
            return RowResult::of(outcome, customer_id, vec![problem]);
        }
        if let Some(key) = input.external_id {
            self.earlier.insert(key.clone(), number);
            self.plan.external_ids.push(external_id::Key { key, record });
        }
        RowResult { record: Some(record), ..RowResult::of(Outcome::Create, customer_id, input.warnings) }
    }

    fn product(&mut self, id: Uuid, draft: product::Draft) -> Result<(), NotPlanned> {
        if !self.taken_skus.insert(draft.sku.clone()) {
            let message = Message::SkuTaken { sku: shown(&draft.sku) };
            return Err((Outcome::Duplicate(DuplicateOf::Same), self.reader.cells.problem(Field::Sku, message)));
        }
        self.plan.products.push((id.into(), draft));
        Ok(())
    }

    fn opportunity(&mut self, id: Uuid, customer: &Known, row: OpportunityRow) -> Result<(), NotPlanned> {
        let refuse = |problem| (Outcome::Error, problem);
        let Some(owner) = row.owner.or(customer.owner) else {
            return Err(refuse(self.reader.cells.problem(Field::Owner, Message::NeedsOpportunityOwner)));
        };
        let product = row.product.as_ref().map(|key| self.products.find(&self.reader.cells, key)).transpose();
        let OpportunityRow {
            name,
            note,
            competitor,
            stage,
            amount,
            currency,
            close_date,
            probability,
            created_at,
            closing,
            ..
        } = row;
        self.plan.opportunities.push(opportunity::bulk::Entry {
            id: id.into(),
            customer: customer.id,
            owner,
            name,
            note,
            competitor,
            stage,
            product: product.map_err(refuse)?,
            amount,
            currency,
            close_date,
            probability,
            created_at,
            closing,
        });
        Ok(())
    }

    fn follow_up(
        &mut self,
        id: Uuid,
        customer: &Known,
        opportunity: Option<String>,
        row: FollowUp,
    ) -> Result<(), NotPlanned> {
        let Some(author) = row.author.or(customer.owner) else {
            return Err((Outcome::Error, self.reader.cells.problem(Field::Author, Message::NeedsAuthor)));
        };
        let find = |key: String| self.opportunities.find(&self.reader.cells, &key, customer.id);
        let opportunity = opportunity.map(find).transpose();
        let opportunity = opportunity.map_err(|problem| (Outcome::Error, problem))?;
        if !self.follow_ups.insert((customer.id, row.at, row.content.clone())) {
            return Err((Outcome::Duplicate(DuplicateOf::Same), Problem::new(None, Message::AlreadyThere)));
        }
        self.plan.follow_ups.push(followup::bulk::Entry {
            id: id.into(),
            customer: customer.id,
            opportunity,
            author,
            channel: row.channel,
            content: row.content,
            at: row.at,
            next_plan: row.next_plan,
            next_contact_at: row.next_contact_at,
        });
        Ok(())
    }
}

pub(super) fn already_there(customer: Option<CustomerId>) -> RowResult {
    let problem = Problem::new(None, Message::AlreadyThere);
    RowResult::of(Outcome::Duplicate(DuplicateOf::Same), customer, vec![problem])
}
