//! The duplicate check finds customers that may be the same company as the one that a user wants to create: by name,
//! credit code, phone number, and the domain of e-mail addresses.
//!
//! Every user who may create customers may use it, and learns of each match where it is: in the pool, owned,
//! blacklisted or archived. They learn which customer it is only if they may see it, and that a phone number or a
//! domain belongs to this customer only if they may read or reveal contact details. Both count as
//! [look-ups](contact::look_up).

mod join;
mod probe;
mod spelling;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::model::{CREATE, Customer, READ};
pub use super::name::short_name_key;
use super::name::{Parts, name_key};
use super::short_form::{is_short_form, short_forms};
use super::store::load;
use crate::crm::contact::{self, email_key, look_up, phone_key};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;
use crate::kernel::read::LookUp;
use join::NewNames;
use spelling::{SHORT_FORM, Spellings};

/// How many customers are read at once to compare them with many names.
const PAGE: i64 = 5_000;
/// The most matches that are returned.
const MOST: usize = 10;

/// Domains of public mail services: an address there does not identify a company.
const PUBLIC_DOMAINS: &str = "126.com 139.com 163.com 188.com 189.cn 21cn.com 263.net aliyun.com aol.com foxmail.com gmail.com \
    gmx.com gmx.de gmx.net googlemail.com hotmail.co.uk hotmail.com hotmail.fr icloud.com live.cn \
    live.com mac.com mail.com mail.ru me.com msn.com naver.com outlook.com proton.me protonmail.com \
    qq.com sina.cn sina.com sina.com.cn sohu.com tom.com vip.126.com vip.163.com vip.qq.com vip.sina.com \
    web.de wo.cn yahoo.co.jp yahoo.com yahoo.com.cn yandex.com yandex.ru yeah.net";

/// Where a company is found among the customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "DuplicateStatus")]
pub enum Status {
    /// There is no such customer.
    Free,
    /// It is in the public pool.
    InPool,
    /// It has an owner.
    Taken,
    /// It is on the blacklist.
    Blocked,
    /// It is archived. Users who may archive it can restore it.
    Archived,
}

impl Status {
    /// The status of a customer; the blacklist comes before the archive, and the archive before the owner.
    pub fn of(is_blacklisted: bool, is_archived: bool, owner: Option<UserId>) -> Self {
        match owner {
            _ if is_blacklisted => Self::Blocked,
            _ if is_archived => Self::Archived,
            None => Self::InPool,
            Some(_) => Self::Taken,
        }
    }

    fn of_customer(customer: &Customer) -> Self {
        Self::of(customer.is_blacklisted, customer.is_archived, customer.owner)
    }
}

/// Why a customer matches a company, the surest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, async_graphql::Enum)]
#[graphql(name = "DuplicateEvidence")]
pub enum Evidence {
    /// The credit code is the same.
    CreditCode,
    /// A contact has this phone number.
    Phone,
    /// The name is the same or similar.
    Name,
    /// A contact has an e-mail address of this domain. Domains of public mail services (`qq.com`, `gmail.com`, …) do
    /// not count.
    EmailDomain,
}

/// A company to check, by what is known of it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of a company")]
pub struct Company {
    pub name: Option<String>,
    pub credit_code: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl Company {
    /// The company with trimmed values. Values that are too long are refused, and so is a company without any value.
    fn checked(self) -> Result<Self, Error> {
        let line = |path, value: Option<String>, most| {
            value.map(|value| crate::kernel::text::line(&[path], &value, 1, most)).transpose()
        };
        let checked = Self {
            name: line("name", self.name, 200)?,
            credit_code: line("creditCode", self.credit_code, 20)?,
            phone: line("phone", self.phone, 40)?,
            email: line("email", self.email, 254)?,
        };
        match checked {
            Self { name: None, credit_code: None, phone: None, email: None } => Err(Error::bad_input(
                "give at least one of `name`, `creditCode`, `phone` and `email`",
                "请至少填写名称、信用代码、电话、邮箱中的一项",
            )),
            company => Ok(company),
        }
    }
}

/// A customer that may be the company.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Where the customer is.
    pub status: Status,
    /// The similarity of the names, from 0 to 1; 1 if they are the same.
    pub similarity: Option<f64>,
    /// Why it matches, the surest reason first.
    pub matched_by: Vec<Evidence>,
    /// The customer; `None` if the actor may not learn which one matches.
    pub customer: Option<CustomerId>,
}

