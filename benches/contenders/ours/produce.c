/* Producing with a copy: disruptor_produce_one for single elements, disruptor_produce for more. */
#include "ours.h"

static uint64_t values(disruptor_t *ring, size_t batch, uint64_t first, uint64_t deadline) {
  uint64_t values[CHUNK];
  disruptor_slice_t slices[CHUNK];
  for (size_t k = 0; k < batch; k++) slices[k] = (disruptor_slice_t){(const uint8_t *)&values[k], 8};
  uint64_t next = first;
  do {
    for (uint64_t end = next + CHUNK; next < end;) {
      if (batch == 1) {
        must(disruptor_produce_one(ring, &next, 8));
        next++;
      } else {
        for (size_t k = 0; k < batch; k++) values[k] = next++;
        must(disruptor_produce(ring, slices, batch));
      }
    }
  } while (now_ns() < deadline);
  return next - first;
}

static uint64_t messages(disruptor_t *ring, size_t batch, size_t bytes, uint64_t deadline) {
  const uint8_t *table = (const uint8_t *)messages_make(bytes);
  disruptor_slice_t slices[CHUNK];
  uint64_t made = 0;
  size_t row = 0;
  do {
    for (uint64_t end = made + CHUNK; made < end; made += batch) {
      for (size_t k = 0; k < batch; k++) {
        slices[k] = (disruptor_slice_t){table + row * bytes, bytes};
        row = row + 1 == MESSAGES ? 0 : row + 1;
      }
      must(batch == 1 ? disruptor_produce_one(ring, slices[0].data, bytes) : disruptor_produce(ring, slices, batch));
    }
  } while (now_ns() < deadline);
  return made;
}

uint64_t produce_copied(disruptor_t *ring, const workload_t *w, uint64_t producer, uint64_t deadline) {
  if (w->bytes == 8) return values(ring, w->batch, producer << PRODUCER_SHIFT, deadline);
  return messages(ring, w->batch, w->bytes, deadline);
}
