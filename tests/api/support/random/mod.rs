//! Random policies, rows of every kind, and documents that read them.

mod documents;
mod policy;
mod rows;

pub use documents::Writer;
pub use policy::change_policy;
pub use rows::fill;

use fastrand::Rng;

/// A random element.
fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())]
}

/// A value or nothing, with equal probability.
fn optional<T>(rng: &mut Rng, some: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    rng.bool().then(|| some(rng))
}
