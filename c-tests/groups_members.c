/* Members of a group that come and leave, fail, and are given the same batch again. */
#include "sink.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { GROUP = 7 };

static void members_come_and_leave(void) {
  size_t rounds = test_rounds(300), round, i;
  sink_t *sinks = calloc(rounds + 1, sizeof *sinks), **all = calloc(rounds + 1, sizeof *all);
  random_t random = random_stream(0);
  stream_t stream;
  pthread_t thread;
  CHECK(sinks != NULL && all != NULL);
  stream.ring = test_ring(8);
  stream.accepted = 0;
  for (i = 0; i <= rounds; i++) {
    all[i] = &sinks[i];
    sink_init(&sinks[i]);
  }
  sink_join(&sinks[0], stream.ring, GROUP, 0);
  thread = test_spawn(produce_stream, &stream);
  for (round = 1; round <= rounds; round++) {
    sink_join(&sinks[round], stream.ring, GROUP, round % 3);
    random_stagger(&random);
    if (round >= 3) {
      sink_unregister(&sinks[round - 2]);
    }
  }
  CHECK_OK(disruptor_close(stream.ring, FOREVER));
  test_join(thread);
  CHECK_OK(disruptor_destroy(stream.ring));
  sinks_expect_once(all, rounds + 1, stream.accepted);
  for (i = 0; i <= rounds; i++) {
    sink_expect_closed(&sinks[i]);
    sink_free(&sinks[i]);
  }
  free(sinks);
  free(all);
}

static void the_last_member_holds_nobody_back(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sinks[2], plain;
  sink_init(&sinks[0]);
  sink_init(&sinks[1]);
  sink_init(&plain);
  sink_register(&plain, ring);
  sink_join(&sinks[0], ring, GROUP, 0);
  sink_join(&sinks[1], ring, GROUP, 0);
  produce_all(ring, 0, 10);
  sink_unregister(&sinks[0]);
  sink_unregister(&sinks[1]);
  produce_all(ring, 10, 30);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&plain, 0, 40);
  sink_free(&plain);
  sink_free(&sinks[0]);
  sink_free(&sinks[1]);
}

static uint32_t stop_it(void *data, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  (void)data;
  (void)consumer;
  (void)batch;
  CHECK(code == 3);
  return DISRUPTOR_ERROR_STOP;
}

static int32_t fail_the_third(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  return sink->batch_count == 2 ? 3 : 0;
}

static void a_member_that_is_stopped_takes_nothing_with_it(void) {
  size_t round, rounds = test_rounds(200), i;
  for (round = 0; round < rounds; round++) {
    disruptor_config_t config = test_config(8);
    disruptor_t *ring;
    sink_t sinks[3], *all[3];
    config.on_error = stop_it;
    ring = test_ring_of(&config);
    for (i = 0; i < 3; i++) {
      all[i] = &sinks[i];
      sink_init(&sinks[i]);
      sinks[i].hook = i > 0 ? fail_the_third : NULL;
      sink_join(&sinks[i], ring, GROUP, 2);
    }
    produce_all(ring, 0, 200);
    CHECK_OK(disruptor_close(ring, FOREVER));
    for (i = 1; i < 3; i++) {
      if (sinks[i].batch_count >= 3) {
        CHECK_U64(sinks[i].batch_count, 3);
        CHECK_U64(test_consumer_stats(ring, sinks[i].id).state, DISRUPTOR_STATE_FAILED);
      }
    }
    CHECK_OK(disruptor_destroy(ring));
    sinks_expect_once(all, 3, 200); /* what failed was given to it */
    for (i = 0; i < 3; i++) {
      sink_free(&sinks[i]);
    }
  }
}

static uint32_t try_again(void *data, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  (void)data;
  (void)consumer;
  (void)batch;
  (void)code;
  return DISRUPTOR_ERROR_RETRY;
}

static int32_t fail_now_and_then(sink_t *sink, const disruptor_batch_t *batch) {
  uint64_t *failures = sink->data;
  if (batch->first_sequence % 3 == 0 && ++*failures % 3 != 0) {
    sink->awaiting_retry = true;
    return 1;
  }
  return 0;
}

