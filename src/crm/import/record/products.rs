//! The products that the rows of a batch refer to.

use std::collections::HashMap;

use super::input::ProductKey;
use crate::crm::external_id;
use crate::crm::import::Problem;
use crate::crm::import::cells::Cells;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::crm::product::{self, Offer};
use crate::kernel::error::Error;
use crate::kernel::id::ProductId;
use crate::kernel::op::Op;

/// Products by their SKUs and external ids.
#[derive(Default)]
pub struct Products {
    by_key: HashMap<ProductKey, ProductId>,
    /// Their prices.
    pub offers: Vec<Offer>,
}

impl Products {
    /// Looks up the products of rows.
    pub async fn of(op: &mut Op<'_>, keys: &[&ProductKey]) -> Result<Self, Error> {
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let (mut skus, mut external_ids) = (Vec::new(), Vec::new());
        for key in keys {
            match key {
                ProductKey::Sku(sku) => skus.push(sku.clone()),
                ProductKey::ExternalId(id) => external_ids.push(id.clone()),
            }
        }
        let by_sku = product::bulk::with_skus(op.db(), &skus).await?;
        let by_id = external_id::records(op.db(), external_id::Kind::Product, &external_ids).await?;
        let by_sku = by_sku.into_iter().map(|(sku, id)| (ProductKey::Sku(sku), id));
        let by_id = by_id.into_iter().map(|(key, id)| (ProductKey::ExternalId(key), id.into()));
        let by_key: HashMap<_, _> = by_sku.chain(by_id).collect();
        let offers = product::offers(op.db(), &by_key.values().copied().collect::<Vec<_>>()).await?;
        Ok(Self { by_key, offers })
    }

    /// The product that a row names.
    pub fn find(&self, cells: &Cells, key: &ProductKey) -> Result<ProductId, Problem> {
        self.by_key.get(key).copied().ok_or_else(|| {
            let (field, value) = match key {
                ProductKey::Sku(sku) => (Field::Sku, sku),
                ProductKey::ExternalId(id) => (Field::ProductExternalId, id),
            };
            cells.problem(field, Message::NoSuchProduct { value: shown(value) })
        })
    }
}
