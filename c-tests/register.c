/* Registering: numbers, lists, limits, callbacks at both ends, and what a latecomer sees. */
#include "sink.h"

#include <string.h>

static void ids_count_up_and_are_never_reused(void) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  uint32_t expected;
  config.max_consumers = 2; /* so that places must be reused, though numbers are not */
  ring = test_ring_of(&config);
  for (expected = 0; expected < 200; expected++) {
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    CHECK_U64(sink.id, expected);
    CHECK_OK(disruptor_unregister(ring, sink.id, FOREVER));
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
  CHECK_OK(disruptor_destroy(ring));
}

static void consumers_lists_those_that_are_registered(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sinks[4];
  uint32_t ids[8];
  size_t i, count = 77;
  CHECK_OK(disruptor_consumers(ring, ids, ARRAY_LEN(ids), &count));
  CHECK_U64(count, 0);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
    CHECK_U64(test_stats(ring).consumers, i + 1);
  }
  CHECK_OK(disruptor_unregister(ring, 1, FOREVER));
  memset(ids, 0xff, sizeof ids);
  CHECK_OK(disruptor_consumers(ring, ids, ARRAY_LEN(ids), &count));
  CHECK_U64(count, 3);
  CHECK_U64(ids[0], 0);
  CHECK_U64(ids[1], 2);
  CHECK_U64(ids[2], 3);
  CHECK_U64(ids[3], UINT32_MAX); /* not written */
  CHECK_U64(test_stats(ring).consumers, 3);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static void consumers_writes_no_more_than_there_is_room_for(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sinks[3];
  uint32_t ids[3] = {77, 77, 77};
  size_t i, count = 0;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  CHECK_OK(disruptor_consumers(ring, ids, 2, &count));
  CHECK_U64(count, 3); /* how many there are, not how many were written */
  CHECK_U64(ids[0], 0);
  CHECK_U64(ids[1], 1);
  CHECK_U64(ids[2], 77);
  CHECK_OK(disruptor_consumers(ring, NULL, 0, &count));
  CHECK_U64(count, 3);
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static void there_is_a_limit_to_the_consumers(void) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  sink_t sinks[3], another;
  uint32_t unused[SINK_DEPENDENCIES], id = 77;
  disruptor_consumer_config_t consumer;
  size_t i;
  config.max_consumers = ARRAY_LEN(sinks);
  ring = test_ring_of(&config);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sink_register(&sinks[i], ring);
  }
  sink_init(&another);
  consumer = sink_config(&another, unused);
  CHECK_REFUSED(disruptor_register(ring, &consumer, &id), DISRUPTOR_TOO_MANY_CONSUMERS, "3");
  CHECK_U64(id, 77);
  CHECK_U64(test_stats(ring).consumers, 3);
  CHECK_OK(disruptor_unregister(ring, sinks[1].id, FOREVER));
  sink_register(&another, ring);
  produce_all(ring, 10, 20);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&another, 10, 20);
  sink_expect(&sinks[2], 10, 20);
  sink_expect(&sinks[1], 0, 0);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
  sink_free(&another);
}

/* As many as `max_consumers` says go in, and no more. */
static void fill_with_consumers(uint32_t max_consumers, size_t expected) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  sink_t sink;
  uint32_t unused[SINK_DEPENDENCIES], id;
  disruptor_consumer_config_t consumer;
  size_t i;
  config.max_consumers = max_consumers;
  ring = test_ring_of(&config);
  sink_init(&sink);
  consumer = sink_config(&sink, unused);
  consumer.on_start = consumer.on_close = NULL; /* both may be left out */
  for (i = 0; i < expected; i++) {
    CHECK_OK(disruptor_register(ring, &consumer, &id));
  }
  CHECK_STATUS(disruptor_register(ring, &consumer, &id), DISRUPTOR_TOO_MANY_CONSUMERS);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void the_limit_is_64_unless_told(void) { fill_with_consumers(0, 64); }

static void one_consumer_may_be_the_limit(void) { fill_with_consumers(1, 1); }

static void the_limit_may_be_1024(void) {
  disruptor_config_t config = test_config(4);
  disruptor_t *ring;
  config.max_consumers = 1024;
  ring = test_ring_of(&config);
  CHECK_OK(disruptor_destroy(ring));
}

static void a_latecomer_sees_what_is_produced_from_then_on(void) {
  disruptor_t *ring = test_ring(8);
  sink_t early, late;
  sink_init(&early);
  sink_init(&late);
  sink_register(&early, ring);
  produce_all(ring, 100, 10);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  sink_register(&late, ring);
  produce_all(ring, 110, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&early, 100, 20);
  CHECK_U64(early.first, 0);
  sink_expect(&late, 110, 10);
  CHECK_U64(late.first, 10);
  sink_free(&early);
  sink_free(&late);
}

static void a_latecomer_does_not_see_what_others_have_still_to_do(void) {
  disruptor_t *ring = test_ring(16);
  sink_t slow, late;
  sink_init(&slow);
  sink_init(&late);
  sink_register(&slow, ring);
  sink_hold_with_one(&slow);
  produce_all(ring, 1, 6);
  sink_register(&late, ring);
  produce_all(ring, 7, 5);
  sink_release(&slow);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&slow, 0, 12);
  sink_expect(&late, 7, 5);
  CHECK_U64(late.first, 7);
  sink_free(&slow);
  sink_free(&late);
}

