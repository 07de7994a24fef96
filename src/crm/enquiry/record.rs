//! An enquiry is recorded. A customer is the company if it has the same name, or a contact with the phone number or the e-mail
//! address. The answer says no more of a customer of somebody else than that the enquiry was passed on.

use super::store::{self, Entry};
use super::{New, Outcome};
use crate::crm::contact::edit::{self as contacts, Draft as Contact, Keys};
use crate::crm::contact::look_up;
use crate::crm::customer::duplicate::{self, Status};
use crate::crm::customer::{self, Customer, edit, name_key};
use crate::crm::setting::check_choice;
use crate::kernel::directory::ChoiceKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::{ContactId, CustomerId, EnquiryId, UserId};
use crate::kernel::op::Op;
use crate::kernel::read::LookUp;
use crate::kernel::text;

/// Counts the phone number and the e-mail address of an enquiry as look-ups, in an operation of its own: a refused enquiry has looked
/// them up, too. An invalid enquiry looks nothing up.
pub async fn count(op: &mut Op<'_>, new: &New) -> Result<(), Error> {
    op.authorize(edit::CREATE)?;
    let keys = check(op, new)?.keys();
    let of = |kind, keys: Vec<String>| keys.into_iter().map(move |key| LookUp { kind, key });
    let look_ups: Vec<_> = of(look_up::PHONE, keys.phone_keys).chain(of(look_up::EMAIL, keys.email_keys)).collect();
    look_up::count_in(op, &look_ups).await
}

/// Records an enquiry, and returns what became of it, and the customer. If the idempotency key was used before, it
/// returns what became of that enquiry.
pub async fn record(
    op: &mut Op<'_>,
    new: New,
    idempotency_key: Option<String>,
) -> Result<(Outcome, CustomerId), Error> {
    op.authorize(edit::CREATE)?;
    let id: EnquiryId = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "recordEnquiry", id).await? {
        return store::outcome_of(op.db(), first).await;
    }
    let checked = check(op, &new)?;
    let (keys, name_key) = (checked.keys(), checked.company.as_deref().map(name_key));
    let found = store::company(op.db(), name_key.as_deref(), &keys.phone_keys, &keys.email_keys).await?;
    let (outcome, customer, contact) = match found {
        Some(known) => pass_on(op, known, checked.contact).await?,
        None => create(op, new, checked.company).await?,
    };
    let (at, recorded_by) = (op.now(), op.viewer()?.user);
    let entry = Entry { id, customer, contact, source: &checked.source, content: &checked.content, outcome };
    store::insert(op.db(), &entry, recorded_by, at).await?;
    Ok((outcome, customer))
}

/// The valid parts of an enquiry.
struct Checked {
    company: Option<String>,
    contact: Option<(Contact, Keys)>,
    source: String,
    content: String,
}

impl Checked {
    /// The keys of the phone number and the e-mail address.
    fn keys(&self) -> Keys {
        self.contact.as_ref().map(|(_, keys)| keys.clone()).unwrap_or_default()
    }
}

/// Validates an enquiry. The error contains all refusals.
fn check(op: &Op<'_>, new: &New) -> Result<Checked, Error> {
    let mut refusals = Vec::new();
    let company = new.company_name.as_deref().map(|name| text::name(&["companyName"], name, 1, 200)).transpose();
    let company = company.map_err(|refusal| refusals.push(refusal)).ok().flatten();
    let content = text::block(&["content"], &new.content, 1, 4_000).map_err(|refusal| refusals.push(refusal));
    refusals.extend(check_choice(op.directory(), "source", ChoiceKind::Source, Some(&new.source)).err());
    let country = op.settings().phone_country;
    let contact = contact_of(op, new).map(|edit| contacts::check(Contact::default(), edit, country)).transpose();
    let of_contact = |mut refusal: UserError| {
        refusal.path.splice(0..0, ["contacts", "0"].map(str::to_owned));
        renamed(refusal)
    };
    let contact = contact.map_err(|found| refusals.extend(found.into_iter().map(of_contact))).ok().flatten();
    if new.company_name.is_none() && new.phone.is_none() && new.email.is_none() {
        let (en, zh) =
            ("Give the name of the company, a phone number or an e-mail address.", "请填写公司名称、电话或邮箱。");
        refusals.push(UserError::invalid(&["companyName"], en, zh));
    }
    match content {
        Ok(content) if refusals.is_empty() => Ok(Checked { company, contact, source: new.source.clone(), content }),
        _ => Err(Error::Refused(refusals)),
    }
}

