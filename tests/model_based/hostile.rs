//! Strange numbers, for calls that no well-behaved program makes, and structs that lie about their size.
//!
//! Each struct lies in an allocation of exactly the size that it tells, for AddressSanitizer.

use std::ptr;

use crate::calls::Random;

/// What is called, and with which strange numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hostile {
    pub(crate) what: usize,
    /// Of the struct; `None` = the right one.
    pub(crate) struct_size: Option<usize>,
    /// The byte behind the struct that is not zero, if there is one.
    tail: Option<usize>,
    pub(crate) field: usize,
    pub(crate) value: usize,
}

/// Numbers around which mistakes gather.
const EDGES: [usize; 10] = [
    4096,
    4097,
    u32::MAX as usize - 1,
    u32::MAX as usize,
    1 << 32,
    isize::MAX as usize / 16 + 1,
    isize::MAX as usize / 4 + 1,
    isize::MAX as usize,
    isize::MAX as usize + 1,
    usize::MAX,
];

fn number(random: &mut Random) -> usize {
    match random.below(3) {
        0 => random.below(300),
        1 => EDGES[random.below(EDGES.len())],
        _ => (1 << random.below(64)) - random.below(2),
    }
}

impl Hostile {
    pub(crate) fn random(random: &mut Random) -> Self {
        let what = random.below(12);
        let struct_size = match random.below(3) {
            0 => None,
            1 => Some(random.below(300)),
            _ => Some(number(random)),
        };
        let tail = random.one_in(4).then(|| random.below(64));
        Self { what, struct_size, tail, field: random.below(14), value: number(random) }
    }

    pub(crate) fn simpler(&self) -> Vec<Self> {
        let less = (self.value > 0).then(|| Self { value: self.value / 2, ..self.clone() });
        let all = [
            Some(Self { struct_size: None, ..self.clone() }),
            Some(Self { tail: None, ..self.clone() }),
            less,
        ];
        all.into_iter().flatten().filter(|simpler| simpler != self).collect()
    }

    /// A struct that says to be of another size, as long as it says, as far as that can be.
    pub(crate) fn sized<T: Copy>(&self, whole: &T) -> (Vec<u8>, usize) {
        let known = size_of::<T>();
        let size = self.struct_size.unwrap_or(known);
        let mut bytes = vec![0; if size <= 4096 { size.max(8) } else { 8 }];
        let common = bytes.len().min(known);
        // SAFETY: both have so many bytes, and these structs have no padding.
        unsafe { ptr::from_ref(whole).cast::<u8>().copy_to(bytes.as_mut_ptr(), common) };
        bytes[..8].copy_from_slice(&size.to_ne_bytes());
        if let Some(at) = self.tail
            && known + at < bytes.len()
        {
            bytes[known + at] = 1;
        }
        (bytes, size)
    }

    /// Whether the library has to accept that size, by where the fields end.
    pub(crate) fn is_size_right<T>(&self, ends: &[usize]) -> bool {
        let known = size_of::<T>();
        match self.struct_size {
            None => true,
            Some(size) if size > known => {
                size <= 4096 && self.tail.is_none_or(|at| known + at >= size)
            }
            Some(size) => size == known || size > 0 && ends.contains(&size),
        }
    }
}
