/* The chapter Produce (its first half): who gets what, when there is room and when there is none. Cases that depend
 * on the way of producing or waiting run with every producer mode and wait strategy. */
#include "sink.h"

static disruptor_t *ring_of(size_t capacity, uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(capacity);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  return test_ring_of(&config);
}

static void nobody_to_consume_at_first_and_at_last(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  size_t produced = 77;
  sink_init(&sink);
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_NO_CONSUMERS);
  CHECK_STATUS(produce_values(ring, 1, 9, 0, &produced), DISRUPTOR_NO_CONSUMERS);
  CHECK_U64(produced, 0);
  produced = 77;
  CHECK_STATUS(produce_values(ring, 1, 9, FOREVER, &produced), DISRUPTOR_NO_CONSUMERS);
  CHECK_U64(produced, 0);
  CHECK_U64(test_stats(ring).produced, 0);
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 2));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
  CHECK_STATUS(produce_value(ring, 3), DISRUPTOR_NO_CONSUMERS);
  sink_expect(&sink, 2, 1);
  CHECK_U64(test_stats(ring).produced, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void after_a_time_without_consumers_the_ring_goes_on(void) {
  disruptor_t *ring = test_ring(3);
  uint64_t round;
  for (round = 0; round < 50; round++) {
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    produce_all(ring, round * 5, 5);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
    CHECK_STATUS(produce_value(ring, 0), DISRUPTOR_NO_CONSUMERS);
    sink_expect(&sink, round * 5, 5);
    CHECK_U64(sink.first, round * 5);
    sink_free(&sink);
  }
  CHECK_OK(disruptor_destroy(ring));
}

static void more_than_the_capacity(uint32_t producer_mode, uint32_t wait_strategy) {
  static const size_t capacities[] = {1, 2, 3, 16};
  size_t i, count = test_few_when_spinning(wait_strategy, 200);
  for (i = 0; i < ARRAY_LEN(capacities); i++) {
    disruptor_t *ring = ring_of(capacities[i], producer_mode, wait_strategy);
    sink_t first, second;
    sink_init(&first);
    sink_init(&second);
    sink_register(&first, ring);
    sink_register(&second, ring);
    produce_all(ring, 1000, count);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&first, 1000, count);
    sink_expect(&second, 1000, count);
    sink_free(&first);
    sink_free(&second);
  }
}

static void more_than_the_capacity_goes_in_by_pieces(void) { test_every_mode_and_strategy(more_than_the_capacity); }

static int32_t expect_empty_elements(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  (void)sink;
  for (i = 0; i < batch->count; i++) {
    CHECK_U64(batch->elements[i].len, 0);
  }
  return 0;
}

static void no_elements_and_empty_elements_are_fine(void) {
  static const disruptor_slice_t empty[] = {{NULL, 0}, {NULL, 0}};
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  size_t produced = 77;
  sink_init(&sink);
  sink.hook = expect_empty_elements;
  sink_register(&sink, ring);
  CHECK_OK(disruptor_produce(ring, NULL, 0));
  CHECK_OK(disruptor_produce(ring, empty, 0));
  CHECK_OK(disruptor_produce_timeout(ring, NULL, 0, 0, &produced));
  CHECK_U64(produced, 0);
  CHECK_OK(disruptor_produce(ring, empty, 2));
  CHECK_OK(disruptor_produce_one(ring, NULL, 0));
  CHECK_OK(disruptor_produce_one(ring, "", 0));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, 4);
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed, 4);
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed_bytes, 0);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 4);
  sink_free(&sink);
}

static void an_empty_call_into_a_full_ring_is_fine(void) {
  disruptor_t *ring = test_ring(1);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  CHECK_OK(disruptor_produce_timeout(ring, NULL, 0, 0, NULL));
  CHECK_OK(disruptor_produce(ring, NULL, 0));
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void full_at_once(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_of(5, producer_mode, wait_strategy);
  sink_t sink;
  size_t produced = 77;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  CHECK_STATUS(produce_values(ring, 1, 10, 0, &produced), DISRUPTOR_FULL);
  CHECK_U64(produced, 4); /* what fits goes in */
  CHECK_STATUS(produce_values(ring, 5, 10, 0, &produced), DISRUPTOR_FULL);
  CHECK_U64(produced, 0);
  CHECK_U64(test_stats(ring).produced, 5);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 5);
  sink_free(&sink);
}

static void without_time_to_wait_a_ring_without_room_is_full(void) { test_every_mode_and_strategy(full_at_once); }

