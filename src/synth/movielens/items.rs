//! Movies: titles of words and genres that correlate with their latent vectors.

use std::{collections::HashSet, fmt::Write};

use super::{Latent, WIDTH};
use crate::synth::{
    draws::{Draws, Purpose, running_sums},
    latent,
};

/// Number of genre flags in `u.item`. The first, `unknown`, is never set.
const GENRES: usize = 19;

/// Frequency of each genre, similar to the real data.
const GENRE_WEIGHTS: [f64; GENRES] = [
    0.0, 251.0, 135.0, 42.0, 122.0, 505.0, 109.0, 50.0, 725.0, 22.0, 24.0, 92.0, 56.0, 61.0, 247.0, 101.0,
    251.0, 71.0, 27.0,
];

/// Number of words of each genre.
const WORDS_PER_GENRE: usize = 24;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A movie.
#[derive(Debug)]
pub(super) struct Item {
    title: String,
    release: String,
    genres: Vec<usize>,
    /// Latent vector.
    pub(super) latent: Latent,
    /// Global popularity.
    pub(super) popularity: f64,
}

/// A word in titles.
struct Word {
    text: String,
    latent: Latent,
}

/// Generates the movies.
pub(super) fn draw(seed: u64, count: usize) -> Vec<Item> {
    let genres: Vec<Latent> =
        (0..GENRES).map(|genre| latent::normal(&mut Draws::new(seed, Purpose::Genre, genre))).collect();
    let words = words(seed, &genres);
    let genre_sums = running_sums(GENRE_WEIGHTS);
    let word_sums = running_sums((0..WORDS_PER_GENRE).map(|rank| 1.0 / (rank as f64 + 3.0)));
    let mut taken = HashSet::new();
    (0..count)
        .map(|index| {
            let mut draws = Draws::new(seed, Purpose::Item, index);
            let genre_count = 1 + usize::from(draws.uniform() < 0.5) + usize::from(draws.uniform() < 0.25);
            let mut own: Vec<usize> = (0..genre_count).map(|_| draws.weighted(&genre_sums)).collect();
            own.sort_unstable();
            own.dedup();
            let picked: Vec<&Word> = (0..1 + draws.below(4))
                .map(|_| {
                    let genre = own[draws.below(own.len())];
                    &words[genre * WORDS_PER_GENRE + draws.weighted(&word_sums)]
                })
                .collect();
            let year = 1998 - ((-draws.uniform().ln()) * 8.0).min(70.0) as usize;
            let mut latent = Latent::map(latent::normal(&mut draws), |value| value * 0.6);
            latent::add(&mut latent, 0.9, &latent::mean(own.iter().map(|&genre| &genres[genre])));
            latent::add(&mut latent, 0.9, &latent::mean(picked.iter().map(|word| &word.latent)));
            Item {
                title: unique_title(&picked, year, &mut taken),
                release: format!("{:02}-{}-{year}", 1 + draws.below(28), MONTHS[draws.below(12)]),
                genres: own,
                latent: latent::scaled(&latent, (WIDTH as f64).sqrt()),
                popularity: long_tailed(draws.uniform()),
            }
        })
        .collect()
}

/// Log popularity of a movie by its relative rank (0 first, 1 last).
fn long_tailed(rank: f64) -> f64 {
    -0.5 * (rank + 0.03).ln() - 0.5 * rank
}

/// Title with its year, and with a number if it repeats.
fn unique_title(words: &[&Word], year: usize, taken: &mut HashSet<String>) -> String {
    let name = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut title = format!("{name} ({year})");
    let mut part = 2;
    while !taken.insert(title.clone()) {
        title = format!("{name} {part} ({year})");
        part += 1;
    }
    title
}

/// Words of all genres; those of genre `g` start at `g * WORDS_PER_GENRE`. Word `0` of a genre is the most
/// frequent.
fn words(seed: u64, genres: &[Latent]) -> Vec<Word> {
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(GENRES * WORDS_PER_GENRE);
    for (index, genre) in (0..GENRES * WORDS_PER_GENRE).map(|index| (index, &genres[index / WORDS_PER_GENRE]))
    {
        let mut draws = Draws::new(seed, Purpose::Word, index);
        let mut latent = latent::normal(&mut draws);
        latent::add(&mut latent, 0.5, genre);
        let mut text = word(&mut draws);
        while !taken.insert(text.clone()) {
            text = word(&mut draws);
        }
        all.push(Word { text, latent });
    }
    all
}

/// Generates a word of two or three syllables.
fn word(draws: &mut Draws) -> String {
    const ONSETS: [&str; 16] =
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "br", "gr"];
    const VOWELS: [&str; 6] = ["a", "e", "i", "o", "u", "ea"];
    const CODAS: [&str; 6] = ["", "n", "r", "s", "l", "nd"];
    let mut text = String::new();
    for _ in 0..2 + draws.below(2) {
        text.push_str(ONSETS[draws.below(ONSETS.len())]);
        text.push_str(VOWELS[draws.below(VOWELS.len())]);
    }
    text.push_str(CODAS[draws.below(CODAS.len())]);
    text[..1].to_uppercase() + &text[1..]
}

/// Returns the text of `u.item`.
pub(super) fn text(items: &[Item]) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let id = index + 1;
        // Writing to a string cannot fail.
        let _ = write!(text, "{id}|{}|{}||http://example.com/title/{id}", item.title, item.release);
        for genre in 0..GENRES {
            text.push_str(if item.genres.contains(&genre) { "|1" } else { "|0" });
        }
        text.push('\n');
    }
    text
}
