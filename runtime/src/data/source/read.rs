//! Reading of the files of a source: one thread reads blocks, all threads parse them, and the parsed rows are
//! passed on in the order of the files.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;
use turret_schema::SourceSpec;

use super::chunk::Chunk;
use super::explode::Explode;
use super::file::SourceFile;
use super::{Block, Blocks, Opening, form};
use crate::data::error::DataError;
use crate::data::overlap::overlapped;

/// Size of a block in bytes. A block is parsed by one thread.
pub(super) const BLOCK: usize = 1 << 20;

/// Receiver of the rows of a source.
pub(super) trait Receive {
    /// Begins a file.
    fn begin_file(&mut self, path: &Path, columns: &[String]) -> Result<(), DataError>;
    /// Takes the next rows of the file.
    fn take(&mut self, chunks: Vec<Chunk>) -> Result<(), DataError>;
    /// Ends a file.
    fn end_file(&mut self) -> Result<(), DataError>;
}

/// Reads the files of a source. With a limit, only whole blocks up to about this number of bytes of each file.
/// Returns whether all files were read completely.
pub(super) fn read(
    spec: &SourceSpec,
    files: &[SourceFile],
    limit: Option<usize>,
    receive: &mut dyn Receive,
) -> Result<bool, DataError> {
    let mut is_whole = true;
    let mut columns: Option<Vec<String>> = None;
    for file in files {
        let block = limit.map_or(BLOCK, |limit| limit.min(BLOCK));
        let opening = Opening { spec, file, columns: columns.as_deref(), block };
        let open = form(spec.form).open(&opening)?;
        columns.get_or_insert_with(|| open.columns().to_vec());
        let explode = Explode::of(spec, file.path(), open.columns())?;
        receive.begin_file(file.path(), explode.as_ref().map_or(open.columns(), Explode::columns))?;
        is_whole &= read_file(open, explode.as_ref(), limit.unwrap_or(usize::MAX), receive)?;
        file.check_unchanged()?;
        receive.end_file()?;
    }
    Ok(is_whole)
}

fn read_file(
    mut open: Box<dyn Blocks>,
    explode: Option<&Explode<'_>>,
    limit: usize,
    receive: &mut dyn Receive,
) -> Result<bool, DataError> {
    let at_once = 2 * rayon::current_num_threads();
    std::thread::scope(|scope| {
        let (sender, blocks) = sync_channel(at_once);
        let reader = scope.spawn(move || {
            let mut read = 0;
            loop {
                let block = match open.next() {
                    Ok(None) => return true,
                    Ok(Some(block)) => {
                        let is_first = read == 0;
                        read += block.bytes();
                        if read > limit && !is_first {
                            return false;
                        }
                        Ok(block)
                    }
                    Err(error) => Err(error),
                };
                let is_over = block.is_err();
                // Without a receiver nobody wants more.
                if sender.send(block).is_err() || is_over {
                    return false;
                }
            }
        });
        pass_on(blocks, explode, at_once, receive)?;
        Ok(reader.join().unwrap_or(false))
    })
}

type Read = Result<Box<dyn Block>, DataError>;

/// Rows of some blocks, and the first error, which follows them.
type Parsed = (Vec<Chunk>, Option<DataError>);

/// Parses the next blocks side by side, and makes the rows of their lists. `None` at the end of the file.
fn parse(blocks: &Receiver<Read>, explode: Option<&Explode<'_>>, at_once: usize) -> Option<Parsed> {
    let group: Vec<Read> = blocks.iter().take(at_once).collect();
    if group.is_empty() {
        return None;
    }
    let parse = |block: Read| {
        let chunks = block?.parse()?;
        Ok(match explode {
            Some(explode) => chunks.into_iter().map(|chunk| explode.rows(chunk)).collect(),
            None => chunks,
        })
    };
    let each: Vec<Result<Vec<Chunk>, DataError>> = group.into_par_iter().map(parse).collect();
    let mut chunks = Vec::new();
    for block in each {
        match block {
            Ok(of_block) => chunks.extend(of_block),
            Err(error) => return Some((chunks, Some(error))),
        }
    }
    Some((chunks, None))
}

/// Parses the blocks of a file and passes their rows on, up to the first error.
fn pass_on(
    blocks: Receiver<Read>,
    explode: Option<&Explode<'_>>,
    at_once: usize,
    receive: &mut dyn Receive,
) -> Result<(), DataError> {
    overlapped(
        move || parse(&blocks, explode, at_once),
        |(chunks, error)| {
            receive.take(chunks)?;
            error.map_or(Ok(()), Err)
        },
    )
}
