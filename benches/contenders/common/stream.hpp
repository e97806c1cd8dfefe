// The workloads that stream: starts everything, lets it run, and answers.
#pragma once
#include <thread>
#include <vector>

#include "element.hpp"

// `produce(producer, source)` publishes a batch, `close(producer)` ends; `consume(consumer, tally)` reads to the end.
template <size_t Words, class Produce, class Close, class Consume>
void run_stream(const workload_t &w, Produce produce, Close close, Consume consume) {
  std::vector<tally_t> tallies(w.consumers);
  std::vector<uint64_t> made(w.producers);
  std::vector<std::thread> producers, consumers;
  for (size_t i = 0; i < w.consumers; i++) {
    tally_init(&tallies[i]);
    consumers.emplace_back([&, i] {
      pin_if(w.pinned, 1);
      consume(i, tallies[i]);
    });
  }
  pin_if(w.pinned, 0);
  uint64_t began = now_ns();
  uint64_t deadline = began + w.milliseconds * 1000000u;
  auto run = [&](size_t p) {
    Source<Words> source(p);
    uint64_t elements = 0;
    do {
      for (uint64_t end = elements + CHUNK; elements < end; elements += w.batch) produce(p, source);
    } while (now_ns() < deadline);
    close(p);
    made[p] = elements;
  };
  for (size_t p = 1; p < w.producers; p++) producers.emplace_back(run, p);
  run(0);
  for (auto &thread : producers) thread.join();
  for (auto &thread : consumers) thread.join();
  answer_time(now_ns() - began);
  for (uint64_t elements : made) answer_producer(elements);
  for (const tally_t &tally : tallies) answer_consumer(&tally);
}
