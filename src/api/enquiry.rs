//! Enquiries: an adapter for each operation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::planned::{Planned, PlannedCustomer};
use crate::crm::enquiry::{New, Outcome, record};

/// The enquiry to record. Give at least the name of the company, a phone number or an e-mail address.
#[derive(InputObject)]
struct RecordEnquiryInput {
    /// The name of the company: 1 to 200 characters. Letter case, character width and legal form make no difference. If no customer
    /// has the phone number or the e-mail address, it is required.
    company_name: Option<String>,
    /// Who asks: 1 to 100 characters. If it is left out, it is `namelessContact` of the settings.
    contact_name: Option<String>,
    /// The phone number of the one who asks. It counts against `maxRevealsPerDay` (`REVEAL_LIMIT_REACHED`), once a day, unless you may
    /// see all details.
    phone: Option<String>,
    /// The e-mail address of the one who asks. It counts as the phone number does.
    email: Option<String>,
    /// What they ask for; 1 to 4,000 characters.
    content: String,
    /// How they asked: the code of a choice of kind SOURCE. It is also the source of a new customer.
    source: String,
    /// More about where a new customer came from, such as the name of the exhibition; at most 200 characters.
    source_detail: Option<String>,
    /// Confirms that the company is not one of the customers with a similar name. Without it, a new company is refused (`SIMILAR`) if there
    /// are such customers.
    #[graphql(default)]
    not_duplicate: bool,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is that of the first call.
    idempotency_key: Option<String>,
}

/// What became of an enquiry.
#[derive(SimpleObject)]
struct RecordEnquiryPayload {
    /// What became of it; null if the input was refused.
    outcome: Option<Outcome>,
    /// The customer, if it was created or is in the pool, and you may see it. Always null for `PASSED_ON`.
    customer: Option<PlannedCustomer>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about enquiries.
#[derive(Default)]
pub struct EnquiryMutation;

#[Object]
impl EnquiryMutation {
    /// Records what a company asked for, on the website, at an exhibition or on the phone; for users who may create customers. If the
    /// company is a customer that somebody owns, the owner and the owner's superior are notified, and you learn only that it was passed
    /// on (`PASSED_ON`). If it is in the pool, who claims it reads the enquiry (`IN_POOL`). If there is no such customer, it is created as
    /// by `createCustomer`, with the contact (`CREATED`).
    async fn record_enquiry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The enquiry to record.")] input: RecordEnquiryInput,
    ) -> Resolved<RecordEnquiryPayload> {
        let new = New {
            company_name: input.company_name,
            contact_name: input.contact_name,
            phone: input.phone,
            email: input.email,
            content: input.content,
            source: input.source,
            source_detail: input.source_detail,
            not_duplicate: input.not_duplicate,
        };
        let key = input.idempotency_key;
        let (counted, user_errors) = perform(ctx, async |op| record::count(op, &new).await).await?;
        if counted.is_none() {
            return Ok(RecordEnquiryPayload { outcome: None, customer: None, user_errors });
        }
        let (done, user_errors) = perform(ctx, async |op| record::record(op, new, key).await).await?;
        let shown = done.filter(|(outcome, _)| *outcome != Outcome::PassedOn);
        Ok(RecordEnquiryPayload {
            outcome: done.map(|(outcome, _)| outcome),
            customer: shown.map(|(_, customer)| Planned(customer)),
            user_errors,
        })
    }
}
