/* What the three consumers have in common: their place in the disruptor, their count, and what happens on an error.
 *
 * Each sink belongs to its consumer's thread from sink_register until disruptor_close has returned; after that the main
 * thread reads what became of it. */
#ifndef FLIGHTS_SINK_H
#define FLIGHTS_SINK_H

#include <disruptor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* What a consumer's callback returns. */
enum {
  SINK_STORED = 0,
  SINK_FAILED = 1, /* it would fail again: the disk is full, say */
  SINK_BUSY = 2    /* it may work next time: somebody else has locked the database */
};

struct sink {
  const char *name; /* of its file */
  uint32_t consumer;
  uint64_t stored; /* flights, in batches that were stored completely */
  unsigned tries;  /* of the batch at hand that failed */
  struct failure failure;
};

enum { SINKS = 3 };

struct sinks {
  struct sink *of[SINKS];
};

/* How a sink wants to be fed. */
struct sink_callbacks {
  disruptor_consume_fn on_batch;
  void (*on_close)(void *user_data); /* may be NULL */
  void *user_data;
  size_t min_batch; /* lines; fewer only after a moment's wait */
};

bool sink_register(struct sink *sink, disruptor_t *ring, const struct sink_callbacks *callbacks,
                   struct failure *failure);

/* The disruptor's on_error, with the sinks as its data: tries again a few times where that makes sense, and otherwise
 * stops the consumer, which the others outlive. */
uint32_t sink_on_error(void *sinks, uint32_t consumer, const disruptor_batch_t *batch,
                       int32_t code);

/* Whether the disruptor has stopped this consumer. Any thread may ask at any time. */
bool sink_has_stopped(const struct sink *sink, const disruptor_t *ring);

#endif
