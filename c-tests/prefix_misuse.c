/* Pieces of claims that are not open, not this ring's, or not that long: refused, and nothing changes. */
#include "prefixing.h"

#include <string.h>

/* Copies of a claim that has moved on are found out; a count that is too large changes nothing. */
static void misuse(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
  disruptor_claim_t claim, stale;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 4, 0, &claim));
  stale = claim;
  CHECK_REFUSED(publish(ring, &claim, 5), DISRUPTOR_INVALID_ARGUMENT, "count 5 0 4");
  CHECK_OK(publish(ring, &claim, 0));
  CHECK_U64(claim.count, 4);
  prefix_put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_REFUSED(publish(ring, &stale, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_REFUSED(disruptor_publish(ring, &stale), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_REFUSED(disruptor_abandon(ring, &stale), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  prefix_put(&claim, 0, 1);
  prefix_put(&claim, 1, 2);
  prefix_put(&claim, 2, 3);
  CHECK_OK(publish(ring, &claim, 3));
  CHECK_U64(claim.count, 0);
  CHECK_REFUSED(publish(ring, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 4);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void copies_that_are_stale(void) { publish_in_each_way(misuse); }

/* Publishing nothing needs an open claim as well, and then does nothing to it, whatever the ring is doing. */
static void nothing_of(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode), *other = prefix_ring(8, producer_mode);
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
  prefix_put(&claim, 0, 0);
  CHECK_OK(publish(ring, &claim, 1));
  CHECK_REFUSED(publish(ring, &stale, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 0");
  CHECK_OK(publish(ring, &claim, 0));
  CHECK_OK(disruptor_abandon(ring, &behind));
  CHECK_REFUSED(publish(ring, &behind, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 3");
  CHECK_STATUS(disruptor_close(ring, 0), DISRUPTOR_TIMED_OUT);
  CHECK_OK(publish(ring, &claim, 0));
  prefix_put(&claim, 0, 1);
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

static void nothing_of_a_claim(void) { publish_in_each_way(nothing_of); }

/* A claim that was published to its end has nothing more to publish, and is over. */
static void nothing_is_left(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(8, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 2, 0, &claim));
  prefix_put(&claim, 0, 0);
  prefix_put(&claim, 1, 1);
  CHECK_OK(publish(ring, &claim, 2));
  CHECK_U64(claim.count, 0);
  CHECK_REFUSED(publish(ring, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 2");
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_REFUSED(publish(ring, &claim, 0), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence 2");
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void nothing_of_a_claim_that_is_over(void) { publish_in_each_way(nothing_is_left); }

/* A claim of the lap before, with the same count at the same slot as one that is open now. */
static void lap_before(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(4, producer_mode);
  disruptor_claim_t old, claim;
  sink_t sink;
  size_t i;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 4, FOREVER, &old));
  for (i = 0; i < 4; i++) {
    prefix_put(&old, i, i);
  }
  CHECK_OK(disruptor_publish(ring, &old));
  CHECK_OK(disruptor_claim(ring, 4, FOREVER, &claim));
  CHECK_REFUSED(publish(ring, &old, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  for (i = 0; i < 4; i++) {
    prefix_put(&claim, 0, 4 + i);
    CHECK_OK(publish(ring, &claim, 1));
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 8);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
}

static void copies_of_the_lap_before(void) { publish_in_each_way(lap_before); }

/* Another disruptor's handle, or none, is found out. */
static void handles(publish_fn *publish, uint32_t producer_mode) {
  disruptor_t *ring = prefix_ring(4, producer_mode), *other = prefix_ring(4, producer_mode);
  disruptor_claim_t claim;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_claim(ring, 2, FOREVER, &claim));
  CHECK_REFUSED(publish(NULL, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "disruptor");
  CHECK_REFUSED(publish(other, &claim, 1), DISRUPTOR_INVALID_ARGUMENT, "claim->first_sequence");
  prefix_put(&claim, 0, 0);
  prefix_put(&claim, 1, 1);
  CHECK_OK(publish(ring, &claim, 2));
  CHECK_OK(disruptor_close(ring, FOREVER));
  sink_expect(&sink, 0, 2);
  sink_free(&sink);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_destroy(other));
}

static void handles_of_others(void) { publish_in_each_way(handles); }

static const test_case_t cases[] = {
    CASE(copies_that_are_stale),
    CASE(nothing_of_a_claim),
    CASE(nothing_of_a_claim_that_is_over),
    CASE(copies_of_the_lap_before),
    CASE(handles_of_others),
};

TEST_MAIN(cases)
