/* What a consumer got, and whether that is what it should have got. */
#include "torture.h"

#include <stdlib.h>
#include <string.h>

consumer_t *consumer_new(round_t *round, random_t *random) {
  consumer_t *consumer = calloc(1, sizeof *consumer);
  CHECK(consumer != NULL);
  consumer->round = round;
  consumer->random.state = random_next(random);
  pthread_mutex_lock(&round->mutex);
  CHECK(round->consumer_count < CROWD);
  round->consumers[round->consumer_count++] = consumer;
  pthread_mutex_unlock(&round->mutex);
  return consumer;
}

void account_before(consumer_t *consumer) {
  unsigned lane;
  for (lane = 0; lane < LANES; lane++) {
    consumer->lower[lane] = HEAR_ALL(consumer->round->lanes[lane].done);
  }
}

void account_after(consumer_t *consumer) {
  unsigned lane;
  for (lane = 0; lane < LANES; lane++) {
    consumer->upper[lane] = HEAR(consumer->round->lanes[lane].begun);
  }
}

/* ---- In a batch ---- */

static void expect_finished(const consumer_t *consumer, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < consumer->after_count; i++) {
    consumer_t *after = consumer->after[i];
    uint64_t finished = HEAR(after->finished);
    bool excused = after->group != NULL || HEAR(after->leaving) || HEAR(consumer->round->halting);
    if (!excused) {
      CHECK_AT_LEAST(finished, batch->first_sequence + batch->count);
    }
  }
}

static void expect_taken(const consumer_t *consumer, uint32_t lane, uint64_t number) {
  size_t i;
  for (i = 0; i < consumer->after_count && !HEAR(consumer->round->halting); i++) {
    if (consumer->after[i]->group != NULL) {
      group_expect_taken(consumer->after[i]->group, lane, number);
    }
  }
}

static void expect_shape(const consumer_t *consumer, const disruptor_batch_t *batch) {
  CHECK_AT_LEAST(batch->count, 1);
  CHECK_AT_MOST(batch->count, consumer->round->plan.capacity);
  CHECK((batch->elements != NULL) == !consumer->spans);
  CHECK((batch->span != NULL) == consumer->spans);
  if (consumer->spans && batch->count > 1) {
    CHECK_AT_LEAST(batch->stride, batch->length);
  }
}

void account_read(consumer_t *consumer, const disruptor_batch_t *batch) {
  const plan_t *plan = &consumer->round->plan;
  uint64_t next[LANES];
  bool any[LANES];
  /* What another member left behind may be older. */
  bool may_go_back = consumer->group != NULL && (consumer->group->polls || plan->error_percent > 0);
  size_t i;
  memcpy(next, consumer->next, sizeof next);
  memcpy(any, consumer->any, sizeof any);
  expect_shape(consumer, batch);
  if (!may_go_back) {
    CHECK_AT_LEAST(batch->first_sequence, consumer->next_sequence);
  }
  expect_finished(consumer, batch);
  for (i = 0; i < batch->count; i++) {
    head_t head = element_read(plan, element_of(batch, i));
    uint32_t lane = head.lane % CLAIMED;
    if (consumer->group == NULL) { /* who joins a group may get what it has not got round to yet */
      CHECK_AT_LEAST(head.number, consumer->lower[lane]);
    }
    CHECK_AT_MOST(head.number, LANE_LIMIT - 1);
    if (consumer->group != NULL) {
      /* Other members got what is between. */
      CHECK(may_go_back || !any[lane] || head.number >= next[lane]);
    } else {
      /* A claim that is given up in a halt leaves a gap behind which somebody may just be reading. */
      CHECK(!any[lane] || head.number == next[lane] ||
            (head.number > next[lane] && HEAR(consumer->round->halting)));
    }
    if (!consumer->stamps && plan->staged) {
      element_expect_stamp(&head);
    }
    expect_taken(consumer, lane, head.number);
    next[lane] = head.number + 1;
    any[lane] = true;
  }
}

void account_take(consumer_t *consumer, const disruptor_batch_t *batch, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    disruptor_element_t element = element_of(batch, i);
    head_t head;
    uint32_t lane;
    memcpy(&head, element.data, sizeof head);
    lane = head.lane % CLAIMED;
    if (!consumer->any[lane]) {
      consumer->first[lane] = head.number;
      consumer->any[lane] = true;
    }
    consumer->next[lane] = head.number + 1;
    if (consumer->group != NULL) {
      group_take(consumer->group, lane, head.number);
    }
    consumer->bytes += element.len;
  }
  consumer->elements += count;
  if (count > 0) {
    consumer->next_sequence = batch->first_sequence + count;
  }
}

void account_finish(consumer_t *consumer) {
  unsigned lane;
  for (lane = 0; lane < LANES; lane++) {
    TELL(consumer->passed[lane], consumer->next[lane]);
  }
  TELL(consumer->finished, consumer->next_sequence);
}

/* ---- When all is over ---- */

