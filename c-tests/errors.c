/* Callbacks that fail: what on_error is told, what each of its answers does, and what is counted. */
#include "sink.h"

#include <string.h>

/* What on_error was told, and what it shall answer. */
typedef struct {
  uint32_t answer;
  sink_t *sink;
  uint32_t calls;
  uint64_t first_sequence, count;
  int32_t code;
  uint32_t consumer;
  uint64_t first_value;
  bool on_its_thread;
} errors_t;

static uint32_t on_error(void *user_data, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  errors_t *errors = user_data;
  errors->calls++;
  errors->consumer = consumer;
  errors->first_sequence = batch->first_sequence;
  errors->count = batch->count;
  errors->code = code;
  errors->first_value = element_value(&batch->elements[0]);
  errors->on_its_thread = errors->sink == NULL || pthread_equal(errors->sink->thread, pthread_self());
  return errors->answer;
}

static disruptor_t *ring_with(errors_t *errors, uint32_t answer, size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  memset(errors, 0, sizeof *errors);
  errors->answer = answer;
  config.on_error = on_error;
  config.on_error_data = errors;
  return test_ring_of(&config);
}

/* Fails in the batch that holds the value *data. */
static int32_t fail_at(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    if (element_value(&batch->elements[i]) == *(const uint64_t *)sink->data) {
      return -42;
    }
  }
  return 0;
}

static int32_t always_fail(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  (void)sink;
  return 7;
}

static void without_on_error_errors_are_counted(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  disruptor_consumer_stats_t stats;
  sink_init(&sink);
  sink.hook = always_fail;
  sink_register(&sink, ring);
  produce_all(ring, 0, 100);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, sink.id);
  CHECK_U64(stats.consumed, 100); /* errors included */
  CHECK_U64(stats.errors, stats.batches);
  CHECK_U64(stats.errors, sink.batch_count);
  CHECK_U64(stats.retries, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 100);
  sink_free(&sink);
}

static void on_error_is_told_what_failed(void) {
  uint64_t bad = 5;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_CONTINUE, 16);
  sink_t other, sink;
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_init(&other);
  sink_register(&other, ring);
  sink_init(&sink);
  sink.hook = fail_at;
  sink.data = &bad;
  errors.sink = &sink;
  config = sink_config(&sink, unused);
  config.min_batch = config.max_batch = 4;
  sink_register_with(&sink, ring, &config);
  produce_all(ring, 0, 12);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(errors.calls, 1);
  CHECK_U64(errors.consumer, sink.id);
  CHECK_U64(errors.first_sequence, 4);
  CHECK_U64(errors.first_value, 4);
  CHECK_U64(errors.count, 4);
  CHECK(errors.code == -42);
  CHECK(errors.on_its_thread);
  CHECK_U64(test_consumer_stats(ring, sink.id).errors, 1);
  CHECK_U64(test_consumer_stats(ring, other.id).errors, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 12);
  sink_expect(&other, 0, 12);
  sink_free(&other);
  sink_free(&sink);
}

static void unknown_answers_mean_continue(void) {
  static const uint32_t answers[] = {DISRUPTOR_ERROR_CONTINUE, 3, 4, 77, UINT32_MAX};
  size_t i;
  for (i = 0; i < ARRAY_LEN(answers); i++) {
    errors_t errors;
    disruptor_t *ring = ring_with(&errors, answers[i], 4);
    sink_t sink;
    sink_init(&sink);
    sink.hook = always_fail;
    sink_register(&sink, ring);
    produce_all(ring, 0, 30);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    CHECK_U64(test_consumer_stats(ring, sink.id).state, DISRUPTOR_STATE_OPEN);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 30);
    CHECK_U64(errors.calls, sink.batch_count);
    sink_free(&sink);
  }
}

/* ---- RETRY ---- */

static int32_t fail_three_times(sink_t *sink, const disruptor_batch_t *batch) {
  uint64_t *failures = sink->data;
  if (batch->first_sequence % 8 == 4 && *failures < 3) {
    ++*failures;
    sink->awaiting_retry = true; /* the sink then checks that the same sequence comes again */
    return 1;
  }
  *failures = 0;
  return 0;
}

