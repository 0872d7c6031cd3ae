//! Decimal numbers of any length as versions write them: digits without leading zeros.

use std::cmp::Ordering;

/// A number taken from the front, and the rest; `None` where there is none.
pub(super) fn take(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 || (end > 1 && text.starts_with('0')) { None } else { Some(text.split_at(end)) }
}

/// Orders numbers by value; nothing is below zero.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The next number.
pub(super) fn add_one(number: &str) -> String {
    let mut digits = number.as_bytes().to_vec();
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return digits.into_iter().map(char::from).collect();
        }
    }
    let zeros: String = digits.into_iter().map(char::from).collect();
    format!("1{zeros}")
}

/// The number before; `None` for zero.
pub(super) fn subtract_one(number: &str) -> Option<String> {
    let mut digits = number.as_bytes().to_vec();
    for index in (0..digits.len()).rev() {
        if digits[index] == b'0' {
            digits[index] = b'9';
            continue;
        }
        digits[index] -= 1;
        let text: String = digits.into_iter().map(char::from).collect();
        let trimmed = text.trim_start_matches('0');
        return Some(if trimmed.is_empty() { "0" } else { trimmed }.to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        for (less, more) in [("0", "1"), ("9", "10"), ("99", "100"), ("109", "110")] {
            assert_eq!(add_one(less), more);
            assert_eq!(subtract_one(more).as_deref(), Some(less));
            assert_eq!(compare(less, more), Ordering::Less);
        }
        assert_eq!(subtract_one("0"), None);
        assert_eq!(take("10.2"), Some(("10", ".2")));
        assert_eq!(take("01"), None);
    }
}
