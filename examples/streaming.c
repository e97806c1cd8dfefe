/* A stream of small elements of one size, at full speed: written where they will be read, published one by one without
 * a call, read as pieces of the ring's memory. Run it with `cargo xtask streaming`.
 *
 *   sensor ──► ring ──► statistics
 *
 *                    claimed at once: 1,000 slots
 *            ┌────────────────────────┴────────────────────────┐
 *   ring ────┬────┬────┬────┬────┬────┬────┬────┬────┬────┬────┬────
 *            │ 40 │ 41 │ 42 │ 43 │    │    │    │    │    │    │
 *        ────┴────┴────┴────┴────┴────┴────┴────┴────┴────┴────┴────
 *            └── published ──┘  ▲ the next one: disruptor_claim_data(&claim, 0)
 *                    │
 *                    ▼ a span: element i is at span + i * stride
 *
 * Consumers get what is published, while the rest of the claim is still being written. What is claimed and never
 * published would hold them back for ever, so at the end the rest is given up.
 */
#include <disruptor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 1234567, CAPACITY = 8192, CLAIM = 1000 };

struct sample {
  int64_t time;
  int32_t value;
  int32_t sensor;
};

struct statistics {
  uint64_t samples, unordered;
  int64_t sum;
  int32_t least, most;
};

/* With DISRUPTOR_CONSUMER_SPANS `elements` is NULL. The samples lie in memory as in an array, because `element_size`
 * is a multiple of the alignment, so that `stride` is `element_size`; and then compilers make such a loop fast. */
static int32_t summarise(void *user_data, const disruptor_batch_t *batch) {
  struct statistics *statistics = user_data;
  const struct sample *samples = (const struct sample *)(const void *)batch->span;
  if (batch->stride != sizeof *samples || batch->length != sizeof *samples) {
    return 1; /* a number of our own: not what we produce */
  }
  for (size_t i = 0; i < batch->count; i++) {
    int32_t value = samples[i].value;
    statistics->unordered += samples[i].time != (int64_t)(batch->first_sequence + i);
    statistics->sum += value;
    statistics->least = value < statistics->least ? value : statistics->least;
    statistics->most = value > statistics->most ? value : statistics->most;
  }
  statistics->samples += batch->count;
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "streaming: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

/* Stands for a device: writes a sample straight into its slot. Returns 0 when there are no more. All of a slot is to be
 * written, since it still holds what was there a lap ago. */
static int read_sensor(int64_t time, struct sample *slot) {
  if (time == SAMPLES) {
    return 0;
  }
  slot->time = time;
  slot->value = (int32_t)(time % 2001) - 1000;
  slot->sensor = 7;
  return 1;
}

static void stream(disruptor_t *ring) {
  disruptor_claim_t claim;
  int64_t time = 0;
  for (;;) {
    check(disruptor_claim(ring, CLAIM, DISRUPTOR_WAIT_FOREVER, &claim)); /* waits for room, if there is none */
    while (claim.count > 0) {
      if (!read_sensor(time++, disruptor_claim_data(&claim, 0))) {
        check(disruptor_abandon(ring, &claim)); /* the rest of the claim */
        return;
      }
      check(disruptor_claim_publish(ring, &claim, 1)); /* the claim is now what is left of it */
    }
  }
}

int main(void) {
  struct statistics statistics = {0, 0, 0, INT32_MAX, INT32_MIN};
  int64_t expected = 0;
  disruptor_t *ring = NULL;
  uint32_t id;
  disruptor_config_t config;
  disruptor_consumer_config_t consumer;

  disruptor_config_init(&config);
  config.name = "streaming";
  config.capacity = CAPACITY;
  config.element_size = sizeof(struct sample); /* of each element, as long as nobody sets another length */
  config.producer_mode = DISRUPTOR_PRODUCER_SINGLE;
  check(disruptor_create(&config, &ring));
  disruptor_consumer_config_init(&consumer);
  consumer.name = "statistics";
  consumer.on_batch = summarise;
  consumer.user_data = &statistics;
  consumer.flags = DISRUPTOR_CONSUMER_SPANS;
  check(disruptor_register(ring, &consumer, &id));
  stream(ring);
  check(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER));
  check(disruptor_destroy(ring));

  for (int64_t time = 0; time < SAMPLES; time++) {
    expected += time % 2001 - 1000;
  }
  printf("%" PRIu64 " samples from %" PRId32 " to %" PRId32 ", their sum is %" PRId64 "\n", statistics.samples,
         statistics.least, statistics.most, statistics.sum);
  if (statistics.samples != SAMPLES || statistics.unordered != 0 || statistics.sum != expected) {
    fprintf(stderr, "streaming: that is wrong: %" PRIu64 " out of order, the sum should be %" PRId64 "\n",
            statistics.unordered, expected);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