static void a_latecomer_holds_the_ring_back(void) {
  disruptor_t *ring = test_ring(4);
  sink_t early, late;
  size_t produced;
  sink_init(&early);
  sink_init(&late);
  sink_register(&early, ring);
  produce_all(ring, 0, 7);
  CHECK_OK(disruptor_flush(ring, FOREVER)); /* so that it is not the early one that holds the ring back */
  sink_register(&late, ring);
  sink_hold(&late);
  CHECK_STATUS(produce_values(ring, 7, 6, MILLISECOND, &produced), DISRUPTOR_TIMED_OUT);
  CHECK_U64(produced, 4);
  sink_release(&late);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&early, 0, 11);
  sink_expect(&late, 7, 4);
  sink_free(&early);
  sink_free(&late);
}

static void dependencies_are_copied(void) {
  disruptor_t *ring = test_ring(8);
  sink_t first, second;
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_init(&first);
  sink_register(&first, ring);
  sink_init(&second);
  second.after[0] = &first;
  config = sink_config(&second, ids);
  sink_register_with(&second, ring, &config);
  memset(ids, 0xff, sizeof ids);
  memset(&config, 0xff, sizeof config);
  produce_all(ring, 0, 50);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&second, 0, 50);
  sink_free(&first);
  sink_free(&second);
}

/* 0 <- 1, and 1 has left: who depends on 1 follows 0. */
static void one_who_left_passes_its_dependencies_on(void) {
  disruptor_t *ring = test_ring(8);
  uint32_t gone;
  sink_t sinks[3];
  size_t i;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
  }
  sink_register(&sinks[0], ring);
  sinks[1].after[0] = &sinks[0];
  sink_register(&sinks[1], ring);
  gone = sinks[1].id;
  CHECK_OK(disruptor_unregister(ring, gone, FOREVER));
  {
    uint32_t ids[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config = sink_config(&sinks[2], ids);
    config.depends_on = &gone;
    config.depends_on_count = 1;
    sink_register_with(&sinks[2], ring, &config);
  }
  sinks[2].after[0] = &sinks[0]; /* what the sink checks, beyond what it asked the library for */
  sink_hold_with_one(&sinks[0]);
  produce_all(ring, 1, 7);
  CHECK_U64(test_consumer_stats(ring, sinks[2].id).consumed, 0);
  sink_release(&sinks[0]);
  produce_all(ring, 8, 200);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sinks[2], 0, 208);
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_free(&sinks[i]);
  }
}

static void nobody_registers_after_close_or_halt(void) {
  uint32_t halted;
  for (halted = 0; halted < 2; halted++) {
    disruptor_t *ring = test_ring(8);
    sink_t sink;
    uint32_t ids[SINK_DEPENDENCIES], id = 77;
    disruptor_consumer_config_t config;
    sink_init(&sink);
    config = sink_config(&sink, ids);
    CHECK_OK(halted ? disruptor_halt(ring, FOREVER, NULL) : disruptor_close(ring, FOREVER));
    CHECK_STATUS(disruptor_register(ring, &config, &id), DISRUPTOR_CLOSED);
    CHECK_U64(id, 77);
    CHECK_U64(sink.starts, 0);
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
}

/* on_start holds register up, and the first batch with it. (That on_start has run when register returns is also
 * checked by every sink_register.) */
static counter_t start_gate = COUNTER_INIT;
static counter_t start_entered = COUNTER_INIT;
static counter_t registered = COUNTER_INIT;

static void slow_start(void *user_data) {
  (void)user_data;
  counter_add(&start_entered, 1);
  counter_await(&start_gate, 1);
  CHECK_U64(counter_value(&registered), 0);
}

static int32_t after_start(void *user_data, const disruptor_batch_t *batch) {
  (void)batch;
  CHECK_U64(counter_value(&start_gate), 1);
  counter_add(user_data, batch->count);
  return 0;
}

static void *register_slowly(void *ring) {
  static counter_t consumed = COUNTER_INIT;
  disruptor_consumer_config_t config;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  config.on_start = slow_start;
  config.on_batch = after_start;
  config.user_data = &consumed;
  CHECK_OK(disruptor_register(ring, &config, &id));
  counter_add(&registered, 1);
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_AT_LEAST(counter_value(&consumed), 3);
  return NULL;
}

static void register_waits_for_on_start(void) {
  disruptor_t *ring = test_ring(8);
  sink_t other;
  pthread_t thread;
  sink_init(&other);
  sink_register(&other, ring);
  thread = test_spawn(register_slowly, ring);
  counter_await(&start_entered, 1);
  produce_all(ring, 0, 2); /* while the newcomer has not started: it may see them, but not before on_start is over */
  CHECK_U64(counter_value(&registered), 0);
  counter_set(&start_gate, 1);
  test_join(thread);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(other.consumed, 5);
  sink_free(&other);
}

static const test_case_t cases[] = {
    CASE(ids_count_up_and_are_never_reused),
    CASE(consumers_lists_those_that_are_registered),
    CASE(consumers_writes_no_more_than_there_is_room_for),
    CASE(there_is_a_limit_to_the_consumers),
    CASE(the_limit_is_64_unless_told),
    CASE(one_consumer_may_be_the_limit),
    CASE(the_limit_may_be_1024),
    CASE(a_latecomer_sees_what_is_produced_from_then_on),
    CASE(a_latecomer_does_not_see_what_others_have_still_to_do),
    CASE(a_latecomer_holds_the_ring_back),
    CASE(dependencies_are_copied),
    CASE(one_who_left_passes_its_dependencies_on),
    CASE(nobody_registers_after_close_or_halt),
    CASE(register_waits_for_on_start),
};
TEST_MAIN(cases)
