/* Slots that nobody wants, abandoned or claimed before a poller came, make room as soon as they can. */
#include "sink.h"

#include <string.h>

static disruptor_claim_t claimed(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, 0, &claim));
  return claim;
}

/* Elements as long as a slot: of another length they would always be published by a call. */
static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, capacity);
  config.element_size = sizeof(uint64_t);
  return test_ring_of(&config);
}

static disruptor_poller_t *poller_behind(disruptor_t *ring, const uint32_t *dependencies, size_t count) {
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  disruptor_consumer_config_init(&config);
  config.depends_on = dependencies;
  config.depends_on_count = count;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  return poller;
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
}

static void *produce_one_more(void *ring) {
  produce_all(ring, 4, 1);
  return NULL;
}

/* What was claimed before a poller came is passed in its stead once it is published, and a producer that waits gets
 * the room. */
static void who_waits_gets_the_room_of_older_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
  disruptor_poller_t *first, *poller;
  disruptor_claim_t older;
  pthread_t producer;
  if (producer_mode == DISRUPTOR_PRODUCER_SINGLE) {
    CHECK_OK(disruptor_destroy(ring)); /* nobody may publish while somebody waits */
    return;
  }
  first = test_poller(ring, 0, 0, 0);
  older = claimed(ring, 1);
  poller = test_poller(ring, 0, 0, 0);
  CHECK_OK(disruptor_poller_destroy(first));
  produce_all(ring, 1, 3);
  producer = test_spawn(produce_one_more, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_OK(disruptor_publish(ring, &older));
  test_join(producer);
  expect_batch(poller, 1, 4);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void older_claims_make_room_when_published(void) {
  test_every_mode_and_strategy(who_waits_gets_the_room_of_older_claims);
}

/* What is published without a call nobody passes at once. Who finds no room does, and then there is some. */
static void without_a_call(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
  disruptor_poller_t *first = test_poller(ring, 0, 0, 0), *poller;
  disruptor_claim_t older = claimed(ring, 2);
  poller = test_poller(ring, 0, 0, 0);
  CHECK_OK(disruptor_poller_destroy(first));
  produce_all(ring, 2, 2);
  CHECK_STATUS(produce_values(ring, 4, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_OK(disruptor_claim_publish(ring, &older, 1));
  CHECK_OK(produce_values(ring, 4, 1, 0, NULL));
  CHECK_OK(disruptor_publish(ring, &older));
  expect_batch(poller, 2, 3);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void who_finds_no_room_makes_some(void) { test_every_mode_and_strategy(without_a_call); }

/* An idle poller has nothing but older claims in front of it, and may pass them when the thread before it has. The
 * producer waits for that poller alone, which got the place of one that left, before the thread's. */
static void older_claims_of_a_thread(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 2);
  disruptor_poller_t *first = test_poller(ring, 0, 0, 0), *poller;
  disruptor_claim_t older;
  disruptor_batch_t batch;
  pthread_t producer;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  older = claimed(ring, 2);
  CHECK_OK(disruptor_poller_destroy(first));
  poller = poller_behind(ring, &sink.id, 1);
  sink_hold(&sink);
  CHECK_OK(disruptor_publish(ring, &older));
  sink_await_inside(&sink);
  producer = test_spawn(produce_one_more, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  sink_release(&sink);
  test_join(producer);
  CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
  CHECK_U64(batch.first_sequence, 2);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void a_thread_that_passes_them_makes_room_behind_it(void) {
  test_every_mode_and_strategy(older_claims_of_a_thread);
}

/* The same behind a poller that releases its batch, or leaves with it. */
static void older_claims_of_a_poller(uint32_t producer_mode, uint32_t wait_strategy) {
  size_t leaves;
  for (leaves = 0; leaves < 2; leaves++) {
    disruptor_t *ring = ring_in(producer_mode, wait_strategy, 2);
    disruptor_poller_t *first = test_poller(ring, 0, 0, 0), *before = test_poller(ring, 0, 0, 0), *poller;
    disruptor_claim_t older = claimed(ring, 2);
    disruptor_batch_t batch;
    pthread_t producer;
    uint32_t id;
    CHECK_OK(disruptor_poller_destroy(first));
    CHECK_OK(disruptor_poller_id(before, &id));
    poller = poller_behind(ring, &id, 1);
    CHECK_OK(disruptor_publish(ring, &older));
    expect_batch(before, 0, 2);
    producer = test_spawn(produce_one_more, ring);
    AWAIT(test_stats(ring).producer_blocked_count == 1);
    CHECK_OK(leaves ? disruptor_poller_destroy(before) : disruptor_poller_release(before, 2));
    test_join(producer);
    if (!leaves) {
      expect_batch(before, 2, 1);
      CHECK_OK(disruptor_poller_destroy(before));
    }
    CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
    CHECK_U64(batch.first_sequence, 2);
    CHECK_OK(disruptor_poller_destroy(poller));
    CHECK_OK(disruptor_destroy(ring));
  }
}

static void a_poller_that_is_done_with_them_makes_room_behind_it(void) {
  test_every_mode_and_strategy(older_claims_of_a_poller);
}

static void *poll_behind_a_gap(void *poller) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
  CHECK_U64(batch.first_sequence, 1);
  CHECK_U64(batch.count, 1);
  return NULL;
}

/* The gap and the element behind it come at once, to a poller that waits: nobody else can pass the gap for it. */
static void gap_of_one_who_waits(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 2);
  disruptor_poller_t *poller = test_poller(ring, 0, 0, 0);
  disruptor_claim_t claim = claimed(ring, 1);
  pthread_t thread;
  uint32_t id;
  CHECK_OK(disruptor_poller_id(poller, &id));
  produce_all(ring, 1, 1);
  thread = test_spawn(poll_behind_a_gap, poller);
  AWAIT(test_consumer_stats(ring, id).blocked_ns > 0);
  CHECK_OK(disruptor_abandon(ring, &claim));
  test_join(thread);
  CHECK_OK(produce_values(ring, 2, 1, 0, NULL)); /* its slot is free, though the batch is out */
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void a_batch_leaves_the_gap_before_it_free(void) { test_every_mode_and_strategy(gap_of_one_who_waits); }

static const test_case_t cases[] = {
    CASE(older_claims_make_room_when_published),
    CASE(who_finds_no_room_makes_some),
    CASE(a_thread_that_passes_them_makes_room_behind_it),
    CASE(a_poller_that_is_done_with_them_makes_room_behind_it),
    CASE(a_batch_leaves_the_gap_before_it_free),
};

TEST_MAIN(cases)
