// Queues between producers and consumers: one for each consumer, and if a queue takes one sender only, for each pair.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "../common/element.hpp"

template <class Queue>
class Fabric {
  const workload_t w;
  const bool spins;
  std::vector<std::vector<std::unique_ptr<Queue>>> queues; /* of each consumer */
  alignas(128) std::atomic<size_t> open;

  void pause() const {
    if (!spins) {
      sched_yield();
      return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

 public:
  explicit Fabric(const workload_t &w) : w(w), spins(is(w.wait, "spin")), queues(w.consumers), open(w.producers) {
    for (auto &to : queues) {
      for (size_t p = 0; p < (Queue::MANY_SENDERS ? 1 : w.producers); p++) to.push_back(std::make_unique<Queue>(w));
    }
  }

  template <class Element>
  void send(size_t producer, const Element *elements, size_t count) {
    for (auto &to : queues) {
      Queue &queue = *to[Queue::MANY_SENDERS ? 0 : producer];
      for (size_t sent = 0; sent < count;) {
        size_t now = queue.push(producer, elements + sent, count - sent);
        sent += now;
        if (now == 0) pause();
      }
    }
  }

  void close() { open.fetch_sub(1, std::memory_order_release); }

  // Hands what is there to `take`, after waiting for it; false at the end.
  template <class Take>
  bool receive(size_t consumer, Take take) {
    for (;;) {
      bool over = open.load(std::memory_order_acquire) == 0, got = false;
      for (auto &queue : queues[consumer]) got |= queue->pop(take);
      if (got || over) return got;
      if (!Queue::BLOCKS) pause();
    }
  }
};
