//! The lines of an order: at which price, in which currency. A plain decision on plain values.

use std::collections::{HashMap, HashSet};

use rust_decimal::{Decimal, RoundingStrategy};

use crate::crm::product::{self, Offer};
use crate::kernel::error::UserError;
use crate::kernel::id::ProductId;
use crate::kernel::money;

/// The most lines that an order can have.
const MOST: usize = 200;

/// A line as somebody wishes it.
#[derive(Debug, Clone)]
pub struct LineInput {
    /// What.
    pub product: ProductId,
    /// How many, in the product's unit.
    pub quantity: Decimal,
    /// What one costs; the product's price when nobody says otherwise.
    pub unit_price: Option<Decimal>,
    /// What is taken off the whole line.
    pub discount: Option<Decimal>,
}

/// What the lines are of.
pub fn products_of(inputs: &[LineInput]) -> Vec<ProductId> {
    inputs.iter().map(|input| input.product).collect()
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub product: ProductId,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount: Decimal,
}

impl Line {
    /// Quantity times price, less the discount, as the database computes it.
    pub fn amount(&self) -> Decimal {
        gross(self.quantity, self.unit_price) - self.discount
    }
}

/// The lines of an order and their currency: the one wished, else that of the products. All that is wrong is told at once.
/// What is not sold any more is refused, unless the order has it already.
pub fn price(
    inputs: &[LineInput],
    offers: &[Offer],
    currency: Option<&str>,
    has_already: &HashSet<ProductId>,
) -> Result<(String, Vec<Line>), Vec<UserError>> {
    if !(1..=MOST).contains(&inputs.len()) {
        let (en, zh) = (
            format!("must be 1 to {MOST}, not {}", inputs.len()),
            format!("必须是 1 到 {MOST} 行，不能是 {} 行", inputs.len()),
        );
        return Err(vec![UserError::invalid(&["lines"], en, zh)]);
    }
    let offers: HashMap<ProductId, &Offer> = offers.iter().map(|offer| (offer.product, offer)).collect();
    let currency = currency_of(currency, inputs, &offers).map_err(|wrong| vec![wrong])?;
    let (mut lines, mut wrong) = (Vec::with_capacity(inputs.len()), Vec::new());
    for (place, input) in inputs.iter().enumerate() {
        let place = place.to_string();
        let at = |field| ["lines", &place, field];
        let Some(offer) = offers.get(&input.product) else {
            wrong.push(UserError::not_found().at(&at("productId")));
            continue;
        };
        if !has_already.contains(&input.product) {
            if offer.is_archived {
                wrong.push(product::archived().at(&at("productId")));
            } else if !offer.is_active {
                wrong.push(UserError::invalid(&at("productId"), "is not sold any more", "该产品已停售"));
            }
        }
        match line(input, offer, &currency, at) {
            Ok(line) => lines.push(line),
            Err(more) => wrong.extend(more),
        }
    }
    let total: Decimal = lines.iter().map(Line::amount).sum();
    if wrong.is_empty() && money::amount(&["lines"], total).is_err() {
        wrong.push(UserError::invalid(&["lines"], "come to more than an order can", "订单总额超出上限"));
    }
    if wrong.is_empty() { Ok((currency, lines)) } else { Err(wrong) }
}

/// One order has one currency.
fn currency_of(
    wished: Option<&str>,
    inputs: &[LineInput],
    offers: &HashMap<ProductId, &Offer>,
) -> Result<String, UserError> {
    if let Some(wished) = wished {
        return money::currency(&["currency"], wished);
    }
    let mut priced_in = inputs.iter().filter_map(|input| offers.get(&input.product)).map(|offer| &offer.currency);
    let first = priced_in.next();
    if priced_in.any(|other| Some(other) != first) {
        return Err(UserError::invalid(
            &["currency"],
            "must be given: the products are priced in several",
            "产品使用多种货币定价，请指定订单货币",
        ));
    }
    // Without any known product, each line is refused for that.
    Ok(first.cloned().unwrap_or_else(|| money::DEFAULT_CURRENCY.to_owned()))
}

