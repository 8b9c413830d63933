//! Names that are digests of what they stand for.

use sha2::{Digest, Sha256};

/// A digest of several parts, in which no two lists of parts look the same.
#[derive(Clone, Default)]
pub struct Parts(Sha256);

impl Parts {
    /// Adds a part.
    pub fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update(part.len().to_le_bytes());
        self.0.update(part);
    }

    /// The digest of all, as text.
    pub fn name(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// The first 16 digits of one thing's digest.
pub fn short(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_matters() {
        let name = |parts: &[&str]| {
            let mut all = Parts::default();
            parts.iter().for_each(|part| all.add(part));
            all.name()
        };
        assert_eq!(name(&["ab", "c"]), name(&["ab", "c"]));
        for other in [&["a", "bc"][..], &["abc"], &["ab", "c", ""]] {
            assert_ne!(name(&["ab", "c"]), name(other));
        }
    }
}
