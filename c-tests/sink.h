/* A consumer for the tests. In every batch it checks what each consumer may rely on: one thread, after on_start and
 * before on_close; sequences without a gap or a repetition; nothing that a dependency has not finished. It remembers
 * what it got, and it can be held inside a batch. */
#ifndef SINK_H
#define SINK_H

#include "test.h"

typedef struct sink_t sink_t;

typedef struct {
  uint64_t first_sequence;
  uint64_t count;
  uint64_t backlog;
} batch_record_t;

enum { SINK_DEPENDENCIES = 4 };

struct sink_t {
  /* May be set between sink_init and registration. The hook runs in each batch after the checks and gives the
   * callback's result. `awaiting_retry`, which a hook may set, says that the same batch comes again. */
  int32_t (*hook)(sink_t *, const disruptor_batch_t *);
  void *data;
  bool awaiting_retry;
  bool gaps; /* sequences may be skipped, but not come again */
  sink_t *after[SINK_DEPENDENCIES];

  /* Set by sink_register. */
  disruptor_t *ring;
  uint32_t id;

  /* Guarded by the mutex. */
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  pthread_t thread;
  uint32_t starts, closes;
  bool held, inside;
  bool leaving; /* it may be gone for the ring any moment, so dependents are no longer checked against it */
  uint64_t first, next; /* sequences: of the first element, and after the last finished one */
  uint64_t consumed;
  batch_record_t *batches;
  size_t batch_count, batch_room;
  uint64_t *values; /* what the elements of eight bytes held */
  size_t value_count, value_room;
};

void sink_init(sink_t *sink);
void sink_free(sink_t *sink);

/* A configuration that delivers to `sink`, after those in sink->after, whose ids go to the given room. */
disruptor_consumer_config_t sink_config(sink_t *sink, uint32_t dependencies[SINK_DEPENDENCIES]);
void sink_register(sink_t *sink, disruptor_t *ring);
/* The same with an altered sink_config. */
void sink_register_with(sink_t *sink, disruptor_t *ring, const disruptor_consumer_config_t *config);
void sink_register_batching(sink_t *sink, disruptor_t *ring, size_t min_batch, size_t max_batch, uint64_t linger_ns);
/* Sets `gaps`: the other members get what is missing. */
void sink_join(sink_t *sink, disruptor_t *ring, uint32_t group, size_t max_batch);

/* Unregisters it without limit. */
void sink_unregister(sink_t *sink);
/* Sets `leaving`, before the sink leaves in another way. */
void sink_may_leave(sink_t *sink);

/* From its next batch on the sink stays in its callback, until it is released. */
void sink_hold(sink_t *sink);
void sink_release(sink_t *sink);
void sink_await_inside(sink_t *sink);
/* Produces one element of value 0 and waits until the sink is held by it. */
void sink_hold_with_one(sink_t *sink);

/* Waits until that many elements are done. */
void sink_await(sink_t *sink, uint64_t consumed);
uint64_t sink_consumed(sink_t *sink);

/* Once the sink has its last batch behind it: */
void sink_expect(sink_t *sink, uint64_t first_value, uint64_t count); /* values counting up, and nothing else */
void sink_expect_closed(sink_t *sink);                                /* on_start and on_close ran, once each */
/* All batches of `n`, but for a last one with the remainder. */
void sink_expect_batches_of(const sink_t *sink, uint64_t n);
/* The values 0 to count - 1 were consumed once each, by one of these. */
void sinks_expect_once(sink_t **sinks, size_t sink_count, uint64_t count);

/* Elements of eight bytes. */
disruptor_status_t produce_value(disruptor_t *ring, uint64_t value);
/* `count` values counting up from `first`, in one call. */
disruptor_status_t produce_values(disruptor_t *ring, uint64_t first, size_t count, uint64_t timeout_ns,
                                  size_t *out_produced);
/* The same for tests in which all of them must go in. */
void produce_all(disruptor_t *ring, uint64_t first, size_t count);
/* A claim, filled with values counting up from `first`, as soon as there is room. */
disruptor_claim_t claim_values(disruptor_t *ring, size_t count, uint64_t first);
void claim_fill(const disruptor_claim_t *claim, size_t i, uint64_t value);
/* For a thread of its own: values counting up, a few in each call, until the ring is closed. */
typedef struct {
  disruptor_t *ring;
  uint64_t accepted;
} stream_t;
void *produce_stream(void *stream);
uint64_t element_value(const disruptor_element_t *element);

#endif
