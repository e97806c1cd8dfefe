/* fork() in every state of a disruptor, and while a thread is inside of each call that waits: the child is told FORKED by
 * everything, hangs on nothing, and ends by itself in either way; the parent goes on as if nothing had been, and its
 * accounts are right. fork.c has what a child of a working parent may do. */
#include "forking.h"
#include "polling.h"
#include "sink.h"

enum { CAPACITY = 4 };

/* Of elements of eight bytes, so that a claim may be published without a call. */
static void make(parents_t *parents, uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config_in(mode, strategy, CAPACITY);
  config.element_size = sizeof(uint64_t);
  parents->ring = test_ring_of(&config);
}

static void make_with(parents_t *parents, sink_t *sink, uint32_t mode, uint32_t strategy) {
  make(parents, mode, strategy);
  sink_init(sink);
  sink_register(sink, parents->ring);
}

static void expect_produced(const parents_t *parents, uint64_t count) {
  CHECK_U64(test_stats(parents->ring).produced, count);
}

/* ---- States ---- */

static void before_anybody_is_registered(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  sink_t sink;
  make(&parents, mode, strategy);
  forking_children(&parents);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  produce_all(parents.ring, 0, 10);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 10);
  sink_free(&sink);
}

static void *produce_ten(void *ring) {
  size_t accepted;
  CHECK_STATUS(produce_values(ring, 3, 10, FOREVER, &accepted), DISRUPTOR_CLOSED);
  CHECK_U64(accepted, CAPACITY - 3);
  return NULL;
}

static void *close_without_limit(void *ring) {
  CHECK_OK(disruptor_close(ring, FOREVER));
  return NULL;
}

/* With a claim open, a producer waiting for room, closing with somebody waiting for that, closed. */
static void from_open_to_closed(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t producer, closer;
  sink_t sink;
  make_with(&parents, &sink, mode, strategy);
  parents.poller = poller_of(parents.ring);
  sink_hold_with_one(&sink);
  parents.claim = claim_values(parents.ring, 2, 1);
  forking_children(&parents);
  CHECK_OK(disruptor_claim_publish(parents.ring, &parents.claim, 1));
  CHECK_OK(disruptor_publish(parents.ring, &parents.claim));
  producer = test_spawn(produce_ten, parents.ring);
  AWAIT(test_stats(parents.ring).producer_blocked_count == 1);
  forking_children(&parents);
  closer = test_spawn(close_without_limit, parents.ring);
  AWAIT(test_stats(parents.ring).state == DISRUPTOR_STATE_CLOSING);
  forking_children(&parents);
  test_join(producer);
  sink_release(&sink);
  test_join(closer);
  forking_children(&parents);
  poller_expect(parents.poller, FOREVER, 0, CAPACITY);
  CHECK_OK(disruptor_poller_release(parents.poller, CAPACITY));
  poller_expect_nothing(parents.poller, DISRUPTOR_CLOSED);
  forking_children(&parents);
  expect_produced(&parents, CAPACITY);
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, CAPACITY);
  sink_free(&sink);
}

static void *halt_without_limit(void *ring) {
  uint64_t undelivered;
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 2);
  return NULL;
}