/// The one who asks, if anything is known of them.
fn contact_of(op: &Op<'_>, new: &New) -> Option<contacts::Edit> {
    let given = [&new.contact_name, &new.phone, &new.email];
    given.iter().any(|value| value.is_some()).then(|| contacts::Edit {
        name: Some(
            new.contact_name
                .clone()
                .or_else(|| op.settings().nameless_contact.clone())
                .unwrap_or_else(|| "—".to_owned()),
        ),
        phones: Some(new.phone.iter().cloned().collect()),
        emails: Some(new.email.iter().cloned().collect()),
        ..contacts::Edit::default()
    })
}

/// The refusal of a value of a new customer, at the field of the enquiry.
fn renamed(refusal: UserError) -> UserError {
    let path: Vec<_> = refusal.path.iter().map(String::as_str).collect();
    let field = match path.as_slice() {
        ["name", ..] => "companyName",
        ["contacts", _, "name", ..] => "contactName",
        ["contacts", _, "phones", ..] => "phone",
        ["contacts", _, "emails", ..] => "email",
        _ => return refusal,
    };
    refusal.at(&[field])
}

type Done = (Outcome, CustomerId, Option<ContactId>);

/// Passes an enquiry on to the owner of a customer. One in the pool gets it, too: who claims it reads it. A customer that is
/// archived, or on the blacklist without an owner, is refused as if it were entered again.
async fn pass_on(op: &mut Op<'_>, known: CustomerId, contact: Option<(Contact, Keys)>) -> Result<Done, Error> {
    let customer = customer::hold(op, known).await?;
    let status = Status::of(customer.is_blacklisted, customer.is_archived, customer.owner);
    let outcome = match (customer.owner, status) {
        (Some(owner), Status::Taken | Status::Blocked) if !customer.is_archived => {
            notify(op, &customer, owner).await?;
            Outcome::PassedOn
        }
        (None, Status::InPool) => Outcome::InPool,
        _ => return Err(exists(status).into()),
    };
    let contact = match contact {
        Some((draft, keys)) => Some(store::contact_of(op, known, draft, keys).await?),
        None => None,
    };
    Ok((outcome, known, contact))
}

/// The refusal of an enquiry of a company on which nobody works.
fn exists(status: Status) -> UserError {
    let (en, zh) = duplicate::words(status);
    let text = Text::new(format!("This company is a customer already. {en}"), format!("该公司已是客户。{zh}"));
    UserError::new(Code::Duplicate, text).at(&["companyName"])
}

/// Notifies the owner and the owner's superior.
async fn notify(op: &mut Op<'_>, customer: &Customer, owner: UserId) -> Result<(), Error> {
    let superior = op.directory().people.get(&owner).and_then(|member| member.manager);
    let (about, at) = (About::Customer(customer.id), op.now());
    let notification = |user| Notification { user, notice: Notice::Enquiry, about, at, rule: None };
    let me = op.actor().user_id();
    let others = [Some(owner), superior].into_iter().flatten().filter(|user| Some(*user) != me);
    let all: Vec<_> = others.map(notification).collect();
    op.notify(&all).await
}

async fn create(op: &mut Op<'_>, new: New, company: Option<String>) -> Result<Done, Error> {
    let contact = contact_of(op, &new);
    let Some(name) = company else {
        let (en, zh) = (
            "No customer has this phone number or e-mail address. Give the name of the company.",
            "没有客户使用该电话或邮箱，请填写公司名称。",
        );
        return Err(UserError::invalid(&["companyName"], en, zh).into());
    };
    let edit = edit::Edit {
        name: Some(name),
        source: Some(new.source),
        source_detail: Some(new.source_detail),
        ..edit::Edit::default()
    };
    let not_duplicate = new.not_duplicate;
    let new = edit::New { edit, contacts: contact.into_iter().collect(), not_duplicate, ..edit::New::default() };
    let created = edit::create(op, new, None).await;
    let customer = created.map_err(|error| match error {
        Error::Refused(refusals) => Error::Refused(refusals.into_iter().map(renamed).collect()),
        other => other,
    })?;
    Ok((Outcome::Created, customer, store::only_contact_of(op.db(), customer).await?))
}
