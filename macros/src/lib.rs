//! The derives of Turret and `include_model!`: specs in Rust, compiled by `turret-dsl`. Used through the crate `turret`.
//!
//! A derive sees one item only, so each table and tower becomes a hidden `macro_rules` macro under its own name that
//! passes its tokens on (`join`), and the model's derive calls one after the other. The one that sees everything writes
//! the attributes as the text of a spec, compiles that, and puts what is wrong back where it was written.

use proc_macro::TokenStream;

mod attributes;
mod columns;
mod include;
mod join;
mod model;
mod report;
mod table;
mod tower;
mod written;

/// An embedding table, named by a unit struct: every tower that names the type looks up the same rows.
///
/// `#[table(...)]` holds the settings of an `embedding` block of the language.
///
/// ```
/// # use turret::Table;
/// #[derive(Table)]
/// #[table(dim = 32, vocab = learned(max = 10_000))]
/// struct Topic;
/// ```
#[proc_macro_derive(Table, attributes(table))]
pub fn derive_table(item: TokenStream) -> TokenStream {
    table::derive(item.into()).into()
}

/// A tower, and the record that it reads: the fields of the struct are its columns.
///
/// `#[tower(...)]` holds the body of a `tower` block of the language, in which tables are types. The kind of a column
/// follows from the type of its field (text and whole numbers are `id`, `f32` and `f64` are `float`, `Vec` of keys is
/// `ids`, `Vec` of keys with weights is `weighted_ids`, `[f32; N]` is `vector`), or `#[column(kind)]` says it.
/// `#[column(name: kind)]` adds a further column made from the same field, `#[column(skip)]` leaves the field out.
///
/// ```
/// # use turret::{Table, Tower};
/// # #[derive(Table)] #[table(dim = 8)] struct User;
/// # #[derive(Table)] #[table(dim = 8)] struct Topic;
/// #[derive(Tower)]
/// #[tower(concat(User[user_id], mean(Topic[topics]), age) |> mlp([64, 32], relu))]
/// struct Query {
///     user_id: u64,
///     #[column(ids(max = 20))]
///     topics: Vec<String>,
///     #[column(float(missing = 0, transform = log1p))]
///     age: Option<f32>,
/// }
/// ```
#[proc_macro_derive(Tower, attributes(tower, column))]
pub fn derive_tower(item: TokenStream) -> TokenStream {
    tower::derive(item.into()).into()
}

/// A model: its fields name the towers, `#[model(...)]` holds all else that a `model` of the language has.
///
/// The program is generated into a module named as the struct, in snake case: `two_tower::Model` is the model,
/// `two_tower::main` its command line, and records of its towers are answered by `turret::runtime::Loaded`.
///
/// ```
/// # use turret::{Model, Table, Tower};
/// # #[derive(Table)] #[table(dim = 8)] struct User;
/// # #[derive(Table)] #[table(dim = 8)] struct Title;
/// # #[derive(Tower)] #[tower(User[user_id])] struct Query { user_id: u64 }
/// # #[derive(Tower)] #[tower(Title[title])] struct Movie { title: String }
/// #[derive(Model)]
/// #[model(
///     data      { ratings = csv("ratings.csv") }
///     objective in_batch_softmax(query, candidate)
///     train     { optimizer = adagrad(lr = 0.1), batch = 1024, epochs = 5 }
/// )]
/// struct TwoTower {
///     query: Query,
///     candidate: Movie,
/// }
/// ```
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(item: TokenStream) -> TokenStream {
    model::derive(item.into()).into()
}

/// Compiles a spec into the place where it is called, as `include!` does with Rust; give it a module of its own.
///
/// The path is relative to the folder of the package's `Cargo.toml`. Constants and settings can be overridden.
///
/// ```
/// mod two_tower {
///     turret::include_model!("../specs/two_tower.dm", layers = [32], train.epochs = 5);
/// }
/// ```
#[proc_macro]
pub fn include_model(arguments: TokenStream) -> TokenStream {
    include::expand(arguments.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __join(chain: TokenStream) -> TokenStream {
    join::resume(chain.into()).into()
}
