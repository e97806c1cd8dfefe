/* The end of a ring, while others use it: each race many times, staggered at random. */
#include "sink.h"

enum { PRODUCERS = 3, CONSUMERS = 3, CLOSERS = 3 };

/* A producer numbers its elements: its own number above, the element's below. */
#define VALUE(producer, number) ((uint64_t)(producer) << 32 | (uint64_t)(number))

typedef struct {
  disruptor_t *ring;
  uint32_t number;
  random_t random;
  uint64_t produced; /* what the library said, summed up */
} producer_t;

static void *produce_until_closed(void *argument) {
  producer_t *producer = argument;
  disruptor_status_t status;
  do {
    static const uint64_t timeouts[] = {0, 1000, 20000, FOREVER, FOREVER, FOREVER};
    size_t count = 1 + random_below(&producer->random, 12), produced = 77;
    uint64_t timeout = timeouts[random_below(&producer->random, ARRAY_LEN(timeouts))];
    status = produce_values(producer->ring, VALUE(producer->number, producer->produced), count, timeout, &produced);
    CHECK_AT_MOST(produced, count);
    CHECK(status == DISRUPTOR_CLOSED || (status == DISRUPTOR_OK && produced == count) ||
          (status == DISRUPTOR_FULL && timeout == 0 && produced < count) ||
          (status == DISRUPTOR_TIMED_OUT && timeout > 0 && timeout != FOREVER && produced < count));
    producer->produced += produced;
    random_stagger(&producer->random);
  } while (status != DISRUPTOR_CLOSED);
  return NULL;
}

/* The sink got exactly what the producers were told had gone in, each producer's in order. */
static void expect_all(const sink_t *sink, const producer_t *producers, size_t count) {
  uint64_t next[PRODUCERS] = {0}, total = 0;
  size_t i;
  for (i = 0; i < sink->value_count; i++) {
    uint64_t producer = sink->values[i] >> 32;
    CHECK(producer < count);
    CHECK_U64(sink->values[i], VALUE(producer, next[producer]));
    next[producer]++;
  }
  for (i = 0; i < count; i++) {
    CHECK_U64(next[i], producers[i].produced);
    total += producers[i].produced;
  }
  CHECK_U64(sink->consumed, total);
}

/* ---- A ring with random numbers of everything ---- */

typedef struct {
  random_t random;
  disruptor_t *ring;
  sink_t sinks[CONSUMERS];
  producer_t producers[PRODUCERS];
  pthread_t threads[PRODUCERS];
  size_t sink_count, producer_count;
} party_t;

static int32_t dawdle(sink_t *sink, const disruptor_batch_t *batch) {
  (void)batch;
  random_stagger(sink->data);
  return 0;
}

static void party_begin(party_t *party, random_t *random, random_t consumer_randoms[CONSUMERS]) {
  disruptor_config_t config = test_config(1 + random_below(random, 16));
  size_t i;
  party->producer_count = 1 + random_below(random, PRODUCERS);
  party->sink_count = 1 + random_below(random, CONSUMERS);
  config.wait_strategy = (uint32_t)random_below(random, 8) % 4 == 2 ? DISRUPTOR_WAIT_YIELD : DISRUPTOR_WAIT_BLOCK;
  config.producer_mode = party->producer_count == 1 && random_below(random, 2) == 0 ? DISRUPTOR_PRODUCER_SINGLE
                                                                                    : DISRUPTOR_PRODUCER_MULTI;
  party->ring = test_ring_of(&config);
  for (i = 0; i < party->sink_count; i++) {
    consumer_randoms[i].state = random_next(random);
    sink_init(&party->sinks[i]);
    party->sinks[i].hook = dawdle;
    party->sinks[i].data = &consumer_randoms[i];
    party->sinks[i].after[0] = i > 0 && random_below(random, 2) == 0 ? &party->sinks[i - 1] : NULL;
    sink_register(&party->sinks[i], party->ring);
  }
  for (i = 0; i < party->producer_count; i++) {
    party->producers[i].ring = party->ring;
    party->producers[i].number = (uint32_t)i;
    party->producers[i].produced = 0;
    party->producers[i].random.state = random_next(random);
    party->threads[i] = test_spawn(produce_until_closed, &party->producers[i]);
  }
}

static void party_join_producers(party_t *party) {
  size_t i;
  for (i = 0; i < party->producer_count; i++) {
    test_join(party->threads[i]);
  }
}

static uint64_t party_produced(const party_t *party) {
  uint64_t total = 0;
  size_t i;
  for (i = 0; i < party->producer_count; i++) {
    total += party->producers[i].produced;
  }
  return total;
}

static void party_end(party_t *party, bool complete) {
  size_t i;
  for (i = 0; i < party->sink_count; i++) {
    sink_expect_closed(&party->sinks[i]);
    if (complete) {
      expect_all(&party->sinks[i], party->producers, party->producer_count);
    }
    sink_free(&party->sinks[i]);
  }
}

