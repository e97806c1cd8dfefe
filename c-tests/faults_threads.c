/* The operating system refuses a thread, or its place on a processor: register says so, nothing is left behind, and the
 * disruptor goes on. */
#define _GNU_SOURCE /* RTLD_NEXT, cpu_set_t */
#include "sink.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int refuse_threads, refuse_affinity; /* how many times from now on */

/* Stand in for the C library's, which the library calls. Sanitizers do so themselves. */
#if !TEST_SANITIZED
int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*run)(void *),
                   void *restrict argument) {
  typedef int (*create_t)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  create_t real;
  void *found = dlsym(RTLD_NEXT, "pthread_create");
  memcpy(&real, &found, sizeof real);
  if (atomic_load(&refuse_threads) > 0) {
    atomic_fetch_sub(&refuse_threads, 1);
    return EAGAIN;
  }
  return real(thread, attributes, run, argument);
}

int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *cpus) {
  typedef int (*pin_t)(pthread_t, size_t, const cpu_set_t *);
  pin_t real;
  void *found = dlsym(RTLD_NEXT, "pthread_setaffinity_np");
  memcpy(&real, &found, sizeof real);
  if (atomic_load(&refuse_affinity) > 0) {
    atomic_fetch_sub(&refuse_affinity, 1);
    return EPERM;
  }
  return real(thread, size, cpus);
}
#endif

static int own_cpu(void) {
  int cpu = sched_getcpu();
  CHECK(cpu >= 0);
  return cpu;
}

/* Registers while `refuse` refuses once, in a ring where others are at work. */
static void expect_refusal(uint32_t mode, uint32_t strategy, atomic_int *refuse, int32_t cpu, uint32_t group) {
  size_t before = test_settled_thread_count();
  disruptor_config_t config = test_config(4);
  disruptor_consumer_config_t consumer;
  uint32_t ids[SINK_DEPENDENCIES], id = 77;
  sink_t first, second;
  disruptor_t *ring;
  config.producer_mode = mode;
  config.wait_strategy = strategy;
  ring = test_ring_of(&config);
  sink_init(&first);
  sink_init(&second);
  sink_register(&first, ring);
  consumer = sink_config(&second, ids);
  consumer.cpu = cpu;
  consumer.group = group;
  atomic_store(refuse, 1);
  CHECK_STATUS(disruptor_register(ring, &consumer, &id), DISRUPTOR_THREAD_FAILED);
  CHECK_U64(atomic_load(refuse), 0);
  CHECK_AT_LEAST(strlen(disruptor_last_error()), 1);
  CHECK_U64(id, 77);
  CHECK_U64(second.starts, 0); /* its callbacks were not called */
  CHECK_U64(second.closes, 0);
  CHECK_U64(test_stats(ring).consumers, 1);
  AWAIT(test_thread_count() == before + 1);
  produce_all(ring, 0, 50); /* it is in nobody's way */
  CHECK_OK(disruptor_register(ring, &consumer, &second.id));
  produce_all(ring, 50, 50);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&first, 0, 100);
  sink_expect(&second, 50, 50);
  sink_free(&first);
  sink_free(&second);
}

static void refuse_a_thread(uint32_t mode, uint32_t strategy) {
  expect_refusal(mode, strategy, &refuse_threads, -1, 0);
  expect_refusal(mode, strategy, &refuse_threads, -1, 5);
}

static void refuse_a_place(uint32_t mode, uint32_t strategy) {
  expect_refusal(mode, strategy, &refuse_affinity, own_cpu(), 0);
  expect_refusal(mode, strategy, &refuse_affinity, own_cpu(), 5);
}

static void a_thread_is_refused(void) {
  if (!TEST_SANITIZED) {
    test_every_mode_and_strategy(refuse_a_thread);
  }
}

static void a_place_is_refused(void) {
  if (!TEST_SANITIZED) {
    test_every_mode_and_strategy(refuse_a_place);
  }
}

static const test_case_t cases[] = {
    CASE(a_thread_is_refused),
    CASE(a_place_is_refused),
};
TEST_MAIN(cases)
