/* Abandoned slots: nobody gets them, counts them, or waits for them. */
#include "sink.h"

#include <string.h>

static disruptor_claim_t claimed(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, 0, &claim));
  return claim;
}

static void abandon_some(disruptor_t *ring, size_t count) {
  disruptor_claim_t claim = claimed(ring, count);
  CHECK_OK(disruptor_abandon(ring, &claim));
}

static void expect_batch(disruptor_poller_t *poller, uint64_t first, size_t count, uint64_t backlog) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  CHECK_U64(batch.backlog, backlog);
}

static void expect_nothing(disruptor_poller_t *poller) {
  disruptor_batch_t batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
}

static void backlog(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *alone = test_poller(ring, 0, 1, 0), *member = test_poller(ring, 0, 1, 5);
  uint64_t lap;
  for (lap = 0; lap < 20; lap++) {
    uint64_t at = 8 * lap;
    size_t i;
    produce_all(ring, 0, 1);
    abandon_some(ring, 2);
    produce_all(ring, 1, 2);
    abandon_some(ring, 1);
    produce_all(ring, 3, 1);
    abandon_some(ring, 1);
    for (i = 0; i < 2; i++) {
      disruptor_poller_t *poller = i == 0 ? alone : member;
      expect_batch(poller, at, 1, 3);
      expect_batch(poller, at, 1, 3); /* not released: the same again */
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 3, 1, 2);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 4, 1, 1);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_batch(poller, at + 6, 1, 0);
      CHECK_OK(disruptor_poller_release(poller, 1));
      expect_nothing(poller);
    }
  }
  CHECK_OK(disruptor_poller_destroy(alone));
  CHECK_OK(disruptor_poller_destroy(member));
  CHECK_OK(disruptor_destroy(ring));
}

static void the_backlog_is_of_elements(void) { test_every_mode_and_strategy(backlog); }

/* What a member has released is not looked at again: the slot may be somebody's claim by then. */
static void behind_what_was_released(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 4);
  disruptor_poller_t *poller = test_poller(ring, 2, 0, 1);
  CHECK_OK(produce_values(ring, 0, 2, 0, NULL));
  abandon_some(ring, 1);
  expect_batch(poller, 0, 2, 0);
  CHECK_OK(disruptor_poller_release(poller, 1));
  CHECK_OK(produce_value(ring, 2));
  abandon_some(ring, 1); /* the slot that was released */
  expect_batch(poller, 1, 1, 1);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void what_was_released_is_not_counted_again(void) { test_every_mode_and_strategy(behind_what_was_released); }

/* A member that wants several counts as far as it can read, and then no further than what was left to it goes. */
static void left_before_a_gap(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *leaver = test_poller(ring, 0, 3, 5), *heir = test_poller(ring, 2, 2, 5);
  produce_all(ring, 0, 4);
  abandon_some(ring, 1);
  produce_all(ring, 4, 1);
  expect_batch(leaver, 0, 3, 2);
  CHECK_OK(disruptor_poller_destroy(leaver));
  expect_batch(heir, 0, 2, 3);
  CHECK_OK(disruptor_poller_release(heir, 2));
  expect_batch(heir, 2, 1, 2);
  CHECK_OK(disruptor_poller_release(heir, 1));
  expect_batch(heir, 3, 1, 1);
  CHECK_OK(disruptor_poller_destroy(heir));
  CHECK_OK(disruptor_destroy(ring));
}

static void gaps_behind_what_was_left_are_not_counted(void) { test_every_mode_and_strategy(left_before_a_gap); }

static void min_batch(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *alone = test_poller(ring, 2, 0, 0), *member = test_poller(ring, 2, 0, 5);
  size_t i;
  abandon_some(ring, 1);
  produce_all(ring, 1, 1);
  abandon_some(ring, 2);
  for (i = 0; i < 2; i++) {
    expect_nothing(i == 0 ? alone : member); /* four slots, but one element */
  }
  produce_all(ring, 4, 1);
  for (i = 0; i < 2; i++) {
    disruptor_poller_t *poller = i == 0 ? alone : member;
    expect_batch(poller, 1, 1, 1); /* two, though in two batches, because there is a gap between them */
    CHECK_OK(disruptor_poller_release(poller, 1));
    expect_nothing(poller);
  }
  CHECK_OK(disruptor_poller_destroy(alone));
  CHECK_OK(disruptor_poller_destroy(member));
  CHECK_OK(disruptor_destroy(ring));
}

static void min_batch_is_of_elements(void) { test_every_mode_and_strategy(min_batch); }

