//! The compiler of Turret: text or tokens in, Rust source out.

pub mod ast;
pub mod diag;
pub mod fmt;
pub mod parse;
pub mod render;
pub mod span;
