/* Pollers: consumers that ask for their elements. What they get, hold and release. */
#include "polling.h"
#include "sink.h"

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
  CHECK_U64(poller_id(poller), 0);
  CHECK_U64(test_stats(ring).consumers, 1);
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_HAS(disruptor_last_error(), "disruptor_poll");
  began = test_now_ns();
  CHECK_STATUS(disruptor_poll(poller, 3 * MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  produce_all(ring, 0, 8);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL); /* it holds the ring back */
  poller_expect(poller, 0, 0, 8);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  poller_expect(poller, FOREVER, 0, 8); /* not released */
  CHECK_AT_LEAST(test_consumer_stats(ring, 0).in_batch_ns, 1);
  CHECK_OK(disruptor_poller_release(poller, 3));
  CHECK_OK(disruptor_poller_release(poller, 0));
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_REFUSED(disruptor_poller_release(poller, 4), DISRUPTOR_INVALID_ARGUMENT, "consumed 4 0 3");
  CHECK_U64(test_consumer_stats(ring, 0).consumed, 5);
  CHECK_U64(test_consumer_stats(ring, 0).current_lag, 3);
  CHECK_OK(produce_values(ring, 8, 5, 0, NULL));
  CHECK_STATUS(produce_values(ring, 13, 1, 0, NULL), DISRUPTOR_FULL);
  poller_expect(poller, 0, 5, 8); /* the rest, and what came since */
  CHECK_OK(disruptor_poller_release(poller, 8));
  CHECK_REFUSED(disruptor_poller_release(poller, 1), DISRUPTOR_INVALID_ARGUMENT, "consumed 1 0");
  CHECK_OK(disruptor_poller_release(poller, 0));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_flush(ring, 0));
  stats = test_consumer_stats(ring, 0);
  CHECK_U64(stats.consumed, 13);
  CHECK_U64(stats.consumed_bytes, 13 * 8);
  CHECK_U64(stats.largest_batch, 8);
  CHECK_U64(stats.in_batch_ns, 0);
  CHECK_U64(stats.state, DISRUPTOR_STATE_OPEN);
  CHECK_AT_LEAST(stats.max_lag, 8);
  CHECK_OK(disruptor_destroy(ring));
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
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
  poller_expect(poller, 0, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 1, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 2, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  produce_all(ring, 3, 1);
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

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
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_poll(poller, MILLISECOND, &batch), DISRUPTOR_TIMED_OUT);
  AWAIT(disruptor_poll(lingering, 0, &batch) == DISRUPTOR_OK); /* whatever the timeout, it has lingered at last */
  CHECK_AT_LEAST(test_now_ns() - began, 5 * MILLISECOND);
  CHECK_U64(batch.count, 2);
  CHECK_OK(disruptor_poller_release(lingering, 2));
  produce_all(ring, 2, 5);
  poller_expect(poller, 0, 0, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  poller_expect(poller, FOREVER, 3, 3);
  CHECK_OK(disruptor_poller_release(poller, 3));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_flush(ring, 0), DISRUPTOR_TIMED_OUT);
  poller_expect(poller, 0, 6, 1);
  CHECK_OK(disruptor_destroy(ring));
  poller_expect(poller, 0, 6, 1);
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
  poller_expect(poller, 0, 0, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 1, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 4, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_claim(ring, 8, 0, &claim)); /* the abandoned ones hold nothing back */
  CHECK_OK(disruptor_abandon(ring, &claim));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_flush(ring, 0));
  CHECK_OK(disruptor_destroy(ring));
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
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
  CHECK_U64(poller_id(made), 0); /* none of the above took an id */
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
  CHECK_U64(poller_id(poller), 0);
  produce_all(ring, 0, 1);
  test_join(thread);
  poller_expect(poller, 0, 0, 1); /* another thread may go on */
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
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
  poller_expect(poller, 0, 0, 2);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

static const test_case_t cases[] = {
    CASE(what_is_not_released_comes_again),
    CASE(what_comes_again_is_not_held_back),
    CASE(arguments_are_checked),
    CASE(pollers_count_as_consumers),
    CASE(few_elements_are_held_back),
    CASE(batches_do_not_span_abandoned_slots),
    CASE(two_threads_on_one_poller),
    CASE(after_fork),
};

TEST_MAIN(cases)
