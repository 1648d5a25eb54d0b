//! Code of a log: filters, users and times of rows, histories.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::batches::batch_field;
use super::ident;
use crate::arguments::Exact;
use crate::model::{ColumnKind, Filter, Keep, Model};
use crate::plan::Plan;

/// Their fields of `DataSpec`.
pub(super) fn expand_log(model: &Model) -> TokenStream {
    let filters = model.filters.iter().map(expand_filter);
    let timeline = match &model.timeline {
        Some(timeline) => {
            let (user, time) = (&timeline.user, &timeline.time);
            quote!(Some(TimelineSpec { user: #user, time: #time }))
        }
        None => quote!(None),
    };
    let history = match &model.history {
        Some(history) => {
            let examples = if history.last { quote!(Examples::Last) } else { quote!(Examples::Sliding) };
            let (min, same_time) = (Literal::u64_unsuffixed(history.min), history.same_time);
            quote!(Some(HistorySpec { examples: #examples, min: #min, same_time: #same_time }))
        }
        None => quote!(None),
    };
    quote! {
        filters: Vec::from([#(#filters),*]),
        timeline: #timeline,
        history: #history,
    }
}

fn expand_filter(filter: &Filter) -> TokenStream {
    let Filter { field, min, max, only } = filter;
    let number = |number: &Option<Exact>| match number {
        Some(number) => {
            let number = expand_exact(*number);
            quote!(Some(Number::from(#number)))
        }
        None => quote!(None),
    };
    let (min, max) = (number(min), number(max));
    let only = match only {
        Some(only) => quote!(Some(&[#(#only),*])),
        None => quote!(None),
    };
    quote!(FilterSpec { field: #field, min: #min, max: #max, only: #only })
}

/// A literal of a number.
pub(super) fn expand_exact(number: Exact) -> Literal {
    match number {
        Exact::Double(number) => Literal::f64_unsuffixed(number),
        Exact::Whole(number) => Literal::i64_suffixed(number),
    }
}

/// The method of `Batch` that gives records their histories, where columns read earlier rows.
pub(super) fn expand_look_back(plan: &Plan) -> Option<TokenStream> {
    let calls: Vec<TokenStream> = (0..plan.inputs.len())
        .filter_map(|input| {
            let columns: Vec<TokenStream> = look_backs(plan, input).collect();
            let (batch, input_number) = (batch_field(plan, input), Literal::usize_unsuffixed(input));
            let calls = columns.iter().map(|column| quote!(self.#batch.#column;));
            (!columns.is_empty()).then(|| quote!(#input_number => { #(#calls)* }))
        })
        .collect();
    (!calls.is_empty()).then(|| {
        quote! {
            fn look_back(&mut self, input: usize, histories: &Histories) {
                match input {
                    #(#calls)*
                    _ => {}
                }
            }
        }
    })
}

fn look_backs(plan: &Plan, input: usize) -> impl Iterator<Item = TokenStream> {
    plan.inputs[input].columns.iter().filter_map(|(id, _)| {
        let column = &plan.model.columns[id.0];
        let ColumnKind::Sequence { items, .. } = &column.kind else { return None };
        let field: Ident = ident(&plan.column_fields[id.0]);
        let max = Literal::u64_unsuffixed(items.max);
        let keep = if items.keep == Keep::First { quote!(Keep::First) } else { quote!(Keep::Last) };
        column.earlier.then(|| quote!(#field.look_back(histories, #max, #keep)))
    })
}
