//! Compares very many new names with those of all customers. The customers are read once, and each is looked up in an index of
//! the new names, which is as large as the file that they come from, however many customers there are.
//!
//! Two names are similar if they share a number of parts that follows from their sizes. If the parts of every name are ordered
//! by how rare they are, two names that share so many have a common one among the first of both. Only names that have that are
//! compared (prefix filtering of set-similarity joins: Chaudhuri, Ganti, Kaushik, 2006).

use std::collections::HashMap;

use super::spelling::{SHORT_FORM, Spellings};
use crate::crm::customer::name::{Parts, name_key};
use crate::crm::customer::short_form::short_forms;
use crate::kernel::id::CustomerId;

/// A part of a name as a number: its two letters, or one.
type Part = u64;

/// A map with a fast hash: each customer is looked up by all of its parts.
type Map<K, V> = HashMap<K, V, lru::DefaultHasher>;

/// The new names.
pub struct NewNames {
    keys: Vec<String>,
    /// The names that have this key, and those of which it is a short form.
    by_key: HashMap<String, Vec<u32>>,
    frequencies: Map<Part, u32>,
    /// The parts as they are written, and those without words for places of the names that have some.
    written: Index,
    short: Index,
    most_similar: Vec<Option<(f64, CustomerId)>>,
}

/// Names by the parts that they are found by.
#[derive(Default)]
struct Index {
    /// The parts of each name, the rarest first; `None`: the name is not in this index.
    parts: Vec<Option<Box<[Part]>>>,
    /// The names of a size that have a part, with its place among their parts, the first places first.
    postings: Map<(Part, u16), Vec<(u16, u32)>>,
}

impl NewNames {
    /// Indexes names; of names with the same key, the first.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let (mut keys, mut by_key, mut spelled) = (Vec::new(), HashMap::<String, Vec<u32>>::new(), Vec::new());
        let mut known = HashMap::new();
        for name in names {
            let key = name_key(name);
            let number = keys.len() as u32;
            if known.insert(key.clone(), number).is_some() {
                continue;
            }
            for key in std::iter::once(key.clone()).chain(short_forms(name)) {
                by_key.entry(key).or_default().push(number);
            }
            keys.push(key);
            spelled.push(Spellings::of(name));
        }
        let mut frequencies = Map::default();
        for part in spelled.iter().flat_map(Spellings::all).flat_map(numbered) {
            *frequencies.entry(part).or_default() += 1;
        }
        let (mut written, mut short) = (Index::default(), Index::default());
        for spellings in &spelled {
            written.add(Some(ordered(&spellings.written, &frequencies)));
            short.add(spellings.short.as_ref().map(|parts| ordered(parts, &frequencies)));
        }
        for postings in written.postings.values_mut().chain(short.postings.values_mut()) {
            postings.sort_unstable();
        }
        let most_similar = vec![None; keys.len()];
        Self { keys, by_key, frequencies, written, short, most_similar }
    }

    /// Compares a customer with the new names.
    pub fn compare(&mut self, customer: CustomerId, name: &str) {
        let mut found = Vec::new();
        let key = name_key(name);
        for number in self.by_key.get(&key).into_iter().flatten() {
            let is_same = self.keys[*number as usize] == key;
            found.push((*number, if is_same { 1.0 } else { SHORT_FORM }));
        }
        for form in short_forms(name) {
            let of_form = self.by_key.get(&form).into_iter().flatten();
            // A short form of both is no short form of one.
            found.extend(
                of_form.filter(|number| self.keys[**number as usize] == form).map(|number| (*number, SHORT_FORM)),
            );
        }
        let spellings = Spellings::of(name);
        let written = ordered(&spellings.written, &self.frequencies);
        self.written.find(&written, |_| true, &mut found);
        match &spellings.short {
            None => self.short.find(&written, |_| true, &mut found),
            Some(parts) => {
                let parts = ordered(parts, &self.frequencies);
                self.short.find(&parts, |_| true, &mut found);
                // What is written without such words is its own short spelling.
                self.written.find(&parts, |number| self.short.parts[number as usize].is_none(), &mut found);
            }
        }
        for (number, similarity) in found {
            let best = &mut self.most_similar[number as usize];
            if best.is_none_or(|(before, of)| similarity > before || similarity == before && customer < of) {
                *best = Some((similarity, customer));
            }
        }
    }

    /// The customer with the most similar name, by the key of the new name.
    pub fn most_similar(self) -> HashMap<String, CustomerId> {
        let found = self.keys.into_iter().zip(self.most_similar);
        found.filter_map(|(key, found)| Some((key, found?.1))).collect()
    }
}

impl Index {
    /// Adds the next name.
    fn add(&mut self, parts: Option<Vec<Part>>) {
        let number = self.parts.len() as u32;
        self.parts.push(parts.map(Vec::into_boxed_slice));
        let Some(Some(parts)) = self.parts.last() else { return };
        let size = parts.len();
        for (place, part) in parts.iter().enumerate().take(size + 1 - size.div_ceil(2)) {
            self.postings.entry((*part, size as u16)).or_default().push((place as u16, number));
        }
    }

