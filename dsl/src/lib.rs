//! The compiler of Turret: text or tokens in, Rust source out.
