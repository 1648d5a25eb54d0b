//! Records: the raw fields of each input, for files and for JSON.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::batches::{part_name, part_type};
use super::ident;
use crate::plan::{Input, Plan};

pub(super) fn expand_records(plan: &Plan) -> TokenStream {
    let records = plan.inputs.iter().enumerate().map(|(index, input)| expand_record(plan, index, input));
    quote!(#(#records)*)
}

/// The type of a record.
pub(super) fn record_type(plan: &Plan, input: usize) -> Ident {
    if input == plan.target() {
        ident("TargetRecord")
    } else {
        format_ident!("{}Record", plan.sites[input].ty)
    }
}

fn expand_record(plan: &Plan, index: usize, input: &Input) -> TokenStream {
    let ty = record_type(plan, index);
    let fields = input.record.iter().map(|part| {
        let source = &input.fields[part.members[0]].0;
        let first = &input.fields[part.members[0]].1;
        let names = match &part.numbered {
            Some(numbered) => numbered.code(part.members.len()),
            None => quote!(#first),
        };
        let name = part_name(part, |member| &input.fields[member].1);
        let what = if part.numbered.is_some() { "Fields" } else { "Field" };
        let docs = format!(" {what} `{name}` of `{source}`.");
        let (field, ty) = (ident(&part.field), part_type(part, &quote!(Field<'a>)));
        quote!(#[doc = #docs] #[field(#source, #names)] pub #field: #ty,)
    });
    let (what, tower) = if index == plan.target() {
        (" Inputs of the objective for a record, as in a file.".to_string(), None)
    } else {
        let tower = Literal::usize_unsuffixed(index);
        let what = format!(" A record of the `{}` tower, as it stands in a file.", input.name);
        (what, Some(quote!(#[tower(#tower)])))
    };
    if input.fields.is_empty() {
        return quote! {
            record! {
                #[doc = #what]
                pub struct #ty {}
            }
        };
    }
    quote! {
        record! {
            #[doc = #what]
            #tower
            pub struct #ty<'a> { #(#fields)* }
        }
    }
}
