/* Consumers come and go while producers run: each race many times, staggered at random. */
#include "sink.h"

#include <stdlib.h>

enum { PRODUCERS = 2 };

#define VALUE(producer, number) ((uint64_t)(producer) << 32 | (uint64_t)(number))

/* ---- Producers that run until they are told to stop, and tell how far they are ---- */

typedef struct {
  disruptor_t *ring;
  uint32_t number;
  random_t random;
  counter_t *stop;
  counter_t begun; /* elements of calls that have begun */
  counter_t done;  /* elements of calls that have returned */
} producer_t;

static void *produce_until_told(void *argument) {
  producer_t *producer = argument;
  uint64_t next = 0;
  while (counter_value(producer->stop) == 0) {
    size_t count = 1 + random_below(&producer->random, 8), produced = 77;
    counter_set(&producer->begun, next + count);
    CHECK_OK(produce_values(producer->ring, VALUE(producer->number, next), count, FOREVER, &produced));
    CHECK_U64(produced, count);
    next += count;
    counter_set(&producer->done, next);
    random_stagger(&producer->random);
  }
  return NULL;
}

/* A ring with running producers and a witness that is there from first to last. */
typedef struct {
  disruptor_t *ring;
  random_t random;
  counter_t stop;
  sink_t witness;
  producer_t producers[PRODUCERS];
  pthread_t threads[PRODUCERS];
} traffic_t;

static void traffic_begin_on(traffic_t *traffic, disruptor_t *ring, uint64_t stream) {
  size_t i;
  traffic->random = random_stream(stream);
  traffic->ring = ring;
  counter_init(&traffic->stop);
  sink_init(&traffic->witness);
  sink_register(&traffic->witness, traffic->ring);
  for (i = 0; i < PRODUCERS; i++) {
    producer_t *producer = &traffic->producers[i];
    producer->ring = traffic->ring;
    producer->number = (uint32_t)i;
    producer->random.state = random_next(&traffic->random);
    producer->stop = &traffic->stop;
    counter_init(&producer->begun);
    counter_init(&producer->done);
    traffic->threads[i] = test_spawn(produce_until_told, producer);
  }
}

static void traffic_begin(traffic_t *traffic, uint64_t stream) {
  random_t random = random_stream(stream + 100);
  traffic_begin_on(traffic, test_ring(1 + random_below(&random, 20)), stream);
}

static void traffic_stop(traffic_t *traffic) {
  size_t i;
  counter_set(&traffic->stop, 1);
  for (i = 0; i < PRODUCERS; i++) {
    test_join(traffic->threads[i]);
  }
}

/* Stops the producers, closes the ring, and checks that the witness has seen everything. */
static void traffic_close(traffic_t *traffic) {
  uint64_t total = 0, next[PRODUCERS] = {0};
  const sink_t *witness = &traffic->witness;
  size_t i;
  traffic_stop(traffic);
  CHECK_OK(disruptor_close(traffic->ring, FOREVER));
  for (i = 0; i < witness->value_count; i++) {
    uint64_t producer = witness->values[i] >> 32;
    CHECK(producer < PRODUCERS);
    CHECK_U64(witness->values[i], VALUE(producer, next[producer]));
    next[producer]++;
  }
  for (i = 0; i < PRODUCERS; i++) {
    CHECK_U64(next[i], counter_value(&traffic->producers[i].done));
    total += next[i];
  }
  CHECK_U64(witness->consumed, total);
  CHECK_U64(test_stats(traffic->ring).produced, total);
  CHECK_OK(disruptor_destroy(traffic->ring));
  sink_expect_closed(&traffic->witness);
}

static void traffic_free(traffic_t *traffic) { sink_free(&traffic->witness); }

static void stagger_long(random_t *random) {
  size_t i, times = random_below(random, 10);
  for (i = 0; i < times; i++) {
    random_stagger(random);
  }
}

/* ---- What a newcomer sees ---- */

typedef struct {
  sink_t sink;
  uint64_t begun[PRODUCERS];   /* when its register had returned: it sees all elements from here on */
  uint64_t done[PRODUCERS];    /* when it was flushed and asked to leave: it has seen all elements up to here */
} newcomer_t;

static void newcomer_join(newcomer_t *newcomer, traffic_t *traffic) {
  size_t i;
  sink_init(&newcomer->sink);
  sink_register(&newcomer->sink, traffic->ring);
  for (i = 0; i < PRODUCERS; i++) {
    newcomer->begun[i] = counter_value(&traffic->producers[i].begun);
  }
}

