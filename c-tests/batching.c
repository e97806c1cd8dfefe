/* min_batch, max_batch, linger, backlog: how elements are parcelled. */
#include "sink.h"

static void register_batching(sink_t *sink, disruptor_t *ring, size_t min_batch, size_t max_batch, uint64_t linger_ns) {
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, dependencies);
  config.min_batch = min_batch;
  config.max_batch = max_batch;
  config.linger_ns = linger_ns;
  sink_register_with(sink, ring, &config);
}

/* All batches of `n`, but for a last one with the remainder. */
static void expect_exact_batches(const sink_t *sink, uint64_t n) {
  size_t i;
  for (i = 0; i < sink->batch_count; i++) {
    uint64_t left = sink->consumed - i * n;
    CHECK_U64(sink->batches[i].count, left < n ? left : n);
  }
}

static void equal_limits_give_exact_batches(void) {
  static const size_t sizes[] = {1, 2, 7, 16};
  random_t random = random_stream(1);
  size_t i;
  for (i = 0; i < ARRAY_LEN(sizes); i++) {
    disruptor_t *ring = test_ring(16);
    sink_t sink;
    uint64_t produced = 0;
    sink_init(&sink);
    register_batching(&sink, ring, sizes[i], sizes[i], FOREVER);
    while (produced < 1000) {
      size_t count = random_below(&random, 20);
      produce_all(ring, produced, count);
      produced += count;
      random_stagger(&random);
    }
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, produced);
    expect_exact_batches(&sink, sizes[i]);
    sink_free(&sink);
  }
}

static void the_last_ones_come_at_close(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sink;
  sink_init(&sink);
  register_batching(&sink, ring, 5, 5, FOREVER);
  produce_all(ring, 0, 13);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 13);
  CHECK_U64(sink.batch_count, 3);
  CHECK_U64(sink.batches[2].count, 3);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* min_batch alone: never fewer, and what gathered meanwhile comes along. */
static void a_least_batch_is_waited_for(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sink;
  uint64_t value;
  size_t i;
  sink_init(&sink);
  register_batching(&sink, ring, 4, 0, FOREVER);
  for (value = 0; value < 402; value++) {
    CHECK_OK(produce_value(ring, value));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 402);
  for (i = 0; i + 1 < sink.batch_count; i++) {
    CHECK_AT_LEAST(sink.batches[i].count, 4);
  }
  sink_free(&sink);
}

static void a_largest_batch_is_never_exceeded(void) {
  disruptor_t *ring = test_ring(64);
  sink_t sink;
  size_t i;
  sink_init(&sink);
  register_batching(&sink, ring, 0, 5, FOREVER);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 12);
  sink_release(&sink);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(test_consumer_stats(ring, sink.id).largest_batch, 5);
  CHECK_U64(test_consumer_stats(ring, sink.id).batches, 4);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 13);
  for (i = 0; i < 4; i++) {
    static const uint64_t counts[] = {1, 5, 5, 2}, backlogs[] = {0, 7, 2, 0};
    CHECK_U64(sink.batches[i].count, counts[i]);
    CHECK_U64(sink.batches[i].backlog, backlogs[i]);
  }
  sink_free(&sink);
}

static void the_library_chooses_batches_within_the_capacity(void) {
  disruptor_t *ring = test_ring(1000);
  sink_t sink;
  size_t i;
  uint64_t left = 999;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 999);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1000);
  for (i = 1; i < sink.batch_count; i++) { /* everything was readable from the start, so the backlogs count down */
    left -= sink.batches[i].count;
    CHECK_U64(sink.batches[i].backlog, left);
  }
  sink_free(&sink);
}

