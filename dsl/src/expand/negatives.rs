//! Code of the negatives that a program needs.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Code, NegativesSpec};

use crate::plan::{ListedNegatives, Plan};

pub(super) fn expand_negatives(plan: &Plan) -> Option<TokenStream> {
    let negatives = plan.model.negatives.as_ref()?;
    let spec = NegativesSpec {
        source: negatives.source,
        inputs: plan.candidates.iter().map(|tower| tower.0).collect(),
        per_record: negatives.per_record,
        in_batch: negatives.in_batch,
        log_q: negatives.log_q,
    };
    let spec = spec.code();
    let weights = plan.sampling.weights.as_ref().map(|weights| {
        quote! {
            fn sampling_weights(batch: &Batch) -> &[f32] {
                #weights.as_slice()
            }
        }
    });
    let listed = plan.sampling.listed.as_ref().map(|ListedNegatives { column, vocabulary }| {
        quote! {
            fn listed_negatives(batch: &Batch) -> Option<&Bags> {
                Some(&#column)
            }
            fn listed_vocabulary(features: &Features) -> Option<&Vocabulary> {
                Some(&features.#vocabulary)
            }
        }
    });
    Some(quote! {
        fn negatives() -> Option<NegativesSpec> {
            Some(#spec)
        }
        #weights
        #listed
    })
}
