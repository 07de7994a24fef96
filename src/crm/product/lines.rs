//! The lines of orders and opportunities are validated and priced here. These functions use no database.

use std::collections::{HashMap, HashSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Offer, archived};
use crate::kernel::error::UserError;
use crate::kernel::id::ProductId;
use crate::kernel::money;

/// The maximum number of lines.
const MAX_LINES: usize = 200;

/// A line, as given by the user.
#[derive(Debug, Clone)]
pub struct LineInput {
    /// The product.
    pub product: ProductId,
    /// The quantity, in the product's unit.
    pub quantity: Decimal,
    /// The price of one unit; `None` for the product's price.
    pub unit_price: Option<Decimal>,
    /// The discount on the whole line; `None` for no discount.
    pub discount: Option<Decimal>,
}

/// Returns the products of the lines.
pub fn products_of(inputs: &[LineInput]) -> Vec<ProductId> {
    inputs.iter().map(|input| input.product).collect()
}

/// A validated and priced line.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Line {
    pub product: ProductId,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount: Decimal,
}

impl Line {
    /// Quantity times price, less the discount. The database computes the same amount.
    pub fn amount(&self) -> Decimal {
        gross(self.quantity, self.unit_price) - self.discount
    }
}

/// The sum of lines.
pub fn total(lines: &[Line]) -> Decimal {
    lines.iter().map(Line::amount).sum()
}

/// The currency that all prices are to have.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// The given one, or else that of the products; it must be in use.
    New {
        /// The given currency.
        given: Option<&'a str>,
        /// The currencies in use.
        in_use: &'a [String],
    },
    /// The one that the order or the opportunity has.
    Present(&'a str),
}

/// Returns the currency and the priced lines, or all refusals. The currency is the given one, or that of the products. A
/// product that is archived or not sold any more is refused, unless it is in `present_products`, the products that are
/// there already.
pub fn price(
    inputs: &[LineInput],
    offers: &[Offer],
    currency: Asked<'_>,
    present_products: &HashSet<ProductId>,
) -> Result<(String, Vec<Line>), Vec<UserError>> {
    if !(1..=MAX_LINES).contains(&inputs.len()) {
        let (en, zh) = (
            format!("There must be 1 to {MAX_LINES} lines, not {}.", inputs.len()),
            format!("产品明细必须有 1 到 {MAX_LINES} 行，当前为 {} 行。", inputs.len()),
        );
        return Err(vec![UserError::invalid(&["lines"], en, zh)]);
    }
    let offers: HashMap<ProductId, &Offer> = offers.iter().map(|offer| (offer.product, offer)).collect();
    let currency = currency_of(currency, inputs, &offers).map_err(|refusal| vec![refusal])?;
    let (mut lines, mut refusals) = (Vec::with_capacity(inputs.len()), Vec::new());
    for (place, input) in inputs.iter().enumerate() {
        let place = place.to_string();
        let at = |field| ["lines", &place, field];
        let Some(offer) = offers.get(&input.product) else {
            refusals.push(UserError::not_found().at(&at("productId")));
            continue;
        };
        if !present_products.contains(&input.product) {
            if offer.is_archived {
                refusals.push(archived().at(&at("productId")));
            } else if !offer.is_active {
                refusals.push(UserError::invalid(
                    &at("productId"),
                    "The product is not sold any more.",
                    "该产品已停售。",
                ));
            }
        }
        match price_line(input, offer, &currency, at) {
            Ok(line) => lines.push(line),
            Err(more) => refusals.extend(more),
        }
    }
    if refusals.is_empty() && money::amount(&["lines"], total(&lines), &currency).is_err() {
        refusals.push(UserError::invalid(&["lines"], "The sum of the lines is too large.", "产品明细合计超出上限。"));
    }
    if refusals.is_empty() { Ok((currency, lines)) } else { Err(refusals) }
}

