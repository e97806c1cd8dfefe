/* close and destroy: everything accepted is delivered, everybody who waits is told, and nothing is left running. */
#include "sink.h"

static void drain(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(64);
  disruptor_t *ring;
  sink_t sinks[3];
  size_t i;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  produce_all(ring, 0, 500);
  CHECK_OK(disruptor_close(ring, FOREVER));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 500);
    sink_expect_closed(&sinks[i]);
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect_closed(&sinks[i]); /* destroy ran nothing again */
    sink_free(&sinks[i]);
  }
}

static void close_delivers_everything_first(void) { test_every_mode_and_strategy(drain); }

static void destroy_delivers_everything_too(void) {
  disruptor_t *ring = test_ring(64);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 60);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 61);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void after_close_nothing_goes_in(void) {
  disruptor_t *ring = test_ring(4);
  size_t produced = 77;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_CLOSED);
  CHECK_STATUS(produce_values(ring, 1, 3, 0, &produced), DISRUPTOR_CLOSED);
  CHECK_U64(produced, 0);
  produced = 77;
  CHECK_STATUS(produce_values(ring, 1, 30, FOREVER, &produced), DISRUPTOR_CLOSED);
  CHECK_U64(produced, 0);
  CHECK_U64(test_stats(ring).produced, 0);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 0);
  sink_free(&sink);
}

static void close_may_be_repeated(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 9);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_close(ring, 0));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_expect(&sink, 0, 9);
  sink_free(&sink);
}

static void a_ring_that_nobody_used_closes(void) {
  disruptor_t *ring = test_ring(4);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_OPEN);
  CHECK_OK(disruptor_close(ring, 0));
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
}

static void close_times_out_and_goes_on(void) {
  disruptor_t *ring = test_ring(8);
  uint64_t began, timeout = 5 * MILLISECOND;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 4);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  CHECK_STATUS(produce_value(ring, 5), DISRUPTOR_CLOSED); /* although there is room */
  began = test_now_ns();
  CHECK_STATUS(disruptor_close(ring, timeout), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, timeout);
  sink_release(&sink);
  AWAIT(test_stats(ring).state == DISRUPTOR_STATE_CLOSED); /* in the background, nobody calls close */
  sink_expect(&sink, 0, 5);
  sink_expect_closed(&sink);
  CHECK_OK(disruptor_close(ring, 0));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Producers that wait for room ---- */

typedef struct {
  disruptor_t *ring;
  size_t produced;
  uint64_t timeout_ns;
} blocked_t;

static void *produce_until_closed(void *argument) {
  blocked_t *blocked = argument;
  CHECK_STATUS(produce_values(blocked->ring, 1, 100, blocked->timeout_ns, &blocked->produced), DISRUPTOR_CLOSED);
  return NULL;
}

static void wake_blocked_producers(size_t count, uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_t *ring;
  blocked_t blocked[3];
  pthread_t producers[3];
  uint64_t accepted = 1;
  sink_t sink;
  size_t i;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  for (i = 0; i < count; i++) {
    blocked[i].ring = ring;
    blocked[i].produced = 77;
    blocked[i].timeout_ns = i == 0 ? FOREVER : 3600 * 1000 * MILLISECOND;
    producers[i] = test_spawn(produce_until_closed, &blocked[i]);
  }
  AWAIT(test_stats(ring).producer_blocked_count == count);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  for (i = 0; i < count; i++) {
    test_join(producers[i]); /* while the consumer is still held: close itself woke them */
    accepted += blocked[i].produced;
  }
  CHECK_U64(accepted, 8);
  CHECK_U64(test_stats(ring).produced, accepted);
  sink_release(&sink);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(sink_consumed(&sink), accepted);
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed, accepted);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void wake_one(uint32_t producer_mode, uint32_t wait_strategy) {
  wake_blocked_producers(1, producer_mode, wait_strategy);
}

static void a_blocked_producer_gets_closed_and_its_count(void) { test_every_mode_and_strategy(wake_one); }

static void blocked_producers_get_closed_and_their_counts(void) {
  wake_blocked_producers(3, DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK);
  wake_blocked_producers(3, DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_YIELD);
  wake_blocked_producers(3, DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_SLEEP);
}

/* A consumer with a long min_batch and one that waits for it: close ends both waits. */
static void close_ends_every_wait_for_elements(void) {
  disruptor_t *ring = test_ring(64);
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t sinks[2];
  sink_init(&sinks[0]);
  sink_init(&sinks[1]);
  config = sink_config(&sinks[0], ids);
  config.min_batch = 64;
  sink_register_with(&sinks[0], ring, &config);
  sinks[1].after[0] = &sinks[0];
  config = sink_config(&sinks[1], ids);
  config.min_batch = 60;
  sink_register_with(&sinks[1], ring, &config);
  produce_all(ring, 0, 5);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sinks[0], 0, 5);
  sink_expect(&sinks[1], 0, 5);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sinks[0]);
  sink_free(&sinks[1]);
}

static void after_close_the_threads_are_gone(void) {
  size_t before = test_settled_thread_count(), i;
  disruptor_t *ring = test_ring(8);
  sink_t sinks[5];
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  CHECK_U64(test_thread_count(), before + ARRAY_LEN(sinks)); /* one each */
  CHECK_OK(disruptor_close(ring, FOREVER));
  AWAIT(test_thread_count() == before);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static void the_handle_stays_valid_after_close(void) {
  disruptor_t *ring = test_ring(8);
  char report[8192];
  uint32_t ids[4];
  size_t count;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 12);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, 12);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed, 12);
  CHECK_U64(test_consumer_stats(ring, sink.id).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_consumers(ring, ids, ARRAY_LEN(ids), &count));
  CHECK_U64(count, 1); /* as at the moment of closing */
  CHECK_U64(test_stats(ring).consumers, 1);
  CHECK_OK(disruptor_report(ring, DISRUPTOR_FORMAT_TEXT, report, sizeof report, &count));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* on_close is part of closing: close waits for it. */
static counter_t on_close_gate = COUNTER_INIT;
static counter_t on_close_calls = COUNTER_INIT;

static void slow_close(void *user_data) {
  (void)user_data;
  counter_await(&on_close_gate, 1);
  counter_add(&on_close_calls, 1);
}

static void close_waits_for_on_close(void) {
  disruptor_t *ring = test_ring(8);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.on_close = slow_close;
  sink_register_with(&sink, ring, &config);
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  counter_set(&on_close_gate, 1);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(counter_value(&on_close_calls), 1);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(counter_value(&on_close_calls), 1);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(close_delivers_everything_first),
    CASE(destroy_delivers_everything_too),
    CASE(after_close_nothing_goes_in),
    CASE(close_may_be_repeated),
    CASE(a_ring_that_nobody_used_closes),
    CASE(close_times_out_and_goes_on),
    CASE(a_blocked_producer_gets_closed_and_its_count),
    CASE(blocked_producers_get_closed_and_their_counts),
    CASE(close_ends_every_wait_for_elements),
    CASE(after_close_the_threads_are_gone),
    CASE(the_handle_stays_valid_after_close),
    CASE(close_waits_for_on_close),
};
TEST_MAIN(cases)
