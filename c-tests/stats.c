/* The chapter Stats, in numbers. (The written reports have their own program.) */
#include "sink.h"

#include <math.h>
#include <string.h>

/* ---- A ring at rest ---- */

static void a_new_ring_has_done_nothing(void) {
  disruptor_t *ring = test_ring(9);
  disruptor_stats_t stats = test_stats(ring);
  CHECK_U64(stats.state, DISRUPTOR_STATE_OPEN);
  CHECK_U64(stats.consumers, 0);
  CHECK_U64(stats.capacity, 9);
  CHECK_U64(stats.produced, 0);
  CHECK_U64(stats.producer_blocked_ns, 0);
  CHECK_U64(stats.producer_blocked_count, 0);
  CHECK_U64(stats.current_lag, 0);
  CHECK_U64(stats.max_lag, 0);
  CHECK(stats.average_lag == 0);
  CHECK(stats.produced_per_sec == 0);
  AWAIT(test_stats(ring).elapsed_ns > stats.elapsed_ns); /* its clock runs */
  CHECK_OK(disruptor_destroy(ring));
}

static void a_new_consumer_has_done_nothing(void) {
  disruptor_t *ring = test_ring(9);
  disruptor_consumer_stats_t stats;
  sink_t other, sink;
  sink_init(&other);
  sink_init(&sink);
  sink_register(&other, ring);
  produce_all(ring, 0, 30);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  sink_register(&sink, ring); /* what was before it is not its business */
  stats = test_consumer_stats(ring, sink.id);
  CHECK_U64(stats.consumer, sink.id);
  CHECK_U64(stats.state, DISRUPTOR_STATE_OPEN);
  CHECK_U64(stats.consumed, 0);
  CHECK_U64(stats.consumed_bytes, 0);
  CHECK_U64(stats.batches, 0);
  CHECK_U64(stats.largest_batch, 0);
  CHECK_U64(stats.errors, 0);
  CHECK_U64(stats.retries, 0);
  CHECK_U64(stats.consume_ns, 0);
  CHECK(stats.consumed_per_sec == 0); /* a rate over no time */
  CHECK_U64(stats.current_lag, 0);
  CHECK_U64(stats.max_lag, 0);
  CHECK(stats.average_lag == 0);
  CHECK_U64(stats.in_batch_ns, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&other);
  sink_free(&sink);
}

static void everything_is_counted(void) {
  disruptor_t *ring = test_ring(16);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_consumer_stats_t stats;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.min_batch = config.max_batch = 4;
  sink_register_with(&sink, ring, &config);
  produce_all(ring, 0, 40);
  CHECK_OK(disruptor_produce_one(ring, "abc", 3));
  CHECK_OK(disruptor_produce_one(ring, NULL, 0));
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, sink.id);
  CHECK_U64(stats.consumed, 42);
  CHECK_U64(stats.consumed_bytes, 40 * 8 + 3);
  CHECK_U64(stats.batches, 11);
  CHECK_U64(stats.largest_batch, 4);
  CHECK_U64(test_stats(ring).produced, 42);
  CHECK_U64(stats.current_lag, 0);
  CHECK_AT_LEAST(stats.max_lag, 4);
  CHECK_AT_MOST(stats.max_lag, 16);
  CHECK(stats.average_lag > 0 && stats.average_lag <= (double)stats.max_lag);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Lag ---- */

static void lag_is_what_is_published_and_not_finished(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_consumer_stats_t of_fast, of_slow;
  sink_t fast, slow;
  sink_init(&fast);
  sink_init(&slow);
  sink_register(&fast, ring);
  sink_register(&slow, ring);
  sink_hold_with_one(&slow);
  produce_all(ring, 1, 9);
  AWAIT(test_consumer_stats(ring, fast.id).current_lag == 0);
  of_slow = test_consumer_stats(ring, slow.id);
  CHECK_U64(of_slow.current_lag, 10);
  CHECK_U64(test_stats(ring).current_lag, 10); /* its slowest consumer's */
  sink_release(&slow);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  of_slow = test_consumer_stats(ring, slow.id);
  of_fast = test_consumer_stats(ring, fast.id);
  CHECK_U64(of_slow.current_lag, 0);
  CHECK_U64(test_stats(ring).current_lag, 0);
  CHECK_AT_LEAST(of_slow.max_lag, 9); /* seen at the batch after the first, at the latest */
  CHECK_AT_MOST(of_slow.max_lag, 16);
  CHECK_AT_LEAST(test_stats(ring).max_lag, of_slow.max_lag > of_fast.max_lag ? of_slow.max_lag : of_fast.max_lag);
  CHECK(of_slow.average_lag >= 1 && of_slow.average_lag <= (double)of_slow.max_lag);
  CHECK(test_stats(ring).average_lag >= 0 && test_stats(ring).average_lag <= (double)test_stats(ring).max_lag);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&fast);
  sink_free(&slow);
}

/* ---- Times ---- */

