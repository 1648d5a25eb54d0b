//! The network: what towers give, the scores and the loss of a batch.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::batches::batch_field;
use super::ident;
use super::negatives::expand_pair_scores;
use super::towers::{Body, output_type, weights_field};
use crate::model::{AccidentalHits, ColumnId, Loss, NodeId, Op, PairRule};
use crate::plan::{Plan, Site, Step};

/// The towers that steps of the objective read.
fn towers_of(plan: &Plan, steps: &[Step]) -> Vec<usize> {
    let mut towers: Vec<usize> = Vec::new();
    for step in steps {
        if let Op::Tower(tower) = plan.model.nodes[step.node.0].op
            && !towers.contains(&tower.0)
        {
            towers.push(tower.0);
        }
    }
    towers
}

/// The towers of the score that drawn candidates are given to, if a term has one.
pub(super) fn pair_towers(plan: &Plan) -> Option<Vec<usize>> {
    let site = &plan.sites[plan.sites.len() - 1];
    plan.drawn_score().map(|score| towers_of(plan, &plan.needed(site, score)))
}

/// The variable of what a tower gives.
pub(super) fn output(plan: &Plan, tower: usize) -> Ident {
    ident(&plan.outputs[tower].all)
}

/// The variable of what a tower gives for the candidates of the records alone.
fn own(plan: &Plan, tower: usize) -> Ident {
    ident(&plan.outputs[tower].own)
}

