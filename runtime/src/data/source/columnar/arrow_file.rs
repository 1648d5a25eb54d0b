//! Arrow files: each batch of rows is at a place that the end of the file names, so any thread reads and decodes it.

use std::io::Read as _;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use crate::data::source::open_file::OpenFile;

/// Bytes at the end of a file: the length of the footer, and the first bytes of the file again.
const END: usize = 10;
/// Bytes before the length of a message.
const CONTINUES: &[u8] = b"\xff\xff\xff\xff";

/// Batches of rows of a file, in order.
pub(super) struct FileBatches {
    open: Arc<Open>,
    blocks: std::vec::IntoIter<Block>,
}

/// An open file, which several threads read.
struct Open {
    file: OpenFile,
    decoder: FileDecoder,
}

/// A batch of rows at its place in a file.
pub(super) struct FileBatch {
    open: Arc<Open>,
    block: Block,
    rows: usize,
}

impl FileBatches {
    /// Reads the schema, the dictionaries and the places of the batches.
    pub(super) fn open(file: OpenFile) -> Result<(SchemaRef, Self), ArrowError> {
        let end = file.metadata()?.len().saturating_sub(END as u64);
        let length: [u8; END] = bytes(&file, end, END)?.try_into().map_err(|_| cut_off())?;
        let length = read_footer_length(length)?;
        let start = end.checked_sub(length as u64).ok_or_else(cut_off)?;
        let written = bytes(&file, start, length)?;
        let footer = root_as_footer(&written).map_err(|error| wrong(&error))?;
        let schema = footer.schema().ok_or_else(|| wrong("there is no schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(wrong("its numbers have another order of bytes than those of this machine"));
        }
        let schema: SchemaRef = Arc::new(try_fb_to_schema(schema)?);
        let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        for block in footer.dictionaries().iter().flatten() {
            decoder.read_dictionary(block, &whole(&file, block)?.into())?;
        }
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let open = Arc::new(Open { file, decoder });
        Ok((schema, Self { open, blocks: blocks.into_iter() }))
    }
}

impl Iterator for FileBatches {
    type Item = Result<FileBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.blocks.next()?;
        let batch = |rows| FileBatch { open: Arc::clone(&self.open), block, rows };
        Some(rows(&self.open.file, &block).map(batch))
    }
}

impl FileBatch {
    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Reads and decodes the rows.
    pub(super) fn decode(&self) -> Result<RecordBatch, ArrowError> {
        let bytes = whole(&self.open.file, &self.block)?.into();
        let batch = self.open.decoder.read_record_batch(&self.block, &bytes)?;
        batch.filter(|batch| batch.num_rows() == self.rows).ok_or_else(|| wrong("a batch has no rows"))
    }
}

/// Returns the number of rows of a batch, which is written before them.
fn rows(file: &OpenFile, block: &Block) -> Result<usize, ArrowError> {
    let bytes = bytes(file, unsigned(block.offset())? as u64, unsigned(block.metaDataLength())?)?;
    let message = bytes.strip_prefix(CONTINUES).unwrap_or(&bytes).get(4..).ok_or_else(cut_off)?;
    let message = root_as_message(message).map_err(|error| wrong(&error))?;
    let batch = message.header_as_record_batch().ok_or_else(|| wrong("a batch of rows is something else"))?;
    unsigned(batch.length())
}

/// Reads a message with its body.
fn whole(file: &OpenFile, block: &Block) -> Result<Vec<u8>, ArrowError> {
    let length = unsigned(block.metaDataLength())?.checked_add(unsigned(block.bodyLength())?);
    bytes(file, unsigned(block.offset())? as u64, length.ok_or_else(cut_off)?)
}

/// Reads some bytes.
fn bytes(file: &OpenFile, start: u64, length: usize) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let read = file.reader(start).take(length as u64).read_to_end(&mut bytes)?;
    if read == length { Ok(bytes) } else { Err(cut_off()) }
}

fn unsigned(length: impl TryInto<usize>) -> Result<usize, ArrowError> {
    length.try_into().map_err(|_| wrong("a length is negative"))
}

fn cut_off() -> ArrowError {
    wrong("the file is cut off")
}

fn wrong(reason: impl ToString) -> ArrowError {
    ArrowError::IpcError(reason.to_string())
}
