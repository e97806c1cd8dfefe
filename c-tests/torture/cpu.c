/* Consumers on a processor of their own. */
#define _GNU_SOURCE /* sched_getaffinity, cpu_set_t */
#include "torture.h"

#include <sched.h>
#include <unistd.h>

/* Where the program may run: its first thread's, which nobody pins. */
static cpu_set_t of_the_program(void) {
  cpu_set_t all;
  CHECK(sched_getaffinity(getpid(), sizeof all, &all) == 0);
  return all;
}

int32_t cpu_choose(random_t *random) {
  cpu_set_t all = of_the_program();
  uint64_t left = random_below(random, (uint64_t)CPU_COUNT(&all));
  int32_t cpu = 0;
  while (!CPU_ISSET(cpu, &all) || left-- > 0) {
    cpu++;
  }
  return cpu;
}

void cpu_expect(int32_t cpu) {
  cpu_set_t all = of_the_program(), own;
  CHECK(sched_getaffinity(0, sizeof own, &own) == 0);
  if (cpu < 0) {
    CHECK(CPU_EQUAL(&own, &all));
  } else {
    CHECK_U64(CPU_COUNT(&own), 1);
    CHECK(CPU_ISSET(cpu, &own));
  }
}
