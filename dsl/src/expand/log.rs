//! Code of a log: filters, users and times of rows, histories.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::exact::Exact;
use crate::model::{Filter, History, Model, Timeline};

/// Their fields of `DataSpec`.
pub(super) fn expand_log(model: &Model) -> TokenStream {
    let filters = model.filters.iter().map(expand_filter);
    let filters = (!model.filters.is_empty()).then(|| quote!(filters: Vec::from([#(#filters),*]),));
    let timeline = model
        .timeline
        .as_ref()
        .map(|Timeline { user, time }| quote!(timeline: Some(TimelineSpec { user: #user, time: #time }),));
    let history = model.history.map(|History { last, min, same_time }| {
        let examples = if last { quote!(Examples::Last) } else { quote!(Examples::Sliding) };
        let min = Literal::u64_unsuffixed(min);
        quote!(history: Some(HistorySpec { examples: #examples, min: #min, same_time: #same_time }),)
    });
    quote!(#filters #timeline #history)
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
