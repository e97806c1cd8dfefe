/* No wake-up is lost: a change meets a thread at every point of its way to sleep. Whoever misses one sleeps for ever,
 * and the watchdog tells. Nothing but the library wakes anybody here: the tests themselves spin. */
#include "sink.h"

#include <sched.h>

static int32_t hesitate_in_batch(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  if (random_below(sink->data, 2) == 0) {
    test_hesitate(sink->data);
  }
  return 0;
}

static void spin_until_consumed(sink_t *sink, uint64_t count) {
  while (sink_consumed(sink) < count) {
    sched_yield();
  }
}

/* Each element is produced while the consumers are about to sleep, or do, or have just woken. */
static void elements_wake_consumers(void) {
  disruptor_t *ring = test_ring(16);
  random_t random = random_stream(1);
  size_t i, rounds = test_rounds(6000);
  sink_t first, second;
  sink_init(&first);
  sink_init(&second);
  second.after[0] = &first; /* the one is woken by an element, the other by the one */
  sink_register(&first, ring);
  sink_register(&second, ring);
  for (i = 0; i < rounds; i++) {
    test_hesitate(&random);
    CHECK_OK(produce_value(ring, i));
    spin_until_consumed(&second, i + 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&second, 0, rounds);
  sink_free(&first);
  sink_free(&second);
}

/* The ring is always full, and room comes while the producer is about to sleep. */
static void room_wakes_producers(void) {
  disruptor_t *ring = test_ring(1);
  random_t random = random_stream(2);
  size_t i, rounds = test_rounds(10000);
  sink_t sink;
  sink_init(&sink);
  sink.hook = hesitate_in_batch;
  sink.data = &random;
  sink_register(&sink, ring);
  for (i = 0; i < rounds; i++) {
    CHECK_OK(produce_value(ring, i));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds);
  sink_free(&sink);
}

static void the_end_of_a_batch_wakes_a_flush(void) {
  disruptor_t *ring = test_ring(4);
  random_t random = random_stream(3);
  size_t i, rounds = test_rounds(5000);
  sink_t sink;
  sink_init(&sink);
  sink.hook = hesitate_in_batch;
  sink.data = &random;
  sink_register(&sink, ring);
  for (i = 0; i < rounds; i++) {
    CHECK_OK(produce_value(ring, i));
    CHECK_OK(disruptor_flush(ring, FOREVER));
    CHECK_U64(sink_consumed(&sink), i + 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void unregister_and_close_wake_consumers(void) {
  random_t random = random_stream(4);
  size_t i, rounds = test_rounds(1000);
  for (i = 0; i < rounds; i++) {
    disruptor_t *ring = test_ring(4);
    sink_t first, second;
    sink_init(&first);
    sink_init(&second);
    sink_register(&first, ring);
    sink_register(&second, ring);
    test_hesitate(&random);
    sink_unregister(&first);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect_closed(&first);
    sink_expect_closed(&second);
    sink_free(&first);
    sink_free(&second);
  }
}

static const test_case_t cases[] = {
    CASE(elements_wake_consumers),
    CASE(room_wakes_producers),
    CASE(the_end_of_a_batch_wakes_a_flush),
    CASE(unregister_and_close_wake_consumers),
};
TEST_MAIN(cases)
