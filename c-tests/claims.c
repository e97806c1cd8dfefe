/* Claims: slots that the producer fills itself, published in any order, abandoned, refused. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

static void fill(const disruptor_claim_t *claim, size_t i, uint64_t value) {
  memcpy(disruptor_claim_data(claim, i), &value, sizeof value);
  disruptor_claim_set_len(claim, i, sizeof value);
}

/* Claims, and fills with values counting up from `first`. */
static disruptor_claim_t claimed(disruptor_t *ring, size_t count, uint64_t first) {
  disruptor_claim_t claim;
  size_t i;
  memset(&claim, 0, sizeof claim);
  CHECK_OK(disruptor_claim(ring, count, FOREVER, &claim));
  CHECK_U64(claim.count, count);
  for (i = 0; i < count; i++) {
    fill(&claim, i, first + i);
  }
  return claim;
}

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  config.element_size = 24;
  return test_ring_of(&config);
}

static void fill_in_place(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 7);
  uint64_t next = 0, laps = test_few_when_spinning(wait_strategy, 200);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  while (laps-- > 0) {
    size_t count = 1 + (size_t)(laps % 7);
    disruptor_claim_t claim = claimed(ring, count, next);
    CHECK_U64(claim.first_sequence, next);
    CHECK_OK(disruptor_publish(ring, &claim));
    next += count;
    produce_all(ring, next, 1); /* both ways in one ring */
    next++;
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, next);
  sink_free(&sink);
}

static void a_claim_is_filled_in_place(void) { test_every_mode_and_strategy(fill_in_place); }

static int32_t is_of_default_length(sink_t *sink, const disruptor_batch_t *batch) {
  (void)sink;
  CHECK_U64(batch->elements[0].len, 24);
  CHECK_U64((uintptr_t)batch->elements[0].data % 8, 0);
  return 0;
}

static void a_length_is_the_elements_size_at_first(void) {
  disruptor_t *ring = ring_in(DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK, 2);
  size_t lap;
  sink_t sink;
  sink_init(&sink);
  sink.hook = is_of_default_length;
  sink_register(&sink, ring);
  for (lap = 0; lap < 5; lap++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 1, FOREVER, &claim));
    memset(disruptor_claim_data(&claim, 0), 'x', 24);
    CHECK_OK(disruptor_publish(ring, &claim));
  }
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 5);
  sink_free(&sink);
}

/* ---- Any order ---- */

enum { OPEN = 6 };

static void shuffle(size_t *order, size_t count, random_t *random) {
  while (count > 1) {
    size_t other = (size_t)random_below(random, count--), kept = order[count];
    order[count] = order[other];
    order[other] = kept;
  }
}

/* Claims are closed in random order, some of them abandoned; the consumer gets the values of the others in the order
 * of the claims, and no batch spans a gap. */
static void publish_in_any_order(uint32_t producer_mode, uint32_t wait_strategy) {
  size_t rounds = test_few_when_spinning(wait_strategy, test_rounds(300)), round, i, j;
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 13);
  random_t random = random_stream(producer_mode * 10 + wait_strategy);
  uint64_t published = 0, end = 0;
  bool *abandoned = calloc(rounds * OPEN * 2, sizeof *abandoned); /* by sequence number */
  uint64_t *expected = calloc(rounds * OPEN * 2, sizeof *expected);
  sink_t sink;
  CHECK(abandoned != NULL && expected != NULL);
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  for (round = 0; round < rounds; round++) {
    disruptor_claim_t claims[OPEN];
    size_t order[OPEN];
    for (i = 0; i < OPEN; i++) {
      size_t count = 1 + (size_t)random_below(&random, 2);
      bool drop = random_below(&random, 4) == 0;
      claims[i] = claimed(ring, count, end * 1000);
      CHECK_U64(claims[i].first_sequence, end);
      for (j = 0; j < count; j++) {
        abandoned[end + j] = drop;
        if (!drop) {
          expected[published++] = end * 1000 + j;
        }
      }
      end += count;
      order[i] = i;
    }
    shuffle(order, OPEN, &random);
    for (i = 0; i < OPEN; i++) {
      const disruptor_claim_t *claim = &claims[order[i]];
      CHECK_OK(abandoned[claim->first_sequence] ? disruptor_abandon(ring, claim) : disruptor_publish(ring, claim));
      random_stagger(&random);
    }
  }
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, published);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.value_count, published);
  CHECK(memcmp(sink.values, expected, (size_t)published * sizeof *expected) == 0);
  for (i = 0; i < sink.batch_count; i++) {
    for (j = 0; j < sink.batches[i].count; j++) {
      CHECK(!abandoned[sink.batches[i].first_sequence + j]);
    }
  }
  sink_free(&sink);
  free(abandoned);
  free(expected);
}

