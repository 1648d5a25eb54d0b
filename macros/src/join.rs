//! Connection of items across derives: each item becomes a macro that adds its tokens to a chain and passes
//! it on.
//!
//! Macros and types have different namespaces, so the macro of a type has the type's name. Every scope that
//! can name the type can call the macro, and a `use` imports both.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{DeriveInput, Path, Token, braced};

use crate::model;

/// Tokens of a table or tower, passed from its derive to the derive that needs them.
pub(crate) struct Part {
    /// Item.
    pub(crate) item: DeriveInput,
    /// Tables of a tower.
    pub(crate) tables: Vec<Part>,
}

/// Item whose derive collects parts.
pub(crate) struct Goal {
    /// `tower` or `model`.
    pub(crate) kind: Ident,
    /// Item.
    pub(crate) item: DeriveInput,
}

/// Collected parts, the goal, and the types whose parts are still missing.
struct Chain {
    parts: TokenStream,
    goal: Goal,
    pending: Vec<Path>,
}

impl Parse for Part {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (item, tables);
        braced!(item in input);
        braced!(tables in input);
        Ok(Part { item: item.parse()?, tables: parts(&tables)? })
    }
}

fn parts(input: ParseStream<'_>) -> syn::Result<Vec<Part>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        parts.push(input.parse()?);
    }
    Ok(parts)
}

impl Parse for Chain {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (parts, goal);
        braced!(parts in input);
        braced!(goal in input);
        let goal = Goal { kind: goal.parse()?, item: goal.parse()? };
        let pending = input.parse_terminated(Path::parse_mod_style, Token![,])?;
        Ok(Chain { parts: parts.parse()?, goal, pending: pending.into_iter().collect() })
    }
}

/// Collects the parts of some types, then finishes the goal.
pub(crate) fn collect(goal: Goal, pending: Vec<Path>) -> TokenStream {
    step(Chain { parts: TokenStream::new(), goal, pending })
}

/// Continues after a part has added its tokens.
pub(crate) fn resume(chain: TokenStream) -> TokenStream {
    syn::parse2(chain).map_or_else(syn::Error::into_compile_error, step)
}

fn step(chain: Chain) -> TokenStream {
    let Chain { parts: tokens, goal: Goal { kind, item }, pending } = chain;
    if let [next, rest @ ..] = pending.as_slice() {
        return quote!(#next! { { #tokens } { #kind #item } #(#rest),* });
    }
    match syn::parse::Parser::parse2(parts, tokens.clone()) {
        Ok(_) if kind == "tower" => define(&item, tokens),
        Ok(parts) => model::finish(&item, &parts),
        Err(error) => error.into_compile_error(),
    }
}

/// Defines the macro of an item, which adds the item and its tables to a chain.
pub(crate) fn define(item: &DeriveInput, tables: TokenStream) -> TokenStream {
    let body = quote!(::turret::__join! { { $($parts)* { #item } { #tables } } $($rest)* });
    macro_named(&item.ident, body)
}

/// Defines the macro of an invalid item, which ends the chain, so that only the item is reported.
pub(crate) fn define_wrong(name: &Ident) -> TokenStream {
    macro_named(name, TokenStream::new())
}

fn macro_named(name: &Ident, body: TokenStream) -> TokenStream {
    // The line number distinguishes a type from one with the same name in an outer module.
    let hidden = format_ident!("__turret_{}_{}", name, name.span().start().line);
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros)]
        macro_rules! #hidden {
            ({ $($parts:tt)* } $($rest:tt)*) => { #body };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #hidden as #name;
    }
}
