/* Pollers for the tests, and what the next poll is to give. */
#ifndef POLLING_H
#define POLLING_H

#include "test.h"

disruptor_poller_t *poller_with(disruptor_t *ring, const disruptor_consumer_config_t *config);
/* With the defaults. */
disruptor_poller_t *poller_of(disruptor_t *ring);
disruptor_poller_t *poller_behind(disruptor_t *ring, uint32_t dependency);
uint32_t poller_id(const disruptor_poller_t *poller);

/* The next batch has exactly these values, which are also their sequence numbers. */
void poller_expect(disruptor_poller_t *poller, uint64_t timeout_ns, uint64_t first, size_t count);
/* A poll that does not wait ends with this status, and leaves the batch as it was. */
void poller_expect_nothing(disruptor_poller_t *poller, disruptor_status_t status);

#endif
