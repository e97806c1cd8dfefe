// A ring as one would write it by hand for one program: no errors, no statistics, nobody joins or leaves. One position
// for the producer and one for each consumer, and each side keeps what it last saw of the other. The yardstick.
#pragma once
#include <vector>

#include "wait.hpp"

struct alignas(128) Position {
  std::atomic<uint64_t> value{0};
};

template <class Element, class Wait>
class Ring {
 public:
  Ring(size_t capacity, size_t consumers, Wait &wait)
      : mask(capacity - 1), slots(capacity), wait(wait), finished(consumers) {
    if ((capacity & mask) != 0) fail("a raw ring has a power of two of slots");
  }

  // The consumers that the producer has to wait for.
  std::vector<size_t> gating;

  // Claims `count` slots, has `fill(slot, i)` write each, publishes them.
  template <class Fill>
  void produce(size_t count, Fill fill) {
    uint64_t end = claimed + count;
    if (end > room) {
      wait.until([&] {
        room = slowest(gating) + slots.size();
        return end <= room;
      });
    }
    for (size_t i = 0; i < count; i++) fill(slots[(claimed + i) & mask], i);
    claimed = end;
    published.value.store(end, std::memory_order_release);
    wait.notify();
  }

  // After the last element.
  void close() {
    closed.store(true, std::memory_order_release);
    wait.notify();
  }

  // Something can be read behind `next` by a consumer that comes after those of `behind` (none = the producer only).
  bool readable(const std::vector<size_t> &behind, uint64_t next) const { return end(behind) > next; }

  // Nothing will ever be readable at `next`.
  bool over(uint64_t next) const {
    return closed.load(std::memory_order_acquire) && published.value.load(std::memory_order_acquire) == next;
  }

  // Hands all that can be read to `take(position, count)`, if there is something.
  template <class Take>
  bool poll(size_t me, const std::vector<size_t> &behind, uint64_t &next, Take take) {
    uint64_t limit = end(behind);
    if (limit == next) return false;
    take(next, limit - next);
    next = limit;
    finished[me].value.store(next, std::memory_order_release);
    wait.notify();
    return true;
  }

  const Element &at(uint64_t position) const { return slots[position & mask]; }
  Element &at(uint64_t position) { return slots[position & mask]; }

 private:
  uint64_t end(const std::vector<size_t> &behind) const {
    return behind.empty() ? published.value.load(std::memory_order_acquire) : slowest(behind);
  }

  uint64_t slowest(const std::vector<size_t> &consumers) const {
    uint64_t least = UINT64_MAX;
    for (size_t i : consumers) {
      uint64_t position = finished[i].value.load(std::memory_order_acquire);
      if (position < least) least = position;
    }
    return least;
  }

  const uint64_t mask;
  std::vector<Element> slots;
  Wait &wait;
  Position published;
  std::vector<Position> finished;
  alignas(128) uint64_t claimed = 0;
  uint64_t room = 0;
  alignas(128) std::atomic<bool> closed{false};
};
