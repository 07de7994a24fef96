//! ISO 8601 durations: `P3D`, `PT36H`, `P1DT12H`. Weeks, days, hours, minutes and seconds are allowed. Years and months
//! are refused because their length varies.

use chrono::TimeDelta;

use crate::kernel::error::UserError;

/// The longest duration that an input may have.
const MAX: TimeDelta = TimeDelta::days(366);

/// Reads the duration in a field of an input, at most 366 days.
pub fn parse_field(path: &str, text: &str) -> Result<TimeDelta, UserError> {
    match parse(text) {
        Some(duration) if duration <= MAX => Ok(duration),
        Some(_) => Err(UserError::invalid(&[path], "must be at most P366D", "不能超过 366 天（P366D）")),
        None => Err(UserError::invalid(
            &[path],
            "must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, like P3D or PT36H",
            "必须是 ISO 8601 格式的时长（周、日、时、分、秒），如 P3D 或 PT36H",
        )),
    }
}

/// Reads a duration, in whole seconds; `None` if the text is not a duration.
pub fn parse(text: &str) -> Option<TimeDelta> {
    let (mut seconds, mut number, mut in_time, mut parts) = (0i64, String::new(), false, 0);
    // The units that may still follow: each at most once, from the longest to the shortest.
    let mut left = "WDTHMS";
    for letter in text.strip_prefix('P')?.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let place = left.find(letter)?;
        left = &left[place + 1..];
        if letter == 'T' {
            in_time = true;
            if !number.is_empty() {
                return None;
            }
            continue;
        }
        let unit = match (letter, in_time) {
            ('W', false) => 604_800,
            ('D', false) => 86_400,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
        parts += 1;
    }
    if parts == 0 || !number.is_empty() || text.ends_with('T') { None } else { TimeDelta::try_seconds(seconds) }
}

/// Writes a duration in its shortest form.
pub fn format(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds();
    if seconds == 0 {
        return "PT0S".to_owned();
    }
    let mut text = "P".to_owned();
    let mut time = String::new();
    for (unit, length, rest) in [('D', 86_400, i64::MAX), ('H', 3_600, 24), ('M', 60, 60), ('S', 1, 60)] {
        let count = seconds / length % rest;
        if count > 0 {
            let part = if unit == 'D' { &mut text } else { &mut time };
            part.push_str(&format!("{count}{unit}"));
        }
    }
    if time.is_empty() { text } else { format!("{text}T{time}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_duration_is_read_back() {
        for (text, seconds) in
            [("P3D", 259_200), ("PT36H", 129_600), ("P1W", 604_800), ("P1DT1H1M1S", 90_061), ("PT0S", 0), ("P0D", 0)]
        {
            let read = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.num_seconds(), seconds, "{text}");
            assert_eq!(parse(&format(read)), Some(read), "{text}");
        }
        assert_eq!(format(TimeDelta::hours(36)), "P1DT12H");
    }

    #[test]
    fn anything_that_is_not_a_duration_of_fixed_length_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "3D",
            "P1Y",
            "P1M",
            "P-1D",
            "P1.5D",
            "P1D1D",
            "P1DT",
            "PT1H1D",
            "P99999999999999999999D",
            "P1",
            "PD",
            "P1TH",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
