//! `#[derive(Tower)]`: collects its tables, then defines a macro for the tower.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{DeriveInput, Error};

use crate::join::Goal;
use crate::{attributes, columns, join};

/// Content of a tower's struct.
pub(crate) struct Tower {
    /// Body, with tables by their names in the spec.
    pub(crate) body: TokenStream,
    /// Types of the tables, without duplicates.
    pub(crate) tables: Vec<Ident>,
    /// Fields of the record.
    pub(crate) fields: Vec<columns::RecordField>,
}

/// Checks the item, defines a constant for each table that names its type, and collects the tables.
pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(tokens) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let tables = match read(&item) {
        Ok(tower) => tower.tables,
        Err(error) => {
            return [error.into_compile_error(), join::define_wrong(&item.ident)].into_iter().collect();
        }
    };
    let (name, constants) = (&item.ident, tables.iter().map(table_constant));
    let constants = quote! {
        impl #name {
            #(
                #[doc(hidden)]
                #[allow(dead_code, private_interfaces)]
                pub(crate) const #constants: ::core::marker::PhantomData<#tables> = ::core::marker::PhantomData;
            )*
        }
    };
    let tables = tables.into_iter().map(Into::into).collect();
    [constants, join::collect(Goal { kind: format_ident!("tower"), item }, tables)].into_iter().collect()
}

/// Name of the constant for the type of a table.
pub(crate) fn table_constant(table: &Ident) -> Ident {
    format_ident!("__TABLE_{}", attributes::snake(&table.to_string()).to_uppercase(), span = table.span())
}

/// Reads the attributes of a tower and its fields.
pub(crate) fn read(item: &DeriveInput) -> syn::Result<Tower> {
    let bodies = attributes::arguments(&item.attrs, "tower")?;
    let [body] = bodies.as_slice() else {
        return Err(Error::new(
            item.ident.span(),
            "a tower needs one `#[tower(...)]` with what it computes: `#[tower(User[user_id] |> mlp([64, 32], relu))]`",
        ));
    };
    let fields = columns::read(item)?;
    let mut tables = Vec::new();
    let body = name_tables(body.clone(), &mut tables);
    Ok(Tower { body, tables, fields })
}

/// Replaces table types by table names in `Topic[column]`.
fn name_tables(tokens: TokenStream, tables: &mut Vec<Ident>) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut named = Vec::new();
    while let Some(token) = tokens.next() {
        named.push(match token {
            TokenTree::Ident(ident) if is_type(&ident) && tokens.peek().is_some_and(is_index) => {
                let name = Ident::new(&attributes::snake(&ident.to_string()), ident.span());
                if !tables.contains(&ident) {
                    tables.push(ident);
                }
                name.into()
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), name_tables(group.stream(), tables));
                inner.set_span(group.span());
                inner.into()
            }
            token => token,
        });
    }
    named.into_iter().collect()
}

fn is_type(ident: &Ident) -> bool {
    ident.to_string().starts_with(char::is_uppercase)
}

fn is_index(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_types_before_brackets() {
        let mut tables = Vec::new();
        let body = name_tables(
            quote!(concat(PostTitle[title], mean(Topic[Topics]), sum(Topic[b]), C1..C3)),
            &mut tables,
        );
        let expected = quote!(concat(post_title[title], mean(topic[Topics]), sum(topic[b]), C1..C3));
        assert_eq!(body.to_string(), expected.to_string());
        assert_eq!(tables, ["PostTitle", "Topic"]);
    }
}
