/* DISRUPTOR_PRODUCER_SINGLE: whoever comes second is told so, and nothing breaks. */
#include "sink.h"

#include <string.h>

static disruptor_t *single_ring(size_t capacity) {
  disruptor_config_t config = test_config(capacity);
  config.producer_mode = DISRUPTOR_PRODUCER_SINGLE;
  return test_ring_of(&config);
}

static void *produce_and_wait(void *ring) {
  produce_all(ring, 1, 10);
  return NULL;
}

static void *claim_and_wait(void *ring) {
  disruptor_claim_t claim;
  uint64_t i;
  CHECK_OK(disruptor_claim(ring, 4, FOREVER, &claim));
  for (i = 0; i < 4; i++) {
    uint64_t value = i + 1;
    memcpy(disruptor_claim_data(&claim, (size_t)i), &value, sizeof value);
    disruptor_claim_set_len(&claim, (size_t)i, sizeof value);
  }
  CHECK_OK(disruptor_publish(ring, &claim));
  return NULL;
}

static void meet_a_blocked_one(void *(*blocked)(void *), uint64_t count) {
  disruptor_t *ring = single_ring(4);
  disruptor_claim_t claim, other;
  size_t produced = 77;
  pthread_t thread;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  memset(&claim, 0, sizeof claim);
  claim.count = 1;
  thread = test_spawn(blocked, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  CHECK_STATUS(produce_value(ring, 7), DISRUPTOR_CONCURRENT_USE);
  CHECK_REFUSED(produce_values(ring, 7, 2, 0, &produced), DISRUPTOR_CONCURRENT_USE, "thread");
  CHECK_U64(produced, 0);
  CHECK_STATUS(disruptor_claim(ring, 1, 0, &other), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(disruptor_publish(ring, &claim), DISRUPTOR_CONCURRENT_USE);
  CHECK_STATUS(disruptor_abandon(ring, &claim), DISRUPTOR_CONCURRENT_USE);
  sink_release(&sink);
  test_join(thread);
  produce_all(ring, count + 1, 5); /* now it is this thread's turn */
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, count + 6);
  sink_free(&sink);
}

static void a_second_thread_is_refused_while_the_first_is_inside(void) {
  meet_a_blocked_one(produce_and_wait, 10);
  meet_a_blocked_one(claim_and_wait, 4);
}

static int32_t produce_one_more(sink_t *sink, const disruptor_batch_t *batch) {
  if (batch->first_sequence == 0) {
    CHECK_STATUS(produce_value(sink->ring, 9), DISRUPTOR_CONCURRENT_USE);
    counter_add(sink->data, 1);
  }
  return 0;
}

static void a_consumer_is_refused_as_well(void) {
  disruptor_t *ring = single_ring(4);
  counter_t refused = COUNTER_INIT;
  pthread_t thread;
  sink_t sink;
  sink_init(&sink);
  sink.hook = produce_one_more;
  sink.data = &refused;
  sink_register(&sink, ring);
  sink_hold_with_one(&sink);
  thread = test_spawn(produce_and_wait, ring);
  AWAIT(test_stats(ring).producer_blocked_count == 1);
  sink_release(&sink);
  counter_await(&refused, 1);
  test_join(thread);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 11);
  sink_free(&sink);
}

/* ---- Hand-over ---- */

enum { THREADS = 3, MANY_THREADS = 40 };

typedef struct {
  disruptor_t *ring;
  counter_t *turn;
  uint64_t number, threads, rounds;
} relay_t;

static void *take_turns(void *of) {
  relay_t *relay = of;
  uint64_t round;
  for (round = 0; round < relay->rounds; round++) {
    uint64_t turn = round * relay->threads + relay->number;
    counter_await(relay->turn, turn);
    produce_all(relay->ring, turn * 2, 2);
    counter_add(relay->turn, 1);
  }
  return NULL;
}