static void retry_brings_the_same_batch_again(void) {
  uint64_t failures = 0;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_RETRY, 16);
  sink_t sink;
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_consumer_stats_t stats;
  sink_init(&sink);
  sink.hook = fail_three_times;
  sink.data = &failures;
  config = sink_config(&sink, unused);
  config.min_batch = config.max_batch = 4;
  sink_register_with(&sink, ring, &config);
  produce_all(ring, 0, 80);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, sink.id);
  CHECK_U64(stats.errors, 30); /* 10 of the 20 batches fail, three times each */
  CHECK_U64(stats.retries, 30);
  CHECK_U64(stats.consumed, 80); /* an element once */
  CHECK_U64(stats.consumed_bytes, 80 * 8);
  CHECK_U64(errors.calls, 30);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 80);
  sink_free(&sink);
}

/* A batch that is retried does not grow, although more is readable by then. */
static int32_t fail_once_while_more_arrives(sink_t *sink, const disruptor_batch_t *batch) {
  uint64_t *first_count = sink->data;
  if (batch->first_sequence == 0 && *first_count == 0) {
    *first_count = batch->count;
    CHECK_OK(produce_values(sink->ring, batch->count, 5, 0, NULL));
    sink->awaiting_retry = true;
    return 1;
  }
  if (batch->first_sequence == 0) {
    CHECK_U64(batch->count, *first_count);
  }
  return 0;
}

static void a_retried_batch_does_not_grow(void) {
  uint64_t first_count = 0;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_RETRY, 16);
  sink_t sink;
  sink_init(&sink);
  sink.hook = fail_once_while_more_arrives;
  sink.data = &first_count;
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 0));
  sink_await(&sink, 6);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 6);
  sink_free(&sink);
}

static int32_t fail_for_ever(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  counter_add(sink->data, 1);
  sink->awaiting_retry = true;
  return 1;
}

static void halt_ends_an_endless_retry(void) {
  counter_t tries = COUNTER_INIT;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_RETRY, 16);
  sink_t sink;
  uint64_t undelivered = 77;
  sink_init(&sink);
  sink.hook = fail_for_ever;
  sink.data = &tries;
  sink_register(&sink, ring);
  produce_all(ring, 0, 3);
  counter_await(&tries, 100);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_AT_MOST(undelivered, 3);
  sink_expect_closed(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- STOP ---- */

static void stop_ends_the_consumer(void) {
  uint64_t bad = 5;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_STOP, 4);
  sink_t healthy, failing;
  uint32_t ids[2], unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_consumer_stats_t stats;
  size_t count;
  sink_init(&healthy);
  sink_init(&failing);
  failing.hook = fail_at;
  failing.data = &bad;
  config = sink_config(&failing, unused);
  config.max_batch = 1;
  sink_register_with(&failing, ring, &config);
  sink_register(&healthy, ring);
  produce_all(ring, 0, 200); /* many times the capacity: nobody waits for the one that stopped */
  AWAIT(test_consumer_stats(ring, failing.id).state == DISRUPTOR_STATE_FAILED);
  CHECK_U64(test_stats(ring).consumers, 1);
  CHECK_OK(disruptor_consumers(ring, ids, 2, &count));
  CHECK_U64(count, 1);
  CHECK_U64(ids[0], healthy.id);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(test_stats(ring).current_lag, 0); /* the ring's is its slowest consumer's, and it is none any more */
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, failing.id);
  CHECK_U64(stats.state, DISRUPTOR_STATE_FAILED); /* for good */
  CHECK_U64(stats.errors, 1);
  CHECK_U64(stats.consumed, 6); /* errors included */
  CHECK_U64(errors.calls, 1);
  CHECK_U64(test_consumer_stats(ring, healthy.id).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&failing, 0, 6);
  sink_expect_closed(&failing);
  sink_expect(&healthy, 0, 200);
  sink_free(&healthy);
  sink_free(&failing);
}

