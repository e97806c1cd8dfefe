/* Random graphs of consumers, groups and pollers: whoever depends on others comes after them, for each element. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 6, MEMBERS = 2, ELEMENTS = 250, LARGEST_BATCH = 3 };

typedef struct node_t node_t;

enum { CONSUMER, MEMBERS_OF_A_GROUP, POLLER, KINDS };

struct node_t {
  uint64_t kind; /* CONSUMER ... */
  size_t number;
  const node_t *nodes;
  bool after[NODES];
  uint32_t ids[MEMBERS];
  disruptor_poller_t *poller;
  pthread_t thread;
  unsigned char done[ELEMENTS]; /* by value; atomic */
};

static void consume(node_t *node, const disruptor_batch_t *batch, size_t count) {
  size_t i, other;
  for (i = 0; i < count; i++) {
    uint64_t value = element_value(&batch->elements[i]);
    CHECK(value < ELEMENTS);
    for (other = 0; other < node->number; other++) {
      if (node->after[other]) {
        CHECK_U64(__atomic_load_n(&node->nodes[other].done[value], __ATOMIC_ACQUIRE), 1);
      }
    }
    CHECK_U64(__atomic_exchange_n(&node->done[value], 1, __ATOMIC_ACQ_REL), 0);
  }
}

static int32_t on_batch(void *of, const disruptor_batch_t *batch) {
  consume(of, batch, batch->count);
  return 0;
}

static void *poll_until_closed(void *of) {
  node_t *node = of;
  random_t random = random_stream(node->number);
  disruptor_batch_t batch;
  disruptor_status_t status;
  while ((status = disruptor_poll(node->poller, FOREVER, &batch)) == DISRUPTOR_OK) {
    size_t count = (size_t)random_below(&random, batch.count + 1);
    consume(node, &batch, count);
    CHECK_OK(disruptor_poller_release(node->poller, count));
  }
  CHECK_STATUS(status, DISRUPTOR_CLOSED);
  return NULL;
}

static void enter(node_t *node, disruptor_t *ring, random_t *random) {
  disruptor_consumer_config_t config;
  uint32_t dependencies[NODES];
  size_t other, i;
  disruptor_consumer_config_init(&config);
  config.user_data = node;
  for (other = 0; other < node->number; other++) {
    node->after[other] = random_below(random, 3) == 0;
    if (node->after[other]) {
      dependencies[config.depends_on_count++] = node->nodes[other].ids[random_below(random, MEMBERS)];
    }
  }
  config.depends_on = dependencies;
  config.max_batch = (size_t)random_below(random, LARGEST_BATCH + 1);
  switch (node->kind) {
    case POLLER:
      CHECK_OK(disruptor_poller_create(ring, &config, &node->poller));
      CHECK_OK(disruptor_poller_id(node->poller, &node->ids[0]));
      node->thread = test_spawn(poll_until_closed, node);
      break;
    case MEMBERS_OF_A_GROUP:
      config.group = (uint32_t)node->number + 1;
      config.on_batch = on_batch;
      for (i = 0; i < MEMBERS; i++) {
        CHECK_OK(disruptor_register(ring, &config, &node->ids[i]));
      }
      return;
    default:
      config.on_batch = on_batch;
      CHECK_OK(disruptor_register(ring, &config, &node->ids[0]));
  }
  for (i = 1; i < MEMBERS; i++) {
    node->ids[i] = node->ids[0];
  }
}

static void leave(node_t *node) {
  size_t i;
  if (node->kind == POLLER) {
    test_join(node->thread);
    CHECK_OK(disruptor_poller_destroy(node->poller));
  }
  for (i = 0; i < ELEMENTS; i++) {
    CHECK_U64(node->done[i], 1);
  }
}

/* Some of the elements copied, some in place, between slots that are abandoned. */
static void produce_elements(disruptor_t *ring, size_t capacity, random_t *random) {
  uint64_t next = 0;
  while (next < ELEMENTS) {
    disruptor_claim_t claim;
    size_t count = 1 + (size_t)random_below(random, capacity), i;
    count = count < ELEMENTS - next ? count : (size_t)(ELEMENTS - next);
    switch (random_below(random, 3)) {
      case 0:
        produce_all(ring, next, count);
        next += count;
        break;
      case 1:
        CHECK_OK(disruptor_claim(ring, count, FOREVER, &claim));
        CHECK_OK(disruptor_abandon(ring, &claim));
        break;
      default:
        CHECK_OK(disruptor_claim(ring, count, FOREVER, &claim));
        for (i = 0; i < count; i++, next++) {
          memcpy(disruptor_claim_data(&claim, i), &next, sizeof next);
          disruptor_claim_set_len(&claim, i, sizeof next);
        }
        CHECK_OK(disruptor_publish(ring, &claim));
    }
  }
}

