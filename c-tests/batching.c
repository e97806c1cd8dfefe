/* min_batch, max_batch, linger, backlog: how elements are parcelled. */
#include "polling.h"
#include "sink.h"

static void equal_limits_give_exact_batches(void) {
  static const size_t sizes[] = {1, 2, 7, 16};
  random_t random = random_stream(1);
  size_t i;
  for (i = 0; i < ARRAY_LEN(sizes); i++) {
    disruptor_t *ring = test_ring(16);
    sink_t sink;
    uint64_t produced = 0;
    sink_init(&sink);
    sink_register_batching(&sink, ring, sizes[i], sizes[i], FOREVER);
    while (produced < 1000) {
      size_t count = random_below(&random, 20);
      produce_all(ring, produced, count);
      produced += count;
      random_stagger(&random);
    }
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, produced);
    sink_expect_batches_of(&sink, sizes[i]);
    sink_free(&sink);
  }
}

static void the_last_ones_come_at_close(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sink;
  sink_init(&sink);
  sink_register_batching(&sink, ring, 5, 5, FOREVER);
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
  sink_register_batching(&sink, ring, 4, 0, FOREVER);
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
  sink_register_batching(&sink, ring, 0, 5, FOREVER);
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
  sink_register_batching(&first, ring, 0, 0, FOREVER);
  second.after[0] = &first;
  sink_register_batching(&second, ring, 0, 4, FOREVER);
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
    sink_register_batching(&sink, ring, 10, 0, lingers[i]);
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
  sink_register_batching(&sink, ring, 4, 4, 3600 * 1000 * MILLISECOND);
  produce_all(ring, 0, 8);
  sink_await(&sink, 8);
  sink_expect_batches_of(&sink, 4);
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
  sink_register_batching(&sink, ring, 10, 10, FOREVER);
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(sink_consumed(&sink), 3);
  produce_all(ring, 3, 9); /* held again */
  CHECK_OK(produce_value(ring, 12));
  sink_await(&sink, 13);
  /* The first three may have come in pieces: some seen before the flush, the rest after it. */
  CHECK_U64(sink.batches[sink.batch_count - 1].count, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* A poller is sure to have looked before the last element comes. */
static void what_comes_after_a_flush_is_held_again(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *poller = test_poller(ring, 10, 10, 0);
  produce_all(ring, 0, 3);
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  poller_expect(poller, 0, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  produce_all(ring, 3, 9);
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  produce_all(ring, 12, 1);
  poller_expect(poller, 0, 3, 10);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void flush_delivers_along_a_chain(void) {
  disruptor_t *ring = test_ring(32);
  sink_t sinks[3];
  size_t i, round;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register_batching(&sinks[i], ring, 5 + i, 0, FOREVER);
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

static const test_case_t cases[] = {
    CASE(equal_limits_give_exact_batches),
    CASE(the_last_ones_come_at_close),
    CASE(a_least_batch_is_waited_for),
    CASE(a_largest_batch_is_never_exceeded),
    CASE(the_library_chooses_batches_within_the_capacity),
    CASE(the_backlog_of_a_dependent_is_what_it_may_read),
    CASE(linger_ends_the_wait_and_not_too_early),
    CASE(a_full_batch_does_not_linger),
    CASE(flush_delivers_what_is_held),
    CASE(what_comes_after_a_flush_is_held_again),
    CASE(flush_delivers_along_a_chain),
};

TEST_MAIN(cases)
