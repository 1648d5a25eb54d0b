//! Features and batches of any program, so that the code that reads and encodes data is compiled once.

use std::any::Any;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::ser::{Serialize, Serializer};

use super::encoded::EncodedColumn;
use super::error::{DataError, FieldError};
use super::features::{Batch, Features, InputInfo};
use super::fitted::{Parts, PartsMut, Restored, Stored, StoredFeatures};
use super::history::Histories;
use super::reads::Reads;
use super::row::Row;

/// A batch of the type that a program declares. Empty before the first record.
#[derive(Default)]
pub struct AnyBatch(Option<Box<dyn Encoded>>);

impl AnyBatch {
    /// Returns the batch if it has this type.
    pub fn get<B: Batch>(&self) -> Option<&B> {
        self.0.as_deref().and_then(|batch| (batch as &dyn Any).downcast_ref())
    }

    /// Calls `take` with the batch, or with an empty one before the first record. `None` for another type.
    pub(crate) fn with<B: Batch, R>(&self, take: impl FnOnce(&B) -> R) -> Option<R> {
        match &self.0 {
            Some(_) => self.get().map(take),
            None => Some(take(&B::default())),
        }
    }

    /// Calls `change` with the batch. Without one of this type, it starts with an empty one.
    fn change<B: Batch, R>(&mut self, change: impl FnOnce(&mut B) -> R) -> R {
        if let Some(batch) = self.0.as_deref_mut().and_then(|batch| (batch as &mut dyn Any).downcast_mut()) {
            return change(batch);
        }
        let mut batch = B::default();
        let result = change(&mut batch);
        self.0 = Some(Box::new(batch));
        result
    }
}

/// A batch of any type.
trait Encoded: Any + Send + Sync {
    fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn>;
    fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn>;
    fn empty(&self) -> Box<dyn Encoded>;
    fn look_back(&mut self, input: usize, histories: &mut Histories<'_>) -> Result<(), DataError>;
    fn newest_into(&self, input: usize, users: &[[u32; 2]], into: &mut dyn Encoded);
}

impl<B: Batch> Encoded for B {
    fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn> {
        Batch::columns(self, input)
    }

    fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn> {
        Batch::columns_mut(self, input)
    }

    fn empty(&self) -> Box<dyn Encoded> {
        Box::new(B::default())
    }

    fn look_back(&mut self, input: usize, histories: &mut Histories<'_>) -> Result<(), DataError> {
        Batch::look_back(self, input, histories)
    }

    fn newest_into(&self, input: usize, users: &[[u32; 2]], into: &mut dyn Encoded) {
        if let Some(into) = (into as &mut dyn Any).downcast_mut() {
            Batch::newest_into(self, input, users, into);
        }
    }
}

impl Batch for AnyBatch {
    fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn> {
        self.0.as_ref().map_or(Vec::new(), |batch| batch.columns(input))
    }

    fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn> {
        self.0.as_mut().map_or(Vec::new(), |batch| batch.columns_mut(input))
    }

    fn take_type(&mut self, of: &Self) {
        if self.0.is_none() {
            self.0 = of.0.as_ref().map(|batch| batch.empty());
        }
    }

    fn look_back(&mut self, input: usize, histories: &mut Histories<'_>) -> Result<(), DataError> {
        self.0.as_mut().map_or(Ok(()), |batch| batch.look_back(input, histories))
    }

    fn newest_into(&self, input: usize, users: &[[u32; 2]], into: &mut Self) {
        if let (Some(batch), Some(into)) = (&self.0, &mut into.0) {
            batch.newest_into(input, users, into.as_mut());
        }
    }
}

/// Features of any program.
pub struct AnyFeatures(Box<dyn Encoder>);

impl AnyFeatures {
    /// Features of a given type.
    pub fn new(features: impl Features) -> Self {
        Self(Box::new(features))
    }

    /// Returns the features if they have this type.
    pub fn get<F: Features>(&self) -> Option<&F> {
        (self.0.as_ref() as &dyn Any).downcast_ref()
    }

    /// Returns the features with their parts replaced by stored ones.
    pub fn restored(mut self, text: &str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Restored(self.0.parts_mut()).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(self)
    }
}

impl Serialize for AnyFeatures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored(self.0.parts()).serialize(serializer)
    }
}

impl fmt::Debug for AnyFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.parts().iter().map(|(name, _)| name)).finish()
    }
}

impl Clone for AnyFeatures {
    fn clone(&self) -> Self {
        Self(self.0.copy())
    }
}

/// Features of any type.
trait Encoder: Any + Send + Sync {
    fn copy(&self) -> Box<dyn Encoder>;
    fn inputs(&self) -> &'static [InputInfo<'static>];
    fn parts(&self) -> Parts<'_>;
    fn parts_mut(&mut self) -> PartsMut<'_>;
    fn reads(&self, input: usize) -> Vec<Reads>;
    fn batch(&self) -> AnyBatch;
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut AnyBatch) -> Result<(), FieldError>;
}

impl<F: Features> Encoder for F {
    fn copy(&self) -> Box<dyn Encoder> {
        Box::new(self.clone())
    }

    fn inputs(&self) -> &'static [InputInfo<'static>] {
        Features::inputs(self)
    }

    fn parts(&self) -> Parts<'_> {
        StoredFeatures::parts(self)
    }

    fn parts_mut(&mut self) -> PartsMut<'_> {
        StoredFeatures::parts_mut(self)
    }

    fn reads(&self, input: usize) -> Vec<Reads> {
        Features::reads(self, input)
    }

    fn batch(&self) -> AnyBatch {
        AnyBatch(Some(Box::new(Features::batch(self))))
    }

    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut AnyBatch) -> Result<(), FieldError> {
        batch.change(|batch| Features::encode(self, input, row, batch))
    }
}

impl StoredFeatures for AnyFeatures {
    fn parts(&self) -> Parts<'_> {
        self.0.parts()
    }

    fn parts_mut(&mut self) -> PartsMut<'_> {
        self.0.parts_mut()
    }
}

impl Features for AnyFeatures {
    type Batch = AnyBatch;

    fn inputs(&self) -> &'static [InputInfo<'static>] {
        self.0.inputs()
    }

    fn reads(&self, input: usize) -> Vec<Reads> {
        self.0.reads(input)
    }

    fn batch(&self) -> AnyBatch {
        self.0.batch()
    }

    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut AnyBatch) -> Result<(), FieldError> {
        self.0.encode(input, row, batch)
    }
}
