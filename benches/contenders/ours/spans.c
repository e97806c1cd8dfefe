/* Callbacks for batches that come as spans: the producers in place have these consumers, so no element is copied and
 * nothing is collected on its way. */
#include "ours.h"

static int32_t on_values(void *user_data, const disruptor_batch_t *batch) {
  tally_t *tally = (tally_t *)user_data;
  uint64_t sum = tally->sum, disorder = tally->disorder, next = tally->next;
  if (batch->stride == sizeof(uint64_t)) { /* an array, and the compiler may use vectors */
    const uint64_t *values = (const uint64_t *)batch->span;
    for (size_t i = 0; i < batch->count; i++) {
      disorder |= values[i] ^ (next + i);
      sum += values[i];
    }
  } else {
    for (size_t i = 0; i < batch->count; i++) {
      uint64_t value = *(const uint64_t *)(batch->span + i * batch->stride);
      disorder |= value ^ (next + i);
      sum += value;
    }
  }
  tally->sum = sum, tally->disorder = disorder, tally->next = next + batch->count;
  tally->count += batch->count;
  return 0;
}

static int32_t on_mixed(void *user_data, const disruptor_batch_t *batch) {
  tally_t *tally = (tally_t *)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    tally_mixed(tally, *(const uint64_t *)(batch->span + i * batch->stride));
  }
  return 0;
}

/* A program knows how long its own messages are, and the compiler then unrolls the sum. */
static inline __attribute__((always_inline)) int32_t on_messages(void *user_data, const disruptor_batch_t *batch,
                                                                 size_t words) {
  tally_t tally = *(tally_t *)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    tally_message(&tally, (const uint64_t *)(batch->span + i * batch->stride), words);
  }
  *(tally_t *)user_data = tally;
  return 0;
}

static int32_t on_messages_64(void *user_data, const disruptor_batch_t *batch) {
  return on_messages(user_data, batch, 8);
}

static int32_t on_messages_256(void *user_data, const disruptor_batch_t *batch) {
  return on_messages(user_data, batch, 32);
}

static int32_t on_messages_any(void *user_data, const disruptor_batch_t *batch) {
  return on_messages(user_data, batch, batch->length / 8);
}

disruptor_consume_fn span_consumer_for(const workload_t *w) {
  if (w->bytes == 8) return w->producers == 1 ? on_values : on_mixed;
  if (w->bytes == 64) return on_messages_64;
  if (w->bytes == 256) return on_messages_256;
  return on_messages_any;
}
