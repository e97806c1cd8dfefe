/* The C library has no memory for what tells the library of a fork: then create has none either, because a child would
 * never be told FORKED. The next create asks again. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "sink.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int refusals; /* how many times from now on */

#if defined(__GLIBC__) && !TEST_SANITIZED
#define REFUSING true

/* What pthread_atfork, which is linked into every program and library, calls in the C library. */
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void), void *library) {
  typedef int (*register_t)(void (*)(void), void (*)(void), void (*)(void), void *);
  register_t real;
  void *found = dlsym(RTLD_NEXT, "__register_atfork");
  memcpy(&real, &found, sizeof real);
  if (atomic_load(&refusals) > 0) {
    atomic_fetch_sub(&refusals, 1);
    return ENOMEM;
  }
  return real(before, in_parent, in_child, library);
}
#else
#define REFUSING false
#endif

static void expect_forked(void *ring) { CHECK_STATUS(disruptor_flush(ring, FOREVER), DISRUPTOR_FORKED); }

/* In a child of its own, because a process asks once. */
static void refuse_twice(void *unused) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring = NULL;
  sink_t sink;
  (void)unused;
  atomic_store(&refusals, REFUSING ? 2 : 0);
  config.producer_mode = 77;
  CHECK_REFUSED(disruptor_create(&config, &ring), DISRUPTOR_INVALID_ARGUMENT, "producer_mode 77"); /* checked first */
  if (REFUSING) {
    CHECK_REFUSED(disruptor_create(NULL, &ring), DISRUPTOR_OUT_OF_MEMORY, "no memory for being told of forks");
    CHECK_REFUSED(disruptor_create(NULL, &ring), DISRUPTOR_OUT_OF_MEMORY, "no memory for being told of forks");
    CHECK(ring == NULL);
  }
  CHECK_OK(disruptor_create(NULL, &ring));
  CHECK(atomic_load(&refusals) == 0);
  sink_init(&sink);
  sink_register(&sink, ring);
  test_in_child(expect_forked, ring);
  produce_all(ring, 0, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 10);
  sink_free(&sink);
}

static void no_ring_whose_forks_are_not_seen(void) { test_in_child(refuse_twice, NULL); }

static const test_case_t cases[] = {
    CASE(no_ring_whose_forks_are_not_seen),
};
TEST_MAIN(cases)
