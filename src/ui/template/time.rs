//! Times as Go writes them: by a layout, which is the reference time
//! `Mon Jan 2 15:04:05 MST 2006` written the way that is wanted.
//!
//! Source: the Go package time, format.go.

use std::fmt::Write as _;

use jiff::civil::DateTime;

/// The layout of `Time.String`.
const PLAIN: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What a layout's parts stand for; of several that begin alike the longest comes first.
const PARTS: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "2",
    "_2006",
    "__2",
    "_2",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "1",
    "3",
    "4",
    "5",
    "PM",
    "pm",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
];

/// A time taken apart: local date and time, and the offset from UTC in seconds.
struct Moment {
    local: DateTime,
    offset: i64,
}

impl Moment {
    /// Reads what RFC 3339 allows and `.info` files hold.
    fn parse(text: &str) -> Option<Self> {
        let (date_time, zone) = match text.strip_suffix('Z') {
            Some(date_time) => (date_time, "+00:00"),
            None => text.split_at_checked(text.len().checked_sub(6)?)?,
        };
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        let seconds = 3600 * hours.parse::<i64>().ok()? + 60 * minutes.parse::<i64>().ok()?;
        let offset = if zone.starts_with('-') { -seconds } else { seconds };
        Some(Self { local: date_time.parse().ok()?, offset })
    }

    fn write_part(&self, part: &str, out: &mut String) -> std::fmt::Result {
        let t = &self.local;
        let day = usize::try_from(t.weekday().to_sunday_zero_offset()).unwrap_or_default();
        let month = usize::try_from(t.month() - 1).unwrap_or_default();
        let (month, day) = (MONTHS[month], DAYS[day]);
        let hour12 = match t.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        match part {
            "January" => out.write_str(month),
            "Jan" => out.write_str(&month[..3]),
            "Monday" => out.write_str(day),
            "Mon" => out.write_str(&day[..3]),
            "2006" => write!(out, "{:04}", t.year()),
            "_2006" => write!(out, "_{:04}", t.year()),
            "06" => write!(out, "{:02}", t.year() % 100),
            "01" => write!(out, "{:02}", t.month()),
            "1" => write!(out, "{}", t.month()),
            "02" => write!(out, "{:02}", t.day()),
            "_2" => write!(out, "{:2}", t.day()),
            "2" => write!(out, "{}", t.day()),
            "002" => write!(out, "{:03}", t.day_of_year()),
            "__2" => write!(out, "{:3}", t.day_of_year()),
            "15" => write!(out, "{:02}", t.hour()),
            "03" => write!(out, "{hour12:02}"),
            "3" => write!(out, "{hour12}"),
            "04" => write!(out, "{:02}", t.minute()),
            "4" => write!(out, "{}", t.minute()),
            "05" => write!(out, "{:02}", t.second()),
            "5" => write!(out, "{}", t.second()),
            "PM" => out.write_str(if t.hour() >= 12 { "PM" } else { "AM" }),
            "pm" => out.write_str(if t.hour() >= 12 { "pm" } else { "am" }),
            "MST" if self.offset == 0 => out.write_str("UTC"),
            // A zone without a name shows its offset.
            "MST" => self.write_offset("-0700", out),
            zone => self.write_offset(zone, out),
        }
    }

    fn write_offset(&self, form: &str, out: &mut String) -> std::fmt::Result {
        if form.starts_with('Z') && self.offset == 0 {
            return out.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let seconds = self.offset.abs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match &form[1..] {
            "07" => write!(out, "{sign}{hours:02}"),
            "0700" => write!(out, "{sign}{hours:02}{minutes:02}"),
            "07:00" => write!(out, "{sign}{hours:02}:{minutes:02}"),
            "070000" => write!(out, "{sign}{hours:02}{minutes:02}{seconds:02}"),
            _ => write!(out, "{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        }
    }

    /// A fraction of a second: `.000` keeps the zeros at the end, `.999` does not.
    fn write_fraction(&self, form: &str, out: &mut String) {
        let digits = format!("{:09}", self.local.subsec_nanosecond());
        let mut digits = &digits[..(form.len() - 1).min(9)];
        if form.ends_with('9') {
            digits = digits.trim_end_matches('0');
        }
        if !digits.is_empty() {
            out.push_str(&form[..1]);
            out.push_str(digits);
        }
    }
}

/// The fraction that a layout begins with: a point or comma and zeros or nines, of which
/// no other digit follows. Source: nextStdChunk.
fn fraction(layout: &str) -> Option<&str> {
    let digits = layout.strip_prefix(['.', ','])?;
    let first = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let length = digits.len() - digits.trim_start_matches(first).len();
    let ends = !digits[length..].starts_with(|c: char| c.is_ascii_digit());
    ends.then(|| &layout[..=length])
}

/// The part that a layout begins with.
fn part(layout: &str) -> Option<&'static str> {
    let mut parts = PARTS.iter().copied().filter(|part| layout.starts_with(part));
    match parts.next()? {
        // A word that only begins like a name of month or day is none.
        "Jan" | "Mon" if layout[3..].starts_with(|c: char| c.is_ascii_lowercase()) => None,
        "2" if layout.starts_with("2006") => Some("2006"),
        found => Some(found),
    }
}

/// Writes a time of RFC 3339 by a layout; `None` where it is no such time.
pub(super) fn format(time: &str, mut layout: &str) -> Option<String> {
    let moment = Moment::parse(time)?;
    let mut out = String::new();
    while let Some(first) = layout.chars().next() {
        if let Some(form) = fraction(layout) {
            moment.write_fraction(form, &mut out);
            layout = &layout[form.len()..];
        } else if let Some(found) = part(layout) {
            moment.write_part(found, &mut out).ok()?;
            layout = &layout[found.len()..];
        } else {
            out.push(first);
            layout = &layout[first.len_utf8()..];
        }
    }
    Some(out)
}

/// What `Time.String` gives.
pub(super) fn plain(time: &str) -> Option<String> {
    format(time, PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expectations from Go's package time.
    #[test]
    fn layouts() {
        let time = "2019-06-08T15:04:05.120Z";
        for (layout, want) in [
            ("2006-01-02", "2019-06-08"),
            ("Mon Jan _2 15:04:05 MST 2006", "Sat Jun  8 15:04:05 UTC 2019"),
            ("Monday, 02-Jan-06 3:4:5 pm", "Saturday, 08-Jun-19 3:4:5 pm"),
            ("15:04:05.000000Z07:00", "15:04:05.120000Z"),
            ("05.999 .9990", "05.12 .9990"),
            ("002 __2 January -0700 -07:00", "159 159 June +0000 +00:00"),
            ("Janet 200 Month", "Janet 800 Month"),
        ] {
            assert_eq!(format(time, layout).as_deref(), Some(want), "{layout}");
        }
        let east = "2019-06-08T00:04:05+05:30";
        assert_eq!(plain(east).as_deref(), Some("2019-06-08 00:04:05 +0530 +0530"));
        assert_eq!(format(east, "3PM Z0700").as_deref(), Some("12AM +0530"));
        assert_eq!(plain("0001-01-01T00:00:00Z").as_deref(), Some("0001-01-01 00:00:00 +0000 UTC"));
        assert_eq!(plain("2019"), None);
    }
}
