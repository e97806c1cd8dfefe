/* halt: close without draining, and it says by how much. */
#include "sink.h"

static void drop(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(16);
  disruptor_t *ring;
  uint64_t undelivered = 77;
  sink_t sink;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 10);
  CHECK_STATUS(disruptor_halt(ring, 0, &undelivered), DISRUPTOR_TIMED_OUT);
  CHECK_U64(undelivered, 77); /* written on success only */
  CHECK_STATUS(produce_value(ring, 11), DISRUPTOR_CLOSED);
  sink_release(&sink);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 10);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  sink_expect(&sink, 0, 1); /* the batch that it was in, and no other */
  sink_expect_closed(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void consumers_end_after_their_current_batch(void) { test_every_mode_and_strategy(drop); }

static void the_largest_loss_is_told(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  sink_t held, done;
  sink_init(&held);
  sink_init(&done);
  sink_register(&done, ring);
  sink_register(&held, ring);
  sink_hold_with_one(&held);
  produce_all(ring, 1, 7);
  sink_await(&done, 8);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&held);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 7);
  CHECK_U64(test_stats(ring).produced, 8);
  CHECK_U64(test_consumer_stats(ring, held.id).consumed, 1);
  CHECK_U64(test_consumer_stats(ring, done.id).consumed, 8);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&held);
  sink_free(&done);
}

static void nothing_is_lost_when_all_is_done(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 50);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 50);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void an_empty_ring_halts_at_once(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  CHECK_OK(disruptor_halt(ring, 0, &undelivered));
  CHECK_U64(undelivered, 0);
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL)); /* the last argument may be left out, and halt repeated */
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
}

static void what_min_batch_holds_back_is_lost(void) {
  disruptor_t *ring = test_ring(16);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  uint64_t undelivered = 77;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.min_batch = 10;
  sink_register_with(&sink, ring, &config);
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 3);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 0);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

/* The loss of a consumer behind another counts from what was published, not from what the other finished. */
static void a_dependents_loss_counts_too(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  sink_t first, second;
  sink_init(&first);
  sink_init(&second);
  sink_register(&first, ring);
  second.after[0] = &first;
  sink_register(&second, ring);
  sink_hold_with_one(&first);
  produce_all(ring, 1, 5);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&first);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(sink_consumed(&first), 1);
  CHECK_AT_MOST(sink_consumed(&second), 1); /* halted before it began, or after */
  CHECK_U64(undelivered, 6 - sink_consumed(&second));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&first);
  sink_free(&second);
}

static void halt_cuts_a_close_short(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 9);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&sink);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 9);
  sink_expect(&sink, 0, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void halt_after_close_has_nothing_to_lose(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t undelivered = 77;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 30);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 30);
  sink_free(&sink);
}

static void halt_says_the_same_again(void) {
  disruptor_t *ring = test_ring(16);
  uint64_t first = 77, second = 78;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 4);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  sink_release(&sink);
  AWAIT(test_stats(ring).state == DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_halt(ring, FOREVER, &first));
  CHECK_OK(disruptor_halt(ring, 0, &second));
  CHECK_U64(first, 4);
  CHECK_U64(second, 4);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

typedef struct {
  disruptor_t *ring;
  size_t produced;
} blocked_t;

static void *produce_until_closed(void *argument) {
  blocked_t *blocked = argument;
  CHECK_STATUS(produce_values(blocked->ring, 1, 100, FOREVER, &blocked->produced), DISRUPTOR_CLOSED);
  return NULL;
}

static void a_blocked_producer_gets_closed_and_its_count(void) {
  disruptor_t *ring = test_ring(8);
  blocked_t blocked = {NULL, 77};
  uint64_t undelivered = 77;
  pthread_t producer;
  sink_t sink;
  blocked.ring = ring;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  producer = test_spawn(produce_until_closed, &blocked);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_TIMED_OUT);
  test_join(producer);
  CHECK_U64(blocked.produced, 7);
  sink_release(&sink);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 7);
  CHECK_U64(test_stats(ring).produced, 8);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(consumers_end_after_their_current_batch),
    CASE(the_largest_loss_is_told),
    CASE(nothing_is_lost_when_all_is_done),
    CASE(an_empty_ring_halts_at_once),
    CASE(what_min_batch_holds_back_is_lost),
    CASE(a_dependents_loss_counts_too),
    CASE(halt_cuts_a_close_short),
    CASE(halt_after_close_has_nothing_to_lose),
    CASE(halt_says_the_same_again),
    CASE(a_blocked_producer_gets_closed_and_its_count),
};
TEST_MAIN(cases)
