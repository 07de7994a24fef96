//! When two company names are the same, and when they are similar.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// What a name ends with that says how a company is owned, not which it is. Longer ones first.
const LEGAL_FORMS: [&str; 27] = [
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "责任公司",
    "股份公司",
    "公司",
    "companylimited",
    "corporation",
    "incorporated",
    "privatelimited",
    "coltd",
    "pteltd",
    "ptyltd",
    "limited",
    "company",
    "gmbh",
    "corp",
    "inc",
    "llc",
    "llp",
    "ltd",
    "plc",
    "bv",
    "sa",
    "ag",
    "co",
    "srl",
];

/// The key under which two names are one company's: without case, width, spaces, punctuation and legal form. Empty when
/// there is no letter and no digit.
pub fn name_key(name: &str) -> String {
    let folded = fold(name);
    let words: Vec<String> = folded
        .split(|letter: char| letter.is_whitespace() || letter == ',' || letter == '、')
        .map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    strip(words)
}

/// Full and half width, upper and lower case are the same.
fn fold(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).collect()
}

/// What a name is compared by when it is not the same: every pair of neighbouring letters of its words, and the words of one
/// letter, folded and without the legal form.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts(BTreeSet<String>);

impl Parts {
    /// The parts of a name.
    pub fn of(name: &str) -> Self {
        let (folded, key) = (fold(name), name_key(name));
        // The key is what the name begins with, without what is between the words.
        let mut letters_left = key.chars().count();
        let mut parts = BTreeSet::new();
        for word in folded.split(|letter: char| !letter.is_alphanumeric()) {
            let word: Vec<char> = word.chars().take(letters_left).collect();
            letters_left -= word.len();
            if word.len() == 1 {
                parts.extend(word.first().map(char::to_string));
            }
            parts.extend(word.windows(2).map(String::from_iter));
        }
        Self(parts)
    }

    /// The pairs among them: an index has these.
    pub fn pairs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|part| part.chars().nth(1).is_some())
    }

    /// How alike two names are, from 0 to 1: how much of the parts of both they share.
    pub fn similarity(&self, other: &Self) -> f64 {
        let (shared, both) = (self.0.intersection(&other.0).count(), self.0.len() + other.0.len());
        if both == 0 { 0.0 } else { 2.0 * shared as f64 / both as f64 }
    }

    /// Whether two names are so alike that they may well be one company's: they share two thirds, a pair at least.
    pub fn is_similar(&self, other: &Self) -> bool {
        let shared = self.0.intersection(&other.0).count();
        3 * shared >= self.0.len() + other.0.len() && self.pairs().any(|pair| other.0.contains(pair))
    }

    /// How many pairs a similar name has of these at the least: two that share two thirds share half of either.
    pub fn pairs_needed(&self) -> usize {
        let (all, pairs) = (self.0.len(), self.pairs().count());
        all.div_ceil(2).saturating_sub(all - pairs).max(1)
    }
}

/// Takes legal forms off the end, as long as something is left. A Latin one is a word or several of its own: `Monaco` does
/// not end in `Co`.
fn strip(mut words: Vec<String>) -> String {
    loop {
        let stripped = (1..=2.min(words.len().saturating_sub(1))).rev().find(|&count| {
            let end = words[words.len() - count..].concat();
            LEGAL_FORMS.contains(&end.as_str())
        });
        match stripped {
            Some(count) => words.truncate(words.len() - count),
            None => break,
        }
    }
    let key = words.concat();
    let chinese = LEGAL_FORMS.iter().filter(|form| !form.is_ascii());
    let stripped = chinese.into_iter().find_map(|form| key.strip_suffix(form)).filter(|rest| !rest.is_empty());
    stripped.map(str::to_owned).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_punctuation_and_legal_form_do_not_tell_companies_apart() {
        for name in [
            "Blue Wave Co., Ltd.",
            "BLUE WAVE",
            "blue-wave limited",
            "Ｂｌｕｅ　Ｗａｖｅ Inc.",
            "Blue Wave Company Limited",
        ] {
            assert_eq!(name_key(name), "bluewave", "{name}");
        }
        for name in ["上海海潮科技有限公司", "上海海潮科技股份有限公司", "上海 海潮科技", "上海海潮科技（有限公司）"]
        {
            assert_eq!(name_key(name), "上海海潮科技", "{name}");
        }
    }

    #[test]
    fn what_is_part_of_the_name_stays() {
        assert_eq!(name_key("Monaco"), "monaco");
        assert_eq!(name_key("海潮（中国）有限公司"), "海潮中国");
        assert_eq!(name_key("3M"), "3m");
    }

    #[test]
    fn a_name_that_is_all_legal_form_keeps_itself() {
        assert_eq!(name_key("有限公司"), "有限公司");
        assert_eq!(name_key("Limited"), "limited");
    }

    #[test]
    fn names_are_similar_when_they_share_two_thirds() {
        let similar = |one: &str, other: &str| Parts::of(one).is_similar(&Parts::of(other));
        for (one, other) in [
            ("上海海潮科技有限公司", "海潮科技有限公司"),
            ("上海海潮科技有限公司", "上海海潮信息科技有限公司"),
            ("上海海潮科技有限公司", "上海海潮科技集团股份有限公司"),
            ("Blue Wave Software Co., Ltd.", "BlueWave Softwares"),
            ("Blue Wave Software", "Software Blue Wave Inc."),
            ("Acme Trading", "Acne Trading Corp."),
        ] {
            assert!(similar(one, other) && similar(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("上海海潮科技有限公司", "上海海星科技有限公司"),
            ("上海海潮科技有限公司", "杭州海潮科技有限公司"),
            ("海潮科技", "海星科技"),
            ("海潮", "海潮科技"),
            ("Blue Wave Software", "Blue Wave Systems"),
            ("Blue Wave Ltd.", "Red Sea Ltd."),
            ("A B", "A B C"),
        ] {
            assert!(!similar(one, other) && !similar(other, one), "{one} {other}");
        }
    }

    #[test]
    fn the_legal_form_is_no_part() {
        for (one, other) in [
            ("上海海潮科技（有限公司）", "上海海潮科技"),
            ("海潮（中国）股份有限公司", "海潮 中国"),
            ("Ｂｌｕｅ－Wave Co., Ltd.", "blue wave"),
            ("3 M Inc.", "3-m"),
        ] {
            assert_eq!(Parts::of(one), Parts::of(other), "{one}");
        }
    }

    #[test]
    fn without_letters_there_is_no_key() {
        assert_eq!(name_key(" —!? "), "");
    }
}
