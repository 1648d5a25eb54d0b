//! Bound of the size of the cache: the data that were not used for the longest time are removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::contents::forget_lost;
use super::entry::{DESCRIPTION, is_name};
use super::lock::Lock;

/// Size up to which data are kept, in bytes.
pub(super) const MOST: u64 = 16 << 30;

/// Beginnings of the names of folders that are written and removed.
pub(super) use crate::data::source::PREFIX as NEW;
pub(super) const OLD: &str = "old-";

/// Folder of the checksums of files.
pub(super) const FILES: &str = "files";
/// Folder of the names of data that features are fitted on.
pub(super) const FITS: &str = "fits";

/// Age after which a folder that is written belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes the data that were not used for the longest time until all have at most `most` bytes. Those with the
/// name `kept` stay. The cache must be locked.
pub(super) fn keep_within(root: &Path, most: u64, kept: &str) -> io::Result<()> {
    let mut datasets = Vec::new();
    for (name, path) in folders(root)? {
        let used = |file: &Path| fs::metadata(file).and_then(|file| file.modified());
        if is_name(&name) {
            let used = used(&path.join(DESCRIPTION)).unwrap_or(UNIX_EPOCH);
            datasets.push((name != kept, used, bytes_of(&path), path));
        } else if is_temporary(&name)
            && used(&path)
                .is_ok_and(|used| SystemTime::now().duration_since(used).is_ok_and(|age| age > ABANDONED))
        {
            fs::remove_dir_all(path)?;
        }
    }
    // The kept one first, then those that were used last.
    datasets.sort_by_key(|(is_other, used, ..)| (*is_other, std::cmp::Reverse(*used)));
    let mut total = 0;
    for (is_other, _, bytes, path) in datasets {
        total += bytes;
        if is_other && total > most {
            fs::remove_dir_all(path)?;
        }
    }
    forget_names(root)?;
    forget_lost(&root.join(FILES))
}

/// Removes the names of data that were removed.
fn forget_names(root: &Path) -> io::Result<()> {
    for fit in fs::read_dir(root.join(FITS)).into_iter().flatten() {
        let path = fit?.path();
        let is_lost = fs::read_to_string(&path).is_ok_and(|name| is_name(&name) && !root.join(name).exists());
        if is_lost {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Removes everything. Returns the number of datasets and of bytes.
pub(super) fn clean(root: &Path) -> io::Result<(usize, u64)> {
    let (mut datasets, mut bytes) = (0, 0);
    if !root.exists() {
        return Ok((datasets, bytes));
    }
    let _lock = Lock::wait(root)?;
    for (name, path) in folders(root)? {
        bytes += bytes_of(&path);
        datasets += usize::from(is_name(&name));
        if is_name(&name) || is_temporary(&name) || [FILES, FITS].contains(&&*name) {
            fs::remove_dir_all(path)?;
        }
    }
    Ok((datasets, bytes))
}

/// Returns the size of the files in a folder.
pub(super) fn bytes_of(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.metadata().map_or(0, |file| file.len())).sum()
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(NEW) || name.starts_with(OLD)
}

/// Returns the folders in a folder.
fn folders(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if let (true, Ok(name)) = (entry.file_type()?.is_dir(), entry.file_name().into_string()) {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(root: &Path, name: &str, bytes: usize, age: u64) {
        let folder = root.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("1.array"), vec![0; bytes]).unwrap();
        let description = fs::File::create(folder.join(DESCRIPTION)).unwrap();
        description.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }

    #[test]
    fn data_that_were_not_used_are_removed_first() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let names = ["000000000000000a", "000000000000000b", "000000000000000c"];
        for (name, age) in names.iter().zip([10, 30, 20]) {
            dataset(root, name, 1000, age);
        }
        fs::create_dir(root.join("new-1")).unwrap();
        fs::create_dir(root.join(FITS)).unwrap();
        names.iter().for_each(|name| fs::write(root.join(FITS).join(format!("of-{name}")), name).unwrap());
        fs::write(root.join("note.txt"), "of the user").unwrap();
        let left = || names.map(|name| root.join(name).exists());
        keep_within(root, 3000, names[1]).unwrap();
        assert_eq!(left(), [true, true, true]);
        keep_within(root, 2500, names[1]).unwrap();
        assert_eq!(left(), [true, true, false]);
        keep_within(root, 10, names[1]).unwrap();
        assert_eq!(left(), [false, true, false]);
        assert!(root.join("new-1").exists());
        let fits: Vec<_> =
            fs::read_dir(root.join(FITS)).unwrap().map(|fit| fit.unwrap().file_name()).collect();
        assert_eq!(fits, [format!("of-{}", names[1]).as_str()]);
        assert_eq!(clean(root).unwrap(), (1, 1000 + names[1].len() as u64));
        assert!(!root.join("new-1").exists() && root.join("note.txt").exists());
        assert_eq!(clean(&root.join("nowhere")).unwrap(), (0, 0));
    }
}
