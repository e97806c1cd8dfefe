//! Who reads and who writes what, for models: slots, because loom sees no access through a pointer, so each is
//! reported here too; and what one at a time may write though others read it. In every other build nothing is left of it.

#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct Watch;

#[cfg(not(loom))]
impl Watch {
    pub(crate) fn new(_slots: usize) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn written(&self, _slot: usize) {}

    #[inline(always)]
    pub(crate) fn read(&self, _slot: usize) {}
}

#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct Watch(Vec<loom::cell::UnsafeCell<()>>);

// SAFETY: there is nothing in the cells, and loom fails where two get at one of them at once.
#[cfg(loom)]
unsafe impl Sync for Watch {}

#[cfg(loom)]
impl Watch {
    pub(crate) fn new(slots: usize) -> Self {
        Self((0..slots).map(|_| loom::cell::UnsafeCell::new(())).collect())
    }

    pub(crate) fn written(&self, slot: usize) {
        self.0[slot].with_mut(|_| ());
    }

    pub(crate) fn read(&self, slot: usize) {
        self.0[slot].with(|_| ());
    }
}
