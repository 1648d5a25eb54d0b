//! The data folder: paths that stay in it, and the one that fitting reads files of keys from.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};

use super::error::DataError;

/// A path of the spec in the data folder, out of which it may not lead.
pub(crate) fn inside(folder: &Path, path: &str) -> Result<PathBuf, DataError> {
    let stays =
        Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if stays && !path.is_empty() {
        Ok(folder.join(path))
    } else {
        Err(DataError::Outside { path: path.to_owned() })
    }
}

thread_local! {
    static FOLDER: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// Runs `action` with `folder` as the place where [`Vocabulary::finish`](super::Vocabulary::finish) finds files of keys.
/// Fitting uses it, since `Features::finish` knows no folder.
pub fn with_folder<T>(folder: &Path, action: impl FnOnce() -> T) -> T {
    struct Restore(Option<PathBuf>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FOLDER.set(self.0.take());
        }
    }
    let _restore = Restore(FOLDER.replace(Some(folder.to_owned())));
    action()
}

/// The folder of the innermost [`with_folder`]; the working directory outside of any.
pub(super) fn current_folder() -> PathBuf {
    FOLDER.with_borrow(Clone::clone).unwrap_or_default()
}
