/* Groups: consumers that share the elements, each of which goes to exactly one member. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 7 };

static void join_with(sink_t *sink, disruptor_t *ring, uint32_t group, size_t max_batch) {
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, dependencies);
  sink->gaps = true;
  config.group = group;
  config.max_batch = max_batch;
  sink_register_with(sink, ring, &config);
}

static void join(sink_t *sink, disruptor_t *ring) { join_with(sink, ring, GROUP, 0); }

/* The values 0 to count - 1 were consumed once each. */
static void expect_once(sink_t **sinks, size_t sink_count, uint64_t count) {
  unsigned char *seen = calloc((size_t)count + 1, 1);
  uint64_t total = 0, i;
  size_t s;
  CHECK(seen != NULL);
  for (s = 0; s < sink_count; s++) {
    for (i = 0; i < sinks[s]->value_count; i++) {
      uint64_t value = sinks[s]->values[i];
      CHECK(value < count);
      CHECK_U64(seen[value], 0);
      seen[value] = 1;
    }
    total += sinks[s]->value_count;
  }
  CHECK_U64(total, count);
  free(seen);
}

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
    join_with(&members[i], ring, GROUP, i);
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
  expect_once(all, 3, (count + 4) / 5 * 5);
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
    join_with(&sinks[i], ring, i % 2 == 0 ? 1 : UINT32_MAX, 0);
    *(i % 2 == 0 ? &ones[i / 2] : &others[i / 2]) = &sinks[i];
  }
  produce_all(ring, 0, 3000);
  CHECK_OK(disruptor_destroy(ring));
  expect_once(ones, 2, 3000);
  expect_once(others, 2, 3000);
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
  join_with(&slow, ring, GROUP, 1);
  sink_hold_with_one(&slow); /* element 0 */
  join(&fast, ring);
  produce_all(ring, 1, 7);
  sink_await(&fast, 7);
  CHECK_STATUS(produce_values(ring, 8, 1, 0, NULL), DISRUPTOR_FULL); /* element 0 is still in its slot */
  CHECK_STATUS(disruptor_flush(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_U64(test_stats(ring).current_lag, 8);
  sink_release(&slow);
  produce_all(ring, 8, 20);
  CHECK_OK(disruptor_destroy(ring));
  expect_once(all, 2, 28);
  sink_free(&slow);
  sink_free(&fast);
}

static void a_slow_member_does_not_hold_up_the_others(void) { test_every_mode_and_strategy(be_slow); }

static void members_depend_on_the_same(void) {
  disruptor_t *ring = test_ring(4);
  uint32_t dependencies[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  sink_t first, member, other;
  sink_init(&first);
  sink_init(&member);
  sink_init(&other);
  sink_register(&first, ring);
  join(&member, ring);
  other.after[0] = &first;
  config = sink_config(&other, dependencies);
  config.group = GROUP;
  CHECK_REFUSED(disruptor_register(ring, &config, &other.id), DISRUPTOR_INVALID_ARGUMENT, "group 7 depend");
  sink_unregister(&member);
  sink_free(&other);
  sink_init(&other);
  other.after[0] = &first;
  join(&other, ring); /* nobody is left in it, so it is a new one */
  produce_all(ring, 0, 10);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&other, 0, 10);
  sink_free(&first);
  sink_free(&member);
  sink_free(&other);
}

/* ---- Coming and leaving ---- */

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
  join(&sinks[0], stream.ring);
  thread = test_spawn(produce_stream, &stream);
  for (round = 1; round <= rounds; round++) {
    join_with(&sinks[round], stream.ring, GROUP, round % 3);
    random_stagger(&random);
    if (round >= 3) {
      sink_unregister(&sinks[round - 2]);
    }
  }
  CHECK_OK(disruptor_close(stream.ring, FOREVER));
  test_join(thread);
  CHECK_OK(disruptor_destroy(stream.ring));
  expect_once(all, rounds + 1, stream.accepted);
  for (i = 0; i <= rounds; i++) {
    sink_expect_closed(&sinks[i]);
    sink_free(&sinks[i]);
  }
  free(sinks);
  free(all);
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
      join_with(&sinks[i], ring, GROUP, 2);
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
    expect_once(all, 3, 200); /* what failed was given to it */
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
    join_with(&sinks[i], ring, GROUP, 1);
  }
  produce_all(ring, 0, 999);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_consumer_stats(ring, sinks[0].id).errors + test_consumer_stats(ring, sinks[1].id).errors, 666);
  CHECK_U64(test_consumer_stats(ring, sinks[0].id).consumed + test_consumer_stats(ring, sinks[1].id).consumed, 999);
  CHECK_OK(disruptor_destroy(ring));
  expect_once(all, 2, 999);
  sink_free(&sinks[0]);
  sink_free(&sinks[1]);
}

