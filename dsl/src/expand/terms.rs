//! Terms of the loss.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use turret_schema::Code;

use super::ident;
use crate::losses::Predicts;
use crate::model::Reduction;
use crate::plan::objective::{CandidateIds, Hardest, LogQ, PairArgument, Term, TermKind, TermScore};

/// A term times its weight.
pub(super) fn expand_term(term: &Term) -> TokenStream {
    let kind = expand_loss(term);
    if term.weight == 1.0 {
        return kind;
    }
    let weight = float(term.weight);
    quote!(ops::scale_loss(#kind?, #weight))
}

fn expand_loss(term: &Term) -> TokenStream {
    let (function, settings) = (ident(term.function), term.settings.iter().copied().map(float));
    let (settings, reduction) = (quote!(#(#settings,)*), term.reduction.code());
    let weights = expand_weights(term);
    match &term.kind {
        TermKind::Label { score, label, smoothing, .. } => {
            let score = match (expand_score(score), term.rule.predicts) {
                (score, Predicts::Classes | Predicts::Levels) => score,
                (score, Predicts::Probability | Predicts::Number | Predicts::Count) => {
                    quote!(ops::scores(#score)?)
                }
            };
            let label = match (*smoothing, term.rule.predicts) {
                (0.0, _) | (_, Predicts::Classes) => quote!(#label.as_slice()),
                (smoothing, _) => {
                    let smoothing = float(smoothing);
                    quote!(&ops::smoothed(#label.as_slice(), #smoothing))
                }
            };
            let smoothing = (term.rule.predicts == Predicts::Classes).then(|| {
                let smoothing = float(*smoothing);
                quote!(#smoothing,)
            });
            quote!(ops::#function(#score, #label, #settings #smoothing #weights, #reduction))
        }
        TermKind::Pairs { positive, negative } => {
            quote!(ops::#function(ops::scores(#positive)?, ops::scores(#negative)?, #settings #weights, #reduction))
        }
        TermKind::SampledPairs { hardest, rate, .. } => {
            let query_index = match hardest {
                None => quote!(pass.candidates().query_index),
                Some(Hardest { count, .. }) => {
                    let count = Literal::usize_unsuffixed(*count);
                    quote!(ops::query_index(records, #count))
                }
            };
            let rate = rate.then(|| quote!(pass.candidates().sampling_rate,));
            quote!(ops::#function(positive, negative, &#query_index, #rate #settings #weights, #reduction))
        }
        TermKind::Candidates { query, candidate, temperature, log_q, ids, exclude_seen, queued, .. } => {
            let temperature = float(*temperature);
            let log_q = log_q.as_ref().map(|log_q| match log_q {
                LogQ::Column(column) => quote!(Some(&ops::log_probabilities(#column.as_slice()))),
                LogQ::Sampler => quote!(pass.candidates().log_q()),
            });
            let ids = ids.as_ref().map(|ids| match ids {
                CandidateIds::Column(column) => quote!(Some(#column.as_slice())),
                CandidateIds::Catalog => quote!(pass.candidates().ids()),
            });
            let settings = [
                (!term.rule.in_batch).then(|| quote!(in_batch: false)),
                Some(quote!(temperature: #temperature)),
                log_q.map(|log_q| quote!(log_q: #log_q)),
                ids.map(|ids| quote!(ids: #ids)),
                exclude_seen.then(|| quote!(excluded: Some(&pass.candidates().excluded))),
                term.weights.is_some().then(|| quote!(weights: #weights)),
                (term.reduction != Reduction::default()).then(|| quote!(reduction: #reduction)),
            ];
            let settings = settings.into_iter().flatten();
            let pass = queued.then(|| quote!(, pass));
            quote!(ops::#function(#query, #candidate, &Softmax { #(#settings,)* ..Softmax::default() } #pass))
        }
    }
}

/// Weights of the records of a term: of the column, times those of their classes, and 0 for those that do not count.
fn expand_weights(term: &Term) -> TokenStream {
    let weights = match &term.weights {
        Some(weights) => quote!(Some(#weights.as_slice())),
        None => quote!(None),
    };
    let TermKind::Label { label, class_weights, counted, .. } = &term.kind else { return weights };
    let weights = match class_weights.as_slice() {
        [] => weights,
        classes => {
            let classes = classes.iter().copied().map(float);
            quote!(Some(&ops::weights_of_classes(#label.as_slice(), &[#(#classes),*], #weights)))
        }
    };
    match counted {
        None => weights,
        Some(counted) => {
            let reduction = term.reduction.code();
            quote!(Some(&ops::weights_of_counted(#counted.as_slice(), #weights, #reduction)))
        }
    }
}

fn expand_score(score: &TermScore) -> TokenStream {
    match score {
        TermScore::OfTask => quote!(self.score(batch, gathered, pass)?),
        TermScore::Variable(score) => score.to_token_stream(),
    }
}

/// Scores of positives and negatives, if the term compares them.
pub(super) fn expand_term_scores(term: &Term) -> Option<TokenStream> {
    let TermKind::SampledPairs { positive, negative, hardest, .. } = &term.kind else { return None };
    let hardest = hardest.map(|Hardest { function, count }| {
        let (function, count) = (ident(function), Literal::usize_unsuffixed(count));
        quote!(let negative = ops::#function(negative, records, #count)?;)
    });
    Some(quote! {
        let positive: Rows<1, D, T> = self.pair_score(#(#positive,)* pass)?;
        let negative: Rows<1, D, T> = self.pair_score(#(#negative,)* pass)?;
        #hardest
    })
}

impl ToTokens for PairArgument {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            PairArgument::Queries(used) => quote!(#used),
            PairArgument::Repeated(used) => {
                quote!(ops::take(#used, pass.candidates().query_index.iter().copied())?)
            }
            PairArgument::Positives(used) => quote!(ops::positives(#used, records)?),
            PairArgument::Negatives(used) => quote!(ops::negatives(#used, records)?),
        });
    }
}

fn float(number: f64) -> Literal {
    Literal::f32_unsuffixed(number as f32)
}