/// Returns the currency, because all lines have the same.
fn currency_of(
    asked: Asked<'_>,
    inputs: &[LineInput],
    offers: &HashMap<ProductId, &Offer>,
) -> Result<String, UserError> {
    let in_use = match asked {
        Asked::Present(currency) => return Ok(currency.to_owned()),
        Asked::New { given: Some(given), in_use } => return money::currency(&["currency"], given, in_use),
        Asked::New { given: None, in_use } => in_use,
    };
    let mut priced_in = inputs.iter().filter_map(|input| offers.get(&input.product)).map(|offer| &offer.currency);
    let first = priced_in.next();
    if priced_in.any(|other| Some(other) != first) {
        return Err(UserError::invalid(
            &["currency"],
            "The products have prices in several currencies. Give the one of all lines.",
            "所选产品的定价货币不同，请选择货币。",
        ));
    }
    match first {
        Some(first) => money::currency(&["currency"], first, in_use),
        // No product exists: each line is refused for that, and the currency does not matter.
        None => Ok(in_use.first().cloned().unwrap_or_default()),
    }
}

/// Validates and prices a line.
fn price_line<'a>(
    input: &LineInput,
    offer: &Offer,
    currency: &str,
    at: impl Fn(&'a str) -> [&'a str; 3],
) -> Result<Line, Vec<UserError>> {
    let unit_price = match input.unit_price {
        Some(price) => money::amount(&at("unitPrice"), price, currency),
        None if offer.currency == currency => Ok(offer.unit_price),
        None => Err(UserError::invalid(
            &at("unitPrice"),
            format!("The product has its price in {}. Give the price in {currency}.", offer.currency),
            format!("该产品以 {} 定价，请填写 {currency} 单价。", offer.currency),
        )),
    };
    let quantity = check_quantity(&at("quantity"), input.quantity);
    let discount = money::amount(&at("discount"), input.discount.unwrap_or_default(), currency);
    let (Ok(unit_price), Ok(quantity), Ok(discount)) = (&unit_price, &quantity, &discount) else {
        return Err([unit_price, quantity, discount].into_iter().filter_map(Result::err).collect());
    };
    let line = Line { product: input.product, quantity: *quantity, unit_price: *unit_price, discount: *discount };
    let gross_amount = gross(line.quantity, line.unit_price);
    if money::amount(&[], gross_amount, currency).is_err() {
        return Err(vec![UserError::invalid(
            &at("quantity"),
            format!(
                "The amount of the line, {gross_amount} {currency}, is too large or has decimals that {currency} does not have."
            ),
            format!("该行金额 {gross_amount} {currency} 超出上限，或小数位数超出该币种的规定。"),
        )]);
    }
    if line.discount > gross_amount {
        let (en, zh) = (
            format!("The discount must be at most {gross_amount}, the amount of the line."),
            format!("优惠金额不能超过该行金额 {gross_amount}。"),
        );
        return Err(vec![UserError::invalid(&at("discount"), en, zh)]);
    }
    Ok(line)
}

fn check_quantity(path: &[&str], quantity: Decimal) -> Result<Decimal, UserError> {
    if quantity > Decimal::ZERO && quantity < Decimal::from(1_000_000_000) && quantity.normalize().scale() <= 3 {
        return Ok(quantity);
    }
    Err(UserError::invalid(
        path,
        "The quantity must be more than 0, with at most 9 digits before the decimal point and 3 after it.",
        "数量必须大于 0，整数部分最多 9 位，小数部分最多 3 位。",
    ))
}

