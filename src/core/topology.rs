//! Who there is and who depends on whom, while consumers come and go.
//!
//! Everything here happens under one lock, which no element ever waits for.

use super::barrier::Barrier;
use super::consumer::Consumer;
use super::error::{BadArgument, Error, Problem};
use super::gating::Line;
use super::group::Group;
use super::line_set::LineSet;
use super::ring::Ring;
use super::sequence::Position;
use crate::sync::steps::{Step, kept};
use crate::sync::thread::Thread;
use crate::sync::{Shared, try_string};

/// Where a consumer stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Gates, or gated until the end of the stream.
    Registered,
    /// A poller that was there when everything ended, and has left since. It counts as it did then.
    LeftAfterEnd,
    Unregistered,
    /// Stopped by an error.
    Failed,
}

/// One consumer that was ever registered. Its record stays for those who read its numbers.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) consumer: Shared<Consumer>,
    pub(crate) standing: Standing,
    /// The lines of those in front of it. Always consumers that are there: whoever leaves is replaced
    /// by what it depended on itself (I8).
    pub(crate) upstream: LineSet,
    /// Its elements start here.
    pub(crate) start: Position,
    /// The group that it shares its elements with.
    pub(crate) group: Option<Shared<Group>>,
    /// Its `min_batch` may hold elements back.
    pub(crate) is_holder: bool,
    /// It has no thread; nobody waits for it to end.
    pub(crate) is_poller: bool,
    /// Everything below was finished when it left.
    pub(crate) final_position: Position,
    /// How far it was behind what was published then.
    pub(crate) final_lag: u64,
    /// Its thread has nothing more to do.
    pub(crate) has_ended: bool,
    /// To be joined; taken by whoever does.
    pub(crate) thread: Option<Thread>,
    /// The consumer for whose leaving this one's thread waits at present.
    pub(crate) waits_for: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Topology {
    /// By id. `None` while it starts, or if it never came to be.
    members: Vec<Option<Member>>,
    /// Consumers that are starting.
    starting: usize,
    /// Lines in use.
    lines: LineSet,
    max_consumers: usize,
    closed: bool,
}

impl Topology {
    pub(crate) fn new(max_consumers: usize) -> Self {
        Self {
            members: Vec::new(),
            starting: 0,
            lines: LineSet::default(),
            max_consumers,
            closed: false,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// An id for a consumer that starts.
    pub(crate) fn reserve(&mut self) -> Result<u32, Error> {
        if self.closed {
            return Err(Error::Closed);
        }
        let too_many = Error::TooManyConsumers { max: self.max_consumers };
        if self.registered().count() + self.starting >= self.max_consumers {
            return Err(too_many);
        }
        let id = u32::try_from(self.members.len()).map_err(|_| too_many)?;
        let bytes = size_of::<Option<Member>>();
        self.members
            .try_reserve(1)
            .map_err(|_| Error::OutOfMemory { what: "the table of consumers", bytes })?;
        self.members.push(None);
        self.starting += 1;
        Ok(id)
    }

    /// Gives an id back. It is used again if nobody else has got one since.
    pub(crate) fn cancel(&mut self, id: u32) {
        self.starting -= 1;
        if self.members.len() == id as usize + 1 {
            self.members.pop();
        }
    }

    /// A line for a new consumer or group; in use once a member with it is inserted.
    pub(crate) fn free_line(&self) -> Result<Line, Error> {
        let free = self.lines.first_free().filter(|&line| line < self.max_consumers);
        free.ok_or(Error::TooManyConsumers { max: self.max_consumers })
    }

    /// The group of this number, if it has members; they all have to stay behind the same consumers.
    pub(crate) fn group(
        &self,
        number: u32,
        upstream: &LineSet,
    ) -> Result<Option<Shared<Group>>, Error> {
        let in_group = |member: &&Member| {
            number != 0 && member.group.as_ref().is_some_and(|group| group.number == number)
        };
        let Some(other) = self.registered().find(in_group) else { return Ok(None) };
        if other.upstream != *upstream {
            let rule = "its members must all depend on the same consumers";
            let problem = Problem::Conflict { value: number.into(), rule };
            return Err(Error::InvalidArgument(BadArgument { name: "group", problem }));
        }
        Ok(other.group.clone())
    }

    pub(crate) fn insert(&mut self, member: Member) {
        let id = member.consumer.id as usize;
        self.lines.insert(member.consumer.line);
        self.starting -= 1;
        self.members[id] = Some(member);
    }

    /// All who were ever registered, in the order of their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().flatten()
    }

    /// All who have not left before the end.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &Member> {
        use Standing::{LeftAfterEnd, Registered};
        self.all().filter(|member| matches!(member.standing, Registered | LeftAfterEnd))
    }

