/* Leaving: the current batch, on_close, and then nobody waits for it any more. */
#include "sink.h"

static void leave_idle(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_t *ring;
  sink_t sink, stays;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_init(&stays);
  sink_register(&sink, ring);
  sink_register(&stays, ring);
  produce_all(ring, 0, 20);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER)); /* it was asleep, or spinning */
  sink_expect_closed(&sink);
  CHECK_U64(test_consumer_stats(ring, sink.id).state, DISRUPTOR_STATE_CLOSED);
  produce_all(ring, 20, 20);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 20);
  sink_expect_closed(&sink);
  sink_expect(&stays, 0, 40);
  sink_free(&sink);
  sink_free(&stays);
}

static void an_idle_consumer_leaves(void) { test_every_mode_and_strategy(leave_idle); }

static void the_current_batch_is_finished_first(void) {
  disruptor_t *ring = test_ring(8);
  uint64_t began, timeout = 5 * MILLISECOND;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 5);
  began = test_now_ns();
  CHECK_STATUS(disruptor_unregister(ring, sink.id, timeout), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, timeout);
  CHECK_U64(sink.closes, 0);
  sink_release(&sink);
  AWAIT(test_consumer_stats(ring, sink.id).state == DISRUPTOR_STATE_CLOSED); /* in the background */
  sink_expect(&sink, 0, 1);
  sink_expect_closed(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void *unregister_for_ever(void *of) {
  sink_t *sink = of;
  CHECK_OK(disruptor_unregister(sink->ring, sink->id, FOREVER));
  sink_expect_closed(sink); /* both over when it returns: the batch and on_close */
  sink_expect(sink, 0, 1);
  return NULL;
}

static void unregister_waits_for_the_end(void) {
  size_t round, rounds = test_rounds(50);
  random_t random = random_stream(1);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(8);
    pthread_t thread;
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    sink_hold_with_one(&sink);
    thread = test_spawn(unregister_for_ever, &sink);
    random_stagger(&random);
    sink_release(&sink);
    test_join(thread);
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
}

static void leaving_again_changes_nothing(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, 0));
  CHECK_REFUSED(disruptor_unregister(ring, 1, 0), DISRUPTOR_NO_SUCH_CONSUMER, "1"); /* there never was one */
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void *unregister_with_others(void *of) {
  sink_t *sink = of;
  CHECK_OK(disruptor_unregister(sink->ring, sink->id, FOREVER));
  sink_expect_closed(sink); /* whoever of them came first */
  return NULL;
}

static void several_threads_unregister_the_same(void) {
  size_t round, rounds = test_rounds(100), i;
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(8);
    pthread_t threads[3];
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    produce_all(ring, 0, 3);
    for (i = 0; i < ARRAY_LEN(threads); i++) {
      threads[i] = test_spawn(unregister_with_others, &sink);
    }
    for (i = 0; i < ARRAY_LEN(threads); i++) {
      test_join(threads[i]);
    }
    sink_expect_closed(&sink);
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
}

/* ---- Nobody waits for it ---- */

static void *produce_fifty(void *ring) {
  produce_all(ring, 1, 50);
  return NULL;
}

static void a_blocked_producer_goes_on_when_the_slowest_leaves(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  pthread_t producer;
  sink_t slow, other;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&slow);
  sink_init(&other);
  sink_register(&slow, ring);
  sink_register(&other, ring);
  sink_hold_with_one(&slow);
  producer = test_spawn(produce_fifty, ring);
  AWAIT(test_stats(ring).producer_blocked_count >= 1); /* twice if it waited for the other one first */
  CHECK_STATUS(disruptor_unregister(ring, slow.id, 0), DISRUPTOR_TIMED_OUT);
  sink_release(&slow);
  test_join(producer);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&slow, 0, 1);
  sink_expect(&other, 0, 51);
  sink_free(&slow);
  sink_free(&other);
}

static void leaving_makes_room(void) {
  test_every_mode_and_strategy(a_blocked_producer_goes_on_when_the_slowest_leaves);
}

static void *produce_with_nobody_left(void *ring) {
  size_t produced = 77;
  CHECK_STATUS(produce_values(ring, 1, 50, FOREVER, &produced), DISRUPTOR_NO_CONSUMERS);
  CHECK_AT_LEAST(produced, 3); /* and one more if it came into the place of the last finished one */
  CHECK_AT_MOST(produced, 4);
  return NULL;
}

static void a_blocked_producer_learns_that_the_last_one_left(void) {
  disruptor_t *ring = test_ring(4);
  pthread_t producer;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  producer = test_spawn(produce_with_nobody_left, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(disruptor_unregister(ring, sink.id, 0), DISRUPTOR_TIMED_OUT);
  sink_release(&sink);
  test_join(producer);
  CHECK_U64(test_stats(ring).consumers, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static void its_numbers_stay_readable(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_stats_t stats;
  sink_t sink, stays;
  sink_init(&sink);
  sink_init(&stays);
  sink_register(&sink, ring);
  sink_register(&stays, ring);
  produce_all(ring, 0, 9);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  produce_all(ring, 9, 20);
  CHECK_OK(disruptor_close(ring, FOREVER));
  stats = test_consumer_stats(ring, sink.id);
  CHECK_U64(stats.consumed, 9);
  CHECK_U64(stats.consumed_bytes, 72);
  CHECK_U64(stats.state, DISRUPTOR_STATE_CLOSED);
  CHECK_TEXT(stats.name, "consumer-0");
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
  sink_free(&stays);
}

static void after_close_unregister_still_returns(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 9);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(an_idle_consumer_leaves),
    CASE(the_current_batch_is_finished_first),
    CASE(unregister_waits_for_the_end),
    CASE(leaving_again_changes_nothing),
    CASE(several_threads_unregister_the_same),
    CASE(leaving_makes_room),
    CASE(a_blocked_producer_learns_that_the_last_one_left),
    CASE(its_numbers_stay_readable),
    CASE(after_close_unregister_still_returns),
};
TEST_MAIN(cases)
