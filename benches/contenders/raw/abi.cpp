// The shared object of the contender "raw-abi".
#include "abi.h"

#include "rings.hpp"

struct raw_abi_t {
  virtual ~raw_abi_t() {}
  virtual void produce(size_t producer, const raw_slice_t *slices, size_t count) = 0;
  virtual void close(size_t producer) = 0;
  virtual void consume(size_t consumer, raw_batch_fn on_batch, void *user_data) = 0;
};

namespace {

template <size_t Bytes>
struct Slot {
  size_t len;
  uint8_t data[Bytes];
};

template <size_t Bytes, class Wait>
class Typed : public raw_abi_t {
  Rings<Slot<Bytes>, Wait> rings;

 public:
  explicit Typed(const workload_t &w) : rings(w) {}

  void produce(size_t producer, const raw_slice_t *slices, size_t count) override {
    rings.of(producer).produce(count, [&](Slot<Bytes> &slot, size_t i) {
      slot.len = slices[i].len;
      memcpy(slot.data, slices[i].data, slices[i].len);
    });
  }

  void close(size_t producer) override { rings.of(producer).close(); }

  // A small array of slices, which stays in the cache.
  void consume(size_t consumer, raw_batch_fn on_batch, void *user_data) override {
    raw_slice_t slices[256];
    rings.consume(consumer, [&](auto &ring, uint64_t first, uint64_t count) {
      while (count > 0) {
        size_t some = count < 256 ? count : 256;
        for (size_t i = 0; i < some; i++) {
          const Slot<Bytes> &slot = ring.at(first + i);
          slices[i] = {slot.data, slot.len};
        }
        on_batch(user_data, slices, some);
        first += some;
        count -= some;
      }
    });
  }
};

template <size_t Bytes>
raw_abi_t *create(const workload_t &w) {
  if (is(w.wait, "spin")) return new Typed<Bytes, Spin>(w);
  if (is(w.wait, "yield")) return new Typed<Bytes, Yield>(w);
  return new Typed<Bytes, Block>(w);
}

}  // namespace

raw_abi_t *raw_abi_create(const workload_t *w) {
  switch (w->bytes) {
    case 8: return create<8>(*w);
    case 64: return create<64>(*w);
    case 256: return create<256>(*w);
    default: unsupported(w);
  }
  return nullptr;
}

void raw_abi_produce(raw_abi_t *rings, size_t producer, const raw_slice_t *slices, size_t count) {
  rings->produce(producer, slices, count);
}

void raw_abi_close(raw_abi_t *rings, size_t producer) { rings->close(producer); }

void raw_abi_consume(raw_abi_t *rings, size_t consumer, raw_batch_fn on_batch, void *user_data) {
  rings->consume(consumer, on_batch, user_data);
}
