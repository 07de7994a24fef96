//! The instalments in which an order is to be paid: 30 % with the order, 60 % before shipping, 10 % kept back for a year. They are
//! together the total of the order, and payments pay them in their order.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::locking::lock;
use super::model::Instalment;
use super::step::not_allowed;
use super::store::{self, HistoryEntry};
use super::{CREATE, Order, Status};
use crate::kernel::clock::change_time;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::money;
use crate::kernel::op::Op;

/// The most instalments of an order.
const MOST: usize = 60;

/// An instalment to set: with a share or with an amount.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The last day on which it is paid in time.
    pub due_on: NaiveDate,
    /// In percent of the total.
    pub share: Option<Decimal>,
    /// Its amount.
    pub amount: Option<Decimal>,
    /// Whether the customer keeps it back until the goods have proved good.
    pub is_retention: bool,
}

/// Sets the instalments of an order; they replace the present ones, and an empty list removes them. `version` is the version that
/// the user saw; if the order has another one, the change is refused with `CONFLICT`.
pub async fn set(op: &mut Op<'_>, id: OrderId, version: i32, drafts: Vec<Draft>) -> Result<(), Error> {
    op.authorize(CREATE)?;
    let order = lock(op, id, CREATE).await?;
    UserError::check_version(order.version, version)?;
    if matches!(order.status, Status::Cancelled | Status::Refunded) {
        return Err(not_allowed(order.status, "paid in instalments", "设置分期").into());
    }
    let instalments = plan(&drafts, order.total, &order.currency)?;
    let at = change_time(op.now(), order.updated_at);
    store::replace_instalments(op.db(), id, &instalments).await?;
    store::touch(op.db(), id, at).await?;
    let entry = HistoryEntry::of("SCHEDULE", order.status, at);
    store::insert_history(op, id, order.customer, &entry).await
}

/// Lets the instalments of an order follow another total. Those with amounts of their own must be removed or changed first.
pub(super) async fn follow(op: &mut Op<'_>, order: &Order, total: Decimal) -> Result<(), Error> {
    let present = store::instalments(op.db(), order.id).await?;
    if present.is_empty() || total == order.total {
        return Ok(());
    }
    let has_shares = present.iter().all(|instalment| instalment.share.is_some());
    let draft = |it: &Instalment| Draft {
        due_on: it.due_on,
        share: it.share,
        amount: if it.share.is_none() { Some(it.amount) } else { None },
        is_retention: it.is_retention,
    };
    let drafts: Vec<_> = present.iter().map(draft).collect();
    match plan(&drafts, total, &order.currency) {
        Ok(instalments) => Ok(store::replace_instalments(op.db(), order.id, &instalments).await?),
        Err(_) if !has_shares => {
            let (en, zh) = (
                "The instalments of the order have fixed amounts, which are not the new total. Remove them first.",
                "该订单的分期为固定金额，与新的总额不符，请先删除分期。",
            );
            Err(UserError::invalid(&["lines"], en, zh).into())
        }
        Err(refusal) => Err(refusal.at(&["lines"]).into()),
    }
}

