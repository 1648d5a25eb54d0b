//! Sequences: positions as rows, repetition and masks.

use super::*;

/// Random vectors with masks of every length from 0 to `N`, padded in front if `front`.
pub(super) fn sequence_of<const N: usize, const W: usize>(
    device: &Cpu,
    rows: usize,
    name: &str,
    front: bool,
) -> Sequence<N, W, Cpu> {
    let values = vectors(random::<W>(device, rows * N, name)).unwrap();
    let holds = |at: usize| {
        let (length, position) = ((at / N) % (N + 1), at % N);
        if front { position + length >= N } else { position < length }
    };
    let mask = (0..rows * N).map(|at| if holds(at) { 1.0 } else { 0.0 }).collect();
    Sequence { values, mask: device.tensor_from_vec(mask, (rows, Const)) }
}

pub(super) fn taped<const N: usize, const W: usize>(x: &Sequence<N, W, Cpu>) -> Sequence<N, W, Cpu, Taped> {
    Sequence { values: x.values.retaped(), mask: x.mask.clone() }
}

#[test]
fn pooled_sequences() {
    let device = Cpu::default();
    for rows in ROWS {
        for front in [false, true] {
            let x = sequence_of::<5, 3>(&device, rows, "x", front);
            let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
            for combiner in [Combiner::Sum, Combiner::Mean, Combiner::Sqrtn, Combiner::Max] {
                let fused = outcome(pool(taped(&x), combiner).unwrap(), read);
                assert_eq!(fused[0][..3], [0.0; 3], "the first record is empty");
                close(
                    &fused,
                    &outcome(crate::ops::pool::sequence::plain(taped(&x), combiner).unwrap(), read),
                );
            }
        }
    }
    // A tie gives the gradient once.
    let values = device.tensor_from_vec(vec![9.0, 2.0, 1.0, 2.0, 2.0, 1.0], (2, Const, Const));
    let mask = device.tensor_from_vec(vec![0.0, 1.0, 1.0, 1.0, 1.0, 1.0], (2, Const));
    let x: Sequence<3, 1, Cpu> = Sequence { values, mask };
    let y = pool(taped(&x), Combiner::Max).unwrap();
    assert_eq!(y.as_vec(), [2.0, 2.0]);
    let gradients = y.sum::<Rank0, _>().backward();
    assert_eq!(gradients.get(&x.values).as_vec(), [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn positions_are_rows_and_masked_ones_are_zeros() {
    let device = Cpu::default();
    for rows in ROWS {
        let x = sequence_of::<5, 3>(&device, rows, "x", false);
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        let fused = outcome(masked(taped(&x)).unwrap(), read);
        close(&fused, &outcome(super::super::sequence::plain_masked(taped(&x)).unwrap(), read));
        assert!(fused.iter().all(|values| {
            values.chunks(3).zip(x.mask.as_vec()).all(|(at, mask)| mask == 1.0 || at == [0.0; 3])
        }));

        let user = random::<3>(&device, rows, "user");
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&user).as_vec()];
        let plain = super::super::sequence::plain_repeat::<5, 3, _, _>(user.retaped::<Taped>()).unwrap();
        close(&outcome(repeat::<5, 3, _, _>(user.retaped::<Taped>()).unwrap(), read), &outcome(plain, read));

        // A row op at each position: the gradient reaches the vectors.
        let read = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
        let doubled = scale(positions(x.values.retaped::<Taped>()).unwrap(), 2.0).unwrap();
        let doubled: Sequence<5, 3, Cpu, Taped> = sequence(doubled, &[&x.mask, &x.mask]).unwrap();
        assert_eq!(doubled.mask.as_vec(), x.mask.as_vec());
        let other = sequence_of::<5, 3>(&device, rows, "x", true).mask;
        let both: Sequence<5, 3, Cpu> =
            sequence(positions(x.values.clone()).unwrap(), &[&x.mask, &other]).unwrap();
        assert_eq!(both.mask.as_vec(), (x.mask.clone() * other).as_vec());
        close(&outcome(doubled.values, read), &outcome(x.values.retaped::<Taped>() * 2.0, read));
    }
    let all = sequence::<5, 3, _, _>(random::<3>(&device, 10, "x"), &[]).unwrap();
    assert_eq!(all.mask.as_vec(), [1.0; 10]);
}
