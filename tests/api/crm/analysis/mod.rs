//! Figures: the ledger, its sums, and what is asked of them.

mod history;
mod ledger;
mod naive;
