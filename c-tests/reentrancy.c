/* The library called from its own callbacks. */
#include "sink.h"

/* A hook that runs `data`, a function of the sink, in the first batch only. */
typedef void (*action_t)(sink_t *);
typedef struct {
  action_t run;
  void *data;
} once_t;

static int32_t run_once(sink_t *sink, const disruptor_batch_t *batch) {
  once_t *once = sink->data;
  if (batch->first_sequence == 0) {
    once->run(sink);
  }
  return 0;
}

static void *once_data(const sink_t *sink) { return ((const once_t *)sink->data)->data; }

/* A ring whose one consumer runs `action` when it is released from its first batch, which is the first of
 * `in_flight` elements. */
static void in_the_first_batch(size_t capacity, size_t in_flight, action_t action, sink_t *sink, once_t *once) {
  disruptor_t *ring = test_ring(capacity);
  once->run = action;
  sink_init(sink);
  sink->hook = run_once;
  sink->data = once;
  sink_register(sink, ring);
  sink_hold_with_one(sink);
  produce_all(ring, 1, in_flight - 1);
  sink_release(sink);
  sink_await(sink, in_flight);
}

/* ---- produce ---- */

static int32_t produce_the_next(sink_t *sink, const disruptor_batch_t *batch) {
  uint64_t value = element_value(&batch->elements[batch->count - 1]);
  if (value < 100) {
    CHECK_OK(produce_value(sink->ring, value + 1));
  }
  return 0;
}

static void a_consumer_may_produce_while_there_is_room(void) {
  disruptor_t *ring = test_ring(2);
  sink_t sink;
  sink_init(&sink);
  sink.hook = produce_the_next;
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 0));
  sink_await(&sink, 101);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 101);
  sink_free(&sink);
}

