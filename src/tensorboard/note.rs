//! Which TensorBoard this process has started for a folder, in a file that ends with it.
//!
//! A variable would not do: evcxr links the library into every cell anew, so each cell has its
//! own copy of a `static`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The note of one process on one folder.
#[derive(Debug, Clone)]
pub(super) struct Note {
    file: PathBuf,
    folder: PathBuf,
}

impl Note {
    /// The place of this process's note on `folder`; there may be none.
    pub(super) fn on(folder: &Path) -> Self {
        let digest = crc32c::crc32c(folder.as_os_str().as_encoded_bytes());
        let name = format!("mnist-tutorial-tensorboard-{}-{digest:08x}", std::process::id());
        Self { file: std::env::temp_dir().join(name), folder: folder.to_owned() }
    }

    /// The file; whoever ends the server removes it.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The port that was noted, by this user and for this folder.
    pub(super) fn read(&self) -> Option<u16> {
        let mut text = Vec::new();
        let file = File::open(&self.file).ok()?;
        if !is_ours(&file).ok()? {
            return None;
        }
        file.take(100_000).read_to_end(&mut text).ok()?;
        let end = text.iter().position(|byte| *byte == b'\n')?;
        let is_it = &text[end + 1..] == self.folder.as_os_str().as_encoded_bytes();
        std::str::from_utf8(&text[..end]).ok().filter(|_| is_it)?.parse().ok()
    }

    /// Notes the port. An old note, of a process that had the same number, goes.
    pub(super) fn write(&self, port: u16) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.file)?;
        let mut text = format!("{port}\n").into_bytes();
        text.extend_from_slice(self.folder.as_os_str().as_encoded_bytes());
        file.write_all(&text)
    }
}

/// Whether this user made the file: in a temporary folder others may have put it there.
#[cfg(unix)]
fn is_ours(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.uid() == tempfile::tempfile()?.metadata()?.uid())
}

#[cfg(not(unix))]
fn is_ours(_: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_for_its_folder_only_and_replaces_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let note = Note::on(folder.path());
        assert_eq!(note.read(), None);
        note.write(7000).unwrap();
        note.write(7001).unwrap();
        assert_eq!(Note::on(folder.path()).read(), Some(7001));
        let other = Note { folder: "/other".into(), ..note.clone() };
        assert_eq!(other.read(), None);
        fs::remove_file(note.file()).unwrap();
    }
}
