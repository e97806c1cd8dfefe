/* A group under load: members with different batches that fail, are retried, stop and leave while others go on, pollers
 * among them, slots that are abandoned, and a consumer behind it all. */
#include "test.h"

#include <string.h>

enum { GROUP = 4, VALUES = 400, MEMBERS = 4 };

typedef struct {
  disruptor_t *ring;
  pthread_mutex_t mutex;
  uint32_t given[VALUES];   /* how often a member has finished the value */
  uint32_t behind[VALUES];  /* the same of the consumer behind */
  uint64_t retries, stops;
  random_t random;
} world_t;

typedef struct {
  world_t *world;
  bool stops; /* at its first failure */
} member_t;

static uint64_t value_of(const disruptor_element_t *element) {
  uint64_t value;
  CHECK_U64(element->len, sizeof value);
  memcpy(&value, element->data, sizeof value);
  CHECK(value < VALUES);
  return value;
}

static void count(uint32_t *counts, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    counts[value_of(&batch->elements[i])]++;
  }
}

static int32_t share(void *of, const disruptor_batch_t *batch) {
  member_t *member = of;
  world_t *world = member->world;
  int32_t code;
  pthread_mutex_lock(&world->mutex);
  code = random_below(&world->random, 8) == 0 ? (member->stops ? 2 : 1) : 0;
  if (code != 1) {
    count(world->given, batch); /* what a stopped member had in hand it was given */
  }
  pthread_mutex_unlock(&world->mutex);
  return code;
}

static uint32_t decide(void *of, uint32_t consumer, const disruptor_batch_t *batch, int32_t code) {
  world_t *world = of;
  (void)consumer;
  (void)batch;
  pthread_mutex_lock(&world->mutex);
  *(code == 2 ? &world->stops : &world->retries) += 1;
  pthread_mutex_unlock(&world->mutex);
  return code == 2 ? DISRUPTOR_ERROR_STOP : DISRUPTOR_ERROR_RETRY;
}

static int32_t come_after(void *of, const disruptor_batch_t *batch) {
  world_t *world = of;
  size_t i;
  pthread_mutex_lock(&world->mutex);
  count(world->behind, batch);
  for (i = 0; i < batch->count; i++) {
    CHECK_U64(world->given[value_of(&batch->elements[i])], 1);
  }
  pthread_mutex_unlock(&world->mutex);
  return 0;
}

static disruptor_consumer_config_t member_config(random_t *random) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.group = GROUP;
  config.min_batch = (size_t)random_below(random, 4);
  config.max_batch = config.min_batch + (size_t)random_below(random, 3);
  config.linger_ns = random_below(random, 2) * MILLISECOND / 10;
  return config;
}

static uint32_t join(world_t *world, member_t *member, random_t *random, bool stops) {
  disruptor_consumer_config_t config = member_config(random);
  uint32_t id;
  member->world = world;
  member->stops = stops;
  config.on_batch = share;
  config.user_data = member;
  CHECK_OK(disruptor_register(world->ring, &config, &id));
  return id;
}

/* A poller joins, takes something, finishes a part of it, and goes. */
static void pass_by(world_t *world, random_t *random) {
  disruptor_consumer_config_t config = member_config(random);
  disruptor_poller_t *poller;
  disruptor_batch_t batch;
  CHECK_OK(disruptor_poller_create(world->ring, &config, &poller));
  if (disruptor_poll(poller, random_below(random, 2) * MILLISECOND / 4, &batch) == DISRUPTOR_OK) {
    batch.count = (size_t)random_below(random, batch.count + 1);
    pthread_mutex_lock(&world->mutex);
    count(world->given, &batch);
    pthread_mutex_unlock(&world->mutex);
    CHECK_OK(disruptor_poller_release(poller, batch.count));
  }
  CHECK_OK(disruptor_poller_destroy(poller));
}

static void *produce_all_values(void *of) {
  world_t *world = of;
  random_t random = random_stream(99);
  uint64_t value = 0;
  while (value < VALUES) {
    size_t i, wanted = 1 + (size_t)random_below(&random, 5);
    disruptor_claim_t claim;
    CHECK_OK(disruptor_claim(world->ring, wanted, FOREVER, &claim));
    if (random_below(&random, 3) == 0 || VALUES - value < wanted) {
      CHECK_OK(disruptor_abandon(world->ring, &claim));
      CHECK_OK(disruptor_produce_one(world->ring, &value, sizeof value));
      value++;
      continue;
    }
    for (i = 0; i < wanted; i++, value++) {
      memcpy(disruptor_claim_data(&claim, i), &value, sizeof value);
      disruptor_claim_set_len(&claim, i, sizeof value);
    }
    CHECK_OK(disruptor_publish(world->ring, &claim));
  }
  return NULL;
}

static uint64_t retries, stops; /* of all rounds */

static void run(uint32_t producer_mode, size_t round) {
  disruptor_config_t config = test_config(13); /* batches go across the end of the memory */
  disruptor_consumer_config_t behind;
  random_t random = random_stream(round);
  member_t members[MEMBERS], stayer;
  uint32_t ids[MEMBERS], first, id;
  world_t world;
  pthread_t producer;
  size_t turn, i;
  memset(&world, 0, sizeof world);
  pthread_mutex_init(&world.mutex, NULL);
  world.random = random_stream(round + 1000);
  config.producer_mode = producer_mode;
  config.on_error = decide;
  config.on_error_data = &world;
  world.ring = test_ring_of(&config);
  first = join(&world, &stayer, &random, false);
  for (i = 0; i < MEMBERS; i++) {
    ids[i] = join(&world, &members[i], &random, i == 0);
  }
  disruptor_consumer_config_init(&behind);
  behind.on_batch = come_after;
  behind.user_data = &world;
  behind.depends_on = &first;
  behind.depends_on_count = 1;
  behind.min_batch = round % 3;
  CHECK_OK(disruptor_register(world.ring, &behind, &id));
  producer = test_spawn(produce_all_values, &world);
  for (turn = 0; turn < 12; turn++) {
    i = (size_t)random_below(&random, MEMBERS);
    CHECK_OK(disruptor_unregister(world.ring, ids[i], FOREVER));
    pass_by(&world, &random);
    ids[i] = join(&world, &members[i], &random, turn % 4 == 0);
  }
  test_join(producer);
  CHECK_OK(disruptor_flush(world.ring, FOREVER));
  for (i = 0; i < VALUES; i++) {
    CHECK_U64(world.given[i], 1);
    CHECK_U64(world.behind[i], 1);
  }
  CHECK_OK(disruptor_destroy(world.ring));
  retries += world.retries;
  stops += world.stops;
  pthread_mutex_destroy(&world.mutex);
}

static void each_element_is_finished_once(void) {
  size_t round, rounds = test_rounds(30);
  /* Who gets what, and so who fails, is chance: it goes on until there was some of everything. */
  for (round = 0; round < rounds || retries == 0 || stops == 0; round++) {
    run((uint32_t)(round % 2), round);
  }
}

static const test_case_t cases[] = {
    CASE(each_element_is_finished_once),
};

TEST_MAIN(cases)
