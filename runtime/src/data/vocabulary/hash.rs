//! Hash function of hashed vocabularies. It must never change, because it maps keys to rows of trained
//! tables.

/// FNV-1a (64 bits) over the seed's eight little-endian bytes and the key, then `fmix64` of MurmurHash3, so
/// that every bit depends on all bytes. The bucket is the result modulo the number of buckets.
pub(super) fn hash(seed: u64, key: &str) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(key.bytes());
    let fnv = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(fnv)
}

/// MurmurHash3's `fmix64`.
fn mix(mut bits: u64) -> u64 {
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}
