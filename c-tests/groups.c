/* Groups: consumers that share the elements, each of which goes to exactly one member. */
#include "sink.h"

#include <string.h>

enum { GROUP = 7 };

static void share(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(16);
  uint64_t count = test_few_when_spinning(wait_strategy, test_rounds(5000)), consumed = 0;
  disruptor_t *ring;
  sink_t members[3], *all[3], plain;
  size_t i;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  for (i = 0; i < 3; i++) {
    all[i] = &members[i];
    sink_init(&members[i]);
    sink_join(&members[i], ring, GROUP, i);
  }
  sink_init(&plain);
  sink_register(&plain, ring);
  CHECK_U64(test_stats(ring).consumers, 4);
  for (i = 0; i < count; i += 5) {
    produce_all(ring, i, 5);
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  for (i = 0; i < 3; i++) {
    consumed += test_consumer_stats(ring, members[i].id).consumed;
  }
  CHECK_U64(consumed, (count + 4) / 5 * 5);
  CHECK_OK(disruptor_destroy(ring));
  sinks_expect_once(all, 3, (count + 4) / 5 * 5);
  sink_expect(&plain, 0, (count + 4) / 5 * 5);
  for (i = 0; i < 3; i++) {
    sink_expect_closed(&members[i]);
    sink_free(&members[i]);
  }
  sink_free(&plain);
}

static void each_element_goes_to_exactly_one_member(void) { test_every_mode_and_strategy(share); }

static void two_groups_get_everything_each(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sinks[4], *ones[2], *others[2];
  size_t i;
  for (i = 0; i < 4; i++) {
    sink_init(&sinks[i]);
    sink_join(&sinks[i], ring, i % 2 == 0 ? 1 : UINT32_MAX, 0);
    *(i % 2 == 0 ? &ones[i / 2] : &others[i / 2]) = &sinks[i];
  }
  produce_all(ring, 0, 3000);
  CHECK_OK(disruptor_destroy(ring));
  sinks_expect_once(ones, 2, 3000);
  sinks_expect_once(others, 2, 3000);
  for (i = 0; i < 4; i++) {
    sink_free(&sinks[i]);
  }
}

static void be_slow(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_t *ring;
  sink_t slow, fast, *all[2];
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  all[0] = &slow;
  all[1] = &fast;
  sink_init(&slow);
  sink_init(&fast);
  sink_join(&slow, ring, GROUP, 1);
  sink_hold_with_one(&slow); /* element 0 */
  sink_join(&fast, ring, GROUP, 0);
  produce_all(ring, 1, 7);
  sink_await(&fast, 7);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL); /* element 0 is still in its slot */
  CHECK_STATUS(disruptor_flush(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).current_lag, 8);
  sink_release(&slow);
  produce_all(ring, 8, 20);
  CHECK_OK(disruptor_destroy(ring));
  sinks_expect_once(all, 2, 28);
  sink_free(&slow);
  sink_free(&fast);
}

static void a_slow_member_does_not_hold_up_the_others(void) { test_every_mode_and_strategy(be_slow); }

static void abandoned_slots_go_to_no_member(void) {
  disruptor_t *ring = test_ring(8);
  uint64_t round, next = 0;
  sink_t sinks[3], *all[3];
  size_t i;
  for (i = 0; i < 3; i++) {
    all[i] = &sinks[i];
    sink_init(&sinks[i]);
    sink_join(&sinks[i], ring, GROUP, 0);
  }
  for (round = 0; round < 3000; round++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 1 + round % 3, FOREVER, &claim));
    if (round % 5 != 0) {
      CHECK_OK(disruptor_abandon(ring, &claim));
      continue;
    }
    for (i = 0; i < claim.count; i++) {
      claim_fill(&claim, i, next++);
    }
    CHECK_OK(disruptor_publish(ring, &claim));
  }
  CHECK_OK(disruptor_destroy(ring));
  sinks_expect_once(all, 3, next);
  for (i = 0; i < 3; i++) {
    sink_free(&sinks[i]);
  }
}

/* ---- Before and behind others ---- */

