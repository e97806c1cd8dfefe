/* With DISRUPTOR_WAIT_BLOCK nobody who waits costs anything, whatever it waits for. Measured: the processor time of
 * the whole process while everybody in it waits. One thread that spins would take the whole time of a core. */
#include "sink.h"

#include <time.h>

enum { WINDOW_MS = 400, ALLOWED_MS = 40 };

static uint64_t process_time_ns(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void sleep_ns(uint64_t duration) {
  struct timespec time;
  time.tv_sec = (time_t)(duration / 1000000000u);
  time.tv_nsec = (long)(duration % 1000000000u);
  nanosleep(&time, NULL);
}

/* Everybody else waits by now, or will after spinning briefly. This thread sleeps in a system call: the time that
 * passes is what is measured, it synchronises nothing. A window that something else disturbed (a page fault, a first
 * call) is measured again; one who spins fills every window. */
static void expect_idle(void) {
  size_t tries;
  uint64_t used = 0;
  for (tries = 0; tries < 10; tries++) {
    uint64_t before = process_time_ns();
    sleep_ns(WINDOW_MS * MILLISECOND);
    used = process_time_ns() - before;
    if (used <= ALLOWED_MS * MILLISECOND) {
      return;
    }
  }
  CHECK_AT_MOST(used, ALLOWED_MS * MILLISECOND);
}

enum { SINKS = 4 };

static void init_sinks(sink_t *sinks) {
  size_t i;
  for (i = 0; i < SINKS; i++) {
    sink_init(&sinks[i]);
  }
}

static void end(disruptor_t *ring, sink_t *sinks) {
  size_t i;
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < SINKS; i++) {
    sink_free(&sinks[i]);
  }
}

static void consumers_without_elements(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sinks[SINKS];
  size_t i;
  init_sinks(sinks);
  for (i = 0; i < SINKS; i++) {
    sink_register(&sinks[i], ring);
  }
  expect_idle();
  produce_all(ring, 0, 100); /* and again after some work */
  expect_idle();
  end(ring, sinks);
}

static void dependents_of_a_slow_consumer(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sinks[SINKS]; /* a chain, whose first is stuck with elements published behind it */
  size_t i;
  init_sinks(sinks);
  for (i = 0; i < SINKS; i++) {
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register(&sinks[i], ring);
  }
  sink_hold_with_one(&sinks[0]);
  produce_all(ring, 1, 10);
  expect_idle();
  sink_release(&sinks[0]);
  end(ring, sinks);
}

static void one_who_waits_for_the_slower_of_two(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sinks[SINKS]; /* 2 follows 0, which has finished, and 1, which is stuck */
  size_t i;
  init_sinks(sinks);
  sinks[2].after[0] = &sinks[0];
  sinks[2].after[1] = &sinks[1];
  for (i = 0; i < 3; i++) {
    sink_register(&sinks[i], ring);
  }
  sink_hold_with_one(&sinks[1]);
  produce_all(ring, 1, 10);
  sink_await(&sinks[0], 11);
  expect_idle();
  sink_release(&sinks[1]);
  end(ring, sinks);
}

static void *produce_some(void *ring) {
  produce_all(ring, 0, 100);
  return NULL;
}

static void producers_without_room(void) {
  disruptor_t *ring = test_ring(4);
  pthread_t producers[3];
  sink_t sinks[SINKS];
  size_t i;
  init_sinks(sinks);
  sink_register(&sinks[0], ring);
  sink_hold_with_one(&sinks[0]);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    producers[i] = test_spawn(produce_some, ring);
  }
  AWAIT(test_stats(ring).producer_blocked_count == ARRAY_LEN(producers));
  expect_idle();
  sink_release(&sinks[0]);
  for (i = 0; i < ARRAY_LEN(producers); i++) {
    test_join(producers[i]);
  }
  end(ring, sinks);
}

static void consumers_that_gather_a_batch(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sinks[SINKS];
  size_t i;
  init_sinks(sinks);
  for (i = 0; i < SINKS; i++) {
    uint32_t ids[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    sinks[i].after[0] = i == 3 ? &sinks[2] : NULL;
    config = sink_config(&sinks[i], ids);
    config.min_batch = 10;
    config.linger_ns = i % 2 == 0 ? FOREVER : 3600 * 1000 * MILLISECOND;
    sink_register_with(&sinks[i], ring, &config);
  }
  produce_all(ring, 0, 5); /* some, and not enough */
  expect_idle();
  end(ring, sinks);
}

/* What was claimed before it came is nothing to it, and not published yet. */
static void one_who_came_behind_an_open_claim(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_claim_t claim;
  sink_t sinks[SINKS];
  init_sinks(sinks);
  sink_register(&sinks[0], ring);
  CHECK_OK(disruptor_claim(ring, 2, 0, &claim));
  sink_register(&sinks[1], ring);
  expect_idle();
  CHECK_OK(disruptor_abandon(ring, &claim));
  produce_all(ring, 0, 5);
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sinks[1], 0, 5);
  end(ring, sinks);
}

/* Who sleeps a short time again and again costs a little, and not a core. */
static void those_who_sleep_and_look(void) {
  disruptor_config_t config = test_config(16);
  disruptor_t *ring;
  sink_t sinks[SINKS];
  init_sinks(sinks);
  config.wait_strategy = DISRUPTOR_WAIT_SLEEP;
  ring = test_ring_of(&config);
  sink_register(&sinks[0], ring);
  expect_idle();
  end(ring, sinks);
}

static void *flush_it(void *ring) {
  CHECK_OK(disruptor_flush(ring, FOREVER));
  return NULL;
}

static void *close_it(void *ring) {
  CHECK_OK(disruptor_close(ring, FOREVER));
  return NULL;
}

static void *unregister_it(void *of) {
  sink_t *sink = of;
  CHECK_OK(disruptor_unregister(sink->ring, sink->id, FOREVER));
  return NULL;
}

static void those_who_wait_for_a_slow_consumer(void) {
  disruptor_t *flushed = test_ring(4), *closed = test_ring(4), *left = test_ring(4);
  disruptor_t *const rings[] = {flushed, closed, left};
  pthread_t threads[3];
  sink_t sinks[SINKS];
  size_t i;
  init_sinks(sinks);
  for (i = 0; i < ARRAY_LEN(rings); i++) {
    sink_register(&sinks[i], rings[i]);
    sink_hold_with_one(&sinks[i]);
  }
  threads[0] = test_spawn(flush_it, flushed);
  threads[1] = test_spawn(close_it, closed);
  threads[2] = test_spawn(unregister_it, &sinks[2]);
  expect_idle();
  for (i = 0; i < ARRAY_LEN(rings); i++) {
    sink_release(&sinks[i]);
    test_join(threads[i]);
  }
  CHECK_OK(disruptor_destroy(closed));
  CHECK_OK(disruptor_destroy(left));
  end(flushed, sinks);
}

static const test_case_t cases[] = {
    CASE(consumers_without_elements),
    CASE(dependents_of_a_slow_consumer),
    CASE(one_who_waits_for_the_slower_of_two),
    CASE(producers_without_room),
    CASE(consumers_that_gather_a_batch),
    CASE(one_who_came_behind_an_open_claim),
    CASE(those_who_sleep_and_look),
    CASE(those_who_wait_for_a_slow_consumer),
};
TEST_MAIN(cases)
