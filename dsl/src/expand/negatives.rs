//! Code of the negatives that a program needs, and the scores of all pairs of records and candidates.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::batches::batch_field;
use super::ident;
use super::objective::{output, pair_towers};
use super::towers::output_type;
use crate::model::{NegativeSource, Sampler};
use crate::plan::{Plan, Retrieval};

pub(super) fn expand_negatives(plan: &Plan) -> Option<TokenStream> {
    let negatives = plan.model.negatives.as_ref()?;
    let source = match negatives.source {
        NegativeSource::All => quote!(NegativeSource::All),
        NegativeSource::Listed(_) => quote!(NegativeSource::Listed),
        NegativeSource::Drawn { count, sampler, unique } => {
            let count = Literal::u64_unsuffixed(count);
            let sampler = match sampler {
                Sampler::Uniform => quote!(Sampler::Uniform),
                Sampler::LogUniform => quote!(Sampler::LogUniform),
                Sampler::Given(_) => quote!(Sampler::Given),
                Sampler::Frequency(power) => {
                    let power = Literal::f64_unsuffixed(power);
                    quote!(Sampler::Frequency { power: #power })
                }
            };
            quote!(NegativeSource::Drawn { count: #count, sampler: #sampler, unique: #unique })
        }
    };
    let inputs = plan.candidates.iter().map(|candidate| Literal::usize_unsuffixed(*candidate));
    let (per_record, in_batch, log_q) = (negatives.per_record, negatives.in_batch, negatives.log_q);
    let columns = match negatives.source {
        NegativeSource::Drawn { sampler: Sampler::Given(column), .. } => {
            let candidate = *plan.candidates.first()?;
            let (field, column) = (batch_field(plan, candidate), ident(&plan.column_fields[column.0]));
            quote! {
                fn sampling_weights(batch: &Batch) -> &[f32] {
                    batch.#field.#column.as_slice()
                }
            }
        }
        NegativeSource::Listed(column) => {
            let vocabulary = plan.model.columns[column.0].vocabulary?;
            let vocabulary = ident(&plan.vocabulary_fields[vocabulary.0]);
            let column = ident(&plan.column_fields[column.0]);
            quote! {
                fn listed_negatives(batch: &Batch) -> Option<&Bags> {
                    Some(&batch.target.#column)
                }
                fn listed_vocabulary(features: &Features) -> Option<&Vocabulary> {
                    Some(&features.#vocabulary)
                }
            }
        }
        _ => TokenStream::new(),
    };
    Some(quote! {
        fn negatives() -> Option<NegativesSpec> {
            Some(NegativesSpec {
                source: #source,
                per_record: #per_record,
                in_batch: #in_batch,
                log_q: #log_q,
                inputs: &[#(#inputs),*],
            })
        }
        #columns
    })
}

pub(super) fn expand_pair_scores(plan: &Plan) -> Option<TokenStream> {
    let Some(Retrieval::Score { ascending }) = plan.retrieval else { return None };
    let towers = pair_towers(plan)?;
    let forwards = towers.iter().map(|&tower| {
        let (field, output) = (batch_field(plan, tower), output(plan, tower));
        let ty = output_type(plan, tower, &quote!());
        let (batch, leaves, rows) = match plan.candidates.contains(&tower) {
            true => (quote!(candidates), quote!(leaves_of_candidates), quote!(all.iter().map(|pair| pair.1))),
            false => (quote!(queries), quote!(leaves_of_queries), quote!(all.iter().map(|pair| pair.0))),
        };
        quote! {
            let #output: #ty = self.weights.#field.forward(&#batch.#field, &#leaves, pass)?;
            let #output: #ty = take(#output, #rows)?;
        }
    });
    let outputs = towers.iter().map(|&tower| output(plan, tower));
    let candidate = batch_field(plan, *plan.candidates.first()?);
    let query = batch_field(plan, *towers.iter().find(|tower| !plan.candidates.contains(tower))?);
    let score = if ascending { quote!(scale(score, -1.0)?) } else { quote!(score) };
    Some(quote! {
        fn pair_scores(&self, queries: &Batch, candidates: &Batch, pass: &Pass<D>) -> Result<Matrix, D::Err> {
            let leaves_of_queries = Leaves::gather(&self.tables, queries, pass)?;
            let leaves_of_candidates = Leaves::gather(&self.tables, candidates, pass)?;
            let width = candidates.#candidate.rows();
            let all = all_pairs(queries.#query.rows(), width);
            #(#forwards)*
            let score: Rows<1, D> = self.weights.objective.pair_score(#(#outputs,)* pass)?;
            Ok(Matrix { width, values: #score.as_vec() })
        }
    })
}
