/* The consumers' threads: their names, signals, processors. */
#define _GNU_SOURCE /* sched_getaffinity, cpu_set_t */
#include "sink.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- Names ---- */

static int32_t read_own_name(sink_t *sink, const disruptor_batch_t *batch) {
  FILE *file = fopen("/proc/thread-self/comm", "r");
  char *name = sink->data;
  (void)batch;
  CHECK(file != NULL && fgets(name, 32, file) != NULL);
  fclose(file);
  name[strcspn(name, "\n")] = '\0';
  return 0;
}

/* What the thread of a consumer of that name is called, in a disruptor of that name. */
static void expect_name(const char *ring_name, const char *consumer_name, const char *expected) {
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t consumer;
  uint32_t unused[SINK_DEPENDENCIES];
  char name[32] = "";
  disruptor_t *ring;
  sink_t sink;
  config.name = ring_name;
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink.hook = read_own_name;
  sink.data = name;
  consumer = sink_config(&sink, unused);
  consumer.name = consumer_name;
  sink_register_with(&sink, ring, &consumer);
  CHECK_OK(produce_value(ring, 1));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_TEXT(name, expected);
  sink_free(&sink);
}

static void threads_are_named(void) {
  expect_name("ring", "writer", "ring/writer");
  expect_name("r", NULL, "r/consumer-0");
  expect_name("ring", "123456789a", "ring/123456789a");
}

/* Linux has room for 15 bytes; which of them, the library may choose, but it should be a readable beginning. */
static void long_names_are_cut(void) {
  expect_name("ring", "123456789abcdef", "ring/123456789a");
  expect_name(NULL, NULL, "disruptor/consu");
}

/* ---- Signals ---- */

static int32_t expect_blocked_signals(sink_t *sink, const disruptor_batch_t *batch) {
  sigset_t blocked;
  int number;
  (void)sink, (void)batch;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &blocked) == 0);
  for (number = 1; number <= SIGRTMAX; number++) {
    bool reserved = number > 31 && number < SIGRTMIN; /* the C library's own */
    if (number != SIGKILL && number != SIGSTOP && !reserved && sigismember(&blocked, number) == 0) {
      test_fail(__FILE__, __LINE__, "signal %d is not blocked", number);
    }
  }
  return 0;
}

static void start_with_blocked_signals(void *unused) {
  (void)unused;
  expect_blocked_signals(NULL, NULL);
}

static void every_signal_is_blocked(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_consumer_config_t config;
  sigset_t before, after;
  uint32_t unused[SINK_DEPENDENCIES], id;
  int number;
  sink_t sink;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  sink_init(&sink);
  sink.hook = expect_blocked_signals;
  sink_register(&sink, ring);
  config = sink_config(&sink, unused);
  config.on_start = config.on_close = start_with_blocked_signals; /* neither of these is interrupted either */
  config.user_data = NULL;
  CHECK_OK(disruptor_register(ring, &config, &id));
  CHECK_OK(disruptor_unregister(ring, id, FOREVER));
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (number = 1; number < SIGRTMIN; number++) { /* the caller's own mask is as it was */
    CHECK(sigismember(&before, number) == sigismember(&after, number));
  }
  CHECK_OK(produce_value(ring, 1));
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 1);
  sink_free(&sink);
}

/* ---- Processors ---- */

static int first_allowed_cpu(void) {
  cpu_set_t allowed;
  int cpu = 0;
  CPU_ZERO(&allowed);
  CHECK(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  while (!CPU_ISSET(cpu, &allowed)) {
    cpu++;
  }
  return cpu;
}

static int32_t read_affinity(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  CHECK(sched_getaffinity(0, sizeof(cpu_set_t), sink->data) == 0);
  return 0;
}

static void affinity_of(int32_t cpu, cpu_set_t *affinity) {
  disruptor_t *ring = test_ring(4);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t sink;
  CPU_ZERO(affinity);
  sink_init(&sink);
  sink.hook = read_affinity;
  sink.data = affinity;
  config = sink_config(&sink, unused);
  config.cpu = cpu;
  sink_register_with(&sink, ring, &config);
  CHECK_OK(produce_value(ring, 1));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void a_thread_is_pinned_when_asked(void) {
  cpu_set_t affinity;
  int cpu = first_allowed_cpu();
  affinity_of(cpu, &affinity);
  CHECK_U64(CPU_COUNT(&affinity), 1);
  CHECK(CPU_ISSET(cpu, &affinity));
}

static void a_thread_is_not_pinned_unless_asked(void) {
  cpu_set_t affinity, own;
  CHECK(sched_getaffinity(0, sizeof own, &own) == 0);
  affinity_of(-1, &affinity);
  CHECK(CPU_EQUAL(&affinity, &own));
}

static void a_processor_that_is_not_there(void) {
  static const int32_t cpus[] = {1000, 1023, 1024, 100000, INT32_MAX};
  size_t i;
  for (i = 0; i < ARRAY_LEN(cpus); i++) {
    disruptor_t *ring = test_ring(4);
    uint32_t unused[SINK_DEPENDENCIES], id = 77;
    disruptor_consumer_config_t config;
    sink_t sink;
    sink_init(&sink);
    config = sink_config(&sink, unused);
    config.cpu = cpus[i];
    CHECK_REFUSED(disruptor_register(ring, &config, &id), DISRUPTOR_THREAD_FAILED, "cpu");
    CHECK_U64(id, 77);
    CHECK_U64(test_stats(ring).consumers, 0);
    CHECK_STATUS(produce_value(ring, 1), DISRUPTOR_NO_CONSUMERS); /* it is in nobody's way */
    config.cpu = -1;
    sink_register_with(&sink, ring, &config);
    produce_all(ring, 0, 20);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 20);
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
}

/* ---- One each ---- */

static void every_consumer_has_a_thread_of_its_own(void) {
  enum { COUNT = 10 };
  size_t before = test_settled_thread_count(), i, j;
  disruptor_t *ring = test_ring(4);
  sink_t sinks[COUNT];
  CHECK_U64(test_thread_count(), before);
  for (i = 0; i < COUNT; i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
    CHECK_U64(test_thread_count(), before + i + 1);
    for (j = 0; j < i; j++) {
      CHECK(!pthread_equal(sinks[i].thread, sinks[j].thread));
    }
  }
  for (i = 0; i < COUNT; i++) {
    CHECK_OK(disruptor_unregister(ring, sinks[i].id, FOREVER));
    AWAIT(test_thread_count() == before + COUNT - i - 1);
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < COUNT; i++) {
    sink_free(&sinks[i]);
  }
}

static const test_case_t cases[] = {
    CASE(threads_are_named),
    CASE(long_names_are_cut),
    CASE(every_signal_is_blocked),
    CASE(a_thread_is_pinned_when_asked),
    CASE(a_thread_is_not_pinned_unless_asked),
    CASE(a_processor_that_is_not_there),
    CASE(every_consumer_has_a_thread_of_its_own),
};
TEST_MAIN(cases)