static void stagger_long(random_t *random) {
  size_t i, times = random_below(random, 20);
  for (i = 0; i < times; i++) {
    random_stagger(random);
  }
}

static void close_meets_producers(void) {
  size_t round, rounds = test_rounds(400), i;
  random_t random = random_stream(1);
  for (round = 0; round < rounds; round++) {
    random_t consumer_randoms[CONSUMERS];
    party_t party;
    party_begin(&party, &random, consumer_randoms);
    stagger_long(&random);
    CHECK_OK(disruptor_close(party.ring, FOREVER));
    for (i = 0; i < party.sink_count; i++) {
      sink_expect_closed(&party.sinks[i]); /* before close returned */
    }
    party_join_producers(&party);
    CHECK_U64(test_stats(party.ring).produced, party_produced(&party));
    for (i = 0; i < party.sink_count; i++) {
      CHECK_U64(test_consumer_stats(party.ring, party.sinks[i].id).consumed, party_produced(&party));
    }
    CHECK_OK(disruptor_destroy(party.ring));
    party_end(&party, true);
  }
}

static void *produce_in_one_call(void *argument) {
  producer_t *producer = argument;
  size_t produced = 77;
  disruptor_status_t status = produce_values(producer->ring, VALUE(producer->number, 1), 3000, FOREVER, &produced);
  CHECK(status == DISRUPTOR_CLOSED || (status == DISRUPTOR_OK && produced == 3000));
  producer->produced = 1 + produced; /* after the one by which the sink is held, whose value is 0 */
  return NULL;
}

/* The producer is inside its only call, which destroy must wait for before it frees anything. */
static void destroy_meets_a_producer_that_waits(void) {
  size_t round, rounds = test_rounds(200);
  random_t random = random_stream(2);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(1 + random_below(&random, 4));
    producer_t producer = {NULL, 0, {0}, 0};
    pthread_t thread;
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    sink_hold_with_one(&sink);
    producer.ring = ring;
    thread = test_spawn(produce_in_one_call, &producer);
    AWAIT(test_stats(ring).producer_blocked_count > 0);
    sink_release(&sink);
    random_stagger(&random);
    CHECK_OK(disruptor_destroy(ring));
    test_join(thread);
    expect_all(&sink, &producer, 1);
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
}

typedef struct {
  disruptor_t *ring;
  random_t random;
  bool halts;
} closer_t;

static void *close_it(void *argument) {
  closer_t *closer = argument;
  disruptor_status_t status;
  stagger_long(&closer->random);
  do {
    uint64_t timeout = random_below(&closer->random, 3) * 1000 * random_below(&closer->random, 100);
    timeout = random_below(&closer->random, 3) == 0 ? FOREVER : timeout;
    status = closer->halts ? disruptor_halt(closer->ring, timeout, NULL) : disruptor_close(closer->ring, timeout);
    CHECK(status == DISRUPTOR_OK || (status == DISRUPTOR_TIMED_OUT && timeout != FOREVER));
  } while (status != DISRUPTOR_OK);
  CHECK_U64(test_stats(closer->ring).state, DISRUPTOR_STATE_CLOSED);
  return NULL;
}

static void close_together(uint64_t stream, size_t halters) {
  size_t round, rounds = test_rounds(150), i;
  random_t random = random_stream(stream);
  for (round = 0; round < rounds; round++) {
    random_t consumer_randoms[CONSUMERS];
    party_t party;
    closer_t closers[CLOSERS];
    pthread_t threads[CLOSERS];
    party_begin(&party, &random, consumer_randoms);
    for (i = 0; i < CLOSERS; i++) {
      closers[i].ring = party.ring;
      closers[i].random.state = random_next(&random);
      closers[i].halts = i < halters;
      threads[i] = test_spawn(close_it, &closers[i]);
    }
    for (i = 0; i < CLOSERS; i++) {
      test_join(threads[i]);
    }
    party_join_producers(&party);
    CHECK_U64(test_stats(party.ring).produced, party_produced(&party));
    CHECK_OK(disruptor_destroy(party.ring));
    party_end(&party, halters == 0);
  }
}

static void several_threads_close_at_once(void) { close_together(3, 0); }

static void some_close_and_others_halt(void) { close_together(4, 1); }

