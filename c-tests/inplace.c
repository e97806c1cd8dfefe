/* A consumer that runs alone between its dependencies and its dependents changes elements in place for the later ones;
 * so do the members of a group, and a poller. */
#include "sink.h"

#include <string.h>

enum { STAGES = 4 };

/* Each stage finds the work of the one before, and adds its own. */
typedef struct {
  uint64_t value;
  uint64_t trail;
} element_t;

typedef struct {
  uint64_t stage, expected_trail, own, consumed;
  bool in_order;
} stage_t;

static void work_on(stage_t *stage, const disruptor_batch_t *batch, size_t count) {
  size_t i;
  uint64_t before = __atomic_fetch_add(&stage->consumed, count, __ATOMIC_RELAXED);
  for (i = 0; i < count; i++) {
    element_t element;
    CHECK_U64(batch->elements[i].len, sizeof element);
    memcpy(&element, batch->elements[i].data, sizeof element);
    if (stage->in_order) {
      CHECK_U64(element.value, before + i);
    }
    CHECK_U64(element.trail, element.value * 31 + stage->expected_trail);
    if (stage->own > 0) {
      element.trail += stage->own;
      memcpy(batch->elements[i].data, &element, sizeof element);
    }
  }
}

static int32_t on_batch(void *of, const disruptor_batch_t *batch) {
  work_on(of, batch, batch->count);
  return 0;
}

typedef struct {
  disruptor_poller_t *poller;
  stage_t *stage;
} polling_t;

static void *poll_until_closed(void *of) {
  polling_t *polling = of;
  random_t random = random_stream(0);
  disruptor_batch_t batch;
  while (disruptor_poll(polling->poller, FOREVER, &batch) == DISRUPTOR_OK) {
    size_t count = (size_t)random_below(&random, batch.count + 1); /* the others must come unchanged again */
    work_on(polling->stage, &batch, count);
    CHECK_OK(disruptor_poller_release(polling->poller, count));
  }
  return NULL;
}

/* Elements with values counting up from `first`, made in place. */
static void claim_elements(disruptor_t *ring, uint64_t first, size_t count) {
  disruptor_claim_t claim;
  size_t i;
  CHECK_OK(disruptor_claim(ring, count, FOREVER, &claim));
  for (i = 0; i < count; i++) {
    element_t element;
    element.value = first + i;
    element.trail = element.value * 31;
    memcpy(disruptor_claim_data(&claim, i), &element, sizeof element);
    disruptor_claim_set_len(&claim, i, sizeof element);
  }
  CHECK_OK(disruptor_publish(ring, &claim));
}

static void pipeline(uint32_t producer_mode, uint32_t wait_strategy) {
  uint64_t count = test_few_when_spinning(wait_strategy, test_rounds(3000)), next;
  disruptor_config_t config = test_config(9);
  stage_t stages[STAGES];
  disruptor_t *ring;
  polling_t polling = {NULL, NULL};
  pthread_t thread = pthread_self();
  uint32_t previous = 0;
  size_t i, member;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy;
  config.element_size = 48; /* larger than what is put in */
  ring = test_ring_of(&config);
  memset(stages, 0, sizeof stages);
  for (i = 0; i < STAGES; i++) {
    disruptor_consumer_config_t consumer;
    disruptor_consumer_config_init(&consumer);
    stages[i].stage = i;
    stages[i].own = (uint64_t)1000000 << i;
    stages[i].expected_trail = i == 0 ? 0 : stages[i - 1].expected_trail + stages[i - 1].own;
    stages[i].in_order = i != 1;
    consumer.on_batch = on_batch;
    consumer.user_data = &stages[i];
    consumer.depends_on = &previous;
    consumer.depends_on_count = i > 0;
    if (i == 2) {
      consumer.on_batch = NULL;
      polling.stage = &stages[i];
      CHECK_OK(disruptor_poller_create(ring, &consumer, &polling.poller));
      thread = test_spawn(poll_until_closed, &polling);
      CHECK_OK(disruptor_poller_id(polling.poller, &previous));
      continue;
    }
    consumer.group = i == 1;
    consumer.max_batch = i == 1 ? 2 : 0;
    for (member = 0; member < (i == 1 ? 3u : 1u); member++) {
      uint32_t id;
      CHECK_OK(disruptor_register(ring, &consumer, &id));
      if (member + 1 == (i == 1 ? 3u : 1u)) {
        previous = id;
      }
    }
  }
  for (next = 0; next < count; next += 3) {
    claim_elements(ring, next, 3);
  }
  CHECK_OK(disruptor_close(ring, FOREVER));
  test_join(thread);
  for (i = 0; i < STAGES; i++) {
    CHECK_U64(stages[i].consumed, next);
  }
  CHECK_U64(test_stats(ring).produced, next);
  CHECK_OK(disruptor_destroy(ring));
  CHECK_OK(disruptor_poller_destroy(polling.poller));
}

static void each_stage_finds_the_work_of_the_one_before(void) { test_every_mode_and_strategy(pipeline); }

/* Two that only look run side by side behind one that changes. */
static void two_see_what_one_changed(void) {
  disruptor_t *ring = test_ring(5);
  stage_t first = {0, 0, 7, 0, true}, second = {1, 7, 0, 0, true}, third = {1, 7, 0, 0, true};
  stage_t *stages[3];
  uint32_t ids[3];
  uint64_t i;
  stages[0] = &first;
  stages[1] = &second;
  stages[2] = &third;
  for (i = 0; i < 3; i++) {
    disruptor_consumer_config_t consumer;
    disruptor_consumer_config_init(&consumer);
    consumer.on_batch = on_batch;
    consumer.user_data = stages[i];
    consumer.depends_on = &ids[0];
    consumer.depends_on_count = i > 0;
    CHECK_OK(disruptor_register(ring, &consumer, &ids[i]));
  }
  for (i = 0; i < 2000; i++) {
    element_t element;
    element.value = i;
    element.trail = i * 31;
    CHECK_OK(disruptor_produce_one(ring, &element, sizeof element));
  }
  CHECK_OK(disruptor_destroy(ring));
  CHECK_U64(first.consumed, 2000);
  CHECK_U64(second.consumed, 2000);
  CHECK_U64(third.consumed, 2000);
}

/* The last lap's bytes are still there, so a program may keep what does not change. */
static void a_slot_keeps_the_bytes_of_its_last_lap(void) {
  disruptor_t *ring = test_ring(4);
  uint64_t lap, value;
  size_t i;
  sink_t sink;
  sink_init(&sink);
  sink_register(&sink, ring);
  for (lap = 0; lap < 5; lap++) {
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(ring, 4, FOREVER, &claim));
    for (i = 0; i < 4; i++) {
      memcpy(&value, disruptor_claim_data(&claim, i), sizeof value);
      CHECK_U64(value, lap == 0 ? 0 : (lap - 1) * 4 + i);
      value = lap * 4 + i;
      memcpy(disruptor_claim_data(&claim, i), &value, sizeof value);
      disruptor_claim_set_len(&claim, i, sizeof value);
    }
    CHECK_OK(disruptor_publish(ring, &claim));
  }
  CHECK_OK(disruptor_destroy(ring));
  sink_expect(&sink, 0, 20);
  sink_free(&sink);
}

static const test_case_t cases[] = {
    CASE(each_stage_finds_the_work_of_the_one_before),
    CASE(two_see_what_one_changed),
    CASE(a_slot_keeps_the_bytes_of_its_last_lap),
};

TEST_MAIN(cases)
