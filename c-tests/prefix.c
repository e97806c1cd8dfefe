/* Open claims that are published bit by bit: by the inline function, which mostly needs no call, and by the exported
 * one, which other languages use. */
#include "sink.h"

#include <string.h>

typedef disruptor_status_t publish_fn(disruptor_t *, disruptor_claim_t *, size_t);

static publish_fn *const PUBLISHERS[] = {disruptor_claim_publish, disruptor_publish_prefix};
static const uint32_t MODES[] = {DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_PRODUCER_SINGLE};

/* Runs a case for each publisher in each producer mode. */
static void for_all(void (*run)(publish_fn *, uint32_t)) {
  size_t p, m;
  for (p = 0; p < ARRAY_LEN(PUBLISHERS); p++) {
    for (m = 0; m < ARRAY_LEN(MODES); m++) {
      run(PUBLISHERS[p], MODES[m]);
    }
  }
}

static disruptor_t *ring_of(size_t capacity, uint32_t producer_mode) {
  disruptor_config_t config = test_config_in(producer_mode, DISRUPTOR_WAIT_BLOCK, capacity);
  config.element_size = sizeof(uint64_t);
  return test_ring_of(&config);
}

/* All of one length, which is not said: so that publishing needs no call. */
static void put(const disruptor_claim_t *claim, size_t i, uint64_t value) {
  memcpy(disruptor_claim_data(claim, i), &value, sizeof value);
}

/* Pieces of all sizes, round and round the ring; each is counted at once, and the rest of the claim never. */
static void pieces(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(13, producer_mode);
  uint64_t value = 0, rounds = test_rounds(300), round;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (round = 0; round < rounds; round++) {
    size_t piece = 1 + (size_t)(round % 5);
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 11, FOREVER, &claim));
    while (claim.count > 0) {
      size_t count = piece < claim.count ? piece : claim.count, left = claim.count, i;
      for (i = 0; i < count; i++) {
        put(&claim, i, value++);
      }
      CHECK_OK(publish(ring, &claim, count));
      CHECK_U64(claim.count, left - count);
      CHECK_U64(claim.first_sequence, value);
      CHECK_U64(test_stats(ring).produced, value);
    }
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, value);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void pieces_round_the_ring(void) { for_all(pieces); }

/* A consumer that sleeps is woken by each piece. */
static void wake(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(64, producer_mode);
  disruptor_claim_t claim;
  uint64_t value;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 64, FOREVER, &claim));
  for (value = 0; value < 64; value++) {
    put(&claim, 0, value);
    CHECK_OK(publish(ring, &claim, 1));
    sink_await(&sink, value + 1);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 64);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void each_piece_wakes(void) { for_all(wake); }

/* A claim behind another one is published in pieces first. */
static void behind(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(16, producer_mode);
  disruptor_claim_t first, second;
  uint64_t value;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &first));
  CHECK_OK(disruptor_claim(ring, 5, 0, &second));
  for (value = 3; value < 7; value++) {
    put(&second, 0, value);
    CHECK_OK(publish(ring, &second, 1));
    CHECK_U64(test_stats(ring).produced, value - 2);
  }
  put(&first, 0, 0);
  CHECK_OK(publish(ring, &first, 1));
  sink_await(&sink, 1);
  put(&first, 0, 1);
  put(&first, 1, 2);
  CHECK_OK(publish(ring, &first, 2));
  sink_await(&sink, 7);
  put(&second, 0, 7);
  CHECK_OK(disruptor_publish(ring, &second));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void pieces_behind_another_claim(void) { for_all(behind); }

