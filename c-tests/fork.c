/* In a child after fork() a disruptor of the parent's answers FORKED, at once, to everything. */
#include "forking.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>

static void everything_says_forked(void) {
  parents_t parents = {0};
  sink_t sink;
  parents.ring = test_ring(8);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  produce_all(parents.ring, 0, 20);
  test_in_child(forking_call_everything, &parents);
  produce_all(parents.ring, 20, 20); /* the parent's own goes on */
  CHECK_U64(test_stats(parents.ring).state, DISRUPTOR_STATE_OPEN);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 40);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void *produce_a_hundred(void *ring) {
  produce_all(ring, 1, 100);
  return NULL;
}

/* The child is made while the parent's threads are in the middle of a batch, and of a wait for room. */
static void even_in_the_middle_of_everything(void) {
  parents_t parents = {0};
  pthread_t producer;
  sink_t sink;
  parents.ring = test_ring(4);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  sink_hold_with_one(&sink);
  producer = test_spawn(produce_a_hundred, parents.ring);
  AWAIT(test_stats(parents.ring).producer_blocked_count == 1);
  test_in_child(forking_call_everything, &parents);
  sink_release(&sink);
  test_join(producer);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 101);
  sink_free(&sink);
}

static counter_t stop = COUNTER_INIT;

static void *produce_until_told(void *argument) {
  parents_t *parents = argument;
  uint64_t value = 0;
  while (counter_value(&stop) == 0) {
    produce_all(parents->ring, value, 3);
    (void)test_stats(parents->ring);
    value += 3;
  }
  return NULL;
}

/* Whatever lock a thread may hold at the moment of the fork, the child must not wait for it. */
static void children_of_a_busy_parent(void) {
  size_t round, rounds = test_rounds(60);
  random_t random = random_stream(1);
  parents_t parents = {0};
  pthread_t producer;
  sink_t sink;
  parents.ring = test_ring(4);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  counter_set(&stop, 0);
  producer = test_spawn(produce_until_told, &parents);
  for (round = 0; round < rounds; round++) {
    random_stagger(&random);
    test_in_child(forking_call_everything, &parents);
  }
  counter_set(&stop, 1);
  test_join(producer);
  CHECK_OK(disruptor_destroy(parents.ring));
  CHECK_U64(sink.consumed % 3, 0);
  sink_expect(&sink, 0, sink.consumed);
  sink_free(&sink);
}

static void use_an_own_ring(void *argument) {
  disruptor_t *ring;
  sink_t sink;
  forking_call_everything(argument);
  ring = test_ring(4);
  sink_init(&sink);
  sink_register(&sink, ring);
  produce_all(ring, 0, 50);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 50);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void a_child_may_have_rings_of_its_own(void) {
  parents_t parents = {0};
  sink_t sink;
  parents.ring = test_ring(8);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  produce_all(parents.ring, 0, 20);
  test_in_child(use_an_own_ring, &parents);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_expect(&sink, 0, 20);
  sink_free(&sink);
}

static void fork_again(void *argument) {
  parents_t own = {0};
  sink_t sink;
  own.ring = test_ring(4);
  sink_init(&sink);
  sink_register(&sink, own.ring);
  test_in_child(forking_call_everything, argument); /* the grandparent's */
  test_in_child(forking_call_everything, &own);     /* the parent's */
  produce_all(own.ring, 0, 10);
  CHECK_OK(disruptor_destroy(own.ring));
  sink_expect(&sink, 0, 10);
}

static void grandchildren_are_told_too(void) {
  parents_t parents = {0};
  sink_t sink;
  parents.ring = test_ring(8);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  test_in_child(fork_again, &parents);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_free(&sink);
}

static void what_needs_no_handle(void *unused) {
  disruptor_config_t config;
  (void)unused;
  CHECK_TEXT(disruptor_status_name(DISRUPTOR_FORKED), "DISRUPTOR_FORKED");
  CHECK_AT_LEAST(disruptor_version(), 1);
  disruptor_config_init(&config);
  CHECK_U64(config.capacity, 1024);
  CHECK_OK(disruptor_destroy(NULL));
  fflush(stdout);
  exit(0); /* with everything that a program runs at its end */
}

static void a_child_ends_like_any_process(void) {
  parents_t parents = {0};
  sink_t sink;
  parents.ring = test_ring(8);
  sink_init(&sink);
  sink_register(&sink, parents.ring);
  sink_hold_with_one(&sink);
  test_in_child(what_needs_no_handle, NULL);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(parents.ring));
  sink_free(&sink);
}

/* fork() on a consumer's own thread: the child's only thread is a copy of the consumer's. */
static int32_t fork_in_the_callback(sink_t *sink, const disruptor_batch_t *batch) {
  parents_t parents = {0};
  (void)batch;
  parents.ring = sink->ring;
  test_in_child(forking_call_everything, &parents);
  return 0;
}

static void a_callback_may_fork(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sink;
  sink_init(&sink);
  sink.hook = fork_in_the_callback;
  sink_register(&sink, ring);
  CHECK_OK(produce_value(ring, 0));
  sink_await(&sink, 1);
  sink.hook = NULL;
  produce_all(ring, 1, 20);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 21);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(everything_says_forked),
    CASE(even_in_the_middle_of_everything),
    CASE(children_of_a_busy_parent),
    CASE(a_child_may_have_rings_of_its_own),
    CASE(grandchildren_are_told_too),
    CASE(a_child_ends_like_any_process),
    CASE(a_callback_may_fork),
};
TEST_MAIN(cases)