static void newcomer_leave(newcomer_t *newcomer, traffic_t *traffic) {
  size_t i;
  for (i = 0; i < PRODUCERS; i++) {
    newcomer->done[i] = counter_value(&traffic->producers[i].done);
  }
  CHECK_OK(disruptor_flush(traffic->ring, FOREVER));
  sink_unregister(&newcomer->sink);
  sink_expect_closed(&newcomer->sink);
}

/* Under the same numbers it saw the same elements as the witness, and none of those that it had to see is missing. */
static void newcomer_check(newcomer_t *newcomer, const traffic_t *traffic) {
  sink_t *sink = &newcomer->sink;
  bool seen[PRODUCERS] = {false};
  uint64_t first[PRODUCERS] = {0}, after[PRODUCERS] = {0};
  size_t i;
  CHECK_U64(sink->consumed, sink->value_count);
  for (i = 0; i < sink->value_count; i++) {
    uint64_t producer = sink->values[i] >> 32, number = sink->values[i] & UINT32_MAX;
    CHECK_U64(sink->values[i], traffic->witness.values[sink->first + i]);
    first[producer] = seen[producer] ? first[producer] : number;
    seen[producer] = true;
    after[producer] = number + 1;
  }
  for (i = 0; i < PRODUCERS; i++) {
    if (newcomer->done[i] > newcomer->begun[i]) {
      CHECK(seen[i]);
      CHECK_AT_MOST(first[i], newcomer->begun[i]);
      CHECK_AT_LEAST(after[i], newcomer->done[i]);
    }
  }
  sink_free(sink);
}

enum { NEWCOMERS = 30 };

static void a_newcomer_sees_exactly_what_follows(void) {
  size_t round, rounds = test_rounds(12), i;
  newcomer_t *newcomers = calloc(NEWCOMERS, sizeof *newcomers);
  CHECK(newcomers != NULL);
  for (round = 0; round < rounds; round++) {
    traffic_t traffic;
    traffic_begin(&traffic, round);
    for (i = 0; i < NEWCOMERS; i++) {
      stagger_long(&traffic.random);
      newcomer_join(&newcomers[i], &traffic);
      stagger_long(&traffic.random);
      newcomer_leave(&newcomers[i], &traffic);
    }
    traffic_close(&traffic);
    for (i = 0; i < NEWCOMERS; i++) {
      newcomer_check(&newcomers[i], &traffic);
    }
    traffic_free(&traffic);
  }
  free(newcomers);
}

/* ---- Many come and go at the same time ---- */

typedef struct {
  traffic_t *traffic;
  random_t random;
  newcomer_t newcomers[NEWCOMERS];
} churner_t;

static void *churn(void *argument) {
  churner_t *churner = argument;
  size_t i;
  for (i = 0; i < NEWCOMERS; i++) {
    stagger_long(&churner->random);
    newcomer_join(&churner->newcomers[i], churner->traffic);
    stagger_long(&churner->random);
    newcomer_leave(&churner->newcomers[i], churner->traffic);
  }
  return NULL;
}

static void several_threads_register_and_unregister(void) {
  enum { CHURNERS = 3 };
  size_t round, rounds = test_rounds(4), i, j;
  churner_t *churners = calloc(CHURNERS, sizeof *churners);
  CHECK(churners != NULL);
  for (round = 0; round < rounds; round++) {
    traffic_t traffic;
    pthread_t threads[CHURNERS];
    traffic_begin(&traffic, 20 + round);
    for (i = 0; i < CHURNERS; i++) {
      churners[i].traffic = &traffic;
      churners[i].random.state = random_next(&traffic.random);
      threads[i] = test_spawn(churn, &churners[i]);
    }
    for (i = 0; i < CHURNERS; i++) {
      test_join(threads[i]);
    }
    traffic_close(&traffic);
    for (i = 0; i < CHURNERS; i++) {
      for (j = 0; j < NEWCOMERS; j++) {
        newcomer_check(&churners[i].newcomers[j], &traffic);
      }
    }
    traffic_free(&traffic);
  }
  free(churners);
}

/* ---- A running chain comes apart ---- */

enum { STAGES = 4 };

/* Stage i depends on stage i-1, the first on the witness; but each is checked against all that stand before it. */
static void register_stage(sink_t *stages, size_t i, traffic_t *traffic) {
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config;
  size_t before;
  sink_init(&stages[i]);
  stages[i].after[0] = i > 0 ? &stages[i - 1] : &traffic->witness;
  config = sink_config(&stages[i], ids);
  for (before = 1; before <= i; before++) {
    stages[i].after[before] = before == i ? &traffic->witness : &stages[before - 1];
  }
  sink_register_with(&stages[i], traffic->ring, &config);
}