static void the_last_member_holds_nobody_back(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sinks[2], plain;
  sink_init(&sinks[0]);
  sink_init(&sinks[1]);
  sink_init(&plain);
  sink_register(&plain, ring);
  join(&sinks[0], ring);
  join(&sinks[1], ring);
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

/* ---- Before and behind others ---- */

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
  expect_once(members, 3, count);
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
  join(&gone, ring);
  join(&stays, ring);
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

static void abandoned_slots_go_to_no_member(void) {
  disruptor_t *ring = test_ring(8);
  uint64_t round, value, next = 0;
  sink_t sinks[3], *all[3];
  size_t i;
  for (i = 0; i < 3; i++) {
    all[i] = &sinks[i];
    sink_init(&sinks[i]);
    join(&sinks[i], ring);
  }
  for (round = 0; round < 3000; round++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 1 + round % 3, FOREVER, &claim));
    if (round % 5 != 0) {
      CHECK_OK(disruptor_abandon(ring, &claim));
      continue;
    }
    for (i = 0; i < claim.count; i++) {
      value = next++;
      memcpy(disruptor_claim_data(&claim, i), &value, sizeof value);
      disruptor_claim_set_len(&claim, i, sizeof value);
    }
    CHECK_OK(disruptor_publish(ring, &claim));
  }
  CHECK_OK(disruptor_destroy(ring));
  expect_once(all, 3, next);
  for (i = 0; i < 3; i++) {
    sink_free(&sinks[i]);
  }
}

/* ---- Pollers as members ---- */

static void what_a_poller_leaves_the_others_get(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_poller_t *gone = test_poller(ring, 0, 6, GROUP), *other;
  disruptor_batch_t batch;
  produce_all(ring, 0, 6);
  CHECK_OK(disruptor_poll(gone, 0, &batch));
  CHECK_U64(batch.count, 6);
  CHECK_OK(disruptor_poller_release(gone, 2));
  other = test_poller(ring, 0, 3, GROUP);
  produce_all(ring, 6, 1);
  CHECK_OK(disruptor_poll(other, 0, &batch)); /* it goes on behind */
  CHECK_U64(batch.count, 1);
  CHECK_U64(batch.first_sequence, 6);
  CHECK_OK(disruptor_poll(gone, 0, &batch)); /* the rest is its own */
  CHECK_U64(batch.count, 4);
  CHECK_U64(batch.first_sequence, 2);
  CHECK_OK(disruptor_poller_destroy(gone));
  CHECK_OK(disruptor_poll(other, 0, &batch)); /* first its own */
  CHECK_U64(batch.first_sequence, 6);
  CHECK_OK(disruptor_poller_release(other, 1));
  CHECK_OK(disruptor_poll(other, 0, &batch));
  CHECK_U64(batch.first_sequence, 2);
  CHECK_U64(batch.count, 3);
  CHECK_OK(disruptor_poller_release(other, 3));
  CHECK_STATUS(produce_values(ring, 7, 14, 0, NULL), DISRUPTOR_OK); /* 5 holds back, and nothing else */
  CHECK_STATUS(produce_values(ring, 21, 1, 0, NULL), DISRUPTOR_FULL);
  CHECK_OK(disruptor_poll(other, 0, &batch));
  CHECK_U64(batch.first_sequence, 5);
  CHECK_U64(batch.count, 1);
  CHECK_OK(disruptor_poller_release(other, 1));
  CHECK_OK(disruptor_poll(other, 0, &batch));
  CHECK_U64(batch.first_sequence, 7);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(other));
}