    /// Adds the names that are similar to a name with these parts.
    fn find(&self, parts: &[Part], is_meant: impl Fn(u32) -> bool, found: &mut Vec<(u32, f64)>) {
        let (size, before) = (parts.len(), found.len());
        for other_size in size.div_ceil(2).max(1)..=2 * size {
            let shared = (size + other_size).div_ceil(3);
            if shared > size || shared > other_size {
                continue;
            }
            let last_of_other = (other_size - shared) as u16;
            for part in &parts[..=size - shared] {
                let names = self.postings.get(&(*part, other_size as u16)).into_iter().flatten();
                let names = names.take_while(|(place, _)| *place <= last_of_other).map(|(_, number)| *number);
                found.extend(names.filter(|number| is_meant(*number)).map(|number| (number, 0.0)));
            }
        }
        // A name is found by each of the first parts that it shares.
        let candidates = &mut found[before..];
        candidates.sort_unstable_by_key(|(number, _)| *number);
        let mut kept = before;
        for place in before..found.len() {
            let number = found[place].0;
            if place > before && found[place - 1].0 == number {
                continue;
            }
            let other = self.parts[number as usize].as_deref().unwrap_or_default();
            if let Some(similarity) = similarity(parts, other) {
                found[kept] = (number, similarity);
                kept += 1;
            }
        }
        found.truncate(kept);
    }
}

fn numbered(parts: &Parts) -> impl Iterator<Item = Part> {
    parts.all().map(|part| part.chars().fold(0, |number, letter| number << 32 | Part::from(u32::from(letter))))
}

/// The parts of a name, the rarest first.
fn ordered(parts: &Parts, frequencies: &Map<Part, u32>) -> Vec<Part> {
    let mut ordered: Vec<_> = numbered(parts).collect();
    ordered.sort_unstable_by_key(|part| (frequencies.get(part).copied().unwrap_or_default(), *part));
    ordered
}

/// The similarity of two names, if they are [similar](Parts::is_similar).
fn similarity(one: &[Part], other: &[Part]) -> Option<f64> {
    let (mut shared, mut shares_a_pair) = (0, false);
    for part in one {
        if other.contains(part) {
            shared += 1;
            shares_a_pair |= *part >> 32 != 0;
        }
    }
    let both = one.len() + other.len();
    (3 * shared >= both && shares_a_pair).then(|| (2.0 * shared as f64 / both as f64).min(0.99))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use uuid::Uuid;

    use super::*;
    use crate::crm::customer::short_form::is_short_form;

    fn id(number: usize) -> CustomerId {
        Uuid::from_u128(number as u128).into()
    }

    /// Compares each with each, as for one name.
    fn naive(new: &[String], customers: &[String]) -> HashMap<String, CustomerId> {
        let mut found = HashMap::new();
        for name in new {
            let (key, forms, own) = (name_key(name), short_forms(name), Spellings::of(name));
            let similarity = |other: &String| {
                let other_key = name_key(other);
                if other_key == key {
                    return Some(1.0);
                }
                let is_form = || forms.contains(&other_key) || is_short_form(&key, other);
                let measured = own.similarity(&Spellings::of(other)).or_else(|| is_form().then_some(SHORT_FORM));
                measured.map(|similarity: f64| similarity.min(0.99))
            };
            let similar = (0..).zip(customers).filter_map(|(number, other)| Some((similarity(other)?, id(number))));
            let best = similar.reduce(|best, other| if other.0 > best.0 { other } else { best });
            if let Some((_, customer)) = best {
                found.entry(key).or_insert(customer);
            }
        }
        found
    }

    fn name(rng: &mut Rng) -> String {
        let pick = |rng: &mut Rng, words: &[&str]| words[rng.usize(..words.len())].to_owned();
        let mut name = pick(rng, &["", "上海", "上海市", "苏州", "江苏省苏州市", "Acme ", "A ", "acme"]);
        for _ in 0..rng.usize(1..4) {
            name += &pick(rng, &["海", "潮", "华", "东", "方", "b ", "blue", " wave", "x1"]);
        }
        name += &pick(rng, &["", "贸易", "科技", "机电", " Trading", " trading group"]);
        name += &pick(rng, &["", "有限公司", "有限责任公司", " Ltd", " GmbH"]);
        name
    }

    #[test]
    fn it_finds_what_comparing_each_with_each_finds() {
        let (mut rng, mut similar) = (Rng::with_seed(3), 0);
        for _ in 0..60 {
            let mut names = |count: usize| (0..count).map(|_| name(&mut rng)).collect::<Vec<_>>();
            let (new, customers) = (names(30), names(60));
            // Of names with the same key the first is compared.
            let mut keys = std::collections::HashSet::new();
            let new: Vec<_> = new.into_iter().filter(|name| keys.insert(name_key(name))).collect();
            let mut index = NewNames::of(new.iter().map(String::as_str));
            for (number, customer) in customers.iter().enumerate() {
                index.compare(id(number), customer);
            }
            let (found, wanted) = (index.most_similar(), naive(&new, &customers));
            for name in &new {
                let key = name_key(name);
                let named =
                    |found: Option<&CustomerId>| found.map(|found| customers[found.uuid().as_u128() as usize].clone());
                assert_eq!(
                    found.get(&key),
                    wanted.get(&key),
                    "{name}: {:?} {:?}",
                    named(found.get(&key)),
                    named(wanted.get(&key))
                );
            }
            similar += found.len();
        }
        assert!(similar > 300, "{similar}");
    }
}