static void a_batch_is_retried_by_the_same_member(void) {
  disruptor_config_t config = test_config(8);
  disruptor_t *ring;
  uint64_t failures[2] = {0, 0};
  sink_t sinks[2], *all[2];
  size_t i;
  config.on_error = try_again;
  ring = test_ring_of(&config);
  for (i = 0; i < 2; i++) {
    all[i] = &sinks[i];
    sink_init(&sinks[i]);
    sinks[i].hook = fail_now_and_then;
    sinks[i].data = &failures[i];
    sink_join(&sinks[i], ring, GROUP, 1);
  }
  produce_all(ring, 0, 999);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_consumer_stats(ring, sinks[0].id).errors + test_consumer_stats(ring, sinks[1].id).errors, 666);
  CHECK_U64(test_consumer_stats(ring, sinks[0].id).consumed + test_consumer_stats(ring, sinks[1].id).consumed, 999);
  CHECK_OK(disruptor_destroy(ring));
  sinks_expect_once(all, 2, 999);
  sink_free(&sinks[0]);
  sink_free(&sinks[1]);
}

static int32_t fail(void *of, const disruptor_batch_t *batch) {
  (void)of;
  (void)batch;
  return 1;
}

static int32_t note(void *of, const disruptor_batch_t *batch) {
  atomic_ullong *values = of; /* a bit for each */
  size_t i;
  for (i = 0; i < batch->count; i++) {
    uint64_t bit = 1ull << element_value(&batch->elements[i]);
    CHECK((atomic_fetch_or(values, bit) & bit) == 0);
  }
  return 0;
}

static uint32_t join(disruptor_t *ring, disruptor_consume_fn on_batch, void *user_data) {
  disruptor_consumer_config_t config;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  config.group = GROUP;
  config.on_batch = on_batch;
  config.user_data = user_data;
  CHECK_OK(disruptor_register(ring, &config, &id));
  return id;
}

/* The member that has it fails for ever. It is told to leave, and another one gets it; so do those behind the group. */
static void leave_while_retried(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, 8);
  disruptor_consumer_config_t behind;
  atomic_ullong shared = 0, after = 0;
  disruptor_claim_t gap;
  disruptor_t *ring;
  uint32_t failing, other, id;
  config.on_error = try_again;
  ring = test_ring_of(&config);
  failing = join(ring, fail, NULL);
  disruptor_consumer_config_init(&behind);
  behind.depends_on = &failing;
  behind.depends_on_count = 1;
  behind.on_batch = note;
  behind.user_data = &after;
  CHECK_OK(disruptor_register(ring, &behind, &id));
  gap = claim_values(ring, 1, 9);
  produce_all(ring, 0, 1);
  CHECK_OK(disruptor_abandon(ring, &gap)); /* so that the batch begins behind a gap */
  AWAIT(test_consumer_stats(ring, failing).retries > 0);
  other = join(ring, note, &shared);
  produce_all(ring, 1, 2);
  AWAIT(atomic_load(&shared) == 6);
  CHECK_U64(atomic_load(&after), 0);
  CHECK_OK(disruptor_unregister(ring, failing, FOREVER));
  AWAIT(atomic_load(&shared) == 7);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(atomic_load(&after), 7);
  CHECK_U64(test_consumer_stats(ring, failing).consumed, 0);
  CHECK_U64(test_consumer_stats(ring, other).consumed, 3);
  CHECK_OK(disruptor_destroy(ring));
}

static void what_a_leaving_member_retries_goes_to_another(void) { test_every_mode_and_strategy(leave_while_retried); }

static const test_case_t cases[] = {
    CASE(members_come_and_leave),
    CASE(a_member_that_is_stopped_takes_nothing_with_it),
    CASE(a_batch_is_retried_by_the_same_member),
    CASE(what_a_leaving_member_retries_goes_to_another),
    CASE(the_last_member_holds_nobody_back),
};

TEST_MAIN(cases)