fn line<'a>(
    input: &LineInput,
    offer: &Offer,
    currency: &str,
    at: impl Fn(&'a str) -> [&'a str; 3],
) -> Result<Line, Vec<UserError>> {
    let unit_price = match input.unit_price {
        Some(price) => money::amount(&at("unitPrice"), price),
        None if offer.currency == currency => Ok(offer.unit_price),
        None => Err(UserError::invalid(
            &at("unitPrice"),
            format!("must be given: the product is priced in {}", offer.currency),
            format!("该产品以 {} 定价，请填写单价", offer.currency),
        )),
    };
    let quantity = check_quantity(&at("quantity"), input.quantity);
    let discount = money::amount(&at("discount"), input.discount.unwrap_or_default());
    let (Ok(unit_price), Ok(quantity), Ok(discount)) = (&unit_price, &quantity, &discount) else {
        return Err([unit_price, quantity, discount].into_iter().filter_map(Result::err).collect());
    };
    let line = Line { product: input.product, quantity: *quantity, unit_price: *unit_price, discount: *discount };
    let whole = gross(line.quantity, line.unit_price);
    if money::amount(&[], whole).is_err() {
        return Err(vec![UserError::invalid(&at("quantity"), "comes to more than an order can", "金额超出上限")]);
    }
    if line.discount > whole {
        let (en, zh) = (format!("is at most {whole}, what the line costs"), format!("不能超过该行金额 {whole}"));
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
        "must be more than 0, with at most 9 digits before the point and 3 behind it",
        "必须大于 0，整数部分最多 9 位，小数最多 3 位",
    ))
}

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

    /// The currency and the amounts, or where it is wrong.
    fn told(inputs: &[LineInput], offers: &[Offer], currency: Option<&str>) -> String {
        match price(inputs, offers, currency, &HashSet::new()) {
            Ok((currency, lines)) => {
                lines.iter().fold(currency, |text, line| format!("{text} {}", line.amount().normalize()))
            }
            Err(wrong) => wrong.iter().map(|wrong| wrong.path.join(".")).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn a_line_costs_what_the_product_does_or_what_was_agreed() {
        let offers = [offer(1, "12.50", "CNY"), offer(2, "3", "USD")];
        assert_eq!(told(&[input(1, "2", None, None)], &offers, None), "CNY 25");
        assert_eq!(told(&[input(1, "2", Some("10"), Some("0.01"))], &offers, None), "CNY 19.99");
        assert_eq!(told(&[input(2, "2", None, None)], &offers, None), "USD 6");
        assert_eq!(
            told(&[input(1, "0.333", Some("0.50"), None)], &offers, None),
            "CNY 0.17",
            "half a cent counts whole"
        );
    }

    #[test]
    fn an_order_has_one_currency() {
        let offers = [offer(1, "12.50", "CNY"), offer(2, "3", "USD")];
        let both = [input(1, "1", None, None), input(2, "1", None, None)];
        assert_eq!(told(&both, &offers, None), "currency");
        assert_eq!(told(&both, &offers, Some("CNY")), "lines.1.unitPrice");
        assert_eq!(told(&both, &offers, Some("yuan")), "currency");
        assert_eq!(told(&[both[0].clone(), input(2, "1", Some("20"), None)], &offers, Some("CNY")), "CNY 12.5 20");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let offers = [offer(1, "12.50", "CNY"), Offer { is_active: false, ..offer(2, "1", "CNY") }];
        let inputs = [
            input(9, "1", None, None),
            input(2, "1", None, None),
            input(1, "0", Some("-1"), Some("0.001")),
            input(1, "1", None, Some("12.51")),
            input(1, "999999999", Some("999999999999"), None),
        ];
        let wrong = told(&inputs, &offers, None);
        assert_eq!(
            wrong,
            "lines.0.productId lines.1.productId lines.2.unitPrice lines.2.quantity lines.2.discount lines.3.discount lines.4.quantity"
        );
        let dear = vec![input(1, "1", Some("999999999999"), None); 2];
        assert_eq!(told(&dear, &offers, None), "lines");
        assert_eq!(told(&[], &offers, None), "lines");
        assert_eq!(told(&vec![input(1, "1", None, None); 201], &offers, None), "lines");
    }

    #[test]
    fn what_an_order_has_already_it_may_keep() {
        let offers = [Offer { is_active: false, ..offer(1, "1", "CNY") }];
        let inputs = [input(1, "1", None, None)];
        assert!(price(&inputs, &offers, None, &HashSet::new()).is_err());
        assert!(price(&inputs, &offers, None, &HashSet::from([product(1)])).is_ok());
    }
}