/// A customer whose name is the same or similar.
#[derive(Debug, Clone, PartialEq)]
struct SimilarName {
    customer: CustomerId,
    similarity: f64,
}

/// Finds the customers that may be this company, the surest first.
pub async fn check(op: &mut Op<'_>, company: Company) -> Result<Vec<Match>, Error> {
    op.authorize(CREATE)?;
    let company = company.checked()?;
    let (of_record, of_contacts) = (by_record(op, &company).await?, by_contacts(op, &company).await?);
    let ids: Vec<_> = of_record.keys().chain(of_contacts.keys()).copied().collect();
    let found = load(op, &ids, READ).await?;
    let open = if of_contacts.is_empty() { HashSet::new() } else { with_open_details(op, &ids).await? };
    let mut matches = Vec::new();
    for customer in found {
        let status = Status::of_customer(&customer);
        let (record, contacts) = (of_record.get(&customer.id), of_contacts.get(&customer.id));
        let is_open = open.contains(&customer.id);
        let similarity = record.and_then(|(similarity, _)| *similarity);
        let by_record = record.map(|(_, by)| by.clone()).unwrap_or_default();
        let by_contacts = contacts.cloned().unwrap_or_default();
        let new_match = |matched_by: Vec<Evidence>, customer| Match { status, similarity, matched_by, customer };
        if is_open || by_contacts.is_empty() {
            matches.push(new_match([by_record, by_contacts].concat(), Some(customer.id)));
            continue;
        }
        // Two matches instead of one, so that the actor does not learn that the contact details belong to this
        // customer.
        if !by_record.is_empty() {
            matches.push(new_match(by_record, Some(customer.id)));
        }
        matches.push(Match { similarity: None, ..new_match(by_contacts, None) });
    }
    for found in &mut matches {
        found.matched_by.sort_unstable();
    }
    matches.sort_by(|one, other| certainty(other).total_cmp(&certainty(one)));
    matches.truncate(MOST);
    Ok(matches)
}

/// For each name, the customer with the most similar name, and its status.
pub async fn similar_to(op: &mut Op<'_>, names: &[&str]) -> Result<Vec<Option<(CustomerId, Status)>>, Error> {
    let similar = find_similar(op, names).await?;
    with_status(op, similar.iter().map(|similar| similar.first().map(|first| first.customer)).collect()).await
}

/// Customers with their statuses.
pub async fn with_status(
    op: &mut Op<'_>,
    customers: Vec<Option<CustomerId>>,
) -> Result<Vec<Option<(CustomerId, Status)>>, Error> {
    let ids: Vec<_> = customers.iter().flatten().copied().collect();
    let found = if ids.is_empty() { Vec::new() } else { load(op, &ids, READ).await? };
    let statuses: HashMap<_, _> = found.iter().map(|customer| (customer.id, Status::of_customer(customer))).collect();
    let status = |id| (id, statuses.get(&id).copied().unwrap_or(Status::Free));
    Ok(customers.into_iter().map(|id| id.map(status)).collect())
}

/// Compares all customers with many new names, in pages; returns the customer with the most similar name, by the key of the new
/// name. It is for names that are too many to look each of them up.
pub async fn most_similar(op: &mut Op<'_>, names: Vec<String>) -> Result<HashMap<String, CustomerId>, Error> {
    let internal = |error: tokio::task::JoinError| Error::Internal(error.into());
    let indexing = tokio::task::spawn_blocking(move || NewNames::of(names.iter().map(String::as_str)));
    let mut index = indexing.await.map_err(internal)?;
    let mut after = None;
    loop {
        let page = store::names_after(op.db(), after, PAGE).await?;
        after = page.last().map(|(id, _)| *id);
        if after.is_none() {
            return Ok(index.most_similar());
        }
        let comparing = tokio::task::spawn_blocking(move || {
            for (customer, name) in &page {
                index.compare(*customer, name);
            }
            index
        });
        index = comparing.await.map_err(internal)?;
    }
}

