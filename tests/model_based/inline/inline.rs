//! Nothing but the C of `inline.c`, for whoever links this; `library.rs` beside it declares what is in there.