static void claims_are_published_in_any_order(void) { test_every_mode_and_strategy(publish_in_any_order); }

static void hold_back(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t first, third;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  first = claimed(ring, 1, 0);
  produce_all(ring, 1, 1);
  third = claimed(ring, 2, 2);
  CHECK_OK(disruptor_publish(ring, &third));
  CHECK_STATUS(disruptor_flush(ring, 2 * MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_U64(sink_consumed(&sink), 0);
  CHECK_U64(test_stats(ring).produced, 3);
  CHECK_OK(disruptor_publish(ring, &first));
  CHECK_OK(disruptor_flush(ring, FOREVER));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
}

static void an_open_claim_holds_back_what_is_behind(void) { test_every_mode_and_strategy(hold_back); }

static void only_what_is_published_counts_as_produced(void) {
  disruptor_t *ring = ring_in(DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK, 8);
  disruptor_claim_t claim, other;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  claim = claimed(ring, 3, 0);
  other = claimed(ring, 2, 0);
  CHECK_U64(test_stats(ring).produced, 0);
  CHECK_OK(disruptor_abandon(ring, &other));
  CHECK_U64(test_stats(ring).produced, 0);
  CHECK_OK(disruptor_publish(ring, &claim));
  CHECK_U64(test_stats(ring).produced, 3);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, 3);
  CHECK_U64(test_stats(ring).current_lag, 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

static void the_whole_ring_may_be_abandoned(void) {
  disruptor_t *ring = ring_in(DISRUPTOR_PRODUCER_SINGLE, DISRUPTOR_WAIT_BLOCK, 4);
  size_t lap;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  for (lap = 0; lap < 100; lap++) {
    disruptor_claim_t claim = claimed(ring, 4, 0);
    CHECK_OK(disruptor_abandon(ring, &claim));
  }
  produce_all(ring, 7, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 7, 1);
  sink_free(&sink);
}

/* ---- Refused ---- */

static void made_up_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 6);
  static const uint64_t firsts[] = {0, 1, 3, 5, 7, 100, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 7,
                                    UINT64_C(1) << 62, UINT64_C(1) << 63};
  static const size_t counts[] = {0, 1, 2, 3, 4, 6, 7, (size_t)UINT32_MAX, (size_t)UINT32_MAX + 3,
                                  (size_t)1 << 31, ((size_t)1 << 31) + 2, SIZE_MAX, SIZE_MAX - 1};
  disruptor_claim_t open, claim;
  size_t i, j;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  produce_all(ring, 0, 3);
  open = claimed(ring, 2, 3);
  for (i = 0; i < ARRAY_LEN(firsts); i++) {
    for (j = 0; j < ARRAY_LEN(counts); j++) {
      claim = open;
      claim.first_sequence = firsts[i];
      claim.count = counts[j];
      if (firsts[i] != 3 || counts[j] != 2) {
        CHECK_REFUSED(disruptor_publish(ring, &claim), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
        CHECK_REFUSED(disruptor_abandon(ring, &claim), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
      }
    }
  }
  CHECK_OK(disruptor_publish(ring, &open));
  CHECK_STATUS(disruptor_publish(ring, &open), DISRUPTOR_INVALID_ARGUMENT);
  CHECK_STATUS(disruptor_abandon(ring, &open), DISRUPTOR_INVALID_ARGUMENT);
  produce_all(ring, 5, 20);
  CHECK_STATUS(disruptor_publish(ring, &open), DISRUPTOR_INVALID_ARGUMENT); /* some laps later */
  claim = claimed(ring, 1, 0);
  CHECK_OK(disruptor_abandon(ring, &claim));
  CHECK_STATUS(disruptor_publish(ring, &claim), DISRUPTOR_INVALID_ARGUMENT);
  CHECK_STATUS(disruptor_abandon(ring, &claim), DISRUPTOR_INVALID_ARGUMENT);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 25);
  sink_free(&sink);
}

static void what_is_not_an_open_claim_is_refused(void) { test_every_mode_and_strategy(made_up_claims); }

static void a_length_that_is_too_long_leaves_the_claim_open(void) {
  static const size_t lengths[] = {25, 100, 1000, (size_t)UINT32_MAX - 1, (size_t)UINT32_MAX, (size_t)UINT32_MAX + 1,
                                   (size_t)UINT32_MAX + 9, SIZE_MAX};
  disruptor_config_t config = test_config(4);
  disruptor_claim_t claim;
  disruptor_t *ring;
  size_t i;
  sink_t sink;
  config.element_size = 24;
  config.max_element_size = 100; /* claimed elements do not spill */
  ring = test_ring_of(&config);
  sink_init(&sink);
  sink_register(&sink, ring);
  claim = claimed(ring, 2, 0);
  for (i = 0; i < ARRAY_LEN(lengths); i++) {
    disruptor_claim_set_len(&claim, 1, lengths[i]);
    CHECK_REFUSED(disruptor_publish(ring, &claim), DISRUPTOR_ELEMENT_TOO_LARGE, "24 element_size");
  }
  CHECK_U64(test_stats(ring).produced, 0);
  disruptor_claim_set_len(&claim, 1, 8);
  CHECK_OK(disruptor_publish(ring, &claim));
  claim = claimed(ring, 1, 0);
  disruptor_claim_set_len(&claim, 0, SIZE_MAX);
  CHECK_OK(disruptor_abandon(ring, &claim));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
}

static void arguments_are_checked(void) {
  disruptor_t *ring = test_ring(4);
  disruptor_claim_t claim, untouched;
  sink_t sink;
  memset(&claim, 0x5a, sizeof claim);
  untouched = claim;
  CHECK_STATUS(disruptor_claim(ring, 1, 0, &claim), DISRUPTOR_NO_CONSUMERS);
  CHECK_STATUS(disruptor_claim(ring, 1, FOREVER, &claim), DISRUPTOR_NO_CONSUMERS);
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_REFUSED(disruptor_claim(NULL, 1, 0, &claim), DISRUPTOR_INVALID_ARGUMENT, "disruptor NULL");
  CHECK_REFUSED(disruptor_claim(ring, 1, 0, NULL), DISRUPTOR_INVALID_ARGUMENT, "out NULL");
  CHECK_REFUSED(disruptor_claim(ring, 0, 0, &claim), DISRUPTOR_INVALID_ARGUMENT, "count 0 1 4");
  CHECK_REFUSED(disruptor_claim(ring, 5, FOREVER, &claim), DISRUPTOR_INVALID_ARGUMENT, "count 5 4");
  CHECK_REFUSED(disruptor_claim(ring, SIZE_MAX, FOREVER, &claim), DISRUPTOR_INVALID_ARGUMENT, "count");
  CHECK_REFUSED(disruptor_publish(NULL, &claim), DISRUPTOR_INVALID_ARGUMENT, "disruptor NULL");
  CHECK_REFUSED(disruptor_publish(ring, NULL), DISRUPTOR_INVALID_ARGUMENT, "claim NULL");
  CHECK_REFUSED(disruptor_abandon(NULL, &claim), DISRUPTOR_INVALID_ARGUMENT, "disruptor NULL");
  CHECK_REFUSED(disruptor_abandon(ring, NULL), DISRUPTOR_INVALID_ARGUMENT, "claim NULL");
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_STATUS(disruptor_claim(ring, 1, FOREVER, &claim), DISRUPTOR_CLOSED);
  CHECK(memcmp(&claim, &untouched, sizeof claim) == 0);
  CHECK_OK(disruptor_destroy(ring));
  sink_free(&sink);
}

/* ---- Room ---- */

static void claim_all_or_none(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
  disruptor_claim_t claim, untouched;
  uint64_t began;
  sink_t sink;
  memset(&claim, 0x5a, sizeof claim);
  untouched = claim;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  CHECK_REFUSED(disruptor_claim(ring, 4, 0, &claim), DISRUPTOR_FULL, "4");
  began = test_now_ns();
  CHECK_STATUS(disruptor_claim(ring, 4, 3 * MILLISECOND, &claim), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  CHECK_U64(test_stats(ring).producer_blocked_count, 1);
  CHECK(memcmp(&claim, &untouched, sizeof claim) == 0);
  claim = claimed(ring, 3, 1); /* nothing was taken before */
  CHECK_STATUS(disruptor_claim(ring, 1, 0, &untouched), DISRUPTOR_FULL);
  CHECK_OK(disruptor_publish(ring, &claim));
  sink_release(&sink);
  claim = claimed(ring, 4, 4);
  CHECK_OK(disruptor_publish(ring, &claim));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
}

static void all_slots_or_none(void) { test_every_mode_and_strategy(claim_all_or_none); }

static void *claim_until_closed(void *ring) {
  disruptor_claim_t claim;
  CHECK_STATUS(disruptor_claim(ring, 2, FOREVER, &claim), DISRUPTOR_CLOSED);
  return NULL;
}

static void wait_until_closed(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 2);
  pthread_t thread;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  thread = test_spawn(claim_until_closed, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  test_join(thread);
  sink_release(&sink);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 1);
  sink_free(&sink);
}

static void a_claim_that_waits_ends_with_close(void) { test_every_mode_and_strategy(wait_until_closed); }

static int32_t produce_from_within(sink_t *sink, const disruptor_batch_t *batch) {
  disruptor_claim_t claim;
  if (batch->first_sequence == 0) {
    CHECK_OK(disruptor_claim(sink->ring, 3, FOREVER, &claim)); /* there is room */
    CHECK_U64(claim.first_sequence, 1);
    fill(&claim, 0, 1);
    fill(&claim, 1, 2);
    fill(&claim, 2, 3);
    CHECK_STATUS(disruptor_claim(sink->ring, 1, 0, &claim), DISRUPTOR_FULL);
    CHECK_STATUS(disruptor_claim(sink->ring, 1, FOREVER, &claim), DISRUPTOR_WOULD_DEADLOCK);
    CHECK_OK(disruptor_publish(sink->ring, &claim));
  }
  return 0;
}

static void claims_of_a_consumers_own_thread(void) {
  disruptor_t *ring = test_ring(4);
  sink_t sink;
  sink_init(&sink);
  sink.hook = produce_from_within;
  sink_register(&sink, ring);
  produce_all(ring, 0, 1);
  sink_await(&sink, 4);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
}

/* ---- Close ---- */

static void close_with_open_claims(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t first, second, third;
  uint64_t began;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  first = claimed(ring, 2, 0);
  second = claimed(ring, 1, 0);
  third = claimed(ring, 1, 2);
  began = test_now_ns();
  CHECK_STATUS(disruptor_close(ring, 3 * MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_AT_LEAST(test_now_ns() - began, 3 * MILLISECOND);
  CHECK_U64(test_stats(ring).state, DISRUPTOR_STATE_CLOSING);
  CHECK_OK(disruptor_publish(ring, &third));
  CHECK_OK(disruptor_publish(ring, &first));
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  CHECK_OK(disruptor_abandon(ring, &second));
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, 3);
  CHECK_STATUS(disruptor_abandon(ring, &second), DISRUPTOR_INVALID_ARGUMENT);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.consumed, 3);
  CHECK_U64(sink.values[0], 0);
  CHECK_U64(sink.values[2], 2);
  sink_expect_closed(&sink);
  sink_free(&sink);
}

static void close_waits_for_open_claims(void) { test_every_mode_and_strategy(close_with_open_claims); }

typedef struct {
  disruptor_t *ring;
  disruptor_claim_t claim;
} held_claim_t;

static void *publish_late(void *of) {
  held_claim_t *held = of;
  random_t random = random_stream(held->claim.first_sequence);
  random_stagger(&random);
  CHECK_OK(disruptor_publish(held->ring, &held->claim));
  return NULL;
}

static void publishing_while_it_closes(void) {
  size_t round, rounds = test_rounds(300);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = ring_in((uint32_t)(round % 2), DISRUPTOR_WAIT_BLOCK, 4);
    random_t random = random_stream(round);
    held_claim_t held;
    pthread_t thread;
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    held.ring = ring;
    held.claim = claimed(ring, 2, 0);
    thread = test_spawn(publish_late, &held);
    random_stagger(&random);
    CHECK_OK(disruptor_close(ring, FOREVER));
    test_join(thread);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 2);
    sink_free(&sink);
  }
}

