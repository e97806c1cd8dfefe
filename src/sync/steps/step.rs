//! The steps, by protocol.

/// A step without which its protocol is wrong.
#[cfg_attr(not(loom), allow(dead_code, reason = "some are asked for by loom's stand-ins alone"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Event count: the sleeper announces itself before its last look.
    Announce,
    /// Event count: the sleeper looks once more after it has announced itself.
    LookAgain,
    /// Event count: the sleeper's fence between announcement and look.
    SleeperFence,
    /// Event count: the publisher's fence between change and look for sleepers.
    PublisherFence,
    /// Fences: two light ones do not make a pair.
    HeavyIsHeavy,
    /// Event count: the publisher takes the lock before it wakes, so that nobody is about to sleep.
    LockToWake,
    /// Event count: the publisher wakes whom it finds asleep.
    Wake,
    /// Event count: an event loop announces its signal as a sleeper does itself ...
    SignalAnnounce,
    /// ... with a fence before its last look ...
    SignalFence,
    /// ... and the publisher raises it.
    SignalRaise,
    /// Claim: only when there is room.
    RoomFirst,
    /// Claim: whoever claims, or is refused, acquires what came before that was told by how far is claimed ...
    ClaimAcquire,
    /// ... also in the swap itself ...
    SwapAcquire,
    /// ... which releases what came before it ...
    SwapRelease,
    /// ... to whoever asks how far is claimed ...
    ClaimedAcquire,
    /// ... or where the end is.
    EndAcquire,
    /// Claim: a minimum of the lines is released by who looked at them ...
    GateRelease,
    /// ... and acquired by who trusts it.
    GateAcquire,
    /// Publish: the mark of a slot is released, after its bytes ...
    MarkRelease,
    /// ... and acquired before they are read.
    MarkAcquire,
    /// Finish: a position is released, after the bytes below it were read ...
    FinishRelease,
    /// ... and acquired before their slots are written again.
    FinishAcquire,
    /// Finish: so is the position of a group, by each of its members.
    AtLeastRelease,
    /// Finish: and the line of a consumer that leaves.
    GoneRelease,
    /// Single producer: the owner's fence between its entry and its look whether it is still the owner.
    OwnerFence,
    /// Single producer: that look.
    StillOwner,
    /// Single producer: the fence of whoever takes ownership away, before it looks who is inside.
    TakerFence,
    /// Single producer: that look.
    OwnerInside,
    /// Single producer: it acquires what was done inside ...
    TakerAcquire,
    /// ... and so does who asks for the end.
    InsideAcquire,
    /// Single producer: an owner's seat is released with it, having been made ...
    OwnerRelease,
    /// ... and acquired by who looks into it.
    OwnerAcquire,
    /// Single producer: leaving releases what was done inside.
    LeaveRelease,
    /// Single producer: the fence between leaving and the look for a seal.
    LeaveFence,
    /// Single producer: whoever leaves a sealed sequencer rings the bells.
    LeaveRingsSealed,
    /// Single producer: a seal is released behind its fence ...
    SealRelease,
    /// ... and acquired before anybody looks who is inside.
    SealAcquire,
    /// Single producer: that nobody was inside any more is released ...
    OverRelease,
    /// ... and acquired by who relies on it.
    OverAcquire,
    /// Registration: a newcomer is released with its permission to claim.
    AllowRelease,
    /// Close, and when the last consumer leaves: what came before is released with the refusal.
    RefuseRelease,
    /// Single producer: both are acquired by who claims, or is refused.
    RefusalsAcquire,
    /// Single producer, open claims: where a claim's announcements begin is released with its end ...
    FrontRelease,
    /// ... and acquired by who finds it.
    FrontAcquire,
    /// Single producer, registration: the fence between gate and start.
    OpenFence,
    /// Single producer, registration: claims are allowed when the start is fixed.
    StartFirst,
    /// Single producer, close: the fence between refusing claims and the seal.
    SealFence,
    /// Single producer, close: the end is known when nobody is inside.
    NobodyInside,
    /// Single producer, close: once known, the end stays so.
    StaysOver,
    /// Registration: the consumer gates before its start is fixed.
    GateFirst,
    /// Registration: the gate lies below every open claim.
    OpenClaims,
    /// Registration: the minimum of the gates is never above the claimed position read before it.
    MinimumCeiling,
    /// Leaving: the last consumer has claims refused before it gives up its line.
    LastRefuses,
    /// Leaving: whoever waits for the line is woken.
    LeaveRings,
    /// Groups: a member lays its hand on elements before it gathers them ...
    Hand,
    /// ... with a fence before its last look ...
    HandFence,
    /// ... whether the cursor is still there.
    CursorAgain,
    /// Groups: only under its hand a member looks which slots were abandoned.
    CountInHand,
    /// Groups: a fence between letting go and the look for the others' hands.
    LetGoFence,
    /// Groups: the cursor is read before the hands ...
    CursorFirst,
    /// ... with a fence in between, should two members' stores be seen in different orders.
    CursorFence,
    /// Groups: who sits down acquires what was done with the seat's hand.
    SeatAcquire,
    /// Groups: who counts what is in the hands acquires the cursor ...
    HandsAcquire,
    /// ... and the end of each batch ...
    ToAcquire,
    /// ... and looks whether the hand is still where it was.
    HandAgain,
    /// Groups: the line never goes back.
    AtLeast,
    /// Groups: a hand is released, after what was read under it ...
    HeldRelease,
    /// ... and acquired before the line moves over that.
    HeldAcquire,
    /// Groups: a member that is done rings the bells when others wait for nothing else to end.
    MemberRings,
    /// Groups: whoever leaves elements behind rings the bells.
    LeftBehindRings,
    /// Groups: a member that may hold elements back wakes producers, who have to tell it that they wait.
    HolderRings,
    /// Open claims: whoever opens one wakes those who wait for no open claim: holders of elements, if somebody wants
    /// room, and a halt ...
    OpenedRings,
    /// ... for which it looks behind a fence.
    OpenedFence,
    /// Open claims: and whoever wants room executes one before it rings.
    WantedFence,
    /// Open claims: a publication that is refused, which began without a call, wakes them too.
    RefusedRings,
    /// Flush: those who hold elements back are told of it ...
    FlushAsks,
    /// ... and woken.
    FlushRings,
    /// Open claims: only one of those who hand in a claim gets it.
    TakenOnce,
    /// Open claims: they are released with what is in their slots ...
    OpenRelease,
    /// ... and acquired by whoever hands them in.
    HandInAcquire,
    /// Open claims: one that was taken by mistake is released again with what is in its slots.
    PutBackRelease,
    /// Open claims: what is published behind one of them is released with its count ...
    LaterRelease,
    /// ... and acquired by who finds that.
    LaterAcquire,
    /// Open claims: how far that goes is released behind what was forgotten ...
    LastRelease,
    /// ... and acquired by who counts up to there.
    LastAcquire,
    /// Open claims: whoever finds such a count forgotten finds its claim readable.
    ForgetRelease,
    /// Pollers: armed again when another dependency has become the slowest ...
    ArmAgain,
    /// ... and raised when the look after arming finds something.
    RaiseFound,
    /// Halt: it is known before the close that is part of it.
    HaltFirst,
    /// Halt, and leaving: whoever was asked to end is woken.
    AskRings,
    /// Halt: what came before it is released with the question to end ...
    AskRelease,
    /// ... and acquired by who is asked ...
    AskAcquire,
    /// ... and released with the halt itself ...
    HaltRelease,
    /// ... and acquired by who is told CLOSED.
    HaltAcquire,
    /// Halt: that it is certain is released, behind the fence ...
    CertainRelease,
    /// ... and acquired by who then looks for claims that are open.
    CertainAcquire,
    /// Numbers: what was counted, and done, before a number grew is released with it ...
    CountRelease,
    /// ... and acquired by who reads it.
    CountAcquire,
    /// Numbers: a consumer's lag counts from where it is once the other end is known, not from where it was before.
    LagFromNow,
    /// Numbers: whoever is counted as waiting has looked at the handle, which is released ...
    BlockedRelease,
    /// ... and acquired by who reads that, and may destroy it.
    BlockedAcquire,
    /// Pollers: a visitor counts itself in and out ...
    CountVisit,
    /// ... in with a fence before it tries the desk ...
    CountFence,
    /// ... which a caller that finds the desk taken has as well, before it looks who is there ...
    CallerFence,
    /// ... and the visitor's way out is released ...
    VisitRelease,
    /// ... and acquired before the desk is tried.
    VisitAcquire,
    /// Pollers: one that comes has a fence between its entry and its look for gaps.
    NewcomerFence,
    /// Pollers: the owner passes what visitors left to it that came when it was there ...
    PassSince,
    /// ... behind a fence, that is.
    SinceFence,
    /// ... who have a fence before they try the desk.
    VisitFence,
    /// Try-lock: the value is released when it is given back ...
    LockRelease,
    /// ... and acquired by who gets it next.
    LockAcquire,
    /// Halt: a fence between taking a claim from its caller and the look whether all is halted ...
    HaltedFence,
    /// ... which is then not published.
    HaltRefuses,
    /// Halt: the fence behind the word that all is halted.
    HalterFence,
    /// Dependencies: the version of the graph changes before a line is given up.
    GraphFirst,
    /// Dependencies: positions are believed only if the graph has not changed meanwhile.
    CheckGraph,
    /// Dependencies: those of a consumer that leaves inherit what it depended on.
    Inherit,
    /// Publishing rings the bell.
    PublishRings,
    /// Finishing rings the bell.
    FinishRings,
    /// Closing rings every bell.
    CloseRings,
    /// Closing is announced, and a fence executed, before the bells ring, so that a member that is done rings for the others.
    ClosingFence,
    /// Closing refuses claims in the step that fixes the end.
    CloseRefuses,
    /// A consumer ends when it has read up to the end, not when it has found nothing.
    ReadToEnd,
}

