// The workloads that stream: producers with a ring each, consumers side by side, in a diamond or one behind the other.
#pragma once
#include <memory>
#include <thread>

#include "element.hpp"
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
  bool one = !is(w.shape, "stream");
  for (size_t i = one ? w.consumers - 1 : 0; i < w.consumers; i++) last.push_back(i);
  return last;
}

// Starts everything, lets it run, and answers. `Rings` knows how to produce and to consume.
template <size_t Words, class Rings>
void run_stream(const workload_t &w, Rings &rings) {
  std::vector<tally_t> tallies(w.consumers);
  std::vector<uint64_t> made(w.producers);
  std::vector<std::thread> producers, consumers;
  for (size_t i = 0; i < w.consumers; i++) {
    tally_init(&tallies[i]);
    consumers.emplace_back([&, i] {
      pin_if(w.pinned, 1);
      rings.consume(i, tallies[i]);
    });
  }
  pin_if(w.pinned, 0);
  uint64_t began = now_ns();
  uint64_t deadline = began + w.milliseconds * 1000000u;
  auto produce = [&](size_t p) {
    Source<Words> source(p);
    uint64_t elements = 0;
    do {
      for (uint64_t end = elements + CHUNK; elements < end; elements += w.batch) rings.produce(p, w.batch, source);
    } while (now_ns() < deadline);
    rings.close(p);
    made[p] = elements;
  };
  for (size_t p = 1; p < w.producers; p++) producers.emplace_back(produce, p);
  produce(0);
  for (auto &thread : producers) thread.join();
  for (auto &thread : consumers) thread.join();
  answer_time(now_ns() - began);
  for (uint64_t elements : made) answer_producer(elements);
  for (const tally_t &tally : tallies) answer_consumer(&tally);
}
