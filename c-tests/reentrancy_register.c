/* register and unregister called from callbacks. */
#include "sink.h"

/* In its first batch the consumer does something to `data`, another one. */

static int32_t register_another(sink_t *sink, const disruptor_batch_t *batch) {
  if (batch->first_sequence == 0) {
    sink_register(sink->data, sink->ring);
  }
  return 0;
}

static void a_consumer_may_register_another(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink, other;
  sink_init(&sink);
  sink_init(&other);
  sink.hook = register_another;
  sink.data = &other;
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 0));
  sink_await(&sink, 1);
  produce_all(ring, 1, 50);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 51);
  sink_expect(&other, 1, 50);
  sink_free(&sink);
  sink_free(&other);
}

static int32_t consume(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  return 0;
}

static sink_t registered_on_start;
static sink_t registered_on_close;

static void register_on_start(void *ring) { sink_register(&registered_on_start, ring); }

static void register_on_close(void *ring) { sink_register(&registered_on_close, ring); }

static void consumers_may_register_at_both_ends(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_config_t config;
  uint32_t id;
  sink_init(&registered_on_start);
  sink_init(&registered_on_close);
  disruptor_consumer_config_init(&config);
  config.on_batch = consume;
  config.on_start = register_on_start;
  config.on_close = register_on_close;
  config.user_data = ring;
  CHECK_OK(disruptor_register(ring, &config, &id));
  produce_all(ring, 0, 10);
  CHECK_OK(disruptor_unregister(ring, id, FOREVER));
  produce_all(ring, 10, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&registered_on_start, 0, 20);
  sink_expect(&registered_on_close, 10, 10);
  sink_free(&registered_on_start);
  sink_free(&registered_on_close);
}

static int32_t unregister_another(sink_t *sink, const disruptor_batch_t *batch) {
  if (batch->first_sequence == 0) {
    const sink_t *other = sink->data;
    CHECK_OK(disruptor_unregister(sink->ring, other->id, FOREVER));
  }
  return 0;
}

static void a_consumer_may_unregister_another(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink, other;
  sink_init(&sink);
  sink_init(&other);
  sink.hook = unregister_another;
  sink.data = &other;
  sink_register(&other, ring);
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 0));
  sink_await(&sink, 1);
  sink_expect_closed(&other);
  produce_all(ring, 1, 20);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 21);
  sink_free(&sink);
  sink_free(&other);
}

static int32_t begin_to_unregister_another(sink_t *sink, const disruptor_batch_t *batch) {
  sink_t *other = sink->data;
  (void)batch;
  sink_await_inside(other);
  CHECK_STATUS(disruptor_unregister(sink->ring, other->id, 0), DISRUPTOR_TIMED_OUT);
  return 0;
}

static int32_t unregister_the_first(sink_t *sink, const disruptor_batch_t *batch) {
  const sink_t *first = sink->data;
  disruptor_status_t status = disruptor_unregister(sink->ring, first->id, 0);
  (void)batch;
  CHECK(status == DISRUPTOR_OK || status == DISRUPTOR_TIMED_OUT);
  return 0;
}

/* Whose time was up waits no more: it is no deadlock if the other one waits for it now. */
static void one_who_gave_up_may_be_waited_for(void) {
  disruptor_t *ring = test_ring(4);
  sink_t first, second;
  sink_init(&first);
  sink_init(&second);
  first.hook = begin_to_unregister_another;
  first.data = &second;
  second.hook = unregister_the_first;
  second.data = &first;
  sink_register(&first, ring);
  sink_register(&second, ring);
  sink_hold_with_one(&second);
  sink_await(&first, 1);
  sink_release(&second);
  AWAIT(test_stats(ring).consumers == 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&first);
  sink_free(&second);
}

static int32_t leave_with_value_five(sink_t *sink, const disruptor_batch_t *batch) {
  uint64_t first = element_value(&batch->elements[0]);
  if (first <= 5 && 5 < first + batch->count) {
    CHECK_OK(disruptor_unregister(sink->ring, sink->id, *(const uint64_t *)sink->data));
  }
  return 0;
}

static void a_consumer_may_unregister_itself(void) {
  static uint64_t timeouts[] = {0, MILLISECOND, FOREVER};
  size_t i;
  for (i = 0; i < ARRAY_LEN(timeouts); i++) {
    disruptor_t *ring = test_ring(32);
    uint32_t unused[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    sink_t sink;
    sink_init(&sink);
    sink.hook = leave_with_value_five;
    sink.data = &timeouts[i];
    config = sink_config(&sink, unused);
    config.min_batch = config.max_batch = 4;
    sink_register_with(&sink, ring, &config);
    produce_all(ring, 0, 20);
    AWAIT(test_consumer_stats(ring, sink.id).state == DISRUPTOR_STATE_CLOSED);
    sink_expect(&sink, 0, 8); /* to the end of the batch, and no further */
    sink_expect_closed(&sink);
    CHECK_STATUS(produce_value(ring, 20), DISRUPTOR_NO_CONSUMERS);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
}

/* ---- Consumers that unregister each other ---- */

enum { CIRCLE = 3 };

typedef struct {
  sink_t sinks[CIRCLE];
  size_t size;
  counter_t inside, done;
} circle_t;

static int32_t unregister_the_next(sink_t *sink, const disruptor_batch_t *batch) {
  circle_t *circle = sink->data;
  const sink_t *next = &circle->sinks[(size_t)(sink - circle->sinks + 1) % circle->size];
  disruptor_status_t status;
  (void)batch;
  counter_add(&circle->inside, 1);
  counter_await(&circle->inside, circle->size); /* each is in its callback and cannot leave before the call returns */
  status = disruptor_unregister(sink->ring, next->id, FOREVER);
  CHECK(status == DISRUPTOR_OK || status == DISRUPTOR_WOULD_DEADLOCK || status == DISRUPTOR_NO_SUCH_CONSUMER);
  counter_add(&circle->done, 1);
  return 0;
}

static void unregister_in_a_circle(size_t size) {
  disruptor_t *ring = test_ring(4);
  circle_t circle;
  size_t i;
  circle.size = size;
  counter_init(&circle.inside);
  counter_init(&circle.done);
  for (i = 0; i < size; i++) {
    sink_init(&circle.sinks[i]);
    circle.sinks[i].hook = unregister_the_next;
    circle.sinks[i].data = &circle;
  }
  for (i = 0; i < size; i++) {
    sink_register(&circle.sinks[i], ring);
  }
  CHECK_OK(produce_value(ring, 0));
  counter_await(&circle.done, size); /* that the calls return is the test */
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < size; i++) {
    sink_expect_closed(&circle.sinks[i]);
    sink_expect(&circle.sinks[i], 0, 1);
    sink_free(&circle.sinks[i]);
  }
}

static void two_consumers_may_unregister_each_other(void) {
  size_t round, rounds = test_rounds(50);
  for (round = 0; round < rounds; round++) {
    unregister_in_a_circle(2);
  }
}

static void three_consumers_may_unregister_each_other(void) {
  size_t round, rounds = test_rounds(50);
  for (round = 0; round < rounds; round++) {
    unregister_in_a_circle(3);
  }
}

static const test_case_t cases[] = {
    CASE(a_consumer_may_register_another),
    CASE(consumers_may_register_at_both_ends),
    CASE(a_consumer_may_unregister_another),
    CASE(one_who_gave_up_may_be_waited_for),
    CASE(a_consumer_may_unregister_itself),
    CASE(two_consumers_may_unregister_each_other),
    CASE(three_consumers_may_unregister_each_other),
};
TEST_MAIN(cases)
