/* The header's inline functions, to be called from Rust. */
#include "disruptor.h"

void *inline_claim_data(const disruptor_claim_t *claim, size_t i) { return disruptor_claim_data(claim, i); }

void *inline_claim_span(const disruptor_claim_t *claim, size_t i, size_t *count) {
  return disruptor_claim_span(claim, i, count);
}

void inline_claim_set_len(const disruptor_claim_t *claim, size_t i, size_t len) {
  disruptor_claim_set_len(claim, i, len);
}

disruptor_status_t inline_claim_publish(disruptor_t *disruptor, disruptor_claim_t *claim, size_t count) {
  return disruptor_claim_publish(disruptor, claim, count);
}
