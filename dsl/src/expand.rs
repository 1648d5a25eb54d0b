//! Plan to tokens, with one function per generated item. Decides nothing and cannot fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::plan::Plan;

mod batches;
mod case;
mod features;
mod forward;
mod negatives;
mod network;
mod pairs;
mod program;
mod records;
mod tables;
mod terms;
#[cfg(test)]
mod tests;
mod towers;

/// Options of code generation.
#[derive(Clone, Debug)]
pub struct Options {
    /// Path of the runtime crate.
    pub runtime: TokenStream,
    /// True if a `main` function is generated.
    pub main: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { runtime: quote!(::turret_runtime), main: false }
    }
}

/// Prints a plan as Rust items: first the model and its towers, then data loading.
pub fn expand(plan: &Plan, options: &Options) -> TokenStream {
    let runtime = &options.runtime;
    let tables = tables::expand_tables(plan);
    let towers = towers::expand_towers(plan);
    let batches = batches::expand_batches(plan);
    let records = records::expand_records(plan);
    let features = features::expand_features(plan);
    let definition = program::expand_definition(plan);
    let main = options.main.then(|| {
        quote! {
            /// Runs the command line of the program.
            #[allow(dead_code, reason = "a crate may have a main of its own")]
            pub fn main() -> std::process::ExitCode {
                #runtime::main::<AutoDevice, Model<AutoDevice>>()
            }
        }
    });
    let code = quote! {
        use #runtime::prelude::*;
        #tables
        #towers
        #batches
        #records
        #features
        #definition
        #main
    };
    case::allow_names(plan, code)
}

/// An identifier that `plan` validated.
fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Doc comment from the spec, or the fallback.
fn docs(lines: &[String], fallback: &str) -> TokenStream {
    if lines.is_empty() {
        let line = format!(" {fallback}");
        return quote!(#[doc = #line]);
    }
    let lines = lines.iter().map(|line| format!(" {}", line.trim_start()));
    quote!(#(#[doc = #lines])*)
}

/// A comment line, inserted after formatting.
fn comment(text: &str) -> TokenStream {
    quote!(__comment!(#text);)
}
