/* A ring and its consumers, as a workload wants them. */
#include "ours.h"

void failed(disruptor_status_t status) {
  fprintf(stderr, "%s: %s\n", disruptor_status_name(status), disruptor_last_error());
  exit(1);
}

uint32_t wait_strategy(const workload_t *w) {
  if (is(w->wait, "spin")) return DISRUPTOR_WAIT_SPIN;
  if (is(w->wait, "yield")) return DISRUPTOR_WAIT_YIELD;
  if (is(w->wait, "sleep")) return DISRUPTOR_WAIT_SLEEP;
  return DISRUPTOR_WAIT_BLOCK;
}

int is_in_place(const workload_t *w) { return strncmp(w->contender, "produce", 7) != 0; }

disruptor_t *ring_create(const workload_t *w, uint32_t producer_mode) {
  disruptor_config_t config;
  disruptor_config_init(&config);
  config.capacity = w->capacity;
  config.element_size = w->bytes;
  config.producer_mode = producer_mode;
  config.wait_strategy = wait_strategy(w);
  disruptor_t *ring;
  must(disruptor_create(&config, &ring));
  return ring;
}

void ring_register(disruptor_t *ring, const workload_t *w, tally_t *tallies) {
  uint32_t ids[THREADS_MAX];
  for (size_t i = 0; i < w->consumers; i++) {
    tally_init(&tallies[i]);
    disruptor_consumer_config_t config;
    disruptor_consumer_config_init(&config);
    config.on_batch = is_in_place(w) ? span_consumer_for(w) : slice_consumer_for(w);
    if (is_in_place(w)) {
      config.flags |= DISRUPTOR_CONSUMER_SPANS;
      config.max_batch = w->capacity; /* whatever there is, as the other disruptors do */
    }
    config.user_data = &tallies[i];
    config.cpu = w->pinned ? 1 : -1;
    if (is(w->shape, "pipeline") && i > 0) { /* each behind the one before it */
      config.depends_on = &ids[i - 1];
      config.depends_on_count = 1;
    } else if (is(w->shape, "diamond") && i + 1 == w->consumers) { /* the last one behind all others */
      config.depends_on = ids;
      config.depends_on_count = i;
    }
    must(disruptor_register(ring, &config, &ids[i]));
  }
}
