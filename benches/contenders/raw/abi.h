// The raw rings behind opaque calls in another shared object: slices in, a callback per batch out. The shape of a
// library's interface without a library's duties.
#pragma once
#include "../common/workload.h"

struct raw_slice_t {
  const uint8_t *data;
  size_t len;
};

struct raw_abi_t;

// Takes `count` slices that are valid during the call.
typedef void (*raw_batch_fn)(void *user_data, const raw_slice_t *slices, size_t count);

extern "C" {
raw_abi_t *raw_abi_create(const workload_t *w);
void raw_abi_produce(raw_abi_t *rings, size_t producer, const raw_slice_t *slices, size_t count);
void raw_abi_close(raw_abi_t *rings, size_t producer);
void raw_abi_consume(raw_abi_t *rings, size_t consumer, raw_batch_fn on_batch, void *user_data);
}
