//! Turret: a compiler for recommender models.
//!
//! A model is a spec (`.dm`) or structs with derives; either becomes a statically shaped dfdx program. It comes into a
//! crate by [`include_model!`], by a build script ([`include_spec!`]) or by [`derive(Model)`](macro@Model); all give
//! a module with the model (`Model`), its records and its command line (`main`), which link to [`runtime`]. The
//! `turret` command compiles specs without a crate around them.
//!
//! A program that trains or serves a model needs neither the compiler nor the command:
//!
//! ```toml
//! [dependencies]
//! turret = { version = "0.1", default-features = false }
//! ```

#[cfg(feature = "cli")]
pub mod command;
pub mod synth;

#[doc(hidden)]
pub use turret_macros::__join;
pub use turret_macros::{Model, Table, Tower, include_model};
#[doc(inline)]
pub use turret_runtime as runtime;
pub use turret_runtime::{Error, LoadError, Loaded, Record};

/// Includes the program that `turret_dsl::Config` generated in the build script. Use it in a separate module.
///
/// ```text
/// mod two_tower {
///     turret::include_spec!("two_tower"); // of specs/two_tower.dm
/// }
/// ```
#[macro_export]
macro_rules! include_spec {
    ($stem:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $stem, ".rs"));
    };
}
