/* Pieces of claims for the tests, and the two ways to publish them. */
#ifndef PREFIXING_H
#define PREFIXING_H

#include "sink.h"

typedef disruptor_status_t publish_fn(disruptor_t *, disruptor_claim_t *, size_t);

/* By the inline function and by the exported one, in each producer mode. */
void publish_in_each_way(void (*run)(publish_fn *publish, uint32_t producer_mode));
disruptor_t *prefix_ring(size_t capacity, uint32_t producer_mode);
/* Of the length of all elements, which is not said: so that publishing needs no call. */
void prefix_put(const disruptor_claim_t *claim, size_t i, uint64_t value);

#endif