static void *leave_with_a_batch(void *of) {
  disruptor_poller_t *poller = of;
  disruptor_batch_t batch;
  if (disruptor_poll(poller, 0, &batch) == DISRUPTOR_OK) {
    test_pause();
  }
  CHECK_OK(disruptor_poller_destroy(poller));
  return NULL;
}

/* A member that takes what others leave gets it out of order, which a sink would not allow. */
static unsigned char *consumed_once;
static uint64_t consumed_count;

static int32_t consume_once(void *user_data, const disruptor_batch_t *batch) {
  size_t i;
  (void)user_data;
  for (i = 0; i < batch->count; i++) {
    uint64_t value = element_value(&batch->elements[i]);
    CHECK_U64(__atomic_exchange_n(&consumed_once[value], 1, __ATOMIC_ACQ_REL), 0);
  }
  __atomic_fetch_add(&consumed_count, batch->count, __ATOMIC_ACQ_REL);
  return 0;
}

/* Pollers keep coming, taking a batch and leaving with it, while threads consume. */
static void leave_with_batches(uint32_t producer_mode, uint32_t wait_strategy) {
  size_t rounds = test_few_when_spinning(wait_strategy, test_rounds(100)), round, i;
  disruptor_config_t config = test_config(8);
  stream_t stream;
  pthread_t producer;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  stream.ring = test_ring_of(&config);
  stream.accepted = 0;
  consumed_count = 0;
  consumed_once = calloc((size_t)1 << 26, 1);
  CHECK(consumed_once != NULL);
  for (i = 0; i < 2; i++) {
    disruptor_consumer_config_t member;
    uint32_t id;
    disruptor_consumer_config_init(&member);
    member.on_batch = consume_once;
    member.group = GROUP;
    member.max_batch = 2;
    CHECK_OK(disruptor_register(stream.ring, &member, &id));
  }
  producer = test_spawn(produce_stream, &stream);
  for (round = 0; round < rounds; round++) {
    pthread_t leaving[2];
    for (i = 0; i < 2; i++) {
      leaving[i] = test_spawn(leave_with_a_batch, test_poller(stream.ring, 0, 1 + round % 4, GROUP));
    }
    test_join(leaving[0]);
    test_join(leaving[1]);
  }
  CHECK_OK(disruptor_close(stream.ring, FOREVER));
  test_join(producer);
  CHECK_U64(consumed_count, stream.accepted);
  CHECK_OK(disruptor_destroy(stream.ring));
  free(consumed_once);
}

static void nothing_is_lost_when_pollers_leave(void) { test_every_mode_and_strategy(leave_with_batches); }

static uint64_t polled_backlog(disruptor_poller_t *poller, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  return batch.backlog;
}

static void what_others_took_is_no_backlog(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *first = test_poller(ring, 0, 2, GROUP), *second = test_poller(ring, 0, 2, GROUP);
  produce_all(ring, 0, 6);
  CHECK_U64(polled_backlog(first, 0, 2), 4);
  CHECK_U64(polled_backlog(second, 2, 2), 2);
  CHECK_U64(polled_backlog(first, 0, 2), 2);
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_poller_destroy(second));
  CHECK_OK(disruptor_destroy(ring));
}

typedef struct {
  disruptor_poller_t *poller;
  disruptor_status_t status;
  uint64_t took;
} waiting_t;

enum { LINGER_MS = 50, PATIENCE_MS = 200 };

static void *wait_for_several(void *of) {
  waiting_t *waiting = of;
  disruptor_batch_t batch;
  uint64_t began = test_now_ns();
  waiting->status = disruptor_poll(waiting->poller, PATIENCE_MS * MILLISECOND, &batch);
  waiting->took = test_now_ns() - began;
  return NULL;
}