#[cfg(all(loom, test))]
impl Step {
    pub(crate) const ALL: &[Self] = &[
        Self::Announce,
        Self::LookAgain,
        Self::SleeperFence,
        Self::PublisherFence,
        Self::HeavyIsHeavy,
        Self::LockToWake,
        Self::Wake,
        Self::SignalAnnounce,
        Self::SignalFence,
        Self::SignalRaise,
        Self::RoomFirst,
        Self::ClaimAcquire,
        Self::SwapAcquire,
        Self::SwapRelease,
        Self::ClaimedAcquire,
        Self::EndAcquire,
        Self::GateRelease,
        Self::GateAcquire,
        Self::MarkRelease,
        Self::MarkAcquire,
        Self::FinishRelease,
        Self::FinishAcquire,
        Self::AtLeastRelease,
        Self::GoneRelease,
        Self::OwnerFence,
        Self::StillOwner,
        Self::TakerFence,
        Self::OwnerInside,
        Self::TakerAcquire,
        Self::InsideAcquire,
        Self::OwnerRelease,
        Self::OwnerAcquire,
        Self::LeaveRelease,
        Self::LeaveFence,
        Self::LeaveRingsSealed,
        Self::SealRelease,
        Self::SealAcquire,
        Self::OverRelease,
        Self::OverAcquire,
        Self::AllowRelease,
        Self::RefuseRelease,
        Self::RefusalsAcquire,
        Self::FrontRelease,
        Self::FrontAcquire,
        Self::OpenFence,
        Self::StartFirst,
        Self::SealFence,
        Self::NobodyInside,
        Self::StaysOver,
        Self::GateFirst,
        Self::OpenClaims,
        Self::MinimumCeiling,
        Self::LastRefuses,
        Self::LeaveRings,
        Self::Hand,
        Self::HandFence,
        Self::CursorAgain,
        Self::CountInHand,
        Self::LetGoFence,
        Self::CursorFirst,
        Self::CursorFence,
        Self::SeatAcquire,
        Self::HandsAcquire,
        Self::ToAcquire,
        Self::HandAgain,
        Self::AtLeast,
        Self::HeldRelease,
        Self::HeldAcquire,
        Self::MemberRings,
        Self::LeftBehindRings,
        Self::HolderRings,
        Self::OpenedRings,
        Self::OpenedFence,
        Self::WantedFence,
        Self::RefusedRings,
        Self::FlushAsks,
        Self::FlushRings,
        Self::TakenOnce,
        Self::OpenRelease,
        Self::HandInAcquire,
        Self::PutBackRelease,
        Self::LaterRelease,
        Self::LaterAcquire,
        Self::LastRelease,
        Self::LastAcquire,
        Self::ForgetRelease,
        Self::ArmAgain,
        Self::RaiseFound,
        Self::HaltFirst,
        Self::AskRings,
        Self::AskRelease,
        Self::AskAcquire,
        Self::HaltRelease,
        Self::HaltAcquire,
        Self::CertainRelease,
        Self::CertainAcquire,
        Self::CountRelease,
        Self::CountAcquire,
        Self::LagFromNow,
        Self::BlockedRelease,
        Self::BlockedAcquire,
        Self::CountVisit,
        Self::CountFence,
        Self::CallerFence,
        Self::VisitRelease,
        Self::VisitAcquire,
        Self::NewcomerFence,
        Self::PassSince,
        Self::SinceFence,
        Self::VisitFence,
        Self::LockRelease,
        Self::LockAcquire,
        Self::HaltedFence,
        Self::HaltRefuses,
        Self::HalterFence,
        Self::GraphFirst,
        Self::CheckGraph,
        Self::Inherit,
        Self::PublishRings,
        Self::FinishRings,
        Self::CloseRings,
        Self::ClosingFence,
        Self::CloseRefuses,
        Self::ReadToEnd,
    ];
}