static void random_graph(uint32_t producer_mode, uint32_t wait_strategy) {
  /* With more threads that spin than cores little gets done: a few small graphs must do. */
  bool spins = wait_strategy == DISRUPTOR_WAIT_SPIN;
  size_t rounds = spins ? 2 : test_rounds(25), count = spins ? 2 : NODES, round, i;
  random_t random = random_stream(producer_mode * 10 + wait_strategy);
  node_t *nodes = calloc(NODES, sizeof *nodes);
  CHECK(nodes != NULL);
  for (round = 0; round < rounds; round++) {
    size_t capacity = LARGEST_BATCH + (size_t)random_below(&random, 18);
    disruptor_config_t config = test_config(capacity);
    disruptor_t *ring;
    config.producer_mode = producer_mode;
    config.wait_strategy = wait_strategy;
    ring = test_ring_of(&config);
    memset(nodes, 0, NODES * sizeof *nodes);
    for (i = 0; i < count; i++) {
      nodes[i].number = i;
      nodes[i].nodes = nodes;
      nodes[i].kind = random_below(&random, KINDS);
      enter(&nodes[i], ring, &random);
    }
    produce_elements(ring, capacity, &random);
    CHECK_OK(disruptor_destroy(ring));
    for (i = 0; i < count; i++) {
      leave(&nodes[i]);
    }
  }
  free(nodes);
}

static void whoever_depends_on_others_comes_after_them(void) { test_every_mode_and_strategy(random_graph); }

/* ---- The middle one comes and goes ---- */

static uint64_t first_has; /* so many values, from 0 on */

static int32_t mark(void *nothing, const disruptor_batch_t *batch) {
  size_t i;
  (void)nothing;
  for (i = 0; i < batch->count; i++) {
    CHECK_U64(element_value(&batch->elements[i]), first_has);
    __atomic_store_n(&first_has, first_has + 1, __ATOMIC_RELEASE);
  }
  return 0;
}

static int32_t expect_marked(void *count, const disruptor_batch_t *batch) {
  size_t i;
  for (i = 0; i < batch->count; i++) {
    CHECK_AT_LEAST(__atomic_load_n(&first_has, __ATOMIC_ACQUIRE), element_value(&batch->elements[i]) + 1);
  }
  *(uint64_t *)count += batch->count;
  return 0;
}

static uint32_t registered(disruptor_t *ring, disruptor_consume_fn consume_fn, void *data, uint32_t group,
                           uint32_t dependency) {
  disruptor_consumer_config_t config;
  uint32_t id;
  disruptor_consumer_config_init(&config);
  config.on_batch = consume_fn;
  config.user_data = data;
  config.group = group;
  config.depends_on = &dependency;
  config.depends_on_count = dependency == UINT32_MAX ? 0 : 1;
  CHECK_OK(disruptor_register(ring, &config, &id));
  return id;
}

/* Each round puts something between the first and the last one, lets a new last one depend on it, and takes it out
 * again: who was behind it is behind the first then, and never before that. */
static void the_middle_comes_and_goes(void) {
  size_t rounds = test_rounds(200), round;
  uint64_t counts[3] = {0, 0, 0};
  stream_t stream;
  pthread_t producer;
  uint32_t first;
  stream.ring = test_ring(8);
  stream.accepted = 0;
  first = registered(stream.ring, mark, NULL, 0, UINT32_MAX);
  producer = test_spawn(produce_stream, &stream);
  for (round = 0; round < rounds; round++) {
    uint32_t group = round % 3 == 1 ? 9 : 0, last;
    if (round % 3 == 2) {
      disruptor_consumer_config_t config;
      disruptor_poller_t *poller;
      disruptor_batch_t batch;
      uint32_t id;
      disruptor_consumer_config_init(&config);
      config.depends_on = &first;
      config.depends_on_count = 1;
      CHECK_OK(disruptor_poller_create(stream.ring, &config, &poller));
      CHECK_OK(disruptor_poller_id(poller, &id));
      last = registered(stream.ring, expect_marked, &counts[2], 0, id);
      CHECK_OK(disruptor_poll(poller, FOREVER, &batch));
      expect_marked(&counts[0], &batch);
      CHECK_OK(disruptor_poller_release(poller, batch.count / 2));
      CHECK_OK(disruptor_poller_destroy(poller));
    } else {
      uint32_t middle = registered(stream.ring, expect_marked, &counts[0], group, first);
      uint32_t other = group == 0 ? middle : registered(stream.ring, expect_marked, &counts[1], group, first);
      last = registered(stream.ring, expect_marked, &counts[2], 0, other);
      CHECK_OK(disruptor_unregister(stream.ring, middle, FOREVER));
      CHECK_OK(disruptor_unregister(stream.ring, other, FOREVER));
    }
    CHECK_OK(disruptor_unregister(stream.ring, last, FOREVER));
  }
  CHECK_OK(disruptor_close(stream.ring, FOREVER));
  test_join(producer);
  CHECK_U64(test_consumer_stats(stream.ring, first).consumed, stream.accepted);
  CHECK_OK(disruptor_destroy(stream.ring));
}

static const test_case_t cases[] = {
    CASE(whoever_depends_on_others_comes_after_them),
    CASE(the_middle_comes_and_goes),
};

TEST_MAIN(cases)