/* What a dependent can read is what its dependency has finished. */
static void the_backlog_of_a_dependent_is_what_it_may_read(void) {
  disruptor_t *ring = test_ring(64);
  sink_t first, second;
  size_t i;
  sink_init(&first);
  sink_init(&second);
  register_batching(&first, ring, 0, 0, FOREVER);
  second.after[0] = &first;
  register_batching(&second, ring, 0, 4, FOREVER);
  sink_hold_with_one(&second);
  produce_all(ring, 1, 10);
  AWAIT(test_consumer_stats(ring, first.id).current_lag == 0); /* finished, not only delivered */
  sink_hold_with_one(&first);
  produce_all(ring, 0, 5); /* published, but not yet for the second */
  sink_release(&second);
  sink_await(&second, 11);
  for (i = 1; i <= 3; i++) {
    static const uint64_t counts[] = {1, 4, 4, 2}, backlogs[] = {0, 6, 2, 0};
    CHECK_U64(second.batches[i].count, counts[i]);
    CHECK_U64(second.batches[i].backlog, backlogs[i]);
  }
  sink_release(&first);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(second.consumed, 17);
  sink_free(&first);
  sink_free(&second);
}

/* ---- linger ---- */

static uint64_t delivered_at;

static int32_t note_the_time(sink_t *sink, const disruptor_batch_t *batch) {
  (void)sink;
  (void)batch;
  delivered_at = test_now_ns();
  return 0;
}

static void linger_ends_the_wait_and_not_too_early(void) {
  static const uint64_t lingers[] = {0, MILLISECOND, 20 * MILLISECOND};
  size_t i;
  for (i = 0; i < ARRAY_LEN(lingers); i++) {
    disruptor_t *ring = test_ring(16);
    sink_t sink;
    uint64_t began;
    sink_init(&sink);
    sink.hook = note_the_time;
    register_batching(&sink, ring, 10, 0, lingers[i]);
    began = test_now_ns();
    produce_all(ring, 0, 3);
    sink_await(&sink, 3); /* or the watchdog */
    CHECK_AT_LEAST(delivered_at - began, lingers[i]);
    produce_all(ring, 3, 3); /* and it starts again for the next */
    sink_await(&sink, 6);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 6);
    sink_free(&sink);
  }
}

