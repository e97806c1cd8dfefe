/* What a round is made of follows from the seed and the round's number. */
#include "torture.h"

#include <inttypes.h>
#include <stdio.h>

static const size_t capacities[] = {1,   2,    3,    4,    5,    7,     8,     16,    31,   64,
                                    100, 255,  256,  1000, 1024, 4096,  10000, 65535, 65536};
static const char *const modes[] = {"multi", "single"};
static const char *const strategies[] = {"block", "yield", "spin", "sleep"};
static const char *const endings[ENDINGS] = {"close",          "close in small steps", "halt",
                                             "halt in small steps", "close and halt", "flush and close",      "destroy"};

random_t plan_random(const plan_t *plan, uint64_t stream) {
  random_t random = {plan->seed};
  random.state = random_next(&random) + plan->round;
  random.state = random_next(&random) + stream;
  return random;
}

static size_t one_of(random_t *random, const size_t *choices, size_t count) {
  return choices[random_below(random, count)];
}

static bool chance(random_t *random, unsigned percent) { return random_below(random, 100) < percent; }

static void plan_ring(plan_t *plan, random_t *random) {
  static const size_t sizes[] = {sizeof(head_t), 32, 64, 100, 256, 1000}, alignments[] = {0, 1, 8, 64, 4096};
  enum { MEBIBYTE = 1 << 20 };
  uint64_t shuffled = plan->round / 8 * 7 + plan->seed % ARRAY_LEN(capacities); /* 7 and their number share no factor */
  plan->producer_mode = (uint32_t)(plan->round % 2);
  plan->wait_strategy = (uint32_t)(plan->round / 2 % 4);
  plan->capacity = capacities[shuffled % ARRAY_LEN(capacities)];
  plan->alignment = one_of(random, alignments, ARRAY_LEN(alignments));
  do {
    plan->element_size = one_of(random, sizes, ARRAY_LEN(sizes));
  } while (plan->capacity * plan->element_size > 16 * MEBIBYTE);
  if (plan->capacity > 1000) {
    plan->alignment = plan->alignment == 4096 ? 64 : plan->alignment;
  }
  plan->even = chance(random, 25);
  plan->max_element_size = chance(random, 50) ? 0 : plan->element_size * (2 + random_below(random, 6));
  if (plan->capacity * plan->max_element_size > 32 * MEBIBYTE) {
    plan->max_element_size = 0;
  }
}

static void plan_crowd(plan_t *plan, random_t *random) {
  /* Spinning threads beyond the number of processors wait for the end of each other's time slices. */
  bool spins = plan->wait_strategy == DISRUPTOR_WAIT_SPIN;
  plan->producers = 1 + (unsigned)random_below(random, spins ? 2 : PRODUCERS);
  plan->takes_turns = chance(random, 50);
  plan->nobody_stays = chance(random, 12);
  plan->early = chance(random, 25);
  plan->turnovers = plan->nobody_stays ? 2 : (unsigned)random_below(random, spins ? 2 : 3);
  plan->observers = (unsigned)random_below(random, 3);
  plan->max_consumers = chance(random, 25) ? 12 : 0;
  plan->in_callback = chance(random, 30);
  plan->hands_on = plan->producer_mode == DISRUPTOR_PRODUCER_MULTI || chance(random, 50);
  plan->span_percent = chance(random, 50) ? 0 : 20 + (unsigned)random_below(random, 81);
  /* Where those that wait burn a processor, who may only run there waits behind them. */
  plan->pins = (plan->wait_strategy == DISRUPTOR_WAIT_BLOCK || plan->wait_strategy == DISRUPTOR_WAIT_SLEEP) && chance(random, 50);
  if (!plan->nobody_stays) {
    plan->consumers = 1 + (unsigned)random_below(random, spins ? 2 : 4);
    plan->members[0] = chance(random, 50) ? 1 + (unsigned)random_below(random, spins ? 2 : 4) : 0;
    plan->members[1] = plan->members[0] > 0 && chance(random, 40) ? 1 + (unsigned)random_below(random, spins ? 2 : 3) : 0;
    plan->in_a_row = plan->members[1] > 0 && chance(random, 50);
    plan->pollers = (unsigned)random_below(random, spins ? 2 : 3);
    plan->staged = chance(random, 30);
    plan->member_polls = plan->members[0] > 1 && chance(random, 30);
  }
}

plan_t plan_of(uint64_t seed, uint64_t round) {
  plan_t plan = {.seed = seed, .round = round};
  random_t random = plan_random(&plan, 0);
  plan_ring(&plan, &random);
  plan_crowd(&plan, &random);
  plan.error_percent = chance(&random, 50) ? 0 : 1 + (unsigned)random_below(&random, 20);
  plan.slow_percent = chance(&random, 50) ? 0 : 1 + (unsigned)random_below(&random, 10);
  plan.milliseconds = 10 + (unsigned)random_below(&random, (uint64_t)1 << (4 + random_below(&random, 6)));
  plan.ending = (ending_t)random_below(&random, ENDINGS);
  plan.pollers_outlive = chance(&random, 50);
  return plan;
}

unsigned plan_combination(const plan_t *plan) {
  unsigned at = 0;
  while (capacities[at] != plan->capacity) {
    at++;
  }
  return (at * 4 + plan->wait_strategy) * 2 + plan->producer_mode;
}

size_t plan_staff(const plan_t *plan) {
  return plan->consumers + plan->members[0] + plan->members[1] + plan->pollers;
}

bool plan_counts_undelivered(const plan_t *plan) {
  return plan->ending == HALTED || plan->ending == HALTED_IMPATIENTLY;
}

bool plan_halts(const plan_t *plan) { return plan_counts_undelivered(plan) || plan->ending == CLOSED_AND_HALTED; }

bool plan_may_be_empty(const plan_t *plan) { return plan->early || plan->nobody_stays; }

void plan_print(const plan_t *plan, char *text, size_t size) {
  int written = snprintf(
      text, size,
      "torture 10 %" PRIu64 " %" PRIu64 " (%s, %s, capacity %zu, elements %zu to %zu aligned %zu%s; %u producers%s%s, "
      "%u consumers%s%s, %u and %u group members%s%s, %u pollers, %u turnovers, %u observers, seats %u%s%s%s; spans %u%%, "
      "errors %u%%, slow %u%%; %s after %u ms%s)",
      plan->seed, plan->round, modes[plan->producer_mode], strategies[plan->wait_strategy], plan->capacity,
      plan->element_size, plan->max_element_size, plan->alignment, plan->even ? " even" : "", plan->producers,
      plan->producer_mode == DISRUPTOR_PRODUCER_MULTI ? "" : plan->takes_turns ? " taking turns" : " colliding",
      plan->hands_on ? " and a courier" : "", plan->consumers, plan->staged ? " behind a stage" : "",
      plan->pins ? ", some pinned" : "", plan->members[0], plan->members[1], plan->member_polls ? " with a poller" : "",
      plan->in_a_row ? " in a row" : "", plan->pollers, plan->turnovers, plan->observers, plan->max_consumers, plan->early ? ", early" : "",
      plan->nobody_stays ? ", nobody stays" : "", plan->in_callback ? ", production in callbacks" : "",
      plan->span_percent, plan->error_percent, plan->slow_percent, endings[plan->ending], plan->milliseconds,
      plan->pollers_outlive ? ", pollers outlive it" : "");
  CHECK(written > 0 && (size_t)written < size);
}