/* One who holds back looks again when the elements have lingered. If another member has them by then, it waits on. */
static void who_holds_back_waits_on_when_others_take(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *taker = test_poller(ring, 0, 0, GROUP);
  disruptor_consumer_config_t config;
  disruptor_batch_t batch;
  waiting_t waiting;
  pthread_t thread;
  uint32_t id;
  bool taken;
  disruptor_consumer_config_init(&config);
  config.group = GROUP;
  config.min_batch = 4;
  config.linger_ns = LINGER_MS * MILLISECOND;
  CHECK_OK(disruptor_poller_create(ring, &config, &waiting.poller));
  CHECK_OK(disruptor_poller_id(waiting.poller, &id));
  produce_all(ring, 0, 2);
  thread = test_spawn(wait_for_several, &waiting);
  AWAIT(test_consumer_stats(ring, id).blocked_ns > 0);
  taken = disruptor_poll(taker, 0, &batch) == DISRUPTOR_OK; /* not if the machine stood still for so long */
  test_join(thread);
  CHECK_STATUS(waiting.status, taken ? DISRUPTOR_TIMED_OUT : DISRUPTOR_OK);
  CHECK_AT_LEAST(waiting.took, taken ? PATIENCE_MS * MILLISECOND : 0);
  CHECK_OK(disruptor_poller_destroy(taker));
  CHECK_OK(disruptor_poller_destroy(waiting.poller));
  CHECK_OK(disruptor_destroy(ring));
}

/* Elements that a member holds back have waited since it saw them, whoever takes those before them meanwhile. */
static void what_is_left_does_not_linger_anew(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *taker = test_poller(ring, 0, 1, GROUP), *holder;
  disruptor_consumer_config_t config;
  disruptor_batch_t batch;
  uint64_t began;
  disruptor_consumer_config_init(&config);
  config.group = GROUP;
  config.min_batch = 4;
  config.linger_ns = LINGER_MS * MILLISECOND;
  CHECK_OK(disruptor_poller_create(ring, &config, &holder));
  produce_all(ring, 0, 1);
  CHECK_STATUS(disruptor_poll(holder, 0, &batch), DISRUPTOR_EMPTY);
  produce_all(ring, 1, 1);
  began = test_now_ns();
  if (disruptor_poll(holder, 0, &batch) == DISRUPTOR_EMPTY) { /* else the machine stood still for so long */
    CHECK_OK(disruptor_poll(taker, 0, &batch));
    CHECK_U64(batch.first_sequence, 0);
    AWAIT(test_now_ns() - began >= config.linger_ns);
    CHECK_OK(disruptor_poll(holder, 0, &batch));
    CHECK_U64(batch.first_sequence, 1);
  }
  CHECK_OK(disruptor_poller_destroy(taker));
  CHECK_OK(disruptor_poller_destroy(holder));
  CHECK_OK(disruptor_destroy(ring));
}

static const test_case_t cases[] = {
    CASE(each_element_goes_to_exactly_one_member),
    CASE(two_groups_get_everything_each),
    CASE(a_slow_member_does_not_hold_up_the_others),
    CASE(members_depend_on_the_same),
    CASE(members_come_and_leave),
    CASE(a_member_that_is_stopped_takes_nothing_with_it),
    CASE(a_batch_is_retried_by_the_same_member),
    CASE(the_last_member_holds_nobody_back),
    CASE(a_group_between_two_others),
    CASE(depending_on_a_member_that_has_left),
    CASE(abandoned_slots_go_to_no_member),
    CASE(what_a_poller_leaves_the_others_get),
    CASE(nothing_is_lost_when_pollers_leave),
    CASE(what_others_took_is_no_backlog),
    CASE(who_holds_back_waits_on_when_others_take),
    CASE(what_is_left_does_not_linger_anew),
};

TEST_MAIN(cases)
