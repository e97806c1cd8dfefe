//! The disruptor itself. Knows no C.
//!
//! # Reading order
//!
//! `sequence`, `region`, `element`, `slots`: positions and memory. `gating`, `claim`, `control`, `stream`, `ring`: room, claims,
//! publication. `event_count`, `wait`: sleep and wake. `barrier`, `group`, `reader`, `consumer`,
//! `poller`: what may be read, and how it is delivered. `topology`, `register`, `worker`: who is there.
//! `produce`, `in_place`, `disruptor`: producers, and the life of the whole. `counters`, `stopwatch`, `stats`, `report`: numbers.
//!
//! # Invariants
//!
//! * **I1** Room first: `claimed <= min(finished of gating consumers) + capacity`, always. A claim is
//!   taken only when there is room.
//! * **I2** Between its claim and its publish a slot belongs to its claimant alone; after publish to
//!   the consumers, until the last gating one has finished it.
//! * **I3** A consumer reads below the contiguous published position and below every dependency's
//!   `finished`.
//! * **I4** Every accepted element reaches every consumer that was registered before it was accepted,
//!   once, in order (retries aside). Only a halt may break this, and it says by how much.
//! * **I5** No lost wake-up: a waiter announces itself, then looks again, then sleeps; a publisher makes
//!   its change visible, then looks for waiters.
//! * **I6** Close: a consumer ends only at the end of the stream, which is fixed in the step that
//!   refuses further claims. Waiting producers are woken and say how much they got in.
//! * **I7** Registration: a new consumer gates the producers before its start is fixed, so nobody can
//!   lap it.
//! * **I8** A consumer that left or failed gates nobody. Its dependents inherit its dependencies.
//! * **I9** No allocation, lock or system call on the way of an element when nobody has to wait.

mod barrier;
mod claim;
mod config;
mod consumer;
mod control;
mod counters;
mod disruptor;
mod element;
mod event_count;
mod gating;
mod group;
mod handler;
mod in_place;
mod line_set;
mod own_thread;
mod poller;
mod produce;
mod reader;
mod region;
mod register;
mod report;
mod ring;
mod sequence;
mod slots;
mod stats;
mod stopwatch;
mod stream;
mod topology;
mod wait;
mod worker;

mod error;
pub use self::{
    claim::Publication,
    config::{Config, ConsumerConfig, ProducerMode, WaitStrategy},
    disruptor::Disruptor,
    element::{Bytes, Element, Span},
    error::{BadArgument, Error, Problem},
    handler::{Batch, Elements, Handler, OnError},
    in_place::{DirectPath, OpenClaim},
    poller::Poller,
    produce::Produced,
    report::Format,
    stats::{ConsumerStats, State, Stats},
};

#[cfg(all(loom, test))]
mod models;
