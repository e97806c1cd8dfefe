// A raw ring for one value at a time, as round trips need it.
#pragma once
#include "../common/element.hpp"
#include "ring.hpp"

template <class Wait>
class Channel {
  Wait wait;
  Ring<Element<1>, Wait> ring;
  const std::vector<size_t> nobody;
  uint64_t next = 0;

 public:
  explicit Channel(const workload_t &w) : ring(w.capacity, 1, wait) { ring.gating = {0}; }

  void send(uint64_t value) {
    ring.produce(1, [&](Element<1> &slot, size_t) { slot.words[0] = value; });
  }

  bool receive(uint64_t &value) {
    wait.until([&] { return ring.readable(nobody, next) || ring.over(next); });
    return ring.poll(0, nobody, next, [&](uint64_t first, uint64_t) { value = ring.at(first).words[0]; });
  }

  void close() { ring.close(); }
};
