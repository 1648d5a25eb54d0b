//! Synthetic dataset with the files, columns and sizes of MovieLens 100K and planted tastes.

mod accuracy;
mod interactions;
mod items;
mod users;

use std::path::Path;

use super::{Error, Options, Planted, file};

/// Width of the latent vectors.
const WIDTH: usize = 8;

/// Latent vector of a user or item.
type Latent = [f64; WIDTH];

/// Writes `u.item`, `u.user` and `u.data`.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Planted, Error> {
    let (user_count, item_count) = (options.users.unwrap_or(943), options.items.unwrap_or(1682));
    let rows = options.rows.unwrap_or_else(|| (user_count * item_count / 2).min(user_count * 100_000 / 943));
    if user_count == 0 || item_count < 2 || rows < user_count {
        return Err(Error::Sizes(
            "at least 1 user, 2 items and as many interactions as users are needed".to_owned(),
        ));
    }
    if rows > user_count.saturating_mul(item_count) / 2 {
        return Err(Error::Sizes(format!(
            "{rows} interactions are too many for {user_count} users and {item_count} items: at most half of all pairs"
        )));
    }
    let items = items::draw(options.seed, item_count);
    let users = users::draw(options.seed, user_count, item_count, rows);
    let interactions = interactions::draw(options.seed, &users, &items);

    file::write(&folder.join("u.item"), items::text(&items).as_bytes())?;
    file::write(&folder.join("u.user"), users::text(&users).as_bytes())?;
    file::write(&folder.join("u.data"), interactions::text(&interactions).as_bytes())?;
    let accuracy::Accuracies { planted, popularity, rows } = accuracy::measure(&interactions, items.len());
    Ok(Planted { metrics: planted, popularity, rows })
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs, path::PathBuf};

    use crate::synth::{Error, Kind, Options, Planted, write};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("turret-synth-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn made(name: &str, options: Options) -> (PathBuf, Planted) {
        let folder = folder(name);
        let planted = write(Kind::MovieLens, &options, &folder).unwrap();
        (folder, planted)
    }

    const SMALL: Options =
        Options { seed: 3, users: Some(60), items: Some(200), rows: Some(2_000), width: None };

    #[test]
    fn same_seed_same_bytes() {
        let (a, planted) = made("a", SMALL);
        let (b, again) = made("b", SMALL);
        let (c, _) = made("c", Options { seed: 4, ..SMALL });
        assert_eq!(planted, again);
        for file in ["u.data", "u.item", "u.user", "planted.json"] {
            assert_eq!(fs::read(a.join(file)).unwrap(), fs::read(b.join(file)).unwrap(), "{file}");
            assert_ne!(fs::read(a.join(file)).unwrap(), fs::read(c.join(file)).unwrap(), "{file}");
        }
        [a, b, c].iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
    }

    #[test]
    fn files_have_the_shape_of_movielens() {
        let (folder, _) = made("shape", SMALL);
        let read = |file| fs::read_to_string(folder.join(file)).unwrap();
        let (data, item, user) = (read("u.data"), read("u.item"), read("u.user"));
        assert_eq!((data.lines().count(), item.lines().count(), user.lines().count()), (2_000, 200, 60));
        assert!(item.is_ascii() && item.lines().all(|line| line.split('|').count() == 24));
        let titles: HashSet<&str> = item.lines().map(|line| line.split('|').nth(1).unwrap()).collect();
        assert_eq!(titles.len(), 200, "a title is a key of the catalog");
        let pairs: HashSet<(&str, &str)> = data
            .lines()
            .map(|line| {
                let mut cells = line.split('\t');
                (cells.next().unwrap(), cells.next().unwrap())
            })
            .collect();
        assert_eq!(pairs.len(), 2_000, "items are drawn without replacement");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn tastes_tell_more_than_popularity() {
        let (folder, planted) = made("planted", Options { seed: 42, ..Options::default() });
        let top = |k: usize| planted.metric(&format!("top_{k}_accuracy")).unwrap();
        assert!((0.45..0.6).contains(&top(100)), "{planted:?}");
        assert!(top(1) < top(5) && top(5) < top(10) && top(10) < top(50) && top(50) < top(100));
        let (_, popular) = planted.popularity[4];
        assert!((0.1..0.2).contains(&popular), "{planted:?}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn too_many_rows_are_refused() {
        let options = Options { rows: Some(10_000), ..SMALL };
        let result = write(Kind::MovieLens, &options, &folder("refused"));
        assert!(matches!(result, Err(Error::Sizes(_))));
    }
}