static void halt_meets_producers(void) {
  size_t round, rounds = test_rounds(200), i;
  random_t random = random_stream(5);
  for (round = 0; round < rounds; round++) {
    random_t consumer_randoms[CONSUMERS];
    party_t party;
    uint64_t undelivered = 77, least = UINT64_MAX;
    party_begin(&party, &random, consumer_randoms);
    stagger_long(&random);
    CHECK_OK(disruptor_halt(party.ring, FOREVER, &undelivered));
    party_join_producers(&party);
    CHECK_U64(test_stats(party.ring).produced, party_produced(&party));
    for (i = 0; i < party.sink_count; i++) {
      uint64_t consumed = sink_consumed(&party.sinks[i]);
      least = consumed < least ? consumed : least;
    }
    CHECK_U64(undelivered, party_produced(&party) - least);
    CHECK_OK(disruptor_destroy(party.ring));
    party_end(&party, false);
  }
}

/* ---- Consumers that have only just begun, or not yet ---- */

static void a_consumer_counts_from_its_registration(void) {
  size_t round, rounds = test_rounds(300);
  random_t random = random_stream(6);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(16);
    size_t count = random_below(&random, 16);
    sink_t sink;
    sink_init(&sink);
    sink_register(&sink, ring);
    produce_all(ring, 0, count);
    CHECK_OK(disruptor_close(ring, FOREVER));
    sink_expect(&sink, 0, count);
    sink_expect_closed(&sink);
    CHECK_OK(disruptor_destroy(ring));
    sink_free(&sink);
  }
}

static void *register_late(void *argument) {
  sink_t *sink = argument;
  uint32_t unused[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, unused);
  random_stagger(sink->data);
  disruptor_status_t status = disruptor_register(sink->ring, &config, &sink->id);
  CHECK(status == DISRUPTOR_OK || status == DISRUPTOR_CLOSED);
  return NULL;
}

static void register_meets_close(void) {
  size_t round, rounds = test_rounds(300);
  random_t random = random_stream(7);
  for (round = 0; round < rounds; round++) {
    random_t other = random_stream(1000 + round);
    disruptor_t *ring = test_ring(4);
    pthread_t thread;
    sink_t sink;
    sink_init(&sink);
    sink.ring = ring;
    sink.data = &other;
    thread = test_spawn(register_late, &sink);
    random_stagger(&random);
    CHECK_OK(disruptor_close(ring, FOREVER));
    test_join(thread);
    CHECK_OK(disruptor_destroy(ring));
    CHECK_U64(sink.starts, sink.closes); /* both or neither */
    CHECK_AT_MOST(sink.closes, 1);
    sink_free(&sink);
  }
}

typedef struct {
  disruptor_t *ring;
  random_t random;
} visitor_t;

static void *visit_until_closed(void *argument) {
  visitor_t *visitor = argument;
  for (;;) {
    uint32_t unused[SINK_DEPENDENCIES];
    disruptor_consumer_config_t config;
    disruptor_status_t status;
    sink_t sink;
    sink_init(&sink);
    sink.ring = visitor->ring;
    config = sink_config(&sink, unused);
    status = disruptor_register(visitor->ring, &config, &sink.id);
    if (status == DISRUPTOR_CLOSED) {
      CHECK_U64(sink.starts, sink.closes);
      sink_free(&sink);
      return NULL;
    }
    CHECK_OK(status);
    random_stagger(&visitor->random);
    (void)disruptor_unregister(visitor->ring, sink.id, FOREVER);
    AWAIT(test_consumer_stats(visitor->ring, sink.id).state == DISRUPTOR_STATE_CLOSED);
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
}

static void close_meets_those_who_come_and_go(void) {
  size_t round, rounds = test_rounds(100), i;
  random_t random = random_stream(8);
  for (round = 0; round < rounds; round++) {
    disruptor_t *ring = test_ring(8);
    visitor_t visitors[2];
    pthread_t threads[2];
    sink_t sink;
    uint64_t value = 0;
    sink_init(&sink);
    sink_register(&sink, ring);
    for (i = 0; i < ARRAY_LEN(visitors); i++) {
      visitors[i].ring = ring;
      visitors[i].random.state = random_next(&random);
      threads[i] = test_spawn(visit_until_closed, &visitors[i]);
    }
    for (i = random_below(&random, 40); i > 0; i--) {
      CHECK_OK(produce_value(ring, value++));
      random_stagger(&random);
    }
    CHECK_OK(disruptor_close(ring, FOREVER));
    for (i = 0; i < ARRAY_LEN(visitors); i++) {
      test_join(threads[i]);
    }
    CHECK_OK(disruptor_destroy(ring));
    sink_expect(&sink, 0, value);
    sink_expect_closed(&sink);
    sink_free(&sink);
  }
}

static const test_case_t cases[] = {
    CASE(close_meets_producers),
    CASE(destroy_meets_a_producer_that_waits),
    CASE(several_threads_close_at_once),
    CASE(some_close_and_others_halt),
    CASE(halt_meets_producers),
    CASE(a_consumer_counts_from_its_registration),
    CASE(register_meets_close),
    CASE(close_meets_those_who_come_and_go),
};
TEST_MAIN(cases)
