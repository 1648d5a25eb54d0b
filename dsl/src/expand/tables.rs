//! Tables and their creation.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::{Code, Numbered};

use super::batches::{part_name, part_type};
use super::{docs, ident};
use crate::model::{Initializer, Precision, TableId, TableRows};
use crate::plan::{Part, Place, Plan};

pub(super) fn expand_tables(plan: &Plan) -> TokenStream {
    let fields = plan.tables.iter().map(|part| {
        let table = &plan.model.tables[part.members[0]];
        let name = part_name(part, |table| &plan.model.tables[table].name);
        let docs = (!table.docs.is_empty()).then(|| docs(&table.docs, &name));
        let keys = plan.lookups[part.members[0]].iter().map(|lookup| {
            let input = &plan.inputs[lookup.input];
            let place = input.batch.place(lookup.column);
            // The table of a range is looked up by all of the range's columns.
            let place = if part.numbered.is_some() { Place { index: None, ..place } } else { place };
            let batch = ident(&input.field);
            quote!(#batch.#place)
        });
        let dim = Literal::usize_unsuffixed(table.dim);
        let (field, ty) = (ident(&part.field), part_type(part, &quote!(Table<#dim>)));
        quote!(#docs #[keys(#(#keys),*)] pub #field: #ty,)
    });
    quote! {
        tables! {
            pub struct Tables { #(#fields)* }
        }
    }
}

/// Function that lists the tables of a model.
pub(super) fn expand_table_specs(plan: &Plan) -> TokenStream {
    let specs: Vec<TokenStream> = plan.tables.iter().map(|part| expand_specs(plan, part)).collect();
    let body = match plan.tables.iter().any(|part| part.numbered.is_some()) {
        false => quote!(Vec::from([#(#specs),*])),
        true => {
            let lists = plan.tables.iter().zip(&specs).map(|(part, spec)| match part.numbered {
                Some(_) => quote!(#spec),
                None => quote!(Vec::from([#spec])),
            });
            quote!([#(#lists),*].concat())
        }
    };
    let features = if specs.is_empty() { quote!(_) } else { quote!(features) };
    quote! {
        fn tables(#features: &Features) -> Vec<TableSpec<'_>> {
            #body
        }
    }
}

/// Specification of a table, or of the tables of a range.
fn expand_specs(plan: &Plan, part: &Part<TableId>) -> TokenStream {
    let first = part.members[0];
    let table = &plan.model.tables[first];
    let dim = Literal::usize_unsuffixed(table.dim);
    let lookups = plan.rows_looked_up(first);
    let lookups = ((lookups.record, lookups.sampled) != (1, 0)).then(|| {
        let (record, sampled) =
            (Literal::u64_unsuffixed(lookups.record), Literal::u64_unsuffixed(lookups.sampled));
        quote!(.lookups(#record, #sampled))
    });
    let frozen = table.frozen.then(|| quote!(.frozen()));
    let l2 = (table.l2 > 0.0).then(|| {
        let l2 = Literal::f32_unsuffixed(table.l2 as f32);
        quote!(.l2(#l2))
    });
    let optimizer = table.optimizer.map(|optimizer| {
        let optimizer = optimizer.code();
        quote!(.optimizer(#optimizer))
    });
    let pretrained = table.pretrained.as_ref().map(|pretrained| {
        let path = &pretrained.path;
        let TableRows::Keys(vocabulary) = table.rows else { return TokenStream::new() };
        let vocabulary = plan.vocabularies.place(vocabulary);
        quote!(.pretrained(#path, &features.#vocabulary))
    });
    let rows = match table.rows {
        TableRows::Keys(vocabulary) => plan.vocabularies.place(vocabulary),
        TableRows::Buckets(column) => plan.columns.place(column),
    };
    let precision = (table.precision != Precision::default()).then(|| {
        let precision = table.precision.code();
        quote!(.precision(#precision))
    });
    let initializer = (table.initializer != Initializer::default()).then(|| {
        let initializer = table.initializer.code();
        quote!(.initializer(#initializer))
    });
    let settings = quote!(#precision #initializer #pretrained #frozen #l2 #optimizer #lookups);
    match &part.numbered {
        Some(Numbered { pattern, first }) => {
            let (first, rows) = (Literal::usize_unsuffixed(*first), ident(&rows.field));
            quote!(TableSpec::each(#pattern, #first, #dim, &features.#rows, |table| table #settings))
        }
        None => {
            let name = &table.name;
            quote!(TableSpec::new(#name, #dim, &features.#rows) #settings)
        }
    }
}
