//! Turret: a compiler for recommender models.
//!
//! A program that trains or serves a model links to this library; the `turret` command compiles specs.

#[cfg(feature = "cli")]
pub mod command;
pub mod synth;

#[doc(inline)]
pub use turret_runtime as runtime;
