/* Pollers as members of a group: what they leave to the others, and how long they hold elements back. */
#include "sink.h"

#include <string.h>

enum { GROUP = 7, PLACES = 1 << 10 };

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

/* A member that takes what others leave gets it out of order, which a sink would not allow. consumed_at[p] tells how
 * many of p, p + PLACES, p + 2 * PLACES ... were consumed: in that order, because no two of them are in flight at once. */
static uint64_t consumed_at[PLACES];
static uint64_t consumed_count;

static int32_t consume_once(void *user_data, const disruptor_batch_t *batch) {
  size_t i;
  (void)user_data;
  for (i = 0; i < batch->count; i++) {
    uint64_t value = element_value(&batch->elements[i]);
    CHECK_U64(__atomic_fetch_add(&consumed_at[value % PLACES], 1, __ATOMIC_ACQ_REL), value / PLACES);
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
  memset(consumed_at, 0, sizeof consumed_at);
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
    CASE(what_a_poller_leaves_the_others_get),
    CASE(nothing_is_lost_when_pollers_leave),
    CASE(what_others_took_is_no_backlog),
    CASE(who_holds_back_waits_on_when_others_take),
    CASE(what_is_left_does_not_linger_anew),
};

TEST_MAIN(cases)
