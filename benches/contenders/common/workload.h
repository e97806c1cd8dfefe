/* What a contender is asked to do, and how it answers: one process, one run. For C and C++.
 *
 * The arguments are `CONTENDER key=value ...`; the answer are lines on stdout that benches/src/answer.rs reads. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Between two looks at the clock a producer publishes so many elements: a multiple of every `batch`, and enough that
 * the clock costs nothing. */
#define CHUNK 1000
#define THREADS_MAX 64

typedef struct workload_t {
  const char *contender;
  const char *shape; /* stream: consumers side by side; diamond; pipeline; pingpong */
  const char *wait;  /* spin, yield, block, sleep */
  size_t producers, consumers;
  size_t batch; /* elements per publish */
  size_t bytes; /* per element */
  size_t capacity;
  uint64_t milliseconds;
  int pinned; /* producer on CPU 0, consumer on CPU 1; otherwise the system decides */
} workload_t;

static inline void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* For a workload that this contender has no way to do: the driver should not have asked. */
static inline void unsupported(const workload_t *w) {
  fprintf(stderr, "%s cannot do shape=%s wait=%s bytes=%zu\n", w->contender, w->shape, w->wait, w->bytes);
  exit(1);
}

static inline int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static inline workload_t workload_parse(int argc, char **argv) {
  workload_t w = {argc > 1 ? argv[1] : "", "stream", "spin", 1, 1, 1, 8, 65536, 1000, 0};
  for (int i = 2; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (value == NULL) fail("arguments are CONTENDER key=value ...");
    *value++ = '\0';
    uint64_t number = strtoull(value, NULL, 10);
    if (is(argv[i], "shape")) w.shape = value;
    else if (is(argv[i], "wait")) w.wait = value;
    else if (is(argv[i], "producers")) w.producers = number;
    else if (is(argv[i], "consumers")) w.consumers = number;
    else if (is(argv[i], "batch")) w.batch = number;
    else if (is(argv[i], "bytes")) w.bytes = number;
    else if (is(argv[i], "capacity")) w.capacity = number;
    else if (is(argv[i], "milliseconds")) w.milliseconds = number;
    else if (is(argv[i], "pinned")) w.pinned = (int)number;
    else fail("unknown key");
  }
  if (w.batch == 0 || CHUNK % w.batch != 0 || w.producers == 0 || w.producers > THREADS_MAX || w.consumers == 0 ||
      w.consumers > THREADS_MAX) {
    fail("batch must divide 1000, and there are 1 to 64 producers and consumers");
  }
  return w;
}

static inline uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline void pin_if(int pinned, int cpu) {
  if (!pinned) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) fail("cannot pin a thread");
}

static inline void answer_time(uint64_t nanoseconds) {
  printf("nanoseconds %llu\n", (unsigned long long)nanoseconds);
}

static inline void answer_producer(uint64_t elements) {
  printf("producer %llu\n", (unsigned long long)elements);
}

#endif
