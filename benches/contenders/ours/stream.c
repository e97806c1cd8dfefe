/* Producing in place without a call for each publish: claims a large piece of the ring, and publishes it from its
 * beginning on, `batch` elements at a time. */
#include "ours.h"

/* Elements per claim: a chunk, or what half of a small ring has. */
static size_t claim_size(const workload_t *w) {
  size_t half = w->capacity / 2 / w->batch * w->batch;
  return half == 0 ? w->batch : half < CHUNK ? half : CHUNK;
}

/* Numbers the next elements of a claim. One by one, or where they lie in a row as an array, for which the compiler may
 * use vectors. */
static inline __attribute__((always_inline)) uint64_t number(const disruptor_claim_t *claim, size_t batch,
                                                             uint64_t next) {
  if (batch == 1) {
    *(uint64_t *)disruptor_claim_data(claim, 0) = next;
    return next + 1;
  }
  for (size_t k = 0, count; k < batch; k += count) {
    uint64_t *elements = (uint64_t *)disruptor_claim_span(claim, k, &count);
    if (count > batch - k) count = batch - k;
    for (size_t i = 0; i < count; i++) elements[i] = next + i;
    next += count;
  }
  return next;
}

static uint64_t values(disruptor_t *ring, const workload_t *w, uint64_t first, uint64_t deadline) {
  const size_t batch = w->batch, size = claim_size(w);
  disruptor_claim_t claim;
  uint64_t next = first;
  do {
    for (uint64_t end = next + CHUNK; next < end;) {
      must(disruptor_claim(ring, end - next < size ? end - next : size, DISRUPTOR_WAIT_FOREVER, &claim));
      while (claim.count > 0) {
        next = number(&claim, batch, next);
        must(disruptor_claim_publish(ring, &claim, batch));
      }
    }
  } while (now_ns() < deadline);
  return next - first;
}

/* A program knows how long its own messages are, and the compiler then copies them without a call. */
static inline __attribute__((always_inline)) uint64_t messages(disruptor_t *ring, const workload_t *w, size_t bytes,
                                                               uint64_t deadline) {
  const uint8_t *table = (const uint8_t *)messages_make(bytes);
  const size_t batch = w->batch, size = claim_size(w);
  disruptor_claim_t claim;
  uint64_t made = 0;
  size_t row = 0;
  do {
    for (uint64_t end = made + CHUNK; made < end;) {
      must(disruptor_claim(ring, end - made < size ? end - made : size, DISRUPTOR_WAIT_FOREVER, &claim));
      while (claim.count > 0) {
        for (size_t k = 0; k < batch; k++) {
          memcpy(disruptor_claim_data(&claim, k), table + row * bytes, bytes);
          row = row + 1 == MESSAGES ? 0 : row + 1;
        }
        must(disruptor_claim_publish(ring, &claim, batch));
        made += batch;
      }
    }
  } while (now_ns() < deadline);
  return made;
}

uint64_t produce_streaming(disruptor_t *ring, const workload_t *w, uint64_t producer, uint64_t deadline) {
  switch (w->bytes) {
    case 8: return values(ring, w, producer << PRODUCER_SHIFT, deadline);
    case 64: return messages(ring, w, 64, deadline);
    case 256: return messages(ring, w, 256, deadline);
    default: return messages(ring, w, w->bytes, deadline);
  }
}
