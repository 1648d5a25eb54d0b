//! A log with long texts and lists, as text and as JSON lines.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Number of words in titles.
const WORDS: u64 = 20_000;
const TAGS: u64 = 500;
const POSTS: u64 = 50_000;
const USERS: u64 = 100_000;

/// Numbers that look random and are the same in each run.
struct Draws(u64);

impl Draws {
    /// A number below a bound; small ones are more frequent.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (self.0 >> 33) as f64 / (1_u64 << 31) as f64;
        ((share * share) * bound as f64) as u64
    }
}

/// Writes `log.tsv` and `log.jsonl` with the same rows.
pub(super) fn write(folder: &Path, rows: usize) -> io::Result<()> {
    let mut draws = Draws(1);
    let mut tsv = BufWriter::new(File::create(folder.join("log.tsv"))?);
    let mut json = BufWriter::new(File::create(folder.join("log.jsonl"))?);
    writeln!(tsv, "user\tpost\ttitle\ttags\tseen\tclick")?;
    for _ in 0..rows {
        let (user, post) = (draws.below(USERS), draws.below(POSTS));
        let mut title = String::new();
        for _ in 0..6 + draws.below(12) {
            let word = draws.below(WORDS);
            let space = if title.is_empty() { "" } else { " " };
            // Words of 4 to 8 letters. Writing to a string cannot fail.
            let _ = write!(
                title,
                "{space}w{:x}{}",
                word * 2_654_435_761 % (1 << 24),
                &"olean"[..(word % 5) as usize]
            );
        }
        let tags: Vec<String> =
            (0..2 + draws.below(6)).map(|_| format!("tag{}", draws.below(TAGS))).collect();
        let seen: Vec<String> =
            (0..10 + draws.below(40)).map(|_| format!("p{}", draws.below(POSTS))).collect();
        let click = draws.below(4) / 2;
        writeln!(tsv, "u{user}\tp{post}\t{title}\t{}\t{}\t{click}", tags.join("|"), seen.join(" "))?;
        writeln!(
            json,
            "{{\"user\": \"u{user}\", \"post\": \"p{post}\", \"title\": \"{title}\", \"tags\": [\"{}\"], \"seen\": \
             [\"{}\"], \"click\": {click}}}",
            tags.join("\", \""),
            seen.join("\", \"")
        )?;
    }
    tsv.flush()?;
    json.flush()
}
