//! Towers: their weights, and the forward pass of each.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::batches::{batch_field, batch_place, batch_type};
use super::network::expand_network;
use super::{comment, docs, ident};
use crate::layers::{BagSite, CallSite, Shape, Weights, positions};
use crate::model::{ColumnId, ColumnKind, Node, NodeId, Op, Pad};
use crate::plan::{Place, Plan, Site, Step};

pub(super) fn expand_towers(plan: &Plan) -> TokenStream {
    // An objective without weights needs no struct for them.
    let sites = || {
        plan.sites.iter().enumerate().filter(|(_, site)| site.result.is_some() || !site.weights.is_empty())
    };
    let structs = sites().map(|(_, site)| expand_weights(site));
    let fields = sites().map(|(index, _)| weights_field(plan, index));
    let types = sites().map(|(_, site)| weights_type(site));
    let forwards = plan.sites.iter().enumerate().map(|(index, site)| match site.result {
        Some(result) => expand_forward(plan, index, site, result),
        None => expand_network(plan, site),
    });
    quote! {
        #(#structs)*
        module! {
            /// All dense weights.
            pub struct Weights { #(pub #fields: #types,)* }
        }
        #(#forwards)*
    }
}

/// Field of `Weights` of a site.
pub(super) fn weights_field(plan: &Plan, site: usize) -> Ident {
    if site + 1 == plan.sites.len() { ident("objective") } else { batch_field(plan, site) }
}

pub(super) fn weights_type(site: &Site) -> Ident {
    if site.result.is_none() { ident("Objective") } else { format_ident!("{}Tower", site.ty) }
}

fn expand_weights(site: &Site) -> TokenStream {
    let ty = weights_type(site);
    let count: usize = site.weights.iter().map(|layer| layer.weights.count).sum();
    let docs = docs(&site.docs, &format!("The `{}` tower: {count} parameters.", site.field));
    let fields = site.weights.iter().map(|layer| {
        let Weights { ty, sizes, .. } = &layer.weights;
        let kind = layer.kind;
        let kind = (!layer.is_usual()).then(|| quote!(#[kind(#kind)]));
        let (name, ty) = (ident(&layer.field), ident(ty));
        let sizes: Vec<Literal> = sizes.iter().map(|size| Literal::usize_unsuffixed(*size)).collect();
        let sizes = (!sizes.is_empty()).then(|| quote!(<#(#sizes),*>));
        quote!(#kind pub #name: #ty #sizes,)
    });
    quote! {
        module! {
            #docs
            pub struct #ty { #(#fields)* }
        }
    }
}

/// The `let`s of some steps.
pub(super) struct Body<'a> {
    pub(super) plan: &'a Plan,
    pub(super) site: &'a Site,
    pub(super) input: usize,
    /// Towers whose outputs hold drawn candidates too: what is done with those of the records is done with a variable of their own.
    pub(super) own: &'a [usize],
    /// True where the weights and the columns are among those of others, as the objective's are.
    pub(super) among_others: bool,
}

impl Body<'_> {
    pub(super) fn lets(&self, steps: &[Step], after: &[NodeId]) -> Vec<TokenStream> {
        let mut lets = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let node = &self.plan.model.nodes[step.node.0];
            if let Some(range) = self.range(step.node) {
                lets.extend((range[0] == step.node).then(|| self.range_value(step, node)));
                continue;
            }
            let Some(value) = self.value(step, node, &steps[index + 1..], after) else { continue };
            let (name, ty) = (ident(&step.name), tensor_type(self.plan.shapes[step.node.0], &quote!(, T)));
            if let Op::Layer(operation) = &node.op
                && let Some(text) = operation.comment(&positions::seen(operation, &self.shapes(node)))
            {
                lets.push(comment(&text));
            }
            lets.push(quote!(let #name: #ty = #value?;));
        }
        lets
    }

    /// The range that a node is in, where that is one variable.
    fn range(&self, node: NodeId) -> Option<&Vec<NodeId>> {
        self.site.ranges.iter().find(|range| range.contains(&node))
    }

    /// The values of a range of columns, of which this is the first.
    fn range_value(&self, step: &Step, node: &Node) -> TokenStream {
        let (name, ty) = (ident(&step.name), tensor_type(self.plan.shapes[step.node.0], &quote!(, T)));
        let value = match node.op {
            Op::Lookup(table, column) => {
                let rows = ident(self.plan.tables.place(table.0).field);
                let index = Literal::usize_unsuffixed(self.plan.lookup_index(table, self.input, column));
                quote!(gathered.#rows.lookup_each(#index))
            }
            Op::Column(column) => {
                let columns =
                    self.encoded(Place { index: None, ..batch_place(self.plan, self.input, column) });
                quote!(#columns.floats_each(pass))
            }
            Op::Tower(_) | Op::Layer(_) => TokenStream::new(),
        };
        quote!(let #name: Vec<#ty> = #value?;)
    }

    /// The encoded values of a column.
    pub(super) fn column(&self, column: ColumnId) -> TokenStream {
        self.encoded(batch_place(self.plan, self.input, column))
    }

    fn encoded(&self, place: Place<'_>) -> TokenStream {
        let of = batch_field(self.plan, self.input);
        if self.among_others { quote!(batch.#of.#place) } else { quote!(batch.#place) }
    }

    fn shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.plan.shapes[input.0]).collect()
    }

    /// The code of a step; none for a tower's output, which is a variable already, and for a bag, which is pooled where it is used.
    fn value(&self, step: &Step, node: &Node, later: &[Step], after: &[NodeId]) -> Option<TokenStream> {
        let batch = |column: ColumnId| self.column(column);
        match &node.op {
            Op::Tower(_) => None,
            Op::Column(column) => {
                let column = batch(*column);
                Some(quote!(ops::floats(&#column, pass)))
            }
            Op::Lookup(table, column) => {
                let rows = self.plan.tables.place(table.0);
                let index = Literal::usize_unsuffixed(self.plan.lookup_index(*table, self.input, *column));
                match &self.plan.model.columns[column.0].kind {
                    ColumnKind::Bag { .. } | ColumnKind::Text { .. } => None,
                    ColumnKind::Sequence { pad, .. } => {
                        let column = batch(*column);
                        let pad = match pad {
                            Pad::Back => quote!(Pad::Back),
                            Pad::Front => quote!(Pad::Front),
                        };
                        Some(quote!(gathered.#rows.sequence(#index, #column.spans(), #pad)))
                    }
                    _ => Some(quote!(gathered.#rows.lookup(#index))),
                }
            }
            Op::Layer(operation) => {
                let many = positions::many(operation, &self.shapes(node));
                let is_own = |position: &usize| match self.range(node.inputs[*position]) {
                    Some(range) => range[0] == node.inputs[*position],
                    None => true,
                };
                let own: Vec<usize> = (0..node.inputs.len()).filter(is_own).collect();
                let ranges: Vec<bool> =
                    own.iter().map(|&position| self.range(node.inputs[position]).is_some()).collect();
                let own_count = own.len();
                let inputs: Vec<TokenStream> = own
                    .into_iter()
                    .map(|position| {
                        let input = node.inputs[position];
                        let again = node.inputs[position + 1..].contains(&input)
                            || self.used_later(input, later, after);
                        match many {
                            Some(many) if own_count > 2 => self.at_positions(input, again, many),
                            _ => self.variable(input, again),
                        }
                    })
                    .collect();
                let bag = node.inputs.iter().find_map(|input| match &self.plan.model.nodes[input.0].op {
                    Op::Lookup(table, column) if matches!(self.plan.shapes[input.0], Shape::Bag(_)) => {
                        let rows = self.plan.tables.place(table.0);
                        let column_field = batch(*column);
                        Some(BagSite {
                            rows: quote!(gathered.#rows),
                            index: self.plan.lookup_index(*table, self.input, *column),
                            column: column_field,
                        })
                    }
                    _ => None,
                });
                let weights = step.weights.as_ref().map(|weights| {
                    let (weights, of) = (ident(weights), weights_field(self.plan, self.input));
                    if self.among_others { quote!(#of.#weights) } else { quote!(#weights) }
                });
                // One or two inputs are those of a closure, which is called with the rows of all positions.
                let rows = match (many, own_count) {
                    (Some(_), 1) => vec![quote!(x)],
                    (Some(_), 2) => vec![quote!(a), quote!(b)],
                    _ => Vec::new(),
                };
                let call = operation.call(&CallSite {
                    inputs: if rows.is_empty() { &inputs } else { &rows },
                    ranges: &ranges,
                    shapes: &self.shapes(node),
                    bag,
                    weights: weights.as_ref(),
                    label: &step.label,
                });
                Some(match (many, &inputs[..]) {
                    (Some(_), [x]) => {
                        let layer = function_of(&call, &["x"]).unwrap_or_else(|| quote!(|x| #call));
                        quote!(ops::each(#x, #layer))
                    }
                    (Some(_), [a, b]) => {
                        let layer = function_of(&call, &["a", "b"]).unwrap_or_else(|| quote!(|a, b| #call));
                        quote!(ops::each_pair(#a, #b, #layer))
                    }
                    (Some(_), _) => self.of_positions(node, &call),
                    (None, _) => call,
                })
            }
        }
    }

    /// An input of an operation that works on each position: rows, one for each position of each record.
    fn at_positions(&self, input: NodeId, again: bool, many: Shape) -> TokenStream {
        match (self.plan.shapes[input.0], many) {
            (Shape::Sequence(..) | Shape::Interests(..), _) => {
                let name = ident(&self.name(input));
                let again = again.then(|| quote!(.with_empty_tape()));
                quote!(ops::positions(#name.values #again)?)
            }
            (Shape::Fields(..), _) => {
                let fields = self.variable(input, again);
                quote!(ops::positions(#fields)?)
            }
            (_, Shape::Fields(count, _) | Shape::Sequence(count, _) | Shape::Interests(count, _)) => {
                let (vector, count) = (self.variable(input, again), Literal::usize_unsuffixed(count));
                quote!(ops::repeat::<#count, _, _, _>(#vector)?)
            }
            _ => self.variable(input, again),
        }
    }

    /// Applies an operation at each position, with the masks of its inputs.
    fn of_positions(&self, node: &Node, call: &TokenStream) -> TokenStream {
        let mut masks: Vec<Ident> = Vec::new();
        for input in &node.inputs {
            let name = ident(&self.name(*input));
            if matches!(self.plan.shapes[input.0], Shape::Sequence(..) | Shape::Interests(..))
                && !masks.contains(&name)
            {
                masks.push(name);
            }
        }
        if masks.is_empty() {
            quote!(ops::vectors(#call?))
        } else {
            quote!(ops::sequence(#call?, &[#(&#masks.mask),*]))
        }
    }

    pub(super) fn used_later(&self, node: NodeId, later: &[Step], after: &[NodeId]) -> bool {
        let node = self.value_of(node);
        after.iter().any(|other| self.value_of(*other) == node)
            || later.iter().any(|step| {
                self.plan.model.nodes[step.node.0].inputs.iter().any(|input| self.value_of(*input) == node)
            })
    }

    /// Finds the value that a node reads or computes: every use of a tower is one value.
    fn value_of(&self, node: NodeId) -> Result<NodeId, usize> {
        match self.plan.model.nodes[node.0].op {
            Op::Tower(tower) => Err(tower.0),
            _ => Ok(node),
        }
    }

    /// The variable of a node; a copy without the tape where the node is used again.
    pub(super) fn variable(&self, node: NodeId, again: bool) -> TokenStream {
        let name = ident(&self.name(node));
        if again { quote!(#name.with_empty_tape()) } else { quote!(#name) }
    }

    fn name(&self, node: NodeId) -> String {
        if let Op::Tower(tower) = self.plan.model.nodes[node.0].op {
            let output = &self.plan.outputs[tower.0];
            return if self.own.contains(&tower.0) { &output.own } else { &output.all }.clone();
        }
        let step = self.site.steps.binary_search_by_key(&node.0, |step| step.node.0);
        step.map_or_else(|_| String::new(), |index| self.site.steps[index].name.clone())
    }
}

/// The function that a call is of, if it is called with these variables alone.
fn function_of(call: &TokenStream, variables: &[&str]) -> Option<TokenStream> {
    let call: syn::ExprCall = syn::parse2(call.clone()).ok()?;
    let arguments: Vec<String> = call.args.iter().map(|argument| quote!(#argument).to_string()).collect();
    let function = call.func;
    (arguments == variables).then(|| quote!(#function))
}

/// The type of the values of a shape; of a bag, that of what is pooled of it. `tape` follows the device in it.
pub(super) fn tensor_type(shape: Shape, tape: &TokenStream) -> TokenStream {
    let number = Literal::usize_unsuffixed;
    match shape {
        Shape::Vector(width) | Shape::Bag(width) => {
            let width = number(width);
            quote!(Rows<#width, D #tape>)
        }
        Shape::Fields(count, width) => {
            let (count, width) = (number(count), number(width));
            quote!(Vectors<#count, #width, D #tape>)
        }
        Shape::Sequence(count, width) | Shape::Interests(count, width) => {
            let (count, width) = (number(count), number(width));
            quote!(Sequence<#count, #width, D #tape>)
        }
    }
}

fn expand_forward(plan: &Plan, index: usize, site: &Site, result: NodeId) -> TokenStream {
    let (ty, batch) = (weights_type(site), batch_type(plan, index));
    let output = tensor_type(plan.shapes[result.0], &quote!(, T));
    let docs = match plan.shapes[result.0] {
        Shape::Interests(count, width) => {
            format!(" The interests that the tower gives, `[B, {count}, {width}]`.")
        }
        _ => format!(" The output of the tower, `[B, {}]`.", site.width),
    };
    let body = Body { plan, site, input: index, own: &[], among_others: false };
    let lets = body.lets(&plan.needed(site, result), &[]);
    let result = body.variable(result, false);
    quote! {
        impl<D: Device> #ty<f32, D> {
            #[doc = #docs]
            #[allow(unused_variables, reason = "all towers are given the same")]
            pub fn forward<T: Tape<f32, D>>(
                &self,
                batch: &#batch,
                gathered: &Gathered<D>,
                pass: &Pass<D>,
            ) -> Result<#output, D::Err> {
                #(#lets)*
                Ok(#result)
            }
        }
    }
}

/// The type of what a tower gives. `tape` follows the device in it.
pub(super) fn output_type(plan: &Plan, tower: usize, tape: &TokenStream) -> TokenStream {
    tensor_type(plan.shapes[plan.model.towers[tower].result.0], tape)
}
