//! Parses values in the formats that people write in files. A value with two readings is not guessed.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use super::message::{Message, shown};
use super::options::Options;
use super::replacement::value_key;
use crate::crm::contact;
use crate::crm::followup::Channel;
use crate::kernel::directory::{Country, DateOrder, DecimalMark};

/// The phone numbers of a cell, which are separated by semicolons, commas, slashes, line breaks, or, if each of them is
/// complete, by spaces.
pub fn split_phones(cell: &str, country: Country) -> Vec<String> {
    let separated = split_at(cell, &[';', ',', '、', '\n', '|']);
    let by_slash = separated.into_iter().flat_map(|part| {
        let parts = split_at(&part, &['/']);
        // `0571/88888888` is one number.
        let digits = |part: &String| part.chars().filter(char::is_ascii_digit).count();
        if parts.iter().all(|part| digits(part) >= 7) { parts } else { vec![part] }
    });
    let by_space = by_slash.flat_map(|part| {
        let parts: Vec<_> = part.split_whitespace().map(str::to_owned).collect();
        let is_complete = |part: &String| contact::is_complete(part, country);
        if parts.len() > 1 && parts.iter().all(is_complete) && !is_complete(&part) { parts } else { vec![part] }
    });
    by_space.collect()
}

/// The e-mail addresses of a cell, without the names beside them.
pub fn split_emails(cell: &str) -> Vec<String> {
    let separated = split_at(cell, &[';', ',', '、', '\n', '|', '/']);
    let of_part = |part: String| match part.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        Some((address, "")) => vec![address.trim().to_owned()],
        _ if part.split_whitespace().all(|word| word.contains('@')) => {
            part.split_whitespace().map(str::to_owned).collect()
        }
        _ => vec![part],
    };
    separated.into_iter().flat_map(of_part).collect()
}