static void a_full_batch_does_not_linger(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sink;
  sink_init(&sink);
  register_batching(&sink, ring, 4, 4, 3600 * 1000 * MILLISECOND);
  produce_all(ring, 0, 8);
  sink_await(&sink, 8);
  expect_exact_batches(&sink, 4);
  produce_all(ring, 8, 3);
  CHECK_OK(disruptor_close(ring, FOREVER)); /* nor does close wait for it */
  sink_expect(&sink, 0, 11);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- flush ---- */

static void flush_delivers_what_is_held(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sink;
  sink_init(&sink);
  register_batching(&sink, ring, 10, 10, FOREVER);
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(sink_consumed(&sink), 3);
  produce_all(ring, 3, 9); /* held again */
  CHECK_OK(produce_value(ring, 12));
  sink_await(&sink, 13);
  CHECK_U64(sink.batch_count, 2);
  CHECK_U64(sink.batches[0].count, 3);
  CHECK_U64(sink.batches[1].count, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void flush_delivers_along_a_chain(void) {
  disruptor_t *ring = test_ring(32);
  sink_t sinks[3];
  size_t i, round;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    register_batching(&sinks[i], ring, 5 + i, 0, FOREVER);
  }
  for (round = 0; round < 100; round++) {
    produce_all(ring, round * 3, 3);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    for (i = 0; i < ARRAY_LEN(sinks); i++) {
      CHECK_U64(sink_consumed(&sinks[i]), (round + 1) * 3);
    }
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

/* ---- A full ring ---- */

/* Consumers that hold back different numbers, in a ring that is full before all of them are content. Each value is
 * produced by a call of its own; that the calls return at all is the test. */
static void make_progress(size_t capacity, const size_t *least, size_t count, bool chained) {
  disruptor_t *ring = test_ring(capacity);
  sink_t sinks[4];
  uint64_t value;
  size_t i;
  for (i = 0; i < count; i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = chained && i > 0 ? &sinks[i - 1] : NULL;
    register_batching(&sinks[i], ring, least[i], 0, FOREVER);
  }
  for (value = 0; value < 500; value++) {
    CHECK_OK(produce_value(ring, value));
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < count; i++) {
    sink_expect(&sinks[i], 0, 500);
    sink_free(&sinks[i]);
  }
}

static void a_chain_of_least_batches_does_not_stand_still(void) {
  static const size_t three_four[] = {3, 4}, four_three[] = {4, 3}, many[] = {5, 2, 7, 3}, whole[] = {7, 7, 7};
  make_progress(4, three_four, 2, true);
  make_progress(4, four_three, 2, true);
  make_progress(7, many, 4, true);
  make_progress(7, whole, 3, true);
}

static void least_batches_side_by_side_do_not_stand_still(void) {
  static const size_t three_four[] = {3, 4}, many[] = {5, 2, 7, 3};
  make_progress(4, three_four, 2, false);
  make_progress(7, many, 4, false);
}

static void a_least_batch_may_be_the_whole_ring(void) {
  disruptor_t *ring = test_ring(6);
  sink_t sink;
  sink_init(&sink);
  register_batching(&sink, ring, 6, 6, FOREVER);
  produce_all(ring, 0, 60);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 60);
  expect_exact_batches(&sink, 6);
  sink_free(&sink);
}

static int32_t dawdle(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  random_stagger(sink->data);
  return 0;
}

/* Only who is furthest behind gives up its batch: the ring is full because of the slow one. */
static void a_slow_neighbour_leaves_exact_batches_exact(void) {
  disruptor_t *ring = test_ring(4);
  random_t random = random_stream(2);
  sink_t exact, slow;
  sink_init(&exact);
  sink_init(&slow);
  slow.hook = dawdle;
  slow.data = &random;
  register_batching(&exact, ring, 3, 3, FOREVER);
  register_batching(&slow, ring, 1, 1, FOREVER);
  produce_all(ring, 0, 2000);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&exact, 0, 2000);
  sink_expect(&slow, 0, 2000);
  expect_exact_batches(&exact, 3);
  sink_free(&exact);
  sink_free(&slow);
}

/* What was claimed before a consumer came, and is published afterwards, is no part of its batch. */
static void older_claims_do_not_make_a_batch(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_claim_t claim;
  sink_t other, sink;
  sink_init(&other);
  sink_init(&sink);
  sink_register(&other, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &claim));
  register_batching(&sink, ring, 4, 4, FOREVER);
  CHECK_OK(disruptor_publish(ring, &claim));
  produce_all(ring, 0, 1);
  AWAIT(test_consumer_stats(ring, other.id).current_lag == 0);
  produce_all(ring, 1, 3);
  sink_await(&sink, 4);
  CHECK_U64(sink.batch_count, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&other);
  sink_free(&sink);
}

/* One that waits for its dependency, and not for elements, learns all the same that it fills the ring. A consumer that
 * held nothing back has left before: that must not have been counted against those who do. */
static void a_full_ring_is_let_go_of_though_nobody_asks_for_room(void) {
  size_t round, rounds = test_rounds(20);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(4);
    uint32_t dependencies[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    sink_t gone, front, holder;
    sink_init(&gone);
    sink_init(&front);
    sink_init(&holder);
    sink_register(&front, ring);
    sink_register(&gone, ring);
    sink_unregister(&gone);
    holder.after[0] = &front;
    config = sink_config(&holder, dependencies);
    config.min_batch = 4;
    sink_register_with(&holder, ring, &config);
    produce_all(ring, 0, 4);
    sink_await(&holder, 4);
    produce_all(ring, 4, 3);
    AWAIT(test_consumer_stats(ring, front.id).current_lag == 0);
    sink_hold(&front);
    produce_all(ring, 7, 1);
    sink_await(&holder, 7);
    sink_release(&front);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&holder, 0, 8);
    sink_free(&gone);
    sink_free(&front);
    sink_free(&holder);
  }
}

/* ---- A claim that its caller keeps ---- */

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  return test_ring_of(&config);
}

/* Three elements, and behind them a slot that may never be published. */
static disruptor_claim_t three_and_one_kept(disruptor_t *ring) {
  disruptor_claim_t kept;
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_claim(ring, 1, 0, &kept));
  return kept;
}

