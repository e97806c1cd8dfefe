// Round trips over two raw rings.
#pragma once
#include <thread>

#include "../common/latency.h"
#include "element.hpp"
#include "ring.hpp"

template <class Wait>
void pingpong(const workload_t &w) {
  using Side = Ring<Element<1>, Wait>;
  Wait wait_there, wait_back;
  Side pings(w.capacity, 1, wait_there), pongs(w.capacity, 1, wait_back);
  pings.gating = pongs.gating = {0};
  tally_t there, back;
  tally_init(&there);
  tally_init(&back);
  auto send = [](Side &ring, uint64_t value) {
    ring.produce(1, [&](Element<1> &slot, size_t) { slot.words[0] = value; });
  };
  std::thread echo([&] {
    pin_if(w.pinned, 1);
    uint64_t next = 0;
    while (!pings.over(next)) {
      wait_there.until([&] { return pings.readable({}, next) || pings.over(next); });
      pings.poll(0, {}, next, [&](uint64_t first, uint64_t elements) {
        for (uint64_t i = 0; i < elements; i++) {
          uint64_t value = pings.at(first + i).words[0];
          tally_value(&there, value);
          send(pongs, value);
        }
      });
    }
  });
  pin_if(w.pinned, 0);
  latency_t *latency = latency_make();
  uint64_t next = 0, began = now_ns(), sent_at = began, deadline = began + w.milliseconds * 1000000u;
  do {
    send(pings, next);
    wait_back.until([&] { return pongs.readable({}, next); });
    pongs.poll(0, {}, next, [&](uint64_t first, uint64_t) { tally_value(&back, pongs.at(first).words[0]); });
    uint64_t now = now_ns();
    latency_record(latency, now - sent_at);
    sent_at = now;
  } while (sent_at < deadline);
  pings.close();
  echo.join();
  answer_time(now_ns() - began);
  answer_producer(back.count);
  answer_consumer(&there);
  answer_consumer(&back);
  answer_latency(latency);
}