    /// All who have not left.
    pub(crate) fn registered(&self) -> impl Iterator<Item = &Member> {
        self.all().filter(|member| member.standing == Standing::Registered)
    }

    pub(crate) fn get(&self, id: u32) -> Result<&Member, Error> {
        let member = self.members.get(id as usize).and_then(Option::as_ref);
        member.ok_or(Error::NoSuchConsumer { id })
    }

    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Member> {
        self.members.get_mut(id as usize).and_then(Option::as_mut)
    }

    /// The lines that a consumer has to stay behind if it depends on `ids`. One that has left counts
    /// as what it depended on, or as the others of its group, so the answer does not hang on whether it
    /// left just before or just after.
    pub(crate) fn upstream_of(&self, ids: &[u32]) -> Result<LineSet, Error> {
        let mut upstream = LineSet::default();
        for &id in ids {
            let member = self.get(id)?;
            match member.standing {
                Standing::Registered => upstream.insert(member.consumer.line),
                _ if self.has_group(member) => upstream.insert(member.consumer.line),
                _ => upstream.extend(&member.upstream),
            }
        }
        Ok(upstream)
    }

    /// Whether others of its group are still there.
    fn has_group(&self, member: &Member) -> bool {
        let same = |other: &Member| match (&other.group, &member.group) {
            (Some(other), Some(own)) => other.is(own),
            _ => false,
        };
        self.registered().any(same)
    }

    /// A consumer leaves, and gives up its line unless it leaves others of its group behind; whether
    /// it does. The line's dependents then inherit what it depended on.
    pub(crate) fn leave(&mut self, id: u32, standing: Standing) -> bool {
        let Some(member) = self.get_mut(id) else { return false };
        member.standing = standing;
        let (line, inherited) = (member.consumer.line, member.upstream);
        if self.registered().any(|other| other.consumer.line == line) {
            return false;
        }
        for other in self.members.iter_mut().flatten() {
            if other.upstream.remove(line) && kept(Step::Inherit) {
                other.upstream.extend(&inherited);
            }
        }
        self.lines.remove(line);
        true
    }

    /// Tells the barrier of consumer `id` what is in front of it now.
    pub(crate) fn follow(&self, id: u32, ring: &Ring, barrier: &mut Barrier) {
        if let Ok(member) = self.get(id) {
            barrier.follow(ring.control.graph(), member.upstream.iter());
        }
    }

    /// Whether `behind` waits for `ahead`, directly or through others.
    pub(crate) fn is_behind(&self, behind: u32, ahead: u32) -> bool {
        let (Ok(behind), Ok(ahead)) = (self.get(behind), self.get(ahead)) else { return false };
        let mut reached = behind.upstream;
        loop {
            let before = reached;
            for member in self.registered() {
                if before.contains(member.consumer.line) {
                    reached.extend(&member.upstream);
                }
            }
            if reached == before {
                return reached.contains(ahead.consumer.line);
            }
        }
    }

    /// Notes that the thread of consumer `own` waits until consumer `other` has left, unless that one
    /// waits, through whomever, for `own`.
    pub(crate) fn wait_for(&mut self, own: u32, other: u32) -> Result<(), Error> {
        let mut next = Some(other);
        while let Some(id) = next {
            if id == own {
                return Err(Error::WouldDeadlock {
                    what: "unregister consumers that wait for each other",
                });
            }
            next = self.get(id).ok().and_then(|member| member.waits_for);
        }
        if let Some(member) = self.get_mut(own) {
            member.waits_for = Some(other);
        }
        Ok(())
    }

    pub(crate) fn waits_no_more(&mut self, own: u32) {
        if let Some(member) = self.get_mut(own) {
            member.waits_for = None;
        }
    }

    /// The threads that have nothing more to do, to be joined.
    pub(crate) fn take_ended_thread(&mut self) -> Option<Thread> {
        let mut ended = self.members.iter_mut().flatten().filter(|member| member.has_ended);
        ended.find_map(|member| member.thread.take())
    }
}

/// `<disruptor>/<consumer>`, the name of a consumer's thread.
pub(crate) fn thread_name(disruptor: &str, consumer: &str) -> Result<String, Error> {
    let mut name = try_string(disruptor)?;
    let more = consumer.len() + 1;
    name.try_reserve(more)
        .map_err(|_| Error::OutOfMemory { what: "a thread's name", bytes: more })?;
    name.push('/');
    name.push_str(consumer);
    Ok(name)
}
