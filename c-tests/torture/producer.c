/* Producers: one element or many, copied or written in place, with all kinds of patience. */
#include "torture.h"

#include <stdlib.h>
#include <time.h>

/* ---- A lane ---- */

bool lane_has_room(const producer_t *producer, size_t count) {
  return producer->round->lanes[producer->lane].next + count <= LANE_LIMIT;
}

void lane_begin(producer_t *producer, size_t count) {
  lane_t *lane = &producer->round->lanes[producer->lane];
  TELL(lane->begun, lane->next + count);
}

void lane_end(producer_t *producer, disruptor_status_t status, size_t accepted) {
  const plan_t *plan = &producer->round->plan;
  lane_t *lane = &producer->round->lanes[producer->lane];
  lane->next += accepted;
  TELL(lane->begun, lane->next + lane->doubtful);
  if (producer->open == 0 && HEAR_ALL(producer->on_their_way) == 0) {
    TELL_ALL(lane->done, lane->next);
  }
  switch (status) {
    case DISRUPTOR_OK:
    case DISRUPTOR_FULL:
    case DISRUPTOR_TIMED_OUT:
      break;
    case DISRUPTOR_CLOSED:
      producer->is_closed = true;
      break;
    case DISRUPTOR_NO_CONSUMERS:
      CHECK(plan_may_be_empty(plan));
      test_pause();
      break;
    case DISRUPTOR_CONCURRENT_USE:
      CHECK(plan->producer_mode == DISRUPTOR_PRODUCER_SINGLE && (!plan->takes_turns || plan->in_callback));
      break;
    case DISRUPTOR_WOULD_DEADLOCK:
      CHECK(producer->lane == CALLBACK_LANE);
      break;
    default:
      CHECK_OK(status);
  }
}

/* ---- Copied ---- */

static void fill(producer_t *producer, disruptor_slice_t *slices, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    uint8_t *to = producer->bytes + i * producer->element_room;
    slices[i].len = element_write(&producer->round->plan, producer->lane,
                                  producer->round->lanes[producer->lane].next + i, to);
    slices[i].data = to;
  }
}

static void produce_one(producer_t *producer) {
  disruptor_slice_t slice;
  disruptor_status_t status;
  fill(producer, &slice, 1);
  lane_begin(producer, 1);
  doing("disruptor_produce_one");
  status = disruptor_produce_one(producer->round->ring, slice.data, slice.len);
  lane_end(producer, status, status == DISRUPTOR_OK);
}

static void produce_many(producer_t *producer, size_t count) {
  disruptor_slice_t slices[PORTION];
  disruptor_status_t status;
  fill(producer, slices, count);
  lane_begin(producer, count);
  doing("disruptor_produce");
  status = disruptor_produce(producer->round->ring, slices, count);
  if (status == DISRUPTOR_CLOSED) {
    producer->round->lanes[producer->lane].doubtful = count;
  }
  lane_end(producer, status, status == DISRUPTOR_OK ? count : 0);
}

static void produce_patiently(producer_t *producer, size_t count, uint64_t timeout_ns) {
  disruptor_slice_t slices[PORTION];
  disruptor_status_t status;
  size_t accepted = SIZE_MAX;
  fill(producer, slices, count);
  lane_begin(producer, count);
  doing("disruptor_produce_timeout");
  status = disruptor_produce_timeout(producer->round->ring, slices, count, timeout_ns, &accepted);
  CHECK_AT_MOST(accepted, count);
  CHECK((status == DISRUPTOR_OK) == (accepted == count) || (count == 0 && accepted == 0));
  lane_end(producer, status, accepted);
}

/* ---- A thread ---- */

/* Nobody waits without limit where another one may have to publish first; and calls that do not tell how many elements
 * got in are for where the consumers can tell afterwards. */
static void produce_something(producer_t *producer, bool hurries) {
  const plan_t *plan = &producer->round->plan;
  random_t *random = &producer->random;
  size_t count = random_below(random, random_below(random, 4) == 0 ? PORTION + 1 : 4);
  uint64_t patience = random_below(random, 3) == 0 ? 0 : random_below(random, 2 * MILLISECOND);
  bool counted = plan_may_be_empty(plan) || hurries || plan_halts(plan);
  switch (random_below(random, 6)) {
    case 0:
      if (!hurries) {
        produce_one(producer);
        break;
      }
      produce_patiently(producer, 1, patience);
      break;
    case 1:
      if (!counted) {
        produce_many(producer, count);
        break;
      }
      produce_patiently(producer, count, hurries ? patience : FOREVER);
      break;
    case 2:
    case 3:
      produce_patiently(producer, count, hurries || random_below(random, 2) == 0 ? patience : FOREVER);
      break;
    default:
      produce_in_place(producer);
  }
}

static void rest(random_t *random) {
  if (random_below(random, 64) == 0) {
    struct timespec pause = {0, (long)random_below(random, 300000)};
    doing("a pause");
    nanosleep(&pause, NULL);
  } else if (random_below(random, 8) == 0) {
    random_stagger(random);
  }
}

static void prepare(producer_t *producer) {
  const plan_t *plan = &producer->round->plan;
  producer->element_room = plan->max_element_size > 0 ? plan->max_element_size : plan->element_size;
  producer->bytes = malloc(PORTION * producer->element_room);
  CHECK(producer->bytes != NULL);
}

void *producer_main(void *argument) {
  producer_t *producer = argument;
  round_t *round = producer->round;
  bool is_single = round->plan.producer_mode == DISRUPTOR_PRODUCER_SINGLE;
  bool locks = is_single && round->plan.takes_turns;
  bool hurries = is_single && (!locks || round->plan.in_callback || round->plan.hands_on);
  role("producer", producer->lane);
  producer->random = plan_random(&round->plan, 100 + producer->lane);
  prepare(producer);
  while (!producer->is_closed && !HEAR(round->stop) && lane_has_room(producer, PORTION * 8)) {
    if (locks) {
      doing("a wait for its turn");
      pthread_mutex_lock(&round->turn);
    }
    produce_something(producer, hurries);
    if (locks) {
      pthread_mutex_unlock(&round->turn);
    }
    rest(&producer->random);
  }
  doing("its end");
  free(producer->bytes);
  return NULL;
}

void produce_in_callback(round_t *round, random_t *random) {
  producer_t producer = {.round = round, .lane = CALLBACK_LANE};
  size_t count = random_below(random, 4);
  if (lane_has_room(&producer, count)) {
    prepare(&producer);
    produce_patiently(&producer, count, random_below(random, 2) == 0 ? 0 : FOREVER);
    free(producer.bytes);
  }
}
