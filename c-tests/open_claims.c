/* The end of a ring while claims are open, and how many elements a halt leaves. */
#include "sink.h"

#include <string.h>

static disruptor_claim_t claimed(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, 0, &claim));
  return claim;
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
}

static void expect_status(disruptor_poller_t *poller, disruptor_status_t status) {
  disruptor_batch_t batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), status);
}

static void close_beside_pollers(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *poller = test_poller(ring, 0, 0, 0);
  disruptor_claim_t first = claimed(ring, 2), second = claimed(ring, 1);
  uint64_t began = test_now_ns();
  CHECK_STATUS(disruptor_close(ring, 2 * MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 2 * MILLISECOND);
  CHECK_OK(disruptor_publish(ring, &second));
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_publish(ring, &first));
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED); /* nobody calls close */
  CHECK_OK(disruptor_close(ring, 0));
  expect_batch(poller, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  expect_status(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void close_waits_also_where_only_pollers_are(void) { test_every_mode_and_strategy(close_beside_pollers); }

static void close_of_nobody(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *poller = test_poller(ring, 0, 0, 0);
  disruptor_claim_t claim = claimed(ring, 1);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_OK(disruptor_abandon(ring, &claim));
  CHECK_OK(disruptor_close(ring, 0));
  CHECK_OK(disruptor_destroy(ring));
}

static void close_waits_also_where_nobody_is(void) { test_every_mode_and_strategy(close_of_nobody); }

typedef struct {
  disruptor_t *ring;
  disruptor_claim_t claim;
  disruptor_status_t status;
} held_claim_t;

static void *publish_late(void *of) {
  held_claim_t *held = of;
  random_t random = random_stream(held->claim.first_sequence);
  random_stagger(&random);
  held->status = disruptor_publish(held->ring, &held->claim);
  return NULL;
}

static void the_last_publish_ends_a_close_that_waits(void) {
  size_t round, rounds = test_rounds(300);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring_in((uint32_t)(round % 2), DISRUPTOR_WAIT_BLOCK, 4);
    disruptor_poller_t *poller = test_poller(ring, 0, 0, 0);
    held_claim_t held;
    pthread_t thread;
    held.ring = ring;
    held.claim = claimed(ring, 2);
    thread = test_spawn(publish_late, &held);
    CHECK_OK(disruptor_close(ring, FOREVER));
    expect_batch(poller, 0, 2);
    test_join(thread);
    CHECK_OK(held.status);
    CHECK_OK(disruptor_poller_destroy(poller));
    CHECK_OK(disruptor_destroy(ring));
  }
}

/* Open claims are no elements: a halt neither waits for them nor counts them, and they come to nothing. */
static void halt_with_open_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *poller = test_poller(ring, 0, 0, 0);
  disruptor_claim_t first, second, third;
  uint64_t undelivered = 77;
  produce_all(ring, 0, 1);
  first = claimed(ring, 2);
  second = claimed(ring, 1);
  third = claimed(ring, 1);
  CHECK_OK(disruptor_publish(ring, &second));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 2);
  CHECK_U64(test_stats(ring).produced, 2);
  CHECK_REFUSED(disruptor_publish(ring, &first), DISRUPTOR_CLOSED, "disruptor_publish");
  CHECK_STATUS(disruptor_publish(ring, &first), DISRUPTOR_INVALID_ARGUMENT); /* it is over */
  CHECK_OK(disruptor_abandon(ring, &third));
  CHECK_OK(disruptor_halt(ring, 0, &undelivered));
  CHECK_U64(undelivered, 2);
  CHECK_U64(test_stats(ring).produced, 2);
  expect_status(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void halt_does_not_wait_for_open_claims(void) { test_every_mode_and_strategy(halt_with_open_claims); }

/* What members have finished out of order is delivered; what they hold is not, nor what was left behind. */
static void halt_counts_what_a_group_has_not_finished(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *slow = test_poller(ring, 0, 2, 5), *quick = test_poller(ring, 0, 3, 5);
  disruptor_poller_t *gone = test_poller(ring, 0, 4, 5);
  uint64_t undelivered = 77;
  produce_all(ring, 0, 10);
  expect_batch(slow, 0, 2);
  expect_batch(gone, 2, 4);
  expect_batch(quick, 6, 3);
  CHECK_OK(disruptor_poller_release(quick, 3));
  CHECK_OK(disruptor_poller_release(gone, 1));
  CHECK_OK(disruptor_poller_destroy(gone));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 2 + 3 + 1);
  expect_status(slow, DISRUPTOR_CLOSED); /* it has its batch in hand, but there is nothing to poll */
  CHECK_OK(disruptor_poller_destroy(slow));
  CHECK_OK(disruptor_poller_destroy(quick));
  CHECK_OK(disruptor_halt(ring, 0, &undelivered));
  CHECK_U64(undelivered, 6);
  CHECK_OK(disruptor_destroy(ring));
}

