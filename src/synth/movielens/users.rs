//! Users: tastes and activity.

use std::fmt::Write;

use super::{Latent, WIDTH};
use crate::synth::{
    draws::{Draws, Purpose},
    latent,
};

const OCCUPATIONS: [&str; 21] = [
    "administrator",
    "artist",
    "doctor",
    "educator",
    "engineer",
    "entertainment",
    "executive",
    "healthcare",
    "homemaker",
    "lawyer",
    "librarian",
    "marketing",
    "none",
    "other",
    "programmer",
    "retired",
    "salesman",
    "scientist",
    "student",
    "technician",
    "writer",
];

/// A user.
#[derive(Debug)]
pub(super) struct User {
    age: usize,
    male: bool,
    occupation: usize,
    zip: usize,
    /// Taste.
    pub(super) taste: Latent,
    /// Number of interactions.
    pub(super) interactions: usize,
}

/// Generates the users. Their interactions sum to `rows`; each has between 1 and three quarters of the items.
pub(super) fn draw(seed: u64, count: usize, items: usize, rows: usize) -> Vec<User> {
    let activity = activity(seed, count, (items * 3 / 4).max(1), rows);
    activity
        .into_iter()
        .enumerate()
        .map(|(index, interactions)| {
            let mut draws = Draws::new(seed, Purpose::User, index);
            let occupation = draws.below(OCCUPATIONS.len());
            let mut taste = latent::normal(&mut draws);
            let shared = latent::normal(&mut Draws::new(seed, Purpose::Occupation, occupation));
            latent::add(&mut taste, 0.5, &shared);
            User {
                age: (15.0 - draws.uniform().ln() * 18.0).min(73.0) as usize,
                male: draws.uniform() < 0.71,
                occupation,
                zip: draws.below(100_000),
                taste: latent::scaled(&taste, (WIDTH as f64).sqrt()),
                interactions,
            }
        })
        .collect()
}

/// Returns the number of interactions of each user: log-normal, in `1..=most`, with sum `rows`.
fn activity(seed: u64, count: usize, most: usize, rows: usize) -> Vec<usize> {
    let weights: Vec<f64> =
        (0..count).map(|user| (Draws::new(seed, Purpose::Activity, user).normal() * 0.9).exp()).collect();
    let scale = rows as f64 / weights.iter().sum::<f64>();
    let mut counts: Vec<usize> =
        weights.iter().map(|weight| ((weight * scale) as usize).clamp(1, most)).collect();
    // The difference due to rounding and limits is spread evenly. `rows` is feasible, so this terminates.
    let mut total: usize = counts.iter().sum();
    while total != rows {
        for count in &mut counts {
            if total < rows && *count < most {
                *count += 1;
                total += 1;
            } else if total > rows && *count > 1 {
                *count -= 1;
                total -= 1;
            }
        }
    }
    counts
}

/// Returns the text of `u.user`.
pub(super) fn text(users: &[User]) -> String {
    let mut text = String::new();
    for (index, user) in users.iter().enumerate() {
        let gender = if user.male { 'M' } else { 'F' };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}|{}|{gender}|{}|{:05}",
            index + 1,
            user.age,
            OCCUPATIONS[user.occupation],
            user.zip
        );
    }
    text
}