static void *produce_a_hundred(void *ring) {
  size_t produced = 77;
  CHECK_STATUS(produce_values(ring, 1, 100, FOREVER, &produced), DISRUPTOR_NO_CONSUMERS);
  CHECK_AT_LEAST(produced, 3); /* and one more if it came into the place of the last finished one */
  CHECK_AT_MOST(produced, 4);
  return NULL;
}

static void a_blocked_producer_learns_that_the_last_consumer_stopped(void) {
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_STOP, 4);
  sink_t sink;
  pthread_t producer;
  sink_init(&sink);
  sink.hook = always_fail;
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  producer = test_spawn(produce_a_hundred, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  sink_release(&sink);
  test_join(producer);
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_NO_CONSUMERS);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void *produce_fifty(void *ring) {
  produce_all(ring, 1, 50);
  return NULL;
}

static void a_blocked_producer_goes_on_when_the_slowest_stops(void) {
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_STOP, 4);
  sink_t failing, healthy;
  pthread_t producer;
  sink_init(&failing);
  sink_init(&healthy);
  failing.hook = always_fail;
  sink_register(&failing, ring);
  sink_register(&healthy, ring);
  sink_hold_with_one(&failing);
  producer = test_spawn(produce_fifty, ring);
  AWAIT(test_consumer_stats(ring, healthy.id).current_lag == 0 && test_stats(ring).current_lag == 4);
  AWAIT(test_stats(ring).producer_blocked_count >= 1); /* twice if it waited for the other one first */
  sink_release(&failing);
  test_join(producer);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&failing, 0, 1);
  sink_expect(&healthy, 0, 51);
  sink_free(&failing);
  sink_free(&healthy);
}

/* 0 -> 1 -> 2, and 1 stops: 2 gets everything, after 0. */
static void dependents_inherit_from_one_that_stops(void) {
  uint64_t bad = 30;
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_STOP, 8);
  sink_t sinks[3];
  size_t i;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
  }
  sink_may_leave(&sinks[1]);
  sinks[1].hook = fail_at;
  sinks[1].data = &bad;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_register(&sinks[i], ring);
  }
  sinks[2].after[1] = &sinks[0]; /* what the sink checks, beyond what it asked the library for */
  produce_all(ring, 0, 500);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[0], 0, 500);
  sink_expect(&sinks[2], 0, 500);
  CHECK_AT_LEAST(sinks[1].consumed, 31);
  CHECK_AT_MOST(sinks[1].consumed, 30 + 8);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect_closed(&sinks[i]);
    sink_free(&sinks[i]);
  }
}

static void every_failing_consumer_is_reported_as_itself(void) {
  errors_t errors;
  disruptor_t *ring = ring_with(&errors, DISRUPTOR_ERROR_CONTINUE, 8);
  sink_t sinks[3];
  size_t i;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  for (i = 0; i < ARRAY_LEN(sinks); i++) { /* one fails, then the next */
    CHECK_OK(disruptor_flush(ring, FOREVER));
    sinks[i].hook = always_fail;
    CHECK_OK(produce_value(ring, i));
    CHECK_OK(disruptor_flush(ring, FOREVER));
    sinks[i].hook = NULL;
    CHECK_U64(errors.consumer, sinks[i].id);
    CHECK_U64(errors.calls, i + 1);
    CHECK_U64(test_consumer_stats(ring, sinks[i].id).errors, 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static const test_case_t cases[] = {
    CASE(without_on_error_errors_are_counted),
    CASE(on_error_is_told_what_failed),
    CASE(unknown_answers_mean_continue),
    CASE(retry_brings_the_same_batch_again),
    CASE(a_retried_batch_does_not_grow),
    CASE(halt_ends_an_endless_retry),
    CASE(stop_ends_the_consumer),
    CASE(a_blocked_producer_learns_that_the_last_consumer_stopped),
    CASE(a_blocked_producer_goes_on_when_the_slowest_stops),
    CASE(dependents_inherit_from_one_that_stops),
    CASE(every_failing_consumer_is_reported_as_itself),
};
TEST_MAIN(cases)