typedef struct {
  disruptor_t *ring;
  uint64_t stream;
} load_t;

/* Produces, claims, publishes out of order and abandons until it is told that it is over. */
static void *load(void *of) {
  load_t *own = of;
  random_t random = random_stream(own->stream);
  disruptor_status_t status = DISRUPTOR_OK;
  disruptor_claim_t claims[2];
  uint64_t value = 0;
  while (status == DISRUPTOR_OK) {
    size_t first = (size_t)random_below(&random, 2);
    disruptor_slice_t slice = {(const uint8_t *)&value, sizeof value};
    status = disruptor_produce(own->ring, &slice, 1);
    if (status != DISRUPTOR_OK || disruptor_claim(own->ring, 2, 0, &claims[0]) != DISRUPTOR_OK) {
      continue;
    }
    if (disruptor_claim(own->ring, 1, 0, &claims[1]) != DISRUPTOR_OK) {
      (void)disruptor_abandon(own->ring, &claims[0]);
      continue;
    }
    status = disruptor_publish(own->ring, &claims[first]);
    if (random_below(&random, 2) == 0) {
      CHECK_OK(disruptor_abandon(own->ring, &claims[1 - first]));
    } else if (status == DISRUPTOR_OK) {
      status = disruptor_publish(own->ring, &claims[1 - first]);
    } else {
      CHECK_STATUS(disruptor_publish(own->ring, &claims[1 - first]), DISRUPTOR_CLOSED);
    }
  }
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  return NULL;
}

static void halt_under_load(uint32_t producer_mode, uint32_t wait_strategy) {
  size_t round, rounds = test_few_when_spinning(wait_strategy, test_rounds(60));
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 16);
    size_t producers = producer_mode == DISRUPTOR_PRODUCER_SINGLE ? 1 : 2, i;
    uint64_t undelivered = 77, again = 78, produced, alone, shared;
    pthread_t threads[2];
    load_t loads[2];
    sink_t sinks[3];
    for (i = 0; i < 3; i++) {
      uint32_t unused[SINK_DEPENDENCIES];
      disruptor_consumer_config_t config;
      sink_init(&sinks[i]);
      sinks[i].gaps = true;
      config = sink_config(&sinks[i], unused);
      config.group = i == 0 ? 0 : 9;
      config.max_batch = 1 + round % 5;
      sink_register_with(&sinks[i], ring, &config);
    }
    for (i = 0; i < producers; i++) {
      loads[i].ring = ring;
      loads[i].stream = 2 * round + i;
      threads[i] = test_spawn(load, &loads[i]);
    }
    sink_await(&sinks[0], round % 40);
    CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
    for (i = 0; i < producers; i++) {
      test_join(threads[i]);
    }
    produced = test_stats(ring).produced;
    alone = produced - sink_consumed(&sinks[0]);
    shared = produced - sink_consumed(&sinks[1]) - sink_consumed(&sinks[2]);
    CHECK_U64(undelivered, alone > shared ? alone : shared);
    CHECK_OK(disruptor_halt(ring, FOREVER, &again));
    CHECK_U64(again, undelivered);
    CHECK_OK(disruptor_destroy(ring));
    for (i = 0; i < 3; i++) {
      sink_free(&sinks[i]);
    }
  }
}

static void halt_counts_exactly_under_load(void) { test_every_mode_and_strategy(halt_under_load); }

static const test_case_t cases[] = {
    CASE(close_waits_also_where_only_pollers_are),
    CASE(close_waits_also_where_nobody_is),
    CASE(the_last_publish_ends_a_close_that_waits),
    CASE(halt_does_not_wait_for_open_claims),
    CASE(halt_counts_what_a_group_has_not_finished),
    CASE(halt_counts_exactly_under_load),
};

TEST_MAIN(cases)
