//! Code of the negatives that a program needs.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::Code;

use crate::plan::{ListedNegatives, Plan};

pub(super) fn expand_negatives(plan: &Plan) -> Option<TokenStream> {
    let spec = plan.negatives()?.code();
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
