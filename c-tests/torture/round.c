/* A round: everybody begins, everything happens at once, it ends at some moment, and the accounts must agree. */
#include "torture.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  round_t round;
  producer_t producers[PRODUCERS];
  helper_t helpers[4];
  pthread_t producer_threads[PRODUCERS], helper_threads[4], courier;
  size_t helper_count;
} cast_t;

static size_t descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  size_t count = 0;
  CHECK(directory != NULL);
  while (readdir(directory) != NULL) {
    count++;
  }
  closedir(directory);
  return count;
}

static disruptor_t *make_ring(round_t *round) {
  const plan_t *plan = &round->plan;
  disruptor_config_t config = test_config(plan->capacity);
  config.name = "t";
  config.element_size = plan->element_size;
  config.max_element_size = plan->max_element_size;
  config.element_alignment = plan->alignment;
  config.producer_mode = plan->producer_mode;
  config.wait_strategy = plan->wait_strategy;
  config.max_consumers = plan->max_consumers;
  config.on_error = consumer_failed;
  config.on_error_data = round;
  return test_ring_of(&config);
}

/* ---- The beginning ---- */

static void start_producers(cast_t *cast) {
  unsigned lane;
  for (lane = 0; lane < cast->round.plan.producers; lane++) {
    cast->producers[lane].round = &cast->round;
    cast->producers[lane].lane = lane;
    cast->producer_threads[lane] = test_spawn(producer_main, &cast->producers[lane]);
  }
  cast->courier = test_spawn(courier_main, &cast->round);
}

static void start_helpers(cast_t *cast, void *(*run)(void *), unsigned count) {
  unsigned i;
  for (i = 0; i < count; i++) {
    helper_t *helper = &cast->helpers[cast->helper_count];
    helper->round = &cast->round;
    helper->number = i;
    cast->helper_threads[cast->helper_count++] = test_spawn(run, helper);
  }
}

static void begin(cast_t *cast) {
  const plan_t *plan = &cast->round.plan;
  if (plan->early) {
    start_producers(cast);
  }
  staff_register(&cast->round);
  if (!plan->early) {
    start_producers(cast);
  }
  start_helpers(cast, turnover_main, plan->turnovers);
  start_helpers(cast, observer_main, plan->observers);
}

/* ---- The end ---- */

static void join_producers(cast_t *cast) {
  unsigned lane;
  doing("a wait for the producers to end");
  for (lane = 0; lane < cast->round.plan.producers; lane++) {
    test_join(cast->producer_threads[lane]);
  }
  pthread_mutex_lock(&cast->round.mutex);
  cast->round.courier_may_go = true;
  pthread_mutex_unlock(&cast->round.mutex);
  test_join(cast->courier);
}

static void join_helpers(cast_t *cast) {
  size_t i;
  doing("a wait for the helpers to end");
  for (i = 0; i < cast->helper_count; i++) {
    test_join(cast->helper_threads[i]);
  }
}

static void join_pollers(round_t *round) {
  size_t i;
  doing("a wait for the pollers to end");
  for (i = 0; i < round->poller_count; i++) {
    test_join(round->pollers[i]);
  }
  round->poller_count = 0;
}

static void *close_meanwhile(void *ring) {
  CHECK_OK(disruptor_close(ring, FOREVER));
  return NULL;
}

static void close_in_small_steps(disruptor_t *ring) {
  disruptor_status_t status = disruptor_close(ring, 0);
  while (status == DISRUPTOR_TIMED_OUT) {
    status = disruptor_close(ring, 200000);
  }
  CHECK_OK(status);
}

static void halt_in_small_steps(disruptor_t *ring, totals_t *totals) {
  disruptor_status_t status = disruptor_halt(ring, 0, &totals->undelivered);
  while (status == DISRUPTOR_TIMED_OUT) {
    CHECK_U64(totals->undelivered, 0); /* as it was */
    totals->kinds[HALTED_IN_STEPS]++;
    status = disruptor_halt(ring, 200000, &totals->undelivered);
  }
  CHECK_OK(status);
}

static void halt(round_t *round, totals_t *totals) {
  pthread_t other;
  switch (round->plan.ending) {
    case CLOSED_AND_HALTED:
      other = test_spawn(close_meanwhile, round->ring);
      doing("disruptor_halt, while another one closes");
      CHECK_OK(disruptor_halt(round->ring, FOREVER, &totals->undelivered));
      test_join(other);
      break;
    case HALTED_IMPATIENTLY:
      doing("disruptor_halt, with small timeouts");
      halt_in_small_steps(round->ring, totals);
      break;
    default:
      doing("disruptor_halt");
      CHECK_OK(disruptor_halt(round->ring, FOREVER, &totals->undelivered));
  }
}