/* Claims what there is room for when the three are gone, and abandons it. That the claim returns is the test. */
static void claim_six(disruptor_t *ring) {
  disruptor_claim_t six;
  CHECK_OK(disruptor_claim(ring, 6, FOREVER, &six));
  CHECK_OK(disruptor_abandon(ring, &six));
}

static void claim_beside_a_kept_one(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy);
  disruptor_claim_t kept, eight;
  sink_t sink;
  sink_init(&sink);
  register_batching(&sink, ring, 8, 8, FOREVER);
  kept = three_and_one_kept(ring);
  CHECK_STATUS(disruptor_claim(ring, 8, 0, &eight), DISRUPTOR_FULL); /* for which the three are not enough */
  claim_six(ring);
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 3);
  sink_free(&sink);
}

static void a_claim_does_not_wait_for_one_that_is_kept(void) { test_every_mode_and_strategy(claim_beside_a_kept_one); }

static void produce_beside_a_kept_claim(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy);
  disruptor_claim_t kept;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  register_batching(&sink, ring, 8, 8, FOREVER);
  kept = three_and_one_kept(ring);
  produce_all(ring, 3, 6); /* four at once, two when there is room */
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 9);
  sink_free(&sink);
}

static void elements_do_not_wait_for_a_claim_that_is_kept(void) {
  test_every_mode_and_strategy(produce_beside_a_kept_claim);
}

/* One behind the other, the first one without a reason to hold back. */
static void a_chain_does_not_wait_for_a_claim_that_is_kept(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_claim_t kept;
  sink_t sinks[3];
  size_t i;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    register_batching(&sinks[i], ring, i == 0 ? 1 : 8, 8, FOREVER);
  }
  kept = three_and_one_kept(ring);
  claim_six(ring);
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 3);
    sink_free(&sinks[i]);
  }
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
}

static void expect_nothing(disruptor_poller_t *poller) {
  disruptor_batch_t batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
}

/* The second one holds back what the first one has left: alone, or in the same group. */
static void poll_beside_a_kept_claim(uint32_t group) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = test_poller(ring, 8, 8, group), *first = test_poller(ring, 1, 1, group);
  disruptor_claim_t kept, six;
  kept = three_and_one_kept(ring);
  expect_batch(first, 0, 1);
  CHECK_OK(disruptor_poller_release(first, 1));
  expect_nothing(poller);
  CHECK_STATUS(disruptor_claim(ring, 6, 0, &six), DISRUPTOR_FULL);
  expect_batch(poller, group == 0 ? 0 : 1, group == 0 ? 3 : 2);
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_claim(ring, 6, 0, &six));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_abandon(ring, &six));
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
}

static void pollers_do_not_wait_for_a_claim_that_is_kept(void) {
  poll_beside_a_kept_claim(0);
  poll_beside_a_kept_claim(1);
}

static const test_case_t cases[] = {
    CASE(a_claim_does_not_wait_for_one_that_is_kept),
    CASE(elements_do_not_wait_for_a_claim_that_is_kept),
    CASE(a_chain_does_not_wait_for_a_claim_that_is_kept),
    CASE(pollers_do_not_wait_for_a_claim_that_is_kept),
    CASE(equal_limits_give_exact_batches),
    CASE(the_last_ones_come_at_close),
    CASE(a_least_batch_is_waited_for),
    CASE(a_largest_batch_is_never_exceeded),
    CASE(the_library_chooses_batches_within_the_capacity),
    CASE(the_backlog_of_a_dependent_is_what_it_may_read),
    CASE(linger_ends_the_wait_and_not_too_early),
    CASE(a_full_batch_does_not_linger),
    CASE(flush_delivers_what_is_held),
    CASE(flush_delivers_along_a_chain),
    CASE(a_chain_of_least_batches_does_not_stand_still),
    CASE(least_batches_side_by_side_do_not_stand_still),
    CASE(a_least_batch_may_be_the_whole_ring),
    CASE(older_claims_do_not_make_a_batch),
    CASE(a_full_ring_is_let_go_of_though_nobody_asks_for_room),
    CASE(a_slow_neighbour_leaves_exact_batches_exact),
};
TEST_MAIN(cases)
