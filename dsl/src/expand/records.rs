//! Records: the raw fields of each input, for files and for JSON.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::batches::{part_name, part_type};
use super::ident;
use crate::model::InputId;
use crate::plan::{CompoundFields, Input, Plan, RawField};

pub(super) fn expand_records(plan: &Plan) -> TokenStream {
    let records = plan.inputs.iter().map(|(id, input)| expand_record(id, input));
    quote!(#(#records)*)
}

/// Type of a record.
pub(super) fn record_type(input: &Input) -> Ident {
    format_ident!("{}Record", input.ty)
}

fn expand_record(id: InputId, input: &Input) -> TokenStream {
    let ty = record_type(input);
    let fields = input.record.iter().map(|part| {
        let RawField { source, name: first } = &input.fields[part.members[0]];
        let names = match &part.numbered {
            Some(numbered) => numbered.code(part.members.len()),
            None => quote!(#first),
        };
        let name = part_name(part, |member| &input.fields[member].name);
        let what = if part.numbered.is_some() { "Fields" } else { "Field" };
        let docs = format!(" {what} `{name}` of `{source}`.");
        let (field, ty) = (ident(&part.field), part_type(part, &quote!(Field<'a>)));
        quote!(#[doc = #docs] #[field(#source, #names)] pub #field: #ty,)
    });
    let (what, tower) = match id {
        InputId::Objective => (" Inputs of the objective for a record, as in a file.".to_string(), None),
        InputId::Tower(tower) => {
            let tower = Literal::usize_unsuffixed(tower.0);
            let what = format!(" A record of the `{}` tower, as in a file.", input.name);
            (what, Some(quote!(#[tower(#tower)])))
        }
    };
    if input.fields.is_empty() {
        return quote! {
            record! {
                #[doc = #what]
                pub struct #ty {}
            }
        };
    }
    let compounds = input.compounds.iter().map(|(first, further)| {
        let (kind, further) = match further {
            CompoundFields::Length(length) => (quote!(Length), std::slice::from_ref(length)),
            CompoundFields::Weights(weights) => (quote!(Weights), std::slice::from_ref(weights)),
            CompoundFields::Items(items) => (quote!(Items), items.as_slice()),
        };
        let source = &input.fields[*first].source;
        let names = std::iter::once(first).chain(further).map(|field| &input.fields[*field].name);
        quote!(#[compound(#kind, #source, #(#names)*)])
    });
    quote! {
        record! {
            #[doc = #what]
            #tower
            #(#compounds)*
            pub struct #ty<'a> { #(#fields)* }
        }
    }
}
