/* Claims: several open at a time, published or abandoned in any order, by the producer or by the courier. */
#include "torture.h"

enum { OPEN = 4, SLOTS = 16 };

typedef struct {
  disruptor_claim_t claim;
  bool abandon;
} open_t;

static void write_element(producer_t *producer, const disruptor_claim_t *claim, uint64_t first, size_t i, void *to) {
  const plan_t *plan = &producer->round->plan;
  size_t length = element_write(plan, producer->lane | CLAIMED, first + i, to);
  if (length != plan->element_size) { /* which is what it is if nothing is said */
    disruptor_claim_set_len(claim, i, length);
  }
}

static void write_elements(producer_t *producer, const disruptor_claim_t *claim, uint64_t first) {
  size_t i;
  for (i = 0; i < claim->count; i++) {
    write_element(producer, claim, first, i, disruptor_claim_data(claim, i));
  }
}

/* The same, as far as the slots lie side by side: twice at most, because the ring ends once. */
static void write_spans(producer_t *producer, const disruptor_claim_t *claim, uint64_t first) {
  size_t i, j, count, spans = 0;
  for (i = 0; i < claim->count; i += count, spans++) {
    uint8_t *to = disruptor_claim_span(claim, i, &count);
    CHECK_AT_LEAST(count, 1);
    CHECK_AT_MOST(count, claim->count - i);
    for (j = 0; j < count; j++) {
      CHECK(to + j * claim->stride == disruptor_claim_data(claim, i + j));
      write_element(producer, claim, first, i + j, to + j * claim->stride);
    }
  }
  CHECK_AT_MOST(spans, 2);
}

/* By the header's inline function or by a call. What is published without a call is not guarded against collisions. */
static disruptor_status_t publish_in_pieces(round_t *round, random_t *random, disruptor_claim_t *claim) {
  disruptor_status_t status = DISRUPTOR_OK;
  doing("disruptor_claim_publish");
  while (claim->count > 0 && status == DISRUPTOR_OK) {
    size_t piece = 1 + random_below(random, claim->count);
    status = random_below(random, 3) == 0 ? disruptor_publish_prefix(round->ring, claim, piece)
                                          : disruptor_claim_publish(round->ring, claim, piece);
  }
  return status;
}

static void settle(const producer_t *producer, random_t *random, disruptor_claim_t *claim, bool abandon) {
  round_t *round = producer->round;
  const plan_t *plan = &round->plan;
  bool collides = plan->producer_mode == DISRUPTOR_PRODUCER_SINGLE && (!plan->takes_turns || plan->in_callback);
  disruptor_status_t status;
  if (!abandon && !collides && random_below(random, 2) == 0) {
    status = publish_in_pieces(round, random, claim);
  } else {
    doing(abandon ? "disruptor_abandon" : "disruptor_publish");
    do {
      status = abandon ? disruptor_abandon(round->ring, claim) : disruptor_publish(round->ring, claim);
    } while (status == DISRUPTOR_CONCURRENT_USE && collides);
  }
  if (status == DISRUPTOR_CLOSED && !abandon) { /* nobody would get them any more */
    CHECK(HEAR(round->halting));
    COUNT(round->given_up[producer->lane], claim->count);
  } else {
    CHECK_OK(status);
  }
}

/* To the courier, if it has a hand free. */
static bool hand_over(producer_t *producer, const open_t *open) {
  round_t *round = producer->round;
  bool taken = false;
  if (round->plan.hands_on && random_below(&producer->random, 3) == 0) {
    pthread_mutex_lock(&round->mutex);
    taken = round->parcel_count < ARRAY_LEN(round->parcels);
    if (taken) {
      parcel_t parcel = {open->claim, producer, open->abandon};
      COUNT(producer->on_their_way, 1);
      round->parcels[round->parcel_count++] = parcel;
    }
    pthread_mutex_unlock(&round->mutex);
  }
  return taken;
}

/* The elements' numbers follow the order of the claims, which is the order in which consumers get them. Whether a claim
 * will be abandoned is known before, so that no number is lost with it. */
static bool claim_more(producer_t *producer, open_t *open) {
  round_t *round = producer->round;
  lane_t *lane = &round->lanes[producer->lane];
  random_t *random = &producer->random;
  size_t most = round->plan.capacity < SLOTS ? round->plan.capacity : SLOTS;
  size_t count = 1 + random_below(random, random_below(random, 3) == 0 ? most : 1);
  /* With another claim open it could wait for itself. */
  uint64_t patience = producer->open == 0 ? random_below(random, 2 * MILLISECOND) : random_below(random, 2) * 20000;
  uint64_t first = lane->next;
  disruptor_status_t status;
  open->abandon = random_below(random, 5) == 0;
  lane_begin(producer, count);
  doing("disruptor_claim");
  status = disruptor_claim(round->ring, count, patience, &open->claim);
  if (status == DISRUPTOR_OK) {
    CHECK_U64(open->claim.count, count);
    if (random_below(random, 2) == 0) {
      write_elements(producer, &open->claim, first);
    } else {
      write_spans(producer, &open->claim, first);
    }
    lane->next += open->abandon ? 0 : count;
    return true;
  }
  lane_end(producer, status, 0);
  return false;
}

void produce_in_place(producer_t *producer) {
  open_t open[OPEN];
  size_t wanted = 1 + random_below(&producer->random, OPEN);
  while (producer->open < wanted && claim_more(producer, &open[producer->open])) {
    producer->open++;
  }
  random_stagger(&producer->random);
  while (producer->open > 0) {
    size_t at = random_below(&producer->random, producer->open);
    if (!hand_over(producer, &open[at])) {
      settle(producer, &producer->random, &open[at].claim, open[at].abandon);
    }
    open[at] = open[--producer->open];
  }
  lane_end(producer, DISRUPTOR_OK, 0);
}

/* One at a time in a ring for single producers: whoever takes turns takes the courier's as well, else they collide. */
static void deliver(round_t *round, random_t *random, parcel_t *parcel) {
  bool locks = round->plan.producer_mode == DISRUPTOR_PRODUCER_SINGLE && round->plan.takes_turns;
  if (locks) {
    doing("a wait for its turn");
    pthread_mutex_lock(&round->turn);
  }
  settle(parcel->producer, random, &parcel->claim, parcel->abandon);
  if (locks) {
    pthread_mutex_unlock(&round->turn);
  }
  round->handed_on++;
  atomic_fetch_sub_explicit(&parcel->producer->on_their_way, 1, memory_order_release);
}

void *courier_main(void *argument) {
  round_t *round = argument;
  random_t random = plan_random(&round->plan, 50);
  role("courier", 0);
  for (;;) {
    parcel_t parcel;
    bool has_one = false, may_go;
    pthread_mutex_lock(&round->mutex);
    may_go = round->courier_may_go && round->parcel_count == 0;
    if (round->parcel_count > 0) {
      size_t at = random_below(&random, round->parcel_count);
      parcel = round->parcels[at];
      round->parcels[at] = round->parcels[--round->parcel_count];
      has_one = true;
    }
    pthread_mutex_unlock(&round->mutex);
    if (may_go) {
      return NULL;
    }
    if (has_one) {
      random_stagger(&random);
      deliver(round, &random, &parcel);
    } else {
      doing("a look for parcels");
      test_pause();
    }
  }
}
