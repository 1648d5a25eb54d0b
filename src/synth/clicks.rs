//! Ad impressions with the columns of Criteo's logs (13 numbers and 26 keys), and clicks that follow a
//! planted factorization machine.

mod teacher;

use std::path::Path;

use super::{Error, Options, Planted, file, truth};

/// Writes `train.csv` and `test.csv`: tab-separated, without header; missing values are empty.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Planted, Error> {
    if options.users.or(options.items).or(options.width).is_some() {
        return Err(Error::Sizes(
            "a log of clicks has a number of rows only: no users, items or width".to_owned(),
        ));
    }
    let train = options.rows.unwrap_or(150_000);
    if train < 3 {
        return Err(Error::Sizes("at least 3 rows are needed".to_owned()));
    }
    let teacher = teacher::Teacher::draw(options.seed);
    let rows = |numbers: std::ops::Range<usize>| -> (String, Vec<truth::Outcome>) {
        numbers.map(|number| teacher.row(options.seed, number)).unzip()
    };
    let (text, _) = rows(0..train);
    file::write(&folder.join("train.csv"), text.as_bytes())?;
    let (text, test) = rows(train..train + train / 3);
    file::write(&folder.join("test.csv"), text.as_bytes())?;
    Ok(truth::planted(&test))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use crate::synth::{Kind, Options, Planted, write};

    fn made(name: &str, seed: u64) -> (PathBuf, Planted) {
        let folder = std::env::temp_dir().join(format!("turret-clicks-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let planted =
            write(Kind::Clicks, &Options { seed, rows: Some(3_000), ..Options::default() }, &folder);
        (folder, planted.unwrap())
    }

    #[test]
    fn same_seed_same_bytes() {
        let (a, planted) = made("a", 1);
        let (b, again) = made("b", 1);
        assert_eq!(planted, again);
        for file in ["train.csv", "test.csv", "planted.json"] {
            assert_eq!(fs::read(a.join(file)).unwrap(), fs::read(b.join(file)).unwrap(), "{file}");
        }
        [a, b].iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
    }

    #[test]
    fn planted_clicks_are_learnable_but_not_certain() {
        let (folder, planted) = made("auc", 2);
        let auc = planted.metric("auc").unwrap();
        assert!((0.75..0.9).contains(&auc), "{planted:?}");
        let train = fs::read_to_string(folder.join("train.csv")).unwrap();
        assert_eq!(train.lines().count(), 3_000);
        assert!(train.lines().all(|line| line.split('\t').count() == 40));
        let clicks = train.lines().filter(|line| line.starts_with('1')).count();
        assert!((450..1_200).contains(&clicks), "{clicks}");
        let missing =
            train.lines().flat_map(|line| line.split('\t')).filter(|field| field.is_empty()).count();
        assert!((3_000..15_000).contains(&missing), "{missing}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn sizes_that_it_has_not_are_refused() {
        let options = Options { users: Some(3), ..Options::default() };
        let refused = write(Kind::Clicks, &options, &std::env::temp_dir().join("turret-clicks-refused"));
        assert!(refused.unwrap_err().to_string().contains("no users"));
    }
}
