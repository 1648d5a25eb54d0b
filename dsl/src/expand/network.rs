//! Network: outputs of towers, and the scores and loss of a batch.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::forward::{expand_lets, tensor_type};
use super::ident;
use super::pairs::{expand_pair_score, expand_pair_scores};
use super::terms::{expand_term, expand_term_scores};
use crate::plan::Plan;
use crate::plan::objective::{Objective, Output, Scores, Task};

/// Implementation of `Network` for the weights: towers, scores and loss.
pub(super) fn expand_network(plan: &Plan) -> TokenStream {
    let objective = &plan.objective;
    let pair_score = objective.pair_score.as_ref().map(expand_pair_score);
    let loss = expand_loss(objective);
    let (score, scores) = objective.scores.as_ref().map(expand_scores).unzip();
    let towers = plan.towers.iter().enumerate().map(|(index, tower)| {
        let (field, number) = (ident(&tower.module.field), Literal::usize_unsuffixed(index));
        quote! {
            #number => {
                let output = self.#field.forward::<D::Inference>(&batch.#field, gathered, pass)?;
                matrix(output, pass)
            }
        }
    });
    let pair_scores = objective.pair_score.as_ref().and_then(expand_pair_scores);
    let after_step = expand_after_step(plan);
    quote! {
        #pair_score
        #score
        impl<D: Device> Network<D> for Weights<D> {
            type Batch = Batch;
            type Gathered = Gathered<D>;

            #loss
            #scores
            fn tower(
                &self,
                tower: usize,
                batch: &Batch,
                gathered: &Gathered<D>,
                pass: &mut Pass<D>,
            ) -> Result<Matrix, D::Err> {
                match tower {
                    #(#towers)*
                    _ => Ok(Matrix::default()),
                }
            }
            #pair_scores
            #after_step
        }
    }
}

/// `let query_output = self.query.forward::<T>(...)?;`
fn expand_output(output: &Output) -> TokenStream {
    let (tower, variable) = (ident(&output.tower), ident(&output.variable));
    quote!(let #variable = self.#tower.forward::<T>(&batch.#tower, gathered, pass)?;)
}

fn expand_loss(objective: &Objective) -> TokenStream {
    let steps = &objective.loss;
    let body = match &objective.tasks[..] {
        [Task { name, terms, .. }] if steps.is_empty() && terms.len() == 1 && name.is_empty() => {
            expand_term(&terms[0])
        }
        tasks => {
            let input = ident(&objective.input);
            let records = steps.counts_records.then(|| quote!(let records = batch.#input.rows();));
            let outputs = steps.outputs.iter().map(expand_output);
            let positives = steps.positives.iter().map(|positives| {
                let (variable, ty) = (ident(&positives.variable), tensor_type(positives.shape));
                let of = &positives.of;
                quote!(let #variable: #ty = ops::positives(#of, records)?;)
            });
            let lets = expand_lets(&steps.lets);
            let losses = tasks.iter().map(expand_task);
            let total = match tasks {
                [Task { name, variable, .. }] if name.is_empty() => {
                    let variable = ident(variable);
                    quote!(Ok(#variable))
                }
                tasks => {
                    let losses = tasks.iter().map(|task| ident(&task.variable));
                    let losses = quote!([#(#losses),*]);
                    match &objective.task_weights {
                        None => quote!(ops::total(#losses, pass)),
                        Some(weights) => {
                            let (module, weights) = (ident(&objective.module.field), ident(weights));
                            let factors =
                                tasks.iter().map(|task| Literal::f32_unsuffixed(task.factor as f32));
                            quote! {
                                ops::total_by_uncertainty(&self.#module.#weights, #losses, [#(#factors),*], pass)
                            }
                        }
                    }
                }
            };
            quote!(#records #(#outputs)* #(#positives)* #lets #(#losses)* #total)
        }
    };
    quote! {
        fn loss<T: Tape<f32, D>>(
            &self,
            batch: &Batch,
            gathered: &Gathered<D>,
            pass: &mut Pass<D>,
        ) -> Result<Loss<D, T>, D::Err> {
            #body
        }
    }
}

/// Variable with the loss of a task.
fn expand_task(task: &Task) -> TokenStream {
    let loss = ident(&task.variable);
    let terms = task.terms.iter().enumerate().map(|(index, term)| {
        let (scores, term) = (expand_term_scores(term), expand_term(term));
        match index {
            0 => quote!(#scores let #loss: Loss<D, T> = #term?;),
            _ => quote!(#scores let #loss: Loss<D, T> = ops::add_losses(#loss, #term?)?;),
        }
    });
    quote!(#(#terms)*)
}

/// Scores of records, and their values for evaluation and prediction.
fn expand_scores(scores: &Scores) -> (TokenStream, TokenStream) {
    let Scores { outputs, lets, results, width, .. } = scores;
    let (outputs, lets) = (outputs.iter().map(expand_output), expand_lets(lets));
    let result = match &results[..] {
        [result] => quote!(Ok(#result)),
        results => quote!(ops::concat([#(#results.part()),*])),
    };
    let width = Literal::usize_unsuffixed(*width);
    let score = quote! {
        impl<D: Device> Weights<D> {
            fn score<T: Tape<f32, D>>(
                &self,
                batch: &Batch,
                gathered: &Gathered<D>,
                pass: &mut Pass<D>,
            ) -> Result<Rows<#width, D, T>, D::Err> {
                #(#outputs)*
                #lets
                #result
            }
        }
    };
    let scores = quote! {
        fn scores(
            &self,
            batch: &Batch,
            gathered: &Gathered<D>,
            pass: &mut Pass<D>,
        ) -> Result<Matrix, D::Err> {
            matrix(self.score::<D::Inference>(batch, gathered, pass)?, pass)
        }
    };
    (score, scores)
}

/// Function that runs after a step, if layers have running statistics.
fn expand_after_step(plan: &Plan) -> Option<TokenStream> {
    let updates = plan.statistics.iter().map(|update| {
        let (module, layer, label) = (ident(&update.module), ident(&update.layer), &update.label);
        let momentum = Literal::f32_unsuffixed(update.momentum as f32);
        quote!(self.#module.#layer.update_running_statistics(#label, #momentum, pass);)
    });
    (!plan.statistics.is_empty()).then(|| {
        quote! {
            fn after_step(&mut self, pass: &mut Pass<D>) {
                #(#updates)*
            }
        }
    })
}