/* ---- Consumers that come and go while a claim is open ---- */

static void change_consumers(uint32_t producer_mode, uint32_t wait_strategy) {
  uint32_t variant;
  for (variant = 0; variant < 3; variant++) { /* a consumer, a member of a group, a poller */
    disruptor_t *ring = ring_in(producer_mode, wait_strategy, 4);
    disruptor_claim_t first, second, third;
    disruptor_consumer_config_t config;
    disruptor_poller_t *poller = NULL;
    disruptor_batch_t batch;
    uint32_t dependencies[SINK_DEPENDENCIES];
    sink_t before, after;
    sink_init(&before);
    sink_init(&after);
    sink_register(&before, ring);
    first = claimed(ring, 1, 100);
    second = claimed(ring, 1, 101);
    if (variant == 2) {
      disruptor_consumer_config_init(&config);
      CHECK_OK(disruptor_poller_create(ring, &config, &poller));
    } else {
      config = sink_config(&after, dependencies);
      config.group = variant;
      sink_register_with(&after, ring, &config);
    }
    sink_unregister(&before);
    produce_all(ring, 0, 2);
    if (variant == 2) {
      CHECK_STATUS(disruptor_poll(poller, 0, &batch), DISRUPTOR_EMPTY);
    }
    CHECK_STATUS(disruptor_claim(ring, 1, 0, &third), DISRUPTOR_FULL); /* their slots are still being written */
    CHECK_OK(disruptor_publish(ring, &second));
    CHECK_STATUS(disruptor_claim(ring, 1, 0, &third), DISRUPTOR_FULL);
    CHECK_OK(disruptor_publish(ring, &first));
    if (variant == 2) {
      CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
      CHECK_U64(batch.first_sequence, 2);
      CHECK_U64(batch.count, 2);
      CHECK_OK(disruptor_poller_release(poller, 2));
    }
    produce_all(ring, 2, variant == 2 ? 4 : 20);
    CHECK_OK(disruptor_destroy(ring));
    if (variant == 2) {
      CHECK_OK(disruptor_poller_destroy(poller));
    } else {
      sink_expect(&after, 0, 22);
    }
    sink_expect(&before, 0, 0);
    sink_free(&before);
    sink_free(&after);
  }
}

