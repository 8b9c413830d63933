//! Names made of several parts, and files that hold what a kernel's stand-ins remember.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};

/// A digest of several parts, in which no two lists of parts look the same.
#[derive(Default)]
pub struct Parts(Sha256);

impl Parts {
    /// Adds a part.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part.len().to_le_bytes());
        self.0.update(part);
    }

    /// The digest of all, as text.
    pub fn name(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// Writes a file for this user alone, whole or not at all; several programs may at the same time.
pub fn write(file: &Path, content: &[u8]) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    let mut partial = tempfile::NamedTempFile::new_in(folder)?;
    partial.write_all(content)?;
    partial.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_matters() {
        let name = |parts: &[&str]| {
            let mut all = Parts::default();
            parts.iter().for_each(|part| all.add(part.as_bytes()));
            all.name()
        };
        assert_eq!(name(&["ab", "c"]), name(&["ab", "c"]));
        for other in [&["a", "bc"][..], &["abc"], &["ab", "c", ""]] {
            assert_ne!(name(&["ab", "c"]), name(other));
        }
    }
}
