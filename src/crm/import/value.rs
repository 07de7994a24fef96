//! Values as people write them in files.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

/// Several values of one cell.
pub fn several(cell: &str) -> impl Iterator<Item = String> {
    let parts = cell.split([';', '；', ',', '，', '、', '/', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.nfkc().collect())
}

/// A number without the marks of thousands, in plain digits.
pub fn number_of(cell: &str) -> Option<String> {
    let plain: String = cell.nfkc().filter(|letter| !letter.is_whitespace() && *letter != ',').collect();
    (!plain.is_empty()).then_some(plain)
}

/// Yes or no.
pub fn truth_of(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "是" | "对" | "有" | "√" | "true" | "yes" | "y" | "1" => Some(true),
        "否" | "不是" | "无" | "×" | "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// A day: `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, with a time of day or without.
pub fn day_of(cell: &str) -> Option<NaiveDate> {
    split(cell).map(|(day, ..)| day)
}

/// An instant: a day and perhaps a time of day in a zone, or one that says its zone itself.
pub fn time_of(cell: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(cell) {
        return Some(time.with_timezone(&Utc));
    }
    let (day, time, is_utc) = split(cell)?;
    let (local, zone) = (NaiveDateTime::new(day, time), if is_utc { Tz::UTC } else { zone });
    zone.from_local_datetime(&local).earliest().map(|time| time.with_timezone(&Utc))
}

/// The day, the time of day, and whether it is one of UTC: `Z` behind it says so.
fn split(cell: &str) -> Option<(NaiveDate, NaiveTime, bool)> {
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
    fn days_and_times_are_read_as_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        for text in ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "２０２６-3-1", "2026-03-01 00:00:00"]
        {
            assert_eq!(day_of(text), Some(day), "{text}");
        }
        for text in ["", "1.3.2026", "2026-13-01", "2026-02-30", "26-3-1", "2026-3", "soon", "2026-3-1 25:00"] {
            assert_eq!(day_of(text), None, "{text}");
        }
        let time = |text| time_of(text, chrono_tz::Asia::Shanghai).map(|time| time.to_rfc3339());
        assert_eq!(time("2026-03-01 15:30").as_deref(), Some("2026-03-01T07:30:00+00:00"));
        for text in ["2026-03-01T15:30:00Z", "2026-03-01T15:30Z", "2026/3/1 15:30Z"] {
            assert_eq!(time(text).as_deref(), Some("2026-03-01T15:30:00+00:00"), "{text}");
        }
    }

    #[test]
    fn one_cell_may_hold_several_values() {
        assert_eq!(
            several("13800000000；021-6888 1234/１３９").collect::<Vec<_>>(),
            ["13800000000", "021-6888 1234", "139"]
        );
        assert_eq!(number_of("1,234.5").as_deref(), Some("1234.5"));
    }
}
