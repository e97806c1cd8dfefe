/* Open claims that are published bit by bit: by the inline function, which mostly needs no call, and by the exported
 * one, which other languages use. */
#include "prefixing.h"

/* Pieces of all sizes, round and round the ring; each is counted at once, and the rest of the claim never. */
static void pieces(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(13, producer_mode);
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
        prefix_put(&claim, i, value++);
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

static void pieces_round_the_ring(void) { publish_in_each_way(pieces); }

/* A consumer that sleeps is woken by each piece. */
static void wake(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(64, producer_mode);
  disruptor_claim_t claim;
  uint64_t value;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 64, FOREVER, &claim));
  for (value = 0; value < 64; value++) {
    prefix_put(&claim, 0, value);
    CHECK_OK(publish(ring, &claim, 1));
    sink_await(&sink, value + 1);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 64);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void each_piece_wakes(void) { publish_in_each_way(wake); }

/* A claim behind another one is published in pieces first. */
static void behind(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(16, producer_mode);
  disruptor_claim_t first, second;
  uint64_t value;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &first));
  CHECK_OK(disruptor_claim(ring, 5, 0, &second));
  for (value = 3; value < 7; value++) {
    prefix_put(&second, 0, value);
    CHECK_OK(publish(ring, &second, 1));
    CHECK_U64(test_stats(ring).produced, value - 2);
  }
  prefix_put(&first, 0, 0);
  CHECK_OK(publish(ring, &first, 1));
  sink_await(&sink, 1);
  prefix_put(&first, 0, 1);
  prefix_put(&first, 1, 2);
  CHECK_OK(publish(ring, &first, 2));
  sink_await(&sink, 7);
  prefix_put(&second, 0, 7);
  CHECK_OK(disruptor_publish(ring, &second));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void pieces_behind_another_claim(void) { publish_in_each_way(behind); }

/* The rest of a claim that was begun is abandoned, and does not count. */
static void rest(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
  disruptor_claim_t claim;
  uint64_t round, value = 0;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register(&sink, ring);
  for (round = 0; round < 20; round++) {
    CHECK_OK(disruptor_claim(ring, 7, FOREVER, &claim));
    prefix_put(&claim, 0, value++);
    prefix_put(&claim, 1, value++);
    CHECK_OK(publish(ring, &claim, 2));
    CHECK_OK(disruptor_abandon(ring, &claim));
    CHECK_U64(test_stats(ring).produced, value);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, value);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void the_rest_is_abandoned(void) { publish_in_each_way(rest); }

/* What `disruptor_claim_publish` has announced and not yet done is open, as far as numbers go. */
static void announced(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(4, producer_mode);
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
  prefix_put(&claim, 0, 0);
  CHECK_STATUS(publish(ring, &claim, 1), DISRUPTOR_CLOSED);
  CHECK_U64(test_stats(ring).produced, 0);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void not_counted_until_it_is_certain(void) { publish_in_each_way(announced); }

/* Lengths belong to their pieces; one that is too large is refused with its piece alone. */
static void lengths(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
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

static void lengths_of_pieces(void) { publish_in_each_way(lengths); }

/* Consumers that hold elements back are told: they get theirs when there are enough, or no room for more. */
static void held_back(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
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
      prefix_put(&claim, 0, value++);
      CHECK_OK(publish(ring, &claim, 1));
    }
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, value);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void consumers_that_hold_back(void) { publish_in_each_way(held_back); }

/* A claim that was begun before a close is the close's to wait for. */
static void closing(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &claim));
  prefix_put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  prefix_put(&claim, 0, 1);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_STATUS(disruptor_close(ring, MILLISECOND), DISRUPTOR_TIMED_OUT);
  prefix_put(&claim, 0, 2);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 3);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void a_close_in_between(void) { publish_in_each_way(closing); }

static const test_case_t cases[] = {
    CASE(pieces_round_the_ring),
    CASE(each_piece_wakes),
    CASE(pieces_behind_another_claim),
    CASE(the_rest_is_abandoned),
    CASE(not_counted_until_it_is_certain),
    CASE(lengths_of_pieces),
    CASE(consumers_that_hold_back),
    CASE(a_close_in_between),
};

TEST_MAIN(cases)
