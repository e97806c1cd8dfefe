/* Producing in place: claim slots, write into them, publish. */
#include "ours.h"

static uint64_t values(disruptor_t *ring, size_t batch, uint64_t first, uint64_t deadline) {
  disruptor_claim_t claim;
  uint64_t next = first;
  do {
    for (uint64_t end = next + CHUNK; next < end;) {
      must(disruptor_claim(ring, batch, DISRUPTOR_WAIT_FOREVER, &claim));
      for (size_t k = 0; k < batch; k++) {
        *(uint64_t *)disruptor_claim_data(&claim, k) = next++;
        disruptor_claim_set_len(&claim, k, 8);
      }
      must(disruptor_publish(ring, &claim));
    }
  } while (now_ns() < deadline);
  return next - first;
}

/* A program knows how long its own messages are, and the compiler then copies them without a call. */
static inline __attribute__((always_inline)) uint64_t messages(disruptor_t *ring, size_t batch, size_t bytes,
                                                               uint64_t deadline) {
  const uint8_t *table = (const uint8_t *)messages_make(bytes);
  disruptor_claim_t claim;
  uint64_t made = 0;
  size_t row = 0;
  do {
    for (uint64_t end = made + CHUNK; made < end; made += batch) {
      must(disruptor_claim(ring, batch, DISRUPTOR_WAIT_FOREVER, &claim));
      for (size_t k = 0; k < batch; k++) {
        memcpy(disruptor_claim_data(&claim, k), table + row * bytes, bytes);
        disruptor_claim_set_len(&claim, k, bytes);
        row = row + 1 == MESSAGES ? 0 : row + 1;
      }
      must(disruptor_publish(ring, &claim));
    }
  } while (now_ns() < deadline);
  return made;
}

uint64_t produce_in_place(disruptor_t *ring, const workload_t *w, uint64_t producer, uint64_t deadline) {
  switch (w->bytes) {
    case 8: return values(ring, w->batch, producer << PRODUCER_SHIFT, deadline);
    case 64: return messages(ring, w->batch, 64, deadline);
    case 256: return messages(ring, w->batch, 256, deadline);
    default: return messages(ring, w->batch, w->bytes, deadline);
  }
}
