/* Pipelines and diamonds. Every sink checks in every batch that its dependencies have finished what it gets. */
#include "sink.h"

#include <string.h>

static void free_sinks(sink_t *sinks, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    sink_free(&sinks[i]);
  }
}

static void init_sinks(sink_t *sinks, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    sink_init(&sinks[i]);
  }
}

static void pipeline(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config(8);
  disruptor_t *ring;
  sink_t stages[3];
  size_t i, count = test_few_when_spinning(wait_strategy, 300);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  ring = test_ring_of(&config);
  init_sinks(stages, ARRAY_LEN(stages));
  for (i = 0; i < ARRAY_LEN(stages); i++) {
    stages[i].after[0] = i > 0 ? &stages[i - 1] : NULL;
    sink_register(&stages[i], ring);
  }
  produce_all(ring, 0, count);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(stages); i++) {
    sink_expect(&stages[i], 0, count);
    sink_expect_closed(&stages[i]);
  }
  free_sinks(stages, ARRAY_LEN(stages));
}

static void a_pipeline_keeps_its_order(void) { test_every_mode_and_strategy(pipeline); }

static void a_diamond_joins_after_both_sides(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sinks[4]; /* 0 -> 1 and 2 -> 3 */
  size_t i;
  init_sinks(sinks, ARRAY_LEN(sinks));
  sinks[1].after[0] = sinks[2].after[0] = &sinks[0];
  sinks[3].after[0] = &sinks[1];
  sinks[3].after[1] = &sinks[2];
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_register(&sinks[i], ring);
  }
  produce_all(ring, 0, 2000);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 2000);
  }
  free_sinks(sinks, ARRAY_LEN(sinks));
}

static void one_dependency_named_twice_counts_once(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sinks[2];
  init_sinks(sinks, ARRAY_LEN(sinks));
  sink_register(&sinks[0], ring);
  sinks[1].after[0] = sinks[1].after[1] = &sinks[0];
  sink_register(&sinks[1], ring);
  produce_all(ring, 0, 100);
  sink_unregister(&sinks[0]);
  produce_all(ring, 100, 100);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[1], 0, 200);
  free_sinks(sinks, ARRAY_LEN(sinks));
}

static void a_held_dependency_holds_its_dependents(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sinks[3];
  size_t i, produced;
  init_sinks(sinks, ARRAY_LEN(sinks));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register(&sinks[i], ring);
  }
  sink_hold_with_one(&sinks[1]);
  CHECK_STATUS(produce_values(ring, 1, 20, MILLISECOND, &produced), DISRUPTOR_TIMED_OUT);
  CHECK_U64(produced, 7);
  sink_await(&sinks[0], 8); /* the one before it is free, the one behind it is not */
  CHECK_U64(sink_consumed(&sinks[2]), 0);
  CHECK_U64(test_consumer_stats(ring, sinks[2].id).consumed, 0);
  sink_release(&sinks[1]);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 8);
  }
  free_sinks(sinks, ARRAY_LEN(sinks));
}

/* ---- In place ---- */

/* Each stage adds its digit behind those of the stages before it. */
static int32_t append_digit(sink_t *sink, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    uint64_t value = element_value(&batch->elements[i]) * 10 + *(const uint64_t *)sink->data;
    memcpy(batch->elements[i].data, &value, sizeof value);
  }
  return 0;
}

static void the_next_stage_sees_what_a_stage_changed(void) {
  static uint64_t digits[] = {1, 2, 3};
  disruptor_t *ring = test_ring(5);
  sink_t stages[4];
  size_t i, stage;
  init_sinks(stages, ARRAY_LEN(stages));
  for (i = 0; i < ARRAY_LEN(stages); i++) {
    stages[i].after[0] = i > 0 ? &stages[i - 1] : NULL;
    stages[i].hook = i < 3 ? append_digit : NULL;
    stages[i].data = i < 3 ? &digits[i] : NULL;
    sink_register(&stages[i], ring);
  }
  for (i = 0; i < 300; i++) {
    CHECK_OK(produce_value(ring, i));
  }
  CHECK_OK(disruptor_destroy(ring));
  for (stage = 0; stage < ARRAY_LEN(stages); stage++) {
    static const uint64_t factors[] = {10, 100, 1000, 1000}, digit_sums[] = {1, 12, 123, 123};
    CHECK_U64(stages[stage].value_count, 300);
    for (i = 0; i < 300; i++) {
      CHECK_U64(stages[stage].values[i], i * factors[stage] + digit_sums[stage]);
    }
  }
  free_sinks(stages, ARRAY_LEN(stages));
}

/* ---- Dependencies that leave ---- */

