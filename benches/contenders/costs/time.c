/* CPU time while nothing happens, and how long a disruptor takes to come and to go. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "costs.h"

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* CPU seconds that the process uses in `window` seconds, in which this thread sleeps in the kernel. The threads get a
 * moment first, to find that there is nothing. */
static double cpu_while_idle(unsigned window) {
  usleep(100000);
  double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
  sleep(window);
  return seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
}

static void idle(void) {
  disruptor_t *ring = create(1024, 64, DISRUPTOR_WAIT_BLOCK);
  add_consumers(ring, 10);
  cost("idle for 5 s, BLOCK, 10 consumers: CPU time", cpu_while_idle(5) * 1e3, 1, "ms");
  must(disruptor_destroy(ring));
  ring = create(1024, 64, DISRUPTOR_WAIT_SLEEP);
  add_consumers(ring, 4);
  cost("idle, SLEEP: CPU of each consumer", cpu_while_idle(5) / 5 / 4 * 100, 2, "% of a core");
  must(disruptor_destroy(ring));
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

enum { TIMES = 51 };

static double median_life(size_t element_size) {
  double times[TIMES];
  for (size_t i = 0; i < TIMES; i++) {
    double began = seconds(CLOCK_MONOTONIC);
    disruptor_t *ring = create(65536, element_size, DISRUPTOR_WAIT_BLOCK);
    add_consumers(ring, 3);
    must(disruptor_destroy(ring));
    times[i] = seconds(CLOCK_MONOTONIC) - began;
  }
  qsort(times, TIMES, sizeof *times, ascending);
  return times[TIMES / 2];
}

void time_costs(void) {
  cost("create and destroy, 65,536 slots of 8 B, 3 consumers", median_life(8) * 1e3, 1, "ms");
  cost("create and destroy, 65,536 slots of 64 B, 3 consumers", median_life(64) * 1e3, 0, "ms");
  idle();
}
