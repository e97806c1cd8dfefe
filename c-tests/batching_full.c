/* Consumers that hold elements back in a ring that is full: whoever fills it gives up its batch, and nobody else. */
#include "sink.h"

/* Consumers that hold back different numbers, in a ring that is full before all of them are content. Each value is
 * produced by a call of its own; that the calls return at all is the test. */
static void make_progress(size_t capacity, const size_t *least, size_t count, bool chained) {
  disruptor_t *ring = test_ring(capacity);
  sink_t sinks[4];
  uint64_t value;
  size_t i;
  for (i = 0; i < count; i++) {
    sink_init(&sinks[i]);
    sinks[i].after[0] = chained && i > 0 ? &sinks[i - 1] : NULL;
    sink_register_batching(&sinks[i], ring, least[i], 0, FOREVER);
  }
  for (value = 0; value < 500; value++) {
    CHECK_OK(produce_value(ring, value));
  }
  CHECK_OK(disruptor_destroy(ring));
  for (i = 0; i < count; i++) {
    sink_expect(&sinks[i], 0, 500);
    sink_free(&sinks[i]);
  }
}

static void a_chain_of_least_batches_does_not_stand_still(void) {
  static const size_t three_four[] = {3, 4}, four_three[] = {4, 3}, many[] = {5, 2, 7, 3}, whole[] = {7, 7, 7};
  make_progress(4, three_four, 2, true);
  make_progress(4, four_three, 2, true);
  make_progress(7, many, 4, true);
  make_progress(7, whole, 3, true);
}

static void least_batches_side_by_side_do_not_stand_still(void) {
  static const size_t three_four[] = {3, 4}, many[] = {5, 2, 7, 3};
  make_progress(4, three_four, 2, false);
  make_progress(7, many, 4, false);
}

static void a_least_batch_may_be_the_whole_ring(void) {
  disruptor_t *ring = test_ring(6);
  sink_t sink;
  sink_init(&sink);
  sink_register_batching(&sink, ring, 6, 6, FOREVER);
  produce_all(ring, 0, 60);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 60);
  sink_expect_batches_of(&sink, 6);
  sink_free(&sink);
}

static int32_t dawdle(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  random_stagger(sink->data);
  return 0;
}

/* Only who is furthest behind gives up its batch: the ring is full because of the slow one. */
static void a_slow_neighbour_leaves_exact_batches_exact(void) {
  disruptor_t *ring = test_ring(4);
  random_t random = random_stream(2);
  sink_t exact, slow;
  sink_init(&exact);
  sink_init(&slow);
  slow.hook = dawdle;
  slow.data = &random;
  sink_register_batching(&exact, ring, 3, 3, FOREVER);
  sink_register_batching(&slow, ring, 1, 1, FOREVER);
  produce_all(ring, 0, 2000);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&exact, 0, 2000);
  sink_expect(&slow, 0, 2000);
  sink_expect_batches_of(&exact, 3);
  sink_free(&exact);
  sink_free(&slow);
}

/* What was claimed before a consumer came, and is published afterwards, is no part of its batch. */
static void older_claims_do_not_make_a_batch(void) {
  disruptor_t *ring = test_ring(16);
  disruptor_claim_t claim;
  sink_t other, sink;
  sink_init(&other);
  sink_init(&sink);
  sink_register(&other, ring);
  CHECK_OK(disruptor_claim(ring, 3, 0, &claim));
  sink_register_batching(&sink, ring, 4, 4, FOREVER);
  CHECK_OK(disruptor_publish(ring, &claim));
  produce_all(ring, 0, 1);
  AWAIT(test_consumer_stats(ring, other.id).current_lag == 0);
  produce_all(ring, 1, 3);
  sink_await(&sink, 4);
  CHECK_U64(sink.batch_count, 1);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 4);
  sink_free(&other);
  sink_free(&sink);
}

/* One that waits for its dependency, and not for elements, learns all the same that it fills the ring. A consumer that
 * held nothing back has left before: that must not have been counted against those who do. */
static void a_full_ring_is_let_go_of_though_nobody_asks_for_room(void) {
  size_t round, rounds = test_rounds(20);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(4);
    uint32_t dependencies[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    sink_t gone, front, holder;
    sink_init(&gone);
    sink_init(&front);
    sink_init(&holder);
    sink_register(&front, ring);
    sink_register(&gone, ring);
    sink_unregister(&gone);
    holder.after[0] = &front;
    config = sink_config(&holder, dependencies);
    config.min_batch = 4;
    sink_register_with(&holder, ring, &config);
    produce_all(ring, 0, 3);
    AWAIT(test_consumer_stats(ring, front.id).current_lag == 0);
    CHECK_U64(sink_consumed(&holder), 0); /* there is room yet */
    sink_hold(&front);
    produce_all(ring, 3, 1);
    sink_await(&holder, 1); /* three, unless it saw the first ones finished and then the last one published */
    sink_release(&front);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&holder, 0, 4);
    sink_free(&gone);
    sink_free(&front);
    sink_free(&holder);
  }
}

static const test_case_t cases[] = {
    CASE(a_chain_of_least_batches_does_not_stand_still),
    CASE(least_batches_side_by_side_do_not_stand_still),
    CASE(a_least_batch_may_be_the_whole_ring),
    CASE(older_claims_do_not_make_a_batch),
    CASE(a_full_ring_is_let_go_of_though_nobody_asks_for_room),
    CASE(a_slow_neighbour_leaves_exact_batches_exact),
};

TEST_MAIN(cases)
