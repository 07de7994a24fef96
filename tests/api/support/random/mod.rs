//! Chance: people, policies and rows of every kind, and documents that ask for them.

mod documents;
mod policy;
mod rows;

pub use documents::Writer;
pub use policy::change_policy;
pub use rows::fill;

use fastrand::Rng;

/// One of some.
fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())]
}

/// Something, or nothing, as often.
fn maybe<T>(rng: &mut Rng, some: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    rng.bool().then(|| some(rng))
}
