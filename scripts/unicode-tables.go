// Makes src/spec/unicode.rs from the Unicode tables of the Go installation:
//
//	go run scripts/unicode-tables.go | rustfmt --edition 2024 >src/spec/unicode.rs
//
// gomod must judge file names as the go command does, so the tables follow Go's
// Unicode version, not that of Rust's standard library.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// smallest returns the least rune that r is equal to under simple case folding.
func smallest(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// digest hashes what Go says of every character: a byte of flags, then the character
// that it folds to, little-endian.
func digest() string {
	hash := sha256.New()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		var entry [5]byte
		if unicode.IsLetter(r) {
			entry[0] |= 1
		}
		if unicode.IsPrint(r) {
			entry[0] |= 2
		}
		if unicode.IsDigit(r) {
			entry[0] |= 4
		}
		binary.LittleEndian.PutUint32(entry[1:], uint32(smallest(r)))
		hash.Write(entry[:])
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

func main() {
	fmt.Printf(`//! Letters, digits, printable characters and simple case folding by Unicode %s, the
//! version of Go's tables.
//!
//! Made by scripts/unicode-tables.go; the standard library's `+"`is_alphabetic`"+` follows a
//! newer Unicode and counts marks and letter numbers too.

/// Whether Go's `+"`unicode.IsLetter`"+` holds: general category L.
pub fn is_letter(c: char) -> bool {
    contains(LETTERS, c)
}

/// Whether Go's `+"`unicode.IsPrint`"+` holds: a letter, mark, number, punctuation, symbol
/// or the ASCII space.
pub fn is_printable(c: char) -> bool {
    // Nearly all of what is asked about.
    if c.is_ascii() { matches!(c, ' '..='~') } else { contains(PRINTABLE, c) }
}

/// Whether Go's `+"`unicode.IsDigit`"+` holds: general category Nd.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { contains(DIGITS, c) }
}

fn contains(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    let after = ranges.partition_point(|&(start, _)| start <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// The least character that is equal to this one under simple case folding, so that
/// two characters fold together exactly where this gives the same for both.
pub fn fold(c: char) -> char {
    let code = u32::from(c);
    let after = FOLDS.partition_point(|&(start, ..)| start <= code);
    if after == 0 {
        return c;
    }
    let (start, end, step, delta) = FOLDS[after - 1];
    if code > end || !(code - start).is_multiple_of(step) {
        return c;
    }
    code.checked_add_signed(delta).and_then(char::from_u32).unwrap_or(c)
}

`, unicode.Version)

	column := 0
	emit := func(format string, args ...any) {
		fmt.Printf(format, args...)
		if column++; column%6 == 0 {
			fmt.Println()
		}
	}
	ranges := func(name, of string, member func(rune) bool) {
		fmt.Printf("/// Ranges of %s, ends included.\n#[rustfmt::skip]\nconst %s: &[(u32, u32)] = &[\n", of, name)
		column = 0
		start := rune(-1)
		for r := rune(0); r <= unicode.MaxRune+1; r++ {
			in := r <= unicode.MaxRune && member(r)
			if in && start < 0 {
				start = r
			} else if !in && start >= 0 {
				emit("(%#x, %#x), ", start, r-1)
				start = -1
			}
		}
		fmt.Println("];")
	}
	ranges("LETTERS", "letters", unicode.IsLetter)
	fmt.Println()
	ranges("DIGITS", "digits", unicode.IsDigit)
	fmt.Println()
	ranges("PRINTABLE", "printable characters", unicode.IsPrint)

	type run struct{ start, end, step, delta rune }
	var runs []run
	for r := rune(0); r <= unicode.MaxRune; r++ {
		delta := smallest(r) - r
		if delta == 0 {
			continue
		}
		if n := len(runs) - 1; n >= 0 && runs[n].delta == delta {
			last := &runs[n]
			gap := r - last.end
			if gap <= 2 && (last.start == last.end || last.step == gap) {
				last.end, last.step = r, gap
				continue
			}
		}
		runs = append(runs, run{r, r, 1, delta})
	}
	column = 0
	fmt.Println("\n/// First and last character, distance between members, distance to the least equal one.\n#[rustfmt::skip]\nconst FOLDS: &[(u32, u32, u32, i32)] = &[")
	for _, r := range runs {
		emit("(%#x, %#x, %d, %d), ", r.start, r.end, r.step, r.delta)
	}
	fmt.Printf(`];

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The SHA-256 of what Go's own functions say of every character, in order: a byte
    /// of flags, then what it folds to, little-endian.
    const OF_GO: &str = "%s";

    #[test]
    fn every_character_is_what_go_says() {
        let mut hash = Sha256::new();
        for c in '\0'..=char::MAX {
            let flags = [is_letter(c), is_printable(c), is_digit(c)];
            hash.update([(0..).zip(flags).map(|(bit, flag)| u8::from(flag) << bit).sum::<u8>()]);
            hash.update(u32::from(fold(c)).to_le_bytes());
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, OF_GO);
    }
`, digest())
	fmt.Println(`
    #[test]
    fn letters() {
        for c in "aZéßж漢ªʰ".chars() {
            assert!(is_letter(c), "{c}");
        }
        for c in "1_ \u{301}Ⅳ٣😀".chars() {
            assert!(!is_letter(c), "{c}");
        }
    }

    #[test]
    fn digits() {
        assert!("09٣߀９".chars().all(is_digit));
        assert!(!"aⅣ²½".chars().any(is_digit));
    }

    #[test]
    fn printable() {
        for c in "a ~é漢\u{301}\u{fffd}😀".chars() {
            assert!(is_printable(c), "{c:?}");
        }
        for c in "\0\n\u{7f}\u{a0}\u{ad}\u{3000}\u{feff}\u{e000}\u{10ffff}".chars() {
            assert!(!is_printable(c), "{c:?}");
        }
    }

    #[test]
    fn folding() {
        for group in ["KkK", "sSſ", "åÅÅ", "µμΜ", "ßẞ", "σςΣ", "Āā", "𐐀𐐨"] {
            let least: Vec<char> = group.chars().map(fold).collect();
            assert!(least.windows(2).all(|w| w[0] == w[1]), "{group}: {least:?}");
        }
        for (a, b) in [('İ', 'i'), ('ı', 'I'), ('ﬅ', 'ﬆ'), ('a', 'b')] {
            assert_ne!(fold(a), fold(b));
        }
    }
}`)
}
