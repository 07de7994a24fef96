//! How the cells of an import are read. The options are saved with the import, because the run reads the cells again.

use serde::{Deserialize, Serialize};

use super::replacement::Replacement;
use crate::kernel::directory::{Country, DateOrder, DecimalMark, Settings};
use crate::kernel::id::PoolId;

/// The options of an import, as its user gives them or the settings have them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The source of new customers whose row gives none.
    #[serde(skip)]
    pub source: Option<String>,
    /// The pool to which new customers belong; `None`: those without an owner come into the one whose condition matches.
    #[serde(skip)]
    pub pool: Option<PoolId>,
    /// The name of a contact whose row gives none; `None`: such a row is refused.
    pub contact_name: Option<String>,
    /// The country of phone numbers without a country code, by its code; `None`: that of the settings.
    pub phone_country: Option<String>,
    /// The decimal mark; `None`: a number with two readings is refused.
    pub decimal_mark: Option<DecimalMark>,
    /// The order of the parts of dates; `None`: a date with two readings is refused.
    pub date_order: Option<DateOrder>,
    /// A wrong value of an optional field is left out, and the row is done without it.
    pub skip_wrong_values: bool,
    /// What is read instead of some values: those that the user gives and those that are remembered.
    pub replacements: Vec<Replacement>,
    /// Numbers are values of a workbook, whose decimal mark is a point, and not texts.
    pub has_typed_numbers: bool,
}

impl Options {
    /// The options with those of the settings that the user has not given.
    pub fn or_settings(self, settings: &Settings) -> Self {
        Self {
            contact_name: self.contact_name.or_else(|| settings.nameless_contact.clone()),
            decimal_mark: self.decimal_mark.or(settings.decimal_mark),
            date_order: self.date_order.or(settings.date_order),
            ..self
        }
    }

    /// The country of phone numbers without a country code.
    pub fn country(&self, settings: &Settings) -> Country {
        self.phone_country.as_ref().and_then(|code| code.parse().ok()).unwrap_or(settings.phone_country)
    }
}