/* A call that does not tell how many elements got in leaves it to the consumers, who must agree. */
static void settle_doubts(const round_t *round, lane_t *lane, unsigned number) {
  size_t i;
  for (i = 0; i < round->consumer_count && lane->doubtful > 0; i++) {
    const consumer_t *consumer = round->consumers[i];
    if (consumer->stays && consumer->group == NULL && !consumer->is_poller) {
      CHECK_AT_LEAST(consumer->next[number], lane->next); /* both are 0 if it got nothing of this lane */
      CHECK_AT_MOST(consumer->next[number], lane->next + lane->doubtful);
      lane->next = consumer->next[number];
      lane->doubtful = 0;
    }
  }
}

/* The least and the most that it did not get of the elements after its start; the least of those that were accepted
 * before the ring was closed for sure. */
static void expect_all(const consumer_t *consumer, uint64_t *least, uint64_t *most) {
  const round_t *round = consumer->round;
  bool complete = !HEAR(round->halting) && !HEAR(consumer->leaving);
  unsigned lane;
  *least = *most = 0;
  for (lane = 0; lane < LANES; lane++) {
    uint64_t accepted = round->lanes[lane].next;
    uint64_t for_sure = HEAR(round->halting) ? round->done_before_halt[lane] : accepted;
    uint64_t from = consumer->any[lane] ? consumer->next[lane] : consumer->upper[lane];
    /* What a halt gave up it did not get, and may have begun that much later. */
    CHECK(!consumer->any[lane] || consumer->first[lane] <= consumer->upper[lane] + HEAR(round->given_up[lane]));
    CHECK(!consumer->any[lane] || consumer->next[lane] <= accepted);
    *least += for_sure > from ? for_sure - from : 0;
    *most += accepted - (consumer->any[lane] ? consumer->next[lane] : consumer->lower[lane]);
  }
  if (complete && *least > 0) {
    test_fail(__FILE__, __LINE__, "consumer %u%s did not get %llu elements", (unsigned)consumer->id,
              consumer->is_poller ? ", a poller," : "", (unsigned long long)*least);
  }
}

void account_settle(round_t *round, totals_t *totals) {
  bool halted = HEAR(round->halting);
  uint64_t at_least = 0, at_most = 0;
  unsigned lane;
  size_t i;
  for (lane = 0; lane < LANES; lane++) {
    if (!halted) {
      settle_doubts(round, &round->lanes[lane], lane);
      CHECK_U64(round->lanes[lane].doubtful, 0);
    }
    totals->accepted += round->lanes[lane].next - HEAR(round->given_up[lane]);
  }
  for (i = 0; i < round->consumer_count; i++) {
    const consumer_t *consumer = round->consumers[i];
    uint64_t least = 0, most = 0;
    totals->delivered += consumer->elements;
    totals->errors += consumer->errors;
    totals->kinds[IN_SPANS] += consumer->spans ? consumer->elements : 0;
    totals->kinds[LEFT_WHILE_RETRIED] += consumer->group != NULL && consumer->failed_count > 0 && !halted;
    totals->kinds[PINNED] += consumer->cpu >= 0 && !consumer->is_absent;
    if (consumer->group == NULL && !consumer->is_absent) {
      expect_all(consumer, &least, &most);
    }
    at_least = consumer->stays && !consumer->is_poller && consumer->group == NULL && least > at_least ? least : at_least;
    at_most = most > at_most ? most : at_most;
    if (!consumer->is_poller) {
      CHECK_U64(consumer->closes, consumer->starts);
    }
  }
  totals->consumers += round->consumer_count;
  totals->kinds[IN_TWO_GROUPS] += round->groups[1].first != NULL;
  totals->kinds[HANDED_ON_IN_SINGLE] += round->plan.producer_mode == DISRUPTOR_PRODUCER_SINGLE ? round->handed_on : 0;
  for (i = 0; i < GROUPS; i++) {
    group_settle(round, &round->groups[i]);
  }
  if (halted && plan_counts_undelivered(&round->plan)) {
    CHECK_AT_LEAST(totals->undelivered, at_least);
    if (round->groups[0].first == NULL) {
      CHECK_AT_MOST(totals->undelivered, at_most + HEAR(round->released_late));
    }
  }
}

void account_expect_stats(consumer_t *consumer) {
  disruptor_consumer_stats_t stats = test_consumer_stats(consumer->round->ring, consumer->id);
  if (consumer->group == NULL || consumer->failed_count == 0 || !HEAR(consumer->round->halting)) {
    CHECK_U64(stats.consumed, consumer->elements); /* a halt counts what was to be delivered again */
    CHECK_U64(stats.consumed_bytes, consumer->bytes);
  }
  CHECK_U64(stats.errors, consumer->errors);
  CHECK_U64(stats.retries, consumer->retries);
  CHECK_U64(stats.in_batch_ns, 0);
  consumer_expect_name(consumer, &stats);
  if (!consumer->is_poller) {
    CHECK_U64(stats.largest_batch, consumer->largest);
  }
}
