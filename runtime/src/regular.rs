//! Access to regular files only. Opening one never blocks, unlike a pipe.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Treatment of symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// Follow the link.
    Follow,
    /// Reject the link, which could lead to any file.
    Refuse,
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), Links::Follow, path)
}

/// Reads a text file.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Opens a file to lock it. It is created if it is not there; its contents stay. A link is rejected, because in
/// someone else's folder it could lead to any file.
pub(crate) fn open_to_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    open_with(options.read(true).write(true).create(true).truncate(false), Links::Refuse, path)
}

/// Opens a regular file. Rejects pipes, devices and sockets, which may never end.
pub(crate) fn open_with(options: &mut OpenOptions, links: Links, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let follow = if links == Links::Refuse { libc::O_NOFOLLOW } else { 0 };
        options.custom_flags(libc::O_NONBLOCK | follow);
    }
    let refused = |kind: &str| io::Error::other(format!("a file is expected, but {kind} is there"));
    let opened = options.open(path);
    if links == Links::Refuse && opened.is_err() && path.is_symlink() {
        return Err(refused("a link"));
    }
    let found = match &opened {
        Ok(file) => file.metadata()?.file_type(),
        // Opening a pipe without a reader for writing fails.
        Err(_) => match path.metadata() {
            Ok(metadata) => metadata.file_type(),
            Err(_) => return opened,
        },
    };
    if found.is_file() || found.is_dir() { opened } else { Err(refused(kind(found))) }
}

/// Describes a file that is not regular, with an article.
pub(crate) fn kind(found: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_fifo() {
            return "a named pipe";
        }
        if found.is_char_device() || found.is_block_device() {
            return "a device";
        }
        if found.is_socket() {
            return "a socket";
        }
    }
    if found.is_dir() { "a folder" } else { "no file" }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pipes_and_links_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, link, file] = ["pipe", "link", "file"].map(|name| folder.path().join(name));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        let create = |links, path| open_with(OpenOptions::new().write(true).create(true), links, path);
        for refused in [open(&pipe), create(Links::Follow, &pipe), create(Links::Refuse, &pipe)] {
            let message = refused.unwrap_err().to_string();
            assert!(message.contains("a named pipe is there"), "{message}");
        }
        assert_eq!(
            (read_to_string(&file).unwrap(), read_to_string(&link).unwrap()),
            ("text".into(), "text".into())
        );
        let message = create(Links::Refuse, &link).unwrap_err().to_string();
        assert!(message.contains("a link is there"), "{message}");
        create(Links::Refuse, &folder.path().join("new")).unwrap();
        assert_eq!(open(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
