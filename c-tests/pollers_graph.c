/* Pollers among other consumers: in front of them, behind them, beside them, and leaving them. */
#include "polling.h"
#include "sink.h"

static void in_front(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t consumer;
  disruptor_poller_t *poller;
  disruptor_t *ring;
  uint32_t id;
  sink_t behind;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  poller = poller_of(ring);
  id = poller_id(poller);
  sink_init(&behind);
  consumer = sink_config(&behind, dependencies);
  consumer.depends_on = &id;
  consumer.depends_on_count = 1;
  sink_register_with(&behind, ring, &consumer);
  produce_all(ring, 0, 6);
  poller_expect(poller, 0, 0, 6);
  CHECK_U64(sink_consumed(&behind), 0);
  CHECK_OK(disruptor_poller_release(poller, 2));
  sink_await(&behind, 2);
  CHECK_STATUS(disruptor_close(ring, 2 * MILLISECOND), DISRUPTOR_TIMED_OUT); /* the sink waits for the poller */
  CHECK_U64(sink_consumed(&behind), 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  sink_await(&behind, 3);
  CHECK_OK(disruptor_poller_destroy(poller)); /* while it holds a batch */
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&behind, 0, 6);
  sink_free(&behind);
}

static void others_wait_for_a_poller(void) { test_every_mode_and_strategy(in_front); }

static void behind(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_poller_t *poller;
  disruptor_t *ring;
  disruptor_batch_t batch;
  sink_t first;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&first);
  sink_register(&first, ring);
  poller = poller_behind(ring, first.id);
  sink_hold_with_one(&first);
  produce_all(ring, 1, 3);
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_poll(poller, 2 * MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  sink_release(&first);
  CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
  CHECK_U64(batch.first_sequence, 0);
  sink_await(&first, 4);
  AWAIT(disruptor_poll(poller, 0, &batch) == DISRUPTOR_OK && batch.count == 4);
  CHECK_U64(batch.backlog, 0);
  sink_unregister(&first);
  produce_all(ring, 4, 2);
  poller_expect(poller, FOREVER, 0, 6);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_free(&first);
}

static void a_poller_waits_for_others(void) { test_every_mode_and_strategy(behind); }

static void a_poller_behind_one_that_leaves_after_the_end(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *first = poller_of(ring), *second = poller_behind(ring, poller_id(first));
  uint32_t ids[4];
  size_t count;
  produce_all(ring, 0, 5);
  poller_expect(first, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(first, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  poller_expect(second, 0, 0, 2);
  CHECK_OK(disruptor_poller_release(second, 2));
  poller_expect_nothing(second, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(first));
  poller_expect(second, FOREVER, 2, 3);
  CHECK_U64(test_stats(ring).consumers, 2); /* as at the end */
  CHECK_OK(disruptor_consumers(ring, ids, 4, &count));
  CHECK_U64(count, 2);
  CHECK_U64(test_stats(ring).current_lag, 3);
  CHECK_OK(disruptor_poller_release(second, 3));
  poller_expect_nothing(second, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(second));
}

static void *produce_fifty(void *ring) {
  produce_all(ring, 0, 50);
  return NULL;
}

static void a_poller_that_leaves_holds_nobody_back(void) {
  size_t round, rounds = test_rounds(100);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(4);
    disruptor_poller_t *poller = poller_of(ring);
    random_t random = random_stream(round);
    pthread_t producer;
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    producer = test_spawn(produce_fifty, ring);
    if (round % 2 == 0) {
      disruptor_batch_t batch;
      CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
    }
    random_stagger(&random);
    CHECK_OK(disruptor_poller_destroy(poller));
    test_join(producer);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 50);
    sink_free(&sink);
  }
}

static int32_t poll_behind_oneself(sink_t *sink, const disruptor_batch_t *batch) {
  disruptor_batch_t polled;
  (void)batch;
  CHECK_STATUS(disruptor_poll(sink->data, 0, &polled), DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_poll(sink->data, FOREVER, &polled), DISRUPTOR_WOULD_DEADLOCK);
  return 0;
}

static void a_consumer_does_not_wait_for_itself(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_poller_t *next, *middle, *last;
  sink_t sink;
  sink_init(&sink);
  sink.hook = poll_behind_oneself;
  sink_register(&sink, ring);
  next = poller_behind(ring, sink.id);
  middle = poller_behind(ring, poller_id(next));
  last = poller_behind(ring, poller_id(middle));
  sink.data = last;
  produce_all(ring, 0, 1);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(next));
  CHECK_OK(disruptor_poller_destroy(middle));
  CHECK_OK(disruptor_poller_destroy(last));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static int32_t poll_beside_oneself(sink_t *sink, const disruptor_batch_t *batch) {
  disruptor_batch_t polled;
  (void)batch;
  poller_expect(sink->data, FOREVER, 0, 1);
  CHECK_OK(disruptor_poller_release(sink->data, 1));
  CHECK_STATUS(disruptor_poll(sink->data, MILLISECOND, &polled), DISRUPTOR_TIMED_OUT);
  return 0;
}

static void a_consumer_may_wait_for_others(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_poller_t *poller = poller_of(ring);
  sink_t sink;
  sink_init(&sink);
  sink.hook = poll_beside_oneself;
  sink.data = poller;
  sink_register(&sink, ring);
  produce_all(ring, 0, 1);
  sink_await(&sink, 1);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(others_wait_for_a_poller),
    CASE(a_poller_waits_for_others),
    CASE(a_poller_behind_one_that_leaves_after_the_end),
    CASE(a_poller_that_leaves_holds_nobody_back),
    CASE(a_consumer_does_not_wait_for_itself),
    CASE(a_consumer_may_wait_for_others),
};

TEST_MAIN(cases)
