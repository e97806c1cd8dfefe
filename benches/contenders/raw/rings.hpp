// One raw ring for each producer, and consumers that read all of them.
#pragma once
#include <memory>

#include "ring.hpp"

// Behind whom a consumer comes.
inline std::vector<size_t> dependencies(const workload_t &w, size_t consumer) {
  std::vector<size_t> behind;
  if (is(w.shape, "pipeline") && consumer > 0) behind.push_back(consumer - 1);
  if (is(w.shape, "diamond") && consumer + 1 == w.consumers) {
    for (size_t i = 0; i < consumer; i++) behind.push_back(i);
  }
  return behind;
}

// The consumers that nobody comes behind.
inline std::vector<size_t> last_ones(const workload_t &w) {
  std::vector<size_t> last;
  for (size_t i = is(w.shape, "stream") ? 0 : w.consumers - 1; i < w.consumers; i++) last.push_back(i);
  return last;
}

template <class Element, class Wait>
class Rings {
  const workload_t w;
  Wait wait;
  std::vector<std::unique_ptr<Ring<Element, Wait>>> rings;

 public:
  explicit Rings(const workload_t &w) : w(w) {
    for (size_t p = 0; p < w.producers; p++) {
      rings.push_back(std::make_unique<Ring<Element, Wait>>(w.capacity, w.consumers, wait));
      rings.back()->gating = last_ones(w);
    }
  }

  Ring<Element, Wait> &of(size_t producer) { return *rings[producer]; }

  // Hands everything to `take(ring, position, count)`, a batch at a time, until all rings are closed and read.
  template <class Take>
  void consume(size_t me, Take take) {
    std::vector<size_t> behind = dependencies(w, me);
    std::vector<uint64_t> next(rings.size());
    for (;;) {
      bool got = false;
      for (size_t r = 0; r < rings.size(); r++) {
        auto &ring = *rings[r];
        got |= ring.poll(me, behind, next[r], [&](uint64_t first, uint64_t count) { take(ring, first, count); });
      }
      if (got) continue;
      bool over = false;
      wait.until([&] {
        size_t ended = 0;
        for (size_t r = 0; r < rings.size(); r++) {
          if (rings[r]->readable(behind, next[r])) return true;
          ended += rings[r]->over(next[r]);
        }
        return over = ended == rings.size();
      });
      if (over) return;
    }
  }
};
