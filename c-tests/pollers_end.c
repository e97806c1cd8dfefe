/* The end as a poller sees it: close leaves it the rest, halt does not. */
#include "polling.h"
#include "sink.h"

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
  poller_expect(poller, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 5);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSED);
  CHECK_U64(test_consumer_stats(ring, poller_id(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect(poller, 0, 3, 2);
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_U64(test_consumer_stats(ring, poller_id(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_destroy(ring)); /* the poller keeps the memory */
  poller_expect(poller, FOREVER, 4, 1);
  CHECK_OK(disruptor_poller_release(poller, 1));
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(poller));
  sink_free(&sink);
}

static void after_close_it_reads_the_rest(void) { test_every_mode_and_strategy(close_does_not_wait); }

static void closed_is_who_has_read_everything(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = poller_of(ring);
  produce_all(ring, 0, 5);
  CHECK_OK(disruptor_close(ring, FOREVER));
  poller_expect(poller, 0, 0, 5);
  CHECK_U64(test_consumer_stats(ring, poller_id(poller)).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_poller_release(poller, 5));
  CHECK_U64(test_consumer_stats(ring, poller_id(poller)).state, DISRUPTOR_STATE_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

static void halt_ends_it_at_once(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = poller_of(ring);
  uint64_t undelivered = 0;
  produce_all(ring, 0, 5);
  poller_expect(poller, 0, 0, 5);
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 4);
  CHECK_OK(disruptor_poller_release(poller, 2)); /* the current batch */
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(poller));
}

typedef struct {
  disruptor_poller_t *poller;
  uint64_t count, stream;
} reading_t;

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
  poller_expect_nothing(poller, DISRUPTOR_CLOSED);
  return end - next;
}

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

static const test_case_t cases[] = {
    CASE(after_close_it_reads_the_rest),
    CASE(halt_ends_it_at_once),
    CASE(a_poller_that_waits_sees_the_end),
    CASE(closed_is_who_has_read_everything),
};

TEST_MAIN(cases)
