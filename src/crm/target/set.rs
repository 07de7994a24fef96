//! Superiors set targets of the users below them, many at once. All are set, or none.

use std::collections::HashSet;

use chrono::Datelike;
use rust_decimal::Decimal;

use super::{Draft, WRITE, store};
use crate::kernel::access::Scope;
use crate::kernel::error::{Error, UserError};
use crate::kernel::money;
use crate::kernel::op::Op;

/// Sets targets, and removes those without a value. Setting the same again changes nothing.
pub async fn set(op: &mut Op<'_>, drafts: Vec<Draft>) -> Result<(), Error> {
    let grant = op.authorize(WRITE)?;
    let most = op.app().limits().batch_size;
    if !(1..=most).contains(&drafts.len()) {
        return Err(Error::bad_input(
            format!("a call sets 1 to {most} targets, not {}", drafts.len()),
            format!("一次必须设置 1 到 {most} 个目标，不能是 {} 个", drafts.len()),
        ));
    }
    let (rights, is_all) = (op.rights()?, grant.scopes().contains(Scope::All));
    let (mut refusals, mut targets, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (place, draft) in drafts.into_iter().enumerate() {
        let path = place.to_string();
        let is_known = op.directory().people.contains_key(&draft.user);
        if !is_known || !(is_all || rights.is_above(draft.user)) {
            refusals.push(UserError::not_found().at(&["targets", &path, "userId"]));
            continue;
        }
        match normalized(op, &path, draft) {
            Err(refusal) => refusals.push(refusal),
            Ok(target)
                if !seen.insert((
                    target.user,
                    target.of_team,
                    target.month,
                    target.measure,
                    target.currency.clone(),
                )) =>
            {
                let (en, zh) = ("The target is given twice.", "同一目标重复填写。");
                refusals.push(UserError::invalid(&["targets", &path, "measure"], en, zh));
            }
            Ok(target) => targets.push(target),
        }
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let (now, by) = (op.now(), op.viewer()?.user);
    let (kept, removed): (Vec<_>, Vec<_>) = targets.into_iter().partition(|target| target.value.is_some());
    store::remove(op.db(), &removed).await?;
    Ok(store::set(op.db(), &kept, by, now).await?)
}

/// The target with the first day of its month, and a currency if it is an amount.
fn normalized(op: &Op<'_>, path: &str, draft: Draft) -> Result<Draft, UserError> {
    let (of_currency, of_value) = (["targets", path, "currency"], ["targets", path, "value"]);
    let currency = match (draft.measure.is_amount(), draft.currency) {
        (false, None) => None,
        (false, Some(_)) => {
            return Err(UserError::invalid(&of_currency, "A count has no currency.", "数量目标不能填写币种。"));
        }
        (true, given) => {
            let code = given.unwrap_or_else(|| op.settings().default_currency().to_owned());
            Some(money::currency(&of_currency, &code, &op.settings().currencies)?)
        }
    };
    if let Some(value) = draft.value {
        money::amount(&of_value, value, currency.as_deref().unwrap_or_default())?;
        if value <= Decimal::ZERO || (currency.is_none() && !value.fract().is_zero()) {
            let (en, zh) = (
                "A target must be more than 0, and a whole number if it is a count.",
                "目标必须大于 0，数量目标必须为整数。",
            );
            return Err(UserError::invalid(&of_value, en, zh));
        }
    }
    let month = draft.month.with_day(1).expect("each month has a first day");
    Ok(Draft { month, currency, ..draft })
}
