/* Producing without a copy: claim slots of the ring, write into them, publish them. Several claims are open at a time,
 * they are published out of order, and one is given up. Run it with `cargo xtask zero_copy`.
 *
 *   claim          first         second  third
 *   sequence     0       1       2       3
 *            ┌───────┬───────┬───────┬───────┐
 *   ring     │ inner │ outer │  ///  │ attic │ ──► printer: 0, 1, 3
 *            └───────┴───────┴───────┴───────┘
 *   becomes    published 3rd  given    published 1st
 *                             up 2nd
 *
 * Consumers get elements by sequence number, whatever the order in which they are published; so nothing is printed
 * before the first claim is published, and then everything. What was given up they never see.
 */
#include <disruptor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
  char sensor[16];
  double celsius;
};

struct seen {
  uint64_t sequences[4];
  size_t count;
};

static int32_t print(void *user_data, const disruptor_batch_t *batch) {
  struct seen *seen = user_data;
  for (size_t i = 0; i < batch->count; i++) {
    const struct reading *reading = (const struct reading *)(const void *)batch->elements[i].data;
    uint64_t sequence = batch->first_sequence + i;
    printf("%" PRIu64 ": %s, %.1f degrees\n", sequence, reading->sensor, reading->celsius);
    if (seen->count < 4) {
      seen->sequences[seen->count++] = sequence;
    }
  }
  return 0;
}

static void check(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "zero_copy: %s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(EXIT_FAILURE);
  }
}

/* Writes element `i` of a claim where it will be read. All of it: the slot still holds what was there a lap ago. */
static void measure(const disruptor_claim_t *claim, size_t i, const char *sensor, double celsius) {
  struct reading *reading = disruptor_claim_data(claim, i);
  memset(reading, 0, sizeof *reading);
  snprintf(reading->sensor, sizeof reading->sensor, "%s", sensor);
  reading->celsius = celsius;
  disruptor_claim_set_len(claim, i, sizeof *reading); /* would be element_size otherwise, here the same */
}

int main(void) {
  const uint64_t expected[] = {0, 1, 3};
  struct seen seen = {{0}, 0};
  uint32_t id;
  disruptor_claim_t first, second, third;
  disruptor_t *ring = NULL;
  disruptor_config_t config;
  disruptor_consumer_config_t printer;
  disruptor_config_init(&config);
  config.name = "zero_copy";
  config.element_size = sizeof(struct reading);
  check(disruptor_create(&config, &ring));
  disruptor_consumer_config_init(&printer);
  printer.name = "printer";
  printer.on_batch = print;
  printer.user_data = &seen;
  check(disruptor_register(ring, &printer, &id));

  check(disruptor_claim(ring, 2, DISRUPTOR_WAIT_FOREVER, &first)); /* waits for room, if there is none */
  check(disruptor_claim(ring, 1, DISRUPTOR_WAIT_FOREVER, &second));
  check(disruptor_claim(ring, 1, DISRUPTOR_WAIT_FOREVER, &third));
  measure(&third, 0, "attic", 31.5);
  printf("publishing the third claim\n");
  check(disruptor_publish(ring, &third));
  printf("giving up the second\n"); /* say, because the sensor did not answer */
  check(disruptor_abandon(ring, &second));
  measure(&first, 0, "inner", 20.5);
  measure(&first, 1, "outer", -4.0);
  printf("publishing the first\n");
  check(disruptor_publish(ring, &first));
  check(disruptor_close(ring, DISRUPTOR_WAIT_FOREVER));

  /* A claim can be published once. After that it is not open any more, and nothing happens. */
  if (disruptor_publish(ring, &first) != DISRUPTOR_INVALID_ARGUMENT) {
    fprintf(stderr, "zero_copy: a claim was published twice\n");
    return EXIT_FAILURE;
  }
  check(disruptor_destroy(ring));
  if (seen.count != 3 || memcmp(seen.sequences, expected, sizeof expected) != 0) {
    fprintf(stderr, "zero_copy: that is wrong: 0, 1 and 3 should have been printed, in this order\n");
    return EXIT_FAILURE;
  }
  printf("all three readings, in the order of their claims\n");
  return EXIT_SUCCESS;
}
