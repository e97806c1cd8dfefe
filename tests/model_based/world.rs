//! The library and the model side by side: each call goes to both, and what they say is compared.

use disruptor::ffi::disruptor_claim_t;
use disruptor::ffi::disruptor_status_t as Status;
use disruptor::ffi::disruptor_status_t::*;

use crate::calls::{Call, How, Sequence, Spec};
use crate::library::{Library, Poller, no_claim};
use crate::model::{Model, Slot};

pub(crate) type Outcome = Result<(), String>;

/// Says what was wrong unless it was right.
pub(crate) fn check(right: bool, wrong: impl FnOnce() -> String) -> Outcome {
    if right { Ok(()) } else { Err(wrong()) }
}

/// What a claim without room is told.
fn no_room(timeout_ns: u64) -> Status {
    if timeout_ns == 0 { DISRUPTOR_FULL } else { DISRUPTOR_TIMED_OUT }
}

pub(crate) struct World {
    pub(crate) library: Library,
    pub(crate) model: Model,
    pub(crate) pollers: Vec<(u32, Poller)>,
    pub(crate) open: Vec<disruptor_claim_t>,
    finished: Vec<disruptor_claim_t>,
    element_size: usize,
    even: bool,
    pub(crate) longest: usize,
    /// So that no two elements are alike.
    elements: usize,
}

/// Runs a sequence to its end, and then delivers all that is left: each element must have reached everybody.
pub(crate) fn run(sequence: &Sequence) -> Outcome {
    let shape = &sequence.shape;
    let library = Library::create(shape).map_err(|status| format!("create: {status:?}"))?;
    let mut world = World {
        library,
        model: Model::new(shape),
        pollers: Vec::new(),
        open: Vec::new(),
        finished: Vec::new(),
        element_size: shape.element_size,
        even: shape.even,
        longest: shape.longest(),
        elements: 0,
    };
    let calls = sequence.calls.iter().enumerate();
    let mut outcome = calls.into_iter().try_for_each(|(at, call)| {
        let done = world.call(call).and_then(|()| world.settle());
        done.map_err(|wrong| format!("{at}. {call:?}: {wrong}"))
    });
    if outcome.is_ok() {
        outcome = world.drain().map_err(|wrong| format!("at the end: {wrong}"));
    }
    world.end().and(outcome)
}

impl World {
    fn call(&mut self, call: &Call) -> Outcome {
        match call {
            Call::Produce { lengths, timeout_ns } => self.produce(lengths, *timeout_ns),
            Call::Claim { count, timeout_ns } => self.claim(*count, *timeout_ns),
            Call::Publish { nth, how } => self.hand_in(*nth, *how, true),
            &Call::Prefix { nth, how, part, inline } => self.publish_prefix(nth, how, part, inline),
            Call::Abandon { nth, how } => self.hand_in(*nth, *how, false),
            Call::Poller(spec) => self.enter(spec, true),
            Call::Register(spec) => self.enter(spec, false),
            Call::Poll { nth, timeout_ns } => {
                self.on_poller(*nth, |world, nth| world.poll(nth, *timeout_ns))
            }
            Call::Release { nth, count } => {
                self.on_poller(*nth, |world, nth| world.release(nth, *count))
            }
            Call::DestroyPoller { nth } => self.on_poller(*nth, Self::destroy_poller),
            Call::Unregister { id } => self.unregister(*id),
            Call::Flush => self.flush(),
            Call::Close => self.close(),
            Call::Halt => self.halt(),
            Call::Hostile(hostile) => self.hostile(hostile),
        }
    }

    fn on_poller(&mut self, nth: usize, call: impl FnOnce(&mut Self, usize) -> Outcome) -> Outcome {
        if self.pollers.is_empty() {
            return Ok(());
        }
        call(self, nth % self.pollers.len())
    }

    fn element(&mut self, len: usize) -> Vec<u8> {
        self.elements += 1;
        (0..len).map(|at| (self.elements * 167 + at * 13) as u8).collect()
    }

