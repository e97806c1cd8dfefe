/* fork() in every state of a disruptor: the child is told FORKED by everything, hangs on nothing, and ends by itself in
 * either way; the parent goes on as if nothing had been. fork.c has what a child of a working parent may do. */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
  disruptor_t *ring;
  disruptor_poller_t *poller;
  disruptor_claim_t claim;
  bool exits;
} parents_t;

static int32_t never(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  CHECK(false);
  return 0;
}

static void try_everything(void *argument) {
  parents_t *parents = argument;
  disruptor_t *ring = parents->ring;
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  disruptor_claim_t claim;
  disruptor_batch_t batch;
  uint32_t id = 77;
  int32_t descriptor = 77;
  disruptor_consumer_config_init(&config);
  CHECK_STATUS(disruptor_poller_create(ring, &config, &poller), DISRUPTOR_FORKED);
  config.on_batch = never;
  CHECK_STATUS(disruptor_register(ring, &config, &id), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_unregister(ring, 0, FOREVER), DISRUPTOR_FORKED);
  CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_claim(ring, 1, FOREVER, &claim), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_publish(ring, &parents->claim), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_abandon(ring, &parents->claim), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poll(parents->poller, FOREVER, &batch), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_release(parents->poller, 0), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_fd(parents->poller, &descriptor), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_id(parents->poller, &id), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_poller_destroy(parents->poller), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_flush(ring, FOREVER), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_halt(ring, FOREVER, NULL), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_close(ring, FOREVER), DISRUPTOR_FORKED);
  CHECK_STATUS(disruptor_destroy(ring), DISRUPTOR_FORKED);
  CHECK(poller == NULL);
  CHECK_U64(id, 77);
  CHECK_U64(descriptor, 77);
  if (parents->exits) {
    fflush(stdout);
    exit(0); /* with everything that a program runs at its end; else _exit follows */
  }
}

static void fork_now(parents_t *parents) {
  parents->exits = false;
  test_in_child(try_everything, parents);
  parents->exits = true;
  test_in_child(try_everything, parents);
}

static void make(parents_t *parents, sink_t *sink, uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t polled;
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  parents->ring = test_ring_of(&config);
  sink_init(sink);
  sink->gaps = true; /* where claims are abandoned */
  sink_register(sink, parents->ring);
  disruptor_consumer_config_init(&polled);
  CHECK_OK(disruptor_poller_create(parents->ring, &polled, &parents->poller));
}

static void read_all(disruptor_poller_t *poller, uint64_t expected) {
  disruptor_batch_t batch;
  uint64_t count = 0;
  while (disruptor_poll(poller, FOREVER, &batch) == DISRUPTOR_OK) {
    count += batch.count;
    CHECK_OK(disruptor_poller_release(poller, batch.count));
  }
  CHECK_U64(count, expected);
}

static void *produce_ten(void *ring) {
  size_t accepted;
  disruptor_status_t status = produce_values(ring, 1, 10, FOREVER, &accepted);
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  CHECK_U64(accepted, 2);
  return NULL;
}

static void *close_without_limit(void *ring) {
  CHECK_OK(disruptor_close(ring, FOREVER));
  return NULL;
}

/* Through all its states, and a child in each: open, with a claim open, a producer waiting for room, closing with
 * somebody waiting for that, closed. */
static void live(uint32_t mode, uint32_t strategy) {
  parents_t parents;
  pthread_t producer, closer;
  sink_t sink;
  make(&parents, &sink, mode, strategy);
  sink_hold_with_one(&sink);
  CHECK_OK(disruptor_claim(parents.ring, 1, FOREVER, &parents.claim));
  fork_now(&parents);
  CHECK_OK(disruptor_abandon(parents.ring, &parents.claim));
  producer = test_spawn(produce_ten, parents.ring);
  AWAIT(test_stats(parents.ring).producer_blocked_count == 1);
  fork_now(&parents);
  closer = test_spawn(close_without_limit, parents.ring);
  AWAIT(test_stats(parents.ring).state == DISRUPTOR_STATE_CLOSING);
  fork_now(&parents);
  test_join(producer);
  sink_release(&sink);
  test_join(closer);
  fork_now(&parents);
  read_all(parents.poller, 3);
  fork_now(&parents);
  CHECK_U64(sink_consumed(&sink), 3);
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_free(&sink);
}

static void in_every_state(void) { test_every_mode_and_strategy(live); }

static counter_t starting = COUNTER_INIT, may_start = COUNTER_INIT;

static void start_slowly(void *unused) {
  (void)unused;
  counter_add(&starting, 1);
  counter_await(&may_start, 1);
}

static int32_t take(void *unused, const disruptor_batch_t *batch) {
  (void)unused, (void)batch;
  return 0;
}

static void *register_slowly(void *ring) {
  disruptor_consumer_config_t config;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  config.on_batch = take;
  config.on_start = start_slowly;
  CHECK_OK(disruptor_register(ring, &config, &id));
  CHECK_OK(disruptor_unregister(ring, id, FOREVER));
  return NULL;
}

static void while_a_consumer_starts(void) {
  parents_t parents;
  pthread_t thread;
  sink_t sink;
  make(&parents, &sink, DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK);
  CHECK_OK(disruptor_claim(parents.ring, 1, FOREVER, &parents.claim));
  thread = test_spawn(register_slowly, parents.ring);
  counter_await(&starting, 1);
  fork_now(&parents);
  counter_set(&may_start, 1);
  test_join(thread);
  CHECK_OK(disruptor_publish(parents.ring, &parents.claim));
  CHECK_OK(disruptor_close(parents.ring, FOREVER));
  read_all(parents.poller, 1);
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(in_every_state),
    CASE(while_a_consumer_starts),
};
TEST_MAIN(cases)
