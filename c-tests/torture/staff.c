/* The consumers that stay to the end: stages, members of a group, some behind others, pollers. */
#include "torture.h"

static consumer_t *hire(round_t *round, random_t *random) {
  consumer_t *consumer = consumer_new(round, random);
  consumer->stays = true;
  if (round->plan.staged && round->consumer_count > 1) {
    consumer->after[consumer->after_count++] = round->consumers[0];
  }
  return consumer;
}

/* Behind some of those who are there already. */
static void put_behind(consumer_t *consumer, size_t count) {
  const round_t *round = consumer->round;
  while (count > 0 && consumer->after_count < DEPENDENCIES && random_below(&consumer->random, 2) == 0) {
    consumer_t *other = round->consumers[random_below(&consumer->random, count)];
    size_t i;
    for (i = 0; i < consumer->after_count && consumer->after[i] != other; i++) {
    }
    if (i == consumer->after_count) {
      consumer->after[consumer->after_count++] = other;
    }
  }
}

static void register_group(round_t *round, random_t *random, group_t *group, unsigned members) {
  unsigned i;
  for (i = 0; i < members; i++) {
    consumer_t *member = hire(round, random);
    group_join(member, group);
    group->first = group->first == NULL ? member : group->first;
    CHECK(i == 1 && group->polls ? poller_register(member) : consumer_register(member));
  }
}

void staff_register(round_t *round) {
  const plan_t *plan = &round->plan;
  random_t random = plan_random(plan, 10);
  unsigned i;
  for (i = 0; i < plan->consumers; i++) {
    size_t before = round->consumer_count;
    consumer_t *consumer = hire(round, &random);
    consumer->stamps = i == 0 && plan->staged;
    consumer->produces = i == 0 && plan->in_callback;
    put_behind(consumer, before);
    CHECK(consumer_register(consumer));
  }
  for (i = 0; i < GROUPS; i++) {
    register_group(round, &random, &round->groups[i], plan->members[i]);
  }
  for (i = 0; i < plan->pollers; i++) {
    size_t before = round->consumer_count;
    consumer_t *poller = hire(round, &random);
    put_behind(poller, before);
    CHECK(poller_register(poller));
  }
}