/* What lies behind a gap was held back as long as what lies before it. */
static void linger(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_poller_t *pollers[2];
  uint64_t began;
  size_t i;
  for (i = 0; i < 2; i++) {
    disruptor_consumer_config_t config;
    disruptor_consumer_config_init(&config);
    config.min_batch = 4;
    config.linger_ns = MILLISECOND;
    config.group = i == 0 ? 0 : 5;
    CHECK_OK(disruptor_poller_create(ring, &config, &pollers[i]));
  }
  produce_all(ring, 0, 1);
  abandon_some(ring, 1);
  produce_all(ring, 2, 1);
  for (i = 0; i < 2; i++) {
    expect_nothing(pollers[i]);
    began = test_now_ns();
    AWAIT(test_now_ns() - began >= MILLISECOND);
    expect_batch(pollers[i], 0, 1, 1);
    CHECK_OK(disruptor_poller_release(pollers[i], 1));
    expect_batch(pollers[i], 2, 1, 0);
    CHECK_OK(disruptor_poller_destroy(pollers[i]));
  }
  CHECK_OK(disruptor_destroy(ring));
}

static void what_is_behind_them_does_not_linger_anew(void) { test_every_mode_and_strategy(linger); }

/* A member of a group has to put its hand on elements to count those that were not abandoned, and taking it off again
 * wakes everybody in a ring that is full. That must not be itself, in the middle of its look. */
static void counting_in_a_full_ring(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 4);
  disruptor_poller_t *behind = test_poller(ring, 0, 0, 0);
  disruptor_consumer_config_t config;
  uint32_t none[SINK_DEPENDENCIES];
  uint64_t round, rounds = test_rounds(50);
  sink_t member;
  sink_init(&member);
  member.gaps = true;
  config = sink_config(&member, none);
  config.group = 5;
  config.min_batch = 2;
  sink_register_with(&member, ring, &config);
  for (round = 0; round < rounds; round++) {
    produce_all(ring, 4 * round, 2);
    sink_await(&member, 4 * round + 2);
    produce_all(ring, 4 * round + 2, 1);
    abandon_some(ring, 1); /* full because of the poller, and two slots for the member, but one element */
    expect_batch(behind, 5 * round, 3, 0);
    CHECK_OK(disruptor_poller_release(behind, 3));
    produce_all(ring, 4 * round + 3, 1);
    expect_batch(behind, 5 * round + 4, 1, 0);
    CHECK_OK(disruptor_poller_release(behind, 1));
    CHECK_OK(disruptor_flush(ring, FOREVER));
  }
  CHECK_OK(disruptor_poller_destroy(behind));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&member, 0, 4 * rounds);
  sink_free(&member);
}

static void who_counts_does_not_wake_itself(void) { test_every_mode_and_strategy(counting_in_a_full_ring); }

/* Nobody has to poll for abandoned slots to be free again. */
static void passing(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 2);
  disruptor_poller_t *first = test_poller(ring, 0, 0, 0), *member = test_poller(ring, 0, 0, 5), *second = NULL;
  disruptor_consumer_config_t config;
  uint32_t dependencies[2] = {0, 1};
  size_t round;
  disruptor_consumer_config_init(&config);
  config.depends_on = dependencies;
  config.depends_on_count = 2;
  CHECK_OK(disruptor_poller_create(ring, &config, &second));
  for (round = 0; round < 5; round++) {
    abandon_some(ring, 2);
    CHECK_U64(test_stats(ring).current_lag, 0);
    CHECK_OK(disruptor_flush(ring, 0));
  }
  produce_all(ring, 0, 1);
  abandon_some(ring, 1);
  expect_batch(first, 10, 1, 0);
  CHECK_OK(disruptor_poller_release(first, 1));
  expect_batch(member, 10, 1, 0);
  expect_nothing(second);
  CHECK_OK(disruptor_poller_release(member, 1));
  CHECK_U64(test_consumer_stats(ring, 0).current_lag, 0);
  CHECK_U64(test_consumer_stats(ring, 1).current_lag, 0);
  CHECK_U64(test_consumer_stats(ring, 2).current_lag, 2);
  expect_batch(second, 10, 1, 0);
  CHECK_OK(disruptor_poller_release(second, 1));
  abandon_some(ring, 2);
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_poller_destroy(member));
  CHECK_OK(disruptor_poller_destroy(second));
  CHECK_OK(disruptor_destroy(ring));
}

static void a_poller_need_not_be_polled_to_pass_them(void) { test_every_mode_and_strategy(passing); }