/// Quantity times price, without the discount, rounded to two decimals as the database does.
fn gross(quantity: Decimal, unit_price: Decimal) -> Decimal {
    (quantity * unit_price).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn product(number: u128) -> ProductId {
        Uuid::from_u128(number).into()
    }

    fn offer(number: u128, price: &str, currency: &str) -> Offer {
        let unit_price = price.parse().unwrap();
        Offer {
            product: product(number),
            unit_price,
            currency: currency.to_owned(),
            is_active: true,
            is_archived: false,
        }
    }

    fn input(number: u128, quantity: &str, unit_price: Option<&str>, discount: Option<&str>) -> LineInput {
        let decimal = |text: &str| text.parse().unwrap();
        LineInput {
            product: product(number),
            quantity: decimal(quantity),
            unit_price: unit_price.map(decimal),
            discount: discount.map(decimal),
        }
    }

    /// The currency and the amounts of the lines, or the paths of the refusals.
    fn priced(inputs: &[LineInput], offers: &[Offer], currency: Option<&str>) -> String {
        let in_use = ["CNY", "USD", "JPY"].map(str::to_owned);
        match price(inputs, offers, Asked::New { given: currency, in_use: &in_use }, &HashSet::new()) {
            Ok((currency, lines)) => {
                lines.iter().fold(currency, |text, line| format!("{text} {}", line.amount().normalize()))
            }
            Err(refusals) => refusals.iter().map(|refusal| refusal.path.join(".")).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn a_line_has_the_price_of_the_product_or_the_given_one() {
        let offers = [offer(1, "12.50", "CNY"), offer(2, "3", "USD")];
        assert_eq!(priced(&[input(1, "2", None, None)], &offers, None), "CNY 25");
        assert_eq!(priced(&[input(1, "2", Some("10"), Some("0.01"))], &offers, None), "CNY 19.99");
        assert_eq!(priced(&[input(2, "2", None, None)], &offers, None), "USD 6");
        assert_eq!(
            priced(&[input(1, "0.333", Some("0.50"), None)], &offers, None),
            "CNY 0.17",
            "half a cent is rounded up"
        );
    }

    #[test]
    fn lines_have_one_currency() {
        let offers = [offer(1, "12.50", "CNY"), offer(2, "3", "USD")];
        let both = [input(1, "1", None, None), input(2, "1", None, None)];
        assert_eq!(priced(&both, &offers, None), "currency");
        assert_eq!(priced(&both, &offers, Some("CNY")), "lines.1.unitPrice");
        assert_eq!(priced(&both, &offers, Some("yuan")), "currency");
        assert_eq!(priced(&both, &offers, Some("EUR")), "currency", "it is not in use");
        let yen = [offer(1, "101", "JPY")];
        assert_eq!(priced(&[input(1, "2", None, Some("2"))], &yen, None), "JPY 200");
        assert_eq!(priced(&[input(1, "0.5", None, None)], &yen, None), "lines.0.quantity", "there is no half a yen");
        assert_eq!(priced(&[input(1, "1", Some("10.50"), None)], &yen, None), "lines.0.unitPrice");
        assert_eq!(priced(&[both[0].clone(), input(2, "1", Some("20"), None)], &offers, Some("CNY")), "CNY 12.5 20");
    }

    #[test]
    fn all_refusals_are_returned_together() {
        let offers = [offer(1, "12.50", "CNY"), Offer { is_active: false, ..offer(2, "1", "CNY") }];
        let inputs = [
            input(9, "1", None, None),
            input(2, "1", None, None),
            input(1, "0", Some("-1"), Some("0.001")),
            input(1, "1", None, Some("12.51")),
            input(1, "999999999", Some("999999999999"), None),
        ];
        let refused = priced(&inputs, &offers, None);
        assert_eq!(
            refused,
            "lines.0.productId lines.1.productId lines.2.unitPrice lines.2.quantity lines.2.discount lines.3.discount lines.4.quantity"
        );
        let expensive = vec![input(1, "1", Some("999999999999"), None); 2];
        assert_eq!(priced(&expensive, &offers, None), "lines");
        assert_eq!(priced(&[], &offers, None), "lines");
        assert_eq!(priced(&vec![input(1, "1", None, None); 201], &offers, None), "lines");
    }

    #[test]
    fn a_product_that_is_there_may_stay_though_it_is_not_sold_any_more() {
        let offers = [Offer { is_active: false, ..offer(1, "1", "CNY") }];
        let inputs = [input(1, "1", None, None)];
        assert!(price(&inputs, &offers, Asked::Present("CNY"), &HashSet::new()).is_err());
        assert!(price(&inputs, &offers, Asked::Present("CNY"), &HashSet::from([product(1)])).is_ok());
    }
}
