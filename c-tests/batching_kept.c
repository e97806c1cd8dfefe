/* Elements that are held back before a claim that its caller keeps: who wants room does not wait for that claim. */
#include "polling.h"
#include "sink.h"

/* Three elements, and behind them a slot that may never be published. */
static disruptor_claim_t three_and_one_kept(disruptor_t *ring) {
  disruptor_claim_t kept;
  produce_all(ring, 0, 3);
  CHECK_OK(disruptor_claim(ring, 1, 0, &kept));
  return kept;
}

/* Claims what there is room for when the three are gone, and abandons it. That the claim returns is the test. */
static void claim_six(disruptor_t *ring) {
  disruptor_claim_t six;
  CHECK_OK(disruptor_claim(ring, 6, FOREVER, &six));
  CHECK_OK(disruptor_abandon(ring, &six));
}

static void claim_beside_a_kept_one(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t kept, eight;
  sink_t sink;
  sink_init(&sink);
  sink_register_batching(&sink, ring, 8, 8, FOREVER);
  kept = three_and_one_kept(ring);
  CHECK_STATUS(disruptor_claim(ring, 8, 0, &eight), DISRUPTOR_FULL); /* for which the three are not enough */
  claim_six(ring);
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 3);
  sink_free(&sink);
}

static void a_claim_does_not_wait_for_one_that_is_kept(void) { test_every_mode_and_strategy(claim_beside_a_kept_one); }

static void produce_beside_a_kept_claim(uint32_t producer_mode, uint32_t wait_strategy) {
  disruptor_t *ring = test_ring_in(producer_mode, wait_strategy, 8);
  disruptor_claim_t kept;
  sink_t sink;
  sink_init(&sink);
  sink.gaps = true;
  sink_register_batching(&sink, ring, 8, 8, FOREVER);
  kept = three_and_one_kept(ring);
  produce_all(ring, 3, 6); /* four at once, two when there is room */
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 9);
  sink_free(&sink);
}

static void elements_do_not_wait_for_a_claim_that_is_kept(void) {
  test_every_mode_and_strategy(produce_beside_a_kept_claim);
}

/* One behind the other, the first one without a reason to hold back. */
static void a_chain_does_not_wait_for_a_claim_that_is_kept(void) {
  disruptor_t *ring = test_ring(8);
  disruptor_claim_t kept;
  sink_t sinks[3];
  size_t i;
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = i > 0 ? &sinks[i - 1] : NULL;
    sink_register_batching(&sinks[i], ring, i == 0 ? 1 : 8, 8, FOREVER);
  }
  kept = three_and_one_kept(ring);
  claim_six(ring);
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < ARRAY_LEN(sinks); i++) {
    sink_expect(&sinks[i], 0, 3);
    sink_free(&sinks[i]);
  }
}

/* The second one holds back what the first one has left: alone, or in the same group. */
static void poll_beside_a_kept_claim(uint32_t group) {
  disruptor_t *ring = test_ring(8);
  disruptor_poller_t *poller = test_poller(ring, 8, 8, group), *first = test_poller(ring, 1, 1, group);
  disruptor_claim_t kept, six;
  kept = three_and_one_kept(ring);
  poller_expect(first, 0, 0, 1);
  CHECK_OK(disruptor_poller_release(first, 1));
  poller_expect_nothing(poller, DISRUPTOR_EMPTY);
  CHECK_STATUS(disruptor_claim(ring, 6, 0, &six), DISRUPTOR_FULL);
  poller_expect(poller, 0, group == 0 ? 0 : 1, group == 0 ? 3 : 2);
  CHECK_OK(disruptor_poller_release(poller, 2));
  CHECK_OK(disruptor_poller_destroy(first));
  CHECK_OK(disruptor_claim(ring, 6, 0, &six));
  CHECK_OK(disruptor_poller_destroy(poller));
  CHECK_OK(disruptor_abandon(ring, &six));
  CHECK_OK(disruptor_abandon(ring, &kept));
  CHECK_OK(disruptor_destroy(ring));
}

static void pollers_do_not_wait_for_a_claim_that_is_kept(void) {
  poll_beside_a_kept_claim(0);
  poll_beside_a_kept_claim(1);
}

static const test_case_t cases[] = {
    CASE(a_claim_does_not_wait_for_one_that_is_kept),
    CASE(elements_do_not_wait_for_a_claim_that_is_kept),
    CASE(a_chain_does_not_wait_for_a_claim_that_is_kept),
    CASE(pollers_do_not_wait_for_a_claim_that_is_kept),
};

TEST_MAIN(cases)
