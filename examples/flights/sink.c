#include "sink.h"

enum { TRIES = 3 };

static const uint64_t LINGER_NS = 100 * 1000 * 1000; /* of lines that are too few for a batch */

bool sink_register(struct sink *sink, disruptor_t *ring, const struct sink_callbacks *callbacks,
                   struct failure *failure) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.name = sink->name;
  config.on_batch = callbacks->on_batch;
  config.on_close = callbacks->on_close;
  config.user_data = callbacks->user_data;
  config.min_batch = callbacks->min_batch;
  config.linger_ns = LINGER_NS;
  if (disruptor_register(ring, &config, &sink->consumer) != DISRUPTOR_OK) {
    return fail(failure, "cannot start the consumer %s: %s", sink->name, disruptor_last_error());
  }
  return true;
}

uint32_t sink_on_error(void *user_data, uint32_t consumer, const disruptor_batch_t *batch,
                       int32_t code) {
  struct sinks *sinks = user_data;
  size_t i;
  (void)batch;
  for (i = 0; i < SINKS; i++) {
    struct sink *sink = sinks->of[i];
    if (sink->consumer == consumer && code == SINK_BUSY && ++sink->tries < TRIES) {
      return DISRUPTOR_ERROR_RETRY;
    }
  }
  return DISRUPTOR_ERROR_STOP;
}

bool sink_has_stopped(const struct sink *sink, const disruptor_t *ring) {
  disruptor_consumer_stats_t stats;
  stats.struct_size = sizeof stats;
  return disruptor_consumer_stats(ring, sink->consumer, &stats) == DISRUPTOR_OK &&
         stats.state == DISRUPTOR_STATE_FAILED;
}
