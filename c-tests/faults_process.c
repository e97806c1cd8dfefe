/* The process ends without closing the disruptor in it, from wherever. */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>

/* A ring at work: a consumer, one behind it, a producer that never stops. */
typedef struct {
  disruptor_t *ring;
  sink_t first, behind;
  pthread_t producer;
} works_t;

static void *produce_for_ever(void *ring) {
  uint64_t value = 0;
  while (produce_value(ring, value) == DISRUPTOR_OK) {
    value++;
  }
  return NULL;
}

static void begin(works_t *works, uint32_t mode, uint32_t strategy) {
  disruptor_config_t config = test_config(16);
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  works->ring = test_ring_of(&config);
  sink_init(&works->first);
  sink_init(&works->behind);
  works->behind.after[0] = &works->first;
  sink_register(&works->first, works->ring);
  sink_register(&works->behind, works->ring);
  works->producer = test_spawn(produce_for_ever, works->ring);
  sink_await(&works->behind, 20);
}

/* ---- The process ends ---- */

static uint32_t child_mode, child_strategy;

static void in_every_mode(void (*run)(void *)) {
  for (child_mode = 0; child_mode < 2; child_mode++) {
    for (child_strategy = 0; child_strategy < 4; child_strategy++) {
      test_in_child(run, NULL);
    }
  }
}

static void exit_from_main(void *unused) {
  static works_t works;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  exit(0);
}

static void *exit_now(void *unused) {
  (void)unused;
  exit(0);
}

static void exit_from_another_thread(void *unused) {
  static works_t works;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  test_join(test_spawn(exit_now, NULL));
}

static int32_t exit_in_the_callback(sink_t *sink, const disruptor_batch_t *batch) {
  (void)sink, (void)batch;
  exit(0);
}

static void exit_from_a_callback(void *unused) {
  static works_t works;
  static sink_t leaving;
  (void)unused;
  begin(&works, child_mode, child_strategy);
  sink_init(&leaving);
  leaving.hook = exit_in_the_callback;
  sink_register(&leaving, works.ring);
  test_join(works.producer); /* which never ends */
}

static disruptor_t *to_be_closed;

static void close_at_exit(void) { CHECK_OK(disruptor_destroy(to_be_closed)); }

static void destroy_at_exit(void *unused) {
  static sink_t sink;
  (void)unused;
  sink_init(&sink);
  to_be_closed = test_ring(4);
  sink_register(&sink, to_be_closed);
  produce_all(to_be_closed, 0, 20);
  CHECK(atexit(close_at_exit) == 0);
  exit(0);
}

static void main_returns_without_a_close(void) { in_every_mode(exit_from_main); }
static void another_thread_exits(void) { in_every_mode(exit_from_another_thread); }
static void a_callback_exits(void) { in_every_mode(exit_from_a_callback); }
static void destroy_runs_at_exit_too(void) { test_in_child(destroy_at_exit, NULL); }

static const test_case_t cases[] = {
    CASE(main_returns_without_a_close),
    CASE(another_thread_exits),
    CASE(a_callback_exits),
    CASE(destroy_runs_at_exit_too),
};
TEST_MAIN(cases)
