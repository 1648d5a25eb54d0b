//! Parts of generated programs: macros that generate the methods of their structs, and the assembled model.

mod assembled;
mod batch;
mod columns;
mod definition;
mod features;
mod module;
mod network;
mod outputs;
mod queue;
mod ranges;
mod record;
mod tables;

pub use assembled::Assembled;
pub use batch::EncodedInput;
pub use columns::{KeyedColumn, KeyedPart, PlainColumn, PlainPart};
pub use definition::{Columns, GatheredOf, ModelDefinition};
pub use module::{FormerNames, ModuleField, former_name};
pub use network::Network;
pub use outputs::{TowerOutput, matrix, values};
pub use ranges::{FloatsEach, IntoParts, LookupEach};
pub use record::{RecordPart, deserialize_record, serialize_record};
pub use tables::{CountedRows, KeyColumn, Making, TablePart, TableSet, TableSpec};
