//! The lines of opportunities: what the customer is expected to buy, at list prices with a discount. They are derived from the opportunity,
//! so that everything else is generated as it would be without them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::copy::{Money, Table};
use super::products::Product;

/// The table of lines of opportunities, and its columns.
pub const COLUMNS: &str =
    "opportunity_product (opportunity_id, line_set, position, product_id, quantity, unit_price, discount)";

/// A line of an opportunity.
struct Line<'a> {
    product: &'a Product,
    quantity: i64,
    unit_price: Money,
    discount: Money,
}

/// The lines of an opportunity, which are together its amount.
pub struct Lines<'a>(Vec<Line<'a>>);

impl<'a> Lines<'a> {
    /// Lines of a product, and of a second one if that costs much less, at the prices of a moment.
    pub fn of(product: &'a Product, second: &'a Product, amount: Money, at: DateTime<Utc>) -> Self {
        let mut lines = Vec::new();
        let (price, of_second) = (product.price_at(at), second.price_at(at));
        let is_second = second.id != product.id && second.currency == product.currency && second.is_sold_at(at);
        let rest = if is_second && of_second.0 * 3 < amount.0 { amount.0 - of_second.0 } else { amount.0 };
        // The last piece may be cheaper: the discount is what is too much.
        let quantity = (rest + price.0 - 1) / price.0;
        let discount = Money(quantity * price.0 - rest);
        lines.push(Line { product, quantity, unit_price: price, discount });
        if rest < amount.0 {
            lines.push(Line { product: second, quantity: 1, unit_price: of_second, discount: Money(0) });
        }
        Self(lines)
    }

    /// Writes them as the set of a version of their opportunity.
    pub fn write(&self, table: &mut Table, opportunity: Uuid, version: usize) {
        for (index, line) in self.0.iter().enumerate() {
            table.value(opportunity).value(version).value(index + 1).value(line.product.id).value(line.quantity);
            table.value(line.unit_price).value(line.discount).end_row();
        }
    }
}
