/* Pollers: consumers that ask for their elements. */
#include "sink.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static disruptor_poller_t *poller_with(disruptor_t *ring, const disruptor_consumer_config_t *config) {
  disruptor_poller_t *poller = NULL;
  CHECK_OK(disruptor_poller_create(ring, config, &poller));
  CHECK(poller != NULL);
  return poller;
}

static disruptor_poller_t *poller_of(disruptor_t *ring) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  return poller_with(ring, &config);
}

static disruptor_poller_t *poller_behind(disruptor_t *ring, uint32_t dependency) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.depends_on = &dependency;
  config.depends_on_count = 1;
  return poller_with(ring, &config);
}

static uint32_t id_of(const disruptor_poller_t *poller) {
  uint32_t id = 77;
  CHECK_OK(disruptor_poller_id(poller, &id));
  return id;
}

/* The next batch has exactly these values, which are also their sequence numbers. */
static void expect_batch(disruptor_poller_t *poller, uint64_t timeout_ns, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  size_t i;
  CHECK_OK(disruptor_poll(poller, timeout_ns, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  for (i = 0; i < count; i++) {
    CHECK_U64(element_value(&batch.elements[i]), first + i);
  }
}

static void expect_nothing(disruptor_poller_t *poller, disruptor_status_t status) {
  disruptor_batch_t batch, untouched;
  memset(&batch, 0x5a, sizeof batch);
  untouched = batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), status);
  CHECK(memcmp(&batch, &untouched, sizeof batch) == 0);
}

/* Reads until the end; returns how many. */
static uint64_t read_all(disruptor_poller_t *poller, uint64_t next, random_t *random) {
  disruptor_batch_t batch;
  disruptor_status_t status;
  uint64_t end = next;
  while ((status = disruptor_poll(poller, FOREVER, &batch)) == DISRUPTOR_OK) {
    size_t released = (size_t)random_below(random, batch.count + 1), i;
    CHECK_U64(batch.first_sequence, end);
    CHECK_AT_LEAST(batch.count, 1);
    for (i = 0; i < batch.count; i++) {
      CHECK_U64(element_value(&batch.elements[i]), end + i);
    }
    CHECK_OK(disruptor_poller_release(poller, released));
    end += released;
  }
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  expect_nothing(poller, DISRUPTOR_CLOSED);
  return end - next;
}

static void read_and_release(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_consumer_stats_t stats;
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_t *ring;
  uint64_t began;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  poller = poller_of(ring);
  CHECK_U64(id_of(poller), 0);
  CHECK_U64(test_stats(ring).consumers, 1);
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_HAS(disruptor_last_error(), "disruptor_poll");
  began = test_now_ns();
  CHECK_STATUS(disruptor_poll(poller, 3 * MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  produce_all(ring, 0, 8);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL); /* it holds the ring back */
  expect_batch(poller, 0, 0, 8);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  expect_batch(poller, FOREVER, 0, 8); /* not released */
  CHECK_AT_LEAST(test_consumer_stats(ring, 0).in_batch_ns, 1);
  CHECK_OK(disruptor_poller_release(poller, 3));
  CHECK_OK(disruptor_poller_release(poller, 0));
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_REFUSED(disruptor_poller_release(poller, 4), DISRUPTOR_INVALID_ARGUMENT, "consumed 4 0 3");
  CHECK_U64(test_consumer_stats(ring, 0).consumed, 5);
  CHECK_U64(test_consumer_stats(ring, 0).current_lag, 3);
  CHECK_OK(produce_values(ring, 8, 5, 0, NULL));
  CHECK_STATUS(produce_values(ring, 13, 1, 0, NULL), DISRUPTOR_FULL);
  expect_batch(poller, 0, 5, 8); /* the rest, and what came since */
  CHECK_OK(disruptor_poller_release(poller, 8));
  CHECK_REFUSED(disruptor_poller_release(poller, 1), DISRUPTOR_INVALID_ARGUMENT, "consumed 1 0");
  CHECK_OK(disruptor_poller_release(poller, 0));
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_flush(ring, 0));
  stats = test_consumer_stats(ring, 0);
  CHECK_U64(stats.consumed, 13);
  CHECK_U64(stats.consumed_bytes, 13 * 8);
  CHECK_U64(stats.largest_batch, 8);
  CHECK_U64(stats.in_batch_ns, 0);
  CHECK_U64(stats.state, DISRUPTOR_STATE_OPEN);
  CHECK_AT_LEAST(stats.max_lag, 8);
  CHECK_OK(disruptor_destroy(ring));
  expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
}

static void what_is_not_released_comes_again(void) { test_every_mode_and_strategy(read_and_release); }

