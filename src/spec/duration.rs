//! Spans of time as they are typed: `20s`, `90m`, `12h`, `30d`, `2w`.
//!
//! Source: none in go, whose durations end at hours; a day here has 24 hours.

use jiff::SignedDuration;

/// A text that is no span of time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDuration(&'static str);

/// Reads a whole number and its unit: `s`, `m`, `h`, `d` or `w`.
///
/// # Errors
/// It is written in another way, or longer than 10,000 weeks.
pub fn parse(text: &str) -> Result<SignedDuration, InvalidDuration> {
    const FORM: InvalidDuration =
        InvalidDuration("expecting a whole number and s, m, h, d or w, such as 90s or 30d");
    const LONGEST: i64 = 10_000 * 7 * 24 * 3600;
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return Err(FORM),
    };
    if number.is_empty() {
        return Err(FORM);
    }
    // Only a number that is too long cannot be read.
    let total = number.parse::<i64>().ok().and_then(|number| number.checked_mul(seconds));
    match total.filter(|total| *total <= LONGEST) {
        Some(total) => Ok(SignedDuration::from_secs(total)),
        None => Err(InvalidDuration("longer than 10000 weeks")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, hours) in [("120m", 2), ("12h", 12), ("30d", 720), ("2w", 336), ("0d", 0)] {
            assert_eq!(parse(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        assert_eq!(parse("90m"), Ok(SignedDuration::from_mins(90)));
        assert_eq!(parse("20s"), Ok(SignedDuration::from_secs(20)));
        assert_eq!(parse("10000w"), Ok(SignedDuration::from_hours(1_680_000)));
    }

    #[test]
    fn what_is_none() {
        for text in ["", "d", "30", "30D", "-1d", "+1d", "1.5h", "1d12h", "1 d", "30days", "٣d"] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.starts_with("expecting a whole number"), "{text}: {error}");
        }
        for text in ["10001w", "99999999999999999999d", "9223372036854775807w"] {
            assert_eq!(parse(text).expect_err(text).to_string(), "longer than 10000 weeks");
        }
    }
}
