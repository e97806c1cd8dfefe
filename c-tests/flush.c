/* flush: everything published before it has been consumed by everybody, and no more than that is waited for. */
#include "sink.h"

static void everybody(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(16);
  disruptor_t *ring;
  sink_t sinks[2];
  size_t i, round;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  for (round = 0; round < 20; round++) {
    produce_all(ring, round * 10, 10);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    for (i = 0; i < ARRAY_LEN(sinks); i++) {
      CHECK_U64(sink_consumed(&sinks[i]), (round + 1) * 10);
    }
    CHECK_OK(disruptor_flush(ring, 0)); /* nothing is left to wait for */
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static void flush_waits_for_everybody(void) { test_every_mode_and_strategy(everybody); }

static void an_unused_ring_is_flushed_at_once(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  CHECK_OK(disruptor_flush(ring, 0));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_flush(ring, 0));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void flush_times_out_and_not_too_early(void) {
  disruptor_t *ring = test_ring(8);
  uint64_t began, timeout = 5 * MILLISECOND;
  sink_t slow, fast;
  sink_init(&slow);
  sink_init(&fast);
  sink_register(&fast, ring);
  sink_register(&slow, ring);
  sink_hold_with_one(&slow);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  began = test_now_ns();
  CHECK_STATUS(disruptor_flush(ring, timeout), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, timeout);
  sink_release(&slow);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(sink_consumed(&slow), 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&slow);
  sink_free(&fast);
}

/* ---- Side by side ---- */

static counter_t stop = COUNTER_INIT;

static counter_t produced = COUNTER_INIT; /* by calls that have returned */

static void *produce_until_told(void *ring) {
  while (counter_value(&stop) == 0) {
    CHECK_OK(produce_value(ring, 0));
    counter_add(&produced, 1);
  }
  return NULL;
}

static void flush_does_not_chase_the_producers(void) {
  disruptor_t *ring = test_ring(1024);
  pthread_t producers[2];
  size_t i, rounds = test_rounds(200);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    producers[i] = test_spawn(produce_until_told, ring);
  }
  for (i = 0; i < rounds; i++) {
    uint64_t before = counter_value(&produced);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    CHECK_AT_LEAST(sink_consumed(&sink), before);
  }
  counter_set(&stop, 1);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    test_join(producers[i]);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void *produce_and_flush(void *of) {
  sink_t *sink = of;
  size_t i, rounds = test_rounds(100);
  for (i = 0; i < rounds; i++) {
    uint64_t before;
    produce_all(sink->ring, i, 1 + i % 3);
    counter_add(&produced, 1 + i % 3);
    before = counter_value(&produced);
    CHECK_OK(disruptor_flush(sink->ring, FOREVER));
    CHECK_AT_LEAST(sink_consumed(sink), before);
  }
  return NULL;
}

/* A consumer that holds elements back: each flush must set its own free, and none may get lost among the others. */
static void several_threads_flush_at_once(void) {
  disruptor_t *ring = test_ring(64);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  pthread_t threads[3];
  sink_t sink;
  size_t i;
  counter_set(&produced, 0);
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.min_batch = 50;
  sink_register_with(&sink, ring, &config);
  for (i = 0; i < ARRAY_LEN(threads); i++) {
    threads[i] = test_spawn(produce_and_flush, &sink);
  }
  for (i = 0; i < ARRAY_LEN(threads); i++) {
    test_join(threads[i]);
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(sink_consumed(&sink), test_stats(ring).produced);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Whom it waits for may go ---- */

enum { PUBLISHED = 6 };

/* One that is held by the first element and gets no other; and one that holds all of them back until a flush begins. */
static disruptor_t *ring_with(sink_t *held, sink_t *holder) {
  disruptor_t *ring = test_ring(8);
  sink_init(held);
  sink_init(holder);
  sink_register(held, ring);
  sink_register_batching(holder, ring, 8, 0, FOREVER);
  sink_hold_with_one(held);
  produce_all(ring, 1, PUBLISHED - 1);
  return ring;
}

static void expect_end(sink_t *held, sink_t *holder) {
  sink_expect(held, 0, 1);
  sink_expect_closed(held);
  sink_expect(holder, 0, PUBLISHED);
  sink_free(held);
  sink_free(holder);
}

static void *flush_for_ever(void *ring) {
  CHECK_OK(disruptor_flush(ring, FOREVER));
  return NULL;
}

static void flush_does_not_wait_for_one_who_leaves(void) {
  sink_t held, holder;
  disruptor_t *ring = ring_with(&held, &holder);
  pthread_t flusher = test_spawn(flush_for_ever, ring);
  sink_await(&holder, PUBLISHED);
  CHECK_STATUS(disruptor_unregister(ring, held.id, 0), DISRUPTOR_TIMED_OUT);
  sink_release(&held);
  test_join(flusher);
  CHECK_OK(disruptor_destroy(ring));
  expect_end(&held, &holder);
}

static void *flush_until_halted(void *ring) {
  CHECK_STATUS(disruptor_flush(ring, FOREVER), DISRUPTOR_CLOSED);
  return NULL;
}

static void halt_ends_a_flush(void) {
  sink_t held, holder;
  disruptor_t *ring = ring_with(&held, &holder);
  pthread_t flusher = test_spawn(flush_until_halted, ring);
  sink_await(&holder, PUBLISHED);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&held);
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL));
  test_join(flusher);
  CHECK_OK(disruptor_destroy(ring));
  expect_end(&held, &holder);
}

static const test_case_t cases[] = {
    CASE(flush_waits_for_everybody),
    CASE(an_unused_ring_is_flushed_at_once),
    CASE(flush_times_out_and_not_too_early),
    CASE(flush_does_not_chase_the_producers),
    CASE(several_threads_flush_at_once),
    CASE(flush_does_not_wait_for_one_who_leaves),
    CASE(halt_ends_a_flush),
};
TEST_MAIN(cases)