/* 0 -> 1 -> 2, and 1 leaves: 2 must from then on wait for 0, which it never named. */
static void dependents_inherit_from_one_who_leaves(void) {
  size_t round, rounds = test_rounds(50);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(8);
    sink_t sinks[3];
    size_t i;
    init_sinks(sinks, ARRAY_LEN(sinks));
    for (i = 0; i < ARRAY_LEN(sinks); i++) {
      sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
      sink_register(&sinks[i], ring);
    }
    sinks[2].after[1] = &sinks[0]; /* what the sink checks, beyond what it asked the library for */
    produce_all(ring, 0, 20);
    CHECK_OK(disruptor_flush(ring, FOREVER));
    sink_hold_with_one(&sinks[0]);
    sink_unregister(&sinks[1]);
    produce_all(ring, 1, 5);
    CHECK_U64(sink_consumed(&sinks[2]), 20);
    sink_release(&sinks[0]);
    CHECK_OK(disruptor_destroy(ring));
    CHECK_U64(sinks[2].consumed, 26);
    CHECK_U64(sinks[0].consumed, 26);
    free_sinks(sinks, ARRAY_LEN(sinks));
  }
}

/* What 2 waits for is in 1, which is held; 1 is asked to leave, finishes its batch, and 2 gets the rest. */
static void a_dependent_that_waits_is_woken_when_its_dependency_leaves(void) {
  disruptor_t *ring = test_ring(8);
  sink_t sinks[3];
  size_t i;
  init_sinks(sinks, ARRAY_LEN(sinks));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register(&sinks[i], ring);
  }
  sink_hold_with_one(&sinks[1]);
  produce_all(ring, 1, 7);
  sink_may_leave(&sinks[1]);
  CHECK_STATUS(disruptor_unregister(ring, sinks[1].id, 0), DISRUPTOR_TIMED_OUT);
  sink_release(&sinks[1]);
  sink_await(&sinks[2], 8);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[1], 0, 1);
  sink_expect_closed(&sinks[1]);
  sink_expect(&sinks[0], 0, 8);
  sink_expect(&sinks[2], 0, 8);
  free_sinks(sinks, ARRAY_LEN(sinks));
}

static void the_first_of_a_chain_may_leave(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sinks[2];
  init_sinks(sinks, ARRAY_LEN(sinks));
  sink_register(&sinks[0], ring);
  sinks[1].after[0] = &sinks[0];
  sink_register(&sinks[1], ring);
  produce_all(ring, 0, 10);
  sink_unregister(&sinks[0]);
  produce_all(ring, 10, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[1], 0, 20);
  free_sinks(sinks, ARRAY_LEN(sinks));
}

static void a_dependent_may_come_late(void) {
  disruptor_t *ring = test_ring(16);
  sink_t sinks[2];
  init_sinks(sinks, ARRAY_LEN(sinks));
  sink_register(&sinks[0], ring);
  sink_hold_with_one(&sinks[0]);
  produce_all(ring, 1, 5);
  sinks[1].after[0] = &sinks[0];
  sink_register(&sinks[1], ring);
  produce_all(ring, 6, 5);
  sink_release(&sinks[0]);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[0], 0, 11);
  sink_expect(&sinks[1], 6, 5);
  CHECK_U64(sinks[1].first, 6);
  free_sinks(sinks, ARRAY_LEN(sinks));
}

/* Close lets the end of the stream run through the whole chain. */
static void close_drains_a_long_chain(void) {
  disruptor_t *ring = test_ring(64);
  sink_t sinks[6];
  size_t i;
  init_sinks(sinks, ARRAY_LEN(sinks));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register(&sinks[i], ring);
  }
  sink_hold_with_one(&sinks[0]);
  produce_all(ring, 1, 63);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  sink_release(&sinks[0]);
  CHECK_OK(disruptor_close(ring, FOREVER));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 64);
    sink_expect_closed(&sinks[i]);
  }
  CHECK_OK(disruptor_destroy(ring));
  free_sinks(sinks, ARRAY_LEN(sinks));
}

static const test_case_t cases[] = {
    CASE(a_pipeline_keeps_its_order),
    CASE(a_diamond_joins_after_both_sides),
    CASE(one_dependency_named_twice_counts_once),
    CASE(a_held_dependency_holds_its_dependents),
    CASE(the_next_stage_sees_what_a_stage_changed),
    CASE(dependents_inherit_from_one_who_leaves),
    CASE(a_dependent_that_waits_is_woken_when_its_dependency_leaves),
    CASE(the_first_of_a_chain_may_leave),
    CASE(a_dependent_may_come_late),
    CASE(close_drains_a_long_chain),
};
TEST_MAIN(cases)
