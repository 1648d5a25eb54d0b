//! A stored case: description of the model, and tensors.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// Values with a shape. Ids and single-precision numbers are exact in double precision.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    /// Sizes of the dimensions; empty for a scalar.
    pub(crate) shape: Vec<usize>,
    /// Row-major.
    pub(crate) values: Vec<f64>,
}

impl Tensor {
    /// Returns the number of vectors along the last dimension, and their width. A one-dimensional tensor has
    /// vectors of width 1.
    pub(crate) fn rows_and_width(&self) -> (usize, usize) {
        let width = if let [.., _, width] = self.shape[..] { width } else { 1 };
        (self.values.len() / width, width)
    }

    /// Returns the values for each index of the first dimension.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.values.len() / self.shape[0])
    }
}

/// A case.
#[derive(Debug)]
pub(crate) struct Fixture {
    /// Folder and name of the file.
    pub(crate) name: String,
    /// Name of the model.
    pub(crate) model: String,
    /// Sizes and options of the model.
    options: Value,
    /// Options that were read.
    asked: RefCell<BTreeSet<String>>,
    /// Inputs `in.*`, parameters `param.*`, constants `buffer.*`, results `out.*` and `loss`, gradients
    /// `grad.*`.
    pub(crate) tensors: BTreeMap<String, Tensor>,
}

impl Fixture {
    /// Returns a tensor that every case of the model has.
    pub(crate) fn tensor(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("{}: no tensor `{name}`", self.name))
    }

    /// Returns whether a tensor exists.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// An option.
    fn option(&self, option: &str) -> &Value {
        self.asked.borrow_mut().insert(option.to_string());
        &self.options[option]
    }

    /// Marks options that have no effect on the computation, such as those of another mode.
    pub(crate) fn without_effect(&self, options: &[&str]) {
        options.iter().for_each(|option| {
            self.option(option);
        });
    }

    /// Returns the options that were not read; the spec cannot reflect them.
    pub(crate) fn not_asked_for(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let options = self.options.as_object().into_iter().flat_map(|options| options.keys());
        options.filter(|option| !asked.contains(*option)).cloned().collect()
    }

    /// Checks an option that repeats a size.
    pub(crate) fn says(&self, option: &str, size: usize) {
        assert_eq!(self.number(option), size as f64, "{}: `{option}` is not what the shapes say", self.name);
    }

    /// Returns a boolean option.
    pub(crate) fn flag(&self, option: &str) -> bool {
        self.option(option).as_bool().unwrap_or_else(|| panic!("{}: no flag `{option}`", self.name))
    }

    /// Returns a text option.
    pub(crate) fn word(&self, option: &str) -> &str {
        self.word_or_none(option).unwrap_or_else(|| panic!("{}: no word `{option}`", self.name))
    }

    /// Returns an optional text option.
    pub(crate) fn word_or_none(&self, option: &str) -> Option<&str> {
        let value = self.option(option);
        assert!(value.is_string() || value.is_null(), "{}: no word `{option}`", self.name);
        value.as_str()
    }

    /// Returns a numeric option.
    pub(crate) fn number(&self, option: &str) -> f64 {
        self.option(option).as_f64().unwrap_or_else(|| panic!("{}: no number `{option}`", self.name))
    }

    /// Returns a list option.
    pub(crate) fn list(&self, option: &str) -> &[Value] {
        self.option(option).as_array().unwrap_or_else(|| panic!("{}: no list `{option}`", self.name))
    }

    /// Returns a list of texts.
    pub(crate) fn words(&self, option: &str) -> Vec<&str> {
        assert!(self.list(option).iter().all(Value::is_string), "{}: not words: `{option}`", self.name);
        self.list(option).iter().filter_map(Value::as_str).collect()
    }

    /// Returns a list of widths.
    pub(crate) fn widths(&self, option: &str) -> Vec<usize> {
        assert!(self.list(option).iter().all(Value::is_u64), "{}: not widths: `{option}`", self.name);
        self.list(option).iter().filter_map(Value::as_u64).map(|width| width as usize).collect()
    }
}

/// Reads the cases of a folder, by name.
pub(crate) fn read_all(folder: &Path) -> Vec<Fixture> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("of a folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Fixture {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = |path: &Path| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let folder = path.parent().and_then(name).unwrap_or_default();
    let name = format!("{folder}/{}", name(path).unwrap_or_default());
    let metadata: HashMap<String, String> = SafeTensors::read_metadata(&bytes)
        .ok()
        .and_then(|(_, metadata)| metadata.metadata().clone())
        .unwrap_or_else(|| panic!("{name}: no metadata"));
    let config: Value = serde_json::from_str(&metadata["config"]).expect("`config` is JSON");
    let tensors = read_tensors(&bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let model = config["model"].as_str().expect("`config` names the model").to_string();
    Fixture { name, model, options: config["hyper"].clone(), asked: RefCell::default(), tensors }
}

/// Parses the tensors of a safetensors file.
pub(crate) fn read_tensors(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, safetensors::SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let tensors = file.tensors().into_iter().map(|(name, view)| {
        let values = match view.dtype() {
            Dtype::F32 => {
                view.data().as_chunks().0.iter().map(|&value| f64::from(f32::from_le_bytes(value))).collect()
            }
            Dtype::I64 => {
                view.data().as_chunks().0.iter().map(|&value| i64::from_le_bytes(value) as f64).collect()
            }
            other => panic!("`{name}` is of type {other:?}"),
        };
        (name, Tensor { shape: view.shape().to_vec(), values })
    });
    Ok(tensors.collect())
}
