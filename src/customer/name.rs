//! When two company names are the same.

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
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let words: Vec<String> = folded
        .split(|letter: char| letter.is_whitespace() || letter == ',' || letter == '、')
        .map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    strip(words)
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
    fn without_letters_there_is_no_key() {
        assert_eq!(name_key(" —!? "), "");
    }
}