static void slots_of_open_claims_outlast_the_consumers(void) { test_every_mode_and_strategy(change_consumers); }

/* ---- Many threads ---- */

enum { THREADS = 3 };

typedef struct {
  disruptor_t *ring;
  uint64_t number, published, rounds;
} producer_t;

/* Values: the thread's number, and a count of its own. */
static void *claim_and_publish(void *of) {
  producer_t *producer = of;
  random_t random = random_stream(producer->number);
  uint64_t round;
  size_t i;
  for (round = 0; round < producer->rounds; round++) {
    size_t count = 1 + (size_t)random_below(&random, 3);
    disruptor_claim_t claim = claimed(producer->ring, count, producer->number << 32 | producer->published);
    if (random_below(&random, 8) == 0) {
      random_stagger(&random);
    }
    switch (random_below(&random, 4)) {
      case 0:
        CHECK_OK(disruptor_abandon(producer->ring, &claim));
        break;
      case 1:
        CHECK_OK(disruptor_abandon(producer->ring, &claim));
        for (i = 0; i < count; i++) {
          produce_all(producer->ring, producer->number << 32 | (producer->published + i), 1);
        }
        producer->published += count;
        break;
      default:
        CHECK_OK(disruptor_publish(producer->ring, &claim));
        producer->published += count;
    }
  }
  return NULL;
}

