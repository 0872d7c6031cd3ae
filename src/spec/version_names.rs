//! Many version names in little memory: a list may have millions.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::version::compare_for_list;

/// How much text stands together, in bytes; a power of two. A position in 32 bits is that of a
/// block, and the place in it.
const BLOCK: usize = 1 << 20;

/// A list of version names, in any order: their text in blocks that copies of the list share,
/// and four bytes for each. No name has a line break in it.
#[derive(Clone, Default)]
pub struct VersionNames {
    blocks: Vec<Arc<String>>,
    positions: Vec<u32>,
}

impl VersionNames {
    /// Adds a name at the end.
    pub fn push(&mut self, name: &str) {
        let room = BLOCK.saturating_sub(name.len() + 1);
        let last = self.blocks.last_mut().and_then(Arc::get_mut);
        let block = match last.filter(|block| block.len() <= room) {
            Some(block) => block,
            None => {
                self.blocks.push(Arc::default());
                let Some(block) = self.blocks.last_mut().and_then(Arc::get_mut) else { return };
                block
            }
        };
        let place = block.len();
        block.push_str(name);
        block.push('\n');
        // The text of so many blocks is longer than any answer may be.
        let Ok(position) = u32::try_from((self.blocks.len() - 1) * BLOCK + place) else { return };
        self.positions.push(position);
    }

    fn at(blocks: &[Arc<String>], position: u32) -> &str {
        let position = position as usize;
        let text = &blocks[position / BLOCK][position % BLOCK..];
        text.split('\n').next().unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The names in the order of the list.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator + Clone {
        self.positions.iter().map(|&position| Self::at(&self.blocks, position))
    }

    /// The last one.
    pub fn last(&self) -> Option<&str> {
        self.iter().next_back()
    }

    /// Keeps those of which this is true.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        let blocks = &self.blocks;
        self.positions.retain(|&position| keeps(Self::at(blocks, position)));
    }

    /// Brings them into the order of version lists; see [`compare_for_list`].
    pub fn sort(&mut self) {
        let name = |position: &u32| Self::at(&self.blocks, *position);
        // Equal ones are the same text, so none has to stay before another.
        if !self.positions.is_sorted_by(|a, b| compare_for_list(name(a), name(b)).is_le()) {
            self.positions.sort_unstable_by(|a, b| compare_for_list(name(a), name(b)));
        }
    }

    /// Of equal names that follow each other, leaves the first.
    pub fn dedup(&mut self) {
        let blocks = &self.blocks;
        self.positions.dedup_by(|a, b| Self::at(blocks, *a) == Self::at(blocks, *b));
    }

    /// How many at the beginning satisfy this, where none behind them does.
    pub fn partition_point(&self, mut is_before: impl FnMut(&str) -> bool) -> usize {
        self.positions.partition_point(|&position| is_before(Self::at(&self.blocks, position)))
    }

    /// The name at a place of the list.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.positions.get(index).map(|&position| Self::at(&self.blocks, position))
    }
}

impl<S: AsRef<str>> Extend<S> for VersionNames {
    fn extend<I: IntoIterator<Item = S>>(&mut self, names: I) {
        names.into_iter().for_each(|name| self.push(name.as_ref()));
    }
}

impl<S: AsRef<str>> FromIterator<S> for VersionNames {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut list = Self::default();
        list.extend(names);
        list
    }
}

impl PartialEq for VersionNames {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for VersionNames {}

impl<const N: usize> PartialEq<[&str; N]> for VersionNames {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

impl fmt::Debug for VersionNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for VersionNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for VersionNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_may_be_many() {
        let long = format!("v1.0.0-{}", "x".repeat(BLOCK));
        let mut expected: Vec<String> = (0..200_000).map(|n| format!("v1.{n}.0")).collect();
        expected.push(long);
        expected.push("v2.0.0".to_owned());
        let names: VersionNames = expected.iter().collect();
        assert!(names.blocks.len() > 2);
        assert!(names.iter().eq(expected.iter()));
        assert_eq!((names.len(), names.last()), (expected.len(), Some("v2.0.0")));
        assert_eq!(names.get(7), Some("v1.7.0"));
        let is_lower = |name: &str| compare_for_list(name, "v1.9.0").is_lt();
        let mut sorted = names.clone();
        sorted.sort();
        // v1.0.0 and the long prerelease of it come before v1.1.0.
        assert_eq!(sorted.partition_point(is_lower), 10);
        assert_eq!(sorted.get(10), Some("v1.9.0"));
    }

    #[test]
    fn sorting_and_removing() {
        let mut names: VersionNames =
            ["v1.10.0", "v1.2.0", "v1.2.0-pre", "v1.2.0", ""].into_iter().collect();
        names.sort();
        assert_eq!(names, ["", "v1.2.0-pre", "v1.2.0", "v1.2.0", "v1.10.0"]);
        let copy = names.clone();
        names.dedup();
        names.retain(|name| name.ends_with('0'));
        // The copy shares the text, and not what is added to one of them.
        names.push("v3.0.0");
        assert_eq!(names, ["v1.2.0", "v1.10.0", "v3.0.0"]);
        assert_eq!(copy, ["", "v1.2.0-pre", "v1.2.0", "v1.2.0", "v1.10.0"]);
        let json = serde_json::to_string(&names).expect("JSON");
        assert_eq!(json, r#"["v1.2.0","v1.10.0","v3.0.0"]"#);
        assert_eq!(serde_json::from_str::<VersionNames>(&json).expect("read"), names);
    }
}