static void produce_into_the_full_ring(sink_t *sink) {
  size_t produced = 77;
  CHECK_STATUS(produce_value(sink->ring, 9), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(produce_values(sink->ring, 9, 3, FOREVER, &produced), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_U64(produced, 0);
  produced = 77;
  CHECK_STATUS(produce_values(sink->ring, 9, 3, MILLISECOND, &produced), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_U64(produced, 0);
  produced = 77;
  CHECK_STATUS(produce_values(sink->ring, 9, 3, 0, &produced), DISRUPTOR_FULL);
  CHECK_U64(produced, 0);
}

static void without_room_a_consumer_would_wait_for_itself(void) {
  sink_t sink;
  once_t once;
  in_the_first_batch(4, 4, produce_into_the_full_ring, &sink, &once);
  produce_all(sink.ring, 4, 10);
  CHECK_OK(disruptor_destroy(sink.ring));
  sink_expect(&sink, 0, 14);
  sink_free(&sink);
}

static void produce_more_than_fits(sink_t *sink) {
  size_t produced = 77;
  CHECK_STATUS(produce_values(sink->ring, 3, 10, FOREVER, &produced), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_U64(produced, 2);
  CHECK_STATUS(produce_values(sink->ring, 5, 10, 0, &produced), DISRUPTOR_FULL);
  CHECK_U64(produced, 0);
}

static void what_fits_goes_in_all_the_same(void) {
  sink_t sink;
  once_t once;
  in_the_first_batch(5, 3, produce_more_than_fits, &sink, &once);
  CHECK_OK(disruptor_destroy(sink.ring));
  sink_expect(&sink, 0, 5);
  sink_free(&sink);
}

static int32_t pass_on(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    CHECK_OK(produce_value(sink->data, element_value(&batch->elements[i])));
  }
  return 0;
}

/* Waiting in another disruptor is no deadlock. */
static void a_consumer_may_wait_for_room_elsewhere(void) {
  disruptor_t *from = test_ring(4), *to = test_ring(2);
  sink_t bridge, end;
  sink_init(&bridge);
  sink_init(&end);
  bridge.hook = pass_on;
  bridge.data = to;
  sink_register(&end, to);
  sink_register(&bridge, from);
  sink_hold(&end);
  produce_all(from, 0, 4);
  AWAIT(test_stats(to).producer_blocked_count == 1);
  sink_release(&end);
  produce_all(from, 4, 500);
  CHECK_OK(disruptor_destroy(from));
  CHECK_OK(disruptor_destroy(to));
  sink_expect(&end, 0, 504);
  sink_free(&bridge);
  sink_free(&end);
}

/* ---- Calls that would wait for the caller ---- */

static void end_in_every_way(disruptor_t *ring) {
  uint64_t undelivered = 77;
  CHECK_STATUS(disruptor_flush(ring, FOREVER), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(disruptor_flush(ring, MILLISECOND), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(disruptor_close(ring, FOREVER), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(disruptor_halt(ring, FOREVER, &undelivered), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_STATUS(disruptor_halt(ring, 0, NULL), DISRUPTOR_WOULD_DEADLOCK);
  CHECK_U64(undelivered, 77);
  CHECK_STATUS(disruptor_destroy(ring), DISRUPTOR_WOULD_DEADLOCK);
}

static void end_the_own_ring(sink_t *sink) {
  end_in_every_way(sink->ring);
  CHECK_U64(test_stats(sink->ring).state, DISRUPTOR_STATE_OPEN);
}

static void a_consumer_cannot_end_its_own_ring(void) {
  sink_t sink;
  once_t once;
  in_the_first_batch(4, 2, end_the_own_ring, &sink, &once);
  produce_all(sink.ring, 2, 20); /* nothing was done */
  CHECK_OK(disruptor_close(sink.ring, FOREVER));
  sink_expect(&sink, 0, 22);
  CHECK_OK(disruptor_destroy(sink.ring));
  sink_free(&sink);
}

static counter_t callbacks = COUNTER_INIT;

static void end_from_a_callback(void *ring) {
  end_in_every_way(ring);
  counter_add(&callbacks, 1);
}

static uint32_t end_from_on_error(void *place, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  (void)consumer, (void)batch, (void)code;
  end_in_every_way(*(disruptor_t **)place);
  counter_add(&callbacks, 1);
  return DISRUPTOR_ERROR_CONTINUE;
}

static int32_t fail(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  return 1;
}

static void nor_from_its_other_callbacks(void) {
  disruptor_t *ring = NULL;
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t consumer;
  uint32_t id;
  config.on_error = end_from_on_error;
  config.on_error_data = &ring;
  ring = test_ring_of(&config);
  disruptor_consumer_config_init(&consumer);
  consumer.on_batch = fail;
  consumer.on_start = end_from_a_callback;
  consumer.on_close = end_from_a_callback;
  consumer.user_data = ring;
  CHECK_OK(disruptor_register(ring, &consumer, &id));
  CHECK_U64(counter_value(&callbacks), 1);
  CHECK_OK(produce_value(ring, 1));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(counter_value(&callbacks), 3);
  CHECK_OK(disruptor_destroy(ring));
}

static void end_another_ring(sink_t *sink) {
  disruptor_t *other = once_data(sink);
  CHECK_OK(produce_value(other, 7));
  CHECK_OK(disruptor_flush(other, FOREVER));
  CHECK_OK(disruptor_close(other, FOREVER));
  CHECK_OK(disruptor_destroy(other));
}

static void a_consumer_may_end_another_ring(void) {
  disruptor_t *other = test_ring(4);
  sink_t sink, of_other;
  once_t once;
  once.data = other;
  sink_init(&of_other);
  sink_register(&of_other, other);
  in_the_first_batch(4, 1, end_another_ring, &sink, &once);
  sink_expect(&of_other, 7, 1);
  sink_expect_closed(&of_other);
  CHECK_OK(disruptor_destroy(sink.ring));
  sink_free(&sink);
  sink_free(&of_other);
}

/* ---- Reading ---- */

static void read_everything(sink_t *sink) {
  char report[16384];
  uint32_t ids[4], format;
  size_t count;
  CHECK_U64(test_stats(sink->ring).produced, 2);
  CHECK_U64(test_stats(sink->ring).current_lag, 2); /* the batch in hand is not finished */
  CHECK_AT_LEAST(test_consumer_stats(sink->ring, 0).in_batch_ns, 1);
  CHECK_OK(disruptor_consumers(sink->ring, ids, ARRAY_LEN(ids), &count));
  CHECK_U64(count, 1);
  for (format = DISRUPTOR_FORMAT_TEXT; format <= DISRUPTOR_FORMAT_DOT; format++) {
    CHECK_OK(disruptor_report(sink->ring, format, report, sizeof report, &count));
  }
}

static void a_consumer_may_read_its_statistics(void) {
  sink_t sink;
  once_t once;
  in_the_first_batch(4, 2, read_everything, &sink, &once);
  CHECK_OK(disruptor_destroy(sink.ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(a_consumer_may_produce_while_there_is_room),
    CASE(without_room_a_consumer_would_wait_for_itself),
    CASE(what_fits_goes_in_all_the_same),
    CASE(a_consumer_may_wait_for_room_elsewhere),
    CASE(a_consumer_cannot_end_its_own_ring),
    CASE(nor_from_its_other_callbacks),
    CASE(a_consumer_may_end_another_ring),
    CASE(a_consumer_may_read_its_statistics),
};
TEST_MAIN(cases)