static void many_threads_claim(void) {
  disruptor_t *ring = ring_in(DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK, 11);
  producer_t producers[THREADS];
  pthread_t threads[THREADS];
  uint64_t next[THREADS] = {0}, total = 0;
  size_t i;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  for (i = 0; i < THREADS; i++) {
    producers[i].ring = ring;
    producers[i].number = i;
    producers[i].published = 0;
    producers[i].rounds = test_rounds(3000);
    threads[i] = test_spawn(claim_and_publish, &producers[i]);
  }
  for (i = 0; i < THREADS; i++) {
    test_join(threads[i]);
    total += producers[i].published;
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, total);
  CHECK_U64(test_consumer_stats(ring, sink.id).consumed, total);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.value_count, total);
  for (i = 0; i < total; i++) {
    size_t thread = (size_t)(sink.values[i] >> 32);
    CHECK(thread < THREADS);
    CHECK_U64(sink.values[i] & UINT32_MAX, next[thread]);
    next[thread]++;
  }
  sink_free(&sink);
}

typedef struct {
  held_claim_t held;
  counter_t *go;
  disruptor_status_t status;
} rival_t;

static void *publish_at_once(void *of) {
  rival_t *rival = of;
  counter_await(rival->go, 1);
  rival->status = disruptor_publish(rival->held.ring, &rival->held.claim);
  return NULL;
}

