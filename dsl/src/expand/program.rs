//! The definition of the model: its data, training, cost and tables.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::Code;

use super::docs;
use super::negatives::expand_negatives;
use super::tables::expand_table_specs;
use crate::layers::Shape;
use crate::model::Protocol;
use crate::plan::Plan;

pub(super) fn expand_definition(plan: &Plan) -> TokenStream {
    let constants = expand_constants(plan);
    let data = expand_data(plan);
    let training = expand_training(plan);
    let costs = expand_costs(plan);
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
            type Weights = Weights<f32, D>;
            #constants
            #data
            #training
            #costs
            #tables
            #negatives
            #labels
        }
    }
}

fn expand_constants(plan: &Plan) -> TokenStream {
    let (name, text, fingerprint) = (&plan.model.name, &plan.text, &plan.fingerprint);
    let (version, about) = (env!("CARGO_PKG_VERSION"), plan.model.docs.join("\n"));
    let renamed = plan.renamed().map(|(column, field)| quote!((#column, #field)));
    let towers = plan.model.towers.iter().zip(&plan.towers).enumerate().map(|(input, (tower, planned))| {
        let (name, input) = (&tower.name, Literal::usize_unsuffixed(input));
        let width = Literal::usize_unsuffixed(planned.shape.width());
        let exported = planned.is_exported.then(|| quote!(.exported()));
        let interests = match planned.shape {
            Shape::Interests(count, _) => {
                let count = Literal::usize_unsuffixed(count);
                Some(quote!(.interests(#count)))
            }
            _ => None,
        };
        quote!(TowerInfo::new(#name, #width, #input) #interests #exported)
    });
    let evaluation = plan.evaluation().code();
    let metrics = plan.model.metrics.argument();
    let protocol = (plan.model.protocol != Protocol::FULL).then(|| {
        let Protocol { user, query, candidates, exclude_seen } = plan.model.protocol;
        let (user, query, candidates) = (user.code(), query.code(), candidates.code());
        quote! {
            const PROTOCOL: Protocol =
                Protocol { user: #user, query: #query, candidates: #candidates, exclude_seen: #exclude_seen };
        }
    });
    let files = expand_files(plan);
    let company = plan.needs_company().map(|word| quote!(const COMPANY: Option<&'static str> = Some(#word);));
    quote! {
        const SPEC: SpecInfo = SpecInfo {
            name: #name,
            about: #about,
            renamed: &[#(#renamed),*],
            text: #text,
            fingerprint: #fingerprint,
            compiler: #version,
        };
        const TOWERS: &'static [TowerInfo] = &[#(#towers),*];
        const EVALUATION: Evaluation = #evaluation;
        const METRICS: &'static [Metric] = &#metrics;
        #protocol
        #files
        #company
    }
}

/// Files besides the sources, where there are any.
fn expand_files(plan: &Plan) -> Option<TokenStream> {
    let files = plan.files();
    let code = files.code();
    (!files.is_empty()).then(|| quote!(fn files() -> Vec<FileSpec> { #code }))
}

fn expand_data(plan: &Plan) -> TokenStream {
    let data = plan.model.data.code();
    quote! {
        fn data() -> DataSpec {
            #data
        }
    }
}

fn expand_training(plan: &Plan) -> TokenStream {
    let training = plan.model.train.code();
    quote! {
        fn training() -> TrainSpec {
            #training
        }
    }
}

fn expand_costs(plan: &Plan) -> TokenStream {
    let costs = plan.costs().code();
    quote! {
        fn costs() -> Costs {
            #costs
        }
    }
}

/// The labels of records, if the objective has any.
fn expand_labels(plan: &Plan) -> Option<TokenStream> {
    let label = plan.objective.tasks.iter().find_map(|task| task.label.as_ref())?;
    Some(quote! {
        fn labels(batch: &Batch) -> &[f32] {
            #label.as_slice()
        }
    })
}