    /// Why nothing can be claimed now, whether there is room or not.
    pub(crate) fn refusals(&self) -> Vec<Status> {
        let mut all = Vec::new();
        if self.model.is_closed {
            all.push(DISRUPTOR_CLOSED);
        }
        if self.model.live_units().next().is_none() {
            all.push(DISRUPTOR_NO_CONSUMERS);
        }
        if self.model.is_closed {
            all.truncate(1)
        }
        all
    }

    fn produce(&mut self, lengths: &[usize], timeout_ns: u64) -> Outcome {
        let elements: Vec<_> = lengths.iter().map(|&len| self.element(len)).collect();
        // These may not wait: nobody else is there to make room.
        let has_room = self.model.is_closed || self.model.room(false).0 >= lengths.len() as u64;
        let (status, accepted) = match (&*elements, has_room) {
            ([element], true) => match self.library.produce_one(element) {
                DISRUPTOR_OK => (DISRUPTOR_OK, 1),
                refused => (refused, 0),
            },
            _ => self.library.produce(&elements, timeout_ns),
        };
        let mut refusals = self.refusals();
        if lengths.iter().any(|&len| len > self.longest) {
            refusals.push(DISRUPTOR_ELEMENT_TOO_LARGE);
        }
        let got = || format!("{status:?}, {accepted} accepted");
        if !refusals.is_empty() {
            let is_fine =
                refusals.contains(&status) || lengths.is_empty() && status == DISRUPTOR_OK;
            return check(is_fine && accepted == 0, || format!("expected {refusals:?}: {}", got()));
        }
        let (least, most) = self.model.room(false);
        let count = lengths.len() as u64;
        let expected = least.min(count)..=most.min(count);
        let is_all = accepted == lengths.len();
        let right = if is_all { DISRUPTOR_OK } else { no_room(timeout_ns) };
        check(expected.contains(&(accepted as u64)) && status == right, || {
            format!("expected {expected:?} of {count}: {}", got())
        })?;
        let accepted = elements.into_iter().take(accepted);
        self.model.slots.extend(accepted.map(|element| (Slot::Published, element)));
        self.has_waited(status, timeout_ns);
        if !is_all {
            self.model.wants(self.model.claimed() + 1);
        }
        Ok(())
    }

    fn claim(&mut self, count: usize, timeout_ns: u64) -> Outcome {
        let got = self.library.claim(count, timeout_ns);
        let mut allowed = self.refusals();
        if count == 0 || count as u64 > self.model.capacity {
            allowed.push(DISRUPTOR_INVALID_ARGUMENT);
        } else if allowed.is_empty() {
            let (least, most) = self.model.room(true);
            if most < count as u64 {
                allowed.push(no_room(timeout_ns));
            } else if least < count as u64 {
                allowed.extend([no_room(timeout_ns), DISRUPTOR_OK]);
            }
        }
        let status = got.err().unwrap_or(DISRUPTOR_OK);
        let is_fine = allowed.contains(&status) || allowed.is_empty() && status == DISRUPTOR_OK;
        check(is_fine, || format!("expected {allowed:?}: {status:?}"))?;
        self.has_waited(status, timeout_ns);
        if status == no_room(timeout_ns) {
            self.model.wants(self.model.claimed() + count as u64);
        }
        let Ok(claim) = got else { return Ok(()) };
        check((claim.first_sequence, claim.count) == (self.model.claimed(), count), || {
            format!("{} slots from {}", claim.count, claim.first_sequence)
        })?;
        let any = |nth| (self.elements + nth) % (self.element_size + 1);
        let len = |nth| if self.even { self.element_size } else { any(nth) };
        let lengths: Vec<usize> = (0..count).map(len).collect();
        let elements: Vec<_> = lengths.into_iter().map(|len| self.element(len)).collect();
        self.library.fill(&claim, &elements);
        self.model.slots.extend(elements.into_iter().map(|element| (Slot::Open, element)));
        self.open.push(claim);
        Ok(())
    }

    /// A producer that was ready to wait.
    fn has_waited(&mut self, status: Status, timeout_ns: u64) {
        self.model.may_have_waited |= timeout_ns > 0;
        self.model.timed_out += u64::from(status == DISRUPTOR_TIMED_OUT);
    }