/// The instalments with their amounts. Shares are rounded so that they are together the total: each instalment ends where its shares
/// so far end.
fn plan(drafts: &[Draft], total: Decimal, currency: &str) -> Result<Vec<Instalment>, UserError> {
    if drafts.len() > MOST {
        let (en, zh) = (format!("An order has at most {MOST} instalments."), format!("一个订单最多 {MOST} 期。"));
        return Err(UserError::invalid(&["instalments"], en, zh));
    }
    let (mut shares, mut upto, mut before) = (Decimal::ZERO, Decimal::ZERO, None);
    let mut instalments = Vec::with_capacity(drafts.len());
    for (place, draft) in drafts.iter().enumerate() {
        let place = place.to_string();
        let of = |field: &'static str| ["instalments".to_owned(), place.clone(), field.to_owned()];
        let refused = |field: &'static str, en: &str, zh: &str| {
            let path = of(field);
            UserError::invalid(&path.each_ref().map(String::as_str), en, zh)
        };
        if before.is_some_and(|before| draft.due_on < before) {
            let (en, zh) = ("An instalment must not be due before the one before it.", "每期的到期日不能早于前一期。");
            return Err(refused("dueOn", en, zh));
        }
        before = Some(draft.due_on);
        let amount = match (draft.share, draft.amount) {
            (Some(share), None) if share > Decimal::ZERO && share.normalize().scale() <= 2 => {
                shares += share;
                let end = if shares == Decimal::ONE_HUNDRED {
                    total
                } else {
                    money::rounded(total * shares / Decimal::ONE_HUNDRED, currency)
                };
                end - upto
            }
            (Some(_), None) => {
                let (en, zh) = (
                    "A share must be more than 0, in percent with at most 2 decimals.",
                    "比例必须大于 0，为百分数，最多 2 位小数。",
                );
                return Err(refused("share", en, zh));
            }
            (None, Some(amount)) => {
                let path = of("amount");
                money::amount(&path.each_ref().map(String::as_str), amount, currency)?
            }
            _ => {
                let (en, zh) = ("Give either a share or an amount.", "请填写比例或金额，二者选一。");
                return Err(refused("amount", en, zh));
            }
        };
        if draft.share.is_some() != drafts[0].share.is_some() {
            let (en, zh) =
                ("Give shares for all instalments, or amounts for all.", "各期须统一填写比例或统一填写金额。");
            return Err(refused("share", en, zh));
        }
        if amount <= Decimal::ZERO {
            let (en, zh) = ("An instalment must be more than 0.", "每期金额必须大于 0。");
            return Err(refused(if draft.share.is_some() { "share" } else { "amount" }, en, zh));
        }
        upto += amount;
        let (due_on, share, is_retention) = (draft.due_on, draft.share, draft.is_retention);
        instalments.push(Instalment { due_on, share, amount, is_retention });
    }
    if !drafts.is_empty() && drafts[0].share.is_some() && shares != Decimal::ONE_HUNDRED {
        let (en, zh) = (
            format!("The shares are together {shares} %, not 100 %."),
            format!("各期比例合计为 {shares}%，应为 100%。"),
        );
        return Err(UserError::invalid(&["instalments"], en, zh));
    }
    if !drafts.is_empty() && upto != total {
        let (en, zh) = (
            format!("The instalments are together {upto}, not {total}, the total of the order."),
            format!("各期金额合计为 {upto}，应为订单总额 {total}。"),
        );
        return Err(UserError::invalid(&["instalments"], en, zh));
    }
    Ok(instalments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, number).expect("a day")
    }

    fn shares(shares: &[i64]) -> Vec<Draft> {
        let share = |(place, share): (usize, &i64)| Draft {
            due_on: day(place as u32 + 1),
            share: Some(Decimal::new(*share, 2)),
            amount: None,
            is_retention: false,
        };
        shares.iter().enumerate().map(share).collect()
    }

    fn amounts(drafts: &[Draft], total: i64, currency: &str) -> Result<Vec<String>, String> {
        let planned = plan(drafts, Decimal::new(total, 2), currency).map_err(|refusal| refusal.path.join("."))?;
        Ok(planned.iter().map(|instalment| instalment.amount.to_string()).collect())
    }

    #[test]
    fn shares_are_together_the_total_however_they_are_rounded() {
        assert_eq!(amounts(&shares(&[3000, 6000, 1000]), 10_000, "CNY").expect("valid"), ["30.00", "60.00", "10.00"]);
        assert_eq!(amounts(&shares(&[3333, 3333, 3334]), 10_001, "CNY").expect("valid"), ["33.33", "33.34", "33.34"]);
        assert_eq!(amounts(&shares(&[5000, 5000]), 10_100, "JPY").expect("valid"), ["51", "50.00"]);
    }

    #[test]
    fn what_does_not_make_the_total_is_refused() {
        assert_eq!(amounts(&shares(&[3000, 6000]), 10_000, "CNY"), Err("instalments".to_owned()));
        assert_eq!(amounts(&shares(&[0, 10_000]), 10_000, "CNY"), Err("instalments.0.share".to_owned()));
        let mut drafts = shares(&[5000, 5000]);
        (drafts[1].share, drafts[1].amount) = (None, Some(Decimal::ONE));
        assert_eq!(amounts(&drafts, 10_000, "CNY"), Err("instalments.1.share".to_owned()));
        let mut drafts = shares(&[5000, 5000]);
        drafts[0].due_on = day(9);
        assert_eq!(amounts(&drafts, 10_000, "CNY"), Err("instalments.1.dueOn".to_owned()));
        // So little that a share of it is nothing.
        assert_eq!(amounts(&shares(&[100, 9900]), 1, "CNY"), Err("instalments.0.share".to_owned()));
    }
}