/* Whoever leaves, in whatever order: the rest stays behind those who stood before it. */
static void stages_leave_a_running_chain(void) {
  size_t round, rounds = test_rounds(100), i;
  for (round = 0; round < rounds; round++) {
    traffic_t traffic;
    sink_t stages[STAGES];
    bool left[STAGES] = {false};
    size_t leaving;
    traffic_begin(&traffic, 40 + round);
    for (i = 0; i < STAGES; i++) {
      register_stage(stages, i, &traffic);
    }
    for (leaving = random_below(&traffic.random, STAGES + 1); leaving > 0; leaving--) {
      i = random_below(&traffic.random, STAGES);
      stagger_long(&traffic.random);
      if (!left[i]) {
        left[i] = true;
        sink_unregister(&stages[i]);
        sink_expect_closed(&stages[i]);
      }
    }
    stagger_long(&traffic.random);
    traffic_close(&traffic);
    for (i = 0; i < STAGES; i++) {
      uint64_t j;
      for (j = 0; j < stages[i].value_count; j++) {
        CHECK_U64(stages[i].values[j], traffic.witness.values[stages[i].first + j]);
      }
      if (!left[i] && stages[i].consumed > 0) {
        CHECK_U64(stages[i].first + stages[i].consumed, traffic.witness.consumed);
      }
      sink_expect_closed(&stages[i]);
      sink_free(&stages[i]);
    }
    traffic_free(&traffic);
  }
}

/* ---- Consumers that fail or leave by themselves ---- */

static int32_t soon_stop(sink_t *sink, const disruptor_batch_t *batch) {
  const uint64_t *last = sink->data;
  (void)batch;
  if (sink->consumed >= *last) {
    sink_may_leave(sink);
    if (*last % 2 == 0) {
      return 1; /* on_error says STOP */
    }
    sink_unregister(sink);
  }
  return 0;
}

static uint32_t say_stop(void *user_data, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  (void)user_data, (void)consumer, (void)batch, (void)code;
  return DISRUPTOR_ERROR_STOP;
}

/* Behind one that may have stopped already. */
static void register_behind(sink_t *sink, disruptor_t *ring) {
  disruptor_status_t status;
  uint32_t ids[SINK_DEPENDENCIES];
  disruptor_consumer_config_t config = sink_config(sink, ids);
  sink->ring = ring;
  status = disruptor_register(ring, &config, &sink->id);
  CHECK(status == DISRUPTOR_OK || status == DISRUPTOR_NO_SUCH_CONSUMER);
  if (status == DISRUPTOR_NO_SUCH_CONSUMER) {
    sink->after[0] = NULL;
    sink_register(sink, ring);
  }
}

static void who_stops_holds_nobody_back(void) {
  size_t round, rounds = test_rounds(60), i;
  for (round = 0; round < rounds; round++) {
    disruptor_config_t config = test_config(1 + round % 16);
    traffic_t traffic;
    sink_t stopping[3], behind;
    uint64_t last[3];
    config.on_error = say_stop;
    traffic_begin_on(&traffic, test_ring_of(&config), 200 + round);
    for (i = 0; i < 3; i++) {
      last[i] = random_below(&traffic.random, 50);
      sink_init(&stopping[i]);
      stopping[i].hook = soon_stop;
      stopping[i].data = &last[i];
      sink_register(&stopping[i], traffic.ring);
    }
    sink_init(&behind);
    behind.after[0] = &stopping[0];
    register_behind(&behind, traffic.ring);
    /* Only a ring that goes on gets there: everybody has stopped, and much more has been produced. */
    sink_await(&traffic.witness, 2000);
    for (i = 0; i < 3; i++) {
      AWAIT(test_consumer_stats(traffic.ring, stopping[i].id).state ==
            (last[i] % 2 == 0 ? DISRUPTOR_STATE_FAILED : DISRUPTOR_STATE_CLOSED));
    }
    traffic_close(&traffic);
    for (i = 0; i < 3; i++) {
      sink_expect_closed(&stopping[i]);
      sink_free(&stopping[i]);
    }
    sink_expect_closed(&behind);
    sink_free(&behind);
    traffic_free(&traffic);
  }
}

static const test_case_t cases[] = {
    CASE(a_newcomer_sees_exactly_what_follows),
    CASE(several_threads_register_and_unregister),
    CASE(stages_leave_a_running_chain),
    CASE(who_stops_holds_nobody_back),
};
TEST_MAIN(cases)
