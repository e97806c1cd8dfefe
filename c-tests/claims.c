/* Claims: slots that the producer fills itself, published in any order, abandoned, refused. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, capacity);
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
    disruptor_claim_t claim = claim_values(ring, count, next);
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
      claims[i] = claim_values(ring, count, end * 1000);
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
  first = claim_values(ring, 1, 0);
  produce_all(ring, 1, 1);
  third = claim_values(ring, 2, 2);
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
  claim = claim_values(ring, 3, 0);
  other = claim_values(ring, 2, 0);
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
    disruptor_claim_t claim = claim_values(ring, 4, 0);
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
  open = claim_values(ring, 2, 3);
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
  claim = claim_values(ring, 1, 0);
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
  claim = claim_values(ring, 2, 0);
  for (i = 0; i < ARRAY_LEN(lengths); i++) {
    disruptor_claim_set_len(&claim, 1, lengths[i]);
    CHECK_REFUSED(disruptor_publish(ring, &claim), DISRUPTOR_ELEMENT_TOO_LARGE, "24 element_size");
  }
  CHECK_U64(test_stats(ring).produced, 0);
  disruptor_claim_set_len(&claim, 1, 8);
  CHECK_OK(disruptor_publish(ring, &claim));
  claim = claim_values(ring, 1, 0);
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
};

TEST_MAIN(cases)
