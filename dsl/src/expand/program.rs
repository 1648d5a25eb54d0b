//! Definition of the model: description, tables and labels.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::Code;

use super::docs;
use super::negatives::expand_negatives;
use super::tables::expand_table_specs;
use crate::plan::Plan;

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
    let label = plan.objective.tasks.iter().find_map(|task| task.label.as_ref())?;
    Some(quote! {
        fn labels(batch: &Batch) -> &[f32] {
            #label.as_slice()
        }
    })
}
