//! The compiler of Turret: text or tokens in, Rust source out. No dfdx and no I/O here but in the build-script edge.
//!
//! `parse` reads text into an [`ast`], [`constants`] puts constants and overrides in place, [`resolve`] gives names a meaning
//! ([`model`]), [`plan`] makes every shape a number, [`expand`] writes tokens and [`mod@print`] formats them. Each stage reports
//! everything it can see; the pipeline stops between stages.

pub mod arguments;
pub mod ast;
pub mod constants;
pub mod cost;
mod description;
pub mod diag;
pub mod expand;
pub mod fmt;
pub mod headers;
pub mod ids;
mod import;
pub mod layers;
pub mod model;
pub mod params;
pub mod parse;
pub mod plan;
pub mod print;
mod printable;
pub mod render;
pub mod resolve;
pub mod span;
mod words;
mod written;

mod compile;
mod config;
mod files;

pub use compile::{Compiler, Failure, Planned, compile_ast};
pub use config::{Config, ConfigError};
pub use files::{read_below, read_spec};
