//! Figures: the ledger, its sums, and what is asked of them.

mod export;
mod figures;
mod history;
mod ledger;
mod naive;
