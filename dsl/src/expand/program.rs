//! Definition of the model: description, tables and labels.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::Code;

use super::docs;
use super::negatives::expand_negatives;
use super::tables::expand_table_specs;
use crate::plan::Plan;
use crate::plan::forward::Encoded;
use crate::plan::objective::Label;

pub(super) fn expand_definition(plan: &Plan) -> TokenStream {
    let description = expand_description(plan);
    let tables = expand_table_specs(plan);
    let negatives = expand_negatives(plan);
    let labels = expand_labels(plan);
    let docs = docs(&plan.model.docs, &format!("The model `{}`.", plan.model.name));
    quote! {
        /// The spec as data.
        #[derive(Debug)]
        pub struct Definition {}
        #docs
        pub type Model<D> = Assembled<Definition, D>;
        impl<D: Device> ModelDefinition<D> for Definition {
            type Features = Features;
            type Tables = Tables;
            type Weights = Weights<D>;
            #description
            #tables
            #negatives
            #labels
        }
    }
}

/// Function that returns the description of the program.
fn expand_description(plan: &Plan) -> TokenStream {
    let description = plan.description().code();
    quote! {
        fn description() -> &'static Description {
            static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| #description);
            &DESCRIPTION
        }
    }
}

/// Labels of records, if the objective has labels.
fn expand_labels(plan: &Plan) -> Option<TokenStream> {
    let labels: Vec<&Label> = plan.objective.tasks.iter().filter_map(|task| task.label.as_ref()).collect();
    let values = by_task(labels.iter().map(|label| Some(&label.values)).collect())?;
    let counted = labels.iter().map(|label| label.counted.as_ref()).collect();
    let counted = by_task(counted).map(|counted| {
        quote! {
            fn counted(task: usize, batch: &Batch) -> &[f32] {
                #counted
            }
        }
    });
    let transformed: Vec<TokenStream> = labels
        .iter()
        .enumerate()
        .filter_map(|(task, label)| Some((Literal::usize_unsuffixed(task), label.transformed.as_ref()?)))
        .map(|(task, column)| quote!((#task, features.#column.inverse())))
        .collect();
    let transformed = (!transformed.is_empty()).then(|| {
        quote! {
            fn inverses(features: &Features) -> Vec<(usize, Inverse)> {
                Vec::from([#(#transformed),*])
            }
        }
    });
    let task = if labels.len() > 1 { quote!(task) } else { quote!(_) };
    Some(quote! {
        fn labels(#task: usize, batch: &Batch) -> &[f32] {
            #values
        }
        #counted
        #transformed
    })
}

/// The column of a task; empty for a task without one. None if no task has one.
fn by_task(columns: Vec<Option<&Encoded>>) -> Option<TokenStream> {
    if columns.iter().all(Option::is_none) {
        return None;
    }
    if let [Some(only)] = &columns[..] {
        return Some(quote!(#only.as_slice()));
    }
    let arms = columns.iter().enumerate().filter_map(|(task, column)| {
        let (task, column) = (Literal::usize_unsuffixed(task), (*column)?);
        Some(quote!(#task => #column.as_slice(),))
    });
    Some(quote! {
        match task {
            #(#arms)*
            _ => &[],
        }
    })
}