    /// A claim, spoiled or not, and which of the open ones it is.
    fn handed_in(&self, nth: usize, how: How) -> (disruptor_claim_t, Option<usize>) {
        let nth = nth % self.open.len().max(1);
        let open = self.open.get(nth).copied();
        let mut claim = open.unwrap_or(no_claim());
        match how {
            How::Right => {}
            How::TooLong => {
                if open.is_some() {
                    self.library.set_len(&claim, claim.count - 1, self.element_size + 1);
                }
            }
            How::OneMore => claim.count += 1,
            How::OneLess => claim.count = claim.count.saturating_sub(1),
            How::OneFurther => claim.first_sequence += 1,
            How::WithTheNext => {
                let end = claim.first_sequence + claim.count as u64;
                let next = self.open.iter().find(|other| other.first_sequence == end);
                claim.count += next.map_or(1, |next| next.count);
            }
            How::Again => claim = self.finished.last().copied().unwrap_or(no_claim()),
        }
        let same = |other: &disruptor_claim_t| {
            (other.first_sequence, other.count) == (claim.first_sequence, claim.count)
        };
        let found = self.open.iter().position(same);
        (claim, found)
    }

    fn hand_in(&mut self, nth: usize, how: How, publish: bool) -> Outcome {
        let (claim, found) = self.handed_in(nth, how);
        // Behind a halt nobody looks at lengths any more.
        let is_too_long = how == How::TooLong && found.is_some() && !self.model.is_halted;
        let right = match found {
            None => DISRUPTOR_INVALID_ARGUMENT,
            Some(_) if is_too_long && publish => DISRUPTOR_ELEMENT_TOO_LARGE,
            Some(_) if self.model.is_halted && publish => DISRUPTOR_CLOSED,
            Some(_) => DISRUPTOR_OK,
        };
        let status =
            if publish { self.library.publish(&claim) } else { self.library.abandon(&claim) };
        check(status == right, || format!("expected {right:?}: {status:?}"))?;
        if is_too_long && publish {
            let last = claim.first_sequence + claim.count as u64 - 1;
            self.library.set_len(&claim, claim.count - 1, self.model.bytes(last).len());
        }
        if let (Some(found), DISRUPTOR_OK | DISRUPTOR_CLOSED) = (found, status) {
            self.finished.push(self.open.remove(found));
            let slots = &mut self.model.slots[claim.first_sequence as usize..][..claim.count];
            let is_accepted = publish && status == DISRUPTOR_OK;
            let slot = if is_accepted { Slot::Published } else { Slot::Abandoned };
            slots.iter_mut().for_each(|(own, _)| *own = slot);
        }
        Ok(())
    }

    fn publish_prefix(&mut self, nth: usize, how: How, part: usize, inline: bool) -> Outcome {
        let (claim, found) = self.handed_in(nth, how);
        let part = part % (claim.count + 2);
        let is_too_long = how == How::TooLong && part == claim.count;
        let right = match found {
            None => DISRUPTOR_INVALID_ARGUMENT,
            Some(_) if part > claim.count => DISRUPTOR_INVALID_ARGUMENT,
            Some(_) if part == 0 => DISRUPTOR_OK,
            Some(_) if self.model.is_halted => DISRUPTOR_CLOSED,
            Some(_) if is_too_long => DISRUPTOR_ELEMENT_TOO_LARGE,
            Some(_) => DISRUPTOR_OK,
        };
        let mut rest = claim;
        let status = match inline {
            true => self.library.claim_publish(&mut rest, part),
            false => self.library.publish_prefix(&mut rest, part),
        };
        check(status == right, || format!("expected {right:?} of {part}: {status:?}"))?;
        let done = if status == DISRUPTOR_OK { part } else { 0 };
        let left = (claim.first_sequence + done as u64, claim.count - done);
        check((rest.first_sequence, rest.count) == left, || {
            format!("expected {left:?} to be left: {:?}", (rest.first_sequence, rest.count))
        })?;
        let Some(found) = found else { return Ok(()) };
        let slots = &mut self.model.slots[claim.first_sequence as usize..][..claim.count];
        if status == DISRUPTOR_CLOSED {
            slots.iter_mut().for_each(|(own, _)| *own = Slot::Abandoned);
            self.finished.push(self.open.remove(found));
            return Ok(());
        }
        slots[..done].iter_mut().for_each(|(own, _)| *own = Slot::Published);
        if how == How::TooLong && done < claim.count {
            self.library.set_len(&claim, claim.count - 1, slots[claim.count - 1].1.len());
        }
        if done == claim.count {
            self.finished.push(self.open.remove(found));
        } else if done > 0 {
            self.finished.push(claim);
            self.open[found] = rest;
        }
        Ok(())
    }

