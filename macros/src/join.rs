//! Items that meet across derives: each becomes a macro that adds its tokens to a chain and passes it on.
//!
//! Macros and types live in different namespaces, so the macro of a type has the type's name: whoever can name the type can
//! call the macro, and a `use` brings both.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{DeriveInput, Path, Token, braced};

use crate::model;

/// Tokens of a table or tower, carried from its derive to the derive that needs it.
pub(crate) struct Part {
    /// The item.
    pub(crate) item: DeriveInput,
    /// The tables of a tower.
    pub(crate) tables: Vec<Part>,
}

/// The item whose derive collects parts.
pub(crate) struct Goal {
    /// `tower` or `model`.
    pub(crate) kind: Ident,
    /// The item.
    pub(crate) item: DeriveInput,
}

/// Parts collected so far, what they are for, and the types whose parts are still missing.
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

/// Goes on after a part has added its tokens.
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

/// The macro of an item: it adds the item, and the tables that the item brings, to a chain.
pub(crate) fn define(item: &DeriveInput, tables: TokenStream) -> TokenStream {
    let body = quote!(::turret::__join! { { $($parts)* { #item } { #tables } } $($rest)* });
    macro_named(&item.ident, body)
}

/// The macro of an item that is wrong: it ends the chain, so that nothing but the item is reported.
pub(crate) fn define_wrong(name: &Ident) -> TokenStream {
    macro_named(name, TokenStream::new())
}

fn macro_named(name: &Ident, body: TokenStream) -> TokenStream {
    // The line keeps a type apart from another of its name in a module around it.
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
