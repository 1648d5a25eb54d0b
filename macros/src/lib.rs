//! Derives of Turret and `include_model!`: specs in Rust, compiled by `turret-dsl`. Use them through the
//! crate `turret`.
//!
//! A derive sees only one item. Each table and tower therefore becomes a hidden `macro_rules` macro with its
//! name that passes its tokens on (`join`), and the model's derive calls them one after the other. The last
//! one writes the attributes as the text of a spec, compiles it, and reports errors at their tokens.

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

/// An embedding table, named by a unit struct. All towers that name the type share its rows.
///
/// `#[table(...)]` has the settings of an `embedding` block.
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

/// A tower and its record: the fields of the struct are the columns.
///
/// `#[tower(...)]` has the body of a `tower` block, in which tables are types. The kind of a column follows
/// from the type of its field (text and integers are `id`, `f32` and `f64` are `float`, `Vec` of keys is
/// `ids`, `Vec` of keys with weights is `weighted_ids`, `[f32; N]` is `vector`), or is set by
/// `#[column(kind)]`. `#[column(name: kind)]` adds a column of the same field; `#[column(skip)]` skips the
/// field.
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

/// A model: its fields name the towers, and `#[model(...)]` has all other members of a `model`.
///
/// The program is generated in a module with the name of the struct in snake case: `two_tower::Model` is the
/// model, `two_tower::main` its command line, and `turret::runtime::Loaded` answers records of its towers.
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

/// Compiles a spec in place, like `include!`. Use it in a separate module.
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
