//! `#[derive(Model)]`: collects the towers, writes their spec, and compiles it.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Fields, Path, Type};
use turret_dsl::Compiler;
use turret_dsl::plan::Plan;

use crate::include::{code, stub};
use crate::join::{Goal, Part};
use crate::report::{compile_error, report};
use crate::tower::{Tower, table_constant};
use crate::written::Written;
use crate::{attributes, join, table, tower};

/// A tower of the model.
struct Member {
    /// Name in the model.
    name: Ident,
    /// Type of its record.
    record: Path,
    /// Content of the record's derive.
    tower: Tower,
    docs: Vec<String>,
}

/// Checks the item and collects its towers.
pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(tokens) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    match towers(&item) {
        Ok(towers) => {
            let records = towers.into_iter().map(|(_, record)| record).collect();
            join::collect(Goal { kind: format_ident!("model"), item }, records)
        }
        Err(error) => error.into_compile_error(),
    }
}

/// Names and records of the towers.
fn towers(item: &DeriveInput) -> syn::Result<Vec<(Ident, Path)>> {
    attributes::arguments(&item.attrs, "model")?;
    let form = "a model is a struct whose fields are its towers: `struct TwoTower { query: Query, candidate: Movie }`";
    let Data::Struct(syn::DataStruct { fields: Fields::Named(fields), .. }) = &item.data else {
        return Err(Error::new(item.ident.span(), form));
    };
    let mut towers = Vec::new();
    for field in &fields.named {
        match (&field.ident, &field.ty) {
            (Some(name), Type::Path(ty)) if ty.qself.is_none() => {
                towers.push((name.clone(), ty.path.clone()));
            }
            (_, ty) => return Err(Error::new_spanned(ty, form)),
        }
    }
    Ok(towers)
}

/// Compiles the model, after all towers were collected.
pub(crate) fn finish(item: &DeriveInput, parts: &[Part]) -> TokenStream {
    let members = towers(item).and_then(|towers| {
        let members = towers.into_iter().zip(parts).map(|((name, record), part)| {
            let docs = attributes::docs(&part.item.attrs);
            Ok(Member { name, record, tower: tower::read(&part.item)?, docs })
        });
        members.collect::<syn::Result<Vec<Member>>>()
    });
    let written = members.and_then(|members| Ok((write(item, &members, parts)?, members)));
    let (visibility, module) = (&item.vis, format_ident!("{}", attributes::snake(&item.ident.to_string())));
    let program = match &written {
        Ok((spec, members)) => compile(item, &module, members, spec),
        Err(error) => Err(error.to_compile_error()),
    };
    let docs = format!(" The program of [`{}`].", item.ident);
    let (inside, outside) = program.unwrap_or_else(|errors| (stub(), errors));
    quote! {
        #[doc = #docs]
        #[allow(dead_code, unreachable_pub)]
        #visibility mod #module {
            #inside
        }
        #outside
    }
}

/// Spec of the attributes.
struct Spec {
    written: Written,
    /// For each table that several towers look up: the towers, and its type in each.
    shared: Vec<Vec<(Path, Ident)>>,
}

/// Writes the spec.
fn write(item: &DeriveInput, members: &[Member], parts: &[Part]) -> syn::Result<Spec> {
    let mut written = Written::default();
    written.push_docs(&attributes::docs(&item.attrs), "");
    written.push("model ");
    written.push_at(&item.ident.to_string(), item.ident.span());
    written.push(" {\n");
    for own in attributes::arguments(&item.attrs, "model")? {
        written.push("    ");
        written.push_tokens(&own);
        written.push("\n");
    }
    write_columns(members, &mut written);
    let shared = write_tables(members, parts, &mut written)?;
    for member in members {
        written.push_docs(&member.docs, "    ");
        written.push("    tower ");
        written.push_at(&member.name.to_string(), member.name.span());
        written.push(" {\n        ");
        written.push_tokens(&member.tower.body);
        written.push("\n    }\n");
    }
    written.push("}\n");
    Ok(Spec { written, shared })
}

/// Writes the columns. Equal columns of two records become one.
fn write_columns(members: &[Member], written: &mut Written) {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    written.push("    input {\n");
    for column in members.iter().flat_map(|member| &member.tower.fields).flat_map(|field| &field.columns) {
        let (name, kind) = (column.name.to_string(), column.kind.to_string());
        if known.get(&name) == Some(&kind) {
            continue;
        }
        written.push_docs(&column.docs, "        ");
        written.push("        ");
        written.push_at(&name, column.name.span());
        written.push(": ");
        written.push_tokens(&column.kind);
        written.push("\n");
        known.insert(name, kind);
    }
    written.push("    }\n");
}