static void of_two_that_publish_the_same_one_succeeds(void) {
  size_t round, rounds = test_rounds(300);
  disruptor_t *ring = ring_in(DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_WAIT_BLOCK, 4);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (round = 0; round < rounds; round++) {
    counter_t go = COUNTER_INIT;
    rival_t rivals[2];
    pthread_t threads[2];
    size_t i;
    rivals[0].held.ring = ring;
    rivals[0].held.claim = claimed(ring, 1, round);
    rivals[0].go = &go;
    rivals[1] = rivals[0];
    for (i = 0; i < 2; i++) {
      threads[i] = test_spawn(publish_at_once, &rivals[i]);
    }
    counter_set(&go, 1);
    for (i = 0; i < 2; i++) {
      test_join(threads[i]);
    }
    CHECK(rivals[0].status == DISRUPTOR_OK || rivals[1].status == DISRUPTOR_OK);
    CHECK_STATUS(rivals[0].status == DISRUPTOR_OK ? rivals[1].status : rivals[0].status, DISRUPTOR_INVALID_ARGUMENT);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(a_claim_is_filled_in_place),
    CASE(a_length_is_the_elements_size_at_first),
    CASE(claims_are_published_in_any_order),
    CASE(an_open_claim_holds_back_what_is_behind),
    CASE(only_what_is_published_counts_as_produced),
    CASE(the_whole_ring_may_be_abandoned),
    CASE(what_is_not_an_open_claim_is_refused),
    CASE(a_length_that_is_too_long_leaves_the_claim_open),
    CASE(arguments_are_checked),
    CASE(all_slots_or_none),
    CASE(a_claim_that_waits_ends_with_close),
    CASE(claims_of_a_consumers_own_thread),
    CASE(close_waits_for_open_claims),
    CASE(publishing_while_it_closes),
    CASE(slots_of_open_claims_outlast_the_consumers),
    CASE(many_threads_claim),
    CASE(of_two_that_publish_the_same_one_succeeds),
};

TEST_MAIN(cases)
