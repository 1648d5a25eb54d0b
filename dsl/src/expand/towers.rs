//! Towers: their weights, and the forward pass of each.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::batches::{batch_field, batch_type};
use super::objective::expand_objective;
use super::{comment, docs, ident};
use crate::layers::{BagSite, CallSite, Shape, Weights, positions};
use crate::model::{ColumnKind, Node, NodeId, Op, Pad};
use crate::plan::{Plan, Site, Step};

pub(super) fn expand_towers(plan: &Plan) -> TokenStream {
    let structs = plan.sites.iter().map(expand_weights);
    let collections = plan.sites.iter().map(expand_collection);
    let fields: Vec<Ident> = (0..plan.sites.len()).map(|site| weights_field(plan, site)).collect();
    let types: Vec<Ident> = plan.sites.iter().map(weights_type).collect();
    let field_docs = fields.iter().map(|field| format!(" Weights of `{field}`."));
    let modules = fields.iter().map(|field| {
        let name = field.to_string();
        quote!(Self::module(#name, |weights| &weights.#field, |weights| &mut weights.#field))
    });
    let collection = collection(&ident("Weights"), &fields, modules.collect());
    let forwards = plan.sites.iter().enumerate().map(|(index, site)| match site.result {
        Some(result) => expand_forward(plan, index, site, result),
        None => expand_objective(plan, site),
    });
    quote! {
        #(#structs)*
        /// All dense weights.
        #[derive(Clone, Debug)]
        pub struct Weights<E: Dtype, D: Storage<E>> {
            #(#[doc = #field_docs] pub #fields: #types<E, D>,)*
        }
        #(#forwards)*
        #(#collections)*
        #collection
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
    let docs = docs(&site.docs, &format!("The `{}` tower.", site.field));
    if site.weights.is_empty() {
        return quote! {
            #docs
            #[derive(Clone, Debug, Default)]
            pub struct #ty<E: Dtype, D: Storage<E>> { device: std::marker::PhantomData<(E, D)> }
        };
    }
    let fields: Vec<Ident> = site.weights.iter().map(|(name, _)| ident(name)).collect();
    let types = site.weights.iter().map(|(_, weights)| {
        let (ty, sizes) =
            (ident(weights.ty), weights.sizes.iter().map(|size| Literal::usize_unsuffixed(*size)));
        quote!(#ty<#(#sizes,)* E, D>)
    });
    let field_docs =
        site.weights.iter().map(|(_, Weights { docs, count, .. })| format!(" {docs}: {count} parameters."));
    quote! {
        #docs
        #[derive(Clone, Debug)]
        pub struct #ty<E: Dtype, D: Storage<E>> {
            #(#[doc = #field_docs] pub #fields: #types,)*
        }
    }
}

fn expand_collection(site: &Site) -> TokenStream {
    let fields: Vec<Ident> = site.weights.iter().map(|(name, _)| ident(name)).collect();
    let modules = fields.iter().map(|field| {
        let name = field.to_string();
        quote!(Self::module(#name, |tower| &tower.#field, |tower| &mut tower.#field))
    });
    collection(&weights_type(site), &fields, modules.collect())
}

/// dfdx's description of a struct of modules; its tuples hold six, so more are nested.
fn collection(ty: &Ident, fields: &[Ident], modules: Vec<TokenStream>) -> TokenStream {
    let patterns: Vec<TokenStream> = fields.iter().map(|field| quote!(#field)).collect();
    let (modules, patterns) = (nest(modules), nest(patterns));
    let build = if fields.is_empty() {
        quote!(#ty { device: std::marker::PhantomData })
    } else {
        quote!(#ty { #(#fields),* })
    };
    quote! {
        impl<E: Dtype, D: DfdxDevice<E>> TensorCollection<E, D> for #ty<E, D> {
            type To<E2: Dtype, D2: DfdxDevice<E2>> = #ty<E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(#modules, |#patterns| #build)
            }
        }
    }
}

fn nest(mut items: Vec<TokenStream>) -> TokenStream {
    while items.len() > 6 {
        items = items.chunks(6).map(|chunk| quote!((#(#chunk,)*))).collect();
    }
    if items.is_empty() { quote!(()) } else { quote!((#(#items,)*)) }
}

/// The `let`s of some steps.
pub(super) struct Body<'a> {
    pub(super) plan: &'a Plan,
    pub(super) site: &'a Site,
    pub(super) input: usize,
    /// Towers whose outputs hold drawn candidates too: what is done with those of the records is done with a variable of their own.
    pub(super) own: &'a [usize],
}

impl Body<'_> {
    pub(super) fn lets(&self, steps: &[Step], after: &[NodeId]) -> Vec<TokenStream> {
        let mut lets = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let node = &self.plan.model.nodes[step.node.0];
            let Some(value) = self.value(step, node, &steps[index + 1..], after) else { continue };
            let (name, ty) = (ident(&step.name), tensor_type(self.plan.shapes[step.node.0], &quote!(, T)));
            if let Op::Layer(operation) = &node.op
                && let Some(text) = operation.comment(&positions::seen(&**operation, &self.shapes(node)))
            {
                lets.push(comment(&text));
            }
            lets.push(quote!(let #name: #ty = #value?;));
        }
        lets
    }

    fn shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.plan.shapes[input.0]).collect()
    }

    /// The code of a step; none for a tower's output, which is a variable already, and for a bag, which is pooled where it is used.
    fn value(&self, step: &Step, node: &Node, later: &[Step], after: &[NodeId]) -> Option<TokenStream> {
        let batch = |column: usize| ident(&self.plan.column_fields[column]);
        match &node.op {
            Op::Tower(_) => None,
            Op::Column(column) => {
                let column = batch(column.0);
                Some(quote!(floats(&batch.#column, pass)))
            }
            Op::Lookup(table, column) => {
                let leaf = ident(&self.plan.table_fields[table.0]);
                let index = Literal::usize_unsuffixed(self.plan.lookup_index(*table, self.input, *column));
                match &self.plan.model.columns[column.0].kind {
                    ColumnKind::Bag { .. } | ColumnKind::Text { .. } => None,
                    ColumnKind::Sequence { pad, .. } => {
                        let column = batch(column.0);
                        let pad = match pad {
                            Pad::Back => quote!(Pad::Back),
                            Pad::Front => quote!(Pad::Front),
                        };
                        Some(quote!(leaves.#leaf.sequence(#index, batch.#column.spans(), #pad)))
                    }
                    _ => Some(quote!(leaves.#leaf.lookup(#index))),
                }
            }
            Op::Layer(operation) => {
                let many = positions::many(&**operation, &self.shapes(node));
                let inputs: Vec<TokenStream> = (0..node.inputs.len())
                    .map(|position| {
                        let input = node.inputs[position];
                        let again = node.inputs[position + 1..].contains(&input)
                            || self.used_later(input, later, after);
                        match many {
                            Some(many) => self.at_positions(input, again, many),
                            None => self.variable(input, again),
                        }
                    })
                    .collect();
                let bag = node.inputs.iter().find_map(|input| match &self.plan.model.nodes[input.0].op {
                    Op::Lookup(table, column) if matches!(self.plan.shapes[input.0], Shape::Bag(_)) => {
                        let leaf = ident(&self.plan.table_fields[table.0]);
                        let column_field = batch(column.0);
                        Some(BagSite {
                            leaf: quote!(leaves.#leaf),
                            index: self.plan.lookup_index(*table, self.input, *column),
                            column: quote!(batch.#column_field),
                        })
                    }
                    _ => None,
                });
                let weights = step.weights.as_ref().map(|weights| ident(weights));
                let label = step_label(self.site, step);
                let call = operation.call(&CallSite {
                    inputs: &inputs,
                    shapes: &self.shapes(node),
                    bag,
                    weights: weights.as_ref(),
                    label: &label,
                });
                Some(match many {
                    Some(_) => self.of_positions(node, &call),
                    None => call,
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
                quote!(positions(#name.values #again)?)
            }
            (Shape::Fields(..), _) => {
                let fields = self.variable(input, again);
                quote!(positions(#fields)?)
            }
            (_, Shape::Fields(count, _) | Shape::Sequence(count, _) | Shape::Interests(count, _)) => {
                let (vector, count) = (self.variable(input, again), Literal::usize_unsuffixed(count));
                quote!(repeat::<#count, _, _, _>(#vector)?)
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
            quote!(vectors(#call?))
        } else {
            quote!(sequence(#call?, &[#(&#masks.mask),*]))
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
            let what = if self.own.contains(&tower.0) { "own" } else { "output" };
            return format!("{}_{what}", self.plan.sites[tower.0].field);
        }
        let step = self.site.steps.binary_search_by_key(&node.0, |step| step.node.0);
        step.map_or_else(|_| String::new(), |index| self.site.steps[index].name.clone())
    }
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

/// The name of a step in the whole model.
pub(super) fn step_label(site: &Site, step: &Step) -> String {
    format!("{}.{}", site.field, step.weights.as_ref().unwrap_or(&step.name))
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
    let body = Body { plan, site, input: index, own: &[] };
    let lets = body.lets(&plan.needed(site, result), &[]);
    let result = body.variable(result, false);
    quote! {
        impl<D: Device> #ty<f32, D> {
            #[doc = #docs]
            #[allow(unused_variables, reason = "a tower need not use all it is given")]
            pub fn forward<T: Recorder<D>>(
                &self,
                batch: &#batch,
                leaves: &Leaves<D>,
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
