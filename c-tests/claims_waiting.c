/* Claims that wait for room, and what waits for claims that are open: close, and the consumers to come. */
#include "sink.h"

#include <string.h>

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, capacity);
  config.element_size = 24;
  return test_ring_of(&config);
}

static void claim_all_or_none(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
  disruptor_claim_t claim, untouched;
  uint64_t began;
  sink_t sink;
  memset(&claim, 0x5a, sizeof claim);
  untouched = claim;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  CHECK_REFUSED(disruptor_claim(ring, 4, 0, &claim), DISRUPTOR_FULL, "4");
  began = test_now_ns();
  CHECK_STATUS(disruptor_claim(ring, 4, 3 * MILLISECOND, &claim), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  CHECK_U64(test_stats(ring).producer_blocked_count, 1);
  CHECK(memcmp(&claim, &untouched, sizeof claim) == 0);
  claim = claim_values(ring, 3, 1); /* nothing was taken before */
  CHECK_STATUS(disruptor_claim(ring, 1, 0, &untouched), DISRUPTOR_FULL);
  CHECK_OK(disruptor_publish(ring, &claim));
  sink_release(&sink);
  claim = claim_values(ring, 4, 4);
  CHECK_OK(disruptor_publish(ring, &claim));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
}

static void all_slots_or_none(void) { test_every_mode_and_strategy(claim_all_or_none); }

static void *claim_until_closed(void *ring) {
  disruptor_claim_t claim;
  CHECK_STATUS(disruptor_claim(ring, 2, FOREVER, &claim), DISRUPTOR_CLOSED);
  return NULL;
}

static void wait_until_closed(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 2);
  pthread_t thread;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  thread = test_spawn(claim_until_closed, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  test_join(thread);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static void a_claim_that_waits_ends_with_close(void) { test_every_mode_and_strategy(wait_until_closed); }

static int32_t produce_from_within(sink_t *sink, const disruptor_batch_t *batch) {
  disruptor_claim_t claim;
  if (batch->first_sequence == 0) {
    CHECK_OK(disruptor_claim(sink->ring, 3, FOREVER, &claim)); /* there is room */
    CHECK_U64(claim.first_sequence, 1);
    claim_fill(&claim, 0, 1);
    claim_fill(&claim, 1, 2);
    claim_fill(&claim, 2, 3);
    CHECK_STATUS(disruptor_claim(sink->ring, 1, 0, &claim), DISRUPTOR_FULL);
    CHECK_STATUS(disruptor_claim(sink->ring, 1, FOREVER, &claim), DISRUPTOR_WOULD_DEADLOCK);
    CHECK_OK(disruptor_publish(sink->ring, &claim));
  }
  return 0;
}

static void claims_of_a_consumers_own_thread(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  sink_init(&sink);
  sink.hook = produce_from_within;
  sink_register(&sink, ring);
  produce_all(ring, 0, 1);
  sink_await(&sink, 4);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
}

static void close_with_open_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t first, second, third;
  uint64_t began;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  first = claim_values(ring, 2, 0);
  second = claim_values(ring, 1, 0);
  third = claim_values(ring, 1, 2);
  began = test_now_ns();
  CHECK_STATUS(disruptor_close(ring, 3 * MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_publish(ring, &third));
  CHECK_OK(disruptor_publish(ring, &first));
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_OK(disruptor_abandon(ring, &second));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, 3);
  CHECK_STATUS(disruptor_abandon(ring, &second), DISRUPTOR_INVALID_ARGUMENT);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 3);
  CHECK_U64(sink.values[0], 0);
  CHECK_U64(sink.values[2], 2);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void close_waits_for_open_claims(void) { test_every_mode_and_strategy(close_with_open_claims); }

static void change_consumers(uint32_t producer_mode, uint32_t wait_strategy) {
  uint32_t variant;
  for (variant = 0; variant < 3; variant++) { /* a consumer, a member of a group, a poller */
    disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
    disruptor_claim_t first, second, third;
    disruptor_consumer_config_t config;
    disruptor_poller_t *poller = NULL;
    disruptor_batch_t batch;
    uint32_t dependencies[SINK_DEPENDENCIES];
    sink_t before, after;
    sink_init(&before);
    sink_init(&after);
    sink_register(&before, ring);
    first = claim_values(ring, 1, 100);
    second = claim_values(ring, 1, 101);
    if (variant == 2) {
      disruptor_consumer_config_init(&config);
      CHECK_OK(disruptor_poller_create(ring, &config, &poller));
    } else {
      config = sink_config(&after, dependencies);
      config.group = variant;
      sink_register_with(&after, ring, &config);
    }
    sink_unregister(&before);
    produce_all(ring, 0, 2);
    if (variant == 2) {
      CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
    }
    CHECK_STATUS(disruptor_claim(ring, 1, 0, &third), DISRUPTOR_FULL); /* their slots are still being written */
    CHECK_OK(disruptor_publish(ring, &second));
    CHECK_STATUS(disruptor_claim(ring, 1, 0, &third), DISRUPTOR_FULL);
    CHECK_OK(disruptor_publish(ring, &first));
    if (variant == 2) {
      CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
      CHECK_U64(batch.first_sequence, 2);
      CHECK_U64(batch.count, 2);
      CHECK_OK(disruptor_poller_release(poller, 2));
    }
    produce_all(ring, 2, variant == 2 ? 4 : 20);
    CHECK_OK(disruptor_destroy(ring));
    if (variant == 2) {
      CHECK_OK(disruptor_poller_destroy(poller));
    } else {
      sink_expect(&after, 0, 22);
    }
    sink_expect(&before, 0, 0);
    sink_free(&before);
    sink_free(&after);
  }
}

static void slots_of_open_claims_outlast_the_consumers(void) { test_every_mode_and_strategy(change_consumers); }

static const test_case_t cases[] = {
    CASE(all_slots_or_none),
    CASE(a_claim_that_waits_ends_with_close),
    CASE(claims_of_a_consumers_own_thread),
    CASE(close_waits_for_open_claims),
    CASE(slots_of_open_claims_outlast_the_consumers),
};

TEST_MAIN(cases)
