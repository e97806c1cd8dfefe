/* Abandoned slots: nobody gets them, counts them, or waits for them. */
#include "sink.h"

#include <string.h>

static disruptor_claim_t claimed(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, 0, &claim));
  return claim;
}

static void abandon_some(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim = claimed(ring, count);
  CHECK_OK(disruptor_abandon(ring, &claim));
}

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  return test_ring_of(&config);
}

static disruptor_poller_t *poller_of(disruptor_t *ring, size_t min_batch, size_t max_batch, uint32_t group) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  disruptor_consumer_config_init(&config);
  config.min_batch = min_batch;
  config.max_batch = max_batch;
  config.group = group;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  return poller;
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count, uint64_t backlog) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  CHECK_U64(batch.backlog, backlog);
}

static void expect_nothing(disruptor_poller_t *poller) {
  disruptor_batch_t batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
}

static void backlog(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *alone = poller_of(ring, 0, 1, 0), *member = poller_of(ring, 0, 1, 5);
  uint64_t lap;
  for (lap = 0; lap < 20; lap++) {
    uint64_t at = 8 * lap;
    size_t i;
    produce_all(ring, 0, 1);
    abandon_some(ring, 2);
    produce_all(ring, 1, 2);
    abandon_some(ring, 1);
    produce_all(ring, 3, 1);
    abandon_some(ring, 1);
    for (i = 0; i < 2; i++) {
      disruptor_poller_t *poller = i == 0 ? alone : member;
      expect_batch(poller, at, 1, 3);
      expect_batch(poller, at, 1, 3); /* not released: the same again */
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 3, 1, 2);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 4, 1, 1);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 6, 1, 0);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_nothing(poller);
    }
  }
  CHECK_OK(disruptor_poller_destroy(alone));
  CHECK_OK(disruptor_poller_destroy(member));
  CHECK_OK(disruptor_destroy(ring));
}

static void the_backlog_is_of_elements(void) { test_every_mode_and_strategy(backlog); }

static void min_batch(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *alone = poller_of(ring, 2, 0, 0), *member = poller_of(ring, 2, 0, 5);
  size_t i;
  abandon_some(ring, 1);
  produce_all(ring, 1, 1);
  abandon_some(ring, 2);
  for (i = 0; i < 2; i++) {
    expect_nothing(i == 0 ? alone : member); /* four slots, but one element */
  }
  produce_all(ring, 4, 1);
  for (i = 0; i < 2; i++) {
    disruptor_poller_t *poller = i == 0 ? alone : member;
    expect_batch(poller, 1, 1, 1); /* two, though in two batches, because there is a gap between them */
    CHECK_OK(disruptor_poller_release(poller, 1));
    expect_nothing(poller);
  }
  CHECK_OK(disruptor_poller_destroy(alone));
  CHECK_OK(disruptor_poller_destroy(member));
  CHECK_OK(disruptor_destroy(ring));
}

static void min_batch_is_of_elements(void) { test_every_mode_and_strategy(min_batch); }

static const test_case_t cases[] = {
    CASE(the_backlog_is_of_elements),
    CASE(min_batch_is_of_elements),
};

TEST_MAIN(cases)
