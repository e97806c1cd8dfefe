#include "prefixing.h"

#include <string.h>

void publish_in_each_way(void (*run)(publish_fn *publish, uint32_t producer_mode)) {
  static publish_fn *const publishers[] = {disruptor_claim_publish, disruptor_publish_prefix};
  static const uint32_t modes[] = {DISRUPTOR_PRODUCER_MULTI, DISRUPTOR_PRODUCER_SINGLE};
  size_t p, m;
  for (p = 0; p < ARRAY_LEN(publishers); p++) {
    for (m = 0; m < ARRAY_LEN(modes); m++) {
      run(publishers[p], modes[m]);
    }
  }
}

disruptor_t *prefix_ring(size_t capacity, uint32_t producer_mode) {
  disruptor_config_t config = test_config_in(producer_mode, DISRUPTOR_WAIT_BLOCK, capacity);
  config.element_size = sizeof(uint64_t);
  return test_ring_of(&config);
}

void prefix_put(const disruptor_claim_t *claim, size_t i, uint64_t value) {
  memcpy(disruptor_claim_data(claim, i), &value, sizeof value);
}