/// Writes the tables. Tables with the same name in two towers become one, and Rust checks that their types
/// are equal.
fn write_tables(
    members: &[Member],
    parts: &[Part],
    written: &mut Written,
) -> syn::Result<Vec<Vec<(Path, Ident)>>> {
    let mut known: BTreeMap<String, (String, Vec<(Path, Ident)>)> = BTreeMap::new();
    for (member, part) in members.iter().zip(parts) {
        for (ty, table) in member.tower.tables.iter().zip(&part.tables) {
            let (name, settings) = (attributes::snake(&ty.to_string()), table::settings(&table.item)?);
            let user = (member.record.clone(), ty.clone());
            let declaration = table.item.to_token_stream().to_string();
            match known.get_mut(&name) {
                Some((first, users)) if *first == declaration => {
                    users.push(user);
                    continue;
                }
                Some(_) => {}
                None => {
                    known.insert(name.clone(), (declaration, vec![user]));
                }
            }
            written.push_docs(&attributes::docs(&table.item.attrs), "    ");
            written.push("    embedding ");
            written.push_at(&name, table.item.ident.span());
            written.push(" { ");
            written.push_tokens(&settings);
            written.push(" }\n");
        }
    }
    Ok(known.into_values().map(|(_, users)| users).filter(|users| users.len() > 1).collect())
}

/// Generates the content of the module, and the items next to it.
fn compile(
    item: &DeriveInput,
    module: &Ident,
    members: &[Member],
    spec: &Spec,
) -> Result<(TokenStream, TokenStream), TokenStream> {
    let name = item.ident.to_string();
    let compiler = Compiler::new(&name, spec.written.text());
    let spans = |failure: Box<turret_dsl::Failure>| report(&failure, &spec.written, item.ident.span());
    let plan = compiler.plan().map_err(spans)?;
    let records: TokenStream = members
        .iter()
        .enumerate()
        .map(|(tower, member)| expand_record(&plan, tower, member, module))
        .collect::<Result<_, _>>()?;
    let shared = spec.shared.iter().map(|users| {
        let types = users.iter().map(|(record, ty)| {
            let constant = table_constant(ty);
            quote_spanned!(ty.span()=> <#record>::#constant)
        });
        quote!(const _: () = { let _ = [#(#types),*]; };)
    });
    let (model, fields) = (&item.ident, members.iter().map(|member| &member.name));
    let (fields, types): (Vec<_>, Vec<_>) = fields.zip(members.iter().map(|member| &member.record)).unzip();
    let outside = quote_spanned! {located(model)=>
        #records
        #(#shared)*
        const _: fn(#model) -> (#(#types,)*) = |#model { #(#fields),* }| (#(#fields,)*);
    };
    Ok((code(&compiler, &plan), outside))
}

/// Generates the conversion of a Rust record to the fields of the tower.
fn expand_record(
    plan: &Plan,
    tower: usize,
    member: &Member,
    module: &Ident,
) -> Result<TokenStream, TokenStream> {
    let input = &plan.inputs.towers[tower];
    let mut fields: Vec<Option<&Ident>> = vec![None; input.fields.len()];
    for (column, index) in &input.columns {
        let name = &plan.model.columns[column.0].name;
        let declares =
            |field: &&crate::columns::RecordField| field.columns.iter().any(|column| column.name == *name);
        match member.tower.fields.iter().find(declares) {
            Some(field) => fields[index.0] = Some(&field.ident),
            None => return Err(foreign(plan, tower, column.0, member)),
        }
    }
    let record = &member.record;
    let fields = fields.into_iter().flatten().map(
        |field| quote_spanned!(located(field)=> ::turret::runtime::data::AsField::as_field(&self.#field)),
    );
    Ok(quote_spanned! {located(&member.name)=>
        impl<D: ::turret::runtime::ops::Device> ::turret::runtime::Record<#module::Model<D>> for #record {
            const TOWER: usize = #tower;

            fn fields(&self) -> ::std::vec::Vec<::turret::runtime::data::Field<'_>> {
                ::std::vec![#(#fields),*]
            }
        }
    })
}

/// Returns the span at which Rust reports errors in the code that replaces a word.
fn located(word: &Ident) -> Span {
    Span::call_site().located_at(word.span())
}

/// Reports a tower that reads a column of another record.
fn foreign(plan: &Plan, tower: usize, column: usize, member: &Member) -> TokenStream {
    let record = member.record.to_token_stream().to_string().replace(' ', "");
    let message = format!(
        "the tower `{}` reads `{}`, which is not a field of `{record}`\n= help: add the field to `{record}`, or compute this in the tower that has it",
        plan.model.towers[tower].name, plan.model.columns[column].name,
    );
    compile_error(member.name.span(), member.name.span(), &message)
}
