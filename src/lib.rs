//! Turret: a compiler for recommender models.
