/* Members of a group that come and leave, fail, and are given the same batch again. */
#include "sink.h"

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

static const test_case_t cases[] = {
    CASE(members_come_and_leave),
    CASE(a_member_that_is_stopped_takes_nothing_with_it),
    CASE(a_batch_is_retried_by_the_same_member),
    CASE(the_last_member_holds_nobody_back),
};

TEST_MAIN(cases)
