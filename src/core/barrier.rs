//! What a consumer may read: published, and finished by all that it depends on (I3).

use super::gating::Line;
use super::ring::Bell;
use super::sequence::{NOBODY, Position};
use super::stream::Stream;
use crate::sync::steps::{Step, kept};
use crate::sync::{AllocationRefused, try_vec};

/// Positions that a consumer may read: from its own to where its barrier stands.
#[derive(Debug)]
pub(crate) struct Readable {
    from: Position,
    to: Position,
}

impl Readable {
    /// `from` is where a consumer gates, and everything below `to` is published.
    pub(super) fn new(from: Position, to: Position) -> Self {
        Self { from, to: to.max(from) }
    }

    /// As much of it as lies below `limit`.
    pub(super) fn below(self, limit: Position) -> Self {
        Self { from: self.from, to: self.to.min(limit) }
    }

    /// As much of it as lies in `from..to`.
    pub(super) fn part(&self, from: Position, to: Position) -> Self {
        Self::new(from.max(self.from), to.min(self.to))
    }

    pub(crate) fn from(&self) -> Position {
        self.from
    }

    pub(crate) fn to(&self) -> Position {
        self.to
    }

    pub(crate) fn len(&self) -> u64 {
        self.to - self.from
    }

    #[inline]
    pub(crate) fn contains(&self, at: Position) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// The graph has changed: ask it for the dependencies again, then look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GraphChanged;

/// One consumer's view of what is in front of it.
#[derive(Debug)]
pub(crate) struct Barrier {
    /// The lines to stay behind; none means all that is published.
    upstream: Vec<Line>,
    /// The version of the graph from which `upstream` was taken.
    graph: u64,
    /// Up to here everything was found published. Always in sync or behind, never ahead.
    published: Position,
    /// The line that stood furthest behind at the last look.
    slowest: Line,
}

impl Barrier {
    /// A barrier at the start of a consumer, for at most `lines` dependencies.
    pub(crate) fn new(lines: usize) -> Result<Self, AllocationRefused> {
        Ok(Self { upstream: try_vec(lines)?, graph: 0, published: 0, slowest: 0 })
    }

    /// Stays behind `upstream` from now on.
    pub(crate) fn follow(&mut self, graph: u64, upstream: impl Iterator<Item = Line>) {
        self.graph = graph;
        self.upstream.clear();
        self.upstream.extend(upstream);
    }

    /// What can be read from `from` on, which is the position at which the caller gates.
    #[inline]
    pub(crate) fn look(
        &mut self,
        stream: &Stream,
        from: Position,
    ) -> Result<Readable, GraphChanged> {
        let to = if self.upstream.is_empty() {
            self.published = stream.sequencer.published(self.published.max(from));
            self.published
        } else {
            self.slowest_upstream(stream)?
        };
        Ok(Readable::new(from, to))
    }

    /// A line is used again when its consumer has left, and reads `NOBODY` in between. Whoever leaves
    /// changes the version of the graph *before* it gives up its line. So if what was read here
    /// (acquire) is no longer the dependency's position, the version has changed, and visibly so.
    #[inline]
    fn slowest_upstream(&mut self, stream: &Stream) -> Result<Position, GraphChanged> {
        let mut minimum = NOBODY;
        for &line in &self.upstream {
            let finished = stream.gates.finished(line);
            if finished < minimum {
                (minimum, self.slowest) = (finished, line);
            }
        }
        if stream.control.graph() != self.graph && kept(Step::CheckGraph) {
            return Err(GraphChanged);
        }
        Ok(minimum)
    }

    /// How far `from`, the caller's own position, is behind what is published.
    #[inline]
    pub(crate) fn lag(&mut self, stream: &Stream, from: Position) -> u64 {
        if !self.upstream.is_empty() {
            self.published = stream.sequencer.published(self.published.max(from));
        }
        self.published - from
    }

    /// Where to wait for more: nothing more can be read before this one rings. After every look in
    /// vain ask again, because another dependency may have become the slowest.
    pub(crate) fn bell(&self) -> Bell {
        match self.upstream.is_empty() {
            true => Bell::Published,
            false => Bell::Moved(self.slowest),
        }
    }

    /// Changes whenever `bell` does.
    pub(crate) fn waits_for(&self) -> Option<Line> {
        (!self.upstream.is_empty()).then_some(self.slowest)
    }
}