/* What was claimed before a poller came does not hold the ring back once it is published. */
static void older_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 2);
  disruptor_poller_t *poller, *older = test_poller(ring, 0, 0, 0);
  disruptor_claim_t claim = claimed(ring, 2);
  poller = test_poller(ring, 0, 0, 0);
  CHECK_OK(disruptor_poller_destroy(older));
  CHECK_STATUS(produce_values(ring, 0, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_OK(disruptor_publish(ring, &claim));
  CHECK_U64(test_consumer_stats(ring, 1).current_lag, 0);
  produce_all(ring, 0, 2);
  expect_batch(poller, 2, 2, 0);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void a_poller_need_not_be_polled_to_pass_older_claims(void) { test_every_mode_and_strategy(older_claims); }

/* A gap that a thread has to pass first: whoever then finds no room passes it in the idle poller's stead. */
static void behind_a_thread(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 1);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller = NULL;
  size_t round, rounds = test_few_when_spinning(wait_strategy, test_rounds(100));
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  disruptor_consumer_config_init(&config);
  config.depends_on = &sink.id;
  config.depends_on_count = 1;
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  for (round = 0; round < rounds; round++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 1, FOREVER, &claim));
    CHECK_OK(disruptor_abandon(ring, &claim));
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void who_finds_no_room_passes_them(void) { test_every_mode_and_strategy(behind_a_thread); }

typedef struct {
  disruptor_poller_t *poller;
} owner_t;

/* Polls again and again: nobody who looks after the poller may be taken for a second owner. */
static void *poll_on(void *of) {
  owner_t *owner = of;
  disruptor_batch_t batch;
  disruptor_status_t status;
  while ((status = disruptor_poll(owner->poller, 0, &batch)) != DISRUPTOR_CLOSED) {
    if (status == DISRUPTOR_OK) {
      CHECK_OK(disruptor_poller_release(owner->poller, batch.count));
    } else {
      CHECK_STATUS(status, DISRUPTOR_EMPTY);
      test_pause();
    }
  }
  return NULL;
}

static void its_owner_is_alone_with_it(void) {
  disruptor_t *ring = test_ring(4);
  size_t round, rounds = test_rounds(1000);
  owner_t owners[2];
  pthread_t threads[2];
  size_t i;
  for (i = 0; i < 2; i++) {
    owners[i].poller = test_poller(ring, 0, 0, (uint32_t)i);
    threads[i] = test_spawn(poll_on, &owners[i]);
  }
  for (round = 0; round < rounds; round++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 1 + round % 3, FOREVER, &claim));
    CHECK_OK(round % 4 == 0 ? disruptor_publish(ring, &claim) : disruptor_abandon(ring, &claim));
    if (round % 16 == 0) {
      (void)test_stats(ring);
    }
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_close(ring, FOREVER));
  for (i = 0; i < 2; i++) {
    test_join(threads[i]);
    CHECK_OK(disruptor_poller_destroy(owners[i].poller));
  }
  CHECK_OK(disruptor_destroy(ring));
}

/* Behind a claim that a halt gives up: what was abandoned before is no element that somebody did not get. */
static void halting(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t open;
  uint64_t undelivered = 77;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  open = claimed(ring, 1);
  abandon_some(ring, 2);
  produce_all(ring, 0, 1);
  abandon_some(ring, 1);
  CHECK_OK(disruptor_halt(ring, FOREVER, &undelivered));
  CHECK_U64(undelivered, 1);
  CHECK_STATUS(disruptor_publish(ring, &open), DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 0);
  sink_free(&sink);
}

static void a_halt_does_not_count_them(void) { test_every_mode_and_strategy(halting); }

/* A member of a group has to put its hand on them to know. */
static void passed_by_a_holder_of(uint32_t group, uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, unused);
  config.min_batch = 4;
  config.group = group;
  sink_register_with(&sink, ring, &config);
  abandon_some(ring, 4);
  AWAIT(test_consumer_stats(ring, sink.id).current_lag == 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void passed_by_a_holder(uint32_t producer_mode, uint32_t wait_strategy) {
  passed_by_a_holder_of(0, producer_mode, wait_strategy);
}

static void passed_by_a_member(uint32_t producer_mode, uint32_t wait_strategy) {
  passed_by_a_holder_of(5, producer_mode, wait_strategy);
}

static void one_who_holds_back_does_not_hold_them(void) { test_every_mode_and_strategy(passed_by_a_holder); }

static void a_member_who_holds_back_does_not_hold_them(void) { test_every_mode_and_strategy(passed_by_a_member); }

static const test_case_t cases[] = {
    CASE(a_poller_need_not_be_polled_to_pass_them),
    CASE(a_poller_need_not_be_polled_to_pass_older_claims),
    CASE(who_finds_no_room_passes_them),
    CASE(its_owner_is_alone_with_it),
    CASE(the_backlog_is_of_elements),
    CASE(what_was_released_is_not_counted_again),
    CASE(gaps_behind_what_was_left_are_not_counted),
    CASE(min_batch_is_of_elements),
    CASE(what_is_behind_them_does_not_linger_anew),
    CASE(who_counts_does_not_wake_itself),
    CASE(a_halt_does_not_count_them),
    CASE(one_who_holds_back_does_not_hold_them),
    CASE(a_member_who_holds_back_does_not_hold_them),
};

TEST_MAIN(cases)
