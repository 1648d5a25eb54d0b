//! Users and posts with the columns of a DSSM over multi-valued, weighted and pretrained features, and clicks
//! that follow a planted cosine.

mod rows;
mod world;

use std::path::Path;

use super::{Error, Options, Planted, file, truth};

/// Writes `train.tsv`, `test.tsv`, `post_vectors.safetensors` and `post_keys.txt`.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Planted, Error> {
    let (users, posts) = (options.users.unwrap_or(10_000), options.items.unwrap_or(5_000));
    let (train, width) = (options.rows.unwrap_or(400_000), options.width.unwrap_or(16));
    if users == 0 || posts < 2 || train < 3 || width == 0 {
        return Err(Error::Sizes("at least 1 user, 2 posts, 3 rows and a width of 1 are needed".to_owned()));
    }
    let world = world::draw(options.seed, users, posts, width);
    let test = train / 3;
    let train = rows::draw(options.seed, &world, 0..train);
    let test = rows::draw(options.seed, &world, train.len()..train.len() + test);

    file::write(&folder.join("post_vectors.safetensors"), &world.vectors())?;
    file::write(&folder.join("post_keys.txt"), world.keys().as_bytes())?;
    file::write(&folder.join("train.tsv"), rows::text(&world, &train).as_bytes())?;
    file::write(&folder.join("test.tsv"), rows::text(&world, &test).as_bytes())?;
    Ok(truth::planted(&rows::outcomes(&test)))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use crate::synth::{Kind, Options, Planted, write};

    fn made(name: &str, seed: u64) -> (PathBuf, Planted) {
        let folder = std::env::temp_dir().join(format!("turret-multivalue-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let options =
            Options { seed, users: Some(200), items: Some(300), rows: Some(6_000), width: Some(16) };
        let planted = write(Kind::MultiValue, &options, &folder).unwrap();
        (folder, planted)
    }

    #[test]
    fn same_seed_same_bytes() {
        let (a, planted) = made("a", 1);
        let (b, again) = made("b", 1);
        assert_eq!(planted, again);
        for file in ["train.tsv", "test.tsv", "post_vectors.safetensors", "post_keys.txt", "planted.json"] {
            assert_eq!(fs::read(a.join(file)).unwrap(), fs::read(b.join(file)).unwrap(), "{file}");
        }
        [a, b].iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
    }

    #[test]
    fn planted_clicks_are_learnable_but_not_certain() {
        let (folder, planted) = made("auc", 2);
        let auc = planted.metric("auc").unwrap();
        assert!((0.75..0.9).contains(&auc), "{planted:?}");
        let train = fs::read_to_string(folder.join("train.tsv")).unwrap();
        assert_eq!(train.lines().count(), 6_001);
        assert!(train.lines().all(|line| line.split('\t').count() == 7));
        let clicks = train.lines().skip(1).filter(|line| line.starts_with('1')).count();
        assert!((1_200..3_600).contains(&clicks), "{clicks}");
        let keys = fs::read_to_string(folder.join("post_keys.txt")).unwrap();
        assert!((250..300).contains(&keys.lines().count()), "some posts have no vector");
        fs::remove_dir_all(folder).unwrap();
    }
}
