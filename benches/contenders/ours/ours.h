/* libdisruptor as a contender: a C program that calls the shared library, as a user's would. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include <disruptor.h>

#include "../common/latency.h"
#include "../common/tally.h"
#include "../common/workload.h"

/* ring.c: ends the program with the library's own words. */
void failed(disruptor_status_t status);

static inline void must(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) failed(status);
}

/* ring.c */
uint32_t wait_strategy(const workload_t *w);
int is_in_place(const workload_t *w); /* the contenders claim-... and stream-... */
disruptor_t *ring_create(const workload_t *w, uint32_t producer_mode);
void ring_register(disruptor_t *ring, const workload_t *w, tally_t *tallies);

/* The callback for a workload's elements; its user data is a tally_t. */
disruptor_consume_fn slice_consumer_for(const workload_t *w); /* consume.c */
disruptor_consume_fn span_consumer_for(const workload_t *w);  /* spans.c */

/* A producer: publishes until the deadline, and returns how many. */
typedef uint64_t produce_fn(disruptor_t *ring, const workload_t *w, uint64_t producer, uint64_t deadline);
produce_fn produce_copied;    /* produce.c */
produce_fn produce_in_place;  /* claim.c */
produce_fn produce_streaming; /* stream.c */

/* pingpong.c */
void pingpong(const workload_t *w, uint32_t producer_mode);

#endif
