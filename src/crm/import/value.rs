//! Parses values in the formats that people write in files.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

/// The values of a cell, which are separated by semicolons, commas, slashes or line breaks.
pub fn split_values(cell: &str) -> impl Iterator<Item = String> {
    let parts = cell.split([';', '；', ',', '，', '、', '/', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.nfkc().collect())
}

/// A number in plain digits, without thousands separators; `None`: the cell is blank.
pub fn parse_number(cell: &str) -> Option<String> {
    let plain: String = cell.nfkc().filter(|letter| !letter.is_whitespace() && *letter != ',').collect();
    (!plain.is_empty()).then_some(plain)
}

/// A boolean: `是`, `yes`, `true`, `1` and the like.
pub fn parse_boolean(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "是" | "对" | "有" | "√" | "true" | "yes" | "y" | "1" => Some(true),
        "否" | "不是" | "无" | "×" | "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// A date: `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, with or without a time of day, which is ignored.
pub fn parse_date(cell: &str) -> Option<NaiveDate> {
    parse_parts(cell).map(|(day, ..)| day)
}

/// An instant: a date, with or without a time of day, in the given time zone, or a text with its own time zone (RFC
/// 3339, `Z`).
pub fn parse_time(cell: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(cell) {
        return Some(time.with_timezone(&Utc));
    }
    let (day, time, is_utc) = parse_parts(cell)?;
    let (local, zone) = (NaiveDateTime::new(day, time), if is_utc { Tz::UTC } else { zone });
    zone.from_local_datetime(&local).earliest().map(|time| time.with_timezone(&Utc))
}

/// The date, the time of day, and whether a `Z` at the end marks it as UTC.
fn parse_parts(cell: &str) -> Option<(NaiveDate, NaiveTime, bool)> {
    let plain: String = cell.nfkc().collect();
    let (day, time) = plain.trim().split_once([' ', 'T']).unwrap_or((plain.trim(), ""));
    let day = day.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let parts: Vec<u32> = day.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year, month, date] = parts[..] else { return None };
    let year = i32::try_from(year).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month, date).filter(|_| (1900..=2200).contains(&year))?;
    let of_utc = time.trim().strip_suffix('Z');
    let time = match of_utc.unwrap_or(time.trim()) {
        "" => NaiveTime::MIN,
        time => ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok())?,
    };
    Some((day, time, of_utc.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_parsed_in_common_formats() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        for text in ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "２０２６-3-1", "2026-03-01 00:00:00"]
        {
            assert_eq!(parse_date(text), Some(day), "{text}");
        }
        for text in ["", "1.3.2026", "2026-13-01", "2026-02-30", "26-3-1", "2026-3", "soon", "2026-3-1 25:00"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        let time = |text| parse_time(text, chrono_tz::Asia::Shanghai).map(|time| time.to_rfc3339());
        assert_eq!(time("2026-03-01 15:30").as_deref(), Some("2026-03-01T07:30:00+00:00"));
        for text in ["2026-03-01T15:30:00Z", "2026-03-01T15:30Z", "2026/3/1 15:30Z"] {
            assert_eq!(time(text).as_deref(), Some("2026-03-01T15:30:00+00:00"), "{text}");
        }
    }

    #[test]
    fn a_cell_may_have_several_values() {
        assert_eq!(
            split_values("13800000000；021-6888 1234/１３９").collect::<Vec<_>>(),
            ["13800000000", "021-6888 1234", "139"]
        );
        assert_eq!(parse_number("1,234.5").as_deref(), Some("1234.5"));
    }
}
