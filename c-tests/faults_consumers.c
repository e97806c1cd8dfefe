/* Consumers that never return from a callback, or fail for ever: who waits for them is told in time, the numbers show
 * who it is, and everybody else goes on as far as there is room. */
#include "sink.h"

/* ---- One that does not come back ---- */

static void *close_without_limit(void *ring) {
  CHECK_OK(disruptor_close(ring, FOREVER));
  return NULL;
}

static void stick(uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config(4);
  size_t accepted = 77;
  uint64_t since;
  sink_t stuck, other;
  pthread_t closer;
  disruptor_t *ring;
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  ring = test_ring_of(&config);
  sink_init(&stuck);
  sink_init(&other);
  sink_register(&stuck, ring);
  sink_register(&other, ring);
  sink_hold_with_one(&stuck);
  CHECK_STATUS(produce_values(ring, 1, 10, MILLISECOND, &accepted), DISRUPTOR_TIMED_OUT);
  CHECK_U64(accepted, 3);
  sink_await(&other, 4); /* which is not held back by it */
  since = test_consumer_stats(ring, stuck.id).in_batch_ns;
  CHECK_AT_LEAST(since, 1);
  AWAIT(test_consumer_stats(ring, stuck.id).in_batch_ns > since); /* and it goes on */
  AWAIT(test_consumer_stats(ring, other.id).in_batch_ns == 0); /* it is about to return */
  CHECK_U64(test_consumer_stats(ring, stuck.id).current_lag, 4);
  CHECK_STATUS(disruptor_flush(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  sink_may_leave(&other);
  CHECK_OK(disruptor_unregister(ring, other.id, FOREVER)); /* others can leave */
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  CHECK_STATUS(disruptor_unregister(ring, stuck.id, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_STATUS(disruptor_halt(ring, MILLISECOND, NULL), DISRUPTOR_TIMED_OUT);
  closer = test_spawn(close_without_limit, ring);
  sink_release(&stuck); /* after all */
  test_join(closer);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&stuck);
  sink_expect_closed(&other);
  sink_expect(&other, 0, 4);
  sink_free(&stuck);
  sink_free(&other);
}

static void one_that_does_not_return(void) { test_every_mode_and_strategy(stick); }

/* ---- One that fails for ever ---- */

static counter_t deliveries = COUNTER_INIT;

static int32_t fail(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  counter_add(&deliveries, 1);
  return 1;
}

static uint32_t retry(void *user_data, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  (void)user_data, (void)consumer, (void)batch;
  CHECK(code == 1);
  return DISRUPTOR_ERROR_RETRY;
}

static disruptor_t *ring_with_a_failing_one(uint32_t mode, uint32_t strategy, uint32_t *id) {
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t consumer;
  disruptor_t *ring;
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  config.on_error = retry;
  ring = test_ring_of(&config);
  disruptor_consumer_config_init(&consumer);
  consumer.on_batch = fail;
  CHECK_OK(disruptor_register(ring, &consumer, id));
  counter_set(&deliveries, 0);
  return ring;
}

static void fail_for_ever(uint32_t mode, uint32_t strategy) {
  uint32_t id;
  disruptor_t *ring = ring_with_a_failing_one(mode, strategy, &id);
  disruptor_consumer_stats_t stats;
  size_t accepted;
  CHECK_STATUS(produce_values(ring, 0, 6, MILLISECOND, &accepted), DISRUPTOR_TIMED_OUT);
  CHECK_U64(accepted, 4);
  counter_await(&deliveries, 10);
  CHECK_STATUS(disruptor_flush(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT); /* close does not give elements up */
  counter_await(&deliveries, counter_value(&deliveries) + 10);
  CHECK_OK(disruptor_unregister(ring, id, FOREVER)); /* but whoever dismisses the consumer does */
  stats = test_consumer_stats(ring, id);
  CHECK_U64(stats.errors, counter_value(&deliveries));
  CHECK_U64(stats.retries + 1, stats.errors);
  CHECK_U64(stats.batches, 1);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
}

static void one_that_fails_for_ever_until_it_is_dismissed(void) { test_every_mode_and_strategy(fail_for_ever); }

static void fail_until_halted(uint32_t mode, uint32_t strategy) {
  uint32_t id;
  disruptor_t *ring = ring_with_a_failing_one(mode, strategy, &id);
  uint64_t undelivered = 77;
  produce_all(ring, 0, 4);
  counter_await(&deliveries, 10);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(test_consumer_stats(ring, id).consumed + undelivered, 4);
  CHECK_OK(disruptor_destroy(ring));
}

static void one_that_fails_for_ever_until_the_halt(void) { test_every_mode_and_strategy(fail_until_halted); }

static const test_case_t cases[] = {
    CASE(one_that_does_not_return),
    CASE(one_that_fails_for_ever_until_it_is_dismissed),
    CASE(one_that_fails_for_ever_until_the_halt),
};
TEST_MAIN(cases)