/// Where the customers are whose contacts have these keys of phone numbers and e-mail addresses, by key.
pub async fn with_contacts(
    op: &mut Op<'_>,
    phone_keys: Vec<String>,
    email_keys: Vec<String>,
) -> Result<HashMap<String, Status>, Error> {
    let found = store::with_contacts(op.db(), &phone_keys, &email_keys).await?;
    Ok(found
        .into_iter()
        .map(|(key, blacklisted, archived, owner)| (key, Status::of(blacklisted, archived, owner)))
        .collect())
}

/// The refusal of a name that is similar to the name of a customer.
pub fn is_similar(status: Status) -> UserError {
    let (en, zh) = words(status);
    let text = Text::new(
        format!("A customer with a similar name already exists. {en} If yours is another company, confirm that."),
        format!("已存在名称相似的客户。{zh}如确为不同客户，请确认后再提交。"),
    );
    UserError::new(Code::Similar, text).at(&["name"])
}

/// The status of a customer, `Free` if there is none.
pub async fn status(op: &mut Op<'_>, id: CustomerId) -> Result<Status, Error> {
    Ok(load(op, &[id], READ).await?.first().map_or(Status::Free, Status::of_customer))
}

/// The status of a company as a sentence, in English and Chinese.
pub fn words(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Blocked => ("It is on the blacklist.", "该客户已被列入黑名单。"),
        Status::Archived => ("It is archived.", "该客户已归档。"),
        Status::InPool => ("It is in the pool.", "该客户在公海中。"),
        Status::Taken => ("It has an owner.", "该客户已有负责人。"),
        Status::Free => ("There is no such customer.", "该客户尚未录入。"),
    }
}

/// How sure a match is: first the same code, then the same name, the same phone number, a similar name, the domain.
fn certainty(found: &Match) -> f64 {
    let by = |evidence: &Evidence| match evidence {
        Evidence::CreditCode => 2.0,
        Evidence::Phone => 0.995,
        Evidence::Name => found.similarity.unwrap_or_default(),
        Evidence::EmailDomain => 0.0,
    };
    found.matched_by.iter().map(by).fold(0.0, f64::max)
}

/// The matching customers by what stands on the customer itself: similarity of the name, and why each matches.
type OfRecord = BTreeMap<CustomerId, (Option<f64>, Vec<Evidence>)>;

async fn by_record(op: &mut Op<'_>, company: &Company) -> Result<OfRecord, Error> {
    let mut found = OfRecord::new();
    if let Some(name) = &company.name {
        for similar in find_similar(op, &[name]).await?.into_iter().flatten() {
            found.insert(similar.customer, (Some(similar.similarity), vec![Evidence::Name]));
        }
    }
    if let Some(code) = &company.credit_code
        && let Some(customer) = store::with_credit_code(op.db(), &code.to_ascii_uppercase()).await?
    {
        found.entry(customer).or_default().1.push(Evidence::CreditCode);
    }
    Ok(found)
}