    fn enter(&mut self, spec: &Spec, is_poller: bool) -> Outcome {
        let model = &self.model;
        let next = model.consumers.len() as u32;
        let too_large = |count: usize| count as u64 > model.capacity;
        let mut allowed = Vec::new();
        if too_large(spec.min_batch)
            || too_large(spec.max_batch)
            || (1..spec.min_batch).contains(&spec.max_batch)
        {
            allowed.push(DISRUPTOR_INVALID_ARGUMENT);
        }
        if model.is_closed {
            allowed.push(DISRUPTOR_CLOSED);
        }
        if model.live_consumers().len() >= model.max_consumers {
            allowed.push(DISRUPTOR_TOO_MANY_CONSUMERS);
        }
        if spec.depends_on.iter().any(|&id| id >= next) {
            allowed.push(DISRUPTOR_NO_SUCH_CONSUMER);
        } else if let Some(group) = model.live_group(spec.group)
            && model.units[group].upstream != model.upstream_of(&spec.depends_on)
        {
            allowed.push(DISRUPTOR_INVALID_ARGUMENT);
        }
        let entered = if is_poller {
            self.library.poller(spec).map(|(id, poller)| (id, Some(poller)))
        } else {
            self.library.register(spec).map(|id| (id, None))
        };
        match entered {
            Err(status) => {
                check(allowed.contains(&status), || format!("expected {allowed:?}: {status:?}"))
            }
            Ok((id, poller)) => {
                self.model.enter(spec, is_poller);
                self.pollers.extend(poller.map(|poller| (id, poller)));
                check(allowed.is_empty(), || format!("expected {allowed:?}: OK"))?;
                check(id == next, || format!("expected the id {next}: {id}"))
            }
        }
    }

    fn unregister(&mut self, id: u32) -> Outcome {
        let right = match self.model.consumers.get(id as usize) {
            None => DISRUPTOR_NO_SUCH_CONSUMER,
            Some(consumer) if consumer.is_poller => DISRUPTOR_INVALID_ARGUMENT,
            Some(_) => DISRUPTOR_OK,
        };
        let status = self.library.unregister(id);
        check(status == right, || format!("expected {right:?}: {status:?}"))?;
        if status == DISRUPTOR_OK && !self.model.consumers[id as usize].is_gone {
            self.model.leave(id);
        }
        Ok(())
    }

    fn destroy_poller(&mut self, nth: usize) -> Outcome {
        let (id, poller) = self.pollers.remove(nth);
        let status = poller.destroy();
        self.model.leave(id);
        check(status == DISRUPTOR_OK, || format!("{status:?}"))
    }

    /// Ends everything, whatever state it is in.
    fn end(mut self) -> Outcome {
        for claim in self.open.drain(..) {
            self.library.abandon(&claim);
        }
        for (_, poller) in self.pollers.drain(..) {
            poller.destroy();
        }
        let status = self.library.destroy();
        check(status == DISRUPTOR_OK, || format!("destroy: {status:?}"))
    }

    pub(crate) fn hand_in_all(&mut self) -> Outcome {
        while !self.open.is_empty() {
            self.hand_in(0, How::Right, self.open.len().is_multiple_of(2))?;
            self.settle()?;
        }
        Ok(())
    }
}
