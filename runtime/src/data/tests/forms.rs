//! One table in every form of files is fitted and encoded to the same bits.

use turret_schema::FileForm;

use super::model::{Columns, TwoTower};
use super::{folder, gzip, retrieval, zstd};
use crate::data::*;

/// Users, movies and times of ratings. The last time is missing.
const RATINGS: [(&str, u32, &str); 5] =
    [("u", 1, "10"), ("v", 2, "20.5"), ("u", 3, "30"), ("w w", 1, "1769590000000000001"), ("v", 3, "")];
const MOVIES: [(u32, &str); 3] = [(1, "The Lamp, lit"), (2, "A \"Lamp\""), (3, "Dusk")];

/// A source in some form, true if its files have a header, and the lines of a whole file.
type Written = (SourceSpec, bool, Vec<String>);

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The ratings in each form of text.
fn ratings() -> Vec<Written> {
    let line = |write: &dyn Fn(&str, u32, &str) -> String| -> Vec<String> {
        RATINGS.iter().map(|&(user, movie, time)| write(user, movie, time)).collect()
    };
    let names = ["user_id", "movie_id", "rating", "timestamp"];
    let time_of_json = |time: &str| if time.is_empty() { "null".to_owned() } else { time.to_owned() };
    let tabs = line(&|user, movie, time| format!("{user}\t{movie}\t3\t{time}\n"));
    let with_header = ["user_id,movie_id,rating,timestamp\r\n".to_owned()].into_iter();
    let commas = line(&|user, movie, time| format!("\"{user}\", {movie},3,{time}\r\n"));
    let objects = line(&|user, movie, time| {
        let time = time_of_json(time);
        format!(
            "{{\"user_id\": {}, \"movie_id\": {movie}, \"rating\": 3, \"timestamp\": {time}}}\n",
            json(user)
        )
    });
    let colons = line(&|user, movie, time| {
        format!("{user}::{movie}::3::{}\n", if time.is_empty() { "\\N" } else { time })
    });
    vec![
        (SourceSpec::tsv("ratings", "").columns(names), false, tabs),
        (SourceSpec::csv("ratings", "").skip_spaces(true), true, with_header.chain(commas).collect()),
        (SourceSpec::separated("ratings", "", "::").columns(names).missing(["\\N"]), false, colons),
        (SourceSpec::of("ratings", "", FileForm::JsonLines), false, objects),
    ]
}

/// The movies in each form of text that holds them.
fn movies() -> Vec<Written> {
    let doubled = MOVIES.map(|(id, title)| format!("{id},\"{}\"\n", title.replace('"', "\"\"")));
    let escaped = MOVIES.map(|(id, title)| format!("{id};\"{}\"\n", title.replace('"', "\\\"")));
    let objects = MOVIES.map(|(id, title)| format!("{{\"movie_id\": {id}.0, \"title\": {}}}\n", json(title)));
    let header = |line: &str| [line.to_owned()].into_iter();
    vec![
        (SourceSpec::csv("movies", ""), true, header("movie_id,title\n").chain(doubled).collect()),
        (
            SourceSpec::separated("movies", "", ";").quote(true).escape('\\'),
            true,
            header("movie_id;title\n").chain(escaped).collect(),
        ),
        (SourceSpec::of("movies", "", FileForm::JsonLines), false, objects.into()),
    ]
}

/// Fitted features as they are stored, encoded rows, and keys of the catalog.
fn encoded(
    files: &[(String, Vec<u8>)],
    ratings: SourceSpec,
    movies: SourceSpec,
) -> (String, Columns, Vec<String>) {
    let named: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let folder = folder(&named);
    let of = |source: SourceSpec, paths: &'static str| SourceSpec { paths: paths.into(), ..source };
    let spec = DataSpec {
        sources: vec![of(ratings, "ratings*"), of(movies, "movies*")],
        ..retrieval(OnError::Substitute)
    };
    // Row by row, and by distinct values.
    let [by_rows, by_values] = [false, true].map(|by_values| {
        let mut data = match by_values {
            true => RawTable::open_for(&spec, folder.path(), &TwoTower::default()).unwrap(),
            false => RawTable::open(&spec, folder.path()).unwrap(),
        };
        leave_out_refused(&TwoTower::default(), &mut data).unwrap();
        let mut features = TwoTower::default();
        fit(&mut features, &data).unwrap();
        let dataset = encode(&features, &data).unwrap();
        let keys = dataset.catalog.as_ref().unwrap().keys.iter().map(ToString::to_string).collect();
        (serde_json::to_string(&features).unwrap(), dataset.batch(&dataset.train), keys)
    });
    assert_eq!(by_values, by_rows);
    by_rows
}

/// Files of a source: whole, or the first row in a file of its own.
fn files(name: &str, written: &Written, pack: fn(&[u8]) -> Vec<u8>, is_cut: bool) -> Vec<(String, Vec<u8>)> {
    let (_, has_header, lines) = written;
    let (header, rows) = lines.split_at(usize::from(*has_header));
    let file = |part: usize, rows: &[String]| {
        (format!("{name}-{part}"), pack([header.concat(), rows.concat()].concat().as_bytes()))
    };
    if is_cut { vec![file(1, &rows[..1]), file(2, &rows[1..])] } else { vec![file(1, rows)] }
}

#[test]
fn bits_do_not_depend_on_the_form_of_files() {
    let mut first = None;
    for rating in ratings() {
        for movie in movies() {
            for pack in [|bytes: &[u8]| bytes.to_vec(), gzip as fn(&[u8]) -> Vec<u8>, zstd] {
                for is_cut in [false, true] {
                    let all =
                        [files("ratings", &rating, pack, is_cut), files("movies", &movie, pack, is_cut)]
                            .concat();
                    let found = encoded(&all, rating.0.clone(), movie.0.clone());
                    assert_eq!(
                        &found,
                        first.get_or_insert_with(|| found.clone()),
                        "{:?} {:?}",
                        rating.0,
                        movie.0
                    );
                }
            }
        }
    }
    let (_, columns, keys) = first.unwrap();
    assert_eq!((columns.user_id.rows(), keys.len()), (RATINGS.len() - 1, MOVIES.len()));
}