static void *produce_two(void *ring) {
  produce_all(ring, 2, 2);
  return NULL;
}

static void a_blocked_producers_time_runs(void) {
  disruptor_t *ring = test_ring(2);
  pthread_t producers[2];
  uint64_t before, after;
  size_t i, produced;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 1);
  CHECK_U64(test_stats(ring).producer_blocked_ns, 0); /* nobody waited so far */
  CHECK_STATUS(produce_values(ring, 9, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_U64(test_stats(ring).producer_blocked_count, 0); /* nor was that a wait */
  CHECK_STATUS(produce_values(ring, 9, 1, 2 * MILLISECOND, &produced), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).producer_blocked_count, 1);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    producers[i] = test_spawn(produce_two, ring);
  }
  AWAIT(test_stats(ring).producer_blocked_count == 3); /* counted when a wait begins */
  before = test_stats(ring).producer_blocked_ns;
  AWAIT(test_stats(ring).producer_blocked_ns > before + MILLISECOND); /* while both still wait */
  sink_release(&sink);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    test_join(producers[i]);
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  after = test_stats(ring).producer_blocked_ns;
  CHECK_AT_LEAST(after, before + MILLISECOND);
  CHECK_U64(test_stats(ring).producer_blocked_ns, after); /* and stands still when nobody waits */
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void an_idle_consumers_time_runs(void) {
  disruptor_t *ring = test_ring(4);
  uint64_t idle, held;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  AWAIT(test_consumer_stats(ring, sink.id).blocked_ns > MILLISECOND);
  idle = test_consumer_stats(ring, sink.id).blocked_ns;
  AWAIT(test_consumer_stats(ring, sink.id).blocked_ns > idle + MILLISECOND);
  idle = test_consumer_stats(ring, sink.id).blocked_ns; /* before the other number is read */
  CHECK_AT_MOST(idle, test_stats(ring).elapsed_ns);
  sink_hold_with_one(&sink);
  held = test_consumer_stats(ring, sink.id).blocked_ns;
  AWAIT(test_consumer_stats(ring, sink.id).in_batch_ns > MILLISECOND);
  CHECK_U64(test_consumer_stats(ring, sink.id).blocked_ns, held); /* it is not waiting for elements now */
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void the_running_callbacks_time_runs(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_stats_t stats;
  uint64_t before;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_U64(test_consumer_stats(ring, sink.id).in_batch_ns, 0);
  sink_hold_with_one(&sink);
  AWAIT(test_consumer_stats(ring, sink.id).in_batch_ns > MILLISECOND);
  before = test_consumer_stats(ring, sink.id).in_batch_ns;
  AWAIT(test_consumer_stats(ring, sink.id).in_batch_ns > before + MILLISECOND);
  sink_release(&sink);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  AWAIT(test_consumer_stats(ring, sink.id).in_batch_ns == 0);
  AWAIT(test_consumer_stats(ring, sink.id).consume_ns >= before);
  stats = test_consumer_stats(ring, sink.id);
  CHECK(stats.consumed_per_sec > 0 && isfinite(stats.consumed_per_sec));
  CHECK(fabs(stats.consumed_per_sec * ((double)stats.consume_ns / 1e9) - (double)stats.consumed) < 1e-3);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void the_rate_is_over_the_elapsed_time(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_stats_t stats;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 1000);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_stats(ring);
  CHECK(stats.produced_per_sec > 0 && isfinite(stats.produced_per_sec));
  CHECK(fabs(stats.produced_per_sec * ((double)stats.elapsed_ns / 1e9) - 1000) < 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Over time ---- */

typedef struct {
  disruptor_stats_t ring;
  disruptor_consumer_stats_t consumer;
} numbers_t;

/* Compares the numbers of two moments. */
typedef void (*comparison_t)(const numbers_t *before, const numbers_t *now);

typedef struct {
  sink_t *sink;
  comparison_t compare;
  counter_t stop;
} watcher_t;

enum { WATCHED_CAPACITY = 8 };

static void *watch(void *argument) {
  watcher_t *watcher = argument;
  numbers_t before, now;
  before.ring = test_stats(watcher->sink->ring);
  before.consumer = test_consumer_stats(watcher->sink->ring, watcher->sink->id);
  while (counter_value(&watcher->stop) == 0) {
    now.ring = test_stats(watcher->sink->ring);
    now.consumer = test_consumer_stats(watcher->sink->ring, watcher->sink->id);
    watcher->compare(&before, &now);
    before = now;
  }
  return NULL;
}

/* Compares all the time, while a chain of two has a lot to do. */
static void watch_a_ring_at_work(comparison_t compare) {
  disruptor_t *ring = test_ring(WATCHED_CAPACITY);
  watcher_t watcher = {NULL, NULL, COUNTER_INIT};
  pthread_t thread;
  sink_t sinks[2];
  size_t i, count = test_rounds(30000);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[0] : NULL;
    sink_register(&sinks[i], ring);
  }
  watcher.sink = &sinks[1];
  watcher.compare = compare;
  thread = test_spawn(watch, &watcher);
  for (i = 0; i < count; i++) {
    CHECK_OK(produce_value(ring, i));
  }
  counter_set(&watcher.stop, 1);
  test_join(thread);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, count);
    sink_free(&sinks[i]);
  }
}