static void run_relay(size_t count, uint64_t rounds) {
  counter_t turn = COUNTER_INIT;
  disruptor_t *ring = single_ring(5);
  relay_t relays[MANY_THREADS];
  pthread_t threads[MANY_THREADS];
  size_t i;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (i = 0; i < count; i++) {
    relays[i].ring = ring;
    relays[i].turn = &turn;
    relays[i].number = i;
    relays[i].threads = count;
    relays[i].rounds = rounds;
    threads[i] = test_spawn(take_turns, &relays[i]);
  }
  for (i = 0; i < count; i++) {
    test_join(threads[i]);
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, rounds * count * 2);
  sink_free(&sink);
}

static void threads_may_take_turns(void) { run_relay(THREADS, test_rounds(2000)); }

static void very_many_threads_may_take_turns(void) { run_relay(MANY_THREADS, test_rounds(20)); }

typedef struct {
  disruptor_t *ring;
  disruptor_claim_t claims[2];
} handed_over_t;

static void *publish_the_first(void *of) {
  handed_over_t *handed = of;
  CHECK_OK(disruptor_publish(handed->ring, &handed->claims[0]));
  return NULL;
}

static void *publish_the_second(void *of) {
  handed_over_t *handed = of;
  CHECK_OK(disruptor_publish(handed->ring, &handed->claims[1]));
  return NULL;
}

static void a_claim_may_be_published_by_another_thread(void) {
  size_t round, rounds = test_rounds(100), i;
  for (round = 0; round < rounds; round++) {
    handed_over_t handed;
    sink_t sink;
    handed.ring = single_ring(4);
    sink_init(&sink);
    sink_register(&sink, handed.ring);
    for (i = 0; i < 2; i++) {
      uint64_t value = i;
      CHECK_OK(disruptor_claim(handed.ring, 1, FOREVER, &handed.claims[i]));
      memcpy(disruptor_claim_data(&handed.claims[i], 0), &value, sizeof value);
      disruptor_claim_set_len(&handed.claims[i], 0, sizeof value);
    }
    test_join(test_spawn(publish_the_second, &handed));
    test_join(test_spawn(publish_the_first, &handed));
    CHECK_OK(disruptor_destroy(handed.ring));
    sink_expect(&sink, 0, 2);
    sink_free(&sink);
  }
}

/* ---- Against the rules ---- */

typedef struct {
  disruptor_t *ring;
  uint64_t number, count, refused;
} rival_t;

static void *produce_until_accepted(void *of) {
  rival_t *rival = of;
  random_t random = random_stream(rival->number);
  uint64_t i = 0;
  while (i < rival->count) {
    disruptor_status_t status;
    if (random_below(&random, 3) == 0) {
      disruptor_claim_t claim;
      uint64_t value = rival->number << 32 | i;
      status = disruptor_claim(rival->ring, 1, 0, &claim);
      if (status == DISRUPTOR_OK) {
        memcpy(disruptor_claim_data(&claim, 0), &value, sizeof value);
        disruptor_claim_set_len(&claim, 0, sizeof value);
        while ((status = disruptor_publish(rival->ring, &claim)) == DISRUPTOR_CONCURRENT_USE) {
          rival->refused++;
          random_stagger(&random);
        }
      }
    } else {
      /* Nobody waits inside: whoever has an open claim has to get in. */
      status = produce_values(rival->ring, rival->number << 32 | i, 1, 0, NULL);
    }
    if (status == DISRUPTOR_CONCURRENT_USE || status == DISRUPTOR_FULL) {
      rival->refused++;
      random_stagger(&random);
    } else {
      CHECK_STATUS(status, DISRUPTOR_OK);
      i++;
    }
  }
  return NULL;
}