static void timed_out(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_of(5, producer_mode, wait_strategy);
  sink_t sink;
  size_t produced = 77;
  uint64_t began, timeout = 5 * MILLISECOND;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  began = test_now_ns();
  CHECK_STATUS(produce_values(ring, 1, 10, timeout, &produced), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, timeout);
  CHECK_U64(produced, 4);
  sink_release(&sink);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  produce_all(ring, 5, 3); /* nothing of the rest of that call is left behind */
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
}

static void a_wait_for_room_ends_in_time_and_counts(void) { test_every_mode_and_strategy(timed_out); }

static void a_huge_timeout_does_not_overflow(void) {
  disruptor_t *ring = test_ring(2);
  sink_t sink;
  size_t produced;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(produce_values(ring, 0, 500, FOREVER - 1, &produced));
  CHECK_U64(produced, 500);
  CHECK_OK(produce_values(ring, 500, 500, UINT64_MAX / 2 + 1, &produced));
  CHECK_OK(disruptor_flush(ring, FOREVER - 1));
  CHECK_OK(disruptor_close(ring, FOREVER - 1));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1000);
  sink_free(&sink);
}

static void *produce_three(void *ring) {
  produce_all(ring, 2, 3);
  return NULL;
}

static void a_blocked_producer_goes_on_when_there_is_room(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_of(2, producer_mode, wait_strategy);
  sink_t sink;
  pthread_t producer;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 1);
  producer = test_spawn(produce_three, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_U64(test_stats(ring).produced, 2);
  sink_release(&sink);
  test_join(producer);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 5);
  sink_free(&sink);
}

static void room_wakes_a_blocked_producer(void) {
  test_every_mode_and_strategy(a_blocked_producer_goes_on_when_there_is_room);
}

/* The slowest consumer decides, whoever that is. */
static void every_consumer_holds_the_ring_back(void) {
  size_t slow;
  for (slow = 0; slow < 3; slow++) {
    disruptor_t *ring = test_ring(4);
    sink_t sinks[3];
    size_t i, produced;
    for (i = 0; i < ARRAY_LEN(sinks); i++) {
      sink_init(&sinks[i]);
      sink_register(&sinks[i], ring);
    }
    sink_hold_with_one(&sinks[slow]);
    CHECK_STATUS(produce_values(ring, 1, 9, MILLISECOND, &produced), DISRUPTOR_TIMED_OUT);
    CHECK_U64(produced, 3);
    sink_release(&sinks[slow]);
    CHECK_OK(disruptor_destroy(ring));
    for (i = 0; i < ARRAY_LEN(sinks); i++) {
      sink_expect(&sinks[i], 0, 4);
      sink_free(&sinks[i]);
    }
  }
}

static void two_threads_in_a_single_producer_ring_are_found_out(void) {
  disruptor_t *ring = ring_of(2, DISRUPTOR_PRODUCER_SINGLE, DISRUPTOR_WAIT_BLOCK);
  sink_t sink;
  pthread_t producer;
  size_t produced = 77;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  produce_all(ring, 1, 1);
  producer = test_spawn(produce_three, ring); /* is inside the call from here ... */
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(produce_values(ring, 99, 2, MILLISECOND, NULL), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(produce_values(ring, 99, 2, 0, &produced), DISRUPTOR_CONCURRENT_USE);
  CHECK_U64(produced, 0);
  sink_release(&sink);
  test_join(producer); /* ... to here: afterwards it is this thread's turn again */
  CHECK_OK(produce_value(ring, 5));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 6);
  sink_free(&sink);
}

static void sequences_number_the_elements_from_zero(void) {
  disruptor_t *ring = test_ring(7);
  sink_t sink;
  size_t i;
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 100);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.first, 0);
  sink_expect(&sink, 0, 100);
  for (i = 1; i < sink.batch_count; i++) {
    CHECK_U64(sink.batches[i].first_sequence, sink.batches[i - 1].first_sequence + sink.batches[i - 1].count);
  }
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(nobody_to_consume_at_first_and_at_last),
    CASE(after_a_time_without_consumers_the_ring_goes_on),
    CASE(more_than_the_capacity_goes_in_by_pieces),
    CASE(no_elements_and_empty_elements_are_fine),
    CASE(an_empty_call_into_a_full_ring_is_fine),
    CASE(without_time_to_wait_a_ring_without_room_is_full),
    CASE(a_wait_for_room_ends_in_time_and_counts),
    CASE(a_huge_timeout_does_not_overflow),
    CASE(room_wakes_a_blocked_producer),
    CASE(every_consumer_holds_the_ring_back),
    CASE(two_threads_in_a_single_producer_ring_are_found_out),
    CASE(sequences_number_the_elements_from_zero),
};
TEST_MAIN(cases)