/* The rest of a claim that was begun is abandoned, and does not count. */
static void rest(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  disruptor_claim_t claim;
  uint64_t round, value = 0;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  for (round = 0; round < 20; round++) {
    CHECK_OK(disruptor_claim(ring, 7, FOREVER, &claim));
    put(&claim, 0, value++);
    put(&claim, 1, value++);
    CHECK_OK(publish(ring, &claim, 2));
    CHECK_OK(disruptor_abandon(ring, &claim));
    CHECK_U64(test_stats(ring).produced, value);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, value);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void the_rest_is_abandoned(void) { for_all(rest); }

/* Copies of a claim that has moved on are found out; a count that is too large changes nothing. */
static void misuse(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  disruptor_claim_t claim, stale;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 4, 0, &claim));
  stale = claim;
  CHECK_REFUSED(publish(ring, &claim, 5), DISRUPTOR_INVALID_ARGUMENT, "count 5 0 4");
  CHECK_OK(publish(ring, &claim, 0));
  CHECK_U64(claim.count, 4);
  put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_REFUSED(publish(ring, &stale, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_REFUSED(disruptor_publish(ring, &stale), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_REFUSED(disruptor_abandon(ring, &stale), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  put(&claim, 0, 1);
  put(&claim, 1, 2);
  put(&claim, 2, 3);
  CHECK_OK(publish(ring, &claim, 3));
  CHECK_U64(claim.count, 0);
  CHECK_REFUSED(publish(ring, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void copies_that_are_stale(void) { for_all(misuse); }

/* Publishing nothing needs an open claim as well, and then does nothing to it, whatever the ring is doing. */
static void nothing_of(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode), *other = ring_of(8, producer_mode);
  disruptor_claim_t claim, stale, never, behind;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  memset(&never, 0, sizeof never);
  CHECK_REFUSED(publish(ring, &never, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 0");
  CHECK_OK(disruptor_claim(ring, 3, 0, &claim));
  CHECK_OK(disruptor_claim(ring, 2, 0, &behind));
  CHECK_REFUSED(publish(other, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 0");
  CHECK_OK(publish(ring, &claim, 0));
  CHECK_OK(publish(ring, &behind, 0));
  CHECK_U64(claim.first_sequence, 0);
  CHECK_U64(claim.count, 3);
  CHECK_U64(test_stats(ring).produced, 0);
  stale = claim;
  put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_REFUSED(publish(ring, &stale, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 0");
  CHECK_OK(publish(ring, &claim, 0));
  CHECK_OK(disruptor_abandon(ring, &behind));
  CHECK_REFUSED(publish(ring, &behind, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 3");
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_OK(publish(ring, &claim, 0));
  put(&claim, 0, 1);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL));
  CHECK_OK(publish(ring, &claim, 0)); /* nothing is lost, and the claim not given up ... */
  CHECK_STATUS(publish(ring, &claim, 1), DISRUPTOR_CLOSED);
  CHECK_REFUSED(publish(ring, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 2"); /* ... until then */
  CHECK_U64(test_stats(ring).produced, 2);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_destroy(other));
}

static void nothing_of_a_claim(void) { for_all(nothing_of); }

/* A claim that was published to its end has nothing more to publish, and is over. */
static void nothing_is_left(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 2, 0, &claim));
  put(&claim, 0, 0);
  put(&claim, 1, 1);
  CHECK_OK(publish(ring, &claim, 2));
  CHECK_U64(claim.count, 0);
  CHECK_REFUSED(publish(ring, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 2");
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_REFUSED(publish(ring, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 2");
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void nothing_of_a_claim_that_is_over(void) { for_all(nothing_is_left); }

/* A claim of the lap before, with the same count at the same slot as one that is open now. */
static void lap_before(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(4, producer_mode);
  disruptor_claim_t old, claim;
  sink_t sink;
  size_t i;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 4, FOREVER, &old));
  for (i = 0; i < 4; i++) {
    put(&old, i, i);
  }
  CHECK_OK(disruptor_publish(ring, &old));
  CHECK_OK(disruptor_claim(ring, 4, FOREVER, &claim));
  CHECK_REFUSED(publish(ring, &old, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  for (i = 0; i < 4; i++) {
    put(&claim, 0, 4 + i);
    CHECK_OK(publish(ring, &claim, 1));
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void copies_of_the_lap_before(void) { for_all(lap_before); }

/* Another disruptor's handle, or none, is found out. */
static void handles(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(4, producer_mode), *other = ring_of(4, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 2, FOREVER, &claim));
  CHECK_REFUSED(publish(NULL, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "disruptor");
  CHECK_REFUSED(publish(other, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  put(&claim, 0, 0);
  put(&claim, 1, 1);
  CHECK_OK(publish(ring, &claim, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_destroy(other));
}

static void handles_of_others(void) { for_all(handles); }

/* What `disruptor_claim_publish` has announced and not yet done is open, as far as numbers go. */
static void announced(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(4, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 3, FOREVER, &claim));
  if (claim.direct != NULL && claim.direct->front != NULL) {
    __atomic_store_n(&claim.direct->front[0], claim.first_sequence + 1, __ATOMIC_RELAXED);
    CHECK_U64(test_stats(ring).produced, 0);
    __atomic_store_n(&claim.direct->front[0], claim.first_sequence, __ATOMIC_RELEASE);
  } else if (claim.direct != NULL) {
    uint32_t *open_count = &claim.direct->open_counts[(size_t)claim.first_sequence & claim.mask];
    __atomic_store_n(open_count, (uint32_t)3 | (uint32_t)1 << 30, __ATOMIC_RELAXED);
    CHECK_U64(test_stats(ring).produced, 0);
    __atomic_store_n(open_count, (uint32_t)3, __ATOMIC_RELEASE);
  }
  CHECK_OK(disruptor_halt(ring, FOREVER, NULL));
  put(&claim, 0, 0);
  CHECK_STATUS(publish(ring, &claim, 1), DISRUPTOR_CLOSED);
  CHECK_U64(test_stats(ring).produced, 0);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void not_counted_until_it_is_certain(void) { for_all(announced); }

/* Lengths belong to their pieces; one that is too large is refused with its piece alone. */
static void lengths(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  disruptor_consumer_config_t config;
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  disruptor_claim_t claim;
  disruptor_consumer_config_init(&config);
  CHECK_OK(disruptor_poller_create(ring, &config, &poller));
  CHECK_OK(disruptor_claim(ring, 4, 0, &claim));
  disruptor_claim_set_len(&claim, 1, 3);
  disruptor_claim_set_len(&claim, 2, 9);
  CHECK_OK(publish(ring, &claim, 2));
  CHECK_REFUSED(publish(ring, &claim, 1), DISRUPTOR_ELEMENT_TOO_LARGE, "9 8");
  CHECK_U64(claim.count, 2);
  disruptor_claim_set_len(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_OK(disruptor_poll(poller, 0, &batch));
  CHECK_U64(batch.count, 4);
  CHECK_U64(batch.elements[0].len, 8);
  CHECK_U64(batch.elements[1].len, 3);
  CHECK_U64(batch.elements[2].len, 0);
  CHECK_U64(batch.elements[3].len, 8);
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_destroy(ring));
}

static void lengths_of_pieces(void) { for_all(lengths); }

/* Consumers that hold elements back are told: they get theirs when there are enough, or no room for more. */
static void held_back(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  disruptor_claim_t claim;
  uint64_t value = 0, round;
  sink_t sink;
  sink_init(&sink);
  config = sink_config(&sink, ids);
  config.min_batch = 5;
  sink_register_with(&sink, ring, &config);
  for (round = 0; round < 10; round++) {
    CHECK_OK(disruptor_claim(ring, 4, FOREVER, &claim));
    while (claim.count > 0) {
      put(&claim, 0, value++);
      CHECK_OK(publish(ring, &claim, 1));
    }
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, value);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void consumers_that_hold_back(void) { for_all(held_back); }

/* A claim that was begun before a close is the close's to wait for. */
static void closing(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = ring_of(8, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &claim));
  put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  put(&claim, 0, 1);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  put(&claim, 0, 2);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 3);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void a_close_in_between(void) { for_all(closing); }

static const test_case_t cases[] = {
    CASE(pieces_round_the_ring),
    CASE(each_piece_wakes),
    CASE(pieces_behind_another_claim),
    CASE(the_rest_is_abandoned),
    CASE(copies_that_are_stale),
    CASE(nothing_of_a_claim),
    CASE(nothing_of_a_claim_that_is_over),
    CASE(copies_of_the_lap_before),
    CASE(handles_of_others),
    CASE(not_counted_until_it_is_certain),
    CASE(lengths_of_pieces),
    CASE(consumers_that_hold_back),
    CASE(a_close_in_between),
};

TEST_MAIN(cases)
