/* torture [SECONDS [SEED [ROUND]]]: rounds one after the other until the time is over (60 s); with ROUND that one again
 * and again, which is how a failure is looked for. DISRUPTOR_TEST_TIMEOUT: seconds after which a round counts as hung. */
#include "torture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  plan_t plan;
  totals_t *totals;
} job_t;

static void *run_job(void *argument) {
  const job_t *job = argument;
  round_run(&job->plan, job->totals);
  return NULL;
}

/* On a thread of its own, see leak.c. No thread stays behind. */
static void run_round(uint64_t number, const plan_t *plan, totals_t *totals, size_t threads) {
  job_t job = {*plan, totals};
  test_join(test_spawn(run_job, &job));
  AWAIT(test_thread_count() == threads);
  leak_after_round(number);
}

/* A minute goes through everything, also where it takes longer. Sanitizers make it a long one. */
static bool is_long(uint64_t seconds) { return seconds >= 60 && !TEST_SANITIZED; }

static void expect_everything(unsigned combinations, const totals_t *totals, uint64_t rounds, uint64_t seconds) {
  static const char *const kinds[KINDS] = {"elements in spans", "pinned consumers", "rounds with two groups",
                                           "claims handed on by single producers", "halts in steps",
                                           "batches left to other members while they were retried"};
  unsigned i;
  test_set_name("torture");
  if (rounds < COMBINATIONS && !is_long(seconds)) {
    return;
  }
  if (combinations < COMBINATIONS) {
    test_fail(__FILE__, __LINE__, "%" PRIu64 " rounds in %" PRIu64 " s went through %u of %u combinations only", rounds, seconds,
              combinations, (unsigned)COMBINATIONS);
  }
  for (i = 0; i < KINDS; i++) {
    if (totals->kinds[i] == 0 && i != LEFT_WHILE_RETRIED) { /* that is rare */
      test_fail(__FILE__, __LINE__, "%" PRIu64 " rounds saw no %s", rounds, kinds[i]);
    }
    printf("# %s: %" PRIu64 "\n", kinds[i], totals->kinds[i]);
  }
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise) {
  return argc > at ? strtoull(argv[at], NULL, 0) : otherwise;
}

int main(int argc, char **argv) {
  uint64_t begun = test_now_ns(), told = begun, rounds = 0;
  uint64_t seconds = number(argc, argv, 1, 60), seed = number(argc, argv, 2, begun % 1000000);
  const char *limit = getenv("DISRUPTOR_TEST_TIMEOUT");
  static bool seen[COMBINATIONS];
  totals_t totals = {0};
  unsigned combinations = 0;
  bool repeats = argc > 3;
  size_t threads;
  watchdog_start(limit == NULL ? 60 : (unsigned)strtoul(limit, NULL, 0));
  threads = test_thread_count();
  do {
    plan_t plan = plan_of(seed, number(argc, argv, 3, rounds));
    run_round(rounds++, &plan, &totals, threads);
    combinations += !seen[plan_combination(&plan)];
    seen[plan_combination(&plan)] = true;
    if (test_now_ns() - told > 600 * 1000 * MILLISECOND) {
      told = test_now_ns();
      printf("# after %" PRIu64 " s: %" PRIu64 " rounds, %" PRIu64 " elements\n", (told - begun) / 1000 / MILLISECOND, rounds,
             totals.accepted);
      fflush(stdout);
    }
  } while (test_now_ns() - begun < seconds * 1000 * MILLISECOND || (!repeats && is_long(seconds) && rounds < COMBINATIONS));
  watchdog_stop();
  if (!repeats) {
    expect_everything(combinations, &totals, rounds, seconds);
  }
  printf("ok torture: seed %" PRIu64 ": %" PRIu64 " rounds in %" PRIu64 " s; %u of %u combinations of mode, strategy and "
         "capacity; %" PRIu64 " elements accepted, %" PRIu64 " delivered to %" PRIu64 " consumers, %" PRIu64
         " deliveries failed\n",
         seed, rounds, (test_now_ns() - begun) / 1000 / MILLISECOND, combinations, (unsigned)COMBINATIONS, totals.accepted,
         totals.delivered, totals.consumers, totals.errors);
  return 0;
}
