/* Claims of many threads: taken beside each other, published by another one, twice, and while the ring closes. */
#include "sink.h"

static disruptor_t *ring_in(uint32_t producer_mode, uint32_t wait_strategy, size_t capacity) {
  disruptor_config_t config = test_config_in(producer_mode, wait_strategy, capacity);
  config.element_size = 24;
  return test_ring_of(&config);
}

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
    disruptor_claim_t claim = claim_values(producer->ring, count, producer->number << 32 | producer->published);
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
    held.claim = claim_values(ring, 2, 0);
    thread = test_spawn(publish_late, &held);
    random_stagger(&random);
    CHECK_OK(disruptor_close(ring, FOREVER));
    test_join(thread);
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, 2);
    sink_free(&sink);
  }
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
    rivals[0].held.claim = claim_values(ring, 1, round);
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
    CASE(publishing_while_it_closes),
    CASE(many_threads_claim),
    CASE(of_two_that_publish_the_same_one_succeeds),
};

TEST_MAIN(cases)