/* Whatever is accepted is there, once: two are never inside at the same time. */
static void threads_that_do_not_take_turns_break_nothing(void) {
  disruptor_t *ring = single_ring(7);
  rival_t rivals[THREADS];
  pthread_t threads[THREADS];
  uint64_t next[THREADS] = {0}, count = test_rounds(20000), i;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (i = 0; i < THREADS; i++) {
    rivals[i].ring = ring;
    rivals[i].number = i;
    rivals[i].count = count;
    rivals[i].refused = 0;
    threads[i] = test_spawn(produce_until_accepted, &rivals[i]);
  }
  for (i = 0; i < THREADS; i++) {
    test_join(threads[i]);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_U64(test_stats(ring).produced, count * THREADS);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(sink.value_count, count * THREADS);
  for (i = 0; i < count * THREADS; i++) {
    size_t thread = (size_t)(sink.values[i] >> 32);
    CHECK(thread < THREADS);
    CHECK_U64(sink.values[i] & UINT32_MAX, next[thread]);
    next[thread]++;
  }
  sink_free(&sink);
}

/* ---- Close ---- */

static void close_while_it_produces(uint32_t wait_strategy) {
  size_t rounds = test_few_when_spinning(wait_strategy, test_rounds(200)), round;
  for (round = 0; round < rounds; round++) {
    disruptor_config_t config = test_config(1 + round % 6);
    random_t random = random_stream(round);
    stream_t stream;
    pthread_t thread;
    sink_t sink, other;
    config.producer_mode = DISRUPTOR_PRODUCER_SINGLE;
    config.wait_strategy = wait_strategy;
    stream.ring = test_ring_of(&config);
    stream.accepted = 0;
    sink_init(&sink);
    sink_init(&other);
    other.after[0] = &sink;
    sink_register(&sink, stream.ring);
    sink_register(&other, stream.ring);
    thread = test_spawn(produce_stream, &stream);
    random_stagger(&random);
    CHECK_OK(disruptor_close(stream.ring, FOREVER));
    test_join(thread);
    CHECK_U64(test_stats(stream.ring).produced, stream.accepted);
    CHECK_OK(disruptor_destroy(stream.ring));
    sink_expect(&sink, 0, stream.accepted);
    sink_expect(&other, 0, stream.accepted);
    sink_free(&sink);
    sink_free(&other);
  }
}

static void close_while_one_produces(void) {
  close_while_it_produces(DISRUPTOR_WAIT_BLOCK);
  close_while_it_produces(DISRUPTOR_WAIT_YIELD);
  close_while_it_produces(DISRUPTOR_WAIT_SPIN);
  close_while_it_produces(DISRUPTOR_WAIT_SLEEP);
}

static void close_when_nobody_ever_produced(void) {
  disruptor_t *ring = single_ring(4);
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  CHECK_OK(disruptor_close(ring, FOREVER));
  CHECK_STATUS(produce_value(ring, 0), DISRUPTOR_CLOSED);
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 0);
  sink_free(&sink);
}

/* Consumers that come while one produces get everything from some element on. */
static void consumers_come_while_one_produces(void) {
  size_t round, rounds = test_rounds(200), i;
  stream_t stream;
  pthread_t thread;
  sink_t first, later;
  stream.ring = single_ring(8);
  stream.accepted = 0;
  sink_init(&first);
  sink_register(&first, stream.ring);
  thread = test_spawn(produce_stream, &stream);
  for (round = 0; round < rounds; round++) {
    sink_init(&later);
    sink_register(&later, stream.ring);
    sink_await(&later, 10);
    sink_unregister(&later);
    for (i = 0; i < later.value_count; i++) {
      CHECK_U64(later.values[i], later.first + i);
    }
    sink_free(&later);
  }
  CHECK_OK(disruptor_close(stream.ring, FOREVER));
  test_join(thread);
  CHECK_OK(disruptor_destroy(stream.ring));
  sink_expect(&first, 0, stream.accepted);
  sink_free(&first);
}

static const test_case_t cases[] = {
    CASE(a_second_thread_is_refused_while_the_first_is_inside),
    CASE(a_consumer_is_refused_as_well),
    CASE(threads_may_take_turns),
    CASE(very_many_threads_may_take_turns),
    CASE(a_claim_may_be_published_by_another_thread),
    CASE(threads_that_do_not_take_turns_break_nothing),
    CASE(close_while_one_produces),
    CASE(close_when_nobody_ever_produced),
    CASE(consumers_come_while_one_produces),
};

TEST_MAIN(cases)