fn parameters(plan: &Plan, towers: &[usize]) -> Vec<TokenStream> {
    let parameter = |&tower: &usize| {
        let (name, ty) = (output(plan, tower), output_type(plan, tower, &quote!(, T)));
        quote!(#name: #ty)
    };
    towers.iter().map(parameter).collect()
}

/// The weights as a network: its towers, scores and loss.
pub(super) fn expand_network(plan: &Plan, site: &Site) -> TokenStream {
    let scoring = Body { plan, site, input: plan.target(), own: &[], among_others: true };
    let loss = expand_loss(&scoring);
    let score = expand_score(&scoring);
    let pair_score = expand_pair_score(&scoring);
    let pair_scores = expand_pair_scores(plan);
    let after_step = expand_after_step(plan);
    let towers = (0..plan.model.towers.len()).map(|index| {
        let (field, number) = (batch_field(plan, index), Literal::usize_unsuffixed(index));
        quote!(#number => matrix(self.#field.forward(&batch.#field, gathered, pass)?),)
    });
    quote! {
        #pair_score
        impl<D: Device> Network<D> for Weights<f32, D> {
            type Batch = Batch;
            type Gathered = Gathered<D>;

            #loss
            #score
            fn tower(
                &self,
                tower: usize,
                batch: &Batch,
                gathered: &Gathered<D>,
                pass: &Pass<D>,
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

/// `let query_output = self.query.forward::<T>(...)?;` for each of some towers.
fn tower_outputs(plan: &Plan, towers: &[usize]) -> Vec<TokenStream> {
    let forward = |&tower: &usize| {
        let (field, output) = (batch_field(plan, tower), output(plan, tower));
        quote!(let #output = self.#field.forward::<T>(&batch.#field, gathered, pass)?;)
    };
    towers.iter().map(forward).collect()
}

fn expand_loss(scoring: &Body<'_>) -> TokenStream {
    let (plan, site) = (scoring.plan, scoring.site);
    if let [(weight, Loss::Bce { .. })] = &plan.model.objective[..] {
        let value = quote!(self.score(batch, gathered, pass)?);
        let loss = weighted(*weight, &expand_term(scoring, &plan.model.objective[0].1, &[], Some(&value)));
        return expand_loss_of(&[loss]);
    }
    let with_draws = if plan.model.negatives.is_some() { plan.candidates.as_slice() } else { &[] };
    let body = Body { own: with_draws, ..*scoring };
    let steps = loss_steps(plan, site);
    let target = batch_field(plan, plan.target());
    let read = towers_of(plan, &steps);
    let owned: Vec<usize> = with_draws.iter().filter(|tower| read.contains(tower)).copied().collect();
    let owns = owned.iter().map(|&tower| {
        let (own, output) = (own(plan, tower), output(plan, tower));
        let ty = output_type(plan, tower, &quote!(, T));
        quote!(let #own: #ty = ops::positives(#output.with_empty_tape(), records)?;)
    });
    let is_of_pairs = |(_, loss): &(f64, Loss)| matches!(loss, Loss::Pairwise { negative: None, .. });
    let counts = !owned.is_empty() || plan.model.objective.iter().any(is_of_pairs);
    let records = counts.then(|| quote!(let records = batch.#target.rows();));
    let lets = body.lets(&steps, &operands(plan, 0));
    let terms = plan.model.objective.iter().enumerate().map(|(index, (weight, loss))| {
        let after = operands(plan, index + 1);
        let before = expand_drawn_scores(&body, loss, &after);
        let term = weighted(*weight, &expand_term(&body, loss, &after, None));
        if index == 0 {
            quote!(#before let loss: Loss<D, T> = #term?;)
        } else {
            quote!(#before let loss: Loss<D, T> = loss.try_add(#term?)?;)
        }
    });
    let towers = tower_outputs(plan, &towers_of(plan, &site.steps));
    let body = records.into_iter().chain(towers).chain(owns).chain(lets).chain(terms);
    let body: Vec<TokenStream> = body.chain([quote!(Ok(loss))]).collect();
    expand_loss_of(&body)
}

fn expand_loss_of(body: &[TokenStream]) -> TokenStream {
    quote! {
        fn loss<T: Tape<f32, D>>(
            &self,
            batch: &Batch,
            gathered: &Gathered<D>,
            pass: &Pass<D>,
        ) -> Result<Loss<D, T>, D::Err> {
            #(#body)*
        }
    }
}

/// A term of the loss, times its weight.
fn weighted(weight: f64, term: &TokenStream) -> TokenStream {
    if weight == 1.0 {
        return term.clone();
    }
    let weight = Literal::f32_unsuffixed(weight as f32);
    quote!(ops::scale(#term?, #weight))
}

/// The score that is ranked and predicted.
fn expand_score(scoring: &Body<'_>) -> Option<TokenStream> {
    let score = scoring.plan.score?;
    let steps = scoring.plan.needed(scoring.site, score);
    let towers = tower_outputs(scoring.plan, &towers_of(scoring.plan, &steps));
    let lets = scoring.lets(&steps, &[]);
    let result = scoring.variable(score, false);
    Some(quote! {
        fn score<T: Tape<f32, D>>(
            &self,
            batch: &Batch,
            gathered: &Gathered<D>,
            pass: &Pass<D>,
        ) -> Result<Rows<1, D, T>, D::Err> {
            #(#towers)*
            #(#lets)*
            Ok(#result)
        }
    })
}

/// The function that runs after a step, where a layer has something to do then.
fn expand_after_step(plan: &Plan) -> Option<TokenStream> {
    let calls: Vec<TokenStream> = plan
        .sites
        .iter()
        .enumerate()
        .flat_map(|(index, site)| {
            site.steps.iter().filter_map(move |step| {
                let Op::Layer(operation) = &plan.model.nodes[step.node.0].op else { return None };
                let (field, layer) = (weights_field(plan, index), ident(step.weights.as_ref()?));
                operation.after_step(&quote!(self.#field.#layer), &step.label)
            })
        })
        .collect();
    (!calls.is_empty()).then(|| {
        quote! {
            fn after_step(&mut self, pass: &Pass<D>) {
                #(#calls)*
            }
        }
    })
}

/// The score of pairs of a record and a candidate, where candidates are drawn for it.
fn expand_pair_score(body: &Body<'_>) -> Option<TokenStream> {
    let (score, towers) = (body.plan.drawn_score()?, pair_towers(body.plan)?);
    let parameters = parameters(body.plan, &towers);
    let many = (towers.len() > 5)
        .then(|| quote!(#[allow(clippy::too_many_arguments, reason = "one for each tower")]));
    let lets = body.lets(&body.plan.needed(body.site, score), &[]);
    let result = body.variable(score, false);
    Some(quote! {
        impl<D: Device> Weights<f32, D> {
            /// The score of as many pairs of a record and a candidate as there are rows.
            #[allow(unused_variables, reason = "a score need not draw")]
            #many
            pub fn pair_score<T: Tape<f32, D>>(
                &self,
                #(#parameters,)*
                pass: &Pass<D>,
            ) -> Result<Rows<1, D, T>, D::Err> {
                #(#lets)*
                Ok(#result)
            }
        }
    })
}

/// The steps that the terms of the loss read, those of the score of pairs aside.
fn loss_steps(plan: &Plan, site: &Site) -> Vec<Step> {
    let needed: BTreeSet<NodeId> = plan
        .model
        .objective
        .iter()
        .filter(|(_, loss)| !matches!(loss, Loss::Pairwise { negative: None, .. }))
        .flat_map(|(_, loss)| read_nodes(plan, loss))
        .flat_map(|node| plan.needed(site, node))
        .map(|step| step.node)
        .collect();
    site.steps.iter().filter(|step| needed.contains(&step.node)).cloned().collect()
}

/// The nodes that the terms of the objective from `first` on read.
fn operands(plan: &Plan, first: usize) -> Vec<NodeId> {
    plan.model.objective.iter().skip(first).flat_map(|(_, loss)| read_nodes(plan, loss)).collect()
}

/// The nodes that a term reads; of a score with drawn candidates, the outputs of its other towers. Outputs that hold drawn candidates
/// are read by one term only, and are not among them.
fn read_nodes(plan: &Plan, loss: &Loss) -> Vec<NodeId> {
    match loss {
        Loss::Bce { logit, .. } => vec![*logit],
        Loss::Softmax { query, drawn: true, .. } => vec![*query],
        Loss::Softmax { query, candidate, .. } => vec![*query, *candidate],
        Loss::Pairwise { positive, negative: Some(negative), .. } => vec![*positive, *negative],
        Loss::Pairwise { positive, negative: None, .. } => {
            let steps = plan.needed(&plan.sites[plan.sites.len() - 1], *positive);
            let is_query = |node: &NodeId| match plan.model.nodes[node.0].op {
                Op::Tower(tower) => !plan.candidates.contains(&tower.0),
                _ => false,
            };
            steps.iter().map(|step| step.node).filter(is_query).collect()
        }
    }
}

/// A term of the loss; `score` is the value of its logit, where that is no variable.
fn expand_term(body: &Body<'_>, loss: &Loss, after: &[NodeId], score: Option<&TokenStream>) -> TokenStream {
    let plan = body.plan;
    let column = |column: ColumnId| {
        let column = body.column(column);
        quote!(#column.as_slice())
    };
    let weights = match plan.weight.map(column) {
        Some(weights) => quote!(Some(#weights)),
        None => quote!(None),
    };
    let variable = |node: NodeId, others: &[NodeId]| {
        body.variable(node, body.used_later(node, &[], &[others, after].concat()))
    };
    let float = |number: f64| Literal::f32_unsuffixed(number as f32);
    let reduction = |sum: bool| if sum { quote!(Reduction::Sum) } else { quote!(Reduction::Mean) };
    match loss {
        Loss::Bce { logit, label, pos_weight, sum } => {
            let logit = score.cloned().unwrap_or_else(|| variable(*logit, &[]));
            let (label, reduction) = (column(*label), reduction(*sum));
            if *pos_weight == 1.0 {
                quote!(ops::bce(ops::scores(#logit)?, #label, #weights, #reduction))
            } else {
                let pos_weight = float(*pos_weight);
                quote!(ops::weighted_bce(ops::scores(#logit)?, #label, #pos_weight, #weights, #reduction))
            }
        }
        Loss::Pairwise { rule, positive, negative: Some(negative), sum } => {
            let (positive, negative) = (variable(*positive, &[*negative]), variable(*negative, &[]));
            let reduction = reduction(*sum);
            match rule {
                PairRule::Hinge { margin } => {
                    let margin = float(*margin);
                    quote!(ops::hinge(ops::scores(#positive)?, ops::scores(#negative)?, #margin, #weights, #reduction))
                }
                PairRule::Bpr | PairRule::Bce => {
                    quote!(ops::bpr(ops::scores(#positive)?, ops::scores(#negative)?, #weights, #reduction))
                }
            }
        }
        Loss::Pairwise { rule, negative: None, sum, .. } => {
            let reduction = reduction(*sum);
            match rule {
                PairRule::Bce => {
                    quote!(ops::sampled_bce(positive, negative, query_index, #weights, #reduction))
                }
                PairRule::Bpr => {
                    quote!(ops::sampled_bpr(positive, negative, query_index, #weights, #reduction))
                }
                PairRule::Hinge { margin } => {
                    let margin = float(*margin);
                    quote!(ops::sampled_hinge(positive, negative, query_index, #margin, #weights, #reduction))
                }
            }
        }
        Loss::Softmax { query, candidate, temperature, in_batch, drawn, probability, hits, sum, .. } => {
            let (query, candidate) = match plan.model.nodes[candidate.0].op {
                Op::Tower(tower) if *drawn => {
                    let output = output(plan, tower.0);
                    (variable(*query, &[]), quote!(#output))
                }
                _ => (variable(*query, &[*candidate]), variable(*candidate, &[])),
            };
            let temperature = float(*temperature);
            let log_q = match probability.map(column) {
                Some(probability) => Some(quote!(Some(&ops::log_probabilities(#probability)))),
                None => drawn.then(|| quote!(pass.candidates().log_q())),
            };
            let ids = match hits {
                AccidentalHits::Kept => None,
                AccidentalHits::Column(ids) => {
                    let ids = column(*ids);
                    Some(quote!(Some(#ids)))
                }
                AccidentalHits::Catalogue => Some(quote!(pass.candidates().ids())),
            };
            let settings: Vec<TokenStream> = [
                (!in_batch).then(|| quote!(in_batch: false)),
                Some(quote!(temperature: #temperature)),
                log_q.map(|log_q| quote!(log_q: #log_q)),
                ids.map(|ids| quote!(ids: #ids)),
                plan.weight.is_some().then(|| quote!(weights: #weights)),
                sum.then(|| quote!(reduction: Reduction::Sum)),
            ]
            .into_iter()
            .flatten()
            .collect();
            quote!(ops::softmax(#query, #candidate, &Softmax { #(#settings,)* ..Softmax::default() }))
        }
    }
}

/// The scores of positives and of negatives, where a term compares them.
fn expand_drawn_scores(body: &Body<'_>, loss: &Loss, after: &[NodeId]) -> Option<TokenStream> {
    let Loss::Pairwise { negative: None, .. } = loss else { return None };
    let [positive, negative] = [true, false].map(|positive| pair_inputs(body, loss, positive, after));
    Some(quote! {
        let query_index = pass.candidates().query_index.as_slice();
        let positive: Rows<1, D, T> = self.pair_score(#(#positive,)* pass)?;
        let negative: Rows<1, D, T> = self.pair_score(#(#negative,)* pass)?;
    })
}

/// Arguments of the score of pairs: the records and their own candidates, or each record once for every candidate drawn for
/// it, and these.
fn pair_inputs(body: &Body<'_>, loss: &Loss, positive: bool, after: &[NodeId]) -> Vec<TokenStream> {
    let plan = body.plan;
    let queries = read_nodes(plan, loss);
    let towers = pair_towers(plan).unwrap_or_default();
    let input = |tower: usize| {
        let output = output(plan, tower);
        let node = queries.iter().find(|node| match plan.model.nodes[node.0].op {
            Op::Tower(other) => other.0 == tower,
            _ => false,
        });
        match (node, positive) {
            (Some(_), true) => quote!(#output.with_empty_tape()),
            (Some(node), false) => {
                let output = body.variable(*node, body.used_later(*node, &[], after));
                quote!(ops::take(#output, query_index.iter().copied())?)
            }
            (None, true) => quote!(ops::positives(#output.with_empty_tape(), records)?),
            (None, false) => quote!(ops::negatives(#output, records)?),
        }
    };
    towers.into_iter().map(input).collect()
}