async fn by_contacts(op: &mut Op<'_>, company: &Company) -> Result<BTreeMap<CustomerId, Vec<Evidence>>, Error> {
    let mut found: BTreeMap<CustomerId, Vec<Evidence>> = BTreeMap::new();
    let country = op.settings().phone_country;
    let phone = company.phone.as_deref().map(|phone| phone_key(phone, country)).filter(|key| !key.is_empty());
    let email = company.email.as_deref().map(email_key);
    let domain = email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
    let domain = domain.filter(|domain| !domain.is_empty() && !is_public(domain));
    let of = |kind, key: Option<&str>| key.map(|key| LookUp { kind, key: key.to_owned() });
    let look_ups = [of(look_up::PHONE, phone.as_deref()), of(look_up::EMAIL_DOMAIN, domain)];
    let look_ups: Vec<_> = look_ups.into_iter().flatten().collect();
    Box::pin(look_up::count_in(op, &look_ups)).await?;
    if let Some(phone) = phone {
        for customer in store::with_phone(op.db(), &phone, MOST).await? {
            found.entry(customer).or_default().push(Evidence::Phone);
        }
    }
    if let Some(domain) = domain {
        for customer in store::with_email_domain(op.db(), domain, MOST).await? {
            found.entry(customer).or_default().push(Evidence::EmailDomain);
        }
    }
    Ok(found)
}

fn is_public(domain: &str) -> bool {
    PUBLIC_DOMAINS.split(' ').any(|public| public == domain)
}

/// The customers whose contact details the actor may read or reveal.
async fn with_open_details(op: &mut Op<'_>, ids: &[CustomerId]) -> Result<HashSet<CustomerId>, Error> {
    let mut open = HashSet::new();
    for permission in [contact::READ_DETAILS, contact::REVEAL] {
        let found = load(op, ids, permission).await?;
        open.extend(found.iter().filter(|customer| customer.reach.is_permitted).map(|customer| customer.id));
    }
    Ok(open)
}

/// For each name, the customers with the same or a similar name, the most similar first.
async fn find_similar(op: &mut Op<'_>, names: &[&str]) -> Result<Vec<Vec<SimilarName>>, Error> {
    let keys: Vec<_> = names.iter().map(|name| name_key(name)).collect();
    let forms: Vec<_> = names.iter().map(|name| short_forms(name)).collect();
    let parts: Vec<_> = names.iter().map(|name| Spellings::of(name)).collect();
    let pairs: BTreeSet<_> = parts.iter().flat_map(|own| own.all()).flat_map(Parts::pairs).map(str::to_owned).collect();
    let frequencies = store::frequencies(op.db(), &pairs.into_iter().collect::<Vec<_>>()).await?;
    let frequency = |pair: &str| frequencies.get(pair).copied().unwrap_or_default();
    let (mut places, mut groups) = (Vec::new(), Vec::new());
    for (place, parts) in parts.iter().enumerate().flat_map(|(place, own)| own.all().map(move |parts| (place, parts))) {
        for group in probe::probes(parts.pairs().map(str::to_owned).collect(), parts.pairs_needed(), frequency) {
            places.push(place as i64);
            groups.push(group);
        }
    }
    // Names of which this is a short form have all of its pairs, and short forms are found by their keys.
    let (mut key_places, mut wanted) = (Vec::new(), Vec::new());
    for (place, own) in parts.iter().enumerate() {
        let pairs: Vec<_> = own.written.pairs().collect();
        if !pairs.is_empty() {
            places.push(place as i64);
            groups.push(pairs.join(" "));
        }
        for key in std::iter::once(&keys[place]).chain(&forms[place]) {
            key_places.push(place as i64);
            wanted.push(key.clone());
        }
    }
    let mut similar = vec![Vec::new(); names.len()];
    for (place, customer, other) in store::candidates(op.db(), &key_places, &wanted, &places, &groups).await? {
        let (similar, other_key) = (&mut similar[place], name_key(&other));
        let is_form = || forms[place].contains(&other_key) || is_short_form(&keys[place], &other);
        let measured = parts[place].similarity(&Spellings::of(&other)).or_else(|| is_form().then_some(SHORT_FORM));
        if other_key == keys[place] {
            similar.push(SimilarName { customer, similarity: 1.0 });
        } else if let Some(similarity) = measured {
            similar.push(SimilarName { customer, similarity: similarity.min(0.99) });
        }
    }
    for similar in &mut similar {
        similar.sort_by(|one, other| other.similarity.total_cmp(&one.similarity));
        similar.truncate(MOST);
    }
    Ok(similar)
}
