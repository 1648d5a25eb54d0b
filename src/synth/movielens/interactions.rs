//! Who watched what, and when: draws without replacement from the softmax of affinities.

use std::fmt::Write;

use super::{items::Item, users::User};
use crate::synth::{
    draws::{Draws, Purpose},
    latent::{self, Latent},
};

/// First moment and length of the time covered, in seconds: those of MovieLens 100K.
const START: f64 = 874_724_710.0;
const LENGTH: f64 = 18_561_928.0;

/// Weight of taste in an affinity; it and `TREND_WEIGHT` set how predictable the data is.
const TASTE_WEIGHT: f64 = 0.5;
const TREND_WEIGHT: f64 = 0.2;

/// Interactions of one sitting share a moment of taste.
const SITTING: usize = 25;

/// A row of `u.data`, with what is known about its making.
#[derive(Debug)]
pub(super) struct Interaction {
    user: usize,
    item: usize,
    rating: u8,
    timestamp: u64,
    /// Number of items that were more probable.
    pub(super) rank: usize,
}

/// Draws all interactions, in the shuffled order of the file.
pub(super) fn draw(seed: u64, users: &[User], items: &[Item]) -> Vec<Interaction> {
    let trend = Trend::draw(seed);
    let mut all = Vec::with_capacity(users.iter().map(|user| user.interactions).sum());
    for (index, user) in users.iter().enumerate() {
        draw_user(seed, index, user, items, &trend, &mut all);
    }
    all.sort_by_cached_key(|one| Draws::new(seed, Purpose::Order, one.user * items.len() + one.item).bits());
    all
}

/// One user's interactions: a few sittings, each at its own moment.
fn draw_user(
    seed: u64,
    index: usize,
    user: &User,
    items: &[Item],
    trend: &Trend,
    all: &mut Vec<Interaction>,
) {
    let mut draws = Draws::new(seed, Purpose::Interaction, index);
    let mut left: Vec<bool> = vec![true; items.len()];
    let joined = draws.uniform() * 0.9;
    let mut moment = joined;
    let mut remaining = user.interactions;
    while remaining > 0 {
        let count = remaining.min(SITTING);
        remaining -= count;
        let scores = affinities(user, items, trend, moment);
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let mut ranks = vec![0; items.len()];
        order.iter().enumerate().for_each(|(rank, &item)| ranks[item] = rank);

        let mut keyed: Vec<(f64, usize)> =
            scores.iter().enumerate().map(|(item, score)| (score + draws.gumbel(), item)).collect();
        keyed.retain(|&(_, item)| left[item]);
        keyed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (place, &(_, item)) in keyed.iter().take(count).enumerate() {
            left[item] = false;
            let liking = latent::dot(&user.taste, &items[item].latent) / latent::WIDTH as f64;
            let rating =
                (3.5 + 0.9 * liking + 0.2 * items[item].popularity.tanh() + 0.7 * draws.normal()).round();
            all.push(Interaction {
                user: index,
                item,
                rating: rating.clamp(1.0, 5.0) as u8,
                timestamp: (START + LENGTH * moment) as u64 + 30 * place as u64,
                rank: ranks[item],
            });
        }
        moment += draws.uniform() * (1.0 - moment) * 0.2;
    }
}

/// How much each item attracts a user at a moment: the logarithm of its probability, up to a constant.
fn affinities(user: &User, items: &[Item], trend: &Trend, moment: f64) -> Vec<f64> {
    let mut wish: Latent = user.taste.map(|value| value * TASTE_WEIGHT);
    latent::add(&mut wish, (moment - 0.5) * TASTE_WEIGHT, &user.drift);
    latent::add(&mut wish, TREND_WEIGHT, &trend.at(moment));
    items.iter().map(|item| item.popularity + latent::dot(&wish, &item.latent)).collect()
}

/// What everybody turns to: a direction that turns once in the time covered.
struct Trend(Latent, Latent);

impl Trend {
    fn draw(seed: u64) -> Self {
        let mut draws = Draws::new(seed, Purpose::Trend, 0);
        Trend(latent::normal(&mut draws), latent::normal(&mut draws))
    }

    fn at(&self, moment: f64) -> Latent {
        let (sine, cosine) = (std::f64::consts::TAU * moment).sin_cos();
        let mut direction = self.0.map(|value| value * cosine);
        latent::add(&mut direction, sine, &self.1);
        direction
    }
}

/// The text of `u.data`.
pub(super) fn text(interactions: &[Interaction]) -> String {
    let mut text = String::new();
    for one in interactions {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\t{}\t{}\t{}", one.user + 1, one.item + 1, one.rating, one.timestamp);
    }
    text
}