/* Halting with somebody waiting for that, halted, and with a claim open all the time. */
static void from_open_to_halted(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t halter;
  sink_t sink;
  make_with(&parents, &sink, mode, strategy);
  sink_hold_with_one(&sink);
  produce_all(parents.ring, 1, 2);
  CHECK_OK(disruptor_claim(parents.ring, 1, FOREVER, &parents.claim));
  halter = test_spawn(halt_without_limit, parents.ring);
  AWAIT(test_stats(parents.ring).state == DISRUPTOR_STATE_CLOSING);
  forking_children(&parents);
  CHECK_STATUS(disruptor_halt(parents.ring, 0, NULL), DISRUPTOR_TIMED_OUT); /* the other one may be half way */
  sink_release(&sink);
  test_join(halter);
  forking_children(&parents);
  CHECK_STATUS(disruptor_publish(parents.ring, &parents.claim), DISRUPTOR_CLOSED);
  expect_produced(&parents, 3);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static void with_a_batch_polled(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  make(&parents, mode, strategy);
  parents.poller = poller_of(parents.ring);
  produce_all(parents.ring, 0, 3);
  poller_expect(parents.poller, 0, 0, 3);
  forking_children(&parents);
  CHECK_OK(disruptor_poller_release(parents.poller, 1));
  forking_children(&parents);
  CHECK_OK(disruptor_poller_release(parents.poller, 2));
  produce_all(parents.ring, 3, CAPACITY);
  poller_expect(parents.poller, 0, 3, CAPACITY);
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
}

/* A member of a group leaves with two elements in its hands; nobody has taken them over when the process forks. */
static void with_elements_left_behind(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  disruptor_poller_t *leaving;
  make(&parents, mode, strategy);
  leaving = test_poller(parents.ring, 0, 2, 5);
  parents.poller = test_poller(parents.ring, 0, 0, 5);
  produce_all(parents.ring, 0, 3);
  poller_expect(leaving, 0, 0, 2);
  CHECK_OK(disruptor_poller_destroy(leaving));
  forking_children(&parents);
  poller_expect(parents.poller, 0, 0, 2);
  CHECK_OK(disruptor_poller_release(parents.poller, 2));
  poller_expect(parents.poller, 0, 2, 1);
  CHECK_OK(disruptor_poller_release(parents.poller, 1));
  CHECK_OK(disruptor_flush(parents.ring, 0));
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
}

static void in_every_state(void) {
  test_every_mode_and_strategy(before_anybody_is_registered);
  test_every_mode_and_strategy(from_open_to_closed);
  test_every_mode_and_strategy(from_open_to_halted);
  test_every_mode_and_strategy(with_a_batch_polled);
  test_every_mode_and_strategy(with_elements_left_behind);
}

/* ---- A thread inside of a call ---- */

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

static void inside_register(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t thread;
  sink_t sink;
  make_with(&parents, &sink, mode, strategy);
  parents.claim = claim_values(parents.ring, 2, 0);
  counter_set(&starting, 0);
  counter_set(&may_start, 0);
  thread = test_spawn(register_slowly, parents.ring);
  counter_await(&starting, 1);
  forking_children(&parents);
  counter_set(&may_start, 1);
  test_join(thread);
  CHECK_OK(disruptor_publish(parents.ring, &parents.claim));
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
}

static void *unregister_without_limit(void *of) {
  sink_t *sink = of;
  sink_unregister(sink);
  return NULL;
}

static void inside_unregister(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t thread;
  sink_t sink, other;
  make_with(&parents, &sink, mode, strategy);
  sink_hold_with_one(&sink);
  thread = test_spawn(unregister_without_limit, &sink);
  AWAIT(test_consumer_stats(parents.ring, sink.id).state == DISRUPTOR_STATE_CLOSING);
  forking_children(&parents);
  sink_release(&sink);
  test_join(thread);
  sink_init(&other);
  sink_register(&other, parents.ring);
  produce_all(parents.ring, 1, 10);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 1);
  sink_expect(&other, 1, 10);
  sink_free(&sink);
  sink_free(&other);
}

static void *poll_for_one(void *poller) {
  poller_expect(poller, FOREVER, 0, 1);
  return NULL;
}

static void inside_poll(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t thread;
  uint32_t id;
  make(&parents, mode, strategy);
  parents.poller = poller_of(parents.ring);
  id = poller_id(parents.poller);
  thread = test_spawn(poll_for_one, parents.poller);
  AWAIT(test_consumer_stats(parents.ring, id).blocked_ns > 0);
  forking_children(&parents);
  CHECK_OK(produce_value(parents.ring, 0));
  test_join(thread);
  CHECK_OK(disruptor_poller_release(parents.poller, 1));
  CHECK_U64(test_consumer_stats(parents.ring, id).consumed, 1);
  CHECK_OK(disruptor_poller_destroy(parents.poller));
  CHECK_OK(disruptor_destroy(parents.ring));
}

static void *flush_without_limit(void *ring) {
  CHECK_OK(disruptor_flush(ring, FOREVER));
  return NULL;
}

/* The flush is what makes the consumer take what it holds back. */
static void inside_flush(uint32_t mode, uint32_t strategy) {
  parents_t parents = {0};
  pthread_t thread;
  sink_t sink;
  make(&parents, mode, strategy);
  sink_init(&sink);
  sink_register_batching(&sink, parents.ring, 3, 0, FOREVER);
  sink_hold(&sink);
  produce_all(parents.ring, 0, 2);
  thread = test_spawn(flush_without_limit, parents.ring);
  sink_await_inside(&sink);
  forking_children(&parents);
  sink_release(&sink);
  test_join(thread);
  produce_all(parents.ring, 2, 10);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 12);
  sink_free(&sink);
}

static void while_a_thread_is_inside(void) {
  test_every_mode_and_strategy(inside_register);
  test_every_mode_and_strategy(inside_unregister);
  test_every_mode_and_strategy(inside_poll);
  test_every_mode_and_strategy(inside_flush);
}

static const test_case_t cases[] = {
    CASE(in_every_state),
    CASE(while_a_thread_is_inside),
};
TEST_MAIN(cases)
