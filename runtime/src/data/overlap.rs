//! Pieces of work that are taken in order, each while the next one is worked on.

/// Calls `take` with each piece that `next` makes. The next piece is made while one is taken, which may keep one thread
/// busy.
///
/// # Errors
/// The first error of `take`.
pub(super) fn overlapped<T: Send, E>(
    mut next: impl FnMut() -> Option<T> + Send,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let mut ready = next();
    while let Some(piece) = ready.take() {
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| ready = next());
            take(piece)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_taken_in_order_up_to_an_error() {
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let taken = |limit| {
                let (mut pieces, mut taken) = (0..5, Vec::new());
                let result = pool.install(|| {
                    overlapped(
                        || pieces.next(),
                        |piece| {
                            taken.push(piece);
                            if piece < limit { Ok(()) } else { Err(piece) }
                        },
                    )
                });
                (result, taken)
            };
            assert_eq!(taken(9), (Ok(()), vec![0, 1, 2, 3, 4]));
            assert_eq!(taken(2), (Err(2), vec![0, 1, 2]));
        }
    }
}
