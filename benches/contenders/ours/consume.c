/* Callbacks for batches: one for each kind of element, so that none asks an element what it is. */
#include "ours.h"

static int32_t on_values(void *user_data, const disruptor_batch_t *batch) {
  tally_t *tally = (tally_t *)user_data;
  uint64_t sum = tally->sum, disorder = tally->disorder, next = tally->next;
  for (size_t i = 0; i < batch->count; i++) {
    uint64_t value = *(const uint64_t *)batch->elements[i].data;
    disorder |= value ^ next++;
    sum += value;
  }
  tally->sum = sum, tally->disorder = disorder, tally->next = next;
  tally->count += batch->count;
  return 0;
}

static int32_t on_mixed(void *user_data, const disruptor_batch_t *batch) {
  for (size_t i = 0; i < batch->count; i++) {
    tally_mixed((tally_t *)user_data, *(const uint64_t *)batch->elements[i].data);
  }
  return 0;
}

/* A program knows how long its own messages are, and the compiler then unrolls the sum. */
static inline __attribute__((always_inline)) int32_t on_messages(void *user_data, const disruptor_batch_t *batch,
                                                                 size_t words) {
  tally_t tally = *(tally_t *)user_data;
  for (size_t i = 0; i < batch->count; i++) {
    tally_message(&tally, (const uint64_t *)batch->elements[i].data, words);
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
  return on_messages(user_data, batch, batch->elements[0].len / 8);
}

disruptor_consume_fn slice_consumer_for(const workload_t *w) {
  if (w->bytes == 8) return w->producers == 1 ? on_values : on_mixed;
  if (w->bytes == 64) return on_messages_64;
  if (w->bytes == 256) return on_messages_256;
  return on_messages_any;
}
