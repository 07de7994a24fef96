//! Compares company names: when two are the same, and when they are similar.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use hanconv::RawDictionary;
use unicode_normalization::UnicodeNormalization;

/// Legal forms at the end of a name. They do not distinguish companies. Longer ones come first.
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

/// The simplified letters of traditional ones. The database has the same letters, in the function `simplified`.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let is_common = |letter: &char| matches!(letter, '\u{3400}'..='\u{9fff}');
    let letter = |text: &str| text.parse::<char>().ok().filter(is_common);
    let pairs = RawDictionary::TSCharacters.iter();
    pairs.filter_map(|(one, other)| Some((letter(one)?, letter(other)?))).filter(|(one, other)| one != other).collect()
});

/// The key by which names are compared: two names with the same key belong to the same company. Case, width, spaces,
/// punctuation and the legal form are removed, and traditional letters become simplified ones. It is empty if the name has no
/// letter and no digit.
pub fn name_key(name: &str) -> String {
    let words: Vec<String> = fold(name)
        .split(|letter: char| letter.is_whitespace() || letter == ',' || letter == '、')
        .map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    strip(words)
}

/// The key of a name without the words for provinces, cities and districts (上海市 → 上海), which people leave out. Names
/// with the same one belong to the same company most of the time.
pub fn short_name_key(name: &str) -> String {
    name_key(&without_place_words(name))
}

/// The name without the words for provinces, cities and districts that stand behind the name of a place and before more.
pub fn without_place_words(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let is_han = |place: Option<usize>| {
        place.and_then(|place| letters.get(place)).is_some_and(|letter| matches!(letter, '\u{4e00}'..='\u{9fff}'))
    };
    let is_place_word = |place: usize| {
        matches!(letters[place], '省' | '市' | '区' | '區' | '县' | '縣')
            && [place.checked_sub(1), place.checked_sub(2), Some(place + 1), Some(place + 2)].into_iter().all(is_han)
    };
    letters.iter().enumerate().filter(|(place, _)| !is_place_word(*place)).map(|(_, letter)| *letter).collect()
}

/// Makes full and half width, upper and lower case, and traditional and simplified letters the same.
pub fn fold(name: &str) -> String {
    let simplified = |letter: char| SIMPLIFIED.get(&letter).copied().unwrap_or(letter);
    name.nfkc().flat_map(char::to_lowercase).map(simplified).collect()
}

/// The parts by which the similarity of names is computed: every pair of neighbouring letters of the words, and the
/// words of one letter, folded and without the legal form.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts(BTreeSet<String>);

impl Parts {
    /// The parts of a name.
    pub fn of(name: &str) -> Self {
        let (folded, key) = (fold(name), name_key(name));
        // The key is the beginning of the name without the characters between the words, so its length says where the
        // legal form begins.
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

    /// All parts.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The parts that are pairs; these are in the index.
    pub fn pairs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|part| part.chars().nth(1).is_some())
    }

    /// The similarity of two names, from 0 to 1: the share of the parts that both have (Dice coefficient).
    pub fn similarity(&self, other: &Self) -> f64 {
        let (shared, both) = (self.0.intersection(&other.0).count(), self.0.len() + other.0.len());
        if both == 0 { 0.0 } else { 2.0 * shared as f64 / both as f64 }
    }

    /// Whether two names are so similar that they may belong to the same company: they share two thirds of their parts,
    /// and at least one pair.
    pub fn is_similar(&self, other: &Self) -> bool {
        let shared = self.0.intersection(&other.0).count();
        3 * shared >= self.0.len() + other.0.len() && self.pairs().any(|pair| other.0.contains(pair))
    }

    /// The number of these pairs that a similar name has at least: two names that share two thirds of all parts share
    /// at least half of the parts of each.
    pub fn pairs_needed(&self) -> usize {
        let (all, pairs) = (self.0.len(), self.pairs().count());
        all.div_ceil(2).saturating_sub(all - pairs).max(1)
    }
}

/// Removes legal forms from the end, as long as something is left. A Latin legal form must be a word of its own, or
/// several: `Monaco` does not end in `Co`.
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
    fn case_width_punctuation_and_legal_form_do_not_distinguish_companies() {
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
    fn traditional_and_simplified_letters_do_not_distinguish_companies() {
        for name in ["上海海潮資訊技術有限公司", "上海海潮资讯技术有限公司", "上海海潮資訊技術有限責任公司"]
        {
            assert_eq!(name_key(name), name_key("上海海潮资讯技术"), "{name}");
        }
        assert_eq!(short_name_key("臺北市青山電子"), "台北青山电子");
    }

    #[test]
    fn the_database_knows_the_same_traditional_letters() {
        let migration = include_str!("../../../migrations/0024_simplified_names.sql");
        let literals: Vec<_> = migration.lines().filter_map(|line| line.trim().strip_prefix('\'')).collect();
        let letters: Vec<char> = literals.concat().chars().filter(|letter| letter.is_alphabetic()).collect();
        let (traditional, simplified) = letters.split_at(letters.len() / 2);
        let known: HashMap<_, _> = traditional.iter().copied().zip(simplified.iter().copied()).collect();
        assert_eq!(known, *SIMPLIFIED);
    }

    #[test]
    fn words_for_places_do_not_distinguish_names_in_short() {
        for name in ["上海市海潮科技有限公司", "上海海潮科技", "上海市海潮科技（股份有限公司）"]
        {
            assert_eq!(short_name_key(name), "上海海潮科技", "{name}");
        }
        assert_eq!(short_name_key("浙江省杭州市余杭区青山制造厂"), "浙江杭州余杭青山制造厂");
        assert_eq!(short_name_key("超市发连锁"), "超市发连锁");
        assert_eq!(short_name_key("Blue Wave Ltd."), "bluewave");
    }

    #[test]
    fn letters_and_digits_of_the_name_stay() {
        assert_eq!(name_key("Monaco"), "monaco");
        assert_eq!(name_key("海潮（中国）有限公司"), "海潮中国");
        assert_eq!(name_key("3M"), "3m");
    }

    #[test]
    fn a_name_that_is_only_a_legal_form_stays() {
        assert_eq!(name_key("有限公司"), "有限公司");
        assert_eq!(name_key("Limited"), "limited");
    }

    #[test]
    fn names_are_similar_if_they_share_two_thirds_of_their_parts() {
        let similar = |one: &str, other: &str| Parts::of(one).is_similar(&Parts::of(other));
        for (one, other) in [
            ("上海海潮科技有限公司", "海潮科技有限公司"),
            ("上海海潮科技有限公司", "上海海潮信息科技有限公司"),
            ("上海海潮科技有限公司", "上海海潮科技集团股份有限公司"),
            ("臺北海潮資訊技術有限公司", "台北海潮资讯技术集团"),
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
    fn the_legal_form_does_not_belong_to_the_parts() {
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
    fn the_key_of_a_name_without_letters_is_empty() {
        assert_eq!(name_key(" —!? "), "");
    }
}
