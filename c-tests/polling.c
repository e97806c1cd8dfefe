#include "polling.h"

#include "sink.h"

#include <string.h>

disruptor_poller_t *poller_with(disruptor_t *ring, const disruptor_consumer_config_t *config) {
  disruptor_poller_t *poller = NULL;
  CHECK_OK(disruptor_poller_create(ring, config, &poller));
  CHECK(poller != NULL);
  return poller;
}

disruptor_poller_t *poller_of(disruptor_t *ring) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  return poller_with(ring, &config);
}

disruptor_poller_t *poller_behind(disruptor_t *ring, uint32_t dependency) {
  disruptor_consumer_config_t config;
  disruptor_consumer_config_init(&config);
  config.depends_on = &dependency;
  config.depends_on_count = 1;
  return poller_with(ring, &config);
}

uint32_t poller_id(const disruptor_poller_t *poller) {
  uint32_t id = 77;
  CHECK_OK(disruptor_poller_id(poller, &id));
  return id;
}

void poller_expect(disruptor_poller_t *poller, uint64_t timeout_ns, uint64_t first, size_t count) {
  disruptor_batch_t batch;
  size_t i;
  CHECK_OK(disruptor_poll(poller, timeout_ns, &batch));
  CHECK_U64(batch.first_sequence, first);
  CHECK_U64(batch.count, count);
  for (i = 0; i < count; i++) {
    CHECK_U64(element_value(&batch.elements[i]), first + i);
  }
}

void poller_expect_nothing(disruptor_poller_t *poller, disruptor_status_t status) {
  disruptor_batch_t batch, untouched;
  memset(&batch, 0x5a, sizeof batch);
  untouched = batch;
  CHECK_STATUS(disruptor_poll(poller, 0, &batch), status);
  CHECK(memcmp(&batch, &untouched, sizeof batch) == 0);
}
