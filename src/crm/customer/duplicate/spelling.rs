//! A name in the spellings in which it is compared.

use crate::crm::customer::name::{Parts, without_place_words};

/// The similarity of a name and its short form. They may have few parts in common.
pub const SHORT_FORM: f64 = 0.66;

/// The parts of a name as it is written, and of the same name without the words for places if it has some.
pub struct Spellings {
    pub written: Parts,
    pub short: Option<Parts>,
}

impl Spellings {
    pub fn of(name: &str) -> Self {
        let short = without_place_words(name);
        Self { written: Parts::of(name), short: (short != name).then(|| Parts::of(&short)) }
    }

    pub fn all(&self) -> impl Iterator<Item = &Parts> {
        std::iter::once(&self.written).chain(&self.short)
    }

    fn short(&self) -> &Parts {
        self.short.as_ref().unwrap_or(&self.written)
    }

    /// How similar two names are in the spelling in which they are most similar; `None`: in none.
    pub fn similarity(&self, other: &Self) -> Option<f64> {
        let has_short = self.short.is_some() || other.short.is_some();
        let written = std::iter::once((&self.written, &other.written));
        let spellings = written.chain(has_short.then(|| (self.short(), other.short())));
        let similar = spellings.filter(|(one, two)| one.is_similar(two)).map(|(one, two)| one.similarity(two));
        similar.max_by(f64::total_cmp)
    }
}