#define CHECK_GROWS(field) CHECK_AT_LEAST(now->field, before->field)

static void counts_grow(const numbers_t *before, const numbers_t *now) {
  CHECK_GROWS(ring.produced);
  CHECK_GROWS(ring.producer_blocked_count);
  CHECK_GROWS(ring.max_lag);
  CHECK_GROWS(consumer.consumed);
  CHECK_GROWS(consumer.consumed_bytes);
  CHECK_GROWS(consumer.batches);
  CHECK_GROWS(consumer.largest_batch);
  CHECK_GROWS(consumer.max_lag);
}

static void counts_never_go_back(void) { watch_a_ring_at_work(counts_grow); }

static void times_grow(const numbers_t *before, const numbers_t *now) {
  CHECK_GROWS(ring.elapsed_ns);
  CHECK_GROWS(ring.producer_blocked_ns);
  CHECK_GROWS(consumer.blocked_ns);
  CHECK_GROWS(consumer.consume_ns);
}

static void times_never_go_back(void) { watch_a_ring_at_work(times_grow); }

static void stay_within_the_capacity(const numbers_t *before, const numbers_t *now) {
  (void)before;
  CHECK_AT_MOST(now->ring.current_lag, WATCHED_CAPACITY);
  CHECK_AT_MOST(now->ring.max_lag, WATCHED_CAPACITY);
  CHECK(now->ring.average_lag >= 0);
  CHECK_AT_MOST(ceil(now->ring.average_lag), WATCHED_CAPACITY);
  CHECK_AT_MOST(now->consumer.current_lag, WATCHED_CAPACITY);
  CHECK_AT_MOST(now->consumer.max_lag, WATCHED_CAPACITY);
  CHECK_AT_MOST(now->consumer.largest_batch, WATCHED_CAPACITY);
  CHECK(now->consumer.average_lag >= 0);
  CHECK_AT_MOST(ceil(now->consumer.average_lag), WATCHED_CAPACITY);
}

static void lags_stay_within_the_capacity(void) { watch_a_ring_at_work(stay_within_the_capacity); }

static void a_lag_counts_that_nobody_saw(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  CHECK_OK(disruptor_poller_id(poller, &id));
  produce_all(ring, 0, 5);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_consumer_stats(ring, id).state, DISRUPTOR_STATE_CLOSING); /* as long as it has not read everything */
  CHECK_OK(disruptor_poller_destroy(poller));                              /* it got none */
  CHECK_U64(test_stats(ring).current_lag, 5);
  CHECK_U64(test_stats(ring).max_lag, 5);
  CHECK_U64(test_consumer_stats(ring, id).max_lag, 5);
  CHECK_OK(disruptor_destroy(ring));
}

static void after_close_nothing_changes_any_more(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_stats_t stats, again;
  disruptor_consumer_stats_t of_sink, of_sink_again;
  uint64_t moment;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 100);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_stats(ring);
  of_sink = test_consumer_stats(ring, sink.id);
  moment = test_now_ns();
  AWAIT(test_now_ns() > moment + 2 * MILLISECOND);
  CHECK_OK(disruptor_close(ring, FOREVER)); /* a second close does not end it anew */
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_CLOSED);
  again = test_stats(ring);
  of_sink_again = test_consumer_stats(ring, sink.id);
  CHECK(memcmp(&stats, &again, sizeof stats) == 0);
  CHECK(memcmp(&of_sink, &of_sink_again, sizeof of_sink) == 0);
  CHECK_U64(stats.produced, 100);
  CHECK_U64(stats.consumers, 1);
  CHECK_U64(stats.current_lag, 0);
  CHECK_AT_LEAST(stats.elapsed_ns, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void after_halt_the_numbers_are_those_of_what_was_done(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 5);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&sink);
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL));
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed, 1);
  CHECK_U64(test_stats(ring).produced, 6);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(a_new_ring_has_done_nothing),
    CASE(a_new_consumer_has_done_nothing),
    CASE(everything_is_counted),
    CASE(lag_is_what_is_published_and_not_finished),
    CASE(a_blocked_producers_time_runs),
    CASE(an_idle_consumers_time_runs),
    CASE(the_running_callbacks_time_runs),
    CASE(the_rate_is_over_the_elapsed_time),
    CASE(counts_never_go_back),
    CASE(times_never_go_back),
    CASE(lags_stay_within_the_capacity),
    CASE(a_lag_counts_that_nobody_saw),
    CASE(after_close_nothing_changes_any_more),
    CASE(after_halt_the_numbers_are_those_of_what_was_done),
};
TEST_MAIN(cases)
