/* Rings to be measured, and the answer. */
#include <stdio.h>
#include <stdlib.h>

#include "costs.h"

void must(disruptor_status_t status) {
  if (status != DISRUPTOR_OK) {
    fprintf(stderr, "%s: %s\n", disruptor_status_name(status), disruptor_last_error());
    exit(1);
  }
}

static int32_t take(void *user_data, const disruptor_batch_t *batch) {
  (void)user_data, (void)batch;
  return 0;
}

disruptor_t *create(size_t capacity, size_t element_size, uint32_t wait_strategy) {
  disruptor_config_t config;
  disruptor_config_init(&config);
  config.capacity = capacity;
  config.element_size = element_size;
  config.wait_strategy = wait_strategy;
  disruptor_t *ring;
  must(disruptor_create(&config, &ring));
  return ring;
}

void add_consumers(disruptor_t *ring, size_t count) {
  for (size_t i = 0; i < count; i++) {
    disruptor_consumer_config_t config;
    disruptor_consumer_config_init(&config);
    config.on_batch = take;
    uint32_t id;
    must(disruptor_register(ring, &config, &id));
  }
}

void cost(const char *what, double measured, double limit, const char *unit) {
  printf("%s|%.3f|%.3f|%s\n", what, measured, limit, unit);
  fflush(stdout);
}

int main(void) {
  memory_costs();
  time_costs();
  rival_costs();
  return 0;
}