static void members_depend_on_the_same(void) {
  disruptor_t *ring = test_ring(4);
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t first, member, other;
  sink_init(&first);
  sink_init(&member);
  sink_init(&other);
  sink_register(&first, ring);
  sink_join(&member, ring, GROUP, 0);
  other.after[0] = &first;
  config = sink_config(&other, dependencies);
  config.group = GROUP;
  CHECK_REFUSED(disruptor_register(ring, &config, &other.id), DISRUPTOR_INVALID_ARGUMENT, "group 7 depend");
  sink_unregister(&member);
  sink_free(&other);
  sink_init(&other);
  other.after[0] = &first;
  sink_join(&other, ring, GROUP, 0); /* nobody is left in it, so it is a new one */
  produce_all(ring, 0, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&other, 0, 10);
  sink_free(&first);
  sink_free(&member);
  sink_free(&other);
}

/* A number for each element that tells who has finished it. */
enum { FLAGS = 4000 };
static unsigned char finished_by[3][FLAGS];

static int32_t mark(sink_t *sink, const disruptor_batch_t *batch) {
  const size_t *stage = sink->data;
  size_t i;
  for (i = 0; i < batch->count; i++) {
    uint64_t value = element_value(&batch->elements[i]);
    CHECK(value < FLAGS);
    if (*stage > 0) {
      CHECK_U64(__atomic_load_n(&finished_by[*stage - 1][value], __ATOMIC_ACQUIRE), 1);
    }
    CHECK_U64(__atomic_exchange_n(&finished_by[*stage][value], 1, __ATOMIC_ACQ_REL), 0);
  }
  return 0;
}

static void stages(uint32_t producer_mode, uint32_t wait_strategy) {
  static const size_t stage_numbers[] = {0, 1, 1, 1, 2};
  disruptor_config_t config = test_config(16);
  uint64_t count = test_few_when_spinning(wait_strategy, FLAGS);
  disruptor_t *ring;
  sink_t sinks[5], *members[3];
  size_t i;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  memset(finished_by, 0, sizeof finished_by);
  for (i = 0; i < 5; i++) {
    uint32_t dependencies[SINK_DEPENDENCIES];
    disruptor_consumer_config_t consumer;
    size_t stage = stage_numbers[i];
    sink_init(&sinks[i]);
    sinks[i].hook = mark;
    sinks[i].data = (void *)(uintptr_t)&stage_numbers[i];
    consumer = sink_config(&sinks[i], dependencies);
    if (stage > 0) {
      /* One of a group stands for all of it. */
      dependencies[0] = sinks[stage == 1 ? 0 : 1].id;
      consumer.depends_on = dependencies;
      consumer.depends_on_count = 1;
    }
    if (stage == 1) {
      sinks[i].gaps = true;
      members[i - 1] = &sinks[i];
      consumer.group = GROUP;
      consumer.max_batch = i;
    }
    sink_register_with(&sinks[i], ring, &consumer);
  }
  produce_all(ring, 0, (size_t)(count / 2));
  sink_unregister(&sinks[1]); /* the one that the last depends on */
  produce_all(ring, count / 2, (size_t)(count - count / 2));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[0], 0, count);
  sink_expect(&sinks[4], 0, count);
  sinks_expect_once(members, 3, count);
  for (i = 0; i < 5; i++) {
    sink_free(&sinks[i]);
  }
}

static void a_group_between_two_others(void) { test_every_mode_and_strategy(stages); }

static void depending_on_a_member_that_has_left(void) {
  disruptor_t *ring = test_ring(8);
  sink_t gone, stays, behind;
  sink_init(&gone);
  sink_init(&stays);
  sink_init(&behind);
  sink_join(&gone, ring, GROUP, 0);
  sink_join(&stays, ring, GROUP, 0);
  sink_unregister(&gone);
  behind.after[0] = &gone;
  sink_register(&behind, ring);
  sink_hold_with_one(&stays);
  produce_all(ring, 1, 3);
  CHECK_U64(sink_consumed(&behind), 0); /* it depends on the group */
  CHECK_U64(test_consumer_stats(ring, behind.id).current_lag, 4);
  sink_release(&stays);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&behind, 0, 4);
  sink_free(&gone);
  sink_free(&stays);
  sink_free(&behind);
}

static const test_case_t cases[] = {
    CASE(each_element_goes_to_exactly_one_member),
    CASE(two_groups_get_everything_each),
    CASE(a_slow_member_does_not_hold_up_the_others),
    CASE(members_depend_on_the_same),
    CASE(a_group_between_two_others),
    CASE(depending_on_a_member_that_has_left),
    CASE(abandoned_slots_go_to_no_member),
};

TEST_MAIN(cases)
