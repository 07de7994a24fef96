//! What the editable data of an opportunity becomes: its lines are priced, and its amount is their sum or is given.

use std::collections::HashSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Draft;
use crate::crm::product::lines::{self, Asked, Line, LineInput};
use crate::crm::product::{self, Offer};
use crate::crm::setting::check_choice;
use crate::kernel::directory::{ChoiceKind, Directory, check_probability};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::ProductId;
use crate::kernel::money;
use crate::kernel::text;

/// The changes of an opportunity: `None` keeps a value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<Option<String>>,
    pub note: Option<Option<String>>,
    pub competitor: Option<Option<String>>,
    pub product: Option<Option<ProductId>>,
    /// All lines; none clears them.
    pub lines: Option<Vec<LineInput>>,
    /// `Some(None)`: the sum of the lines, if there are lines.
    pub amount: Option<Option<Decimal>>,
    pub currency: Option<String>,
    pub close_date: Option<Option<NaiveDate>>,
    pub probability: Option<i32>,
}

impl Edit {
    /// The products that it names.
    pub fn products(&self) -> Vec<ProductId> {
        let of_lines = self.lines.as_deref().map(lines::products_of).unwrap_or_default();
        of_lines.into_iter().chain(self.product.flatten()).collect()
    }

    /// Applies the changes to the data of before, which is empty for a new opportunity. The error contains all refusals. A
    /// currency without an amount has no meaning and is dropped. The products, the currency and the competitor of before
    /// may stay even if they are not in use any more.
    pub fn apply(self, before: &Draft, offers: &[Offer], directory: &Directory) -> Result<Draft, Error> {
        let mut refusals = Vec::new();
        let in_use = &directory.settings.currencies;
        let given_currency = self.currency.filter(|given| before.currency.as_ref() != Some(given));
        let priced = match &self.lines {
            Some(inputs) if !inputs.is_empty() => {
                let asked = match (&given_currency, &before.currency) {
                    (None, Some(present)) => Asked::Present(present),
                    (given, _) => Asked::New { given: given.as_deref(), in_use },
                };
                let present_products: HashSet<_> =
                    before.lines.iter().map(|line| line.product).chain(before.product).collect();
                let priced = lines::price(inputs, offers, asked, &present_products);
                Error::collect(&mut refusals, priced.map_err(Error::Refused))?
            }
            _ => None,
        };
        let mut collect = |result: Result<(), UserError>| refusals.extend(result.err());
        let are_given = self.lines.as_ref().is_some_and(|inputs| !inputs.is_empty());
        let keeps_lines = self.lines.is_none() && !before.lines.is_empty();
        let (priced_in, lines) = match priced {
            Some((currency, lines)) => (Some(currency), lines),
            None if keeps_lines => (None, before.lines.clone()),
            None => (None, Vec::new()),
        };
        if keeps_lines && given_currency.is_some() {
            collect(Err(prices_in_other_currency()));
        }
        let has_lines = are_given || keeps_lines;
        let (amount, amount_is_sum) = amount_of(self.amount, before, has_lines, &lines);
        let has_price = priced_in.is_some();
        let currency = priced_in.or(given_currency).or_else(|| before.currency.clone());
        let currency = currency.unwrap_or_else(|| directory.settings.default_currency().to_owned());
        // Refused lines have no currency to check the amount with.
        if !are_given || has_price {
            let check = |amount| money::amount(&["expectedAmount"], amount, &currency).map(|_| ());
            collect(amount.filter(|_| !amount_is_sum).map_or(Ok(()), check));
        }
        if !are_given && before.currency.as_ref() != Some(&currency) {
            collect(money::currency(&["currency"], &currency, in_use).map(|_| ()));
        }
        let product = match (self.product, lines.first()) {
            (given, Some(first)) => {
                let is_other = given.is_some_and(|given| given != Some(first.product));
                collect(if is_other { Err(not_of_first_line()) } else { Ok(()) });
                Some(first.product)
            }
            (Some(given), None) => {
                let new = given.filter(|given| before.product != Some(*given));
                collect(new.map_or(Ok(()), |new| check_product(new, offers)));
                given
            }
            // That of lines goes with them.
            (None, None) => before.product.filter(|_| before.lines.is_empty()),
        };
        let competitor = self.competitor.unwrap_or_else(|| before.competitor.clone());
        if competitor != before.competitor {
            collect(check_choice(directory, "competitor", ChoiceKind::Competitor, competitor.as_deref()));
        }
        let mut name = self.name.unwrap_or_else(|| before.name.clone());
        collect(optional_name(name.take()).map(|valid| name = valid));
        let mut note = self.note.unwrap_or_else(|| before.note.clone());
        collect(text::optional_block(&["note"], note.take(), 4_000).map(|valid| note = valid));
        let probability = self.probability.or(before.probability);
        collect(probability.map_or(Ok(()), check_probability));
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        Ok(Draft {
            name,
            note,
            competitor,
            product,
            lines,
            amount,
            amount_is_sum,
            currency: amount.map(|_| currency),
            close_date: self.close_date.unwrap_or(before.close_date),
            probability,
        })
    }
}

/// The amount, and whether it is the sum of the lines. It is the sum if there are lines and no amount, until one is given.
fn amount_of(
    given: Option<Option<Decimal>>,
    before: &Draft,
    has_lines: bool,
    lines: &[Line],
) -> (Option<Decimal>, bool) {
    let kept = before.amount.filter(|_| !before.amount_is_sum);
    match (given.unwrap_or(kept), has_lines) {
        (None, true) => (Some(lines::total(lines)), true),
        (amount, _) => (amount, false),
    }
}

/// Refuses a product that does not exist or is archived.
fn check_product(product: ProductId, offers: &[Offer]) -> Result<(), UserError> {
    let refusal = match offers.iter().find(|offer| offer.product == product) {
        None => UserError::not_found(),
        Some(offer) if offer.is_archived => product::archived(),
        Some(_) => return Ok(()),
    };
    Err(refusal.at(&["expectedProductId"]))
}

/// Validates a name. A blank one is none.
pub fn optional_name(name: Option<String>) -> Result<Option<String>, UserError> {
    let name = name.filter(|name| !text::visible(name).trim().is_empty());
    name.map(|name| text::name(&["name"], &name, 1, 200)).transpose()
}

fn not_of_first_line() -> UserError {
    let (en, zh) = (
        "The product of an opportunity with lines is that of its first line. Change the lines; an empty list removes them.",
        "有产品明细的商机，其意向产品为第一行产品，请修改产品明细（传空列表可清除明细）。",
    );
    UserError::invalid(&["expectedProductId"], en, zh)
}

fn prices_in_other_currency() -> UserError {
    let (en, zh) = (
        "The prices of the lines are in another currency. Send the lines together with the currency.",
        "产品明细的单价为其他币种，修改币种时请同时填写产品明细。",
    );
    UserError::invalid(&["currency"], en, zh)
}
