/* Sends so many elements of 8 bytes in one way, for tests/instructions.rs, which counts what that takes:
 *
 *   program WAY single|multi BATCH COUNT
 *
 * Producing is measured while nobody reads: a poller that is never polled is there, and the ring has room for all. For
 * consuming, the consumer is held in its first callback until everything is produced; so nobody ever waits for a
 * moment that is not always the same. */
#include <disruptor.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 65536, BATCH_MAX = 100 };

static void must(disruptor_status_t status) {
  if (status == DISRUPTOR_OK) return;
  fprintf(stderr, "%s: %s\n", disruptor_status_name(status), disruptor_last_error());
  exit(1);
}

static void produce_one(disruptor_t *ring, size_t batch, size_t count) {
  (void)batch;
  for (uint64_t i = 0; i < count; i++) must(disruptor_produce_one(ring, &i, sizeof i));
}

static void produce(disruptor_t *ring, size_t batch, size_t count) {
  static uint64_t values[BATCH_MAX];
  disruptor_slice_t slices[BATCH_MAX];
  for (size_t i = 0; i < batch; i++) slices[i] = (disruptor_slice_t){(const uint8_t *)&values[i], sizeof values[i]};
  for (size_t i = 0; i < count; i += batch) must(disruptor_produce(ring, slices, batch));
}

static void claim(disruptor_t *ring, size_t batch, size_t count) {
  disruptor_claim_t slots;
  for (size_t i = 0; i < count; i += batch) {
    must(disruptor_claim(ring, batch, DISRUPTOR_WAIT_FOREVER, &slots));
    for (size_t k = 0; k < batch; k++) {
      *(uint64_t *)disruptor_claim_data(&slots, k) = k;
      disruptor_claim_set_len(&slots, k, sizeof(uint64_t));
    }
    must(disruptor_publish(ring, &slots));
  }
}

/* Out of claims of a thousand. */
static void stream(disruptor_t *ring, size_t batch, size_t count) {
  disruptor_claim_t slots;
  for (size_t i = 0; i < count; i += 1000) {
    must(disruptor_claim(ring, 1000, DISRUPTOR_WAIT_FOREVER, &slots));
    while (slots.count > 0) {
      for (size_t k = 0; k < batch; k++) *(uint64_t *)disruptor_claim_data(&slots, k) = k;
      must(disruptor_claim_publish(ring, &slots, batch));
    }
  }
}

static sem_t reached, gate;

/* The first batch is a single element, with which the consumer is held. */
static int32_t take(void *user_data, const disruptor_batch_t *batch) {
  uint64_t *seen = (uint64_t *)user_data;
  if (*seen == 0) {
    sem_post(&reached);
    sem_wait(&gate);
  }
  *seen += batch->count;
  return 0;
}

static void consume(disruptor_t *ring, size_t batch, size_t count, uint64_t flags) {
  uint64_t seen = 0;
  uint32_t id;
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.on_batch = take;
  config.user_data = &seen;
  config.max_batch = batch;
  config.flags = flags;
  sem_init(&reached, 0, 0);
  sem_init(&gate, 0, 0);
  must(disruptor_register(ring, &config, &id));
  produce_one(ring, 1, 1);
  while (sem_wait(&reached) != 0) {
  }
  produce(ring, BATCH_MAX, count);
  sem_post(&gate);
  must(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER));
  if (seen != count + 1) exit(1);
}

int main(int argc, char **argv) {
  disruptor_t *ring;
  disruptor_config_t config;
  if (argc != 5) return 2;
  const char *way = argv[1];
  size_t batch = strtoul(argv[3], NULL, 10), count = strtoul(argv[4], NULL, 10);
  disruptor_config_init(&config);
  config.capacity = CAPACITY;
  config.element_size = sizeof(uint64_t);
  config.producer_mode = strcmp(argv[2], "single") == 0 ? DISRUPTOR_PRODUCER_SINGLE : DISRUPTOR_PRODUCER_MULTI;
  must(disruptor_create(&config, &ring));
  if (strcmp(way, "slices") == 0) {
    consume(ring, batch, count, 0);
  } else if (strcmp(way, "spans") == 0) {
    consume(ring, batch, count, DISRUPTOR_CONSUMER_SPANS);
  } else {
    disruptor_poller_t *nobody;
    disruptor_consumer_config_t polled;
    disruptor_consumer_config_init(&polled);
    must(disruptor_poller_create(ring, &polled, &nobody));
    if (strcmp(way, "produce_one") == 0) produce_one(ring, batch, count);
    else if (strcmp(way, "produce") == 0) produce(ring, batch, count);
    else if (strcmp(way, "claim") == 0) claim(ring, batch, count);
    else if (strcmp(way, "stream") == 0) stream(ring, batch, count);
    else return 2;
    must(disruptor_poller_destroy(nobody));
  }
  must(disruptor_destroy(ring));
  return 0;
}