/* `min_batch` holds back what is new, and not what was polled before. */
static void what_comes_again_is_not_held_back(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  disruptor_consumer_config_init(&config);
  config.min_batch = 3;
  poller = poller_with(ring, &config);
  produce_all(ring, 0, 3);
  expect_batch(poller, 0, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 1, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 2, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  produce_all(ring, 3, 1);
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void arguments_are_checked(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL, *made;
  disruptor_batch_t batch;
  uint32_t id, unknown = 5;
  sink_t sink;
  int fd;
  sink_init(&sink);
  disruptor_consumer_config_init(&config);
  CHECK_REFUSED(disruptor_poller_create(NULL, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "disruptor NULL");
  CHECK_REFUSED(disruptor_poller_create(ring, NULL, &poller), DISRUPTOR_INVALID_ARGUMENT, "config NULL");
  CHECK_REFUSED(disruptor_poller_create(ring, &config, NULL), DISRUPTOR_INVALID_ARGUMENT, "out NULL");
  config = sink_config(&sink, NULL);
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "on_batch NULL");
  config.on_batch = NULL;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "on_start NULL");
  config.on_start = NULL;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "on_close NULL");
  config.on_close = NULL;
  config.cpu = 0;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "cpu 0 -1");
  config.cpu = -2;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "cpu -2");
  config.cpu = -1;
  config.max_batch = 5;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "max_batch 5 4");
  config.max_batch = 0;
  config.depends_on = &unknown;
  config.depends_on_count = 1;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_NO_SUCH_CONSUMER, "depends_on 5");
  config.depends_on_count = 0;
  config.struct_size = 3;
  CHECK_REFUSED(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_INVALID_ARGUMENT, "struct_size 3");
  config.struct_size = sizeof config;
  CHECK(poller == NULL);
  made = poller_with(ring, &config);
  CHECK_U64(id_of(made), 0); /* none of the above took an id */
  CHECK_REFUSED(disruptor_poll(NULL, 0, &batch), DISRUPTOR_INVALID_ARGUMENT, "poller NULL");
  CHECK_REFUSED(disruptor_poll(made, 0, NULL), DISRUPTOR_INVALID_ARGUMENT, "out NULL");
  CHECK_REFUSED(disruptor_poller_release(NULL, 0), DISRUPTOR_INVALID_ARGUMENT, "poller NULL");
  CHECK_REFUSED(disruptor_poller_fd(NULL, &fd), DISRUPTOR_INVALID_ARGUMENT, "poller NULL");
  CHECK_REFUSED(disruptor_poller_fd(made, NULL), DISRUPTOR_INVALID_ARGUMENT, "out_fd NULL");
  CHECK_REFUSED(disruptor_poller_id(NULL, &id), DISRUPTOR_INVALID_ARGUMENT, "poller NULL");
  CHECK_REFUSED(disruptor_poller_id(made, NULL), DISRUPTOR_INVALID_ARGUMENT, "out_consumer NULL");
  CHECK_REFUSED(disruptor_unregister(ring, 0, 0), DISRUPTOR_INVALID_ARGUMENT, "consumer 0 poller");
  CHECK_OK(disruptor_poller_destroy(NULL));
  CHECK_OK(disruptor_poller_destroy(made));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_STATUS(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void pollers_count_as_consumers(void) {
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t consumer;
  disruptor_poller_t *poller, *other, *more = NULL;
  disruptor_t *ring;
  uint32_t ids[4] = {0};
  size_t count;
  config.max_consumers = 2;
  ring = test_ring_of(&config);
  disruptor_consumer_config_init(&consumer);
  consumer.name = "reader";
  poller = poller_with(ring, &consumer);
  other = poller_with(ring, &consumer);
  CHECK_STATUS(disruptor_poller_create(ring, &consumer, &more), DISRUPTOR_TOO_MANY_CONSUMERS);
  CHECK_TEXT(test_consumer_stats(ring, 0).name, "reader");
  CHECK_OK(disruptor_poller_destroy(poller));
  poller = poller_with(ring, &consumer);
  CHECK_OK(disruptor_consumers(ring, ids, 4, &count));
  CHECK_U64(count, 2);
  CHECK_U64(ids[0], 1);
  CHECK_U64(ids[1], 2);
  CHECK_OK(disruptor_poller_destroy(other));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_STATUS(produce_value(ring, 0), DISRUPTOR_NO_CONSUMERS);
  CHECK_OK(disruptor_destroy(ring));
}

/* ---- The end ---- */

static void close_does_not_wait(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_poller_t *poller;
  disruptor_t *ring;
  sink_t sink;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  poller = poller_of(ring);
  produce_all(ring, 0, 5);
  expect_batch(poller, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 5);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  CHECK_U64(test_consumer_stats(ring, id_of(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 3, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_U64(test_consumer_stats(ring, id_of(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_destroy(ring)); /* the poller keeps the memory */
  expect_batch(poller, FOREVER, 4, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_free(&sink);
}

static void after_close_it_reads_the_rest(void) { test_every_mode_and_strategy(close_does_not_wait); }

static void halt_ends_it_at_once(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = poller_of(ring);
  uint64_t undelivered = 0;
  produce_all(ring, 0, 5);
  expect_batch(poller, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 4);
  CHECK_OK(disruptor_poller_release(poller, 2)); /* the current batch */
  expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

typedef struct {
  disruptor_poller_t *poller;
  uint64_t count, stream;
} reading_t;

static void *read_to_the_end(void *of) {
  reading_t *reading = of;
  random_t random = random_stream(reading->stream);
  reading->count = read_all(reading->poller, 0, &random);
  return NULL;
}

static void close_wakes_it(uint32_t producer_mode, uint32_t wait_strategy) {
  size_t rounds = test_few_when_spinning(wait_strategy, test_rounds(100)), round;
  for (round = 0; round < rounds; round++) {
    disruptor_config_t config = test_config(1 + round % 8);
    random_t random = random_stream(round);
    disruptor_t *ring;
    reading_t reading;
    pthread_t thread;
    config.producer_mode = producer_mode;
    config.wait_strategy = wait_strategy;
    ring = test_ring_of(&config);
    reading.poller = poller_of(ring);
    reading.stream = round;
    thread = test_spawn(read_to_the_end, &reading);
    produce_all(ring, 0, round % 30);
    random_stagger(&random);
    CHECK_OK(disruptor_destroy(ring)); /* while it polls */
    test_join(thread);
    CHECK_U64(reading.count, round % 30);
    CHECK_OK(disruptor_poller_destroy(reading.poller));
  }
}

static void a_poller_that_waits_sees_the_end(void) { test_every_mode_and_strategy(close_wakes_it); }

/* ---- Before and behind others ---- */

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
  id = id_of(poller);
  sink_init(&behind);
  consumer = sink_config(&behind, dependencies);
  consumer.depends_on = &id;
  consumer.depends_on_count = 1;
  sink_register_with(&behind, ring, &consumer);
  produce_all(ring, 0, 6);
  expect_batch(poller, 0, 0, 6);
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
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_poll(poller, 2 * MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  sink_release(&first);
  CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
  CHECK_U64(batch.first_sequence, 0);
  sink_await(&first, 4);
  AWAIT(disruptor_poll(poller, 0, &batch) == DISRUPTOR_OK && batch.count == 4);
  CHECK_U64(batch.backlog, 0);
  sink_unregister(&first);
  produce_all(ring, 4, 2);
  expect_batch(poller, FOREVER, 0, 6);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_free(&first);
}

static void a_poller_waits_for_others(void) { test_every_mode_and_strategy(behind); }

static void a_poller_behind_one_that_leaves_after_the_end(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *first = poller_of(ring), *second = poller_behind(ring, id_of(first));
  uint32_t ids[4];
  size_t count;
  produce_all(ring, 0, 5);
  expect_batch(first, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(first, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  expect_batch(second, 0, 0, 2);
  CHECK_OK(disruptor_poller_release(second, 2));
  expect_nothing(second, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(first));
  expect_batch(second, FOREVER, 2, 3);
  CHECK_U64(test_stats(ring).consumers, 2); /* as at the end */
  CHECK_OK(disruptor_consumers(ring, ids, 4, &count));
  CHECK_U64(count, 2);
  CHECK_U64(test_stats(ring).current_lag, 3);
  CHECK_OK(disruptor_poller_release(second, 3));
  expect_nothing(second, DISRUPTOR_CLOSED);
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

/* ---- Batches ---- */

static void few_elements_are_held_back(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller, *lingering;
  disruptor_batch_t batch;
  uint64_t began;
  disruptor_consumer_config_init(&config);
  config.min_batch = 3;
  config.max_batch = 3;
  poller = poller_with(ring, &config);
  config.linger_ns = 5 * MILLISECOND;
  lingering = poller_with(ring, &config);
  produce_all(ring, 0, 2);
  began = test_now_ns();
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_poll(poller, MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  AWAIT(disruptor_poll(lingering, 0, &batch) == DISRUPTOR_OK); /* whatever the timeout, it has lingered at last */
  CHECK_AT_LEAST(test_now_ns() - began, 5 * MILLISECOND);
  CHECK_U64(batch.count, 2);
  CHECK_OK(disruptor_poller_release(lingering, 2));
  produce_all(ring, 2, 5);
  expect_batch(poller, 0, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  expect_batch(poller, FOREVER, 3, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  expect_batch(poller, 0, 6, 1);
  CHECK_OK(disruptor_destroy(ring));
  expect_batch(poller, 0, 6, 1);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_poller_destroy(lingering));
}

static void batches_do_not_span_abandoned_slots(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = poller_of(ring);
  disruptor_claim_t claim;
  produce_all(ring, 0, 2);
  CHECK_OK(disruptor_claim(ring, 2, FOREVER, &claim));
  produce_all(ring, 4, 1);
  CHECK_OK(disruptor_abandon(ring, &claim));
  CHECK_OK(disruptor_claim(ring, 3, FOREVER, &claim));
  CHECK_OK(disruptor_abandon(ring, &claim));
  expect_batch(poller, 0, 0, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 1, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 4, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_claim(ring, 8, 0, &claim)); /* the abandoned ones hold nothing back */
  CHECK_OK(disruptor_abandon(ring, &claim));
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_flush(ring, 0));
  CHECK_OK(disruptor_destroy(ring));
  expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
}

/* ---- Threads ---- */

static void *wait_for_one(void *of) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(of, FOREVER, &batch));
  return NULL;
}

static void two_threads_on_one_poller(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_poller_t *poller = poller_of(ring);
  disruptor_batch_t batch;
  pthread_t thread = test_spawn(wait_for_one, poller);
  int fd;
  AWAIT(test_consumer_stats(ring, 0).blocked_ns > 0);
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(disruptor_poller_release(poller, 0), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(disruptor_poller_fd(poller, &fd), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(disruptor_poller_destroy(poller), DISRUPTOR_CONCURRENT_USE);
  CHECK_U64(id_of(poller), 0);
  produce_all(ring, 0, 1);
  test_join(thread);
  expect_batch(poller, 0, 0, 1); /* another thread may go on */
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
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
  middle = poller_behind(ring, id_of(next));
  last = poller_behind(ring, id_of(middle));
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
  expect_batch(sink->data, FOREVER, 0, 1);
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

static void in_the_child(void *of) {
  disruptor_batch_t batch;
  uint32_t id;
  int fd;
  CHECK_STATUS(disruptor_poll(of, FOREVER, &batch), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_release(of, 1), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_fd(of, &fd), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_id(of, &id), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_destroy(of), DISRUPTOR_FORKED);
}

static void after_fork(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_poller_t *poller = poller_of(ring);
  produce_all(ring, 0, 2);
  test_in_child(in_the_child, poller);
  expect_batch(poller, 0, 0, 2);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

/* ---- The file descriptor ---- */

static bool is_readable(int fd) {
  struct pollfd look;
  look.fd = fd;
  look.events = POLLIN;
  look.revents = 0;
  CHECK(poll(&look, 1, 0) >= 0);
  return (look.revents & POLLIN) != 0;
}

static void await_readable(int fd) {
  struct pollfd look;
  look.fd = fd;
  look.events = POLLIN;
  while (poll(&look, 1, -1) < 1) {
  }
}

static void tell_by_descriptor(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_t *ring;
  int fd = -1, again = -1;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  poller = poller_of(ring);
  CHECK_OK(disruptor_poller_fd(poller, &fd));
  CHECK_OK(disruptor_poller_fd(poller, &again));
  CHECK(fd >= 0 && fd == again);
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(is_readable(fd)); /* poll once to find out */
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK(!is_readable(fd));
  produce_all(ring, 0, 2);
  CHECK(is_readable(fd));
  expect_batch(poller, 0, 0, 2);
  CHECK(is_readable(fd)); /* there may be more */
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_batch(poller, 0, 1, 1);
  CHECK(is_readable(fd));
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_STATUS(disruptor_poll(poller, MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  CHECK(!is_readable(fd)); /* in vain as well */
  produce_all(ring, 2, 1);
  CHECK(is_readable(fd));
  expect_batch(poller, FOREVER, 2, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK(!is_readable(fd));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK(is_readable(fd));
  expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK(is_readable(fd)); /* and so it stays */
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK(fcntl(fd, F_GETFD) == -1);
}

static void the_descriptor_tells_when_to_poll(void) { test_every_mode_and_strategy(tell_by_descriptor); }

static void *read_by_descriptor(void *of) {
  reading_t *reading = of;
  disruptor_batch_t batch;
  disruptor_status_t status;
  int fd;
  CHECK_OK(disruptor_poller_fd(reading->poller, &fd));
  do {
    await_readable(fd);
    while ((status = disruptor_poll(reading->poller, 0, &batch)) == DISRUPTOR_OK) {
      CHECK_U64(batch.first_sequence, reading->count);
      CHECK_U64(element_value(&batch.elements[0]), reading->count);
      reading->count += batch.count;
      CHECK_OK(disruptor_poller_release(reading->poller, batch.count));
    }
  } while (status == DISRUPTOR_EMPTY);
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  return NULL;
}

/* An event loop that only ever waits for the descriptor misses nothing, whomever its poller is behind. */
static void loop(uint32_t producer_mode, uint32_t wait_strategy) {
  uint64_t count = test_few_when_spinning(wait_strategy, test_rounds(3000)), i;
  disruptor_config_t config = test_config(4);
  random_t random = random_stream(0);
  reading_t readings[3];
  pthread_t threads[3];
  disruptor_t *ring;
  sink_t sink;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  readings[0].poller = poller_of(ring);
  readings[1].poller = poller_behind(ring, id_of(readings[0].poller));
  readings[2].poller = poller_behind(ring, sink.id);
  for (i = 0; i < 3; i++) {
    readings[i].count = 0;
    threads[i] = test_spawn(read_by_descriptor, &readings[i]);
  }
  for (i = 0; i < count; i++) {
    produce_all(ring, i, 1);
    if (i % 16 == 0) {
      random_stagger(&random);
    }
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < 3; i++) {
    test_join(threads[i]);
    CHECK_U64(readings[i].count, count);
    CHECK_OK(disruptor_poller_destroy(readings[i].poller));
  }
  sink_expect(&sink, 0, count);
  sink_free(&sink);
}

static void an_event_loop_misses_nothing(void) { test_every_mode_and_strategy(loop); }

static void a_descriptor_of_a_poller_that_is_gone(void) {
  size_t round, rounds = test_rounds(300);
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (round = 0; round < rounds; round++) { /* armed, and then nobody is there to be told */
    disruptor_poller_t *poller = poller_of(ring);
    int fd;
    CHECK_OK(disruptor_poller_fd(poller, &fd));
    expect_nothing(poller, DISRUPTOR_EMPTY);
    CHECK_OK(disruptor_poller_destroy(poller));
    produce_all(ring, round, 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds);
  sink_free(&sink);
}

static void a_member_takes_its_descriptor_along(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_consumer_config_t config;
  disruptor_poller_t *stays, *leaves;
  int fd;
  disruptor_consumer_config_init(&config);
  config.group = 1;
  stays = poller_with(ring, &config);
  leaves = poller_with(ring, &config);
  CHECK_OK(disruptor_poller_fd(leaves, &fd));
  expect_nothing(leaves, DISRUPTOR_EMPTY); /* from now on it is to be told */
  CHECK_OK(disruptor_poller_destroy(leaves));
  CHECK(fcntl(fd, F_GETFD) == -1);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(stays));
}

static void closed_is_who_has_read_everything(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = poller_of(ring);
  produce_all(ring, 0, 5);
  CHECK_OK(disruptor_close(ring, FOREVER));
  expect_batch(poller, 0, 0, 5);
  CHECK_U64(test_consumer_stats(ring, id_of(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_poller_release(poller, 5));
  CHECK_U64(test_consumer_stats(ring, id_of(poller)).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

static const test_case_t cases[] = {
    CASE(what_is_not_released_comes_again),
    CASE(what_comes_again_is_not_held_back),
    CASE(arguments_are_checked),
    CASE(pollers_count_as_consumers),
    CASE(after_close_it_reads_the_rest),
    CASE(halt_ends_it_at_once),
    CASE(a_poller_that_waits_sees_the_end),
    CASE(others_wait_for_a_poller),
    CASE(a_poller_waits_for_others),
    CASE(a_poller_behind_one_that_leaves_after_the_end),
    CASE(a_poller_that_leaves_holds_nobody_back),
    CASE(few_elements_are_held_back),
    CASE(batches_do_not_span_abandoned_slots),
    CASE(two_threads_on_one_poller),
    CASE(a_consumer_does_not_wait_for_itself),
    CASE(a_consumer_may_wait_for_others),
    CASE(after_fork),
    CASE(the_descriptor_tells_when_to_poll),
    CASE(an_event_loop_misses_nothing),
    CASE(a_descriptor_of_a_poller_that_is_gone),
    CASE(a_member_takes_its_descriptor_along),
    CASE(closed_is_who_has_read_everything),
};

TEST_MAIN(cases)