fn split_at(cell: &str, separators: &[char]) -> Vec<String> {
    let folded: String = cell.nfkc().collect();
    let parts = folded.split(separators).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// A number in plain digits, without marks of thousands.
pub fn parse_number(cell: &str, options: &Options) -> Result<String, Message> {
    // Spaces and apostrophes separate thousands, too.
    let plain: String = cell.nfkc().filter(|letter| !letter.is_whitespace() && !"'’_".contains(*letter)).collect();
    let plain = plain.replace('\u{2212}', "-");
    let point = reading(&plain, '.', ',');
    let comma = reading(&plain, ',', '.');
    let found = match (options.decimal_mark, point, comma) {
        (Some(DecimalMark::Point), point, _) => point,
        (Some(DecimalMark::Comma), _, comma) if !options.has_typed_numbers || plain.contains(',') => comma,
        (_, point, _) if options.has_typed_numbers && !plain.contains(',') => point,
        (_, Some(point), Some(comma)) if point != comma => {
            return Err(Message::TwoNumbers { value: shown(cell), point, comma });
        }
        (_, point, comma) => point.or(comma),
    };
    found.ok_or_else(|| Message::NotANumber { value: shown(cell) })
}

/// The number, if this is the decimal mark and the other mark stands before groups of three digits.
fn reading(text: &str, decimal_mark: char, group_mark: char) -> Option<String> {
    let (sign, number) = match text.strip_prefix(['-', '+']) {
        Some(number) => (if text.starts_with('-') { "-" } else { "" }, number),
        None => ("", text),
    };
    let (whole, fraction) = number.split_once(decimal_mark).map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(group_mark).collect();
    let are_groups = groups.len() == 1
        || !groups[0].is_empty()
            && groups[0].len() <= 3
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|group| group.len() == 3);
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    if !are_groups || !has_digits || !groups.iter().all(|group| is_digits(group)) || !fraction.is_none_or(is_digits) {
        return None;
    }
    let whole = groups.concat();
    let whole = if whole.is_empty() { "0".to_owned() } else { whole };
    let fraction = fraction.filter(|fraction| !fraction.is_empty());
    Some(fraction.map_or_else(|| format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}")))
}

/// A boolean: `是`, `yes`, `true`, `1` and the like.
pub fn parse_boolean(cell: &str) -> Option<bool> {
    match value_key(cell).as_str() {
        "是" | "对" | "有" | "√" | "✓" | "✔" | "true" | "yes" | "y" | "1" => Some(true),
        "否" | "不是" | "无" | "×" | "✗" | "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// How a user and a customer communicated.
pub fn parse_channel(cell: &str) -> Option<Channel> {
    let channel = match value_key(cell).as_str() {
        "phone" | "call" | "telephone" | "电话" | "打电话" | "去电" | "来电" => Channel::Phone,
        "wechat" | "微信" | "企业微信" => Channel::Wechat,
        "email" | "e-mail" | "mail" | "邮件" | "电子邮件" | "邮箱" => Channel::Email,
        "visit" | "拜访" | "上门" | "上门拜访" | "实地拜访" => Channel::Visit,
        "meeting" | "会议" | "开会" => Channel::Meeting,
        "other" | "others" | "其他" | "其它" => Channel::Other,
        _ => return None,
    };
    Some(channel)
}

/// A date, with or without a time of day, which is ignored.
pub fn parse_date(cell: &str, order: Option<DateOrder>) -> Result<NaiveDate, Message> {
    parse_parts(cell, order).map(|(day, ..)| day)
}

/// An instant: a date, with or without a time of day, in the given time zone, or a text with its own time zone (RFC
/// 3339, `Z`).
pub fn parse_time(cell: &str, zone: Tz, order: Option<DateOrder>) -> Result<DateTime<Utc>, Message> {
    if let Ok(time) = DateTime::parse_from_rfc3339(cell) {
        return Ok(time.with_timezone(&Utc));
    }
    let (day, time, is_utc) = parse_parts(cell, order)?;
    let (local, zone) = (NaiveDateTime::new(day, time), if is_utc { Tz::UTC } else { zone });
    let time = zone.from_local_datetime(&local).earliest().map(|time| time.with_timezone(&Utc));
    time.ok_or_else(|| Message::NotADate { value: shown(cell) })
}

/// The date, the time of day, and whether a `Z` at the end marks it as UTC.
fn parse_parts(cell: &str, order: Option<DateOrder>) -> Result<(NaiveDate, NaiveTime, bool), Message> {
    let wrong = || Message::NotADate { value: shown(cell) };
    let plain: String = cell.nfkc().collect();
    let plain = plain.trim();
    // The time of day is behind the date, and has a colon.
    let start = plain.find(':').map_or(plain.len(), |colon| plain[..colon].rfind([' ', 'T']).unwrap_or(0));
    let (day, time) = (plain[..start].trim(), plain[start..].trim_start_matches([' ', 'T']));
    let day = day_of(day, order).ok_or_else(wrong)?.map_err(|(day_first, month_first)| Message::TwoDates {
        value: shown(cell),
        day_first: day_first.to_string(),
        month_first: month_first.to_string(),
    })?;
    let of_utc = time.trim().strip_suffix('Z');
    let time = match of_utc.unwrap_or(time.trim()) {
        "" => NaiveTime::MIN,
        time => {
            let forms = ["%H:%M:%S%.f", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p"];
            forms.iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok()).ok_or_else(wrong)?
        }
    };
    Ok((day, time, of_utc.is_some()))
}

/// The names of the months, by their first three letters.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The day that a text says, or its two readings; `None`: it says none.
fn day_of(text: &str, order: Option<DateOrder>) -> Option<Result<NaiveDate, (NaiveDate, NaiveDate)>> {
    let date = |year: &str, month: u32, day: u32| {
        let year: i32 = year.parse().ok().filter(|year| (1900..=2200).contains(year))?;
        NaiveDate::from_ymd_opt(year, month, day)
    };
    let has_points = text.contains('.');
    let text = text.replace(['年', '月', '/', '.', ',', ' '], "-").replace('日', "");
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    if let [compact] = parts[..] {
        let digits = Some(compact).filter(|text| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()))?;
        return date(&digits[..4], digits[4..6].parse().ok()?, digits[6..].parse().ok()?).map(Ok);
    }
    let [first, second, third] = parts[..] else { return None };
    let number = |part: &str| Some(part).filter(|part| part.len() <= 2).and_then(|part| part.parse::<u32>().ok());
    let month = |part: &str| {
        let name = part.get(..3)?.to_lowercase();
        MONTHS.iter().position(|month| *month == name).map(|index| index as u32 + 1)
    };
    if first.len() == 4 {
        return date(first, number(second).or_else(|| month(second))?, number(third)?).map(Ok);
    }
    if third.len() != 4 {
        return None;
    }
    if let Some(named) = month(second) {
        return date(third, named, number(first)?).map(Ok);
    }
    if let Some(named) = month(first) {
        return date(third, named, number(second)?).map(Ok);
    }
    let (first, second) = (number(first)?, number(second)?);
    let (day_first, month_first) = (date(third, second, first), date(third, first, second));
    // Nobody writes the month first with points between.
    match (order, day_first, month_first) {
        (_, day_first, _) if has_points => day_first.map(Ok),
        (Some(DateOrder::DayMonth), day_first, _) => day_first.map(Ok),
        (Some(DateOrder::MonthDay), _, month_first) => month_first.map(Ok),
        (None, Some(one), Some(other)) if one != other => Some(Err((one, other))),
        (None, one, other) => one.or(other).map(Ok),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_parsed_in_common_formats() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            "2026年3月1日",
            "２０２６-3-1",
            "2026-03-01 00:00:00",
            "20260301",
            "1 Mar 2026",
            "01-MAR-2026",
            "March 1, 2026",
            "1.3.2026",
            "2026-03-01 3:30 PM",
        ] {
            assert_eq!(parse_date(text, None), Ok(day), "{text}");
        }
        for text in ["", "2026-13-01", "2026-02-30", "26-3-1", "1/3/26", "2026-3", "soon", "2026-3-1 25:00", "46082"] {
            assert_eq!(parse_date(text, None), Err(Message::NotADate { value: text.to_owned() }), "{text}");
        }
        let time = |text| parse_time(text, chrono_tz::Asia::Shanghai, None).map(|time| time.to_rfc3339());
        assert_eq!(time("2026-03-01 15:30").as_deref(), Ok("2026-03-01T07:30:00+00:00"));
        for text in ["2026-03-01T15:30:00Z", "2026-03-01T15:30Z", "2026/3/1 15:30Z"] {
            assert_eq!(time(text).as_deref(), Ok("2026-03-01T15:30:00+00:00"), "{text}");
        }
    }

    #[test]
    fn a_date_with_two_readings_is_not_guessed() {
        let text = |day: Result<NaiveDate, Message>| day.map(|day| day.to_string());
        let refusal = parse_date("03/04/2026", None).unwrap_err();
        assert!(
            matches!(&refusal, Message::TwoDates { day_first, month_first, .. } if day_first == "2026-04-03" && month_first == "2026-03-04")
        );
        assert_eq!(text(parse_date("03/04/2026", Some(DateOrder::DayMonth))).as_deref(), Ok("2026-04-03"));
        assert_eq!(text(parse_date("03/04/2026", Some(DateOrder::MonthDay))).as_deref(), Ok("2026-03-04"));
        assert_eq!(text(parse_date("31/12/2026", None)).as_deref(), Ok("2026-12-31"));
        assert_eq!(text(parse_date("12/31/2026", None)).as_deref(), Ok("2026-12-31"));
        assert_eq!(text(parse_date("4-4-2026", None)).as_deref(), Ok("2026-04-04"));
        assert!(parse_date("12/31/2026", Some(DateOrder::DayMonth)).is_err());
    }

    #[test]
    fn a_number_with_two_readings_is_not_guessed() {
        let with = |decimal_mark| Options { decimal_mark, ..Options::default() };
        for (text, point, comma, unknown) in [
            ("1234", "1234", "1234", "1234"),
            ("1234.5", "1234.5", "-", "1234.5"),
            ("1,234.5", "1234.5", "-", "1234.5"),
            ("1,234,567", "1234567", "-", "1234567"),
            ("1,234", "1234", "1.234", "-"),
            ("1.234", "1.234", "1234", "-"),
            ("1.234,56", "-", "1234.56", "1234.56"),
            ("0,5", "-", "0.5", "0.5"),
            ("0.500", "0.500", "-", "0.500"),
            ("733480,00", "-", "733480.00", "733480.00"),
            ("1 234,5", "-", "1234.5", "1234.5"),
            ("-0.50", "-0.50", "-", "-0.50"),
            ("１２", "12", "12", "12"),
            ("1,23,456", "-", "-", "-"),
            ("约500", "-", "-", "-"),
            ("1.2.3", "-", "-", "-"),
            ("", "-", "-", "-"),
        ] {
            let parsed = |mark| parse_number(text, &with(mark)).unwrap_or_else(|_| "-".to_owned());
            let found = [parsed(Some(DecimalMark::Point)), parsed(Some(DecimalMark::Comma)), parsed(None)];
            assert_eq!(found, [point, comma, unknown], "{text}");
        }
        let typed = Options { has_typed_numbers: true, ..Options::default() };
        assert_eq!(parse_number("1.234", &typed).as_deref(), Ok("1.234"), "a workbook writes its numbers so");
        assert!(parse_number("1,234", &typed).is_err());
    }

    #[test]
    fn a_cell_may_have_several_values() {
        let phones = |cell| split_phones(cell, Country::CN);
        assert_eq!(
            phones("13800000000；021-6888 1234/１３９00000000"),
            ["13800000000", "021-6888 1234", "13900000000"]
        );
        assert_eq!(phones("13955550011 13955550012"), ["13955550011", "13955550012"]);
        assert_eq!(phones("138 0000 0000"), ["138 0000 0000"]);
        assert_eq!(phones("0571/88888888"), ["0571/88888888"]);
        assert_eq!(split_emails("a@b.com c@d.com；庚 <e@f.com>"), ["a@b.com", "c@d.com", "e@f.com"]);
        assert_eq!(split_emails("a b@c.com"), ["a b@c.com"]);
    }
}
