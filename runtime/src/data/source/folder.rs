//! Paths inside the data folder.

use std::path::{Component, Path, PathBuf};

use crate::data::error::DataError;
use crate::regular::kind;

/// Resolves a path of the spec in the data folder. Neither the path nor a link may lead out of the folder.
/// The target must be a regular file, because reading a pipe or device may never end.
pub(crate) fn inside(folder: &Path, path: &str) -> Result<PathBuf, DataError> {
    let stays =
        Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !stays || path.is_empty() {
        return Err(DataError::Outside { path: path.to_owned() });
    }
    let inside = folder.join(path);
    // A missing file is reported by its reader.
    let (Ok(real), Ok(folder)) = (inside.canonicalize(), folder.canonicalize()) else { return Ok(inside) };
    if !real.starts_with(folder) {
        return Err(DataError::Link { path: inside, target: real });
    }
    match real.metadata() {
        Ok(metadata) if !metadata.is_file() => {
            Err(DataError::NoFile { path: inside, kind: kind(metadata.file_type()) })
        }
        _ => Ok(inside),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn paths_stay_in_the_folder_and_lead_to_files() {
        let all = tempfile::tempdir().unwrap();
        let (data, link) = (all.path().join("data"), all.path().join("link"));
        std::fs::create_dir_all(data.join("below")).unwrap();
        std::fs::write(all.path().join("secret"), "x").unwrap();
        std::fs::write(data.join("below/rows.csv"), "x").unwrap();
        symlink("below/rows.csv", data.join("rows.csv")).unwrap();
        symlink("../secret", data.join("out.csv")).unwrap();
        symlink("..", data.join("up")).unwrap();
        symlink("/dev/zero", data.join("zero")).unwrap();
        // The folder itself may be a link.
        symlink(&data, &link).unwrap();
        let _socket = UnixListener::bind(data.join("socket")).unwrap();
        for folder in [&data, &link] {
            for path in ["rows.csv", "below/rows.csv", "./rows.csv", "not_there.csv"] {
                assert_eq!(inside(folder, path).unwrap(), folder.join(path));
            }
            for (path, expected) in [
                ("out.csv", "is a link to"),
                ("up/secret", "is a link to"),
                ("zero", "is a link to /dev/zero"),
                ("../secret", "leads out"),
                ("/etc/hosts", "leads out"),
                ("", "leads out"),
                ("below", "is a folder"),
                ("socket", "is a socket"),
            ] {
                let message = inside(folder, path).unwrap_err().to_string();
                assert!(message.contains(expected), "{path}: {message}");
            }
        }
    }
}
