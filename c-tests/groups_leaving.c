/* Members of a group that leave, and what becomes of the elements that they had. */
#include "sink.h"

enum { GROUP = 3 };

static disruptor_poller_t *member_of(disruptor_t *ring, size_t min_batch, size_t max_batch) {
  return test_poller(ring, min_batch, max_batch, GROUP);
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count, uint64_t backlog) {
  disruptor_batch_t batch;
  size_t i;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  CHECK_U64(batch.backlog, backlog);
  for (i = 0; i < count; i++) {
    CHECK_U64(element_value(&batch.elements[i]), first + i);
  }
}

/* However many members leave with elements in their hands, others find a place, and get them. */
static void members_may_leave_as_often_as_they_like(void) {
  enum { MEMBERS = 3, ROUNDS = 40 };
  disruptor_config_t config = test_config(64);
  disruptor_poller_t *members[MEMBERS], *last;
  disruptor_batch_t batch;
  disruptor_t *ring;
  uint64_t got = 0;
  size_t round, i;
  config.max_consumers = MEMBERS;
  ring = test_ring_of(&config);
  last = member_of(ring, 0, 1); /* so that the group stays */
  produce_all(ring, 0, 60);
  for (round = 0; round < ROUNDS; round++) {
    for (i = 1; i < MEMBERS; i++) {
      members[i] = member_of(ring, 0, 1 + round % 3);
      if (round % 4 > 0 || i == 1) {
        CHECK_OK(disruptor_poll(members[i], 0, &batch));
      }
    }
    for (i = 1; i < MEMBERS; i++) {
      CHECK_OK(disruptor_poller_destroy(members[i]));
    }
  }
  while (disruptor_poll(last, 0, &batch) == DISRUPTOR_OK) {
    CHECK_OK(disruptor_poller_release(last, batch.count));
    got += batch.count;
  }
  CHECK_U64(got, 60);
  CHECK_OK(disruptor_flush(ring, 0));
  CHECK_OK(disruptor_poller_destroy(last));
  CHECK_OK(disruptor_destroy(ring));
}

/* Elements left behind are part of the backlog; those that another member has are not. */
static void the_backlog_is_what_a_member_may_get(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *leaver = member_of(ring, 0, 4), *other = member_of(ring, 0, 2), *third = member_of(ring, 0, 2);
  produce_all(ring, 0, 10);
  expect_batch(leaver, 0, 4, 6);
  expect_batch(other, 4, 2, 4);
  CHECK_OK(disruptor_poller_release(leaver, 1));
  CHECK_OK(disruptor_poller_destroy(leaver));
  expect_batch(other, 4, 2, 4 + 3); /* again, and now there is more */
  expect_batch(third, 1, 2, 1 + 4); /* first what was left behind */
  expect_batch(other, 4, 2, 4);
  CHECK_OK(disruptor_poller_release(other, 2));
  expect_batch(other, 6, 2, 2);
  CHECK_OK(disruptor_poller_release(third, 2));
  expect_batch(third, 3, 1, 2);
  CHECK_OK(disruptor_poller_destroy(third));
  CHECK_OK(disruptor_poller_destroy(other));
  CHECK_OK(disruptor_destroy(ring));
}

/* What was given out once is not held back when it is given out again. */
static void what_was_left_behind_does_not_wait_for_more(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *leaver = member_of(ring, 0, 0), *holder = member_of(ring, 4, 0);
  disruptor_batch_t batch;
  produce_all(ring, 0, 2);
  CHECK_STATUS(disruptor_poll(holder, 0, &batch), DISRUPTOR_EMPTY);
  expect_batch(leaver, 0, 2, 0);
  CHECK_OK(disruptor_poller_release(leaver, 1));
  CHECK_OK(disruptor_poller_destroy(leaver));
  expect_batch(holder, 1, 1, 0);
  CHECK_OK(disruptor_poller_release(holder, 1));
  produce_all(ring, 2, 1);
  CHECK_STATUS(disruptor_poll(holder, 0, &batch), DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(holder));
  CHECK_OK(disruptor_destroy(ring));
}

/* A member ends when no other one has anything left that could become its own. */
static void members_stay_while_others_have_elements(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *leaver = member_of(ring, 0, 2), *other = member_of(ring, 0, 2);
  disruptor_batch_t batch;
  produce_all(ring, 0, 2);
  expect_batch(leaver, 0, 2, 0);
  CHECK_OK(disruptor_close(ring, 0));
  CHECK_STATUS(disruptor_poll(other, 0, &batch), DISRUPTOR_EMPTY);
  CHECK_OK(disruptor_poller_destroy(leaver));
  expect_batch(other, 0, 2, 0);
  CHECK_OK(disruptor_poller_release(other, 2));
  CHECK_STATUS(disruptor_poll(other, 0, &batch), DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_poller_destroy(other));
  CHECK_OK(disruptor_destroy(ring));
}

/* The same with a member that has a thread, and is waiting for the end. */
static void a_thread_gets_what_a_poller_leaves_after_the_close(void) {
  size_t round;
  for (round = 0; round < test_rounds(50); round++) {
    disruptor_t *ring = test_ring(8);
    disruptor_poller_t *leaver = member_of(ring, 0, 2);
    uint32_t unused[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    sink_t sink;
    produce_all(ring, 0, 2);
    expect_batch(leaver, 0, 2, 0);
    sink_init(&sink);
    sink.gaps = true;
    config = sink_config(&sink, unused);
    config.group = GROUP;
    sink_register_with(&sink, ring, &config);
    CHECK_STATUS(disruptor_close(ring, (round % 3) * MILLISECOND / 2), DISRUPTOR_TIMED_OUT);
    if (round % 2 == 0) {
      CHECK_OK(disruptor_poller_destroy(leaver));
      CHECK_OK(disruptor_close(ring, FOREVER));
      CHECK_U64(sink_consumed(&sink), 2);
    } else {
      CHECK_OK(disruptor_poller_release(leaver, 2));
      CHECK_OK(disruptor_close(ring, FOREVER));
      CHECK_U64(sink_consumed(&sink), 0);
      CHECK_OK(disruptor_poller_destroy(leaver));
    }
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
}

static void *claim_them_all(void *ring) {
  disruptor_claim_t claim = {0};
  CHECK_OK(disruptor_claim(ring, 8, DISRUPTOR_WAIT_FOREVER, &claim));
  CHECK_OK(disruptor_abandon(ring, &claim));
  return NULL;
}

/* Who comes while a producer waits for room, and would hold elements back, gives them out if nobody else is left to. */
static void who_comes_later_does_not_hold_back_what_a_producer_waits_for(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *first = member_of(ring, 0, 0), *later;
  disruptor_batch_t batch;
  pthread_t producer;
  produce_all(ring, 0, 3);
  producer = test_spawn(claim_them_all, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  later = member_of(ring, 4, 4);
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_poll(later, DISRUPTOR_WAIT_FOREVER, &batch));
  CHECK_U64(batch.count, 3);
  CHECK_OK(disruptor_poller_release(later, 3));
  test_join(producer);
  CHECK_OK(disruptor_poller_destroy(later));
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(members_stay_while_others_have_elements),
    CASE(a_thread_gets_what_a_poller_leaves_after_the_close),
    CASE(members_may_leave_as_often_as_they_like),
    CASE(the_backlog_is_what_a_member_may_get),
    CASE(what_was_left_behind_does_not_wait_for_more),
    CASE(who_comes_later_does_not_hold_back_what_a_producer_waits_for),
};

TEST_MAIN(cases)
