//! Compiler of Turret: text or tokens in, Rust source out. It does not depend on dfdx, and does I/O only in
//! the build-script interface.
//!
//! `parse` reads text into an [`ast`]; [`constants`] applies constants and overrides; [`resolve`] resolves
//! names ([`model`]); [`plan`] computes every shape; [`expand`] writes tokens; [`mod@print`] formats them.
//! Each stage reports all errors that it can find. The pipeline stops between stages.

pub mod arguments;
pub mod ast;
pub mod constants;
pub mod cost;
mod description;
pub mod diag;
pub mod expand;
pub mod fmt;
mod forms;
pub mod headers;
pub mod ids;
mod import;
mod initializers;
pub mod layers;
pub mod losses;
pub mod model;
pub mod params;
pub mod parse;
pub mod plan;
pub mod print;
mod printable;
pub mod render;
pub mod resolve;
pub mod search;
pub mod shapes;
pub mod span;
mod words;
mod written;

mod compile;
mod config;
mod files;
mod space;
mod trial;

pub use compile::{Compiler, Failure, Planned, compile_ast};
pub use config::{Config, ConfigError};
pub use files::{read_below, read_spec};
pub use space::{SearchSpace, SearchedSetting};