/* Closes in the middle of everything. */
static void close_now(round_t *round, totals_t *totals) {
  unsigned lane;
  switch (round->plan.ending) {
    case CLOSED_AT_ONCE:
      doing("disruptor_close");
      CHECK_OK(disruptor_close(round->ring, FOREVER));
      break;
    case CLOSED_IMPATIENTLY:
      doing("disruptor_close, with small timeouts");
      close_in_small_steps(round->ring);
      break;
    default:
      TELL(round->halting, true);
      for (lane = 0; lane < LANES; lane++) {
        round->done_before_halt[lane] = HEAR_ALL(round->lanes[lane].done);
      }
      halt(round, totals);
  }
}

static void expect_numbers(round_t *round, uint64_t *produced) {
  disruptor_stats_t stats = test_stats(round->ring);
  size_t i;
  CHECK_U64(stats.state, DISRUPTOR_STATE_CLOSED);
  *produced = stats.produced;
  for (i = 0; i < round->consumer_count; i++) {
    if (!round->consumers[i]->is_absent && !(round->consumers[i]->is_poller && round->plan.pollers_outlive)) {
      account_expect_stats(round->consumers[i]);
    }
  }
}

static void end(cast_t *cast, totals_t *totals, uint64_t *produced) {
  round_t *round = &cast->round;
  bool quiet = round->plan.ending == FLUSHED || round->plan.ending == DESTROYED;
  if (quiet) {
    TELL(round->stop, true);
    join_producers(cast);
    join_helpers(cast);
  }
  pthread_mutex_lock(&round->mutex);
  round->is_ending = true;
  pthread_mutex_unlock(&round->mutex);
  if (round->plan.ending == FLUSHED) {
    doing("disruptor_flush");
    CHECK_OK(disruptor_flush(round->ring, FOREVER));
    CHECK(round->plan.in_callback || test_stats(round->ring).current_lag == 0);
    doing("disruptor_close, after a flush");
    CHECK_OK(disruptor_close(round->ring, FOREVER));
  } else if (!quiet) {
    close_now(round, totals);
    TELL(round->stop, true);
    join_producers(cast);
    join_helpers(cast);
  }
  if (!round->plan.pollers_outlive && round->plan.ending != DESTROYED) {
    join_pollers(round);
  }
  if (round->plan.ending != DESTROYED) {
    expect_numbers(round, produced);
  }
  watchdog_ring_is_gone();
  doing("disruptor_destroy");
  CHECK_OK(disruptor_destroy(round->ring));
  join_pollers(round);
}

void round_run(const plan_t *plan, totals_t *totals) {
  size_t files = descriptors(), i;
  cast_t *cast = calloc(1, sizeof *cast);
  round_t *round = &cast->round;
  struct timespec meanwhile = {0, (long)plan->milliseconds * 1000000};
  totals_t own = {0};
  uint64_t produced = UINT64_MAX;
  CHECK(cast != NULL);
  round->plan = *plan;
  pthread_mutex_init(&round->turn, NULL);
  pthread_mutex_init(&round->mutex, NULL);
  for (i = 0; i < GROUPS; i++) {
    group_make(&round->groups[i], 7 + (uint32_t)i, plan->members[i], plan->member_polls);
  }
  round->ring = make_ring(round);
  watchdog_round(plan, round->ring);
  begin(cast);
  doing("a pause in the middle of everything");
  nanosleep(&meanwhile, NULL);
  end(cast, &own, &produced);
  doing("the accounts");
  account_settle(round, &own);
  if (plan->ending != DESTROYED) {
    CHECK_U64(produced, own.accepted);
  }
  CHECK_U64(descriptors(), files);
  for (i = 0; i < round->consumer_count; i++) {
    free(round->consumers[i]);
  }
  for (i = 0; i < GROUPS; i++) {
    free(round->groups[i].marks);
  }
  free(cast);
  totals->accepted += own.accepted;
  totals->delivered += own.delivered;
  totals->consumers += own.consumers;
  totals->errors += own.errors;
  for (i = 0; i < KINDS; i++) {
    totals->kinds[i] += own.kinds[i];
  }
}
