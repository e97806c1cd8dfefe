/* torture [SECONDS [SEED [ROUND]]]: rounds one after the other until the time is over (60 s); with ROUND that one again
 * and again, which is how a failure is looked for. DISRUPTOR_TEST_TIMEOUT: seconds after which a round counts as hung. */
#include "torture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !TEST_SANITIZED
#include <malloc.h>
static uint64_t heap_in_use(void) {
  struct mallinfo2 info = mallinfo2();
  return (uint64_t)info.uordblks + info.hblkhd;
}
#else
static uint64_t heap_in_use(void) { return 0; } /* the sanitizers look for leaks themselves */
#endif

enum { SETTLED_AFTER = 50, MAY_VARY = 1 << 20 };

/* What a round leaves behind, however little, adds up. */
static void expect_no_leak(uint64_t round, uint64_t *before) {
  if (round == SETTLED_AFTER) {
    *before = heap_in_use();
  } else if (round > SETTLED_AFTER) {
    CHECK_AT_MOST(heap_in_use(), *before + MAY_VARY);
  }
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise) {
  return argc > at ? strtoull(argv[at], NULL, 0) : otherwise;
}

int main(int argc, char **argv) {
  uint64_t begun = test_now_ns(), told = begun, before = 0, rounds = 0;
  uint64_t seconds = number(argc, argv, 1, 60), seed = number(argc, argv, 2, begun % 1000000);
  const char *limit = getenv("DISRUPTOR_TEST_TIMEOUT");
  static bool seen[COMBINATIONS];
  totals_t totals = {0, 0, 0, 0, 0};
  unsigned combinations = 0;
  watchdog_start(limit == NULL ? 60 : (unsigned)strtoul(limit, NULL, 0));
  do {
    plan_t plan = plan_of(seed, number(argc, argv, 3, rounds));
    round_run(&plan, &totals);
    combinations += !seen[plan_combination(&plan)];
    seen[plan_combination(&plan)] = true;
    expect_no_leak(rounds++, &before);
    if (test_now_ns() - told > 600 * 1000 * MILLISECOND) {
      told = test_now_ns();
      printf("# after %" PRIu64 " s: %" PRIu64 " rounds, %" PRIu64 " elements\n", (told - begun) / 1000 / MILLISECOND, rounds,
             totals.accepted);
      fflush(stdout);
    }
  } while (test_now_ns() - begun < seconds * 1000 * MILLISECOND);
  watchdog_stop();
  printf("ok torture: seed %" PRIu64 ": %" PRIu64 " rounds in %" PRIu64 " s; %u of %u combinations of mode, strategy and "
         "capacity; %" PRIu64 " elements accepted, %" PRIu64 " delivered to %" PRIu64 " consumers, %" PRIu64
         " deliveries failed\n",
         seed, rounds, (test_now_ns() - begun) / 1000 / MILLISECOND, combinations, (unsigned)COMBINATIONS, totals.accepted,
         totals.delivered, totals.consumers, totals.errors);
  return 0;
}
